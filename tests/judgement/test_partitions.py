"""Exact sums over groupings against plain enumeration."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from corr.judgement.groupings import summed as partitions
from corr.judgement.groupings.summed import CoupledSum, PartitionSum, members
from tests.builders.examples import few


def blocks_of(readings):
    """All masks of two or more findings with at most one of each reading, ascending."""
    masks = [0]
    for label in dict.fromkeys(readings):
        bits = [1 << i for i, r in enumerate(readings) if r == label]
        masks = [m | b for m in masks for b in (0, *bits)]
    return sorted(m for m in masks if m.bit_count() >= 2)


def set_partitions(items):
    """Every set partition of a list, written the textbook way."""
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for smaller in set_partitions(rest):
        yield [[first], *smaller]
        for k in range(len(smaller)):
            yield [*smaller[:k], [first, *smaller[k]], *smaller[k + 1 :]]


def enumerate_all(readings, weights, base, alone):
    """(grouping as masks, weight over nodes) for every admissible grouping."""
    for partition in set_partitions(list(range(len(readings)))):
        if any(len({readings[i] for i in block}) < len(block) for block in partition):
            continue
        w = base.copy()
        masks = []
        for block in partition:
            mask = sum(1 << i for i in block)
            masks.append(mask)
            if len(block) > 1:
                w = w * weights.get(mask, np.zeros_like(base))
            elif not alone[block[0]]:
                w = w * 0.0
        yield tuple(sorted(masks)), w


def problem(readings, seed, n_e=3):
    rng = np.random.default_rng(seed)
    weights = {m: np.exp(rng.normal(0, 2, n_e)) for m in blocks_of(readings)}
    return weights, np.exp(rng.normal(0, 1, n_e))


LAYOUTS = st.lists(st.sampled_from("ABCD"), min_size=1, max_size=7)


@few(60)
@given(readings=LAYOUTS, seed=st.integers(0, 10**6))
def test_every_number_equals_enumeration(readings, seed):
    weights, base = problem(readings, seed)
    n = len(readings)
    exact = [(masks, w.sum()) for masks, w in enumerate_all(readings, weights, base, [True] * n)]
    total = sum(w for _, w in exact)
    sums = CoupledSum(n, weights, base)
    together = np.eye(n)
    for masks, w in exact:
        for mask in masks:
            for i in members(mask):
                for j in members(mask):
                    if i != j:
                        together[i, j] += w / total
    np.testing.assert_allclose(sums.together(), together, atol=1e-12)
    top = sorted((w / total for _, w in exact), reverse=True)[:5]
    np.testing.assert_allclose([p for _, p in sums.best(5)], top, rtol=1e-9)


def test_the_shortcut_that_forgets_a_block_is_caught():
    """Broken twin: dropping one block must not equal enumeration."""
    readings = list("ABAB")
    weights, base = problem(readings, 1)
    broken = {m: w for m, w in weights.items() if m != 0b0011}
    whole, short = (CoupledSum(4, w, base).together() for w in (weights, broken))
    assert abs(whole - short).max() > 1e-3


def test_blocks_hold_at_most_one_finding_per_reading():
    assert blocks_of(list("AAB")) == [0b101, 0b110]
    for mask in blocks_of(list("AABBCC")):
        labels = ["AABBCC"[i] for i in members(mask)]
        assert len(labels) == len(set(labels))


@few(30)
@given(seed=st.integers(0, 10**6))
def test_declared_links_are_kept_in_every_grouping(seed):
    readings = list("ABCAB")
    weights, base = problem(readings, seed)
    link = 0b00011
    allowed = {m: w for m, w in weights.items() if m & link in (0, link)}
    alone = [False, False, True, True, True]
    sums = CoupledSum(5, allowed, base, alone)
    assert sums.together()[0, 1] == pytest.approx(1.0)
    for masks, _ in sums.best(5):
        assert any(m & link == link for m in masks)


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


def chance_of(drawn, exact):
    """P of a chi-square as large, if groupings were drawn by their exact weights."""
    count = Counter(tuple(sorted(masks)) for masks in drawn)
    assert count.keys() <= {masks for masks, w in exact if w > 0}
    total = sum(w for _, w in exact)
    seen = np.array([count[masks] for masks, _ in exact], dtype=float)
    expected = len(drawn) * np.array([w for _, w in exact]) / total
    rare = expected < 5  # pooled: chi-square needs some of each
    seen, expected = (np.r_[x[~rare], x[rare].sum()] for x in (seen, expected))
    kept = expected > 0
    return stats.chisquare(seen[kept], expected[kept]).pvalue


def linked(seed):
    """Five findings, the first two declared one lesion, with every grouping and its weight."""
    readings, link = list("ABCAB"), 0b00011
    weights, base = problem(readings, seed)
    allowed = {m: w for m, w in weights.items() if m & link in (0, link)}
    alone = [False, False, True, True, True]
    exact = [(m, w.sum()) for m, w in enumerate_all(readings, allowed, base, alone)]
    return CoupledSum(5, allowed, base, alone), exact


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


def test_drawn_groupings_keep_declared_links():
    sums, exact = linked(3)
    drawn = sums.draw(np.random.default_rng(1), 4000)
    assert all(any(m & 0b00011 == 0b00011 for m in masks) for masks in drawn)
    assert chance_of(drawn, exact) > 1e-3


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
