"""Breasts in an MR volume: which is which, mask, nipple, chest wall, extents.

Coordinates are the patient's (LPS, mm). Where the breasts point to the back according to the
file, everything here is turned half about the body's long axis first (`BreastAnatomy.turned`),
and the sides count as unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage as ndi

from corr.frame import clock_h, lps_to_breast
from corr.imaging.header import Unusable
from corr.imaging.mr_body import WHOLE_CHEST_MM, Body, Lobes, Mask, coarse, find_body, find_lobes
from corr.imaging.mr_chestwall import ChestWall, find_chest_wall
from corr.imaging.mr_extents import find_extents
from corr.imaging.mr_nipple import Nipple, find_nipple
from corr.imaging.mr_sides import heart_side
from corr.imaging.volume import Array, Grid, Volume, Voxels, straight

LEAST_BREAST_MM = 8.0
"""Tissue in front of the chest wall thinner than this is chest, not breast."""
LEAST_DEPTH_MM = 20.0
EDGE_SHARE = 0.25
"""The breast's edge: where it is this share as thick as at the nipple."""
BY_HAND_SD_MM = 3.0
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
    def confidence(self) -> str:
        """In one word: good, fair (one landmark uncertain) or poor."""
        doubts = [self.nipple_confident, self.wall_confident, self.sides_known].count(False)
        return ("good", "fair", "poor", "poor")[doubts]

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


def breasts(
    volume: Volume,
    *,
    post: Volume | None = None,
    nipples: Mapping[str, ArrayLike] | None = None,
) -> dict[str, BreastAnatomy]:
    """Breasts of a volume by side.

    Parameters
    ----------
    volume
        A T1-weighted image, best the phase before contrast.
    post
        A phase after contrast: makes the nipple surer and shows on which side the heart is.
    nipples
        Places (LPS mm of the file) given by hand for a side; they replace those found.

    Raises
    ------
    Unusable
        If there is no body, or nothing of it reaches forward like a breast.
    """
    body = find_body(volume)
    lobes = find_lobes(body)
    wall = find_chest_wall(body, lobes)
    images = [body.voxels]
    if post is not None and post.same_grid(volume):
        later = coarse(*straight(post))[0]
        images.append(later[::-1, ::-1] if body.turned else later)
    doubts, notes = _check_sides(volume, body, lobes, wall, images)
    by_hand = dict(nipples or {})
    found: dict[str, BreastAnatomy] = {}
    refused = []
    for n, span in enumerate(lobes.spans):
        try:
            side, how = _side(volume, body, lobes, n)
            one = _breast(body, wall, span, side, _nipple(body, span, images, by_hand.get(side)))
        except Unusable as error:
            refused.append(str(error))
            continue
        found[side] = _complete(one, lobes, body, doubts, (*notes, *how, wall.note))
    if not found:
        msg = f"no breast found: {'; '.join(refused)}"
        raise Unusable(msg, allowed="a volume that shows the breasts with air in front of them")
    return found


@dataclass(frozen=True, eq=False)
class _Found:
    side: str
    grid: Grid
    mask: Mask
    wall: ChestWall
    nipple: Nipple
    depth_mm: float
    extents_mm: dict[str, float]
    notes: tuple[str, ...]


def _complete(
    one: _Found, lobes: Lobes, body: Body, doubts: tuple[str, ...], notes: tuple[str, ...]
) -> BreastAnatomy:
    return BreastAnatomy(
        side=one.side,
        sides_known=not doubts,
        grid=one.grid,
        mask=one.mask,
        body=body.mask,
        wall_p_mm=one.wall.p_mm,
        wall_sd_mm=one.wall.sd_mm,
        wall_confident=one.wall.confident,
        nipple_lps=np.array(one.nipple.lps),
        nipple_sd_mm=one.nipple.sd_mm,
        nipple_confident=one.nipple.confident,
        nipple_to_chestwall_mm=one.depth_mm,
        extents_mm=one.extents_mm,
        midline_l_mm=lobes.midline_l_mm,
        turned=body.turned,
        notes=(*doubts, *notes, *one.nipple.notes, *one.notes),
    )


def _check_sides(
    volume: Volume, body: Body, lobes: Lobes, wall: ChestWall, images: list[Voxels]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Why left and right cannot be relied on (empty: they can), and what else was seen."""
    doubts = []
    if not volume.sides_known:
        doubts.append("laterality unknown: the file does not say where the patient's left is")
    if body.turned:
        said = f" (the file says {volume.pose})" if volume.pose else ""
        doubts.append(
            f"laterality unknown: the breasts point to the back{said}; turned half about the long "
            "axis, as if the patient had been registered in the wrong pose"
        )
    elif not body.front_certain:
        doubts.append("laterality unknown: front and back cannot be told apart")
    heart = heart_side(body, lobes, wall, images)
    if heart == "R":
        doubts.append(
            "laterality unknown: the heart lies on the side called right (a mirrored image, or a "
            "mirrored heart)"
        )
    seen = ("the heart lies on the side called left",) if heart == "L" else ()
    return tuple(doubts), (*volume.notes, *seen)


def _side(volume: Volume, body: Body, lobes: Lobes, n: int) -> tuple[str, tuple[str, ...]]:
    """Side of one of the lobes, and what it rests on if not on its neighbour."""
    if lobes.midline_l_mm is not None:
        return "RL"[n], ()
    if volume.side is not None:
        return volume.side, (f"one breast: side {volume.side} as the file says",)
    tissue = body.grid.axis_mm(0)[body.mask.any(axis=(1, 2))]
    wide = tissue[-1] - tissue[0] >= WHOLE_CHEST_MM
    middle = float(tissue[[0, -1]].mean()) if wide else 0.0
    forward = np.where(np.isnan(body.skin_mm), np.inf, body.skin_mm).min(axis=1)
    side = "L" if body.grid.axis_mm(0)[int(forward.argmin())] > middle else "R"
    origin = "the middle of the body" if wide else "the scanner's zero"
    return side, (f"one breast: side {side} because it lies on that side of {origin}",)


def _nipple(
    body: Body, span: tuple[int, int], images: list[Voxels], given: ArrayLike | None
) -> Nipple:
    if given is None:
        return find_nipple(body, span, images)
    l_mm, p_mm, s_mm = (float(v) for v in np.asarray(given, float))
    sign = -1.0 if body.turned else 1.0
    place = (sign * l_mm, sign * p_mm, s_mm)
    return Nipple(place, BY_HAND_SD_MM, confident=True, notes=("nipple given by hand",))


def _breast(
    body: Body, wall: ChestWall, span: tuple[int, int], side: str, nipple: Nipple
) -> _Found:
    grid = body.grid
    thick = np.nan_to_num(wall.p_mm - body.skin_mm)
    thick[: span[0]] = thick[span[1] :] = 0.0
    at = _column(grid, nipple)
    depth = float(wall.p_mm[at]) - nipple.lps[1]
    if depth < LEAST_DEPTH_MM:
        msg = f"the {side} side reaches only {depth:.0f} mm forward"
        raise Unusable(msg, allowed=f"at least {LEAST_DEPTH_MM:.0f} mm")
    in_front = grid.axis_mm(1)[None, :, None] < wall.p_mm[:, None, :]
    mask = body.mask & in_front & (thick >= LEAST_BREAST_MM)[:, None, :]
    labels, _ = ndi.label(mask)
    sizes = np.bincount(labels[at[0], :, at[1]])
    sizes[0] = 0
    if sizes.max() == 0:
        msg = f"no tissue behind the {side} nipple"
        raise Unusable(msg)
    mask = labels == sizes.argmax()
    base, _ = ndi.label((thick >= EDGE_SHARE * depth) & mask.any(axis=1))
    extents, cut = find_extents(base == base[at], grid, nipple, side)
    notes = (f"cut off by the edge of the images: {', '.join(cut)}",) if cut else ()
    return _Found(side, grid, mask, wall, nipple, depth, extents, notes)


def _column(grid: Grid, nipple: Nipple) -> tuple[int, int]:
    index = np.clip(np.rint(grid.to_index(nipple.lps)).astype(int), 0, np.array(grid.shape) - 1)
    return int(index[0]), int(index[2])


def breast_cells(anatomy: BreastAnatomy) -> dict[str, str]:
    """Cells of the breasts table; what is uncertain or cut off is left empty (absent)."""
    cells = {"exam_mr": "1"}
    if anatomy.nipple_usable:
        place = zip("LPS", anatomy.nipple_lps, strict=True)
        cells |= {f"mr_nipple_{axis}": f"{v:.1f}" for axis, v in place}
    if anatomy.wall_confident and anatomy.nipple_usable:
        cells["mr_nipple_to_chestwall_mm"] = f"{anatomy.nipple_to_chestwall_mm:.1f}"
        cells |= {f"mr_ext_{name}_mm": f"{v:.1f}" for name, v in anatomy.extents_mm.items()}
    return {"breast": anatomy.side, **cells} if anatomy.sides_known else cells
