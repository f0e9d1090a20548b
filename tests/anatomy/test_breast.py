"""The reference breast: extents, grid, prior and skin, against formulas worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import cKDTree
from scipy.special import ndtr

from corr import parameters
from corr.anatomy import breast, extents, frame
from corr.anatomy.breast import BreastModel
from corr.anatomy.extents import Extents
from corr.records import Shape
from tests.builders.examples import few

P = parameters.load()
DEFAULT = breast.build(Shape(), P)
ROUND = P.override(
    dict.fromkeys(("breast_lateral_mm", "breast_medial_mm", "breast_superior_mm"), 60.0)
    | {"breast_inferior_mm": 60.0, "breast_depth_mm": 60.0, "supine_lr_scale": 1.0}
    | {"supine_ap_scale": 1.0, "grid_mm": 5.0}
)


# --- extents ------------------------------------------------------------------------------


def test_semi_axes_are_those_of_the_side_a_point_is_on():
    e = Extents(lateral=50, medial=60, superior=70, inferior=40, depth=80)
    a, b = e.semi_axes(np.array([[1.0, -1, 0], [-1.0, 1, 0], [0.0, 0, 0]]))
    assert a.tolist() == [50, 60, 50]
    assert b.tolist() == [40, 70, 70]


@pytest.mark.parametrize(
    ("angle_deg", "height_mm"),
    [(0, 110), (90, 110), (-90, 110), (30, 110), (45, 110)],
)
def test_a_round_breast_is_equally_high_along_every_beam(angle_deg, height_mm):
    e = Extents(lateral=50, medial=60, superior=70, inferior=40, depth=80)
    assert e.height_along(angle_deg) == pytest.approx(height_mm)


@pytest.mark.parametrize(
    ("angle_deg", "height_mm"), [(0, 80.0), (90, 100.0), (30, np.hypot(50, 80 * 0.75**0.5))]
)
def test_height_along_the_beam_of_a_wide_breast(angle_deg, height_mm):
    e = Extents(lateral=50, medial=50, superior=40, inferior=40, depth=80)
    assert e.height_along(angle_deg) == pytest.approx(height_mm)


def test_measured_extents_are_taken_back_from_prone_and_the_rest_from_the_population():
    p = P.override({"prone_lr_scale": 0.8, "prone_ap_scale": 1.25, "breast_medial_mm": 57.6})
    shape = Shape(mr_ext_lateral_mm=48, mr_nipple_to_chestwall_mm=100, mr_ext_superior_mm=10)
    e = extents.extents_from(shape, p)
    assert e.lateral == 60  # 48 / 0.8
    assert e.depth == 80  # 100 / 1.25
    assert e.superior == 25  # the least believed
    assert e.medial == 60  # population, in 5 mm steps


def test_the_other_breast_tells_how_deep_this_one_is_where_nothing_else_does():
    """Left and right differ by 6.7 mm (CC) and 6.9 (MLO): less sure than the breast's own film."""
    unknown, own, other = (
        extents.extents_from(shape, P)
        for shape in (
            Shape(),
            Shape(films=(("CC", 140.0, None, None),)),
            Shape(other_films=(("CC", 138.0), ("MLO", 142.0))),
        )
    )
    assert own.depth >= other.depth > unknown.depth + 10
    assert own.depth_relative_sd <= other.depth_relative_sd < unknown.depth_relative_sd
    both = Shape(films=(("MLO", 140.0, None, None),), other_films=(("CC", 60.0),))
    assert extents.extents_from(both, P) == own  # its own is known
    unlike = P.override({"other_breast_edge_sd_mm": 400.0})
    vague = extents.extents_from(Shape(other_films=(("CC", 140.0),)), unlike)
    assert vague.depth == unknown.depth  # broken twin: women who are not symmetric


def test_equal_shapes_share_one_model():
    assert breast.build(Shape(density="d"), P) is breast.build(Shape(), P)


# --- grid ---------------------------------------------------------------------------------


@few(12)
@given(
    lateral=st.floats(45, 80), medial=st.floats(45, 80), superior=st.floats(45, 80),
    inferior=st.floats(45, 80), depth=st.floats(60, 110),
)  # fmt: skip
def test_the_grid_fills_the_half_ellipsoid_with_a_soft_edge(
    lateral, medial, superior, inferior, depth
):
    shape = Shape("b", depth, lateral, medial, superior, inferior)
    model = breast.build(shape, P.override({"grid_mm": 4.0}))
    e, x = model.extents, model.points
    a, b = e.semi_axes(x)
    ahead = np.maximum(1 - x[:, 2] / e.depth, 0)
    reach = np.sqrt((x[:, 0] / a) ** 2 + (x[:, 1] / b) ** 2 + ahead**2)
    assert reach.max() <= 1 + extents.EDGE_SDS * e.relative_sd
    assert x[:, 2].min() > 0
    behind = x[:, 2] - e.wall_slope * np.maximum(x[:, 0], 0)
    assert behind.max() <= e.depth * (1 + extents.EDGE_SDS * e.depth_relative_sd) + 1e-9
    inside = (reach <= 1) & (x[:, 2] <= e.depth)
    volume = np.pi / 6 * (e.lateral + e.medial) * (e.superior + e.inferior) * e.depth
    assert inside.sum() * 4.0**3 == pytest.approx(volume, rel=0.08)
    assert model.prior.min() > 0
    assert model.prior.sum() == pytest.approx(1.0)


def test_single_precision_columns_are_the_same_points():
    np.testing.assert_allclose(np.stack(DEFAULT.axes, axis=-1), DEFAULT.points, rtol=1e-6)
    assert DEFAULT.prior32.dtype == np.float32


def test_a_coarse_grid_stands_for_the_whole_and_keeps_what_is_near():
    x = DEFAULT.points
    near = x[:, 0] > 20.0
    few, some = DEFAULT.coarse(), DEFAULT.coarse(near)
    for m in (few, some):
        assert m.prior.sum() == pytest.approx(1.0)
        np.testing.assert_allclose(m.prior @ m.points, DEFAULT.prior @ x, atol=1.0)
        assert m.cells_held.sum() == pytest.approx(len(x), rel=0.02)
    assert len(few.points) == pytest.approx(len(x) / 4, rel=0.02)
    assert (some.points[:, 0] > 20.0).sum() == near.sum()
    np.testing.assert_array_equal(some.coarse().points, few.points)  # whichever way
    np.testing.assert_allclose(some.coarse().prior, few.prior)
    here = DEFAULT.at(x[:3])
    assert here.part_of is None
    np.testing.assert_allclose(here.skin[1], DEFAULT.skin[1][:3], atol=1e-5)


# --- prior --------------------------------------------------------------------------------


def quadrant_shares(model: BreastModel, p) -> dict[str, float]:
    x = model.points
    central = np.hypot(x[:, 0], x[:, 1]) < p["central_radius_mm"]
    label = np.where(central, "central", np.char.lower(frame.quadrant(x)))
    return {k: model.prior[label == k].sum() for k in ("uoq", "uiq", "loq", "liq", "central")}


def published(p) -> dict[str, float]:
    names = ("uoq", "uiq", "loq", "liq", "central")
    total = sum(p[f"prior_{k}"] for k in names)
    return {k: p[f"prior_{k}"] / total for k in names}


def agree(a: dict[str, float], b: dict[str, float]) -> bool:
    return all(abs(a[k] - b[k]) < 1e-9 for k in a)


def test_without_the_volume_share_quadrants_have_their_published_frequencies():
    p = P.override({"prior_volume_share": 0.0})
    model = breast.build(Shape(), p)
    assert agree(quadrant_shares(model, p), published(p))
    mirrored = replace(model, points=model.points * (-1, 1, 1))  # broken twin: lateral is medial
    assert not agree(quadrant_shares(mirrored, p), published(p))


def test_with_volume_only_points_well_inside_are_equally_likely_and_the_edge_is_soft():
    shape = Shape(None, 96.0, 57.0, 57.0, 57.0, 57.0)
    model = breast.build(shape, P.override({"prior_volume_share": 1.0}))
    e, x = model.extents, model.points
    skin, wall = e.reach(x)
    margin = 3 * e.depth_relative_sd
    deep = model.prior[(skin < 1 - margin) & (x[:, 2] < (1 - margin) * e.depth)]
    np.testing.assert_allclose(deep, deep.max(), rtol=0.02)
    beyond = model.prior[(skin > 1 + e.relative_sd) | (wall > 1 + e.depth_relative_sd)]
    assert 0 < beyond.max() < 0.2 * deep.max()


def test_beside_the_chest_wall_lies_a_thin_axillary_tail_on_the_lateral_side_only():
    e, x = DEFAULT.extents, DEFAULT.points
    tail = x[:, 2] > e.depth * (1 + 1.5 * e.depth_relative_sd)
    assert x[tail, 0].min() > 0
    assert 0.0 < DEFAULT.prior[tail].sum() < 0.05


def test_a_point_of_the_tail_counts_as_much_as_the_table_says():
    model = breast.build(Shape(), P.override({"prior_volume_share": 1.0}))
    e, z = model.extents, model.points[:, 2] / model.extents.depth
    skin, wall = e.reach(model.points)
    inside = ndtr((1 - skin) / e.relative_sd)
    of_breast, of_both = (ndtr((1 - d) / e.depth_relative_sd) for d in (z, wall))
    tail = (of_both - of_breast > 0.3) & (inside > 0.5)
    assert tail.any()
    held = inside * (of_breast + P["tail_density"] * (of_both - of_breast)) * model.cells_held
    share = model.prior / held
    np.testing.assert_allclose(share[tail], np.median(share[of_both - of_breast < 0.01]), rtol=0.01)


def test_the_mixture_is_half_way():
    flat, named = (
        breast.build(Shape(), P.override({"prior_volume_share": share})).prior
        for share in (1.0, 0.0)
    )
    half = breast.build(Shape(), P.override({"prior_volume_share": 0.5})).prior
    np.testing.assert_allclose(half, 0.5 * (flat + named))


# --- skin ---------------------------------------------------------------------------------


def test_skin_of_a_half_sphere_is_its_polar_angle():
    """Depth is R minus the distance to the centre, the skin map is R times the angle."""
    model = breast.build(Shape(), ROUND)
    x = model.points
    from_centre = x - (0, 0, 60.0)
    r = np.linalg.norm(from_centre, axis=1)
    angle = np.arctan2(np.hypot(x[:, 0], x[:, 1]), -from_centre[:, 2])
    off_axis = np.hypot(x[:, 0], x[:, 1])
    clear = (r > 20) & (r < 57) & (off_axis > 5) & (x[:, 2] < 60)
    skin_map, depth = model.skin
    np.testing.assert_allclose(depth[clear], (60 - r)[clear], atol=1.6)
    hand = 60 * angle[clear, None] * x[clear, :2] / off_axis[clear, None]
    assert np.abs(skin_map[clear] - hand).max() < 4.0  # the skin is sampled every 2 to 4 mm
    assert np.abs(skin_map[clear] - hand).mean() < 1.2


def test_skin_distance_is_longer_than_the_straight_line_and_points_the_same_way():
    skin_map, depth = DEFAULT.skin
    x = DEFAULT.points
    shallow = (depth < 8) & (DEFAULT.extents.reach(x)[0] <= 1)
    straight = np.hypot(x[:, 0], x[:, 1])
    along = np.hypot(*skin_map.T)
    far = shallow & (straight > 25)
    assert np.all(along[far] > straight[far] * DEFAULT.supine_lr - 4)
    cosine = (skin_map * x[:, :2]).sum(axis=1)[far] / (along * straight)[far]
    assert cosine.min() > 0.95


@pytest.mark.parametrize(
    "shape", [Shape(), Shape(None, 96.0, 57.0, 70.0, 50.0, 60.0), Shape(None, 60.0, 80.0, 60.0)]
)
def test_the_nearest_skin_is_that_of_a_sheet_twenty_times_as_fine(shape):
    model = breast.build(shape, P)
    e = model.extents.scaled(model.supine_lr, model.supine_ap)
    supine = model.points * (model.supine_lr, model.supine_lr, model.supine_ap)

    def nearest_sample(steps: int) -> tuple[np.ndarray, np.ndarray]:
        surface, skin_map = breast._skin_sheet(e, steps)
        depth, index = cKDTree(surface.reshape(-1, 3)).query(supine)
        return skin_map.reshape(-1, 2)[index], depth

    skin_map, depth = nearest_sample(320)

    def most_off(found: tuple[np.ndarray, np.ndarray]) -> tuple[float, float]:
        off = np.hypot(*(found[0] - skin_map).T), np.abs(found[1] - depth)
        return float(np.quantile(off[0], 0.9)), float(np.quantile(off[1], 0.9))

    along, below = most_off(breast._nearest_skin(supine, e))
    assert along < 0.9
    assert below < 0.3
    assert most_off(nearest_sample(48))[0] > 2.0  # what it took the place of


# --- other spreads --------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [0.7, 1.5])
def test_under_other_spreads_the_grid_and_its_skin_are_shared(factor):
    shape = Shape(None, 96.0, 57.0)
    own, p = breast.build(shape, P), P.scale_spreads(factor)
    like, anew = breast.build(shape, p, like=own), breast.build(shape, p)
    assert like.extents == anew.extents
    here = {tuple(x) for x in like.points}
    kept = [tuple(x) in here for x in own.points]
    assert sum(kept) == len(like.points)
    assert all(kept) == (factor > 1)
    np.testing.assert_array_equal(like.skin[1], own.skin[1][kept])
    assert like.prior.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(like.prior @ like.points, anew.prior @ anew.points, atol=2.5)


def test_a_breast_of_another_size_has_a_grid_of_its_own():
    small, large = Shape(None, 60.0, 45.0), Shape(None, 110.0, 80.0)
    assert breast.build(large, P, like=breast.build(small, P)) is breast.build(large, P)
