"""Heavy-tailed kernels: Student-t with 4 degrees of freedom, on points and on intervals.

A t distribution is a scale mixture of normals: normal given its precision, which is gamma
distributed (Andrews and Mallows 1974). Linear errors are integrated out of each normal in closed
form, and the precision is summed over (`blurred`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from corr.exams import affine
from corr.parameters import Parameters
from corr.records import Reading

Array = NDArray[np.floating[Any]]
DEGREES = 4.0
T_SD = 2.0**0.5
"""SD of a t distribution with 4 degrees of freedom over its scale."""
LN_SCALES = np.arange(-4.6, 2.0, 1.0)
SCALES = np.exp(LN_SCALES)
"""A t distribution is normal with variance 1 / scale, the scale gamma distributed (mean 1)."""
SHARES = SCALES ** (DEGREES / 2) * np.exp(-DEGREES / 2 * SCALES)
SHARES /= SHARES.sum()


@overload
def squared(stated: Sequence[tuple[float, Array, float]]) -> Array: ...


@overload
def squared(stated: Sequence[tuple[float, affine.Affine, float]]) -> affine.Quadratic: ...


def squared(stated: Sequence[tuple[float, Any, float]]) -> Array | affine.Quadratic:
    """Sum of squared standardised differences; items are (stated value, where, SD)."""
    if not stated:
        msg = "squared() needs at least one stated value"
        raise ValueError(msg)
    lazy = [isinstance(at, affine.Affine) for _, at, _ in stated]
    if all(lazy):
        return affine.squared(stated)
    whole = [at.values if by_node else at for by_node, (_, at, _) in zip(lazy, stated, strict=True)]
    off = [(at - v) * np.float32(1 / sd) for at, (v, _, sd) in zip(whole, stated, strict=True)]
    return np.asarray(sum(x * x for x in off))


@overload
def student(squared: Array, dimensions: int) -> Array: ...


@overload
def student(squared: affine.Quadratic, dimensions: int) -> affine.Product: ...


def student(squared: Array | affine.Quadratic, dimensions: int) -> Array | affine.Product:
    """Unnormalised multivariate t density of a squared standardised distance."""
    if dimensions not in (1, 2, 3):
        msg = f"dimensions must be 1, 2 or 3, got {dimensions}"
        raise ValueError(msg)
    if not isinstance(squared, affine.Quadratic):
        return _power(1.0 + squared / DEGREES, dimensions)
    by_node = np.asarray(squared.by_node / DEGREES, dtype=np.float32)
    by_node[:, 0] += 1.0
    products = squared.of.products

    def density(rows: slice) -> Array:
        return _power(by_node[rows] @ products, dimensions)

    return affine.Product((len(by_node), products.shape[1]), (density,))


def _power(base: Array, dimensions: int) -> Array:
    """``base ** -((DEGREES + dimensions) / 2)``, in place."""
    whole = base * base
    if dimensions != 1:
        whole *= base
    if dimensions != 2:
        whole *= np.sqrt(base, out=base)
    return np.divide(1.0, whole, out=whole)


def blurred(stated: Sequence[tuple[float, Array, float]]) -> Array:
    """`student` ``(1, n)`` with errors integrated out that enter nearly linearly, in closed form.

    Items are (stated value, where, SD); ``where`` ``(1 + 2 d, n)`` is seen without errors, then
    with each of the d errors one SD up, then with each one SD down. Given its scale the t
    distribution is normal, and so is what linear errors make of it; the mean takes in how each
    error bends. The scale is summed over.
    """
    off, slopes = [], []
    for value, at, sd in stated:
        up, down = np.split(at[1:], 2)
        bend = 0.5 * (up + down).sum(axis=0) - len(up) * at[0]
        off.append((at[0] + bend - value) * np.float32(1 / sd))
        slopes.append((up - down) * np.float32(0.5 / sd))
    shared = [[np.einsum("en,en->n", a, b) for b in slopes] for a in slopes]
    at_best = SHARES @ SCALES ** (len(stated) / 2)  # without errors: 1, as `student` is
    total = np.zeros_like(off[0])
    for share, scale in zip(SHARES / at_best, SCALES, strict=True):
        total += np.float32(share) * _normal(off, shared, float(1 / scale))
    return total[None, :]


def _normal(off: Sequence[Array], shared: Sequence[Sequence[Array]], own: float) -> Array:
    """Normal density ``(n,)`` but for 2 pi; covariance ``shared``, and ``own`` on its diagonal.

    One value after the other is eliminated, at all points at once.
    """
    rest = list(off)
    squared, det = np.zeros_like(off[0]), np.ones_like(off[0])
    s = [[c + own if i == j else c for j, c in enumerate(row)] for i, row in enumerate(shared)]
    for i, x in enumerate(rest):
        squared, det = squared + x * x / s[i][i], det * s[i][i]
        for j in range(i + 1, len(rest)):
            ratio = s[i][j] / s[i][i]
            rest[j] = rest[j] - ratio * x
            for k in range(j, len(rest)):
                s[j][k] = s[j][k] - ratio * s[i][k]
    return np.asarray(np.exp(-0.5 * squared) / np.sqrt(det))


def student_cdf(u: Array) -> Array:
    """Closed form of the t distribution function with 4 degrees of freedom."""
    root = u / np.sqrt(1.0 + u * u * 0.25)
    return 0.5 + root * (0.375 - 0.03125 * root * root)


def interval(lo: float, hi: float, centre: Array, sd: float) -> Array:
    """Density that a t-distributed value around ``centre`` is reported somewhere in [lo, hi].

    A range narrower than a tenth of the SD is its density, so that exact values are the
    limit of narrow ranges.
    """
    if hi - lo < 0.1 * sd:
        return student(squared([(0.5 * (lo + hi), centre, sd)]), 1) * (0.375 / sd)
    scaled = centre * np.float32(1.0 / sd)
    above = student_cdf(np.float32(hi / sd) - scaled)
    return (above - student_cdf(np.float32(lo / sd) - scaled)) * np.float32(1.0 / (hi - lo))


def clock_interval(
    lo_h: float, hi_h: float, angle_h: Array, radius_mm: Array, tangential_sd_mm: float
) -> Array:
    """Density (per hour) that a point is reported in a clock range.

    ``angle_h`` and ``radius_mm`` place the point on the clock face; the error is
    ``tangential_sd_mm`` of arc, so within about one SD of the nipple every hour is equally
    likely: 1/12.
    """
    mid, half = 0.5 * (lo_h + hi_h), max(0.5 * (hi_h - lo_h), 1e-3)
    per_sd = radius_mm * np.float32(np.deg2rad(30.0) / tangential_sd_mm)
    off = (angle_h - np.float32(mid - 6.0)) % np.float32(12.0) - np.float32(6.0)
    inside = student_cdf((half - off) * per_sd) - student_cdf((-half - off) * per_sd)
    wrapped = 2.0 - 2.0 * student_cdf(6.0 * per_sd)
    return inside * np.float32(0.5 / half) + wrapped * np.float32(1.0 / 12.0)


def repeat_scale_mm(reading: Reading, p: Parameters) -> float:
    """Scale of what a finding's place changes by from one exam to the next of the same kind, mm.

    Exams of one kind share the errors of pose and shape (`corr.judgement.order`); what does not
    come back is taken as each finding's own. Of an exam without another of its kind it is part of
    these.
    """
    if not reading.repeated:
        return 0.0
    return p[f"{reading.modality.lower()}_repeat_sd_mm"] / T_SD


def ranges(**values: Array) -> dict[str, tuple[float, float]]:
    """Least and largest of each."""
    return {name: (float(at.min()), float(at.max())) for name, at in values.items()}


def soft_below(value: Array, edge: float, softness: float) -> Array:
    """Near 1 below ``edge``, near 0 above, logistic with the SD ``softness``."""
    return 1.0 / (1.0 + np.exp(np.clip((value - edge) * (1.8138 / softness), -60, 60)))
