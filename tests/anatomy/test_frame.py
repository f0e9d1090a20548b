"""The breast frame against a table written by hand, for both sides and every half hour."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corr.anatomy import frame
from tests.builders.examples import few

# Facing the patient, 1 = the radius: superior is the same for both breasts, lateral is not.
CLOCK_TABLE = """
hour   superior   R-lateral R-quadrant   L-lateral L-quadrant
 0:30    +0.97       -0.26   UIQ           +0.26   UOQ
 1:00    +0.87       -0.50   UIQ           +0.50   UOQ
 1:30    +0.71       -0.71   UIQ           +0.71   UOQ
 2:00    +0.50       -0.87   UIQ           +0.87   UOQ
 2:30    +0.26       -0.97   UIQ           +0.97   UOQ
 3:00     0.00       -1.00   UIQ           +1.00   UOQ
 3:30    -0.26       -0.97   LIQ           +0.97   LOQ
 4:00    -0.50       -0.87   LIQ           +0.87   LOQ
 4:30    -0.71       -0.71   LIQ           +0.71   LOQ
 5:00    -0.87       -0.50   LIQ           +0.50   LOQ
 5:30    -0.97       -0.26   LIQ           +0.26   LOQ
 6:00    -1.00        0.00   LOQ            0.00   LOQ
 6:30    -0.97       +0.26   LOQ           -0.26   LIQ
 7:00    -0.87       +0.50   LOQ           -0.50   LIQ
 7:30    -0.71       +0.71   LOQ           -0.71   LIQ
 8:00    -0.50       +0.87   LOQ           -0.87   LIQ
 8:30    -0.26       +0.97   LOQ           -0.97   LIQ
 9:00     0.00       +1.00   UOQ           -1.00   UIQ
 9:30    +0.26       +0.97   UOQ           -0.97   UIQ
10:00    +0.50       +0.87   UOQ           -0.87   UIQ
10:30    +0.71       +0.71   UOQ           -0.71   UIQ
11:00    +0.87       +0.50   UOQ           -0.50   UIQ
11:30    +0.97       +0.26   UOQ           -0.26   UIQ
12:00    +1.00        0.00   UOQ            0.00   UOQ
"""

Row = tuple[str, float, float, float, str]  # side, hour, lateral, superior, quadrant


def clock_rows() -> list[Row]:
    rows: list[Row] = []
    for line in CLOCK_TABLE.strip().splitlines()[1:]:
        hour, superior, r_lateral, r_quadrant, l_lateral, l_quadrant = line.split()
        h, minutes = hour.split(":")
        value = int(h) + int(minutes) / 60
        rows.append(("R", value, float(r_lateral), float(superior), r_quadrant))
        rows.append(("L", value, float(l_lateral), float(superior), l_quadrant))
    return rows


def check_clock_table(
    to_coronal: Callable[..., np.ndarray] = frame.clock_to_coronal,
    hour_of: Callable[..., np.ndarray] = frame.clock_h,
    quadrant_of: Callable[..., np.ndarray] = frame.quadrant,
) -> None:
    """Raise AssertionError at the first row of the table the three functions contradict."""
    for side, hour, lateral, superior, quadrant in clock_rows():
        by_hand = np.array([40 * lateral, 40 * superior])
        where = f"{side} {hour} h"
        np.testing.assert_allclose(to_coronal(hour, 40.0, side), by_hand, atol=0.21, err_msg=where)
        off = (float(hour_of(by_hand, side)) - hour + 6) % 12 - 6
        assert abs(off) < 0.02, where
        assert quadrant_of(by_hand) == quadrant, where
        assert quadrant_of(to_coronal(hour, 40.0, side)) == quadrant, where


def test_the_table_covers_both_sides_and_every_half_hour():
    places = {(side, hour) for side, hour, *_ in clock_rows()}
    assert places == {(side, n / 2) for side in "LR" for n in range(1, 25)}


def test_clock_and_quadrant_follow_the_table():
    check_clock_table()


def swap(side: str) -> str:
    return {"L": "R", "R": "L"}[side]


MIRRORED = {
    "clock mirrored": {"to_coronal": lambda h, r, s: frame.clock_to_coronal(h, r, swap(s))},
    "hour mirrored": {"hour_of": lambda p, s: frame.clock_h(p, swap(s))},
    "clock blind to the side": {"to_coronal": lambda h, r, _: frame.clock_to_coronal(h, r, "R")},
    "hour blind to the side": {"hour_of": lambda p, _: frame.clock_h(p, "L")},
    "12 h at the bottom": {"to_coronal": lambda h, r, s: frame.clock_to_coronal(h + 6, r, s)},
    "quadrant mirrored": {"quadrant_of": lambda p: frame.quadrant(p * np.array([-1, 1]))},
}


@pytest.mark.parametrize("twin", MIRRORED.values(), ids=MIRRORED)
def test_a_wrong_clock_fails_the_table(twin: dict[str, Callable[..., np.ndarray]]):
    with pytest.raises(AssertionError):
        check_clock_table(**twin)


@pytest.mark.parametrize(("side", "hour"), [("R", 9), ("L", 3)])
def test_right_nine_and_left_three_are_straight_lateral(side: str, hour: float):
    np.testing.assert_allclose(frame.clock_to_coronal(hour, 50, side), [50, 0], atol=1e-9)


@pytest.mark.parametrize("hour", [7, 7.5, 8])
def test_right_seven_to_eight_is_lower_outer(hour: float):
    assert frame.quadrant(frame.clock_to_coronal(hour, 30, "R")) == "LOQ"


def on_film(side: str, hour: float, angle_deg: float) -> float:
    """Transverse film coordinate of a clock hour at radius 1."""
    point = [*frame.clock_to_coronal(hour, 1.0, side), 50.0]
    return float(frame.film_transverse(point, angle_deg))


# On a 45 degree MLO, the hours along one diagonal lie on the nipple level.
@pytest.mark.parametrize(
    ("side", "hour", "mlo", "cc"),
    [
        ("R", 7.5, 0.0, 0.71),
        ("R", 7.0, -0.26, 0.50),
        ("R", 8.0, +0.26, 0.87),
        ("R", 1.5, 0.0, -0.71),
        ("R", 10.5, 1.0, 0.71),
        ("R", 4.5, -1.0, -0.71),
        ("L", 4.5, 0.0, 0.71),
        ("L", 5.0, -0.26, 0.50),
        ("L", 4.0, +0.26, 0.87),
        ("L", 10.5, 0.0, -0.71),
        ("L", 1.5, 1.0, 0.71),
        ("L", 7.5, -1.0, -0.71),
    ],
)
def test_what_deep_to_the_nipple_can_mean(side: str, hour: float, mlo: float, cc: float):
    assert on_film(side, hour, 45.0) == pytest.approx(mlo, abs=0.005)
    assert on_film(side, hour, 0.0) == pytest.approx(cc, abs=0.005)


@pytest.mark.parametrize("angle_deg", [30.0, 45.0, 60.0])
@pytest.mark.parametrize(("side", "inner", "outer"), [("R", 3, 9), ("L", 9, 3)])
def test_muffins_rise_lead_sinks(side: str, inner: float, outer: float, angle_deg: float):
    assert on_film(side, inner, 90.0) > on_film(side, inner, angle_deg) + 0.4
    assert on_film(side, outer, 90.0) < on_film(side, outer, angle_deg) - 0.4


coordinate = st.floats(-120, 120)
point = st.tuples(coordinate, coordinate, coordinate)
hours = st.floats(0.01, 12)
radii = st.floats(1, 120)
sides = st.sampled_from("LR")
quick = few(100)


@quick
@given(hours, radii)
def test_mirror_symmetry(hour: float, radius: float):
    """The left breast at 12 - h is the right breast at h, in breast words."""
    right = frame.clock_to_coronal(hour, radius, "R")
    left = frame.clock_to_coronal(12 - hour, radius, "L")
    np.testing.assert_allclose(left, right, atol=1e-9)


@quick
@given(point)
def test_the_same_words_name_mirrored_hours(p: tuple[float, float, float]):
    both = frame.clock_h(p, "R") + frame.clock_h(p, "L")
    assert float(both) % 12 == pytest.approx(0, abs=1e-6) or float(both) % 12 == pytest.approx(12)


@quick
@given(hours, radii, sides, st.integers(-3, 3))
def test_thirty_degrees_are_one_hour(hour: float, radius: float, side: str, steps: int):
    """Turning clockwise as seen facing the patient adds hours on either side."""
    angle = np.deg2rad(30.0 * steps)
    left, superior = frame.clock_to_coronal(hour, radius, side) * [frame.left_sign(side), 1.0]
    turned = [
        left * np.cos(angle) + superior * np.sin(angle),
        superior * np.cos(angle) - left * np.sin(angle),
    ]
    later = frame.clock_to_coronal(hour + steps, radius, side)
    np.testing.assert_allclose(later * [frame.left_sign(side), 1.0], turned, atol=1e-9)


@quick
@given(hours, radii, sides)
def test_clock_round_trip(hour: float, radius: float, side: str):
    p = frame.clock_to_coronal(hour, radius, side)
    back = float(frame.clock_h(p, side))
    assert 0 < back <= 12
    assert abs((back - hour + 6) % 12 - 6) < 1e-6
    assert np.hypot(*p) == pytest.approx(radius)


@quick
@given(point, point, sides)
def test_lps_round_trip(p: tuple, nipple: tuple, side: str):
    there = frame.breast_to_lps(p, nipple, side)
    np.testing.assert_allclose(frame.lps_to_breast(there, nipple, side), p, atol=1e-9)
    distance = np.linalg.norm(there - np.asarray(nipple))
    assert distance == pytest.approx(float(np.linalg.norm(p)), abs=1e-9)


@quick
@given(coordinate, coordinate, coordinate, st.floats(1, 50), st.floats(1, 89))
def test_the_more_medial_of_two_rises(
    lateral: float, superior: float, posterior: float, gap: float, angle_deg: float
):
    outer_inner = [[lateral, superior, posterior], [lateral - gap, superior, posterior]]
    rise = frame.film_transverse(outer_inner, 90.0) - frame.film_transverse(outer_inner, angle_deg)
    assert rise[1] > rise[0]


@pytest.mark.parametrize(("side", "determinant"), [("R", 1.0), ("L", -1.0)])
def test_handedness(side: str, determinant: float):
    axes = frame.breast_to_lps(np.eye(3), np.zeros(3), side)
    assert np.linalg.det(axes) == pytest.approx(determinant)


@pytest.mark.parametrize(
    ("side", "lps", "breast"),
    [
        ("R", (-3, 0, 0), (3, 0, 0)),  # the patient's right is lateral on the right breast
        ("L", (3, 0, 0), (3, 0, 0)),
        ("R", (0, 5, 0), (0, 0, 5)),
        ("L", (0, 0, 7), (0, 7, 0)),
    ],
)
def test_lps_axes_by_hand(side: str, lps: tuple, breast: tuple):
    nipple = np.array([60.0, -110.0, 1250.0])
    np.testing.assert_allclose(frame.lps_to_breast(nipple + lps, nipple, side), breast, atol=1e-9)


def test_arrays_keep_their_shape():
    hours_ = np.arange(1.0, 13.0)
    coronal = frame.clock_to_coronal(hours_, 20.0, "L")
    assert coronal.shape == (12, 2)
    np.testing.assert_allclose(frame.clock_h(coronal, "L"), hours_)
    assert frame.quadrant(coronal.reshape(3, 4, 2)).shape == (3, 4)
    assert frame.film_transverse(np.zeros((5, 3)), 45.0).shape == (5,)


@pytest.mark.parametrize("side", ["left", "l", "", "B"])
def test_an_unknown_side_is_refused(side: str):
    with pytest.raises(ValueError, match=f"'L' or 'R', got '{side}'"):
        frame.clock_to_coronal(3, 10, side)
    with pytest.raises(ValueError, match="which breast"):
        frame.lps_to_breast(np.zeros(3), np.zeros(3), side)


@pytest.mark.parametrize("side", ["L", "R"])
def test_straight_above_the_nipple_is_twelve(side):
    assert frame.clock_h([0.0, 30.0], side) == 12.0
