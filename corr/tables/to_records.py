"""The last step: checked values become the frozen records that the core works on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from corr.anatomy.views import VIEWS
from corr.exams.registry import exam_of
from corr.records import Finding, Shape
from corr.tables.findings import FIELDS
from corr.tables.positions import film_from_pixels, prone_from_patient
from corr.tables.readings import Readings
from corr.tables.rows import Draft

WHOLE_CM_ROUNDING_MM = 5.0
HALF_CM_ROUNDING_MM = 2.5
TENTH_CM_ROUNDING_MM = 0.5

_FILM_POSITION = ("posterior_mm", "transverse_mm", "beam_mm", "beam_from")
_SHAPE = (
    *("density", "mr_nipple_to_chestwall_mm", "mr_ext_lateral_mm", "mr_ext_medial_mm"),
    *("mr_ext_superior_mm", "mr_ext_inferior_mm"),
)


def findings_of(drafts: Sequence[Draft], found: Readings, facts: Any | None) -> tuple[Finding, ...]:
    """Findings of one breast in the order of `drafts`; `facts` is its breasts-table row."""
    readings = {r.reading_id: r for r in found.readings}
    findings = []
    for draft in drafts:
        reading = readings[found.reading_of[draft.finding_id]]
        if reading.position_refused is not None:
            allowed = f"a view with known geometry: {', '.join(VIEWS)}, STEREO with its angle"
            stated = draft.stated(*_FILM_POSITION, "row", "col")
            draft.drop(*stated, allowed=allowed, fix=f"not used: {reading.position_refused}")
        elif exam_of(reading).place == "film":
            rule = VIEWS.get(reading.view or "")
            nominal = rule.nominal_deg if rule else 0.0
            film_from_pixels(draft, nominal if reading.angle_deg is None else reading.angle_deg)
        elif exam_of(reading).place == "frame":
            prone_from_patient(draft, facts)
        findings.append(_finding(draft, reading.reading_id))
    return tuple(findings)


def _finding(draft: Draft, reading_id: str) -> Finding:
    said = [said_in(column, draft.get(column)) for column in FIELDS if draft.stated(column)]
    fields = {name: value for one in said for name, value in one.items()}
    if rounding := draft.get("fn_rounding_mm"):
        fields["fn_rounding_mm"] = rounding
    if "count_min" in fields or "count_max" in fields:  # "at least n" alone leaves the top open
        fields = {"count_min": 1, "count_max": None, **fields}
    return Finding(reading_id=reading_id, **fields)


def said_in(column: str, value: Any) -> dict[str, Any]:
    """Fields of the record that the value of a column sets; as if nobody said it where None."""
    name = FIELDS[column]
    if column == "fn_cm":
        mm = None if value is None else round(10.0 * value, 6)
        return {name: mm, "fn_rounding_mm": fn_rounding_mm(value)}
    return {name: value}


def stated(finding: Finding, column: str) -> Any:
    """Value of a column of the table, as a record says it; None where it says nothing."""
    if column == "fn_cm":
        return None if finding.fn_mm is None else finding.fn_mm / 10.0
    return getattr(finding, FIELDS[column])


def fn_rounding_mm(fn_cm: float | None) -> float:
    """Half of the step it was rounded to: 5 mm for whole, 2.5 for half centimetres, else 0.5.

    "5.0" and "5" cannot be told apart once a table has been through a spreadsheet, and
    reports give whole centimetres, so both count as whole.
    """
    if fn_cm is None or float(fn_cm).is_integer():
        return WHOLE_CM_ROUNDING_MM
    return HALF_CM_ROUNDING_MM if float(2 * fn_cm).is_integer() else TENTH_CM_ROUNDING_MM


def edges_of(facts: Any | None) -> tuple[tuple[str, float], ...]:
    """Nipple to the edge of the film, mm, of the views that have it."""
    films = [] if facts is None else [(view, facts.film(view)) for view in VIEWS]
    edges = ((view, film["nipple_to_edge_mm"]) for view, film in films)
    return tuple((view, mm) for view, mm in edges if mm is not None)


def shape_of(facts: Any | None, other: Any | None = None) -> Shape:
    """Measured shape of one breast from its breasts-table row and that of the ``other`` breast."""
    edges = edges_of(other)
    if facts is None:
        return Shape(other_films=edges)
    films = []
    for view in VIEWS:
        film = facts.film(view)
        measured = tuple(
            film[k] for k in ("nipple_to_edge_mm", "extent_y_neg_mm", "extent_y_pos_mm")
        )
        if any(x is not None for x in measured):
            films.append((view, *measured))
    stated = {name: getattr(facts, name) for name in _SHAPE}
    return Shape(**stated, films=tuple(films), other_films=edges)
