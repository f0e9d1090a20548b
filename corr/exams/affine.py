"""Measured values that are affine in the place of a point, without computing them point by point.

Films and MRI map points of the breast affinely at every node of the errors; the skin map does
so from where a point shows on the skin. The squared distance to a stated value is then a
quadratic form: one matrix product gives it for all nodes and points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
AT_ONCE = 25_000
"""Numbers worked on at a time: they stay in the processor's cache, and BLAS does matrix
products of this size by itself (waking other threads would take longer)."""


def row_slices(rows: int, row_length: int, at_once: int = AT_ONCE) -> list[slice]:
    """Slices of rows that hold about ``at_once`` numbers each."""
    step = max(at_once // max(row_length, 1), 1)
    return [slice(k, min(k + step, rows)) for k in range(0, rows, step)]


class Basis:
    """What values are affine in: ``rows`` ``(k, n)``, the first of which is all 1."""

    def __init__(self, rows: Array) -> None:
        self.rows = np.ascontiguousarray(rows, dtype=np.float32)
        self.upper = np.triu_indices(len(rows))

    @cached_property
    def products(self) -> Array:
        """``(k (k + 1) / 2, n)`` products of two rows."""
        i, j = self.upper
        return self.rows[i] * self.rows[j]


@dataclass(frozen=True, eq=False)
class Affine:
    """Values ``(n_e, n)`` that are ``by_node @ of.rows``; ``by_node`` is ``(n_e, k)``."""

    by_node: Array
    of: Basis
    __array_ufunc__ = None  # number - Affine is ours

    def __rsub__(self, number: float | Array) -> Affine | Array:
        if np.ndim(number):
            return np.asarray(number, dtype=np.float32) - self.values
        by_node = -self.by_node
        by_node[:, 0] += number
        return Affine(by_node, self.of)

    @property
    def values(self) -> Array:
        """``(n_e, n)``."""
        return self.by_node.astype(np.float32) @ self.of.rows


@dataclass(frozen=True, eq=False)
class Quadratic:
    """Values ``(n_e, n)`` that are ``by_node @ of.products``."""

    by_node: Array
    of: Basis


def squared(stated: Sequence[tuple[float, Affine, float]]) -> Quadratic:
    """Sum of squared standardised differences; items are (stated value, where, SD)."""
    basis = stated[0][1].of
    i, j = basis.upper
    total = np.zeros((1, len(i)))
    for value, at, sd in stated:
        off = (at.by_node - value * (np.arange(len(basis.rows)) == 0)) / sd
        total = total + off[:, i] * off[:, j]
    return Quadratic(total * np.where(i == j, 1.0, 2.0), basis)


@dataclass(frozen=True, eq=False)
class Product:
    """Likelihood ``(n_e, n)`` as factors that are computed for some of the nodes at a time."""

    shape: tuple[int, int]
    factors: tuple[Callable[[slice], Array], ...]
    __array_ufunc__ = None

    @classmethod
    def of(cls, whole: Array) -> Product:
        """What was computed at all nodes, ``(n_e, n)``."""
        return cls((len(whole), whole.shape[1]), (lambda rows: whole[rows].copy(),))

    def __mul__(self, other: Product | Array) -> Product:
        if isinstance(other, Product):
            return Product(self.shape, (*self.factors, *other.factors))
        fixed = np.asarray(other, dtype=np.float32)
        return Product(self.shape, (*self.factors, lambda _: fixed))

    def _at(self, rows: slice) -> Array:
        out = self.factors[0](rows)
        for factor in self.factors[1:]:
            out *= factor(rows)
        return out

    def mean(self) -> Array:
        """``(1, n)`` mean over the nodes."""
        share = np.full((1, self.shape[0]), 1 / self.shape[0], dtype=np.float32)
        parts = [share[:, rows] @ self._at(rows) for rows in row_slices(*self.shape)]
        return np.asarray(sum(parts))

    def values(self) -> Array:
        """``(n_e, n)`` at all nodes."""
        out = np.empty(self.shape, dtype=np.float32)
        for rows in row_slices(*self.shape):
            out[rows] = self._at(rows)
        return out

    def averaged(self, weight: Array) -> tuple[Array, Array]:
        """`values`, and their sum ``(n,)`` weighed by node, taken while they are at hand."""
        out = np.empty(self.shape, dtype=np.float32)
        total = np.zeros(self.shape[1], dtype=np.float32)
        share = weight.astype(np.float32)
        for rows in row_slices(*self.shape):
            out[rows] = self._at(rows)
            total += share[rows] @ out[rows]
        return out, total


def scaled(values: Array, factor: float, more: float) -> Array:
    """``factor * values + more``, ``(n_e, n)``, in place and a few rows at a time."""
    factor32, more32 = np.float32(factor), np.float32(more)
    for rows in row_slices(*values.shape):
        values[rows] *= factor32
        values[rows] += more32
    return values
