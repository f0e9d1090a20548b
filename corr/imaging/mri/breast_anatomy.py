"""One breast in an MR volume: mask, nipple, chest wall, extents, and places relative to them.

Coordinates are the patient's (LPS, mm).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage as ndi

from corr.anatomy.frame import clock_h, lps_to_breast
from corr.imaging.mri.body import Mask
from corr.imaging.mri.nipple import EDGE_MM
from corr.imaging.volume import Array, Grid, Voxels

MOST_NIPPLE_SD_MM = 15.0
"""With a nipple known no better than this, nothing is measured from it."""


@dataclass(frozen=True, eq=False)
class BreastAnatomy:
    """One breast of one volume.

    Attributes
    ----------
    side, sides_known
        "L" or "R" by its place; not to be relied on where ``sides_known`` is False.
    grid, mask
        Coarse grid along the body axes and the breast on it, index (l, p, s).
    body, wall_p_mm
        All tissue on that grid; P coordinate (mm) of the chest wall at each (l, s).
    nipple_lps, nipple_sd_mm, nipple_confident
        Place (mm), standard deviation per axis, and whether a spot stood out as the nipple.
    extents_mm
        From the nipple to the breast's edge: lateral, medial, superior, inferior; those the
        images cut off are missing.
    turned
        Left and right, front and back were exchanged against the file: use `to_anatomy`.
    """

    side: str
    sides_known: bool
    grid: Grid
    mask: Mask
    body: Mask
    wall_p_mm: Array
    wall_sd_mm: float
    wall_confident: bool
    nipple_lps: Array
    nipple_sd_mm: float
    nipple_confident: bool
    nipple_to_chestwall_mm: float
    extents_mm: Mapping[str, float]
    midline_l_mm: float | None
    turned: bool
    notes: tuple[str, ...]

    @property
    def laterality(self) -> str:
        """The side, or "unknown"."""
        return self.side if self.sides_known else "unknown"

    @property
    def nipple_usable(self) -> bool:
        """Whether places may be measured from the nipple."""
        return self.nipple_sd_mm < MOST_NIPPLE_SD_MM

    @property
    def nipple_inside(self) -> bool:
        """Whether the images reach beyond the nipple; else they show a part of the breast."""
        place = self.nipple_lps[[0, 2]]
        ends = [self.grid.axis_mm(a)[[0, -1]] for a in (0, 2)]
        return all(min(abs(x - end)) >= EDGE_MM for x, end in zip(place, ends, strict=True))

    def to_anatomy(self, points_lps: ArrayLike) -> Array:
        """Points of the file's coordinates in those used here (and back: it is its own inverse)."""
        return np.asarray(points_lps, float) * (np.array([-1, -1, 1]) if self.turned else 1)

    def from_nipple(self, points_lps: ArrayLike) -> Array:
        """Points in the breast frame (lateral, superior, posterior), mm."""
        return lps_to_breast(points_lps, self.nipple_lps, self.side)

    def clock_h(self, point_lps: ArrayLike) -> float:
        """Clock hour of a point, facing the patient."""
        return float(clock_h(self.from_nipple(point_lps), self.side))

    def inside(self, points_lps: ArrayLike) -> Mask:
        """Whether points ``(..., 3)`` lie in the breast mask."""
        index = np.rint(self.grid.to_index(points_lps)).astype(int)
        held = ((index >= 0) & (index < self.grid.shape)).all(axis=-1)
        clipped = np.clip(index, 0, np.array(self.grid.shape) - 1)
        return held & self.mask[tuple(np.moveaxis(clipped, -1, 0))]

    def chestwall_mm(self, points_lps: ArrayLike) -> Array:
        """Distance in front of the chest wall; negative behind it."""
        p = np.asarray(points_lps, float)
        at = self.grid.to_index(p)[..., [0, 2]]
        return np.asarray((_at(self.wall_p_mm, at) - p[..., 1]) / _at(self._wall_tilt, at))

    def skin_mm(self, points_lps: ArrayLike) -> Array:
        """Shortest distance to air; 0 in air, NaN away from this breast."""
        return _at(self.skin_map, self.grid.to_index(points_lps))

    def place_cells(self, place_lps: Array) -> dict[str, str]:
        """Cells of the findings table for a place; what is uncertain is left empty (absent)."""
        cells = _cells("mr_{}_mm", place_lps)
        if self.nipple_usable:
            cells |= _cells("mr_nipple_{}_mm", self.nipple_lps)
        if self.wall_confident:
            cells["chestwall_mm"] = f"{max(float(self.chestwall_mm(place_lps)), 0.0):.1f}"
        if (skin_mm := float(self.skin_mm(place_lps))) > 0.0:  # not a number away from this breast
            cells["depth_mm"] = f"{skin_mm:.1f}"
        return cells

    def cells(self) -> dict[str, str]:
        """Cells of the breasts table; what is uncertain or cut off is left empty (absent)."""
        cells = {"exam_mr": "1"}
        if self.nipple_usable:
            cells |= _cells("mr_nipple_{}", self.nipple_lps)
        if self.wall_confident and self.nipple_usable:
            cells["mr_nipple_to_chestwall_mm"] = f"{self.nipple_to_chestwall_mm:.1f}"
            cells |= {f"mr_ext_{name}_mm": f"{v:.1f}" for name, v in self.extents_mm.items()}
        return cells

    @cached_property
    def _wall_tilt(self) -> Array:
        """What a way straight back to the wall is longer than the shortest one, (l, s)."""
        squares = np.ones_like(self.wall_p_mm)
        for axis, step in enumerate(self.grid.spacing_mm[[0, 2]]):
            if self.wall_p_mm.shape[axis] > 1:
                squares += np.gradient(self.wall_p_mm, step, axis=axis) ** 2
        return np.sqrt(squares)

    @cached_property
    def skin_map(self) -> Voxels:
        """Shortest distance to air (mm) in the box around the breast; NaN elsewhere."""
        box = []
        for axis in range(3):
            others = tuple(a for a in range(3) if a != axis)
            held = np.flatnonzero(self.mask.any(axis=others))
            box.append(slice(max(int(held[0]) - 2, 0), int(held[-1]) + 3))
        half = float(self.grid.spacing_mm.min()) / 2  # voxel centres to their faces
        away = ndi.distance_transform_edt(self.body[tuple(box)], sampling=self.grid.spacing_mm)
        found = np.full(self.grid.shape, np.nan, np.float32)
        found[tuple(box)] = np.maximum(away - half, 0.0)
        return found


def _at(values: Array | Voxels, index: Array) -> Array:
    """Values at fractional indices ``(..., ndim)``, linear in between."""
    flat = index.reshape(-1, index.shape[-1]).T
    found = ndi.map_coordinates(values, flat, order=1, mode="nearest")
    return np.asarray(found, np.float64).reshape(index.shape[:-1])


def _cells(name: str, place_lps: Array) -> dict[str, str]:
    return {name.format(axis): f"{mm:.1f}" for axis, mm in zip("lps", place_lps, strict=True)}
