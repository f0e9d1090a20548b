"""How exact the numbers are: the error that each pair states of its integral, held against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd

from corr.judgement.result import Judgement
from corr.records import Breast

Judge = Callable[[Breast], Judgement]
MapBreasts = Callable[[Judge, Sequence[Breast]], Iterable[Judgement]]
SIZE_CLASSES = ((2, 4), (5, 8), (9, 11))
"""Beyond 11 findings there are fewer nodes and no finer sum at hand to compare with."""


def integral_error(
    breasts: Sequence[Breast], usual: Judge, fine: Judge, map_breasts: MapBreasts = map
) -> pd.DataFrame:
    """P(same) of ``usual`` against ``fine``, which has many more nodes over the shared errors.

    One row a class of findings in the breast: ``findings, pairs``, root mean square of the
    ``stated`` error (`corr.judgement.result.Pair.p_error`) and of the ``actual`` one, and the
    ``largest``.
    """
    most = SIZE_CLASSES[-1][1]
    known = [b for b in breasts if len(b.findings) <= most]
    rows = []
    both = zip(map_breasts(usual, known), map_breasts(fine, known), strict=True)
    for breast, (one, other) in zip(known, both, strict=True):
        for a, b in zip(one.pairs, other.pairs, strict=True):
            rows.append((len(breast.findings), a.p_error, a.p_same - b.p_same))
    count, stated, off = np.array(rows, dtype=float).reshape(-1, 3).T
    lines = []
    for low, high in SIZE_CLASSES:
        here = (count >= low) & (count <= high)
        if here.any():
            rms = [float(np.sqrt(np.mean(x[here] ** 2))) for x in (stated, off)]
            lines.append((f"{low}-{high}", int(here.sum()), *rms, float(np.abs(off[here]).max())))
    return pd.DataFrame(lines, columns=["findings", "pairs", "stated", "actual", "largest"])
