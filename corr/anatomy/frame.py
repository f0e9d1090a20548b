"""The breast frame: one set of axes for both breasts, in millimetres from the nipple.

Arrays of points are ``(..., 3)`` in the order ``(lateral, superior, posterior)``:

* ``lateral``: + toward the armpit,
* ``superior``: + toward the head,
* ``posterior``: + from the nipple toward the chest wall,

with axes parallel to the torso. The triple is right-handed on the right breast and
left-handed on the left; the patient's own left is ``+lateral`` on the left breast only.

Clock hours are read facing the patient, 12 is superior, and ``30 degrees = 1 hour`` for
both breasts: 9 h is lateral on the right breast, 3 h on the left.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Side = Literal["L", "R"]
Points = NDArray[np.float64]

LATERAL, SUPERIOR, POSTERIOR = 0, 1, 2
QUADRANTS = ("UOQ", "UIQ", "LOQ", "LIQ")


def left_sign(side: str) -> float:
    """Sign that turns ``lateral`` into "toward the patient's left": +1 for L, -1 for R.

    Raises
    ------
    ValueError
        If ``side`` is neither ``"L"`` nor ``"R"``.
    """
    if side not in ("L", "R"):
        msg = f"breast side must be 'L' or 'R', got {side!r}; say which breast was examined"
        raise ValueError(msg)
    return 1.0 if side == "L" else -1.0


def clock_to_coronal(clock_h: ArrayLike, radius_mm: ArrayLike, side: str) -> Points:
    """Coronal offset ``(..., 2)`` = (lateral, superior) in mm of a clock position.

    >>> clock_to_coronal(9, 40, "R").round(6).tolist()
    [40.0, -0.0]
    """
    angle = np.deg2rad(30.0 * np.asarray(clock_h, dtype=float))
    patient_left = np.asarray(radius_mm) * np.sin(angle)
    superior = np.asarray(radius_mm) * np.cos(angle)
    return np.stack(np.broadcast_arrays(left_sign(side) * patient_left, superior), axis=-1)


def clock_h(points: ArrayLike, side: str) -> NDArray[np.float64]:
    """Clock hour in (0, 12] of points ``(..., 2 or 3)``; 12 exactly above the nipple.

    A point on the nipple axis has no hour; it is given as 12 and should be asked for its
    radius first.
    """
    p = np.asarray(points, dtype=float)
    hour = np.rad2deg(np.arctan2(left_sign(side) * p[..., 0], p[..., 1])) / 30.0 % 12.0
    return np.where(hour <= 0.0, 12.0, hour)


def quadrant(points: ArrayLike) -> NDArray[np.str_]:
    """Quadrant of points ``(..., 2 or 3)``: UOQ, UIQ, LOQ or LIQ; an axis counts as upper/outer."""
    names, number = quadrant_numbers(points)
    return np.asarray(names)[number]


def quadrant_numbers(points: ArrayLike) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Names of the quadrants and which of them points ``(..., 2 or 3)`` are in."""
    p = np.asarray(points, dtype=float)
    lower, inner = p[..., SUPERIOR] < -1e-9, p[..., LATERAL] < -1e-9
    return QUADRANTS, 2 * lower.astype(np.intp) + inner


def lps_to_breast(points_lps: ArrayLike, nipple_lps: ArrayLike, side: str) -> Points:
    """DICOM patient coordinates (L, P, S; mm) to the breast frame, given the nipple.

    Raises
    ------
    ValueError
        If ``side`` is not L or R.
    """
    d = np.asarray(points_lps, dtype=float) - np.asarray(nipple_lps, dtype=float)
    return np.stack([left_sign(side) * d[..., 0], d[..., 2], d[..., 1]], axis=-1)


def breast_to_lps(points: ArrayLike, nipple_lps: ArrayLike, side: str) -> Points:
    """Breast frame to DICOM patient coordinates (L, P, S; mm); inverse of `lps_to_breast`."""
    p = np.asarray(points, dtype=float)
    d = np.stack([left_sign(side) * p[..., 0], p[..., 2], p[..., 1]], axis=-1)
    return d + np.asarray(nipple_lps, dtype=float)


def film_transverse(points: ArrayLike, angle_deg: ArrayLike) -> NDArray[np.float64]:
    """Transverse film coordinate (mm) before compression of points ``(..., 3)``.

    ``lateral cos a + superior sin a`` with the signed film-plane angle a: 0 CC, growing
    through MLO to 90 for ML/LM; 0 is the nipple level, not the posterior nipple line.
    """
    p = np.asarray(points, dtype=float)
    a = np.deg2rad(angle_deg)
    return np.asarray(p[..., LATERAL] * np.cos(a) + p[..., SUPERIOR] * np.sin(a))
