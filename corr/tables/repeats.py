"""What is entered twice: a finding within an exam, an exam under two names, an exam listed twice.

Two findings of one exam are two lesions, and two exams are two looks; what was typed or exported
twice would count as both. Copies are flagged, never dropped: they may be real.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from corr.problems import Problem
from corr.records import Finding, Reading
from corr.tables.cells.cell import MISSING, as_text
from corr.tables.findings import COLUMNS, MEASURED, OF_EXAM
from corr.tables.meaning.numbers import NEGATIVE_CODES
from corr.tables.readings import Sighting
from corr.tables.rows import Draft, RawRow

_REPORTED = [c for c in COLUMNS if c not in OF_EXAM and c not in ("same_as", "mark")]
_LEAST_TELLING = 2
"""Numbers that have to be equal before two findings look like copies (assumed)."""

Report = tuple[tuple[str, object], ...]


def flag_repeats(
    drafts: Sequence[Draft], findings: Sequence[Finding], readings: Sequence[Reading]
) -> None:
    """Flag findings of one exam, and exams of one kind and day, that report the very same."""
    by_id = {r.reading_id: r for r in readings}
    of_reading: dict[str, list[tuple[Report, Draft]]] = defaultdict(list)
    for draft, finding in zip(drafts, findings, strict=True):
        of_reading[finding.reading_id].append((_report(draft), draft))
    for reported in of_reading.values():
        first: dict[Report, Draft] = {}
        for report, draft in reported:
            other = first.setdefault(report, draft)
            if other is not draft and _is_telling(report):
                fix = (
                    f"{other.finding_id} of this exam says the very same: if it was entered twice, "
                    "delete one; as they stand they are two lesions"
                )
                draft.flag("finding_id", allowed="each finding once", fix=fix)
    names = sorted(of_reading)
    for n, name in enumerate(names):
        for twin in names[:n]:
            mine, others = of_reading[name], of_reading[twin]
            days = [{_unread("date", draft) for _, draft in x} - {""} for x in (mine, others)]
            if all(days) and days[0] != days[1]:
                continue
            if _one_look(by_id[name], by_id[twin]) and _same(mine, others):
                fix = (
                    f"{twin} reports the very same: if it is one exam entered twice, delete one "
                    "or give both one exam_id; as they stand they count as two looks"
                )
                draft = mine[0][1]
                draft.flag("exam_id", allowed="each exam once", fix=fix, value=name)


def flag_listed_twice(
    listed: Sequence[tuple[Sighting, RawRow]], reported: Sequence[Sighting], problems: list[Problem]
) -> None:
    """Flag rows of the exams table that name one exam again, or one day's silent exam twice."""
    seen: dict[object, str] = {}
    with_findings = {(s.modality, s.name) for s in reported}
    for exam, raw in listed:
        film = (exam.modality, exam.film, exam.angle_deg, exam.base_view, exam.when)
        one = (exam.name, *film)
        if one in seen:
            fix = f"{exam.name} is listed twice: delete one row; it was counted once"
            problems.append(raw.problem("exam_id", "flagged", allowed="each exam once", fix=fix))
        elif exam.when and (exam.modality, exam.name) not in with_findings:
            other = seen.setdefault((*film, exam.targeted), exam.name)
            if other != exam.name:
                fix = (
                    f"{other} is of the same day and kind, and neither has findings: if it is one "
                    "exam, delete one row; as they stand both count as silent"
                )
                problem = raw.problem("exam_id", "flagged", allowed="each exam once", fix=fix)
                problems.append(problem)
        seen[one] = exam.name


def _report(draft: Draft) -> Report:
    """What a finding states; what could not be read counts as it is written: it may differ."""
    stated = ((c, draft.values[c] if c in draft.values else _unread(c, draft)) for c in _REPORTED)
    return tuple((c, value) for c, value in stated if value != "")


class _Unread(str):
    """A cell as it is written, which says something that nobody knows."""

    __slots__ = ()


def _unread(column: str, draft: Draft) -> str:
    written = as_text(draft.raw.as_written(column)).casefold()
    return "" if written in MISSING | NEGATIVE_CODES else _Unread(written)


def _is_telling(report: Report) -> bool:
    told = [column for column, value in report if not isinstance(value, _Unread)]
    return sum(column in MEASURED for column in told) >= _LEAST_TELLING


def _same(a: Sequence[tuple[Report, Draft]], b: Sequence[tuple[Report, Draft]]) -> bool:
    """Whether two exams report the same, with numbers that tell."""
    mine, other = (sorted((repr(report) for report, _ in x)) for x in (a, b))
    return mine == other and any(_is_telling(report) for report, _ in a)


def _one_look(a: Reading, b: Reading) -> bool:
    """Two exams of one kind that may be one: no two different dates or orders are stated."""
    kind = (a.modality, a.view) == (b.modality, b.view) and a.exam_id != b.exam_id
    return kind and (a.order is None or b.order is None or a.order == b.order)
