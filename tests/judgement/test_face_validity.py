"""Answers that a radiologist would accept: places decide, absurd values do not help."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from corr import parameters
from corr.judgement.judge import judge
from corr.judgement.result import Pair
from corr.records import Breast, Finding, Reading

P = parameters.load()
CC = Reading("CC", "MG", "CC", "CC", 0.0, study="MG")
MLO = Reading("MLO", "MG", "MLO", "MLO", 45.0, study="MG")
MG, US, MR = Reading("MG", "MG", "MG"), Reading("US", "US", "US"), Reading("MR", "MR", "MR")
U = Finding("u", "US", "US", "mass", size_mm=12.0, clock_h=(7.5, 7.5), fn_mm=40.0)
M = Finding("m", "MR", "MR", "mass", size_mm=12.0, lateral_mm=25.0, superior_mm=-20.0,
            posterior_mm=40.0)  # fmt: skip


def pairs(readings, findings, p=P) -> dict[str, Pair]:
    got = judge(Breast("c", "R", tuple(readings), tuple(findings)), p, bands=False)
    return {f"{q.finding_a} {q.finding_b}": q for q in got.pairs}


def test_the_mate_on_the_oblique_is_the_one_that_lies_higher_and_less_deep():
    """As measured on real films; without the lean it would be the one at equal depth."""
    films = (
        Finding("a", "CC", "MG", "mass", size_mm=12.0, posterior_mm=55.0, transverse_mm=35.0),
        Finding("b", "MLO", "MG", "mass", size_mm=12.0, posterior_mm=33.0, transverse_mm=80.0),
        Finding("c", "MLO", "MG", "mass", size_mm=12.0, posterior_mm=55.0, transverse_mm=45.0),
    )
    found = pairs((CC, MLO), films)
    assert found["a b"].p_same > 0.65 > 0.35 > found["a c"].p_same
    upright = pairs((CC, MLO), films, P.override({"film_mlo_lean_deg": 0.0}))  # broken twin
    assert upright["a b"].p_same < 0.5


@pytest.mark.parametrize("first", ["MG", "MR"])
def test_hours_walked_round_the_clock_are_ever_less_one_lesion(first):
    """Hour and distance stated on both, 4 cm out: 40 mm apart, 57 mm, opposite."""
    said = Finding("m", first, first, "mass", size_mm=12.0, clock_h=(7.5, 7.5), fn_mm=40.0)
    reading = {"MG": MG, "MR": MR}[first]
    odds = [
        pairs((reading, US), (said, replace(U, clock_h=(7.5 + h, 7.5 + h))))["m u"].log10_location
        for h in (0, 1, 2, 3, 4.5, 6)
    ]
    assert odds[0] > 0.9
    assert odds[2] < 0.3
    assert odds[3] < -0.3
    assert odds[5] < -1.0
    assert np.all(np.diff(odds) < 0)


@pytest.mark.parametrize(
    ("field", "values"),
    [("fn_mm", (40, 60, 80, 100, 140, 200, 240, 400)), ("depth_mm", (20, 30, 40, 60, 90, 120))],
)
def test_a_value_that_becomes_absurd_never_helps_again(field, values):
    p_same = [pairs((MR, US), (M, replace(U, **{field: float(v)})))["m u"].p_same for v in values]
    assert np.all(np.diff(p_same) < 1e-4)
    assert p_same[-1] < p_same[0]


def test_a_film_position_that_becomes_absurd_never_helps_again():
    film = Finding("f", "CC", "MG", "mass", transverse_mm=25.0)
    p_same = [
        pairs((CC, MR), (replace(film, posterior_mm=float(v)), M))["f m"].p_same
        for v in (50, 80, 120, 200, 400)
    ]
    assert np.all(np.diff(p_same) < 1e-4)


def test_a_number_of_masses_is_worth_as_many_rows():
    several = replace(U, clock_h=None, fn_mm=None, size_mm=None, count_min=6, count_max=6)
    rows = [replace(several, finding_id=f"u{k}", count_min=1, count_max=1) for k in range(6)]
    counted = pairs((MR, US), (M, several))["m u"].p_same
    listed = [q.p_same for q in pairs((MR, US), (M, *rows)).values()]
    assert counted == pytest.approx(listed[0], abs=0.02)
    assert max(listed) - min(listed) < 1e-6


def test_a_second_look_without_a_place_lies_where_it_was_pointed():
    away = replace(M, finding_id="other", lateral_mm=-30.0, superior_mm=25.0)
    look = Finding("u", "US", "US", "mass", targeted_at="m")
    found = pairs((MR, replace(US, targeted=True)), (M, away, look))
    assert found["m u"].p_same > 0.6
    assert found["other u"].p_same < 0.15
    survey = pairs((MR, US), (M, away, replace(look, targeted_at=None)))
    assert survey["m u"].p_same == pytest.approx(survey["other u"].p_same, abs=0.02)


def test_two_operators_place_one_mass_as_far_apart_as_measured():
    """19.9 +/- 16.1 mm (34 masses): own and repeat errors, hours and centimetres rounded."""
    rng = np.random.default_rng(7)
    n, again = 20000, P["us_repeat_sd_mm"] / np.sqrt(2)
    scales = np.hypot([P["us_tangential_sd_mm"], P["us_radial_sd_mm"]], again)
    radius, at = 40.0, []
    for _ in range(2):
        t = rng.normal(size=(n, 2)) * np.sqrt(4 / rng.chisquare(4, n))[:, None]
        hour = 10.0 + scales[0] * t[:, 0] / (radius * np.pi / 6)
        out = radius + scales[1] * t[:, 1]
        angle = np.deg2rad(30.0 * np.round(hour))
        out = 10.0 * np.round(out / 10.0)
        at.append(np.stack([out * np.sin(angle), out * np.cos(angle)]))
    apart = np.linalg.norm(at[0] - at[1], axis=0)
    assert apart.mean() == pytest.approx(19.9, abs=2.5)
    assert apart.std() == pytest.approx(16.1, abs=4.0)
