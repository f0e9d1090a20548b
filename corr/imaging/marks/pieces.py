"""Separate pieces of one mark: each is a finding of its own, never one large one between them.

Pieces belong together where the gap between them is small. Specks (small beside the largest piece,
and tiny or flat) are what a brush leaves behind: they are dropped, and that is said. Clusters of
calcifications and non-mass enhancement are made of pieces, so their gaps may be wider.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from corr import parameters
from corr.imaging.dicom.header import Unusable
from corr.imaging.marks.annotation import Annotation, Array, ring_list
from corr.imaging.marks.rings import Ring, beside, flat_rings

P = parameters.load()
NEAR_PART, NEAR_PX, SCATTERED_NEAR_PX = 0.1, 3.0, 150.0
"""Gap within one lesion, and within one made of pieces (`SCATTERED`), where a picture has no mm:
part of the largest piece's diameter, and pixels (of films 0.05 to 0.1 mm)."""
SCATTERED = ("calcification", "nme", "nonmass", "echogenic_foci")
SPECKS = ((0.05, 3.0), (0.01, 5.0))
"""A speck is smaller than a part of the largest piece and than a sphere of so many mm (5: BI-RADS
calls nothing larger a focus); or smaller than the first part, and flat."""
MAX_PIECES = 12
_MOST = 2000  # pieces that are looked at at all
_OF_ALL = ("size_mm", "size2_mm", "size3_mm", "volume_mm3", "n_calcifications")


@dataclass(frozen=True)
class Piece:
    """Part of a mark: which members (labels of a mask, rings) it has, and how large it is."""

    members: tuple[int, ...]
    volume: float
    flat: bool


def separate(mark: Annotation) -> list[Annotation]:
    """A mark as its separate pieces, largest first; itself if it is one.

    Sizes, volumes and counts coded of all pieces together are of none of them.

    Raises
    ------
    Unusable
        If it falls into more than `MAX_PIECES`: a noisy threshold, not lesions.
    """
    if mark.mask is not None:
        cut, found = _of_mask(mark, mark.mask)
    elif mark.outline and mark.parts:
        cut, found = _of_rings(mark)
    else:
        return [mark]
    pieces, specks = chosen(found, solid=mark.space == "patient")
    if len(pieces) > MAX_PIECES:
        msg = f"{mark.label or 'the mark'} falls into {len(pieces)} separate pieces"
        fix = "clean it (remove specks, fill gaps), or give every lesion a label of its own"
        raise Unusable(msg, allowed=f"up to {MAX_PIECES} pieces", fix=fix)
    notes = (*mark.notes, *specks_said(specks))
    if len(pieces) == 1:
        return [replace(cut(pieces[0].members), notes=notes)]
    coded = {k: v for k, v in mark.coded.items() if k not in _OF_ALL}
    marks = [replace(cut(p.members), coded=coded, notes=notes) for p in pieces]
    return doubted(marks)


def specks_said(specks: int) -> tuple[str, ...]:
    """A note on specks that were dropped, if there were any."""
    many = "1 speck" if specks == 1 else f"{specks} specks"
    return (f"{many} beside it left out",) if specks else ()


def doubted(marks: list[Annotation]) -> list[Annotation]:
    """Pieces of one mark; the first says that there are several."""
    if len(marks) < 2:
        return marks
    doubt = (
        f"it holds {len(marks)} separate pieces, taken as {len(marks)} findings: "
        "give every lesion a label of its own, or join the pieces if they are one"
    )
    return [replace(marks[0], doubts=(*marks[0].doubts, doubt)), *marks[1:]]


def chosen(found: Sequence[Piece], *, solid: bool) -> tuple[list[Piece], int]:
    """Pieces without specks, largest first, and how many specks were dropped.

    ``solid``: volumes are mm3; else areas in pixels, of which only the share is known.
    """
    order = sorted(found, key=lambda piece: -piece.volume)
    shares = [(p, p.volume / max(order[0].volume, 1e-9)) for p in order]
    kept = [p for p, share in shares if not _speck(p, share, solid=solid)]
    return kept, len(order) - len(kept)


def _speck(piece: Piece, share: float, *, solid: bool) -> bool:
    if not solid or piece.flat:
        return share < SPECKS[0][0]
    mm = (6.0 / math.pi * max(piece.volume, 0.0)) ** (1.0 / 3.0)
    return any(share < part and mm < most for part, most in SPECKS)


def together(marks: Sequence[Annotation]) -> list[Annotation]:
    """Marks in one space, those that cross or lie in one another as one: outlines before lines."""
    if len(marks) < 2:
        return list(marks)
    rings = [Ring(n, mark.points, 0.0, 0.0) for n, mark in enumerate(marks)]
    groups = joined(len(marks), lambda i, j: beside(rings[i], rings[j], NEAR_PX))
    made = []
    for group in sorted(groups):
        own = [marks[n] for n in group]
        best = [m for m in own if m.outline] or own
        points = [m.points for m in best]
        parts = tuple(len(p) for p in points) if len(points) > 1 else ()
        made.append(replace(best[0], points=np.concatenate(points), parts=parts))
    return made


def joined(n: int, near: Callable[[int, int], bool]) -> list[tuple[int, ...]]:
    """Numbers 0 to n - 1 in groups: whoever is near a member belongs to the group."""
    pairs = np.array([(i, j) for i in range(n) for j in range(i) if near(i, j)]).reshape(-1, 2)
    ones = np.ones(len(pairs))
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    groups = connected_components(graph, directed=False)[1]
    return [tuple(np.flatnonzero(groups == g).tolist()) for g in range(groups.max() + 1)]


def mask_pieces(
    mask: NDArray[np.bool_], spacing: Array, near: float
) -> tuple[NDArray[np.int32], list[Piece]]:
    """Numbered connected parts of a mask, and the pieces that they make together.

    Parameters
    ----------
    spacing : of the voxels along each axis, in the unit of ``near``
    near : largest gap within a piece
    """
    labels, n = ndimage.label(mask, np.ones((3,) * mask.ndim))
    if n == 1:  # the usual case
        return labels, [Piece((1,), float(mask.sum() * np.prod(spacing)), flat=False)]
    counts = np.bincount(labels.ravel())[1:]
    if n > _MOST:
        msg = f"the mask falls into {n} separate pieces: a noisy threshold, not a lesion"
        raise Unusable(msg, allowed=f"up to {MAX_PIECES} pieces", fix="clean the mask")
    boxes = ndimage.find_objects(labels)
    low = np.array([[s.start for s in box] for box in boxes]) * spacing
    high = np.array([[s.stop - 1 for s in box] for box in boxes]) * spacing
    widest = float(np.max(spacing))
    reach = max(near + widest, 2.0 * widest) + 1e-6  # between centres; a slice may be left out
    trees: dict[int, cKDTree] = {}

    def tree(i: int) -> cKDTree:
        if i not in trees:
            start = [s.start for s in boxes[i]]
            trees[i] = cKDTree((np.argwhere(labels[boxes[i]] == i + 1) + start) * spacing)
        return trees[i]

    def touch(i: int, j: int) -> bool:
        apart = np.maximum(0.0, np.maximum(low[i] - high[j], low[j] - high[i]))
        if float(np.linalg.norm(apart)) > reach:
            return False
        small, large = (i, j) if counts[i] < counts[j] else (j, i)
        nearest = tree(large).query(tree(small).data, distance_upper_bound=reach)[0]
        return bool(np.isfinite(nearest).any())

    def piece(members: tuple[int, ...]) -> Piece:
        spans = [max(boxes[m][a].stop for m in members) - min(boxes[m][a].start for m in members)
                 for a in range(mask.ndim)]  # fmt: skip
        volume = float(counts[list(members)].sum() * np.prod(spacing))
        return Piece(tuple(m + 1 for m in members), volume, flat=min(spans) == 1)

    return labels, [piece(g) for g in joined(n, touch)]


def near_px(area: float) -> float:
    """Gap (pixels) within one piece of a picture without mm, by the area of the largest."""
    return max(NEAR_PX, NEAR_PART * math.sqrt(4.0 * max(area, 0.0) / math.pi))


Cut = Callable[[tuple[int, ...]], Annotation]


def _near_mm(mark: Annotation) -> float:
    scattered = mark.kind in SCATTERED
    return P["check_scattered_gap_mm" if scattered else "check_piece_gap_mm"]


def _near_px(mark: Annotation, area: float) -> float:
    return SCATTERED_NEAR_PX if mark.kind in SCATTERED else near_px(area)


def _of_mask(mark: Annotation, mask: NDArray[np.bool_]) -> tuple[Cut, list[Piece]]:
    if mark.affine is None:
        spacing, near = np.ones(mask.ndim), _near_px(mark, float(mask.sum()))
    else:
        spacing, near = np.linalg.norm(mark.affine[:3, :3], axis=0), _near_mm(mark)
    labels, found = mask_pieces(mask, spacing, near)

    def cut(members: tuple[int, ...]) -> Annotation:
        return _window(mark, np.isin(labels, members))

    return cut, found


def _window(mark: Annotation, mask: NDArray[np.bool_]) -> Annotation:
    """The mark with another mask of the same grid, cut to its contents."""
    box = ndimage.find_objects(mask.astype(np.int8))[0]
    start, part = np.array([s.start for s in box]), mask[box].copy()
    middle = np.array(ndimage.center_of_mass(part))
    if mark.affine is None:
        row, col = (int(x) for x in start + mark.corner)
        return replace(
            mark, mask=part, corner=(row, col), points=(middle + np.array([row, col]))[None]
        )
    affine = mark.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ start
    points = (affine[:3, :3] @ middle + affine[:3, 3])[None]
    return replace(mark, mask=part, affine=affine, points=points)


def _of_rings(mark: Annotation) -> tuple[Cut, list[Piece]]:
    rings, step = flat_rings(mark)
    solid = mark.space == "patient"
    near = _near_mm(mark) if solid else _near_px(mark, max(r.area for r in rings))
    across = near + step

    def touch(i: int, j: int) -> bool:
        a, b = rings[i], rings[j]
        return abs(a.level - b.level) <= across + 1e-6 and beside(a, b, near)

    thick = step if solid and step > 0.0 else 1.0

    def piece(members: tuple[int, ...]) -> Piece:
        own = [rings[m] for m in members]
        area = sum(-r.area if r.hole else r.area for r in own)
        planes = len({round(r.level, 2) for r in own})
        wide = math.sqrt(4.0 * max(r.area for r in own) / math.pi)
        return Piece(members, area * thick, flat=solid and planes == 1 and wide > 2.0 * step > 0.0)

    def cut(members: tuple[int, ...]) -> Annotation:
        return _some_rings(mark, [rings[m] for m in members])

    return cut, [piece(g) for g in joined(len(rings), touch)]


def _some_rings(mark: Annotation, rings: Sequence[Ring]) -> Annotation:
    every = ring_list(mark)
    points = [every[r.number] for r in rings]
    holes = tuple(i for i, r in enumerate(rings) if r.hole)
    parts = tuple(len(p) for p in points) if len(points) > 1 else ()
    return replace(mark, points=np.concatenate(points), parts=parts, holes=holes)
