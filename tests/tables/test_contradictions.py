"""What one row, two linked rows or a doubled exam say that cannot all be true is flagged."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corr.anatomy.frame import breast_to_lps, clock_h, film_transverse, quadrant
from corr.tables import read_findings
from tests.builders.examples import few

BASE = {"case_id": "c", "breast": "R"}


def problems(folder, rows, exams=()):
    """Problems of rows, ids filled in: (row's finding, field, action, fix)."""
    filled = [{**BASE, "finding_id": f"f{n}", **row} for n, row in enumerate(rows)]
    pd.DataFrame(filled, dtype=object).to_csv(folder / "f.csv", index=False)
    if exams:
        listed = pd.DataFrame([{**BASE, **e} for e in exams], dtype=object)
        listed.to_csv(folder / "e.csv", index=False)
    loaded = read_findings(folder / "f.csv", exams=folder / "e.csv" if exams else None)
    return [(p.finding_id, p.field, p.action, p.fix) for p in loaded.problems]


US, MR, CC, MLO = (
    {"modality": "US"},
    {"modality": "MR"},
    {"modality": "MG", "view": "CC"},
    {"modality": "MG", "view": "MLO"},
)


@pytest.mark.parametrize(
    ("exam", "stated", "fine"),
    [
        (US, {"clock": "3", "quadrant": "UOQ"}, {"clock": "10", "quadrant": "UOQ"}),
        (US, {"clock": "1", "quadrant": "UOQ"}, {"clock": "12:30", "quadrant": "UOQ"}),
        (US, {"clock": "4-5", "quadrant": "UIQ"}, {"clock": "3-4", "quadrant": "UIQ"}),
        (US, {"clock": "12", "quadrant": "lower"}, {"clock": "5", "quadrant": "lower"}),
        (US, {"clock": "3", "quadrant": "UOQ+LOQ"}, {"clock": "8", "quadrant": "UOQ+LOQ"}),
        (US, {"clock": "6", "quadrant": "far_upper"}, {"clock": "11", "quadrant": "far_outer"}),
        (MR, {"quadrant": "LIQ", "region": "axillary_tail"},
         {"quadrant": "UOQ", "region": "axillary_tail"}),
        (US, {"clock": "7", "region": "axillary_tail"}, {"clock": "11", "region": "axillary_tail"}),
        (US, {"fn_cm": 8, "region": "subareolar"}, {"fn_cm": 3, "region": "subareolar"}),
        (CC, {"fn_cm": 8, "region": "subareolar"}, {"fn_cm": 8, "region": "central"}),
        (US, {"fn_cm": 7, "very_close_to_nipple": 1}, {"fn_cm": 2, "very_close_to_nipple": 1}),
        (MR, {"depth_third": "posterior", "region": "subareolar"},
         {"depth_third": "anterior", "region": "subareolar"}),
        (MR, {"depth_third": "anterior", "posterior_mm": 85},
         {"depth_third": "anterior", "posterior_mm": 30}),
        (MR, {"depth_third": "anterior", "chestwall_mm": 2},
         {"depth_third": "posterior", "chestwall_mm": 2}),
        (MR, {"quadrant": "UOQ", "lateral_mm": -30}, {"quadrant": "UOQ", "lateral_mm": -5}),
        (MR, {"quadrant": "LOQ", "superior_mm": 30}, {"quadrant": "LOQ", "superior_mm": -30}),
        (MR, {"quadrant": "UIQ", "superior_mm": -30}, {"quadrant": "UIQ", "superior_mm": 30}),
        (MR, {"depth_third": "anterior", "chestwall_mm": 2},
         {"depth_third": "anterior", "chestwall_mm": 40}),
        (MR, {"clock": "9", "lateral_mm": -30}, {"clock": "9", "lateral_mm": 30}),
        (MR, {"region": "subareolar", "posterior_mm": 70},
         {"region": "central", "posterior_mm": 70}),
        (MR, {"region": "central", "superior_mm": 60}, {"region": "central", "superior_mm": 10}),
        (CC, {"quadrant": "UOQ", "transverse_mm": -40}, {"quadrant": "LOQ", "transverse_mm": 40}),
        (CC, {"clock": "3", "transverse_mm": 40}, {"clock": "6", "transverse_mm": 10}),
        (MLO, {"quadrant": "LIQ", "transverse_mm": 60}, {"quadrant": "UIQ", "transverse_mm": 10}),
        (MLO, {"region": "axillary_tail", "transverse_mm": -50},
         {"region": "axillary_tail", "transverse_mm": 80}),
        (CC, {"region": "subareolar", "posterior_mm": 80},
         {"region": "deep_to_nipple", "posterior_mm": 80}),
    ],
)  # fmt: skip
def test_two_places_that_cannot_both_hold_are_flagged_with_both(tmp_path, exam, stated, fine):
    (found,) = problems(tmp_path, [{**exam, **stated}])
    assert found[2] == "flagged"
    assert all(f"{name} {value}" in found[3] for name, value in stated.items())
    assert problems(tmp_path, [{**exam, **fine}]) == []


def test_a_slip_of_side_is_called_so(tmp_path):
    (found,) = problems(tmp_path, [{**US, "clock": 3, "quadrant": "UOQ"}])
    assert "in the left breast: is the side right?" in found[3]
    (height,) = problems(tmp_path, [{**US, "clock": 6, "quadrant": "UOQ"}])
    assert "is the side right?" not in height[3]


def test_patient_coordinates_of_the_other_side_are_flagged(tmp_path):
    nipple = {"mr_nipple_l_mm": 60, "mr_nipple_p_mm": 0, "mr_nipple_s_mm": 0}
    place = {"mr_p_mm": 40, "mr_s_mm": 30, "quadrant": "UOQ", "breast": "L"}
    assert problems(tmp_path, [{**MR, **nipple, **place, "mr_l_mm": 95}]) == []
    (found,) = problems(tmp_path, [{**MR, **nipple, **place, "mr_l_mm": 25}])
    assert "quadrant UOQ and lateral_mm -35" in found[3]


@few(8)
@given(
    side=st.sampled_from("LR"),
    hour=st.floats(0, 12),
    radius=st.floats(25, 75),
    deep=st.floats(5, 80),
)
def test_words_and_numbers_of_one_place_are_never_flagged(
    tmp_path_factory, side, hour, radius, deep
):
    """And on the other breast the clock contradicts them, well away from 6 and 12."""
    angle = np.deg2rad(30 * hour) * (1 if side == "L" else -1)
    place = np.array([radius * np.sin(angle), radius * np.cos(angle), deep])
    half_hours = round(2 * float(clock_h(place, side))) / 2
    clock = {"clock": half_hours or 12.0, "quadrant": str(quadrant(place))}
    lps = breast_to_lps(place, [0, 0, 0], side).tolist()
    at = dict(zip(("mr_l_mm", "mr_p_mm", "mr_s_mm"), lps, strict=True))
    at["depth_third"] = "middle" if deep > 20 else ""
    at |= dict.fromkeys(("mr_nipple_l_mm", "mr_nipple_p_mm", "mr_nipple_s_mm"), 0)
    film = {"posterior_mm": deep, "transverse_mm": float(film_transverse(place, 0.0))}
    rows = [{**US, **clock, "fn_cm": round(radius / 10)}, {**MR, **clock, **at}]
    rows.append({**CC, **clock, **film})
    rows = [{**row, "breast": side} for row in rows]
    folder = tmp_path_factory.mktemp("rows")
    assert problems(folder, rows) == []
    if abs(place[0]) > 45:
        mirrored = {**clock, "clock": 12.0 - half_hours or 12.0}
        assert problems(folder, [{**US, **mirrored, "breast": side}])


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("clock", "3", "at 9 o'clock"),
        ("quadrant", "UOQ", "in the lower inner quadrant"),
        ("fn_cm", "8", "4 cm from the nipple"),
        ("size_mm", "22", "measuring 12 mm"),
    ],
)
def test_a_column_that_contradicts_the_text_beside_it_is_flagged(tmp_path, column, value, words):
    row = {**US, "text": f"Right breast, mass {words}."}
    (found,) = problems(tmp_path, [{**row, column: value}])
    assert (found[1], found[2]) == (column, "flagged")
    assert "the text says" in found[3]
    assert problems(tmp_path, [row]) == []


# --- links ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["clip", "scar", "node", "skin"])
def test_a_link_to_what_is_no_lesion_is_said(tmp_path, kind):
    rows = [{**US, "kind": "mass", "same_as": "f1"}, {**MR, "kind": kind}]
    for order in (rows, [{**rows[0], "same_as": "", "kind": kind}, {**MR, "same_as": "f0"}]):
        (found,) = problems(tmp_path, order)
        assert (found[1], found[2]) == ("same_as", "ignored")
        assert f"is a {kind}" in found[3]


def test_a_link_against_places_far_apart_is_said(tmp_path):
    us = {**US, "clock": 9, "fn_cm": 4}
    across = {**MR, "lateral_mm": -40, "superior_mm": 0, "posterior_mm": 40, "same_as": "f0"}
    (found,) = problems(tmp_path, [us, across])
    assert (found[0], found[1], found[2]) == ("f1", "same_as", "flagged")
    assert "mm apart" in found[3]
    assert problems(tmp_path, [us, {**across, "lateral_mm": 40}]) == []
    assert problems(tmp_path, [us, {**MR, "same_as": "f0"}]) == []  # no place, no contradiction


@pytest.mark.parametrize(
    ("quadrant", "holds", "breaks"),
    [("upper", 12, 6), ("outer", 9, 3), ("UOQ+LIQ", 4.5, 1.5), ("UIQ,LOQ", 8, 10.5),
     ("upper_central", 12, 6), ("far_upper", 11, 5), ("far_LIQ", 4, 10)],
)  # fmt: skip
def test_halves_and_lists_of_quadrants_beside_an_hour(tmp_path, quadrant, holds, breaks):
    """An hour in any quadrant of a list agrees; on the right one opposite does not."""
    row = {**US, "breast": "R", "quadrant": quadrant}
    assert problems(tmp_path, [{**row, "clock": holds}]) == []
    ((_, field, action, _),) = problems(tmp_path, [{**row, "clock": breaks}])
    assert (field, action) == ("clock", "flagged")


# --- entered twice --------------------------------------------------------------------------------

MASS = {**US, "kind": "mass", "clock": 10, "fn_cm": 4, "size_mm": 12}


def test_a_finding_entered_twice_in_an_exam_is_noticed(tmp_path):
    (found,) = problems(tmp_path, [MASS, MASS])
    assert (found[0], found[1], found[2]) == ("f1", "finding_id", "flagged")
    assert problems(tmp_path, [MASS, {**MASS, "size_mm": 9}]) == []
    vague = {**US, "kind": "mass", "clock": 10}
    assert problems(tmp_path, [vague, vague]) == []  # "two masses at 10 o'clock"
    ((_, field, *_),) = problems(tmp_path, [{**vague, "size_mm": 8}] * 2)  # two numbers tell
    assert field == "finding_id"


def test_an_exam_entered_under_two_names_is_noticed(tmp_path):
    def twice(first, second):
        other = {**MASS, "clock": 8, "size_mm": 7}
        rows = [{**m, "exam_id": i, **w} for i, w in (("a", first), ("b", second))
                for m in (MASS, other)]  # fmt: skip
        return problems(tmp_path, rows)

    day = {"date": "2025-03-04"}
    for when in (({}, {}), (day, day), (day, {})):
        (found,) = [p for p in twice(*when) if "orders" not in p[3]]
        assert (found[1], found[2]) == ("exam_id", "flagged")
        assert "a reports the very same" in found[3]
    assert twice(day, {"date": "2025-09-04"}) == []  # nothing changed in half a year


def test_an_exam_listed_twice_is_noticed(tmp_path):
    exam = {"modality": "MR", "exam_id": "MR", "date": "2025-03-04", "done": 1}
    (found,) = problems(tmp_path, [MASS], [exam, exam])
    assert (found[1], "counted once" in found[3]) == ("exam_id", True)
    (silent,) = problems(tmp_path, [MASS], [exam, {**exam, "exam_id": "MR b"}])
    assert (silent[1], "both count as silent" in silent[3]) == ("exam_id", True)
    later = {**exam, "exam_id": "MR b", "date": "2025-09-04"}
    assert problems(tmp_path, [MASS], [exam, later]) == []
