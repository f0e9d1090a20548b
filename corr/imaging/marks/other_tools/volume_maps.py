"""Label maps of 3D Slicer: NRRD, also with segments in layers that overlap."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corr.imaging.dicom import codes as breast_codes
from corr.imaging.dicom.header import Unusable
from corr.imaging.marks.annotation import Annotation
from corr.imaging.marks.label_maps import MAX_LABELS, MAX_VOXELS, LabelMap, Segment, labelled
from corr.imaging.volume_files import read_volumes

_NO_SPACE = "the file states no space: positions are in no known space and the side is unknown"
_MOST_VOXELS = 20 * MAX_VOXELS
"""Of all layers together."""
_CODE = re.compile(r"~(SCT|SRT|DCM)\^([\w-]+)\^")


def read_nrrd(path: Path) -> list[Annotation]:
    """Annotations of a NRRD label map, one per label or segment, LPS mm.

    Parameters
    ----------
    path : ``.nrrd`` or ``.seg.nrrd``

    Raises
    ------
    Unusable
        If it is no such map, or claims too many voxels or layers.
    """
    import nrrd  # imported here: few cases have one

    layers = read_volumes(path, segments=True)
    most = min(MAX_LABELS, _MOST_VOXELS // math.prod(layers[0].shape))
    if len(layers) > most:
        msg = f"the file claims {len(layers)} layers"
        raise Unusable(msg, allowed=f"up to {most} layers of that size")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        segments = _segments(nrrd.read_header(str(path)))
    first = layers[0]
    return labelled(
        LabelMap(first.shape, lambda: [v.load() for v in layers], first.affine_lps,
                 "NRRD label map", segments, unplaced="" if first.sides_known else _NO_SPACE),
        path,
    )  # fmt: skip


def _segments(head: Mapping[str, Any]) -> dict[tuple[int, int], Segment]:
    """Segments of 3D Slicer by layer and value."""
    found = {}
    for key in [k for k in head if re.fullmatch(r"Segment\d{1,4}_Name", str(k))]:
        own = str(key).removesuffix("_Name")
        layer, value = (
            str(head.get(f"{own}_{k}", d)) for k, d in (("Layer", 0), ("LabelValue", 1))
        )
        if layer.isdecimal() and value.isdecimal():
            tags = _CODE.findall(str(head.get(f"{own}_Tags", ""))[:10_000])
            keys = tuple(breast_codes.scheme_key(scheme, code) for scheme, code in tags)
            found[int(layer[:6]), int(value[:9])] = Segment(str(head[key]), keys)
    return found
