"""Annotations of DICOM Structured Reports: measurement reports (TID 1500), Mammography CAD, others.

The content tree is walked with pydicom, because highdicom does not open Mammography CAD reports.
A *finding* is a measurement group or a single image finding: every position, code and measurement
below it is said about it. Outside findings each container is taken as one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from corr.imaging.dicom import codes as breast_codes
from corr.imaging.dicom import header
from corr.imaging.dicom.codes import keys
from corr.imaging.dicom.header import Unusable
from corr.imaging.marks.annotation import Annotation, Array, Space, coordinates
from corr.imaging.marks.shapes import drawn, to_rows

_GROUPS = frozenset({"DCM:125007", "DCM:111059"})  # measurement group, single image finding
_SAYS_WHAT = frozenset({"DCM:121071", "DCM:111059"})  # finding, single image finding
_LABEL, _CENTRE = "DCM:112039", "DCM:111010"
_CALCIFICATIONS, _VOLUME, _SEGMENT = "DCM:111038", "SCT:118565006", "DCM:121191"
_LATERALITY = "DCM:111027"
_MM3 = {"mm3": 1.0, "cm3": 1e3, "ml": 1e3, "mL": 1e3}
_LARGEST_MM, _DEEPEST = 500.0, 60
_Image = tuple[tuple[str, ...], int | None]


@dataclass(frozen=True)
class _Mark:
    """One drawn position and the image it is on."""

    concept: str
    space: Space
    points: Array
    outline: bool
    image: _Image
    caliper: bool


_NOWHERE = _Mark("", "pixel", np.empty((0, 2)), outline=False, image=((), None), caliper=False)


@dataclass
class _Finding:
    """What the items below one finding say."""

    formal: bool
    what: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    label: str = ""
    lengths_mm: list[float] = field(default_factory=list)
    numbers: dict[str, Any] = field(default_factory=dict)
    marks: list[_Mark] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_report(ds: Dataset, refused: list[str]) -> list[Annotation]:
    """Annotations of an SR document.

    Parameters
    ----------
    ds : dataset of an SR storage class
    refused : collects what could not be used, one line each

    Returns
    -------
    one annotation per drawn position, or one without points for a finding that is only described
    in codes and measurements
    """
    made: list[Annotation] = []
    rest = _Finding(formal=False)
    _walk(ds, rest, (ds, made, refused), 0)
    return made + _annotations(rest)


def _walk(
    node: Dataset, into: _Finding, run: tuple[Dataset, list[Annotation], list[str]], depth: int
) -> None:
    root, made, refused = run
    if depth > _DEEPEST:
        refused.append(f"content nested deeper than {_DEEPEST} levels")
        return
    for item in header.items(node, "ContentSequence"):
        formal = bool(_GROUPS & {*keys(item, "ConceptNameCodeSequence")})
        container = header.text(item, "ValueType") == "CONTAINER"
        if formal or (container and not into.formal):
            finding = _Finding(formal=formal)
            _take(item, node, finding, (root, refused))
            _walk(item, finding, run, depth + 1)
            made += _annotations(finding)
        else:
            _take(item, node, into, (root, refused))
            _walk(item, into, run, depth + 1)


def _take(item: Dataset, above: Dataset, into: _Finding, run: tuple[Dataset, list[str]]) -> None:
    """What one content item says about the finding it belongs to."""
    root, refused = run
    concept = next(iter(keys(item, "ConceptNameCodeSequence")), "")
    match header.text(item, "ValueType"):
        case "CODE":
            values = keys(item, "ConceptCodeSequence")
            into.codes += values
            if concept in _SAYS_WHAT:
                into.what += values
        case "TEXT" if concept == _LABEL:
            into.label = header.text(item, "TextValue")[:200]
        case "NUM":
            _measure(item, concept, into)
        case "IMAGE" if concept == _SEGMENT:
            into.notes.append("its outline is in a segmentation file: give that file too")
        case "SCOORD" | "SCOORD3D" as kind:
            try:
                into.marks.append(_mark(item, above, concept, (root, kind)))
                into.codes += _sides(item, root)
            except Unusable as error:
                refused.append(f"a position: {error}")


def _measure(item: Dataset, concept: str, into: _Finding) -> None:
    measured = header.items(item, "MeasuredValueSequence")[:1]
    if not measured:
        return
    units = header.items(measured[0], "MeasurementUnitsCodeSequence")[:1]
    unit = header.text(units[0], "CodeValue") if units else ""
    value = header.number(measured[0], "NumericValue", low=0.0, high=1e9)
    if value is None:
        return
    mm = value * breast_codes.MM_PER_UNIT.get(unit, float("inf"))
    if concept == _CALCIFICATIONS and value == int(value) <= 10_000:
        into.numbers["n_calcifications"] = int(value)
    elif concept == _VOLUME and unit in _MM3:
        into.numbers["volume_mm3"] = value * _MM3[unit]
    elif concept in breast_codes.DISTANCE or concept in breast_codes.LENGTHS:
        if mm > _LARGEST_MM:
            into.notes.append(f"a length of {value:g} {unit or 'no unit'} is not used")
        elif concept in breast_codes.DISTANCE:
            into.numbers[breast_codes.DISTANCE[concept]] = mm
        elif mm > 0.0:
            into.lengths_mm.append(mm)


def _mark(item: Dataset, above: Dataset, concept: str, run: tuple[Dataset, str]) -> _Mark:
    root, kind = run
    flat = coordinates(item, "GraphicData")
    graphic = header.text(item, "GraphicType")
    caliper = header.text(above, "ValueType") == "NUM"
    if kind == "SCOORD3D":
        points, outline = drawn(graphic, flat, 3)
        frame_of_reference = header.text(item, "ReferencedFrameOfReferenceUID")
        place: _Image = (tuple(u for u in [frame_of_reference] if u), None)
        return _Mark(concept, "patient", points, outline=outline, image=place, caliper=caliper)
    points, outline = drawn(graphic, flat, 2)
    points, image = to_rows(points), _image(item, root)
    return _Mark(concept, "pixel", points, outline=outline, image=image, caliper=caliper)


def _selected(item: Dataset, root: Dataset) -> list[Dataset]:
    """The image items a position was selected from, here or in the image library."""
    named = [_referenced(child, root) for child in header.items(item, "ContentSequence")]
    return [n for n in named if header.items(n, "ReferencedSOPSequence")]


def _image(item: Dataset, root: Dataset) -> _Image:
    """SOP instance and 0-based frame of the image a position was selected from."""
    for named in _selected(item, root):
        for reference in header.items(named, "ReferencedSOPSequence"):
            uid = header.text(reference, "ReferencedSOPInstanceUID")
            frame = header.number(reference, "ReferencedFrameNumber", low=1, high=1e6)
            if uid:
                return (uid,), None if frame is None else int(frame) - 1
    return (), None


def _sides(item: Dataset, root: Dataset) -> list[str]:
    """Codes of the side of the image, as the image library has it."""
    facts = [f for n in _selected(item, root) for f in header.items(n, "ContentSequence")]
    said = [f for f in facts if _LATERALITY in keys(f, "ConceptNameCodeSequence")]
    return [k for f in said for k in keys(f, "ConceptCodeSequence")]


def _referenced(child: Dataset, root: Dataset) -> Dataset:
    """The item itself, or the one it names by its path from the root (1-based, root first)."""
    path = header.text(child, "ReferencedContentItemIdentifier").split("\\")
    if not path[0].isdigit():
        return child
    found = root
    for step in path[1:_DEEPEST]:
        children = header.items(found, "ContentSequence")
        if not (step.isdigit() and 0 < int(step) <= len(children)):
            return child
        found = children[int(step) - 1]
    return found


def _annotations(found: _Finding) -> list[Annotation]:
    cells, notes = breast_codes.place(found.codes)
    coded: dict[str, Any] = {**cells, **found.numbers}
    names = ("size_mm", "size2_mm", "size3_mm")
    coded |= zip(names, sorted(found.lengths_mm, reverse=True), strict=False)
    marks = _preferred(found.marks)
    if not marks and found.formal and coded:
        words = "described in words only: no position on an image"
        marks = [_NOWHERE]
        notes = (*notes, words)
    return [
        Annotation(
            label=found.label, kind=breast_codes.kind(found.what, found.label), space=m.space,
            points=m.points, outline=m.outline, refers_to=m.image[0], frame=m.image[1],
            frame_of_reference="".join(m.image[0]) if m.space == "patient" else "",
            coded=coded, source="DICOM SR", notes=(*found.notes, *notes),
        )
        for m in marks
    ]  # fmt: skip


def _preferred(marks: list[_Mark]) -> list[_Mark]:
    """Per image: outlines and regions, else centres, else calipers."""
    best: dict[Any, int] = {}
    for m in marks:
        best[m.image] = min(best.get(m.image, 9), _rank(m))
    return [m for m in marks if _rank(m) == best[m.image]]


def _rank(mark: _Mark) -> int:
    return 2 if mark.caliper else 1 if mark.concept == _CENTRE else 0
