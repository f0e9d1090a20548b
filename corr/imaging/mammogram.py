"""A mammogram as the breast frame needs it: view, scale, landmarks, and film positions in mm.

`read_mammogram` reads one frame of one file; a tomosynthesis file is read slice by slice. What
the header does not say is found in the picture with its uncertainty, or left open; every fact
can be overridden. Film positions are from the nipple: ``posterior_mm`` toward the chest wall and
``transverse_mm`` along (lateral, superior) = (cos a, sin a) for the film-plane angle a.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from corr.exams.views import VIEWS
from corr.imaging import film_view
from corr.imaging import overrides as overriding
from corr.imaging.hanging import Hanging, from_letters, letters_of
from corr.imaging.header import (
    Fact,
    Unusable,
    frames,
    laterality,
    number,
    pixels,
    read_header,
    text,
)
from corr.imaging.landmarks import Landmarks, find_landmarks, step

NOMINAL_OBLIQUE_DEG = 45.0
"""Stands in for an unknown oblique angle where only signs depend on it."""
_FILM_MODALITIES = ("MG", "RG", "CR", "DX", "OT")
_MAGNIFIED = 1.3  # contact mammograms are magnified by less
_THIRDS = ("anterior", "middle", "posterior")


@dataclass(frozen=True)
class Mammogram:
    """One frame of a mammogram.

    Attributes
    ----------
    path, index
        File and frame.
    side
        ``L`` or ``R``.
    view, base_view
        Code of `corr.exams.views`; what a stereo view was taken around, else None.
    angle_deg
        Signed film-plane angle; None if the population's applies.
    thickness_mm
        Compressed thickness; None if not stated.
    row_spacing_mm, col_spacing_mm
        Distance of neighbouring rows and columns; None if not calibrated.
    calibrated
        Whether positions in mm can be given.
    scale_rel_sd
        Relative SD of the scale (magnification within the thickness).
    patient_orientation
        Where columns grow to, where rows grow to; None if not known.
    image
        (rows, columns) float32 as stored, brighter = more tissue.
    landmarks
        Breast, nipple and lines in stored pixels.
    sources
        Where each fact comes from.
    notes
        What was assumed, not used or is unsure.
    """

    path: Path
    index: int
    side: str
    view: str
    base_view: str | None
    angle_deg: float | None
    thickness_mm: float | None
    row_spacing_mm: float | None
    col_spacing_mm: float | None
    calibrated: bool
    scale_rel_sd: float
    patient_orientation: tuple[str, str] | None
    image: NDArray[np.float32]
    landmarks: Landmarks
    sources: Mapping[str, str]
    notes: tuple[str, ...] = ()

    @property
    def hanging(self) -> Hanging | None:
        """Which image borders are chest wall and up; None if the orientation is not known."""
        if self.patient_orientation is None:
            return None
        return from_letters(self.patient_orientation, self.side, sign_angle_deg(self))


def read_mammogram(
    path: str | Path, *, index: int = 0, overrides: Mapping[str, Any] | None = None
) -> Mammogram:
    r"""One frame of a mammogram with its landmarks.

    Parameters
    ----------
    path
        DICOM file: digital mammogram (for presentation or processing), tomosynthesis,
        secondary capture of a film.
    index
        Frame; only this one is decoded.
    overrides
        Facts that replace those of the file and the picture: ``side, view, base_view,
        angle_deg, thickness_mm, row_spacing_mm, col_spacing_mm, patient_orientation``
        (``A\R``), ``nipple_row, nipple_col, nipple_sd_mm, nipple_in_profile, pectoral``
        ((row, col), (row, col)).

    Raises
    ------
    Unusable
        If the file is no mammogram, its side or view is unknown or contradictory, its view has
        no map (rolled, spot, ...), its pixels cannot be read, or an override is not allowed.
    """
    path = Path(path)
    given = overriding.checked(overrides or {})
    ds = read_header(path)
    facts = read_facts(ds, given)
    grey = pixels(path, index=index)
    if grey.ndim == 3:
        grey = grey.mean(axis=-1)
    image = np.nan_to_num(np.ascontiguousarray(grey, dtype=np.float32), posinf=0.0, neginf=0.0)
    pixel_mm = facts.scale.row_mm or _nominal_spacing(image.shape)
    stated = from_letters(facts.letters, facts.side, facts.sign_deg) if facts.letters else None
    found = find_landmarks(
        image, pixel_mm, side=facts.side, view=facts.base_view or facts.view, stated=stated
    )
    letters = facts.letters if found.hanging is not None else None
    if letters is None and found.hanging is not None:
        letters = letters_of(found.hanging, facts.side, facts.base_view or facts.view)
    if letters is None and "patient_orientation" in given:
        letters = facts.letters
    many = (f"frame {index} of {frames(ds)}",) if frames(ds) > 1 else ()
    return Mammogram(
        path=path,
        index=index,
        side=facts.side,
        view=facts.view,
        base_view=facts.base_view,
        angle_deg=facts.angle_deg,
        thickness_mm=facts.thickness_mm,
        row_spacing_mm=facts.scale.row_mm,
        col_spacing_mm=facts.scale.col_mm,
        calibrated=facts.scale.row_mm is not None,
        scale_rel_sd=facts.scale.rel_sd,
        patient_orientation=letters,
        image=image,
        landmarks=overriding.placed(found.landmarks, given, image.shape),
        sources=facts.sources,
        notes=(*many, *facts.notes, *found.notes),
    )


@dataclass(frozen=True)
class Facts:
    """What the header (and the overrides) say, before any pixel is read."""

    side: str
    view: str
    base_view: str | None
    angle_deg: float | None
    sign_deg: float
    thickness_mm: float | None
    scale: film_view.Scale
    letters: tuple[str, str] | None
    sources: Mapping[str, str]
    notes: tuple[str, ...]


def read_facts(ds: Dataset, given: Mapping[str, Any] | None = None) -> Facts:
    """Side, view, angle, thickness, scale and orientation of a header; raises `Unusable`.

    For an inventory too: it needs no pixels.
    """
    given = given or {}
    modality = text(ds, "Modality").upper()
    if modality not in _FILM_MODALITIES:
        msg = f"modality {modality or '(none)'} is no mammogram"
        raise Unusable(msg, allowed=", ".join(_FILM_MODALITIES))
    side = _side(ds, given)
    view, base = _view(ds, given)
    angle = _angle(ds, given, side=side.value, view=view.value)
    sign_deg = _sign_angle(base or view.value, angle.value)
    thickness = number(ds, "BodyPartThickness", low=10, high=150)
    thickness = given.get("thickness_mm", thickness)
    scale = film_view.read_scale(ds, thickness)
    if "row_spacing_mm" in given:
        rows, cols = given["row_spacing_mm"], given["col_spacing_mm"]
        scale = replace(scale, row_mm=rows, col_mm=cols, rel_sd=0.03, source="override", notes=())
    if "patient_orientation" in given:
        letters = film_view.check_orientation(given["patient_orientation"], side.value, sign_deg)
        if letters.value is None:
            raise Unusable(letters.notes[0], fix="mend the override patient_orientation")
        letters = replace(letters, source="override")
    else:
        letters = film_view.read_orientation(ds, side.value, sign_deg)
    notes = [*side.notes, *view.notes, *angle.notes, *scale.notes, *letters.notes]
    if text(ds, "BreastImplantPresent").upper() == "YES":
        notes.append("a breast implant is present: it displaces the tissue")
    return Facts(
        side=side.value,
        view=view.value,
        base_view=base,
        angle_deg=angle.value,
        sign_deg=sign_deg,
        thickness_mm=thickness,
        scale=scale,
        letters=letters.value,
        sources={
            "side": side.source,
            "view": view.source,
            "angle_deg": angle.source,
            "spacing": scale.source,
            "patient_orientation": letters.source or "picture",
        },
        notes=tuple(notes),
    )


def sign_angle_deg(film: Mammogram) -> float:
    """Angle that the signs of a film's axes are read with: the known one, else nominal."""
    return _sign_angle(film.base_view or film.view, film.angle_deg)


def to_film_mm(film: Mammogram, row: float, col: float) -> tuple[float, float]:
    """Film position (posterior_mm, transverse_mm) of a stored pixel, from the nipple.

    Raises
    ------
    Unusable
        If the film has no spacing, no orientation or no nipple.
    """
    posterior, transverse = _axes(film)
    offset = np.array([row, col], dtype=float) - _nipple(film)
    offset *= _spacing(film)
    return float(offset @ posterior), float(offset @ transverse)


def from_film_mm(film: Mammogram, posterior_mm: float, transverse_mm: float) -> tuple[float, float]:
    """Stored pixel (row, col) of a film position: the inverse of `to_film_mm`."""
    posterior, transverse = _axes(film)
    offset = posterior_mm * posterior + transverse_mm * transverse
    row, col = _nipple(film) + offset / _spacing(film)
    return float(row), float(col)


def posterior_fraction(film: Mammogram, row: float, col: float) -> float | None:
    """How far back a pixel lies: 0 at the nipple, 1 at the end of the posterior nipple line.

    Needs no spacing. None without a nipple.
    """
    line = film.landmarks.posterior_nipple_line
    if line is None:
        return None
    along = line[1] - line[0]
    length = float(along @ along)
    return float((np.array([row, col]) - line[0]) @ along / length) if length else None


def finding_cells(
    film: Mammogram,
    *,
    row: float,
    col: float,
    size_mm: float | None = None,
    kind: str | None = None,
    unsure_nipple: bool = False,
) -> dict[str, str]:
    """Cells of the findings table for a lesion at a stored pixel.

    Positions need a confident nipple (or an override) unless ``unsure_nipple``; without spacing
    only the third of the depth is given, without orientation no ``transverse_mm``.
    """
    cells = {"modality": "MG", "breast": film.side, "view": film.view}
    numbers = {
        "view_angle_deg": film.angle_deg,
        "thickness_mm": film.thickness_mm,
        "size_mm": size_mm,
    }
    if film.view == "STEREO" and film.angle_deg is not None:
        base = film.base_view or "CC"
        numbers["view_angle_deg"] = film.angle_deg - (VIEWS[base].nominal_deg)
        cells["base_view"] = base
    if film.landmarks.nipple_confident or unsure_nipple:
        numbers |= _position(film, row, col)
        if not film.calibrated and (third := _third(film, row, col)):
            cells["depth_third"] = third
    cells |= {name: f"{value:.6g}" for name, value in numbers.items() if value is not None}
    return cells | ({"kind": kind} if kind else {})


def _position(film: Mammogram, row: float, col: float) -> dict[str, float | None]:
    if not film.calibrated or film.landmarks.nipple_row is None:
        return {}
    if film.patient_orientation is not None:
        posterior, transverse = to_film_mm(film, row, col)
        return {"posterior_mm": posterior, "transverse_mm": transverse}
    if film.landmarks.posterior_direction is None:
        return {}
    offset = (np.array([row, col]) - _nipple(film)) * _spacing(film)
    return {"posterior_mm": float(offset @ film.landmarks.posterior_direction)}


def _third(film: Mammogram, row: float, col: float) -> str | None:
    fraction = posterior_fraction(film, row, col)
    if fraction is None or not -0.2 <= fraction <= 1.3:
        return None
    return _THIRDS[min(2, max(0, int(fraction * 3)))]


def _nipple(film: Mammogram) -> NDArray[np.float64]:
    marks = film.landmarks
    if marks.nipple_row is None or marks.nipple_col is None:
        msg = "no nipple was found on this film"
        raise Unusable(msg, fix="state nipple_row and nipple_col in the case file")
    return np.array([marks.nipple_row, marks.nipple_col])


def _spacing(film: Mammogram) -> NDArray[np.float64]:
    if film.row_spacing_mm is None or film.col_spacing_mm is None:
        msg = "the film has no pixel spacing: mm cannot be given"
        raise Unusable(msg, fix="state row_spacing_mm and col_spacing_mm in the case file")
    return np.array([film.row_spacing_mm, film.col_spacing_mm])


def _axes(film: Mammogram) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Unit steps in (row, column) toward + posterior and + transverse."""
    hanging = film.hanging
    if hanging is None:
        msg = "how the film is turned is not known"
        raise Unusable(msg, fix="state patient_orientation in the case file")
    return step(hanging.chest), step(hanging.up)


def _side(ds: Dataset, given: Mapping[str, Any]) -> Fact:
    if "side" in given:
        return Fact(given["side"], "override")
    side = laterality(ds)
    if side.value in ("L", "R"):
        return side
    reason = "the image shows both breasts" if side.value == "B" else side.notes[0]
    raise Unusable(reason, allowed="L or R", fix="state the side in the case file")


def _view(ds: Dataset, given: Mapping[str, Any]) -> tuple[Fact, str | None]:
    """View, and what a stereo view was taken around."""
    if "view" in given:
        base = given.get("base_view") or ("CC" if given["view"] == "STEREO" else None)
        return Fact(given["view"], "override"), base
    view = film_view.read_view(ds)
    if view.value is None:
        allowed = ", ".join(VIEWS)
        raise Unusable(view.notes[0], allowed=allowed, fix="state the view in the case file")
    reason = film_view.refused(view.value)
    factor = number(ds, "EstimatedRadiographicMagnificationFactor", low=_MAGNIFIED, high=10)
    if not reason and factor:
        reason = f"magnified {factor:g} times: {film_view.refused('M')}"
    if reason:
        msg = f"view {view.value}: {reason}"
        raise Unusable(msg, allowed=", ".join(VIEWS))
    if not film_view.is_stereo(ds):
        return view, None
    offset = number(ds, "PositionerPrimaryAngle", low=-180, high=180)
    if offset and view.value == "CC":
        return Fact("STEREO", "ProtocolName", view.notes), view.value
    note = "stereotactic scout: a small field, the nipple may be outside"
    return replace(view, notes=(*view.notes, note)), None


def _angle(ds: Dataset, given: Mapping[str, Any], *, side: str, view: str) -> Fact:
    if "angle_deg" in given:
        return Fact(given["angle_deg"], "override")
    return film_view.read_angle(ds, side, view)


def _sign_angle(view: str, angle_deg: float | None) -> float:
    if angle_deg is not None:
        return angle_deg
    return VIEWS[view].nominal_deg if view in VIEWS else NOMINAL_OBLIQUE_DEG


def _nominal_spacing(shape: tuple[int, ...]) -> float:
    """Pixel size to search landmarks with on a film without spacing (about 225 mm long)."""
    longest = max(shape[:2])
    return film_view.NOMINAL_SPACING_MM if longest >= 1800 else 225.0 / longest
