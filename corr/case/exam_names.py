"""Words for examinations and sides where somebody asks: those that tables and case files have."""

from __future__ import annotations

import re

from corr.exams.registry import EXAMS
from corr.questions.asked import label
from corr.questions.silence.studies import done
from corr.records import Breast
from corr.tables.meaning.words import choice

_APART = re.compile(r"[:\s]+")
_TAIL = re.compile(r"([^@]*?)((?:-DBT)?(?:@.*)?)")
"""A view, and what is said more of it: a slice, an angle."""


def exam_name(written: str, *breasts: Breast) -> str:
    """The name that `corr.questions.asked` has for an examination in words.

    What is an exam of one of the breasts, and what no word is known for, stays as it is.

    >>> exam_name("MRI"), exam_name("Mammogram mediolateral oblique"), exam_name("ultrasound:abus")
    ('MR', 'MG:MLO', 'US:ABUS')
    >>> exam_name("mammogram:CC-DBT"), exam_name("us:marker"), exam_name("supine MRI")
    ('MG:CC-DBT', 'US:MARKER', 'supine MRI')
    """
    text = written.strip()
    own = {x for b in breasts for r in b.readings for x in (r.reading_id, r.exam_id, label(r))}
    if text in own | {e.name for b in breasts for e in done(b)}:
        return text
    if modality := choice("modality", text, {}):
        return modality
    for gap in _APART.finditer(text):
        modality = choice("modality", text[: gap.start()], {})
        tail = _TAIL.fullmatch(text[gap.end() :].upper())
        if modality is None or tail is None:
            continue
        view = choice("view", tail[1], {}) or tail[1]
        if ":" in gap[0] or view in EXAMS[modality].views:
            return f"{modality}:{view}{tail[2]}"
    return text


def side_letter(written: str) -> str | None:
    """L or R of a side in words; None where it is none.

    >>> side_letter("left"), side_letter("R"), side_letter("both")
    ('L', 'R', None)
    """
    return choice("breast", written.strip(), {})
