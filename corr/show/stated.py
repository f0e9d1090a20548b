"""The region that a report itself stated, lightly shaded on the clock face."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Patch, Wedge

from corr.quadrants import CENTRAL, FAR, touched
from corr.records import Finding

NARROWEST_H = 0.5
"""A single hour is shown with this width."""
DISC_MM = 15.0
"""Behind the nipple and central: radius seen from the front (constant subareolar_radius_mm)."""
RING_MM = 20.0
"""Beside the areola: width of the ring around that disc (constant periareolar_mm)."""
FAR_SHARE = 0.5
"""Far out: this share of the way to the edge (constant far_share)."""
QUADRANT_HOURS = {
    "U": {"right": (9, 12), "left": (12, 15)},
    "L": {"left": (15, 18), "right": (18, 21)},
}
"""Clock hours of the upper and lower quadrants on the patient's right and left."""


def shade_stated(
    ax: Axes, finding: Finding, side: str, radius_mm: float, colour: str
) -> list[Artist]:
    """Sector (and ring) of a clock position or part of the breast, or a disc or ring by the nipple.

    Nothing where none was stated: an unstated place is not a region.
    """
    patches = _sectors(finding, side, radius_mm) or _disc(finding)
    for patch in patches:
        patch.set(facecolor=colour, alpha=0.13, edgecolor="none", zorder=1)
    return [ax.add_patch(patch) for patch in patches]


def _sectors(finding: Finding, side: str, radius_mm: float) -> list[Patch]:
    outer, width = radius_mm, radius_mm
    if finding.fn_mm is not None:
        outer = finding.fn_mm + finding.fn_rounding_mm
        width = min(outer, 2 * finding.fn_rounding_mm)
    if finding.clock_h is not None:
        return [_wedge(*finding.clock_h, outer, width)]
    if finding.quadrant is None:
        return []
    if finding.fn_mm is None and finding.quadrant.startswith(FAR):
        width = outer * FAR_SHARE
    if finding.quadrant.endswith(CENTRAL):
        middle = _half_middle(finding.quadrant.removesuffix(CENTRAL), side)
        half = np.rad2deg(np.arcsin(min(DISC_MM / outer, 1.0))) / 30.0
        return [_wedge(middle - half, middle + half, outer, width)]
    return [_wedge(*_hours(q, side), outer, width) for q in sorted(touched(finding.quadrant))]


def _wedge(low: float, high: float, outer: float, width: float) -> Wedge:
    if high - low < NARROWEST_H:
        low, high = (low + high - NARROWEST_H) / 2, (low + high + NARROWEST_H) / 2
    return Wedge((0, 0), outer, 90 - 30 * high, 90 - 30 * low, width=width)


def _half_middle(half: str, side: str) -> float:
    on_right = (half == "outer") == (side == "R")
    return {"upper": 12.0, "lower": 6.0}.get(half, 9.0 if on_right else 3.0)


def _hours(quadrant: str, side: str) -> tuple[float, float]:
    outer = "right" if side == "R" else "left"
    inner = "left" if side == "R" else "right"
    return QUADRANT_HOURS[quadrant[0]][outer if quadrant[1] == "O" else inner]


def _disc(finding: Finding) -> list[Patch]:
    if finding.region == "periareolar":
        return [Wedge((0, 0), DISC_MM + RING_MM, 0, 360, width=RING_MM)]
    behind = finding.region in ("subareolar", "central")
    return [Circle((0, 0), DISC_MM)] if behind or finding.very_close_to_nipple else []
