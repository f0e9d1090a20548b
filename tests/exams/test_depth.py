"""The fit of depths in two poses finds what made-up landmarks were made with."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.real_landmarks import depth
from corr import parameters


def made_up(shared: float, skin_mm: float, growth: float, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for woman in range(150):
        scale = shared * rng.standard_normal()
        for mm in rng.uniform(5, 60, 4):
            own = (skin_mm + growth * mm) * rng.standard_t(4)
            rows.append((str(woman), "L", mm, mm * (1 + scale) + own))
    return pd.DataFrame(rows, columns=["case", "side", depth.PRONE, depth.SUPINE])


@pytest.mark.parametrize("made", [(0.2, 1.5, 0.05), (0.05, 3.0, 0.15)])
def test_the_fit_finds_what_the_depths_were_made_with(made: tuple[float, float, float]):
    found = depth.fit(made_up(*made))
    assert found == pytest.approx(made, rel=0.3, abs=0.04)


def test_depths_that_are_not_of_one_breast_share_nothing():
    table = made_up(0.2, 1.5, 0.05)
    mixed = table.assign(case=np.random.default_rng(1).permutation(table["case"]))  # broken twin
    assert depth.fit(mixed)[0] < 0.5 * depth.fit(table)[0]


def test_the_interval_is_that_of_leaving_one_woman_out():
    table = made_up(0.2, 1.5, 0.05).head(24)
    for (name, value, low, high, n), expected in zip(
        depth.depth_errors(table), depth.NAMES, strict=True
    ):
        assert name == expected
        assert low <= value * 1.02
        assert high >= value * 0.98
        assert low < high
        assert n == 24


def test_the_constants_are_what_was_fitted():
    """Values of the summary of the real landmarks, which the sources of the constants quote."""
    p = parameters.load()
    assert p["us_depth_scale_sd"] == pytest.approx(0.185, abs=0.01)
    assert p["us_depth_sd_mm"] == pytest.approx(np.hypot(1.78, 1.7), abs=0.05)
    assert p["us_depth_rel_sd"] == pytest.approx(0.054, abs=0.01)
