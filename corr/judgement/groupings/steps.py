"""What is left when block after block is taken off a set of findings, the last finding first.

A sum over all groupings needs only the subsets that are reached so, and only once for all weights:
where few blocks are possible these are few of the ``2**n``. One `Level` holds the subsets with one
last finding, or a part of them, and every block that may be taken off them.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.intp]
MOST_ENTRIES = 1 << 14
"""Entries of a level, about: what is worked on at a time stays in the processor's cache."""
MOST_DENSE = 1 << 11
"""Numbers of a matrix up to which it is multiplied as it is: telling zeros apart takes longer."""


class Level(NamedTuple):
    """Some subsets with one last finding: an entry for every subset and block of it.

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
    """``subsets``: masks, ascending, from none of the findings to all; ``levels`` likewise.

    What is in no entry cannot be grouped at all.
    """

    subsets: NDArray[np.int64]
    levels: list[Level]

    @property
    def most(self) -> int:
        """Entries of the largest level."""
        return max((len(level.block) for level in self.levels), default=1)


@lru_cache(maxsize=4)  # large where blocks are many
def steps(masks: tuple[int, ...], alone: tuple[bool, ...]) -> Steps:
    """Steps for blocks of two or more findings; ``alone`` says which may stay alone."""
    blocks: list[list[tuple[int, int]]] = [[(0, 1 << i)] * on for i, on in enumerate(alone)]
    for row, mask in enumerate(masks, start=1):
        blocks[mask.bit_length() - 1].append((row, mask))
    n = len(alone)
    reached = np.zeros(1 << n, dtype=bool)
    reached[-1] = True
    taken = []
    for last in reversed(range(n)):
        here = np.flatnonzero(reached[1 << last : 2 << last]) + (1 << last)
        whole, of, rest = [here[:0]], [here[:0]], [here[:0]]
        for k, mask in blocks[last]:
            fit = here[here & mask == mask]
            whole.append(fit)
            of.append(np.full(len(fit), k))
            rest.append(fit ^ mask)
            reached[rest[-1]] = True
        taken.append([np.concatenate(x) for x in (whole, of, rest)])
    reached[0] = True
    subsets, place = np.flatnonzero(reached), np.zeros(1 << n, dtype=np.intp)
    place[subsets] = np.arange(len(subsets))
    levels = []
    for entries in reversed(taken):
        subset, block, left = (x[np.argsort(entries[0], kind="stable")] for x in entries)
        subset, left = place[subset], place[left]
        # subsets with one last finding do not lead to each other: a few are a level of their own
        cuts = np.unique(np.searchsorted(subset, subset[::MOST_ENTRIES]))
        for a, b in pairwise([*cuts.tolist(), len(subset)]):
            rows = slice(int(subset[a]), int(subset[b - 1]) + 1)
            levels.append(_level(rows, subset[a:b], block[a:b], left[a:b]))
    return Steps(subsets, levels)


def _level(rows: slice, whole: Index, block: Index, rest: Index) -> Level:
    rests, to_rest = _each_once(rest)
    blocks, of_block = _each_once(block)
    return Level(
        rows, whole, block, rest, _sums(whole - rows.start, rows.stop - rows.start),
        rests, _sums(to_rest, len(rests)), blocks, _sums(of_block, len(blocks)),
    )  # fmt: skip


def _each_once(numbers: Index) -> tuple[Index, Index]:
    """As `numpy.unique` with the inverse, without sorting."""
    there = np.zeros(int(numbers.max(initial=0)) + 1, dtype=bool)
    there[numbers] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[numbers]


def _sums(to: Index, length: int) -> Any:
    """``(length, entries)`` matrix that adds entries up where they belong; sparse if large."""
    if length * len(to) <= MOST_DENSE:
        return (to == np.arange(length)[:, None]).astype(np.float32)
    from scipy.sparse import csr_array  # takes a moment to load

    ones = np.ones(len(to), dtype=np.float32)
    return csr_array((ones, (to, np.arange(len(to)))), shape=(length, len(to)))
