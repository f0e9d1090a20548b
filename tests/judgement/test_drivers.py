"""Constants ranked by what they do to a case: with all groupings summed anew, and weighed anew."""

from __future__ import annotations

import pytest

from corr import parameters
from corr.judgement import drivers as ranking
from corr.judgement.drivers import drivers
from corr.judgement.order import in_order
from corr.judgement.quadrature import settled
from corr.judgement.weights import ALL
from corr.records import Breast, Finding, Reading

READINGS = (Reading("CC", "MG", "MG", "CC", 0.0, 55.0, study="MG"), Reading("US", "US", "US"))
BREAST = in_order(
    Breast(
        "c",
        "R",
        READINGS,
        (
            Finding(
                "film", "CC", "MG", "mass", transverse_mm=30.0, posterior_mm=40.0, size_mm=14.0
            ),
            Finding("near", "US", "US", "mass", clock_h=(9.0, 9.0), fn_mm=45.0, size_mm=12.0),
            Finding("far", "US", "US", "cyst", clock_h=(3.0, 3.0), fn_mm=45.0, size_mm=8.0),
        ),
    )
)
PAIRS = [("film", "near"), ("far", "film")]


def test_weighing_drawn_groupings_anew_is_summing_them_all_anew(monkeypatch: pytest.MonkeyPatch):
    p = parameters.load().override({"error_nodes": 32.0})
    weights = settled(BREAST, p)
    summed = drivers(weights, PAIRS)
    monkeypatch.setattr(ranking, "MOST_SUMMED_TERMS", 0.0)
    drawn = {(d.name, d.finding_a): d for d in drivers(weights, PAIRS)}
    assert len(summed) > 20
    assert all(summed[k].moves >= summed[k + 1].moves for k in range(len(summed) - 1))
    for d in summed[:20]:
        again = drawn[d.name, d.finding_a]
        assert (again.p_down, again.p_up) == pytest.approx((d.p_down, d.p_up), abs=0.02)


def test_a_driver_says_what_judging_with_the_constant_changed_says():
    p = parameters.load().override({"error_nodes": 32.0})
    weights = settled(BREAST, p)
    rated = next(d for d in drivers(weights, PAIRS[:1]) if d.name.startswith("false_"))
    row = p.table[rated.name]
    moved = weights.under(p.override({rated.name: row.value + row.spread}))
    i, j = ([f.finding_id for f in BREAST.findings].index(x) for x in PAIRS[0])
    assert rated.p_up == pytest.approx(moved.p_same(ALL, located=True)[i, j], abs=0.02)
