"""From a belief on the grid of points to a smooth picture of it in two dimensions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d
from scipy.spatial import ConvexHull, QhullError

from corr.questions.look.densities import Density

PIXELS_PER_CELL = 3
"""A whole number: otherwise the rows of points beat against the rows of pixels."""
NEGLIGIBLE = 1e-6
"""Pixels below this share of the highest hold nothing that counts."""
LEAST_INSIDE = 0.05
"""A belief of which less lies in the breast that an image shows is drawn whole: it does not fit."""
SMOOTH_CELLS = 0.65
"""SD of the smoothing in cells."""


Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Field:
    """Probability per pixel (sums to 1) on a regular raster; ``z[row = v, column = u]``."""

    u_mm: Floats
    v_mm: Floats
    z: Floats

    @classmethod
    def of(cls, density: Density, sign: float = 1.0) -> Field:
        """Of two axes: u along the first, which ``sign`` -1 turns round, v along the second."""
        u, v = density.axes
        z = density.mass.T
        return cls(u, v, z) if sign > 0 else cls(-u[::-1], v, z[:, ::-1])

    def within(self, inside: Callable[[Floats], NDArray[np.bool_]]) -> Field:
        """The belief given that it lies inside, where at least `LEAST_INSIDE` of it does.

        Parameters
        ----------
        inside
            For points ``(n, 2)`` of (u, v) in mm, which lie inside.
        """
        u, v = np.meshgrid(self.u_mm, self.v_mm)
        held = self.z * inside(np.column_stack([u.ravel(), v.ravel()])).reshape(self.z.shape)
        total = held.sum()
        return Field(self.u_mm, self.v_mm, held / total) if total >= LEAST_INSIDE else self

    def levels(self, shares: Sequence[float]) -> list[float]:
        """Heights of the contours that enclose the densest regions holding each share."""
        heights = np.sort(self.z[self.z > self.z.max() * NEGLIGIBLE])[::-1]
        held = np.cumsum(heights)
        index = np.minimum(np.searchsorted(held, shares), heights.size - 1)
        return [float(h) for h in heights[index]]

    def mode(self) -> tuple[float, float]:
        """(u, v) in mm of the densest pixel."""
        row, column = np.unravel_index(int(np.argmax(self.z)), self.z.shape)
        return float(self.u_mm[column]), float(self.v_mm[row])


class Raster:
    """A raster over projected points, made once; `field` then costs little for each belief.

    Parameters
    ----------
    u_mm, v_mm
        Where each of the n points falls in the picture, mm.
    cell_mm
        Distance of neighbouring points.
    """

    def __init__(
        self,
        u_mm: Floats,
        v_mm: Floats,
        *,
        cell_mm: float,
        pixel_mm: float | None = None,
    ) -> None:
        pad = 3 * cell_mm
        pixel_mm = cell_mm / PIXELS_PER_CELL if pixel_mm is None else pixel_mm
        self.u_mm, self.v_mm = (
            np.arange(c.min() - pad, c.max() + pad + pixel_mm, pixel_mm) for c in (u_mm, v_mm)
        )
        columns, rows = (
            np.rint((c - at[0]) / pixel_mm).astype(np.intp)
            for c, at in ((u_mm, self.u_mm), (v_mm, self.v_mm))
        )
        self._flat = rows * self.u_mm.size + columns
        self._smooth_px = SMOOTH_CELLS * cell_mm / pixel_mm

    def field(self, p: Floats) -> Field:
        """Marginal of point masses ``p`` ``(n,)``, smoothed by a little more than half a cell.

        The smoothing only fills the gaps between grid points; it widens a belief by less
        than one cell.
        """
        shape = self.v_mm.size, self.u_mm.size
        z = np.bincount(self._flat, p, shape[0] * shape[1]).reshape(shape)
        z = gaussian_filter(z, self._smooth_px, mode="constant", truncate=3.0)
        return Field(self.u_mm, self.v_mm, z / z.sum())


def outline(u_mm: Floats, v_mm: Floats, *, margin_mm: float) -> Floats:
    """Closed convex outline (m, 2) of one or more projected points, out by ``margin_mm``."""
    uv = np.column_stack([u_mm, v_mm])
    around = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    rim = margin_mm * np.column_stack([np.cos(around), np.sin(around)])
    try:
        hull = uv[ConvexHull(uv).vertices]
    except QhullError:  # fewer than three points, or all in one line
        hull = uv
    grown = (hull[:, None, :] + rim[None, :, :]).reshape(-1, 2)
    corner = grown[ConvexHull(grown).vertices]
    return _rounded(np.vstack([corner, corner[:1]]), radius_mm=2 * margin_mm)


def _rounded(ring: Floats, *, radius_mm: float) -> Floats:
    """A closed ring at 1 mm steps with its corners smoothed: grid steps are not anatomy."""
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(ring, axis=0), axis=1))])
    at = np.arange(0, length[-1], 1.0)
    dense = np.column_stack([np.interp(at, length, ring[:, k]) for k in (0, 1)])
    smooth = gaussian_filter1d(dense, radius_mm, axis=0, mode="wrap")
    return np.vstack([smooth, smooth[:1]])
