"""From checked rows to the breasts that are judged."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from corr.exams.registry import EXAMS, exam_of
from corr.problems import InputError, Problem, in_order, unusable_file
from corr.records import Breast, Side
from corr.tables.cells.cell import as_text
from corr.tables.checks import check_exam, check_finding
from corr.tables.done import ticked, unread_exams, without_undone
from corr.tables.findings import FindingRow
from corr.tables.links import check_links, drop_links_within_reading
from corr.tables.places import check_declared, check_places
from corr.tables.readings import Readings, Sighting, gather
from corr.tables.repeats import flag_listed_twice, flag_repeats
from corr.tables.rows import BreastRow, Draft, ExamRow, RawRow, check_row
from corr.tables.texts import fill_from_text
from corr.tables.to_records import edges_of, findings_of, shape_of

Unit = tuple[str, Side]  # case_id
OTHER: dict[Side, Side] = {"L": "R", "R": "L"}


@dataclass(frozen=True)
class Loaded:
    """What a set of tables holds: breasts sorted by case and side, typed rows, and problems."""

    breasts: tuple[Breast, ...]
    problems: tuple[Problem, ...]
    rows: tuple[FindingRow, ...] = ()


@dataclass(frozen=True)
class Around:
    """What some rows have to know of the others of their table.

    Parameters
    ----------
    doubled : ids that stand in several rows of the table
    elsewhere : findings of other women that links of these rows point at, by id
    """

    doubled: Collection[str] = ()
    elsewhere: Mapping[str, Draft] = field(default_factory=dict)


@dataclass
class _Unit:
    """Everything said about one breast before it becomes a record."""

    drafts: list[Draft] = field(default_factory=list)
    silent: list[tuple[Sighting, RawRow]] = field(default_factory=list)  # of rows that deny
    lost: list[Sighting] = field(default_factory=list)  # exams of rows that were rejected
    exams: list[tuple[ExamRow, RawRow]] = field(default_factory=list)
    facts: Any = None  # BreastRow
    facts_raw: RawRow | None = None


def assemble(
    findings: Sequence[RawRow],
    breasts: Sequence[RawRow] = (),
    exams: Sequence[RawRow] = (),
    problems: Iterable[Problem] = (),
    around: Around | None = None,
) -> Loaded:
    """Check every row, then build the breasts. Problems already found are carried along.

    ``around`` is what to know of the rest of the table, where these are all rows of some women.
    """
    found = list(problems)
    units: dict[Unit, _Unit] = defaultdict(_Unit)
    around = around or Around(doubled_ids(findings))
    rows = _take_findings(findings, units, found, around.doubled)
    _take_breasts(breasts, units, found)
    _take_exams(exams, units, found)
    for unit in units.values():
        _read_texts(unit)
    drafts = [d for unit in units.values() for d in unit.drafts]
    for draft in drafts:
        check_finding(draft)
    check_links(drafts, around.elsewhere)
    kept = {d.finding_id for d in drafts}
    rows = [row for row in rows if row.finding_id in kept]
    of_other = {(case, OTHER[side]): unit for (case, side), unit in units.items()}
    built = [_breast(key, units[key], found, of_other.get(key)) for key in sorted(units)]
    return Loaded(tuple(b for b in built if b.readings), in_order(found), tuple(rows))


def no_usable_finding(file: str, problems: Sequence[Problem], *, any_row: bool) -> InputError:
    """Refusal of tables of which no finding can be used."""
    why = "every row was rejected" if any_row else "there is a header but no row"
    fix = "see the other problems" if any_row else "add the findings"
    what = f"no usable finding ({why})"
    return unusable_file(file, what, "one row a finding", fix=fix, problems=problems)


def doubled_ids(findings: Iterable[RawRow]) -> set[str]:
    """Ids that stand in several rows."""
    copies = Counter(id_of(raw) for raw in findings)
    return {finding_id for finding_id, n in copies.items() if n > 1}


def id_of(raw: RawRow) -> str:
    """The finding_id of a row, as it is written."""
    return as_text(raw.cells.get("finding_id"))


def draft_of(raw: RawRow) -> Draft | None:
    """The finding of a row by itself; None if it is rejected or its text denies one."""
    row, _, _ = check_row(FindingRow, raw)
    draft = Draft(raw, row.model_dump(exclude_none=True), []) if row else None
    return draft if draft and fill_from_text(draft) else None


def _take_findings(
    raws: Sequence[RawRow],
    units: dict[Unit, _Unit],
    problems: list[Problem],
    doubled: Collection[str],
) -> list[FindingRow]:
    rows = []
    for raw in raws:
        row, _, wrong = check_row(FindingRow, raw)
        problems.extend(wrong)
        if row is not None and row.finding_id in doubled:
            allowed = "each finding_id once in the file"
            fix = "give every finding its own id; none of the copies was used"
            problems.append(raw.problem("finding_id", "rejected", allowed=allowed, fix=fix))
            row = None
        if row is None:
            _remember_exam(raw, units)
            continue
        rows.append(row)
        draft = Draft(raw, row.model_dump(exclude_none=True), problems)
        units[draft.breast].drafts.append(draft)
    return sorted(rows, key=lambda r: (r.case_id, r.breast, r.finding_id))


def _remember_exam(raw: RawRow, units: dict[Unit, _Unit]) -> None:
    """A rejected row still shows that its exam reported something, if it says whose and which."""
    row, _, _ = check_row(ExamRow, raw)
    if row is not None:
        draft = Draft(raw, row.model_dump(exclude_none=True), [])
        check_exam(draft)
        units[(row.case_id, row.breast)].lost.append(_sighting(draft))


def _read_texts(unit: _Unit) -> None:
    """Fill the drafts from their texts; one that denies a finding only shows its exam."""
    kept = []
    for draft in unit.drafts:
        if fill_from_text(draft):
            kept.append(draft)
        else:
            check_exam(draft)
            unit.silent.append((replace(_finding_sighting(draft), findings=()), draft.raw))
    unit.drafts = kept


def _take_breasts(
    raws: Sequence[RawRow], units: dict[Unit, _Unit], problems: list[Problem]
) -> None:
    checked = [(check_row(BreastRow, raw), raw) for raw in raws]
    copies = Counter((row.case_id, row.breast) for (row, _, _), _ in checked if row)
    for (row, _, wrong), raw in checked:
        problems.extend(wrong)
        if row is None:
            continue
        if copies[(row.case_id, row.breast)] > 1:
            allowed, fix = "one row a breast", "merge the rows; none of the copies was used"
            problems.append(raw.problem("breast", "rejected", allowed=allowed, fix=fix))
            continue
        unit = units[(row.case_id, row.breast)]
        unit.facts, unit.facts_raw = row, raw


def _take_exams(raws: Sequence[RawRow], units: dict[Unit, _Unit], problems: list[Problem]) -> None:
    for raw in raws:
        row, _, wrong = check_row(ExamRow, raw)
        problems.extend(wrong)
        if row is not None:
            units[(row.case_id, row.breast)].exams.append((row, raw))


def _breast(key: Unit, unit: _Unit, problems: list[Problem], other: _Unit | None = None) -> Breast:
    case_id, side = key
    drafts = sorted(unit.drafts, key=lambda d: d.finding_id)
    reported = [_finding_sighting(d) for d in drafts]
    listed, undone = _listed(unit, reported, problems)
    flag_listed_twice(listed, reported, problems)
    half_read, unread = unread_exams(unit.lost, reported)
    unknown = [*undone, *unread]
    silent = without_undone(unit.silent, unknown, problems, "modality")
    sightings = [*silent, *reported, *half_read, *without_undone(listed, unknown, problems)]
    sightings += ticked(unit.facts, unit.facts_raw, sightings, problems, unknown)
    found = gather(sightings, side)
    drop_links_within_reading(drafts, found.reading_of)
    _flag_viewless(drafts, found)
    file = next((d.raw.file for d in drafts), unit.facts_raw.file if unit.facts_raw else "")
    for name, value, fix in found.remarks:
        remark = Problem(file, None, case_id, "", name, value, "flagged", "one value an exam", fix)
        problems.append(remark)
    findings = findings_of(drafts, found, unit.facts)
    shape = shape_of(unit.facts, other.facts if other else None)
    readings = {r.reading_id: r for r in found.readings}
    for draft, finding in zip(drafts, findings, strict=True):
        check_places(draft, finding, readings[finding.reading_id])
    check_declared(drafts, findings, readings)
    flag_repeats(drafts, findings, found.readings)
    informs = other is not None and other.drafts and edges_of(unit.facts)
    if not found.readings and unit.facts_raw and not informs:
        allowed = "a case_id and breast that have findings, or an exam done"
        fix = "the row matches no finding; check case_id and breast"
        problems.append(unit.facts_raw.problem("case_id", "flagged", allowed=allowed, fix=fix))
    return Breast(case_id, side, found.readings, findings, shape)


def _flag_viewless(drafts: Sequence[Draft], found: Readings) -> None:
    """A finding that leaves out its view, in a mammogram whose views are known."""
    readings = {r.reading_id: r for r in found.readings}
    for draft in drafts:
        own = readings[found.reading_of[draft.finding_id]]
        if exam_of(own).place != "film" or own.view or _unread(draft, "view"):
            continue
        films = sorted({r.view for r in found.readings if r.study == own.study and r.view})
        if films:
            seen = f"taken as seen on at least one of {', '.join(films)}"
            fix = f"fill in view; until then it is {seen}, and no film counts as silent about it"
            draft.flag("view", allowed="the view it was seen on", fix=fix, value="")


def _finding_sighting(draft: Draft) -> Sighting:
    targeted = draft.get("targeted_at") is not None
    return replace(_sighting(draft), findings=(draft.finding_id,), targeted=targeted)


def _sighting(draft: Draft) -> Sighting:
    film = EXAMS[draft.values["modality"]].place == "film"
    return Sighting(
        modality=draft.values["modality"],
        exam_id=draft.get("exam_id"),
        view=draft.get("view"),
        angle_deg=draft.get("view_angle_deg"),
        base_view=draft.get("base_view"),
        unread_when=_unread(draft, "date") or _unread(draft, "exam_order"),
        unread_view=_unread(draft, "view") if film else "",
        thickness_mm=draft.get("thickness_mm"),
        date=draft.get("date"),
        exam_order=draft.get("exam_order"),
    )


def _unread(draft: Draft, name: str) -> str:
    """What was written in a cell that could not be used: rows that differ there stay apart."""
    return "" if draft.get(name) is not None else as_text(draft.raw.cells.get(name))


def _listed(
    unit: _Unit, reported: Sequence[Sighting], problems: list[Problem]
) -> tuple[list[tuple[Sighting, RawRow]], list[Sighting]]:
    """Exams of the exams table that were done, and those that were not; findings win."""
    done, undone = [], []
    for row, raw in unit.exams:
        draft = Draft(raw, row.model_dump(exclude_none=True), problems)
        check_exam(draft)
        targeted = str(draft.get("field") or "").lower().startswith("target")
        poor, tracked = row.quality == "poor", row.quality == "tracked"
        if tracked and EXAMS[row.modality].place != "skin":
            allowed, fix = "tracked for US only: the probe's position", "use good or poor"
            problems.append(raw.problem("quality", "flagged", allowed=allowed, fix=fix))
        sighting = replace(
            _sighting(draft), listed=True, targeted=targeted, poor=poor, tracked=tracked
        )
        if row.done or not as_text(raw.cells.get("done")):
            done.append((sighting, raw))
        elif any((s.name, s.modality) == (sighting.name, sighting.modality) for s in reported):
            if row.done is False:
                fix = "this exam has findings: set done to 1 or correct exam_id; taken as done"
                draft.flag("done", allowed="1 for an exam with findings", fix=fix)
            done.append((sighting, raw))
        else:
            undone.append(sighting)
    return done, undone
