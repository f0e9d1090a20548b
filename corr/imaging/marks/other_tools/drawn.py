"""Boxes, polygons, circles and lines in (x, y) of a picture as annotations.

These tools count x to the right and y down from the corner of the first pixel, whose middle is
(0.5, 0.5); here it is (0, 0), rows first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from corr.imaging.dicom import codes as breast_codes
from corr.imaging.dicom.header import Unusable
from corr.imaging.marks.annotation import Annotation, checked_points
from corr.imaging.marks.shapes import closed, drawn, to_rows

WORDS = {
    "suspicious_calcification": "calcification", "calcifications": "calcification",
    "calcification": "calcification", "calc": "calcification", "cluster": "calcification",
    "mass": "mass", "tumor": "mass", "tumour": "mass", "nodule": "mass", "lesion": "",
    "distortion": "architectural_distortion", "asymmetry": "asymmetry",
    "global_asymmetry": "", "focal_asymmetry": "focal_asymmetry",
    "suspicious_lymph_node": "node", "lymph_node": "node", "skin_thickening": "skin",
    "nipple_retraction": "", "skin_retraction": "skin",
}  # fmt: skip
"""Words of data sets for kinds of the findings table; empty: no kind of its own."""


def kind_of(label: str) -> str | None:
    """Kind that a tool's word stands for; None for others."""
    return WORDS[_key(label)] or None if is_known(label) else breast_codes.kind((), label)


def is_known(label: str) -> bool:
    """Whether a label is a word of a data set: then it names nobody."""
    return _key(label) in WORDS


def _key(label: str) -> str:
    return "_".join(label.casefold().split())


def word(value: Any) -> str:
    """A label in one line."""
    return " ".join(str(value).split())[:200] if isinstance(value, (str, int)) else ""


def polygon(points: Any, label: str, **more: Any) -> Annotation:
    """A closed ring of corners (n, 2) in x, y.

    Raises
    ------
    Unusable
        If they are no points, or fewer than three.
    """
    corners, _ = closed(checked_points(points, 2), always=True)
    if len(corners) < 3:
        msg = f"a polygon of {len(corners)} points"
        raise Unusable(msg, allowed="at least 3")
    return _made(corners, label, outline=True, **more)


def box(corners: Any, label: str, **more: Any) -> Annotation:
    """A box by two opposite corners (x, y, x, y); raises `Unusable` if it is empty or no box."""
    ends = checked_points(corners, 2)
    if len(ends) != 2:
        msg = f"a box of {len(ends)} corners"
        raise Unusable(msg, allowed="two opposite corners")
    (x0, y0), (x1, y1) = ends
    if x0 == x1 or y0 == y1:
        msg = "a box without an area"
        raise Unusable(msg, allowed="a box around the finding")
    return polygon([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], label, **more)


def line(points: Any, label: str, **more: Any) -> Annotation:
    """A line of at least two points, or one point."""
    return _made(checked_points(points, 2), label, **more)


def circle(middle: Sequence[float], edge: Sequence[float], label: str, **more: Any) -> Annotation:
    """A circle by its middle and a point on it."""
    corners, _ = drawn("CIRCLE", [*middle, *edge], 2)
    return _made(corners, label, outline=True, **more)


def size_of(height: Any, width: Any) -> tuple[int, int] | None:
    """Rows and columns as a tool states them; None if it does not."""
    try:
        rows, columns = int(float(height)), int(float(width))
    except (TypeError, ValueError, OverflowError):
        return None
    return (rows, columns) if 0 < rows < 100_000 and 0 < columns < 100_000 else None


def _made(points: Any, label: str, **more: Any) -> Annotation:
    return Annotation(
        label=label, kind=kind_of(label), space="pixel", points=to_rows(np.asarray(points)), **more
    )
