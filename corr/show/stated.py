"""The region that a report itself stated, lightly shaded on the clock face."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Patch, Polygon, Wedge
from numpy.typing import NDArray

from corr.quadrants import CENTRAL, FAR, HALVES, touched
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
    name, outer, width = finding.quadrant, radius_mm, radius_mm
    if finding.fn_mm is not None:
        outer = finding.fn_mm + finding.fn_rounding_mm
        width = min(outer, 2 * finding.fn_rounding_mm)
    elif finding.region == "periareolar":
        outer, width = DISC_MM + RING_MM, RING_MM
    elif finding.clock_h is None and name is not None and name.startswith(FAR):
        if (half := name.removeprefix(FAR)) in HALVES:
            return [_segment(_middle(half, side), outer)]
        width = outer * FAR_SHARE
    elif finding.clock_h is None and name is not None and name.endswith(CENTRAL):
        return [_strip(_middle(name.removesuffix(CENTRAL), side), outer)]
    if finding.clock_h is not None:
        return [_wedge(*finding.clock_h, outer, width)]
    return [_wedge(*_hours(q, side), outer, width) for q in sorted(touched(name))] if name else []


def _segment(hour: float, radius_mm: float) -> Polygon:
    """What a chord cuts off the face, toward an hour."""
    half = np.degrees(np.arccos(FAR_SHARE)) / 30.0
    return Polygon(_at(np.linspace(hour - half, hour + half, 40), radius_mm))


def _strip(hour: float, radius_mm: float) -> Polygon:
    """As wide as the disc, from the nipple toward an hour."""
    half = np.degrees(np.arcsin(min(DISC_MM / radius_mm, 1.0))) / 30.0
    sides = [_at(np.array([hour + quarter]), DISC_MM) for quarter in (3.0, -3.0)]
    return Polygon(np.vstack([*sides, _at(np.linspace(hour - half, hour + half, 10), radius_mm)]))


def _at(hour: NDArray[np.float64], radius_mm: float) -> NDArray[np.float64]:
    """Points of the face, facing the patient."""
    angle = np.deg2rad(30.0 * hour)
    return radius_mm * np.column_stack([np.sin(angle), np.cos(angle)])


def _wedge(low: float, high: float, outer: float, width: float) -> Wedge:
    if high - low < NARROWEST_H:
        low, high = (low + high - NARROWEST_H) / 2, (low + high + NARROWEST_H) / 2
    return Wedge((0, 0), outer, 90 - 30 * high, 90 - 30 * low, width=width)


def _middle(half: str, side: str) -> float:
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
