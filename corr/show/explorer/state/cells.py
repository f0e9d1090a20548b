"""Cells of the findings table that say where a finding is: read from a record, and changed.

An edited finding states its place in plain columns only. Pixels, patient coordinates and
report sentences, which would say the place a second time, are replaced by the values that
were read from them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from corr.anatomy.clock import clock_text
from corr.anatomy.views import VIEWS, film_edges
from corr.exams.mammography import film_angle
from corr.parameters import Parameters
from corr.records import Breast, Finding
from corr.tables.checks import PATIENT_COLUMNS, PATIENT_NIPPLE_COLUMNS, PIXEL_COLUMNS

Cells = Mapping[str, str]

SECOND_SAYINGS = (
    *PIXEL_COLUMNS,
    "patient_orientation",
    *PATIENT_COLUMNS,
    *PATIENT_NIPPLE_COLUMNS,
    "text",
)
EXAM_COLUMNS = (
    *("case_id", "breast", "modality", "exam_id", "view", "base_view", "view_angle_deg"),
    *("date", "exam_order", "thickness_mm"),
)
_SAME_NAME = (
    *("kind", "size_mm", "size2_mm", "size3_mm", "n_calcifications", "bi_rads"),
    *("posterior_mm", "transverse_mm", "depth_mm", "lateral_mm", "superior_mm", "chestwall_mm"),
    *("quadrant", "region", "depth_third"),
)


@dataclass(frozen=True)
class Place:
    """One column a slider can change, for some modalities."""

    column: str
    words: str
    unit: str
    low: float
    high: float
    step: float
    modalities: tuple[str, ...]

    @property
    def said(self) -> str:
        """What is changed, with its unit."""
        return f"{self.words.removesuffix(', from')} ({self.unit})"


PLACES = {
    p.column: p
    for p in (
        Place("clock", "clock, from", "h", 0.5, 12.0, 0.5, ("US", "MG", "MR")),
        Place("fn_cm", "from the nipple", "cm", 0.0, 15.0, 0.5, ("US",)),
        Place("depth_mm", "below the skin", "mm", 0.0, 60.0, 1.0, ("US", "MR")),
        Place("posterior_mm", "behind the nipple", "mm", 0.0, 140.0, 1.0, ("MG", "MR")),
        Place("transverse_mm", "across the film", "mm", -120.0, 120.0, 1.0, ("MG",)),
        Place("lateral_mm", "lateral of the nipple", "mm", -120.0, 120.0, 1.0, ("MR",)),
        Place("superior_mm", "above the nipple", "mm", -120.0, 120.0, 1.0, ("MR",)),
    )
}
MR_POSITION = ("lateral_mm", "superior_mm", "posterior_mm")


def places_of(finding: Finding, breast: Breast, p: Parameters) -> tuple[Place, ...]:
    """What can be said of this finding's place, in the order of the sliders.

    Across a film is toward lateral on a CC and toward upper outer on an oblique: the words follow
    the angle of the film. A film whose view is unknown has no position, an MRI position needs all
    three axes; both are left to `corr.show.explorer.state.explored` to refuse or fill.
    """
    places = [place for place in PLACES.values() if finding.modality in place.modalities]
    reading = next(r for r in breast.readings if r.reading_id == finding.reading_id)
    if reading.view is None:  # seen on an unknown film
        return tuple(places)
    toward, _ = film_edges(film_angle(reading, p)[0])
    return tuple(
        replace(place, words=f"toward {toward}") if place.column == "transverse_mm" else place
        for place in places
    )


def stated(finding: Finding, column: str) -> float | None:
    """Value a slider shows; for the clock the hour where the stated range begins."""
    if column == "clock":
        return None if finding.clock_h is None else finding.clock_h[0]
    if column == "fn_cm":
        return None if finding.fn_mm is None else finding.fn_mm / 10.0
    value: float | None = getattr(finding, column)
    return value


def number_text(value: float) -> str:
    """A number as a cell, to the micrometre."""
    return format(round(float(value), 6) + 0.0, ".12g")


def cell_text(finding: Finding, column: str, value: float | None) -> str:
    """The cell that states ``value``; a clock keeps the width of the range that was stated."""
    if value is None:
        return ""
    if column == "clock":
        lo, hi = finding.clock_h or (0.0, 0.0)
        return clock_text((value, value + hi - lo))
    return number_text(value)


def spoken_cells(finding: Finding) -> dict[str, str]:
    """What a record says, in the columns of the findings table; identity and exam left out."""
    cells = {}
    for name in _SAME_NAME:
        value = getattr(finding, name)
        if value is not None:
            cells[name] = number_text(value) if isinstance(value, int | float) else str(value)
    if finding.clock_h is not None:
        lo, hi = finding.clock_h
        cells["clock"] = clock_text((lo, hi))
    if finding.fn_mm is not None:
        cells["fn_cm"] = number_text(finding.fn_mm / 10.0)
    if finding.very_close_to_nipple:
        cells["very_close_to_nipple"] = "1"
    if (finding.count_min, finding.count_max) != (1, 1):
        cells["count_min"] = str(finding.count_min)
        if finding.count_max is not None:
            cells["count_max"] = str(finding.count_max)
    return cells


def edited(written: Cells, finding: Finding, edits: Cells) -> dict[str, str]:
    """Cells of a finding whose place was changed.

    Parameters
    ----------
    written : the row as it stands in the case
    finding : what was read from it
    edits : changed columns, empty text where it is no longer stated
    """
    kept = {k: v for k, v in written.items() if k not in SECOND_SAYINGS}
    cells = {**kept, **spoken_cells(finding), **edits}
    if quotes := _quotes(cells.get("words", ""), edits):
        cells["words"] = quotes
    else:
        cells.pop("words", None)
    return {k: v for k, v in cells.items() if v != ""}


def _quotes(words: str, edits: Cells) -> str:
    """Quoted words without those of changed columns: no report said the new value."""
    try:
        said = json.loads(words)
    except ValueError:
        return words
    if not isinstance(said, dict):
        return words
    left = {k: v for k, v in said.items() if k not in edits}
    return json.dumps(left, ensure_ascii=False) if left else ""


def exam_cells(written: Cells) -> dict[str, str]:
    """Row of the exams table for the exam of a finding that is switched off: it was done."""
    cells = {k: v for k in EXAM_COLUMNS if (v := written.get(k, ""))}
    if written.get("targeted_at"):
        cells["field"] = "targeted"
    return {**cells, "done": "1"}


def oblique(cells: Cells) -> bool:
    """True for the row of an oblique film that states its angle."""
    rule = VIEWS.get(cells.get("view", "").upper())
    return bool(cells.get("view_angle_deg")) and rule is not None and rule.nominal_deg == 45.0
