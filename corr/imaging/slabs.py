"""Phases on one grid: slices that some lack at an end, and slabs of one breast each.

Sagittal protocols image each breast in a slab of its own, in one series or in two. Two such slabs
become one volume: the second is sampled on the first one's grid, and what lies between them is
filled in from their facing slices, so that it shows a chest but nothing to be measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.ndimage import affine_transform

from corr.imaging.dicom.header import Unusable
from corr.imaging.volume import MAX_VOXELS, Array, Volume, Voxels

ENDS = 0.1
"""Share of the slices that a phase may lack at an end, at least one."""
MOST_OVERLAP_MM = 20.0
MOST_APART_MM = 120.0
MOST_OTHER = 0.5
"""How much larger the voxels of one slab may be than those of the other."""
_NEAR = 0.05  # of a voxel


def one_grid_but_for_ends(a: Volume, b: Volume) -> bool:
    """Whether two volumes have the same voxels in space but for a few slices at an end."""
    if a.same_grid(b):
        return True
    if a.shape[:2] != b.shape[:2] or not _alike(a, b):
        return False
    first = a.to_index(b.affine_lps[:3, 3])
    if np.abs(first - [0, 0, np.rint(first[2])]).max() > _NEAR:
        return False
    start, end = _common([a, b])
    return end - start >= (1 - ENDS) * max(a.shape[2], b.shape[2]) - 1


def on_common_slices(phases: Sequence[Volume]) -> tuple[list[Volume], str]:
    """Phases cut to the slices that all of them have, and what is to be said of it."""
    start, end = _common(phases)
    lacking = [v.name for v in phases if v.shape[2] < max(p.shape[2] for p in phases)]
    if not lacking:
        return list(phases), ""
    said = f"slices at an end are missing in {', '.join(lacking)}: left out of all phases"
    return [_cut(v, phases[0], start, end) for v in phases], said


def _common(phases: Sequence[Volume]) -> tuple[int, int]:
    """First and one after the last slice that all have, counted in the first volume."""
    starts = [round(float(phases[0].to_index(v.affine_lps[:3, 3])[2])) for v in phases]
    return max(starts), min(s + v.shape[2] for s, v in zip(starts, phases, strict=True))


def _cut(volume: Volume, first: Volume, start: int, end: int) -> Volume:
    own = start - round(float(first.to_index(volume.affine_lps[:3, 3])[2]))
    affine = volume.affine_lps.copy()
    affine[:3, 3] = volume.to_lps([0, 0, own])
    shape = (*volume.shape[:2], end - start)
    return replace(
        volume, shape=shape, affine_lps=affine, load=partial(_part, volume, own, shape[2])
    )


def _part(volume: Volume, start: int, n: int) -> Voxels:
    return volume.load()[:, :, start : start + n]


def _alike(a: Volume, b: Volume) -> bool:
    """Whether voxels of two volumes have the same edges."""
    edges = np.abs(a.affine_lps[:3, :3] - b.affine_lps[:3, :3]).max()
    return bool(edges <= 0.01 * a.spacing_mm.min())


@dataclass(frozen=True)
class _Layout:
    """How two slabs lie on the grid of the first: where the second begins, how large all is."""

    corner: Array  # of the whole, in voxels of the first
    shape: tuple[int, int, int]
    low_planes: int  # planes of the first slab
    high_begins: int  # first plane of the second


def beside(a: Volume, b: Volume) -> bool:
    """Whether two volumes are sagittal slabs side by side, as of the one and the other breast."""
    turned = [v.affine_lps[:3, :3] / v.spacing_mm for v in (a, b)]
    if abs(float(turned[0][0, 2])) < 0.8 or np.abs(turned[0] - turned[1]).max() > 0.02:
        return False
    if not np.allclose(a.spacing_mm, b.spacing_mm, rtol=MOST_OTHER):
        return False
    first, last = (float(a.to_index(b.to_lps([0, 0, k]))[2]) for k in (0, b.shape[2] - 1))
    gap = max(first - (a.shape[2] - 1), -last) * a.spacing_mm[2]
    return bool(-MOST_OVERLAP_MM <= gap <= MOST_APART_MM)


def joined(a: Volume, b: Volume) -> Volume:
    """Two slabs side by side as one volume.

    Raises
    ------
    Unusable
        If that would be too large.
    """
    low, high = (a, b) if float(a.to_index(b.affine_lps[:3, 3])[2]) >= 0 else (b, a)
    layout = _layout(low, high)
    if np.prod(layout.shape) > MAX_VOXELS:
        msg = f"both slabs together need {np.prod(layout.shape):,} voxels"
        raise Unusable(msg, allowed=f"up to {MAX_VOXELS:,}", fix="give one breast at a time")
    affine = low.affine_lps.copy()
    affine[:3, 3] = low.to_lps(layout.corner)
    ends = [low.to_lps([0, 0, k])[0] for k in (layout.low_planes - 0.5, layout.high_begins - 0.5)]
    known = low.sides_known and high.sides_known
    said = "two sagittal slabs, one a breast: what lies between them is filled in, not measured"
    notes = (said, *(n for n in (*low.notes, *high.notes) if "slab" not in n))
    return replace(
        low, shape=layout.shape, affine_lps=affine, load=partial(_both, low, high, layout),
        side=None, sides_known=known, filled=low.filled + high.filled,
        files=(*low.files, *high.files),
        between_mm=(min(ends), max(ends)), notes=tuple(dict.fromkeys(notes)),
    )  # fmt: skip


def _layout(low: Volume, high: Volume) -> _Layout:
    ends = [low.to_index(high.to_lps(k)) for k in ((0, 0, 0), np.array(high.shape) - 1)]
    first, last = np.minimum(*ends), np.maximum(*ends)
    corner = np.floor(np.minimum(first, 0) + _NEAR)
    corner[2] = 0
    far = np.ceil(np.maximum(last, np.array(low.shape) - 1) - _NEAR)
    far[2] = np.floor(last[2] + _NEAR)
    middle = (low.shape[2] - 1 + first[2]) / 2  # of an overlap
    begins = int(np.ceil(max(first[2], middle if first[2] < low.shape[2] else 0) - _NEAR))
    a, b, c = (int(n) for n in far - corner + 1)
    return _Layout(corner, (a, b, c), min(low.shape[2], begins), begins)


def _both(low: Volume, high: Volume, layout: _Layout) -> Voxels:
    """Voxels of both slabs; in between, from one facing plane to the other in even steps."""
    out = np.zeros(layout.shape, np.float32)
    i, j = (-int(x) for x in layout.corner[:2])
    own = low.load()[:, :, : layout.low_planes]
    out[i : i + own.shape[0], j : j + own.shape[1], : layout.low_planes] = own
    begins = layout.high_begins
    matrix = np.linalg.inv(high.affine_lps[:3, :3]) @ low.affine_lps[:3, :3]
    offset = high.to_index(low.to_lps(layout.corner + np.array([0, 0, begins])))
    if np.abs(offset - np.rint(offset)).max() <= _NEAR and np.allclose(
        matrix, np.eye(3), atol=1e-4
    ):
        matrix, offset = np.eye(3), np.rint(offset)  # the same grid: nothing is blurred
    planes = (*layout.shape[:2], layout.shape[2] - begins)
    out[:, :, begins:] = affine_transform(
        high.load(), matrix, offset, planes, np.float32, order=1, mode="nearest"
    )
    before, after = layout.low_planes - 1, begins
    for k in range(layout.low_planes, begins):
        share = (k - before) / (after - before)
        out[:, :, k] = (1 - share) * out[:, :, before] + share * out[:, :, after]
    return out
