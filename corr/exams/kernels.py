"""Heavy-tailed kernels: Student-t with 4 degrees of freedom, on points and on intervals."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
DEGREES = 4.0


def student(squared: Array, dimensions: int) -> Array:
    """Unnormalised multivariate t density of a squared standardised distance."""
    base = 1.0 + squared / DEGREES
    if dimensions == 2:
        return 1.0 / (base * base * base)
    if dimensions == 1:
        return 1.0 / (base * base * np.sqrt(base))
    if dimensions == 3:
        return 1.0 / (base * base * base * np.sqrt(base))
    msg = f"dimensions must be 1, 2 or 3, got {dimensions}"
    raise ValueError(msg)


def student_cdf(u: ArrayLike) -> Array:
    """Closed form of the t distribution function with 4 degrees of freedom."""
    x = np.asarray(u, dtype=float)
    s = 1.0 + x * x / DEGREES
    root = x / np.sqrt(s)
    return np.asarray(0.5 + 0.375 * root * (1.0 - root * root / 12.0))


def interval(lo: ArrayLike, hi: ArrayLike, centre: Array, sd: ArrayLike) -> Array:
    """Probability that a t-distributed value around ``centre`` is reported in [lo, hi].

    An interval no wider than 1e-3 SD falls back to the density, so that exact values are
    the limit of narrow ranges.
    """
    lo, hi = np.asarray(lo, float), np.asarray(hi, float)
    sd = np.asarray(sd, float)
    mid = 0.5 * (lo + hi)
    if np.all(hi - lo < 1e-3 * sd):
        return student(((mid - centre) / sd) ** 2, 1) / sd
    mass = student_cdf((hi - centre) / sd) - student_cdf((lo - centre) / sd)
    return mass / (hi - lo)


def clock_interval(
    lo_h: float, hi_h: float, angle_h: Array, radius_mm: Array, tangential_sd_mm: float
) -> Array:
    """Probability density (per hour) that a point is reported in a clock range.

    ``angle_h`` and ``radius_mm`` place the point on the clock face; the error is
    ``tangential_sd_mm`` of arc, so within about one SD of the nipple every hour is equally
    likely: 1/12.
    """
    per_h_mm = np.maximum(radius_mm, 1e-6) * np.deg2rad(30.0)
    sd_h = tangential_sd_mm / per_h_mm
    mid, half = 0.5 * (lo_h + hi_h), 0.5 * (hi_h - lo_h)
    off = (angle_h - mid + 6.0) % 12.0 - 6.0
    inside = student_cdf((half - off) / sd_h) - student_cdf((-half - off) / sd_h)
    within = student_cdf(6.0 / sd_h) - student_cdf(-6.0 / sd_h)  # what has not wrapped round
    return (inside / (2 * half)) + (1.0 - within) / 12.0


def soft_below(value: Array, edge: float, softness: float) -> Array:
    """Near 1 below ``edge``, near 0 above, logistic with the SD ``softness``."""
    return 1.0 / (1.0 + np.exp(np.clip((value - edge) * (1.8138 / softness), -60, 60)))
