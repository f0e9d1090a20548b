"""Voxel grids that beliefs are put on: those of the case's MRI, or of the breast frame itself.

Voxel indices are (i, j, k), whole numbers at voxel centres. An MRI's grid maps them to DICOM
patient coordinates (LPS, mm). Without an MRI the grid runs along lateral, superior and posterior
with the nipple at 0, turned to the patient's left, back and head: on the right breast these three
axes are right-handed, on the left breast left-handed, so the determinant of the affine says which.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import affine_transform

from corr.anatomy.frame import breast_to_lps
from corr.imaging.volume import Volume
from corr.questions.densities import Density

Floats = NDArray[np.float64]
Voxels = NDArray[np.float32]
MM3_IN_CM3 = 1000.0
HELD = 0.999
"""Share of a belief that is written; what lies further out is 0, so that it shows as nothing."""
SCANNER, ALIGNED = 1, 2
"""Codes of NIfTI: coordinates of the scanner, or of something else the file is aligned to."""


@dataclass(frozen=True, eq=False)
class VoxelGrid:
    """Voxels and where they lie.

    Attributes
    ----------
    shape : voxels along i, j and k
    affine_lps : (4, 4), voxel index to LPS mm; in the breast frame from the nipple
    code : `SCANNER` for an MRI's patient coordinates, `ALIGNED` for the breast frame
    frame_of_reference : UID of the patient coordinates; empty if not known
    """

    shape: tuple[int, int, int]
    affine_lps: Floats
    code: int = SCANNER
    frame_of_reference: str = ""

    @property
    def handed(self) -> str:
        """``right`` or ``left``: how i, j and k run, as the determinant of the affine says."""
        return "right" if np.linalg.det(self.affine_lps[:3, :3]) > 0 else "left"

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel."""
        return float(abs(np.linalg.det(self.affine_lps[:3, :3])))

    def to_lps(self, index: ArrayLike) -> Floats:
        """LPS mm ``(..., 3)`` of voxel indices ``(..., 3)``."""
        return np.asarray(index, float) @ self.affine_lps[:3, :3].T + self.affine_lps[:3, 3]

    def to_index(self, points_lps: ArrayLike) -> Floats:
        """Voxel indices ``(..., 3)`` of LPS mm; inverse of `to_lps`."""
        offset = np.asarray(points_lps, float) - self.affine_lps[:3, 3]
        return offset @ np.linalg.inv(self.affine_lps[:3, :3]).T


def of_mri(volume: Volume) -> VoxelGrid:
    """The voxels of an MRI."""
    return VoxelGrid(volume.shape, volume.affine_lps, SCANNER, volume.frame_of_reference)


def of_breast(density: Density, side: str) -> VoxelGrid:
    """The cells of a density of (lateral, superior, posterior), from the nipple.

    Raises
    ------
    ValueError
        If ``side`` is neither ``"L"`` nor ``"R"``.
    """
    first = np.array([axis[0] for axis in density.axes])
    steps = np.diag([axis[1] - axis[0] for axis in density.axes])
    affine = np.eye(4)
    affine[:3, :3] = breast_to_lps(steps, np.zeros(3), side).T
    affine[:3, 3] = breast_to_lps(first, np.zeros(3), side)
    a, b, c = density.mass.shape
    return VoxelGrid((a, b, c), affine, ALIGNED)


def on_cells(density: Density) -> Voxels:
    """Probability per cm3 of every cell of a density; 0 outside the region of `HELD`."""
    kept = np.where(density.height >= density.least(HELD), density.height, 0.0)
    return np.asarray(kept * MM3_IN_CM3, np.float32)


def on_grid(density: Density, grid: VoxelGrid) -> Voxels:
    """Probability per cm3 of every voxel, linear between the cells of a density of (l, p, s).

    Of the belief that the region of `HELD` holds; 0 outside it and outside the grid.

    Parameters
    ----------
    density : in the coordinates of the grid, axes rising along l, p, s (`Density.in_lps`)
    """
    least = density.least(HELD)
    kept = [
        slice(max(int(held[0]) - 1, 0), int(held[-1]) + 2)
        for held in map(np.flatnonzero, _along(density.height >= least))
    ]
    first, second = (np.array([a[s][n] for a, s in zip(density.axes, kept, strict=True)]) for n in (0, 1))
    steps = second - first
    cells = density.height[tuple(kept)].astype(np.float32)
    corners = np.stack(np.meshgrid(*[(0, n - 1) for n in cells.shape]), axis=-1).reshape(-1, 3)
    reached = grid.to_index(first + steps * corners)
    low = np.clip(np.floor(reached.min(axis=0)).astype(int), 0, grid.shape)
    high = np.clip(np.ceil(reached.max(axis=0)).astype(int) + 1, low, grid.shape)
    out = np.zeros(grid.shape, np.float32)
    if (high > low).all():
        turn = grid.affine_lps[:3, :3] / steps[:, None]
        start = (grid.to_lps(low) - first) / steps
        values = affine_transform(cells, turn, start, tuple(high - low), np.float32, order=1)
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        out[box] = np.where(values >= np.float32(least), values * np.float32(MM3_IN_CM3), 0.0)
    return out


def region(per_cm3: Voxels, density: Density, share: float) -> NDArray[np.bool_]:
    """Voxels of the smallest region that holds a share, from what was put on a grid."""
    return np.asarray(per_cm3 >= np.float32(density.least(share) * MM3_IN_CM3))


def _along(held: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Where anything is held, along each axis."""
    others = ((1, 2), (0, 2), (0, 1))
    return [held.any(axis=axes) for axes in others]
