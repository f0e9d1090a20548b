"""The region that a report itself stated, lightly shaded on the clock face."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Patch, Polygon, Wedge
from numpy.typing import NDArray

from corr.anatomy.quadrants import CENTRAL, FAR, HALVES, touched
from corr.judgement.result import Judgement
from corr.parameters import Parameters
from corr.records import Finding

NARROWEST_H = 0.5
"""A single hour is shown with this width."""


def shade_stated(
    ax: Axes, finding: Finding, judgement: Judgement, radius_mm: float, colour: str
) -> list[Artist]:
    """Sector (and ring) of a clock position or part of the breast, or a disc or ring by the nipple.

    The disc is as large as the judgement takes these words.

    Nothing where none was stated: an unstated place is not a region.
    """
    side, p = judgement.breast.side, judgement.parameters
    patches = _sectors(finding, side, radius_mm, p) or _disc(finding, p)
    for patch in patches:
        patch.set(facecolor=colour, alpha=0.13, edgecolor="none", zorder=1)
    return [ax.add_patch(patch) for patch in patches]


def _sectors(finding: Finding, side: str, radius_mm: float, p: Parameters) -> list[Patch]:
    name, outer, width = finding.quadrant, radius_mm, radius_mm
    if finding.fn_mm is not None:
        outer = finding.fn_mm + finding.fn_rounding_mm
        width = min(outer, 2 * finding.fn_rounding_mm)
    elif finding.region == "periareolar":
        width = p["periareolar_mm"]
        outer = p["subareolar_radius_mm"] + width
    elif finding.clock_h is None and name is not None and name.startswith(FAR):
        if (half := name.removeprefix(FAR)) in HALVES:
            return [_segment(_middle(half, side), outer, p["far_share"])]
        width = outer * p["far_share"]
    elif finding.clock_h is None and name is not None and name.endswith(CENTRAL):
        middle = _middle(name.removesuffix(CENTRAL), side)
        return [_strip(middle, outer, p["subareolar_radius_mm"])]
    if finding.clock_h is not None:
        return [_wedge(*finding.clock_h, outer, width)]
    return [_wedge(*_hours(q, side), outer, width) for q in sorted(touched(name))] if name else []


def _segment(hour: float, radius_mm: float, share: float) -> Polygon:
    """What a chord at this share of the radius cuts off the face, toward an hour."""
    half = np.degrees(np.arccos(share)) / 30.0
    return Polygon(_at(np.linspace(hour - half, hour + half, 40), radius_mm))


def _strip(hour: float, radius_mm: float, disc_mm: float) -> Polygon:
    """As wide as the disc, from the nipple toward an hour."""
    half = np.degrees(np.arcsin(min(disc_mm / radius_mm, 1.0))) / 30.0
    sides = [_at(np.array([hour + quarter]), disc_mm) for quarter in (3.0, -3.0)]
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
    """Clock hours of a quadrant; on the patient's right they are before 12 or after 6."""
    on_right = (quadrant[1] == "O") == (side == "R")
    first = (9.0 if on_right else 12.0) if quadrant[0] == "U" else (18.0 if on_right else 15.0)
    return first, first + 3.0


def _disc(finding: Finding, p: Parameters) -> list[Patch]:
    radius_mm = p["subareolar_radius_mm"]
    if finding.region == "periareolar":
        return [Wedge((0, 0), radius_mm + p["periareolar_mm"], 0, 360, width=p["periareolar_mm"])]
    if finding.region in ("subareolar", "central"):
        return [Circle((0, 0), radius_mm)]
    return [Circle((0, 0), p["near_nipple_mm"])] if finding.very_close_to_nipple else []
