"""Positions given in pixels or in DICOM patient coordinates, turned into the breast frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from corr.anatomy.film import transverse_sign
from corr.anatomy.frame import lps_to_breast
from corr.tables.checks import PATIENT_COLUMNS, PATIENT_NIPPLE_COLUMNS, PIXEL_COLUMNS
from corr.tables.rows import Draft

AGREE_MM = 1.0
"""Two ways of stating one position may differ by rounding, not by more."""

_PRONE = ("lateral_mm", "superior_mm", "posterior_mm")
_LIMITS_MM = {
    "lateral_mm": (-200.0, 200.0),
    "superior_mm": (-200.0, 200.0),
    "posterior_mm": (-50.0, 250.0),
    "transverse_mm": (-300.0, 300.0),
}
"""Farther from the nipple no breast reaches: what says so is another image, side or spacing."""


def film_from_pixels(draft: Draft, angle_deg: float) -> None:
    """Fill ``posterior_mm, transverse_mm`` from pixels of finding and nipple.

    `angle_deg` is the signed film-plane angle of the reading, nominal if it is not stated: only
    the signs depend on it. Contradictory letters and incomplete columns are dropped with a
    reason.
    """
    columns = (*PIXEL_COLUMNS, "patient_orientation")
    stated = draft.stated(*columns)
    if not stated:
        return
    missing = [c for c in columns if c not in stated]
    if missing:
        allowed, fix = f"all of {', '.join(columns)}", f"fill in {', '.join(missing)}"
        draft.drop(*stated, allowed=allowed, fix=fix)
        return
    values = draft.values
    along_columns = (values["col"] - values["nipple_col"]) * values["col_spacing_mm"]
    along_rows = (values["row"] - values["nipple_row"]) * values["row_spacing_mm"]
    letters_row, letters_column = values["patient_orientation"]
    side = values["breast"]
    if letters_row[0] in "AP":
        (depth, depth_letters), (across, across_letters) = (
            (along_columns, letters_row),
            (along_rows, letters_column),
        )
    else:  # a biopsy image, turned by a right angle
        (depth, depth_letters), (across, across_letters) = (
            (along_rows, letters_column),
            (along_columns, letters_row),
        )
    sign = transverse_sign(across_letters, side, angle_deg)
    if sign is None:
        fix = f"check side, view and PatientOrientation: {across_letters} is not an edge of it"
        allowed = f"letters that fit a film at {angle_deg:g} degrees of the {side} breast"
        draft.drop(*columns, allowed=allowed, fix=fix)
        return
    posterior = depth if depth_letters[0] == "P" else -depth
    found = {"posterior_mm": posterior, "transverse_mm": sign * across}
    _fill(draft, found, columns, "same image, spacing in mm of one pixel?")


def prone_from_patient(draft: Draft, breast: Any | None) -> None:
    """Fill the prone breast-frame position from DICOM patient coordinates and the nipple.

    The nipple is that of the row, else that of the breasts table (`breast`, may be None).
    """
    stated = draft.stated(*PATIENT_COLUMNS)
    if not stated:
        return
    nipple = [draft.get(c) for c in PATIENT_NIPPLE_COLUMNS]
    if None in nipple and breast is not None:
        nipple = [breast.mr_nipple_l, breast.mr_nipple_p, breast.mr_nipple_s]
    if len(stated) < len(PATIENT_COLUMNS) or None in nipple:
        missing = [c for c in PATIENT_COLUMNS if c not in stated]
        missing += list(PATIENT_NIPPLE_COLUMNS) if None in nipple else []
        allowed = "three coordinates of the finding and three of the nipple"
        draft.drop(*stated, allowed=allowed, fix=f"fill in {', '.join(missing)}")
        return
    point = lps_to_breast([draft.get(c) for c in PATIENT_COLUMNS], nipple, draft.values["breast"])
    found = dict(zip(_PRONE, (float(x) for x in point), strict=True))
    _fill(draft, found, PATIENT_COLUMNS, "same series, same breast, LPS not RAS?")


def _fill(draft: Draft, found: dict[str, float], source: Sequence[str], doubt: str) -> None:
    """Take the converted position; where the table states another one, keep neither.

    One outside any breast is dropped with the columns it came from.
    """
    if not all(_LIMITS_MM[name][0] <= x <= _LIMITS_MM[name][1] for name, x in found.items()):
        apart_mm = ", ".join(f"{name[:-3]} {x:.0f}" for name, x in found.items())
        fix = f"finding and nipple are {apart_mm} mm apart: {doubt}"
        draft.drop(*source, allowed="a point inside the breast", fix=fix)
        return
    apart = [n for n, x in found.items() if abs(draft.values.get(n, x) - x) > AGREE_MM]
    if apart:
        for name in apart:
            fix = f"{source[0]} and the columns beside it give {found[name]:.1f} mm; keep one"
            allowed = f"one position, stated twice within {AGREE_MM:g} mm"
            draft.drop(name, allowed=allowed, fix=fix)
        return
    for name, value in found.items():
        draft.values.setdefault(name, round(value, 6))
