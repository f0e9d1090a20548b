"""NIfTI files on a voxel grid: beliefs, and the MRI that they lie on.

What the header says of space: sform and qform both map voxels to RAS mm. Their code is 1 on an
MRI's patient coordinates and 2 in the breast frame, where 0 is the nipple. A grid whose axes are
not at right angles (a tilted gantry) has no qform, for a quaternion cannot say it. The same values
give the same bytes.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from corr.export.grid import VoxelGrid
from corr.imaging.volume import RAS_TO_LPS

NOT_SQUARE_MM = 0.01
"""Farthest that a corner may lie apart by sform and qform."""
LEVEL = 6
"""Of compression."""
LONGEST_WORDS = 79
"""Of what a NIfTI header says in words, in bytes."""


def nifti_bytes(values: NDArray[Any], grid: VoxelGrid, words: str) -> bytes:
    """A compressed NIfTI-1 file.

    Parameters
    ----------
    values : of every voxel of the grid, int16 or float32
    words : what the values are; cut where the header has no more room
    """
    affine = RAS_TO_LPS @ grid.affine_lps  # its own inverse
    image = nib.Nifti1Image(values, affine)
    header: Any = image.header
    header.set_xyzt_units("mm", "unknown")
    header["descrip"] = words.encode("ascii", "replace")[:LONGEST_WORDS]
    image.set_sform(affine, grid.code)
    image.set_qform(affine, grid.code, strip_shears=True)
    if _apart_mm(image.get_qform(), affine, grid.shape) > NOT_SQUARE_MM:
        image.set_qform(None, 0)
    return gzip.compress(image.to_bytes(), compresslevel=LEVEL, mtime=0)


def read_nifti(path: Path) -> tuple[NDArray[np.float32], VoxelGrid]:
    """Values and grid of a file that `nifti_bytes` made."""
    image: Any = nib.load(path)
    a, b, c = image.shape
    affine = RAS_TO_LPS @ np.asarray(image.affine, float)
    grid = VoxelGrid((a, b, c), affine, int(image.header["sform_code"]))
    return np.asarray(image.dataobj, np.float32), grid


def plain(voxels: NDArray[np.float32]) -> NDArray[Any]:
    """Voxels of an image as whole numbers where they are such, which takes half the room."""
    low, high = float(voxels.min()), float(voxels.max())
    whole = low >= -32768 and high <= 32767 and bool((voxels == np.rint(voxels)).all())
    return voxels.astype(np.int16) if whole else voxels


def _apart_mm(one: Any, other: Any, shape: tuple[int, int, int]) -> float:
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in shape], [1])).reshape(4, -1)
    apart = (np.asarray(one, float) - np.asarray(other, float)) @ corners
    return float(np.linalg.norm(apart[:3], axis=0).max())
