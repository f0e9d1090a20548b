"""The judgement: which findings of one breast are the same lesion.

``P(grouping) ~ sum_e p(e) prod_C w(C|e)`` over the nodes e of the exam-level errors and the
blocks C of the grouping; `corr.weights` has the weights. Here they become probabilities of
pairs with their parts, prior, band and verdict, and the most probable groupings.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr import breast as breast_module
from corr import parameters
from corr.exams.regions import deep_readings
from corr.exams.regions import likelihood as words_likelihood
from corr.locate import ROUGH, Places
from corr.nodes import lesion_nodes
from corr.parameters import Parameters
from corr.partitions import members
from corr.records import Belief, Breast, Grouping, Judgement, Pair
from corr.reporting import Switches
from corr.verdict import logit10, verdict
from corr.weights import Weights

Array = NDArray[np.floating[Any]]
BAND = {0.7: ROUGH, 1.5: replace(ROUGH, coarse=True)}
"""Factors on all spreads; the wider, the coarser a grid will do."""
NEARBY_MM = 20.0
SHOWN_ERROR = 0.005
"""Errors of the integral below this do not show in two decimals."""
PRIOR, REPORTING, KIND, SIZE = (
    Switches(reporting=False, kind=False, size=False),
    Switches(reporting=True, kind=False, size=False),
    Switches(reporting=True, kind=True, size=False),
    Switches(reporting=True, kind=True, size=True),
)


def judge(
    breast: Breast,
    p: Parameters | None = None,
    *,
    bands: bool = True,
    weights: Weights | None = None,
) -> Judgement:
    """Judge one breast.

    Parameters
    ----------
    breast : readings done and findings reported
    p : table of constants; the one that comes with corr unless given
    bands : judge with other spreads too; without, ``p_low = p_same = p_high``, three times faster
    weights : those of this breast (`in_order`) and table, where they are there already

    Returns
    -------
    Judgement
        pairs of different readings sorted by finding ids; at most five groupings
    """
    p = parameters.load() if p is None else p
    breast = in_order(breast)
    weights = Weights(breast, p).refined() if weights is None else weights
    model = weights.model
    apart = Places(breast, breast.findings, model, p, lesion_nodes(1))
    beliefs = {f.finding_id: apart.belief(f.finding_id) for f in breast.findings}
    pairs = _pairs(weights, _band(weights) if bands else [])
    return Judgement(
        breast=breast,
        model=model,
        parameters=p,
        beliefs=beliefs,
        pairs=pairs,
        groupings=_best(weights),
        silences=weights.reports.silences(),
        word_readings=_word_readings(breast, model, p),
        nearby=_nearby(breast, beliefs),
        notes=(*weights.notes, *_integral_notes(pairs, len(weights.nodes))),
    )


def _integral_notes(pairs: tuple[Pair, ...], nodes: int) -> tuple[str, ...]:
    """How far the sum over the nodes of the errors can be off, where that shows."""
    largest = max((q.p_error for q in pairs), default=0.0)
    if largest < SHOWN_ERROR:
        return ()
    return (
        f"The errors that an exam's findings share were summed over {nodes} nodes, which leaves "
        f"P(same) uncertain by up to {largest:.2f} (one SD) beside its band; more error_nodes "
        "make that smaller and the judgement slower.",
    )


def _band(weights: Weights) -> list[Array]:
    """P(same) of all pairs ``(n, n)`` with each factor of `BAND` on all spreads."""
    breast, few = weights.breast, weights.nodes.half()
    found = []
    for factor, detail in BAND.items():
        p = _scaled(weights.p, factor)
        model = breast_module.build(breast.shape, p, like=weights.places.model)
        found.append(Weights(breast, p, few, detail, model=model).p_same(SIZE, located=True))
    return found


@lru_cache(maxsize=16)
def _scaled(p: Parameters, factor: float) -> Parameters:
    return p.scale_spreads(factor)


def in_order(breast: Breast) -> Breast:
    """The same breast with findings and readings sorted: their order must not matter."""
    return replace(
        breast,
        findings=tuple(sorted(breast.findings, key=lambda f: f.finding_id)),
        readings=tuple(sorted(breast.readings, key=lambda r: r.reading_id)),
    )


def _pairs(weights: Weights, band: list[Array]) -> tuple[Pair, ...]:
    p_same = weights.p_same(SIZE, located=True)
    unlocated = Weights(weights.breast, weights.p, lesion_nodes(), reports=weights.reports)
    prior = unlocated.p_same(PRIOR, located=False)
    error = weights.full.standard_error()
    parts = _parts(weights)
    pairs = []
    f = weights.findings
    stated = [i for i, x in enumerate(f) if not x.unlisted]
    for i in stated:
        for j in stated:
            if f[i].finding_id >= f[j].finding_id or f[i].reading_id == f[j].reading_id:
                continue
            location, size, kind, reporting = here = parts[i, j].tolist()
            three = [p_same[i, j], *(b[i, j] for b in band)]
            low, high = min(three), max(three)
            log10_prior = logit10(prior[i, j])
            context = logit10(p_same[i, j]) - log10_prior - sum(here)
            pairs.append(
                Pair(
                    f[i].finding_id, f[j].finding_id, float(p_same[i, j]), float(low), float(high),
                    float(prior[i, j]), verdict(p_same[i, j], low, high), log10_prior,
                    location, size, kind, reporting, context, float(error[i, j]),
                )
            )  # fmt: skip
    return tuple(sorted(pairs, key=lambda q: (q.finding_a, q.finding_b)))


def _parts(w: Weights) -> Array:
    """``(n, n, 4)`` log10 Bayes factors of each pair by itself: location, size, kind, reporting."""
    n, weight, seen_in = len(w.findings), w.nodes.weight, [f.reading_id for f in w.findings]
    pairs = [(i, j) for i in range(n) for j in range(n) if seen_in[i] != seen_in[j]]
    both = [(i, j, 1 << i | 1 << j) for i, j in pairs]

    def odds(together: dict[int, float], alone: Array) -> Array:
        """``(n, n)`` log10 odds of being one lesion against two."""
        out = np.ones((n, n))
        for i, j, mask in both:
            out[i, j] = together[mask]
        return np.log10(out / ((alone * weight) @ alone.T))

    steps = []
    for on in (PRIOR, REPORTING, KIND, SIZE):
        lesions = float(weight @ w.lesions)
        mean = {mask: w.reports.lesion(mask, on) * lesions for _, _, mask in both}
        alone = np.array([w.alone(i, on) for i in range(n)])
        steps.append(odds(mean, alone.reshape(n, len(weight))))
    reporting, kind, size = np.diff(steps, axis=0)
    agree = {mask: float(weight @ w.placed[mask]) for _, _, mask in both}
    located = odds(agree, np.array([w.placed[1 << i] for i in range(n)]).reshape(n, len(weight)))
    return np.stack([located, size, kind, reporting], axis=-1)


def _best(weights: Weights) -> tuple[Grouping, ...]:
    """Five most probable groupings of the stated findings; siblings are summed out of sight."""
    merged: dict[tuple[tuple[str, ...], ...], float] = {}
    hidden = any(f.unlisted for f in weights.findings)
    for masks, p in weights.full.best(200 if hidden else 5):
        blocks = []
        for mask in masks:
            stated = [f for f in (weights.findings[i] for i in members(mask)) if not f.unlisted]
            if kept := tuple(sorted(f.finding_id for f in stated)):
                blocks.append(kept)
        key = tuple(sorted(blocks))
        merged[key] = merged.get(key, 0.0) + p
    rounded = {blocks: min(round(p, 12), 1.0) for blocks, p in merged.items()}
    ranked = sorted(rounded.items(), key=lambda kv: (-kv[1], kv[0]))
    return tuple(Grouping(blocks, p) for blocks, p in ranked[:5])


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
