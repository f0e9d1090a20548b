"""Annotations of label maps: NIfTI and FreeSurfer volumes, NRRD, MetaImage; one per label, LPS mm.

Names of labels come from the file (segments of 3D Slicer) or from a label description of ITK-SNAP
that lies beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from corr.imaging.dicom import codes as breast_codes
from corr.imaging.dicom.header import Unusable
from corr.imaging.marks.annotation import NO_FRAME, Annotation, Array
from corr.imaging.marks.other_tools.itk_snap import names_beside
from corr.imaging.volume import DISAGREE, LEAST_SPACING_MM, MOST_SPACING_MM, read_nifti_phases
from corr.imaging.volume_files import METAIMAGE, read_volumes

MAX_VOXELS = 48_000_000
MAX_LABELS = 100
MAX_VALUE = 1_000_000
_WHOLE_NUMBERS = "threshold it (probabilities usually at 0.5): 0 outside, a number in each lesion"
_NO_CODE = "neither sform nor qform is set: positions are in no known space and the side is unknown"


@dataclass(frozen=True, eq=False)
class Segment:
    """What a file says of one label: its name, and the codes of what it is (``SCT:...``)."""

    name: str = ""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class LabelMap:
    """Voxels of one file.

    Attributes
    ----------
    shape : (i, j, k)
    layers : reads the voxels of each layer; segments that overlap lie in several
    affine_lps : (4, 4), voxel index to LPS mm
    segments : by layer and value, as far as the file describes them
    source : format
    unplaced : why its positions are in no known space; empty if they are
    doubts : what somebody should look at
    """

    shape: tuple[int, ...]
    layers: Callable[[], list[NDArray[Any]]]
    affine_lps: Array
    source: str
    segments: Mapping[tuple[int, int], Segment] = field(default_factory=dict)
    unplaced: str = ""
    doubts: tuple[str, ...] = ()


def read_label_map(path: Path) -> list[Annotation]:
    """One annotation per label of a NIfTI or MetaImage mask or label map (0 is background).

    Parameters
    ----------
    path : ``.nii``, ``.nii.gz``, ``.mgz``, ``.mha`` or ``.mhd``, 3-D, whole-numbered

    Returns
    -------
    annotations labelled with the value or its name; a file without an affine code keeps its masks
    but says that the side is unknown

    Raises
    ------
    Unusable
        If the file is no such map or claims too many voxels, or the reader of its format is not
        installed.
    """
    meta = path.name.lower().endswith(METAIMAGE)
    volumes = read_volumes(path) if meta else read_nifti_phases(path)
    volume = volumes[0]
    several = (len(volumes),) if len(volumes) > 1 else ()
    doubts = tuple(note for note in volume.notes if note.startswith(DISAGREE))
    return labelled(
        LabelMap(
            (*volume.shape, *several),
            lambda: [volume.load()],
            volume.affine_lps,
            "MetaImage label map" if meta else "NIfTI label map",
            unplaced="" if volume.sides_known else _NO_CODE,
            doubts=doubts,
        ),
        path,
    )


def labelled(found: LabelMap, path: Path) -> list[Annotation]:
    """One annotation per label of a map, named by the file or by what lies beside it.

    Raises
    ------
    Unusable
        If it has not three dimensions, too many voxels, or values that are no labels.
    """
    if len(found.shape) != 3 or math.prod(found.shape) > MAX_VOXELS:
        msg = f"the file claims the shape {found.shape}"
        raise Unusable(msg, allowed=f"three dimensions, up to {MAX_VOXELS:.2g} voxels")
    spacing = np.linalg.norm(found.affine_lps[:3, :3], axis=0)
    if spacing.min() < LEAST_SPACING_MM or spacing.max() > MOST_SPACING_MM:
        msg = f"its voxels are {' x '.join(f'{x:.3g}' for x in spacing)} mm"
        raise Unusable(msg, allowed=f"{LEAST_SPACING_MM:g} to {MOST_SPACING_MM:g} mm")
    names = names_beside(path)
    layers = [_labels(values) for values in found.layers()]
    boxes = {
        (layer, value): box
        for layer, labels in enumerate(layers)
        for value, box in enumerate(ndimage.find_objects(labels), 1)
        if box is not None
    }
    if not boxes:
        msg = "the mask is empty"
        raise Unusable(msg)
    if len(boxes) > MAX_LABELS:
        msg = f"{len(boxes)} values up to {max(v for _, v in boxes)}: an image, not a label map"
        raise Unusable(msg, allowed=f"0 and up to {MAX_LABELS} labels", fix=_WHOLE_NUMBERS)
    made = []
    for (layer, value), box in boxes.items():
        plain = Segment(names.get(value, str(value) if len(boxes) > 1 else ""))
        about = found.segments.get((layer, value), plain)
        if breast_codes.is_background(about.codes, about.name):
            continue
        start = np.array([s.start for s in box], dtype=float)
        made.append(_annotation(layers[layer][box] == value, found, start, about))
    return made


def _annotation(
    mask: NDArray[np.bool_], found: LabelMap, start: Array, about: Segment
) -> Annotation:
    moved = found.affine_lps.copy()
    moved[:3, 3] += found.affine_lps[:3, :3] @ start
    middle = moved[:3, :3] @ ndimage.center_of_mass(mask) + moved[:3, 3]
    label = " ".join(about.name.split())[:200]
    return Annotation(
        label=label, kind=breast_codes.kind(about.codes, label), space="patient",
        points=middle[None], mask=mask, affine=moved, source=found.source,
        notes=(found.unplaced,) if found.unplaced else (), doubts=found.doubts,
        frame_of_reference=NO_FRAME if found.unplaced else "",
    )  # fmt: skip


def _labels(values: NDArray[Any]) -> NDArray[np.int32]:
    low, high = float(values.min()), float(values.max())
    labels = values.astype(np.int32) if low >= 0.0 and high <= MAX_VALUE else None
    if labels is None or not np.array_equal(labels, values):
        part = "a probability map" if low >= 0.0 and high <= 1.0 else "an image"
        msg = f"values from {low:g} to {high:g} are no labels: {part}, not a label map"
        raise Unusable(msg, allowed=f"whole numbers from 0 to {MAX_VALUE}", fix=_WHOLE_NUMBERS)
    return labels
