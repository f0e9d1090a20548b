"""What was changed of a case, and the judgement that follows. Driven by tests and by widgets.

A finding that moves is its record with other fields (`corr.questions.change_finding`); a finding
switched off or an oblique turned changes what the exams are, so the breast is assembled anew from
its rows. A saved case reads back as the same record, so it gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from corr import parameters
from corr.case.casefile import Case
from corr.case.open import Tables, assembled
from corr.judgement.result import Judgement
from corr.parameters import Parameters
from corr.questions.change_finding import change_findings
from corr.records import Breast, Finding
from corr.show.explorer.state import cells as cell
from corr.show.explorer.state.assumptions import ANGLE, ASSUMPTIONS, default, overrides
from corr.show.explorer.state.judging import Answer, Judge
from corr.show.explorer.state.saved import case_text, changed_tables, write_case, written_tables
from corr.show.figures.film_plane import oblique_angle_deg


class Explored:
    """One breast of a case with some findings moved or off and some assumptions changed.

    Parameters
    ----------
    case : the case as written, with its cells
    side : ``L`` or ``R``; the side with most findings unless given
    overrides : constants changed for the whole exploration, on top of the case's own

    Raises
    ------
    ValueError
        If the case has no such breast.
    KeyError
        If an override names no constant.
    """

    def __init__(
        self, case: Case, side: str | None = None, *, overrides: Mapping[str, float] | None = None
    ) -> None:
        self.case = case
        self.base_changes = {**case.parameters, **(overrides or {})}
        self.base_parameters = parameters.load().override(self.base_changes)
        self._judge = Judge()
        self._exams: tuple[object, Breast] | None = None
        self._as_written = assembled(written_tables(case))
        sides = [b.side for b in self._as_written.breasts]
        if not sides:
            msg = f"case {case.case_id} has no breast to explore"
            raise ValueError(msg)
        most = max(self._as_written.breasts, key=lambda b: (len(b.findings), b.side))
        self.choose(side or most.side)

    # what there is

    @property
    def sides(self) -> tuple[str, ...]:
        """Sides of the case, right first."""
        return tuple(sorted((b.side for b in self._as_written.breasts), reverse=True))

    @property
    def written(self) -> Breast:
        """The breast as the case states it."""
        return next(b for b in self._as_written.breasts if b.side == self.side)

    @property
    def finding_ids(self) -> tuple[str, ...]:
        """All findings of the side, on or off."""
        return tuple(f.finding_id for f in self.written.findings)

    def finding(self, finding_id: str) -> Finding:
        """A finding as it now is; as written where it is switched off.

        Raises
        ------
        KeyError
            If the side has no such finding; the message lists those it has.
        """
        here = (f for f in self.breast.findings if f.finding_id == finding_id)
        return next(here, None) or self._written(finding_id)

    def _written(self, finding_id: str) -> Finding:
        for f in self.written.findings:
            if f.finding_id == finding_id:
                return f
        msg = f"no finding {finding_id!r} in the {self.side} breast, have {self.finding_ids}"
        raise KeyError(msg)

    def stated(self, finding_id: str, column: str) -> float | None:
        """Value of a place column as it now is; None where nothing is."""
        return cell.stated(self.finding(finding_id), column)

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
        self.side = side
        self.reset()

    def reset(self) -> None:
        """Everything as in the case."""
        self.edits: dict[str, dict[str, str]] = {}
        self.off: set[str] = set()
        self.assumed: dict[str, float] = {}
        self._stale()

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
        self.edits = {k: v for k, v in {**self.edits, finding_id: edits}.items() if v}
        self._stale()

    def switch(self, finding_id: str, *, on: bool) -> None:
        """Judge with or without a finding; its exam stays done.

        Raises
        ------
        KeyError
            If there is no such finding.
        """
        self._written(finding_id)
        (self.off.discard if on else self.off.add)(finding_id)
        self._stale()

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
        self.assumed[name] = value
        if value == self.default(name):
            del self.assumed[name]
        self._stale()

    def assumption(self, name: str) -> float:
        """Where an assumption now stands."""
        return self.assumed.get(name, self.default(name))

    def default(self, name: str) -> float:
        """Where an assumption stands in the case: for the angle, that of its oblique film."""
        if name == ANGLE:
            return oblique_angle_deg(self.written, self.base_parameters)
        return default(name, self.base_parameters)

    # what follows

    def _stale(self) -> None:
        self._breast: Breast | None = None
        self._parameters: Parameters | None = None

    @property
    def parameters(self) -> Parameters:
        """The table of constants under the present assumptions.

        The same table as long as they are the same: what was worked out with it is found again.
        """
        if self._parameters is None:
            changes = overrides(self.assumed, self.base_parameters)
            made = self.base_parameters.override(changes) if changes else self.base_parameters
            self._parameters = made
        return self._parameters

    @property
    def breast(self) -> Breast:
        """The breast under the present changes."""
        if self._breast is None:
            exams = self._as_seen()
            changes = {
                f.finding_id: cell.changed_fields(f, self.edits[f.finding_id])
                for f in exams.findings
                if f.finding_id in self.edits
            }
            self._breast = change_findings(exams, changes)
        return self._breast

    def _as_seen(self) -> Breast:
        """The breast with findings off and the oblique turned, before any finding was moved."""
        angle_deg = self.assumed.get(ANGLE)
        if not self.off and angle_deg is None:
            return self.written
        key = self.side, frozenset(self.off), angle_deg
        if self._exams is None or self._exams[0] != key:
            tables = changed_tables(self.case, self.written, {}, self.off, angle_deg)
            found = assembled(tables).breasts
            self._exams = key, next(b for b in found if b.side == self.side)
        return self._exams[1]

    def judgement(self, *, band: bool = True) -> Judgement:
        """The judgement under the present changes.

        Without ``band`` it is faster, and `Pair.p_low`, `Pair.p_high` are P(same) itself.
        """
        return self._judge(self.breast, self.parameters, band=band)

    def at_once(self) -> Answer:
        """What can be said of the present changes within the time of a slider."""
        return self._judge.at_once(self.breast, self.parameters)

    def to_finish(self) -> Callable[[], Judgement]:
        """The judgement with its band as a call that another thread may make meanwhile.

        `judgement` then has it at once, if nothing was changed since.
        """
        breast, p = self.breast, self.parameters
        return lambda: self._judge(breast, p, band=True)

    def as_written(self) -> Judgement:
        """The judgement of the case as it stands, to compare with."""
        return self._judge(self.written, self.base_parameters, band=True)

    def differences(self) -> tuple[cell.Difference, ...]:
        """What differs from the case, in the order of its findings."""
        out = []
        for f in self.written.findings:
            if f.finding_id in self.off:
                out.append(cell.Difference(f.finding_id, "on", "off"))
                continue
            said = cell.spoken_cells(f)
            words = {p.column: f"{f.finding_id}, {p.said}" for p in self.places(f.finding_id)}
            for column, now in self.edits.get(f.finding_id, {}).items():
                out.append(cell.Difference(words[column], said.get(column, ""), now))
        for name, value in self.assumed.items():
            a = ASSUMPTIONS[name]
            was, now = (f"{v:g} {a.unit}".strip() for v in (self.default(name), value))
            out.append(cell.Difference(a.words, was, now))
        return tuple(out)

    def save(self, path: str | Path, *, replace: bool = False) -> Path:
        """Write a case file whose judgement is this one; over another file only if told so.

        Raises
        ------
        ValueError
            If the name does not end in .yaml or .yml, or every finding of the case is off.
        OSError
            If it cannot be written; FileExistsError if there is one that may not be replaced.
        """
        tables = self.tables
        if not tables["findings"]:
            msg = "every finding is switched off: a case file needs one"
            raise ValueError(msg)
        changes = {n: self.parameters[n] for n in self.parameters.changed}
        text = case_text(self.case, tables, changes, [str(d) for d in self.differences()])
        return write_case(Path(path), text, replace=replace)

    @property
    def tables(self) -> Tables:
        """Rows of the case, both sides, under the present changes."""
        moved = {f.finding_id: f for f in self.breast.findings if f.finding_id in self.edits}
        angle_deg = self.assumed.get(ANGLE)
        return changed_tables(self.case, self.written, moved, self.off, angle_deg)
