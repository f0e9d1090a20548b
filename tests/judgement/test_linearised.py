"""The fit of the shared errors to a grouping, held against sums over many nodes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from corr import parameters
from corr.anatomy.breast import build
from corr.exams.nodes import Normal
from corr.judgement import beliefs as locate
from corr.judgement.beliefs import Places
from corr.judgement.linearised import fits
from corr.judgement.quadrature import MOST_DOUBLINGS, WANTED_ERROR, refined, settled, sure
from corr.judgement.weights import Weights
from corr.records import Breast, Finding, Reading, Shape
from tests.builders.fakes import shared_nodes

P = parameters.load().override({"grid_mm": 8.0})
SHAPE = Shape(
    mr_nipple_to_chestwall_mm=75.0,
    mr_ext_lateral_mm=60.0,
    mr_ext_medial_mm=60.0,
    mr_ext_superior_mm=60.0,
    mr_ext_inferior_mm=55.0,
)
CC, MLO = (Reading(v, "MG", "MG", v, angle_deg=a) for v, a in (("CC", 0.0), ("MLO", 45.0)))
US, MR = (Reading(m, m, m) for m in ("US", "MR"))
FINDINGS = (
    Finding("a-cc", "CC", "MG", posterior_mm=55.0, transverse_mm=30.0),
    Finding("a-mlo", "MLO", "MG", posterior_mm=50.0, transverse_mm=42.0),
    Finding("a-mr", "MR", "MR", lateral_mm=20.0, superior_mm=8.0, posterior_mm=46.0),
    Finding("a-us", "US", "US", clock_h=(9.0, 9.0), fn_mm=45.0, depth_mm=15.0),
    Finding("b-cc", "CC", "MG", posterior_mm=30.0, transverse_mm=-20.0),
    Finding("b-mr", "MR", "MR", lateral_mm=-24.0, superior_mm=-12.0, posterior_mm=20.0),
    Finding("b-us", "US", "US", clock_h=(4.0, 4.0), fn_mm=20.0, depth_mm=9.0),
)
TWO_LESIONS = (0b0001111, 0b1110000)


def mirrored(f: Finding) -> Finding:
    """The same finding in the other breast: only the clock knows the side."""
    if f.clock_h is None:
        return f
    low, high = f.clock_h
    return replace(f, clock_h=(12.0 - high, 12.0 - low))


@cache
def weights(side: str = "R", count: int = 4096) -> Weights:
    """Of all groupings, at nodes over the prior that take no hint of where they count."""
    findings = FINDINGS if side == "R" else tuple(mirrored(f) for f in FINDINGS)
    breast = Breast("case", side, (CC, MLO, MR, US), findings, SHAPE)
    return Weights(breast, P, shared_nodes(breast, findings, P, count))


def given(grouping: tuple[int, ...], w: Weights) -> tuple[np.ndarray, np.ndarray]:
    """Mean and SD of the errors given a grouping, of the model itself: a sum over nodes."""
    weight = w.nodes.weight * np.prod([w.placed[block] for block in grouping], axis=0)
    weight = weight / weight.sum()
    assert 1 / (weight**2).sum() > 25, "too few nodes count for a comparison"
    mean = weight @ w.nodes.normal
    return mean, np.sqrt(weight @ (w.nodes.normal - mean) ** 2)


def fitted(w: Weights, grouping: tuple[int, ...] = TWO_LESIONS) -> Normal:
    few = Weights(w.breast, P, w.nodes.first(64))
    return fits(few.places, few.findings, [grouping], np.ones(64))[0]


def sd(fit: Normal) -> np.ndarray:
    return np.sqrt(np.diag(fit.root @ fit.root.T))


def test_the_fit_is_where_the_errors_are_given_the_grouping():
    w = weights(count=1 << 15)
    mean, spread = given(TWO_LESIONS, w)
    fit = fitted(w)
    known = slice(1, None)  # column 0 is the number of lesions
    off = np.abs(fit.mean - mean)[known]
    assert off.max() < 0.5
    assert off.mean() < 0.2
    np.testing.assert_allclose(sd(fit)[known], spread[known], rtol=0.35)
    assert spread[known].min() < 0.75, "the findings pin some of the errors down"
    assert np.abs(mean[known]).max() > 0.5, "the gate can fail: the prior is not it"


def test_another_grouping_has_other_errors():
    swapped = (0b1001011, 0b0110100)  # the second lesion's MRI and ultrasound with the first's
    one, other = fitted(weights()), fitted(weights(), swapped)
    assert np.abs(one.mean - other.mean).max() > 1.0


def test_findings_by_themselves_say_nothing_of_the_errors():
    alone = fitted(weights(), tuple(1 << i for i in range(len(FINDINGS))))
    np.testing.assert_allclose(alone.mean[1:], 0.0)
    np.testing.assert_allclose(alone.root[1:, 1:], np.eye(len(alone.mean) - 1))


def test_a_block_without_a_stated_place_says_nothing():
    vague = (
        tuple(Finding(f.finding_id, f.reading_id, f.modality, "mass") for f in FINDINGS[:3])
        + FINDINGS[3:]
    )
    breast = replace(weights().breast, findings=vague)
    w = Weights(breast, P, weights().nodes.first(64))
    fit = fits(w.places, w.findings, [(0b111,)], np.ones(64))[0]
    np.testing.assert_allclose(fit.mean[1:], 0.0, atol=1e-9)


def test_without_outliers_places_may_be_ruled_out():
    """Findings of one block that exclude each other still give a fit."""
    p = P.override({"mg_outlier": 0.0, "us_outlier": 0.0, "mr_outlier": 0.0})
    far = tuple(
        replace(f, posterior_mm=f.posterior_mm + 1e6) if f.finding_id == "a-mr" else f
        for f in FINDINGS
        if f.posterior_mm is not None
    )
    w = Weights(replace(weights().breast, findings=far), p, weights().nodes.first(64))
    fit = fits(w.places, w.findings, [(0b111,)], np.ones(64))[0]
    assert np.isfinite(fit.mean).all()
    assert np.isfinite(fit.root).all()


def test_the_other_breast_has_the_same_errors():
    right, left = fitted(weights("R")), fitted(weights("L"))
    np.testing.assert_allclose(left.mean, right.mean, atol=1e-4)
    np.testing.assert_allclose(left.root, right.root, atol=1e-4)


def test_the_order_of_the_findings_is_irrelevant():
    w = weights()
    turned = FINDINGS[::-1]
    places = Places(w.breast, turned, build(SHAPE, P), P, w.nodes.first(64), detail=locate.FOCUSED)
    n = len(FINDINGS)
    back = tuple(sum(1 << (n - 1 - i) for i in range(n) if b >> i & 1) for b in TWO_LESIONS)
    fit = fits(places, turned, [back], np.ones(64))[0]
    np.testing.assert_allclose(fit.mean, fitted(w).mean, atol=1e-6)


def test_the_number_of_lesions_lies_where_the_evidence_says():
    w = weights()
    few = Weights(w.breast, P, w.nodes.first(64))
    lesions = few.nodes.normal[:, 0]
    many = fits(few.places, few.findings, [TWO_LESIONS], np.exp(lesions))[0]
    assert many.mean[0] == pytest.approx(1.0, abs=0.15)  # a normal tilted by its own scale
    assert many.root[0, 0] == pytest.approx(1.0, abs=0.15)
    one = fits(few.places, few.findings, [TWO_LESIONS], np.eye(64)[5])[0]
    assert one.root[0, 0] == 0.5, "never as narrow as a single node"


def test_settled_nodes_are_worth_more_than_nodes_over_the_prior():
    """Nodes that count: twice as many at least, and P(same) nearer to that of many nodes."""
    w = weights()
    placed = settled(w.breast, P)
    before = Weights(w.breast, P, w.nodes.first(len(placed.nodes)))

    def worth(x: Weights) -> float:
        share = x.full.evidence / x.full.evidence.sum()
        return float(1 / (share**2).sum())

    assert worth(placed) > 2 * worth(before)
    exact = settled(w.breast, P.override({"error_nodes": 4096})).full.together()
    off = [np.abs(x.full.together() - exact).max() for x in (placed, before)]
    assert off[0] < 0.7 * off[1]


def test_nodes_are_doubled_until_the_error_will_do():
    crowded = (
        *(FINDINGS[2], replace(FINDINGS[2], finding_id="c-mr", lateral_mm=34.0, superior_mm=-9.0)),
        *(
            Finding(f"us{k}", "US", "US", clock_h=(hour, hour), fn_mm=fn_mm)
            for k, (hour, fn_mm) in enumerate(((9.0, 45.0), (8.0, 40.0), (10.0, 30.0), (4.0, 20.0)))
        ),
    )
    breast = replace(weights().breast, findings=crowded)
    first = settled(breast, P.override({"error_nodes": 32}))
    assert not sure(first)
    again = refined(first)
    assert sure(again)
    assert again.full.standard_error().max() <= WANTED_ERROR
    assert len(again.nodes) in [len(first.nodes) << k for k in range(1, MOST_DOUBLINGS + 1)]
    exact = settled(first.breast, P.override({"error_nodes": 4096})).full.together()
    off = [np.abs(x.full.together() - exact).max() for x in (again, first)]
    assert off[0] < 2.5 * WANTED_ERROR  # stated as one SD, of the worst of fifteen pairs
    assert refined(again) is again


def test_without_shared_errors_there_is_nothing_to_double():
    lone = replace(weights().breast, findings=FINDINGS[:4])
    w = settled(lone, P)
    assert sure(w)
    assert refined(w) is w
