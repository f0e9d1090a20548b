"""Exact sums over groupings against plain enumeration."""

from __future__ import annotations

import numpy as np
import pytest

from corr.judgement.groupings import steps as taken
from corr.judgement.groupings import summed as partitions
from corr.judgement.groupings.base import members
from corr.judgement.groupings.steps import steps
from corr.judgement.groupings.summed import CoupledSum, PartitionSum
from tests.builders.groupings import blocks_of, chance_of, enumerate_all, problem


def test_blocks_hold_at_most_one_finding_per_reading():
    assert blocks_of(list("AAB")) == [0b101, 0b110]
    for mask in blocks_of(list("AABBCC")):
        labels = ["AABBCC"[i] for i in members(mask)]
        assert len(labels) == len(set(labels))


def test_groups_without_common_blocks_are_coupled_only_by_the_errors():
    """Two separate groups, summed apart, equal one sum over all."""
    readings = list("ABAB")
    weights, base = problem(readings, 3)
    apart = {m: w for m, w in weights.items() if m in (0b0011, 0b1100)}
    coupled = CoupledSum(4, apart, base)
    assert len(coupled.parts) == 2
    whole = PartitionSum(4, apart, base)
    np.testing.assert_allclose(coupled.together(), whole.together(), atol=1e-12)
    got = {tuple(sorted(m)): p for m, p in coupled.best(4)}
    want = {tuple(sorted(m)): p for m, p in whole.best(4)}
    assert got.keys() == want.keys()
    for key, p in want.items():
        assert got[key] == pytest.approx(p)


def test_sixteen_findings_are_summed_exactly():
    readings = list("ABCD") * 4
    weights, base = problem(readings, 5, n_e=2)
    together = CoupledSum(16, weights, base).together()
    assert np.all((together >= 0) & (together <= 1 + 1e-9))
    np.testing.assert_allclose(together, together.T)


@pytest.mark.parametrize("strength", [2.0, 60.0])  # the second is beyond single precision
def test_single_precision_changes_nothing(monkeypatch, strength):
    readings = "AAABBBCCCDDDE"
    rng = np.random.default_rng(5)
    weights = {m: np.exp(rng.normal(0, 1, 3)) for m in blocks_of(readings)}
    weights |= {1 << i | 1 << i + 3: weights[1 << i | 1 << i + 3] * 10**strength for i in range(3)}
    weights[1 << 6 | 1 << 9] *= 10**strength
    assert len(readings) > partitions.DOUBLE_LIMIT
    quick = CoupledSum(len(readings), weights, np.ones(3))
    monkeypatch.setattr(partitions, "DOUBLE_LIMIT", 18)
    exact = CoupledSum(len(readings), weights, np.ones(3))
    np.testing.assert_allclose(quick.together(), exact.together(), atol=1e-5)
    np.testing.assert_allclose(quick.standard_error(), exact.standard_error(), atol=1e-5)


def test_few_steps_at_a_time_change_nothing(monkeypatch):
    """Nor where nothing is left that a subset could be grouped into."""
    readings, alone = "ABCABC", [True, False, True, True, False, True]
    weights, base = problem(readings, 5)
    some = {m: w for k, (m, w) in enumerate(weights.items()) if k % 3}
    whole = PartitionSum(6, some, base, alone)
    monkeypatch.setattr(partitions, "steps", steps.__wrapped__)
    monkeypatch.setattr(taken, "MOST_ENTRIES", 1)
    few = PartitionSum(6, some, base, alone)
    assert len(few.steps.levels) > 2 * len(whole.steps.levels)
    np.testing.assert_allclose(few.z, whole.z)
    np.testing.assert_allclose(few.together(), whole.together())
    np.testing.assert_allclose(few.standard_error(), whole.standard_error())


@pytest.mark.parametrize("layout", ["AB", "AABB", "ABCABC", "AABBCD"])
@pytest.mark.parametrize("sums", [PartitionSum, CoupledSum])
def test_groupings_are_drawn_as_often_as_they_are_probable(layout, sums):
    """Broken twin: draws from weights that are a little wrong are noticed."""
    n, rng = len(layout), np.random.default_rng(2)
    weights, base = problem(layout, 4)
    exact = [(m, w.sum()) for m, w in enumerate_all(layout, weights, base, [True] * n)]
    assert chance_of(sums(n, weights, base).draw(rng, 4000), exact) > 1e-3
    pair = next(iter(weights))
    off = sums(n, weights | {pair: 1.5 * weights[pair]}, base)
    assert chance_of(off.draw(rng, 4000), exact) < 1e-6


def test_a_finding_that_may_not_stay_alone_is_never_drawn_alone():
    readings = list("ABCD")
    weights, base = problem(readings, 3)
    for alone in ([False, True, True, True], [True, True, False, True]):
        exact = [(m, w.sum()) for m, w in enumerate_all(readings, weights, base, alone)]
        drawn = CoupledSum(4, weights, base, alone).draw(np.random.default_rng(1), 2000)
        assert chance_of(drawn, exact) > 1e-3


def test_groups_are_drawn_at_one_node():
    """Two groups that are together at one node and apart at the other, so always alike.

    Broken twin: nodes drawn anew for each group mix the two.
    """
    weights = {0b0011: np.array([1e6, 1e-6]), 0b1100: np.array([1e6, 1e-6])}
    sums = CoupledSum(4, weights, np.array([1.0, 1e12]))
    drawn = sums.draw(np.random.default_rng(1), 500)
    assert 150 < sum(len(masks) == 2 for masks in drawn) < 350
    assert not any(len(masks) == 3 for masks in drawn)
    rng = np.random.default_rng(1)
    apart = zip(*(part.draw(rng, 500) for part in sums.parts), strict=True)
    assert any(len(one) + len(other) == 3 for one, other in apart)


@pytest.mark.parametrize("strength", [2.0, 60.0])
def test_many_findings_are_drawn_together_as_often_as_they_are_one_lesion(strength):
    """In single precision, and where that cannot hold the sums."""
    readings = "AAABBBCCCDDDE"
    assert len(readings) > partitions.DOUBLE_LIMIT
    weights, base = problem(readings, 6)
    weights[1 << 6 | 1 << 9] = weights[1 << 6 | 1 << 9] * 10**strength
    sums = CoupledSum(len(readings), weights, base)
    drawn, share = sums.draw(np.random.default_rng(1), 1000), np.zeros((13, 13))
    for masks in drawn:
        assert sum(masks) == 2**13 - 1
        for mask in masks:
            share[np.ix_(members(mask), members(mask))] += 1 / len(drawn)
    p = sums.together()
    assert (abs(share - p) < 4 * np.sqrt(p * (1 - p) / len(drawn)) + 1e-3).all()
