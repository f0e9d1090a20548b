"""Which quadrants a clock position lies in or touches, on the right and on the left."""

from __future__ import annotations

from corr.anatomy.quadrants import touched

_QUARTERS = {  # quadrant -> (first hour, last hour) facing the patient
    "R": {"UOQ": (9, 12), "UIQ": (0, 3), "LIQ": (3, 6), "LOQ": (6, 9)},
    "L": {"UOQ": (0, 3), "UIQ": (9, 12), "LIQ": (6, 9), "LOQ": (3, 6)},
}


def in_quadrant(clock_h: tuple[float, float], quadrant: str, side: str) -> bool:
    """Whether a clock interval touches a quadrant or half (the axes around it included).

    >>> in_quadrant((7, 8), "LOQ", "R"), in_quadrant((7, 8), "LOQ", "L")
    (True, False)
    """
    lo, hi = clock_h
    ends = [_QUARTERS[side][q] for q in touched(quadrant)]
    return any(lo <= last + t and hi >= first + t for first, last in ends for t in (0, 12))
