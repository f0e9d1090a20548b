"""What a judge whose probabilities are exactly right would score."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import entr

from benchmarks.simulated import calibrated
from benchmarks.simulated.calibrated import answers, calibrated_scores
from corr.judgement.groupings.base import members
from corr.judgement.judge import judge
from corr.judgement.order import in_order
from corr.judgement.quadrature import settled
from corr.parameters import load
from corr.tables import read_findings
from corr.validation.run import benchmark
from corr.validation.truth import read_truth

DATA = Path(__file__).parents[2] / "data"
P = load()
QUICK = P.override({"error_nodes": 32.0})


@pytest.fixture(scope="module")
def breasts():
    folder = DATA / "simulated_cohort_hard"
    known = read_findings(folder / "findings.csv", folder / "breasts.csv").breasts
    return [b for b in known if 3 <= len(b.findings) <= 7][:16]


@pytest.fixture(scope="module")
def truth():
    return read_truth(DATA / "simulated_cohort" / "truth.csv")


def drawn_truth(breasts, seed):
    """One grouping of every breast as if it were the truth."""
    rng, lesions = np.random.default_rng(seed), {}
    for b in breasts:
        weights = settled(in_order(b), QUICK)
        for k, block in enumerate(weights.full.draw(rng, 1)[0]):
            ids = [weights.findings[i].finding_id for i in members(block)]
            lesions |= dict.fromkeys(ids, f"{b.case_id} {b.side} {k}")
    return pd.DataFrame({"lesion_id": lesions})


def test_observed_scores_are_those_of_the_benchmark(breasts, truth):
    """Also where the truth knows only some findings."""
    some = truth.drop([b.findings[0].finding_id for b in breasts[:8]])
    table = calibrated_scores(breasts, some, QUICK, draws=2, jobs=1).set_index("metric")
    result = benchmark(breasts, some, partial(judge, p=QUICK, bands=False), methods={})
    for metric, observed in table["observed"].items():
        assert observed == pytest.approx(result.value(metric))


def test_draws_are_the_same_lesion_as_often_as_stated(breasts, truth):
    """And the best grouping is right as often as it claims: its P(grouping)."""
    lesion_of = truth["lesion_id"].to_dict()
    for b in breasts[:6]:
        found = answers(b, lesion_of, QUICK, draws=800)
        best = judge(b, QUICK, bands=False).groupings[0].p
        stated, share = np.r_[found.p, best], np.r_[found.same[1:].mean(0), found.right[1:].mean()]
        assert (abs(share - stated) < 4 * np.sqrt(stated * (1 - stated) / 800) + 1e-3).all()


def test_the_expected_log_loss_is_the_entropy_of_what_is_stated(breasts, truth):
    lesion_of = truth["lesion_id"].to_dict()
    p = np.concatenate([answers(b, lesion_of, QUICK, draws=0).p for b in breasts])
    table = calibrated_scores(breasts, truth, QUICK, draws=200, jobs=1).set_index("metric")
    entropy = np.mean(entr(p) + entr(1 - p))
    assert table["expected"]["log_loss"] == pytest.approx(entropy, rel=0.1)
    assert table["low"]["ece"] > 0.01  # there is a floor


def test_a_truth_drawn_from_the_judge_is_inside_and_another_is_not(breasts):
    """Broken twin: a truth in which all findings are different lesions."""
    right = drawn_truth(breasts, 7)
    wrong = right.assign(lesion_id=right.index)
    metrics = ["log_loss", "brier", "exact_groupings"]  # defined for one class too
    inside = []
    for truth in (right, wrong):
        table = calibrated_scores(breasts, truth, QUICK, draws=200, jobs=1).set_index("metric")
        within = table["observed"].between(table["low"], table["high"])
        inside.append(within[metrics].tolist())
    assert inside == [[True] * 3, [False] * 3]


def test_the_range_holds_nine_in_ten_draws(monkeypatch):
    """100 pairs called 0.8: how many are the same is binomial, and with it the Brier score."""
    same = np.random.default_rng(2).random((3001, 100)) < 0.8
    one = calibrated.Answers(np.full(100, 0.8), same, np.ones(3001, dtype=bool))
    monkeypatch.setattr(calibrated, "answers", lambda *_, **__: one)
    truth = pd.DataFrame({"lesion_id": {}})
    table = calibrated.calibrated_scores([None], truth, P, jobs=1).set_index("metric")
    share = stats.binom(100, 0.8).ppf([0.95, 0.5, 0.05]) / 100  # more the same: a smaller score
    expected = share * 0.2**2 + (1 - share) * 0.8**2
    found = table.loc["brier", ["low", "expected", "high"]].astype(float)
    assert found.to_numpy() == pytest.approx(expected, abs=0.007)  # one pair is 0.006


def test_draws_do_not_depend_on_the_order_of_breasts(breasts, truth):
    one, other = (
        calibrated_scores(some, truth, QUICK, draws=20, jobs=1)
        for some in (breasts[:5], breasts[4::-1])
    )
    pd.testing.assert_frame_equal(one, other)


def test_nothing_to_score_is_said(breasts, truth):
    with pytest.raises(ValueError, match="nothing to score: no breast"):
        calibrated_scores(breasts[:1], truth.iloc[:0], QUICK, draws=1, jobs=1)
