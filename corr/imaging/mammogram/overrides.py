"""Facts of an image that a case file states instead of the file or the picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from corr.anatomy.views import VIEWS
from corr.imaging.dicom.header import Unusable
from corr.imaging.mammogram.landmarks import Landmarks, border_behind, posterior_line

_RANGES = {
    "angle_deg": (-100.0, 100.0),
    "thickness_mm": (10.0, 150.0),
    "row_spacing_mm": (0.005, 2.0),
    "col_spacing_mm": (0.005, 2.0),
    "nipple_row": (-10_000.0, 100_000.0),
    "nipple_col": (-10_000.0, 100_000.0),
}
_CHOICES = {"side": ("L", "R"), "view": (*VIEWS, "STEREO")}
_TOGETHER = (("row_spacing_mm", "col_spacing_mm"), ("nipple_row", "nipple_col"))
_MARK_SD_MM = 2.0


def checked(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Overrides of a mammogram that are stated (not None), each in its type and range.

    Raises
    ------
    Unusable
        If a name is unknown, a value is not allowed, or one of a pair is missing.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    for name, value in given.items():
        if name in _RANGES:
            given[name] = ranged(name, value, _RANGES[name])
        elif name in _CHOICES:
            if value not in _CHOICES[name]:
                raise refusal(name, value, ", ".join(_CHOICES[name]))
        elif name == "patient_orientation":
            parts = value.split("\\") if isinstance(value, str) else tuple(value)
            given[name] = tuple(str(p).strip().upper() for p in parts)
        else:
            raise refusal(name, value, ", ".join((*_RANGES, *_CHOICES, "patient_orientation")))
    for pair in _TOGETHER:
        if len(stated := [n for n in pair if n in given]) == 1:
            raise refusal(stated[0], given[stated[0]], f"{pair[0]} and {pair[1]} together")
    return given


def placed(marks: Landmarks, given: Mapping[str, Any], shape: tuple[int, ...]) -> Landmarks:
    """Landmarks with the stated nipple in place of the one found; the line behind it follows."""
    if "nipple_row" not in given:
        return marks
    nipple = np.array([given["nipple_row"], given["nipple_col"]])
    direction, line = marks.posterior_direction, marks.posterior_nipple_line
    if direction is not None:
        border = border_behind(direction, shape)
        line = posterior_line(nipple, marks.pectoral, border, direction)
    return replace(
        marks,
        nipple_row=float(nipple[0]),
        nipple_col=float(nipple[1]),
        nipple_sd_mm=_MARK_SD_MM,
        nipple_confident=True,
        posterior_nipple_line=line,
        notes=(),
    )


def ranged(name: str, value: Any, bounds: tuple[float, float]) -> float:
    """An override as a number within bounds, both allowed; `Unusable` if it is none."""
    low, high = bounds
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not low <= found <= high:
        raise refusal(name, value, f"a number from {low:g} to {high:g}")
    return found


def refusal(name: str, value: Any, allowed: str) -> Unusable:
    """What to raise for an override that is not allowed."""
    return Unusable(
        f"override {name} = {str(value)[:60]!r} is not allowed",
        allowed=allowed,
        fix="correct it in the case file",
    )
