"""Groupings that are drawn, against all of them enumerated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corr.judgement.groupings.drawn import SampledSum
from corr.judgement.groupings.summed import CoupledSum, members
from tests.builders.examples import few
from tests.judgement.test_partitions import LAYOUTS, blocks_of, enumerate_all, problem


def drawn(readings, weights, base, links=(), steps=6000):
    def log_weight(mask):
        with np.errstate(divide="ignore"):
            return np.log(weights.get(mask, np.zeros_like(base)))

    return SampledSum(readings, log_weight, np.log(base), links, steps)


@few(6, derandomize=True)  # draws err
@given(readings=LAYOUTS, seed=st.integers(0, 10**6))
def test_pairs_are_as_often_together_as_enumeration_says(readings, seed):
    weights, base = problem(readings, seed)
    exact = CoupledSum(len(readings), weights, base).together()
    sums = drawn(readings, weights, base)
    got = sums.together()
    np.testing.assert_allclose(got, exact, atol=0.06)
    np.testing.assert_array_equal(got, got.T)
    np.testing.assert_array_equal(np.diag(got), 1.0)


def test_a_forgotten_block_is_noticed():
    """Broken twin: other weights give other draws, far beyond their error."""
    readings = list("ABAB")
    weights, base = problem(readings, 1)
    broken = {m: w for m, w in weights.items() if m != 0b0011}
    exact = CoupledSum(4, weights, base).together()
    assert np.abs(drawn(readings, weights, base).together() - exact).max() < 0.03
    assert np.abs(drawn(readings, broken, base).together() - exact).max() > 0.1


@pytest.mark.parametrize("seed", range(4))
def test_the_stated_error_holds_for_the_draws(seed):
    """One node: nothing but the draws is uncertain."""
    readings = list("ABCABC")
    weights, base = problem(readings, seed, n_e=1)
    exact = CoupledSum(6, weights, base).together()
    sums = drawn(readings, weights, base)
    off, stated = np.abs(sums.together() - exact), sums.standard_error()
    assert np.all(off < 5 * stated + 0.01)
    assert np.sqrt((stated**2).mean()) < 0.03
    few = drawn(readings, weights, base, steps=600)
    assert np.sqrt((few.standard_error() ** 2).mean()) > np.sqrt((stated**2).mean())


def test_the_error_of_the_nodes_is_part_of_it():
    readings = list("AB")
    weights, base = {0b11: np.array([1.0, 50.0])}, np.ones(2)
    summed = CoupledSum(2, weights, base).standard_error()[0, 1]
    assert drawn(readings, weights, base).standard_error()[0, 1] == pytest.approx(summed, abs=0.02)


def test_the_best_groupings_are_found_and_weighed():
    readings = list("ABCABCD")
    weights, base = problem(readings, 8)
    exact = [(masks, w.sum()) for masks, w in enumerate_all(readings, weights, base, [True] * 7)]
    total = sum(w for _, w in exact)
    top = sorted(((w / total, masks) for masks, w in exact), reverse=True)[:3]
    got = drawn(readings, weights, base).best(3)
    assert [masks for masks, _ in got] == [masks for _, masks in top]
    assert [p for _, p in got] == pytest.approx([p for p, _ in top], abs=0.04)


def test_linked_findings_stay_together():
    readings = list("ABCAB")
    weights, base = problem(readings, 4)
    link = 0b00011
    allowed = {m: w for m, w in weights.items() if m & link in (0, link)}
    exact = CoupledSum(5, allowed, base, [False, False, True, True, True]).together()
    sums = drawn(readings, weights, base, links=[link])
    assert sums.together()[0, 1] == 1.0
    np.testing.assert_allclose(sums.together(), exact, atol=0.05)
    for blocks in sums.draw(np.random.default_rng(1), 20):
        assert any(b & link == link for b in blocks)


def test_links_that_put_one_reading_twice_into_a_block_are_not_followed_twice():
    sums = drawn(list("ABA"), {0b011: np.ones(1), 0b110: np.ones(1)}, np.ones(1), [0b011, 0b110])
    assert sums.together()[0, 2] == 0.0
    assert sums.together()[0, 1] == 1.0


def test_blocks_that_agree_are_found_however_large():
    """Ten readings of one lesion, every larger block likelier: chains must get there."""
    readings = list("ABCDEFGHIJ")
    weights = {m: np.array([3e4 ** (m.bit_count() - 1)]) for m in blocks_of(readings)}
    sums = drawn(readings, weights, np.ones(1), steps=2000)
    assert sums.together().min() > 0.95
    ((best, p), *_) = sums.best(1)
    assert best == (0b1111111111,)
    assert p > 0.9


def test_two_lesions_seen_alike_exchange_their_findings():
    """A finding can only leave its lesion by swapping with its rival: chains must do that."""
    readings = list("ABCDABCD")

    def weight(mask):
        upper = {i > 3 for i in members(mask)}
        return np.array([20.0 ** (mask.bit_count() - 1) * (1.0 if len(upper) == 1 else 0.5)])

    weights = {m: weight(m) for m in blocks_of(readings)}
    exact = CoupledSum(8, weights, np.ones(1)).together()
    np.testing.assert_allclose(drawn(readings, weights, np.ones(1)).together(), exact, atol=0.06)


def test_the_same_draws_in_every_run():
    weights, base = problem(list("ABCAB"), 2)
    one, other = (drawn(list("ABCAB"), weights, base, steps=400) for _ in range(2))
    np.testing.assert_array_equal(one.together(), other.together())
    assert one.best(3) == other.best(3)
