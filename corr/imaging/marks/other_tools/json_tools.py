"""Annotation JSON of OHIF/Cornerstone3D, LabelMe and COCO; each is told by what it holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

from corr.imaging.dicom.header import Unusable, check_size, refusing
from corr.imaging.marks.annotation import Annotation, checked_points
from corr.imaging.marks.other_tools import drawn
from corr.imaging.marks.other_tools.drawn import size_of, word
from corr.imaging.marks.shapes import drawn as ring
from corr.imaging.marks.slicer import read_markups

Found = list[Annotation]
Read = Callable[[Any, list[str]], Found]

MAX_BYTES = 64 * 2**20
ALLOWED = "markups of 3D Slicer (.mrk.json), JSON of OHIF/Cornerstone3D, LabelMe or COCO"
_MOST = 100_000


def read_json(path: Path, refused: list[str]) -> Found:
    """Annotations of a JSON file of any tool that is known.

    Parameters
    ----------
    path : JSON; 3D Slicer's in LPS mm, OHIF's in LPS mm, LabelMe's and COCO's in pixels
    refused : collects what could not be used, one line each

    Raises
    ------
    Unusable
        If it is no JSON, or of a tool that is not known.
    """
    with refusing("the file cannot be read as JSON (saved whole?)"):
        check_size(path, MAX_BYTES)
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    for tool, belongs, read in TOOLS:
        if belongs(content):
            with refusing(f"the file cannot be read as JSON of {tool}"):
                return read(content, refused)
    tool = next((t for key, t in UNREAD.items() if _holds(content, key)), "")
    if tool:
        msg = f"JSON of {tool} is not read"
        raise Unusable(msg, allowed=ALLOWED, fix="save its points as CSV with columns row, col")
    keys = ", ".join(str(k)[:30] for k in list(content)[:6]) if isinstance(content, dict) else ""
    msg = "JSON of a tool that is not known" + (f" (it holds {keys})" if keys else "")
    raise Unusable(msg, allowed=ALLOWED, fix="save its points as CSV with columns row, col")


def read_ohif(content: Any, refused: list[str]) -> Found:
    """Annotations of Cornerstone3D: world coordinates, LPS mm; sizes of its statistics."""
    listed = list(_listed(content))
    found = []
    for n, item in enumerate(listed[:_MOST], 1):
        try:
            found.append(_ohif(item))
        except Unusable as error:
            refused.append(f"annotation {n} of OHIF/Cornerstone3D: {error}")
    return found


def read_labelme(content: Any, refused: list[str]) -> Found:
    """Shapes of LabelMe, in pixels of the picture it was drawn on."""
    more = {
        "source": "LabelMe",
        "image_size": size_of(content.get("imageHeight"), content.get("imageWidth")),
    }
    found = []
    for n, shape in enumerate(content["shapes"][:_MOST], 1):
        try:
            found.append(_labelme(shape, more))
        except Unusable as error:
            refused.append(f"shape {n} of LabelMe: {error}")
    return found


def read_coco(content: Any, refused: list[str]) -> Found:
    """Boxes and polygons of a COCO file; a polygon goes before its box."""
    images = {i.get("id"): i for i in _dicts(content.get("images"))}
    names = {c.get("id"): word(c.get("name")) for c in _dicts(content.get("categories"))}
    found: Found = []
    for n, item in enumerate(_dicts(content.get("annotations"))[:_MOST], 1):
        image = images.get(item.get("image_id"), {})
        named = word(image.get("file_name")).rsplit("/", 1)[-1]
        more: dict[str, Any] = {
            "source": "COCO", "image_size": size_of(image.get("height"), image.get("width")),
            "refers_to": (named,) if named and len(images) > 1 else (),
        }  # fmt: skip
        label = names.get(item.get("category_id"))
        if label is None:
            more["doubts"] = (f"annotation {n} is of a category that the file does not list",)
        try:
            found.append(_coco(item, label or "", more))
        except Unusable as error:
            refused.append(f"annotation {n} of COCO: {error}")
    return found


def _ohif(item: dict[str, Any]) -> Annotation:
    meta, data = _dict(item.get("metadata")), _dict(item.get("data"))
    tool = word(meta.get("toolName"))
    handles, contour = _dict(data.get("handles")), _dict(data.get("contour"))
    listed = contour.get("polyline") or handles.get("points")
    points = checked_points(_flat(listed), 3)
    outline = "contour" in data or "Freehand" in tool
    coded = _sizes(data)
    if tool in ("EllipticalROI", "RectangleROI") and len(points) >= 4:
        points, outline = _region(tool, points[:4]), True
    elif tool == "CircleROI" and len(points) > 1:  # its middle, then points on it
        coded = {"size_mm": 2.0 * float(np.linalg.norm(points[1] - points[0]))}
        points = points[:1]
    elif tool in ("ArrowAnnotate", "Probe"):
        points = points[:1]  # the tip; the other end is where its label stands
    label = next((w for d in (data, handles) if (w := word(d.get("label") or d.get("text")))), "")
    if not outline and tool == "Bidirectional" and len(points) == 4:
        parts: tuple[int, ...] = (2, 2)
    else:
        parts = ()
    frame = word(meta.get("FrameOfReferenceUID"))
    return Annotation(
        label=label, kind=drawn.kind_of(label), space="patient", points=points, outline=outline,
        parts=parts, frame_of_reference=frame, coded=coded, source="OHIF/Cornerstone3D",
    )  # fmt: skip


def _region(tool: str, points: Any) -> Any:
    """Outline of a region by its handles: bottom, top, left, right of an ellipse; corners."""
    if tool == "RectangleROI":
        return points[[0, 1, 3, 2]]
    return ring("ELLIPSE", points.ravel(), 3)[0]


def _sizes(data: dict[str, Any]) -> dict[str, float]:
    """Length and width (mm) that the tool measured; none where it counted pixels."""
    for stats in _dict(data.get("cachedStats")).values():
        said = _dict(stats)
        units = {word(said.get(k)) for k in ("unit", "units") if said.get(k)}
        values = [float(v) for k in ("length", "width") if _is_number(v := said.get(k))]
        good = [v for v in values if 0.0 < v < 500.0]
        if good and units <= {"mm"}:
            return dict(zip(("size_mm", "size2_mm"), sorted(good, reverse=True), strict=False))
    return {}


def _labelme(shape: Any, more: dict[str, Any]) -> Annotation:
    about = _dict(shape)
    label, kind = word(about.get("label")), about.get("shape_type") or "polygon"
    known = kind in ("polygon", "rectangle", "circle", "line", "linestrip", "point", "points")
    points = checked_points(_flat(about.get("points")), 2) if known else np.empty((0, 2))
    match kind:
        case "polygon":
            return drawn.polygon(points, label, **more)
        case "rectangle" if len(points) == 2:
            return drawn.box(points.ravel(), label, **more)
        case "rectangle" if len(points) == 4:
            return drawn.polygon(points, label, **more)
        case "circle" if len(points) == 2:
            return drawn.circle(points[0], points[1], label, **more)
        case "line" | "linestrip" | "point" | "points":
            return drawn.line(points, label, **more)
        case _:
            msg = f"a shape of type {str(kind)[:20]!r} with {len(points)} points"
            allowed = "polygon, rectangle, circle, line, linestrip, point"
            raise Unusable(msg, allowed=allowed, fix="draw it as a polygon")


def _coco(item: dict[str, Any], label: str, more: dict[str, Any]) -> Annotation:
    rings = item.get("segmentation")
    if isinstance(rings, list) and rings and all(isinstance(r, list) for r in rings):
        several = [drawn.polygon(_flat(r), label, **more) for r in rings[:_MOST]]
        if len(several) == 1:
            return several[0]
        points = [s.points for s in several]
        return Annotation(
            label=label, kind=several[0].kind, space="pixel", points=np.concatenate(points),
            outline=True, parts=tuple(len(p) for p in points), **more,
        )  # fmt: skip
    corners = checked_points(_flat(item.get("bbox")), 2)
    if len(corners) != 2:
        msg = "it has neither a polygon nor a bbox of 4 numbers"
        raise Unusable(msg)
    (left, top), (width, height) = corners
    notes = ("its run-length mask is not read: its box is used",) if rings else ()
    return drawn.box([left, top, left + width, top + height], label, notes=notes, **more)


def _listed(content: Any) -> Iterator[dict[str, Any]]:
    """Annotations where Cornerstone3D's exports hold them: listed, or nested by frame and tool."""
    if isinstance(content, dict) and "metadata" in content and "data" in content:
        yield content
        return
    for inner in content.values() if isinstance(content, dict) else content:
        if isinstance(inner, (dict, list)):
            yield from _listed(inner)


def _is_ohif(content: Any) -> bool:
    first = next(_listed(content), None) if isinstance(content, (dict, list)) else None
    return first is not None and "toolName" in _dict(first.get("metadata"))


def _has_list(*keys: str) -> Callable[[Any], bool]:
    return lambda content: (
        isinstance(content, dict) and all(isinstance(content.get(k), list) for k in keys)
    )


def _flat(listed: Any) -> list[float]:
    """Numbers of nested lists; words and truth values are no numbers."""
    if isinstance(listed, np.ndarray):
        return [float(v) for v in listed.ravel()]
    if isinstance(listed, list):
        return [v for inner in listed for v in _flat(inner)]
    if _is_number(listed):
        return [float(listed) if abs(listed) < 1e300 else np.inf]
    msg = "a point is not a list of numbers"
    raise Unusable(msg)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(values: Any) -> list[dict[str, Any]]:
    return [v for v in values if isinstance(v, dict)] if isinstance(values, list) else []


def _holds(content: Any, key: str) -> bool:
    return key in (content if isinstance(content, dict) else next(iter(_dicts(content)), {}))


UNREAD = {
    "frame_annotations": "SlicerUltrasound", "_via_img_metadata": "VIA", "features": "QuPath",
    "labelGroups": "MD.ai", "item": "V7 Darwin", "annotations": "Label Studio",
    "regions": "VIA", "label_classes": "Supervisely", "objects": "Supervisely",
    "series": "a viewer's own export", "toolState": "cornerstoneTools (before Cornerstone3D)",
}  # fmt: skip
"""Tools that are known and not read, by a key of their files."""
TOOLS: tuple[tuple[str, Callable[[Any], bool], Read], ...] = (
    ("3D Slicer", _has_list("markups"), read_markups),
    ("LabelMe", _has_list("shapes"), read_labelme),
    ("COCO", _has_list("annotations", "images"), read_coco),
    ("OHIF/Cornerstone3D", _is_ohif, read_ohif),
)
"""Tools in the order in which they are asked: name, whether it is theirs, how it is read."""
