"""Where the handle of a finding sits in a view, and what it states when it is dragged."""

from __future__ import annotations

import math
from dataclasses import dataclass

from corr.anatomy.frame import left_sign
from corr.exams.registry import exam_of
from corr.records import Finding

HOUR_STEP = 0.5
MM_STEP = 1.0
CM_STEP = 0.5


@dataclass(frozen=True)
class Spot:
    """A handle at (x, y) mm of a view; ``move`` turns a new place into columns."""

    x: float
    y: float
    kind: str  # clock, coronal, film
    sign: float = 1.0
    width_h: float = 0.0
    radius_stated: bool = False

    def move(self, x: float, y: float) -> dict[str, float | None]:
        """Columns that state the place (x, y).

        Only what was stated before is stated anew: an hour alone stays an hour alone.
        """
        if self.kind == "film":
            return {
                "posterior_mm": _step(self.sign * x, MM_STEP),
                "transverse_mm": _step(y, MM_STEP),
            }
        if self.kind == "coronal":
            return {"lateral_mm": _step(self.sign * x, MM_STEP), "superior_mm": _step(y, MM_STEP)}
        middle = math.degrees(math.atan2(x, y)) / 30.0
        values: dict[str, float | None] = {
            "clock": _step(middle - self.width_h / 2, HOUR_STEP) % 12.0 or 12.0
        }
        if self.radius_stated:
            values["fn_cm"] = _step(math.hypot(x, y) / 10.0, CM_STEP)
        return values


def _step(value: float, step: float) -> float:
    return round(value / step) * step + 0.0


def on_face(finding: Finding, side: str, held_mm: float) -> Spot | None:
    """Handle on the clock face: an hour (and distance), or an MRI position; else None.

    An hour without a distance is held ``held_mm`` from the nipple.
    """
    if finding.lateral_mm is not None and finding.superior_mm is not None:
        sign = left_sign(side)
        return Spot(sign * finding.lateral_mm, finding.superior_mm, "coronal", sign)
    if finding.clock_h is None:
        return None
    low, high = finding.clock_h
    angle = math.radians(30.0 * (low + high) / 2)
    stated = exam_of(finding).place == "skin" and finding.fn_mm is not None
    radius = finding.fn_mm if stated and finding.fn_mm else held_mm
    x, y = radius * math.sin(angle), radius * math.cos(angle)
    return Spot(x, y, "clock", width_h=high - low, radius_stated=stated)


def on_film(finding: Finding, sign: float) -> Spot | None:
    """Handle on a film that measured the finding; None where it states no position."""
    if finding.posterior_mm is None or finding.transverse_mm is None:
        return None
    return Spot(sign * finding.posterior_mm, finding.transverse_mm, "film", sign)
