"""Published checks: run forwards with the same maps that judge, and able to fail."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks.published import checks
from benchmarks.published.clinic import US
from benchmarks.published.second_look import presumed_correlate_share
from benchmarks.simulated import sensitivity
from corr import parameters
from corr.exams import kernels, mammography, mri, sighting, ultrasound
from corr.exams.affine import Product
from corr.records import Finding, Reading
from corr.validation import speed

P = parameters.load()


@pytest.fixture(scope="module")
def clinic() -> checks.Clinic:
    return checks.Clinic(P)


@pytest.fixture(scope="module")
def defaults() -> tuple[checks.Check, ...]:
    return checks.published_checks()


def ours(part: str, p: parameters.Parameters = P) -> tuple[float, bool]:
    """Our value of one check and whether it is inside the published range."""
    (row,) = [r for r in checks.ROWS if part in r.name]
    value = row.statistic(checks.Clinic(p))
    return value, row.low <= value <= row.high


def test_checks_are_deterministic_quick_and_consistent(defaults: tuple[checks.Check, ...]):
    start = time.thread_time()
    first = checks.published_checks()
    assert time.thread_time() - start < 5.0
    assert first == defaults
    assert len(first) == 9
    for check in first:
        assert check.inside == (check.low <= check.ours <= check.high)
        assert np.isfinite(check.ours)
        assert check.ours > 0
        assert check.source.endswith(")")
    assert any(c.inside for c in first)


def test_another_seed_changes_little(defaults: tuple[checks.Check, ...]):
    for a, b in zip(defaults, checks.published_checks(seed=7), strict=True):
        assert a.ours == pytest.approx(b.ours, rel=0.25), a.name


def test_an_explanation_says_why_only_when_outside(defaults: tuple[checks.Check, ...]):
    for check in defaults:
        (row,) = [r for r in checks.ROWS if r.name == check.name]
        assert row.how in check.explanation
        assert (row.outside in check.explanation) is not check.inside


def test_sources_that_register_images_lie_between_a_report_and_no_shared_error(
    defaults: tuple[checks.Check, ...],
):
    """Published by hand: 8.4 mm between views, 15 mm with slice heights, 13.1 mm MRI to film."""
    by_name = {c.name: c for c in defaults}
    for part, published in (("chest-wall", 8.4), ("slice heights", 15.0), ("2-D error", 13.1)):
        (check,) = [c for name, c in by_name.items() if part in name]
        assert check.registered < published < check.ours, part


def test_registered_leaves_only_the_errors_of_single_findings():
    left = checks.registered(P)
    known = {"MG": (3, 0.0), "US": (6, 0.125), "MR": (0, 0.0)}  # pressed probe
    for module, reading in ((mammography, checks.MLO), (ultrasound, US), (mri, checks.MR)):
        _, sd = module.errors(reading, left)
        column, stays = known[reading.modality]
        assert sd[column] == pytest.approx(stays, abs=1e-5)
        assert np.delete(sd, column) == pytest.approx(0.0, abs=1e-5)
    assert left["mg_posterior_sd_mm"] == P["mg_posterior_sd_mm"]


FILM = (
    *("mg_posterior_sd_mm", "mg_shift_posterior_sd_mm", "mg_scale_sd", "mg_outlier"),
    *("mg_transverse_sd_mm", "mg_shift_transverse_sd_mm", "film_cc_lean_sd_deg"),
)


def test_the_axis_difference_by_hand():
    """Shift only: two views, each Gaussian with 5 mm, differ with SD 5 sqrt 2."""
    upright = {"film_mlo_lean_deg": 0.0, "film_lateral_lean_deg": 0.0}
    still = P.override(dict.fromkeys(FILM, 1e-6) | upright | {"mg_shift_posterior_sd_mm": 5.0})
    known = {n: replace(still.table[n], spread=0.0) for n in upright}
    still = replace(still, table={**still.table, **known})
    clinic = checks.Clinic(still)
    # the two views stretch depth differently by a little, which adds to it
    stretch = [mammography.stretches(v, clinic.model, still)[1] for v in (checks.CC, checks.MLO)]
    offset = (stretch[0] - stretch[1]) * clinic.lesions[:, 2]
    gauss = np.random.default_rng(1).standard_normal((4000, 1)) * 5 * np.sqrt(2)
    expected = np.abs(gauss + offset).mean() / np.sqrt(2 / np.pi)
    assert checks.axis_difference_sd_mm(clinic) == pytest.approx(expected, rel=0.08)


def test_a_finding_error_has_the_tails_of_the_kernel(clinic: checks.Clinic):
    """Quartile and 99.5 % point of Student's t with 4 degrees of freedom: 0.741 and 4.604."""
    off = clinic._reported(np.zeros((1, 200, 400)), np.array([2.0]), 0.0)[0] / 2.0
    assert np.quantile(off, [0.25, 0.75, 0.995]) == pytest.approx([-0.741, 0.741, 4.604], rel=0.04)
    assert kernels.DEGREES == 4.0


def test_correlates_of_mri_findings_by_hand():
    """One kind of lesion, seen by MRI and ultrasound with known chances, malignancy aside."""
    plain = {
        "mix_mass": 1.0, "mix_calcification": 0.0, "mix_mass_calcification": 0.0,
        "mix_nonmass": 0.0, "mix_cyst": 0.0, "malignant_share": 1.0, "kind_mr_mass_given_mass": 1.0,
        "mr_sees_mass_malignant": 0.9, "us_midpoint_mm": 1e3, "us_targeted_malignant": 0.6,
        "mg_mass_midpoint_mm": 1e3, "lesions_mean": 1.0, "false_mr": 0.1,
    }  # fmt: skip
    share = presumed_correlate_share("mass", P.override(plain))
    assert share == pytest.approx(0.9 * 0.6 / (0.9 + 0.1) / 0.875, rel=1e-3)


@pytest.mark.parametrize("kind", ["MRI mass", "non-mass"])
def test_the_rate_of_mri_findings_that_are_nothing_else_is_what_second_look_says(kind: str):
    share, inside = ours(kind)
    assert inside
    few, many = (ours(kind, P.override({"false_mr": rate})) for rate in (0.03, 0.8))
    assert few[0] > share > many[0]
    assert not few[1]  # broken twins
    assert not many[1]


def test_wrong_constants_leave_the_published_ranges():
    """The broken twin: perfect films, and a breast in which nothing is fixed."""
    axis = "nipple-to-chest-wall"
    perfect = P.override(dict.fromkeys(FILM, 1e-6))
    assert ours(axis, perfect)[0] < ours(axis)[0]
    assert not ours(axis, perfect)[1]
    loose = P.scale_spreads(3.0)
    for name in ("2-D error", "leave their quadrant", axis):
        worse, inside = ours(name, loose)
        assert worse > ours(name)[0], name
        assert not inside, name
    assert ours("distance alone", loose)[0] < ours("distance alone")[0]


@pytest.mark.parametrize("reading", [checks.CC, checks.MLO, Reading("fb", "MG", "m", view="ML")])
def test_slice_height_is_where_the_likelihood_of_a_slice_peaks(
    reading: Reading, clinic: checks.Clinic
):
    points = clinic.model.points[::97]
    some = clinic.model.at(points)
    heights = mammography.beam_height_mm(reading, some, P)
    thickness = reading.thickness_mm or P["film_thickness_mm"]
    assert heights.min() >= 0
    assert heights.max() <= thickness
    for k in (0, len(points) // 2, len(points) - 1):
        f = Finding("f", reading.reading_id, "MG", posterior_mm=10.0, beam_mm=heights[k])
        base = replace(f, beam_mm=None)
        seen = (np.zeros((1, len(clinic.model.points))),) * 2
        with_slice, without = (
            sighting.likelihood(x, reading, seen, clinic.model, P, side="R") for x in (f, base)
        )
        assert isinstance(with_slice, Product)
        assert isinstance(without, Product)
        ratio = (with_slice.values() / without.values())[0]
        assert ratio[::97][k] == pytest.approx(ratio.max(), rel=1e-3)


PAIRS = pd.DataFrame(
    {
        "case_id": ["a", "a", "b", "b"],
        "modality_pair": ["MG-US", "MG-US", "US-MR", "US-MR"],
        "p_same": [0.95, 0.6, 0.2, 0.05],
        "p_low": [0.92, 0.4, 0.05, 0.01],
        "p_high": [0.97, 0.8, 0.25, 0.08],
        "verdict": ["same", "undecided", "probably different", "different"],
        "same": [1, 0, 1, 0],
        "p_0.7": [0.97, 0.8, 0.05, 0.01],
        "p_1.0": [0.95, 0.6, 0.2, 0.05],
        "p_1.5": [0.92, 0.4, 0.25, 0.08],
    }
)


def test_verdict_shares_by_hand():
    shares = sensitivity.verdict_shares(PAIRS).set_index("modality_pair")
    assert shares.loc["all"].to_dict() == pytest.approx(
        {
            "pairs": 4,
            "another_word": 0.5,
            "other_side": 0.25,
            "undecided": 0.25,
            "undecided_without_band": 0.25,
            "called_wrong": 1 / 3,
        }
    )
    assert shares.loc["MG-US", "called_wrong"] == 0
    assert shares.loc["US-MR", ["another_word", "undecided"]].tolist() == [0.5, 0]


def test_scaled_scores_by_hand():
    table = sensitivity.scaled_scores(PAIRS).set_index("factor")
    assert table["changed"].tolist() == [0.5, 0.0, 0.0]
    expected = -np.log([0.95, 0.4, 0.2, 0.95]).mean()
    assert table.loc[1.0, "log_loss"] == pytest.approx(expected)
    assert table.loc[1.0, "auc"] == 0.75


def test_speed_page_names_no_machine():
    table = pd.DataFrame(
        [("1-4", 3, 5.2, 8.9)], columns=["findings", "breasts", "median_ms", "p95_ms"]
    )
    page = speed.markdown(table, "Three breasts")
    assert "| 1-4 | 3 | 5 | 9 |" in page
    assert "core machine" in page
