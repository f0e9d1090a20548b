"""Published checks, compression, sensitivity and speed into benchmarks/; `make benchmark` calls it.

The scores of the cohorts come from `corr benchmark` itself.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd

from benchmarks.compression import compression
from benchmarks.published import checks
from benchmarks.simulated import apart, calibrated, numerics, sensitivity
from corr import parameters
from corr.exchange.files import write_whole
from corr.judgement.judge import judge
from corr.learning.spreads import learn
from corr.records import Breast
from corr.tables import read_findings
from corr.validation import speed
from corr.validation.truth import read_truth
from corr.workers import in_workers

ROOT = Path(__file__).parents[1]
OUT = ROOT / "benchmarks"
COHORTS = ("simulated_cohort", "simulated_cohort_hard")
FINE_NODES = 1024.0
TRUTH = ROOT / "data" / COHORTS[0] / "truth.csv"


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write with four significant digits."""
    write_whole(path, table.to_csv(index=False, float_format="%.4g", lineterminator="\n"))
    print(path.relative_to(ROOT))


def cohort(name: str) -> tuple[Breast, ...]:
    """Breasts of a cohort that comes with the project."""
    folder = ROOT / "data" / name
    return tuple(read_findings(folder / "findings.csv", folder / "breasts.csv").breasts)


def learned_spreads() -> pd.DataFrame:
    """Factors on the spreads of each cohort, learned from its findings without the truth."""
    rows = []
    for name in COHORTS:
        learned = learn(cohort(name), parameters.load())
        rows += [(name, part, *three, learned.breasts) for part, three in learned.rows]
    return pd.DataFrame(rows, columns=["cohort", "spreads_of", "factor", "low", "high", "breasts"])


def calibrated_scores(truth: pd.DataFrame) -> pd.DataFrame:
    """Scores of each cohort beside those of a judge whose probabilities are exactly right."""
    p = parameters.load()
    tables = {name: calibrated.calibrated_scores(cohort(name), truth, p) for name in COHORTS}
    return pd.concat(tables, names=["cohort", None]).reset_index(level="cohort")


def main() -> None:
    """Rewrite all of it."""
    OUT.mkdir(exist_ok=True)
    write_csv(pd.DataFrame(checks.published_checks()), OUT / "published_checks.csv")
    write_csv(apart.apart_table(parameters.load()), OUT / "apart.csv")
    (OUT / "compression").mkdir(exist_ok=True)
    write_csv(compression.summary(), OUT / "compression" / "summary.csv")
    p, truth = parameters.load(), read_truth(TRUTH)
    for name in COHORTS:
        pairs = sensitivity.pair_table(cohort(name), p, truth, in_workers)
        folder = OUT / name
        folder.mkdir(exist_ok=True)
        write_csv(sensitivity.verdict_shares(pairs), folder / "verdict_shares.csv")
        write_csv(sensitivity.scaled_scores(pairs), folder / "scaled_spreads.csv")
    write_csv(learned_spreads(), OUT / "learned_spreads.csv")
    write_csv(calibrated_scores(truth), OUT / "calibrated_scores.csv")
    fine = partial(judge, p=p.override({"error_nodes": FINE_NODES}), bands=False)
    usual = partial(judge, bands=False)
    exact = numerics.integral_error(cohort(COHORTS[1]), usual, fine, in_workers)
    write_csv(exact, OUT / "integral_error.csv")
    words = "The 113 breasts of the simulated cohort"
    speed.write(speed.speed_table(cohort(COHORTS[0]), judge), words, OUT / "speed.md")


if __name__ == "__main__":
    main()
