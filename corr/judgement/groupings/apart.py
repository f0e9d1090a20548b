"""How probable it is that two sets of findings share no lesion, over all groupings."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from corr.judgement.groupings.base import Array, GroupingSum, members
from corr.judgement.groupings.summed import DOUBLE_LIMIT, CoupledSum

DRAWN, SEED = 2000, 20261201
"""Groupings drawn where there are too many to sum again; the same in every run."""


class Apart:
    """Probability that no block of a grouping holds a finding of each of two sets.

    Exact where the groupings of few findings are summed: their sum without such blocks. Otherwise
    it is the share of drawn groupings without one.
    """

    def __init__(self, full: GroupingSum) -> None:
        self.full = full

    def __call__(self, a: int, b: int) -> float:
        """Of two masks of findings; 1 if one is empty."""
        if not a or not b:
            return 1.0
        full = self.full
        if isinstance(full, CoupledSum) and full.n <= DOUBLE_LIMIT:
            kept = {m: w for m, w in self._blocks.items() if not (m & a and m & b)}
            without = CoupledSum(full.n, kept, full.base, self._alone).evidence.sum()
            return float(np.clip(without / full.evidence.sum(), 0.0, 1.0))
        shared = ((self._drawn & a) != 0) & ((self._drawn & b) != 0)
        return float(1.0 - shared.any(axis=1).mean())

    @cached_property
    def _blocks(self) -> dict[int, Array]:
        """Weights of blocks of two or more, as masks over all findings."""
        assert isinstance(self.full, CoupledSum)
        return {
            sum(1 << group[i] for i in members(mask)): weight
            for group, part in zip(self.full.groups, self.full.parts, strict=True)
            for mask, weight in part.weights.items()
        }

    @cached_property
    def _alone(self) -> list[bool]:
        """Which findings may stay alone."""
        assert isinstance(self.full, CoupledSum)
        may = [True] * self.full.n
        for group, part in zip(self.full.groups, self.full.parts, strict=True):
            for i, alone in zip(group, part.alone, strict=True):
                may[i] = alone
        return may

    @cached_property
    def _drawn(self) -> NDArray[np.int64]:
        """``(DRAWN, blocks)`` masks, those of each grouping, filled up with empty ones."""
        drawn = self.full.draw(np.random.default_rng(SEED), DRAWN)
        out = np.zeros((len(drawn), max(map(len, drawn))), dtype=np.int64)
        for row, blocks in zip(out, drawn, strict=True):
            row[: len(blocks)] = blocks
        return out
