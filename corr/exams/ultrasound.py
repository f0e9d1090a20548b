"""Ultrasound: clock and distance measured on the skin of the supine breast, depth below it.

The skin map is flat: (lateral, superior) mm, distance along the skin from the nipple in the
direction of the clock. A pressed probe shortens depth. Coronal whole-breast ultrasound
(view ABUS) goes through the same map with its own spread.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from corr.anatomy import frame
from corr.anatomy.breast import Array, BreastModel
from corr.exams import kernels
from corr.exams.affine import Affine, Basis, Product
from corr.exams.base import ByLesion, Exam, Same, Stated, logistic, mentioned
from corr.exams.skin import CELL_MM, Seen, on_skin
from corr.parameters import Parameters
from corr.records import Finding, LesionKind, Malignancy, Reading

LATERAL, SUPERIOR, ROTATION, FALL, RISE, SCALE, PRESSED = range(7)
CORNERS = np.array(list(itertools.product((1.0, -1.0), repeat=4)))


def errors(_reading: Reading, p: Parameters) -> tuple[Array, Array]:
    """Means and SDs of the errors of one exam.

    Shift lateral, superior (mm), rotation (deg, + toward the armpit above the nipple), lateral
    fall and rise toward the head (mm per mm of depth), log scale of the skin, of depth.
    """
    fall, rise = p["supine_lateral_fall"], p["supine_rise"]
    shift = p["us_shift_lateral_mm"], p["us_shift_superior_mm"]
    means = np.array([*shift, 0.0, fall, rise, np.log(p["us_scale"]), 0.0])
    sds = np.array(
        [
            p["us_shift_sd_mm"],
            p["us_shift_sd_mm"],
            p["us_rotation_sd_deg"],
            p.table["supine_lateral_fall"].spread,
            p.table["supine_rise"].spread,
            p["us_scale_sd"],
            math.hypot(
                p["us_depth_scale_sd"],
                p.table["us_probe_compression"].spread / p["us_probe_compression"],
            ),
        ]
    )
    return means, sds


def appear(reading: Reading, model: BreastModel, e: Array, p: Parameters, side: str) -> Seen:
    """Skin map and depth of the model's points for error nodes ``e`` ``(n_e, 7)``."""
    skin_map, below_skin = model.skin
    on_skin = Basis(np.stack([np.ones_like(below_skin), *skin_map.T, model.axes[2]]))
    scale, zero = np.exp(e[:, SCALE]), np.zeros(len(e))
    lateral = np.stack([e[:, LATERAL], scale, zero, -e[:, FALL]], axis=1)
    superior = np.stack([e[:, SUPERIOR], zero, scale, e[:, RISE]], axis=1)
    turn = np.deg2rad(e[:, ROTATION, None])
    out = np.cos(turn) * lateral + np.sin(turn) * superior
    up = np.cos(turn) * superior - np.sin(turn) * lateral
    pressed = 1.0 if reading.view == "ABUS" else p["us_probe_compression"]
    below = Basis(np.stack([np.ones_like(below_skin), below_skin]))
    depth = np.stack([zero, pressed * np.exp(e[:, PRESSED])], axis=1)
    sign = float(frame.left_sign(side))
    return Seen(
        Affine(out, on_skin), Affine(up, on_skin), Affine(depth, below), sign,
        p["us_depth_shape"] * model.extents.uncertain_mm,
    )  # fmt: skip


def reach(
    reading: Reading, model: BreastModel, p: Parameters, side: str
) -> dict[str, tuple[float, float]]:
    """Largest distance from the nipple and depth (mm) that any point of the breast shows."""
    means, _ = errors(reading, p)
    seen = appear(reading, model, means[None, :], p, side)
    return kernels.ranges(fn_mm=seen.radius_mm, depth_mm=seen.depth_mm)


def likelihood(finding: Finding, seen: Seen, reading: Reading, p: Parameters) -> Product | None:
    """Likelihood ``(n_e, n)`` of clock, distance from the nipple and depth; see `corr.exams`."""
    parts = []
    if finding.depth_mm is not None:
        sd_mm = depth_sd_mm(finding.depth_mm, seen, p)
        parts.append(kernels.student(kernels.squared([(finding.depth_mm, seen.depth, sd_mm)]), 1))
    if (table := _table(finding, seen, reading, p)) is not None:
        parts.append(seen.look_up(table))
    return math.prod(parts[1:], start=parts[0]) if parts else None


def by_itself(
    finding: Finding, reading: Reading, model: BreastModel, p: Parameters, side: str
) -> Array | None:
    """`likelihood` with the errors of the exam integrated out: ``(1, n)``.

    Shifts blur the table over the skin, turns and stretches are summed over corners of +/- 1 SD
    (right up to the third power of each), depth has an error of its own in closed form.
    """
    mean, sd = errors(reading, p)
    out = None
    corners = np.tile(mean, (len(CORNERS), 1))
    corners[:, [ROTATION, FALL, RISE, SCALE]] += CORNERS * sd[[ROTATION, FALL, RISE, SCALE]]
    seen = appear(reading, model, corners, p, side)
    if (table := _table(finding, seen, reading, p)) is not None:
        from scipy.ndimage import gaussian_filter  # takes a moment to load

        width = 2 * seen.reach + 1
        blur = sd[LATERAL] / CELL_MM  # the same in all directions
        sharp = table.reshape(width, width)
        table = gaussian_filter(sharp, blur, mode="nearest", truncate=3.0).ravel()
        out = seen.look_up(table).mean()
    if finding.depth_mm is not None:
        steps = np.tile(mean, (3, 1))
        steps[1:, PRESSED] += (sd[PRESSED], -sd[PRESSED])
        seen = appear(reading, model, steps, p, side)
        sd_mm = depth_sd_mm(finding.depth_mm, seen, p)
        place = kernels.blurred([(finding.depth_mm, seen.depth_mm, sd_mm)])
        out = place if out is None else out * place
    return out


def depth_sd_mm(depth_mm: float, seen: Seen, p: Parameters) -> float:
    """Scale of the error of a stated depth, mm: its own, and of where the skin is."""
    own = p["us_depth_sd_mm"] + p["us_depth_rel_sd"] * depth_mm
    return math.hypot(own, seen.skin_sd_mm)


def own_sds_mm(reading: Reading, p: Parameters) -> tuple[float, float]:
    """Scales of the errors of a single finding along the circle and from the nipple, mm."""
    if reading.tracked:
        return p["us_tracked_sd_mm"], p["us_tracked_sd_mm"]
    names = ("us_tangential_sd_mm", "us_radial_sd_mm")
    across, out = (p["abus_sd_mm" if reading.view == "ABUS" else name] for name in names)
    again = kernels.repeat_scale_mm(reading, p)
    return math.hypot(across, again), math.hypot(out, again)


def _table(finding: Finding, seen: Seen, reading: Reading, p: Parameters) -> Array | None:
    """Likelihood of clock and distance from the nipple over the skin, if stated."""
    clock = None if finding.clock_h is None else clock_bounds(finding.clock_h, p)
    fn = None
    if finding.fn_mm is not None:
        half = finding.fn_rounding_mm * p["fn_rounding_over_half_step"]
        fn = (finding.fn_mm - half, finding.fn_mm + half)
    return on_skin(clock, fn, own_sds_mm(reading, p), seen.reach, seen.sign)


def stated(
    finding: Finding, seen: Seen, reading: Reading, p: Parameters
) -> list[tuple[float, Array, float]]:
    """Stated values (mm), where each shows, and the scale of its own error, ranges counted in.

    Distance from the nipple, way along the circle to the middle of the stated hours, depth.
    """
    across_sd, out_sd = own_sds_mm(reading, p)
    out: list[tuple[float, Array, float]] = []
    radius = seen.radius_mm
    if finding.fn_mm is not None:
        rounding = finding.fn_rounding_mm * p["fn_rounding_over_half_step"] / math.sqrt(3)
        out.append((finding.fn_mm, radius, math.hypot(out_sd, rounding)))
    if finding.clock_h is not None:
        lo, hi = clock_bounds(finding.clock_h, p)
        mm_per_h = radius * np.float32(math.radians(30.0))
        off_h = (seen.hour - np.float32(0.5 * (lo + hi) - 6.0)) % np.float32(12.0) - np.float32(6.0)
        rounding = 0.5 * (hi - lo) * float(mm_per_h.mean()) / math.sqrt(3)
        out.append((0.0, off_h * mm_per_h, math.hypot(across_sd, rounding)))
    if finding.depth_mm is not None:
        out.append((finding.depth_mm, seen.depth_mm, depth_sd_mm(finding.depth_mm, seen, p)))
    return out


def clock_bounds(clock_h: tuple[float, float], p: Parameters) -> tuple[float, float]:
    """Hours a stated clock can stand for: rounding of one hour, or the margin of a range."""
    lo, hi = clock_h
    margin = p["us_clock_rounding_h"] if hi == lo and lo % 1.0 == 0 else p["us_range_margin_h"]
    return lo - margin, hi + margin


class Ultrasound(Exam):
    """Hours and distances on the skin; its likelihood is that of ranges, not of points."""

    modality = "US"
    name = adjective = "ultrasound"
    place = "skin"
    views = ("ABUS",)
    kinds = ("mass", "echogenic_foci", "hypoechoic_area", "nonmass", "cyst")
    diffuse = ("nonmass",)
    calcified = "echogenic_foci"
    says: ClassVar[Mapping[str, LesionKind]] = {"calcification": "echogenic_foci"}
    constants = ("us_", "abus_")
    rates = ("us_sees_", "us_midpoint_", "us_slope_", "us_targeted_")
    spreads = ("US", ("us_", "abus_"))

    def errors(self, reading: Reading, p: Parameters) -> tuple[Array, Array]:
        """See `errors`."""
        return errors(reading, p)

    def measures(self, reading: Reading, model: BreastModel, e: Array, p: Parameters) -> Any:
        """Nothing affine: `appear` has the skin map."""
        raise NotImplementedError

    def appear(
        self, reading: Reading, model: BreastModel, e: Array, p: Parameters, side: str
    ) -> Seen:
        """See `appear`."""
        return appear(reading, model, e, p, side)

    def stated(
        self, finding: Finding, seen: Any, reading: Reading, _model: BreastModel, p: Parameters
    ) -> Stated:
        """See `stated`."""
        return stated(finding, seen, reading, p)

    def reach(
        self, reading: Reading, model: BreastModel, p: Parameters, side: str
    ) -> dict[str, tuple[float, float]]:
        """See `reach`."""
        return reach(reading, model, p, side)

    def likelihood(
        self, finding: Finding, reading: Reading, seen: Any, _model: BreastModel, p: Parameters
    ) -> Product | Array | None:
        """See `likelihood`."""
        return likelihood(finding, seen, reading, p)

    def by_itself(
        self, finding: Finding, reading: Reading, model: BreastModel, p: Same, side: str
    ) -> Array | None:
        """See `by_itself`."""
        return by_itself(finding, reading, model, p.held, side)

    def axes(self, _reading: Reading, _p: Parameters) -> tuple[str, ...]:
        """Across the skin, along it toward the head, and below it."""
        return ("lateral", "height", "depth")

    def coordinates(self, _reading: Reading, seen: Any, _p: Parameters) -> dict[str, Affine]:
        """Of the skin map."""
        return {"lateral": seen.lateral, "height": seen.superior, "depth": seen.depth}

    def along_axes(
        self, finding: Finding, _axes: Iterable[str], side: str
    ) -> dict[str, tuple[float | None, dict[str, Any]]]:
        """Hour and distance make a point of the skin."""
        out: dict[str, tuple[float | None, dict[str, Any]]] = {}
        if finding.clock_h is not None and finding.fn_mm is not None:
            turn = np.deg2rad(30.0 * 0.5 * sum(finding.clock_h))
            skin = dict.fromkeys(("clock_h", "fn_mm"))
            out["lateral"] = frame.left_sign(side) * finding.fn_mm * float(np.sin(turn)), skin
            out["height"] = finding.fn_mm * float(np.cos(turn)), skin
        out["depth"] = finding.depth_mm, {"depth_mm": None}
        return out

    def sees(
        self, sizes_mm: Array, density: str | None, p: Parameters, of: Malignancy, *, targeted: bool
    ) -> ByLesion:
        """Masses and cysts by their size, more of them in a targeted exam."""
        ones, said = np.ones(sizes_mm.shape), mentioned(of, p)
        mass = logistic(sizes_mm, p["us_slope_per_mm"], p["us_midpoint_mm"])
        if targeted:
            mass = np.maximum(mass, p[f"us_targeted_{of}"])
        return {
            "mass": said * mass,
            "calcification": p[f"us_sees_calcification_{of}"] * ones,  # counted where reported
            "mass_calcification": said * mass,
            "nonmass": said * (p["us_sees_nonmass"] * ones),
            "cyst": said * mass,
        }

    def mentions_inside(self, p: Parameters) -> float | None:
        """Calcifications in a mass are seen more easily than others."""
        return p["us_sees_calc_in_mass"]
