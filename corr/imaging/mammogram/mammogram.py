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

from corr.anatomy.views import VIEWS
from corr.imaging.dicom.header import Unusable, frames, read_header
from corr.imaging.dicom.pixels import pixels
from corr.imaging.mammogram import film_view
from corr.imaging.mammogram import overrides as overriding
from corr.imaging.mammogram.film_facts import Facts, read_facts
from corr.imaging.mammogram.hanging import letters_of
from corr.imaging.mammogram.landmarks import Landmarks, find_landmarks, step
from corr.imaging.mammogram.stack import projection_deg, slice_heights_mm

_THIRDS = ("anterior", "middle", "posterior")


@dataclass(frozen=True, kw_only=True)
class Mammogram(Facts):
    """One frame of a mammogram, with the facts of its header.

    Attributes
    ----------
    image
        (rows, columns) float32 as stored, brighter = more tissue.
    landmarks
        Breast, nipple and lines in stored pixels.
    slice_heights_mm
        Height of every slice of a tomosynthesis above the detector; None if not known.
    """

    image: NDArray[np.float32]
    landmarks: Landmarks
    slice_heights_mm: NDArray[np.float64] | None = None


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
        Facts that replace those of the file and the picture: ``side, view, angle_deg,
        thickness_mm, row_spacing_mm, col_spacing_mm, patient_orientation`` (``A\R``),
        ``nipple_row, nipple_col``.

    Raises
    ------
    Unusable
        If the file is no mammogram, its side or view is unknown or contradictory, its view has
        no map (rolled, spot, ...), its pixels cannot be read, or an override is not allowed.
    """
    given = overriding.checked(overrides or {})
    ds = read_header(path)
    if (angle := projection_deg(ds, index)) is not None:
        ds.PositionerPrimaryAngle = angle
    facts = read_facts(ds, given)
    grey = pixels(path, index=index)
    if grey.ndim == 3:
        grey = grey.mean(axis=-1)
    image = np.nan_to_num(np.ascontiguousarray(grey, dtype=np.float32), posinf=0.0, neginf=0.0)
    found = find_landmarks(
        image,
        facts.row_spacing_mm or _nominal_spacing(image.shape),
        side=facts.side,
        view=facts.base_view or facts.view,
        stated=facts.hanging,
    )
    letters = facts.patient_orientation
    if found.hanging is None and "patient_orientation" not in given:
        letters = None
    if letters is None and found.hanging is not None:
        letters = letters_of(found.hanging, facts.side, facts.base_view or facts.view)
    many = (f"frame {index} of {frames(ds)}",) if frames(ds) > 1 else ()
    notes = (*many, *facts.notes, *found.notes)
    return Mammogram(
        **vars(replace(facts, patient_orientation=letters, notes=notes)),
        image=image,
        landmarks=overriding.placed(found.landmarks, given, image.shape),
        slice_heights_mm=slice_heights_mm(ds, facts),
    )


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
) -> dict[str, str]:
    """Cells of the findings table for a lesion at a stored pixel.

    Positions need a confident nipple (or an override); without spacing only the third of the
    depth is given, without orientation no ``transverse_mm``.
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
    if film.landmarks.nipple_confident:
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


def _nominal_spacing(shape: tuple[int, ...]) -> float:
    """Pixel size to search landmarks with on a film without spacing (about 225 mm long)."""
    longest = max(shape[:2])
    return film_view.NOMINAL_SPACING_MM if longest >= 3000 else 225.0 / longest
