"""What the header of a mammogram and the case file say of it, before any pixel is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydicom.dataset import Dataset

from corr.anatomy.views import VIEWS
from corr.imaging.dicom.claims import check_not_hidden
from corr.imaging.dicom.header import Fact, Unusable, laterality, number, text
from corr.imaging.mammogram import film_view
from corr.imaging.mammogram.hanging import Hanging, from_letters

NOMINAL_OBLIQUE_DEG = 45.0
"""Stands in for an unknown oblique angle where only signs depend on it."""
_FILM_MODALITIES = ("MG", "RG", "CR", "DX", "OT")
_MAGNIFIED = 1.3  # contact mammograms are magnified by less


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the header of a mammogram and the case say of it.

    Attributes
    ----------
    side
        ``L`` or ``R``.
    view, base_view
        Code of `corr.anatomy.views`; what a stereo view was taken around, else None.
    angle_deg
        Signed film-plane angle; None if the population's applies.
    thickness_mm
        Compressed thickness; None if not stated.
    row_spacing_mm, col_spacing_mm
        Distance of neighbouring rows and columns; None if not calibrated.
    patient_orientation
        Where columns grow to, where rows grow to; None if not known.
    notes
        What was assumed, not used or is unsure.
    """

    side: str
    view: str
    base_view: str | None
    angle_deg: float | None
    thickness_mm: float | None
    row_spacing_mm: float | None
    col_spacing_mm: float | None
    patient_orientation: tuple[str, str] | None
    notes: tuple[str, ...] = ()

    @property
    def calibrated(self) -> bool:
        """Whether positions in mm can be given."""
        return self.row_spacing_mm is not None

    @property
    def hanging(self) -> Hanging | None:
        """Which image borders are chest wall and up; None if the orientation is not known."""
        if self.patient_orientation is None:
            return None
        angle_deg = _sign_deg(self.base_view or self.view, self.angle_deg)
        return from_letters(self.patient_orientation, self.side, angle_deg)


def read_facts(ds: Dataset, given: Mapping[str, Any] | None = None) -> Facts:
    """Side, view, angle, thickness, scale and orientation of a header; raises `Unusable`.

    For an inventory too: it needs no pixels. ``given`` are checked overrides of the case.
    """
    given = given or {}
    modality = text(ds, "Modality").upper()
    if modality not in _FILM_MODALITIES:
        msg = f"modality {modality or '(none)'} is no mammogram"
        raise Unusable(msg, allowed=", ".join(_FILM_MODALITIES))
    check_not_hidden(ds)
    side = _side(ds, given)
    view, base = _view(ds, given)
    stated = Fact(given.get("angle_deg"))
    angle = stated if stated.value is not None else film_view.read_angle(ds, side.value, view.value)
    thickness = number(ds, "BodyPartThickness", low=10, high=150)
    thickness = given.get("thickness_mm", thickness)
    scale = film_view.read_scale(ds, thickness)
    if "row_spacing_mm" in given:
        scale = Fact((given["row_spacing_mm"], given["col_spacing_mm"]))
    sign_deg = _sign_deg(base or view.value, angle.value)
    if "patient_orientation" in given:
        letters = film_view.check_orientation(given["patient_orientation"], side.value, sign_deg)
        if letters.value is None:
            raise Unusable(letters.notes[0], fix="mend the override patient_orientation")
    else:
        letters = film_view.read_orientation(ds, side.value, sign_deg)
    notes = [*side.notes, *view.notes, *angle.notes, *scale.notes, *letters.notes]
    if text(ds, "BreastImplantPresent").upper() == "YES":
        notes.append("a breast implant is present: it displaces the tissue")
    row_mm, col_mm = scale.value or (None, None)
    return Facts(
        side=side.value,
        view=view.value,
        base_view=base,
        angle_deg=angle.value,
        thickness_mm=thickness,
        row_spacing_mm=row_mm,
        col_spacing_mm=col_mm,
        patient_orientation=letters.value,
        notes=tuple(notes),
    )


def _side(ds: Dataset, given: Mapping[str, Any]) -> Fact:
    if "side" in given:
        return Fact(given["side"])
    side = laterality(ds)
    if side.value in ("L", "R"):
        return side
    reason = "the image shows both breasts" if side.value == "B" else side.notes[0]
    raise Unusable(reason, allowed="L or R", fix="state the side in the case file")


def _view(ds: Dataset, given: Mapping[str, Any]) -> tuple[Fact, str | None]:
    """View, and what a stereo view was taken around."""
    if "view" in given:
        return Fact(given["view"]), "CC" if given["view"] == "STEREO" else None
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
        return Fact("STEREO", view.notes), view.value
    if text(ds, "SOPClassUID") in film_view.PROJECTIONS:
        note = "a projection of a sweep: its own angle is used on a CC only"
        notes = view.notes if view.value == "CC" else (*view.notes, note)
        return replace(view, notes=notes), None
    note = "stereotactic scout: a small field, the nipple may be outside"
    return replace(view, notes=(*view.notes, note)), None


def _sign_deg(view: str, angle_deg: float | None) -> float:
    """Angle (degrees) to read the signs of the axes with: the known one, else nominal."""
    if angle_deg is not None:
        return angle_deg
    return VIEWS[view].nominal_deg if view in VIEWS else NOMINAL_OBLIQUE_DEG
