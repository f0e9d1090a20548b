"""How far P(same) moves where the table of constants may be wrong.

The band holds three things: all measurement spreads `band_narrow` and `band_wide` times as large,
and for every `FAMILIES` of rates and kinds, moved together by one spread of each, what that does
to the odds; these add as independent errors do. Constants can also be ranked, one by one, for a
case.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from corr.anatomy import breast as breast_module
from corr.exams.registry import EXAMS
from corr.judgement.beliefs import ROUGH
from corr.judgement.weights import ALL, Weights
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
NODES = 64
"""Nodes of the shared errors that tell how far a rate moves P: those that count most."""
COARSE_MM = 10.0
"""Grid on which places are computed anew for each constant of a ranking."""
NEAR = 1e-4


def bands(weights: Weights) -> tuple[Array, Array]:
    """Low and high P(same) of all pairs, ``(n, n)`` each."""
    p_same = weights.p_same(ALL, located=True)
    three = [p_same, *_by_spreads(weights)]
    at = _logit(p_same)
    rates = sum(step**2 for step in _by_family(weights)) if weights.exact else 0.0
    low, high = _logit(np.min(three, axis=0)), _logit(np.max(three, axis=0))
    return (
        np.minimum(expit(at - np.sqrt((at - low) ** 2 + rates)), p_same),
        np.maximum(expit(at + np.sqrt((high - at) ** 2 + rates)), p_same),
    )


def _logit(p: Array) -> Array:
    return np.asarray(logit(np.clip(p, 1e-12, 1.0 - 1e-12)))


def _by_spreads(weights: Weights) -> Iterator[Array]:
    breast, few = weights.breast, weights.nodes.half()
    for factor, detail in SPREADS.items():
        p = _scaled(weights.p, weights.p[factor])
        model = breast_module.build(breast.shape, p, like=weights.places.model)
        yield Weights(breast, p, few, detail, model=model).p_same(ALL, located=True)


@lru_cache(maxsize=16)
def _scaled(p: Parameters, factor: float) -> Parameters:
    return p.scale_spreads(factor)


def _by_family(weights: Weights) -> Iterator[Array]:
    """How far one spread of all constants of a family moves the log odds of every pair."""
    few = weights.at(_heaviest(weights))
    before = _logit(few.p_same(ALL, located=True))
    done = {r.modality for r in weights.breast.readings}
    for family in FAMILIES:
        concerned = CONCERNS.get(family, MODALITIES)
        if concerned and done.isdisjoint(concerned):
            continue
        moved = few.under(_moved(weights.p, family), concerned)
        yield _logit(moved.p_same(ALL, located=True)) - before


def _heaviest(weights: Weights) -> NDArray[np.intp]:
    return np.sort(np.argsort(-weights.full.evidence, kind="stable")[:NODES])


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


@dataclass(frozen=True)
class Driver:
    """What one constant does to one pair.

    ``p_down`` and ``p_up`` are P(same) with it one spread lower and higher.
    """

    name: str
    finding_a: str
    finding_b: str
    p_down: float
    p_up: float

    @property
    def moves(self) -> float:
        """How far it moves P(same)."""
        return abs(self.p_up - self.p_down)


def drivers(weights: Weights, pairs: Sequence[tuple[str, str]]) -> list[Driver]:
    """Every constant whose spread moves P(same) of these pairs, what moves it most first.

    Rates, kinds and sizes at the nodes that count most; what says where things are (extents,
    angles, poses) with all places anew, on a coarse grid.
    """
    few = weights.at(_heaviest(weights))
    coarse = {"grid_mm": max(COARSE_MM, weights.p["grid_mm"])}
    rough = Weights(weights.breast, weights.p.override(coarse), few.nodes, ROUGH)
    index = {f.finding_id: i for i, f in enumerate(weights.findings)}
    described = tuple(start for starts in FAMILIES.values() for start in starts)
    done = {r.modality for r in weights.breast.readings}
    idle = tuple(
        begin for exam in EXAMS.values() if exam.modality not in done for begin in exam.said
    )
    found = []
    for name, row in weights.p.table.items():
        if not row.spread or row.role != "value" or name.startswith(idle):
            continue
        of_reports = name.startswith(described)
        ends = []
        for step in (-row.spread, row.spread):
            value = min(max(row.value + step, row.range[0]), row.range[1])
            p = weights.p.override({name: value} | ({} if of_reports else coarse))
            moved = few.under(p) if of_reports else Weights(weights.breast, p, few.nodes, ROUGH)
            ends.append(moved.p_same(ALL, located=True))
        off = 0.0 if of_reports else few.p_same(ALL, located=True) - rough.p_same(ALL, located=True)
        for a, b in pairs:
            i, j = index[a], index[b]
            down, up = (float(np.clip((end + off)[i, j], 0.0, 1.0)) for end in ends)
            if abs(up - down) > NEAR:
                found.append(Driver(name, a, b, down, up))
    return sorted(found, key=lambda d: (-d.moves, d.name, d.finding_a, d.finding_b))
