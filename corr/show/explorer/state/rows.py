"""Rows of a case under some changes: findings moved or off, the oblique turned."""

from __future__ import annotations

from collections.abc import Mapping, Set

from corr.case.casefile import Case
from corr.case.open import Tables
from corr.records import Breast
from corr.show.explorer.state import cells as cell

TABLES = ("findings", "breasts", "exams")
OF_IMAGES = ("image", "mark")
"""Columns that only say which image a finding was read from."""
Rows = dict[str, list[dict[str, str]]]


def written_tables(case: Case) -> Tables:
    """The tables that are judged, as they stand in the case.

    What was read from images stands in the rows; the images themselves are not asked again.
    """
    rows = {name: tuple(dict(c) for c in case.cells.get(name, ())) for name in TABLES}
    for cells in rows["findings"]:
        for column in OF_IMAGES:
            cells.pop(column, None)
    return rows


def changed_tables(
    case: Case,
    written: Breast,
    edits: Mapping[str, Mapping[str, str]],
    off: Set[str],
    angle_deg: float | None,
) -> Tables:
    """The tables of a case, both sides, with changes of one breast.

    Parameters
    ----------
    written : the changed breast as it was read from the case
    edits : finding id to its changed columns, empty text = no longer stated
    off : findings left out; their exams are listed as done
    angle_deg : of the oblique film, wherever it states one; None = as written
    """
    rows: Rows = {name: list(found) for name, found in written_tables(case).items()}
    findings = {f.finding_id: f for f in written.findings}
    kept = []
    for cells in rows["findings"]:
        f = findings.get(cells.get("finding_id", ""))
        if f is not None and f.finding_id in off:
            rows["exams"].append(cell.exam_cells(cells))
            continue
        if f is not None and (changes := edits.get(f.finding_id)):
            cells = cell.edited(cells, f, changes)
        _let_go(cells, off, {i: f.modality for i, f in findings.items()})
        kept.append(cells)
    rows["findings"] = kept
    if angle_deg is not None:
        _turn(rows, written.side, cell.number_text(angle_deg))
    return {name: tuple(found) for name, found in rows.items()}


def _let_go(cells: dict[str, str], off: Set[str], modality: Mapping[str, str]) -> None:
    """No link to a finding that is off; a look at it was a look where its exam pointed."""
    if cells.get("same_as") in off:
        del cells["same_as"]
    if (target := cells.get("targeted_at", "")) in off:
        cells["targeted_at"] = modality[target]


def _turn(rows: Rows, side: str, angle: str) -> None:
    """The angle wherever this side's oblique film states one."""
    here = {
        name: [c for c in found if c.get("breast", "").strip().upper() == side]
        for name, found in rows.items()
    }
    for cells in (*here["findings"], *here["exams"]):
        if cell.oblique(cells):
            cells["view_angle_deg"] = angle
    for cells in here["breasts"]:
        for column in ("mlo_angle_deg", "lmo_angle_deg"):
            if cells.get(column):
                cells[column] = angle
