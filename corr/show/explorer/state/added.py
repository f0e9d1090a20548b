"""Findings that are not in the case: in which exam they may be added, and their row.

A finding that is added states nothing but what it is: no place, no size.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from corr.case.casefile import Case
from corr.exams.registry import MODALITY_NAMES
from corr.records import Breast, Modality, Side
from corr.show.wording.text import exam_name
from corr.tables.findings import FindingRow
from corr.tables.rows import ExamRow

Cells = Mapping[str, str]
NEW_EXAMS: tuple[tuple[Modality, str], ...] = (
    ("MG", "CC"), ("MG", "MLO"), ("US", ""), ("MR", ""), ("CEM", "CC"), ("CEM", "MLO")
)  # fmt: skip
"""Exams and views that may be added to a breast that does not have them."""
_SHARED = tuple(n for n in FindingRow.model_fields if n in ExamRow.model_fields)
_WHOSE = ("case_id", "breast", "exam_id", "modality", "view")


@dataclass(frozen=True)
class ExamChoice:
    """An exam that a finding can be added to: its words, its modality, its cells in a row."""

    words: str
    modality: Modality
    cells: Cells


def empty_case(case_id: str) -> Case:
    """A case of which nothing is known yet, to add findings to."""
    return Case(case_id, f"Case {case_id}", (), ())


def exam_choices(breast: Breast, rows: Sequence[Cells]) -> tuple[ExamChoice, ...]:
    """The exams of a breast, then those it does not have.

    Parameters
    ----------
    rows : findings and exams of the case, whose cells say what else is known of an exam
    """
    made = []
    for r in breast.readings:
        plain = {"modality": r.modality, "exam_id": r.exam_id, "view": r.view or ""}
        told = next((row for row in rows if _is_of(row, breast.side, plain)), {})
        cells = {n: told[n] for n in _SHARED if told.get(n) and n not in _WHOSE}
        words = f"{MODALITY_NAMES[r.modality]}, {exam_name(r)}"
        made.append(
            ExamChoice(words, r.modality, {**cells, **{k: v for k, v in plain.items() if v}})
        )
    there = {(r.modality, r.view or "") for r in breast.readings}
    for modality, view in NEW_EXAMS:
        if (modality, view) not in there:
            new = {"modality": modality, "exam_id": modality}
            words = f"{MODALITY_NAMES[modality]} {view}".strip()
            made.append(
                ExamChoice(f"{words}, new", modality, {**new, "view": view} if view else new)
            )
    return tuple(made)


def _is_of(row: Cells, side: Side, exam: Cells) -> bool:
    """Whether a row is of this exam; one that names no exam is of that of its modality."""
    modality = row.get("modality", "").strip().upper()
    said = {"modality": modality, "exam_id": row.get("exam_id", modality).strip(),
            "view": row.get("view", "").strip().upper()}  # fmt: skip
    return row.get("breast", "").strip().upper() == side and said == dict(exam)


def new_row(case: Case, side: Side, exam: ExamChoice, kind: str, ids: Collection[str]) -> Cells:
    """The row of a finding that states its exam and what it is, under an id that is not in use."""
    head = f"{side}-{exam.modality}-"
    number = next(n for n in range(1, len(ids) + 2) if f"{head}{n}" not in ids)
    return {
        "case_id": case.case_id,
        "breast": side,
        "finding_id": f"{head}{number}",
        **exam.cells,
        "kind": kind,
    }
