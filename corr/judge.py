"""The judgement: which findings of one breast are the same lesion.

``P(grouping) ~ sum_e p(e) prod_C w(C|e)`` over the nodes e of the exam-level errors and the
blocks C of the grouping; `corr.weights` has the weights. Here they become probabilities of
pairs with their parts, prior, band and verdict, and the most probable groupings.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr import breast as breast_module
from corr import parameters
from corr.exams.regions import deep_readings
from corr.exams.regions import likelihood as words_likelihood
from corr.parameters import Parameters
from corr.partitions import members
from corr.records import Belief, Breast, Grouping, Judgement, Pair
from corr.reporting import Switches
from corr.verdict import logit10, verdict
from corr.weights import Weights

Array = NDArray[np.floating[Any]]
BAND = (0.7, 1.5)
NEARBY_MM = 20.0
PRIOR, REPORTING, KIND, SIZE = (
    Switches(reporting=False, kind=False, size=False),
    Switches(reporting=True, kind=False, size=False),
    Switches(reporting=True, kind=True, size=False),
    Switches(reporting=True, kind=True, size=True),
)


def judge(breast: Breast, p: Parameters | None = None) -> Judgement:
    """Judge one breast.

    Parameters
    ----------
    breast : readings done and findings reported
    p : table of constants; the one that comes with corr unless given

    Returns
    -------
    Judgement
        pairs of different readings sorted by finding ids; at most five groupings
    """
    p = parameters.load() if p is None else p
    breast = _in_order(breast)
    weights = Weights(breast, p)
    model = weights.model
    beliefs = {f.finding_id: weights.first_places.belief(f.finding_id) for f in breast.findings}
    coarse = weights.nodes.thinned(2)
    band = [Weights(breast, p.scale_spreads(k), coarse).p_same(SIZE, located=True) for k in BAND]
    return Judgement(
        breast=breast,
        points=model.points,
        cell_mm=model.cell_mm,
        beliefs=beliefs,
        pairs=_pairs(weights, band),
        groupings=_best(weights),
        silences=weights.reports.silences(),
        word_readings=_word_readings(breast, model, p),
        nearby=_nearby(breast, beliefs),
        notes=weights.notes,
    )


def _in_order(breast: Breast) -> Breast:
    """The same breast with findings and readings sorted: their order must not matter."""
    return replace(
        breast,
        findings=tuple(sorted(breast.findings, key=lambda f: f.finding_id)),
        readings=tuple(sorted(breast.readings, key=lambda r: r.reading_id)),
    )


def _pairs(weights: Weights, band: list[Array]) -> tuple[Pair, ...]:
    p_same = weights.p_same(SIZE, located=True)
    prior = weights.p_same(PRIOR, located=False)
    pairs = []
    f = weights.findings
    stated = [i for i, x in enumerate(f) if "~" not in x.finding_id]
    for i in stated:
        for j in stated:
            if f[i].finding_id >= f[j].finding_id or f[i].reading_id == f[j].reading_id:
                continue
            parts = _parts(weights, i, j)
            low, high = (g(p_same[i, j], *(b[i, j] for b in band)) for g in (min, max))
            log10_prior = logit10(prior[i, j])
            context = logit10(p_same[i, j]) - log10_prior - sum(parts)
            pairs.append(
                Pair(
                    f[i].finding_id, f[j].finding_id, float(p_same[i, j]), float(low), float(high),
                    float(prior[i, j]), verdict(p_same[i, j], low, high), log10_prior,
                    *parts, context,
                )
            )  # fmt: skip
    return tuple(sorted(pairs, key=lambda q: (q.finding_a, q.finding_b)))


def _parts(w: Weights, i: int, j: int) -> tuple[float, float, float, float]:
    """log10 Bayes factors of one pair taken by itself: location, size, kind, reporting."""
    both = 1 << i | 1 << j

    def odds(on: Switches) -> float:
        apart = w.alone(i, on) * w.alone(j, on)
        return float(np.log10(w.nodes.mean(w.together(both, on)) / w.nodes.mean(apart)))

    steps = [odds(on) for on in (PRIOR, REPORTING, KIND, SIZE)]
    reporting, kind, size = np.diff(steps)
    apart = w.placed[1 << i] * w.placed[1 << j]
    located = w.nodes.mean(w.placed[both]) / w.nodes.mean(apart)
    return float(np.log10(located)), float(size), float(kind), float(reporting)


def _best(weights: Weights) -> tuple[Grouping, ...]:
    """Five most probable groupings of the stated findings; siblings are summed out of sight."""
    merged: dict[tuple[tuple[str, ...], ...], float] = {}
    hidden = any("~" in f.finding_id for f in weights.findings)
    for masks, p in weights.full.best(200 if hidden else 5):
        blocks = []
        for mask in masks:
            ids = [weights.findings[i].finding_id for i in members(mask)]
            if kept := tuple(sorted(x for x in ids if "~" not in x)):
                blocks.append(kept)
        key = tuple(sorted(blocks))
        merged[key] = merged.get(key, 0.0) + p
    ranked = sorted(merged.items(), key=lambda kv: (-round(kv[1], 12), kv[0]))
    return tuple(Grouping(blocks, min(p, 1.0)) for blocks, p in ranked[:5])


def _word_readings(
    breast: Breast, model: breast_module.BreastModel, p: Parameters
) -> dict[str, dict[str, float]]:
    """Share of each meaning of "deep to the nipple", given what else the finding says."""
    readings = {r.reading_id: r for r in breast.readings}
    out = {}
    for f in breast.findings:
        if f.region != "deep_to_nipple":
            continue
        reading = readings[f.reading_id]
        rest = words_likelihood(replace(f, region=None), reading, model, p, breast.side)
        other = model.prior if rest is None else model.prior * rest
        mass = {
            name: share * float(other @ (region / region.mean()))
            for name, (share, region) in deep_readings(reading, model, p).items()
        }
        total = sum(mass.values())
        out[f.finding_id] = {name: m / total for name, m in mass.items()}
    return out


def _nearby(breast: Breast, beliefs: dict[str, Belief]) -> dict[str, tuple[str, ...]]:
    """Associated features believed within 2 cm of each matched finding."""
    out = {}
    for f in breast.findings:
        if not f.matched:
            continue
        here = beliefs[f.finding_id].mean_mm
        near = [
            a.finding_id
            for a in breast.findings
            if not a.matched and np.linalg.norm(beliefs[a.finding_id].mean_mm - here) <= NEARBY_MM
        ]
        if near:
            out[f.finding_id] = tuple(sorted(near))
    return out
