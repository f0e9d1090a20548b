"""Where there are many blocks, those too improbable to be lesions are left out, and it is said."""

from __future__ import annotations

import numpy as np
import pytest

from corr import parameters
from corr.judgement import weights as weights_module
from corr.judgement.groupings.summed import CoupledSum, PartitionSum
from corr.judgement.quadrature import weighed
from corr.judgement.weights import ALL, Likely, same
from corr.records import Breast, Finding, Reading
from tests.builders.groupings import blocks_of, problem

P = parameters.load()
READINGS = (
    Reading("CC", "MG", "MG-CC", "CC", 0.0, 55.0, study="MG"),
    Reading("MLO", "MG", "MG-MLO", "MLO", 45.0, 60.0, study="MG"),
    Reading("MR", "MR", "MR"),
)
BREAST = Breast(
    "case", "R", READINGS,
    (
        Finding("a", "CC", "MG", "mass", size_mm=9.0, posterior_mm=40.0, transverse_mm=20.0),
        Finding("b", "CC", "MG", "mass", size_mm=15.0, posterior_mm=25.0, transverse_mm=-15.0),
        Finding("c", "MLO", "MG", "mass", size_mm=10.0, posterior_mm=42.0, transverse_mm=18.0),
        Finding("d", "MR", "MR", "mass", lateral_mm=18.0, superior_mm=2.0, posterior_mm=45.0),
        Finding("e", "MR", "MR", "nme", lateral_mm=-20.0, superior_mm=-30.0, posterior_mm=20.0),
    ),
)  # fmt: skip


def left_out_and_moved(monkeypatch, least):
    """What is said to be left out, and how far P(same) then is from the sum over all blocks."""
    monkeypatch.setattr(weights_module, "FEWEST_TERMS", 0.0)
    monkeypatch.setattr(weights_module, "LEAST_SHARE", least)
    some = weighed(BREAST, P)
    assert some.kept is not None
    whole = some.among(Likely(frozenset(some.reports.blocks), 0.0))
    off = some.p_same(ALL, located=True) - whole.p_same(ALL, located=True)
    return some.kept, np.abs(off).max()


def test_what_is_left_out_moves_nothing_that_shows(monkeypatch):
    kept, moved = left_out_and_moved(monkeypatch, weights_module.LEAST_SHARE)
    assert moved <= kept.left_out + 1e-6
    assert kept.left_out < 1e-4


def test_leaving_out_too_much_is_said(monkeypatch):
    """Broken twin: blocks that matter are left out; P(same) moves, no farther than stated."""
    kept, moved = left_out_and_moved(monkeypatch, 0.01)
    assert moved > 1e-3
    assert kept.left_out > moved


def test_shares_of_blocks_are_those_of_their_pairs():
    weights, base = problem(list("ABCAB"), 3)
    sums = CoupledSum(5, weights, base)
    share = sums.evidence / sums.evidence.sum()
    together = np.zeros((5, 5))
    for mask, p in sums.shares(share).items():
        inside = np.array([mask >> i & 1 for i in range(5)])
        together += p * np.outer(inside, inside)
    np.fill_diagonal(together, 1.0)
    np.testing.assert_allclose(together, sums.together(), atol=1e-12)


@pytest.mark.parametrize("layout", ["ABCABC", "AABBCCD"])
def test_blocks_that_are_left_out_weigh_nothing(layout):
    """And subsets that only they lead to are never made."""
    weights, base = problem(layout, 5)
    few = {m: w for k, (m, w) in enumerate(weights.items()) if k % 3 == 0}
    none = {m: few.get(m, np.zeros_like(base)) for m in blocks_of(layout)}
    part, whole = (PartitionSum(len(layout), w, base) for w in (few, none))
    np.testing.assert_allclose(part.together(), whole.together(), atol=1e-12)
    np.testing.assert_allclose(part.standard_error(), whole.standard_error(), atol=1e-12)
    assert len(part.z) < len(whole.z) < 2 ** len(layout)


def test_side_by_side_is_as_one_after_the_other():
    own = weighed(BREAST, P)
    other = own.under(P.override({"lesions_mean": 3.0}))
    for got, w in zip(same([own, other]), (own, other), strict=True):
        np.testing.assert_allclose(got, w.p_same(ALL, located=True), atol=1e-12)


def test_some_of_the_nodes_do_where_groupings_are_drawn(monkeypatch):
    nodes = weighed(BREAST, P).nodes
    monkeypatch.setattr(weights_module, "MOST_SUMMED", 2)
    few = weights_module.Weights(BREAST, P, nodes).at(np.arange(2))
    assert few.likely is None
    assert few.placed[1].shape == (2,)
