"""MRI: the prone (or flat supine) breast, positions from the nipple in the breast frame."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr.anatomy.breast import Array, BreastModel
from corr.exams import kernels
from corr.exams.affine import Affine
from corr.exams.base import ByLesion, Exam, Stated
from corr.parameters import Parameters
from corr.records import Finding, Malignancy, Reading

LATERAL, SUPERIOR, POSTERIOR, ROTATION, SCALE, LATERAL_TILT, SUPERIOR_TILT = range(7)

Seen = tuple[Array, Array, Array]


def _state(reading: Reading) -> str:
    """Prefix of the constants that hold for the pose of the reading."""
    return "supine_mr" if reading.view == "SUPINE" else "mr"


def errors(reading: Reading, p: Parameters) -> tuple[Array, Array]:
    """Means and SDs of the errors of one exam.

    Shift lateral, superior, posterior (mm), rotation (deg), log scale, lateral and superior
    tilt (mm per mm of depth: the nipple is the origin, so errors grow with distance from it).
    """
    names = (
        *("shift_lateral_sd_mm", "shift_superior_sd_mm", "shift_posterior_sd_mm"),
        *("rotation_sd_deg", "scale_sd", "lateral_tilt_sd", "superior_tilt_sd"),
    )
    sds = np.array([p[f"{_state(reading)}_{name}"] for name in names])
    means = np.zeros(len(sds))
    if reading.view != "SUPINE":
        means[SCALE] = math.log(p["mr_scale"])
    return means, sds


def pose(reading: Reading, p: Parameters) -> Array:
    """Reference -> prone, or lying flat (view SUPINE): ``(3, 3)`` matrix on columns, mm/mm."""
    prone = np.diag([p["prone_lr_scale"], p["prone_lr_scale"], p["prone_ap_scale"]])
    if reading.view != "SUPINE":
        return prone
    flat = np.zeros((3, 3))
    flat[0, 0] = p["supine_mr_lateral_per_lateral"]
    flat[0, 2] = p["supine_mr_lateral_per_posterior"]
    flat[1, 1] = p["supine_mr_superior_per_superior"]
    flat[1, 2] = p["supine_mr_superior_per_posterior"]
    flat[2, 0] = p["supine_mr_posterior_per_lateral"]
    flat[2, 2] = p["supine_mr_posterior_per_posterior"]
    return np.asarray(flat @ prone)


def appear(reading: Reading, model: BreastModel, e: Array, p: Parameters) -> Seen:
    """(lateral, superior, posterior) in the pose, each ``(n_e, n)`` mm, for error nodes ``e``."""
    lateral, superior, posterior = (pose(reading, p) @ np.stack(model.axes)).astype(np.float32)
    turn, scale = np.deg2rad(e[:, ROTATION, None]), np.exp(e[:, SCALE, None])
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    aside = e[:, LATERAL, None] + e[:, LATERAL_TILT, None] * posterior
    slide = np.float32(p["supine_mr_slide"] if reading.view == "SUPINE" else 0.0)
    upward = e[:, SUPERIOR, None] + e[:, SUPERIOR_TILT, None] * posterior
    return (
        cos * lateral - sin * superior + aside,
        sin * lateral + cos * superior + upward,
        scale * posterior + e[:, POSTERIOR, None] + slide * aside,
    )


def reach(reading: Reading, model: BreastModel, p: Parameters) -> dict[str, tuple[float, float]]:
    """Least and largest value (mm) of each stated coordinate that any point of the breast shows."""
    means, _ = errors(reading, p)
    lateral, superior, posterior = appear(reading, model, means[None, :], p)
    return kernels.ranges(
        lateral_mm=lateral, superior_mm=superior, posterior_mm=posterior, depth_mm=model.skin[1],
        nipple_distance_mm=_from_nipple((lateral, superior, posterior)),
    )  # fmt: skip


def _from_nipple(seen: Seen) -> Array:
    """Straight distance from the nipple in the pose, mm."""
    axes = [at.values if isinstance(at, Affine) else at for at in seen]
    return np.asarray(np.sqrt(np.sum([at * at for at in axes], axis=0)))


def own_sds_mm(reading: Reading, p: Parameters) -> NDArray[np.float64]:
    """Scales ``(3,)`` of the error of a single finding: lateral, superior, posterior, mm."""
    axes = ("lateral", "superior", "posterior")
    sds = np.array([p[f"{_state(reading)}_{axis}_sd_mm"] for axis in axes], dtype=np.float64)
    return np.hypot(sds, kernels.repeat_scale_mm(reading, p))


def stated(
    finding: Finding, seen: Seen, reading: Reading, model: BreastModel, p: Parameters
) -> list[tuple[float, Array, float]]:
    """Stated values (mm), where each shows, and the scale of its own error (mm).

    A position, or a distance to the chest wall where the depth is missing; what is not known of
    the breast's depth widens that. A straight distance from the nipple says nothing more where the
    whole position is stated; its own error is that of the position along a line of any direction.
    """
    own = own_sds_mm(reading, p)
    out = [
        (value, at, float(sd))
        for value, at, sd in zip(
            (finding.lateral_mm, finding.superior_mm, finding.posterior_mm), seen, own, strict=True
        )
        if value is not None
    ]
    if finding.posterior_mm is None and finding.chestwall_mm is not None:
        e, (of_lateral, _, of_depth) = model.extents, pose(reading, p)[POSTERIOR]
        lateral = model.axes[0]
        recedes = e.wall_slope * np.maximum(lateral, 0.0)
        wall = of_lateral * lateral + of_depth * (e.depth + recedes) - seen[POSTERIOR]
        unknown = of_depth * e.depth * e.depth_relative_sd
        sd = np.hypot(p["mr_chestwall_over_posterior_sd"] * own[POSTERIOR], unknown)
        out.append((finding.chestwall_mm, wall, float(sd)))
    if finding.nipple_distance_mm is not None and len(out) < len(seen):
        sd = np.sqrt(np.mean(own**2))
        out.append((finding.nipple_distance_mm, _from_nipple(seen), float(sd)))
    return out


def below_skin(
    finding: Finding, reading: Reading, model: BreastModel, p: Parameters
) -> Array | None:
    """Likelihood ``(n,)`` of a stated distance from the skin.

    The model's skin is that of lying flat. What changes from prone to there is counted in the
    exam that lies flat: ultrasound, or MRI of view SUPINE.
    """
    depth_mm = finding.depth_mm
    if depth_mm is None:
        return None
    sds_mm = [p["mr_depth_sd_mm"], p["us_depth_shape"] * model.extents.uncertain_mm]
    if reading.view == "SUPINE":
        sds_mm += [p["us_depth_scale_sd"] * depth_mm, p["us_depth_rel_sd"] * depth_mm]
    return kernels.student(kernels.squared([(depth_mm, model.skin[1], math.hypot(*sds_mm))]), 1)


class Mri(Exam):
    """Contrast-enhanced MRI, prone as a rule."""

    modality = "MR"
    name = adjective = "MRI"
    place = "frame"
    views = ("SUPINE",)
    kinds = ("mass", "nme", "focus")
    diffuse = ("nme",)
    constants = ("mr_", "supine_mr_")
    rates = ("mr_sees_",)
    spreads = ("MR", ("mr_", "supine_mr_"))

    def errors(self, reading: Reading, p: Parameters) -> tuple[Array, Array]:
        """See `errors`."""
        return errors(reading, p)

    def measures(self, reading: Reading, model: BreastModel, e: Array, p: Parameters) -> Any:
        """Lateral, superior and posterior in the pose, mm."""
        return appear(reading, model, e, p)

    def stated(
        self, finding: Finding, seen: Any, reading: Reading, model: BreastModel, p: Parameters
    ) -> Stated:
        """See `stated`."""
        return stated(finding, seen, reading, model, p)

    def reach(
        self, reading: Reading, model: BreastModel, p: Parameters, _side: str
    ) -> dict[str, tuple[float, float]]:
        """See `reach`."""
        return reach(reading, model, p)

    def axes(self, _reading: Reading, _p: Parameters) -> tuple[str, ...]:
        """Those of the breast frame."""
        return ("lateral", "height", "depth")

    def along_axes(
        self, finding: Finding, _axes: Iterable[str], _side: str
    ) -> dict[str, tuple[float | None, dict[str, Any]]]:
        """Positions; what else says how deep goes with the depth, a whole distance with each."""
        whole = {"nipple_distance_mm": None}
        deep = dict.fromkeys(("posterior_mm", "chestwall_mm", "depth_mm"))
        return {
            "lateral": (finding.lateral_mm, {"lateral_mm": None, **whole}),
            "height": (finding.superior_mm, {"superior_mm": None, **whole}),
            "depth": (finding.posterior_mm, deep | whole),
        }

    def series(self, reading: Reading) -> str | None:
        """Prone, or lying flat."""
        return "MR supine" if reading.view == "SUPINE" else "MR"

    def apart(
        self, finding: Finding, reading: Reading, model: BreastModel, p: Parameters
    ) -> Array | None:
        """Distances from the skin."""
        return below_skin(finding, reading, model, p)

    def sees(
        self, sizes_mm: Array, density: str | None, p: Parameters, of: Malignancy, *, targeted: bool
    ) -> ByLesion:
        """What enhances, whatever its size."""
        return self.enhances(sizes_mm, p, of)

    def false_rate(self, finding: Finding, p: Parameters) -> float:
        """More behind the nipple: there, enhancement may be physiological."""
        return p["false_mr_nipple"] if _behind_nipple(finding, p) else self.usual_false_rate(p)


def _behind_nipple(f: Finding, p: Parameters) -> bool:
    """Said or measured to be retroareolar."""
    if f.lateral_mm is None or f.superior_mm is None or f.posterior_mm is None:
        return f.region == "subareolar"
    near = np.hypot(f.lateral_mm, f.superior_mm) < p["subareolar_radius_mm"]
    return bool(near and f.posterior_mm < p["subareolar_depth_mm"])
