"""Localisation film by film: against simulated series of marks, the stereo map, and known ends."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from corr import parameters
from corr.exams import mammography
from corr.problems import CorrError
from corr.questions.look.where import unjudged
from corr.questions.settle.localisation import (
    CHI2_80,
    COLUMNS,
    SERIES,
    Film,
    compression,
    in_compression,
    localise,
    places,
    pushed,
)
from corr.records import Breast, Finding, Reading, Shape

P = parameters.load()
CC = Reading("CC", "MG", "MG", "CC", 0.0, 55.0, study="MG")
CALC = Finding(
    "calc", "CC", "MG", "calcification", size_mm=7.0, posterior_mm=45.0, transverse_mm=20.0
)
WORDS = Finding("words", "CC", "MG", "calcification", clock_h=(7.0, 8.0), region="deep_to_nipple")
DRAWS = 20_000
MARK = P["localise_mark_sd_mm"]


@cache
def judged(side: str = "R", p: parameters.Parameters = P):
    return unjudged(Breast("x", side, (CC,), (CALC, WORDS), Shape()), p)


@pytest.mark.parametrize("finding", [CALC, WORDS], ids=lambda f: f.finding_id)
@pytest.mark.parametrize("approach", ["CC", "ML"])
def test_each_film_leaves_what_simulated_marks_leave(finding: Finding, approach: str):
    """Places are drawn from the belief itself, whatever its shape; marks one by one."""
    rng, j = np.random.default_rng(3), judged()
    at, weights, own = places(j, finding, compression(j, approach))
    place = at[:, rng.choice(len(weights), DRAWS, p=weights)]
    place = place + own[:, None] * rng.standard_normal((3, DRAWS))
    said = localise(j, finding.finding_id, approach)
    marks: list[np.ndarray] = []
    needle_in = False
    for film, step in zip(SERIES, said.steps[1:], strict=True):
        if film.stage == "check" and not needle_in:
            sd = np.sqrt(np.diag(pushed(P)))
            place, needle_in = place + sd[:, None] * rng.standard_normal((3, DRAWS)), True
        if film.stage != "document":
            across = place[0] + place[2] * math.tan(math.radians(film.turn_deg))
            marks += [x + MARK * rng.standard_normal(DRAWS) for x in (across, place[1])]
        known = np.stack([*marks, np.ones(DRAWS)]).T
        told, *_ = np.linalg.lstsq(known, place.T, rcond=None)
        left = (place.T - known @ told).std(axis=0)
        assert step.sd_mm == pytest.approx(left, rel=0.04)


def test_an_ellipsoid_of_80_percent_holds_80_percent():
    rng = np.random.default_rng(4)
    step = localise(judged(), "calc").steps[3]
    drawn = rng.multivariate_normal(np.zeros(3), step.covariance, DRAWS)
    squared = np.einsum("ni,ij,nj->n", drawn, np.linalg.inv(step.covariance), drawn)
    assert (squared < CHI2_80).mean() == pytest.approx(0.8, abs=0.01)
    axes = 2 * np.sqrt(CHI2_80 * np.linalg.eigvalsh(step.covariance))
    assert step.axis80_mm == pytest.approx(axes.max())
    assert step.volume80_cm3 == pytest.approx(math.pi / 6 * axes.prod() / 1000)


def test_a_pair_gives_depth_by_the_textbook():
    """Literature 9.2: 1.866 x sqrt(2) x the error of a mark."""
    pair = localise(judged(), "calc", series=SERIES[1:3]).steps[-1]
    depth = MARK * math.sqrt(2.0) / (2 * math.tan(math.radians(15)))
    assert pair.sd_mm[2] == pytest.approx(depth, rel=0.02)
    across, behind, along = localise(judged(), "calc").steps[3].sd_mm
    assert across == pytest.approx(MARK / math.sqrt(3), rel=0.02)
    assert behind == pytest.approx(MARK / math.sqrt(3), rel=0.02)
    assert 1.0 <= along <= 2.0  # where the needle goes: literature 9.3


def test_a_turned_film_is_the_stereo_film_of_the_model():
    """On a plate that stays, ``across + height * tan``; the model's turns with the tube."""
    j, turn = judged(), math.radians(15)
    scout = compression(j, "CC")
    mean, _ = mammography.errors(scout, P)
    across = []
    for sign in (1, 0, -1):
        e = mean.copy()
        e[mammography.ANGLE] = 15.0 * sign
        shown = mammography.appear(scout, j.model, e[None], P)[1][0]
        across.append(shown / math.cos(turn * sign))
    height = (across[0] - across[2]) / (2 * math.tan(turn))
    np.testing.assert_allclose(across[0], across[1] + height * math.tan(turn), atol=1e-3)
    above = mammography.beam_height_mm(replace(scout, view=None), j.model, P)
    middle = np.abs(j.model.points[:, :2]).max(axis=1) < 20
    steps = np.diff(height[middle]), np.diff(above[middle])
    assert np.corrcoef(*steps)[0, 1] > 0.85


def test_films_after_the_needle_fired_locate_nothing_and_its_push_costs():
    steps = localise(judged(), "calc").steps
    assert [s.stage for s in steps] == ["none", *(f.stage for f in SERIES)]
    assert [s.films for s in steps] == list(range(8))
    assert all(s.gain_mm > 0 for s in steps[1:6])
    assert [s.gain_mm for s in steps[6:]] == [0, 0]
    assert steps[4].axis80_before_mm > steps[3].axis80_mm
    still = localise(judged(p=P.override(dict.fromkeys(PUSHES, 0.0))), "calc").steps
    assert still[4].axis80_before_mm == pytest.approx(still[3].axis80_mm)
    assert still[5].axis80_mm < steps[5].axis80_mm


PUSHES = ("localise_push_across_sd_mm", "localise_push_along_sd_mm")


def test_both_breasts_are_alike_and_an_approach_turns_the_axes():
    for a, b in zip(
        localise(judged("R"), "calc").rows(), localise(judged("L"), "calc").rows(), strict=True
    ):
        assert a | {"breast": "L"} == b
    mean = {view: in_compression(judged(), CALC, view)[0] for view in ("CC", "ML")}
    assert mean["CC"][0] == pytest.approx(20, abs=8)  # lateral, where it was marked
    spread = {v: in_compression(judged(), CALC, v)[1] for v in ("CC", "ML")}
    # what the film from above leaves open, the height, lies across the film from the side
    assert spread["ML"][0, 0] > 2 * spread["CC"][0, 0]
    assert spread["ML"][2, 2] < spread["CC"][2, 2]


def test_a_thinner_breast_leaves_less_open_along_the_beam():
    left = []
    for mm in (30.0, 60.0, None):
        film = replace(CC, thickness_mm=mm)
        j = unjudged(Breast("x", "R", (film,), (CALC, WORDS), Shape()), P)
        assert compression(j, "CC").thickness_mm == mm
        assert compression(j, "ML").thickness_mm is None
        left.append(localise(j, "calc").steps[1].sd_mm[2])
    assert left[0] < 0.7 * left[1]
    assert left[2] > left[0]


def test_rows_have_their_columns_and_mistakes_are_named():
    rows = localise(judged(), "words", series=[Film(0.0, "locate")]).rows()
    assert [tuple(row) for row in rows] == [COLUMNS, COLUMNS]
    assert rows[1]["film"] == "scout"
    with pytest.raises(CorrError, match="no finding 'other'"):
        localise(judged(), "other")
    with pytest.raises(CorrError, match="no approach 'SPOT'"):
        localise(judged(), "calc", "SPOT")
