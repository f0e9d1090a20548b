"""How far a rate may be off: constants drawn within their spreads, always the same ones.

Of what is reported of a lesion; spreads of measurement (kernels) and sizes stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

import numpy as np
from scipy.special import betaincinv, ndtri

from corr.exams.registry import EXAMS
from corr.parameters import Parameter, Parameters

DRAWS = 64
"""Tables of constants, each drawn within its spread, of which the range is told."""
RANGE = (0.1, 0.9)
"""Ends of the range, 80 %."""
OF_ALL = (
    *("reported_if_benign", "malignant_share", "poor_exam_shows", "stereo_", "mix_", "kind_"),
    *(start for exam in EXAMS.values() for start in exam.rates),
)
"""Constants that say what is reported of a lesion, by how their names begin."""


class Rate(NamedTuple):
    """A probability with the ends of its range of 80 %."""

    p: float
    lo: float
    hi: float


@lru_cache(maxsize=2)
def drawn(p: Parameters) -> tuple[Parameters, ...]:
    """Tables in which what is reported of a lesion is drawn within its spread; always the same."""
    rows = [
        r for n, r in p.table.items() if r.spread and r.role == "value" and n.startswith(OF_ALL)
    ]
    values = {row.name: spread_out(row, DRAWS) for row in rows}
    return tuple(p.override({n: v[k] for n, v in values.items()}) for k in range(DRAWS))


def spread_out(row: Parameter, n: int) -> list[float]:
    """``n`` values of a constant, evenly over its spread, in an order drawn by its name.

    Shares from the beta distribution with the value as mean and the spread as SD, others from the
    normal; within what the constant may be.
    """
    order = np.random.default_rng(crc32(row.name.encode())).permutation(n)
    at = (order + 0.5) / n
    low, high = row.range
    strength = row.value * (1.0 - row.value) / row.spread**2 - 1.0
    if row.unit == "1" and high <= 1.0 and strength > 0.0:
        values = betaincinv(row.value * strength, (1.0 - row.value) * strength, at)
    else:
        values = row.value + row.spread * ndtri(at)
    return [float(v) for v in np.clip(values, low, high)]


def range_of(values: Sequence[float]) -> Rate:
    """The first value, with the range of the others."""
    lo, hi = np.quantile(values[1:], RANGE)
    return Rate(values[0], float(min(lo, values[0])), float(max(hi, values[0])))
