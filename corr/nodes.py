"""Nodes over the exam-level errors: a fixed low-discrepancy set, moved once to where it counts.

Errors are integrated in standard-normal coordinates, column 0 for the number of lesions and
one block of columns for every reading whose findings share errors. A first set covers the
prior. When several findings pin the errors down, few of its nodes matter; a second set is
then placed around the (tempered) posterior of the first, weighed by prior over proposal, so
that the integral stays the same and its error shrinks. Nothing is random: the same findings
give the same nodes.
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
"""Share of the second set that still covers the prior, in case the first was misled."""
TEMPERS = (1.0, 0.7, 0.5, 0.35, 0.25, 0.15, 0.1)
SHRINK = 4.0
"""The prior counts like this many effective nodes in the variances of the second set."""


@dataclass(frozen=True)
class Nodes:
    """Nodes and their weights.

    Attributes
    ----------
    normal : ``(n_e, d)`` standard-normal coordinates of the errors
    weight : ``(n_e,)`` sums to 1, so that weighted sums are expectations over the prior
    columns : reading_id -> its columns; readings with a single finding have none
    """

    normal: Array
    weight: Array
    columns: dict[str, slice]

    def __len__(self) -> int:
        return len(self.weight)

    @property
    def uniform(self) -> Array:
        """Column 0 as quantiles in (0, 1): for the number of lesions."""
        return np.asarray(ndtr(self.normal[:, 0]))

    def mean(self, values: Array) -> Any:
        """Expectation over the prior of values ``(n_e, ...)``; ``(1, ...)`` is constant."""
        return values[0] if len(values) == 1 else self.weight.astype(values.dtype) @ values

    def thinned(self, step: int) -> Nodes:
        """Every ``step``-th node: a coarser set for what needs less precision."""
        weight = self.weight[::step]
        return Nodes(self.normal[::step], weight / weight.sum(), self.columns)


@lru_cache(maxsize=64)
def normal_nodes(n: int, dimensions: int) -> Array:
    """``(n, dimensions)`` low-discrepancy standard-normal points, the same in every run."""
    sobol = qmc.Sobol(dimensions, scramble=True, rng=20261123)
    unit = sobol.random_base2(int(np.ceil(np.log2(max(n, 2)))))
    return np.asarray(ndtri(np.clip(unit, 1e-6, 1 - 1e-6)))


def prior_nodes(sizes: Sequence[tuple[str, int]], n: int) -> Nodes:
    """``n`` nodes over the prior; ``sizes`` are reading ids and their numbers of errors."""
    ends = 1 + np.cumsum([0, *(size for _, size in sizes)])
    columns = {
        name: slice(int(a), int(b))
        for (name, _), a, b in zip(sizes, ends[:-1], ends[1:], strict=True)
    }
    normal = normal_nodes(n, int(ends[-1]))
    return Nodes(normal, np.full(len(normal), 1.0 / len(normal)), columns)


@lru_cache(maxsize=8)
def lesion_nodes(n: int = 32) -> Nodes:
    """Nodes over the number of lesions alone, for what does not depend on any place."""
    at, weight = np.polynomial.legendre.leggauss(n)
    return Nodes(ndtri(0.5 + 0.5 * at)[:, None], 0.5 * weight, {})


def moved(nodes: Nodes, evidence: Array) -> Nodes:
    """A second set around where the evidence ``(n_e,)`` at the first set is large."""
    share, effective = _tempered(nodes.weight, evidence)
    mean = share @ nodes.normal
    spread = share @ (nodes.normal - mean) ** 2
    variance = np.minimum((effective * spread + SHRINK) / (effective + SHRINK), 1.0)
    unit, n = nodes.normal, len(nodes)
    keep = round(PRIOR_SHARE * n)
    normal = np.concatenate([unit[:keep], mean + np.sqrt(variance) * unit[keep:]])
    log_prior = -0.5 * (normal**2).sum(axis=1)
    off = (normal - mean) ** 2 / variance
    log_near = -0.5 * (off + np.log(variance)).sum(axis=1)
    mixture = np.logaddexp(np.log(PRIOR_SHARE) + log_prior, np.log1p(-PRIOR_SHARE) + log_near)
    weight = np.exp(log_prior - mixture)
    return Nodes(normal, weight / weight.sum(), nodes.columns)


def _tempered(weight: Array, evidence: Array) -> tuple[Array, float]:
    """Posterior share of each node, flattened until a sixth of the nodes count."""
    log = np.log(np.maximum(evidence / evidence.max(), 1e-300))
    for temper in TEMPERS:
        share = weight * np.exp(temper * log)
        share = share / share.sum()
        effective = float(1.0 / (share**2).sum())
        if effective >= len(weight) / 6:
            break
    return share, effective
