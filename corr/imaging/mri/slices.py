"""The images of MR files, single- and multi-frame, as slices with their place and order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

from corr.imaging.dicom import header
from corr.imaging.dicom.groups import Tags, places_of_frames
from corr.imaging.dicom.header import Unusable, refusing
from corr.imaging.dicom.pixels import check_pixels, each_frame, pixels
from corr.imaging.volume import MAX_VOXELS, Array, Voxels

ORDER_TAGS = (
    *("TemporalPositionIdentifier", "TriggerTime", "AcquisitionDateTime", "AcquisitionTime"),
    *("ContentTime", "AcquisitionNumber", "SeriesNumber"),
)
"""What may put phases in order, best first."""
_NUMBERED: tuple[tuple[str, float, *tuple[str, ...]], ...] = (
    ("TemporalPositionIdentifier", -1e9, "TemporalPositionIdentifier", "TemporalPositionIndex"),
    ("TriggerTime", 0.0, "TriggerTime", "NominalCardiacTriggerDelayTime"),
    ("AcquisitionNumber", -1e9, "FrameAcquisitionNumber", "AcquisitionNumber"),
    ("SeriesNumber", -1e9, "SeriesNumber"),
    ("InstanceNumber", -1e9, "InstanceNumber"),
)
"""Each with the least it may be and the tags that say it."""
_GE_PART = (0x0043, 0x102F)
_GE_PARTS = ("MAGNITUDE", "PHASE", "REAL", "IMAGINARY")
_TIMES = tuple(
    tag_for_keyword(name)
    for name in (
        *("TemporalPositionIndex", "TemporalPositionIdentifier", "TemporalPositionTimeOffset"),
        *("FrameAcquisitionDateTime", "TriggerTime", "FrameAcquisitionNumber"),
    )
)
"""What a dimension counts if it counts phases, surest first."""


@dataclass(frozen=True, eq=False)
class Slice:
    """One image of one phase: where it lies, what orders it, what it is."""

    path: Path
    frame: int
    rows: int
    columns: int
    row_mm: float  # between rows
    column_mm: float  # between columns
    thickness_mm: float
    position_lps: Array
    row_lps: Array  # direction in which the column index grows
    column_lps: Array  # direction in which the row index grows
    slope: float
    intercept: float
    order: dict[str, float]
    image_type: tuple[str, ...]
    description: str
    patient_position: str
    protocol: tuple[float, ...]
    side: str | None
    b_value: float | None
    echo: str
    series: str  # to group by only; never shown
    frame_of_reference: str  # to compare only; never shown

    @property
    def normal_lps(self) -> Array:
        """Unit vector across the slice."""
        return np.cross(self.row_lps, self.column_lps)

    @property
    def place_mm(self) -> float:
        """Place along the normal."""
        return float(self.position_lps @ self.normal_lps)

    @property
    def stack(self) -> tuple[object, ...]:
        """Slices that agree in this belong to one stack."""
        axes = np.round(np.concatenate([self.row_lps, self.column_lps]), 3) + 0.0
        spacing = (round(self.row_mm, 3), round(self.column_mm, 3))
        words = (*self.image_type, self.description, self.b_value, self.echo, self.protocol[:1])
        return (self.series, self.rows, self.columns, *spacing, *axes, *words)


def read_slices(path: str | Path) -> list[Slice]:
    """Every image of one MR file.

    Raises
    ------
    Unusable
        If it is no MR image, does not say where its images lie, or their pixels are cut off.
    """
    path = Path(path)
    ds = header.read_header(path)
    if header.text(ds, "Modality") != "MR":
        msg = f"not an MR image (modality {header.text(ds, 'Modality') or 'absent'})"
        raise Unusable(msg, allowed="modality MR")
    frames = places_of_frames(ds)
    if not frames and header.frames(ds) > 1:
        msg = "several frames without functional groups: their places are not known"
        raise Unusable(msg, fix="export the series as single images or Enhanced MR")
    _state_time_index(ds, frames)
    found = [_slice(path, n, Tags((*at, ds))) for n, at in enumerate(frames or [[]])]
    check_pixels(ds, path, last=len(found) - 1)
    return found


def _state_time_index(ds: Dataset, frames: Sequence[Sequence[Dataset]]) -> None:
    """Where DimensionIndexValues count times, state them as TemporalPositionIndex."""
    pointers = [header.tag(item, "DimensionIndexPointer") for item in
                header.items(ds, "DimensionIndexSequence")]  # fmt: skip
    at = next((pointers.index(t) for t in _TIMES if t in pointers), None)
    if at is None:
        return
    for content in (place for places in frames for place in places):
        values = header.text(content, "DimensionIndexValues").split("\\")
        stated = header.text(content, "TemporalPositionIndex")
        if at < len(values) and values[at].isdigit() and not stated:
            content.TemporalPositionIndex = int(values[at])


def _slice(path: Path, frame: int, tags: Tags) -> Slice:
    rows = tags.number("Rows", low=2, high=8192)
    columns = tags.number("Columns", low=2, high=8192)
    position = tags.numbers("ImagePositionPatient", 3, limit=5000.0)
    axes = tags.numbers("ImageOrientationPatient", 6, limit=1.01)
    spacing = tags.numbers("PixelSpacing", 2, limit=50.0)
    if not (rows and columns) or position is None or axes is None or spacing is None:
        needed = {
            "Rows and Columns": rows and columns, "ImagePositionPatient": position,
            "ImageOrientationPatient": axes, "PixelSpacing": spacing,
        }  # fmt: skip
        msg = f"no usable {', '.join(name for name, value in needed.items() if value is None)}"
        raise Unusable(msg, allowed="numbers with a decimal point", fix="export the series again")
    row, column = axes[:3], axes[3:]
    lengths = np.linalg.norm([row, column], axis=1)
    if np.abs(lengths - 1).max() > 0.02 or abs(row @ column) > 0.02:
        msg = "ImageOrientationPatient holds no two unit vectors at right angles"
        raise Unusable(msg, fix="export the series again")
    if spacing.min() < 0.05:
        msg = f"PixelSpacing {spacing.tolist()} mm"
        raise Unusable(msg, allowed="0.05 to 50 mm")
    row = row / lengths[0]
    column = column - (column @ row) * row
    side = tags.text("ImageLaterality", "FrameLaterality", "Laterality").upper()
    image_type = tags.text("FrameType") or tags.text("ImageType")
    protocol = [
        tags.number("EffectiveEchoTime", "EchoTime", low=0, high=1e4),
        tags.number("RepetitionTime", low=0, high=1e6),
        tags.number("FlipAngle", low=0, high=360),
    ]
    return Slice(
        path=path,
        frame=frame,
        rows=int(rows),
        columns=int(columns),
        row_mm=float(spacing[0]),
        column_mm=float(spacing[1]),
        thickness_mm=tags.number("SliceThickness", low=0.05, high=500) or 1.0,
        position_lps=position,
        row_lps=row,
        column_lps=column / np.linalg.norm(column),
        slope=tags.number("RescaleSlope", low=-1e9, high=1e9) or 1.0,
        intercept=tags.number("RescaleIntercept", low=-1e9, high=1e9) or 0.0,
        order=_order(tags),
        image_type=_words(image_type, tags.text("ComplexImageComponent") or _part_of_ge(tags)),
        description=tags.text("SeriesDescription"),
        patient_position=tags.text("PatientPosition").upper(),
        protocol=tuple(p for p in protocol if p is not None) if None not in protocol else (),
        side=side if side in ("L", "R") else None,
        b_value=tags.number("DiffusionBValue", low=0, high=1e5),
        echo=tags.text("EchoNumbers"),
        series=tags.text("SeriesInstanceUID") or tags.text("SeriesNumber"),
        frame_of_reference=tags.text("FrameOfReferenceUID"),
    )


def _words(image_type: str, component: str) -> tuple[str, ...]:
    """Words of ImageType, and which part of the complex image it shows if that is said apart."""
    words = [t.strip().upper() for t in image_type.split("\\")]
    part = component.strip().upper()
    if part in ("", "MIXED", *words):
        return tuple(words)
    return (*words, *[""] * (2 - len(words)), part)


def _part_of_ge(tags: Tags) -> str:
    """What GE says in an element of its own; all parts may be in one series."""
    element = next((ds[_GE_PART] for ds in tags.places if _GE_PART in ds), None)
    value = element.value if element is not None else None
    return _GE_PARTS[value] if isinstance(value, int) and 0 <= value < len(_GE_PARTS) else ""


def _order(tags: Tags) -> dict[str, float]:
    """What a slice says about its phase; times in seconds of the day."""
    found = {name: _seconds(tags.text(name)) for name in ("AcquisitionTime", "ContentTime")}
    when = tags.text("FrameAcquisitionDateTime", "AcquisitionDateTime")
    found["AcquisitionDateTime"] = _seconds(when[8:])
    found |= {name: tags.number(*said, low=low, high=1e9) for name, low, *said in _NUMBERED}
    return {k: v for k, v in found.items() if v is not None}


def _seconds(text: str) -> float | None:
    """Seconds of a DICOM time, hhmmss.ffffff.

    >>> _seconds("101530.5"), _seconds("")
    (36930.5, None)
    """
    digits = text.split("+")[0].split("-")[0].replace(":", "")
    if len(digits) < 6 or not digits[:6].isdigit():
        return None
    try:
        rest = float(digits[4:])
    except ValueError:
        return None
    return int(digits[:2]) * 3600 + int(digits[2:4]) * 60 + rest if math.isfinite(rest) else None


def without_copies(slices: Sequence[Slice]) -> list[Slice]:
    """The slices but those of files that hold the same bytes as an earlier one."""
    first: dict[bytes, Path] = {}
    kept_as: dict[Path, Path] = {}
    for path in dict.fromkeys(s.path for s in slices):
        with refusing("the file cannot be read"), path.open("rb") as file:
            kept_as[path] = first.setdefault(file_digest(file, "sha256").digest(), path)
    return [s for s in slices if kept_as[s.path] == s.path]


def load_voxels(slices: tuple[Slice | None, ...]) -> Voxels:
    """Voxels (column, row, slice) of a sorted stack; gaps are filled between neighbours.

    Raises
    ------
    Unusable
        If the pixels of a slice cannot be decoded or have another size than its header says.
    """
    first = next(s for s in slices if s is not None)
    shape = (first.columns, first.rows, len(slices))
    if math.prod(shape) > MAX_VOXELS:
        msg = f"the series claims {shape[0]} x {shape[1]} x {shape[2]} voxels"
        raise Unusable(msg, allowed=f"up to {MAX_VOXELS:,} voxels a volume")
    out = np.zeros((shape[2], shape[1], shape[0]), np.float32)
    by_file: dict[Path, list[tuple[int, Slice]]] = {}
    for k, one in enumerate(slices):
        if one is not None:
            by_file.setdefault(one.path, []).append((k, one))
    for path, wanted in by_file.items():
        for (k, one), frame in zip(wanted, _frames(path, [s for _, s in wanted]), strict=True):
            if frame.shape != (first.rows, first.columns):
                msg = f"the pixels are {frame.shape}, the header says {first.rows, first.columns}"
                raise Unusable(msg, allowed="grey images")
            out[k] = frame * np.float32(one.slope) + np.float32(one.intercept)
    _fill(out, [k for k, s in enumerate(slices) if s is None])
    return out.transpose(2, 1, 0)


def _frames(path: Path, wanted: list[Slice]) -> list[Any]:
    if len(wanted) == 1:
        return [pixels(path, index=wanted[0].frame)]
    with refusing("the frames cannot be decoded"):
        return list(each_frame(path, [s.frame for s in wanted]))


def _fill(stack: Voxels, missing: list[int]) -> None:
    """Linear in between, in place; the first and last slice are never missing."""
    gaps = set(missing)
    for k in missing:
        below = k - 1  # already filled
        above = next(m for m in range(k + 1, len(stack)) if m not in gaps)
        stack[k] = stack[below] + (stack[above] - stack[below]) / (above - below)
