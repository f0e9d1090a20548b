"""Words as soft regions of the reference breast: quadrants, clock, by the nipple, depth third.

What is not said constrains nothing. "Deep to the nipple" without a view is a mixture of
what it may have been said of; the shares are reported.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from corr.anatomy import frame
from corr.anatomy.breast import Array, BreastModel
from corr.anatomy.quadrants import CENTRAL, FAR, touched
from corr.exams import kernels
from corr.exams.mammography import film_angle, lean_deg, on_film
from corr.exams.registry import exam_of
from corr.exams.ultrasound import clock_bounds
from corr.parameters import Parameters
from corr.records import Finding, Reading

THIRDS = {"anterior": (0.0, 1 / 3), "middle": (1 / 3, 2 / 3), "posterior": (2 / 3, 1.0)}
DEEP_READINGS = {
    "deep_reading_mlo": "said of the oblique only: on its nipple level",
    "deep_reading_cc": "said of the CC only: on its nipple level",
    "deep_reading_both": "said of both films: central",
}


def _band(value: Array, half_width: float, edge: float) -> Array:
    return kernels.soft_below(np.abs(value), half_width, edge)


def _quadrants(name: str, model: BreastModel, p: Parameters) -> Array:
    """Union of the quadrants of a name: no seam where two of them meet, as each border is one."""
    x, edge = model.points, p["word_edge_mm"]
    side = {
        "U": kernels.soft_below(-x[:, 1], 0.0, edge),
        "L": kernels.soft_below(x[:, 1], 0.0, edge),
        "O": kernels.soft_below(-x[:, 0], 0.0, edge),
        "I": kernels.soft_below(x[:, 0], 0.0, edge),
    }
    inside: Array = np.sum([side[q[0]] * side[q[1]] for q in sorted(touched(name))], axis=0)
    if name.endswith(CENTRAL):  # in the strip before and behind the nipple that "central" spans
        across = 0 if name.startswith(("upper", "lower")) else 1
        inside = inside * _band(x[:, across], p["subareolar_radius_mm"], edge)
    if name.startswith(FAR):
        inside = inside * _far(name.removeprefix(FAR), model, p)
    return inside


def _far(part: str, model: BreastModel, p: Parameters) -> Array:
    """Beyond a share of the way to the skin: along the axis of a half, outward in a quadrant."""
    a, b = model.extents.semi_axes(model.points)
    lateral, superior = np.abs(model.points[:, 0]), np.abs(model.points[:, 1])
    if part in ("upper", "lower"):
        out, way_mm = superior / b, b
    elif part in ("outer", "inner"):
        out, way_mm = lateral / a, a
    else:
        out, way_mm = np.hypot(lateral / a, superior / b), np.sqrt(a * b)
    return kernels.soft_below((p["far_share"] - out) * way_mm, 0.0, p["word_edge_mm"])


def _clock(finding: Finding, points: Array, side: str, p: Parameters) -> Array:
    assert finding.clock_h is not None
    lo, hi = clock_bounds(finding.clock_h, p)
    radius = np.hypot(points[:, 0], points[:, 1])
    return kernels.clock_interval(
        lo, hi, frame.clock_h(points, side), radius, p["word_clock_sd_mm"]
    )


def _on_nipple_line(reading: Reading, model: BreastModel, p: Parameters) -> Array:
    """Behind the nipple on one film: between the nipple level and the posterior nipple line.

    Reports use either line, so the band reaches from one to the other: from the film's
    horizontal through the nipple to the perpendicular on the pectoral muscle.
    """
    posterior, transverse = on_film(model.points, reading, model, p)
    angle, _ = film_angle(reading, p)
    climb = np.tan(np.deg2rad(lean_deg(angle, p)[0])) * posterior
    low, high = np.minimum(climb, 0.0), np.maximum(climb, 0.0)
    off = np.maximum(np.maximum(low - transverse, transverse - high), 0.0)
    return kernels.soft_below(off, p["deep_level_mm"], p["word_edge_mm"])


def deep_readings(
    reading: Reading, model: BreastModel, p: Parameters
) -> dict[str, tuple[float, Array]]:
    """What "deep to the nipple" may have meant: share before any evidence, and its region."""
    central = _central(model.points, p)
    if exam_of(reading).place != "film":
        return {"central": (1.0, central)}
    if reading.view is not None:
        return {f"said of this {reading.view}": (1.0, _on_nipple_line(reading, model, p))}
    cc, mlo = (replace(reading, view=view, angle_deg=None) for view in ("CC", "MLO"))
    regions = {
        "deep_reading_mlo": _on_nipple_line(mlo, model, p),
        "deep_reading_cc": _on_nipple_line(cc, model, p),
        "deep_reading_both": central,
    }
    return {DEEP_READINGS[k]: (p[k], r) for k, r in regions.items()}


def _central(points: Array, p: Parameters) -> Array:
    radius = np.hypot(points[:, 0], points[:, 1])
    return kernels.soft_below(radius, p["subareolar_radius_mm"], p["word_edge_mm"])


def _region(finding: Finding, reading: Reading, model: BreastModel, p: Parameters) -> Array:
    x, edge = model.points, p["word_edge_mm"]
    if finding.region == "central":
        return _central(x, p)
    if finding.region == "periareolar":
        radius, areola = np.hypot(x[:, 0], x[:, 1]), p["subareolar_radius_mm"]
        beside = kernels.soft_below(radius, areola + p["periareolar_mm"], edge)
        return beside * kernels.soft_below(-radius, -areola, edge)
    if finding.region == "subareolar":
        near = finding.very_close_to_nipple
        depth = p["near_nipple_mm" if near else "subareolar_depth_mm"]
        return _central(x, p) * kernels.soft_below(x[:, 2], depth, edge)
    if finding.region == "axillary_tail":
        e = model.extents
        out = (x[:, 0] / e.lateral + x[:, 1] / e.superior) / np.sqrt(2)
        return kernels.soft_below(
            -out * p["axillary_tail_way_mm"], -p["axillary_tail_from_mm"], edge
        )
    if finding.region == "deep_to_nipple":
        parts = deep_readings(reading, model, p).values()
        held = np.broadcast_to(model.cells_held, len(x))
        means = [np.average(region, weights=held) for _, region in parts]
        return np.sum([s * r / m for (s, r), m in zip(parts, means, strict=True)], axis=0)
    msg = f"region {finding.region!r} of finding {finding.finding_id!r} is not known"
    raise ValueError(msg)


def likelihood(
    finding: Finding, reading: Reading, model: BreastModel, p: Parameters, side: str
) -> Array | None:
    """Likelihood ``(n,)`` of everything said in words, or None when nothing was."""
    x, edge = model.points, p["word_edge_mm"]
    measured = exam_of(finding).place == "skin"  # hour and distance are no words there
    straight = finding.nipple_distance_mm is not None  # measured, so its words say it again
    parts: list[Array] = []
    if finding.quadrant is not None:
        parts.append(_quadrants(finding.quadrant, model, p))
    if finding.clock_h is not None and not measured:
        parts.append(_clock(finding, x, side, p))
    if finding.region is not None:
        parts.append(_region(finding, reading, model, p))
    if finding.very_close_to_nipple and finding.region != "subareolar":  # there it is a depth
        parts.append(kernels.soft_below(np.linalg.norm(x, axis=1), p["near_nipple_mm"], edge))
    if finding.depth_third is not None:
        lo, hi = (t * model.extents.depth for t in THIRDS[finding.depth_third])
        parts.append(_band(x[:, 2] - 0.5 * (lo + hi), 0.5 * (hi - lo), edge))
    if finding.fn_mm is not None and not (measured or straight):
        distance = np.linalg.norm(x, axis=1)
        half = finding.fn_rounding_mm * p["fn_rounding_over_half_step"]
        lo_mm, hi_mm = finding.fn_mm - half, finding.fn_mm + half
        parts.append(kernels.interval(lo_mm, hi_mm, distance, p["word_clock_sd_mm"]))
    return np.prod(parts, axis=0) if parts else None
