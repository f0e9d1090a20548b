"""What the header of a mammogram and the case file say of it, before any pixel is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydicom.dataset import Dataset

from corr.anatomy.views import VIEWS
from corr.imaging.dicom.header import Fact, Unusable, laterality, number, text
from corr.imaging.mammogram import film_view

NOMINAL_OBLIQUE_DEG = 45.0
"""Stands in for an unknown oblique angle where only signs depend on it."""
_FILM_MODALITIES = ("MG", "RG", "CR", "DX", "OT")
_MAGNIFIED = 1.3  # contact mammograms are magnified by less


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
    sign_deg = sign_angle(base or view.value, angle.value)
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


def sign_angle(view: str, angle_deg: float | None) -> float:
    """Angle (degrees) to read the signs of the axes with: the known one, else nominal."""
    if angle_deg is not None:
        return angle_deg
    return VIEWS[view].nominal_deg if view in VIEWS else NOMINAL_OBLIQUE_DEG
