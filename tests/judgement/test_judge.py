"""The judgement: against plain enumeration, its properties, and gates with broken twins."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from corr import parameters
from corr.anatomy.breast import build
from corr.exams import sighting
from corr.exams.nodes import lesion_nodes
from corr.judgement.band import FAMILIES, SPREADS, _moved, bands
from corr.judgement.groupings.drawn import STEPS
from corr.judgement.judge import PRIOR, SIZE, judge
from corr.judgement.order import in_order, with_siblings
from corr.judgement.quadrature import settled, weighed
from corr.judgement.verdict import VERDICTS, logit10, verdict, word
from corr.judgement.weights import Weights
from corr.records import Breast, Finding, Reading
from tests.builders.examples import few

P = parameters.load()
CC = Reading("CC", "MG", "MG-CC", "CC", 0.0, 55.0, study="MG")
MLO = Reading("MLO", "MG", "MG-MLO", "MLO", 45.0, 60.0, study="MG")
US = Reading("US", "US", "US")
MR = Reading("MR", "MR", "MR")
READINGS = (CC, MLO, MR, US)  # sorted, as a judgement has them
FINDINGS = (
    Finding("a", "CC", "MG", "mass", size_mm=9.0, posterior_mm=40.0, transverse_mm=20.0),
    Finding("b", "CC", "MG", "calcification", size_mm=5.0, posterior_mm=25.0, transverse_mm=-15.0),
    Finding("c", "MLO", "MG", "mass", size_mm=10.0, posterior_mm=42.0, transverse_mm=18.0),
    Finding("d", "US", "US", "mass", size_mm=8.0, clock_h=(9.0, 9.0), fn_mm=30.0, depth_mm=14.0),
    Finding("e", "MR", "MR", "mass", lateral_mm=18.0, superior_mm=2.0, posterior_mm=45.0),
    Finding("f", "MR", "MR", "nme", size_mm=12.0, quadrant="UIQ"),
)


def breast(findings=FINDINGS, readings=READINGS, side="R") -> Breast:
    return in_order(Breast("case", side, tuple(readings), tuple(findings)))


def p_same(b: Breast, p=P) -> dict[tuple[str, str], float]:
    return {(q.finding_a, q.finding_b): q.p_same for q in judge(b, p).pairs}


WHOLE = judge(breast())


# --- plain enumeration ------------------------------------------------------------------------


def partitions(items):
    """Every set partition, the textbook way."""
    if not items:
        yield []
        return
    for smaller in partitions(items[1:]):
        yield [[items[0]], *smaller]
        for k, block in enumerate(smaller):
            yield [*smaller[:k], [items[0], *block], *smaller[k + 1 :]]


def enumerated(w: Weights, on, *, located: bool):
    """Probability of every grouping: sum over the nodes of the product of block weights."""
    n, raw = len(w.findings), {}
    for grouping in partitions(list(range(n))):
        if any(len({w.findings[i].reading_id for i in b}) < len(b) for b in grouping):
            continue
        weight = np.exp(-w.lesions * w.reports.any_report()[w.nodes.state])
        for block in grouping:
            mask = sum(1 << i for i in block)
            alone = len(block) == 1
            weight = weight * (w.alone(block[0], on) if alone else w.together(mask, on))
            weight = weight * (w.placed[mask] if located else 1.0)
        key = tuple(sorted(tuple(sorted(w.findings[i].finding_id for i in b)) for b in grouping))
        raw[key] = w.nodes.mean(weight)
    total = sum(raw.values())
    return {k: v / total for k, v in raw.items()}


def same_in(groupings, a, b):
    return sum(p for g, p in groupings.items() if any(a in block and b in block for block in g))


SIBLINGS = (replace(FINDINGS[3], count_min=2, count_max=2), *FINDINGS[4:])
LAYOUTS = {
    "all": FINDINGS,
    "films": FINDINGS[:3],
    "two and two": (FINDINGS[0], FINDINGS[1], FINDINGS[4], FINDINGS[5]),
    "siblings": SIBLINGS,
    "targeted": (FINDINGS[0], *FINDINGS[2:3], replace(FINDINGS[3], targeted_at="e"), *FINDINGS[4:]),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_pair_equals_enumeration(name):
    b = breast(LAYOUTS[name])
    got, w = judge(b), weighed(b, P)
    exact = enumerated(w, SIZE, located=True)
    prior = enumerated(Weights(b, P, lesion_nodes(np.ones(1))), PRIOR, located=False)
    assert len(exact) > 2
    for q in got.pairs:
        assert q.p_same == pytest.approx(same_in(exact, q.finding_a, q.finding_b), abs=1e-9)
        assert q.p_prior == pytest.approx(same_in(prior, q.finding_a, q.finding_b), abs=1e-9)
    if name != "siblings":
        for g in got.groupings:
            assert g.p == pytest.approx(exact[g.blocks], abs=1e-9)
        top = sorted(exact.values(), reverse=True)[: len(got.groupings)]
        np.testing.assert_allclose([g.p for g in got.groupings], top, atol=1e-9)


def test_enumeration_notices_a_block_that_was_weighed_wrongly():
    """Broken twin: the oracle must not agree with weights that forget where things are."""
    w = settled(breast(), P)
    blind = enumerated(w, SIZE, located=False)
    gaps = [abs(q.p_same - same_in(blind, q.finding_a, q.finding_b)) for q in WHOLE.pairs]
    assert max(gaps) > 0.01


def test_the_errors_of_an_exam_are_summed_outside_the_product_over_lesions():
    """Broken twin: averaging each block over the errors first gives another answer."""
    w = settled(breast(LAYOUTS["two and two"]), P)
    right = enumerated(w, SIZE, located=True)
    for mask, place in w.placed.items():
        w.placed[mask] = np.full_like(place, w.nodes.mean(place))
    w.lesions = np.full_like(w.lesions, w.nodes.mean(w.lesions))
    wrong = enumerated(w, SIZE, located=True)
    assert max(abs(right[k] - wrong[k]) for k in right) > 1e-3


# --- any small breast -------------------------------------------------------------------------

MM = st.one_of(st.none(), st.floats(-40, 40))
HOURS = st.one_of(st.none(), st.tuples(st.floats(0.5, 12), st.floats(0, 2)))
SIZES = st.one_of(st.none(), st.floats(1, 80))


@st.composite
def findings(draw, most: int = 5):
    out = []
    for i in range(draw(st.integers(2, most))):
        r = draw(st.sampled_from(READINGS))
        kind = draw(st.sampled_from([None, "mass", "clip"]))
        stated = {"kind": kind, "size_mm": draw(SIZES)}
        hours = draw(HOURS)
        if hours is not None:
            stated["clock_h"] = (hours[0], sum(hours))
        if r.modality == "MG":
            behind = draw(MM)
            stated["posterior_mm"] = None if behind is None else 42 + behind
            stated["transverse_mm"] = draw(MM)
        elif r.modality == "MR":
            stated |= {"lateral_mm": draw(MM), "superior_mm": draw(MM)}
        else:
            stated |= {"fn_mm": draw(st.one_of(st.none(), st.floats(0, 90)))}
        out.append(Finding(f"f{i}", r.reading_id, r.modality, **stated))
    return tuple(out)


@few(25)
@given(found=findings(), side=st.sampled_from("LR"))
def test_any_small_breast(found, side):
    b = breast(found, side=side)
    got, w = judge(b), weighed(b, P)
    matched = {f.finding_id: f for f in found if f.matched}
    wanted = [
        (x, y)
        for x, y in product(matched, matched)
        if x < y and matched[x].reading_id != matched[y].reading_id
    ]
    assert [(q.finding_a, q.finding_b) for q in got.pairs] == wanted
    for q in got.pairs:
        assert 0 <= q.p_low <= q.p_same <= q.p_high <= 1 + 1e-12
        parts = (q.log10_prior, q.log10_evidence)
        assert sum(parts) == pytest.approx(logit10(q.p_same), abs=1e-9)
        assert np.isfinite(parts).all()
        assert logit10(q.p_prior) == pytest.approx(q.log10_prior)
        assert q.verdict == verdict(q.p_same, q.p_low, q.p_high, placed=not q.no_place)
    p = [g.p for g in got.groupings]
    assert p == sorted(p, reverse=True)
    assert sum(p) <= 1 + 1e-9
    assert len(p) <= 5
    for g in got.groupings:
        assert sorted(x for block in g.blocks for x in block) == sorted(matched)
    if matched:
        every = w.groupings(SIZE, located=True).best(1000)
        assert sum(q for _, q in every) == pytest.approx(1.0, abs=1e-9)
        exact = enumerated(w, SIZE, located=True)
        assert len(every) <= len(exact)
        for q in got.pairs:
            assert q.p_same == pytest.approx(same_in(exact, q.finding_a, q.finding_b), abs=1e-8)


@few(10)
@given(data=st.data())
def test_the_order_of_findings_and_readings_does_not_matter(data):
    found = data.draw(st.permutations(FINDINGS))
    readings = data.draw(st.permutations(READINGS))
    got = judge(breast(found, readings))
    assert got.pairs == WHOLE.pairs
    assert got.groupings == WHOLE.groupings
    assert list(got.beliefs) == list(WHOLE.beliefs)
    for k, b in got.beliefs.items():
        np.testing.assert_array_equal(b.probability, WHOLE.beliefs[k].probability)


# --- one breast and its mirror image ------------------------------------------------------------


def mirrored(f: Finding) -> Finding:
    hours = None if f.clock_h is None else (12 - f.clock_h[1], 12 - f.clock_h[0])
    return replace(f, clock_h=hours)


def test_the_mirror_image_is_judged_alike():
    left = judge(breast([mirrored(f) for f in FINDINGS], side="L"))
    for right, other in zip(WHOLE.pairs, left.pairs, strict=True):
        assert other.p_same == pytest.approx(right.p_same, abs=1e-6)
        assert (other.p_low, other.p_high) == pytest.approx((right.p_low, right.p_high), abs=1e-6)
        assert other.verdict == right.verdict
    unmirrored = judge(breast(side="L"))  # broken twin: 9 h is medial on the left breast
    assert abs(unmirrored.pair("a", "d").p_same - WHOLE.pair("a", "d").p_same) > 0.05


# --- verdict and band ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "low", "high", "expected"),
    [
        (0.95, 0.92, 0.97, "same"),
        (0.9, 0.9, 0.9, "same"),
        (0.95, 0.85, 0.97, "probably same"),
        (0.95, 0.6, 0.97, "undecided"),
        (0.8, 0.7, 0.95, "probably same"),
        (0.7, 0.7, 0.7, "probably same"),
        (0.699, 0.699, 0.699, "probably same"),  # written 0.70
        (0.694, 0.694, 0.694, "undecided"),
        (0.95, 0.45, 0.97, "undecided"),
        (0.95, 0.05, 0.97, "undecided"),
        (0.5, 0.5, 0.5, "undecided"),
        (0.3, 0.3, 0.3, "probably different"),
        (0.301, 0.2, 0.301, "probably different"),
        (0.306, 0.2, 0.306, "undecided"),
        (0.2, 0.05, 0.25, "probably different"),
        (0.1, 0.1, 0.1, "different"),
        (0.05, 0.01, 0.09, "different"),
        (0.05, 0.01, 0.55, "undecided"),
        (0.05, 0.01, 0.45, "undecided"),
        (0.0, 0.0, 0.0, "different"),
        (1.0, 1.0, 1.0, "same"),
    ],
)
def test_verdicts(p, low, high, expected):
    assert verdict(p, low, high) == expected


@given(three=st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_a_verdict_is_never_stronger_than_its_probability_nor_against_it(three):
    low, p, high = sorted(three)
    said = VERDICTS.index(verdict(p, low, high)) - 2
    own = VERDICTS.index(word(p)) - 2
    assert abs(said) <= abs(own)
    assert said * own >= 0


def test_log_odds_are_finite_and_odd():
    assert logit10(10 / 11) == pytest.approx(1.0)
    assert logit10(0.0) == pytest.approx(-logit10(1.0), rel=1e-5)
    assert np.isfinite(logit10(0.0))


def test_the_band_is_what_other_spreads_and_rates_would_say():
    """Against whole judgements under other constants: spreads as they are, rates one spread off."""
    own = weighed(breast(), P)
    three = [own.p_same(SIZE, located=True)]
    assert {P[factor] < 1.0 for factor in SPREADS} == {True, False}
    for factor, detail in SPREADS.items():
        p = P.scale_spreads(P[factor])
        model = build(breast().shape, p, like=own.places.model)
        w = Weights(breast(), p, own.nodes.half(), detail, model=model)
        three.append(w.p_same(SIZE, located=True))
    at = logit(three[0].clip(1e-9, 1 - 1e-9))
    steps = [
        logit(Weights(breast(), _moved(P, f), own.nodes).p_same(SIZE, located=True).clip(1e-9)) - at
        for f in FAMILIES
    ]
    rates = np.sum(np.square(steps), axis=0)
    low, high = bands(own)
    reading = [f.reading_id for f in own.findings]
    for i, j in combinations(range(len(reading)), 2):
        if reading[i] == reading[j]:
            continue
        ends = [min(x[i, j] for x in three), max(x[i, j] for x in three)]
        off = [np.hypot(logit(e) - at[i, j], rates[i, j] ** 0.5) for e in ends]
        expected = expit(at[i, j] - off[0]), expit(at[i, j] + off[1])
        assert (low[i, j], high[i, j]) == pytest.approx(expected, abs=0.02)
        assert low[i, j] <= ends[0]
        assert ends[1] <= high[i, j]
    assert np.sqrt(rates).max() > 0.5  # broken twin: a band of spreads alone


def test_every_constant_of_reports_is_in_a_family_of_the_band():
    """What moves the reports of some breast by its spread is held by the band."""
    inside = tuple(start for starts in FAMILIES.values() for start in starts)
    told = {"poor_exam_shows", "stereo_reports", "stereo_view", "calc_in_mass_mistaken"}
    for name in P.table:
        if re.match(r"false_|mix_|kind_|size_|alike_|ppv_|\w+_sees|cem_view|lesions_mean", name):
            assert name.startswith(inside) or name in told, name


def test_without_bands_all_else_is_the_same():
    quick = judge(breast(), bands=False)
    assert quick.groupings == WHOLE.groupings
    for q, whole in zip(quick.pairs, WHOLE.pairs, strict=True):
        assert q.p_low == q.p_high == q.p_same
        assert q.verdict == word(q.p_same)
        assert replace(q, p_low=whole.p_low, p_high=whole.p_high, verdict=whole.verdict) == whole


def test_what_is_kept_between_calls_changes_nothing():
    for changed in (FINDINGS[0], FINDINGS[3]):
        moved = replace(changed, size_mm=11.0, posterior_mm=30.0, clock_h=(2.0, 2.0))
        found = [moved if f is changed else f for f in FINDINGS]
        warm = judge(breast(found))
        sighting.forget()
        cold = judge(breast(found))
        assert warm.pairs == cold.pairs
        assert warm.pairs != WHOLE.pairs


# --- what a report says and leaves unsaid -------------------------------------------------------


def pair_of(us: Finding, mr: Finding, *readings: Reading, p=P):
    (q,) = judge(breast((us, mr), (US, MR, *readings)), p).pairs
    return q


U = Finding("u", "US", "US", "mass", size_mm=9.0, clock_h=(9.0, 9.0), fn_mm=30.0)
M = Finding("m", "MR", "MR", "mass", size_mm=9.0, lateral_mm=20.0, superior_mm=0.0)


def test_places_decide():
    near = pair_of(U, M)
    across = pair_of(U, replace(M, lateral_mm=-35.0))
    unsaid = pair_of(U, replace(M, lateral_mm=None, superior_mm=None))
    assert near.p_same > unsaid.p_same > across.p_same
    assert near.log10_location > 0 > across.log10_location
    assert unsaid.log10_location == pytest.approx(0.0, abs=1e-6)
    for q in (near, across, unsaid):
        assert (q.log10_size, q.log10_kind) == (near.log10_size, near.log10_kind)
        assert abs(q.log10_context) < 0.1  # there is no other finding


def test_sizes_decide():
    other = pair_of(U, replace(M, size_mm=50.0))
    assert other.log10_size < 0 < pair_of(U, M).log10_size
    unsaid = pair_of(replace(U, size_mm=None), replace(M, size_mm=None))
    assert unsaid.log10_size == pytest.approx(0.0, abs=1e-9)
    half_said = pair_of(U, replace(M, size_mm=None))
    assert abs(half_said.log10_size) < 0.15


def test_a_second_candidate_is_context():
    rival = replace(U, finding_id="u2", size_mm=9.0, clock_h=(9.0, 9.0), fn_mm=30.0)
    crowded = judge(breast((U, M, rival), (US, MR))).pair("m", "u")
    assert crowded.log10_context < -0.1
    assert crowded.p_same < pair_of(U, M).p_same


def test_silence_counts():
    """Films that would have shown a large mass and did not speak for two findings that are nothing.

    One that can never report anything leaves all as it was.
    """
    large = [replace(f, size_mm=30.0) for f in (U, M)]
    seen = P.override({"reported_if_benign": 1.0})
    films = [(), (CC,), (CC, MLO)]
    odds = [logit10(pair_of(*large, *done, p=seen).p_same) for done in films]
    assert odds[0] > odds[1] + 0.1
    assert odds[1] > odds[2] + 0.05
    blind = P.override(dict.fromkeys(("mg_sees_calcification", "mg_sees_nonmass"), 0.0))
    blind = blind.override({"mg_density_unknown": 0.0})
    at = [pair_of(U, M, *done, p=blind).p_same for done in films]
    assert at == pytest.approx([at[0]] * 3, abs=1e-9)


def test_no_calcifications_seen_in_the_mass_is_evidence_against():
    calc = Finding("k", "CC", "MG", "calcification", size_mm=5.0, n_calcifications=5)
    said, unsaid = (
        judge(breast((calc, replace(U, n_calcifications=n)), (CC, US))).pair("k", "u")
        for n in (0, None)
    )
    assert said.p_same < unsaid.p_same
    assert said.log10_kind < unsaid.log10_kind
    assert said.log10_location == unsaid.log10_location


def test_unlisted_siblings_compete_and_are_not_shown():
    two = replace(U, count_min=2, count_max=2)
    got = judge(breast((two, M), (US, MR)))
    assert got.pair("m", "u").p_same < pair_of(U, M).p_same
    many = judge(breast((replace(U, count_min=5, count_max=None), M), (US, MR)))
    assert many.pair("m", "u").p_same < got.pair("m", "u").p_same
    for j in (got, many):
        shown = [*j.beliefs, *(x for g in j.groupings for block in g.blocks for x in block)]
        shown += [x for q in j.pairs for x in (q.finding_a, q.finding_b)]
        assert set(shown) == {"u", "m"}
        assert sum(g.p for g in j.groupings) == pytest.approx(1.0)
    (first, sibling) = with_siblings((two,))
    assert first is two
    assert (sibling.size_mm, sibling.fn_mm, sibling.clock_h) == (None, None, two.clock_h)


def test_an_ultrasound_aimed_at_the_finding_agrees_less_convincingly():
    survey = pair_of(U, M)
    for target in ("m", "MR"):
        aimed = pair_of(replace(U, targeted_at=target), M)
        assert 0 < aimed.log10_location < survey.log10_location
    elsewhere = pair_of(replace(U, targeted_at="MG"), M)  # a target that is not there
    assert elsewhere.log10_location == pytest.approx(survey.log10_location, abs=0.02)


def test_what_the_reader_declared_the_same_is_the_same():
    far = replace(M, lateral_mm=-40.0, same_as="u")
    got = judge(breast((U, far), (US, MR)))
    (q,) = got.pairs
    assert (q.p_same, q.p_low, q.p_high) == pytest.approx((1, 1, 1))
    assert q.verdict == "same"
    assert [g.blocks for g in got.groupings] == [(("m", "u"),)]
    (free,) = judge(breast((U, replace(far, same_as="nobody")), (US, MR))).pairs
    assert free.p_same < 0.5
    many = judge(breast((*FINDINGS[:5], replace(FINDINGS[5], same_as="b"))))
    assert many.pair("b", "f").p_same == pytest.approx(1.0)
    assert all(("b" in block) == ("f" in block) for g in many.groupings for block in g.blocks)


@pytest.mark.parametrize("kind", ["clip", "scar", "skin", "node"])
def test_associated_features_are_placed_and_named_but_never_matched(kind):
    near = Finding("x", "US", "US", kind, clock_h=(9.0, 9.0), fn_mm=30.0)
    far = Finding("y", "MR", "MR", kind, lateral_mm=-40.0, superior_mm=-30.0, posterior_mm=40.0)
    got = judge(breast((U, M, near, far), (US, MR)))
    assert [(q.finding_a, q.finding_b) for q in got.pairs] == [("m", "u")]
    assert set(got.beliefs) == {"u", "m", "x", "y"}
    assert all(set(sum(g.blocks, ())) == {"u", "m"} for g in got.groupings)
    assert got.nearby["u"] == ("x",)
    assert "x" not in got.nearby
    assert got.pairs == judge(breast((U, M), (US, MR))).pairs


def test_shares_of_the_meanings_of_words_sum_to_one_and_follow_the_clock():
    film = Reading("MG", "MG", "MG")
    deep = Finding("k", "MG", "MG", "calcification", region="deep_to_nipple")
    got = judge(breast((deep, replace(deep, finding_id="k2", clock_h=(7.0, 8.0))), (film,)))
    assert set(got.word_readings) == {"k", "k2"}
    for shares in got.word_readings.values():
        assert sum(shares.values()) == pytest.approx(1.0)
    oblique = {k: s["said of the oblique only: on its nipple level"]
               for k, s in got.word_readings.items()}  # fmt: skip
    assert oblique["k2"] > oblique["k"]
    assert judge(breast((U, M), (US, MR))).word_readings == {}


@pytest.mark.parametrize("found", [(), (U,), (replace(U, kind="clip"),)], ids=len)
def test_breasts_with_nothing_to_compare(found):
    got = judge(breast(found))
    assert got.pairs == ()
    blocks = tuple((f.finding_id,) for f in found if f.matched)
    assert [g.blocks for g in got.groupings] in ([blocks], [blocks][: len(blocks)])
    assert sum(g.p for g in got.groupings) == pytest.approx(len(got.groupings))
    assert set(got.beliefs) == {f.finding_id for f in found}
    with pytest.raises(KeyError, match="no pair 'a', 'b' in case R"):
        got.pair("a", "b")


# --- the errors of an exam are shared by its findings -------------------------------------------

AXES = ("lateral", "superior", "posterior")
SHARED_MM, OWN_MM = 9.0, 3.0
SHARED = P.override(
    {f"mr_{a}_sd_mm": OWN_MM for a in AXES}
    | {f"mr_shift_{a}_sd_mm": SHARED_MM for a in AXES}
    | {"mr_rotation_sd_deg": 0.0, "mr_scale_sd": 0.0, "grid_mm": 8.0}
)
INDEPENDENT = SHARED.override(
    {f"mr_{a}_sd_mm": float(np.hypot(OWN_MM, SHARED_MM)) for a in AXES}
    | {f"mr_shift_{a}_sd_mm": 0.0 for a in AXES}
)
"""Broken twin: the same total error, but each finding errs for itself."""


def two_lesions_twice(first_mm, second_mm) -> Breast:
    """Two lesions in two MRI exams; the second exam shows them displaced."""
    at = {"x": np.array([20.0, 10, 35]), "y": np.array([-10.0, -5, 30])}
    moved = {"x": np.array(first_mm), "y": np.array(second_mm)}
    found = []
    for exam, factor in (("1", 0.0), ("2", 1.0)):
        for lesion, place in at.items():
            mm = dict(zip((f"{a}_mm" for a in AXES), place + factor * moved[lesion], strict=True))
            found.append(Finding(lesion + exam, "MR" + exam, "MR", "mass", **mm))
    other = replace(MR, reading_id="MR2", view="another pose")
    return breast(found, (replace(MR, reading_id="MR1"), other))


def matched_gain(p, first_mm, second_mm) -> float:
    """How far the log odds of the true matches exceed those under independent errors."""
    b = two_lesions_twice(first_mm, second_mm)
    ours, theirs = judge(b, p), judge(b, INDEPENDENT)
    true = (("x1", "x2"), ("y1", "y2"))
    return min(logit10(ours.pair(*t).p_same) - logit10(theirs.pair(*t).p_same) for t in true)


@pytest.mark.parametrize("shift", [(14.0, 0, 0), (0, 14.0, 0), (10.0, 10.0, 0), (15.0, 8.0, 0)])
def test_lesions_displaced_together_are_recognised(shift):
    assert matched_gain(SHARED, shift, shift) > 0.3
    assert not matched_gain(INDEPENDENT, shift, shift) > 0.3  # the twin fails the gate
    b = two_lesions_twice(shift, shift)
    assert judge(b, SHARED).pair("x2", "y1").p_same < judge(b, INDEPENDENT).pair("x2", "y1").p_same


@pytest.mark.parametrize("shift", [(14.0, 0, 0), (0, 14.0, 0), (10.0, 10.0, 0)])
def test_lesions_displaced_apart_are_doubted(shift):
    assert matched_gain(SHARED, shift, tuple(-x for x in shift)) < -0.2


# --- many findings ------------------------------------------------------------------------------


def crowd(n: int) -> Breast:
    """A quarter of `n` lesions on a ring, no two alike on any film, each in all four readings."""
    found = []
    for i in range(n):
        angle = 0.35 + 2 * np.pi * (i // 4) / (n // 4)
        lateral, superior = 35 * np.cos(angle), 35 * np.sin(angle)
        behind = 25.0 + 30.0 * (i // 4 % 2)
        r = READINGS[i % 4]
        if r.modality == "MG":
            across = lateral if r is CC else (lateral + superior) * 0.5**0.5
            stated = {"posterior_mm": behind, "transverse_mm": across}
        elif r is US:
            hour = np.rad2deg(np.arctan2(-lateral, superior)) / 30 % 12
            stated = {"clock_h": (hour, hour), "fn_mm": 35.0}
        else:
            stated = {"lateral_mm": lateral, "superior_mm": superior, "posterior_mm": behind}
        found.append(Finding(f"f{i:02d}", r.reading_id, r.modality, "mass", **stated))
    return breast(found)


@pytest.mark.parametrize(
    "n", [12, *(pytest.param(n, marks=pytest.mark.campaign) for n in (16, 20))]
)
def test_many_findings_do_not_blow_up(n):
    got = judge(crowd(n), P.override({"grid_mm": 8.0, "error_nodes": 16}))
    assert any("groupings were drawn" in note for note in got.notes) == (n > 16)
    assert len(got.pairs) == 6 * (n // 4) ** 2
    for q in got.pairs:
        assert 0 <= q.p_low <= q.p_same <= q.p_high <= 1 + 1e-9
        assert np.isfinite(q.log10_evidence)
    assert 1 <= len(got.groupings) <= 5
    assert sum(g.p for g in got.groupings) <= 1 + 1e-9
    for g in got.groupings:
        assert sorted(x for block in g.blocks for x in block) == [f"f{i:02d}" for i in range(n)]
    lesion = {f"f{i:02d}": i // 4 for i in range(n)}
    true, false = [], []
    for q in got.pairs:
        (true if lesion[q.finding_a] == lesion[q.finding_b] else false).append(q.p_same)
    assert np.mean(true) > np.mean(false) + 0.4


@pytest.mark.parametrize("n", [7, pytest.param(12, marks=pytest.mark.campaign)])
def test_drawn_groupings_are_near_the_sum(n, monkeypatch):
    """Some findings summed exactly, and as if so many were too many."""
    b, p = crowd(n), P.override({"grid_mm": 8.0, "error_nodes": 16})
    exact = judge(b, p, bands=False)
    monkeypatch.setattr("corr.judgement.weights.MOST_TERMS", 1.0)
    monkeypatch.setattr("corr.judgement.weights.STEPS", STEPS * n // 24)
    got = judge(b, p, bands=False)
    assert f"{n} findings of 4 readings" in " ".join(got.notes)
    gap = [abs(q.p_same - e.p_same) for q, e in zip(got.pairs, exact.pairs, strict=True)]
    assert 0 < max(gap) < 0.1
    assert got.groupings[0].blocks == exact.groupings[0].blocks
    assert got.groupings[0].p == pytest.approx(exact.groupings[0].p, abs=0.1)


@pytest.mark.parametrize("years", [2, pytest.param(6, marks=pytest.mark.campaign)])
def test_many_years_of_films_are_judged(years, monkeypatch):
    """Every year adds two readings, which the sum over all groupings could not bear."""
    monkeypatch.setattr("corr.judgement.weights.MOST_TERMS", 1.0)
    monkeypatch.setattr("corr.judgement.weights.STEPS", STEPS * years // 6)
    readings, found = [], []
    for year in range(years):
        for view, angle in (("CC", 0.0), ("MLO", 47.0)):
            name = f"{year}-{view}"
            readings.append(
                Reading(name, "MG", name, view, angle, study=str(year), order=float(year))
            )
            for k, (behind, lateral) in enumerate(((30.0, 25.0), (45.0, -20.0))):
                across = lateral * np.cos(np.deg2rad(angle)) + (year - years / 2 + 0.5) / 2
                found.append(
                    Finding(
                        f"{name}-{k}", name, "MG", "mass",
                        posterior_mm=behind + (year % 3), transverse_mm=across,
                    )
                )  # fmt: skip
    b = breast(tuple(found), tuple(readings))
    got = judge(b, P.override({"grid_mm": 8.0, "error_nodes": 16}), bands=years > 2)
    assert any("groupings were drawn" in note for note in got.notes)
    true = [q.p_same for q in got.pairs if q.finding_a[-1] == q.finding_b[-1]]
    false = [q.p_same for q in got.pairs if q.finding_a[-1] != q.finding_b[-1]]
    assert np.mean(true) > 0.8 > 0.2 > np.mean(false)
    assert len(got.groupings[0].blocks) == 2


def test_half_of_the_nodes_lie_on_both_sides_of_every_error():
    nodes = weighed(breast(), P).nodes
    whole, half = nodes.normal[: nodes.parts[1]], nodes.half()
    assert len(half) == pytest.approx(len(nodes) / 2, abs=len(nodes.parts))
    assert half.weight.sum() == pytest.approx(1.0)
    kept = half.normal[: len(whole) // 2]
    assert np.abs((kept > 0).mean(axis=0) - 0.5).max() < 0.2
    one_side = whole[np.argsort(whole[:, 0])][: len(whole) // 2]
    assert np.abs((one_side > 0).mean(axis=0) - 0.5).max() == 0.5  # broken twin


def test_unlisted_siblings_have_no_place_or_size_of_their_own():
    measured = Finding(
        "m", "MR", "MR", kind="mass", lateral_mm=20.0, superior_mm=10.0, posterior_mm=40.0,
        size_mm=8.0, quadrant="UOQ", count_min=3, count_max=3,
    )  # fmt: skip
    _, *siblings = with_siblings((measured,))
    assert len(siblings) == 2
    for s in siblings:
        assert s.unlisted
        assert (s.quadrant, s.kind) == ("UOQ", "mass")
        assert {s.lateral_mm, s.superior_mm, s.posterior_mm, s.size_mm} == {None}


def test_any_finding_id_is_judged():
    named = [replace(f, finding_id=f"~{f.finding_id}~1") for f in FINDINGS]
    assert len(judge(breast(named), bands=False).pairs) == len(WHOLE.pairs)
