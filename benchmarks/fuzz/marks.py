"""Small valid files of the annotation formats of other tools and data sets; nobody's images."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nrrd
import numpy as np

DIRECTIONS = np.diag([2.0, 2.0, 3.0])
ORIGIN = [-20.0, 30.0, 5.0]


def box_mask() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A 4 x 2 x 2 box of label 1 in 20 x 16 x 12 voxels."""
    data = np.zeros((20, 16, 12), dtype=np.uint8)
    data[4:8, 5:7, 5:7] = 1
    return data


def nrrd_map(*, space: str = "left-posterior-superior") -> bytes:
    """A NRRD label map, voxels of 2 x 2 x 3 mm."""
    head = {"space": space, "space directions": DIRECTIONS, "space origin": ORIGIN,
            "encoding": "gzip"}  # fmt: skip
    return _nrrd(box_mask(), head)


def layered_nrrd() -> bytes:
    """A .seg.nrrd of 3D Slicer: segments "tumour" and "cyst" overlap in two layers."""
    first, second = box_mask(), np.zeros_like(box_mask())
    second[6:10, 5:7, 5:7] = 2
    head = {
        "space": "left-posterior-superior", "space origin": ORIGIN, "encoding": "gzip",
        "kinds": ["list", "domain", "domain", "domain"],
        "space directions": np.vstack([[np.nan] * 3, DIRECTIONS]),
    }  # fmt: skip
    segments = (("tumour", 0, 1, "SCT^4147007^Mass"), ("Zyste", 1, 2, "SCT^399294002^Cyst"))
    for n, (name, layer, value, code) in enumerate(segments):
        head |= {f"Segment{n}_Name": name, f"Segment{n}_Layer": str(layer),
                 f"Segment{n}_LabelValue": str(value),
                 f"Segment{n}_Tags": f"TerminologyEntry:any~SCT^49755003^x~{code}~^^|"}  # fmt: skip
    return _nrrd(np.stack([first, second]), head)


def metaimage() -> bytes:
    """A MetaImage label map (.mha), uncompressed; axes run left, posterior, superior."""
    head = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
        "CompressedData = False\nTransformMatrix = 1 0 0 0 1 0 0 0 1\n"
        "Offset = -20 30 5\nElementSpacing = 2 2 3\nDimSize = 20 16 12\n"
        "ElementType = MET_UCHAR\nElementDataFile = LOCAL\n"
    )
    return head.encode() + box_mask().tobytes(order="F")


def picture(kind: str) -> bytes:
    """A mask of 240 x 180 pixels, rows 50-59 and columns 30-49, as PNG, TIFF, ..."""
    from PIL import Image

    held = io.BytesIO()
    Image.fromarray(picture_mask()).save(held, kind)
    return held.getvalue()


def picture_mask() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The mask of `picture`, 0 and 255."""
    mask = np.zeros((240, 180), dtype=np.uint8)
    mask[50:60, 30:50] = 255
    return mask


def ohif() -> bytes:
    """Cornerstone3D: a bidirectional measurement, an ellipse and an arrow, LPS mm."""

    def one(tool: str, points: list[list[float]], label: str, **stats: Any) -> dict[str, Any]:
        meta = {"toolName": tool, "FrameOfReferenceUID": "2.25.72000000003"}
        data = {"handles": {"points": points}, "label": label, "cachedStats": {"a": stats}}
        return {"annotationUID": tool, "metadata": meta, "data": data}

    axes = [[-60.0, 50.0, 20.0], [-50.0, 50.0, 20.0], [-55.0, 47.0, 20.0], [-55.0, 53.0, 20.0]]
    ends = [[0.0, 0.0, 0.0], [0.0, 8.0, 0.0], [-2.0, 4.0, 0.0], [2.0, 4.0, 0.0]]
    return json.dumps([
        one("Bidirectional", axes, "mass", length=10.0, width=6.0, unit="mm"),
        one("EllipticalROI", ends, "cyst"),
        one("ArrowAnnotate", [[1.0, 2.0, 3.0], [30.0, 30.0, 3.0]], "clip"),
    ]).encode()  # fmt: skip


def labelme() -> bytes:
    """LabelMe: a polygon, a rectangle and a circle on 240 x 180 pixels."""
    shapes = [
        {"label": "mass", "points": [[30, 50], [50, 50], [50, 60], [30, 60]],
         "shape_type": "polygon"},
        {"label": "cyst", "points": [[100, 90], [120, 100]], "shape_type": "rectangle"},
        {"label": "node", "points": [[100, 190], [110, 190]], "shape_type": "circle"},
    ]  # fmt: skip
    return json.dumps({"version": "5.4.1", "shapes": shapes, "imagePath": "a.png",
                       "imageHeight": 240, "imageWidth": 180}).encode()  # fmt: skip


def coco() -> bytes:
    """COCO: a box and a polygon of two rings on one image."""
    rings = [[30, 150, 50, 150, 50, 160, 30, 160], [52, 150, 60, 150, 60, 160, 52, 160]]
    listed = [
        {"id": 1, "image_id": 7, "category_id": 2, "bbox": [30, 50, 20, 10]},
        {"id": 2, "image_id": 7, "category_id": 2, "segmentation": rings},
    ]
    image = {"id": 7, "file_name": "a.png", "height": 240, "width": 180}
    return json.dumps({"images": [image], "annotations": listed,
                       "categories": [{"id": 2, "name": "mass"}]}).encode()  # fmt: skip


CVAT = (
    b'<annotations><image id="0" name="a.png" width="180" height="240">'
    b'<box label="mass" xtl="30" ytl="50" xbr="50" ybr="60"/>'
    b'<polygon label="cyst" points="100,90;120,90;120,100"/></image></annotations>'
)


def inbreast() -> bytes:
    """INbreast: a mass, and four single calcifications of which three are one cluster."""
    corners = ["(30, 50)", "(50, 50)", "(50, 60)", "(30, 60)"]
    rois = [("Mass", corners), *(("Calcification", [f"({x}, 100)"]) for x in (20, 60, 90, 900))]
    listed = "".join(
        f"<dict><key>Name</key><string>{name}</string><key>Point_px</key><array>"
        + "".join(f"<string>{p}</string>" for p in points) + "</array></dict>"
        for name, points in rois
    )  # fmt: skip
    return (
        '<?xml version="1.0"?><plist version="1.0"><dict><key>Images</key><array><dict>'
        f"<key>ROIs</key><array>{listed}</array></dict></array></dict></plist>"
    ).encode()


VINDR = (
    b"study_id,series_id,image_id,laterality,view_position,height,width,breast_birads,"
    b"breast_density,finding_categories,finding_birads,xmin,ymin,xmax,ymax,split\n"
    b"x,y,a,L,CC,240,180,BI-RADS 4,DENSITY C,\"['Mass']\",BI-RADS 4,30,50,50,60,training\n"
    b"x,y,b,L,MLO,240,180,BI-RADS 1,DENSITY C,\"['No Finding']\",,,,,,training\n"
)
EMBED = (
    b"anon_dicom_path,ImageLateralityFinal,ViewPosition,ROI_coords,num_roi\n"
    b'/x/a.dcm,L,CC,"((50, 30, 60, 50), (90, 100, 100, 120))",2\n'
)
BCS_DBT = (
    b"PatientID,StudyUID,View,Subject,Slice,X,Y,Width,Height,Class,AD,VolumeSlices\n"
    b"DBT-P1,DBT-S1,lcc,1,2,30,50,20,10,cancer,0,4\n"
)
FIDUCIALS = (
    b"# Markups fiducial file version = 4.11\n# CoordinateSystem = RAS\n"
    b"# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID\n"
    b"1,50,90,10,0,0,0,1,1,1,0,nipple,,\n"
)

MARK_SEEDS: dict[str, Callable[[], bytes]] = {
    "labels.nrrd": nrrd_map,
    "layers.seg.nrrd": layered_nrrd,
    "labels.mha": metaimage,
    "mask.png": lambda: picture("PNG"),
    "mask.tif": lambda: picture("TIFF"),
    "ohif.json": ohif,
    "labelme.json": labelme,
    "coco.json": coco,
    "cvat.xml": lambda: CVAT,
    "inbreast.xml": inbreast,
    "vindr.csv": lambda: VINDR,
    "embed.csv": lambda: EMBED,
    "bcs_dbt.csv": lambda: BCS_DBT,
    "points.fcsv": lambda: FIDUCIALS,
}
"""File name and contents of one valid file of every format."""


def _nrrd(data: np.ndarray[Any, Any], head: dict[str, Any]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.nrrd"
        nrrd.write(str(path), data, head)
        return path.read_bytes()
