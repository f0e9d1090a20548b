"""The region that a report itself stated, lightly shaded on the clock face."""

from __future__ import annotations

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Patch, Wedge

from corr.parameters import Parameters
from corr.records import Finding, Judgement

NARROWEST_H = 0.5
"""A single hour is shown with this width."""
QUADRANT_HOURS = {
    "U": {"right": (9, 12), "left": (12, 15)},
    "L": {"left": (15, 18), "right": (18, 21)},
}
"""Clock hours of the upper and lower quadrants on the patient's right and left."""


def shade_stated(
    ax: Axes, finding: Finding, judgement: Judgement, radius_mm: float, colour: str
) -> list[Artist]:
    """Sector (and ring) of a clock position, a quadrant, or the disc of "behind the nipple".

    The disc is as large as the judgement takes these words.

    Nothing where none was stated: an unstated place is not a region.
    """
    side, p = judgement.breast.side, judgement.parameters
    patch = _sector(finding, side, radius_mm) or _disc(finding, p)
    if patch is None:
        return []
    patch.set(facecolor=colour, alpha=0.13, edgecolor="none", zorder=1)
    return [ax.add_patch(patch)]


def _sector(finding: Finding, side: str, radius_mm: float) -> Patch | None:
    hours = finding.clock_h or _quadrant_hours(finding.quadrant, side)
    if hours is None:
        return None
    low, high = hours
    if high - low < NARROWEST_H:
        low, high = (low + high - NARROWEST_H) / 2, (low + high + NARROWEST_H) / 2
    outer, width = radius_mm, radius_mm
    if finding.fn_mm is not None:
        outer = finding.fn_mm + finding.fn_rounding_mm
        width = min(outer, 2 * finding.fn_rounding_mm)
    return Wedge((0, 0), outer, 90 - 30 * high, 90 - 30 * low, width=width)


def _quadrant_hours(quadrant: str | None, side: str) -> tuple[float, float] | None:
    if quadrant is None:
        return None
    outer = "right" if side == "R" else "left"
    inner = "left" if side == "R" else "right"
    return QUADRANT_HOURS[quadrant[0]][outer if quadrant[1] == "O" else inner]


def _disc(finding: Finding, p: Parameters) -> Patch | None:
    if finding.region in ("subareolar", "central"):
        return Circle((0, 0), p["subareolar_radius_mm"])
    return Circle((0, 0), p["near_nipple_mm"]) if finding.very_close_to_nipple else None
