"""What sums over groupings give, whether all groupings are summed or some are drawn.

A grouping (association hypothesis) is a set partition of the findings, each block one lesion, with
at most one finding of each reading in a block. Blocks are bit masks over the findings. Weights are
``(n_e,)``, one for each node of the exam-level errors, and relative to "every finding its own
lesion".
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Blocks = tuple[int, ...]


class GroupingSum(Protocol):
    """All groupings of some findings, as probable as their weights say."""

    @property
    def evidence(self) -> Array:
        """``(n_e,)`` weight of all groupings together, up to a constant."""

    def together(self) -> Array:
        """``(n, n)`` probability that two findings are one lesion; 1 on the diagonal."""

    def standard_error(self) -> Array:
        """``(n, n)`` SD of `together` that a sum over nodes, or over draws, leaves."""

    def best(self, k: int) -> list[tuple[Blocks, float]]:
        """The ``k`` most probable groupings with their probability, best first."""

    def draw(self, rng: np.random.Generator, count: int) -> list[Blocks]:
        """``count`` groupings, each as often as it is probable."""


def members(mask: int) -> list[int]:
    """Indices of the findings in a mask, ascending."""
    return [i for i in range(mask.bit_length()) if mask >> i & 1]
