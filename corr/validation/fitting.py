"""What all baselines share: their interface, base rates, logistic fit, other women only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from corr.problems import CorrError

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

RIDGE = 1.0
"""Penalty on squared weights of standardised columns: one pair's worth of doubt each."""


class Baseline(Protocol):
    """A way to call pairs the same that knows nothing of the breast."""

    def fit(self, rows: pd.DataFrame) -> Self:
        """Learn from rows with a column ``same``."""
        ...

    def predict(self, rows: pd.DataFrame) -> Floats:
        """P(same) of each row, in [0, 1]; a column ``same`` is not looked at."""
        ...


def base_rate(same: Floats) -> float:
    """Share of same pairs, half a pair of each added so that it is never 0 or 1."""
    return float((same.sum() + 0.5) / (len(same) + 1.0))


def groups(rows: pd.DataFrame, by: list[str]) -> Iterator[tuple[tuple[str, ...], Rows]]:
    """Positions of the rows that share the values of the columns ``by``, in sorted order."""
    for key, where in sorted(rows.groupby(by).indices.items()):
        yield tuple(map(str, np.atleast_1d(np.asarray(key, dtype=object)))), np.asarray(where)


def ridge_logistic(x: Floats, y: Floats, ridge: float = RIDGE) -> Floats:
    """Weights (intercept first) of a logistic regression of y on x.

    The intercept is all but free: held only so far that one class alone has a finite answer.
    """
    design = np.hstack([np.ones((len(x), 1)), x])
    penalty = np.r_[1e-3, np.full(x.shape[1], ridge)]

    def loss(w: Floats) -> tuple[float, Floats]:
        eta = design @ w
        value = np.sum(np.logaddexp(0.0, eta) - y * eta) + 0.5 * np.sum(penalty * w**2)
        return float(value), design.T @ (expit(eta) - y) + penalty * w

    def curvature(w: Floats) -> Floats:
        mu = expit(design @ w)
        return np.asarray((design.T * (mu * (1.0 - mu))) @ design + np.diag(penalty))

    start = np.zeros(design.shape[1])
    fitted = minimize(loss, start, jac=True, hess=curvature, method="trust-exact", tol=1e-9)
    return np.asarray(fitted.x)


def cross_validated(make: Callable[[], Baseline], rows: pd.DataFrame, folds: int = 10) -> Floats:
    """P(same) of each row from a baseline fitted on other women only.

    Women (``case_id``) are sorted and dealt to the folds in turn: no hashing, no chance. With
    fewer women than folds, one is left out at a time.

    Raises
    ------
    CorrError
        With fewer than two women, or fewer than two folds.
    """
    women = sorted(set(rows["case_id"]))
    if len(women) < 2 or folds < 2:
        msg = f"cross-validation by woman with {len(women)} women and {folds} folds"
        fix = "give folds of 2 or more, or no methods to fit"
        raise CorrError(msg, allowed="at least 2 women and 2 folds", fix=fix)
    fold_of = {woman: i % folds for i, woman in enumerate(women)}
    fold = rows["case_id"].map(fold_of).to_numpy()
    p = np.empty(len(rows))
    for k in sorted(set(fold_of.values())):
        held = fold == k
        p[held] = make().fit(rows[~held]).predict(rows[held])
    return np.clip(p, 0.0, 1.0)
