"""What is left when block after block is taken off a set of findings, the last finding first.

A sum over all groupings needs only the subsets that are reached so, and only once for all weights:
where few blocks are possible these are few of the ``2**n``. One `Level` holds the subsets with one
last finding, and every block that may be taken off them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.intp]
MOST_DENSE = 1 << 11
"""Numbers of a matrix up to which it is multiplied as it is: telling zeros apart takes longer."""


class Level(NamedTuple):
    """Subsets with one last finding: an entry for every subset and block of it.

    Attributes
    ----------
    rows : which subsets these are
    whole, block, rest : of each entry the subset, the row of the block in the weights (0: the
        finding alone), and the subset that is left
    by_whole : ``(rows, entries)`` sparse, 1 where an entry is of the subset
    rests, by_rest : the subsets that are left, each once, and ``(rests, entries)``
    blocks, by_block : the blocks, each once, and ``(blocks, entries)``
    """

    rows: slice
    whole: Index
    block: Index
    rest: Index
    by_whole: Any
    rests: Index
    by_rest: Any
    blocks: Index
    by_block: Any


class Steps(NamedTuple):
    """``subsets``: masks, ascending, from none of the findings to all; ``levels`` likewise."""

    subsets: NDArray[np.int64]
    levels: list[Level]

    @property
    def most(self) -> int:
        """Entries of the largest level."""
        return max((len(level.block) for level in self.levels), default=1)


@lru_cache(maxsize=16)
def steps(masks: tuple[int, ...], alone: tuple[bool, ...]) -> Steps:
    """Steps for blocks of two or more findings; ``alone`` says which may stay alone."""
    blocks: list[list[tuple[int, int]]] = [[(0, 1 << i)] * on for i, on in enumerate(alone)]
    for row, mask in enumerate(masks, start=1):
        blocks[mask.bit_length() - 1].append((row, mask))
    n = len(alone)
    waiting, taken = np.array([(1 << n) - 1], dtype=np.int64), []
    for last in reversed(range(n)):
        here = waiting[waiting >> last == 1]
        whole, of, rest = [here[:0]], [here[:0]], [here[:0]]
        for k, mask in blocks[last]:
            fit = here[here & mask == mask]
            whole.append(fit)
            of.append(np.full(len(fit), k))
            rest.append(fit ^ mask)
        taken.append((here, *(np.concatenate(x) for x in (whole, of, rest))))
        waiting = np.unique(np.concatenate([waiting[waiting >> last == 0], taken[-1][3]]))
    taken.reverse()
    subsets = np.concatenate([np.zeros(1, dtype=np.int64), *(here for here, *_ in taken)])
    starts = np.cumsum([1, *(len(here) for here, *_ in taken)])
    levels = []
    for start, (here, whole, row, rest) in zip(starts, taken, strict=False):
        if len(here):
            at, to = (np.searchsorted(subsets, x) for x in (whole, rest))
            levels.append(_level(slice(start, start + len(here)), at, row, to))
    return Steps(subsets, levels)


def _level(rows: slice, whole: Index, block: Index, rest: Index) -> Level:
    rests, to_rest = np.unique(rest, return_inverse=True)
    blocks, of_block = np.unique(block, return_inverse=True)
    return Level(
        rows, whole, block, rest, _sums(whole - rows.start, rows.stop - rows.start),
        rests, _sums(to_rest, len(rests)), blocks, _sums(of_block, len(blocks)),
    )  # fmt: skip


def _sums(to: Index, length: int) -> Any:
    """``(length, entries)`` matrix that adds entries up where they belong; sparse if large."""
    if length * len(to) <= MOST_DENSE:
        return (to == np.arange(length)[:, None]).astype(np.float32)
    from scipy.sparse import csr_array  # takes a moment to load

    order = np.argsort(to, kind="stable")
    starts = np.searchsorted(to[order], np.arange(length + 1))
    ones = np.ones(len(to), dtype=np.float32)
    return csr_array((ones, order, starts), shape=(length, len(to)))


def place_of(subsets: NDArray[np.int64], masks: Sequence[int]) -> Index:
    """Where masks stand among the subsets that are reached."""
    return np.searchsorted(subsets, np.array(masks, dtype=np.int64))
