"""What was changed of a case, and the judgement that follows. Driven by tests and by widgets.

A finding that moves is its record with other fields (`corr.questions.change_finding`); a finding
switched off or an oblique turned changes what the exams are, so the breast is assembled anew from
its rows. A saved case reads back as the same record, so it gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from corr.anatomy.clock import clock_text
from corr.case.casefile import Case
from corr.case.open import Tables, assembled
from corr.judgement.result import Judgement
from corr.parameters import Parameters
from corr.questions.change_finding import change_findings
from corr.records import Breast, Finding
from corr.show.explorer.state import cells as cell
from corr.show.explorer.state.assumptions import ANGLE, ASSUMPTIONS, overrides
from corr.show.explorer.state.edited import Edited
from corr.show.explorer.state.history import Changes
from corr.show.explorer.state.judging import Answer, Judge
from corr.show.explorer.state.saved import case_text, changed_tables, write_case
from corr.show.wording.text import kind_name


class Explored(Edited):
    """An edited breast and the judgement that follows; see `Edited`."""

    def __init__(
        self, case: Case, side: str | None = None, *, overrides: Mapping[str, float] | None = None
    ) -> None:
        self._judge = Judge()
        self._exams: tuple[object, Breast] | None = None
        self._seen: tuple[Changes, Breast] | None = None
        self._table: tuple[object, Parameters] | None = None
        super().__init__(case, side, overrides=overrides)

    @property
    def parameters(self) -> Parameters:
        """The table of constants under the present assumptions.

        The same table as long as they are the same: what was worked out with it is found again.
        """
        assumed = dict(self.assumed)
        if self._table is None or self._table[0] != assumed:
            changes = overrides(assumed, self.base_parameters)
            made = self.base_parameters.override(changes) if changes else self.base_parameters
            self._table = assumed, made
        return self._table[1]

    @property
    def breast(self) -> Breast:
        """The breast under the present changes."""
        now = self.history.now
        if self._seen is None or self._seen[0] is not now:
            exams = self._as_seen()
            changes = {
                f.finding_id: cell.changed_fields(f, self.edits[f.finding_id])
                for f in exams.findings
                if f.finding_id in self.edits
            }
            self._seen = now, change_findings(exams, changes)
        return self._seen[1]

    def finding(self, finding_id: str) -> Finding:
        """A finding as it now is; as written where it is switched off.

        Raises
        ------
        KeyError
            If the side has no such finding; the message lists those it has.
        """
        here = (f for f in self.breast.findings if f.finding_id == finding_id)
        return next(here, None) or self._written(finding_id)

    def stated(self, finding_id: str, column: str) -> float | None:
        """Value of a place column as it now is; None where nothing is."""
        return cell.stated(self.finding(finding_id), column)

    def _as_seen(self) -> Breast:
        """The breast with findings off and the oblique turned, before any finding was moved."""
        now, angle_deg = self.history.now, self.assumed.get(ANGLE)
        if not (now.off or now.deleted) and angle_deg is None:
            return self.written
        key = self.side, now.off | now.deleted, now.added, angle_deg
        if self._exams is None or self._exams[0] != key:
            found = assembled(self._tables({}, angle_deg)).breasts
            self._exams = key, next((b for b in found if b.side == self.side), self.written)
        return self._exams[1]

    def _tables(self, moved: Mapping[str, Finding], angle_deg: float | None) -> Tables:
        gone = self.off | self.history.now.deleted
        return changed_tables(self.case_now, self.written, moved, gone, angle_deg)

    def spoken(self, finding_id: str, columns: Iterable[str]) -> str:
        """What a finding now states in some columns: "9-10 o'clock, 3 cm from the nipple"."""
        finding, places = self.finding(finding_id), self.places(finding_id)
        known = {place.column: place for place in places}
        said = []
        for column in columns:
            value = cell.stated(finding, column)
            if column == "clock" and finding.clock_h is not None:
                said.append(f"{clock_text(finding.clock_h)} o'clock")
            elif value is not None:
                said.append(known[column].spoken(value))
        return ", ".join(said)

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
        return self._judge(self.original, self.base_parameters, band=True)

    def differences(self) -> tuple[cell.Difference, ...]:
        """What differs from the case, in the order of its findings."""
        out = []
        new = {row["finding_id"] for row in self.history.now.added}
        for f in self.written.findings:
            if f.finding_id in self.history.now.deleted:
                out.append(cell.Difference(f.finding_id, "reported", "deleted"))
                continue
            if f.finding_id in new:
                out.append(
                    cell.Difference(f.finding_id, "not in the case", f"added, {kind_name(f)}")
                )
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
            If the name does not end in .yaml or .yml, or no finding of the case is on.
        OSError
            If it cannot be written; FileExistsError if there is one that may not be replaced.
        """
        tables = self.tables
        if not tables["findings"]:
            msg = "no finding is switched on: a case file needs one"
            raise ValueError(msg)
        changes = {n: self.parameters[n] for n in self.parameters.changed}
        text = case_text(self.case, tables, changes, [str(d) for d in self.differences()])
        return write_case(Path(path), text, replace=replace)

    @property
    def tables(self) -> Tables:
        """Rows of the case, both sides, under the present changes."""
        moved = {f.finding_id: f for f in self.breast.findings if f.finding_id in self.edits}
        return self._tables(moved, self.assumed.get(ANGLE))
