"""Annotations of NIfTI masks and label maps: one per label value, LPS mm."""

from __future__ import annotations

import math
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray
from scipy import ndimage

from corr.imaging.dicom.header import Unusable, refusing
from corr.imaging.marks.annotation import FARTHEST_MM, NO_FRAME, Annotation, Array
from corr.imaging.volume import check_held

MAX_VOXELS = 48_000_000
MAX_LABELS = 100
MAX_VALUE = 1_000_000
_SOURCE = "NIfTI label map"
_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
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
    with refusing("the file cannot be read as NIfTI"):
        image = _loaded(path)
        affine, notes = _affine(image)
        labels = _labels(image, path)
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
        found.append(_annotation(labels[box] == value, affine, start, name, notes))
    return found


def _loaded(path: Path) -> nib.Nifti1Image:
    try:
        image = nib.load(path)
    except (ImageFileError, HeaderDataError) as error:
        msg = f"the file cannot be read as NIfTI: {type(error).__name__}"
        raise Unusable(msg, allowed=".nii, .nii.gz") from error
    if not isinstance(image, (nib.Nifti1Image, nib.Nifti2Image)):
        msg = f"{type(image).__name__} is not NIfTI"
        raise Unusable(msg, allowed=".nii, .nii.gz")
    return image


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


def _affine(image: nib.Nifti1Image) -> tuple[Array, tuple[str, ...]]:
    affine = _RAS_TO_LPS @ np.asarray(image.affine, dtype=float)
    good = affine.shape == (4, 4) and np.isfinite(affine).all()
    if not good or np.abs(affine).max() > FARTHEST_MM or abs(np.linalg.det(affine)) < 1e-9:
        msg = "the affine is not finite, absurdly large or cannot be inverted"
        raise Unusable(msg)
    coded = int(image.header["sform_code"]) > 0 or int(image.header["qform_code"]) > 0
    return affine, () if coded else (_NO_CODE,)


def _labels(image: nib.Nifti1Image, path: Path) -> NDArray[np.int32]:
    shape = image.shape[:3] if image.shape[3:] in ((), (1,)) else image.shape
    if len(shape) != 3 or not 0 < math.prod(shape) <= MAX_VOXELS:
        msg = f"the file claims the shape {image.shape}"
        raise Unusable(msg, allowed=f"three dimensions, up to {MAX_VOXELS:.2g} voxels")
    if image.get_data_dtype().kind not in "iuf":
        msg = f"voxels of type {image.get_data_dtype()}"
        raise Unusable(msg, allowed="whole numbers")
    check_held(image, path)
    values = np.asarray(image.dataobj, dtype=np.float32).reshape(shape)
    low, high = float(values.min()), float(values.max())
    labels = values.astype(np.int32) if low >= 0.0 and high <= MAX_VALUE else None
    if labels is None or not np.array_equal(labels, values):
        msg = f"values from {low:g} to {high:g} are no labels: an image, not a label map"
        raise Unusable(msg, allowed=f"whole numbers from 0 to {MAX_VALUE}")
    return labels
