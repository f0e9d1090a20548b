"""Annotations of 3D Slicer markups (``.mrk.json``): points, lines, curves and boxes.

Slicer writes LPS today and wrote RAS before; a file that does not say is refused, because the
wrong guess puts the lesion into the other breast.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from corr.imaging.dicom import codes as breast_codes
from corr.imaging.dicom.header import Unusable, refusing
from corr.imaging.marks.annotation import Annotation, Array, checked_points

_SOURCE = "3D Slicer markups"
_LPS, _RAS = (1.0, 1.0, 1.0), (-1.0, -1.0, 1.0)
_FLIP = {"LPS": _LPS, "1": _LPS, "RAS": _RAS, "0": _RAS}
_LINES = ("Line", "Curve", "ClosedCurve", "Angle")
_MAX_BYTES = 64 * 2**20


def read_markups(path: Path, refused: list[str]) -> list[Annotation]:
    """Annotations of a markups file, LPS mm.

    A fiducial list gives one annotation per control point; a line, curve or box gives one.

    Parameters
    ----------
    path : ``.mrk.json``
    refused : collects what could not be used, one line each

    Raises
    ------
    Unusable
        If the file is not JSON with a list ``markups``.
    """
    with refusing("the file cannot be read as JSON (a markups file of 3D Slicer, saved whole?)"):
        if path.stat().st_size > _MAX_BYTES:
            msg = f"a JSON file of {path.stat().st_size >> 20} MiB"
            raise Unusable(msg, allowed=f"up to {_MAX_BYTES >> 20} MiB")
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    markups = content.get("markups") if isinstance(content, dict) else None
    if not isinstance(markups, list):
        msg = "no list 'markups': not a 3D Slicer markups file"
        raise Unusable(msg, allowed="markups saved by 3D Slicer as .mrk.json")
    found: list[Annotation] = []
    for i, markup in enumerate(markups, 1):
        try:
            found += _annotations(markup, refused)
        except Unusable as error:
            refused.append(f"markup {i}: {error}")
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
    return _made(name, middle[None], coded=dict(zip(names, longest_first, strict=False)))


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
