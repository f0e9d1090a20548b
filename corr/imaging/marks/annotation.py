"""One annotation: points, an outline or a mask somebody made on an image, whatever the format.

Two spaces. ``pixel``: (row, column) of the stored image, 0-based, whole numbers at the centres of
pixels, row down and column right. ``patient``: DICOM patient coordinates LPS in mm (left,
posterior, superior).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydicom.dataset import Dataset
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import pdist, squareform

from corr.imaging.dicom.header import Unusable, refusing

Array = NDArray[np.float64]
Space = Literal["pixel", "patient"]

NO_FRAME = "none"
MAX_POINTS = 2_000_000
FARTHEST_MM = 5_000.0
FARTHEST_PX = 100_000.0


@dataclass(frozen=True, eq=False)
class Annotation:
    """What was marked, where, on which image, and what was coded about it.

    Attributes
    ----------
    label : words of whoever marked it; may be empty
    kind : kind of the findings table, or ``nipple``; None if not coded
    space : ``pixel`` or ``patient`` (module text)
    points : (n, 2) row, column or (n, 3) LPS mm; for a mask its centre of mass; none if the file
        describes the finding in words only
    outline : the points are the corners of closed rings
    parts : number of points of each ring or line; empty means all are one
    holes : numbers (from 0) of the rings that are cut out of others
    mask : True inside; (rows, columns), or (i, j, k) with ``affine``; cut to its contents
    affine : (4, 4), index of a voxel centre of ``mask`` to LPS mm
    corner : row and column of the mask's first pixel in the stored image (``pixel`` only)
    refers_to : SOP instance or series UIDs of the images it was made on; may be empty
    frame_of_reference : UID of the patient coordinates it was made in; empty if not stated,
        `NO_FRAME` if its coordinates are of no known space
    frame : 0-based frame of that image; None if not stated
    image_size : rows and columns of the image it was drawn on, where the file states them
    coded : ``side``, ``clock``, ``quadrant``, ``region``, ``depth_third``, ``distance_mm`` (from
        the nipple), ``depth_mm`` (below the skin), ``chestwall_mm``, ``size_mm``, ``size2_mm``,
        ``size3_mm``, ``volume_mm3``, ``n_calcifications``, where the file codes them
    group : what the file holds together (a measurement group), by a name; empty if nothing
    source : format it was read from
    notes : what is to be said about it
    doubts : what somebody should look at
    """

    label: str
    kind: str | None
    space: Space
    points: Array
    outline: bool = False
    parts: tuple[int, ...] = ()
    holes: tuple[int, ...] = ()
    mask: NDArray[np.bool_] | None = None
    affine: Array | None = None
    corner: tuple[int, int] = (0, 0)
    refers_to: tuple[str, ...] = ()
    frame_of_reference: str = ""
    frame: int | None = None
    image_size: tuple[int, int] | None = None
    coded: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    group: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def checked_points(values: ArrayLike, dimensions: int) -> Array:
    """Points as an (n, dimensions) array.

    Raises
    ------
    Unusable
        If they are none, not whole points, not finite or absurdly far away.
    """
    try:
        flat = np.asarray(values, dtype=float).ravel()
    except (TypeError, ValueError, OverflowError):
        msg = "the coordinates are not numbers"
        raise Unusable(msg) from None
    if not flat.size or flat.size % dimensions or flat.size > dimensions * MAX_POINTS:
        msg = f"{flat.size} coordinates are not points of {dimensions}"
        raise Unusable(msg, allowed=f"{dimensions} numbers a point, up to {MAX_POINTS:,} points")
    farthest = FARTHEST_PX if dimensions == 2 else FARTHEST_MM
    if not np.isfinite(flat).all() or np.abs(flat).max() > farthest:
        msg = "coordinates are not finite or absurdly large"
        raise Unusable(msg, allowed=f"{-farthest:g} to {farthest:g}")
    return flat.reshape(-1, dimensions)


def coordinates(ds: Dataset, keyword: str) -> Array:
    """All numbers of a value, flat.

    Raises
    ------
    Unusable
        If it is absent or holds anything but numbers.
    """
    with refusing(f"{keyword} cannot be read"):
        return np.atleast_1d(np.asarray(ds[keyword].value, dtype=float))


def centre(annotation: Annotation) -> Array | None:
    """Middle of an annotation in its own space, (2,) or (3,): of the area of an outline or mask.

    Rings are weighted by their area, holes by minus theirs, so a ring drawn with more points
    counts no more. Other points (a line, several points) give their mean; no points give None.
    """
    if not len(annotation.points):
        return None
    if not annotation.outline:
        return np.asarray(annotation.points.mean(axis=0))
    rings = [ring_moment(ring) for ring in ring_list(annotation)]
    signs = np.where(np.isin(np.arange(len(rings)), annotation.holes), -1.0, 1.0)
    areas = signs * [area for area, _ in rings]
    middles = np.array([middle for _, middle in rings])
    if areas.sum() <= 0.0:
        return np.asarray(annotation.points.mean(axis=0))
    return np.asarray(areas @ middles / areas.sum())


def ring_list(annotation: Annotation) -> list[Array]:
    """Points of each ring or line."""
    return np.split(annotation.points, np.cumsum(annotation.parts)[:-1].astype(int))


def longest(annotation: Annotation, *, scale: tuple[float, float] = (1.0, 1.0)) -> Array | None:
    """End points (2, 2) or (2, 3) of the longest diameter, in the annotation's own space.

    Parameters
    ----------
    annotation : a mask, outline or line
    scale : mm per row and per column, used to compare lengths on images with unequal spacing

    Returns
    -------
    the two points, or None for a single point
    """
    points = annotation.points if annotation.mask is None else _edge(annotation)
    weight = np.asarray(scale) if annotation.space == "pixel" else np.ones(3)
    points = _hull(np.unique(points, axis=0), weight)
    if len(points) < 2:
        return None
    apart = squareform(pdist(points * weight))
    return np.asarray(points[list(np.unravel_index(apart.argmax(), apart.shape))])


def second_axis(annotation: Annotation, *, scale: tuple[float, float] = (1.0, 1.0)) -> Array | None:
    """End points of the second longest of several straight lines (a bidirectional measurement)."""
    lines = ring_list(annotation) if annotation.parts and not annotation.outline else []
    straight = [line for line in lines if len(line) == 2]
    if len(straight) < 2:
        return None
    weight = np.asarray(scale) if annotation.space == "pixel" else np.ones(3)
    lengths = [float(np.linalg.norm((line[1] - line[0]) * weight)) for line in straight]
    return straight[int(np.argsort(lengths)[-2])]


def _edge(annotation: Annotation) -> Array:
    """Corners of the voxels that end a mask's rows: the farthest points are among them."""
    mask = annotation.mask
    assert mask is not None
    half = np.stack(np.meshgrid(*[(-0.5, 0.5)] * mask.ndim, indexing="ij"), -1)
    ends = np.argwhere(_row_ends(mask))
    corners = (ends[:, None, :] + half.reshape(-1, mask.ndim)).reshape(-1, mask.ndim)
    if annotation.affine is None:
        return np.asarray(corners + np.asarray(annotation.corner))
    return np.asarray(corners @ annotation.affine[:3, :3].T + annotation.affine[:3, 3])


def _row_ends(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """First and last voxel of every run along the last axis."""
    padded = np.pad(mask, [(0, 0)] * (mask.ndim - 1) + [(1, 1)])
    return np.asarray(mask & ~(padded[..., :-2] & padded[..., 2:]))


def _hull(points: Array, weight: Array) -> Array:
    """Corners of the convex hull: the farthest pair is among them."""
    if len(points) <= 50:
        return points
    try:
        return np.asarray(points[ConvexHull(points * weight).vertices])
    except QhullError:  # all in one plane or line: the extremes along many directions
        spread = (points - points.mean(axis=0)) * weight
        axes = np.linalg.svd(spread, full_matrices=False)[2][:2]
        turn = np.linspace(0.0, np.pi, 180, endpoint=False)
        along = spread @ (np.stack([np.cos(turn), np.sin(turn)], -1) @ axes).T
        return np.asarray(points[np.unique([along.argmin(0), along.argmax(0)])])


def ring_moment(ring: Array) -> tuple[float, Array]:
    """Area and centre of area of a flat ring of corners (n, 2 or 3).

    A hole that a line joins to the outside (a keyhole) is cut out.
    """
    start = ring[0]
    a, b = ring[:-1] - start, ring[1:] - start
    if ring.shape[1] == 2:
        twice = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    else:
        normals = np.cross(a, b)
        total = normals.sum(axis=0)
        length = float(np.linalg.norm(total))
        twice = normals @ (total / length) if length > 0.0 else np.zeros(len(a))
    whole = float(twice.sum())
    if abs(whole) < 1e-12:
        return 0.0, ring.mean(axis=0)
    middle = start + ((a + b) / 3.0 * twice[:, None]).sum(axis=0) / whole
    return abs(whole) / 2.0, middle
