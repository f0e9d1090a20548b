"""From a belief on the grid of points to a smooth picture of it in two dimensions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d
from scipy.spatial import ConvexHull

PIXEL_MM = 1.0


@dataclass(frozen=True)
class Field:
    """Probability per pixel (sums to 1) on a regular 1 mm raster; ``z[row = v, column = u]``."""

    u_mm: NDArray[np.float64]
    v_mm: NDArray[np.float64]
    z: NDArray[np.float64]

    def level(self, share: float) -> float:
        """Height of the contour that encloses the densest region holding ``share``."""
        heights = np.sort(self.z, axis=None)[::-1]
        index = int(np.searchsorted(np.cumsum(heights), share))
        return float(heights[min(index, heights.size - 1)])

    def mode(self) -> tuple[float, float]:
        """(u, v) in mm of the densest pixel."""
        row, column = np.unravel_index(int(np.argmax(self.z)), self.z.shape)
        return float(self.u_mm[column]), float(self.v_mm[row])


def field(
    u_mm: NDArray[np.float64], v_mm: NDArray[np.float64], p: NDArray[np.float64], *, cell_mm: float
) -> Field:
    """Marginal of point masses ``p`` at (u, v), smoothed by a little more than half a cell.

    The smoothing only fills the gaps between grid points; it widens a belief by less than
    one cell.
    """
    pad = 3 * cell_mm
    bins = [
        np.arange(c.min() - pad, c.max() + pad + PIXEL_MM, PIXEL_MM) - PIXEL_MM / 2
        for c in (u_mm, v_mm)
    ]
    z, _, _ = np.histogram2d(v_mm, u_mm, bins=[bins[1], bins[0]], weights=p)
    z = gaussian_filter(z, 0.65 * cell_mm / PIXEL_MM, mode="constant")
    centres = [(b[1:] + b[:-1]) / 2 for b in bins]
    return Field(centres[0], centres[1], z / z.sum())


def outline(
    u_mm: NDArray[np.float64], v_mm: NDArray[np.float64], *, margin_mm: float
) -> NDArray[np.float64]:
    """Closed convex outline (m, 2) of projected points, pushed out by ``margin_mm``."""
    uv = np.column_stack([u_mm, v_mm])
    around = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    rim = margin_mm * np.column_stack([np.cos(around), np.sin(around)])
    hull = uv[ConvexHull(uv).vertices]
    grown = (hull[:, None, :] + rim[None, :, :]).reshape(-1, 2)
    corner = grown[ConvexHull(grown).vertices]
    return _rounded(np.vstack([corner, corner[:1]]), radius_mm=2 * margin_mm)


def _rounded(ring: NDArray[np.float64], *, radius_mm: float) -> NDArray[np.float64]:
    """A closed ring at 1 mm steps with its corners smoothed: grid steps are not anatomy."""
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(ring, axis=0), axis=1))])
    at = np.arange(0, length[-1], 1.0)
    dense = np.column_stack([np.interp(at, length, ring[:, k]) for k in (0, 1)])
    smooth = gaussian_filter1d(dense, radius_mm, axis=0, mode="wrap")
    return np.vstack([smooth, smooth[:1]])
