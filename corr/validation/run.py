"""Judge a findings table whose truth is known and score it beside the baselines.

The judge is any function from a breast to a `corr.judgement.result.Judgement`: this module asks
only for the probabilities of its pairs, its groupings and its beliefs. Research use only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from corr.judgement.result import Judgement
from corr.problems import CorrError
from corr.records import Breast
from corr.validation import measures, scores
from corr.validation.baselines import baselines, greedy_groupings
from corr.validation.features import COORDINATES, pair_features
from corr.validation.fitting import Baseline, cross_validated
from corr.validation.measures import CORR, BenchmarkResult, Blocks
from corr.version import __version__

Judge = Callable[[Breast], Judgement]
MapBreasts = Callable[[Judge, Sequence[Breast]], Iterable[Judgement]]

ROUNDING = 1e-9
SIZE_CLASSES = ((1, 4), (5, 8), (9, 12), (13, 16), (17, 999), (1, 8), (1, 999))


def benchmark(
    breasts: Iterable[Breast],
    truth: pd.DataFrame,
    judge: Judge,
    *,
    others: Mapping[str, Judge] | None = None,
    folds: int = 10,
    replicates: int = 300,
    seed: int = 1,
    methods: Mapping[str, Callable[[], Baseline]] | None = None,
    map_breasts: MapBreasts = map,
) -> BenchmarkResult:
    """Score ``judge``, ``others`` by name and the baselines on all pairs that ``truth`` knows.

    ``truth`` is as from `read_truth`. Pairs are of different readings of one breast, both
    findings in the truth. Baselines are fitted on other women (``folds``; at least as many
    folds as women leaves one out at a time) and left out if there is only one woman.
    ``map_breasts`` may run the judge in parallel, in order.

    Raises
    ------
    CorrError
        If there is nothing to score, the judge fails or leaves out a pair, or a method gives
        for one what is no probability.
    """
    known = sorted(breasts, key=lambda b: (b.case_id, b.side))
    known = [b for b in known if any(f.finding_id in truth.index for f in b.findings)]
    rows = pair_features(known)
    rows = rows[rows["finding_a"].isin(truth.index) & rows["finding_b"].isin(truth.index)]
    rows = rows.reset_index(drop=True)
    if rows.empty:
        msg = "nothing to score: no two findings of different readings are both in the truth file"
        allowed = "the finding_id of the findings table, and more than one reading of a breast"
        raise CorrError(msg, where="the truth file", allowed=allowed)
    lesion = truth["lesion_id"]
    same = (rows["finding_a"].map(lesion) == rows["finding_b"].map(lesion)).to_numpy()
    rows["same"] = same.astype(int)

    p: dict[str, scores.Floats] = {}
    groupings: dict[str, Mapping[tuple[str, str], Blocks]] = {}
    located: list[dict[str, object]] = []
    for name, each in {CORR: judge, **(others or {})}.items():
        judgements = list(map_breasts(partial(_judged, each), known))
        p[name] = _in_range(name, _stated(rows, judgements), rows)
        groupings[name] = _most_probable(known, judgements)
        if name == CORR:
            located = [line for j in judgements for line in measures.located(j, truth)]
    women = sorted(set(rows["case_id"]))
    if len(women) > 1:
        reading_of = {f.finding_id: f.reading_id for b in known for f in b.findings}
        for name, make in (baselines() if methods is None else methods).items():
            p[name] = _in_range(name, cross_validated(make, rows, folds), rows)
            groupings[name] = dict(greedy_groupings(rows, p[name], reading_of))
    draws = scores.Bootstrap.over({b.case_id for b in known}, replicates, seed)
    scored = measures.Scored(rows, truth, p, groupings, draws)
    return BenchmarkResult(
        scores=measures.score_table(scored),
        differences=measures.difference_table(scored),
        reliability=measures.reliability_table(scored),
        localisation=measures.localisation_table(located, draws),
        pairs=rows.drop(columns=list(COORDINATES)).assign(**p),
        about={
            "version": __version__,
            "women": len(women),
            "breasts": len(known),
            "findings_in_truth": sum(
                f.finding_id in truth.index for b in known for f in b.findings
            ),
            "pairs": len(rows),
            "pairs_same": int(same.sum()),
            "folds": min(folds, len(women)),
            "bootstrap_replicates": replicates,
            "bootstrap_seed": seed,
            "probabilities_clipped_at": scores.P_CLIP,
            "use": "Research only: scores of a method on this table, not advice on any patient.",
        },
    )


def _judged(judge: Judge, breast: Breast) -> Judgement:
    """A judgement, or which breast has none: scores without it would be those of other data."""
    try:
        return judge(breast)
    except Exception as error:
        msg = (
            f"breast {breast.side} of case {breast.case_id} could not be judged, so nothing was "
            f"scored: {type(error).__name__}: {error}"
        )
        raise CorrError(msg, fix="please report this with its rows") from error


def _stated(rows: pd.DataFrame, judgements: Iterable[Judgement]) -> scores.Floats:
    stated = {frozenset((x.finding_a, x.finding_b)): x.p_same for j in judgements for x in j.pairs}
    keys = [frozenset(k) for k in zip(rows["finding_a"], rows["finding_b"], strict=True)]
    for i, key in enumerate(keys):
        if key not in stated:
            msg = (
                f"the judge gave no probability for findings {' and '.join(sorted(key))} of case "
                f"{rows['case_id'].iloc[i]}"
            )
            raise CorrError(msg, allowed="a judgement of every pair of different readings")
    return np.array([stated[k] for k in keys])


def _in_range(method: str, p: scores.Floats, rows: pd.DataFrame) -> scores.Floats:
    """What a method states, refused unless all of it are probabilities (rounding aside)."""
    wrong = np.flatnonzero(~((p > -ROUNDING) & (p < 1.0 + ROUNDING)))  # also what is NaN
    if len(wrong):
        a, b = rows.loc[wrong[0], ["finding_a", "finding_b"]]
        msg = f"{method} gives P(same) = {p[wrong[0]]} for findings {a} and {b}"
        raise CorrError(msg, allowed="0 to 1")
    return p


def _most_probable(
    breasts: Sequence[Breast], judgements: Sequence[Judgement]
) -> dict[tuple[str, str], Blocks]:
    each = zip(breasts, judgements, strict=True)
    return {(b.case_id, b.side): j.groupings[0].blocks for b, j in each if j.groupings}


def time_judgement(breasts: Iterable[Breast], judge: Judge, repeats: int = 1) -> pd.DataFrame:
    """Milliseconds per breast on one core, median and 95th percentile, by number of findings.

    Each breast counts with its fastest of ``repeats``; the first breast is judged once more
    beforehand, so that what is built once is not charged to it.
    """
    known = list(breasts)
    if known:
        judge(known[0])
    best = []
    for breast in known:
        times = []
        for _ in range(repeats):
            start = time.perf_counter()
            judge(breast)
            times.append(1000.0 * (time.perf_counter() - start))
        best.append(min(times))
    ms, counts = np.array(best), np.array([len(b.findings) for b in known])
    lines = []
    for lo, hi in SIZE_CLASSES:
        part = ms[(counts >= lo) & (counts <= hi)]
        if len(part):
            name = f"{lo}-{hi}" if hi < 999 else (f"{lo} or more" if lo > 1 else "any")
            lines.append((name, len(part), *np.percentile(part, [50, 95]).tolist()))
    return pd.DataFrame(lines, columns=["findings", "breasts", "median_ms", "p95_ms"])
