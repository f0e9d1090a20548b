"""Annotations of DICOM Segmentations: masks in patient coordinates, or on one 2-D image.

Frames are read one by one and cut to their contents, so that memory follows the lesions and not
the number of slices. Positions come from the functional groups; slices left out because they are
empty are put back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from scipy.ndimage import center_of_mass

from corr.imaging.dicom import codes as breast_codes
from corr.imaging.dicom import header
from corr.imaging.dicom.groups import MAX_FRAMES, Tags, places_of_frames, shared_places
from corr.imaging.dicom.header import Unusable, refusing
from corr.imaging.dicom.own_codes import PREDICTED, REGION80, SCHEME
from corr.imaging.dicom.pixels import each_frame
from corr.imaging.marks.annotation import Annotation, Array
from corr.imaging.marks.on_slices import regular_grid
from corr.imaging.marks.pieces import chosen, doubted, mask_pieces, near_px, specks_said

MAX_VOXELS = 200_000_000
"""Largest box around one segment (one byte a voxel)."""
_MAX_SAMPLES = 4_000_000_000
_SOURCE = "DICOM SEG"
_REGION = f"{SCHEME}:{REGION80.value}"
_FLAT = tuple(f"1.2.840.10008.5.1.4.1.1.{n}." for n in ("1.2", "13.1", "6", "3"))
"""Images on which marks are pixels: mammograms, tomosynthesis, ultrasound."""
_NO_FRAMES = "drawn on several frames, which ones is not known"


@dataclass(frozen=True)
class _Frame:
    """Where one frame is: its segment (None: all, by pixel value), place and source image."""

    segment: str | None
    position_mm: Array | None
    orientation: Array | None
    spacing_mm: Array | None
    step_mm: float | None
    source: tuple[str, ...]
    source_frame: int | None
    on_film: bool = False  # its positions, if any, are those of a film's slices


@dataclass(frozen=True)
class _Slice:
    """What one frame holds of one segment, cut to its contents."""

    frame: _Frame
    row: int
    col: int
    mask: NDArray[np.bool_]


def read_segmentation(
    ds: Dataset, path: Path, refused: list[str], *, predicted: bool = False
) -> list[Annotation]:
    """One annotation per segment, or per image and piece where no position is stated.

    Parameters
    ----------
    ds, path : header and file of a Segmentation
    refused : collects segments that could not be used, one line each
    predicted : read the regions that breast-corr predicted, too, which are nobody's marks

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
        codes = breast_codes.keys(about, "SegmentedPropertyTypeCodeSequence")
        own = header.text(about, "SegmentLabel")
        if segment == "0" or breast_codes.is_background(codes, own):  # 0: of a label map
            continue
        if _REGION in codes and not predicted:
            refused.append(f"segment {segment}: {PREDICTED}")
            continue
        label = (own or header.text(ds, "SeriesDescription"))[:200]
        try:
            found += _annotations(slices.get(segment, []), about, codes, label, ds)
        except Unusable as error:
            refused.append(f"segment {segment}: {error}")
    return found


def _places(ds: Dataset) -> list[_Frame]:
    n = header.frames(ds)
    size = n * (header.number(ds, "Rows", low=1, high=65535) or 0)
    size *= header.number(ds, "Columns", low=1, high=65535) or 0
    if n > MAX_FRAMES or not 0 < size <= _MAX_SAMPLES:
        msg = f"the segmentation claims {n} frames with {size:.3g} pixels"
        raise Unusable(msg, allowed=f"up to {MAX_FRAMES} frames with {_MAX_SAMPLES:.2g} pixels")
    each = places_of_frames(ds)
    if len(each) not in (0, n):
        msg = f"{n} frames but positions for {len(each)}"
        raise Unusable(msg, allowed="one functional group a frame")
    labelmap = header.text(ds, "SegmentationType") == "LABELMAP"
    series = header.items(ds, "ReferencedSeriesSequence")
    made_on = [i for s in series for i in header.items(s, "ReferencedInstanceSequence")]
    places = each or [shared_places(ds)] * n
    return [_place(Tags(p), labelmap=labelmap, made_on=made_on) for p in places]


def _place(tags: Tags, *, labelmap: bool, made_on: list[Dataset]) -> _Frame:
    spacing_mm = tags.numbers("PixelSpacing", 2, limit=100)
    step_mm = tags.number("SpacingBetweenSlices", "SliceThickness", low=1e-3, high=1000)
    sources = tags.items("SourceImageSequence") or (made_on if len(made_on) == 1 else [])
    frames = [header.number(s, "ReferencedFrameNumber", low=1, high=1e6) for s in sources]
    return _Frame(
        segment=None if labelmap else tags.text("ReferencedSegmentNumber") or "1",
        position_mm=tags.numbers("ImagePositionPatient", 3, limit=5000),
        orientation=tags.numbers("ImageOrientationPatient", 6, limit=1.01),
        spacing_mm=spacing_mm if spacing_mm is not None and spacing_mm.min() >= 1e-3 else None,
        step_mm=step_mm,
        source=tuple(u for s in sources if (u := header.text(s, "ReferencedSOPInstanceUID"))),
        source_frame=int(frames[0]) - 1 if len(frames) == 1 and frames[0] else None,
        on_film=any(
            f"{header.text(s, 'ReferencedSOPClassUID')}.".startswith(_FLAT) for s in sources
        ),
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


def _annotations(
    slices: list[_Slice], about: Dataset, codes: list[str], label: str, ds: Dataset
) -> list[Annotation]:
    if not slices:
        msg = "it is empty"
        raise Unusable(msg)
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
    placed = [(s.frame.position_mm, s.frame.orientation, s.frame.spacing_mm) for s in slices]
    on_film = all(s.frame.on_film for s in slices)
    if on_film or any(value is None for place in placed for value in place):
        return _on_images(slices, what)
    columns = (np.array(values, dtype=float) for values in zip(*placed, strict=True))
    affine, numbers = regular_grid(*columns, step_mm=slices[0].frame.step_mm)
    return [_solid(slices, affine, numbers, what, ds)]


def _on_images(slices: list[_Slice], what: dict[str, Any]) -> list[Annotation]:
    """Masks on 2-D images (mammograms, ultrasound stills), or on the frames of one."""
    images: dict[tuple[str, ...], list[_Slice]] = {}
    for cut in slices:
        images.setdefault(cut.frame.source, []).append(cut)
    found: list[Annotation] = []
    for several in images.values():
        found += [_flat(several[0], what)] if len(several) == 1 else _over_frames(several, what)
    return found


def _flat(cut: _Slice, what: dict[str, Any]) -> Annotation:
    middle = np.argwhere(cut.mask).mean(axis=0) + np.array([cut.row, cut.col])
    return Annotation(
        space="pixel", points=middle[None], mask=cut.mask, corner=(cut.row, cut.col),
        refers_to=cut.frame.source, frame=cut.frame.source_frame, **what,
    )  # fmt: skip


def _over_frames(slices: list[_Slice], what: dict[str, Any]) -> list[Annotation]:
    """A segment over the frames of a clip or tomosynthesis: each piece is one mark, as projected.

    Its frame is that where it is largest. Frames that are not stated count in the file's order.
    """
    stated = all(cut.frame.source_frame is not None for cut in slices)
    numbers = [cut.frame.source_frame or 0 for cut in slices] if stated else [*range(len(slices))]
    first = min(numbers)
    volume, (top, left) = _stack(slices, [n - first for n in numbers])
    area = float(volume.any(axis=2).sum())
    labels, pieces = mask_pieces(volume, np.ones(3), near_px(area))
    kept, specks = chosen(pieces, solid=False)
    marks = []
    for piece in kept:
        own = np.isin(labels, piece.members)
        areas = own.sum(axis=(0, 1))
        on = np.flatnonzero(areas) + first
        shown = int(areas.argmax()) + first
        where = f"frames {on[0]}-{on[-1]} (counted from 0; slices {on[0] + 1}-{on[-1] + 1})"
        said = (f"drawn on {where}, largest on frame {shown}",) if stated else (_NO_FRAMES,)
        notes = (*what["notes"], *said, *specks_said(specks))
        cut = _cut(
            replace(slices[0].frame, source_frame=shown if stated else None),
            np.asarray(own.any(axis=2)),
        )
        moved = replace(cut, row=cut.row + top, col=cut.col + left)
        marks.append(_flat(moved, {**what, "notes": notes}))
    return doubted(marks)


def _stack(slices: list[_Slice], numbers: list[int]) -> tuple[NDArray[np.bool_], tuple[int, int]]:
    """Slices in one box (row, column, number), and the row and column of its first pixel."""
    low = [min(s.row for s in slices), min(s.col for s in slices)]
    high = [max(s.row + s.mask.shape[0] for s in slices),
            max(s.col + s.mask.shape[1] for s in slices)]  # fmt: skip
    shape = (high[0] - low[0], high[1] - low[1], max(numbers) + 1)
    if np.prod(shape, dtype=float) > MAX_VOXELS:
        msg = f"its box has {shape} voxels"
        raise Unusable(msg, allowed=f"up to {MAX_VOXELS:.2g} voxels")
    box = np.zeros(shape, dtype=bool)
    for cut, number in zip(slices, numbers, strict=True):
        row, col = cut.row - low[0], cut.col - low[1]
        box[row : row + cut.mask.shape[0], col : col + cut.mask.shape[1], number] |= cut.mask
    return box, (low[0], low[1])


def _solid(
    slices: list[_Slice], affine: Array, numbers: list[int], what: dict[str, Any], ds: Dataset
) -> Annotation:
    """A mask over parallel slices, as one volume (row, column, slice) with its affine."""
    mask, corner = _stack(slices, numbers)
    affine[:3, 3] += affine[:3, :3] @ np.array([*corner, 0])
    middle = affine[:3, :3] @ center_of_mass(mask) + affine[:3, 3]
    uids = dict.fromkeys(u for s in slices for u in s.frame.source)
    frame_of_reference = header.text(ds, "FrameOfReferenceUID")
    series = header.items(ds, "ReferencedSeriesSequence")
    named = (*uids, *(header.text(s, "SeriesInstanceUID") for s in series), frame_of_reference)
    return Annotation(
        space="patient", points=middle[None], mask=mask, affine=affine,
        refers_to=tuple(u for u in named if u),
        frame_of_reference=frame_of_reference, **what,
    )  # fmt: skip
