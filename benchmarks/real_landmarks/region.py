"""The region of supine MRI that a belief predicts, and how much of the breast it takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from benchmarks.real_landmarks.pose_fits import SUPINE
from corr.anatomy.breast import BreastModel
from corr.exams import kernels, mri
from corr.exams.nodes import normal_nodes
from corr.parameters import Parameters

Floats = NDArray[np.float64]
LEVEL = 0.8
CELL_MM = 6.0
REACH_MM = 200.0
ERROR_NODES = 64


class Region:
    """Highest-density region of the supine position that a belief predicts.

    The belief goes through the supine pose with its exam-level errors onto a grid in supine
    space, where the finding's own error is added by convolution.
    """

    def __init__(self, model: BreastModel, p: Parameters) -> None:
        mean, sd = mri.errors(SUPINE, p)
        e = np.asarray(mean + sd * normal_nodes(ERROR_NODES, len(mean)), dtype=np.float32)
        at = np.stack(mri.appear(SUPINE, model, e, p))
        steps = round(2 * REACH_MM / CELL_MM)
        self.size = (steps, steps, steps)
        place = np.clip(((at + REACH_MM) / CELL_MM).astype(int), 0, steps - 1)
        self.cell = np.ravel_multi_index(tuple(place), self.size).ravel()
        self.nodes = len(e)
        off = [CELL_MM * np.arange(-15, 16) / sd for sd in mri.own_sds_mm(SUPINE, p)]
        squared = sum(x**2 for x in np.meshgrid(*off, indexing="ij"))
        kernel = kernels.student(np.asarray(squared), 3)
        self.kernel = kernel / kernel.sum()

    def of(self, belief: Floats, true: Floats) -> tuple[NDArray[np.bool_], float]:
        """Whether the 80 % region holds the true positions ``(..., 3)``, and its volume in ml.

        A true position farther than `REACH_MM` along an axis is in no region.
        """
        weight = np.tile(belief / self.nodes, self.nodes)
        mass = np.bincount(self.cell, weight, int(np.prod(self.size))).reshape(self.size)
        spread = np.maximum(fftconvolve(mass, self.kernel, mode="same"), 0.0)
        ordered = np.sort(spread.ravel())[::-1]
        count = int(np.searchsorted(np.cumsum(ordered), LEVEL * spread.sum())) + 1
        volume_ml = count * CELL_MM**3 / 1000.0
        near = (np.abs(true) < REACH_MM).all(axis=-1)
        inside = np.asarray(near)[..., None]
        index = ((np.where(inside, true, 0.0) + REACH_MM) / CELL_MM).astype(int)
        return near & (spread[tuple(np.moveaxis(index, -1, 0))] >= ordered[count - 1]), volume_ml
