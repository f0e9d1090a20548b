"""Details of the judgement, each by one sharp case."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from corr import parameters
from corr.judgement import judge as judging
from corr.judgement import quadrature
from corr.judgement.judge import judge
from corr.judgement.lesions.described import calcifications_inside
from corr.judgement.order import in_order
from corr.judgement.quadrature import settled
from corr.records import LESIONS, Breast, Finding, Reading

P = parameters.load()
CC = Reading("CC", "MG", "MG", "CC", 0.0, 55.0, study="MG")
US = Reading("US", "US", "US")
MR = Reading("MR", "MR", "MR")
MASS = Finding("m", "MR", "MR", "mass", lateral_mm=30.0, superior_mm=20.0, posterior_mm=40.0)


def breast(*findings: Finding, readings: tuple[Reading, ...] = (CC, US, MR)) -> Breast:
    return in_order(Breast("c", "R", readings, findings))


@pytest.mark.parametrize(("away_mm", "told"), [(12.0, {"m": ("clip",)}), (34.0, {})])
def test_a_clip_is_told_with_what_lies_within_two_centimetres(
    away_mm: float, told: dict[str, tuple[str, ...]]
):
    """Places of MRI are blurred and drawn to the breast's middle, so 12 and 34 as stated."""
    clip = replace(MASS, finding_id="clip", kind="clip", superior_mm=20.0 - away_mm)
    assert judge(breast(MASS, clip), P, bands=False).nearby == told


def test_the_band_is_as_wide_as_the_readme_says():
    assert (P["band_narrow"], P["band_wide"]) == (0.7, 1.5)


def test_an_error_that_shows_in_two_decimals_is_told():
    pair = SimpleNamespace(p_error=0.0)
    shown = [
        bool(judging._integral_notes((SimpleNamespace(**{**vars(pair), "p_error": e}),), 64))  # type: ignore[arg-type]
        for e in (0.0, 0.004, 0.006, 0.2)
    ]
    assert shown == [False, False, True, True]


def test_hidden_siblings_are_summed_out_of_the_groupings():
    """Two groupings that differ in what nobody listed are one: none is lost below the fifth."""
    several = Finding("s", "US", "US", "mass", count_min=4, count_max=4, clock_h=(10.0, 10.0))
    film = Finding("f", "CC", "MG", "mass", posterior_mm=40.0, transverse_mm=25.0)
    b = breast(several, film, MASS)
    groupings = judge(b, P, bands=False).groupings
    assert sum(g.p for g in groupings) == pytest.approx(1.0, abs=1e-6)  # five ways, all of them
    assert len(groupings) == 5


def test_a_targeted_finding_alone_could_only_have_been_reported_there():
    film = Finding("f", "CC", "MG", "mass", posterior_mm=40.0, transverse_mm=25.0)
    aimed = Finding("u", "US", "US", "mass", clock_h=(10.0, 10.0), fn_mm=40.0, targeted_at="f")
    for f, one in ((aimed, True), (replace(aimed, targeted_at=None), False)):
        w = settled(breast(film, f), P)
        alone = w.placed[1 << [x.finding_id for x in w.findings].index("u")]
        assert np.array_equal(alone, np.ones(len(w.nodes))) == one


def test_there_are_as_many_lesions_as_the_table_says():
    for mean in (0.8, 2.5):
        w = settled(breast(MASS), P.override({"lesions_mean": mean}))
        assert float(w.nodes.mean(w.lesions)) == pytest.approx(mean, rel=0.02)
        spread = float(w.nodes.mean(w.lesions**2)) - mean**2
        assert spread == pytest.approx(mean**2 / P["lesions_shape"], rel=0.1)


def stub(error: float, share: tuple[float, ...], *, columns: bool = True) -> SimpleNamespace:
    full = SimpleNamespace(
        evidence=np.array(share), standard_error=lambda: np.array([[0.0, error], [error, 0.0]])
    )
    return SimpleNamespace(exact=True, nodes=SimpleNamespace(columns=columns), full=full)


def test_nodes_are_doubled_where_the_error_or_their_worth_will_not_do():
    even, lone = (1.0,) * 64, (1.0, *(1e-6,) * 63)
    assert quadrature.sure(stub(0.02, even))  # type: ignore[arg-type]
    assert not quadrature.sure(stub(0.04, even))  # type: ignore[arg-type]
    assert not quadrature.sure(stub(0.02, lone))  # type: ignore[arg-type]
    assert quadrature.sure(stub(0.5, lone, columns=False))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["calcification", "echogenic_foci"])
def test_a_number_of_calcifications_says_nothing_of_what_is_inside_them(kind: str):
    modality = {"calcification": "MG", "echogenic_foci": "US"}[kind]
    for number in (0, 7):
        f = Finding("f", "r", modality, kind, n_calcifications=number)  # type: ignore[arg-type]
        np.testing.assert_array_equal(calcifications_inside(f, P), 1.0)
        inside = calcifications_inside(replace(f, kind="mass"), P)
        holds = LESIONS.index("mass_calcification")
        assert (inside[holds] > inside[LESIONS.index("mass")]) == (number > 0)
