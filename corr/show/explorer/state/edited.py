"""A case and what was changed of it: findings moved, off, added, deleted; assumptions; undo.

A finding that moves is its record with other fields; what is added is a row beside those of the
case. Nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from corr import parameters
from corr.case.casefile import Case
from corr.case.open import assembled
from corr.exams.registry import EXAMS
from corr.records import Breast, Finding, Side
from corr.show.explorer.state import cells as cell
from corr.show.explorer.state.added import ExamChoice, exam_choices, new_row
from corr.show.explorer.state.assumptions import ANGLE, ASSUMPTIONS, default
from corr.show.explorer.state.history import Changes, History
from corr.show.explorer.state.saved import written_tables
from corr.show.figures.film_plane import oblique_angle_deg

_SIDES: tuple[Side, ...] = ("L", "R")


class Edited:
    """One breast of a case with findings moved, off, added or deleted and assumptions changed.

    Parameters
    ----------
    case : the case as written, with its cells; `empty_case` begins with none
    side : ``L`` or ``R``; the side with most findings unless given
    overrides : constants changed for the whole exploration, on top of the case's own

    Raises
    ------
    ValueError
        If the case has no such breast, or has findings but none that can be used.
    KeyError
        If an override names no constant.
    """

    def __init__(
        self, case: Case, side: str | None = None, *, overrides: Mapping[str, float] | None = None
    ) -> None:
        self.case = case
        self.base_changes = {**case.parameters, **(overrides or {})}
        self.base_parameters = parameters.load().override(self.base_changes)
        self._with_added: tuple[object, Breast] | None = None
        breasts = assembled(written_tables(case)).breasts
        if not breasts and case.cells.get("findings"):
            msg = f"case {case.case_id} has no breast to explore"
            raise ValueError(msg)
        self._breasts = breasts or tuple(Breast(case.case_id, s, (), ()) for s in _SIDES)
        most = max(self._breasts, key=lambda b: (len(b.findings), b.side))
        self.choose(side or most.side)

    # what there is

    @property
    def sides(self) -> tuple[str, ...]:
        """Sides of the case, right first."""
        return tuple(sorted((b.side for b in self._breasts), reverse=True))

    @property
    def original(self) -> Breast:
        """The breast as the case states it."""
        return next(b for b in self._breasts if b.side == self.side)

    @property
    def written(self) -> Breast:
        """The breast as the case states it, with every finding that was added as it was added."""
        added = self.history.now.added
        if not added:
            return self.original
        if self._with_added is None or self._with_added[0] != added:
            found = assembled(written_tables(self.case_now)).breasts
            self._with_added = added, next(b for b in found if b.side == self.side)
        return self._with_added[1]

    @property
    def case_now(self) -> Case:
        """The case with the rows of the findings that were added."""
        added = tuple(dict(row) for row in self.history.now.added)
        if not added:
            return self.case
        rows = (*self.case.cells.get("findings", ()), *added)
        return replace(self.case, cells={**self.case.cells, "findings": rows})

    @property
    def finding_ids(self) -> tuple[str, ...]:
        """All findings of the side, on or off, without those that were deleted."""
        deleted = self.history.now.deleted
        return tuple(f.finding_id for f in self.written.findings if f.finding_id not in deleted)

    @property
    def off(self) -> frozenset[str]:
        """Findings that are switched off."""
        return self.history.now.off

    @property
    def edits(self) -> Mapping[str, cell.Cells]:
        """Changed cells of each finding that was changed."""
        return self.history.now.edits

    @property
    def assumed(self) -> Mapping[str, float]:
        """Assumptions that are not as in the case."""
        return self.history.now.assumed

    def _written(self, finding_id: str) -> Finding:
        for f in self.written.findings:
            if f.finding_id == finding_id and finding_id in self.finding_ids:
                return f
        msg = f"no finding {finding_id!r} in the {self.side} breast, have {self.finding_ids}"
        raise KeyError(msg)

    def places(self, finding_id: str) -> tuple[cell.Place, ...]:
        """What can be said of a finding's place."""
        return cell.places_of(self._written(finding_id), self.written, self.base_parameters)

    # changes

    def choose(self, side: str) -> None:
        """Go to a side of the case and forget what was changed.

        Raises
        ------
        ValueError
            If the case has no such breast.
        """
        if side not in self.sides:
            msg = f"case {self.case.case_id} has no breast {side!r}, only {', '.join(self.sides)}"
            raise ValueError(msg)
        self.side: Side = _SIDES["LR".index(side)]
        self.history = History()
        self._with_added = None

    def change(self, changes: Changes, what: str = "") -> None:
        """Go to other changes; ``what`` names the gesture they belong to (`History.record`)."""
        self.history.record(changes, what)

    def reset(self) -> None:
        """Everything as in the case; undo brings it back."""
        self.change(Changes())

    def undo(self) -> bool:
        """Take back the last step; False where there is none."""
        return self.history.undo()

    def redo(self) -> bool:
        """Do again what was taken back last; False where there is nothing."""
        return self.history.redo()

    @property
    def exams(self) -> tuple[ExamChoice, ...]:
        """The exams that a finding can be added to."""
        cells = self.case_now.cells
        return exam_choices(self.written, (*cells.get("findings", ()), *cells.get("exams", ())))

    def add(self, exam: ExamChoice, kind: str) -> str:
        """Add a finding that states no place yet; its id.

        Raises
        ------
        ValueError
            If the exam has no such kind of finding.
        """
        if kind not in EXAMS[exam.modality].kinds:
            msg = f"{kind!r} is no finding of {exam.words}: {', '.join(EXAMS[exam.modality].kinds)}"
            raise ValueError(msg)
        now = self.history.now
        rows = self.case_now.cells.get("findings", ())
        ids = {row.get("finding_id", "") for row in rows}
        row = new_row(self.case, self.side, exam, kind, ids)
        self.change(replace(now, added=(*now.added, row)))
        return row["finding_id"]

    def delete(self, finding_id: str) -> None:
        """Take a finding away; the exam of one that the case reports stays done.

        Raises
        ------
        KeyError
            If there is no such finding.
        """
        self._written(finding_id)
        now = self.history.now
        added = tuple(row for row in now.added if row["finding_id"] != finding_id)
        deleted = now.deleted if len(added) < len(now.added) else now.deleted | {finding_id}
        edits = {k: v for k, v in now.edits.items() if k != finding_id}
        off = now.off - {finding_id}
        self.change(replace(now, added=added, deleted=deleted, edits=edits, off=off))

    def place(self, finding_id: str, **values: float | None) -> None:
        """Move a finding: columns of its `places`, None = no longer stated.

        Values outside what a slider allows are moved to its end; a clock hour wraps around.

        Raises
        ------
        KeyError
            If there is no such finding, or the column is not one of its modality.
        """
        written = self._written(finding_id)
        before = self.edits.get(finding_id, {})
        edits = cell.edited(written, before, self.places(finding_id), values)
        kept = {k: v for k, v in {**self.edits, finding_id: edits}.items() if v}
        what = f"{finding_id} {' '.join(values)}"
        self.change(replace(self.history.now, edits=kept), what)

    def switch(self, finding_id: str, *, on: bool) -> None:
        """Judge with or without a finding; its exam stays done.

        Raises
        ------
        KeyError
            If there is no such finding.
        """
        self._written(finding_id)
        off = self.off - {finding_id} if on else self.off | {finding_id}
        self.change(replace(self.history.now, off=off))

    def assume(self, name: str, value: float) -> None:
        """Set one of `corr.show.explorer.state.assumptions.ASSUMPTIONS`, within its limits.

        Raises
        ------
        KeyError
            If there is no such assumption.
        """
        if name not in ASSUMPTIONS:
            msg = f"no assumption {name!r}, have {', '.join(ASSUMPTIONS)}"
            raise KeyError(msg)
        limits = ASSUMPTIONS[name]
        value = round(min(max(float(value), limits.low), limits.high), 6)
        assumed = {**self.assumed, name: value}
        if value == self.default(name):
            del assumed[name]
        self.change(replace(self.history.now, assumed=assumed), name)

    def assumption(self, name: str) -> float:
        """Where an assumption now stands."""
        return self.assumed.get(name, self.default(name))

    def default(self, name: str) -> float:
        """Where an assumption stands in the case: for the angle, that of its oblique film."""
        if name == ANGLE:
            return oblique_angle_deg(self.written, self.base_parameters)
        return default(name, self.base_parameters)
