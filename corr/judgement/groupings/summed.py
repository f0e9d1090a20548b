"""Exact sums over all groupings of findings into lesions: subset sums over set partitions.

The sum over the groupings of a subset is that over the blocks its lowest finding may be in, times
the sum over the rest (a recurrence over subsets, as for counting set partitions); its terms are
pairs of a block and a rest. "Every finding its own lesion" weighs 1 for every node of the
exam-level errors. See `corr.judgement.groupings.base` for what comes out.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr.judgement.groupings.base import Array, Blocks, members

DOUBLE_LIMIT = 12
"""Findings up to which sums are in double precision; beyond, memory is what takes the time."""


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
    z : ``(2**(n - 1), n_e)`` sum over the groupings of every subset without finding 0
    whole : ``(n_e,)`` sum over the groupings of all findings
    """

    def __init__(
        self, n: int, weights: Mapping[int, Array], base: Array, alone: Sequence[bool] | None = None
    ) -> None:
        self.n, self.weights, self.full = n, weights, (1 << n) - 1
        self.alone = [True] * n if alone is None else list(alone)
        self.base = base / base.max()
        self.by_lowest: list[list[int]] = [[] for _ in range(n)]
        self._stacked: dict[int, tuple[NDArray[np.int64], Array]] = {}
        for mask in weights:
            self.by_lowest[(mask & -mask).bit_length() - 1].append(mask)
        with np.errstate(over="ignore", invalid="ignore"):
            self.z = self._sums(len(base), np.float64 if n <= DOUBLE_LIMIT else np.float32)
        if not np.isfinite(self.z).all():  # more than single precision can hold
            self.z = self._sums(len(base), np.float64)
        self.first_blocks = np.array(self.by_lowest[0], dtype=int)
        self.first_weights = np.array([weights[b] for b in self.by_lowest[0]])
        self.whole = self.sums([self.full])[0]

    def _sums(self, n_e: int, dtype: type[np.floating[Any]]) -> Array:
        """Sum over the groupings of every subset, from the subsets of its later findings.

        One axis a finding (out, in), the highest first, so that all subsets a block fits
        into are one strided view. Subsets that hold finding 0 are half of all, but few are
        ever asked for: `sums` has them.
        """
        z = np.zeros((2,) * (self.n - 1) + (n_e,), dtype)
        z[(0,) * (self.n - 1)] = 1.0
        space = np.empty(z.size // 4, dtype)
        for low in range(self.n - 1, 0, -1):
            # subsets whose lowest finding is `low`: alone, or in each block that fits
            axis = self.n - 1 - low
            z[self._view({axis: 1}, low)] = z[self._view({axis: 0}, low)] * self.alone[low]
            for block in self.by_lowest[low]:
                axes = [self.n - 1 - i for i in members(block)]
                rest = z[self._view(dict.fromkeys(axes, 0), low)]
                grown = space[: rest.size].reshape(rest.shape)
                np.multiply(rest, self.weights[block].astype(dtype, copy=False), out=grown)
                z[self._view(dict.fromkeys(axes, 1), low)] += grown
        return z.reshape(1 << (self.n - 1), n_e)

    def sums(self, subsets: Sequence[int] | NDArray[np.integer[Any]]) -> Array:
        """``(k, n_e)`` sums over the groupings of some subsets."""
        masks = np.array(subsets, dtype=int)
        out = self.z[masks >> 1].astype(np.float64)
        for k in np.flatnonzero(masks & 1):
            out[k] *= self.alone[0]
            fit = self.first_blocks & masks[k] == self.first_blocks
            if fit.any():
                rest = self.z[(masks[k] ^ self.first_blocks[fit]) >> 1]
                out[k] += np.einsum("be,be->e", self.first_weights[fit], rest)
        return out

    def _view(self, fixed: dict[int, int], low: int) -> tuple[Any, ...]:
        """Index of the subsets of findings ``low`` and up with some of them fixed in or out."""
        index: list[Any] = [slice(None)] * (self.n - low) + [0] * (low - 1)
        for axis, value in fixed.items():
            index[axis] = value
        return tuple(index)

    @property
    def total(self) -> float:
        """Sum over everything; the normaliser."""
        return float(self.base @ self.whole)

    @cached_property
    def _blocks(self) -> tuple[Array, Array]:
        """``(k, n)`` which finding is in which block; ``(k, n_e)`` sums over groupings with it."""
        blocks = np.array(list(self.weights), dtype=int)
        weights = np.array(list(self.weights.values())).reshape(len(blocks), len(self.base))
        inside = (blocks[:, None] >> np.arange(self.n) & 1).astype(float)
        return inside, weights * self.sums(self.full ^ blocks)

    def together(self) -> Array:
        """``(n, n)`` probability that two findings are in one block; 1 on the diagonal."""
        inside, sums = self._blocks
        out = inside.T @ (inside * (sums @ self.base)[:, None] / self.total)
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
            low = (rest & -rest).bit_length() - 1
            options = [b for b in self.by_lowest[low] if b & rest == b]
            grown = weight * np.array([self.weights[b] for b in options]).reshape(-1, len(weight))
            if self.alone[low]:
                options.append(1 << low)
                grown = np.concatenate([grown, weight[None, :]])
            left = self.sums([rest ^ b for b in options])
            bounds = (grown * left).sum(axis=1) / total
            for block, w, bound in zip(options, grown, bounds.tolist(), strict=True):
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
            low = (rest & -rest).bit_length() - 1
            masks, weights = self._from(low)
            fits = masks & rest == masks
            options, weight = masks[fits], weights[fits, e]
            left = self.z[(rest ^ options) >> 1, e]  # finding 0 is in the first block
            chance = weight * left.astype(np.float64)
            drawn.append(int(options[rng.choice(len(options), p=chance / chance.sum())]))
            rest ^= drawn[-1]
        return tuple(drawn)

    def _from(self, low: int) -> tuple[NDArray[np.int64], Array]:
        """``(k,)`` blocks whose lowest finding is ``low``; ``(k, n_e)`` their weights."""
        if low not in self._stacked:
            masks, weights = [*self.by_lowest[low]], [self.weights[b] for b in self.by_lowest[low]]
            if self.alone[low]:
                masks.append(1 << low)
                weights.append(np.ones_like(self.base))
            self._stacked[low] = np.array(masks, dtype=np.int64), np.array(weights)
        return self._stacked[low]


class CoupledSum:
    """Groupings that fall into independent groups given the nodes of the errors.

    Groups share no block, but do share the exam-level errors: each group's sum is weighed
    by what the others say about the nodes.
    """

    def __init__(
        self, n: int, weights: Mapping[int, Array], base: Array, alone: Sequence[bool] | None = None
    ) -> None:
        self.n = n
        blocks = [sum(m >> i & 1 for m in weights) for i in range(n)]
        # findings of crowded readings are in few blocks: first, they leave the least to sum
        self.groups = [sorted(g, key=blocks.__getitem__) for g in _components(n, weights)]
        self.parts = []
        for group in self.groups:
            local = {i: k for k, i in enumerate(group)}
            inside = sum(1 << i for i in group)
            mine = {
                sum(1 << local[i] for i in members(m)): w for m, w in weights.items() if m & inside
            }
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

    def together(self) -> Array:
        """``(n, n)`` probability that two findings are one lesion."""
        out = np.eye(self.n)
        for group, part in zip(self.groups, self.parts, strict=True):
            out[np.ix_(group, group)] = part.together()
        return out

    def standard_error(self) -> Array:
        """``(n, n)`` error of `together`, as `PartitionSum.standard_error`."""
        out = np.zeros((self.n, self.n))
        for group, part in zip(self.groups, self.parts, strict=True):
            out[np.ix_(group, group)] = part.standard_error()
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
    return tuple(sum(1 << group[i] for i in members(b)) for b in blocks)


def _components(n: int, masks: Iterable[int]) -> list[list[int]]:
    groups = [1 << i for i in range(n)]
    for mask in masks:
        touched = [g for g in groups if g & mask]
        groups = [g for g in groups if not g & mask] + [sum(touched)]
    return [members(g) for g in sorted(groups, key=lambda g: g & -g)]
