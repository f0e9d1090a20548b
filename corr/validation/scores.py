"""Scores of probabilities against known truth, each with a bootstrap interval over women.

Every score takes optional ``weights`` of shape ``(..., n)`` and then returns an array of
shape ``(...)``; a bootstrap replicate is one row of weights (how often each woman was drawn),
so all replicates are scored at once by the same code as the point estimate. A score that is
not defined (one class only, nothing drawn) is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

P_CLIP = 1e-9
"""Probabilities are clipped to [P_CLIP, 1 - P_CLIP] before a logarithm: one pair called
impossible that is true costs 20.7, not infinity."""
N_BINS = 10
SLOPE_MAX = 50.0
"""A recalibration slope beyond this is not a useful number: reported as NaN."""


def clip(p: ArrayLike) -> Floats:
    """Probabilities kept away from 0 and 1 by `P_CLIP`."""
    return np.clip(np.asarray(p, dtype=float), P_CLIP, 1.0 - P_CLIP)


def logit(p: ArrayLike) -> Floats:
    """Natural log odds of clipped probabilities."""
    q = clip(p)
    return np.asarray(np.log(q) - np.log1p(-q))


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    out = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    np.divide(numerator, denominator, out=out, where=denominator > 0)
    return out


def mean(values: ArrayLike, weights: Floats | None = None) -> Floats:
    """Weighted mean of one value per row."""
    v = np.asarray(values, dtype=float)
    w = np.ones(len(v)) if weights is None else weights
    return _ratio(np.asarray(w @ v), np.asarray(w.sum(axis=-1)))


def median(values: ArrayLike, weights: Floats | None = None) -> Floats:
    """Weighted median (the lower one) of one value per row."""
    v = np.asarray(values, dtype=float)
    w = np.ones(len(v)) if weights is None else weights
    if not len(v):
        return np.full(w.shape[:-1], np.nan)
    order = np.argsort(v, kind="stable")
    held = np.cumsum(w[..., order], axis=-1)
    total = held[..., -1:]
    first = np.argmax(held >= 0.5 * total, axis=-1)
    return np.where(total[..., 0] > 0, v[order][first], np.nan)


def log_losses(same: ArrayLike, p: ArrayLike) -> Floats:
    """Log-loss of each row, natural logarithm, probabilities clipped by `P_CLIP`."""
    q = clip(p)
    return np.where(np.asarray(same, dtype=bool), -np.log(q), -np.log1p(-q))


def log_loss(same: ArrayLike, p: ArrayLike, weights: Floats | None = None) -> Floats:
    """Mean log-loss (nats)."""
    return mean(log_losses(same, p), weights)


def brier(same: ArrayLike, p: ArrayLike, weights: Floats | None = None) -> Floats:
    """Mean squared difference between probability and truth."""
    return mean((np.asarray(p, dtype=float) - np.asarray(same, dtype=float)) ** 2, weights)


def auc(same: ArrayLike, p: ArrayLike, weights: Floats | None = None) -> Floats:
    """Chance that a same pair gets a higher probability than a different one, ties half."""
    y = np.asarray(same, dtype=float)
    w = np.ones(len(y)) if weights is None else weights
    if not len(y):
        return np.full(w.shape[:-1], np.nan)
    values = np.asarray(p, dtype=float)
    order = np.argsort(values, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(values[order]) > 0])
    w, y = w[..., order], y[order]
    positive = np.add.reduceat(w * y, starts, axis=-1)
    negative = np.add.reduceat(w * (1.0 - y), starts, axis=-1)
    below = np.cumsum(negative, axis=-1) - negative
    wins = np.sum(positive * (below + 0.5 * negative), axis=-1)
    return _ratio(wins, positive.sum(axis=-1) * negative.sum(axis=-1))


def bin_index(p: ArrayLike) -> Ints:
    """Which of the 10 fixed bins ``[k/10, (k+1)/10)`` each probability is in; 1 is in the last."""
    return np.minimum((np.asarray(p, dtype=float) * N_BINS).astype(np.intp), N_BINS - 1)


def _bins(p: ArrayLike) -> Floats:
    return np.asarray(bin_index(p)[:, None] == np.arange(N_BINS), dtype=float)


def ece(same: ArrayLike, p: ArrayLike, weights: Floats | None = None) -> Floats:
    """Expected calibration error: mean |observed - stated| over 10 fixed bins of stated p.

    Resampling adds noise to every bin, so its bootstrap interval lies high and may even miss
    a small value: read it as an upper limit.
    """
    gap = np.asarray(same, dtype=float) - np.asarray(p, dtype=float)
    w = np.ones(len(gap)) if weights is None else weights
    return _ratio(np.abs(w @ (_bins(p) * gap[:, None])).sum(axis=-1), w.sum(axis=-1))


def reliability(same: ArrayLike, p: ArrayLike, weights: Floats | None = None) -> Floats:
    """Observed share of same pairs in each of the 10 bins, ``(..., 10)``; NaN = empty bin."""
    y = np.asarray(same, dtype=float)
    w = np.ones(len(y)) if weights is None else weights
    bins = _bins(p)
    return _ratio(w @ (bins * y[:, None]), w @ bins)


def recalibration(same: ArrayLike, p: ArrayLike, weights: Floats | None = None) -> Floats:
    """Calibration slope and intercept, ``(..., 2)``: logit P(same) = intercept + slope logit p.

    Maximum likelihood by damped Newton steps, all replicates at once. (1, 0) is perfect;
    slope < 1 is over-confident. NaN where the fit does not exist: one class only, a constant
    p, or classes that separate perfectly.
    """
    y, x = np.asarray(same, dtype=float), logit(p)
    w = np.ones(len(y)) if weights is None else weights
    flat = np.atleast_2d(w)
    beta = np.tile([1.0, 0.0], (len(flat), 1))
    if weights is not None:  # replicates start from the estimate, where they nearly are
        start = recalibration(y, p)
        beta[:] = start if np.all(np.isfinite(start)) else beta
    total = flat.sum(axis=1)
    spread = _ratio(flat @ x**2, total) - _ratio(flat @ x, total) ** 2
    share = _ratio(flat @ y, total)
    ok = (np.nan_to_num(spread) > 1e-9) & (share > 0) & (share < 1) & ~_separated(y, x, flat)
    active = np.flatnonzero(ok)
    for _ in range(200):
        if not len(active):
            break
        wa, b = flat[active], beta[active]
        mu = expit(b[:, 1:] + b[:, :1] * x)
        curvature = wa * mu * (1.0 - mu)
        residual = wa * (y - mu)
        gradient = np.stack([residual @ x, residual.sum(axis=1)], axis=1)
        h01, h00, h11 = curvature @ x, curvature @ x**2, curvature.sum(axis=1)
        determinant = np.maximum(h00 * h11 - h01**2, 1e-300)
        step = (
            np.stack(
                [
                    h11 * gradient[:, 0] - h01 * gradient[:, 1],
                    h00 * gradient[:, 1] - h01 * gradient[:, 0],
                ],
                axis=1,
            )
            / determinant[:, None]
        )
        beta[active] = b + np.clip(step, -1.0, 1.0)
        moving = np.abs(step).max(axis=1) > 1e-8
        active = active[moving & (np.abs(beta[active, 0]) < SLOPE_MAX)]
    bad = ~ok | (np.abs(beta[:, 0]) >= SLOPE_MAX)
    bad[active] = True  # did not settle
    beta[bad] = np.nan
    return beta.reshape(*w.shape[:-1], 2)


def _separated(y: Floats, x: Floats, weights: Floats) -> NDArray[np.bool_]:
    """Rows of weights where no value of one class lies beyond any of the other."""
    same, different = (weights > 0) & (y == 1), (weights > 0) & (y == 0)
    of_same, of_different = (
        (
            np.min(np.where(m, x, np.inf), axis=1, initial=np.inf),
            np.max(np.where(m, x, -np.inf), axis=1, initial=-np.inf),
        )
        for m in (same, different)
    )
    return np.asarray((of_same[0] >= of_different[1]) | (of_same[1] <= of_different[0]))


class Estimate(NamedTuple):
    """A score with its 95 % bootstrap interval over women."""

    value: Floats
    lo: Floats
    hi: Floats


@dataclass(frozen=True)
class Bootstrap:
    """How often each woman is drawn in each replicate; the same draw serves every score."""

    women: tuple[str, ...]
    counts: Floats  # (replicates, women)

    @classmethod
    def over(cls, case_ids: Iterable[str], replicates: int = 300, seed: int = 1) -> Bootstrap:
        """Draw women with replacement; the same women and seed give the same draws."""
        women = tuple(sorted(set(case_ids)))
        n = len(women)
        draws = np.random.default_rng(seed).multinomial(n, np.full(n, 1.0 / n), replicates)
        return cls(women, draws.astype(float))

    def estimate(
        self, score: Callable[..., Floats], case_ids: Iterable[str], *columns: ArrayLike
    ) -> Estimate:
        """``score(*columns)`` with its interval; ``case_ids`` names the woman of each row.

        With rows of one woman only there is no interval (NaN): drawn or not, she scores the same.

        Raises
        ------
        ValueError
            If a row is of a woman who is not among `women`.
        """
        case_ids = list(case_ids)
        place = {woman: i for i, woman in enumerate(self.women)}
        unknown = sorted(set(case_ids) - set(place))
        if unknown:
            msg = f"case_id {unknown[0]!r} is not among the {len(place)} women of this bootstrap"
            raise ValueError(msg)
        value = np.asarray(score(*columns))
        rows = np.array([place[c] for c in case_ids], dtype=int)
        chunk = max(1, 2_000_000 // max(len(rows), 1))  # bounds memory, not the result
        parts = [
            score(*columns, weights=self.counts[i : i + chunk][:, rows])
            for i in range(0, len(self.counts), chunk)
        ]
        replicates = np.concatenate(parts)
        lo, hi = np.full(value.shape, np.nan), np.full(value.shape, np.nan)
        for k in np.ndindex(value.shape):
            finite = replicates[(slice(None), *k)]
            finite = finite[np.isfinite(finite)]
            if len(finite) and np.isfinite(value[k]) and len(set(case_ids)) > 1:
                lo[k], hi[k] = np.percentile(finite, [2.5, 97.5])
        return Estimate(value, lo, hi)
