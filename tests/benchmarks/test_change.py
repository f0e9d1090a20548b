"""The two dates of the benchmark of change: true places, one lesion, the same in every run."""

from __future__ import annotations

import pandas as pd
import pytest

from benchmarks.change import ALL_STAY, EXAMS, rows_of, true_rows
from benchmarks.refresh import COHORTS, cohort
from benchmarks.simulated.two_dates import two_dates
from corr import parameters

P = parameters.load()


@pytest.fixture(scope="module")
def truth():
    return true_rows()


def test_two_dates_are_drawn_from_one_truth(truth):
    breast = max(cohort(COHORTS[0]), key=lambda b: len(b.findings))
    drawn, again = (
        two_dates(breast, truth, EXAMS["MG and US"], P, seed=3, states=ALL_STAY) for _ in "ab"
    )
    assert drawn == again
    assert len({r.order for r in drawn.breast.readings}) == 2
    stays = {i.rsplit(".", 1)[0] for i in drawn.told}
    both = [i for i in stays if {f"{i}.0", f"{i}.1"} <= set(drawn.told)]
    assert both
    assert all(drawn.told[f"{i}.0"] == drawn.told[f"{i}.1"] for i in both)
    found = {f.finding_id: f for f in drawn.breast.findings}
    for i in both:
        assert drawn.right(found[f"{i}.1"], found[f"{i}.0"])
        assert not drawn.right(found[f"{i}.1"], None)


def test_rows_are_scored(truth):
    breasts = [b for b in cohort(COHORTS[0]) if sum(f.modality == "US" for f in b.findings) > 2]
    rows = [
        row for k, b in enumerate(breasts[:3])
        for row in rows_of((k, b, "ultrasound"), P, truth, {"stays": 0.6, "new": 0.2, "gone": 0.2})
    ]  # fmt: skip
    found = pd.DataFrame(rows)
    assert found["linked"].dropna().isin([0.0, 1.0]).all()
    assert found["p_new"].dropna().between(0.0, 1.0).all()
    assert len(found["linked"].dropna()) > 3
    assert {"held", "nearest"} <= set(found)
