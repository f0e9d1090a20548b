"""Which constants move P(same) of a case most, one by one, within what each is known to.

Rates, kinds and sizes at the nodes that count most; what says where things are (extents, angles,
poses) with all places anew, on a coarse grid. Where the sum over all groupings is long, groupings
are drawn from it once and weighed anew under each change (importance sampling), instead of all
being summed again for every constant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from corr.exams.registry import EXAMS
from corr.judgement.band import FAMILIES, at_heaviest
from corr.judgement.beliefs import ROUGH
from corr.judgement.groupings.base import Blocks
from corr.judgement.weights import ALL, Weights

Array = NDArray[np.floating[Any]]
COARSE_MM = 10.0
"""Grid on which places are computed anew for each constant."""
NEAR = 1e-4
"""Constants that move P(same) less are not listed."""
MOST_SUMMED_TERMS = 2.0**16
"""Terms of the sum over all groupings up to which it is done anew for every constant."""
DRAWN, SEED = 2000, 20261130
"""Groupings drawn beyond; the same in every run."""


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
    """Every constant whose spread moves P(same) of these pairs, what moves it most first."""
    few = at_heaviest(weights)
    coarse = {"grid_mm": max(COARSE_MM, weights.p["grid_mm"])}
    rough = Weights(weights.breast, weights.p.override(coarse), few.nodes, ROUGH)
    p_same, p_same_rough = _under(few), _under(rough)
    at = few.p_same(ALL, located=True)
    off, off_rough = at - p_same(few), at - p_same_rough(rough)
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
        ends = []
        for step in (-row.spread, row.spread):
            changed = {name: min(max(row.value + step, row.range[0]), row.range[1])}
            if name.startswith(described):
                ends.append(p_same(few.under(weights.p.override(changed))) + off)
            else:
                p = weights.p.override(changed | coarse)
                moved = Weights(weights.breast, p, few.nodes, ROUGH)
                ends.append(p_same_rough(moved) + off_rough)
        for a, b in pairs:
            down, up = (float(np.clip(end[index[a], index[b]], 0.0, 1.0)) for end in ends)
            if abs(up - down) > NEAR:
                found.append(Driver(name, a, b, down, up))
    return sorted(found, key=lambda d: (-d.moves, d.name, d.finding_a, d.finding_b))


def _under(base: Weights) -> Callable[[Weights], Array]:
    """P(same) ``(n, n)`` under weights that differ from ``base`` in their constants only."""
    if base.exact and base.terms <= MOST_SUMMED_TERMS:
        return lambda moved: moved.p_same(ALL, located=True)
    drawn = Counter(base.full.draw(np.random.default_rng(SEED), DRAWN))
    times = np.log(np.array(list(drawn.values()), dtype=float))
    together = np.array([_together(blocks, len(base.findings)) for blocks in drawn])
    before = _log_weights(base, list(drawn))

    def p_same(moved: Weights) -> Array:
        log = times + _log_weights(moved, list(drawn)) - before
        return np.asarray(np.tensordot(np.exp(log - logsumexp(log)), together, 1))

    return p_same


def _together(blocks: Blocks, n: int) -> Array:
    """``(n, n)`` 1 where two findings are one lesion."""
    inside = np.array([[mask >> i & 1 for i in range(n)] for mask in blocks], dtype=float)
    return np.asarray(inside.T @ inside)


def _log_weights(w: Weights, drawn: Sequence[Blocks]) -> Array:
    """Log weight of each grouping, summed over the nodes."""
    of_block = {mask: w.log_weight(mask) for mask in {m for blocks in drawn for m in blocks}}
    at_nodes = [sum((of_block[m] for m in blocks), w.log_nodes) for blocks in drawn]
    return np.asarray(logsumexp(at_nodes, axis=1))
