"""Ultrasound: clock and distance measured on the skin of the supine breast, depth below it.

The skin map is flat: (lateral, superior) mm, distance along the skin from the nipple in the
direction of the clock. A pressed probe shortens depth. Coronal whole-breast ultrasound
(view ABUS) goes through the same map with its own spread.
"""

from __future__ import annotations

import numpy as np

from corr import frame
from corr.breast import Array, BreastModel
from corr.exams import kernels
from corr.parameters import Parameters
from corr.records import Finding, Reading

LATERAL, SUPERIOR, ROTATION, FALL, SCALE = range(5)


def errors(reading: Reading, p: Parameters) -> tuple[Array, Array]:  # noqa: ARG001
    """Means and SDs of: shift lateral, superior (mm), rotation (deg), lateral fall, log scale."""
    means = np.array([0.0, 0.0, 0.0, p["supine_lateral_fall"], np.log(0.95)])
    sds = np.array(
        [
            p["us_shift_sd_mm"],
            p["us_shift_sd_mm"],
            p["us_rotation_sd_deg"],
            p.table["supine_lateral_fall"].spread,
            p["us_scale_sd"],
        ]
    )
    return means, sds


def on_skin(model: BreastModel, e: Array) -> tuple[Array, Array]:
    """Skin map (lateral, superior), each ``(n_e, n)`` mm, for error nodes ``e`` ``(n_e, 5)``."""
    skin_map, _ = model.skin
    scale = np.exp(e[:, SCALE, None])
    lateral = scale * skin_map[:, 0] - e[:, FALL, None] * model.points[:, 2] + e[:, LATERAL, None]
    superior = scale * skin_map[:, 1] + e[:, SUPERIOR, None]
    turn = np.deg2rad(e[:, ROTATION, None])
    return (
        lateral * np.cos(turn) - superior * np.sin(turn),
        lateral * np.sin(turn) + superior * np.cos(turn),
    )


def likelihood(
    finding: Finding, reading: Reading, model: BreastModel, e: Array, p: Parameters, side: str
) -> Array | None:
    """Likelihood ``(n_e, n)`` of clock, distance from the nipple and depth; see `corr.exams`."""
    density: Array | None = None
    abus = reading.view == "ABUS"
    if finding.clock_h is not None or finding.fn_mm is not None:
        lateral, superior = on_skin(model, e)
        density = np.ones_like(lateral)
        radius = np.hypot(lateral, superior)
        if finding.clock_h is not None:
            lo, hi = clock_bounds(finding.clock_h, p)
            hour = np.arctan2(frame.left_sign(side) * lateral, superior) * (6.0 / np.pi)
            sd = p["abus_sd_mm"] if abus else p["us_tangential_sd_mm"]
            density *= kernels.clock_interval(lo, hi, hour, radius, sd)
        if finding.fn_mm is not None:
            half = finding.fn_rounding_mm
            sd = p["abus_sd_mm"] if abus else p["us_radial_sd_mm"]
            density *= kernels.interval(finding.fn_mm - half, finding.fn_mm + half, radius, sd)
    if finding.depth_mm is not None:
        _, below_skin = model.skin
        seen = below_skin * (1.0 if abus else p["us_probe_compression"])
        sd_mm = p["us_depth_sd_mm"] + p["us_depth_rel_sd"] * seen
        depth = kernels.student(((seen - finding.depth_mm) / sd_mm) ** 2, 1) / sd_mm
        density = np.broadcast_to(depth, (len(e), len(depth))) if density is None else density * depth
    return density


def clock_bounds(clock_h: tuple[float, float], p: Parameters) -> tuple[float, float]:
    """Hours a stated clock can stand for: rounding of one hour, or the margin of a range."""
    lo, hi = clock_h
    margin = p["us_clock_rounding_h"] if hi == lo and lo % 1.0 == 0 else p["us_range_margin_h"]
    return lo - margin, hi + margin
