"""Frames of a mammogram file: the height of a tomosynthesis slice, the angle of a projection.

A slice's height above the detector follows from the positions of the frames in the patient, if
these fit how the file says the film hangs; many anonymised files hold zeros or another frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from corr.imaging.dicom import header
from corr.imaging.dicom.groups import Tags, places_of_frames
from corr.imaging.mammogram.film_facts import NOMINAL_OBLIQUE_DEG, Facts
from corr.imaging.mammogram.film_view import PROJECTIONS

Array = NDArray[np.float64]

_FROM_BELOW = ("LM", "LMO", "FB", "ISO")  # the tube is lateral of or below the breast
_LETTERS = {"L": (0, 1.0), "R": (0, -1.0), "P": (1, 1.0), "A": (1, -1.0), "H": (2, 1.0),
            "F": (2, -1.0)}  # fmt: skip
_ALONG = 0.6  # cosine from which an axis points where its first letter says (an oblique: 0.71)
_MARGIN_MM = 15.0  # between the height of the stack and the compressed thickness


def projection_deg(ds: Dataset, frame: int) -> float | None:
    """PositionerPrimaryAngle (degrees) of one projection; None if its frame does not state it."""
    groups = header.items(ds, "PerFrameFunctionalGroupsSequence")
    if not (header.text(ds, "SOPClassUID") in PROJECTIONS and frame < len(groups)):
        return None
    for element in groups[frame]:
        for item in header.items(groups[frame], element.keyword)[:1]:
            angle = header.number(item, "PositionerPrimaryAngle", low=-180, high=180)
            if angle is not None:
                return angle
    return None


def slice_heights_mm(ds: Dataset, film: Facts) -> Array | None:
    """Height (mm) of the middle of each slice above the detector; None where it is not known.

    Needs positions of the frames that grow along the beam, axes that fit PatientOrientation, and
    a stack about as high as the breast is thick.
    """
    if header.text(ds, "SOPClassUID") != "1.2.840.10008.5.1.4.1.1.13.1.3":
        return None
    frames = [Tags(places) for places in places_of_frames(ds)]
    where = [tags.numbers("ImagePositionPatient", 3, limit=5000) for tags in frames]
    turned = frames[0].numbers("ImageOrientationPatient", 6, limit=1.01) if frames else None
    if len(frames) < 2 or turned is None or film.patient_orientation is None:
        return None
    if any(p is None for p in where) or not _fits(turned, film.patient_orientation):
        return None
    up = _up_the_beam(film)
    height = np.array(where, dtype=float) @ up
    apart = np.diff(height)
    step = float(np.median(np.abs(apart)))
    if step < 0.05 or not (np.all(apart > 0) or np.all(apart < 0)):
        return None
    stack_mm = float(np.ptp(height)) + step
    if film.thickness_mm is not None and abs(stack_mm - film.thickness_mm) > _MARGIN_MM:
        return None
    return np.asarray(height - height.min() + step / 2)


def _fits(turned: Array, letters: tuple[str, str]) -> bool:
    """Whether the axes of the frames point where the letters of the film say."""
    for axis, said in zip(turned.reshape(2, 3), letters, strict=True):
        toward = sum((axis[n] * sign for n, sign in (_LETTERS[c] for c in said[:2])), 0.0)
        if toward < _ALONG:
            return False
    return True


def _up_the_beam(film: Facts) -> Array:
    """Unit step (LPS) from the detector to the tube."""
    view = film.base_view or film.view
    nominal = {"CC": 0.0, "FB": 0.0, "ML": 90.0, "LM": 90.0}.get(view, NOMINAL_OBLIQUE_DEG)
    angle = np.deg2rad(film.angle_deg if film.angle_deg is not None else nominal)
    lateral = 1.0 if film.side == "L" else -1.0
    up = np.array([-lateral * np.sin(angle), 0.0, np.cos(angle)])
    return -up if view in _FROM_BELOW else up
