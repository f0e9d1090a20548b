"""Annotation XML of INbreast (OsiriX property lists), CVAT and Pascal VOC (labelImg)."""

from __future__ import annotations

import plistlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from corr.imaging.dicom.header import Unusable, check_size, refusing
from corr.imaging.marks.annotation import Annotation, Array, checked_points
from corr.imaging.marks.other_tools import drawn

_MAX_BYTES = 32 * 2**20
_MOST = 20_000
_INBREAST_MM = 0.07  # pixels of all its films
_CLUSTER_MM = 10.0
_NAMES = {
    "mass": "mass", "spiculated region": "mass", "espiculated region": "mass",
    "distortion": "architectural distortion", "assymetry": "asymmetry", "asymmetry": "asymmetry",
    "cluster": "calcification",
}  # fmt: skip
_ALLOWED = "XML of INbreast (OsiriX), CVAT or Pascal VOC"
_CSV = "save its points as CSV with columns row, col"


def read_xml(path: Path, refused: list[str]) -> list[Annotation]:
    """Annotations of an XML file of INbreast (also other OsiriX ROIs), CVAT or VOC, in pixels.

    Raises
    ------
    Unusable
        If it is no XML, or of a tool that is not known.
    """
    with refusing("the file cannot be read as XML"):
        check_size(path, _MAX_BYTES)
        content = path.read_bytes()
    if b"<!ENTITY" in content:
        msg = "XML that defines entities"
        raise Unusable(msg, allowed="plain XML", fix=_CSV)
    try:
        if b"<plist" in content[:2000]:
            return _osirix(plistlib.loads(content, fmt=plistlib.FMT_XML), refused)
        root = ElementTree.fromstring(content)
    except Unusable:
        raise
    except Exception as error:  # expat and plistlib throw many things at broken files
        msg = f"the file cannot be read as XML: {type(error).__name__}"
        raise Unusable(msg, allowed=_ALLOWED, fix=_CSV) from error
    if root.tag == "annotations" and root.find("image") is not None:
        return _cvat(root, refused)
    if root.tag == "annotation" and root.find("object") is not None:
        return _voc(root, refused)
    if "ImageAnnotation" in root.tag:
        msg = "XML of AIM (ePAD) is not read"
        raise Unusable(msg, allowed=_ALLOWED, fix=f"export it as DICOM SR or SEG, or {_CSV}")
    msg = f"XML of a tool that is not known (<{str(root.tag)[:30]}>)"
    raise Unusable(msg, allowed=_ALLOWED, fix=_CSV)


def _osirix(content: Any, refused: list[str]) -> list[Annotation]:
    images = content.get("Images") if isinstance(content, dict) else None
    if not isinstance(images, list):
        msg = "a property list without Images: not of OsiriX or INbreast"
        raise Unusable(msg, allowed="XML of INbreast (OsiriX)", fix=_CSV)
    found: list[Annotation] = []
    specks: list[Array] = []
    rois = [r for i in images if isinstance(i, dict) for r in i.get("ROIs", []) or []]
    for n, roi in enumerate(rois[:_MOST], 1):
        about = roi if isinstance(roi, dict) else {}
        name = drawn.word(about.get("Name"))
        try:
            points = _pairs(about.get("Point_px"))
        except Unusable as error:
            refused.append(f"ROI {n} of OsiriX: {error}")
            continue
        if name.casefold() in ("calcification", "calcifications"):
            specks.append(points)
        else:
            label = _NAMES.get(name.casefold(), name)
            make = drawn.polygon if len(points) > 2 else drawn.line
            found.append(make(points, label, source="INbreast (OsiriX)"))
    return found + _clusters(specks)


def _clusters(specks: Sequence[Array]) -> list[Annotation]:
    """Single calcifications within 10 mm of another are one cluster."""
    if not specks:
        return []
    middles = np.array([s.mean(axis=0) for s in specks])
    far = _CLUSTER_MM / _INBREAST_MM
    groups = fcluster(linkage(middles), far, "distance") if len(middles) > 1 else np.array([1])
    found = []
    for group in np.unique(groups):
        own = [s for s, g in zip(specks, groups, strict=True) if g == group]
        coded = {"n_calcifications": len(own)} if len(own) > 1 else {}
        made = drawn.line(np.concatenate(own), "calcification", source="INbreast (OsiriX)")
        found.append(Annotation(**{**vars(made), "coded": coded}))
    return found


def _cvat(root: ElementTree.Element, refused: list[str]) -> list[Annotation]:
    images = root.findall("image")
    found: list[Annotation] = []
    for image in images:
        name = drawn.word(image.get("name")).rsplit("/", 1)[-1]
        more: dict[str, Any] = {
            "source": "CVAT", "image_size": drawn.size_of(image.get("height"), image.get("width")),
            "refers_to": (name,) if name and len(images) > 1 else (),
        }  # fmt: skip
        for n, shape in enumerate(list(image)[:_MOST], 1):
            label = drawn.word(shape.get("label"))
            try:
                match shape.tag:
                    case "box":
                        corners = [shape.get(k) for k in ("xtl", "ytl", "xbr", "ybr")]
                        found.append(drawn.box(corners, label, **more))
                    case "polygon":
                        found.append(drawn.polygon(_pairs(shape.get("points")), label, **more))
                    case "polyline" | "points":
                        found.append(drawn.line(_pairs(shape.get("points")), label, **more))
                    case "tag":
                        pass
                    case _:
                        refused.append(f"shape {n} of CVAT: {str(shape.tag)[:20]} is not read")
            except Unusable as error:
                refused.append(f"shape {n} of CVAT: {error}")
    return found


def _voc(root: ElementTree.Element, refused: list[str]) -> list[Annotation]:
    size = (root.findtext("size/height"), root.findtext("size/width"))
    more: dict[str, Any] = {"source": "Pascal VOC", "image_size": drawn.size_of(*size)}
    found: list[Annotation] = []
    for n, thing in enumerate(root.findall("object")[:_MOST], 1):
        corners = [thing.findtext(f"bndbox/{k}") for k in ("xmin", "ymin", "xmax", "ymax")]
        try:
            found.append(drawn.box(corners, drawn.word(thing.findtext("name")), **more))
        except Unusable as error:
            refused.append(f"object {n} of Pascal VOC: {error}")
    return found


def _pairs(said: Any) -> Array:
    """Points written as "(x, y)" in a list, or as "x,y;x,y"."""
    text = ";".join(str(p) for p in said) if isinstance(said, list) else str(said or "")
    numbers = re.findall(r"[^\s,;()]+", text)
    return checked_points(numbers, 2)
