"""What files of 3D Slicer must be like, in our own words, to hold exports against.

`MARKUPS` says what version 1.0.3 of Slicer's markups schema demands (types, enumerations, lengths
and ranges), of the properties that we write and of those it names beside them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import nibabel as nib
import numpy as np

TEXT, SWITCH, NUMBER = {"type": "string"}, {"type": "boolean"}, {"type": "number"}
SHARE = {"type": "number", "minimum": 0.0, "maximum": 1.0}
SIZE = {"type": "number", "minimum": 0.0}


def numbers(n: int, item: dict[str, Any] = NUMBER) -> dict[str, Any]:
    """A list of n numbers."""
    return {"type": "array", "items": item, "minItems": n, "maxItems": n}


def words(n: int) -> dict[str, Any]:
    """A coded term."""
    return {"type": "array", "items": TEXT, "minItems": n, "maxItems": n}


POINT = {
    "id": TEXT, "label": TEXT, "description": TEXT, "associatedNodeID": TEXT,
    "position": numbers(3), "orientation": numbers(9),
    "selected": SWITCH, "locked": SWITCH, "visibility": SWITCH,
    "positionStatus": {"enum": ["undefined", "preview", "defined"]},
}  # fmt: skip
DISPLAY = {
    "visibility": SWITCH, "opacity": SHARE, "color": numbers(3, SHARE), "selectedColor": {},
    "activeColor": {}, "propertiesLabelVisibility": SWITCH, "pointLabelsVisibility": SWITCH,
    "textScale": SIZE, "glyphScale": SIZE, "glyphSize": SIZE, "useGlyphScale": SWITCH,
    "glyphType": {
        "enum": [
            *("Vertex2D", "Dash2D", "Cross2D", "ThickCross2D", "Triangle2D", "Square2D"),
            *("Circle2D", "Diamond2D", "Arrow2D", "ThickArrow2D", "HookedArrow2D"),
            *("StarBurst2D", "Sphere3D", "Diamond3D"),
        ]
    },
    "sliceProjection": SWITCH, "sliceProjectionColor": numbers(3, SHARE),
    "sliceProjectionOpacity": SHARE, "lineThickness": SIZE, "lineColorFadingStart": SIZE,
    "lineColorFadingEnd": SIZE, "handlesInteractive": SWITCH,
    "snapMode": {"enum": ["unconstrained", "toVisibleSurface"]},
}  # fmt: skip
MARKUP = {
    "type": {"enum": ["Fiducial", "Line", "Angle", "Curve", "ClosedCurve", "Plane", "ROI"]},
    "name": TEXT, "coordinateSystem": {"enum": ["LPS", "RAS"]},
    "coordinateUnits": {"anyOf": [{"enum": ["mm", "um"]}, words(3)]},
    "locked": SWITCH, "fixedNumberOfControlPoints": SWITCH, "labelFormat": TEXT,
    "center": numbers(3), "normal": numbers(3), "size": numbers(3), "planeBounds": numbers(4),
    "objectToBase": numbers(16), "baseToNode": numbers(16), "orientation": numbers(9),
    "controlPoints": {"type": "array", "items": {"type": "object", "properties": POINT}},
    "display": {"type": "object", "properties": DISPLAY},
    "measurements": {"type": "array"},
}  # fmt: skip
MARKUPS: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["@schema", "markups"],
    "properties": {
        "@schema": {"type": "string", "pattern": r"markups-schema-v1\.[0-9]+\.[0-9]+\.json#*$"},
        "markups": {
            "type": "array",
            "items": {"type": "object", "required": ["type"], "properties": MARKUP},
        },
    },
}
CLASSES = {
    "Volume": "vtkMRMLScalarVolumeNode",
    "VolumeDisplay": "vtkMRMLScalarVolumeDisplayNode",
    "VolumeArchetypeStorage": "vtkMRMLVolumeArchetypeStorageNode",
    "MarkupsFiducial": "vtkMRMLMarkupsFiducialNode",
    "MarkupsFiducialDisplay": "vtkMRMLMarkupsFiducialDisplayNode",
    "MarkupsJsonStorage": "vtkMRMLMarkupsJsonStorageNode",
    "Segmentation": "vtkMRMLSegmentationNode",
    "SegmentationDisplay": "vtkMRMLSegmentationDisplayNode",
    "SegmentationStorage": "vtkMRMLSegmentationStorageNode",
    "SliceComposite": "vtkMRMLSliceCompositeNode",
}
"""Class of each element that a scene of ours has: the beginning of its ids."""
BUILT_IN = ("vtkMRMLColorTableNodeGrey", "vtkMRMLColorTableNodeFileInferno.txt")
"""Colour tables that every Slicer has."""


def files_of_scene(scene: Path) -> dict[str, str]:
    """File that each node with data of a scene names, by its element and name.

    Fails where Slicer would: an id twice or not of its class, a reference to nothing, a data node
    without display or file, a file that is not there or not beside the scene.
    """
    root = ET.parse(scene).getroot()
    assert root.tag == "MRML"
    nodes = {node.get("id", ""): node for node in root}
    assert len(nodes) == len(root)
    for key, node in nodes.items():
        assert key.startswith(CLASSES[node.tag]), key
    found = {}
    for node in root:
        said = [r.split(":") for r in (node.get("references") or "").split(";") if r]
        roles = dict(said)
        for role, target in roles.items():
            assert target in nodes or (role == "color" and target in BUILT_IN), target
        if "storage" in roles:
            assert nodes[roles["display"]].tag == f"{node.tag}Display"
            file = nodes[roles["storage"]].get("fileName", "")
            assert file == Path(file).name
            assert (scene.parent / file).is_file(), file
            found[f"{node.tag} {node.get('name')}"] = file
        for role in ("backgroundVolumeID", "foregroundVolumeID"):
            if node.get(role):
                assert nodes[node.get(role)].tag == "Volume"
    return found


def forms(path: Path) -> tuple[np.ndarray, int, np.ndarray, int]:
    """Sform and qform of a NIfTI file as LPS, each with its code."""
    image = nib.load(path)
    flip = np.diag([-1.0, -1.0, 1.0, 1.0])
    sform, s = image.header.get_sform(coded=True)
    qform, q = image.header.get_qform(coded=True)
    return flip @ sform, int(s), None if qform is None else flip @ qform, int(q)
