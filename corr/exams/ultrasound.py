"""Ultrasound: clock and distance measured on the skin of the supine breast, depth below it.

The skin map is flat: (lateral, superior) mm, distance along the skin from the nipple in the
direction of the clock. A pressed probe shortens depth. Coronal whole-breast ultrasound
(view ABUS) goes through the same map with its own spread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from corr import frame
from corr.breast import Array, BreastModel
from corr.exams import kernels
from corr.parameters import Parameters
from corr.records import Finding, Reading

LATERAL, SUPERIOR, ROTATION, FALL, SCALE, PRESSED = range(6)
HOUR_STEP, HOUR_CELLS = 0.1, 120
RADIUS_STEP_MM, RADIUS_CELLS = 1.0, 256


def errors(_reading: Reading, p: Parameters) -> tuple[Array, Array]:
    """Means and SDs of the errors of one exam.

    Shift lateral, superior (mm), rotation (deg, + toward the armpit
    above the nipple), lateral fall, log scale of the skin, log scale of depth.
    """
    means = np.array([0.0, 0.0, 0.0, p["supine_lateral_fall"], np.log(p["us_scale"]), 0.0])
    sds = np.array(
        [
            p["us_shift_sd_mm"],
            p["us_shift_sd_mm"],
            p["us_rotation_sd_deg"],
            p.table["supine_lateral_fall"].spread,
            p["us_scale_sd"],
            p.table["us_probe_compression"].spread / p["us_probe_compression"],
        ]
    )
    return means, sds


@dataclass(frozen=True)
class Seen:
    """Where every point shows: clock angle (h), distance along the skin and depth (mm)."""

    hour: Array  # (n_e, n)
    radius_mm: Array  # (n_e, n)
    depth_mm: Array  # (n_e, n)

    @cached_property
    def cell(self) -> NDArray[np.int32]:
        """``(n_e, n)`` cell of the skin's table (`_skin_table`) that every point falls into."""
        turns = (self.hour + np.float32(24.0)) * np.float32(
            1 / HOUR_STEP
        )  # positive: no rounding up
        row = turns.astype(np.int32) % HOUR_CELLS
        column = np.minimum(self.radius_mm * np.float32(1 / RADIUS_STEP_MM), RADIUS_CELLS - 1)
        return row * np.int32(RADIUS_CELLS) + column.astype(np.int32)


def _skin_table() -> tuple[Array, Array]:
    """Hour and radius (mm) at the middle of the cells of a table over the skin.

    Cells of 3 degrees and 1 mm are far below every kernel; looking a likelihood up is ten
    times faster than computing it at every point of every node.
    """
    hour = (np.arange(HOUR_CELLS, dtype=np.float32) + 0.5) * HOUR_STEP
    radius_mm = (np.arange(RADIUS_CELLS, dtype=np.float32) + 0.5) * RADIUS_STEP_MM
    return hour[:, None], radius_mm[None, :]


def appear(reading: Reading, model: BreastModel, e: Array, p: Parameters, side: str) -> Seen:
    """Skin map and depth of the model's points for error nodes ``e`` ``(n_e, 6)``."""
    skin_map, below_skin = model.skin
    scale = np.exp(e[:, SCALE, None])
    lateral = scale * skin_map[:, 0] + e[:, LATERAL, None]
    lateral -= e[:, FALL, None] * model.axes[2]
    superior = scale * skin_map[:, 1] + e[:, SUPERIOR, None]
    hour = np.arctan2(np.float32(frame.left_sign(side)) * lateral, superior) * np.float32(6 / np.pi)
    turned = hour + np.float32(frame.left_sign(side)) * e[:, ROTATION, None] / np.float32(30)
    pressed = 1.0 if reading.view == "ABUS" else p["us_probe_compression"]
    depth = (pressed * np.exp(e[:, PRESSED, None])) * below_skin
    return Seen(turned, np.sqrt(lateral**2 + superior**2), depth)


def likelihood(finding: Finding, seen: Seen, reading: Reading, p: Parameters) -> Array | None:
    """Likelihood ``(n_e, n)`` of clock, distance from the nipple and depth; see `corr.exams`."""
    parts: list[Array] = []
    abus = reading.view == "ABUS"
    hour, radius_mm = _skin_table()
    on_skin: list[Array] = []
    if finding.clock_h is not None:
        lo, hi = clock_bounds(finding.clock_h, p)
        sd = p["abus_sd_mm"] if abus else p["us_tangential_sd_mm"]
        on_skin.append(kernels.clock_interval(lo, hi, hour, radius_mm, sd))
    if finding.fn_mm is not None:
        half = finding.fn_rounding_mm
        sd = p["abus_sd_mm"] if abus else p["us_radial_sd_mm"]
        lo_mm, hi_mm = finding.fn_mm - half, finding.fn_mm + half
        on_skin.append(kernels.interval(lo_mm, hi_mm, radius_mm, sd))
    if on_skin:
        table = np.broadcast_to(math.prod(on_skin), (HOUR_CELLS, RADIUS_CELLS))
        parts.append(np.take(table.astype(np.float32), seen.cell))
    if finding.depth_mm is not None:
        sd_mm = p["us_depth_sd_mm"] + p["us_depth_rel_sd"] * finding.depth_mm
        off = kernels.squared([(finding.depth_mm, seen.depth_mm, sd_mm)])
        parts.append(kernels.student(off, 1))
    return math.prod(parts[1:], start=parts[0]) if parts else None


def clock_bounds(clock_h: tuple[float, float], p: Parameters) -> tuple[float, float]:
    """Hours a stated clock can stand for: rounding of one hour, or the margin of a range."""
    lo, hi = clock_h
    margin = p["us_clock_rounding_h"] if hi == lo and lo % 1.0 == 0 else p["us_range_margin_h"]
    return lo - margin, hi + margin
