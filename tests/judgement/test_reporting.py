"""What an exam reports of a lesion: probabilities that sum to one, and their hand-made cases."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corr import parameters
from corr.judgement.lesions.alike import lesion_prior
from corr.judgement.lesions.before import Switches, exam_sees
from corr.judgement.lesions.described import CLASSES, LESIONS
from corr.judgement.lesions.reporting import Reports
from corr.judgement.lesions.sizes import SIZES_MM, sized
from corr.records import Breast, Finding, Reading, Shape
from tests.builders.examples import few

P = parameters.load()
CC = Reading("CC", "MG", "MG-CC", "CC", study="MG")
MLO = Reading("MLO", "MG", "MG-MLO", "MLO", study="MG")
STEREO = Reading("S", "MG", "MG stereo", "STEREO", study="MG stereo")
UNNAMED = Reading("MG", "MG", "MG", study="MG")
US = Reading("US", "US", "US", study="US")
ABUS = Reading("US/ABUS", "US", "US", "ABUS", study="US")
MR = Reading("MR", "MR", "MR")
REPORTED = Switches(kind=False, size=False)
NOTHING = Switches(reporting=False, kind=False, size=False)


class Average(Reports):
    """Weights averaged over what the lesions of a breast have in common."""

    def lesion(self, mask, on):
        return float(self.states.prior @ super().lesion(mask, on))

    def false(self, i, on):
        return float(self.states.prior @ super().false(i, on))

    def any_report(self):
        return float(self.states.prior @ super().any_report())


def reports(*readings, p=P, density=None, **stated):
    """One finding in each reading; `stated` holds for all."""
    findings = tuple(Finding(r.reading_id, r.reading_id, r.modality, **stated) for r in readings)
    return Average(Breast("c", "R", readings, findings, Shape(density)), findings, p)


def masks(n):
    return [sum(1 << i for i in c) for k in range(n + 1) for c in combinations(range(n), k)]


# --- what is and what is reported is certain ----------------------------------------------------


@pytest.mark.parametrize("on", [REPORTED, NOTHING])
@pytest.mark.parametrize(
    "readings",
    [(US,), (CC, MLO), (CC, MLO, US), (UNNAMED,), (US, ABUS), (CC, MLO, STEREO, US, MR)],
    ids=lambda readings: "+".join(r.reading_id for r in readings),
)
def test_all_that_may_be_reported_of_a_lesion_sums_to_one(readings, on):
    r = reports(*readings)
    every = [r.lesion(mask, on) for mask in masks(len(readings))]
    assert min(every) > 0
    assert sum(every) == pytest.approx(1.0)
    assert r.any_report() == pytest.approx(1 - r.lesion(0, REPORTED))
    broken = [w for mask, w in zip(masks(len(readings)), every, strict=True) if mask != 0]
    assert abs(sum(broken) - 1) > 1e-3  # broken twin: forgetting that an exam can be silent


def test_a_finding_without_a_view_was_seen_on_some_view_and_makes_none_silent():
    """CC bit 0, MLO bit 1, no view bit 2; views show 0.7 of what the mammogram sees, by hand."""
    r = reports(CC, MLO, UNNAMED, p=HAND)
    seen = r.lesion(0b011, REPORTED) / 0.7**2
    assert r.lesion(0b100, REPORTED) == pytest.approx(seen * (1 - 0.3**2))
    assert r.lesion(0b101, REPORTED) == pytest.approx(seen * 0.7)
    assert r.lesion(0b111, REPORTED) == pytest.approx(seen * 0.7**2)
    assert r.lesion(0b001, REPORTED) == pytest.approx(seen * 0.7 * 0.3)  # it names its view
    assert r.lesion(0b100, REPORTED) + r.lesion(0, REPORTED) == pytest.approx(1.0)
    plain = reports(CC, MLO, p=HAND)
    for mask in masks(2):  # an exam row without a view is no further look
        assert r.lesion(mask, REPORTED) == pytest.approx(plain.lesion(mask, REPORTED))
    by_itself = reports(UNNAMED, p=HAND)
    assert by_itself.lesion(1, REPORTED) == pytest.approx(seen)


# --- hand-made cases ------------------------------------------------------------------------------

HAND = P.override(
    {
        "mr_sees_mass_benign": 0.8, "mr_sees_calcification_benign": 0.4, "mr_sees_nonmass": 0.8,
        "malignant_share": 0.0, "mix_cyst": 0.0, "reported_if_benign": 0.5,
        "stereo_reports": 0.6, "stereo_view": 0.9, "false_mr": 0.2,
        "alike_class": 0.0, "alike_type": 0.0, "alike_size": 0.0,
        **{f"mg_{view}_shows_{k}": 0.7 for view in ("cc", "mlo")
           for k in ("mass", "calcification", "nonmass")},
    }
)  # fmt: skip


def test_one_exam_that_reports_four_in_ten():
    r = reports(MR, p=HAND)
    assert r.lesion(1, REPORTED) == pytest.approx(0.4)
    assert r.lesion(0, REPORTED) == pytest.approx(0.6)
    assert r.any_report() == pytest.approx(0.4)
    assert r.false(0, REPORTED) == pytest.approx(0.2)


def test_views_of_one_mammogram_are_seen_together_then_apart():
    """The stereo pair stands for a mammogram whose sensitivity does not depend on the lesion."""
    pair = (STEREO, replace(STEREO, reading_id="S2"))
    r = reports(*pair, p=HAND)
    assert r.lesion(0b11, REPORTED) == pytest.approx(0.6 * 0.81)
    assert r.lesion(0b01, REPORTED) == pytest.approx(0.6 * 0.09)
    assert r.lesion(0, REPORTED) == pytest.approx(0.4 + 0.6 * 0.01)
    other = replace(STEREO, reading_id="S2", study="another day")
    apart = reports(STEREO, other, p=HAND)
    assert apart.lesion(0b11, REPORTED) == pytest.approx((0.6 * 0.9) ** 2)
    assert apart.lesion(0b11, REPORTED) < r.lesion(0b11, REPORTED)


def test_a_density_lowers_masses_on_film_only():
    film = [reports(CC, density=d).any_report() for d in "abcd"]
    assert film == sorted(film, reverse=True)
    assert film[0] > film[3]
    for reading in (US, MR):
        assert reports(reading, density="a").any_report() == reports(reading).any_report()


def test_an_ultrasound_that_knew_where_to_look_sees_small_masses():
    survey, aimed = (
        exam_sees("US", None, P, targeted=t)[0, LESIONS.index("mass")] for t in (False, True)
    )
    assert aimed[0] > survey[0] + 0.3 * P["reported_if_benign"]
    assert np.all(aimed >= survey)


@pytest.mark.parametrize("modality", ["MG", "US", "MR"])
def test_what_exams_see_is_a_probability_and_grows_with_size(modality):
    sees = exam_sees(modality, "c", P, targeted=False)
    assert sees.shape == (len(CLASSES), len(LESIONS), len(SIZES_MM))
    assert sees.min() > 0
    assert sees.max() <= 1
    assert np.all(np.diff(sees, axis=2) >= 0)
    assert np.all(sees[1] > sees[0])  # malignant lesions are reported more often


def test_a_false_finding_is_described_as_lesions_are():
    r = reports(MR, p=HAND, kind="mass", size_mm=9.0)
    named = r.mix @ [HAND[f"kind_mr_mass_given_{k}"] for k in LESIONS]
    assert r.false(0, Switches(size=False)) == pytest.approx(0.2 * named)
    stated = (r.joint * sized(r.findings, HAND)).sum()
    assert r.false(0, Switches()) == pytest.approx(0.2 * named * stated)


@few(30)
@given(
    readings=st.sets(st.sampled_from([CC, MLO, STEREO, US, MR]), min_size=1),
    kind=st.sampled_from(["mass", None]),
    size=st.one_of(st.none(), st.floats(2, 80)),
)
def test_one_more_word_only_splits_what_was_there(readings, kind, size):
    ordered = sorted(readings, key=lambda r: r.reading_id)
    r = reports(*ordered, kind=kind, size_mm=size)
    for mask in masks(len(ordered)):
        reported = r.lesion(mask, REPORTED)
        assert 0 < r.lesion(mask, Switches(size=False)) <= reported * (1 + 1e-12)
        assert r.lesion(mask, Switches()) >= 0


def test_views_show_what_the_films_of_real_lesions_show():
    """On both films, on the CC only, on the MLO only: masses and calcifications (CBIS-DDSM)."""
    for lesion, seen in {"mass": (416, 22, 80), "calcification": (171, 5, 10)}.items():
        only = dict.fromkeys((f"mix_{k}" for k in LESIONS), 0.0) | {f"mix_{lesion}": 1.0}
        r = reports(CC, MLO, p=P.override(only))
        weights = np.array([r.lesion(mask, REPORTED) for mask in (0b11, 0b01, 0b10)])
        expected = np.array(seen) / sum(seen)
        np.testing.assert_allclose(weights / weights.sum(), expected, atol=0.01)


def test_cysts_are_benign_and_hardly_enhance():
    types = lesion_prior(P)
    cyst = LESIONS.index("cyst")
    assert types[1, cyst] == 0.0
    assert types[0, cyst] > 0
    assert types.sum(axis=1) == pytest.approx([1 - P["malignant_share"], P["malignant_share"]])
    mr = exam_sees("MR", None, P, targeted=False)[0]
    assert mr[cyst].max() < 0.1 * mr[LESIONS.index("mass")].min()
    for sure in ({"malignant_share": 1.0}, {"mix_cyst": 1.0, "mix_mass": 0.0}):
        assert np.all(lesion_prior(P.override(sure)) >= 0)
        assert lesion_prior(P.override(sure)).sum() == pytest.approx(1.0)


def pair_weight(first, second):
    """Factor of the kinds on the odds of one lesion over two."""
    readings = {"CC": CC, "MLO": MLO, "US": US, "MR": MR}
    findings = (first, second)
    had = tuple(readings[f.reading_id] for f in findings)
    r = Average(Breast("c", "R", had, findings), findings, P)
    on, off = Switches(size=False), REPORTED
    apart = [(r.lesion(m, on) + r.false(i, on)) / (r.lesion(m, off) + r.false(i, off))
             for i, m in enumerate((1, 2))]  # fmt: skip
    return r.lesion(3, on) / r.lesion(3, off) / np.prod(apart)


def test_an_enhancing_mass_is_less_the_cyst_than_the_solid_mass_of_an_ultrasound():
    mri = Finding("b", "MR", "MR", "mass")
    findings = {k: (Finding("a", "US", "US", k), mri) for k in ("mass", "cyst")}
    factor = {}
    for kind, (us, mr) in findings.items():
        r = Average(Breast("c", "R", (US, MR), (us, mr)), (us, mr), P)
        on = Switches(size=False)
        factor[kind] = r.lesion(3, on) / (r.lesion(1, on) + r.false(0, on))
    assert factor["cyst"] < 0.25 * factor["mass"]


def test_asymmetries_of_one_view_each_are_not_one_and_a_focal_one_is_on_both():
    def on_both(kind):
        return pair_weight(Finding("a", "CC", "MG", kind), Finding("b", "MLO", "MG", kind))

    assert on_both("asymmetry") < 0.01
    assert on_both("focal_asymmetry") > 5
    mixed = pair_weight(
        Finding("a", "CC", "MG", "asymmetry"), Finding("b", "MLO", "MG", "focal_asymmetry")
    )
    assert mixed < 0.1
    # with another exam nothing of the kind holds
    other = Finding("u", "US", "US", "mass")
    plain, focal = (
        pair_weight(Finding("a", "CC", "MG", k), other) for k in ("asymmetry", "focal_asymmetry")
    )
    assert focal == pytest.approx(plain, rel=0.2)


@pytest.mark.parametrize("other", ["US", "CC"])
def test_calcifications_seen_inside_a_mass_speak_for_it(other):
    """None seen, nothing said, some seen: in this order."""
    film = Finding("a", "MLO" if other == "CC" else "CC", "MG", "calcification")
    m = "US" if other == "US" else "MG"
    none, silent, some, many = (
        pair_weight(film, Finding("b", other, m, "mass", n_calcifications=n))
        for n in (0, None, 1, 7)
    )
    assert none < silent < some
    assert some > 3 * silent
    assert many == pytest.approx(some)


def test_what_published_second_looks_at_mri_found():
    """The same at one place: 10 of 10 masses, 11 of 12 foci, 11 of 15 non-mass (2.15)."""
    us = Finding("a", "US", "US", "mass")
    mass, focus, nme = (
        pair_weight(us, Finding("b", "MR", "MR", k)) for k in ("mass", "focus", "nme")
    )
    assert mass > focus > nme
    assert nme > 0.4


# --- benign and malignant -------------------------------------------------------------------------


def test_reports_of_one_lesion_go_together():
    """Calcifications: ultrasound and MRI report few benign and most malignant ones (by hand)."""
    only = dict.fromkeys((f"mix_{k}" for k in LESIONS), 0.0) | {"mix_calcification": 1.0}
    r = reports(US, MR, p=P.override(only))
    us, mr = (
        [P[f"{m}_sees_calcification_{c}"] for c in ("benign", "malignant")] for m in ("us", "mr")
    )
    share = (1 - P["malignant_share"], P["malignant_share"])
    both = sum(s * a * b for s, a, b in zip(share, us, mr, strict=True))
    assert r.lesion(0b11, REPORTED) == pytest.approx(both)
    apart = np.dot(share, us) * np.dot(share, mr)
    assert both > 1.5 * apart  # broken twin: exams that report independently of each other


def test_assessments_speak_for_one_lesion_when_they_agree():
    def factor(first, second):
        findings = (
            Finding("a", "US", "US", bi_rads=first),
            Finding("b", "MR", "MR", bi_rads=second),
        )
        r = Average(Breast("c", "R", (US, MR), findings), findings, P)
        on, off = replace(NOTHING, kind=True), NOTHING
        alone = [r.lesion(m, on) / r.lesion(m, off) for m in (1, 2)]
        assert alone == pytest.approx([1.0, 1.0])  # one alone says nothing
        return r.lesion(3, on) / r.lesion(3, off)

    share, of_2, of_5 = P["malignant_share"], P["ppv_bi_rads_2"], P["ppv_bi_rads_5"]
    assert factor("5", "5") == pytest.approx(of_5**2 / share + (1 - of_5) ** 2 / (1 - share))
    assert factor("2", "5") == pytest.approx(
        of_2 * of_5 / share + (1 - of_2) * (1 - of_5) / (1 - share)
    )
    assert factor("2", "5") < 0.2 < 1.3 < factor("2", "2") < factor("5", "5")
    assert factor("4", "4") == pytest.approx(1.0, abs=0.01)
    for says_nothing in (None, "0", "1"):
        assert factor(says_nothing, "5") == pytest.approx(1.0)
    assert factor("4A", "5") == pytest.approx(factor("5", "4A"))


def test_a_poor_exam_shows_less():
    for good in (US, CC, MR):
        poor = replace(good, poor=True)
        ratio = reports(poor).any_report() / reports(good).any_report()
        assert ratio == pytest.approx(P["poor_exam_shows"])


def test_blocks_asked_for_one_by_one_weigh_what_all_of_them_do():
    whole = reports(*(CC, MLO, STEREO, US, MR), size_mm=9.0)
    assert len(whole.blocks) == 2**5
    for on in (NOTHING, REPORTED, Switches()):
        for mask, weight in zip(whole.blocks, whole.lesions(whole.blocks, on), strict=True):
            assert whole.lesion(mask, on) == pytest.approx(whole.states.prior @ weight)
