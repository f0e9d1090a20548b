"""Directions of a film in the breast frame."""

from __future__ import annotations

import pytest

from corr.anatomy.film import transverse_sign


@pytest.mark.parametrize("side", ["R", "L"])
@pytest.mark.parametrize("angle_deg", [0.0, 30.0, 60.0])
def test_a_letter_and_its_opposite_point_apart_and_sides_are_mirrored(side: str, angle_deg: float):
    """The patient's left is lateral on the left breast: (cos a, sin a) runs along it there."""
    outward, inward = ("L", "R") if side == "L" else ("R", "L")
    assert transverse_sign(outward, side, angle_deg) == 1
    assert transverse_sign(inward, side, angle_deg) == -1
    assert transverse_sign("H", side, 90.0) == 1
    assert transverse_sign("F", side, 90.0) == -1
