"""Which way a film runs across the breast, and where clock hours fall on it."""

from __future__ import annotations

import math

from corr.anatomy.frame import left_sign

_WEAK = 0.2  # an axis this flat to the film carries no sign: a CC of 5 degrees is still a CC


def transverse_sign(letters: str, side: str, angle_deg: float) -> int | None:
    """Whether an image direction runs along + or - transverse; None if it cannot be either.

    + transverse is ``(cos a, sin a)`` along (lateral, superior). The patient's left (L) is
    lateral on the left breast and medial on the right.

    >>> transverse_sign("FR", "L", 45.0), transverse_sign("FL", "R", 45.0)
    (-1, -1)
    >>> transverse_sign("R", "L", 0.0), transverse_sign("L", "R", 0.0), transverse_sign("F", "L", 0)
    (-1, -1, None)
    """
    a = math.radians(angle_deg)
    share = {
        "L": left_sign(side) * math.cos(a),
        "R": -left_sign(side) * math.cos(a),
        "H": math.sin(a),
        "F": -math.sin(a),
    }
    weights = [share[c] for c in letters if c in share and abs(share[c]) > _WEAK]
    signs = {1 if w > 0 else -1 for w in weights}
    return signs.pop() if len(signs) == 1 else None
