"""Volumes: voxels with their place in the patient, from NIfTI or (`mri.series`) DICOM.

All places are DICOM patient coordinates, LPS, in millimetres: x to the patient's left, y to the
back, z to the head, whatever the pose. Voxel indices are (i, j, k); integer indices are voxel
centres. Voxels are read when they are asked for, so a folder of many series stays small.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import nibabel as nib
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import affine_transform

from corr.imaging.dicom.header import Unusable

Array = NDArray[np.float64]
Voxels = NDArray[np.float32]
Pose = Literal["prone", "supine"]
Role = Literal["image", "subtraction", "derived"]

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
IN_FILE = "place in the file"
IN_NAME = "number in the file name"
"""The weakest reasons for an order of phases."""
STATED = "what the case states"
"""The strongest."""
MAX_VOXELS = 120_000_000
"""Most voxels of one volume: 480 MB as float32."""
MOST_DEFLATED = 1100
"""More than deflate can shrink anything."""
MAX_VOLUMES = 500
"""Most volumes of one file or study; dynamic series have up to some fifty phases."""
LEAST_SPACING_MM, MOST_SPACING_MM = 0.05, 50.0
DISAGREE = "sform and qform disagree"
"""How the note begins on a file whose two affines put its voxels into different places."""
MAX_TILT_DEG = 0.5
"""Volumes closer than this to the body axes are not resampled: 1 mm at 115 mm."""


@dataclass(frozen=True, eq=False)
class Volume:
    """One volume of one phase.

    Attributes
    ----------
    name
        What it is called in notes and pictures; holds no patient identifier.
    affine_lps
        4 x 4, voxel index (i, j, k, 1) to LPS mm.
    pose
        How the file says the patient lay.
    side
        The one breast it shows if the file says so ("L", "R"), else None.
    sides_known
        False if the file does not say where the patient's left is.
    role
        "image" may be a phase of a dynamic series; "subtraction" and "derived" never are.
    order
        What the file says about the order of phases: tag and value.
    protocol
        Numbers that phases of one dynamic series share (TR, TE, flip angle); empty = unknown.
    sorts
        What it says it shows (`corr.imaging.mri.kinds`): water, magnitude, T1, ...
    filled
        Slices that were missing and are filled in between their neighbours.
    between_mm
        L of what lies between two slabs and is filled in; None if it is one slab.
    frame_of_reference
        UID of its patient coordinates, to compare with that of marks; empty = unknown.
    files
        DICOM files that its slices are in; never shown.
    """

    name: str
    shape: tuple[int, int, int]
    affine_lps: Array
    load: Callable[[], Voxels] = field(repr=False)
    source: str = ""
    pose: Pose | None = None
    side: str | None = None
    sides_known: bool = True
    role: Role = "image"
    order: tuple[tuple[str, float], ...] = ()
    protocol: tuple[float, ...] = ()
    original: bool = True
    sorts: dict[str, str] = field(default_factory=dict)
    filled: int = 0
    between_mm: tuple[float, float] | None = None
    frame_of_reference: str = ""
    files: tuple[Path, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()

    @cached_property
    def data(self) -> Voxels:
        """The voxels (i, j, k), kept once read; `load` reads them without keeping."""
        return self.load()

    def voxels(self) -> Voxels:
        """The voxels, from memory if they are there, else read and not kept."""
        kept = self.__dict__.get("data")
        return kept if kept is not None else self.load()

    @property
    def spacing_mm(self) -> Array:
        """Distance between voxel centres along i, j and k."""
        return np.linalg.norm(self.affine_lps[:3, :3], axis=0)

    def to_lps(self, index: ArrayLike) -> Array:
        """LPS mm ``(..., 3)`` of voxel indices ``(..., 3)``."""
        return np.asarray(index, float) @ self.affine_lps[:3, :3].T + self.affine_lps[:3, 3]

    def to_index(self, points_lps: ArrayLike) -> Array:
        """Voxel indices ``(..., 3)`` of LPS mm; inverse of `to_lps`."""
        offset = np.asarray(points_lps, float) - self.affine_lps[:3, 3]
        return offset @ np.linalg.inv(self.affine_lps[:3, :3]).T

    def same_grid(self, other: Volume, *, tolerance_mm: float = 0.1) -> bool:
        """Whether both volumes have the same voxels in space."""
        if self.shape != other.shape:
            return False
        corners = np.array(np.meshgrid(*[(0, n - 1) for n in self.shape])).reshape(3, -1).T
        apart = np.abs(self.to_lps(corners) - other.to_lps(corners))
        return bool(apart.max() <= tolerance_mm)


@dataclass(frozen=True)
class Grid:
    """A box of voxels along the body axes: index (l, p, s) grows to the left, back and head."""

    origin_lps: Array
    spacing_mm: Array
    shape: tuple[int, int, int]

    def to_lps(self, index: ArrayLike) -> Array:
        """LPS mm ``(..., 3)`` of indices ``(..., 3)``."""
        return self.origin_lps + np.asarray(index, float) * self.spacing_mm

    def to_index(self, points_lps: ArrayLike) -> Array:
        """Indices ``(..., 3)`` of LPS mm."""
        return (np.asarray(points_lps, float) - self.origin_lps) / self.spacing_mm

    def holds(self, point_lps: ArrayLike) -> bool:
        """Whether a place lies in one of the voxels."""
        index = self.to_index(point_lps)
        return bool(((index >= -0.5) & (index <= np.array(self.shape) - 0.5)).all())

    def axis_mm(self, axis: int) -> Array:
        """Coordinates of the voxel centres along one axis."""
        return self.origin_lps[axis] + self.spacing_mm[axis] * np.arange(self.shape[axis])


def half_turn(data: Voxels, grid: Grid) -> tuple[Voxels, Grid]:
    """The body turned half about its long axis: left and right, front and back exchanged."""
    corner = grid.to_lps(np.array(grid.shape) - 1)
    origin = np.array([-corner[0], -corner[1], grid.origin_lps[2]])
    return data[::-1, ::-1], Grid(origin, grid.spacing_mm, grid.shape)


def straight(volume: Volume) -> tuple[Voxels, Grid]:
    """The voxels turned so that their axes run to the patient's left, back and head.

    Axis-parallel volumes are only transposed and flipped (a view, nothing is interpolated);
    oblique ones are resampled linearly at their own spacing.
    """
    turned = nib.orientations.io_orientation(volume.affine_lps)
    data = nib.orientations.apply_orientation(volume.voxels(), turned)  # a view
    index_change = nib.orientations.inv_ornt_aff(turned, volume.shape)
    affine = volume.affine_lps @ index_change
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    cosines = np.clip(np.diag(affine[:3, :3]) / spacing, -1.0, 1.0)
    if np.degrees(np.arccos(cosines)).max() <= MAX_TILT_DEG:
        centre = affine[:3, :3] @ (np.array(data.shape) - 1) / 2 + affine[:3, 3]
        origin = centre - spacing * (np.array(data.shape) - 1) / 2
        a, b, c = data.shape
        return data, Grid(origin, spacing, (a, b, c))
    return _resampled(data, affine, spacing)


def _resampled(data: Voxels, affine: Array, spacing: Array) -> tuple[Voxels, Grid]:
    """An oblique volume on the smallest upright box that holds it; air (0) outside."""
    last = np.array(data.shape) - 1
    corners = np.array(np.meshgrid(*[(0, n) for n in last])).reshape(3, -1).T
    places = corners @ affine[:3, :3].T + affine[:3, 3]
    low, high = places.min(axis=0), places.max(axis=0)
    a, b, c = (int(n) for n in np.ceil((high - low) / spacing - 1e-6) + 1)
    shape = (a, b, c)
    if np.prod(shape) > MAX_VOXELS:
        msg = f"the oblique volume needs {np.prod(shape):,} voxels along the body axes"
        raise Unusable(msg, allowed=f"up to {MAX_VOXELS:,}", fix="crop it to the breasts")
    inverse = np.linalg.inv(affine[:3, :3])
    out = np.empty(shape, np.float32)
    affine_transform(data, inverse * spacing, inverse @ (low - affine[:3, 3]), shape, out, order=1)
    return out, Grid(low, spacing, shape)


def read_nifti_phases(path: str | Path) -> list[Volume]:
    """Every volume of a 3-D or 4-D NIfTI file, in the file's order.

    A file whose sform and qform codes are both 0 does not say where the patient's left is:
    its volumes have ``sides_known=False``.

    Raises
    ------
    Unusable
        If nibabel cannot read it, it is not a volume, or its affine maps nothing.
    """
    path = Path(path)
    try:
        image: Any = nib.load(path)
        shape = tuple(int(n) for n in image.shape)
        affine: Array = np.asarray(image.affine, dtype=np.float64)
        known = _has_code(image.header)
        apart_mm = _forms_apart_mm(image.header, shape[:3])
    except Exception as error:  # nibabel passes on whatever the file makes numpy and gzip throw
        msg = f"{path.name} cannot be read as NIfTI: {type(error).__name__}: {error}"
        raise Unusable(msg, allowed="NIfTI volumes (.nii, .nii.gz)") from error
    shape = (*shape, 1) if len(shape) == 3 else shape
    if len(shape) != 4 or min(shape, default=0) < 1 or np.prod(shape[:3]) > MAX_VOXELS:
        msg = f"{path.name} has the shape {image.shape}"
        raise Unusable(msg, allowed=f"3-D or 4-D with up to {MAX_VOXELS:,} voxels a volume")
    if shape[3] > MAX_VOLUMES:
        msg = f"{path.name} claims {shape[3]} volumes"
        raise Unusable(msg, allowed=f"up to {MAX_VOLUMES}", fix="give the dynamic series alone")
    _check_held(image, path)
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
        msg = f"the affine of {path.name} maps voxels nowhere"
        raise Unusable(msg, fix="store the orientation (sform) of the original series")
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    if spacing.min() < LEAST_SPACING_MM or spacing.max() > MOST_SPACING_MM:
        msg = f"the voxels of {path.name} are {' x '.join(f'{x:.3g}' for x in spacing)} mm"
        allowed = f"{LEAST_SPACING_MM:g} to {MOST_SPACING_MM:g} mm"
        raise Unusable(msg, allowed=allowed, fix="store the affine in millimetres")
    note = "no sform or qform code: the file does not say where the patient's left is"
    notes = () if known else (note,)
    if apart_mm > min(1.0, 0.5 * spacing.min()):
        why = f"{DISAGREE} by up to {apart_mm:.3g} mm: the sform is used, other tools (ITK) use"
        notes = (*notes, f"{why} the qform; look on the picture whether marks lie right")

    def loader(n: int) -> Callable[[], Voxels]:
        return lambda: _nifti_voxels(path, n)

    return [
        Volume(
            name=path.name if shape[3] == 1 else f"{path.name}, volume {n + 1}",
            shape=(shape[0], shape[1], shape[2]),
            affine_lps=RAS_TO_LPS @ affine,
            load=loader(n),
            source=path.name,
            sides_known=known,
            order=((IN_FILE, float(n)),) if shape[3] > 1 else (),
            notes=notes,
        )
        for n in range(shape[3])
    ]


def _check_held(image: Any, path: Path) -> None:
    """Refuse voxels that the file cannot hold, before time and memory are taken for them."""
    needed = math.prod(image.shape) * image.get_data_dtype().itemsize
    held = path.stat().st_size * (MOST_DEFLATED if path.suffix.lower() == ".gz" else 1)
    if needed > held:
        msg = f"the file claims {needed} bytes of voxels and cannot hold them"
        raise Unusable(msg, fix="copy the file again")


def _has_code(header: Any) -> bool:
    """Whether a NIfTI header says what its axes mean; other formats always do."""
    codes = [c for c in ("sform_code", "qform_code") if c in header]
    return not codes or any(int(header[c]) > 0 for c in codes)


def _forms_apart_mm(header: Any, shape: tuple[int, ...]) -> float:
    """Farthest that a corner lies apart by sform and by qform; 0 unless both are coded."""
    forms = [getattr(header, name, None) for name in ("get_sform", "get_qform")]
    affines = [form(coded=True)[0] for form in forms if form is not None]
    if len(affines) < 2 or any(a is None or not np.isfinite(a).all() for a in affines):
        return 0.0
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in shape], [1])).reshape(4, -1)
    apart = (np.asarray(affines[0], float) - np.asarray(affines[1], float)) @ corners
    return float(np.linalg.norm(apart[:3], axis=0).max())


def _nifti_voxels(path: Path, n: int) -> Voxels:
    try:
        image: Any = nib.load(path)
        proxy = image.dataobj
        found = np.array(proxy[..., n] if len(image.shape) == 4 else proxy[...], np.float32)
    except Exception as error:
        msg = f"the voxels of {path.name} cannot be read: {type(error).__name__}: {error}"
        raise Unusable(msg, fix="copy the file again") from error
    return np.nan_to_num(found, copy=False, posinf=0.0, neginf=0.0)
