"""How well the places of findings agree: location weight of every block of findings.

``L(C|e)``: the sum over the grid of the prior times the places (`corr.judgement.beliefs`) of all
members, one node e of the exam-level errors at a time. All blocks at once where they are few
enough, one by one where groupings are drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr.anatomy.breast import Array
from corr.exams.affine import row_slices
from corr.judgement.beliefs import Places, carried, most
from corr.judgement.groupings.base import members
from corr.records import Finding

AT_ONCE = 1 << 18
MOST_PRODUCTS = 1 << 18
"""BLAS does matrix products up to this size by itself; waking other threads takes longer."""
MOST_KEPT = 512
"""Products of places that are kept where blocks are asked for one by one."""
LEFT_OUT = 2e-4
"""Share of a product of two or more places that is left out with the points that hold least."""
FEW_READINGS, MOST_BITS = 8, 100
"""Single precision ends at 2^128: where the places of so many readings agree, their product may be
more, so that each is divided by a power of two where all together come to `MOST_BITS`."""


def agreements(
    places: Places, findings: Sequence[Finding], asked: Iterable[int] | None = None
) -> OneByOne:
    """Location weight ``(n_e,)`` of every block with at most one finding per reading.

    Keys are bit masks over ``findings``, single ones included. Readings are split into two
    halves: the sums of all blocks are the products of one half's blocks with the other's. Where
    only some are ``asked`` for, products are made for these, single findings and pairs.
    """
    groups: dict[str, list[tuple[int, Array | None]]] = {}
    for i, f in enumerate(findings):
        groups.setdefault(f.reading_id, []).append((1 << i, places.of[f.finding_id]))
    prior = places.model.prior32
    bits = [bit for group in groups.values() for bit, _ in group]
    wanted = None if asked is None else np.array(list({*asked, *bits, *_pairs(groups.values())}))
    left, right = _Half(prior, wanted), _Half(np.ones_like(prior), wanted)
    shift = _shifts(list(groups.values()))
    for group in sorted(groups.values(), key=_constant):
        min(left, right, key=_Half.__len__).add(group, shift)
    whole = np.zeros((len(places.nodes), left.rows, right.rows), dtype=np.float32)
    points = min(len(prior), MOST_PRODUCTS // (left.rows * right.rows) + 1)
    for rows in row_slices(len(whole), points * (left.rows + right.rows), AT_ONCE):
        for k in range(0, len(prior), points):
            some = slice(k, k + points)
            a, b = left.products(rows, some), right.products(rows, some)
            whole[rows] += a.transpose(1, 0, 2) @ b.transpose(1, 2, 0)
    masks = wanted
    if masks is None:
        masks = np.bitwise_or.outer(np.array(list(left.row)), np.array(list(right.row))).ravel()
    masks = masks[masks > 0]
    one, other = left.rows_of(masks), right.rows_of(masks)
    found = OneByOne(places, findings)
    sums = whole[:, one, other].T.astype(float, order="C")
    if any(shift.values()):
        taken = [sum(shift[1 << i] for i in members(mask)) for mask in masks.tolist()]
        sums = np.ldexp(sums, np.array(taken)[:, None])
    found |= zip(masks.tolist(), sums, strict=True)
    return found


class OneByOne(dict[int, Array]):
    """What `agreements` gives, computed for the blocks asked for."""

    def __init__(self, places: Places, findings: Sequence[Finding]) -> None:
        super().__init__()
        self.places, self.ids = places, [f.finding_id for f in findings]
        self._products: dict[tuple[int, ...], tuple[Any, Array, int]] = {}

    def __missing__(self, mask: int) -> Array:
        sums, power = self._sum(mask)
        self[mask] = np.ldexp(sums, power)
        return self[mask]

    def log(self, mask: int) -> Array:
        """Log of the weight of a block, however many findings agree."""
        sums, power = self._sum(mask)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(sums) + power * math.log(2.0))

    def _sum(self, mask: int) -> tuple[Array, int]:
        """Weight ``(n_e,)`` of a block, to be multiplied by 2 to a power."""
        *first, last = members(mask)
        points, before, power = self._product(tuple(first))
        place = self.places.of[self.ids[last]]
        if place is None:
            sums = before.sum(axis=1)
        else:
            sums = np.einsum("en,en->e", *np.broadcast_arrays(before, place[:, points]))
        every = np.broadcast_to(np.asarray(sums, dtype=float), len(self.places.nodes))
        return every.copy(), power

    def _product(self, block: tuple[int, ...]) -> tuple[Any, Array, int]:
        """Points that count, and there the prior times the places of some findings.

        To be multiplied by 2 to the power that comes third. Two findings or more leave few points:
        those products are kept, as many blocks begin alike.
        """
        if not block:
            return slice(None), self.places.model.prior32[None, :], 0
        if block in self._products:
            return self._products[block]
        points, before, power = self._product(block[:-1])
        place = self.places.of[self.ids[block[-1]]]
        grown = before if place is None else before * place[:, points]
        if len(block) == 1:
            return points, grown, power
        few = most(grown.sum(axis=0), LEFT_OUT)
        points = np.arange(len(self.places.model.prior))[points][few]
        grown = grown[:, few]
        grown, bits = carried(grown)
        power += bits
        if len(self._products) > MOST_KEPT:
            self._products.clear()
        self._products[block] = points, grown, power
        return self._products[block]


def _shifts(groups: Sequence[Sequence[tuple[int, Array | None]]]) -> dict[int, int]:
    """The power of two that each place (by its bit) is divided by; mostly 0."""
    shift = {bit: 0 for group in groups for bit, _ in group}
    if len(groups) < FEW_READINGS:
        return shift
    bits = {
        bit: max(math.frexp(place.max())[1], 0)
        for group in groups
        for bit, place in group
        if place is not None
    }
    total = sum(max((bits.get(bit, 0) for bit, _ in group), default=0) for group in groups)
    too_many = max(1.0 - MOST_BITS / total, 0.0) if total else 0.0
    return shift | {bit: math.ceil(too_many * size) for bit, size in bits.items()}


def _pairs(groups: Iterable[Sequence[tuple[int, Array | None]]]) -> list[int]:
    """Masks of two findings of different readings."""
    return [
        a | b for one, other in combinations(groups, 2) for (a, _), (b, _) in product(one, other)
    ]


def _constant(group: Sequence[tuple[int, Array | None]]) -> bool:
    """Whether no place of a group depends on the nodes of the errors."""
    return all(place is None or len(place) == 1 for _, place in group)


class _Half:
    """Products of the places in all blocks of some of the readings.

    ``row[mask]`` is the row of the products that belongs to a block; findings that said
    nothing of where need no row of their own.
    """

    def __init__(self, first: Array, wanted: NDArray[np.int64] | None = None) -> None:
        self.first, self.wanted, self.inside = first, wanted, 0
        self.row, self.steps = {0: 0}, list[tuple[int, Array, int]]()

    def __len__(self) -> int:
        return len(self.steps) + 1

    @property
    def rows(self) -> int:
        """Rows of the products, some of them spare: BLAS is far faster on multiples of four."""
        return 4 * math.ceil(len(self) / 4)

    def add(self, group: Sequence[tuple[int, Array | None]], shift: dict[int, int]) -> None:
        """Take in one reading: none of its findings, or one, divided by 2 to its ``shift``."""
        self.inside |= sum(bit for bit, _ in group)
        held = None if self.wanted is None else set((self.wanted & self.inside).tolist())
        for mask, row in list(self.row.items()):
            for bit, place in group:
                if held is not None and mask | bit not in held:
                    continue
                if place is not None:
                    self.steps.append((row, place, shift[bit]))
                self.row[mask | bit] = row if place is None else len(self.steps)

    def rows_of(self, masks: NDArray[np.int64]) -> list[int]:
        """Rows of the products that belong to blocks."""
        return [self.row[mask] for mask in (masks & self.inside).tolist()]

    def products(self, nodes: slice, points: slice) -> Array:
        """``(rows, n_e, n)`` at some nodes; ``(rows, 1, n)`` where they are all the same."""
        same = all(len(place) == 1 for _, place, _ in self.steps)
        n_e = 1 if same else nodes.stop - nodes.start
        first = self.first[points]
        out = np.empty((self.rows, n_e, len(first)), dtype=np.float32)
        out[0], out[len(self) :] = first, 0.0
        for k, (row, place, shift) in enumerate(self.steps, start=1):
            at = place[:, points] if len(place) == 1 else place[nodes, points]
            np.multiply(out[row], at, out=out[k])
            if shift:
                out[k] *= 2.0**-shift
        return out
