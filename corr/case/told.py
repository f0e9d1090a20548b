"""Reports of a case beside its findings: what a report says and no finding states is flagged.

The findings are what is judged. A report that tells of another place, side or size contradicts
them, or holds a finding that was left out: nobody but the writer can say which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from corr.anatomy.quadrants import combined, in_quadrant
from corr.exams.registry import MODALITY_NAMES
from corr.problems import Problem, shown
from corr.records import ASSOCIATED_KINDS, Breast, Finding
from corr.tables.meaning.plain import plain
from corr.tables.meaning.words import choice
from corr.tables.places import CHECK
from corr.tables.rows import RawRow
from corr.words import Mention, read_report

_NAMED = {
    "CEM": r"contrast.*mammo|\bcem\b|\bcesm\b",
    "MG": r"mammo|\bmg\b|film|tomosynthesis|dbt",
    "US": r"ultraso|sonogra|\bus\b|echo",
    "MR": r"mri|\bmr\b|magnetic",
}
_PLACES = ("clock_h", "quadrant", "fn_mm", "size_mm")


def told_otherwise(
    reports: dict[str, str], breasts: Sequence[Breast], top: RawRow, entries: Any
) -> Iterator[Problem]:
    """Problems of reports; ``entries`` is their mapping in the file, for the lines."""
    for name, text in reports.items():
        modality = modality_named(name, breasts)
        exams = (modality, "MG") if modality == "CEM" else (modality,)  # its low-energy image
        stated = [
            (b.side, f)
            for b in breasts
            for f in b.findings
            if modality is None or f.modality in exams
        ]
        for mention in read_report(text, modality=modality).mentions:
            if not _tells(mention) or any(_agrees(mention, side, f) for side, f in stated):
                continue
            exam = MODALITY_NAMES[modality] if modality else "any exam"
            fix = (
                f"no finding of {exam} in the list says so ({_listed(stated)}): correct the report "
                "or the finding, or add a finding; the findings were used, the report was not"
            )
            value = f"{shown(name, 40)}: {_said(mention)}"
            problem = top.problem(
                "reports", "flagged", allowed="what the findings of the case say, too", fix=fix,
                value=value,
            )  # fmt: skip
            yield replace(problem, row=entries.lc.key(name)[0] + 1)


def modality_named(name: str, breasts: Sequence[Breast]) -> str | None:
    """What exam a report's name tells of: an exam's id, a modality in any words, or such a word."""
    ids = {r.exam_id.casefold(): r.modality for b in breasts for r in b.readings}
    said = ids.get(name.casefold()) or choice("modality", name, {})
    words = plain(name)
    return said or next((m for m, pattern in _NAMED.items() if re.search(pattern, words)), None)


def _tells(mention: Mention) -> bool:
    """Whether it is a lesion of this exam with a place or size that can be compared."""
    is_lesion = mention.kind not in ASSOCIATED_KINDS and not mention.earlier
    return is_lesion and any(getattr(mention, n) is not None for n in _PLACES)


def _said(mention: Mention) -> str:
    words = dict(mention.words)
    return ", ".join(dict.fromkeys(words[n] for n in ("side", "kind", *_PLACES) if n in words))


def _listed(stated: Sequence[tuple[str, Finding]]) -> str:
    some = ", ".join(f"{f.finding_id} in {side}" for side, f in stated[:4])
    return some + (", …" if len(stated) > 4 else "") if stated else "there is none"


def _agrees(mention: Mention, side: str, f: Finding) -> bool:
    """Whether a finding can be the one told of: nothing that both say differs."""
    if mention.side and side not in mention.side:
        return False
    hours_apart = _hours_apart(mention.clock_h, f.clock_h)
    if hours_apart > CHECK["told_clock_h"]:
        return False
    parts = [p for p in (mention.quadrant, f.quadrant) if p]
    if len(parts) == 2 and combined(parts) is None:
        return False
    for clock, quadrant in ((mention.clock_h, f.quadrant), (f.clock_h, mention.quadrant)):
        if clock and quadrant and not in_quadrant(clock, quadrant, side):
            return False
    fn = (mention.fn_mm, f.fn_mm)
    slack_mm = CHECK["told_mm"] + f.fn_rounding_mm
    near = fn[0] is None or fn[1] is None or abs(fn[0] - fn[1]) <= slack_mm
    return near and _same_size(mention.size_mm, f.size_mm)


def _hours_apart(a: tuple[float, float] | None, b: tuple[float, float] | None) -> float:
    """Between two intervals on the clock face, 0 where they touch or one is not stated."""
    if not a or not b:
        return 0.0
    middles = (sum(a) - sum(b)) / 2
    return abs((middles + 6.0) % 12.0 - 6.0) - (a[1] - a[0] + b[1] - b[0]) / 2


def _same_size(a: float | None, b: float | None) -> bool:
    slack = CHECK["told_mm"] / 2, CHECK["told_share"]
    return a is None or b is None or abs(a - b) <= max(slack[0], slack[1] * max(a, b))
