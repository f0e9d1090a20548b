"""How far P(same) moves where the table of constants may be wrong.

The band holds three things: all measurement spreads `band_narrow` and `band_wide` times as large,
and for every `FAMILIES` of rates and kinds, moved together by one spread of each, what that does to
the odds; these add as independent errors do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from corr.anatomy import breast as breast_module
from corr.exams.registry import EXAMS
from corr.judgement.beliefs import ROUGH
from corr.judgement.lesions.before import REPORTED, SAID
from corr.judgement.lesions.reporting import Reports
from corr.judgement.weights import ALL, Weights, same
from corr.parameters import Parameter, Parameters
from corr.records import MODALITIES, Modality

Array = NDArray[np.floating[Any]]
SPREADS = {"band_narrow": ROUGH, "band_wide": replace(ROUGH, coarse=True)}
"""Factors on all spreads; the wider, the coarser a grid will do."""
FAMILIES = {
    "how much else there is": ("false_", "lesions_mean"),
    **{f"what {exam.adjective} reports say": exam.rates for exam in EXAMS.values()},
    "benign and malignant": ("reported_if_benign", "malignant_share", "ppv_"),
    "what there is and what exams call it": ("mix_", "kind_", "named_alike", "asymmetry_is_"),
    "sizes, and what lesions of a breast have in common": ("size_", "alike_"),
}
"""Constants of what is reported, by how their names begin."""
CONCERNS: dict[str, tuple[Modality, ...]] = {
    "how much else there is": (),
    **{f"what {exam.adjective} reports say": (exam.modality,) for exam in EXAMS.values()},
}
"""Examinations whose reports a family concerns; all, unless named here."""
CHANGES = {
    "benign and malignant": (REPORTED, "assessed"),
    "what there is and what exams call it": ("kind", "assessed"),
    "sizes, and what lesions of a breast have in common": ("size",),
}
"""What of the reports a family changes; all, unless named here."""
NODES = 64
"""Nodes of the shared errors that tell how far a rate moves P: those that count most."""


def bands(weights: Weights) -> tuple[Array, Array]:
    """Low and high P(same) of all pairs, ``(n, n)`` each."""
    p_same = weights.p_same(ALL, located=True)
    spreads = list(_by_spreads(weights))
    families = list(_by_family(weights)) if weights.exact else []
    found = same([*spreads, *families])
    three, at = [p_same, *found[: len(spreads)]], _logit(p_same)
    before, *moved = (_logit(p) for p in found[len(spreads) :]) if families else (at,)
    rates = sum(((after - before) ** 2 for after in moved), np.zeros_like(at))
    low, high = _logit(np.min(three, axis=0)), _logit(np.max(three, axis=0))
    return (
        np.minimum(expit(at - np.sqrt((at - low) ** 2 + rates)), p_same),
        np.maximum(expit(at + np.sqrt((high - at) ** 2 + rates)), p_same),
    )


def _logit(p: Array) -> Array:
    return np.asarray(logit(np.clip(p, 1e-12, 1.0 - 1e-12)))


def _by_spreads(weights: Weights) -> Iterator[Weights]:
    """The same with all spreads narrower, and wider, at half of the nodes."""
    breast, few = weights.breast, weights.nodes.half()
    for factor, detail in SPREADS.items():
        p = _scaled(weights.p, weights.p[factor])
        model = breast_module.build(breast.shape, p, like=weights.places.model)
        reports = Reports(breast, weights.findings, p)
        reports.keep(weights.reports, MODALITIES, ("size",))
        yield Weights(breast, p, few, detail, reports=reports, model=model, kept=weights.kept)


@lru_cache(maxsize=16)
def _scaled(p: Parameters, factor: float) -> Parameters:
    return p.scale_spreads(factor)


def _by_family(weights: Weights) -> Iterator[Weights]:
    """A few nodes as they are, then with all constants of each family moved by one spread."""
    few = at_heaviest(weights)
    yield few
    done = {r.modality for r in weights.breast.readings}
    for family in FAMILIES:
        concerned = CONCERNS.get(family, MODALITIES)
        if not concerned or not done.isdisjoint(concerned):
            yield few.under(_moved(weights.p, family), concerned, CHANGES.get(family, SAID))


def at_heaviest(weights: Weights) -> Weights:
    """The same at the nodes that count most."""
    return weights.at(np.sort(np.argsort(-weights.full.evidence, kind="stable")[:NODES]))


@lru_cache(maxsize=64)
def _moved(p: Parameters, family: str) -> Parameters:
    rows = [row for name, row in p.table.items() if name.startswith(FAMILIES[family])]
    changes = {row.name: _up(row) for row in rows if row.role != "kernel"}
    means: dict[str, list[float]] = {}
    for row in rows:
        means.setdefault(row.name.split("_given_")[0], []).append(row.value)
    for row in rows:
        if row.name.startswith("kind_"):  # less telling: nearer to what it is called on average
            mean = float(np.mean(means[row.name.split("_given_")[0]]))
            changes[row.name] = row.value + float(
                np.clip(mean - row.value, -row.spread, row.spread)
            )
    return p.override(changes)


def _up(row: Parameter) -> float:
    """One spread toward seeing more, within what the constant may be."""
    step = -row.spread if "midpoint" in row.name else row.spread
    return min(max(row.value + step, row.range[0]), row.range[1])
