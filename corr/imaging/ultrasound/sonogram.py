"""Ultrasound stills: the calibrated part of the picture, its scale, and depth below the skin.

Burned-in text often names the patient. Only pixels of the calibrated region leave this reader;
where cropping has made the region's bounds stale, only those of the insonified field. No text is
ever read from the picture: side, clock and distance come from coded tags (rarely present) or from
the case.

Rows and columns are those of the stored image: 0-based, whole numbers at the centres of pixels,
row down. Depth is along the rows, from the face of the probe, which is taken to touch the skin.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from corr.imaging.dicom import codes as breast_codes
from corr.imaging.dicom import header
from corr.imaging.dicom.header import Unusable
from corr.imaging.dicom.pixels import pixels
from corr.imaging.mammogram.overrides import ranged, refusal
from corr.imaging.ultrasound import field as sonogram_field
from corr.imaging.ultrasound import scale as sonogram_scale
from corr.imaging.ultrasound.scale import Region
from corr.imaging.ultrasound.volumes import slice_of

_AGREE_MM = 2.0  # between the depth zero of the tags and the upper edge of the picture


@dataclass(frozen=True, eq=False)
class Sonogram:
    """One ultrasound still, cut to what may be shown.

    Attributes
    ----------
    image : (rows, columns) or (rows, columns, 3), cut out; pixels that are not of the region or
        field are black; of size 0 if no field could be told from what surrounds it
    corner : row and column of the first pixel of ``image`` in the stored image
    row_mm, col_mm : mm per row and column; None if uncalibrated or different in each region
    calibrated : something can be measured: both are known, or each region has its own scale
    depth_zero_row : stored row of the probe's face; None if unknown
    depth_zero_sd_mm : its spread
    regions : calibrated regions whose bounds hold; empty if stale, none or overridden
    side, clock, distance_mm : if coded in the tags: L or R, a clock cell, mm from the nipple
    notes : what is to be said about the file
    """

    image: NDArray[Any]
    corner: tuple[int, int]
    row_mm: float | None
    col_mm: float | None
    calibrated: bool
    depth_zero_row: float | None
    depth_zero_sd_mm: float | None
    regions: tuple[Region, ...]
    side: str | None
    clock: str | None
    distance_mm: float | None
    notes: tuple[str, ...]


def read_sonogram(
    path: str | Path, *, index: int = 0, overrides: Mapping[str, Any] | None = None
) -> Sonogram:
    """Read one frame of an ultrasound file.

    Parameters
    ----------
    path : DICOM file of modality US
    index : 0-based frame of a clip
    overrides : ``row_spacing_mm``, ``col_spacing_mm``, ``depth_zero_row`` (stored row) that the
        case states; they win over the file

    Raises
    ------
    Unusable
        If the file is not ultrasound, has no readable picture, is a volume that does not say where
        its slices lie, or an override cannot be used.
    """
    ds = header.read_header(path)
    modality = header.text(ds, "Modality")
    if modality != "US":
        msg = f"modality {modality or 'not stated'} is not ultrasound"
        raise Unusable(msg, allowed="US")
    given = _checked_overrides(overrides or {})
    volume = slice_of(ds, index)
    stored = pixels(path, index=index)
    shape = (stored.shape[0], stored.shape[1])
    field = sonogram_field.field_of(stored)
    stated, notes = sonogram_scale.regions_of(ds)
    why = sonogram_scale.stale(ds, stated, field) if stated else ""
    if why:
        notes.append(f"scale kept, positions of the regions dropped: {why}")
    here = stated and not why
    image, corner = _cut(stored, sonogram_scale.inside(stated, shape) if here else field)
    if not image.size:
        notes.append("no insonified field stands out, so no pixel is shown")
    scale, usable, said = sonogram_scale.spacing(ds, stated)
    if volume is not None and scale is None:
        scale, said = (volume.row_mm, volume.col_mm), "scale from the volume"
    notes += [said, volume.note] if volume else [said]
    row_mm = given.get("row_spacing_mm", scale[0] if scale else None)
    col_mm = given.get("col_spacing_mm", scale[1] if scale else None)
    held = usable if here and not {*given} & {"row_spacing_mm", "col_spacing_mm"} else []
    zero, zero_sd, zero_notes = (
        (None, None, []) if volume else _depth_zero(stated if here else [], field, row_mm)
    )
    if "depth_zero_row" in given:
        zero, zero_sd, zero_notes = given["depth_zero_row"], row_mm, []
    notes += zero_notes + [f"{name} as given in the case" for name in given]
    cells, distance_mm, coded_notes = _coded_place(ds)
    return Sonogram(
        image=image, corner=corner, row_mm=row_mm, col_mm=col_mm,
        calibrated=bool(held) or None not in (row_mm, col_mm),
        depth_zero_row=zero, depth_zero_sd_mm=zero_sd, regions=tuple(held),
        side=cells.get("side"), clock=cells.get("clock"), distance_mm=distance_mm,
        notes=(*notes, *coded_notes),
    )  # fmt: skip


def depth_mm(sonogram: Sonogram, row: float, col: float) -> float | None:
    """Depth in mm of a point of the stored image below the skin (the probe's face).

    Returns
    -------
    the depth, or None if scale or depth zero is unknown, or the point is outside the regions or
    above the skin
    """
    region = _region_at(sonogram, row, col)
    row_mm = region.row_mm if region else sonogram.row_mm
    zero = sonogram.depth_zero_row
    if region and len(sonogram.regions) > 1:
        zero = region.depth_zero_row  # each picture of a split screen has its own
    outside = bool(sonogram.regions) and region is None
    if outside or row_mm is None or zero is None or row < zero - 1.0:
        return None
    return max(0.0, (row - zero) * row_mm)


def size_mm(
    sonogram: Sonogram, start: tuple[float, float], end: tuple[float, float]
) -> float | None:
    """Distance in mm between two caliper points (row, col); None if it cannot be measured.

    Points in different regions (the two pictures of a split screen) have no distance.
    """
    regions = [_region_at(sonogram, *point) for point in (start, end)]
    if sonogram.regions and (regions[0] is None or regions[0] != regions[1]):
        return None
    region = regions[0]
    row_mm = region.row_mm if region else sonogram.row_mm
    col_mm = region.col_mm if region else sonogram.col_mm
    if row_mm is None or col_mm is None:
        return None
    return math.hypot((end[0] - start[0]) * row_mm, (end[1] - start[1]) * col_mm)


def _region_at(sonogram: Sonogram, row: float, col: float) -> Region | None:
    return next((r for r in sonogram.regions if r.holds(row, col)), None)


def _checked_overrides(given: Mapping[str, Any]) -> dict[str, float]:
    allowed = {
        "row_spacing_mm": (sonogram_scale.LEAST_MM, sonogram_scale.MOST_MM),
        "col_spacing_mm": (sonogram_scale.LEAST_MM, sonogram_scale.MOST_MM),
        "depth_zero_row": (-65535.0, 65535.0),
    }
    unknown = [name for name in given if name not in allowed]
    if unknown:
        raise refusal(unknown[0], given[unknown[0]], ", ".join(allowed))
    return {name: ranged(name, value, allowed[name]) for name, value in given.items()}


def _cut(
    stored: NDArray[Any], keep: NDArray[np.bool_] | None
) -> tuple[NDArray[Any], tuple[int, int]]:
    """The part of the image that may leave, black outside ``keep``, and its first pixel."""
    if keep is None or not keep.any():
        return stored[:0, :0].copy(), (0, 0)
    rows, columns = (np.flatnonzero(keep.any(axis=axis)) for axis in (1, 0))
    window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    shown = keep[window] if stored.ndim == 2 else keep[window][..., None]
    return np.where(shown, stored[window], 0).astype(stored.dtype), (int(rows[0]), int(columns[0]))


def _depth_zero(
    held: list[Region], field: NDArray[np.bool_] | None, row_mm: float | None
) -> tuple[float | None, float | None, list[str]]:
    """Row of the probe's face and its spread in mm, from the tags or the picture's upper edge."""
    seen = None if field is None else sonogram_field.top_row(field)
    stated = held[0].depth_zero_row if held else None
    if row_mm is None:
        return None, None, []
    if stated is not None and seen is not None and abs(stated - seen) * row_mm > _AGREE_MM:
        words = f"the tags put depth zero at row {stated:.0f}, the picture begins at {seen:.0f}"
        return None, None, [f"depth unknown: {words}; give depth_zero_row in the case"]
    if stated is not None:
        return stated, row_mm, ["depth zero from the ultrasound region"]
    if seen is not None:
        return seen, 2.0 * row_mm, ["depth zero taken from the upper edge of the picture"]
    words = "no depth zero in the tags and no straight, whole upper edge of the picture"
    return None, None, [f"depth unknown: {words}; give depth_zero_row in the case"]


def _coded_place(ds: Dataset) -> tuple[dict[str, str], float | None, list[str]]:
    """Side, clock and distance from the nipple where the tags code them."""
    anatomy = [
        item
        for name in ("AnatomicRegionSequence", "PrimaryAnatomicStructureSequence")
        for item in header.items(ds, name)
    ]
    found = [breast_codes.key(item) for item in anatomy]
    for item in anatomy:
        for name in ("AnatomicRegionModifierSequence", "PrimaryAnatomicStructureModifierSequence"):
            found += breast_codes.keys(item, name)
    distance_mm = None
    for item in header.items(ds, "AcquisitionContextSequence"):
        found += breast_codes.keys(item, "ConceptCodeSequence")
        if "DCM:121242" in breast_codes.keys(item, "ConceptNameCodeSequence"):
            unit = [header.text(u, "CodeValue") for u in
                    header.items(item, "MeasurementUnitsCodeSequence")]  # fmt: skip
            factor = breast_codes.MM_PER_UNIT.get(unit[0] if unit else "", math.nan)
            value = header.number(item, "NumericValue", low=0.0, high=250.0 / factor)
            distance_mm = None if value is None else value * factor
    cells, notes = breast_codes.place(found)
    side = header.laterality(ds)
    if side.value in ("L", "R"):
        cells["side"] = side.value
    elif "contradict" in " ".join(side.notes):
        cells.pop("side", None)
    return cells, distance_mm, [*notes, *side.notes]
