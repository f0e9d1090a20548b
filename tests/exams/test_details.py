"""Details of the maps and of what exams report, each by one sharp case."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr

from corr import parameters
from corr.anatomy.breast import BreastModel, build
from corr.exams import mammography, mri, regions
from corr.exams.registry import EXAMS
from corr.records import Finding, Reading, Shape

P = parameters.load()
MODEL = build(Shape(), P)
CC = Reading("CC", "MG", "MG", "CC", 0.0, 55.0)
MR = Reading("MR", "MR", "MR")
US = Reading("US", "US", "US")


def at(*points: tuple[float, float, float]) -> BreastModel:
    return MODEL.at(np.array(points, dtype=float))


@pytest.mark.parametrize(
    ("angle", "name"), [(0.0, "cc"), (-19.9, "cc"), (20.0, "known"), (45.0, "known")]
)
def test_a_film_from_above_is_tilted_more_than_its_angle_says(angle: float, name: str):
    film = replace(CC, angle_deg=angle)
    assert mammography.film_angle(film, P) == (angle, P[f"mg_angle_{name}_sd_deg"])
    assert P["mg_angle_cc_sd_deg"] != P["mg_angle_known_sd_deg"]


def test_the_tube_of_an_iso_is_below_and_of_an_sio_above():
    """On the same diagonal, so heights above the detector are mirrored."""
    model = at((15.0, 20.0, 40.0), (-10.0, -25.0, 50.0))
    iso, sio = (
        mammography.beam_height_mm(replace(CC, view=view, angle_deg=-45.0), model, P)
        for view in ("ISO", "SIO")
    )
    np.testing.assert_allclose(iso, 55.0 - sio, atol=1e-9)
    plain = mammography.beam_height_mm(replace(CC, view="MLO", angle_deg=-45.0), model, P)
    np.testing.assert_array_equal(sio, plain)
    assert np.abs(iso - sio).min() > 1.0


def test_the_chest_wall_recedes_laterally_only():
    """As far behind a medial point as behind the nipple; farther behind a lateral one."""
    model = at((-30.0, 0.0, 40.0), (0.0, 0.0, 40.0), (30.0, 0.0, 40.0))
    still = mri.errors(MR, P)[0][None, :]
    seen = mri.appear(MR, model, still, P)
    f = Finding("f", "MR", "MR", chestwall_mm=20.0)
    ((_, (wall,), sd),) = mri.stated(f, seen, MR, model, P)
    recedes = P["chest_wall_slope"] * 30.0 * P["prone_ap_scale"]
    np.testing.assert_allclose(wall - wall[1], [0.0, 0.0, recedes], atol=1e-4)
    twice = P.override({"mr_chestwall_over_posterior_sd": 3.0, "breast_depth_mm": 86.0})
    assert mri.stated(f, seen, MR, model, twice)[0][2] > sd


@pytest.mark.parametrize(
    ("third", "inside", "outside"),
    [("anterior", (0.05, 0.3), (0.45, 0.9)), ("middle", (0.4, 0.6), (0.1, 0.9)),
     ("posterior", (0.7, 0.95), (0.2, 0.55))],
)  # fmt: skip
def test_thirds_of_the_depth_are_thirds(
    third: str, inside: tuple[float, ...], outside: tuple[float, ...]
):
    deep = MODEL.extents.depth
    sharp = P.override({"word_edge_mm": 2.0})
    model = at(*((0.0, 0.0, share * deep) for share in (*inside, *outside)))
    f = Finding("f", "MR", "MR", depth_third=third)  # type: ignore[arg-type]
    said = regions.likelihood(f, MR, model, sharp, "R")
    assert said is not None
    assert said[: len(inside)].min() > 0.9
    assert said[len(inside) :].max() < 0.1


def test_lesions_of_the_tail_are_as_dense_as_the_table_says():
    """At density 1 the tail is tissue like any other: only the chest wall ends it."""
    alike = P.override({"prior_volume_share": 1.0, "tail_density": 1.0})
    model = build(Shape(), alike)
    e = model.extents
    skin, wall = e.reach(model.points)
    expected = ndtr((1.0 - skin) / e.relative_sd) * ndtr((1.0 - wall) / e.depth_relative_sd)
    np.testing.assert_allclose(model.prior, expected / expected.sum(), rtol=1e-9)
    thin = build(Shape(), alike.override({"tail_density": 0.0}))
    only = expected * ndtr((1.0 - thin.points[:, 2] / e.depth) / e.depth_relative_sd)
    only /= ndtr((1.0 - wall) / e.depth_relative_sd)
    np.testing.assert_allclose(thin.prior, only / only.sum(), rtol=1e-9)


NIPPLE = {"lateral_mm": 3.0, "superior_mm": 3.0, "posterior_mm": 10.0}


@pytest.mark.parametrize(
    ("reading", "said", "name"),
    [
        (MR, NIPPLE, "false_mr_nipple"),
        (MR, {**NIPPLE, "posterior_mm": 60.0}, "false_mr"),
        (MR, {**NIPPLE, "lateral_mm": 40.0}, "false_mr"),
        (MR, {"region": "subareolar"}, "false_mr_nipple"),
        (MR, {"region": "central"}, "false_mr"),
        (US, {"region": "subareolar"}, "false_us"),
        (CC, {"region": "subareolar"}, "false_mg"),
    ],
)
def test_more_is_nothing_behind_the_nipple_on_mri_alone(
    reading: Reading, said: dict[str, object], name: str
):
    f = Finding("f", reading.reading_id, reading.modality, **said)  # type: ignore[arg-type]
    assert EXAMS[reading.modality].false_rate(f, P) == P[name]


@pytest.mark.parametrize("modality", EXAMS)
def test_each_exam_measures_with_its_own_bias(modality: str):
    name = f"size_bias_{modality.lower()}"
    exam = EXAMS[modality]
    assert exam.size_bias("mass", P) == P.get(name, 1.0)
    assert exam.size_bias("nme", P) == P["size_bias_nme"]
