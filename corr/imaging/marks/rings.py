"""Closed rings in parallel planes: which is a hole in which, and how far they are apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from corr.imaging.marks.annotation import Annotation, Array, ring_list, ring_moment

_SAME_PLANE = 0.05  # mm or pixels
_MOST_POINTS = 20_000  # of a ring with points put between its corners


@dataclass(frozen=True, eq=False)
class Ring:
    """One ring in its plane.

    Attributes
    ----------
    number : its place among the rings of the mark
    corners : (n, 2) within the plane
    level : of the plane, along its normal
    hole : it is cut out of a ring around it (even-odd: an island in a hole is none)
    """

    number: int
    corners: Array
    level: float
    area: float
    hole: bool = False


def flat_rings(mark: Annotation) -> tuple[list[Ring], float]:
    """The rings of an outline without copies, and the distance of neighbouring planes (0: one).

    Flat rings in space are projected along the normal of the largest.
    """
    rings = ring_list(mark)
    areas = [ring_moment(ring)[0] for ring in rings]
    if mark.space == "pixel":
        placed, levels = rings, [0.0] * len(rings)
    else:
        across, normal = _plane(rings[int(np.argmax(areas))])
        placed = [ring @ across.T for ring in rings]
        levels = [float((ring @ normal).mean()) for ring in rings]
    found: list[Ring] = []
    for n, corners in enumerate(placed):
        ring = Ring(n, np.asarray(corners), levels[n], areas[n])
        if not any(_same(ring, other) for other in found):
            found.append(ring)
    apart = np.diff(np.unique(np.round(sorted(levels), 2)))
    apart = apart[apart > _SAME_PLANE]
    step = float(np.median(apart)) if apart.size else 0.0
    return [_with_hole(ring, found) for ring in found], step


def beside(a: Ring, b: Ring, near: float) -> bool:
    """Whether two rings, each seen within its plane, overlap or lie within ``near``."""
    apart = np.maximum(a.corners.min(0) - b.corners.max(0), b.corners.min(0) - a.corners.max(0))
    if np.linalg.norm(np.maximum(apart, 0.0)) > near:
        return False
    if inside(a.corners[:1], b.corners).any() or inside(b.corners[:1], a.corners).any():
        return True
    return float(cKDTree(_dense(a.corners)).query(_dense(b.corners))[0].min()) <= near


def inside(points: Array, corners: Array) -> NDArray[np.bool_]:
    """Which points (n, 2) lie inside a ring of corners, by the even-odd rule."""
    (x, y), a, b = points.T[..., None], corners, np.roll(corners, -1, axis=0)
    crosses = (a[:, 1] > y) != (b[:, 1] > y)
    rise = np.where(crosses, b[:, 1] - a[:, 1], 1.0)
    at = a[:, 0] + (y - a[:, 1]) / rise * (b[:, 0] - a[:, 0])
    return np.asarray((crosses & (x < at)).sum(axis=1) % 2 == 1)


def _with_hole(ring: Ring, every: list[Ring]) -> Ring:
    around = [
        other
        for other in every
        if other.area > ring.area
        and abs(other.level - ring.level) <= _SAME_PLANE
        and inside(ring.corners, other.corners).mean() > 0.5
    ]
    return Ring(ring.number, ring.corners, ring.level, ring.area, hole=len(around) % 2 == 1)


def _same(a: Ring, b: Ring) -> bool:
    """One ring stored twice: it would be taken for a hole that leaves nothing."""
    if abs(a.level - b.level) > _SAME_PLANE or abs(a.area - b.area) > 1e-6 * max(a.area, 1.0):
        return False
    ends = np.array([a.corners.min(0) - b.corners.min(0), a.corners.max(0) - b.corners.max(0)])
    return bool(np.abs(ends).max() < 1e-3)


def _plane(ring: Array) -> tuple[Array, Array]:
    """Two axes within the plane of a ring (2, 3), and its normal."""
    axes = np.linalg.svd(ring - ring.mean(axis=0), full_matrices=True)[2]
    return np.asarray(axes[:2]), np.asarray(axes[2])


def _dense(corners: Array) -> Array:
    """Corners and points between them."""
    ends = np.roll(corners, -1, axis=0)
    length = float(np.linalg.norm(ends - corners, axis=1).max())
    n = int(np.clip(np.ceil(length), 1, max(1, _MOST_POINTS // len(corners))))
    t = np.linspace(0.0, 1.0, n, endpoint=False)[:, None, None]
    return np.asarray((corners + t * (ends - corners)).reshape(-1, 2))
