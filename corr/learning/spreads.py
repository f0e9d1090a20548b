"""How far a table's own findings say that constants are off, learned without any truth.

Findings that are one lesion agree as closely as the clinic measures. A table of many breasts
therefore tells by itself whether the published spreads fit it: the probability of all its
findings, whatever their grouping, is largest where the spreads are right. One factor each is
learned on the spreads of films, ultrasound, MRI and sizes, held near 1 by what spreads differ
between published series (Fellegi-Sunter record linkage learns its agreement rates likewise).
What is off the same way in every woman (the lean of the oblique, shifts and scales between exams)
is learned beside them, held near the published values: otherwise a bias passes for noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from corr.judgement.beliefs import ROUGH, Places
from corr.judgement.order import in_order
from corr.judgement.quadrature import weighed
from corr.judgement.weights import Weights
from corr.learning.learnable import PARTS, SYSTEMATIC, moved_modalities, read_factors, scaled, tells
from corr.learning.learned import LARGEST, Spreads
from corr.learning.mates import compare
from corr.parameters import Parameters
from corr.problems import CorrError
from corr.records import Breast
from corr.workers import in_workers

__all__ = ["PARTS", "SYSTEMATIC", "Spreads", "chosen", "learn", "read_factors", "scaled"]
Floats = NDArray[np.float64]
MOST_FINDINGS = 8
MOST_BREASTS, FIRST = 200, 30
"""Of many breasts the first moves look at some only."""
STEP, FARTHEST, LONGEST_MOVE = 0.2, np.log(LARGEST), 0.5
ROUNDS, SETTLED = 8, 0.25
"""Moves of everything at most; one of so few SDs, as a rule, is the last."""
SURE = 1.96


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
    """Learn factors and systematic parts from findings alone: Newton's method on log posterior.

    The sum over women of products of their gradients takes the place of second derivatives
    (Berndt, Hall, Hall, Hausman 1974): it needs no more sums over groupings. Where women differ
    less than the model expects it is too small and moves are too long: see `_where_level`.
    Everything is moved in ln of a factor; a systematic constant by as many of its SDs as the ln
    of a factor is of its own, so that one prior holds for all.

    Raises
    ------
    CorrError
        If in no breast two exams found something.
    """
    able = chosen(breasts)
    names = [name for name in (*PARTS, *SYSTEMATIC) if any(tells(b, name) for b in able)]
    at = sd = np.zeros(len(names))
    if len(able) >= 2 * FIRST:
        at, _, _ = _climb(able[:FIRST], names, at, p, jobs)
    at, sd, count = _climb(able, names, at, p, jobs)
    low, best, high = (_moved(names, at + k * sd, p) for k in (-SURE, 0.0, SURE))
    factors = {name: x for name, x in best.items() if name in PARTS}
    values = {name: x for name, x in best.items() if name in SYSTEMATIC}
    found = Spreads(factors, values, low, high, count, {name: p[name] for name in values})
    return replace(found, mates=compare(able, p, scaled(p, found.changes), jobs=jobs))


def _climb(
    able: Sequence[Breast], names: Sequence[str], at: Floats, p: Parameters, jobs: int
) -> tuple[Floats, Floats, int]:
    """The top of the posterior from ``at`` on, its SDs, and how many breasts took part."""
    sd = move = before = np.zeros(len(names))
    steps = _steps(names)
    far = np.array([FARTHEST if name in PARTS else np.inf for name in names])
    for _ in range(ROUNDS):
        middle, *tables = (scaled(p, _moved(names, at + s, p)) for s in (0.0, *steps))
        told = partial(_gradient_if_any, names=names, steps=steps, tables=tables, middle=middle)
        rows = list(in_workers(told, able, jobs=jobs))
        able = [b for b, row in zip(able, rows, strict=True) if row is not None]
        if not able:
            msg = (
                "no breast in which two exams found something: these findings cannot tell how "
                "well they agree"
            )
            raise CorrError(msg, allowed=f"breasts with at most {MOST_FINDINGS} findings")
        gradients = np.array([row for row in rows if row is not None])
        gradient, covariance, sd = _slope(gradients, [b.case_id for b in able], p)
        at, before = _where_level(at, gradient - _prior(p) * at, move, before)
        move = np.clip(covariance @ before, -LONGEST_MOVE, LONGEST_MOVE)
        move = np.clip(at + move, -far, far) - at
        at = at + move
        if before @ move < len(names) * SETTLED**2:
            break
    return at, sd, len(able)


def _moved(names: Sequence[str], at: Floats, p: Parameters) -> dict[str, float]:
    """Factors and values that stand where ``at`` is."""
    out = {}
    for name, x in zip(names, at.tolist(), strict=True):
        if name in PARTS:
            out[name] = float(np.exp(x))
        else:
            row = p.table[name]
            low, high = row.range
            out[name] = min(max(row.value + row.spread * x / p["spreads_ln_sd"], low), high)
    return out


def _steps(names: Sequence[str]) -> Floats:
    """Where gradients are taken: both ways for factors, which bend, one way for the others.

    Half as far: what a systematic part bends within that is a small part of its SD.
    """
    up = STEP * np.diag([1.0 if name in PARTS else 0.5 for name in names])
    return np.concatenate([up, -up[[name in PARTS for name in names]]])


def log_evidence(breast: Breast, tables: Sequence[Parameters], middle: Parameters) -> Floats:
    """``(n,)`` log probability of one breast's findings with each table, up to a constant.

    All are summed over the nodes and points that count with the table in the ``middle``, so that
    what the sums leave uncertain is nearly the same and drops out of their differences.
    """
    own = weighed(in_order(breast), middle)
    usual = Weights(
        own.breast, middle, own.nodes, ROUGH, reports=own.reports, model=own.places.model
    )
    targeted = any(f.targeted_at is not None for f in usual.everything)
    sizes = [name for name in middle if name.startswith(PARTS["size"])]

    def evidence(p: Parameters) -> float:
        """What the constants do not move is not done again."""
        reports = own.reports if all(p[name] == middle[name] for name in sizes) else None
        there = Weights(own.breast, p, own.nodes, ROUGH, reports=reports, model=own.places.model)
        moved = moved_modalities(own.breast, p, middle)
        if not moved:
            there.placed = usual.placed
        elif not targeted:  # places of what is targeted depend on those of its targets
            kept = [f.finding_id for f in usual.everything if f.modality not in moved]
            known = {i: (usual.places.alone[i], usual.places.of[i]) for i in kept}
            there.places = Places(
                own.breast, there.everything, there.model, p, own.nodes, detail=ROUGH, known=known
            )
        return float(there.full.evidence.sum())

    return np.asarray(np.log(np.maximum([evidence(p) for p in tables], 1e-300)))


def _gradient_if_any(
    breast: Breast,
    names: Sequence[str],
    steps: Floats,
    tables: Sequence[Parameters],
    middle: Parameters,
) -> Floats | None:
    """``(k,)``; None for a breast that cannot be judged: it must not stop the others.

    What is wrong with it is told where it is judged.
    """
    on = np.array([tells(breast, name) for name in names])
    gradient = np.zeros(len(names))
    kept = [k for k, step in enumerate(steps) if on[step != 0].all()]
    try:
        found = log_evidence(breast, [middle, *(tables[k] for k in kept)], middle)
    except Exception:
        return None
    of_step = dict(zip(kept, found[1:] - found[0], strict=True))
    down = len(names)
    for k, name in enumerate(names):
        if name not in PARTS:
            gradient[k] = of_step.get(k, 0.0) / steps[k, k]
            # one way only: half of what it bends by, as products of gradients have it
            gradient[k] += 0.5 * steps[k, k] * gradient[k] ** 2
        else:
            gradient[k] = (of_step.get(k, 0.0) - of_step.get(down, 0.0)) / (2 * steps[k, k])
            down += 1
    return gradient


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
