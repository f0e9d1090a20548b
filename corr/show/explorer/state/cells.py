"""What a finding says of its place, as cells of the findings table: shown, changed and written out.

A changed finding states its place in plain columns only. Pixels, patient coordinates and report
sentences, which would say the place a second time, are replaced by the values that were read from
them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from corr.anatomy.clock import clock_text
from corr.anatomy.views import VIEWS, film_edges
from corr.exams.mammography import film_angle
from corr.parameters import Parameters
from corr.records import Breast, Finding
from corr.tables.checks import PATIENT_COLUMNS, PATIENT_NIPPLE_COLUMNS, PIXEL_COLUMNS
from corr.tables.findings import COLUMNS, FIELDS, FindingRow
from corr.tables.rows import ExamRow
from corr.tables.to_records import said_in
from corr.tables.to_records import stated as stated_in

Cells = Mapping[str, str]
ARROW = "\N{RIGHTWARDS ARROW}"

_IDENTITY = ("finding_id", "modality")
_PLACE_AGAIN = (
    *(*PIXEL_COLUMNS, "patient_orientation"),
    *(*PATIENT_COLUMNS, *PATIENT_NIPPLE_COLUMNS),
)
_ON_FILM = ("posterior_mm", "transverse_mm")
_ENDS = {
    "lateral_mm": ("lateral", "medial"),
    "superior_mm": ("above the nipple", "below the nipple"),
}
"""What a value above and below 0 means, where that does not follow from the film."""


@dataclass(frozen=True)
class Place:
    """One column a slider can change; ``ends`` say what values above and below 0 mean."""

    column: str
    words: str
    unit: str
    low: float
    high: float
    step: float
    ends: tuple[str, str] = ("", "")

    def spoken(self, value: float) -> str:
        """A value as it is said: "3 cm from the nipple", "12 mm medial", "9 o'clock".

        >>> ends = ("lateral", "medial")
        >>> across = Place("transverse_mm", "toward lateral", "mm", -90, 90, 1, ends)
        >>> across.spoken(-12), across.spoken(0)
        ('12 mm medial', 'at the level of the nipple')
        """
        if self.column == "clock":
            return f"{clock_text((value, value))} o'clock"
        if not any(self.ends):
            return f"{value:g} {self.unit} {self.words}"
        if value == 0:
            return "at the level of the nipple"
        return f"{abs(value):g} {self.unit} {self.ends[value < 0]}"

    @property
    def said(self) -> str:
        """What is changed, with its unit."""
        return f"{self.words.removesuffix(', from')} ({self.unit})"


@dataclass(frozen=True)
class Difference:
    """One thing that is not as in the case: what, how it was, how it is."""

    what: str
    was: str
    now: str

    def __str__(self) -> str:
        return f"{self.what}: {self.was or 'not stated'} {ARROW} {self.now or 'not stated'}"


def places_of(finding: Finding, breast: Breast, p: Parameters) -> tuple[Place, ...]:
    """What can be said of this finding's place, in the order of the sliders.

    Across a film is toward lateral on a CC and toward upper outer on an oblique: the words follow
    the angle of the film. On a film whose geometry is not known no position can be used.
    """
    reading = next(r for r in breast.readings if r.reading_id == finding.reading_id)
    refused = _ON_FILM if reading.position_refused else ()
    places = []
    for name, column in COLUMNS.items():
        slider, may = column.slider, column.only
        if slider is None or name in refused:
            continue
        if all(not only or finding.modality in only for only in (may, slider.only)):
            unit = getattr(FindingRow.cell(name), "unit", "h")
            place = Place(name, slider.words, unit, slider.low, slider.high, slider.step)
            if name == "transverse_mm":
                ends = film_edges(film_angle(reading, p)[0])
                place = replace(place, words=f"toward {ends[0]}", ends=ends)
            places.append(replace(place, ends=_ENDS.get(name, place.ends)))
    return tuple(places)


def stated(finding: Finding, column: str) -> float | None:
    """Value a slider shows; for the clock the hour where the stated range begins."""
    value = stated_in(finding, column)
    return value[0] if isinstance(value, tuple) else value


def edited(
    written: Finding, edits: Cells, places: tuple[Place, ...], values: Mapping[str, float | None]
) -> dict[str, str]:
    """Changed cells of a finding once sliders state these values, None = no longer stated.

    What is as written is no change. Values beyond a slider are at its end; a clock hour wraps
    around and keeps the width of the range that was stated.

    Raises
    ------
    KeyError
        If a column has no slider; the message says which have.
    """
    known = {place.column: place for place in places}
    now = dict(edits)
    for column, value in values.items():
        if column not in known:
            who = f"{written.finding_id} ({written.modality})"
            msg = f"{who} has no {column!r}, only {list(known)}"
            raise KeyError(msg)
        place = known[column]
        if value is None:
            now[column] = ""
        elif column == "clock":
            lo, hi = written.clock_h or (0.0, 0.0)
            now[column] = clock_text((value, value + hi - lo))
        else:
            now[column] = _text(column, round(float(min(max(value, place.low), place.high)), 6))
    said = spoken_cells(written)
    return {column: text for column, text in now.items() if text != said.get(column, "")}


def _text(column: str, value: Any) -> str:
    """The cell that reads back as this value, to the last digit."""
    if column == "clock":
        return clock_text(value)
    if column == "words":
        return json.dumps(dict(value), ensure_ascii=False)
    if isinstance(value, bool):
        return str(int(value))
    return repr(value + 0.0).removesuffix(".0") if isinstance(value, float) else str(value)


def spoken_cells(finding: Finding) -> dict[str, str]:
    """What a record says, as cells of the findings table; identity, exam and text left out."""
    values = {column: stated_in(finding, column) for column in FIELDS if column != "text"}
    if (finding.count_min, finding.count_max) == (1, 1):
        del values["count_min"], values["count_max"]
    return {
        column: _text(column, value)
        for column, value in values.items()
        if column not in _IDENTITY and value is not None and value is not False and value != ()
    }


def changed_fields(finding: Finding, edits: Cells) -> dict[str, object]:
    """Fields of the record that some changed cells set (empty text: no longer stated).

    The report's sentence is let go, as are words quoted for a changed value, which no report said;
    a distance is rounded as its cell says.
    """
    fields = said_in("fn_cm", stated_in(finding, "fn_cm"))
    for column, text in edits.items():
        fields |= said_in(column, FindingRow.cell(column).parse(text))
    words = tuple((column, said) for column, said in finding.words if column not in edits)
    return {**fields, "text": None, "words": words}


def written_out(written: Cells, finding: Finding) -> dict[str, str]:
    """Row of a changed finding: identity, exam and what no record holds as written in the case."""
    kept = {
        name: text
        for name, text in written.items()
        if name in _IDENTITY or (name not in FIELDS and name not in _PLACE_AGAIN)
    }
    return {**kept, **spoken_cells(finding)}


def exam_cells(written: Cells) -> dict[str, str]:
    """Row of the exams table for the exam of a finding that is switched off: it was done."""
    cells = {k: v for k, v in written.items() if k in ExamRow.model_fields and v}
    if written.get("targeted_at"):
        cells["field"] = "targeted"
    return {**cells, "done": "1"}


def oblique(cells: Cells) -> bool:
    """True for the row of an oblique film that states its angle."""
    rule = VIEWS.get(cells.get("view", "").upper())
    return bool(cells.get("view_angle_deg")) and rule is not None and rule.nominal_deg == 45.0
