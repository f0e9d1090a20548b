"""Every view code on both sides: its signed angle, or the reason why it is refused."""

from __future__ import annotations

import pytest

from corr.anatomy.views import (
    ALL_VIEWS,
    REFUSED_VIEWS,
    VIEWS,
    ViewError,
    sign_contradicts,
    signed_angle_deg,
)

# view: (nothing stated, [(stated, signed)], [stated that contradict the view])
ANGLES = {
    "CC": (0.0, [(0, 0.0), (-1, -1.0), (5, 5.0), (-20, -20.0)], [45, -45, 21, 90, 180]),
    "FB": (0.0, [(0, 0.0), (2, 2.0)], [180, 45, -90]),
    "MLO": (None, [(45, 45.0), (-45, 45.0), (30, 30.0), (-58.7, 58.7)], [0, 7.6, 90, -7.4, 76]),
    "LMO": (None, [(45, 45.0), (-60, 60.0)], [0, 90]),
    "ML": (90.0, [(90, 90.0), (-90, 90.0), (70, 70.0), (91, 91.0)], [0, 45, 101]),
    "LM": (90.0, [(90, 90.0), (-90, 90.0)], [0, -45]),
    "SIO": (None, [(45, -45.0), (-45, -45.0)], [0, 90]),
    "ISO": (None, [(40, -40.0), (-30, -30.0)], [0, -90]),
}
REFUSED = ("XCCL", "XCCM", "XCC", "AT", "CV", "TAN", "RL", "RM", "RI", "RS", "ID", "S", "M")


def test_the_tables_name_every_code():
    assert set(ANGLES) == set(VIEWS)
    assert set(REFUSED) == set(REFUSED_VIEWS)
    assert len(ALL_VIEWS) == len(set(ALL_VIEWS)) == len(ANGLES) + len(REFUSED) + 1


@pytest.mark.parametrize("side", ["L", "R"])
@pytest.mark.parametrize("view", ALL_VIEWS)
def test_every_view_on_both_sides(view, side):
    if view in REFUSED:
        for stated in (None, 0.0, 45.0):
            with pytest.raises(ViewError, match=f"{view} is refused: ") as error:
                signed_angle_deg(view, side, stated)
            assert "MLO" in error.value.allowed
        return
    if view == "STEREO":
        for stated in (-15.0, 15.0, -14.0, 0.0):
            assert signed_angle_deg(view, side, stated) == stated
            assert signed_angle_deg(view, side, stated, "ML") == 90.0 + stated
            assert signed_angle_deg(view, side, stated, "MLO") == 45.0 + stated
            assert signed_angle_deg(view, side, stated, "SIO") == -45.0 + stated
        for stated, base in ((None, None), (45.0, None), (15.0, "XCCL"), (15.0, "STEREO")):
            with pytest.raises(ViewError):
                signed_angle_deg(view, side, stated, base)
        return
    unstated, fitting, contradicting = ANGLES[view]
    assert signed_angle_deg(view, side) == unstated
    for stated, signed in fitting:
        assert signed_angle_deg(view, side, stated) == signed
        assert sign_contradicts(view, stated) == (stated * signed < 0)
    for stated in contradicting:
        with pytest.raises(ViewError, match="contradicts") as error:
            signed_angle_deg(view, side, stated)
        assert "degrees" in error.value.allowed


@pytest.mark.parametrize("side", ["", "l", "B", "left"])
def test_the_side_must_be_known(side):
    with pytest.raises(ValueError, match="breast side"):
        signed_angle_deg("CC", side)


def test_an_unknown_view_lists_the_known_ones():
    with pytest.raises(ViewError, match="unknown view 'MLX'") as error:
        signed_angle_deg("MLX", "R")
    assert error.value.allowed == ", ".join(VIEWS)
    assert not sign_contradicts("MLX", -45.0)
