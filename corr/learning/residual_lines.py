"""Robust means and slopes of residuals between exams, and what would make them so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtrit

from corr.learning.residuals import VIEWS, Residual

FEWEST_WOMEN = 12
DEGREES, ROUNDS = 4.0, 30
LEAN, DEPTHS = "the lean of the oblique, film_mlo_lean_deg", "film_mlo_depth_over_cc"
HINTS = {
    ("CC-MLO", "depth", "height"): LEAN,
    ("CC-MLO", "depth", "depth"): f"depth scale, {DEPTHS}",
    ("CC-MLO", "depth", ""): f"{LEAN}, or depth scale, {DEPTHS}",
    ("CC-MLO", "height", "depth"): LEAN,
    ("CC-MLO", "height", ""): LEAN,
    ("MLO-MR", "depth", "height"): LEAN,
    ("MLO-MR", "height", "depth"): LEAN,
    ("MLO-MR", "height", ""): LEAN,
    ("US-MR", "lateral", ""): "shift, us_shift_lateral_mm",
    ("US-MR", "height", ""): "shift, us_shift_superior_mm",
    ("US-MR", "lateral", "depth"): "supine_lateral_fall",
    ("US-MR", "height", "depth"): "supine_rise",
    ("US-MR", "height", "height"): "scales, us_scale and mr_scale",
    ("CC-MR", "depth", "depth"): "scale of MRI against films, mr_scale",
    ("MLO-MR", "depth", "depth"): "scale of MRI against films, mr_scale",
    ("MLO-US", "height", "height"): "arc scale of ultrasound, us_scale",
}
"""(pair, coordinate that is predicted, what it goes with) -> what would make it so."""


@dataclass(frozen=True)
class Line:
    """Robust mean and slopes of the residuals of one coordinate of one pair of exams.

    Attributes
    ----------
    estimates : "", "depth" or "height" -> estimate and SD; the mean (mm) where both are usual,
        slopes in mm per mm
    asked : how many estimates the table has: intervals of all of them together are wider
    """

    pair: str
    coordinate: str
    pairs: float
    women: int
    spread_mm: float
    estimates: dict[str, tuple[float, float]]
    centre: dict[str, float]
    asked: int

    def interval(self, of: str) -> tuple[float, float, float]:
        """Estimate and its 95 % interval."""
        best, sd = self.estimates[of]
        reach = self._sds(0.05) * sd
        return best, best - reach, best + reach

    def z(self, of: str) -> float:
        """Estimate over its SD."""
        best, sd = self.estimates[of]
        return best / sd

    @property
    def excluded(self) -> list[str]:
        """Of which the constants' zero is outside the interval of all of them together."""
        sure = self._sds(0.05 / self.asked)
        return [of for of, (best, sd) in self.estimates.items() if abs(best) > sure * sd]

    def _sds(self, outside: float) -> float:
        return float(stdtrit(self.women - len(self.estimates), 1.0 - outside / 2))

    def sentence(self, of: str) -> str:
        """What is not as the constants say, and what would make it so."""
        first, second = self.pair.split("-")
        best, low, high = self.interval(of)
        numbers = f"{best:+.2f} ({low:+.2f} to {high:+.2f})"
        hint = HINTS.get((self.pair, self.coordinate, of), "")
        end = f": {hint}." if hint else "."
        if not of:
            return (
                f"{self.pair}: {self.coordinate} on {second} is {numbers} mm off what the "
                f"constants make of {first}{end}"
            )
        way = "falls" if best < 0 else "grows"
        return (
            f"{self.pair}: {self.coordinate} on {second} {way} with {of} by {numbers} mm per mm "
            f"more than the constants say{end}"
        )


def lines(rows: Iterable[Residual]) -> list[Line]:
    """Means and slopes of each pair of exams and coordinate that enough women have."""
    groups: dict[tuple[str, str], list[Residual]] = defaultdict(list)
    for row in rows:
        groups[row.pair, row.coordinate].append(row)
    enough = {k: v for k, v in groups.items() if len({r.case_id for r in v}) >= FEWEST_WOMEN}
    fitted = [(k, v, _fit(v)) for k, v in sorted(enough.items(), key=_rank)]
    asked = sum(len(estimates) for _, _, (estimates, _, _) in fitted)
    return [
        Line(*key, sum(r.p_same for r in v), len({r.case_id for r in v}), spread, found, at, asked)
        for key, v, (found, at, spread) in fitted
    ]


def _rank(item: tuple[tuple[str, str], Any]) -> tuple[int, int, str]:
    (pair, coordinate), _ = item
    first, second = (VIEWS.index(v) for v in pair.split("-"))
    return first, second, coordinate


def _fit(
    rows: Sequence[Residual],
) -> tuple[dict[str, tuple[float, float]], dict[str, float], float]:
    """Weighted t regression on depth and height where they differ; SDs as women differ."""
    weight = np.array([r.p_same for r in rows])
    y = np.array([r.residual_mm for r in rows])
    women, of_woman = np.unique([r.case_id for r in rows], return_inverse=True)
    columns, names, centre = [np.ones(len(y))], [""], {}
    for name in ("depth", "height"):
        x = np.array([getattr(r, f"{name}_mm") for r in rows])
        if np.isfinite(x).all() and np.std(x) > 2.0 and len(women) >= FEWEST_WOMEN + len(names):
            centre[name] = float(weight @ x / weight.sum())
            columns.append(x - centre[name])
            names.append(name)
    x = np.stack(columns, axis=1)
    robust, scale, beta = np.ones(len(y)), float(np.std(y)) + 1e-6, np.zeros(len(names))
    for _ in range(ROUNDS):
        w = weight * robust
        beta = np.linalg.solve((x.T * w) @ x + 1e-9 * np.eye(len(names)), (x.T * w) @ y)
        off = y - x @ beta
        robust = (DEGREES + 1) / (DEGREES + (off / scale) ** 2)
        scale = max(float(np.sqrt((weight * robust) @ off**2 / weight.sum())), 0.1)
    bend = weight * robust * (1.0 - 2.0 * (off / scale) ** 2 / (DEGREES + (off / scale) ** 2))
    inverse = np.linalg.pinv((x.T * np.maximum(bend, 0.2 * weight * robust)) @ x)
    score = np.zeros((len(women), len(names)))
    np.add.at(score, of_woman, x * (weight * robust * off)[:, None])
    few = len(women) / (len(women) - len(names))
    sds = np.sqrt(np.diag(few * inverse @ (score.T @ score) @ inverse))
    found = {k: (float(b), float(sd)) for k, b, sd in zip(names, beta, sds, strict=True)}
    return found, centre, scale
