"""Annotations of DICOM Segmentations: masks in patient coordinates, or on one 2-D image.

Frames are read one by one and cut to their contents, so that memory follows the lesions and not
the number of slices. Positions come from the functional groups; slices left out because they are
empty are put back. (highdicom writes these files, but fails on real fractional ones that name no
segment per frame.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from corr.imaging.dicom import codes as breast_codes
from corr.imaging.dicom import header
from corr.imaging.dicom.header import Unusable, refusing
from corr.imaging.dicom.pixels import each_frame
from corr.imaging.marks.annotation import Annotation, Array

MAX_VOXELS = 200_000_000
"""Largest box around one segment (one byte a voxel)."""
_MAX_FRAMES = 20_000
_MAX_SAMPLES = 4_000_000_000
_SOURCE = "DICOM SEG"
_GAP = 0.1  # of a slice spacing: how far a slice may be off the regular grid


@dataclass(frozen=True)
class _Frame:
    """Where one frame is: its segment (None: all, by pixel value), place and source image."""

    segment: str | None
    position_mm: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    spacing_mm: tuple[float, ...] | None
    thickness_mm: float | None
    source: tuple[str, ...]
    source_frame: int | None


@dataclass(frozen=True)
class _Slice:
    """What one frame holds of one segment, cut to its contents."""

    frame: _Frame
    row: int
    col: int
    mask: NDArray[np.bool_]


def read_segmentation(ds: Dataset, path: Path, refused: list[str]) -> list[Annotation]:
    """One annotation per segment, or per image and segment where no position is stated.

    Parameters
    ----------
    ds, path : header and file of a Segmentation
    refused : collects segments that could not be used, one line each

    Raises
    ------
    Unusable
        If the pixels cannot be read or the claimed size is absurd.
    """
    places = _places(ds)
    described = {header.text(s, "SegmentNumber"): s for s in header.items(ds, "SegmentSequence")}
    slices: dict[str, list[_Slice]] = {}
    for segment, cut in _slices(ds, path, places):
        slices.setdefault(segment, []).append(cut)
    found = []
    for segment in sorted({*slices, *described}, key=lambda s: (len(s), s)):
        about = described.get(segment, Dataset())
        label = (header.text(about, "SegmentLabel") or header.text(ds, "SeriesDescription"))[:200]
        try:
            found += _annotations(slices.get(segment, []), about, label, ds)
        except Unusable as error:
            refused.append(f"segment {segment}: {error}")
    return found


def _places(ds: Dataset) -> list[_Frame]:
    n = header.frames(ds)
    size = n * (header.number(ds, "Rows", low=1, high=65535) or 0)
    size *= header.number(ds, "Columns", low=1, high=65535) or 0
    if n > _MAX_FRAMES or not 0 < size <= _MAX_SAMPLES:
        msg = f"the segmentation claims {n} frames with {size:.3g} pixels"
        raise Unusable(msg, allowed=f"up to {_MAX_FRAMES} frames with {_MAX_SAMPLES:.2g} pixels")
    shared = header.items(ds, "SharedFunctionalGroupsSequence")[:1]
    each = header.items(ds, "PerFrameFunctionalGroupsSequence")
    if len(each) not in (0, n):
        msg = f"{n} frames but positions for {len(each)}"
        raise Unusable(msg, allowed="one functional group a frame")
    labelmap = header.text(ds, "SegmentationType") == "LABELMAP"
    groups: Iterable[list[Dataset]] = ([g, *shared] for g in each) if each else [shared] * n
    return [_place(group, labelmap=labelmap) for group in groups]


def _place(groups: list[Dataset], *, labelmap: bool) -> _Frame:
    def first(keyword: str) -> Dataset:
        return next((i for g in groups for i in header.items(g, keyword)[:1]), Dataset())

    measures = first("PixelMeasuresSequence")
    spacing = header.numbers(measures, "PixelSpacing", 2, low=1e-3, high=100)
    gap = header.number(measures, "SpacingBetweenSlices", low=1e-3, high=1000)
    derived = first("DerivationImageSequence")
    sources = header.items(derived, "SourceImageSequence")
    uids = tuple(u for s in sources if (u := header.text(s, "ReferencedSOPInstanceUID")))
    frames = [header.number(s, "ReferencedFrameNumber", low=1, high=1e6) for s in sources]
    number = header.text(first("SegmentIdentificationSequence"), "ReferencedSegmentNumber")
    return _Frame(
        segment=None if labelmap else number or "1",
        position_mm=header.numbers(
            first("PlanePositionSequence"), "ImagePositionPatient", 3, low=-5000, high=5000
        ),
        orientation=header.numbers(
            first("PlaneOrientationSequence"), "ImageOrientationPatient", 6, low=-1.01, high=1.01
        ),
        spacing_mm=spacing,
        thickness_mm=gap or header.number(measures, "SliceThickness", low=1e-3, high=1000),
        source=uids,
        source_frame=int(frames[0]) - 1 if len(frames) == 1 and frames[0] else None,
    )


def _slices(ds: Dataset, path: Path, places: list[_Frame]) -> Iterator[tuple[str, _Slice]]:
    """Segment number and cut mask of every frame that holds anything."""
    most = header.number(ds, "MaximumFractionalValue", low=1, high=65535) or 1.0
    fractional = header.text(ds, "SegmentationType") == "FRACTIONAL"
    least = most / 2.0 if fractional else 1.0
    with refusing("the segmentation cannot be decoded"):
        for place, values in zip(places, each_frame(path), strict=True):
            if values.ndim != 2:
                msg = "a segmentation with several samples per pixel"
                raise Unusable(msg)
            if place.segment is not None:
                inside = {place.segment: values >= least}
            else:
                inside = {str(v): values == v for v in np.unique(values) if v}
            for segment, mask in inside.items():
                if mask.any():
                    yield segment, _cut(place, mask)


def _cut(place: _Frame, mask: NDArray[np.bool_]) -> _Slice:
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    window = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return _Slice(place, int(rows[0]), int(columns[0]), window.copy())


def _annotations(slices: list[_Slice], about: Dataset, label: str, ds: Dataset) -> list[Annotation]:
    if not slices:
        msg = "it is empty"
        raise Unusable(msg)
    codes = breast_codes.keys(about, "SegmentedPropertyTypeCodeSequence")
    anatomy = header.items(about, "AnatomicRegionSequence")
    site = [*codes, *(breast_codes.key(a) for a in anatomy)]
    for item in anatomy:
        site += breast_codes.keys(item, "AnatomicRegionModifierSequence")
    cells, notes = breast_codes.place(site)
    side = header.laterality(ds).value
    if side in ("L", "R") and cells.setdefault("side", side) != side:
        del cells["side"]
        notes = (*notes, "the segment and the file contradict one another on the side")
    what: dict[str, Any] = {
        "label": label, "kind": breast_codes.kind(codes, label), "coded": cells,
        "source": _SOURCE, "notes": notes,
    }  # fmt: skip
    if all(s.frame.position_mm and s.frame.orientation and s.frame.spacing_mm for s in slices):
        return [_solid(slices, what, ds)]
    return [_flat(s, what) for s in slices]


def _flat(cut: _Slice, what: dict[str, Any]) -> Annotation:
    """A mask on one 2-D image (a mammogram, an ultrasound still)."""
    middle = np.argwhere(cut.mask).mean(axis=0) + np.array([cut.row, cut.col])
    return Annotation(
        space="pixel", points=middle[None], mask=cut.mask, corner=(cut.row, cut.col),
        refers_to=cut.frame.source, frame=cut.frame.source_frame, **what,
    )  # fmt: skip


def _solid(slices: list[_Slice], what: dict[str, Any], ds: Dataset) -> Annotation:
    """A mask over parallel slices, as one volume (row, column, slice) with its affine."""
    affine, numbers = _grid(slices)
    low = np.array([min(s.row for s in slices), min(s.col for s in slices), 0])
    high = np.array(
        [
            max(s.row + s.mask.shape[0] for s in slices),
            max(s.col + s.mask.shape[1] for s in slices),
            max(numbers) + 1,
        ]
    )
    shape = tuple(int(n) for n in high - low)
    if np.prod(shape, dtype=float) > MAX_VOXELS:
        msg = f"its box has {shape} voxels"
        raise Unusable(msg, allowed=f"up to {MAX_VOXELS:.2g} voxels")
    mask = np.zeros(shape, dtype=bool)
    total, count = np.zeros(3), 0
    for cut, number in zip(slices, numbers, strict=True):
        row, col = cut.row - int(low[0]), cut.col - int(low[1])
        mask[row : row + cut.mask.shape[0], col : col + cut.mask.shape[1], number] |= cut.mask
        inside = np.argwhere(cut.mask)
        total += [*(inside.sum(axis=0) + len(inside) * np.array([row, col])), len(inside) * number]
        count += len(inside)
    affine[:3, 3] += affine[:3, :3] @ low
    middle = affine[:3, :3] @ (total / count) + affine[:3, 3]
    uids = dict.fromkeys(u for s in slices for u in s.frame.source)
    frame_of_reference = header.text(ds, "FrameOfReferenceUID")
    series = [
        header.text(s, "SeriesInstanceUID") for s in header.items(ds, "ReferencedSeriesSequence")
    ]
    refers_to = tuple(u for u in (*uids, *series, frame_of_reference) if u)
    return Annotation(
        space="patient", points=middle[None], mask=mask, affine=affine, refers_to=refers_to,
        frame_of_reference=frame_of_reference, **what,
    )  # fmt: skip


def _grid(slices: list[_Slice]) -> tuple[Array, list[int]]:
    """Affine of (row, column, slice number) and the number of each slice.

    Raises
    ------
    Unusable
        If the slices are not parallel, equally sampled and regularly spaced.
    """
    first = slices[0].frame
    assert first.orientation
    assert first.spacing_mm
    for s in slices:
        same = np.allclose(s.frame.orientation or (), first.orientation, atol=1e-3)
        if not same or not np.allclose(s.frame.spacing_mm or (), first.spacing_mm, rtol=1e-3):
            msg = "its slices differ in orientation or pixel spacing"
            raise Unusable(msg)
    along_row, along_column = np.reshape(first.orientation, (2, 3))
    normal = np.cross(along_row, along_column)
    if abs(np.linalg.norm(normal) - 1.0) > 0.01:
        msg = "its orientation is not two perpendicular unit vectors"
        raise Unusable(msg)
    positions = np.array([s.frame.position_mm for s in slices], dtype=float)
    height = positions @ normal
    start = int(height.argmin())
    gaps = np.diff(np.unique(np.round(height, 3)))
    step = _step(gaps, first.thickness_mm)
    numbers = (height - height[start]) / step
    sideways = positions - positions[start] - np.outer(height - height[start], normal)
    if np.abs(numbers - np.round(numbers)).max() > _GAP or np.abs(sideways).max() > 1.0:
        msg = "its slices are not regularly spaced"
        raise Unusable(msg, fix="export the segmentation on a regular grid")
    affine = np.eye(4)
    affine[:3, 0] = along_column * first.spacing_mm[0]
    affine[:3, 1] = along_row * first.spacing_mm[1]
    affine[:3, 2] = normal * step
    affine[:3, 3] = positions[start]
    return affine, [int(n) for n in np.round(numbers)]


def _step(gaps: Array, stated_mm: float | None) -> float:
    """Distance of slices: as stated if the gaps are multiples of it, else the smallest gap.

    Empty slices are usually left out, so gaps may be several slices wide.
    """
    if not gaps.size:
        return stated_mm or 1.0
    smallest = float(gaps.min())
    times = smallest / stated_mm if stated_mm else 0.0
    fits = times > 0.5 and abs(times - round(times)) < _GAP
    return smallest / round(times) if fits else smallest
