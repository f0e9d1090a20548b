"""The straight distance from the nipple that MRI reports measure: one stated value, end to end."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from corr import parameters
from corr.anatomy import breast
from corr.case.open import assembled
from corr.exams import mri, sighting
from corr.exams.registry import EXAMS
from corr.judgement import order
from corr.judgement.beliefs import Places
from corr.judgement.order import with_siblings
from corr.records import Breast, Finding, Reading, Shape
from corr.show.wording.text import position_words
from tests.builders.fakes import shared_nodes

ROOT = Path(__file__).parents[2]
NAME = "nipple_distance_mm"
P = parameters.load()
MODEL = breast.build(Shape(), P)
PRONE, FLAT = Reading("MR", "MR", "MR"), Reading("MR", "MR", "MR", "SUPINE")


def finding(**stated: object) -> Finding:
    return Finding("a", "MR", "MR", "mass", **stated)  # type: ignore[arg-type]


def belief(f: Finding, reading: Reading = PRONE) -> np.ndarray:
    b = Breast("c", "R", (reading,), (f,))
    return Places(b, (f,), MODEL, P, shared_nodes(b, (f,), P)).belief("a").probability


def away_mm(f: Finding, reading: Reading = PRONE) -> tuple[float, float]:
    """Mean and SD of how far from the nipple, in the pose, a finding is believed to be."""
    means, _ = mri.errors(reading, P)
    lateral, superior, posterior = mri.appear(reading, MODEL, means[None, :], P)
    at = np.sqrt(lateral[0] ** 2 + superior[0] ** 2 + posterior[0] ** 2)
    p = belief(f, reading)
    mean = float(p @ at)
    return mean, float(np.sqrt(p @ (at - mean) ** 2))


def test_a_stated_value_is_named_in_six_modules_at_most():
    """But in words of foreign headers, codes of other standards, and the case to be filled in."""
    modules = set((ROOT / "corr").rglob("*.py"))
    modules -= {ROOT / "corr/case/template.py", ROOT / "corr/tables/mapping/header_words.py"}
    modules = {m for m in modules if "export" not in m.parts}
    naming = [m for m in modules if NAME in m.read_text(encoding="utf-8")]
    assert 4 <= len(naming) <= 6, naming


@pytest.mark.parametrize("reading", [PRONE, FLAT], ids=["prone", "supine"])
def test_a_distance_is_where_the_finding_shows_in_the_pose(reading: Reading):
    unsaid, _ = away_mm(finding(), reading)
    for stated in (35.0, 60.0, 90.0):
        mean, sd = away_mm(finding(nipple_distance_mm=stated), reading)
        assert abs(mean - stated) < 8.0 < abs(unsaid - 90.0)
        assert 4.0 < sd < 20.0


def test_a_distance_says_nothing_of_the_direction():
    p = belief(finding(nipple_distance_mm=60.0))
    held = belief(finding())
    near = np.abs(np.linalg.norm(MODEL.points, axis=1) - 55.0) < 15.0
    for axis in (0, 1):
        right = MODEL.points[near, axis] > 0
        share, prior = (q[near][right].sum() / q[near].sum() for q in (p, held))
        assert share == pytest.approx(prior, abs=0.03)


def test_one_distance_counts_once():
    whole = {"lateral_mm": 30.0, "superior_mm": 20.0, "posterior_mm": 50.0}
    both = finding(**whole, nipple_distance_mm=61.6)
    np.testing.assert_array_equal(belief(both), belief(finding(**whole)))
    twice = finding(fn_mm=60.0, nipple_distance_mm=60.0)
    np.testing.assert_array_equal(belief(twice), belief(finding(nipple_distance_mm=60.0)))
    assert not np.array_equal(belief(twice), belief(finding(fn_mm=60.0)))
    three = finding(lateral_mm=20.0, superior_mm=0.0, chestwall_mm=20.0, nipple_distance_mm=60.0)
    assert np.isfinite(belief(three)).all()


def test_a_distance_beyond_the_breast_is_its_far_end():
    np.testing.assert_array_equal(
        belief(finding(nipple_distance_mm=280.0)), belief(finding(nipple_distance_mm=299.0))
    )
    kept = sighting.within_reach(
        finding(nipple_distance_mm=280.0), PRONE, MODEL, sighting.Same(P), side="R"
    )
    assert kept.nipple_distance_mm < 250.0


def test_it_is_of_the_one_described_and_left_out_where_a_coordinate_is_predicted():
    one, other = with_siblings((finding(nipple_distance_mm=40.0, count_min=2, count_max=2),))
    assert (one.nipple_distance_mm, other.nipple_distance_mm) == (40.0, None)
    whole = finding(lateral_mm=1.0, superior_mm=2.0, posterior_mm=3.0, nipple_distance_mm=4.0)
    for _, without in EXAMS["MR"].along_axes(whole, (), "R").values():
        assert NAME in without
        assert replace(whole, **without).nipple_distance_mm is None


def loaded(**cells: str):
    row = {"case_id": "c", "breast": "R", "finding_id": "a", "modality": "MR", **cells}
    return assembled({"findings": (row,), "breasts": (), "exams": ()})


def test_it_is_read_checked_and_said():
    (f,) = loaded(nipple_distance_mm="42.5").breasts[0].findings
    assert f.nipple_distance_mm == 42.5
    assert position_words(f) == "42.5 mm straight from the nipple"
    (wrong,) = loaded(nipple_distance_mm="-3").problems
    assert "a number from 0 to 300 mm" in wrong.allowed
    (foreign,) = loaded(nipple_distance_mm="42", modality="US").problems
    assert (foreign.action, foreign.field) == ("ignored", NAME)
    (far,) = loaded(nipple_distance_mm="220").problems
    assert (far.action, far.allowed) == ("flagged", "0 to 200 in nearly every breast")


@pytest.mark.parametrize(
    ("beside", "agrees", "not_so"),
    [("fn_cm", "6", "2"), ("very_close_to_nipple", "0", "1"), ("posterior_mm", "30", "95"),
     ("region", "central", "subareolar")],
)  # fmt: skip
def test_a_distance_that_cannot_hold_beside_another_place_is_flagged(beside, agrees, not_so):
    assert loaded(nipple_distance_mm="60", **{beside: agrees}).problems == ()
    (problem,) = loaded(nipple_distance_mm="60", **{beside: not_so}).problems
    assert "cannot both hold" in problem.fix


def test_unstated_it_leaves_no_mark_on_the_order_that_last_digits_depend_on():
    told, untold = (
        order._without(asdict(f), order.NAMES) for f in (finding(**{NAME: 1.0}), finding())
    )
    assert {name for name, _ in told} - {name for name, _ in untold} == {NAME}
    assert ("chestwall_mm", None) in untold
