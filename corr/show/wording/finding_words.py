"""What a report says of a finding, in words: its hour, its place, its size, its number."""

from __future__ import annotations

from corr.anatomy.clock import clock_text
from corr.anatomy.quadrants import FAR, HALVES
from corr.anatomy.views import film_edges
from corr.exams.mammography import film_angle
from corr.exams.registry import exam_of
from corr.parameters import Parameters
from corr.plurals import many
from corr.records import Finding, Reading
from corr.show.wording.pair_words import NO_PLACE
from corr.tables.findings import COLUMNS
from corr.tables.to_records import stated

_PRONE_WAYS = (("lateral", "medial"), ("above", "below"), ("behind", "in front of"))


def hours(finding: Finding) -> str:
    """Stated clock position, "7-8 o'clock" or "7:30 o'clock"; empty when none was stated."""
    return "" if finding.clock_h is None else hour_words(finding.clock_h)


def hour_words(span_h: tuple[float, float]) -> str:
    """A clock range as it is said: "7-8 o'clock", "12:30-1 o'clock"."""
    return f"{clock_text(span_h)} o'clock"


def film_edges_of(reading: Reading, p: Parameters) -> tuple[str, str] | None:
    """What lies to either side of the nipple line of a film; None where that is not known."""
    if exam_of(reading).place != "film" or reading.position_refused:
        return None
    return film_edges(film_angle(reading, p)[0])


def position_words(finding: Finding, edges: tuple[str, str] | None = None) -> str:
    """Everything stated about the place, as one short text.

    ``edges`` are those of `film_edges_of`; without, a film's side of the nipple is a sign.
    """
    values = {name: stated(finding, name) for name, column in COLUMNS.items() if column.said}
    plain = [COLUMNS[name].said.format(v) for name, v in values.items() if v is not None]
    film = None
    if exam_of(finding).place == "film" and finding.posterior_mm is not None:
        film = f"{finding.posterior_mm:.0f} mm behind the nipple"
        film += " on the film" if edges is None else ""
        if finding.transverse_mm is not None:
            film += f", {_across(finding.transverse_mm, edges)}"
    parts = (
        hours(finding),
        *plain,
        film,
        _prone(finding),
        None if finding.quadrant is None else part_words(finding.quadrant),
        region_words(finding),
        "very close to the nipple" if finding.very_close_to_nipple else None,
    )
    return ", ".join(part for part in parts if part) or NO_PLACE


def _across(transverse_mm: float, edges: tuple[str, str] | None) -> str:
    if edges is None:
        return f"{transverse_mm:+.0f} mm across"
    edge = edges[transverse_mm < 0]
    return f"{abs(transverse_mm):.0f} mm {'' if ' ' not in edge else 'toward '}{edge}"


def is_placed(finding: Finding) -> bool:
    """Whether anything was stated about the place."""
    return position_words(finding) != NO_PLACE


def part_words(name: str) -> str:
    """A quadrant, half or list of them as it is said.

    >>> [part_words(name) for name in ("UOQ", "upper", "upper_central", "far_outer", "UOQ+LIQ")]
    ['UOQ', 'upper half', 'upper central', 'far outer part', 'UOQ or LIQ']
    """
    if name.startswith(FAR):
        return f"far {name.removeprefix(FAR)} part"
    if name in HALVES:
        return f"{name} half"
    return " or ".join(name.split("+")).replace("_", " ")


def region_words(finding: Finding) -> str | None:
    """The region stated, as it is said; None where none was."""
    if finding.region == "deep_to_nipple":
        return "deep to the nipple"
    return None if finding.region is None else finding.region.replace("_", " ")


def _prone(finding: Finding) -> str | None:
    if exam_of(finding).place != "frame" or finding.lateral_mm is None:
        return None
    values = (finding.lateral_mm, finding.superior_mm, finding.posterior_mm)
    said = [
        f"{abs(v):.0f} mm {ways[v < 0]}"
        for v, ways in zip(values, _PRONE_WAYS, strict=True)
        if v is not None
    ]
    of = "of " if said[-1].endswith("al") else ""  # lateral, medial
    return f"{', '.join(said)} {of}the nipple, prone"


def size_words(finding: Finding) -> str:
    """Stated size and number, "7.1 x 3.6 mm", "5 within 7 mm", "9 mm, calcifications seen"."""
    sizes = [s for s in (finding.size_mm, finding.size2_mm, finding.size3_mm) if s is not None]
    size = " x ".join(f"{s:g}" for s in sizes) + " mm" if sizes else ""
    if finding.kind == "calcification" and finding.n_calcifications:
        return f"{finding.n_calcifications} within {size}" if size else _calcifications(finding)
    if finding.n_calcifications is None or finding.kind in ("calcification", "echogenic_foci"):
        return size
    return f"{size}, {calcifications_inside(finding.n_calcifications)}".lstrip(", ")


def calcifications_inside(number: int) -> str:
    """How many calcifications a thing holds, as far as a report says so; 1 is "at least one"."""
    if number < 2:
        return "calcifications in it" if number else "no calcifications seen"
    return f"{number} calcifications in it"


def _calcifications(finding: Finding) -> str:
    return many(finding.n_calcifications or 0, "calcification")
