"""Likelihoods on the grid, the errors that findings share, and how well places agree."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from corr import parameters
from corr.anatomy import breast
from corr.exams import mammography, mri, nodes, sighting
from corr.exams.registry import EXAMS
from corr.judgement import beliefs as locate
from corr.judgement.agreement import OneByOne, agreements
from corr.judgement.beliefs import Places
from corr.records import Breast, Finding, Reading
from tests.builders.fakes import shared_nodes

P = parameters.load()
READINGS = (
    Reading("CC", "MG", "MG-CC", "CC", 0.0, 55.0, study="MG"),
    Reading("MLO", "MG", "MG-MLO", "MLO", 45.0, 60.0, study="MG"),
    Reading("US", "US", "US"),
    Reading("MR", "MR", "MR"),
)
FINDINGS = (
    Finding("cc1", "CC", "MG", posterior_mm=40.0, transverse_mm=20.0),
    Finding("cc2", "CC", "MG", posterior_mm=25.0, transverse_mm=-15.0),
    Finding("mlo", "MLO", "MG", posterior_mm=42.0, transverse_mm=18.0),
    Finding("mr1", "MR", "MR", lateral_mm=18.0, superior_mm=2.0, posterior_mm=42.0),
    Finding("mr2", "MR", "MR", quadrant="UIQ"),
    Finding("us1", "US", "US", clock_h=(9.0, 9.0), fn_mm=30.0),
    Finding("us2", "US", "US"),
)


def places(findings=FINDINGS, p=P, side="R"):
    b = Breast("c", side, READINGS, tuple(findings))
    shared = shared_nodes(b, b.findings, p)
    return Places(b, b.findings, breast.build(b.shape, p), p, shared)


WHOLE = places()


# --- the smallest region and the interval, by hand -------------------------------------------


@pytest.mark.parametrize(
    ("prob", "level", "cells"),
    [([0.5, 0.3, 0.1, 0.1], 0.45, 1), ([0.1, 0.3, 0.5, 0.1], 0.75, 2), ([0.25] * 4, 0.8, 4)],
)
def test_the_smallest_region_that_holds_a_share(prob, level, cells):
    assert locate.highest_density_count(np.array(prob), level) == cells


def test_central_interval_of_a_line_of_ten_points():
    model = WHOLE.model
    points = np.stack([np.arange(10.0), np.arange(10.0)[::-1], np.full(10, 3.0)], axis=-1)
    prob = np.array([0.05, 0.1, 0.1, 0.1, 0.15, 0.15, 0.1, 0.1, 0.1, 0.05])
    lone = places([FINDINGS[6]])
    lone.model = replace(model, points=points, prior=prob, cell_mm=1.0)
    b = lone.belief("us2")
    assert b.mean_mm == pytest.approx([4.5, 4.5, 3])
    assert b.lo80_mm == pytest.approx([1, 1, 2.6])
    assert b.hi80_mm == pytest.approx([8, 8, 3.4])  # one cell, evenly held


# --- four points tell where all others go -----------------------------------------------------


@pytest.mark.parametrize("view", ["CC", "MLO", "ML", "STEREO", None, "SUPINE"])
def test_what_an_exam_measures_is_the_same_from_four_points_as_from_all(view):
    modality = "MR" if view in (None, "SUPINE") else "MG"
    reading = Reading("r", modality, "r", view)
    module = mri if modality == "MR" else mammography
    mean, sd = module.errors(reading, P)
    e = (mean + sd * nodes.normal_nodes(8, len(mean))).astype(np.float32)
    quick = sighting.appear(reading, WHOLE.model, e, P, "R")
    whole = module.appear(reading, WHOLE.model, e, P)
    for affine, direct in zip(quick, whole, strict=True):
        np.testing.assert_allclose(affine.values, direct, atol=2e-3)


# --- places ---------------------------------------------------------------------------------


@pytest.mark.parametrize("finding", FINDINGS[:6], ids=lambda f: f.finding_id)
def test_a_place_is_a_ratio_against_anywhere_and_never_below_the_outlier_share(finding):
    ratio = WHOLE.of[finding.finding_id].astype(float)
    mean = WHOLE.nodes.mean(ratio @ WHOLE.model.prior)
    alone = len(ratio) == 1  # else it is the mean over the reading's own nodes that is one
    assert mean == pytest.approx(1.0, abs=1e-5 if alone else 0.05)
    outlier = EXAMS[finding.modality].outlier(P)
    assert ratio.min() >= outlier * (1 - 1e-6)


def test_where_nothing_was_said_the_belief_is_the_prior():
    assert WHOLE.of["us2"] is None
    np.testing.assert_array_equal(WHOLE.belief("us2").probability, WHOLE.model.prior)


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda f: f.finding_id)
def test_beliefs_are_probabilities_with_their_interval(finding):
    b, x = WHOLE.belief(finding.finding_id), WHOLE.model.points
    assert b.probability.sum() == pytest.approx(1.0)
    assert b.probability.min() >= 0
    assert np.all((b.lo80_mm <= b.mean_mm) & (b.mean_mm <= b.hi80_mm))
    assert np.all(b.hi80_mm > b.lo80_mm)
    half = WHOLE.model.cell_mm / 2
    for axis in range(3):
        low, high = b.lo80_mm[axis] - half, b.hi80_mm[axis] + half  # cells that are partly inside
        assert b.probability[(x[:, axis] >= low) & (x[:, axis] <= high)].sum() >= 0.8 - 1e-9
    cells = b.volume80_cm3 * 1000 / WHOLE.model.cell_mm**3
    top = np.sort(b.probability)[::-1]
    assert top[: round(cells)].sum() >= 0.8 > top[: round(cells) - 1].sum()


def test_outliers_are_a_share_of_the_prior():
    """With every position an outlier, nothing is learnt; with none, the far side is ruled out."""
    lost = places(p=P.override({"mg_outlier": 1.0}))
    np.testing.assert_allclose(lost.belief("cc1").probability, lost.model.prior, rtol=1e-4)
    sure, usual = places(p=P.override({"mg_outlier": 0.0})), WHOLE
    far = WHOLE.model.points[:, 0] < -40
    beliefs = [x.belief("cc1").probability[far].sum() for x in (sure, usual, lost)]
    assert beliefs[0] < beliefs[1] < beliefs[2]


def test_where_no_two_readings_agree_few_points_will_do():
    """The weights of blocks are those of the whole grid; on a coarse grid alone they are not."""
    b = Breast("c", "R", READINGS, FINDINGS)
    shared = shared_nodes(b, FINDINGS, P)

    def weights(detail: locate.Detail) -> tuple[np.ndarray, int]:
        at = Places(b, FINDINGS, WHOLE.model, P, shared, detail=detail)
        found = agreements(at, FINDINGS)
        return np.array([shared.mean(found[m]) for m in sorted(found)]), len(at.model.points)

    whole, points = weights(locate.FULL)
    focused, kept = weights(locate.FOCUSED)
    coarse, _ = weights(locate.Detail(coarse=True))
    assert kept < 0.5 * points
    off, far_off = (np.abs(np.log(x / whole)).max() for x in (focused, coarse))
    assert off < 0.02
    assert far_off > 3 * off


def test_what_a_single_reading_found_needs_every_point():
    b = Breast("c", "R", READINGS, FINDINGS[:2])
    shared = shared_nodes(b, b.findings, P)
    focused = Places(b, b.findings, WHOLE.model, P, shared, detail=locate.FOCUSED)
    assert focused.model is WHOLE.model


# --- errors shared by the findings of one reading ---------------------------------------------


def test_only_readings_with_several_findings_share_errors():
    assert set(WHOLE.nodes.columns) == {"CC", "MR", "US"}
    assert len(WHOLE.nodes) >= P["error_nodes"]
    for f in FINDINGS[:6]:
        most = len(WHOLE.nodes) if f.reading_id in WHOLE.nodes.columns else 1
        assert len(WHOLE.of[f.finding_id]) in (most, 1)
    assert len(WHOLE.of["cc1"]) > 1
    assert len(WHOLE.of["mlo"]) == 1


def test_associated_features_take_no_part_in_the_shared_errors():
    clip = Finding("clip", "MLO", "MG", "clip", posterior_mm=42.0, transverse_mm=18.0)
    more = places([*FINDINGS, clip])
    assert set(more.nodes.columns) == set(WHOLE.nodes.columns)
    assert len(more.of["clip"]) == 1
    np.testing.assert_allclose(
        more.belief("clip").probability, more.belief("mlo").probability, rtol=1e-5
    )


def test_nodes_are_the_same_in_every_run_and_cover_the_prior():
    np.testing.assert_array_equal(places().nodes.normal, WHOLE.nodes.normal)
    many = nodes.prior_nodes([(["CC"], 5), (["MR"], 5), (["US"], 6)], 1024, np.ones(1))
    assert many.columns == {"CC": slice(1, 6), "MR": slice(6, 11), "US": slice(11, 17)}
    assert many.weight.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(many.mean(many.normal), 0.0, atol=0.02)
    np.testing.assert_allclose(many.mean(many.normal**2), 1.0, atol=0.05)
    correlation = np.corrcoef(many.normal.T) - np.eye(17)
    assert abs(correlation).max() < 0.15  # exams err independently
    assert many.mean(many.uniform) == pytest.approx(0.5, abs=0.02)


def pinned(at, centre=1.5, sd=0.4):
    """Evidence that pins two of the errors down."""
    return np.exp(-0.5 * ((at[:, 1:3] - centre) ** 2).sum(axis=1) / sd**2)


PINNED = (0.4**2 / (1 + 0.4**2)) * np.exp(-(1.5**2) / (1 + 0.4**2))
"""Its expectation over the prior: a product of two Gaussian integrals."""


def around_the_pin(first, far=0.0):
    """Nodes around the posterior of `pinned` (known in closed form), or ``far`` from it."""
    variance = 0.4**2 / (1 + 0.4**2)
    mean, root = np.zeros(4), np.eye(4)
    mean[1:3] = 1.5 / (1 + 0.4**2) + far
    root[1:3, 1:3] *= np.sqrt(variance)
    beside = nodes.Normal(mean + 0.3, root)
    return nodes.around(first, [nodes.Normal(mean, root), beside], [3.0, 1.0])


@pytest.mark.parametrize("n", [64, 256])
def test_nodes_around_a_fit_keep_the_integral_and_shrink_its_error(n):
    first = nodes.prior_nodes([(["MR"], 3)], n, np.ones(1))
    second = around_the_pin(first)
    assert second.weight.min() > 0
    assert second.weight.sum() == pytest.approx(1.0)
    assert second.columns == first.columns
    before, after = (abs(x.mean(pinned(x.normal)) / PINNED - 1) for x in (first, second))
    assert after < 0.1
    assert after < before
    forgotten = pinned(second.normal).mean() / PINNED  # broken twin: moved but not weighed
    assert forgotten > 2


def test_a_fit_that_is_far_off_leaves_the_integral_right():
    """A quarter of the nodes stay over the prior; without them nothing would be near the pin."""
    first = nodes.prior_nodes([(["MR"], 3)], 1024, np.ones(1))
    misled = around_the_pin(first, far=-4.0)
    assert misled.mean(pinned(misled.normal)) == pytest.approx(PINNED, rel=0.25)
    np.testing.assert_allclose(misled.mean(misled.normal), 0, atol=0.15)
    near = misled.normal[256:]
    assert pinned(near).max() < 0.1  # the gate can fail: the part around the fit sees nothing


def test_fits_that_say_nothing_leave_the_prior():
    first = nodes.prior_nodes([(["MR"], 3)], 256, np.ones(1))
    second = nodes.around(first, [nodes.Normal(np.zeros(4), np.eye(4))], [1.0])
    np.testing.assert_allclose(second.normal, first.normal)
    np.testing.assert_allclose(second.weight, first.weight)


def test_the_first_nodes_cover_the_prior_as_well():
    few = nodes.prior_nodes([(["CC"], 5)], 256, np.ones(1)).first(64)
    assert len(few) == 64
    assert few.weight.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(few.mean(few.normal), 0, atol=0.05)
    np.testing.assert_allclose(few.mean(few.normal**2), 1, atol=0.1)
    assert len(few.first(1000)) == 64


def test_a_finding_believes_the_same_alone_or_beside_another():
    """Errors of a lone finding are integrated apart: that must not change what it says."""
    p = P.override({"error_nodes": 256, "grid_mm": 8.0})
    whole = places(p=p)
    for f in FINDINGS[:4]:
        alone, beside = places([f], p).belief(f.finding_id), whole.belief(f.finding_id)
        gap = 0.5 * np.abs(alone.probability - beside.probability).sum()
        assert gap < 0.2, f.finding_id  # what is left is the coarseness of the nodes
        assert np.abs(alone.mean_mm - beside.mean_mm).max() < 2


# --- agreement of places ----------------------------------------------------------------------


def test_agreements_are_sums_over_the_grid_of_every_block():
    sums = agreements(WHOLE, FINDINGS)
    labels = [f.reading_id for f in FINDINGS]
    groups = [[i for i, r in enumerate(labels) if r == label] for label in dict.fromkeys(labels)]
    blocks = [
        [i for i in chosen if i is not None] for chosen in product(*[[None, *g] for g in groups])
    ]
    assert set(sums) == {sum(1 << i for i in b) for b in blocks if b}
    n_e, one_by_one = len(WHOLE.nodes), OneByOne(WHOLE, FINDINGS)
    for block in blocks:
        if not block:
            continue
        value = np.broadcast_to(WHOLE.model.prior, (n_e, len(WHOLE.model.prior)))
        for i in block:
            place = WHOLE.of[FINDINGS[i].finding_id]
            value = value if place is None else value * place
        got = sums[sum(1 << i for i in block)]
        assert got.shape == (n_e,)
        np.testing.assert_allclose(got, value.sum(axis=1), rtol=1e-4)
        alone = one_by_one[sum(1 << i for i in block)]  # leaves out what hardly counts
        np.testing.assert_allclose(WHOLE.nodes.mean(alone), WHOLE.nodes.mean(got), rtol=0.01)
        assert np.quantile(np.abs(alone - got) / (got + 0.1), 0.99) < 0.1


@pytest.mark.parametrize("many", [24, 30])
def test_products_of_many_places_that_agree_are_no_more_than_numbers_can_hold(many: int):
    """Year after year an MRI measures one mass: single precision ends at 10^38."""
    exams = [Reading(f"M{k:02}", "MR", f"M{k:02}") for k in range(many)]
    found = [replace(FINDINGS[3], finding_id=r.reading_id, reading_id=r.reading_id) for r in exams]
    at = Places(
        Breast("c", "R", tuple(exams), tuple(found)), found, WHOLE.model, P, nodes.unshared()
    )
    place = at.of["M00"].astype(float)
    asked = [(1 << k) - 1 for k in (1, 2, 9, many - 1, many)]
    sums, one_by_one = agreements(at, found, asked), OneByOne(at, found)
    for mask in asked:
        value = (WHOLE.model.prior * place ** mask.bit_count()).sum()
        np.testing.assert_allclose(sums[mask], value, rtol=1e-4)
        np.testing.assert_allclose(one_by_one[mask], value, rtol=1e-3)
        np.testing.assert_allclose(one_by_one.log(mask), np.log(value), atol=1e-3)
    assert value > np.finfo(np.float32).max
    assert np.isfinite(OneByOne(at, found * 12).log((1 << 12 * many) - 1)).all()


def test_products_of_some_blocks_are_those_of_all():
    whole, asked = agreements(WHOLE, FINDINGS), (0b1101, 0b1001001)
    few = agreements(WHOLE, FINDINGS, asked)
    assert set(asked) < set(few) < set(whole)
    for mask in few:
        np.testing.assert_allclose(few[mask], whole[mask], rtol=1e-6)


def ratio(sums, i, j):
    """How much better two places agree than two unrelated ones, errors integrated out."""
    return sums[1 << i | 1 << j].mean() / (sums[1 << i] * sums[1 << j]).mean()


def test_places_that_agree_weigh_more_than_places_that_do_not():
    at = {f.finding_id: i for i, f in enumerate(FINDINGS)}
    sums = agreements(WHOLE, FINDINGS)
    assert ratio(sums, at["cc1"], at["mr1"]) > 2
    assert ratio(sums, at["cc2"], at["mr1"]) < 1
    assert ratio(sums, at["us2"], at["mr1"]) == pytest.approx(1.0, abs=1e-5)


# --- targeted ultrasound ----------------------------------------------------------------------


@pytest.mark.parametrize("target", ["mr1", "MR"])
def test_a_targeted_look_says_less(target):
    p = P.override({"targeted_share": 0.8})
    us = Finding("us", "US", "US", clock_h=(9.0, 9.0), fn_mm=30.0)
    mr = FINDINGS[3]
    survey, aimed = (
        agreements(places(both := [mr, replace(us, targeted_at=t)], p), both)
        for t in (None, target)
    )
    assert 1 < aimed[0b11].mean() < survey[0b11].mean()
    blind = p.override({"targeted_share": 0.0})
    aims = [mr, replace(us, targeted_at=target)]
    np.testing.assert_allclose(agreements(places(aims, blind), aims)[0b11], survey[0b11], rtol=1e-5)


def test_a_target_without_a_place_changes_nothing():
    us = Finding("us", "US", "US", clock_h=(9.0, 9.0), fn_mm=30.0, targeted_at="mr")
    mr = Finding("mr", "MR", "MR", "mass")
    aimed, survey = (places([mr, u]) for u in (us, replace(us, targeted_at=None)))
    np.testing.assert_array_equal(aimed.of["us"], survey.of["us"])


# --- both sides -------------------------------------------------------------------------------


def mirrored(f: Finding) -> Finding:
    """What the mirror image of the breast would be reported as: only the clock changes."""
    hours = None if f.clock_h is None else (12 - f.clock_h[1], 12 - f.clock_h[0])
    return replace(f, clock_h=hours)


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda f: f.finding_id)
def test_the_mirror_image_is_believed_at_the_same_lateral_place(finding):
    left = places([mirrored(f) for f in FINDINGS], side="L")
    a, b = (x.belief(finding.finding_id) for x in (WHOLE, left))
    # cells of the skin's table meet at a mirrored edge: single points may fall on either side
    assert np.abs(a.probability - b.probability).sum() < 2e-3
    np.testing.assert_allclose(a.mean_mm, b.mean_mm, atol=0.02)


def test_a_clock_that_was_not_mirrored_is_noticed():
    """Broken twin: the same hour on the other breast is on the other side."""
    left = places(side="L")
    a, b = (x.belief("us1").mean_mm[0] for x in (WHOLE, left))
    assert a > 5 > -5 > b
