"""Groupings of many findings: drawn where there are too many to sum.

Every year adds readings, and the sum over all groupings (`corr.judgement.groupings.summed`) grows
exponentially with them. Here groupings are visited in proportion to their probability: Gibbs
sampling puts one finding after another where its weights say; Metropolis-Hastings steps split and
merge blocks (split-merge sampling of partitions, Jain and Neal 2004, with plain proposals) and let
findings of one reading exchange their lesions. The exam-level errors stay summed over
their nodes for every grouping. Several chains start apart; how far their answers differ is
part of the stated error. The draws are the same in every run.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np

from corr.judgement.groupings.base import Array, members

CHAINS, SEED = 8, 20261126
STEPS = 32_000
"""Findings that are put anew, over all chains."""
FEWEST_SWEEPS, MOST_SWEEPS = 40, 500
IMPOSSIBLE = -700.0
"""Log weights are kept above this, so that their differences stay numbers."""
WARM_UP = 0.2
"""Share of each chain that is not counted."""
MOST_EVEN = 8
"""Findings up to which a block is split anywhere; above, a few are taken from it."""

Blocks = list[int]
Draw = tuple[int, ...]


@dataclass
class _Record:
    """What the chains saw; arrays are sums over ``sweeps``."""

    together: list[Array] = field(default_factory=list)  # (n, n) mean of each part of a chain
    at_node: Array | float = 0.0  # (n, n, n_e)
    posterior: Array | float = 0.0  # (n_e,)
    sweeps: int = 0
    visits: Counter[Draw] = field(default_factory=Counter)
    log_total: dict[Draw, float] = field(default_factory=dict)


class SampledSum:
    """All groupings of many findings, as `summed.CoupledSum` gives them, nearly.

    Parameters
    ----------
    readings : reading of each finding; blocks hold at most one of each
    log_weight : block mask (two or more findings) -> ``(n_e,)`` log weight relative to singletons
    log_base : ``(n_e,)`` log weight of every finding its own lesion, times p(e)
    links : masks of two findings that are in one block
    steps : findings that are put anew, over all chains
    """

    def __init__(
        self,
        readings: Sequence[Hashable],
        log_weight: Callable[[int], Array],
        log_base: Array,
        links: Iterable[int] = (),
        steps: int = STEPS,
    ) -> None:
        self.n, self._log_weight = len(readings), log_weight
        bit = {r: 1 << k for k, r in enumerate(dict.fromkeys(readings))}
        self._reading = [bit[r] for r in readings]
        self.units = _units(self._reading, links)
        self._known: dict[int, Array] = {}
        self._insides: dict[int, Array] = {}
        self._seen: dict[int, int] = {}
        self._log_base = log_base - log_base.max()
        self._record = _Record()
        sweeps = int(np.clip(steps / CHAINS / len(self.units), FEWEST_SWEEPS, MOST_SWEEPS))
        for chain in range(CHAINS):
            self._run(np.random.default_rng([SEED, chain]), sweeps)

    # --- what came out ------------------------------------------------------------------------

    @property
    def evidence(self) -> Array:
        """``(n_e,)`` weight of all groupings together, up to a constant."""
        return np.asarray(self._record.posterior)

    def together(self) -> Array:
        """``(n, n)`` probability that two findings are one lesion; 1 on the diagonal."""
        return np.asarray(np.mean(self._record.together, axis=0))

    def standard_error(self) -> Array:
        """``(n, n)`` SD of `together`: of the draws, and of the nodes taken for the integral."""
        r = self._record
        of_draws = self._error_of_draws()
        at_node, share = np.asarray(r.at_node) / r.sweeps, np.asarray(r.posterior) / r.sweeps
        off = at_node - at_node.sum(axis=2, keepdims=True) * share
        return np.asarray(np.hypot(of_draws, np.sqrt((off**2).sum(axis=2))))

    def _error_of_draws(self) -> Array:
        """SD between parts of chains; no less than all pairs together let expect.

        A pair whose other state no part came across would seem certain.
        """
        parts, p = np.array(self._record.together), self.together()
        between = parts.var(axis=0, ddof=1) / len(parts)
        draws = (p * (1.0 - p)).sum() / max(between.sum(), 1e-12)
        rare = (p * draws + 0.5) / (draws + 1.0)
        np.fill_diagonal(rare, 1.0)
        return np.asarray(np.sqrt(np.maximum(between, rare * (1.0 - rare) / (draws + 1.0))))

    def best(self, k: int) -> list[tuple[Draw, float]]:
        """The ``k`` most probable of the groupings visited, best first.

        Their weights are exact; what all groupings weigh is known from how often these came.
        """
        r = self._record
        top = sorted(r.visits, key=lambda blocks: (-r.log_total[blocks], blocks))[:k]
        weight = np.exp([r.log_total[blocks] - r.log_total[top[0]] for blocks in top])
        seen = sum(r.visits[blocks] for blocks in top) / r.sweeps
        return [(b, float(w * seen / weight.sum())) for b, w in zip(top, weight, strict=True)]

    def draw(self, rng: np.random.Generator, count: int) -> list[Draw]:
        """``count`` of the groupings visited, as often as they came."""
        seen = sorted(self._record.visits)
        share = np.array([self._record.visits[blocks] for blocks in seen], dtype=float)
        return [seen[k] for k in rng.choice(len(seen), count, p=share / share.sum())]

    # --- the chain ----------------------------------------------------------------------------

    def _run(self, rng: np.random.Generator, sweeps: int) -> None:
        """One chain: each finding where it fits best, in an order of its own, then draws."""
        warm = round(WARM_UP * sweeps)
        ends = np.linspace(warm, sweeps, 3).astype(int)
        blocks = list(self.units)
        unseen = np.zeros((self.n, self.n))
        for unit in rng.permutation(np.array(self.units, dtype=object)).tolist():
            blocks = self._put(blocks, unit, None, unseen)
        parts = [np.zeros((self.n, self.n)) for _ in pairwise(ends)]
        for sweep in range(sweeps):
            counted = sweep >= warm
            here = parts[int(sweep >= ends[1])] if counted else unseen
            for unit in self.units:
                blocks = self._put(blocks, unit, rng, here)
            for _ in range(len(self.units) // 4 + 1):
                blocks = self._merged_or_split(blocks, rng)
                blocks = self._exchanged(blocks, rng)
            if counted:
                self._count(blocks)
        for part, length in zip(parts, np.diff(ends), strict=True):
            np.fill_diagonal(part, length)
            self._record.together.append(np.minimum(0.5 * (part + part.T) / length, 1.0))

    def _count(self, blocks: Blocks) -> None:
        r, log_w = self._record, self._log_w(blocks)
        total = _log_sum(log_w)
        inside = np.array([self._inside(b) for b in blocks])
        posterior = np.exp(log_w - total)
        r.at_node = r.at_node + (inside.T @ inside)[:, :, None] * posterior
        r.posterior = r.posterior + posterior
        r.sweeps += 1
        key = tuple(sorted(blocks))
        r.visits[key] += 1
        r.log_total[key] = total

    def _put(
        self, blocks: Blocks, unit: int, rng: np.random.Generator | None, together: Array
    ) -> Blocks:
        """Put one finding where its weights say, or (without ``rng``) where they are largest.

        The weights of all its places are known, so they count, not only the one drawn.
        """
        others = [b & ~unit for b in blocks if b != unit]
        fits = [b for b in others if self._fit(b, unit)]
        grown = [self._log(b | unit) - self._log(b) for b in fits] + [self._log(unit)]
        log_total = self._log_w(others) + np.array(grown)
        weight = np.exp(log_total - log_total.max()).sum(axis=1)
        p = weight / weight.sum()
        chosen = int(p.argmax()) if rng is None else int(np.searchsorted(p.cumsum(), rng.random()))
        mine = members(unit)
        if fits:
            together[mine] += p[:-1] @ np.array([self._inside(b) for b in fits])
        for i in mine:
            together[i, mine] += 1.0
        if chosen >= len(fits):
            return [*others, unit]
        return [b | unit if b == fits[chosen] else b for b in others]

    def _merged_or_split(self, blocks: Blocks, rng: np.random.Generator) -> Blocks:
        """Two findings' blocks made one, or their common block two (Metropolis-Hastings)."""
        if len(self.units) < 2:
            return blocks
        i, j = (self.units[k] for k in rng.choice(len(self.units), 2, replace=False))
        a, b = (next(x for x in blocks if x & u) for u in (i, j))
        if a != b:
            if not self._fit(a, b):
                return blocks
            new, ways = [a | b], -self._ways(a, a | b)
        else:
            rest = [u for u in self.units if u & a and u not in (i, j)]
            if len(rest) + 2 > MOST_EVEN:
                size = rng.choice(len(rest) + 1, p=_sizes(len(rest) + 2))
                side = i | sum(rest[k] for k in rng.choice(len(rest), size, replace=False))
            else:
                side = i | sum(u for u in rest if rng.random() < 0.5)
            new, ways = [side, a ^ side], self._ways(side, a)
        proposed = [x for x in blocks if x not in (a, b)] + new
        gain = _log_sum(self._log_w(proposed)) - _log_sum(self._log_w(blocks)) + ways
        return proposed if np.log(rng.random()) < gain else blocks

    def _ways(self, side: int, block: int) -> float:
        """Log of one over the chance that a block of two findings is split into just this side."""
        size, whole = (sum(bool(u & x) for u in self.units) for x in (side, block))
        return math.log(math.comb(whole - 2, size - 1) / _sizes(whole)[size - 1])

    def _exchanged(self, blocks: Blocks, rng: np.random.Generator) -> Blocks:
        """Two findings of one reading, and some of the others with them, swap their lesions."""
        u = self.units[rng.integers(len(self.units))]
        rivals = [x for x in self.units if x != u and self._seen_in(x) == self._seen_in(u)]
        if not rivals:
            return blocks
        v = rivals[rng.integers(len(rivals))]
        a, b = (next(x for x in blocks if x & y) for y in (u, v))
        of_a = {self._seen_in(x): x for x in self.units if x & a and x != u}
        moved = u | v
        for y in self.units:
            if y & b and y != v and (x := of_a.get(self._seen_in(y))) and rng.random() < 0.5:
                moved |= x | y
        proposed = [x for x in blocks if x not in (a, b)]
        proposed += [(a & ~moved) | (b & moved), (b & ~moved) | (a & moved)]
        gain = _log_sum(self._log_w(proposed)) - _log_sum(self._log_w(blocks))
        return proposed if np.log(rng.random()) < gain else blocks

    # --- weights ------------------------------------------------------------------------------

    def _log(self, mask: int) -> Array:
        """``(n_e,)`` log weight of a block relative to singletons."""
        if mask not in self._known:
            single = mask.bit_count() < 2
            log = np.zeros_like(self._log_base) if single else self._log_weight(mask)
            self._known[mask] = np.maximum(log, IMPOSSIBLE)
        return self._known[mask]

    def _log_w(self, blocks: Blocks) -> Array:
        """``(n_e,)`` log weight of a grouping; findings left out count as singletons."""
        return np.sum([self._log_base, *(self._log(b) for b in blocks)], axis=0)

    def _inside(self, mask: int) -> Array:
        """``(n,)`` 1 where a finding is in the block."""
        if mask not in self._insides:
            self._insides[mask] = np.array([mask >> i & 1 for i in range(self.n)], dtype=float)
        return self._insides[mask]

    def _seen_in(self, mask: int) -> int:
        """Mask of the readings of a block's findings."""
        if mask not in self._seen:
            self._seen[mask] = sum(self._reading[i] for i in members(mask))
        return self._seen[mask]

    def _fit(self, a: int, b: int) -> bool:
        """Whether two blocks can be one: no reading twice."""
        return not self._seen_in(a) & self._seen_in(b)


def _log_sum(log: Array) -> float:
    top = log.max()
    return float(top + np.log(np.exp(log - top).sum()))


@lru_cache(maxsize=64)
def _sizes(whole: int) -> Array:
    """``(whole - 1,)`` chance that a block of so many is split with 1, 2, ... on one side.

    Each finding goes either way; from a large block few are taken, for hardly any half of what is
    one lesion is another, and every half is another block to weigh.
    """
    one = np.arange(1, whole)
    if whole <= MOST_EVEN:
        return np.array([math.comb(whole - 2, k - 1) for k in one.tolist()]) / 2.0 ** (whole - 2)
    chance = 2.0 ** -np.minimum(one, whole - one)
    return np.asarray(chance / chance.sum())


def _units(reading: Sequence[int], links: Iterable[int]) -> list[int]:
    """Masks of findings that are moved together: those linked, each reading once."""
    units = [1 << i for i in range(len(reading))]
    for link in links:
        touched = [u for u in units if u & link]
        joined = sum(touched)
        seen = [reading[i] for i in members(joined)]
        if len(set(seen)) == len(seen):
            units = [u for u in units if u not in touched] + [joined]
    return sorted(units, key=lambda u: u & -u)
