"""Label maps of 3D Slicer (NRRD, also with segments in layers) and of ITK (MetaImage)."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr.imaging.dicom import codes as breast_codes
from corr.imaging.dicom.header import Unusable
from corr.imaging.marks.annotation import Annotation, Array
from corr.imaging.marks.label_maps import MAX_VOXELS, LabelMap, Segment, labelled
from corr.imaging.volume import MOST_DEFLATED

_SPACES = {
    "left-posterior-superior": (1, 1, 1), "lps": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1), "ras": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1), "las": (1, -1, 1),
}  # fmt: skip
_NO_SPACE = "the file states no space: positions are in no known space and the side is unknown"
_MOST_LAYERS = 20
_CODE = re.compile(r"~(SCT|SRT|DCM)\^([\w-]+)\^")
_NIFTI = "save it as .nii.gz"


def read_nrrd(path: Path) -> list[Annotation]:
    """Annotations of a NRRD label map, one per label or segment, LPS mm.

    Parameters
    ----------
    path : ``.nrrd`` or ``.seg.nrrd`` with its voxels in the same file

    Raises
    ------
    Unusable
        If it is no such map; its voxels lie elsewhere; it claims too many.
    """
    import nrrd  # imported here: few cases have one

    with _refusing("NRRD"):
        head = nrrd.read_header(str(path))
        affine, layer_axis, known = _nrrd_affine(head)
        shape = [int(n) for n in head["sizes"]]
        depth = 1 if layer_axis is None else shape.pop(layer_axis)
    if {"data file", "datafile"} & {*head}:
        msg = "the voxels of this NRRD lie in another file"
        raise Unusable(msg, fix=f"{_NIFTI}, or as one .nrrd file")
    _check_claims(path, shape, depth, 1)

    def layers() -> list[NDArray[Any]]:
        with _refusing("NRRD"):
            values = nrrd.read(str(path))[0]
            if layer_axis is None:
                return [values]
            return list(np.moveaxis(values, layer_axis, 0))

    segments = _segments(head)
    return labelled(
        LabelMap(tuple(shape), layers, affine, "NRRD label map", segments,
                 unplaced="" if known else _NO_SPACE),
        path,
    )  # fmt: skip


def read_metaimage(path: Path) -> list[Annotation]:
    """Annotations of a MetaImage label map (``.mha``; ``.mhd`` with its voxels beside), LPS mm.

    Raises
    ------
    Unusable
        If it is no such map, claims too many voxels, or SimpleITK is not installed.
    """
    try:
        import SimpleITK as sitk
    except ImportError:
        msg = "MetaImage files need SimpleITK, which is not installed"
        fix = f"pip install breast-corr[metaimage], or {_NIFTI}"
        raise Unusable(msg, allowed="an installed reader", fix=fix) from None
    with _refusing("MetaImage"):
        reader = sitk.ImageFileReader()
        reader.SetImageIO("MetaImageIO")
        reader.SetFileName(str(path))
        reader.ReadImageInformation()
        shape = [int(n) for n in reader.GetSize()]
        parts = reader.GetNumberOfComponents()
    size = 0 if path.suffix.lower() == ".mhd" else 1  # voxels of .mhd are in another file
    _check_claims(path, shape, parts, size)
    affine = np.eye(4)
    turned = np.reshape(reader.GetDirection(), (len(shape), len(shape)))
    affine[: len(shape), : len(shape)] = turned * np.array(reader.GetSpacing())
    affine[: len(shape), 3] = reader.GetOrigin()
    if len(shape) != 3 or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
        msg = f"the file holds {len(shape)} dimensions, or axes that span no space"
        raise Unusable(msg, allowed="three dimensions")

    def layers() -> list[NDArray[Any]]:
        with _refusing("MetaImage"):
            values = sitk.GetArrayFromImage(reader.Execute())
        return [values.T]

    return labelled(LabelMap(tuple(shape), layers, affine, "MetaImage label map"), path)


def _nrrd_affine(head: Mapping[str, Any]) -> tuple[Array, int | None, bool]:
    """Index to LPS mm, the axis of the layers, and whether the space is known."""
    sizes = [int(n) for n in head["sizes"]]
    rows = head.get("space directions")
    if rows is None:
        step = np.asarray(head.get("spacings", [1.0] * len(sizes)), dtype=float)
        rows = [s * np.eye(3)[n] for n, s in enumerate(step[:3])] if len(sizes) == 3 else None
    if rows is None:
        msg = f"{len(sizes)} axes without directions"
        raise Unusable(msg, allowed="three axes with directions", fix=_NIFTI)
    steps = [np.full(3, np.nan) if r is None else np.asarray(r, dtype=float) for r in rows]
    spatial = [n for n, step in enumerate(steps) if np.isfinite(step).all()]
    other = [n for n in range(len(sizes)) if n not in spatial]
    if len(steps) != len(sizes) or len(spatial) != 3 or len(other) > 1:
        msg = f"{len(spatial)} axes in space of {len(sizes)}"
        raise Unusable(msg, allowed="three axes in space, and one of layers", fix=_NIFTI)
    units = {str(u).strip().strip('"').lower() for u in head.get("space units", ())}
    if not units <= {"mm", "millimeter", "millimeters", ""}:
        msg = f"its axes are in {', '.join(sorted(units))[:40]}"
        raise Unusable(msg, allowed="mm", fix=_NIFTI)
    flip = _SPACES.get(str(head.get("space", "")).strip().lower())
    origin = np.asarray(head.get("space origin", [0.0] * 3), dtype=float)
    affine = np.eye(4)
    affine[:3, :3] = np.stack([steps[n] for n in spatial], axis=-1)
    affine[:3, 3] = origin
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
        msg = "its axes and origin map voxels nowhere"
        raise Unusable(msg, fix=_NIFTI)
    affine[:3] *= np.array(flip or (1, 1, 1))[:, None]
    return affine, (other[0] if other else None), flip is not None and "space origin" in head


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


def _check_claims(path: Path, shape: list[int], layers: int, size: int) -> None:
    """Refuse voxels that are too many, or that the file cannot hold, before they are read."""
    voxels = math.prod(shape)
    if min(shape, default=0) < 1 or voxels > MAX_VOXELS or not 1 <= layers <= _MOST_LAYERS:
        msg = f"the file claims the shape {tuple(shape)} with {layers} layers"
        raise Unusable(msg, allowed=f"up to {MAX_VOXELS:.2g} voxels in {_MOST_LAYERS} layers")
    if voxels * layers * size > path.stat().st_size * MOST_DEFLATED:
        msg = f"the file claims {voxels * layers} voxels and cannot hold them"
        raise Unusable(msg, fix="copy the file again")


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    """Whatever a library throws at a broken file is `Unusable`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Unusable:
        raise
    except Exception as error:
        msg = f"the file cannot be read as {what}: {type(error).__name__}"
        raise Unusable(
            msg, allowed=f"a whole {what} file", fix=f"{_NIFTI} or export it again"
        ) from error
