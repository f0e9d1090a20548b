"""A belief as a volume that a viewer can lay over an MRI: which share of it lies further in.

Pushed through the MR exam's own map and errors like the lines of `corr.show.images.mri_beliefs`,
and given that it lies in the breast that the MRI shows: no lesion is in air.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from corr.judgement.result import Judgement
from corr.questions.look.densities import Density
from corr.questions.look.sights import VOXEL_MM
from corr.show.figures.parts.density import LEAST_INSIDE
from corr.show.images.mri_beliefs import mri_sight

STEP_MM = VOXEL_MM
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
        self._sight, self._side = mri_sight(judgement), judgement.breast.side
        self._nipple = np.asarray(nipple_lps, dtype=float)
        self.fits = True
        prior = self._belief(judgement.model.prior)
        self.start_mm = np.array([axis[0] for axis in prior.axes])
        self.shape = prior.mass.shape
        cells = np.stack(np.meshgrid(*prior.axes, indexing="ij"), axis=-1)
        self._inside = np.ones(self.shape, bool) if inside is None else inside(cells)

    def _belief(self, probability: Floats) -> Density:
        return self._sight.density(probability).in_lps(self._nipple, self._side)

    def shown(self, probability: Floats) -> NDArray[np.uint8]:
        """0 outside the region that holds `OUTERMOST` of a belief, rising to `HIGHEST` inside.

        Of the belief that lies in the breast; where hardly any does, ``fits`` is False and all of
        it is shown.
        """
        z = self._belief(probability).mass
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
