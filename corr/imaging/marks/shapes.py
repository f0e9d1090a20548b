"""DICOM graphic types as points: what is drawn, and whether it encloses an area.

DICOM counts pixel positions (column, row) from the upper left corner of the first pixel, so the
middle of that pixel is 0.5; here it is (0, 0), rows first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from corr.imaging.dicom.header import Unusable
from corr.imaging.marks.annotation import Array, checked_points

_CORNERS = 72  # of the polygon that stands for a circle or ellipse
_UPRIGHT, _SQUARE = 0.9, 0.02
"""Cosine of an edge to an axis from which a ring is a box, not four ends of a lesion; and relative
deviation from right angles."""
FROM_BOX = "drawn as a box: its size is the longer side, that of the ellipse within it"
_NEEDED = {"POINT": 1, "CIRCLE": 2, "ELLIPSE": 4, "ELLIPSOID": 6}
_LINES = ("POLYLINE", "INTERPOLATED", "POLYGON")
TYPES = (*_NEEDED, "MULTIPOINT", *_LINES)


def drawn(graphic: str, values: ArrayLike, dimensions: int) -> tuple[Array, bool]:
    """Points of a graphic in the file's own order of coordinates, and whether they are an outline.

    Parameters
    ----------
    graphic : GraphicType of SCOORD, SCOORD3D or a presentation state
    values : flat list of coordinates
    dimensions : 2 (column, row) or 3 (LPS mm)

    Returns
    -------
    points (n, dimensions); circles and ellipses as polygons of equal area, an ellipsoid as the
    six ends of its axes; and True for a closed outline

    Raises
    ------
    Unusable
        For an unknown type or a wrong number of points.
    """
    if graphic not in TYPES:
        msg = f"graphic type {graphic or 'not stated'} is not known"
        raise Unusable(msg, allowed=", ".join(TYPES))
    points = checked_points(values, dimensions)
    needed = _NEEDED.get(graphic)
    if needed is not None and len(points) != needed:
        msg = f"a {graphic} has {len(points)} points"
        raise Unusable(msg, allowed=str(needed))
    if graphic == "CIRCLE":
        arm = points[1] - points[0]
        return _ring(points[0], arm, np.array([-arm[1], arm[0]])), True
    if graphic == "ELLIPSE":
        middle = points.mean(axis=0)
        return _ring(middle, (points[1] - points[0]) / 2, (points[3] - points[2]) / 2), True
    if graphic in _LINES:
        return closed(points, always=graphic == "POLYGON")
    return points, False


def closed(points: Array, *, always: bool = False) -> tuple[Array, bool]:
    """Drop a repeated last point; an outline has at least three others and comes back to start."""
    ends_meet = len(points) > 3 and bool(np.allclose(points[0], points[-1], atol=1e-6))
    if ends_meet:
        points = points[:-1]
    return points, (always or ends_meet) and len(points) > 2


def within_box(ring: Array) -> Array | None:
    """The ellipse within a ring of corners that is an upright box; None for any other ring.

    A lesion touches the sides of a box drawn around it, not its corners.
    """
    if len(ring) != 4:
        return None
    sides = np.array([ring[1] - ring[0], ring[3] - ring[0]])
    lengths = np.linalg.norm(sides, axis=1)
    if lengths.min() <= 0.0:
        return None
    along = sides / lengths[:, None]
    off = np.linalg.norm(ring[0] + sides.sum(axis=0) - ring[2]) / lengths.min()
    if max(off, abs(along[0] @ along[1])) > _SQUARE or np.abs(along).max(axis=1).min() < _UPRIGHT:
        return None
    return _ring(ring.mean(axis=0), sides[0] / 2, sides[1] / 2)


def to_rows(points: Array) -> Array:
    """DICOM (column, row) from the image's corner to (row, column) with pixel centres whole."""
    return np.asarray(points[:, ::-1] - 0.5)


def _ring(middle: Array, arm: Array, other: Array) -> Array:
    turn = np.arange(_CORNERS) * (2 * np.pi / _CORNERS)
    # A polygon inside the ellipse is smaller; this makes the areas equal.
    grow = np.sqrt(2 * np.pi / (_CORNERS * np.sin(2 * np.pi / _CORNERS)))
    return np.asarray(middle + grow * (np.outer(np.cos(turn), arm) + np.outer(np.sin(turn), other)))
