"""How wide the measurement spreads of one source of findings are, learned without any truth.

Findings that are one lesion agree as closely as the clinic measures. A table of many breasts
therefore tells by itself whether the published spreads fit it: the probability of all its
findings, whatever their grouping, is largest where the spreads are right. One factor each is
learned on the spreads of films, ultrasound, MRI and sizes, held near 1 by what spreads differ
between published series (Fellegi-Sunter record linkage learns its agreement rates likewise).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from corr.locate import ROUGH
from corr.order import in_order
from corr.parameters import Parameters
from corr.records import Breast
from corr.weights import Weights
from corr.workers import in_workers

Floats = NDArray[np.float64]
PARTS = {
    "MG": ("mg_",),
    "US": ("us_", "abus_"),
    "MR": ("mr_", "supine_mr_"),
    "size": ("size_ln_sd_",),
}
"""What is learned: how the names of its spreads begin in the table of constants."""
MOST_FINDINGS = 8
MOST_BREASTS = 200
STEP, FARTHEST, LONGEST_MOVE = 0.2, np.log(3.0), 0.5
ROUNDS, SETTLED = 8, 0.25
"""Moves of all factors at most; a move of so few of their SDs is the last."""


@dataclass(frozen=True)
class Spreads:
    """The learned factors.

    Attributes
    ----------
    factors : a name of `PARTS` -> factor on its spreads, most probable; only of what is found
    low, high : 95 % interval of each: of the posterior, and as women differ
    breasts : how many took part
    """

    factors: Mapping[str, float]
    low: Mapping[str, float]
    high: Mapping[str, float]
    breasts: int

    @property
    def rows(self) -> Iterator[tuple[str, tuple[float, float, float]]]:
        """Each part with its factor and interval."""
        for part, factor in self.factors.items():
            yield part, (factor, self.low[part], self.high[part])

    @property
    def option(self) -> str:
        """The factors as ``--spreads`` reads them."""
        return ",".join(f"{part}={factor:.2f}" for part, factor in self.factors.items())

    @property
    def sentence(self) -> str:
        """The result in words."""
        each = ", ".join(
            f"{part} {factor:.2f} (95 %: {low:.2f}-{high:.2f})"
            for part, (factor, low, high) in self.rows
        )
        return (
            f"The findings of {self.breasts} breasts agree as if the spreads were so many times "
            f"those of the table of constants: {each}; `--spreads {self.option}` judges with that."
        )


def scaled(p: Parameters, factors: Mapping[str, float]) -> Parameters:
    """The table of constants with the measurement spreads of each of `PARTS` times a factor.

    Raises
    ------
    KeyError
        If a name is not one of `PARTS`.
    """
    changes = {}
    for part, factor in factors.items():
        for name, row in p.table.items():
            if row.role == "kernel" and name.startswith(PARTS[part]) and factor != 1.0:
                changes[name] = row.value * factor
    return p.override(changes)


def read_factors(text: str) -> dict[str, float]:
    """Factors as `Spreads.option` writes them: ``MG=1.1,US=0.9``, or one number for all `PARTS`.

    Raises
    ------
    ValueError
        If it is neither, or a factor is not between 0.1 and 10.
    """
    factors: dict[str, float] = {}
    for said in text.split(","):
        part, equals, number = (x.strip() for x in said.rpartition("="))
        parts = (part,) if equals else tuple(PARTS)
        try:
            known = set(parts) <= set(PARTS) - set(factors) and 0.1 <= float(number) <= 10.0
        except ValueError:
            known = False
        if not known:
            msg = (
                f"{text!r}: expected a factor from 0.1 to 10, or factors for some of "
                f"{', '.join(PARTS)}, as MG=1.1,US=0.9"
            )
            raise ValueError(msg)
        factors |= dict.fromkeys(parts, float(number))
    return factors


def chosen(breasts: Sequence[Breast]) -> list[Breast]:
    """Breasts that can tell (two exams found something), at most `MOST_BREASTS`.

    Which ones does not depend on their order. Breasts with very many findings would take most
    of the time and tell no more than several others.
    """
    able = []
    for b in breasts:
        matched = [f.reading_id for f in b.findings if f.matched]
        if len(set(matched)) > 1 and len(matched) <= MOST_FINDINGS:
            able.append(b)
    key = {id(b): sha256(f"{b.case_id}\0{b.side}".encode()).digest() for b in able}
    return sorted(able, key=lambda b: key[id(b)])[:MOST_BREASTS]


def learn(breasts: Sequence[Breast], p: Parameters, *, jobs: int = -1) -> Spreads:
    """Learn the factors from findings alone: Newton's method on their log posterior.

    The sum over women of products of their gradients takes the place of second derivatives
    (Berndt, Hall, Hall, Hausman 1974): it needs no more sums over groupings. Where women differ
    less than the model expects it is too small and moves are too long: see `_where_level`.

    Raises
    ------
    ValueError
        If in no breast two exams found something.
    """
    able = chosen(breasts)
    parts = [part for part in PARTS if any(_tells(b, part) for b in able)]
    log = sd = move = before = np.zeros(len(parts))
    for _ in range(ROUNDS):
        steps = np.concatenate([s * STEP * np.eye(len(parts)) for s in (1.0, -1.0)])
        middle, *tables = (
            scaled(p, dict(zip(parts, np.exp(log + s), strict=True))) for s in (0.0, *steps)
        )
        told = partial(_log_evidence_if_any, tables=tables, middle=middle)
        rows = list(in_workers(told, able, jobs=jobs))
        able = [b for b, row in zip(able, rows, strict=True) if row is not None]
        if not able:
            msg = (
                "no breast in which two exams found something (and at most "
                f"{MOST_FINDINGS} findings): these findings cannot tell how well they agree"
            )
            raise ValueError(msg)
        up, down = np.split(np.array([row for row in rows if row is not None]), 2, axis=1)
        gradient, covariance, sd = _slope((up - down) / (2 * STEP), [b.case_id for b in able], p)
        log, before = _where_level(log, gradient - _prior(p) * log, move, before)
        move = np.clip(covariance @ before, -LONGEST_MOVE, LONGEST_MOVE)
        move = np.clip(log + move, -FARTHEST, FARTHEST) - log
        log = log + move
        if (np.abs(move) < SETTLED * sd).all():
            break
    low, factors, high = (
        dict(zip(parts, np.exp(log + k * sd).tolist(), strict=True)) for k in (-1.96, 0.0, 1.96)
    )
    return Spreads(factors, low, high, len(able))


def log_evidence(breast: Breast, tables: Sequence[Parameters], middle: Parameters) -> Floats:
    """``(n,)`` log probability of one breast's findings with each table, up to a constant.

    All are summed over the nodes and points that count with the table in the ``middle``, so that
    what the sums leave uncertain is nearly the same and drops out of their differences.
    """
    own = Weights(in_order(breast), middle).refined()
    each = [
        Weights(own.breast, p, own.nodes, ROUGH, model=own.places.model).full.evidence.sum()
        for p in tables
    ]
    return np.asarray(np.log(np.maximum(each, 1e-300)))


def _log_evidence_if_any(
    breast: Breast, tables: Sequence[Parameters], middle: Parameters
) -> Floats | None:
    """None for a breast that cannot be judged: it must not stop the others, and is told there."""
    try:
        return log_evidence(breast, tables, middle)
    except Exception:
        return None


def _tells(breast: Breast, part: str) -> bool:
    found = [f for f in breast.findings if f.matched]
    return any(f.size_mm is not None if part == "size" else f.modality == part for f in found)


def _where_level(log: Floats, slope: Floats, move: Floats, before: Floats) -> tuple[Floats, Floats]:
    """Ln factors and slope where the last move should have ended: where it stopped to climb.

    ``slope`` is that of the log posterior at ``log``, ``before`` that where the ``move`` to there
    began. In between slopes are taken as linear; a move that still climbs at its end stands.
    """
    began, ended = before @ move, slope @ move
    back = ended / (ended - began) if ended < 0 < began else 0.0
    return log - back * move, slope + back * (before - slope)


def _prior(p: Parameters) -> float:
    """Precision of ln factors before any finding is seen."""
    return float(1.0 / p["spreads_ln_sd"] ** 2)


def _slope(gradient: Floats, women: Sequence[str], p: Parameters) -> tuple[Floats, Floats, Floats]:
    """Gradient ``(k,)``, covariance and SD of ln factors from gradients ``(n, k)`` of breasts."""
    names, index = np.unique(women, return_inverse=True)
    of_woman = np.zeros((len(names), gradient.shape[1]))
    np.add.at(of_woman, index, gradient)
    outer = of_woman.T @ of_woman
    inverse = np.linalg.inv(outer + _prior(p) * np.eye(len(outer)))
    # the model is only nearly right: the posterior, and how the answer moves with the women
    sd: Floats = np.sqrt(np.diag(inverse + inverse @ outer @ inverse))
    return of_woman.sum(axis=0), np.asarray(inverse), sd
