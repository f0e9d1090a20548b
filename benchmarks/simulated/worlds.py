"""What probabilities are worth where the assumptions hold, and where one of them is wrong.

Women are drawn (`benchmarks.simulated.drawn`) in worlds that are as the table of constants says, or
differ from it in one respect, and judged by the table as it is. Simulated throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.simulated.drawn import World, draw
from corr.judgement.judge import judge
from corr.judgement.result import Judgement
from corr.judgement.verdict import SAME
from corr.learning.spreads import learn, scaled
from corr.parameters import Parameters
from corr.records import Breast
from corr.validation import scores
from corr.validation.fitting import Baseline
from corr.validation.measures import CORR, LEARNED
from corr.validation.run import Judge, MapBreasts, benchmark

Floats = NDArray[np.float64]
AS_ASSUMED, TOLD = "as assumed", "told"
LEARNED_FROM = 60
"""Breasts that spreads are learned from: what a small series has."""
WORLDS: dict[str, World] = {
    AS_ASSUMED: World(),
    "spreads 0.7 times as large": World(spreads=0.7),
    "spreads 1.5 times as large": World(spreads=1.5),
    "errors without heavy tails or gross errors": World(
        {"mg_outlier": 0.0, "us_outlier": 0.0, "mr_outlier": 0.0}, tails=False
    ),
    "a finding in twenty put elsewhere": World(
        {"mg_outlier": 0.05, "us_outlier": 0.05, "mr_outlier": 0.05}
    ),
    "errors of an exam not shared": World(shared=False),
    "three times as many lesions": World(times={"lesions_mean": 3.0}),
    "three times as many findings that are nothing": World(
        times=dict.fromkeys(("false_mg", "false_us", "false_mr", "false_mr_nipple"), 3.0)
    ),
    "benign lesions mentioned half as often": World(times={"reported_if_benign": 0.5}),
    "lesions of a breast all of one type": World(alike=True),
    "half of the lesions near another": World(clustered=0.5),
    "breasts a quarter larger than their shape says": World(larger=1.25),
}


def excess(pairs: pd.DataFrame) -> tuple[float, float]:
    """Log-loss of all pairs beyond what their probabilities let expect, and its SD over women.

    0 if the probabilities are right, above it if they are too sure, below if too cautious.
    ``pairs`` has ``case_id, same`` and P(same) as ``corr``, as a benchmark gives them.
    """
    p, same = scores.clip(pairs[CORR].to_numpy()), pairs["same"].to_numpy(float)
    off = scores.log_losses(same, p) + p * np.log(p) + (1.0 - p) * np.log1p(-p)
    by_woman = pd.Series(off, index=pairs.index).groupby(pairs["case_id"]).sum().to_numpy()
    return float(off.mean()), float(np.sqrt((by_woman**2).sum()) / len(off))


def world_scores(
    count: int,
    world: World,
    p: Parameters,
    *,
    methods: Mapping[str, Callable[[], Baseline]] | None = None,
    map_breasts: MapBreasts = map,
) -> dict[str, float | str]:
    """Scores of ``count`` breasts of one world, judged by the table ``p`` of constants.

    ``methods`` as in `corr.validation.run.benchmark`; for the columns see `world_table`.
    """
    breasts, truth = draw(count, p, world)
    judged = list(map_breasts(partial(judge, p=p, bands=False), breasts))
    tables = {LEARNED: scaled(p, learn(breasts[:LEARNED_FROM], p).changes)}
    if (told := world.table(p)) is not p:
        tables[TOLD] = told
    others = {
        name: _known(map_breasts(partial(judge, p=table, bands=False), breasts))
        for name, table in tables.items()
    }
    result = benchmark(breasts, truth, _known(judged), others=others, methods=methods)
    of_all = result.scores[result.scores["subset"] == "all"]
    lines = of_all[of_all["metric"] == "log_loss"]
    losses: dict[str, float] = dict(zip(lines["method"], lines["value"], strict=True))
    rules = {name: loss for name, loss in losses.items() if name not in (CORR, *others)}
    best = min(rules, key=rules.__getitem__, default="")
    slope = of_all[(of_all["method"] == CORR) & (of_all["metric"] == "slope")].iloc[0]
    beyond, sd = excess(result.pairs)
    sure = result.pairs[result.pairs[CORR] >= SAME]
    held = result.localisation.set_index(["subset", "metric"])["value"]
    return {
        "breasts": len(breasts),
        "pairs": len(result.pairs),
        "log_loss": losses[CORR],
        "excess": beyond,
        "excess_sd": sd,
        "slope": float(slope["value"]),
        "slope_lo": float(slope["lo"]),
        "slope_hi": float(slope["hi"]),
        "ece": result.value("ece"),
        "auc": result.value("auc"),
        "exact_groupings": result.value("exact_groupings"),
        "exact_stated": float(np.mean([j.groupings[0].p for j in judged])),
        "wrong_of_sure": float((sure["same"] == 0).mean()),
        "held_80": float(held["all", "inside_80%"]),
        "log_loss_learned": losses[LEARNED],
        "log_loss_told": losses.get(TOLD, np.nan),
        "rule": best,
        "log_loss_rule": rules.get(best, np.nan),
    }


def world_rows(table: pd.DataFrame) -> pd.DataFrame:
    """`world_table` for a reader: a row a world, stated beside observed, as text."""
    beyond = zip(table["excess"], 1.96 * table["excess_sd"], strict=True)
    slopes = table[["slope", "slope_lo", "slope_hi"]].itertuples(index=False)
    return pd.DataFrame(
        {
            "world": table["world"],
            "pairs": table["pairs"],
            "log-loss": table["log_loss"].map("{:.3f}".format),
            "beyond stated": [f"{v:+.3f} (+/- {half:.3f})" for v, half in beyond],
            "slope": [f"{v:.2f} ({lo:.2f} to {hi:.2f})" for v, lo, hi in slopes],
            "ECE": table["ece"].map("{:.3f}".format),
            "groupings right (stated)": [
                f"{a:.2f} ({b:.2f})"
                for a, b in zip(table["exact_groupings"], table["exact_stated"], strict=True)
            ],
            "wrong of P(same) >= 0.9": table["wrong_of_sure"].map("{:.1%}".format),
            "80 % regions hold": table["held_80"].map("{:.0%}".format),
            "spreads learned": table["log_loss_learned"].map("{:.3f}".format),
            "told": table["log_loss_told"].map("{:.3f}".format).replace("nan", ""),
            "best rule": [
                f"{loss:.2f} {rule}"
                for rule, loss in zip(table["rule"], table["log_loss_rule"], strict=True)
            ],
        }
    )


def _known(judged: Iterable[Judgement]) -> Judge:
    """A judge who looks up what was judged before."""
    of_case = {j.breast.case_id: j for j in judged}

    def look_up(breast: Breast) -> Judgement:
        return of_case[breast.case_id]

    return look_up


def world_table(
    count: int, p: Parameters, *, map_breasts: MapBreasts = map, of_assumed: int = 1
) -> pd.DataFrame:
    """`world_scores` of all `WORLDS`, of that as assumed from ``of_assumed`` times as many breasts.

    Returns
    -------
    One row a world: ``log_loss`` of all pairs and its ``excess`` with SD; ``slope`` of
    recalibration with its 95 % interval, ``ece, auc``; ``exact_groupings``, the share that is
    right, and ``exact_stated``, the mean probability of the groupings that were called most
    probable; ``wrong_of_sure``, how many of the pairs with P(same) of 0.9 or more are not;
    ``held_80``, how often the 80 % region of a finding holds its lesion;
    ``log_loss_learned`` with spreads learned from `LEARNED_FROM` breasts without truth,
    ``log_loss_told`` of a judge who knows the world's constants, if they differ; the best
    simple ``rule`` and its log-loss.
    """
    rows = []
    for name, world in WORLDS.items():
        many = of_assumed * count if name == AS_ASSUMED else count
        rows.append({"world": name, **world_scores(many, world, p, map_breasts=map_breasts)})
    return pd.DataFrame(rows)
