"""MRI: the prone breast, positions from the nipple in the breast frame."""

from __future__ import annotations

import numpy as np

from corr.breast import Array, BreastModel
from corr.exams import kernels
from corr.parameters import Parameters
from corr.records import Finding, Reading

LATERAL, SUPERIOR, POSTERIOR, ROTATION, SCALE = range(5)


def errors(reading: Reading, p: Parameters) -> tuple[Array, Array]:  # noqa: ARG001
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


def prone(model: BreastModel, e: Array, p: Parameters) -> tuple[Array, Array, Array]:
    """Prone (lateral, superior, posterior), each ``(n_e, n)`` mm, for error nodes ``e``."""
    scale = np.exp(e[:, SCALE, None])
    lateral0, superior0, posterior0 = model.points.T
    lateral = p["prone_lr_scale"] * scale * lateral0
    superior = p["prone_lr_scale"] * scale * superior0
    turn = np.deg2rad(e[:, ROTATION, None])
    return (
        lateral * np.cos(turn) - superior * np.sin(turn) + e[:, LATERAL, None],
        lateral * np.sin(turn) + superior * np.cos(turn) + e[:, SUPERIOR, None],
        p["prone_ap_scale"] * scale * posterior0 + e[:, POSTERIOR, None],
    )


def likelihood(
    finding: Finding,
    reading: Reading,  # noqa: ARG001
    model: BreastModel,
    e: Array,
    p: Parameters,
) -> Array | None:
    """Likelihood ``(n_e, n)`` of a prone position or a distance to the chest wall."""
    stated = (finding.lateral_mm, finding.superior_mm, finding.posterior_mm)
    known = [i for i, v in enumerate(stated) if v is not None]
    if not known and finding.chestwall_mm is None:
        return None
    axes = prone(model, e, p)
    if known:
        sd = (p["mr_lateral_sd_mm"], p["mr_superior_sd_mm"], p["mr_posterior_sd_mm"])
        squared = sum(((axes[i] - stated[i]) / sd[i]) ** 2 for i in known)
        return kernels.student(np.asarray(squared), len(known))
    wall = p["prone_ap_scale"] * model.extents.depth - axes[2]
    sd_mm = p["mr_posterior_sd_mm"] * 1.5
    return kernels.student(((wall - finding.chestwall_mm) / sd_mm) ** 2, 1)
