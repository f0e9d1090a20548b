"""The judgement: which findings of one breast are the same lesion (record linkage).

``P(grouping) ~ sum_e p(e) prod_C w(C|e)`` over the nodes e of the exam-level errors and the
blocks C of the grouping; `corr.judgement.weights` has the weights. Here they become probabilities
of pairs with their parts, prior, band and verdict, and the most probable groupings.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr import parameters
from corr.anatomy import breast as breast_module
from corr.exams.nodes import lesion_nodes, unshared
from corr.exams.regions import deep_readings
from corr.exams.regions import likelihood as words_likelihood
from corr.judgement import band
from corr.judgement.beliefs import Places
from corr.judgement.groupings.base import members
from corr.judgement.lesions.before import Switches
from corr.judgement.order import in_order
from corr.judgement.process import one_process
from corr.judgement.quadrature import weighed
from corr.judgement.result import Belief, Grouping, Judgement, Pair
from corr.judgement.verdict import logit10, verdict
from corr.judgement.weights import Weights
from corr.parameters import Parameters
from corr.records import Breast, Finding

Array = NDArray[np.floating[Any]]
SHOWN_ERROR = 0.005
"""Errors of the integral below this do not show in two decimals."""
PRIOR, REPORTING, KIND, CATEGORY, SIZE = (
    Switches(reporting=False, kind=False, size=False),
    Switches(reporting=True, kind=False, size=False),
    Switches(reporting=True, kind=True, size=False, category=False),
    Switches(reporting=True, kind=True, size=False),
    Switches(reporting=True, kind=True, size=True),
)
UNMOVED = 0.02
"""A report that moves less than this share of where a finding may be states no place."""


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
    bands : judge with other spreads too; without, ``p_low = p_same = p_high``
    weights : those of this breast (`in_order`) and table, where they are there already

    Returns
    -------
    Judgement
        pairs of different readings sorted by finding ids; at most five groupings
    """
    p = parameters.load() if p is None else p
    breast = in_order(breast)
    weights = weighed(breast, p) if weights is None else weights
    model = weights.model
    apart = Places(breast, breast.findings, model, p, unshared())
    beliefs = {f.finding_id: apart.belief(f.finding_id) for f in breast.findings}
    pairs = tuple(
        replace(q, p_one_process=one_process(*_both(weights, q), q.p_same, beliefs, model.points))
        for q in _pairs(weights, placeless(apart), bands=bands)
    )
    return Judgement(
        breast=breast,
        model=model,
        parameters=p,
        beliefs=beliefs,
        pairs=pairs,
        groupings=_best(weights),
        word_readings=_word_readings(breast, model, p),
        nearby=_nearby(breast, beliefs, p["nearby_mm"]),
        notes=(*weights.notes, *_integral_notes(pairs, len(weights.nodes))),
    )


def _both(weights: Weights, q: Pair) -> tuple[Finding, Finding]:
    """The two findings of a pair."""
    found = {f.finding_id: f for f in weights.findings}
    return found[q.finding_a], found[q.finding_b]


def _integral_notes(pairs: tuple[Pair, ...], nodes: int) -> tuple[str, ...]:
    """How far the sum over the nodes of the errors can be off, where that shows."""
    largest = max((q.p_error for q in pairs), default=0.0)
    if largest < SHOWN_ERROR:
        return ()
    return (
        f"The errors that an exam's findings share were summed over {nodes} points, which leaves "
        f"P(same) uncertain by up to {largest:.2f} (one SD) beside its band; more error_nodes "
        "make that smaller and the judgement slower.",
    )


def placeless(places: Places) -> frozenset[str]:
    """Findings of which no place is stated, or none that can be used."""

    def unmoved(place: Array | None) -> bool:
        if place is None:
            return True
        prior = places.model.prior
        belief = prior * places.nodes.mean(place)
        return bool(np.abs(belief / belief.sum() - prior).sum() < 2 * UNMOVED)

    return frozenset(i for i, place in places.of.items() if unmoved(place))


def no_place(a: Finding, b: Finding, unplaced: Set[str]) -> tuple[str, ...]:
    """Which of two findings states no place; neither where one report points at the other."""
    if a.finding_id in (b.same_as, b.targeted_at) or b.finding_id in (a.same_as, a.targeted_at):
        return ()
    return tuple(f.finding_id for f in (a, b) if f.finding_id in unplaced)


def _pairs(weights: Weights, unplaced: Set[str], *, bands: bool) -> tuple[Pair, ...]:
    p_same = weights.p_same(SIZE, located=True)
    lows, highs = band.bands(weights) if bands else (p_same, p_same)
    one = lesion_nodes(np.ones(1))  # without kinds and sizes all states are alike
    unlocated = Weights(weights.breast, weights.p, one, reports=weights.reports)
    prior = unlocated.p_same(PRIOR, located=False)
    error = weights.full.standard_error() + (weights.kept.left_out if weights.kept else 0.0)
    parts = _parts(weights)
    pairs = []
    f = weights.findings
    stated = [i for i, x in enumerate(f) if not x.unlisted]
    for i in stated:
        for j in stated:
            if f[i].finding_id >= f[j].finding_id or f[i].reading_id == f[j].reading_id:
                continue
            location, size, kind, reporting, category = parts[i, j].tolist()
            low, high = float(lows[i, j]), float(highs[i, j])
            log10_prior = logit10(prior[i, j])
            known = log10_prior + location + size + kind + reporting
            context = logit10(p_same[i, j]) - known
            missing = no_place(f[i], f[j], unplaced)
            pairs.append(
                Pair(
                    f[i].finding_id, f[j].finding_id, float(p_same[i, j]), low, high,
                    float(prior[i, j]), verdict(p_same[i, j], low, high, placed=not missing),
                    log10_prior, location, size, kind, reporting, context, float(error[i, j]),
                    category, missing,
                )
            )  # fmt: skip
    return tuple(sorted(pairs, key=lambda q: (q.finding_a, q.finding_b)))


def _parts(w: Weights) -> Array:
    """``(n, n, 5)`` log10 Bayes factors of each pair by itself.

    Location, size, kind, reporting; and what of the kind the BI-RADS categories add.
    """
    n, weight, seen_in = len(w.findings), w.nodes.weight, [f.reading_id for f in w.findings]
    pairs = [(i, j) for i in range(n) for j in range(i) if seen_in[i] != seen_in[j]]
    masks = [1 << i | 1 << j for i, j in pairs]
    one, other = (np.array([pair[k] for pair in pairs], dtype=int) for k in (0, 1))

    def odds(together: Array, alone: Array) -> Array:
        """``(n, n)`` log10 odds of being one lesion against two."""
        out = np.ones((n, n))
        out[one, other] = out[other, one] = together @ weight
        return np.log10(out / ((alone * weight) @ alone.T))

    steps: list[Array] = []
    for on in (PRIOR, REPORTING, KIND, CATEGORY, SIZE):
        if on == CATEGORY and not any(f.bi_rads for f in w.findings):
            steps.append(steps[-1])
            continue
        steps.append(odds(w.blocks(masks, on), w.singles(on)))
    reporting, kind, category, size = np.diff(steps, axis=0)
    agree, alone = ([w.placed[m] for m in ms] for ms in (masks, [1 << i for i in range(n)]))
    located = odds(*(np.array(x).reshape(-1, len(weight)) for x in (agree, alone)))
    return np.stack([located, size, kind + category, reporting, category], axis=-1)


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


def _nearby(
    breast: Breast, beliefs: dict[str, Belief], within_mm: float
) -> dict[str, tuple[str, ...]]:
    """Associated features believed within some distance of each matched finding."""
    out = {}
    for f in breast.findings:
        if not f.matched:
            continue
        here = beliefs[f.finding_id].mean_mm
        near = [
            a.finding_id
            for a in breast.findings
            if not a.matched and np.linalg.norm(beliefs[a.finding_id].mean_mm - here) <= within_mm
        ]
        if near:
            out[f.finding_id] = tuple(sorted(near))
    return out
