"""Annotations of DICOM RT Structure Sets: contours in patient coordinates."""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset

from corr.imaging.dicom import codes as breast_codes
from corr.imaging.dicom import header
from corr.imaging.dicom.header import Unusable
from corr.imaging.marks.annotation import Annotation, Array, checked_points, coordinates

_CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
_ALLOWED = ("POINT", "OPEN_PLANAR", "OPEN_NONPLANAR", *_CLOSED)


def read_structure_set(ds: Dataset, refused: list[str]) -> list[Annotation]:
    """One annotation per region of interest, LPS mm.

    Parameters
    ----------
    ds : dataset of an RT Structure Set
    refused : collects regions that could not be used, one line each
    """
    described = {
        header.text(r, "ROINumber"): r for r in header.items(ds, "StructureSetROISequence")
    }
    observed = {
        header.text(o, "ReferencedROINumber"): o
        for o in header.items(ds, "RTROIObservationsSequence")
    }
    found = []
    for region in header.items(ds, "ROIContourSequence"):
        number = header.text(region, "ReferencedROINumber")
        about, seen = described.get(number, Dataset()), observed.get(number, Dataset())
        label = header.text(about, "ROIName") or header.text(seen, "ROIObservationLabel")
        try:
            found.append(_annotation(region, about, seen, label[:200]))
        except Unusable as error:
            refused.append(f"region {number}: {error}")
    return found


def _annotation(region: Dataset, about: Dataset, seen: Dataset, label: str) -> Annotation:
    rings: list[Array] = []
    stray: list[Array] = []
    images: dict[str, None] = {}
    for contour in header.items(region, "ContourSequence"):
        kind = header.text(contour, "ContourGeometricType")
        if kind not in _ALLOWED:
            msg = f"contour type {kind or 'not stated'} is not known"
            raise Unusable(msg, allowed=", ".join(_ALLOWED))
        points = checked_points(coordinates(contour, "ContourData"), 3)
        closed = kind in _CLOSED and len(np.unique(points, axis=0)) > 2
        (rings if closed else stray).append(points)
        for image in header.items(contour, "ContourImageSequence"):
            images[header.text(image, "ReferencedSOPInstanceUID")] = None
    if not (rings or stray):
        msg = "it has no contour"
        raise Unusable(msg)
    codes = breast_codes.keys(seen, "RTROIIdentificationCodeSequence")
    cells, notes = breast_codes.place(codes)
    outline = bool(rings)
    if rings and stray:
        notes = (*notes, f"{len(stray)} contours of it enclose nothing: left out")
    rings = rings or stray
    frame_of_reference = header.text(about, "ReferencedFrameOfReferenceUID")
    return Annotation(
        label=label, kind=breast_codes.kind(codes, label), space="patient",
        points=np.concatenate(rings), outline=outline,
        parts=tuple(len(r) for r in rings) if len(rings) > 1 else (),
        refers_to=tuple(u for u in (*images, frame_of_reference) if u),
        frame_of_reference=frame_of_reference, coded=cells, source="DICOM RTSTRUCT", notes=notes,
    )  # fmt: skip
