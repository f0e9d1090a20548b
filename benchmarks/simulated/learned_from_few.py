"""How few women suffice to learn spreads: scores of small groups into benchmarks/.

Every group learns from its own findings, without the truth, and is scored with it.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from benchmarks.refresh import COHORTS, OUT, TRUTH, cohort, write_csv
from corr import parameters
from corr.judgement.judge import judge
from corr.learning.spreads import PARTS, learn, scaled
from corr.records import Breast
from corr.validation.measures import CORR, LEARNED
from corr.validation.run import benchmark
from corr.validation.truth import read_truth
from corr.workers import in_workers

WOMEN, GROUPS = (10, 30), 3


def scores(breasts: list[Breast], truth: pd.DataFrame) -> dict[str, object]:
    """Learned factors of one group, and its scores with the published and the learned spreads."""
    p = parameters.load()
    factors = learn(breasts, p).changes
    judges = {k: partial(judge, p=scaled(p, f), bands=False) for k, f in ((0, {}), (1, factors))}
    result = benchmark(
        breasts, truth, judges[0], others={LEARNED: judges[1]}, methods={}, map_breasts=in_workers
    )
    gain = result.differences.query("subset == 'all'").iloc[0]
    return {
        **{f"factor_{part}": factors.get(part) for part in PARTS},
        "log_loss": result.value("log_loss", CORR),
        "log_loss_learned": result.value("log_loss", LEARNED),
        "difference": -gain["log_loss_difference"],
        "low": -gain["hi"],
        "high": -gain["lo"],
    }


def main() -> None:
    """Write the table."""
    truth, rows = read_truth(TRUTH), []
    for women in WOMEN:
        for name in COHORTS:
            known = cohort(name)
            all_of_them = sorted({b.case_id for b in known})
            for group in range(GROUPS):
                mine = set(all_of_them[group :: len(all_of_them) // women][:women])
                breasts = [b for b in known if b.case_id in mine]
                about = {"women": women, "cohort": name, "group": group}
                rows.append({**about, **scores(breasts, truth)})
    write_csv(pd.DataFrame(rows), OUT / "learned_from_few.csv")


if __name__ == "__main__":
    main()
