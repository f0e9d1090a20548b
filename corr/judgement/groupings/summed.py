"""Exact sums over all groupings of findings into lesions: subset sums over set partitions.

The sum over the groupings of a subset is that over the blocks its last finding may be in, times
the sum over the rest (a recurrence over subsets, as for counting set partitions), for the subsets
that it leads to (`corr.judgement.groupings.steps`). Taken back from the whole set, it gives what
all groupings with a block weigh. "Every finding its own lesion" weighs 1 for every node of the
exam-level errors. See `corr.judgement.groupings.base` for what comes out.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr.judgement.groupings.base import Array, Blocks
from corr.judgement.groupings.steps import steps

DOUBLE_LIMIT = 8
"""Findings up to which sums are in double precision; beyond, memory is what takes the time."""
ALL = slice(None)
AT_ONCE, FEWEST_AT_ONCE = 1 << 19, 16
"""Numbers worked on at a time, for a few nodes at least: they stay in the processor's cache."""


class PartitionSum:
    """All groupings of ``n`` findings at once.

    Parameters
    ----------
    n : number of findings
    weights : block mask (two or more findings) -> ``(n_e,)`` weight relative to singletons
    base : ``(n_e,)`` weight of every finding its own lesion, times p(e)
    alone : which findings may stay alone (all, unless a reader declared a link)

    Attributes
    ----------
    z : ``(subsets, n_e)`` sum over the groupings of every subset that is reached
    whole : ``(n_e,)`` sum over the groupings of all findings
    """

    def __init__(
        self, n: int, weights: Mapping[int, Array], base: Array, alone: Sequence[bool] | None = None
    ) -> None:
        self.n, self.weights, self.full = n, weights, (1 << n) - 1
        self.alone = [True] * n if alone is None else list(alone)
        self.base = base / base.max()
        by_last: list[list[tuple[int, int]]] = [[] for _ in range(n)]
        single = [(0, 1 << i) for i, may in enumerate(self.alone) if may]
        for row, mask in [*enumerate(weights, start=1), *single]:
            by_last[mask.bit_length() - 1].append((row, mask))
        self._by_last = [np.array(some, dtype=np.int64).reshape(-1, 2).T for some in by_last]
        self.steps = steps(tuple(weights), tuple(self.alone))
        with np.errstate(over="ignore", invalid="ignore"):
            self._sum(np.float64 if n <= DOUBLE_LIMIT else np.float32)
        if not np.isfinite(self.z[-1]).all():  # more than single precision can hold
            self._sum(np.float64)
        self.whole = self.z[-1].astype(np.float64)

    def _sum(self, dtype: type[np.floating[Any]]) -> None:
        """Sums over the groupings of every subset, from those of its other findings."""
        n_e = len(self.base)
        self._of_blocks = np.ones((1 + len(self.weights), n_e), dtype)
        for row, weight in zip(self._of_blocks[1:], self.weights.values(), strict=True):
            row[:] = weight
        self.z = np.empty((len(self.steps.subsets), n_e), dtype)
        for some in self._few_nodes():  # `take` copies what is not contiguous
            z = np.zeros((len(self.z), some.stop - some.start), dtype)
            z[0] = 1.0  # of no findings; what cannot be grouped stays at nothing
            weights = np.ascontiguousarray(self._of_blocks[:, some])
            for level in self.steps.levels:
                grown = weights.take(level.block, axis=0)
                grown *= z.take(level.rest, axis=0)
                z[level.rows] = level.by_whole @ grown
            self.z[:, some] = z

    def _few_nodes(self) -> Iterator[slice]:
        n_e = len(self.base)
        step = max(AT_ONCE // self.steps.most, FEWEST_AT_ONCE)
        for start in range(0, n_e, step):
            yield slice(start, min(start + step, n_e))

    def sums(self, subsets: NDArray[np.int64], nodes: Any = ALL) -> Array:
        """``(k, n_e)`` sums over the groupings of some subsets that are reached."""
        return self.z[np.searchsorted(self.steps.subsets, subsets), nodes].astype(np.float64)

    @property
    def total(self) -> float:
        """Sum over everything; the normaliser."""
        return float(self.base @ self.whole)

    @cached_property
    def _blocks(self) -> tuple[Array, Array]:
        """``(k, n)`` which finding is in which block; ``(k, n_e)`` sums over groupings with it.

        From the whole set back: what all ways of getting to a subset weigh, times what is taken
        off it, times what is left.
        """
        blocks = np.array(list(self.weights), dtype=int)
        sums = np.zeros(self._of_blocks.shape, self._of_blocks.dtype)
        inside = (blocks[:, None] >> np.arange(self.n) & 1).astype(sums.dtype)
        for some in self._few_nodes():
            z, weights = (np.ascontiguousarray(x[:, some]) for x in (self.z, self._of_blocks))
            ways = np.zeros(z.shape, z.dtype)
            ways[-1] = 1.0
            for level in reversed(self.steps.levels):
                taken = weights.take(level.block, axis=0)
                taken *= ways.take(level.whole, axis=0)
                ways[level.rests] += level.by_rest @ taken
                taken *= z.take(level.rest, axis=0)
                sums[level.blocks, some] += level.by_block @ taken
        return inside, sums[1:]

    def shares(self, at_nodes: Array) -> list[float]:
        """Probability of each block, in the order of the weights."""
        return (self._blocks[1] @ (at_nodes / self.whole)).tolist()

    def together(self, some: slice = ALL) -> Array:
        """``(n, n)`` probability that two findings are in one block; 1 on the diagonal.

        Of some of the nodes, if asked for.
        """
        inside, sums = self._blocks
        base = self.base[some]
        share = sums[:, some] @ base / float(base @ self.whole[some])
        out = np.minimum(inside.T @ (inside * share[:, None]), 1.0)
        np.fill_diagonal(out, 1.0)
        return out

    def standard_error(self) -> Array:
        """``(n, n)`` SD of `together` that comes from taking a sum over nodes for the integral.

        That of importance sampling: the nodes' probabilities of the pair scatter around the
        sum, each as heavy as its share of the posterior.
        """
        inside, sums = self._blocks
        i, j = np.triu_indices(self.n, 1)
        at_node = (inside[:, i] * inside[:, j]).T @ sums * (self.base / self.total)  # (pairs, n_e)
        share = self.base * self.whole / self.total
        out = np.zeros((self.n, self.n))
        out[i, j] = np.sqrt(((at_node - at_node.sum(axis=1)[:, None] * share) ** 2).sum(axis=1))
        return out + out.T

    def best(self, k: int, expansions: int = 20000) -> list[tuple[Blocks, float]]:
        """The ``k`` most probable groupings, as masks and probability, best first.

        Best-first search: the sum over all completions bounds every single one, so what is
        completed first is best. ``expansions`` bounds the work; what is found by then is
        returned, and is still correctly weighed.
        """
        tick, total = count(), self.total
        heap: list[tuple[float, int, int, tuple[int, ...], Array]]
        heap = [(-1.0, next(tick), self.full, (), self.base)]
        found: list[tuple[tuple[int, ...], float]] = []
        while heap and len(found) < k and expansions > 0:
            expansions -= 1
            score, _, rest, chosen, weight = heapq.heappop(heap)
            if rest == 0:
                found.append((chosen, -score))
                continue
            rows, options = self._options(rest)
            grown = weight * self._of_blocks[rows]
            bounds = (grown * self.sums(rest ^ options)).sum(axis=1) / total
            for block, w, bound in zip(options.tolist(), grown, bounds.tolist(), strict=True):
                if bound > 0:
                    heapq.heappush(heap, (-bound, next(tick), rest ^ block, (*chosen, block), w))
        return found

    def draw(self, rng: np.random.Generator, count: int) -> list[Blocks]:
        """``count`` groupings as masks, each as often as it is probable."""
        return [self.draw_at(rng, e) for e in _nodes(rng, self.base * self.whole, count)]

    def draw_at(self, rng: np.random.Generator, e: int) -> tuple[int, ...]:
        """One grouping given node ``e``; a block's chance is that of all that can follow it."""
        rest, drawn = self.full, list[int]()
        while rest:
            rows, options = self._options(rest)
            chance = self._of_blocks[rows, e] * self.sums(rest ^ options, e)
            drawn.append(int(options[rng.choice(len(options), p=chance / chance.sum())]))
            rest ^= drawn[-1]
        return tuple(drawn)

    def _options(self, rest: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Blocks that the last of some findings may be in: their rows in the weights, and masks."""
        rows, masks = self._by_last[rest.bit_length() - 1]
        fits = masks & rest == masks
        return rows[fits], masks[fits]


class CoupledSum:
    """Groupings that fall into independent groups given the nodes of the errors.

    Groups share no block, but do share the exam-level errors: each group's sum is weighed
    by what the others say about the nodes.
    """

    def __init__(
        self, n: int, weights: Mapping[int, Array], base: Array, alone: Sequence[bool] | None = None
    ) -> None:
        self.n = n
        masks, rows = np.array(list(weights), dtype=np.int64), list(weights.values())
        inside = masks[:, None] >> np.arange(n) & 1
        blocks = inside.sum(axis=0)
        # findings of crowded readings are in few blocks: taken off first, they leave least to sum
        self.groups = [sorted(g, key=lambda i: -blocks[i]) for g in _components(inside)]
        self.parts = []
        for group in self.groups:
            local = inside[:, group] @ (1 << np.arange(len(group)))
            mine = {int(local[k]): rows[k] for k in np.flatnonzero(local)}
            may = None if alone is None else [alone[i] for i in group]
            self.parts.append(PartitionSum(len(group), mine, np.ones_like(base), may))
        totals = [part.whole for part in self.parts]
        for k, part in enumerate(self.parts):
            others = [t for j, t in enumerate(totals) if j != k]
            part.base = base * np.prod(others, axis=0) if others else base
            part.base = part.base / part.base.max()
        self.base, self.totals = base, totals

    @property
    def evidence(self) -> Array:
        """``(n_e,)`` weight of all groupings together, up to a constant, base's weight aside."""
        return np.asarray(np.prod([self.base, *self.totals], axis=0))

    def together(self, some: slice = ALL) -> Array:
        """``(n, n)`` probability that two findings are one lesion, at some of the nodes."""
        out = np.eye(self.n)
        for group, part in zip(self.groups, self.parts, strict=True):
            out[np.ix_(group, group)] = part.together(some)
        return out

    def standard_error(self) -> Array:
        """``(n, n)`` error of `together`, as `PartitionSum.standard_error`."""
        return self._error

    @cached_property
    def _error(self) -> Array:
        out = np.zeros((self.n, self.n))
        for group, part in zip(self.groups, self.parts, strict=True):
            out[np.ix_(group, group)] = part.standard_error()
        return out

    def shares(self, at_nodes: Array) -> dict[int, float]:
        """Probability of each block; ``at_nodes`` ``(n_e,)`` says how much each node counts."""
        out: dict[int, float] = {}
        for group, part in zip(self.groups, self.parts, strict=True):
            found = part.shares(at_nodes)
            out |= zip(_among_all(part.weights, group), found, strict=True)
        return out

    def best(self, k: int) -> list[tuple[Blocks, float]]:
        """The ``k`` most probable groupings; joint weights of each group's own best ones."""
        choices: list[tuple[tuple[int, ...], Array]] = [((), self.base / self.base.max())]
        for group, part in zip(self.groups, self.parts, strict=True):
            grown = []
            for local, _ in part.best(k):
                blocks = _among_all(local, group)
                weight = np.prod([part.weights.get(b, np.ones_like(part.base)) for b in local], 0)
                grown += [((*chosen, *blocks), w * weight) for chosen, w in choices]
            grown.sort(key=lambda c: -float(c[1].sum()))
            choices = grown[: 4 * k]
        total = float(self.evidence.sum() / self.base.max())
        return [(blocks, float(w.sum()) / total) for blocks, w in choices[:k]]

    def draw(self, rng: np.random.Generator, count: int) -> list[Blocks]:
        """``count`` groupings as masks, each as often as it is probable."""
        drawn = []
        for e in _nodes(rng, self.evidence, count):  # one node for all groups: they share errors
            each = zip(self.groups, self.parts, strict=True)
            blocks = [b for group, part in each for b in _among_all(part.draw_at(rng, e), group)]
            drawn.append(tuple(blocks))
        return drawn


def _nodes(rng: np.random.Generator, weight: Array, count: int) -> list[int]:
    """``count`` nodes drawn by their weight ``(n_e,)``."""
    return [int(e) for e in rng.choice(len(weight), count, p=weight / weight.sum())]


def _among_all(blocks: Iterable[int], group: Sequence[int]) -> tuple[int, ...]:
    """Masks within a group of findings as masks among all findings."""
    local = np.array(list(blocks), dtype=np.int64)
    bits = local[:, None] >> np.arange(len(group)) & 1
    return tuple((bits @ (1 << np.array(group))).tolist())


def _components(inside: NDArray[np.int64]) -> list[list[int]]:
    """Findings that blocks, ``(blocks, n)`` 1 where a finding is in one, hold together."""
    n = inside.shape[1]
    linked = inside.T @ inside + np.eye(n, dtype=np.int64) > 0
    for _ in range(n.bit_length()):
        linked = linked @ linked
    return [np.flatnonzero(row).tolist() for i, row in enumerate(linked) if row.argmax() == i]
