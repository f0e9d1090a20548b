"""Which quadrants a clock position lies in or touches, on the right and on the left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_QUARTERS = {  # quadrant -> (first hour, last hour) facing the patient
    "R": {"UOQ": (9, 12), "UIQ": (0, 3), "LIQ": (3, 6), "LOQ": (6, 9)},
    "L": {"UOQ": (0, 3), "UIQ": (9, 12), "LIQ": (6, 9), "LOQ": (3, 6)},
}


def in_quadrant(clock_h: tuple[float, float], quadrant: str, side: str) -> bool:
    """Whether a clock interval touches a quadrant (its two axes included).

    >>> in_quadrant((7, 8), "LOQ", "R"), in_quadrant((7, 8), "LOQ", "L")
    (True, False)
    """
    first, last = _QUARTERS[side][quadrant]
    lo, hi = clock_h
    return any(lo <= last + turn and hi >= first + turn for turn in (0, 12))


def quadrants_of(place: Mapping[str, Any]) -> list[str]:
    """Quadrants that a stated clock position or quadrant lies in or touches."""
    clock, quadrant = place.get("clock_h"), place.get("quadrant")
    if clock is None:
        return [quadrant] if quadrant else []
    sides = place.get("side", ())
    return [q for q in _QUARTERS["R"] if sides and all(in_quadrant(clock, q, s) for s in sides)]
