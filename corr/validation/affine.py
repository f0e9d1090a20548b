"""An affine map from one reading's coordinates to another's, with Gaussian error."""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from corr.validation.fitting import base_rate, cross_validated, groups, ridge_logistic
from corr.validation.scores import logit

Floats = NDArray[np.float64]

MIN_PAIRS = 8
"""True pairs needed to fit a map from one source to another; with fewer, the base rate."""
MEASUREMENT_SD_MM = 3.0
INNER_FOLDS = 5
SOURCES = ["source_a", "source_b"]


class Gaussian:
    """Mean and covariance of rows with gaps, and densities of whatever a row states."""

    def __init__(self, x: Floats) -> None:
        """Fit on ``x`` (n, d), NaN = missing: means and covariances of what is there."""
        seen = (~np.isnan(x)).astype(float)
        self.mean = np.where(seen > 0, x, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
        centred = np.where(seen > 0, x - self.mean, 0.0)
        covariance = centred.T @ centred / np.maximum(seen.T @ seen, 1)
        values, vectors = np.linalg.eigh(covariance)  # gaps can make it indefinite
        self.covariance = (vectors * np.maximum(values, 0.0)) @ vectors.T
        # what is not known of mean and covariance after n rows widens the next one
        n, d = float(seen.sum(axis=0).max(initial=1.0)), int((seen.sum(axis=0) > 0).sum())
        self.covariance *= (n + 1.0) / max(n - d - 1.0, 1.0)
        self.covariance += MEASUREMENT_SD_MM**2 * np.eye(x.shape[1])

    def log_density(self, x: Floats) -> Floats:
        """Log density of each row's stated coordinates (0 where it states none)."""
        out = np.zeros(len(x))
        seen = ~np.isnan(x)
        for pattern in np.unique(seen, axis=0):
            rows = np.flatnonzero((seen == pattern).all(axis=1))
            if not pattern.any():
                continue
            d = x[np.ix_(rows, pattern)] - self.mean[pattern]
            part = self.covariance[np.ix_(pattern, pattern)]
            solved = np.linalg.solve(part, d.T).T
            determinant = np.linalg.slogdet(2.0 * np.pi * part)[1]
            out[rows] = -0.5 * (np.sum(d * solved, axis=1) + determinant)
        return out


class AffineGaussian:
    """B's coordinates as an affine map of A's plus Gaussian error, against B's background.

    One map for each pair of sources (CC-MLO, CC-US, US-MR, ...), fitted on the same pairs as
    the conditional of a joint Gaussian, which is the affine least-squares map and also serves
    rows with gaps; the prior is the share of same pairs of these sources. ``recalibrated``
    also fits slope and intercept of the log odds, on training women left out in turn.
    """

    def __init__(self, *, recalibrated: bool = False) -> None:
        """See the class."""
        self.recalibrated = recalibrated

    def fit(self, rows: pd.DataFrame) -> Self:
        """Fit the maps, the backgrounds and the shares."""
        self.rate = base_rate(rows["same"].to_numpy(float))
        self.maps: dict[tuple[str, ...], tuple[Gaussian, Gaussian, Gaussian, float]] = {}
        self.calibration = np.array([0.0, 1.0])
        for key, where in groups(rows, SOURCES):
            part = rows.iloc[where]
            a, b = coordinates(part)
            same = part["same"].to_numpy(float)
            true = same == 1
            if true.sum() >= MIN_PAIRS:
                joint = Gaussian(np.hstack([a, b])[true])
                self.maps[key] = (joint, _marginal(joint, 3), Gaussian(b), base_rate(same))
        if self.recalibrated and len(set(rows["case_id"])) > 1:
            odds = logit(cross_validated(AffineGaussian, rows, INNER_FOLDS))[:, None]
            self.calibration = ridge_logistic(odds, rows["same"].to_numpy(float))
        return self

    def log_bayes_factor(self, rows: pd.DataFrame) -> Floats:
        """Natural log of p(b | a, same) / p(b); 0 where no map was fitted."""
        out = np.zeros(len(rows))
        for key, where in groups(rows, SOURCES):
            if key in self.maps:
                joint, of_a, background, _ = self.maps[key]
                a, b = coordinates(rows.iloc[where])
                together = joint.log_density(np.hstack([a, b])) - of_a.log_density(a)
                out[where] = together - background.log_density(b)
        return out

    def log_odds(self, rows: pd.DataFrame) -> Floats:
        """Log odds before recalibration."""
        keys = zip(rows["source_a"], rows["source_b"], strict=True)
        rate = np.array([self.maps[k][3] if k in self.maps else self.rate for k in keys])
        return np.log(rate / (1.0 - rate)) + self.log_bayes_factor(rows)

    def predict(self, rows: pd.DataFrame) -> Floats:
        """P(same) of each row."""
        return expit(self.calibration[0] + self.calibration[1] * self.log_odds(rows))


def _marginal(joint: Gaussian, d: int) -> Gaussian:
    part = object.__new__(Gaussian)
    part.mean, part.covariance = joint.mean[:d], joint.covariance[:d, :d]
    return part


def coordinates(rows: pd.DataFrame) -> tuple[Floats, Floats]:
    """Measured coordinates of A and of B, each ``(n, 3)``, mm, NaN = missing."""
    return rows[["a0", "a1", "a2"]].to_numpy(float), rows[["b0", "b1", "b2"]].to_numpy(float)
