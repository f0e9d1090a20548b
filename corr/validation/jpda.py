"""Stone Soup's joint probabilistic data association, one pair of readings at a time.

Optional (``pip install "breast-corr[jpda]"``). The findings of reading A are tracks, carried
to reading B by the fitted affine maps of `AffineGaussian`; the findings of B are detections;
JPDA lets each detection belong to one track at most, which no pair-by-pair rule knows.
Detection probability and clutter density are fitted on the same rows as the maps.
"""

from __future__ import annotations

import datetime
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corr.validation.affine import MEASUREMENT_SD_MM, SOURCES, AffineGaussian, Gaussian, coordinates
from corr.validation.fitting import groups

Floats = NDArray[np.float64]

NOW = datetime.datetime(2000, 1, 1)  # Stone Soup wants a time; nothing moves
P_GATE = 1.0 - 1e-9
P_FLOOR = 0.01
"""Gaussian tails make JPDA certain where a finding is merely badly measured; its
probabilities are mixed with this share of the base rate so that one error is not ruinous."""
QUESTION = ["case_id", "breast", "reading_a", "reading_b"]


class JPDA:
    """Stone Soup JPDA with affine maps; the base rate where no map could be fitted.

    Raises
    ------
    ImportError
        On `predict`, if Stone Soup is not installed.
    """

    def fit(self, rows: pd.DataFrame) -> Self:
        """Fit maps, detection probabilities and clutter densities for each source pair."""
        self.affine = AffineGaussian().fit(rows)
        self.detection: dict[tuple[str, ...], tuple[float, float]] = {}
        for key, where in groups(rows, SOURCES):
            part = rows.iloc[where]
            tracks = part.groupby([*QUESTION, "finding_a"])["same"].max()
            detections = part.groupby([*QUESTION, "finding_b"])["same"].max()
            asked = len(part[QUESTION].drop_duplicates())
            p_detect = (tracks.sum() + 0.5) / (len(tracks) + 1.0)
            clutter = ((1 - detections).sum() + 0.5) / asked
            self.detection[key] = (float(p_detect), float(clutter))
        return self

    def predict(self, rows: pd.DataFrame) -> Floats:
        """P(same) of each row, from all findings of its two readings in ``rows``."""
        p = np.full(len(rows), self.affine.rate)
        for _, where in groups(rows, QUESTION):
            part = rows.iloc[where]
            key = (part["source_a"].iloc[0], part["source_b"].iloc[0])
            if key in self.affine.maps:
                found = self._associate(part, key)
                answered = ~np.isnan(found)
                p[where[answered]] = found[answered]
        return np.asarray((1.0 - P_FLOOR) * p + P_FLOOR * self.affine.rate)

    def _associate(self, part: pd.DataFrame, key: tuple[str, ...]) -> Floats:
        from stonesoup.dataassociator.probability import JPDAwithEHM2
        from stonesoup.hypothesiser.probability import PDAHypothesiser
        from stonesoup.models.measurement.linear import LinearGaussian
        from stonesoup.models.transition.linear import (
            CombinedLinearGaussianTransitionModel,
            RandomWalk,
        )
        from stonesoup.predictor.kalman import KalmanPredictor
        from stonesoup.types.detection import Detection
        from stonesoup.types.state import GaussianState
        from stonesoup.types.track import Track
        from stonesoup.updater.kalman import KalmanUpdater

        a, b = coordinates(part)
        some = ~np.isnan(b).all(axis=1)
        out = np.full(len(part), np.nan)
        if not some.any():
            return out
        stated = np.asarray(
            ~np.isnan(b[some]).any(axis=0)
        )  # densities must be of the same coordinates
        if not stated.any():
            return out
        joint, _, background, _ = self.affine.maps[key]
        p_detect, clutter = self.detection[key]
        noise = MEASUREMENT_SD_MM**2 * np.eye(int(stated.sum()))
        tracks, detections = {}, {}
        for i in np.flatnonzero(some):
            name_a, name_b = part["finding_a"].iloc[i], part["finding_b"].iloc[i]
            if name_a not in tracks:
                mean, covariance = carried(joint, a[i], stated)
                tracks[name_a] = Track([GaussianState(mean, covariance - noise, timestamp=NOW)])
            if name_b not in detections:
                model = LinearGaussian(len(noise), list(range(len(noise))), noise)
                detections[name_b] = Detection(b[i, stated], timestamp=NOW, measurement_model=model)
        still = CombinedLinearGaussianTransitionModel([RandomWalk(0.0)] * len(noise))
        hypothesiser = PDAHypothesiser(
            KalmanPredictor(still),
            KalmanUpdater(None),
            clutter_spatial_density=clutter / _volume(background.covariance, stated),
            prob_detect=p_detect,
            prob_gate=P_GATE,
        )
        found = JPDAwithEHM2(hypothesiser).associate(
            set(tracks.values()), set(detections.values()), NOW
        )
        for i in np.flatnonzero(some):
            wanted = detections[part["finding_b"].iloc[i]]
            hypotheses = found[tracks[part["finding_a"].iloc[i]]]
            out[i] = sum(float(h.probability) for h in hypotheses if h.measurement is wanted)
        # Stone Soup sums over sets in memory order: the last digits differ between runs
        return np.clip(out, 0.0, 1.0).round(12)


def carried(joint: Gaussian, a: Floats, stated: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Mean and covariance of B's ``stated`` coordinates given what A states, mm."""
    known = np.r_[~np.isnan(a), np.zeros(3, dtype=bool)]
    wanted = np.r_[np.zeros(3, dtype=bool), stated]
    cross = joint.covariance[np.ix_(wanted, known)]
    gain = np.linalg.solve(joint.covariance[np.ix_(known, known)], cross.T).T
    mean = joint.mean[wanted] + gain @ (a[known[:3]] - joint.mean[known])
    covariance = joint.covariance[np.ix_(wanted, wanted)] - gain @ cross.T
    return mean, 0.5 * (covariance + covariance.T)


def _volume(covariance: Floats, stated: NDArray[np.bool_]) -> float:
    """Volume (mm^d) over which a Gaussian background is spread: 1 / integral of its square."""
    part = covariance[np.ix_(stated, stated)]
    return float(np.sqrt(np.linalg.det(4.0 * np.pi * part)))
