"""MRI: the prone (or flat supine) breast, positions from the nipple in the breast frame."""

from __future__ import annotations

import numpy as np

from corr.breast import Array, BreastModel
from corr.exams import kernels
from corr.parameters import Parameters
from corr.records import Finding, Reading

LATERAL, SUPERIOR, POSTERIOR, ROTATION, SCALE = range(5)

Seen = tuple[Array, Array, Array]


def errors(_reading: Reading, p: Parameters) -> tuple[Array, Array]:
    """Means and SDs of: shift lateral, superior, posterior (mm), rotation (deg), log scale."""
    sds = np.array(
        [
            p["mr_shift_lateral_sd_mm"],
            p["mr_shift_superior_sd_mm"],
            p["mr_shift_posterior_sd_mm"],
            p["mr_rotation_sd_deg"],
            p["mr_scale_sd"],
        ]
    )
    return np.zeros(5), sds


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
    return (
        cos * lateral - sin * superior + e[:, LATERAL, None],
        sin * lateral + cos * superior + e[:, SUPERIOR, None],
        scale * posterior + e[:, POSTERIOR, None],
    )


def likelihood(finding: Finding, seen: Seen, model: BreastModel, p: Parameters) -> Array | None:
    """Likelihood ``(n_e, n)`` of a position, or (prone) of a distance to the chest wall."""
    stated = [
        (value, at, p[sd])
        for value, at, sd in zip(
            (finding.lateral_mm, finding.superior_mm, finding.posterior_mm),
            seen,
            ("mr_lateral_sd_mm", "mr_superior_sd_mm", "mr_posterior_sd_mm"),
            strict=True,
        )
        if value is not None
    ]
    if finding.posterior_mm is None and finding.chestwall_mm is not None:  # prone
        wall = p["prone_ap_scale"] * model.extents.depth - seen[POSTERIOR]
        stated.append((finding.chestwall_mm, wall, 1.5 * p["mr_posterior_sd_mm"]))
    return kernels.student(kernels.squared(stated), len(stated)) if stated else None
