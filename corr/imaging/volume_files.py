"""Volumes in files of their own: NIfTI, NRRD (3D Slicer) and MetaImage (ITK).

All become volumes in DICOM patient coordinates (LPS, mm). A file that does not say in which space
its axes run, or where its first voxel lies, gives volumes whose sides are unknown.
"""

from __future__ import annotations

import importlib
import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from corr.imaging.dicom.header import Unusable, check_file
from corr.imaging.volume import (
    IN_FILE,
    LEAST_SPACING_MM,
    MAX_VOLUMES,
    MAX_VOXELS,
    MOST_DEFLATED,
    MOST_SPACING_MM,
    Array,
    Volume,
    Voxels,
    read_nifti_phases,
)

_NIFTI, _NRRD, METAIMAGE = (".nii", ".nii.gz"), (".nrrd", ".nhdr"), (".mha", ".mhd")
VOLUME_FILES = (*_NIFTI, *_NRRD, *METAIMAGE)
SEGMENTATIONS = (".seg.nrrd", ".seg.nhdr")
VOXELS_BESIDE = (".raw", ".zraw", ".raw.gz")
"""Files that hold the voxels of a header in another file."""
_SAVE = "save it as .nii.gz"
_SPACES = {
    "left-posterior-superior": (1, 1, 1), "lps": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1), "ras": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1), "las": (1, -1, 1),
}  # fmt: skip
_MM = {"": 1.0, "mm": 1.0, "millimeter": 1.0, "millimeters": 1.0, "cm": 10.0, "m": 1e3, "um": 1e-3}
_PHASES = ("list", "time", "domain", "none", "???", "")
"""Kinds of an axis that may count phases; others count colours or parts of a vector."""
_META_BYTES = {
    "MET_CHAR": 1, "MET_UCHAR": 1, "MET_SHORT": 2, "MET_USHORT": 2, "MET_INT": 4, "MET_UINT": 4,
    "MET_LONG": 4, "MET_ULONG": 4, "MET_LONG_LONG": 8, "MET_ULONG_LONG": 8, "MET_FLOAT": 4,
    "MET_DOUBLE": 8,
}  # fmt: skip
_LONGEST_HEADER = 65_536
_UNKNOWN = "the file does not say where the patient's left is"


@dataclass(frozen=True)
class _Head:
    """What a file says before its voxels: their shape and place, and which axis counts phases."""

    shape: tuple[int, ...]
    affine_lps: Array
    phase_axis: int | None
    known: bool
    item_bytes: int
    voxels: Path  # the file that holds them


def read_volumes(path: Path, *, segments: bool = False) -> list[Volume]:
    """Every volume of a file of `VOLUME_FILES`, in the file's order; layers of ``segments`` too.

    Raises
    ------
    Unusable
        If it cannot be read, is no volume of three or four dimensions, claims what it cannot hold,
        or its format needs a package that is not installed.
    """
    name = path.name.lower()
    if name.endswith(SEGMENTATIONS) and not segments:
        msg = "a segmentation is no image"
        raise Unusable(msg, allowed="volumes of the phases", fix="list it in annotations")
    if name.endswith(_NIFTI):
        return read_nifti_phases(path)
    if name.endswith(_NRRD):
        return _volumes(path, _nrrd_head, _nrrd_voxels)
    return _volumes(path, _meta_head, _meta_voxels)


def _volumes(
    path: Path, head_of: Callable[[Path], _Head], voxels: Callable[[Path], Any]
) -> list[Volume]:
    check_file(path)
    with _refusing(path):
        head = head_of(path)
    shape = [n for k, n in enumerate(head.shape) if k != head.phase_axis]
    phases = 1 if head.phase_axis is None else head.shape[head.phase_axis]
    _check_claims(head, shape, phases)
    note = () if head.known else (_UNKNOWN,)
    return [
        Volume(
            name=path.name if phases == 1 else f"{path.name}, volume {n + 1}",
            shape=(shape[0], shape[1], shape[2]),
            affine_lps=head.affine_lps,
            load=partial(_phase, path, voxels, head.phase_axis, n),
            source=path.name,
            sides_known=head.known,
            order=((IN_FILE, float(n)),) if phases > 1 else (),
            notes=note,
        )
        for n in range(phases)
    ]


def _check_claims(head: _Head, shape: list[int], phases: int) -> None:
    """Refuse what is no volume, too large, or more than the file can hold."""
    if len(shape) != 3 or min(head.shape) < 1 or math.prod(shape) > MAX_VOXELS:
        msg = f"the file has the shape {head.shape}"
        raise Unusable(msg, allowed=f"3-D or 4-D with up to {MAX_VOXELS:,} voxels a volume")
    if phases > MAX_VOLUMES:
        msg = f"the file claims {phases} volumes"
        raise Unusable(msg, allowed=f"up to {MAX_VOLUMES}", fix="give the dynamic series alone")
    check_file(head.voxels)
    if math.prod(head.shape) * head.item_bytes > head.voxels.stat().st_size * MOST_DEFLATED:
        msg = "the file claims more voxels than it can hold"
        raise Unusable(msg, fix="copy the file again")
    edges = head.affine_lps[:3, :3]
    if not np.isfinite(head.affine_lps).all() or abs(np.linalg.det(edges)) < 1e-9:
        msg = "its axes and origin map voxels nowhere"
        raise Unusable(msg, fix=_SAVE)
    spacing = np.linalg.norm(edges, axis=0)
    if spacing.min() < LEAST_SPACING_MM or spacing.max() > MOST_SPACING_MM:
        msg = f"the voxels are {' x '.join(f'{x:.3g}' for x in spacing)} mm"
        raise Unusable(msg, allowed=f"{LEAST_SPACING_MM:g} to {MOST_SPACING_MM:g} mm")


def _phase(path: Path, voxels: Callable[[Path], Any], axis: int | None, n: int) -> Voxels:
    with _refusing(path):
        found = voxels(path)
        one = found if axis is None else np.take(found, n, axis=axis)
        return np.nan_to_num(np.asarray(one, np.float32), posinf=0.0, neginf=0.0)


def _nrrd_head(path: Path) -> _Head:
    import nrrd  # imported here: few folders hold one

    head = nrrd.read_header(str(path))
    shape = tuple(int(n) for n in head["sizes"])
    steps = _steps(head, len(shape))
    spatial = [n for n, step in enumerate(steps) if np.isfinite(step).all()]
    other = [n for n in range(len(shape)) if n not in spatial]
    kinds = [str(k).lower() for k in head.get("kinds", [""] * len(shape))]
    if len(spatial) != 3 or len(other) > 1 or any(kinds[n] not in _PHASES for n in other):
        msg = f"{len(spatial)} axes in space of {len(shape)} ({', '.join(kinds)})"
        raise Unusable(msg, allowed="three axes in space, and one that counts phases", fix=_SAVE)
    flip = _SPACES.get(str(head.get("space", "")).strip().lower())
    units = [str(u).strip().lower().strip('"') for u in head.get("space units", [])]
    scale = np.array([_MM.get(u, np.nan) for u in units] if len(units) == 3 else [1.0] * 3)
    affine = np.eye(4)
    affine[:3, :3] = np.stack([steps[n] for n in spatial], axis=-1)
    affine[:3, 3] = np.asarray(head.get("space origin", [0.0] * 3), dtype=float)
    affine[:3] *= (scale * np.array(flip or (1, 1, 1)))[:, None]
    beside = head.get("data file", head.get("datafile"))
    if beside is not None and (not isinstance(beside, str) or beside.startswith("LIST")):
        msg = "its voxels lie in several files"
        raise Unusable(msg, allowed="one file of voxels", fix=_SAVE)
    return _Head(
        shape, affine, other[0] if other else None,
        flip is not None and "space origin" in head,
        np.dtype(nrrd.reader._determine_datatype(head)).itemsize,
        path if beside is None else path.parent / beside,
    )  # fmt: skip


def _steps(head: Mapping[str, Any], n: int) -> list[Array]:
    """The step of each axis in space; not numbers for an axis that is not in space."""
    rows = head.get("space directions")
    if rows is None:
        spacings = np.asarray(head.get("spacings", [1.0] * n), dtype=float)
        return [s * np.eye(3)[k] if k < 3 else np.full(3, np.nan) for k, s in enumerate(spacings)]
    return [np.full(3, np.nan) if r is None else np.asarray(r, dtype=float) for r in rows]


def _nrrd_voxels(path: Path) -> Any:
    import nrrd

    return nrrd.read(str(path))[0]


def check_metaimage(path: Path) -> tuple[tuple[int, ...], Path]:
    """Shape of a MetaImage and the file of its voxels, from a header read with care.

    MetaIO may end the process on a broken header, so nothing else is handed to it.

    Raises
    ------
    Unusable
        If the header is not plain, not of an image of three or four dimensions, or the voxels are
        not all there.
    """
    with path.open("rb") as file:
        start = file.read(_LONGEST_HEADER)
    words: dict[str, str] = {}
    at = 0
    for line in start.splitlines(keepends=True):
        at += len(line)
        text = line.decode("latin-1").strip()
        key, equals, value = (part.strip() for part in text.partition("="))
        if not (equals and key.isidentifier() and text.isascii() and text.isprintable()):
            break
        words[key] = value
        if key == "ElementDataFile":
            break
    n = int(words.get("NDims", "0")) if words.get("NDims", "").isdecimal() else 0
    shape = tuple(int(x) for x in words.get("DimSize", "").split() if x.isdecimal())
    counts = {"DimSize": n, "ElementSpacing": n, "ElementSize": n, "Offset": n, "Position": n,
              "Origin": n, "TransformMatrix": n * n, "Rotation": n * n, "Orientation": n * n,
              "CenterOfRotation": n}  # fmt: skip
    wrong = [k for k, count in counts.items() if k in words and not _numbers(words[k], count)]
    if n not in (3, 4) or len(shape) != n or wrong or words.get("ElementType") not in _META_BYTES:
        msg = f"the MetaImage header is broken{': ' if wrong else ''}{', '.join(wrong)}"
        raise Unusable(msg, allowed="an image of three or four dimensions", fix=_SAVE)
    name = words.get("ElementDataFile", "")
    if not name or name.upper().startswith("LIST") or "%" in name:
        msg = "its voxels are not in one file"
        raise Unusable(msg, allowed="LOCAL, or the name of one file", fix=_SAVE)
    local = name.upper() == "LOCAL"
    voxels = path if local else path.parent / name
    check_file(voxels)
    held = voxels.stat().st_size - (at if local else 0)
    squeezed = words.get("CompressedData", "False").lower() == "true"
    needed = math.prod(shape) * _META_BYTES[words["ElementType"]]
    if needed > held * (MOST_DEFLATED if squeezed else 1):
        msg = f"the voxels are cut off: {needed} bytes needed"
        raise Unusable(msg, fix="copy the file again")
    return shape, voxels


def _numbers(text: str, count: int) -> bool:
    """Whether a text is so many finite numbers."""
    try:
        found = [float(x) for x in text.split()]
    except ValueError:
        return False
    return len(found) == count and all(map(math.isfinite, found))


def _meta_head(path: Path) -> _Head:
    _, voxels = check_metaimage(path)
    reader = _meta_reader(path)
    reader.ReadImageInformation()
    shape = tuple(int(n) for n in reader.GetSize())
    if reader.GetNumberOfComponents() != 1:
        msg = f"{reader.GetNumberOfComponents()} values a voxel"
        raise Unusable(msg, allowed="one value a voxel", fix=_SAVE)
    n = len(shape)
    edges = np.reshape(reader.GetDirection(), (n, n)) * np.array(reader.GetSpacing())
    affine = np.eye(4)
    affine[:3, :3] = edges[:3, :3]
    affine[:3, 3] = reader.GetOrigin()[:3]
    return _Head(shape, affine, 3 if n == 4 else None, known=True, item_bytes=1, voxels=voxels)


def _meta_voxels(path: Path) -> Any:
    simpleitk: Any = importlib.import_module("SimpleITK")
    return simpleitk.GetArrayFromImage(_meta_reader(path).Execute()).T


def _meta_reader(path: Path) -> Any:
    try:
        simpleitk: Any = importlib.import_module("SimpleITK")
    except ImportError:
        msg = "MetaImage files (.mha, .mhd) need SimpleITK, which is not installed"
        fix = f"pip install breast-corr[metaimage], or {_SAVE}"
        raise Unusable(msg, allowed="an installed reader", fix=fix) from None
    reader = simpleitk.ImageFileReader()
    reader.SetImageIO("MetaImageIO")
    reader.SetFileName(str(path))
    return reader


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Whatever a library throws at a broken file is `Unusable`."""
    what = "NRRD" if path.name.lower().endswith(_NRRD) else "MetaImage"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Unusable:
        raise
    except Exception as error:
        msg = f"the file cannot be read as {what}: {type(error).__name__}"
        raise Unusable(
            msg, allowed=f"a whole {what} file", fix=f"{_SAVE}, or export it again"
        ) from error
