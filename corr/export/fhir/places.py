"""BodyStructure: where a finding was reported, or a lesion is believed to be."""

from __future__ import annotations

import math

import numpy as np
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from corr.anatomy.clock import read_clock
from corr.anatomy.frame import clock_h
from corr.anatomy.names import SIDE_NAMES
from corr.export.content import Lesion, Place, Told
from corr.export.dicom.coded import CLOCK, DEPTHS, QUADRANTS, REGIONS, SIDES
from corr.export.fhir.words import Json, concept, own, quantity, span

NEAR_MM = 5.0
"""Nearer to the line behind the nipple no hour is told: half of the cm that reports round to."""
AXES = ("lateral", "superior", "posterior")


def of_finding(told: Told, side: str) -> Json:
    """The structure of a finding as it was reported: nothing is there that was not stated."""
    cells = told.cells
    nipple: Json = {"landmarkDescription": [concept(codes.SCT.Nipple)]}
    if hours := _hours(cells.get("clock")):
        nipple["clockFacePosition"] = [_hour(h) for h in hours]
    stated = [
        quantity(value, unit)
        for column, unit in (("fn_cm", "cm"), ("nipple_distance_mm", "mm"))
        if (value := told.number(column)) is not None
    ]
    if stated:
        nipple["distanceFromLandmark"] = [{"value": stated}]
    marks = [nipple] if len(nipple) > 1 else []
    for column, mark in (("depth_mm", codes.SCT.Skin), ("chestwall_mm", codes.SCT.ChestWall)):
        if (value := told.number(column)) is not None:
            marks.append(
                {
                    "landmarkDescription": [concept(mark)],
                    "distanceFromLandmark": [{"value": [quantity(value, "mm")]}],
                }
            )
    said = []
    for column, known in (("region", REGIONS), ("quadrant", QUADRANTS)):
        if (part := cells.get(column, "")) in known:
            said.append(concept(Code(known[part][0], "SCT", known[part][1])))
        elif part:  # SNOMED CT has no such part of a breast
            said.append({"text": f"{column} {part}"})
    if (third := cells.get("depth_third")) in DEPTHS:
        said.append(concept(DEPTHS[third]))
    return _structure(side, marks, said)


def of_lesion(lesion: Lesion, side: str) -> Json:
    """The structure of a lesion: the mean of where it is believed, as hour and distance."""
    lateral, superior, _ = lesion.place.mean_mm
    nipple: Json = {
        "landmarkDescription": [concept(codes.SCT.Nipple)],
        "distanceFromLandmark": [{"value": [quantity(math.hypot(*lesion.place.mean_mm), "mm")]}],
    }
    if math.hypot(lateral, superior) >= NEAR_MM:
        hour = round(float(clock_h(np.array(lesion.place.mean_mm), side))) or 12
        nipple["clockFacePosition"] = [_hour(hour)]
    said = f"Mean of where it is believed; 80 % within {lesion.place.volume80_cm3:.3g} cm3"
    return {**_structure(side, [nipple], []), "description": said}


def believed(place: Place) -> list[Json]:
    """Components that say where something is believed to be: means, 80 % limits, volume."""
    means = [
        {"code": own(f"believed-{axis}"), "valueQuantity": quantity(mean, "mm")}
        for axis, mean in zip(AXES, place.mean_mm, strict=True)
    ]
    ranges = [
        {"code": own(f"range80-{axis}"), "valueRange": span(low, high, "mm")}
        for axis, low, high in zip(AXES, place.lo80_mm, place.hi80_mm, strict=True)
    ]
    volume = {"code": own("volume80"), "valueQuantity": quantity(place.volume80_cm3, "cm3")}
    return [*means, *ranges, volume]


def _structure(side: str, marks: list[Json], said: list[Json]) -> Json:
    included: Json = {
        "structure": concept(codes.SCT.Breast),
        "laterality": concept(SIDES[side], text=SIDE_NAMES[side]),
    }
    if marks:
        included["bodyLandmarkOrientation"] = marks
    if said:
        included["qualifier"] = said
    return {"resourceType": "BodyStructure", "includedStructure": [included]}


def _hour(hour: int) -> Json:
    return concept(Code(CLOCK[hour], "SCT", f"{hour} o'clock position"))


def _hours(clock: str | None) -> list[int]:
    """Whole hours that a clock cell touches, in order; there are no codes for halves.

    >>> _hours("7-8"), _hours("12:30"), _hours("11-1"), _hours(None)
    ([7, 8], [12, 1], [11, 12, 1], [])
    """
    found: list[int] = []
    for low, high in read_clock(clock) if clock else ():
        found += range(math.floor(low + 1e-6), math.ceil(high - 1e-6) + 1)
    return list(dict.fromkeys((h - 1) % 12 + 1 for h in found))
