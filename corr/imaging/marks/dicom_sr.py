"""Annotations of DICOM Structured Reports: measurement reports (TID 1500), Mammography CAD, others.

The content tree is walked with pydicom, because highdicom does not open Mammography CAD reports.
A *finding* is a measurement group or a single image finding: every position, code and measurement
below it is said about it, so that the two axes of a bidirectional measurement are one mark.
Outside findings each container is taken as one. Groups with one tracking UID are one finding,
unless they say themselves which finding they are (ours do: they share one by lesion).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from corr.imaging.dicom import codes as breast_codes
from corr.imaging.dicom import header
from corr.imaging.dicom.codes import keys
from corr.imaging.dicom.groups import MAX_FRAMES
from corr.imaging.dicom.header import Unusable
from corr.imaging.dicom.own_codes import FINDING_ID, PREDICTED, REGION80, SCHEME
from corr.imaging.marks.annotation import Annotation, Array, Space, coordinates
from corr.imaging.marks.shapes import drawn, to_rows

_GROUPS = frozenset({"DCM:125007", "DCM:111059"})  # measurement group, single image finding
_SAYS_WHAT = frozenset({"DCM:121071", "DCM:111059"})  # finding, single image finding
_LABEL, _CENTRE = "DCM:112039", "DCM:111010"
_CALCIFICATIONS, _VOLUME, _SEGMENT = "DCM:111038", "SCT:118565006", "DCM:121191"
_LATERALITY, _TRACKING = "DCM:111027", "DCM:112040"
_OWN_ID, _REGION = (f"{SCHEME}:{code.value}" for code in (FINDING_ID, REGION80))
_TOOL = re.compile(r"\S+@\S+:\S+")  # "cornerstoneTools@^4.0.0:Length" names no lesion
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
    meaning: str = ""
    tracking: str = ""
    own_id: str = ""
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

    Raises
    ------
    Unusable
        If it holds nothing but text.
    """
    findings: list[_Finding] = []
    rest = _Finding(formal=False)
    _walk(ds, rest, (ds, findings, refused), 0)
    made: dict[tuple[str, tuple[str, ...]], Annotation] = {}
    for n, finding in enumerate((*findings, rest)):
        marks = _annotations(finding)
        if finding.formal and not marks:
            what = finding.own_id or finding.label or finding.meaning or "a finding"
            refused.append("; ".join((f"{what}: no position on an image", *finding.notes)))
        for mark in marks:
            mark = replace(mark, group=finding.tracking or f"group {n}")
            same = (f"{mark.group} {finding.own_id}", mark.refers_to)
            made[same] = _merged(made[same], mark) if same in made else mark
    if not made and not refused and "NUM" not in (said := _value_types(ds)) and "TEXT" in said:
        msg = "a DICOM SR of words only: no position, coded place or size of a finding"
        fix = "give its text in the case's reports, and take it out of annotations"
        raise Unusable(msg, allowed="a report of measurements or CAD", fix=fix)
    return list(made.values())


def _walk(
    node: Dataset, into: _Finding, run: tuple[Dataset, list[_Finding], list[str]], depth: int
) -> None:
    root, findings, refused = run
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
            if _REGION in finding.what:
                refused.append(PREDICTED)
            else:
                findings.append(finding)
        else:
            _take(item, node, into, (root, refused))
            _walk(item, into, run, depth + 1)


def _value_types(node: Dataset, depth: int = 0) -> set[str]:
    """What kinds of items a report is made of."""
    inside = header.items(node, "ContentSequence") if depth <= _DEEPEST else []
    below = (_value_types(item, depth + 1) for item in inside)
    return {header.text(item, "ValueType") for item in inside}.union(*below)


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
                named = header.items(item, "ConceptCodeSequence")[:1]
                into.meaning = "".join(header.text(n, "CodeMeaning") for n in named)[:200]
        case "TEXT" if concept == _LABEL:
            label = header.text(item, "TextValue")[:200]
            into.label = "" if _TOOL.fullmatch(label) else label
        case "TEXT" if concept == _OWN_ID:
            into.own_id = header.text(item, "TextValue")[:200]
        case "UIDREF" if concept == _TRACKING:
            into.tracking = header.text(item, "UID")
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
            said = header.text(reference, "ReferencedFrameNumber").split("\\")
            frames = [int(n) - 1 for n in said if n.isdecimal() and 0 < int(n[:7]) <= MAX_FRAMES]
            if uid:
                return (uid,), frames[len(frames) // 2] if frames else None
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
    marks = _whole(found.marks)
    if not marks and found.formal and coded:
        words = "described in words only: no position on an image"
        marks = [[_NOWHERE]]
        notes = (*notes, words)
    label = found.own_id or found.label or found.meaning
    made = []
    for several in marks:
        several.sort(key=lambda x: x.image[1] or 0)
        m = several[(len(several) - 1) // 2]
        frames = sorted({n for x in several if (n := x.image[1]) is not None})
        over = (f"drawn on frames {frames[0]}-{frames[-1]}",) if len(frames) > 1 else ()
        own = [x for x in several if x.image[1] == m.image[1]] if frames else several
        made.append(Annotation(
            label=label, kind=breast_codes.kind(found.what, label), space=m.space,
            points=np.concatenate([x.points for x in own]), outline=m.outline,
            parts=tuple(len(x.points) for x in own) if len(own) > 1 else (),
            refers_to=m.image[0], frame=m.image[1],
            frame_of_reference="".join(m.image[0]) if m.space == "patient" else "",
            coded=coded, source="DICOM SR", notes=(*found.notes, *notes, *over),
        ))  # fmt: skip
    return made


def _whole(marks: list[_Mark]) -> list[list[_Mark]]:
    """Marks of each image: outlines, else other regions, else centres, else calipers."""
    images: dict[tuple[str, ...], list[_Mark]] = {}
    for mark in marks:
        images.setdefault(mark.image[0], []).append(mark)
    best = [min(map(_rank, several)) for several in images.values()]
    return [
        [m for m in several if _rank(m) == rank]
        for several, rank in zip(images.values(), best, strict=True)
    ]


def _rank(mark: _Mark) -> int:
    return 0 if mark.outline else 3 if mark.caliper else 2 if mark.concept == _CENTRE else 1


def _merged(first: Annotation, other: Annotation) -> Annotation:
    """Two groups about one lesion on one image: an outline goes before points and lines."""
    best, less = (other, first) if other.outline and not first.outline else (first, other)
    best = best if len(best.points) else replace(less, label=best.label or less.label)
    coded = {**less.coded, **best.coded}
    notes = tuple(dict.fromkeys((*first.notes, *other.notes)))
    kind, label = first.kind or other.kind, first.label or other.label
    return replace(best, kind=kind, label=label, coded=coded, notes=notes)
