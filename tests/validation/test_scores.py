"""Scores against hand-computed tables, exhaustive small cases and properties."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from corr.validation import matching, scores

# 4 pairs by hand: (same, p)
SAME = [1, 0, 1, 0]
P = [0.9, 0.2, 0.4, 0.6]


def test_hand_computed() -> None:
    expected = -(math.log(0.9) + math.log(0.8) + math.log(0.4) + math.log(0.4)) / 4
    assert float(scores.log_loss(SAME, P)) == pytest.approx(expected)
    assert float(scores.brier(SAME, P)) == pytest.approx((0.01 + 0.04 + 0.36 + 0.36) / 4)
    assert float(scores.auc(SAME, P)) == pytest.approx(3 / 4)  # only 0.4 against 0.6 is wrong
    assert float(scores.ece(SAME, P)) == pytest.approx((0.1 + 0.2 + 0.6 + 0.6) / 4)


def test_opposite_gaps_cancel_within_a_bin_and_not_between_bins() -> None:
    assert float(scores.ece([1, 0], [0.55, 0.55])) == pytest.approx(0.05)
    assert float(scores.ece([1, 0], [0.59, 0.61])) == pytest.approx((0.41 + 0.61) / 2)


def test_bins_are_fixed_and_one_is_in_the_last() -> None:
    assert scores.bin_index([0.0, 0.0999, 0.1, 0.95, 1.0]).tolist() == [0, 0, 1, 9, 9]
    observed = scores.reliability([1, 0, 1], [0.05, 0.05, 1.0])
    assert observed[0] == pytest.approx(0.5)
    assert observed[9] == pytest.approx(1.0)
    assert np.isnan(observed[1:9]).all()


def test_an_impossible_truth_costs_the_clip_not_infinity() -> None:
    assert float(scores.log_loss([1, 0], [0.0, 1.0])) == pytest.approx(-math.log(1e-9), rel=1e-6)


@pytest.mark.parametrize("score", [scores.log_loss, scores.brier, scores.auc, scores.ece])
def test_nothing_to_score_is_nan(score) -> None:
    assert math.isnan(float(score([], [])))
    assert np.isnan(score([1], [0.5], weights=np.zeros((2, 1)))).all()


def test_auc_needs_both_classes_and_halves_ties() -> None:
    assert math.isnan(float(scores.auc([1, 1], [0.2, 0.3])))
    assert float(scores.auc([1, 0, 0], [0.5, 0.5, 0.5])) == pytest.approx(0.5)


pairs = st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=1, max_size=12)


@given(pairs)
def test_auc_is_the_share_of_pairs_won(rows) -> None:
    won = [
        1.0 if p > q else 0.5 if p == q else 0.0
        for (y, p), (z, q) in itertools.product(rows, rows)
        if y and not z
    ]
    got = float(scores.auc([y for y, _ in rows], [p / 20 for _, p in rows]))
    assert got == pytest.approx(np.mean(won)) if won else math.isnan(got)


@given(pairs, st.data())
def test_a_weight_is_a_repeated_row(rows, data) -> None:
    counts = data.draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows)))
    repeated = [row for row, n in zip(rows, counts, strict=True) for _ in range(n)]
    y, p = [r[0] for r in rows], [r[1] / 20 for r in rows]
    z, q = [r[0] for r in repeated], [r[1] / 20 for r in repeated]
    weights = np.array([counts], dtype=float)
    for score in (scores.log_loss, scores.brier, scores.auc, scores.ece, scores.reliability):
        np.testing.assert_allclose(score(y, p, weights=weights)[0], score(z, q), atol=1e-12)
    values = [r[1] for r in rows]
    alone = scores.median([r[1] for r in repeated])
    np.testing.assert_allclose(scores.median(values, weights=weights)[0], alone)


def test_median_is_the_lower_middle() -> None:
    assert float(scores.median([5, 1, 3])) == 3
    assert float(scores.median([4, 1, 2, 3])) == 2


def test_recalibration_solves_its_score_equations_and_finds_known_distortion() -> None:
    rng = np.random.default_rng(4)
    eta = rng.normal(0, 1.5, 20_000)
    same = rng.random(len(eta)) < expit(eta)
    stated = expit((eta - 0.4) * 2.0)  # over-confident and shifted: eta = 0.4 + logit / 2
    slope, intercept = scores.recalibration(same, stated)
    assert slope == pytest.approx(0.5, abs=0.02)
    assert intercept == pytest.approx(0.4, abs=0.05)
    residual = same - expit(intercept + slope * scores.logit(stated))
    assert residual.sum() == pytest.approx(0, abs=1e-6)
    assert residual @ scores.logit(stated) == pytest.approx(0, abs=1e-5)


def test_recalibration_from_two_by_two_counts() -> None:
    # 3 of 10 at p = 0.2, 6 of 10 at p = 0.8: slope (logit .6 - logit .3) / (2 logit .8)
    same = [1] * 3 + [0] * 7 + [1] * 6 + [0] * 4
    slope, intercept = scores.recalibration(same, [0.2] * 10 + [0.8] * 10)
    low, high = math.log(3 / 7), math.log(6 / 4)
    assert slope == pytest.approx((high - low) / (2 * math.log(4)))
    assert intercept == pytest.approx((high + low) / 2)


@pytest.mark.parametrize(
    ("same", "p"),
    [
        ([1, 1], [0.2, 0.8]),
        ([0, 1], [0.5, 0.5]),
        ([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]),
        ([0, 0, 1, 1], [0.1, 0.5, 0.5, 0.9]),
        ([1, 1, 0, 0], [0.1, 0.2, 0.8, 0.9]),
        ([], []),
    ],
    ids=["one class", "constant", "separated", "separated but for a tie", "reversed", "empty"],
)
def test_recalibration_that_does_not_exist_is_nan(same, p) -> None:
    assert np.isnan(scores.recalibration(same, p)).all()


def test_recalibration_of_replicates_is_each_one_alone() -> None:
    rng = np.random.default_rng(2)
    same, p = rng.random(60) < 0.4, rng.random(60)
    weights = rng.integers(0, 3, (5, 60)).astype(float)
    together = scores.recalibration(same, p, weights=weights)
    for row, w in zip(together, weights.astype(int), strict=True):
        alone = scores.recalibration(np.repeat(same, w), np.repeat(p, w))
        np.testing.assert_allclose(row, alone, atol=1e-6)


def test_bootstrap_draws_women_not_pairs() -> None:
    # every woman has 50 identical rows: the interval is that of 8 women, not of 400 rows
    women = [f"W{i}" for i in range(8) for _ in range(50)]
    values = np.repeat([0.0, 1.0] * 4, 50)
    e = scores.Bootstrap.over(women, 2000, seed=3).estimate(scores.mean, women, values)
    assert float(e.value) == 0.5
    half_width = 1.96 * math.sqrt(0.25 / 8)
    assert float(e.hi - e.lo) == pytest.approx(2 * half_width, rel=0.12)


def test_bootstrap_is_the_same_whatever_the_order_of_rows() -> None:
    rng = np.random.default_rng(0)
    women = [f"W{i % 7}" for i in range(40)]
    same, p = rng.random(40) < 0.5, rng.random(40)
    first = scores.Bootstrap.over(women).estimate(scores.auc, women, same, p)
    order = rng.permutation(40)
    shuffled = [women[i] for i in order]
    draws = scores.Bootstrap.over(shuffled)
    second = draws.estimate(scores.auc, shuffled, same[order], p[order])
    np.testing.assert_allclose(first, second)
    assert float(first.lo) < float(first.value) < float(first.hi)


def test_bootstrap_refuses_a_stranger_and_gives_no_interval_for_one_woman() -> None:
    draws = scores.Bootstrap.over(["A"])
    with pytest.raises(ValueError, match="'B' is not among the 1 women"):
        draws.estimate(scores.mean, ["B"], [1.0])
    e = draws.estimate(scores.mean, ["A", "A"], [1.0, 0.0])
    assert float(e.value) == 0.5
    assert math.isnan(float(e.lo))


def test_rows_of_one_woman_among_several_have_no_interval() -> None:
    draws = scores.Bootstrap.over("ABC")
    for score in (scores.log_loss, scores.recalibration):
        e = draws.estimate(score, ["A"] * 4, [1, 0, 1, 0], [0.9, 0.8, 0.3, 0.2])
        assert np.isfinite(e.value).all()
        assert np.isnan([e.lo, e.hi]).all()
    e = draws.estimate(scores.mean, ["A", "B"], [0.0, 1.0])
    assert (float(e.lo), float(e.hi)) == (0.0, 1.0)


def test_exactly_right_compares_partitions_of_the_common_findings() -> None:
    lesion = {"a": "1", "b": "1", "c": "2"}
    assert matching.exactly_right([("b", "a"), ("c",)], lesion)
    assert matching.exactly_right([("a", "b", "unknown"), ("c",)], lesion)
    assert matching.exactly_right([("a", "b")], lesion)  # c was not judged
    assert not matching.exactly_right([("a",), ("b",), ("c",)], lesion)
    assert not matching.exactly_right([("a", "b", "c")], lesion)
    assert not matching.exactly_right([("a", "c"), ("b",)], lesion)


def test_top1_counts_each_finding_and_reading_with_a_partner() -> None:
    # reading R1: a; reading R2: x, y; reading R3: z. a is x; z is nothing.
    findings = [("a", "x"), ("a", "y"), ("a", "z"), ("x", "z"), ("y", "z")]
    readings = [("R1", "R2"), ("R1", "R2"), ("R1", "R3"), ("R2", "R3"), ("R2", "R3")]
    links = matching.Links.of(findings, readings, [1, 0, 0, 0, 0])
    assert len(links.starts) == 2  # a in R2 and x in R1
    assert links.top1([0.9, 0.1, 0.5, 0.5, 0.5]).tolist() == [1.0, 1.0]
    assert links.top1([0.1, 0.9, 0.5, 0.5, 0.5]).tolist() == [0.0, 1.0]
    assert links.top1([0.4, 0.4, 0.5, 0.5, 0.5]).tolist() == [0.5, 1.0]
    assert len(matching.Links.of(findings, readings, [0] * 5).top1([0.5] * 5)) == 0


def line(n: int = 10) -> np.ndarray:
    return np.stack([np.arange(n) * 5.0, np.zeros(n), np.zeros(n)], axis=1)


def test_highest_density_regions_by_hand() -> None:
    p = np.array([0.05, 0.4, 0.3, 0.2, 0.05, 0, 0, 0, 0, 0])
    found = matching.located(p, line(), 5.0, [10.0, 1.0, 0.0], levels=(0.3, 0.5, 0.9, 0.95))
    # cells in order 0.4, 0.3, 0.2, 0.05: regions of 1, 2, 3 and 4 cells of 0.125 cm3
    assert found.volume_cm3 == pytest.approx((0.125, 0.25, 0.375, 0.5))
    assert found.inside == (False, True, True, True)  # the truth is in the second cell
    mean = 0.4 * 5 + 0.3 * 10 + 0.2 * 15 + 0.05 * 20
    assert found.error_mm == pytest.approx(math.hypot(mean - 10, 1))


def test_a_truth_off_the_grid_is_in_no_region() -> None:
    found = matching.located(np.full(10, 0.1), line(), 5.0, [5.0, 40.0, 0.0])
    assert found.inside == (False, False, False)


def test_regions_hold_what_they_claim_when_truth_is_drawn_from_the_belief() -> None:
    rng = np.random.default_rng(1)
    axis = np.arange(-30, 31, 5.0)
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    p = np.exp(-0.5 * np.sum((points / [12, 8, 15]) ** 2, axis=1))
    p /= p.sum()
    truths = points[rng.choice(len(p), 600, p=p)] + rng.uniform(-2.5, 2.5, (600, 3))
    inside = np.mean([matching.located(p, points, 5.0, t).inside for t in truths], axis=0)
    np.testing.assert_allclose(inside, matching.LEVELS, atol=0.05)
    # a belief half as wide as the truth is caught
    narrow = p**4 / np.sum(p**4)
    caught = np.mean([matching.located(narrow, points, 5.0, t).inside for t in truths], axis=0)
    assert caught[1] < 0.5
