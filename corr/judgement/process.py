"""One process, several findings: the second answer beside "the same lesion".

Seven centimetres of calcifications and a mass within them are two findings of one contiguous
process, though the mass is not the calcifications. Two findings are parts of one process if
they are one lesion, or if one lies within what the other extends over.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr.judgement.lesions.described import CALCIFIED, DIFFUSE
from corr.judgement.result import Belief
from corr.records import Finding

Array = NDArray[np.floating[Any]]
EXTENDED = (*DIFFUSE, *CALCIFIED)
"""Kinds whose size is how far something extends, not the border of one body."""
SAMPLES = 96


def extent_mm(f: Finding) -> float:
    """How far a finding reaches from its middle, mm: 0 unless what it is extends."""
    several = f.count_min > 1 or f.count_max is None
    if f.size_mm is None or not (f.kind in EXTENDED or several):
        return 0.0
    return 0.5 * f.size_mm


def one_process(
    a: Finding, b: Finding, p_same: float, beliefs: dict[str, Belief], points: Array
) -> float:
    """Probability that two findings are parts of one contiguous process.

    ``p_same``, and where they are two lesions the chance that the middle of the one lies within
    the other's extent (`extent_mm`), each where its own report places it. Points are those of the
    beliefs, ``(n, 3)`` mm.
    """
    reach = max(extent_mm(a), extent_mm(b))
    if reach == 0.0:
        return p_same
    at_a, at_b = (_drawn(beliefs[f.finding_id], points, turn) for f, turn in ((a, 0), (b, 1)))
    squared = (at_a**2).sum(axis=1)[:, None] - 2.0 * at_a @ at_b.T + (at_b**2).sum(axis=1)
    return p_same + (1.0 - p_same) * float((squared <= reach**2).mean())


def _drawn(belief: Belief, points: Array, turn: int) -> Array:
    """``(SAMPLES, 3)`` places, evenly through the belief: the same ones in every run."""
    at = (np.arange(SAMPLES) + (0.25, 0.75)[turn]) / SAMPLES
    return points[np.searchsorted(np.cumsum(belief.probability), at).clip(max=len(points) - 1)]
