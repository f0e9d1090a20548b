"""What becomes of verdicts when every measurement spread is 0.7 or 1.5 times as large.

The band of each pair (`p_low`-`p_high`) is this question asked pair by pair; here it is asked
of a whole cohort: how many verdicts would be another word, how many are left undecided for it,
and, where the truth is known, what wrong spreads would do to the scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial

import numpy as np
import pandas as pd

from corr.judgement.judge import judge
from corr.judgement.verdict import VERDICTS, word
from corr.parameters import Parameters
from corr.records import MODALITIES, Breast
from corr.validation import scores
from corr.validation.run import MapBreasts

FACTORS = (0.7, 1.0, 1.5)


def pair_table(
    breasts: Sequence[Breast],
    p: Parameters,
    truth: pd.DataFrame,
    map_breasts: MapBreasts = map,
) -> pd.DataFrame:
    """One row a pair that the truth knows: the judgement, and P(same) with scaled spreads.

    ``truth`` as `corr.validation.truth.read_truth` reads it. Columns ``case_id, modality_pair,
    p_same, p_low, p_high, verdict, same`` and ``p_0.7, p_1.0, p_1.5``.
    """
    lesion = {str(k): str(v) for k, v in truth["lesion_id"].items()}
    judges = {k: partial(judge, p=p.scale_spreads(k)) for k in FACTORS}
    scaled = {k: list(map_breasts(judges[k], breasts)) for k in FACTORS}
    rows: list[dict[str, object]] = []
    for n, breast in enumerate(breasts):
        modality = {f.finding_id: f.modality for f in breast.findings}
        again = {
            k: {(q.finding_a, q.finding_b): q.p_same for q in scaled[k][n].pairs} for k in FACTORS
        }
        for pair in scaled[1.0][n].pairs:
            ids = pair.finding_a, pair.finding_b
            if not set(ids) <= lesion.keys():
                continue
            kept = {k: asdict(pair)[k] for k in ("p_same", "p_low", "p_high", "verdict")}
            row: dict[str, object] = {
                "case_id": breast.case_id,
                "modality_pair": "-".join(sorted((modality[x] for x in ids), key=MODALITIES.index)),
                "same": int(lesion[ids[0]] == lesion[ids[1]]),
            }
            rows.append(row | kept | {f"p_{k:.1f}": again[k][ids] for k in FACTORS})
    return pd.DataFrame(rows)


def verdict_shares(pairs: pd.DataFrame) -> pd.DataFrame:
    """Shares of all pairs, by modality pair and overall, from the columns of `pair_table`.

    ``another_word``: some end of the band earns another word than P(same) itself;
    ``other_side``: the band crosses one half; ``undecided``: the verdict given;
    ``undecided_without_band``: by P(same) alone; ``called_wrong``: verdict (probably) same for
    different lesions or the reverse, as a share of the pairs that got such a verdict.
    """
    words = pairs[["p_low", "p_same", "p_high"]].map(word)
    side = np.sign(pairs["verdict"].map(VERDICTS.index) - VERDICTS.index("undecided"))
    asked = pd.DataFrame(
        {
            "modality_pair": pairs["modality_pair"],
            "another_word": words.ne(words["p_same"], axis=0).any(axis=1),
            "other_side": (pairs["p_low"] < 0.5) & (pairs["p_high"] > 0.5),
            "undecided": pairs["verdict"] == "undecided",
            "undecided_without_band": words["p_same"] == "undecided",
            "called_wrong": (side * (2 * pairs["same"] - 1) < 0).where(side != 0),
        }
    )
    both = pd.concat([asked.assign(modality_pair="all"), asked])
    columns = [c for c in asked if c != "modality_pair"]
    table = both.astype(dict.fromkeys(columns, float)).groupby("modality_pair")[columns].mean()
    table.insert(0, "pairs", both.groupby("modality_pair").size())
    return table.reset_index()


def scaled_scores(pairs: pd.DataFrame) -> pd.DataFrame:
    """Scores when all spreads are wrong by a factor: ``factor, log_loss, auc, ece, changed``.

    ``changed`` is the share of pairs whose word differs from that at factor 1.
    """
    usual = pairs["p_1.0"].map(word)
    lines = []
    for k in FACTORS:
        p, same = pairs[f"p_{k:.1f}"], pairs["same"]
        three = (float(f(same, p)) for f in (scores.log_loss, scores.auc, scores.ece))
        lines.append((k, *three, float((p.map(word) != usual).mean())))
    return pd.DataFrame(lines, columns=["factor", "log_loss", "auc", "ece", "changed"])
