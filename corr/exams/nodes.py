"""Nodes over the exam-level errors: a fixed low-discrepancy set, moved once to where it counts.

Errors are integrated in standard-normal coordinates, column 0 for the number of lesions and
one block of columns for every kind of exam whose findings share errors. The set is a scrambled
Sobol sequence (quasi-Monte Carlo), the move importance sampling from a mixture. A first set covers
the prior. When several findings pin the errors down, few of its nodes matter; a second set is
then placed mostly where a first look says they lie (`corr.judgement.linearised`), weighed by prior
over proposal, so that the integral stays the same and its error shrinks. Nothing is random: the
same findings give the same nodes.

What the lesions of a breast have in common (`corr.judgement.lesions.alike`) is one of a few states;
each node is in one of them, so that no state needs nodes of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtr, ndtri

Array = NDArray[np.floating[Any]]
PRIOR_SHARE = 0.25
"""Share of the second set that still covers the prior, in case the first look was misled."""


@dataclass(frozen=True)
class Normal:
    """A normal distribution of the errors, in standard-normal coordinates of the prior.

    ``mean`` ``(d,)``; ``root`` ``(d, d)`` with ``root @ root.T`` the covariance.
    """

    mean: Array
    root: Array


@dataclass(frozen=True)
class Nodes:
    """Nodes and their weights.

    Attributes
    ----------
    normal : ``(n_e, d)`` standard-normal coordinates of the errors
    weight : ``(n_e,)`` sums to 1, so that weighted sums are expectations over the prior
    state : ``(n_e,)`` which state of `corr.judgement.lesions.alike` each is in
    chance : ``(n_e,)`` prior of that state over its share of the nodes
    columns : reading_id -> its columns, the same for readings that share their errors; none
        where a single finding has them
    parts : where the parts of the set begin; each is evenly spread by itself
    """

    normal: Array
    weight: Array
    state: NDArray[np.intp]
    chance: Array
    columns: dict[str, slice]
    parts: tuple[int, ...] = (0,)
    _lesions: dict[float, Array] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.weight)

    @property
    def uniform(self) -> Array:
        """Column 0 as quantiles in (0, 1): for the number of lesions."""
        return np.asarray(ndtr(self.normal[:, 0]))

    def lesions(self, shape: float) -> Array:
        """How many lesions there are ``(n_e,)``, over their mean: column 0 as gamma quantiles."""
        if shape not in self._lesions:
            self._lesions[shape] = gammaincinv(shape, self.uniform) / shape
        return self._lesions[shape]

    def mean(self, values: Array) -> Any:
        """Expectation over the prior of values ``(n_e, ...)``; ``(1, ...)`` is constant."""
        return values[0] if len(values) == 1 else self.weight.astype(values.dtype) @ values

    def first(self, count: int) -> Nodes:
        """The first ``count`` nodes, or all: evenly spread over the prior as well."""
        return self.some(np.arange(min(count, len(self))))

    def some(self, kept: NDArray[np.intp]) -> Nodes:
        """Some of the nodes, in their order, weighed against each other as before."""
        weight = self.weight[kept]
        return Nodes(
            self.normal[kept], weight / weight.sum(), self.state[kept], self.chance[kept],
            self.columns, _lesions={k: lesions[kept] for k, lesions in self._lesions.items()},
        )  # fmt: skip

    def half(self) -> Nodes:
        """The first half of each part, for what needs less precision.

        Not every second node: these lie on one side of the middle of a column. Nodes over the
        number of lesions and the states alone are few, and stay.
        """
        if not self.columns:
            return self
        ends = (*self.parts[1:], len(self))
        kept = np.concatenate(
            [np.arange(a, a + (b - a + 1) // 2) for a, b in zip(self.parts, ends, strict=True)]
        )
        return self.some(kept)


@lru_cache(maxsize=64)
def normal_nodes(n: int, dimensions: int) -> Array:
    """``(n, dimensions)`` low-discrepancy standard-normal points, the same in every run."""
    from scipy.stats import qmc  # takes longer to load than a small breast to judge

    sobol = qmc.Sobol(dimensions, scramble=True, rng=20261123)
    unit = sobol.random_base2(int(np.ceil(np.log2(max(n, 2)))))
    return np.asarray(ndtri(np.clip(unit, 1e-6, 1 - 1e-6)))


def prior_nodes(
    sizes: Sequence[tuple[Sequence[str], int]], n: int, prior: Array, share: Array | None = None
) -> Nodes:
    """``n`` nodes over the prior of the errors and of the states.

    Parameters
    ----------
    sizes : ids of readings that share their errors, and how many errors these are
    n : how many nodes (rounded up to a power of two)
    prior : ``(K,)`` probabilities of the states
    share : ``(K,)`` share of the nodes that each state gets; its prior unless given
    """
    ends = 2 + np.cumsum([0, *(size for _, size in sizes)])
    columns = {
        name: slice(int(a) - 1, int(b) - 1)
        for (names, _), a, b in zip(sizes, ends[:-1], ends[1:], strict=True)
        for name in names
    }
    normal = normal_nodes(n, int(ends[-1]))
    share = prior if share is None else share
    state = np.searchsorted(np.cumsum(share)[:-1], ndtr(normal[:, 1]), side="right")
    chance = (prior / share)[state]
    rest = np.delete(normal, 1, axis=1)
    return Nodes(rest, chance / chance.sum(), state, chance, columns)


@lru_cache(maxsize=8)
def _legendre(n: int) -> tuple[Array, Array]:
    """``n`` nodes in (-1, 1) and their weights (Gauss and Legendre)."""
    at, weight = np.polynomial.legendre.leggauss(n)
    return at, weight


def lesion_nodes(prior: Array, n: int = 16) -> Nodes:
    """``n`` nodes over the number of lesions in each state, for what depends on no shared error."""
    at, weight = _legendre(n)
    state = np.repeat(np.arange(len(prior)), n)
    normal = np.tile(ndtri(0.5 + 0.5 * at), len(prior))[:, None]
    whole = np.outer(prior, 0.5 * weight).ravel()
    return Nodes(normal, whole / whole.sum(), state, np.ones(len(state)), {})


@lru_cache(maxsize=1)
def unshared() -> Nodes:
    """A single node, for findings whose errors are each one's own."""
    return lesion_nodes(np.ones(1), 1)


def around(nodes: Nodes, fits: Sequence[Normal], shares: Sequence[float]) -> Nodes:
    """Nodes over the prior as a second set: a part around each fit, and a part left as it is.

    ``shares``, on any scale, say how large each fit's part is.
    """
    normal, n = nodes.normal.copy(), len(nodes)
    kept = round(PRIOR_SHARE * n)
    ends = kept + np.rint((n - kept) * np.cumsum([0.0, *shares]) / np.sum(shares)).astype(int)
    parts = [(f, a, b) for f, a, b in zip(fits, ends[:-1], ends[1:], strict=True) if b > a]
    for fit, a, b in parts:
        normal[a:b] = fit.mean + nodes.normal[a:b] @ fit.root.T
    log_prior = -0.5 * (normal**2).sum(axis=1)
    log_parts = [np.log(kept / n) + log_prior]
    for fit, a, b in parts:
        off = np.linalg.solve(fit.root, (normal - fit.mean).T)
        log_size = np.linalg.slogdet(fit.root)[1]
        log_parts.append(np.log((b - a) / n) - log_size - 0.5 * (off**2).sum(axis=0))
    weight = np.exp(log_prior - np.logaddexp.reduce(log_parts, axis=0)) * nodes.chance
    begins = (0, *(a for _, a, _ in parts))
    return Nodes(normal, weight / weight.sum(), nodes.state, nodes.chance, nodes.columns, begins)
