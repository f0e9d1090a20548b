"""Exams as they are done: readings taken together; those of a breast, and those asked about.

``MG`` and ``CEM`` are two films; all other names are those of `corr.questions.asked`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from corr.questions.asked import ExamError, label, named
from corr.questions.silence.reported import study_of
from corr.records import Breast, Reading

TWO_FILMS = {"MG": ("MG:CC", "MG:MLO"), "CEM": ("CEM:CC", "CEM:MLO")}
"""A mammogram asked about by itself is these."""


class Exam(NamedTuple):
    """Readings taken together: an exam done, or one that could be."""

    name: str
    readings: tuple[Reading, ...]
    done: bool


def done(breast: Breast) -> list[Exam]:
    """Exams done, each with the readings that were taken together."""
    studies: dict[str, list[Reading]] = {}
    for r in breast.readings:
        studies.setdefault(study_of(r), []).append(r)
    return [
        Exam("+".join(sorted({r.exam_id for r in rs})), tuple(rs), done=True)
        for rs in studies.values()
    ]


def asked_about(breast: Breast, name: str) -> Exam:
    """The exam that a name stands for: the last of the breast's own, else one made up.

    Raises
    ------
    ExamError
        If there is no such exam.
    """
    own = done(breast)
    whole = [e for e in own if name in (e.name, *(r.exam_id for r in e.readings))]
    if whole:
        return whole[-1]
    if one := [r for r in breast.readings if name in (r.reading_id, label(r))]:
        return Exam(name, (one[-1],), done=True)
    if name.upper() not in TWO_FILMS:
        try:
            r = named(breast, name)
        except ExamError as error:
            whole_too = f"{', '.join(TWO_FILMS)}, {error.allowed}" if error.allowed else ""
            raise ExamError(error.what, allowed=whole_too) from error
        return Exam(name, (r,), done=r in breast.readings)
    modality = name.upper()
    of_kind = [e for e in own if e.readings[0].modality == modality and not _stereo(e)]
    if of_kind:
        return max(of_kind, key=lambda e: e.readings[0].order or 0.0)
    films = [replace(named(breast, x), study=f"asked {name}") for x in TWO_FILMS[modality]]
    return Exam(name, tuple(films), done=False)


def _stereo(e: Exam) -> bool:
    return any(r.view == "STEREO" for r in e.readings)
