"""Which way a film runs across the breast, and where clock hours fall on it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corr.anatomy.frame import Points, clock_to_coronal, left_sign

Floats = NDArray[np.float64]
OnFilm = Callable[[Points], tuple[Floats, Floats]]
"""(posterior, transverse) on a film, mm, of points ``(n, 3)`` of the breast frame."""

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


def level_mm(
    on_film: OnFilm, side: str, hour_h: ArrayLike, radius_mm: float, posterior_mm: float
) -> Floats:
    """Transverse (mm) of the tissue at clock hours that a film shows so far back.

    Parameters
    ----------
    on_film
        The film's map, affine in the depth.
    side
        ``L`` or ``R``.
    hour_h
        Hours on the clock face.
    radius_mm
        Distance from the nipple as seen from the front.
    posterior_mm
        Distance behind the nipple on the film.
    """
    coronal = clock_to_coronal(np.atleast_1d(hour_h), radius_mm, side)
    front, back = (
        on_film(np.column_stack([coronal, np.full(len(coronal), depth_mm)]))
        for depth_mm in (0.0, 100.0)
    )
    share = (posterior_mm - front[0]) / (back[0] - front[0])
    return np.asarray(front[1] + share * (back[1] - front[1]))
