"""Groupings that are drawn, against all of them enumerated."""

from __future__ import annotations

import numpy as np
import pytest

from corr.judgement.groupings.base import members
from corr.judgement.groupings.summed import CoupledSum
from tests.builders.groupings import blocks_of, drawn, problem


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


def test_few_are_taken_from_large_blocks_as_often_as_they_should_be():
    """Ten readings of seven findings that belong together and three that do or do not."""
    readings = list("ABCDEFGHIJ")

    def weight(mask):
        other = sum(i > 6 for i in members(mask))
        mixed = 0 < other < mask.bit_count()
        return np.array([20.0 ** (mask.bit_count() - 1) * (0.05 if mixed else 1.0)])

    weights = {m: weight(m) for m in blocks_of(readings)}
    exact = CoupledSum(10, weights, np.ones(1)).together()
    assert 0.1 < exact[0, 9] < 0.9
    np.testing.assert_allclose(drawn(readings, weights, np.ones(1)).together(), exact, atol=0.06)


def test_the_same_draws_in_every_run():
    weights, base = problem(list("ABCAB"), 2)
    one, other = (drawn(list("ABCAB"), weights, base, steps=400) for _ in range(2))
    np.testing.assert_array_equal(one.together(), other.together())
    assert one.best(3) == other.best(3)
