"""Where an ultrasound still is calibrated, and whether its tags can still be believed.

SequenceOfUltrasoundRegions (DICOM PS3.3 C.8.5.5) gives each region's bounds in the whole image
and its scale in cm per pixel. Cropping keeps the scale but makes bounds and reference pixel
stale, and almost every anonymised file is cropped.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from corr.imaging.dicom import header

Mask = NDArray[np.bool_]

LEAST_MM, MOST_MM = 0.005, 1.0
"""Millimetres per pixel that a breast ultrasound can have."""
_AGREE = 0.02  # relative difference between two statements of the same scale
_SHARE = 0.8  # of the visible field that believable regions contain
_CM, _TWO_D = 3, 1


@dataclass(frozen=True)
class Region:
    """One calibrated 2-D region: inclusive bounds in stored pixels, and its scale."""

    row_min: int
    col_min: int
    row_max: int
    col_max: int
    row_mm: float
    col_mm: float
    depth_zero_row: float | None  # None: not stated, or a virtual apex outside the region

    def holds(self, row: float, col: float) -> bool:
        """Whether a point of the stored image lies in the region."""
        rows = self.row_min - 0.5 <= row <= self.row_max + 0.5
        return rows and self.col_min - 0.5 <= col <= self.col_max + 0.5


def regions_of(ds: Dataset) -> tuple[list[Region], list[str]]:
    """The calibrated 2-D regions a header states, largest first, and what was left out and why."""
    found, notes = [], []
    for i, item in enumerate(header.items(ds, "SequenceOfUltrasoundRegions"), 1):
        if header.number(item, "RegionSpatialFormat", low=0, high=65535) != _TWO_D:
            continue  # traces, spectra and graphics have no place in the breast
        region = _region(item)
        if isinstance(region, Region):
            found.append(region)
        else:
            notes.append(f"ultrasound region {i} not used: {region}")
    found.sort(key=lambda r: (r.row_min - r.row_max) * (r.col_max - r.col_min))
    return found, notes


def stale(ds: Dataset, regions: list[Region], field: Mask | None) -> str:
    """Why the bounds of the regions are not those of this image; empty if they fit.

    ``field`` is the area seen to be insonified, if one could be seen.
    """
    if "CROPPED_IMAGE" in header.text(ds, "ImageType").split("\\"):
        return "ImageType says CROPPED_IMAGE"
    rows, columns = (int(header.number(ds, k, low=1, high=65535) or 0) for k in ("Rows", "Columns"))
    bounds = [
        tuple(header.number(item, k, low=0, high=2**32) for k in ("RegionLocationMaxY1",
              "RegionLocationMaxX1"))
        for item in header.items(ds, "SequenceOfUltrasoundRegions")
    ]  # fmt: skip
    if any((y or 0) >= rows or (x or 0) >= columns for y, x in bounds):
        return "the regions reach beyond the image, so it was cropped after they were written"
    if field is not None and regions:
        covered = inside(regions, (rows, columns))
        if covered.shape == field.shape and (field & covered).sum() < _SHARE * field.sum():
            return "the picture lies outside the regions, so they belong to another cut of it"
    return ""


def inside(regions: list[Region], shape: tuple[int, int]) -> Mask:
    """Mask of the pixels that lie in any of the regions."""
    mask = np.zeros(shape, dtype=bool)
    for r in regions:
        mask[r.row_min : r.row_max + 1, r.col_min : r.col_max + 1] = True
    return mask


def spacing(
    ds: Dataset, regions: list[Region]
) -> tuple[tuple[float, float] | None, list[Region], str]:
    """Scale of the image, the regions whose own scale can be used, and where it is from.

    Returns
    -------
    (row_mm, col_mm) per pixel, or None if nothing is stated, the pictures of a split screen
    differ, or the statements contradict one another; in the last case no region is left either
    """
    plain = header.numbers(ds, "PixelSpacing", 2, low=LEAST_MM, high=MOST_MM)
    scales = [(r.row_mm, r.col_mm) for r in regions]
    if plain and scales and not any(_same(s, (plain[0], plain[1])) for s in scales):
        said = ", ".join(f"{row:.4g} x {col:.4g}" for row, col in [*scales, plain])
        return None, [], f"uncalibrated: the stated scales contradict one another ({said} mm)"
    if scales and not all(_same(s, scales[0]) for s in scales):
        return None, regions, "each picture of the split screen has its own scale"
    if scales:
        return scales[0], regions, "scale from the ultrasound regions"
    if plain:
        return (plain[0], plain[1]), [], "scale from PixelSpacing"
    return None, [], "uncalibrated: no region with a scale and no PixelSpacing"


def _same(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return all(abs(x / y - 1.0) <= _AGREE for x, y in zip(a, b, strict=True))


def _region(item: Dataset) -> Region | str:
    """A region with bounds and scale in cm, or why it is none."""
    if any(
        header.number(item, f"PhysicalUnits{axis}Direction", low=0, high=65535) != _CM
        for axis in "XY"
    ):
        return "its units are not cm"
    delta_y, delta_x = (
        header.number(item, f"PhysicalDelta{axis}", low=-MOST_MM / 10, high=MOST_MM / 10)
        for axis in "YX"
    )
    if delta_y is None or delta_x is None or min(abs(delta_y), abs(delta_x)) < LEAST_MM / 10:
        return f"no scale of {LEAST_MM:g} to {MOST_MM:g} mm per pixel"
    names = ("MinY0", "MinX0", "MaxY1", "MaxX1")
    bounds = [header.number(item, f"RegionLocation{n}", low=0, high=65535) for n in names]
    top, left, bottom, right = (-1 if b is None else int(b) for b in bounds)
    if min(top, left) < 0 or bottom <= top or right <= left:
        return "its bounds are missing or empty"
    zero = _depth_zero_row(item, top, bottom, delta_y)
    return Region(top, left, bottom, right, abs(delta_y) * 10.0, abs(delta_x) * 10.0, zero)


def _depth_zero_row(item: Dataset, top: int, bottom: int, delta_y_cm: float) -> float | None:
    """Stored row where the physical y is 0, if that is inside the region; else None.

    The reference pixel counts from the region's corner. Some makers put it at the virtual apex
    of the beams, far above the skin.
    """
    reference = header.number(item, "ReferencePixelY0", low=-1e5, high=1e5)
    if reference is None or delta_y_cm < 0.0:
        return None
    value_cm = header.number(item, "ReferencePixelPhysicalValueY", low=-1e3, high=1e3) or 0.0
    row = top + reference - value_cm / delta_y_cm
    return row if top - 1.0 <= row <= bottom else None
