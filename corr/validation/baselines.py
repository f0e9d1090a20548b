"""Simple rules and fitted models that a judgement has to beat, all with one interface.

A baseline is fitted on rows of `corr.validation.features.pair_features` with a column ``same``
(0/1) and gives a probability for other rows; `corr.validation.fitting.cross_validated` fits it
on other women than it predicts. `greedy_groupings` turns any pair probabilities into one
grouping per breast.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from corr.validation.affine import AffineGaussian
from corr.validation.features import FEATURES
from corr.validation.fitting import Baseline, base_rate, groups, ridge_logistic

Floats = NDArray[np.float64]

CLOCK_LIMIT_H = 1.0
DISTANCE_LIMIT_MM = 20.0
NIPPLE_DISTANCE_LIMIT_MM = 15.0


class BaseRate:
    """The share of same pairs: what is known without looking at the pair."""

    def fit(self, rows: pd.DataFrame) -> Self:
        """Learn the share."""
        self.rate = base_rate(rows["same"].to_numpy(float))
        return self

    def predict(self, rows: pd.DataFrame) -> Floats:
        """Give that share to every row."""
        return np.full(len(rows), self.rate)


class Rule:
    """A yes/no/unknown question; each answer's probability is its share of same pairs."""

    def __init__(self, answer: Callable[[pd.DataFrame], Floats]) -> None:
        """``answer(rows)`` is 1 yes, 0 no, NaN unknown."""
        self.answer = answer

    def fit(self, rows: pd.DataFrame) -> Self:
        """Learn the share of same pairs for each answer."""
        answers, same = self.answer(rows), rows["same"].to_numpy(float)
        self.rates = [base_rate(same[m]) if m.any() else base_rate(same) for m in _masks(answers)]
        return self

    def predict(self, rows: pd.DataFrame) -> Floats:
        """Give each row the share of its answer."""
        return np.select(_masks(self.answer(rows)), self.rates)


def _masks(answers: Floats) -> list[NDArray[np.bool_]]:
    return [answers == 1, answers == 0, np.isnan(answers)]


def _within(difference: pd.Series, limit: float) -> Floats:
    d = difference.to_numpy(float)
    return np.where(np.isnan(d), np.nan, (d <= limit).astype(float))


def same_quadrant(rows: pd.DataFrame) -> Floats:
    """Compatible quadrants, as far as both findings state them."""
    return rows["same_quadrant"].to_numpy(float)


def clock_and_distance(rows: pd.DataFrame) -> Floats:
    """Clock within 1 h and nipple distance within 2 cm; one of them beyond is a no."""
    clock = _within(rows["clock_diff_h"], CLOCK_LIMIT_H)
    distance = _within(rows["nipple_distance_diff_mm"], DISTANCE_LIMIT_MM)
    return np.where((clock == 0) | (distance == 0), 0.0, clock * distance)


def nipple_distance(rows: pd.DataFrame) -> Floats:
    """Nipple distance within 15 mm."""
    return _within(rows["nipple_distance_diff_mm"], NIPPLE_DISTANCE_LIMIT_MM)


class Logistic:
    """Ridge logistic regression on chosen columns; a missing value has its own indicator."""

    def __init__(self, columns: Sequence[str], *, by_pair: bool = False) -> None:
        """``by_pair`` adds an intercept for each modality pair."""
        self.columns = tuple(columns)
        self.by_pair = by_pair

    def _design(self, rows: pd.DataFrame) -> Floats:
        x = rows[list(self.columns)].to_numpy(float)
        parts = [np.where(np.isnan(x), 0.0, (x - self.centre) / self.scale), np.isnan(x)]
        if self.by_pair:
            parts.append(rows["modality_pair"].to_numpy()[:, None] == np.array(self.pairs))
        return np.hstack([np.asarray(part, dtype=float) for part in parts])

    def fit(self, rows: pd.DataFrame) -> Self:
        """Learn weights; columns are standardised on these rows."""
        x = rows[list(self.columns)].to_numpy(float)
        seen = ~np.isnan(x)
        n = np.maximum(seen.sum(axis=0), 1)
        self.centre = np.where(seen, x, 0.0).sum(axis=0) / n
        variance = (np.where(seen, x - self.centre, 0.0) ** 2).sum(axis=0) / n
        self.scale = np.where(variance > 0, np.sqrt(variance), 1.0)
        self.pairs = sorted(set(rows["modality_pair"]))
        self.weights = ridge_logistic(self._design(rows), rows["same"].to_numpy(float))
        return self

    def predict(self, rows: pd.DataFrame) -> Floats:
        """P(same) of each row."""
        return expit(self.weights[0] + self._design(rows) @ self.weights[1:])


def baselines() -> dict[str, Callable[[], Baseline]]:
    """The baselines by name; Stone Soup's JPDA is among them if it is installed."""
    distances = ("nipple_distance_diff_mm", "posterior_diff_mm")
    named: dict[str, Callable[[], Baseline]] = {
        "base rate": BaseRate,
        "same quadrant": lambda: Rule(same_quadrant),
        "clock 1 h, distance 2 cm": lambda: Rule(clock_and_distance),
        "nipple distance 15 mm": lambda: Rule(nipple_distance),
        "logistic, distances": lambda: Logistic(distances),
        "logistic, all features": lambda: Logistic(FEATURES, by_pair=True),
        "affine Gaussian": AffineGaussian,
        "affine Gaussian, recalibrated": lambda: AffineGaussian(recalibrated=True),
    }
    if find_spec("stonesoup") is not None:
        from corr.validation.jpda import JPDA

        named["JPDA (Stone Soup)"] = JPDA
    return named


def greedy_groupings(
    rows: pd.DataFrame, p: Floats, reading_of: Mapping[str, str]
) -> dict[tuple[str, str], tuple[tuple[str, ...], ...]]:
    """One grouping per (case_id, breast): join the most probable pair first, stop below 0.5.

    Blocks join only if they hold no two findings of one reading. ``reading_of`` names every
    finding's reading; equal probabilities go by finding ids.
    """
    grouped: dict[tuple[str, str], tuple[tuple[str, ...], ...]] = {}
    for (case_id, side), where in groups(rows, ["case_id", "breast"]):
        part = rows.iloc[where]
        pairs = sorted(zip(-p[where], part["finding_a"], part["finding_b"], strict=True))
        block = {f: {f} for _, a, b in pairs for f in (a, b)}
        for minus_p, a, b in pairs:
            if -minus_p < 0.5:
                break
            joined = block[a] | block[b]
            if len({reading_of[f] for f in joined}) == len(joined):
                for f in joined:
                    block[f] = joined
        grouped[case_id, side] = tuple(sorted({tuple(sorted(s)) for s in block.values()}))
    return grouped
