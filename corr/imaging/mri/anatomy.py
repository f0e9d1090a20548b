"""Finding the breasts in an MR volume: which is which, and everything of each.

Coordinates are the patient's (LPS, mm). Where the breasts point to the back according to the
file, everything here is turned half about the body's long axis first (`BreastAnatomy.turned`),
and the sides count as unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage as ndi

from corr.imaging.dicom.header import Unusable
from corr.imaging.mri.body import WHOLE_CHEST_MM, Body, Lobes, Mask, coarse, find_body, find_lobes
from corr.imaging.mri.breast_anatomy import BreastAnatomy
from corr.imaging.mri.chestwall import ChestWall, find_chest_wall
from corr.imaging.mri.heart import heart_side
from corr.imaging.mri.nipple import Nipple, find_nipple
from corr.imaging.volume import Grid, Volume, Voxels, straight

LEAST_BREAST_MM = 8.0
"""Tissue in front of the chest wall thinner than this is chest, not breast."""
LEAST_DEPTH_MM = 20.0
EDGE_SHARE = 0.25
"""The breast's edge: where it is this share as thick as at the nipple."""
BY_HAND_SD_MM = 3.0
BAND_MM = 12.0
"""Lines this near to the nipple are measured for the extents; the farthest counts."""


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
            nipple = _nipple(body, span, images, by_hand.get(side))
            one = _breast(body, wall, span, side, nipple)
        except Unusable as error:
            refused.append(str(error))
            continue
        said = (*doubts, *notes, *how, wall.note, *one.notes)
        found[side] = replace(
            one, sides_known=not doubts, midline_l_mm=lobes.midline_l_mm, notes=said
        )
    if not found:
        msg = f"no breast found: {'; '.join(refused)}"
        raise Unusable(msg, allowed="a volume that shows the breasts with air in front of them")
    return found


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
) -> BreastAnatomy:
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
    extents, cut = _extents(base == base[at], grid, nipple, side)
    edge = (f"cut off by the edge of the images: {', '.join(cut)}",) if cut else ()
    return BreastAnatomy(
        side=side,
        sides_known=True,
        grid=grid,
        mask=mask,
        body=body.mask,
        wall_p_mm=wall.p_mm,
        wall_sd_mm=wall.sd_mm,
        wall_confident=wall.confident,
        nipple_lps=np.array(nipple.lps),
        nipple_sd_mm=nipple.sd_mm,
        nipple_confident=nipple.confident,
        nipple_to_chestwall_mm=depth,
        extents_mm=extents,
        midline_l_mm=None,
        turned=body.turned,
        notes=(*nipple.notes, *edge),
    )


def _column(grid: Grid, nipple: Nipple) -> tuple[int, int]:
    index = np.clip(np.rint(grid.to_index(nipple.lps)).astype(int), 0, np.array(grid.shape) - 1)
    return int(index[0]), int(index[2])


def _extents(
    base: Mask, grid: Grid, nipple: Nipple, side: str
) -> tuple[dict[str, float], list[str]]:
    """Nipple to edge (mm) in four directions, and the directions that the images cut off."""
    found, cut = {}, []
    left = ("lateral", "medial") if side == "L" else ("medial", "lateral")
    places = grid.axis_mm(0), grid.axis_mm(2)
    for axis, names in ((0, left), (1, ("superior", "inferior"))):
        across, along = places[1 - axis], places[axis]
        here = nipple.lps[2 * axis]
        band = np.abs(across - nipple.lps[2 * (1 - axis)]) <= BAND_MM
        lines = np.asarray(np.take(base, np.flatnonzero(band), axis=1 - axis).any(1 - axis))
        if not lines.any():
            continue
        half = grid.spacing_mm[2 * axis] / 2
        high = along[lines].max() + half - here
        low = here - (along[lines].min() - half)
        for name, value, edge in ((names[0], high, lines[-1]), (names[1], low, lines[0])):
            if edge:
                cut.append(name)
            elif value > 0:
                found[name] = float(value)
    return found, cut
