"""Regions as a segmentation of 3D Slicer (``.seg.nrrd``): one segment each, with name and colour.

The file holds the box around all regions, on the voxels of the grid they were made on. Regions
that overlap lie in layers of their own, as Slicer stores them. The same regions give the same
bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from corr.export.grid import Patch, VoxelGrid
from corr.imaging.marks.annotation import Annotation
from corr.imaging.marks.other_tools.volume_maps import read_nrrd

Mask = NDArray[np.bool_]
Colour = tuple[float, float, float]
LEVEL = 6
LONGEST_NAME = 120
OFF = 1e-3
"""Share of a voxel that rounding in a header may move one."""
_TERMINOLOGY = (
    "Segmentation category and type - DICOM master list"
    "~SCT^309825002^Spatial and Relational Concept~DCM^111099^Selected region~^^"
    "~Anatomic codes - DICOM master list~SCT^76752008^Breast~{side}"
)
_SIDES = {"R": "SCT^24028007^Right", "L": "SCT^7771000^Left"}


@dataclass(frozen=True, eq=False)
class Segment:
    """One region.

    Attributes
    ----------
    ident : unique in the file
    name : shown to users (`ascii_name`)
    side : ``L`` or ``R``
    mask : on the grid
    colour : red, green, blue from 0 to 1
    """

    ident: str
    name: str
    side: str
    mask: Patch[np.bool_]
    colour: Colour


def ascii_name(words: str) -> str:
    """Words as a name that every reader of NRRD headers takes: ASCII, one line, not too long.

    >>> ascii_name("R Rundherd\N{LATIN SMALL LETTER U WITH DIAERESIS}")
    'R Rundherd&#252;'
    """
    plain = " ".join(words.encode("ascii", "xmlcharrefreplace").decode().split())
    checked = crc32(words.encode("utf-8", "replace"))
    return plain if len(plain) <= LONGEST_NAME else f"{plain[:LONGEST_NAME]}-{checked:08x}"


def segment_bytes(segments: Sequence[Segment], grid: VoxelGrid) -> bytes:
    """A ``.seg.nrrd`` file; segments without a voxel on the grid are listed and empty."""
    import nrrd

    trimmed = [s.mask.trimmed() for s in segments]
    some = [m for m in trimmed if m.values.size]
    low, high = (0, 0, 0), (1, 1, 1)
    if some:
        low = _three(np.min([m.low for m in some], axis=0))
        high = _three(np.max([m.high for m in some], axis=0))
    layers: list[NDArray[np.uint8]] = []
    nothing = np.zeros(np.subtract(high, low), bool)
    given: list[int] = []  # values of each layer, also of segments that are empty here
    header: dict[str, Any] = {}
    for n, s in enumerate(segments):
        mask = trimmed[n].within(low, high) if trimmed[n].values.size else nothing
        layer = next((k for k, taken in enumerate(layers) if not taken[mask].any()), len(layers))
        if layer == len(layers):
            layers.append(np.zeros(mask.shape, np.uint8))
            given.append(0)
        given[layer] = value = given[layer] + 1
        layers[layer][mask] = value
        header |= _fields(n, s, layer, value, mask)
    several = len(layers) > 1
    steps = grid.affine_lps[:3, :3].T
    whole = {
        "space": "left-posterior-superior",
        "space directions": np.vstack([np.full(3, np.nan), steps]) if several else steps,
        "space origin": grid.to_lps(low),
        "kinds": ["list"] * several + ["domain"] * 3,
        "encoding": "gzip",
        "Segmentation_ContainedRepresentationNames": "Binary labelmap|",
        "Segmentation_MasterRepresentation": "Binary labelmap",
        "Segmentation_SourceRepresentation": "Binary labelmap",  # the same since Slicer 5.3
        "Segmentation_ReferenceImageExtentOffset": " ".join(str(x) for x in low),
    }
    data = np.stack(layers) if several else layers[0]
    file = io.BytesIO()
    nrrd.write(file, data, whole | header, compression_level=LEVEL)
    return _undated(file.getvalue())


def read_segments(path: Path) -> dict[str, Annotation]:
    """Masks in LPS by `ascii_name`, as the suite's own reader of label maps finds them.

    Segments that are empty are missing.

    Raises
    ------
    Unusable
        If the file is no label map, or all of it is empty.
    """
    return {mark.label: mark for mark in read_nrrd(path)}


def on_voxels(mark: Annotation, grid: VoxelGrid) -> Patch[np.bool_]:
    """The mask of an annotation on the voxels of the grid it was made on.

    Raises
    ------
    ValueError
        If it is no mask, or lies between the voxels of this grid.
    """
    if mark.mask is None or mark.affine is None:
        msg = "the annotation is no mask"
        raise ValueError(msg)
    start = grid.to_index(mark.affine[:3, 3])
    steps = np.linalg.solve(grid.affine_lps[:3, :3], mark.affine[:3, :3])
    if np.abs(start - np.rint(start)).max() > OFF or np.abs(steps - np.eye(3)).max() > OFF:
        msg = "the mask lies between the voxels of the grid"
        raise ValueError(msg)
    return Patch(_three(np.rint(start).astype(int)), mark.mask)


def _fields(n: int, s: Segment, layer: int, value: int, mask: Mask) -> dict[str, str]:
    held = [np.flatnonzero(mask.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1))]
    ends = [(h[0], h[-1]) if len(h) else (0, -1) for h in held]
    said = {
        "ID": s.ident,
        "Name": ascii_name(s.name),
        "NameAutoGenerated": "0",
        "Color": " ".join(f"{c:.6g}" for c in s.colour),
        "ColorAutoGenerated": "0",
        "Extent": " ".join(str(x) for pair in ends for x in pair),
        "LabelValue": str(value),
        "Layer": str(layer),
        "Tags": f"TerminologyEntry:{_TERMINOLOGY.format(side=_SIDES[s.side])}|",
    }
    return {f"Segment{n}_{key}": text for key, text in said.items()}


def _three(values: NDArray[np.int_]) -> tuple[int, int, int]:
    a, b, c = (int(x) for x in values)
    return a, b, c


def _undated(file: bytes) -> bytes:
    """Without the comments of the library, which name the time of writing."""
    head, end, voxels = file.partition(b"\n\n")
    kept = [line for line in head.split(b"\n") if not line.startswith(b"#")]
    return b"\n".join(kept) + end + voxels
