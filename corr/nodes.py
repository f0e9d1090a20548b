"""Nodes over the exam-level errors: a fixed low-discrepancy set, moved once to where it counts.

Errors are integrated in standard-normal coordinates, column 0 for the number of lesions and
one block of columns for every kind of exam whose findings share errors. A first set covers the
prior. When several findings pin the errors down, few of its nodes matter; a second set is
then placed mostly where a first look says they lie (`corr.linearised`), weighed by prior over
proposal, so that the integral stays the same and its error shrinks. Nothing is random: the same
findings give the same nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

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
    columns : reading_id -> its columns, the same for readings that share their errors; none
        where a single finding has them
    parts : where the parts of the set begin; each is evenly spread by itself
    """

    normal: Array
    weight: Array
    columns: dict[str, slice]
    parts: tuple[int, ...] = (0,)

    def __len__(self) -> int:
        return len(self.weight)

    @property
    def uniform(self) -> Array:
        """Column 0 as quantiles in (0, 1): for the number of lesions."""
        return np.asarray(ndtr(self.normal[:, 0]))

    def mean(self, values: Array) -> Any:
        """Expectation over the prior of values ``(n_e, ...)``; ``(1, ...)`` is constant."""
        return values[0] if len(values) == 1 else self.weight.astype(values.dtype) @ values

    def first(self, count: int) -> Nodes:
        """The first ``count`` nodes, or all: evenly spread over the prior as well."""
        weight = self.weight[:count]
        return Nodes(self.normal[:count], weight / weight.sum(), self.columns)

    def half(self) -> Nodes:
        """The first half of each part, for what needs less precision.

        Not every second node: these lie on one side of the middle of a column.
        """
        ends = (*self.parts[1:], len(self))
        kept = np.concatenate(
            [np.arange(a, a + (b - a + 1) // 2) for a, b in zip(self.parts, ends, strict=True)]
        )
        weight = self.weight[kept]
        return Nodes(self.normal[kept], weight / weight.sum(), self.columns)


@lru_cache(maxsize=64)
def normal_nodes(n: int, dimensions: int) -> Array:
    """``(n, dimensions)`` low-discrepancy standard-normal points, the same in every run."""
    sobol = qmc.Sobol(dimensions, scramble=True, rng=20261123)
    unit = sobol.random_base2(int(np.ceil(np.log2(max(n, 2)))))
    return np.asarray(ndtri(np.clip(unit, 1e-6, 1 - 1e-6)))


def prior_nodes(sizes: Sequence[tuple[Sequence[str], int]], n: int) -> Nodes:
    """``n`` nodes over the prior.

    ``sizes`` are the ids of readings that share their errors, and how many errors these are.
    """
    ends = 1 + np.cumsum([0, *(size for _, size in sizes)])
    columns = {
        name: slice(int(a), int(b))
        for (names, _), a, b in zip(sizes, ends[:-1], ends[1:], strict=True)
        for name in names
    }
    normal = normal_nodes(n, int(ends[-1]))
    return Nodes(normal, np.full(len(normal), 1.0 / len(normal)), columns)


@lru_cache(maxsize=8)
def lesion_nodes(n: int = 32) -> Nodes:
    """Nodes over the number of lesions alone, for what does not depend on any place."""
    at, weight = np.polynomial.legendre.leggauss(n)
    return Nodes(ndtri(0.5 + 0.5 * at)[:, None], 0.5 * weight, {})


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
    weight = np.exp(log_prior - np.logaddexp.reduce(log_parts, axis=0))
    begins = (0, *(a for _, a, _ in parts))
    return Nodes(normal, weight / weight.sum(), nodes.columns, begins)
