"""What has changed: dates, probabilities against brute force, growth against drawn measurements."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corr import parameters
from corr.judgement.dates import compared, dates, undated, years_before_last
from corr.judgement.groupings.apart import Apart
from corr.judgement.judge import judge
from corr.judgement.quadrature import weighed
from corr.questions.change.change import changes, p_silent
from corr.questions.change.counts import count, p_chance
from corr.questions.change.growth import growth, sizes
from corr.records import Breast, Finding, Reading

P = parameters.load()
DAY = 738000.0


def reading(name: str, modality: str, order: float | None, view: str | None = None) -> Reading:
    return Reading(name, modality, name, view, study=name, order=order)


def us(name: str, exam: str, hour: float, fn_mm: float, size_mm: float | None = None, **more):
    return Finding(
        name, exam, "US", more.pop("kind", "mass"), size_mm=size_mm, clock_h=(hour, hour),
        fn_mm=fn_mm, depth_mm=12.0, **more,
    )  # fmt: skip


U1, U2, U3 = (reading(f"us{k}", "US", DAY + 365 * k) for k in (1, 2, 3))


def breast(readings, *findings: Finding) -> Breast:
    return Breast("x", "R", tuple(readings), findings)


def labels(*readings: Reading) -> list[tuple[str, ...]]:
    of = dates(breast(readings), P)
    return [tuple(sorted(r.reading_id for r in d.readings)) for d in of]


# --- dates ----------------------------------------------------------------------------------------


def test_one_workup_is_one_date_by_order():
    a, b = reading("mg1", "MG", 1.0), reading("mg2", "MG", 2.0)
    probe, mri = reading("us", "US", 2.0), reading("mr", "MR", 3.0)
    assert labels(a, b, probe, mri) == [("mg1",), ("mg2", "mr", "us")]
    later = reading("mr2", "MR", 4.0)
    assert labels(a, b, probe, mri, later) == [("mg1",), ("mg2", "mr", "us"), ("mr2",)]


def test_one_workup_is_one_date_by_days():
    near, far = reading("mr", "MR", DAY + 40), reading("mr", "MR", DAY + 100)
    first = reading("mg", "MG", DAY)
    assert labels(first, near) == [("mg", "mr")]
    assert labels(first, far) == [("mg",), ("mr",)]
    again = reading("us2", "US", DAY + 20)  # a second look of the same work-up
    assert labels(reading("us", "US", DAY), again) == [("us", "us2")]
    assert labels(reading("us", "US", None), first) == [("mg",)]
    assert [r.reading_id for r in undated(breast([reading("us", "US", None), first]))] == ["us"]


def test_a_date_is_compared_with_the_last_of_its_kind_and_the_one_before():
    of = dates(
        breast([
            reading("mg1", "MG", DAY), reading("us", "US", DAY + 400),
            reading("mg2", "MG", DAY + 800),
        ]), P,
    )  # fmt: skip
    pairs = [(a.readings[0].reading_id, b.readings[0].reading_id) for a, b in compared(of)]
    assert pairs == [("mg1", "us"), ("mg1", "mg2"), ("us", "mg2")]
    assert of[0].label == "2021-07-29"


# --- probabilities --------------------------------------------------------------------------------


def partitions(items: list[int]):
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for k in range(len(rest) + 1):
        for with_first in combinations(rest, k):
            left = [i for i in rest if i not in with_first]
            for others in partitions(left):
                yield [(first, *with_first), *others]


def brute(weights, a: set[int], b: set[int]) -> float:
    """Share of all groupings, each weighed by itself, in which no block holds one of each."""
    total = apart = 0.0
    for blocks in partitions(list(range(len(weights.findings)))):
        masks = [sum(1 << i for i in block) for block in blocks]
        if any(m not in weights.placed for m in masks):
            continue
        w = np.exp(weights.log_nodes + sum(weights.log_weight(m) for m in masks)).sum()
        total += w
        if not any(set(block) & a and set(block) & b for block in blocks):
            apart += w
    return apart / total


def three_of_two_dates() -> Breast:
    return breast(
        (U1, U2),
        us("a", "us1", 10.0, 40.0, 8.0), us("b", "us1", 2.0, 30.0, 6.0),
        us("c", "us2", 10.2, 42.0, 9.0), us("d", "us2", 9.0, 50.0, 5.0),
    )  # fmt: skip


def test_rows_are_the_share_of_all_groupings():
    j = judge(three_of_two_dates(), P, bands=False)
    w = weighed(j.breast, P)
    at = {f.finding_id: i for i, f in enumerate(w.findings)}
    first, last = (
        {at[f.finding_id] for f in w.findings if f.reading_id == x} for x in ("us1", "us2")
    )
    found = {(c.findings_prior, c.findings_now): c for c in changes(j)}
    assert any(before and now for before, now in found)
    assert any(before and not now for before, now in found)
    assert any(now and not before for before, now in found)
    for (before, now), c in found.items():
        if now:
            own = {at[f.finding_id] for f in now}
            assert c.p_new == pytest.approx(brute(w, own, first), abs=1e-6)
        if before:
            own = {at[f.finding_id] for f in before}
            assert c.p_gone == pytest.approx(brute(w, own, last), abs=1e-6)
        if before and now:
            a, b = ({at[f.finding_id] for f in fs} for fs in (before, now))
            assert c.p_persistent == pytest.approx(1 - brute(w, a, b), abs=1e-6)
            assert c.p_persistent + c.p_new <= 1 + 1e-9
            pair = j.pair(before[0].finding_id, now[0].finding_id)
            assert c.p_persistent == pytest.approx(pair.p_same, abs=1e-6)


def test_drawn_groupings_tell_nearly_the_same(monkeypatch: pytest.MonkeyPatch):
    w = weighed(judge(three_of_two_dates(), P, bands=False).breast, P)
    exact = [Apart(w.full)(a, b) for a, b in ((1, 4), (3, 12), (8, 3))]
    monkeypatch.setattr("corr.judgement.groupings.apart.DOUBLE_LIMIT", 0)
    drawn = Apart(w.full)
    assert [drawn(a, b) for a, b in ((1, 4), (3, 12), (8, 3))] == pytest.approx(exact, abs=0.03)
    assert drawn(0, 3) == 1.0


FOUND = st.lists(
    st.tuples(st.sampled_from((0, 1, 2, 3, 4)), st.integers(1, 12), st.integers(10, 70),
              st.one_of(st.none(), st.integers(3, 40))),
    max_size=6,
)  # fmt: skip
EXAMS = (U1, reading("mg1", "MG", DAY + 370), U2, reading("mr3", "MR", DAY + 1085), U3)


@settings(max_examples=25, deadline=None)
@given(FOUND)
def test_every_finding_is_in_one_row_of_each_pair_of_its_dates(found):
    findings = []
    for k, (exam, hour, far, size) in enumerate(found):
        r = EXAMS[exam]
        f = us(str(k), r.reading_id, float(hour), float(far), size and float(size))
        findings.append(replace(f, modality=r.modality, kind="clip" if k == 5 else "mass"))
    j = judge(breast(EXAMS, *findings), P.override({"grid_mm": 8.0}), bands=False)
    rows = changes(j)
    for prior, now in compared(dates(j.breast, P)):
        here = [c for c in rows if (c.prior, c.now) == (prior, now)]
        for date, side in ((prior, "findings_prior"), (now, "findings_now")):
            told = sorted(f.finding_id for c in here for f in getattr(c, side))
            own = [f for f in findings if f.reading_id in date.ids and f.matched]
            assert told == sorted(f.finding_id for f in own)
    for c in rows:
        for x in (c.p_persistent, c.p_new, c.p_gone):
            assert x is None or 0.0 <= x <= 1.0


def test_without_an_earlier_exam_of_its_kind_new_is_not_told():
    mg, probe = reading("mg", "MG", 1.0), reading("us", "US", 2.0)
    again = reading("mg2", "MG", 2.0)
    (row,) = changes(judge(breast((mg, again, probe), us("a", "us", 3.0, 40.0)), P, bands=False))
    assert (row.p_new, row.p_gone, row.p_persistent, row.silent) == (None, None, None, ())
    two = (reading("us0", "US", 1.0), mg, again, probe)
    (row,) = changes(judge(breast(two, us("a", "us", 3.0, 40.0)), P, bands=False))
    assert row.p_new == pytest.approx(1.0)
    (silent,) = row.silent
    assert silent.modality == "US"


def test_what_is_silent_is_as_the_exam_reports():
    """Smaller lesions go unreported more often, in dense breasts and by a poor exam, too."""

    def p(size: float, prior: Reading = U1) -> float:
        j = judge(breast((prior, U2), us("a", "us2", 3.0, 40.0, size)), P, bands=False)
        return p_silent(j, j.breast.findings, dates(j.breast, P)[0], "US")

    assert 0.0 < p(30.0) < p(10.0) < p(4.0) < 1.0
    assert p(10.0, replace(U1, poor=True)) > p(10.0)


def test_sizes_of_one_workup_are_compared_as_ever_those_of_other_years_less():
    years = years_before_last(breast((U1, U2, reading("mr", "MR", U2.order + 20))), P)
    assert years == {"us1": pytest.approx(365 / 365.25), "us2": 0.0, "mr": 0.0}
    by_order = breast((reading("a", "MG", 1.0), reading("b", "MG", 2.0), reading("c", "MR", 3.0)))
    assert years_before_last(by_order, P) == {"a": pytest.approx(1.0, abs=0.01), "b": 0.0, "c": 0.0}
    workup = breast((reading("mg", "MG", DAY), reading("us", "US", DAY + 9)))
    assert set(years_before_last(workup, P).values()) == {0.0}
    assert set(years_before_last(breast((reading("us", "US", None),)), P).values()) == {0.0}


def test_a_lesion_that_grew_is_still_linked():
    grew = breast((U1, U2), us("a", "us1", 10.0, 40.0, 8.0), us("b", "us2", 11.0, 55.0, 20.0))
    fixed = P.override({"size_growth_ln_sd": 0.0})
    now, before = (judge(grew, p, bands=False).pair("a", "b").p_same for p in (P, fixed))
    assert now > before + 0.03
    on_mri = replace(us("b", "us2", 10.0, 40.0, 20.0), modality="MR")
    mri = replace(U2, modality="MR", order=U1.order)
    once = breast((U1, mri), us("a", "us1", 10.0, 40.0, 8.0), on_mri)
    one, other = (judge(once, p, bands=False).pair("a", "b").p_same for p in (P, fixed))
    assert one == other


# --- growth ---------------------------------------------------------------------------------------


def grown(*mm: float | None, modality: str = "US", days: tuple[float, ...] | None = None, **how):
    """Growth between the first and the last of some dates."""
    when = days or tuple(365.0 * k for k in range(len(mm)))
    readings = {f"r{k}": reading(f"r{k}", modality, DAY + d) for k, d in enumerate(when)}
    series = [
        sizes([Finding(str(k), f"r{k}", modality, "mass", size_mm=x)], readings, P,
              dated=how.get("dated", True))
        for k, x in enumerate(mm)
    ]  # fmt: skip
    return growth(series, how.get("prior", 0), len(mm) - 1, P)


def test_detectable_change_is_that_of_repeats():
    """1.96 x sqrt(2) x SD of a repeat: 0.10 on ultrasound, twice that below 7 mm."""
    assert grown(10.0, 12.0).ln_detectable == pytest.approx(1.96 * math.sqrt(2) * 0.10, rel=0.03)
    assert grown(5.0, 6.0).ln_detectable == pytest.approx(1.96 * math.sqrt(2) * 0.20, rel=0.03)
    assert not grown(10.0, 12.0).detected
    assert grown(10.0, 14.0).detected
    assert grown(10.0, 14.0).percent == pytest.approx(40.0, abs=0.5)


@pytest.mark.parametrize("modality", ["US", "MG", "MR"])
def test_intervals_hold_what_was_drawn(modality: str):
    rng, scale = np.random.default_rng(3), P[f"size_ln_sd_view_{modality.lower()}"]
    g = grown(20.0, 30.0, modality=modality)  # the same interval around every ratio
    off = scale * np.subtract(*rng.standard_t(4, (2, 4000)))
    held = (g.ln_lo80 - g.ln_growth <= off) & (off <= g.ln_hi80 - g.ln_growth)
    assert held.mean() == pytest.approx(0.8, abs=0.025)
    assert (np.abs(off) > g.ln_detectable).mean() == pytest.approx(0.05, abs=0.012)


def test_doubling_times_follow_from_days():
    g = grown(10.0, 20.0, days=(0.0, 450.0))
    low, high = g.doubling_days
    assert low < 150.0 < high  # a diameter that doubles is three doublings of the volume
    assert grown(10.0, 20.0, dated=False).doubling_days is None
    assert grown(20.0, 10.0).doubling_days is None
    assert math.isinf(grown(10.0, 10.5).doubling_days[1])


def test_growth_stability_and_shrinking_are_told_apart():
    assert grown(8.0, 16.0).trend.growing > 0.95
    assert grown(16.0, 8.0).trend.shrinking > 0.95
    same = grown(12.0, 12.0).trend
    assert same.stable > max(same.growing, same.shrinking)
    assert sum(same) == pytest.approx(1.0)
    assert grown(8.0, 16.0, dated=False).trend.growing < grown(8.0, 16.0).trend.growing


def test_a_later_date_without_change_counts_against_growth():
    two = grown(10.0, 12.0)
    three = grown(10.0, 12.0, 12.0, prior=1)
    assert three.dates == 3
    assert three.trend.growing < two.trend.growing
    assert two.trend_if_same.growing == pytest.approx(three.trend.growing, abs=1e-6)


def test_two_ways_of_measuring_are_wide_and_give_no_per_cent():
    readings = {"a": reading("a", "US", DAY), "b": reading("b", "MR", DAY + 365)}
    findings = [
        Finding("1", "a", "US", "mass", size_mm=9.0), Finding("2", "b", "MR", "mass", size_mm=10.5)
    ]  # fmt: skip
    g = growth([sizes([f], readings, P, dated=True) for f in findings], 0, 1, P)
    assert not g.same_way
    assert g.percent is None
    assert g.ln_growth == pytest.approx(0.0, abs=0.02)  # what US and MRI are biased by
    assert g.ln_detectable > 2 * grown(9.0, 10.5).ln_detectable
    calc = replace(findings[1], modality="MG", kind="calcification")
    readings["b"] = reading("b", "MG", DAY + 365)
    both = [sizes([f], readings, P, dated=True) for f in (findings[0], calc)]
    assert growth(both, 0, 1, P) is None


def test_the_rule_is_of_twenty_per_cent_in_six_months():
    fast, slow = (grown(20.0, 20.0 * f, days=(0.0, 182.6)) for f in (1.6, 1.2))
    assert fast.p_rule > 0.9
    assert slow.p_rule == pytest.approx(0.5, abs=0.03)


# --- calcifications -------------------------------------------------------------------------------


def calc(name: str, n: int | None, size: float | None = None, **more) -> Finding:
    return Finding(
        name,
        more.pop("exam", "mg"),
        "MG",
        "calcification",
        n_calcifications=n,
        size_mm=size,
        **more,
    )


def test_two_to_five_are_no_change_by_number_and_a_new_group():
    assert p_chance(2, 5) == pytest.approx(29 / 128)
    c = count([calc("a", 2)], [calc("b", 5, 7.0)], ["MG"], P)
    assert c.p_chance == pytest.approx(0.2266, abs=1e-4)
    assert c.newly_group
    assert c.now.per_cm2 == pytest.approx(5 / (math.pi * 0.35**2))


@pytest.mark.parametrize(
    ("prior", "now", "newly"),
    [
        (calc("a", 6, 8.0), calc("b", 9, 8.0), False),
        (calc("a", 6, 25.0), calc("b", 6, 9.0), True),
        (calc("a", 7), calc("b", 9, 8.0), None),  # how far seven reached is not stated
        (calc("a", 2), calc("b", 9), None),
        (calc("a", 2), calc("b", 4, 5.0), False),
    ],
)
def test_a_group_is_new_where_both_dates_tell(prior, now, newly):
    assert count([prior], [now], ["MG"], P).newly_group is newly


def test_a_group_is_new_only_where_somebody_looked_before():
    assert count([], [calc("b", 5, 7.0)], ["MG"], P).newly_group is True
    assert count([], [calc("b", 5, 7.0)], ["US"], P).newly_group is None


def test_views_of_one_date_count_once():
    views = [calc("b", 4, 6.0), calc("c", 5, 7.0)]
    assert count([calc("a", 2)], views, ["MG"], P).now.number == 5
    assert count([calc("a", 2)], [us("m", "us", 3.0, 30.0)], ["MG"], P) is None


# --- merged, split --------------------------------------------------------------------------------


def test_two_that_lie_within_one_may_have_merged():
    one = us("c", "us2", 10.2, 40.0, 22.0)
    near = breast((U1, U2), us("a", "us1", 10.0, 38.0, 8.0), us("b", "us1", 10.4, 43.0, 7.0), one)
    told = [x for c in changes(judge(near, P, bands=False)) for x in c.joined]
    assert [({f.finding_id for f in x.parts}, x.whole.finding_id, x.merged) for x in told] == [
        ({"a", "b"}, "c", True)
    ]
    back = breast((U1, U2), replace(one, reading_id="us1"),
                  us("a", "us2", 10.0, 38.0, 8.0), us("b", "us2", 10.4, 43.0, 7.0))  # fmt: skip
    assert [x.merged for c in changes(judge(back, P, bands=False)) for x in c.joined] == [False]
    apart = breast((U1, U2), us("a", "us1", 10.0, 38.0, 8.0), us("b", "us1", 4.0, 43.0, 7.0), one)
    assert not [x for c in changes(judge(apart, P, bands=False)) for x in c.joined]
