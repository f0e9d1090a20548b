"""Contrast-enhanced mammography: films as mammography, reports as MRI."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corr import parameters, tables
from corr.anatomy.breast import build
from corr.exams import mammography
from corr.exams.base import Views
from corr.exams.registry import EXAMS, exam_of
from corr.judgement.judge import judge
from corr.judgement.order import in_order, same_errors
from corr.judgement.quadrature import shared_errors
from corr.questions.silence.silence import silences
from corr.records import LESIONS, MODALITIES, Breast, Finding, Reading, Shape
from corr.show.wording.text import kind_name, position_words
from corr.words.reader import read_report

P = parameters.load()
CEM, FILM = EXAMS["CEM"], EXAMS["MG"]
MG_CC, MG_MLO = (
    Reading(f"MG/{v}", "MG", "visit", v, angle, 55.0, study="MG")
    for v, angle in (("CC", 0.0), ("MLO", 45.0))
)
CC, MLO = (
    replace(r, reading_id=f"CEM/{r.view}", modality="CEM", study="CEM") for r in (MG_CC, MG_MLO)
)
US = Reading("US", "US", "US")


def finding(name: str, reading: Reading, **said: object) -> Finding:
    stated: dict[str, object] = {"kind": "mass", "size_mm": 11.0} | said
    return Finding(name, reading.reading_id, reading.modality, **stated)  # type: ignore[arg-type]


def test_every_examination_is_registered_once():
    assert tuple(EXAMS) == MODALITIES
    for exam in EXAMS.values():
        assert set(exam.diffuse) <= set(exam.kinds)
        assert exam.calcified in (None, *exam.kinds)
        assert all(any(n.startswith(begin) for n in P) for begin in (*exam.constants, *exam.rates))


def test_contrast_is_projected_as_the_film_it_is_on():
    points = np.array([[20.0, 10.0, 40.0], [-15.0, -30.0, 25.0]])
    model = build(Shape(), P)
    for plain, contrast in ((MG_CC, CC), (MG_MLO, MLO)):
        films = (mammography.on_film(points, r, model, P) for r in (plain, contrast))
        np.testing.assert_array_equal(*films)
        np.testing.assert_array_equal(CEM.errors(contrast, P), FILM.errors(plain, P))


def test_its_own_errors_are_constants_of_its_own():
    wide = P.override({"cem_posterior_sd_mm": 9.0, "cem_repeat_sd_mm": 12.0})
    assert mammography.own_sds_mm(CC, wide)[0] == 9.0
    assert mammography.own_sds_mm(MG_CC, wide) == mammography.own_sds_mm(MG_CC, P)
    again = mammography.own_sds_mm(replace(CC, repeated=True), wide)[0]
    assert again == pytest.approx(np.hypot(9.0, 12.0 / np.sqrt(2.0)))


def test_images_of_one_compression_share_all_its_errors_and_no_repeat_error():
    """Another exam of the same view shares the pose, too, but was compressed anew."""
    assert same_errors(CC) == same_errors(MG_CC) != same_errors(MLO)
    found = (finding("a", MG_CC), finding("b", CC))
    one = Breast("c", "R", (MG_CC, CC), found)
    (ids, count), *rest = shared_errors(one, found, P)
    assert (sorted(ids), count, rest) == (["CEM/CC", "MG/CC"], 5, [])
    assert [r.repeated for r in in_order(one).readings] == [False, False]
    other = Breast("c", "R", (MG_CC, replace(CC, exam_id="later")), found)
    assert [r.repeated for r in in_order(other).readings] == [True, True]


def test_places_of_one_compression_are_compared_closely():
    """8 mm apart on one compression is farther than on films of another day."""
    at = {"posterior_mm": 45.0, "transverse_mm": 20.0}
    off = {"posterior_mm": 53.0, "transverse_mm": 28.0}
    same, apart = [], []
    for exam_id in ("visit", "later"):
        there = replace(CC, exam_id=exam_id)
        for said, log in ((at, same), (off, apart)):
            found = (finding("a", MG_CC, **at), finding("b", there, **said))
            pair = judge(Breast("c", "R", (MG_CC, there), found), P, bands=False).pair("a", "b")
            log.append(pair.log10_location)
    assert same[0] > same[1] > 0.5  # one compression says more where places agree
    assert apart[0] < apart[1]  # and where they do not


@pytest.mark.parametrize("views", [Views(1, 1), Views(1, 2), Views(2, 2)])
@pytest.mark.parametrize("lesion", LESIONS)
def test_an_enhancing_asymmetry_is_seen_on_one_view(views: Views, lesion: str):
    chance = {kind: CEM.calls(kind, lesion, views, P) for kind in CEM.kinds}
    assert sum(chance.values()) == pytest.approx(1.0)
    usual = P[f"kind_cem_enhancing_asymmetry_given_{lesion}"]
    expected = {
        Views(1, 1): usual,
        Views(1, 2): P["cem_asymmetry_on_one"],
        Views(2, 2): P["cem_asymmetry_on_two"],
    }
    assert chance["enhancing_asymmetry"] == expected[views]


def test_it_sees_cancers_in_dense_breasts_that_films_hide():
    sizes = np.array([5.0, 20.0])
    seen = {
        (exam.modality, d): exam.sees(sizes, d, P, "malignant", targeted=False)["mass"]
        for exam in (CEM, FILM)
        for d in ("a", "d")
    }
    np.testing.assert_array_equal(seen["CEM", "a"], seen["CEM", "d"])
    assert np.all(seen["CEM", "d"] > seen["MG", "d"] + 0.3)
    cyst, mass = (CEM.sees(sizes, "c", P, "benign", targeted=False)[k] for k in ("cyst", "mass"))
    assert np.all(cyst < 0.2 * mass)


def test_what_a_silent_contrast_mammogram_says():
    """A cancer that films show and contrast does not is less probable than one both show."""
    on_film = finding("a", MG_CC, posterior_mm=45.0, transverse_mm=20.0)
    on_us = finding("u", US, clock_h=(10.0, 10.0), fn_mm=45.0)
    readings = (MG_CC, MG_MLO, US)
    without = judge(Breast("c", "R", readings, (on_film, on_us)), P, bands=False)
    silent = judge(Breast("c", "R", (*readings, CC, MLO), (on_film, on_us)), P, bands=False)
    assert {s.exam.readings[0].modality for s in silences(silent)} == {"MG", "US", "CEM"}
    assert silent.pair("a", "u").log10_reporting != without.pair("a", "u").log10_reporting


HEAD = "case_id,breast,finding_id,modality,exam_id,view,kind,size_mm,posterior_mm,transverse_mm"


def test_it_is_read_from_a_table_and_judged(tmp_path: Path):
    rows = [
        "1,L,film,MG,visit,CC,mass,10,45,30",
        "1,L,cc,CEM,visit,CC,mass,12,46,31",
        "1,L,mlo,CEM,visit,MLO,nme,12,50,25",
        "1,L,one,CEM,visit,MLO,enhancing_asymmetry,22,20,-30",
        "1,L,odd,CEM,visit,ABUS,focus,5,,",
    ]
    path = tmp_path / "findings.csv"
    path.write_text("\n".join([HEAD, *rows]), encoding="utf-8")
    loaded = tables.read_findings(path)
    (breast,) = loaded.breasts
    studies = {(r.modality, r.view, r.study) for r in breast.readings}
    assert {("MG", "CC", "MG"), ("CEM", "CC", "CEM"), ("CEM", "MLO", "CEM")} <= studies
    assert {(p.finding_id, p.field) for p in loaded.problems if p.action == "ignored"} == {
        ("odd", "view"),
        ("odd", "kind"),
    }
    judged = judge(breast, P, bands=False)
    assert judged.pair("film", "cc").p_same > 0.9
    assert judged.pair("cc", "one").p_same < 0.1


def test_its_words_are_those_of_contrast_mammography():
    f = finding("a", CC, posterior_mm=45.0, transverse_mm=20.0)
    assert kind_name(f) == "contrast mammogram mass"
    assert position_words(f) == "45 mm behind the nipple on the film, +20 mm across"
    said = "Right breast: enhancing asymmetry in the upper outer quadrant, 12 mm."
    (mention,) = read_report(said, modality="CEM").mentions
    assert (mention.kind, mention.quadrant) == ("enhancing_asymmetry", "UOQ")
    (mention,) = read_report("Right breast: non-mass enhancement.", modality="CEM").mentions
    assert mention.kind == "nme"
    assert exam_of(f).says["asymmetry"] == "enhancing_asymmetry"
