"""A belief as a volume that a viewer can lay over an MRI: which share of it lies further in.

Pushed through the MR exam's own map and errors like the lines of `corr.show.images.mri_beliefs`,
and given that it lies in the breast that the MRI shows: no lesion is in air.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from corr.judgement.result import Judgement
from corr.show.figures.parts.density import LEAST_INSIDE
from corr.show.images.mri_beliefs import mri_forecast

STEP_MM = 3.0
SMOOTH_CELLS = 0.5
RIM = 3
OUTERMOST = 0.8
"""Share of the belief inside the edge of what is shown."""
HIGHEST = 250
Floats = NDArray[np.float64]


class Overlay:
    """Grid in patient coordinates (LPS, mm) around everywhere that a judgement's points may be.

    Attributes
    ----------
    start_mm : ``(3,)`` LPS place of the first cell
    shape : cells along l, p, s, `STEP_MM` apart

    Parameters
    ----------
    inside
        For points ``(..., 3)`` in LPS mm, which lie in the breast; without, nothing is left out.
    """

    def __init__(
        self,
        judgement: Judgement,
        nipple_lps: NDArray[np.float64],
        inside: Callable[[Floats], NDArray[np.bool_]] | None = None,
    ) -> None:
        self._forecast, places = mri_forecast(judgement, nipple_lps)
        self.fits = True
        self.start_mm = places.min(axis=0) - RIM * STEP_MM
        index = np.rint((places - self.start_mm) / STEP_MM).astype(np.intp)
        self.shape = tuple(int(n) + RIM + 1 for n in index.max(axis=0))
        self._flat = np.ravel_multi_index(tuple(index.T), self.shape)
        self._smooth = SMOOTH_CELLS * judgement.cell_mm / STEP_MM
        cells = np.moveaxis(np.indices(self.shape), 0, -1) * STEP_MM + self.start_mm
        self._inside = np.ones(self.shape, bool) if inside is None else inside(cells)

    def shown(self, probability: Floats) -> NDArray[np.uint8]:
        """0 outside the region that holds `OUTERMOST` of a belief, rising to `HIGHEST` inside.

        Of the belief that lies in the breast; where hardly any does, ``fits`` is False and all of
        it is shown.
        """
        z = np.bincount(self._flat, self._forecast.weights(probability), int(np.prod(self.shape)))
        z = gaussian_filter(z.reshape(self.shape), self._smooth, mode="constant")
        held_inside = z * self._inside
        self.fits = bool(held_inside.sum() >= LEAST_INSIDE * z.sum())
        z = (held_inside if self.fits else z).ravel()
        order = np.argsort(-z)
        held = np.empty_like(z)
        held[order] = np.cumsum(z[order]) / z.sum()
        inside = np.clip(1.0 - held / OUTERMOST, 0.0, 1.0)
        level = np.where(held < OUTERMOST, 1 + (HIGHEST - 1) * inside, 0.0)
        return level.reshape(self.shape).astype(np.uint8)

    @staticmethod
    def volume_cm3(shown: NDArray[np.uint8]) -> float:
        """Volume of the region that is shown."""
        return float(np.count_nonzero(shown) * STEP_MM**3 / 1000.0)

    def densest_lps(self, shown: NDArray[np.uint8]) -> Floats:
        """Place of the densest cell, LPS mm."""
        at = np.unravel_index(int(np.argmax(shown)), self.shape)
        return np.asarray(self.start_mm + STEP_MM * np.array(at, dtype=float))
