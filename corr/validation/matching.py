"""Scores of groupings, links and locations: which finding goes with which, and where it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVELS = (0.5, 0.8, 0.95)


def exactly_right(blocks: Iterable[Collection[str]], lesion_of: Mapping[str, str]) -> bool:
    """Whether a grouping is the true one, on the findings that it and the truth both have."""
    judged = [frozenset(f for f in block if f in lesion_of) for block in blocks]
    truth: dict[str, set[str]] = {}
    for finding in frozenset().union(*judged):
        truth.setdefault(lesion_of[finding], set()).add(finding)
    return {b for b in judged if b} == {frozenset(b) for b in truth.values()}


@dataclass(frozen=True)
class Links:
    """Questions "which finding of that reading is this one?" that have a right answer.

    One for each finding and each other reading that holds a true partner of it.
    """

    rows: NDArray[np.intp]  # pair rows, the candidates of one question after the other
    starts: NDArray[np.intp]  # where each question begins in `rows`
    same: NDArray[np.bool_]  # of `rows`

    @classmethod
    def of(
        cls,
        findings: Sequence[tuple[str, str]],
        readings: Sequence[tuple[str, str]],
        same: ArrayLike,
    ) -> Links:
        """From pairs: their two findings, their two readings, and whether they are the same."""
        y = np.asarray(same, dtype=bool)
        candidates: dict[tuple[str, str], list[int]] = {}
        for i, ((fa, fb), (ra, rb)) in enumerate(zip(findings, readings, strict=True)):
            candidates.setdefault((fa, rb), []).append(i)
            candidates.setdefault((fb, ra), []).append(i)
        asked = [rows for _, rows in sorted(candidates.items()) if y[rows].any()]
        rows = np.array([i for question in asked for i in question], dtype=np.intp)
        starts = np.cumsum([0, *map(len, asked)])[:-1].astype(np.intp)
        return cls(rows, starts, y[rows])

    def top1(self, p: ArrayLike) -> NDArray[np.float64]:
        """Each question: 1 if the most probable candidate is right; ties count their share."""
        if not len(self.starts):
            return np.zeros(0)
        q = np.asarray(p, dtype=float)[self.rows]
        best = np.maximum.reduceat(q, self.starts)
        lengths = np.diff(np.r_[self.starts, len(q)])
        tied = (q == np.repeat(best, lengths)).astype(float)
        return np.asarray(
            np.add.reduceat(tied * self.same, self.starts) / np.add.reduceat(tied, self.starts)
        )


class Located(NamedTuple):
    """One belief against the true position."""

    error_mm: float  # from the mean of the belief
    inside: tuple[bool, ...]  # the highest-density region of each level
    volume_cm3: tuple[float, ...]


def located(
    probability: ArrayLike,
    points: ArrayLike,
    cell_mm: float,
    truth_mm: ArrayLike,
    levels: Sequence[float] = LEVELS,
) -> Located:
    """Error and highest-density regions of one belief on grid points ``(n, 3)``, mm.

    A region is the fewest cells, most probable first (equal ones in grid order), that hold at
    least its level. A true position farther from every point than half a cell's diagonal lies
    off the grid and in no region.
    """
    p, x = np.asarray(probability, dtype=float), np.asarray(points, dtype=float)
    p = p / p.sum()
    truth = np.asarray(truth_mm, dtype=float)
    distance = np.linalg.norm(x - truth, axis=1)
    cell = int(np.argmin(distance))
    on_grid = bool(distance[cell] <= cell_mm * np.sqrt(3.0) / 2.0 + 1e-9)
    order = np.argsort(-p, kind="stable")
    held = np.cumsum(p[order])
    rank = int(np.flatnonzero(order == cell)[0])
    sizes = [min(int(np.searchsorted(held, level - 1e-12)) + 1, len(p)) for level in levels]
    return Located(
        error_mm=float(np.linalg.norm(p @ x - truth)),
        inside=tuple(on_grid and rank < size for size in sizes),
        volume_cm3=tuple(size * cell_mm**3 / 1000.0 for size in sizes),
    )
