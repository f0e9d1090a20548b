"""Positions of landmarks in both states, prone and supine: identity, regions, residuals.

Every prone position is held against its own supine position (same) and against those of other
women on the same side (different). What is fitted is fitted on the other women: the affine
Gaussian and its background, and the model's matrix from prone to supine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from scipy.stats import beta, chi2

from benchmarks.real_landmarks.pose_fits import (
    NAMES,
    PRONE,
    SUPINE,
    Affine,
    Flags,
    Floats,
    States,
    kernel,
    mixed,
    near,
    refit,
)
from benchmarks.real_landmarks.pose_whole import WHOLE, WHOLE_SKIN, whole_breasts
from benchmarks.real_landmarks.region import LEVEL, Region
from corr.anatomy import breast as breast_module
from corr.exams.nodes import unshared
from corr.judgement import beliefs as locate
from corr.parameters import Parameters
from corr.records import Breast, Finding, Reading, Shape
from corr.validation import scores
from corr.validation.measures import CORR

AXES = ("lat", "sup", "post")
AFFINE = "affine Gaussian"
AFFINE_WIDE = "affine Gaussian, widened until it holds 80 % of other women's"
AFFINE_FAIR = "affine Gaussian, candidate not in its background"
CORR_PLACES = "corr, prior of where landmarks are"
CORR_SKIN = "corr, MRI depth below skin"


@dataclass(frozen=True)
class Compared:
    """Log Bayes factors ``(n, n)`` of each method and the residuals of each landmark."""

    log_bf: dict[str, Floats]
    residual: Floats
    covered: dict[str, Flags]
    volume_ml: dict[str, Floats]


def compare(s: States, p: Parameters) -> Compared:
    """Everything that is fitted, one woman left out at a time."""
    n = len(s)
    depths = {CORR: None} if s.skin_mm is None else {CORR: None, CORR_SKIN: s.skin_mm}
    methods = (*depths, CORR_PLACES, AFFINE, AFFINE_FAIR)
    log_bf = {m: np.full((n, n), np.nan) for m in methods}
    residual = np.zeros((n, 3))
    covered = {m: np.zeros(n, bool) for m in (CORR, AFFINE)}
    volume = {m: np.zeros(n) for m in (CORR, AFFINE)}
    squared = np.zeros(n)
    for woman in np.unique(s.case):
        out = s.case == woman
        rows, others = np.flatnonzero(out), np.flatnonzero(~out)
        affine = Affine.fit(s.prone[others], s.supine[others])
        residual[rows] = affine.residual(s.prone[rows], s.supine[rows])
        fitted = refit(p, s.prone[others], s.supine[others])
        model = breast_module.build(Shape(), fitted)
        seen = {
            method: (
                _places(s.prone[rows], PRONE, model, fitted, skin and skin[0][rows]),
                _places(s.supine, SUPINE, model, fitted, skin and skin[1]),
            )
            for method, skin in depths.items()
        }
        of_prone, of_supine = seen[CORR]
        by_landmark = near(s.prone, model, fitted)
        region = Region(model, fitted)
        of_rows = residual[rows]
        squared[rows] = np.sum(of_rows * np.linalg.solve(affine.covariance, of_rows.T).T, axis=1)
        covered[AFFINE][rows] = squared[rows] <= chi2.ppf(LEVEL, 3)
        volume[AFFINE][rows] = _ellipsoid_ml(affine.covariance)
        for k, i in enumerate(rows):
            here = others[s.side[others] == s.side[i]]
            at_prone = np.tile(s.prone[i], (n, 1))
            numerator = affine.log_density(at_prone, s.supine)
            of = kernel(s.supine, s.supine[here])
            mine = s.case[:, None] == s.case[here][None, :]
            log_bf[AFFINE][i] = numerator - np.log(of.mean(axis=1))
            fair = np.where(mine, 0.0, of).sum(axis=1) / np.maximum((~mine).sum(axis=1), 1)
            log_bf[AFFINE_FAIR][i] = numerator - np.log(fair)
            for method, (one, other) in seen.items():
                log_bf[method][i] = _log_ratio(one[k], other, model.prior)
            for candidate in np.unique(s.case):
                columns = s.case == candidate
                prior = mixed(model.prior, by_landmark[here[s.case[here] != candidate]])
                found = _log_ratio(of_prone[k], of_supine[columns], prior)
                log_bf[CORR_PLACES][i, columns] = found
            belief = of_prone[k] * model.prior
            covered[CORR][i], volume[CORR][i] = region.of(belief / belief.sum(), s.supine[i])
    reach = [np.quantile(squared[s.case != woman], LEVEL) for woman in s.case]
    covered[AFFINE_WIDE] = squared <= reach
    volume[AFFINE_WIDE] = volume[AFFINE] * (np.array(reach) / chi2.ppf(LEVEL, 3)) ** 1.5
    return Compared(log_bf, residual, covered, volume)


def _places(
    at: Floats,
    reading: Reading,
    model: breast_module.BreastModel,
    p: Parameters,
    skin_mm: Floats | None,
) -> Floats:
    """``(n, points)`` likelihood ratio of each position, exam-level errors integrated."""
    found = []
    depths = [None] * len(at) if skin_mm is None else skin_mm.tolist()
    for (lateral, superior, posterior), depth_mm in zip(at.tolist(), depths, strict=True):
        f = Finding(
            "f", reading.reading_id, "MR", depth_mm=depth_mm,
            lateral_mm=lateral, superior_mm=superior, posterior_mm=posterior,
        )  # fmt: skip
        breast = Breast("landmark", "L", (reading,), (f,))
        place = locate.Places(breast, (f,), model, p, unshared()).of["f"]
        if place is not None:  # a position is always given
            found.append(place[0].astype(float))
    return np.array(found)


def _log_ratio(prone: Floats, supine: Floats, prior: Floats) -> Floats:
    """Log Bayes factor of one prone against each supine likelihood ``(m, points)``."""
    belief = prone * prior
    return np.asarray(np.log(supine @ belief) - np.log(belief.sum()) - np.log(supine @ prior))


def _ellipsoid_ml(covariance: Floats) -> float:
    radius = chi2.ppf(LEVEL, 3) ** 1.5
    return float(4 / 3 * np.pi * radius * np.sqrt(np.linalg.det(covariance)) / 1000.0)


Line = tuple[object, ...]


def score(s: States, p: Parameters, replicates: int, seed: int, *, whole: bool) -> Iterator[Line]:
    """Lines of the summary: metric, method, value, lo, hi, n.

    ``whole``: whole breasts are judged, too, which takes minutes.
    """
    c = compare(s, p)
    log_bf = c.log_bf | (whole_breasts(s, p) if whole else {})
    draws = scores.Bootstrap.over(s.case, replicates, seed)
    row, column = np.nonzero(s.different | np.eye(len(s), dtype=bool))
    same, case = (row == column).astype(float), s.case[row]
    rate = float(np.log(same.sum() / (len(same) - same.sum())))
    even: dict[str, Floats] = {}
    for method, matrix in log_bf.items():
        x = matrix[row, column]
        yield "pose: AUC", method, *draws.estimate(scores.auc, case, same, _p(x)), len(x)
        loss = scores.log_losses(same, _p(x + rate))
        yield "pose: log-loss", method, *draws.estimate(scores.mean, case, loss), len(x)
        loss = scores.log_losses(same, _p(x))
        of_same = loss[same == 1]  # one row per landmark, in order
        of_other = np.array([loss[(row == i) & (same == 0)].mean() for i in range(len(s))])
        even[method] = 0.5 * (of_same + of_other)
        estimate = draws.estimate(scores.mean, s.case, even[method])
        yield "pose: log-loss at even odds", method, *estimate, len(s)
    fair = [(m, other) for m in even if m.startswith(CORR) for other in (AFFINE, AFFINE_FAIR)]
    alone = [(WHOLE, CORR), (WHOLE_SKIN, CORR_SKIN)]
    for one, other in [*fair, *((a, b) for a, b in alone if a in even)]:
        estimate = draws.estimate(scores.mean, s.case, even[one] - even[other])
        name = f"{one} - {other}"
        yield "pose: difference of log-loss at even odds", name, *estimate, len(s)
    women = len(np.unique(s.case))
    for method, covered in c.covered.items():
        share = float(covered.mean())
        yield "regions: coverage of 80 %", method, share, *_binomial(share, women), len(s)
        estimate = draws.estimate(scores.median, s.case, c.volume_ml[method])
        yield "regions: median volume, ml", method, *estimate, len(s)
    yield from _correlations(s, c.residual, draws)


def _p(log_odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(log_odds, -500, 500))))


def _binomial(share: float, n: int) -> tuple[float, float]:
    """Exact 95 % interval of a share seen in n trials."""
    k = share * n
    lo = beta.ppf(0.025, k, n - k + 1) if k > 0 else 0.0
    hi = beta.ppf(0.975, k + 1, n - k) if k < n else 1.0
    return float(lo), float(hi)


def _correlations(s: States, residual: Floats, draws: scores.Bootstrap) -> Iterator[Line]:
    """Of the residuals: SDs by axis, between axes, between two landmarks of one breast."""
    for k, axis in enumerate(NAMES):
        estimate = draws.estimate(_rms, s.case, residual[:, k])
        yield f"residual: SD {axis}, mm", AFFINE, *estimate, len(s)
    for k, j in ((0, 1), (0, 2), (1, 2)):
        e = draws.estimate(_correlation, s.case, residual[:, k], residual[:, j])
        yield f"residual: correlation {NAMES[k]}, {NAMES[j]}", AFFINE, *e, len(s)
    breast = np.char.add(s.case, s.side)
    pairs = [(i, j) for i, j in permutations(range(len(s)), 2) if breast[i] == breast[j]]
    if not pairs:
        return
    a, b = np.array(pairs).T
    for k, axis in enumerate(NAMES):
        e = draws.estimate(_correlation, s.case[a], residual[a, k], residual[b, k])
        metric = f"residual: correlation of two landmarks of one breast, {axis}"
        yield metric, AFFINE, *e, len(pairs) // 2


def _rms(x: Floats, weights: Floats | None = None) -> Floats:
    return np.asarray(np.sqrt(scores.mean(x**2, weights)))


def _correlation(x: Floats, y: Floats, weights: Floats | None = None) -> Floats:
    mx, my = scores.mean(x, weights), scores.mean(y, weights)
    across = scores.mean(x * y, weights) - mx * my
    vx, vy = scores.mean(x**2, weights) - mx**2, scores.mean(y**2, weights) - my**2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(across / np.sqrt(vx * vy))
