"""Benchmark results of both cohorts and of real landmarks as tables for a reader.

Results come from the folder ``benchmarks`` (`make benchmark` writes it) or from judging anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.published.checks import Check
from benchmarks.real_landmarks.landmarks import evaluate
from benchmarks.real_landmarks.pose import AFFINE
from benchmarks.real_landmarks.pose_whole import WHOLE
from benchmarks.simulated import sensitivity
from corr import parameters
from corr.judgement.judge import judge
from corr.learning.spreads import chosen, learn, scaled
from corr.validation.measures import CORR, HARD, LEARNED
from corr.validation.run import Judge, MapBreasts, benchmark
from corr.validation.truth import read_truth

BESIDE = ("JPDA (Stone Soup)", "logistic, all features", "affine Gaussian, recalibrated")
"""Baselines drawn beside corr; the tables have all."""
DRAWN = [CORR, *BESIDE]
SUBSETS = ("all", "MG-MG", "MG-MR", "MG-US", "US-MR", HARD, "without film-to-stereo")
LEVELS = (50, 80, 95)
LANDMARK_METRICS = (
    "matching: AUC",
    "matching: log-loss",
    "pose: AUC",
    "pose: log-loss at even odds",
    "regions: coverage of 80 %",
    "regions: median volume, ml",
)
CAN_TELL = (
    "Whether a stated probability is kept on simulated women: eight in ten of the pairs called 0.8 "
    "should be the same lesion.",
    "Whether it beats simple rules that see the same measurements, for each pair of modalities.",
    "Whether regions hold real landmarks as often as they say, between prone and supine MRI.",
    "Which published measurements the constants agree with, and by how much they miss the others.",
    "How many answers hang on the assumed measurement spreads.",
)
CANNOT_TELL = (
    "How often it is right in your clinic. No patient with pathology is in here; the simulated "
    "women share assumptions with the program, and simulated accuracy flatters (by about a factor "
    "of 3 in millimetres in one published comparison).",
    "Anything about malignancy, or about what to do next.",
    "How well it does with implants, after surgery, in rolled or exaggerated views, or with "
    "reports written in other habits.",
    "What a radiologist who sees the images adds: shape and texture are not used.",
)


@dataclass(frozen=True)
class CohortResult:
    """Scores of one cohort; the tables of `corr benchmark` and of the sensitivity run."""

    scores: pd.DataFrame
    differences: pd.DataFrame
    reliability: pd.DataFrame
    localisation: pd.DataFrame
    verdict_shares: pd.DataFrame
    scaled_spreads: pd.DataFrame


def read_results(folder: str | Path) -> CohortResult:
    """Committed results of one cohort.

    Raises
    ------
    FileNotFoundError
        If a table is missing; `make benchmark` writes them.
    """
    return CohortResult(**{f.name: read_table(folder, f.name) for f in fields(CohortResult)})


def read_table(folder: str | Path, name: str) -> pd.DataFrame:
    """One committed table.

    Raises
    ------
    FileNotFoundError
        If it is missing; `make benchmark` writes it.
    """
    path = Path(folder) / f"{name}.csv"
    if not path.is_file():
        msg = f"no {path.name} in {Path(folder).name}; `make benchmark` writes it"
        raise FileNotFoundError(msg)
    return pd.read_csv(path)


def judge_anew(
    findings: str | Path, breasts: str | Path, truth: str | Path, map_breasts: MapBreasts = map
) -> CohortResult:
    """What `make benchmark` writes of a cohort, judged now: a minute or two for 100 breasts.

    Raises
    ------
    ValueError
        As `corr.tables.read_findings`, `read_truth` and `benchmark`.
    """
    from corr.tables import read_findings  # the tables need pydantic; scoring does not

    p, known = parameters.load(), read_truth(Path(truth))
    judged = tuple(read_findings(findings, breasts).breasts)
    others: dict[str, Judge] = {}
    if chosen(judged):
        others[LEARNED] = partial(judge, p=scaled(p, learn(judged, p).changes), bands=False)
    usual = partial(judge, p=p)
    r = benchmark(judged, known, usual, others=others, map_breasts=map_breasts)
    pairs = sensitivity.pair_table(judged, p, known, map_breasts)
    return CohortResult(
        r.scores, r.differences, r.reliability, r.localisation,
        sensitivity.verdict_shares(pairs), sensitivity.scaled_scores(pairs),
    )  # fmt: skip


def score_table(
    result: CohortResult, metric: str, subsets: Sequence[str] = SUBSETS
) -> pd.DataFrame:
    """One score of every method (rows) on every subset (columns), as numbers."""
    s = result.scores[result.scores["metric"] == metric]
    wide = s.pivot_table(index="method", columns="subset", values="value", sort=False)
    return wide[[k for k in subsets if k in wide]]


def score_rows(result: CohortResult, metric: str) -> pd.DataFrame:
    """`score_table` as text with the method as first column, for a page."""
    return score_table(result, metric).map("{:.3f}".format).reset_index()


def exact_share(result: CohortResult) -> float:
    """Share of breasts whose most probable grouping is exactly right."""
    s = result.scores
    hit = s[(s["method"] == CORR) & (s["metric"] == "exact_groupings") & (s["subset"] == "all")]
    return float(hit["value"].iloc[0])


def calibration_table(result: CohortResult) -> pd.DataFrame:
    """Calibration of corr and of the baselines drawn beside it, all pairs."""
    metrics = ("ece", "slope", "intercept")
    table = pd.DataFrame({m: score_table(result, m, ["all"])["all"] for m in metrics})
    return table.loc[[m for m in (CORR, LEARNED, *BESIDE) if m in table.index]]


def learned_scores(results: Mapping[str, CohortResult]) -> pd.DataFrame:
    """Scores of all pairs with the published spreads and with those learned without truth."""
    metrics = ("log_loss", "auc", "ece", "slope", "exact_groupings")
    tables = {
        name: pd.DataFrame({m: score_table(r, m, ["all"])["all"] for m in metrics})
        for name, r in results.items()
    }
    wide = pd.concat(tables, names=["cohort", "method"]).reset_index()
    return wide[wide["method"].isin([CORR, LEARNED])]


def against_calibrated(table: pd.DataFrame) -> pd.DataFrame:
    """Scores of a calibrated judge, and where the observed one lies to the 5-95 % range."""
    below, above = (table["observed"] < table["low"], table["observed"] > table["high"])
    return table.assign(observed_is=np.select([below, above], ["below", "above"], "inside"))


def coverage_table(result: CohortResult) -> pd.DataFrame:
    """Shares of true positions inside each region, median volumes (cm3) and error (mm)."""
    wide = result.localisation.pivot_table(
        index="subset", columns="metric", values="value", sort=False
    )
    keep = [f"inside_{level}%" for level in LEVELS]
    return wide[[*keep, "median_volume_80%_cm3", "median_error_mm"]]


def with_interval(result: CohortResult, metrics: Sequence[str]) -> pd.DataFrame:
    """Scores of corr with their 95 % intervals as text: one row a subset."""
    s = result.scores[result.scores["method"] == CORR].set_index(["subset", "metric"])
    rows = []
    for subset in SUBSETS:
        row = {"pairs": subset}
        for metric in metrics:
            if (subset, metric) in s.index:
                three = s.loc[(subset, metric), ["value", "lo", "hi"]].to_numpy(float)
                row[metric.replace("_", " ")] = _interval(*map(float, three))
        rows.append(row)
    return pd.DataFrame(rows).fillna("")


def closest_baseline(result: CohortResult) -> pd.DataFrame:
    """For each subset the best baseline and the paired log-loss difference to it.

    Below 0 corr is better; ``beats_all`` = the interval to every baseline is below 0.
    """
    d = result.differences[result.differences["baseline"] != LEARNED]
    best = d.loc[d.groupby("subset")["log_loss_difference"].idxmax()].set_index("subset")
    best = best.loc[[k for k in SUBSETS if k in best.index]].reset_index()
    worst_hi = d.groupby("subset")["hi"].max()
    best["beats_all"] = np.where(best["subset"].map(worst_hi) < 0, "yes", "no")
    return best[["subset", "baseline", "log_loss_difference", "lo", "hi", "beats_all"]]


def check_table(checks: Sequence[Check]) -> pd.DataFrame:
    """Published checks, ours beside the published range."""

    def short(value: float) -> str:
        return f"{value:.2g}" if value < 1 else f"{value:.1f}"

    return pd.DataFrame(
        {
            "check": [c.name for c in checks],
            "published": [c.published for c in checks],
            "accepted": [f"{c.low:g} to {c.high:g}" for c in checks],
            "ours": [short(c.ours) for c in checks],
            "registered": [short(c.registered) for c in checks],
            "inside": ["yes" if c.inside else "no" for c in checks],
            "source": [c.source for c in checks],
        }
    )


def landmark_table(results: str | Path, landmarks: str | Path | None) -> pd.DataFrame:
    """Scores on real landmarks: computed where a user has obtained them, else as committed.

    Columns ``metric, subset, method, value, lo, hi, n``; empty if there are neither.
    """
    if landmarks is not None:
        return evaluate(Path(landmarks)).summary
    path = Path(results) / "real_landmarks" / "summary.csv"
    return pd.read_csv(path) if path.is_file() else pd.DataFrame()


def landmark_rows(table: pd.DataFrame) -> pd.DataFrame:
    """`landmark_table` for a reader: a row for each metric and method, a column for each subset."""
    if table.empty:
        return table
    text = table.assign(
        shown=[_interval(*v) for v in table[["value", "lo", "hi"]].itertuples(index=False)],
        method=table["method"].fillna(""),
    )
    keys = ["metric", "method"]
    wide = text.pivot_table(
        index=keys, columns="subset", values="shown", aggfunc="first", sort=False, dropna=False
    )
    wide = wide[list(dict.fromkeys(text["subset"]))].dropna(how="all")
    return wide.fillna("").reset_index()


def _interval(value: float, lo: float, hi: float) -> str:
    shown = f"{value:.3g}"
    return shown if np.isnan(lo) else f"{shown} ({lo:.3g} to {hi:.3g})"


def _real_words(landmarks: pd.DataFrame) -> str:
    """Real landmarks in half a sentence, also where a fitted map does better."""
    if landmarks.empty:
        return "and real landmarks are not part of these results"
    rows = landmarks[landmarks["subset"] == landmarks["subset"].iloc[0]]
    value = rows.set_index(["metric", "method"])["value"]
    auc = value["matching: AUC", CORR]
    area, loss = (
        [value[f"pose: {metric}", method] for method in (WHOLE, AFFINE)]
        for metric in ("AUC", "log-loss at even odds")
    )
    return (
        f"and on real landmarks it reaches an AUC of {auc:.2f} as findings of two exams, and with "
        f"full positions in both poses {area[0]:.2f} (log-loss at even odds {loss[0]:.2f}) beside "
        f"{area[1]:.2f} ({loss[1]:.2f}) of an affine map fitted to other women"
    )


def answer(
    plain: CohortResult, hard: CohortResult, checks: Sequence[Check], landmarks: pd.DataFrame
) -> str:
    """The page in one sentence."""
    losses, areas = (
        [score_table(r, metric, ["all"])["all"].to_numpy(float)[0] for r in (plain, hard)]
        for metric in ("log_loss", "auc")
    )  # corr is the first method
    won = sum(closest_baseline(r)["beats_all"].eq("yes").sum() for r in (plain, hard))
    asked = sum(len(closest_baseline(r)) for r in (plain, hard))
    return (
        f"On simulated women it ranks pairs well (AUC {areas[0]:.3f}, {areas[1]:.3f} as a clinic "
        f"would record them; log-loss {losses[0]:.3f} and {losses[1]:.3f}) and beats all "
        f"simple rules in {won} of {asked} comparisons, {sum(c.inside for c in checks)} of "
        f"{len(checks)} published measurements come out inside their range, "
        f"{_real_words(landmarks)}; on patients "
        "with pathology nothing of this has been tested, so trust the order and the word "
        '"undecided" more than the second decimal.'
    )
