"""Which constants decide a case: what one spread of each does to P(same)."""

from __future__ import annotations

import pandas as pd

from corr.judgement.band import Driver, drivers
from corr.judgement.result import Judgement
from corr.judgement.verdict import written
from corr.judgement.weights import Weights
from corr.show.pages.tables import main_first
from corr.show.wording.text import names

MOST_PAIRS, MOST_ROWS = 3, 12
COLUMNS = (
    *("constant", "value", "pair", "P(same) if one spread lower or higher"),
    *("how known", "source"),
)


def driver_table(judgement: Judgement) -> pd.DataFrame:
    """The constants whose stated spread moves this case's first pairs most, largest first.

    What the constants of `corr.judgement.band.FAMILIES` do together is in the band of each pair.
    """
    pairs = [q for q in main_first(judgement) if not q.no_place][:MOST_PAIRS]
    if not pairs:
        return pd.DataFrame(columns=COLUMNS)
    weights = Weights(judgement.breast, judgement.parameters).refined()
    found = drivers(weights, [(q.finding_a, q.finding_b) for q in pairs])
    rows = [_row(d, judgement) for d in found[:MOST_ROWS]]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(d: Driver, judgement: Judgement) -> dict[str, str]:
    name, row = names(judgement.breast), judgement.parameters.table[d.name]
    unit = "" if row.unit == "1" else f" {row.unit}"
    return dict(zip(COLUMNS, (
        d.name,
        f"{row.value:.3g} +/- {row.spread:.2g}{unit}",
        f"{name[d.finding_a]} = {name[d.finding_b]}",
        f"{written(d.p_down)} or {written(d.p_up)}",
        row.grade + (", changed" if d.name in judgement.parameters.changed else ""),
        row.source,
    ), strict=True))  # fmt: skip
