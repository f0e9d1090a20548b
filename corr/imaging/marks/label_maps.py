"""Annotations of NIfTI masks and label maps: one per label value, LPS mm."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from corr.imaging.dicom.header import Unusable
from corr.imaging.marks.annotation import NO_FRAME, Annotation, Array
from corr.imaging.volume import DISAGREE, Voxels, read_nifti_phases

MAX_VOXELS = 48_000_000
MAX_LABELS = 100
MAX_VALUE = 1_000_000
_SOURCE = "NIfTI label map"
_NO_CODE = "neither sform nor qform is set: positions are in no known space and the side is unknown"


def read_label_map(path: Path) -> list[Annotation]:
    """One annotation per label of a NIfTI mask or label map (0 is background).

    Parameters
    ----------
    path : ``.nii`` or ``.nii.gz``, 3-D, whole-numbered

    Returns
    -------
    annotations labelled with the value; a file without an affine code keeps its masks but says
    that the side is unknown

    Raises
    ------
    Unusable
        If the file is no such map or claims too many voxels.
    """
    volumes = read_nifti_phases(path)
    volume = volumes[0]
    if len(volumes) > 1 or math.prod(volume.shape) > MAX_VOXELS:
        several = (len(volumes),) if len(volumes) > 1 else ()
        msg = f"the file claims the shape {(*volume.shape, *several)}"
        raise Unusable(msg, allowed=f"three dimensions, up to {MAX_VOXELS:.2g} voxels")
    labels = _labels(volume.load())
    notes = () if volume.sides_known else (_NO_CODE,)
    doubts = tuple(note for note in volume.notes if note.startswith(DISAGREE))
    boxes = {v: box for v, box in enumerate(ndimage.find_objects(labels), 1) if box is not None}
    if not boxes:
        msg = "the mask is empty"
        raise Unusable(msg)
    if len(boxes) > MAX_LABELS:
        msg = f"{len(boxes)} values up to {max(boxes)}: an image, not a label map"
        raise Unusable(msg, allowed=f"0 and up to {MAX_LABELS} labels")
    found = []
    for value, box in boxes.items():
        start = np.array([s.start for s in box], dtype=float)
        name = str(value) if len(boxes) > 1 else ""
        found.append(_annotation(labels[box] == value, volume.affine_lps, start, name, notes))
    return found


def _annotation(
    mask: NDArray[np.bool_], affine: Array, start: Array, name: str, notes: tuple[str, ...]
) -> Annotation:
    moved = affine.copy()
    moved[:3, 3] += affine[:3, :3] @ start
    middle = moved[:3, :3] @ ndimage.center_of_mass(mask) + moved[:3, 3]
    return Annotation(
        label=name, kind=None, space="patient", points=middle[None], mask=mask, affine=moved,
        source=_SOURCE, notes=notes, frame_of_reference=NO_FRAME if notes else "",
    )  # fmt: skip


def _labels(values: Voxels) -> NDArray[np.int32]:
    low, high = float(values.min()), float(values.max())
    labels = values.astype(np.int32) if low >= 0.0 and high <= MAX_VALUE else None
    if labels is None or not np.array_equal(labels, values):
        msg = f"values from {low:g} to {high:g} are no labels: an image, not a label map"
        raise Unusable(msg, allowed=f"whole numbers from 0 to {MAX_VALUE}")
    return labels
