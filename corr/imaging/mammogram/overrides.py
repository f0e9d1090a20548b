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
    "nipple_sd_mm": (0.0, 100.0),
}
_CHOICES = {"side": ("L", "R"), "view": (*VIEWS, "STEREO"), "base_view": tuple(VIEWS)}
_TOGETHER = (("row_spacing_mm", "col_spacing_mm"), ("nipple_row", "nipple_col"))
_MARK_SD_MM = 2.0
_OTHER = ("patient_orientation", "nipple_in_profile", "pectoral")


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
        elif name == "pectoral":
            given[name] = _line(value)
        elif name not in _OTHER:
            raise refusal(name, value, ", ".join((*_RANGES, *_CHOICES, *_OTHER)))
    for pair in _TOGETHER:
        if len(stated := [n for n in pair if n in given]) == 1:
            raise refusal(stated[0], given[stated[0]], f"{pair[0]} and {pair[1]} together")
    return given


def placed(marks: Landmarks, given: Mapping[str, Any], shape: tuple[int, ...]) -> Landmarks:
    """Landmarks with the stated ones in place of those found; the lines follow."""
    if not given.keys() & {"nipple_row", "pectoral", "nipple_sd_mm", "nipple_in_profile"}:
        return marks
    pectoral = given.get("pectoral", marks.pectoral)
    if "nipple_row" in given:
        marks = replace(
            marks,
            nipple_row=given["nipple_row"],
            nipple_col=given["nipple_col"],
            nipple_sd_mm=_MARK_SD_MM,
            nipple_confident=True,
            nipple_in_profile=None,
            notes=(),
        )
    marks = replace(
        marks,
        pectoral=pectoral,
        nipple_sd_mm=given.get("nipple_sd_mm", marks.nipple_sd_mm),
        nipple_in_profile=given.get("nipple_in_profile", marks.nipple_in_profile),
    )
    if marks.nipple_row is None or marks.posterior_direction is None:
        return marks
    nipple = np.array([marks.nipple_row, marks.nipple_col])
    border = border_behind(marks.posterior_direction, shape)
    line = posterior_line(nipple, pectoral, border, marks.posterior_direction)
    return replace(marks, posterior_nipple_line=line)


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


def _line(value: Any) -> Any:
    try:
        line = np.array(value, dtype=float)
    except (TypeError, ValueError):
        line = np.empty(0)
    if line.shape != (2, 2) or not np.isfinite(line).all() or (line[0] == line[1]).all():
        allowed, name = "two different points (row, col)", "pectoral"
        raise refusal(name, value, allowed)
    return line


def refusal(name: str, value: Any, allowed: str) -> Unusable:
    """What to raise for an override that is not allowed."""
    return Unusable(
        f"override {name} = {str(value)[:60]!r} is not allowed",
        allowed=allowed,
        fix="correct it in the case file",
    )
