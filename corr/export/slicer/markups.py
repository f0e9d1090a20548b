"""Markups of 3D Slicer (``.mrk.json``): a list of points, then outlines of their 80 % regions.

Positions are LPS mm. Slicer shows all markups of a file that is dropped on it; a scene takes the
first one, the points. What Slicer has no field for (cells, grouping, probabilities) stands beside
the markups, where its schema allows further properties.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from corr.export.content import REGION, Floats
from corr.export.slicer.shown import Item

SCHEMA = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/"
    "Resources/Schema/markups-schema-v1.0.3.json#"
)
"""As Slicer writes it; the name of the schema, not a page."""
OURS = "breast-corr"
"""The property that holds what comes back to the suite."""
POINT_SIZE, LINE_SIZE = 3.0, 0.8
DECIMALS = 3


def markups_bytes(
    name: str, items: Sequence[Item], said: Sequence[str], ours: dict[str, Any]
) -> bytes:
    """A markups file: one point for each item, and the outlines of its region.

    Parameters
    ----------
    said : of each item, for people
    ours : what comes back (`OURS`), of numbers and text
    """
    points = [_point(n, i, words) for n, (i, words) in enumerate(zip(items, said, strict=True), 1)]
    listed = _markup("Fiducial", name, points, (1.0, 0.9, 0.4), POINT_SIZE, labels=True)
    curves = [c for item in items for c in _curves(item)]
    content = {"@schema": SCHEMA, "markups": [listed, *curves], OURS: ours}
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _point(n: int, item: Item, words: str) -> dict[str, Any]:
    at = item.at_lps
    known = {"positionStatus": "undefined"} if at is None else {
        "position": _rounded(at), "positionStatus": "defined",
    }  # fmt: skip
    said = {"id": str(n), "label": item.name, "description": words}
    return {**said, **known, "selected": True, "locked": True, "visibility": True}


def _curves(item: Item) -> Iterator[dict[str, Any]]:
    """Outlines of the region on the sagittal, coronal and axial plane through its densest cell."""
    for plane, lines in zip(("sagittal", "coronal", "axial"), outlines(item), strict=False):
        for line in lines:
            points = [
                {"id": str(n), "label": "", "position": _rounded(p), "positionStatus": "defined"}
                for n, p in enumerate(line, 1)
            ]
            name = f"{item.space.side} {item.name} {REGION:.0%} {plane}"
            yield _markup("ClosedCurve", name, points, item.colour, LINE_SIZE, labels=False)


def outlines(item: Item) -> list[list[Floats]]:
    """Rings ``(k, 3)`` in LPS mm around the region, on planes across left, back and head."""
    from contourpy import contour_generator  # takes a moment to load

    d, cell = item.density, item.densest
    if d is None or cell is None:
        return []
    level = d.least(REGION)
    planes: list[list[Floats]] = []
    for across in (0, 2, 1) if not item.space.patient else (0, 1, 2):
        u, v = (k for k in range(3) if k != across)
        heights = np.pad(np.take(d.height, cell[across], axis=across).T, 1)
        ends = [np.concatenate([[2 * a[0] - a[1]], a, [2 * a[-1] - a[-2]]]) for a in d.axes]
        rings = []
        for line in contour_generator(ends[u], ends[v], heights).lines(level):
            ring = np.empty((len(line) - 1, 3))
            ring[:, [u, v]] = np.asarray(line)[:-1]
            ring[:, across] = d.axes[across][cell[across]]
            if len(ring) > 2:
                rings.append(item.lps(ring))
        planes.append(rings)
    return planes


def _markup(
    kind: str,
    name: str,
    points: list[dict[str, Any]],
    colour: tuple[float, float, float],
    size: float,
    *,
    labels: bool,
) -> dict[str, Any]:
    look = {
        "visibility": True, "opacity": 1.0, "color": list(colour), "selectedColor": list(colour),
        "propertiesLabelVisibility": False, "pointLabelsVisibility": labels, "textScale": 3.0,
        "glyphType": "Sphere3D", "glyphSize": size, "useGlyphScale": False, "lineThickness": 0.3,
    }  # fmt: skip
    return {
        "type": kind, "name": name, "coordinateSystem": "LPS", "coordinateUnits": "mm",
        "locked": True, "controlPoints": points, "display": look,
    }  # fmt: skip


def _rounded(point: Floats) -> list[float]:
    return [round(float(x), DECIMALS) + 0.0 for x in point]
