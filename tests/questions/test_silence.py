"""Silent exams: rates by hand and by drawing, what they depend on, what silence leaves alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from corr import parameters
from corr.judgement.judge import judge
from corr.judgement.lesions.alike import lesion_prior
from corr.judgement.lesions.reporting import Reports
from corr.judgement.lesions.sizes import SIZES_MM, size_prior
from corr.judgement.order import in_order
from corr.judgement.weights import ALL
from corr.problems import CorrError
from corr.questions.asked import ExamError
from corr.questions.look.where import expected, unjudged
from corr.questions.silence.added import added
from corr.questions.silence.ranges import DRAWS, drawn, spread_out
from corr.questions.silence.reported import asked_of, p_reported, silent
from corr.questions.silence.silence import by_density, of_finding, silences
from corr.questions.silence.studies import asked_about, done
from corr.records import LESIONS, Breast, Finding, Reading, Shape

P = parameters.load()
CC, MLO = (
    Reading(f"MG/{view}", "MG", f"MG {view}", view, angle, 55.0, study="MG", order=1.0)
    for view, angle in (("CC", 0.0), ("MLO", 48.0))
)
US = Reading("US", "US", "US", study="US", order=2.0)
MR = Reading("MR", "MR", "MR", study="MR", order=3.0)
CALCS = Finding("calc", "MG/CC", "MG", "calcification", n_calcifications=5, size_mm=7.0,
                posterior_mm=45.0, transverse_mm=-10.0)  # fmt: skip
MASS = Finding("mass", "US", "US", "mass", clock_h=(7.0, 8.0), fn_mm=40.0, size_mm=7.1)
ENH = Finding("enh", "MR", "MR", "mass", size_mm=9.0, lateral_mm=20.0, superior_mm=-20.0,
              posterior_mm=40.0)  # fmt: skip
AFTER = (CC, MLO, US, MR)
PURE = {  # every calcified finding is calcifications, of which each exam's rate is what it says
    **{f"kind_mg_calcification_given_{k}": float(k == "calcification") for k in LESIONS},
    "reported_if_benign": 1.0,
}


def breast(*findings: Finding, readings=AFTER, **shape) -> Breast:
    return Breast("x", "R", tuple(readings), tuple(findings), Shape(**shape))


def asked(*findings: Finding, exams=(), p=P, **about):
    found = silences(unjudged(breast(*findings, **about), p), exams)
    return {(s.finding.finding_id, s.exam.name): s for s in found}


@cache
def usual():
    return asked(CALCS, MASS)


def test_of_calcifications_it_is_the_published_rate():
    """Benign 0.19, malignant 0.92 enhance; mixed as a mammogram that reports both alike does."""
    p = P.override(PURE)
    said = asked(CALCS, p=p)["calc", "MR"]
    assert said.benign.p == pytest.approx(1 - p["mr_sees_calcification_benign"])
    assert said.malignant.p == pytest.approx(1 - p["mr_sees_calcification_malignant"])
    types = lesion_prior(p)[:, LESIONS.index("calcification")]
    share = types / types.sum()
    assert said.nothing.p == pytest.approx(share @ [said.benign.p, said.malignant.p])
    assert set(said.sources) >= {"mr_sees_calcification_benign", "mr_sees_calcification_malignant"}


def test_it_is_how_often_drawn_lesions_go_unreported():
    """Drawn step by step: a lesion, what the film calls it, whether the ultrasound reports it."""
    rng, n = np.random.default_rng(7), 400_000
    joint = (lesion_prior(P)[:, :, None] * size_prior(P)).ravel()
    of, kind, size = np.unravel_index(rng.choice(joint.size, n, p=joint), (2, 5, len(SIZES_MM)))
    film, sono = (asked_of(breast(), r, P) for r in ([CC], [US]))
    called = np.array([P[f"kind_mg_calcification_given_{k}"] for k in LESIONS])
    sees = film.sees["MG"][of, kind, size] * film.shows(CC)[kind] * called[kind]
    told = rng.random(n) < sees
    heard = rng.random(n) < sono.sees["US"][of, kind, size]
    plain = replace(CALCS, size_mm=None)
    said = asked(plain, readings=(CC, US))["calc", "US"]
    for some, rate in ((told, said.nothing), (told & (of == 0), said.benign),
                       (told & (of == 1), said.malignant)):  # fmt: skip
        assert (~heard[some]).mean() == pytest.approx(rate.p, abs=4 * 0.5 / np.sqrt(some.sum()))


def test_one_code_tells_what_is_reported_and_what_is_not():
    j = unjudged(breast(CALCS, MASS), P)
    for (i, _), said in usual().items():
        f = next(f for f in j.breast.findings if f.finding_id == i)
        if len(said.exam.readings) == 1:
            assert 1 - said.nothing.p == p_reported(j.breast, (f,), said.exam.readings[0], P)
    seen = expected(j, ("calc",), MR)
    assert seen.p_reported == 1 - usual()["calc", "MR"].nothing.p


@pytest.mark.parametrize("kind", ["mass", "asymmetry", "focal_asymmetry"])
def test_another_view_of_the_same_mammogram_has_seen_it(kind: str):
    """A focal asymmetry is by definition seen on two views: what it is called speaks of the other.

    As the judgement weighs it: both reported against one.
    """
    f = Finding("f", "MG/CC", "MG", kind)
    other = Finding("asked", "MG/MLO", "MG")
    reports = Reports(breast(f, other, readings=(CC, MLO)), (f, other), P)
    one, two = (reports.states.prior @ reports.lesion(m, ALL) for m in (1, 3))
    said = asked(f, exams=["MG:MLO@48"])["f", "MG:MLO@48"]
    assert 1 - said.nothing.p == pytest.approx(two / (one + two))


def test_the_category_says_nothing_of_what_an_exam_reports():
    for category in ("2", "5"):
        with_it = asked(replace(CALCS, bi_rads=category), replace(MASS, bi_rads=category))
        assert {k: s.row() for k, s in with_it.items()} == {k: s.row() for k, s in usual().items()}


def test_other_exams_that_are_silent_are_not_asked():
    few = asked(CALCS, MASS, readings=(CC, MLO, US))
    assert few["calc", "US"].nothing == usual()["calc", "US"].nothing


def test_what_it_depends_on():
    said = usual()
    calc, mass = said["calc", "MR"], said["mass", "MR"]
    assert calc.nothing.p > mass.nothing.p
    assert calc.benign.p - calc.malignant.p > 0.5  # rates differ: told apart
    assert said["calc", "US"].nothing.p == pytest.approx(0.6, abs=0.05)  # "60 of 100 such"
    for s in said.values():
        assert s.poor > s.nothing.p
        assert s.malignant.p < s.nothing.p < s.benign.p
        assert 0 <= s.nothing.lo < s.nothing.p < s.nothing.hi <= 1
        assert all(s.judgement.parameters.table[name].source for name in s.sources)
    larger = asked(replace(MASS, size_mm=25.0))
    film = "MG CC+MG MLO"
    assert larger["mass", film].nothing.p < said["mass", film].nothing.p - 0.1
    dense = by_density(said["mass", film])
    assert dense["a"] < dense["b"] < dense["c"] < dense["d"]
    for density, rate in dense.items():
        assert asked(MASS, density=density)["mass", film].nothing.p == pytest.approx(rate)
    assert len(set(by_density(mass).values())) == 1  # of no concern to an MRI
    poor = asked(CALCS, readings=(CC, MLO, US, replace(MR, poor=True)))["calc", "MR"]
    assert poor.nothing.p == pytest.approx(calc.poor)


def test_what_is_no_lesion_is_not_asked_about_nor_an_exam_that_reported_it():
    clip = replace(MASS, finding_id="clip", kind="clip")
    assert {i for i, _ in asked(CALCS, clip)} == {"calc"}
    assert ("calc", "MG CC+MG MLO") not in usual()


def test_own_findings_of_a_silent_exam_may_be_the_lesion():
    j = judge(breast(CALCS, MASS, ENH), P, bands=False)
    of = {s.exam.name: s for s in of_finding(silences(j), "mass")}
    assert of["MR"].p_same_there == pytest.approx(j.pair("mass", "enh").p_same)
    assert usual()["mass", "MR"].p_same_there is None
    with pytest.raises(CorrError, match="no exam was silent about a finding 'gone'"):
        of_finding(silences(j), "gone")


def test_what_a_film_does_not_reach_it_cannot_report():
    def at(edge_cc: float | None, edge_mlo: float | None):
        films = (("CC", edge_cc, None, None), ("MLO", edge_mlo, None, None))
        return asked(ENH, readings=(CC, MLO, MR), films=films)["enh", "MG CC+MG MLO"]

    whole, half, short = at(None, None), at(90.0, None), at(30.0, 30.0)
    assert whole.p_in_field is None
    assert half.p_in_field is None  # of the other film it is not known
    assert short.p_in_field < 0.3
    assert short.nothing.p > 0.75 > whole.nothing.p
    assert whole.nothing.p <= half.nothing.p


def test_the_narrower_of_two_films_lies_within_the_wider():
    """Against drawn depths: what lies before both edges, before one, before none."""
    reports = asked_of(breast(), [CC, MLO], P)
    quiet = silent(reports, {"MG/CC": 0.3, "MG/MLO": 0.8})
    depth = (np.arange(1000) + 0.5) / 1000
    on_cc, on_mlo = depth < 0.3, depth < 0.8
    cc, mlo = reports.shows(CC), reports.shows(MLO)
    missed = (1 - np.outer(on_cc, cc)) * (1 - np.outer(on_mlo, mlo))
    wanted = 1 - reports.sees["MG"] * (1 - missed.mean(axis=0))[:, None]
    np.testing.assert_allclose(quiet, wanted, atol=1e-12)


def test_a_targeted_ultrasound_was_silent_about_what_it_was_aimed_at():
    aimed = replace(US, targeted=True)
    far = replace(ENH, finding_id="far", lateral_mm=-40.0, superior_mm=40.0)
    hit = Finding("hit", "US", "US", "mass", targeted_at="far")
    said = asked(ENH, far, hit, readings=(MR, aimed))
    assert said["far", "US"].p_in_field == 1.0
    assert said["enh", "US"].p_in_field < 0.3
    assert said["enh", "US"].nothing.p > said["far", "US"].nothing.p + 0.4
    (alone,) = asked(ENH, readings=(MR, aimed)).values()
    assert alone.p_in_field is None  # what it was aimed at is not recorded


# --- what the range is of -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mr_sees_calcification_benign", "mg_mass_midpoint_mm"])
def test_constants_are_drawn_with_their_value_and_spread(name: str):
    row = P.table[name]
    values = np.array(spread_out(row, 400))
    assert values.mean() == pytest.approx(row.value, abs=0.03 * row.spread)
    assert values.std() == pytest.approx(row.spread, rel=0.03)
    low, high = row.range
    assert low <= values.min() < values.max() <= high
    assert len(drawn(P)) == DRAWS
    assert [q[name] for q in drawn(P)] == spread_out(row, DRAWS)


def test_a_range_is_that_of_the_exams_constants():
    tight = {n: r for n, r in P.table.items() if n.startswith("mr_sees_")}
    p = parameters.Parameters(
        {**P.table, **{n: replace(r, spread=r.spread / 10) for n, r in tight.items()}}, P.version
    )
    one, other = usual()["calc", "MR"].benign, asked(CALCS, p=p)["calc", "MR"].benign
    assert one.p == other.p
    assert other.hi - other.lo < 0.5 * (one.hi - one.lo)


# --- which exams ----------------------------------------------------------------------------------


def test_exams_go_by_their_names_done_or_not():
    b = breast(CALCS)
    assert [e.name for e in done(b)] == ["MG CC+MG MLO", "US", "MR"]
    for name in ("MG", "MG CC", "MG CC+MG MLO"):
        assert asked_about(b, name).readings == (CC, MLO)
    assert asked_about(b, "MG/CC").readings == (CC,)
    assert asked_about(b, "MR") == ("MR", (MR,), True)
    supine, cem = asked_about(b, "MR:SUPINE"), asked_about(b, "cem")
    assert (supine.done, cem.done) == (False, False)
    assert [r.view for r in cem.readings] == ["CC", "MLO"]
    assert len({r.study for r in cem.readings}) == 1
    with pytest.raises(ExamError, match="no examination 'PET'"):
        asked_about(b, "PET")
    rolled = replace(CC, reading_id="MG/RL", view="RL", position_refused="rolled")
    both = asked(MASS, readings=(CC, rolled, US))
    assert ("mass", "MG CC") in both  # no place is needed to report nothing


def test_a_mammogram_asked_about_is_the_last_one():
    old = replace(CC, reading_id="old", exam_id="old", study="old", order=0.0)
    assert asked_about(breast(readings=(CC, MLO, old)), "MG").readings == (CC, MLO)


# --- what silence adds, and what it leaves alone --------------------------------------------------


def cases(n: int):
    """Pairs of findings with random sizes and places, near each other or not."""
    rng = np.random.default_rng(5)
    for _ in range(n):
        hour, fn = rng.uniform(1, 12), rng.uniform(15, 70)
        film = replace(
            CALCS, kind=rng.choice(["mass", "calcification"]), size_mm=rng.uniform(4, 25),
            n_calcifications=None, posterior_mm=rng.uniform(20, 70),
            transverse_mm=rng.uniform(-40, 40),
        )  # fmt: skip
        sono = replace(MASS, clock_h=(hour, hour), fn_mm=fn, size_mm=rng.uniform(4, 25))
        yield breast(film, sono, readings=(CC, US))


def test_silence_is_that_of_the_judgement_with_the_exam_done():
    """By another way: judge the breast as if the exam were among those done."""
    for b in cases(4):
        (told,) = added(judge(b, P, bands=False), ["MR"])
        made = asked_about(b, "MR").readings
        for readings, p in (
            ((), told.not_done),
            (made, told.silent),
            ([replace(r, poor=True) for r in made], told.poor),
        ):
            whole = judge(replace(b, readings=(*b.readings, *readings)), P, bands=False)
            assert p == pytest.approx(whole.pairs[0].p_same, abs=1e-9)


def test_a_negative_exam_never_lowers_what_another_exam_raised():
    """Places, reports and what is nothing elsewhere stay as they are.

    What silence says of a lesion is the share that goes unreported, and no less; P(same)
    moves by no more than one such share lower, or two of them higher, can.
    """
    for b in cases(6):
        more = in_order(replace(b, readings=(*b.readings, *asked_about(b, "MR").readings)))
        before, after = judge(b, P, bands=False), judge(more, P, bands=False)
        assert before.breast.findings == after.breast.findings
        for i, belief in before.beliefs.items():
            np.testing.assert_array_equal(after.beliefs[i].probability, belief.probability)
        one, two = (Reports(x.breast, x.breast.findings, P) for x in (before, after))
        least = silent(asked_of(b, asked_about(b, "MR").readings, P)).min()
        for k in range(2):
            np.testing.assert_array_equal(two.false(k, ALL), one.false(k, ALL))
        for mask in (1, 2, 3):
            share = two.lesion(mask, ALL) / one.lesion(mask, ALL)
            assert (share > least - 1e-12).all()
            assert (share < 1).all()
        (told,) = added(before, ["MR"])
        odds = [p / (1 - p) for p in (told.not_done, told.silent)]
        assert least <= odds[1] / odds[0] <= 1 / least**2


def test_an_exams_own_findings_are_left_out_of_what_its_silence_adds():
    j = judge(breast(CALCS, MASS, ENH), P, bands=False)
    told = {a.exam.name: a for a in added(j) if {a.finding_a, a.finding_b} == {"calc", "mass"}}
    without = judge(breast(CALCS, MASS, readings=(CC, MLO, US)), P, bands=False)
    assert told["MR"].not_done == pytest.approx(without.pairs[0].p_same, abs=1e-9)
    assert told["MR"].as_reported == j.pair("calc", "mass").p_same
    assert added(judge(breast(CALCS), P, bands=False)) == []
