"""Annotations of 3D Slicer markups: points, lines, curves and boxes (``.mrk.json``, ``.fcsv``).

Slicer writes LPS today and wrote RAS before; a file that does not say is refused, because the
wrong guess puts the lesion into the other breast.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from corr.imaging.dicom import codes as breast_codes
from corr.imaging.dicom.header import Unusable, refusing
from corr.imaging.marks.annotation import Annotation, Array, checked_points
from corr.imaging.marks.shapes import FROM_BOX

_SOURCE = "3D Slicer markups"
_LPS, _RAS = (1.0, 1.0, 1.0), (-1.0, -1.0, 1.0)
_FLIP = {"LPS": _LPS, "1": _LPS, "RAS": _RAS, "0": _RAS}
_OLD = "3D Slicer fiducials (.fcsv)"
_FCSV = re.compile(r"#\s*(CoordinateSystem|columns)\s*=\s*(.*)")
_MOST_LINES = 100_000
_LINES = ("Line", "Curve", "ClosedCurve", "Angle")


def read_markups(content: Any, refused: list[str]) -> list[Annotation]:
    """Annotations of a markups file, LPS mm.

    A fiducial list gives one annotation per control point; a line, curve or box gives one.

    Parameters
    ----------
    content : of a ``.mrk.json``
    refused : collects what could not be used, one line each
    """
    markups = content["markups"]
    found: list[Annotation] = []
    for i, markup in enumerate(markups, 1):
        try:
            found += _annotations(markup, refused)
        except Unusable as error:
            refused.append(f"markup {i}: {error}")
    return found


def read_fiducials(path: Path, refused: list[str]) -> list[Annotation]:
    """Points of a fiducial list (``.fcsv``) of older versions of 3D Slicer, LPS mm.

    Raises
    ------
    Unusable
        If it is no such list, or does not say in which coordinates it is.
    """
    with refusing("the file cannot be read as a fiducial list (.fcsv)"):
        lines = path.read_text(encoding="utf-8-sig").splitlines()[:_MOST_LINES]
    said = {m[1]: m[2] for line in lines if (m := _FCSV.match(line))}
    system = said.get("CoordinateSystem", "").strip().upper()
    names = [
        n.strip() for n in said.get("columns", "id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label").split(",")
    ]
    if system not in _FLIP or not {"x", "y", "z"} <= {*names}:
        msg = f"coordinates in {system[:20] or 'a system that is not stated'}"
        raise Unusable(msg, allowed="LPS, RAS", fix="save it as .mrk.json in a current 3D Slicer")
    found = []
    for n, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = dict(zip(names, line.split(","), strict=False))
        try:
            point = checked_points([cells.get(k, "") for k in "xyz"], 3)[0] * _FLIP[system]
            found.append(replace(_made(_word(cells.get("label", "")), point[None]), source=_OLD))
        except Unusable as error:
            refused.append(f"line {n}: {error}")
    return found


def _annotations(markup: Any, refused: list[str]) -> list[Annotation]:
    if not isinstance(markup, dict):
        msg = "it is not an object"
        raise Unusable(msg)
    kind = markup.get("type")
    if kind not in ("Fiducial", "ROI", *_LINES):
        msg = f"type {str(kind)[:40]!r} is not read"
        raise Unusable(msg, allowed=", ".join(("Fiducial", "ROI", *_LINES)))
    system = str(markup.get("coordinateSystem", "")).upper()
    if system not in _FLIP:
        msg = f"coordinateSystem {system[:20] or 'is not stated'}"
        raise Unusable(msg, allowed="LPS, RAS", fix="save it again with a current 3D Slicer")
    units = markup.get("coordinateUnits", "mm")
    if units != "mm" and not (isinstance(units, list) and units[:1] == ["mm"]):
        msg = f"coordinates in {str(units)[:20]}"
        raise Unusable(msg, allowed="mm")
    name = _word(markup.get("name"))
    if kind == "ROI":
        return [_box(markup, system, name)]
    points, labels = _control_points(markup, system, refused)
    if not len(points):
        msg = "it has no control point with a position"
        raise Unusable(msg)
    if kind == "Fiducial":
        return [_made(label or name, p[None]) for p, label in zip(points, labels, strict=True)]
    label = name or next((w for w in labels if w), "")
    size = {}
    if kind == "Line" and len(points) == 2:
        size = {"size_mm": float(np.linalg.norm(points[1] - points[0]))}
    return [_made(label, points, coded=size, outline=kind == "ClosedCurve" and len(points) > 2)]


def _control_points(
    markup: dict[str, Any], system: str, refused: list[str]
) -> tuple[Array, list[str]]:
    listed = markup.get("controlPoints")
    points, labels = [], []
    for i, control in enumerate(listed if isinstance(listed, list) else [], 1):
        if not isinstance(control, dict):
            refused.append(f"control point {i} is not an object")
        elif control.get("positionStatus", "defined") == "defined":
            try:
                points.append(_position(control.get("position"), system))
                labels.append(_word(control.get("label")))
            except Unusable as error:
                refused.append(f"control point {i}: {error}")
        else:
            refused.append(f"control point {i} was never placed")
    return np.reshape(points, (-1, 3)), labels


def _box(markup: dict[str, Any], system: str, name: str) -> Annotation:
    middle = _position(markup.get("center"), system)
    size = np.abs(_position(markup.get("size"), "LPS"))
    longest_first = sorted((float(s) for s in size if s > 0.0), reverse=True)
    names = ("size_mm", "size2_mm", "size3_mm")
    made = _made(name, middle[None], coded=dict(zip(names, longest_first, strict=False)))
    return replace(made, notes=(FROM_BOX,))


def _position(value: Any, system: str) -> Array:
    if not (isinstance(value, list) and len(value) == 3):
        msg = "a position is not a list of 3 numbers"
        raise Unusable(msg)
    if any(isinstance(v, bool) or not isinstance(v, (int, float)) for v in value):
        msg = "a position holds something that is not a number"
        raise Unusable(msg)
    whole = [float(v) if abs(v) < 1e300 else math.inf for v in value]
    return np.asarray(checked_points(whole, 3)[0] * _FLIP[system])


def _made(
    label: str, points: Array, *, coded: dict[str, float] | None = None, outline: bool = False
) -> Annotation:
    return Annotation(
        label=label, kind=breast_codes.kind((), label), space="patient", points=points,
        outline=outline, coded=coded or {}, source=_SOURCE,
    )  # fmt: skip


def _word(value: Any) -> str:
    return " ".join(str(value).split())[:200] if isinstance(value, (str, int)) else ""
