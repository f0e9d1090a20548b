"""What both sums over groupings give, against plain enumeration: all summed, and drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corr.judgement.groupings.base import GroupingSum, members
from corr.judgement.groupings.summed import CoupledSum
from tests.builders.groupings import LAYOUTS, chance_of, drawn, enumerate_all, problem

LINK = 0b00011
Maker = Callable[..., GroupingSum]


def summed(readings: Any, weights: Any, base: Any, links: Any = ()) -> GroupingSum:
    allowed = {m: w for m, w in weights.items() if all(m & k in (0, k) for k in links)}
    alone = [not any(k >> i & 1 for k in links) for i in range(len(readings))]
    return CoupledSum(len(readings), allowed, base, alone)


BOTH = pytest.mark.parametrize(("maker", "off"), [(summed, 1e-9), (drawn, 0.06)])


class Enumerated:
    """The oracle: every grouping by itself."""

    def __init__(self, readings: Any, weights: Any, base: Any, links: Any = ()) -> None:
        allowed = {m: w for m, w in weights.items() if all(m & k in (0, k) for k in links)}
        alone = [not any(k >> i & 1 for k in links) for i in range(len(readings))]
        self.whole = list(enumerate_all(readings, allowed, base, alone))
        self.evidence = sum(w for _, w in self.whole)
        n = len(readings)
        self.at_node = np.zeros((n, n, len(base)))
        for masks, w in self.whole:
            for mask in masks:
                self.at_node[np.ix_(members(mask), members(mask))] += w
        self.at_node /= self.evidence.sum()

    def together(self) -> Any:
        return self.at_node.sum(axis=2)

    def standard_error(self) -> Any:
        share = self.evidence / self.evidence.sum()
        off = self.at_node - self.together()[:, :, None] * share
        return np.sqrt((off**2).sum(axis=2))

    def best(self, k: int) -> Any:
        total = self.evidence.sum()
        top = sorted(((w.sum() / total, masks) for masks, w in self.whole), reverse=True)
        return [(masks, p) for p, masks in top[:k]]


def equals_enumeration(maker: Maker, off: float, readings: Any, seed: int) -> None:
    weights, base = problem(readings, seed)
    sums, exact = maker(readings, weights, base), Enumerated(readings, weights, base)
    got, error = sums.together(), sums.standard_error()
    np.testing.assert_allclose(got, exact.together(), atol=off)
    np.testing.assert_allclose(got, got.T, atol=1e-12)
    np.testing.assert_allclose(np.diag(got), 1.0, atol=1e-12)
    np.testing.assert_allclose(error, exact.standard_error(), atol=off)
    np.testing.assert_allclose(error, error.T, atol=1e-12)
    share = exact.evidence / exact.evidence.sum()
    np.testing.assert_allclose(sums.evidence / sums.evidence.sum(), share, atol=off)


@settings(max_examples=40, deadline=None)
@given(readings=LAYOUTS, seed=st.integers(0, 10**6))
def test_every_sum_equals_enumeration(readings: Any, seed: int):
    equals_enumeration(summed, 1e-9, readings, seed)


@settings(max_examples=5, deadline=None, derandomize=True)  # draws err
@given(readings=LAYOUTS, seed=st.integers(0, 10**6))
def test_every_draw_nearly_equals_enumeration(readings: Any, seed: int):
    equals_enumeration(drawn, 0.06, readings, seed)


@BOTH
def test_a_forgotten_block_is_noticed(maker: Maker, off: float):
    """Broken twin: other weights give other answers."""
    readings = list("ABAB")
    weights, base = problem(readings, 1)
    broken = {m: w for m, w in weights.items() if m != LINK}
    exact = Enumerated(readings, weights, base).together()
    assert np.abs(maker(readings, weights, base).together() - exact).max() < off
    assert np.abs(maker(readings, broken, base).together() - exact).max() > 0.1


@BOTH
def test_the_best_groupings_are_found_and_weighed(maker: Maker, off: float):
    readings = list("ABCABCD")
    weights, base = problem(readings, 8)
    exact = Enumerated(readings, weights, base).best(3)
    got = maker(readings, weights, base).best(3)
    assert [tuple(sorted(masks)) for masks, _ in got] == [masks for masks, _ in exact]
    assert [p for _, p in got] == pytest.approx([p for _, p in exact], abs=off)


@BOTH
def test_declared_links_are_kept_in_every_grouping(maker: Maker, off: float):
    readings = list("ABCAB")
    weights, base = problem(readings, 4)
    sums = maker(readings, weights, base, links=[LINK])
    exact = Enumerated(readings, weights, base, [LINK])
    np.testing.assert_allclose(sums.together(), exact.together(), atol=off)
    assert sums.together()[0, 1] == pytest.approx(1.0)
    named = [masks for masks, _ in sums.best(5)]
    for masks in named + sums.draw(np.random.default_rng(1), 200):
        assert any(m & LINK == LINK for m in masks)


@pytest.mark.parametrize(("maker", "count"), [(summed, 4000), (drawn, 200)])
def test_groupings_are_drawn_as_often_as_they_are_probable(maker: Maker, count: int):
    """A chain is no fresh draw each time: fewer of them."""
    readings = list("ABCAB")
    weights, base = problem(readings, 3)
    sums = maker(readings, weights, base, links=[LINK])
    exact = [
        (m, w.sum()) for m, w in Enumerated(readings, weights, base, [LINK]).whole if w.sum() > 0
    ]
    assert chance_of(sums.draw(np.random.default_rng(1), count), exact) > 1e-4
