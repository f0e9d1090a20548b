"""Connected pieces of high uptake: compact ones kept, vessels cut off and left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from skimage import filters

from corr.imaging.volume import Array, Voxels

LEAST_MM3, FAINT_MM3 = 25.0, 65.0
"""Smaller pieces are noise; pieces below the second (5 mm across) have to be clearly bright."""
LEAST_VOXELS = 5
VESSEL_MM = 2.5
"""Half the width up to which a long piece counts as a vessel."""
ROUND, LINEAR = 0.25, 0.08
"""Share that a piece fills of the ball around it: more is a mass, less is vessel-like."""
MOST_PIECES = 2_000

Mask = NDArray[np.bool_]
_hysteresis: Callable[[Voxels, float, float], Mask] = filters.apply_hysteresis_threshold


@dataclass(frozen=True, eq=False)
class Piece:
    """Voxels (n, 3) of one piece, its three extents (mm, longest first) and how round it is.

    ``share`` is the part it fills of the ball around its longest extent.
    """

    index: NDArray[np.intp]
    extent_mm: tuple[float, float, float]
    share: float

    @property
    def compact(self) -> bool:
        """Round rather than sprawling."""
        return self.share >= ROUND


def find_pieces(
    uptake: Voxels, zone: Mask, keep: Mask, spacing_mm: Array, levels: tuple[float, float]
) -> tuple[list[Piece], dict[str, int]]:
    """Pieces of a zone, and how many were left out and why.

    Parameters
    ----------
    keep
        The nipple: what reaches into it is one piece, and never left out as a vessel.
    levels
        Pieces lie above the first and reach the second somewhere.
    """
    grow, seed = levels
    labels, _ = ndi.label(_hysteresis(np.where(zone, uptake, -np.inf), grow, seed))
    boxes = ndi.find_objects(labels)
    missed = {"vessel-like or linear": 0, "too small or faint": 0}
    found: list[Piece] = []
    at_nipple: list[NDArray[np.intp]] = []
    for label in np.argsort(-np.bincount(labels.ravel())[1:])[:MOST_PIECES] + 1:
        box = boxes[label - 1]
        corner = np.array([b.start for b in box]) - 1
        for part in _parts(np.pad(labels[box] == label, 1), spacing_mm):
            index = np.argwhere(part) + corner
            peak = float(uptake[tuple(index.T)].max())
            volume = len(index) * float(np.prod(spacing_mm))
            enough = volume >= (LEAST_MM3 if peak >= 1.5 * seed else FAINT_MM3)
            if len(index) < LEAST_VOXELS or not enough or peak < seed:
                missed["too small or faint"] += 1
                continue
            if keep[tuple(index.T)].any():
                at_nipple.append(index)
                continue
            piece = _piece(_to_half(index, uptake), spacing_mm)
            if piece.share >= LINEAR or _radius(part, spacing_mm) > VESSEL_MM:
                found.append(piece)
            else:
                missed["vessel-like or linear"] += 1
    if at_nipple:
        found.insert(0, _piece(np.concatenate(at_nipple), spacing_mm))
    return found, missed


def _to_half(index: NDArray[np.intp], uptake: Voxels) -> NDArray[np.intp]:
    """Down to half of the piece's own uptake, where blurring puts the edge of a lesion."""
    values = uptake[tuple(index.T)]
    return index[values >= 0.5 * np.percentile(values, 95)]


def _piece(index: NDArray[np.intp], spacing_mm: Array) -> Piece:
    extent = _extents(index, spacing_mm)
    volume = len(index) * float(np.prod(spacing_mm))
    return Piece(index, extent, volume / (np.pi / 6 * extent[0] ** 3))


def _parts(shape: Mask, spacing_mm: Array) -> list[Mask]:
    """The piece whole; a sprawling one cut into its thick parts and the thin ones between."""
    radius = _radius(shape, spacing_mm)
    if _piece(np.argwhere(shape), spacing_mm).compact or radius <= VESSEL_MM:
        return [shape]
    inner = ndi.distance_transform_edt(shape, sampling=spacing_mm)
    depth = max(VESSEL_MM, 0.5 * radius)
    cores, n = ndi.label(inner > depth, np.ones((3, 3, 3)))
    if n == 0:
        return [shape]
    reach, nearest = ndi.distance_transform_edt(
        cores == 0, sampling=spacing_mm, return_indices=True
    )
    thick = shape & (reach <= depth + float(spacing_mm.max()) / 2)
    owner = np.where(thick, cores[tuple(nearest)], 0)
    rest, m = ndi.label(shape & ~thick)
    return [owner == k for k in range(1, n + 1)] + [rest == k for k in range(1, m + 1)]


def _radius(shape: Mask, spacing_mm: Array) -> float:
    """Half the width of the thickest place."""
    inner = ndi.distance_transform_edt(shape, sampling=spacing_mm)
    return float(inner.max()) - float(spacing_mm.min()) / 2


def _extents(index: NDArray[np.intp], spacing_mm: Array) -> tuple[float, float, float]:
    """Lengths along the principal axes of the voxels, with one voxel's width, longest first."""
    points = index * spacing_mm
    centred = points - points.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2] if len(points) > 3 else np.eye(3)
    widths = np.abs(axes) @ spacing_mm
    a, b, c = sorted(np.ptp(centred @ axes.T, axis=0) + widths, reverse=True)
    return float(a), float(b), float(c)
