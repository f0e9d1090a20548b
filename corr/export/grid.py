"""Voxel grids that beliefs are put on: those of the case's MRI, or of the breast frame itself.

Voxel indices are (i, j, k), whole numbers at voxel centres. An MRI's grid maps them to DICOM
patient coordinates (LPS, mm). Without an MRI the grid runs along lateral, superior and posterior
with the nipple at 0, turned to the patient's left, back and head: on the right breast these three
axes are right-handed, on the left breast left-handed, so the determinant of the affine says which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import affine_transform

from corr.anatomy.frame import breast_to_lps
from corr.questions.look.densities import Density

Floats = NDArray[np.float64]
T = TypeVar("T", bound=np.generic)
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


def of_cells(densities: Sequence[Density], side: str | None = None) -> VoxelGrid:
    """The cells of densities that have the same steps, around all of them.

    Parameters
    ----------
    densities : along (l, p, s); with a side along (lateral, superior, posterior) from the nipple
    """
    first = first_cell(densities)
    last = np.max([[axis[-1] for axis in d.axes] for d in densities], axis=0)
    steps = np.array([axis[1] - axis[0] for axis in densities[0].axes])
    a, b, c = (int(n) for n in np.rint((last - first) / steps) + 1)
    turn, origin = np.diag(steps), first
    if side is not None:
        turn = breast_to_lps(turn, np.zeros(3), side).T
        origin = breast_to_lps(first, np.zeros(3), side)
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = turn, origin
    return VoxelGrid((a, b, c), affine, SCANNER if side is None else ALIGNED)


def first_cell(densities: Sequence[Density]) -> Floats:
    """Where the first cell of `of_cells` lies, along the axes of the densities."""
    return np.min([[axis[0] for axis in d.axes] for d in densities], axis=0)


@dataclass(frozen=True, eq=False)
class Patch(Generic[T]):
    """Values in a box of a grid; 0 elsewhere.

    Attributes
    ----------
    low : first voxel of the box along i, j and k
    values : of the voxels in the box
    """

    low: tuple[int, int, int]
    values: NDArray[T]

    @property
    def high(self) -> tuple[int, int, int]:
        """One past the last voxel of the box along i, j and k."""
        a, b, c = (at + n for at, n in zip(self.low, self.values.shape, strict=True))
        return a, b, c

    def whole(self, shape: tuple[int, int, int]) -> NDArray[T]:
        """The values on the whole grid."""
        return self.within((0, 0, 0), shape)

    def within(self, low: tuple[int, int, int], high: tuple[int, int, int]) -> NDArray[T]:
        """The values in another box, which holds this one."""
        out = np.zeros([b - a for a, b in zip(low, high, strict=True)], self.values.dtype)
        at = zip(self.low, self.high, low, strict=True)
        out[tuple(slice(a - start, b - start) for a, b, start in at)] = self.values
        return out

    def trimmed(self) -> Patch[T]:
        """The smallest box that holds all that is not 0; an empty one if nothing is."""
        held = [np.flatnonzero(a) for a in _along(self.values != 0)]
        ends = [(int(h[0]), int(h[-1]) + 1) if len(h) else (0, 0) for h in held]
        a, b, c = (at + first for at, (first, _) in zip(self.low, ends, strict=True))
        return Patch((a, b, c), self.values[tuple(slice(*end) for end in ends)])


def on_cells(density: Density, first: Floats) -> Patch[np.float32]:
    """Probability per cm3 of every cell of a density; 0 outside the region of `HELD`.

    Parameters
    ----------
    first : `first_cell` of the grid
    """
    kept = np.where(density.height >= density.least(HELD), density.height, 0.0)
    at = zip(density.axes, first, strict=True)
    a, b, c = (int(np.rint((axis[0] - start) / (axis[1] - axis[0]))) for axis, start in at)
    return Patch((a, b, c), np.asarray(kept * MM3_IN_CM3, np.float32))


def on_grid(density: Density, grid: VoxelGrid) -> Patch[np.float32]:
    """Probability per cm3 of every voxel, linear between the cells of a density of (l, p, s).

    Of the belief that the region of `HELD` holds; 0 outside it.

    Parameters
    ----------
    density : in the coordinates of the grid, axes rising along l, p, s (`Density.in_lps`)
    """
    least = density.least(HELD)
    held = [np.flatnonzero(a) for a in _along(density.height >= least)]
    kept = [slice(max(int(h[0]) - 1, 0), int(h[-1]) + 2) for h in held]
    axes = [axis[part] for axis, part in zip(density.axes, kept, strict=True)]
    first = np.array([axis[0] for axis in axes])
    steps = np.array([axis[1] - axis[0] for axis in axes])
    cells = density.height[tuple(kept)].astype(np.float32)
    corners = np.stack(np.meshgrid(*[(0, n - 1) for n in cells.shape]), axis=-1).reshape(-1, 3)
    reached = grid.to_index(first + steps * corners)
    low = np.clip(np.floor(reached.min(axis=0)).astype(int), 0, grid.shape)
    high = np.clip(np.ceil(reached.max(axis=0)).astype(int) + 1, low, grid.shape)
    turn = grid.affine_lps[:3, :3] / steps[:, None]
    start = (grid.to_lps(low) - first) / steps
    shape = tuple(int(n) for n in high - low)
    out = np.zeros(shape, np.float32)
    if out.size:
        affine_transform(cells, turn, start, shape, out, order=1)
    a, b, c = (int(x) for x in low)
    return Patch((a, b, c), np.where(out >= np.float32(least), out * np.float32(MM3_IN_CM3), 0.0))


def region(per_cm3: Patch[np.float32], density: Density, share: float) -> Patch[np.bool_]:
    """Voxels of the smallest region that holds a share, from what was put on a grid."""
    least = np.float32(density.least(share)) * np.float32(MM3_IN_CM3)
    return Patch(per_cm3.low, np.asarray(per_cm3.values >= least)).trimmed()


def _along(held: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Where anything is held, along each axis."""
    others = ((1, 2), (0, 2), (0, 1))
    return [np.asarray(held.any(axis=axes)) for axes in others]
