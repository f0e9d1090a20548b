"""What each exam would measure of a point, and what its words and numbers say in return."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from corr import parameters
from corr.anatomy import breast, frame
from corr.anatomy.breast import BreastModel
from corr.anatomy.extents import Extents
from corr.anatomy.views import REFUSED_VIEWS
from corr.exams import kernels, mammography, mri, nodes, regions, sighting, ultrasound
from corr.exams.affine import Affine, Basis
from corr.judgement.beliefs import Places
from corr.judgement.judge import judge
from corr.records import Breast, Finding, Reading, Shape
from tests.builders.examples import few
from tests.builders.fakes import shared_nodes

P = parameters.load()
MODEL = breast.build(Shape(), P)
MEASURED = Shape(
    mr_nipple_to_chestwall_mm=75.0, mr_ext_lateral_mm=60.0, mr_ext_medial_mm=60.0,
    mr_ext_superior_mm=60.0, mr_ext_inferior_mm=55.0,
)  # fmt: skip
CC = Reading("CC", "MG", "MG", "CC", angle_deg=0.0)
MLO = Reading("MLO", "MG", "MG", "MLO", angle_deg=45.0)
ML = Reading("ML", "MG", "MG", "ML", angle_deg=90.0)
US = Reading("US", "US", "US")
ABUS = Reading("ABUS", "US", "ABUS", "ABUS")
MR = Reading("MR", "MR", "MR")
PLAIN = {
    "prone_lr_scale": 1.0, "prone_ap_scale": 1.0, "film_width_stretch": 1.0,
    "film_depth_stretch": 1.0, "film_magnification": 1.0, "film_thickness_ratio": 0.5,
    "film_mlo_lean_deg": 0.0, "film_lateral_lean_deg": 0.0,
}  # fmt: skip
"""A breast that compression does not change if it is squeezed to half its height."""


def model_of(*points: tuple[float, float, float], skin: float = 1.0) -> BreastModel:
    """A round breast of 60 mm whose grid is just these points."""
    x = np.array(points, dtype=float)
    return BreastModel(Extents(60, 60, 60, 60, 70), 5.0, x, np.full(len(x), 1 / len(x)), skin, skin)


def nominal(module, reading, p):
    """One node: no error but the expected ones."""
    return module.errors(reading, p)[0][None, :]


def places(side, *pairs, p=P):
    """Places of findings, each given with its reading."""
    readings = tuple({r.reading_id: r for r, _ in pairs}.values())
    findings = tuple(replace(f, finding_id=str(i)) for i, (_, f) in enumerate(pairs))
    b = Breast("c", side, readings, findings)
    return Places(b, findings, breast.build(b.shape, p), p, shared_nodes(b, findings, p))


def belief(reading, side="R", p=P, **stated):
    """Belief of one finding."""
    f = Finding("0", reading.reading_id, reading.modality, **stated)
    return places(side, (reading, f), p=p).belief("0")


def spread(prob, axis, points=MODEL.points):
    mean = prob @ points[:, axis]
    return mean, np.sqrt(prob @ (points[:, axis] - mean) ** 2)


# --- kernels ------------------------------------------------------------------------------


def test_the_distribution_function_is_that_of_four_degrees_of_freedom():
    u = np.concatenate([np.linspace(-8, 8, 401), [-1e4, -60, 60, 1e4]])
    np.testing.assert_allclose(kernels.student_cdf(u), stats.t(4).cdf(u), atol=1e-12)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_the_kernel_is_the_multivariate_t(dimensions):
    rng = np.random.default_rng(1)
    x = rng.normal(0, 3, (50, dimensions))
    hand = stats.multivariate_t(shape=np.eye(dimensions), df=4)
    got = kernels.student((x**2).sum(axis=1), dimensions)
    np.testing.assert_allclose(got, hand.pdf(x) / hand.pdf(np.zeros(dimensions)), rtol=1e-9)


def test_kernels_of_no_or_four_values_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        kernels.squared([])
    with pytest.raises(ValueError, match="got 4"):
        kernels.student(np.zeros(1), 4)


def known_places(d, n=9):
    """Where three values show at some points, and what ``d`` errors do to each: slope, bend."""
    rng = np.random.default_rng(5)
    at, slope = rng.normal(0, 6, (3, n)), rng.normal(0, 3, (d, 3, n))
    bend = rng.normal(0, 0.4, (d, 3, n))
    return at, slope, bend


def brute_force(values, at, slope, bend, sds):
    """Mean of the t kernel over two normal errors on a fine grid of both."""
    z, w = np.polynomial.hermite_e.hermegauss(41)
    total = 0.0
    for z1, w1 in zip(z, w, strict=True):
        for z2, w2 in zip(z, w, strict=True):
            moved = at + z1 * slope[0] + z2 * slope[1] + z1 * z1 * bend[0] + z2 * z2 * bend[1]
            off = sum(((m - v) / sd) ** 2 for m, v, sd in zip(moved, values, sds, strict=False))
            total = total + w1 * w2 * (1 + off / 4) ** (-(4 + len(values)) / 2)
    return total / w.sum() ** 2


@pytest.mark.parametrize("values", [(1.0,), (1.0, -2.0), (1.0, -2.0, 4.0)])
def test_linear_errors_are_integrated_out_of_the_kernel(values):
    at, slope, bend = known_places(2)
    sds = (2.0, 3.0, 2.5)

    def blurred(by_error):
        stated = []
        for k, v in enumerate(values):
            up, down = (at[k] + s * by_error[:, k] + bend[:, k] for s in (1, -1))
            stated.append((v, np.concatenate([at[k][None], up, down]), sds[k]))
        return kernels.blurred(stated)[0]

    truth = brute_force(values, at, slope, bend, sds)
    assert np.abs(blurred(slope) - truth).sum() < 0.05 * truth.sum()
    # broken twins: errors left out; errors taken as independent between the values
    assert np.abs(blurred(0 * slope) - truth).sum() > 0.2 * truth.sum()
    if len(values) > 1:
        turned = slope * np.array([1, -1, 1])[None, :, None]
        assert np.abs(blurred(turned) - truth).sum() > 0.1 * truth.sum()


def test_without_errors_the_blurred_kernel_is_the_kernel():
    off = np.linspace(0, 8, 30)
    for d in (1, 2, 3):
        at = [(0.0, off[None], 1.0), *[(0.0, 0 * off[None], 1.0)] * (d - 1)]
        ratio = kernels.blurred(at)[0] / kernels.student(kernels.squared(at), d)[0]
        np.testing.assert_allclose(ratio, 1, atol=0.04)


def by_nodes(finding, reading, side, count=4096):
    """`sighting.by_itself` the long way: the mean over many nodes of the errors."""
    mean, sd = sighting.errors(reading, P)
    e = mean + sd * nodes.normal_nodes(count, len(mean))
    seen = sighting.appear(reading, MODEL, e, P, side)
    return sighting.likelihood(finding, reading, seen, MODEL, P, side=side).mean()


BY_ITSELF = [
    (CC, {"posterior_mm": 40.0, "transverse_mm": 15.0}),
    (MLO, {"posterior_mm": 30.0}),
    (Reading("x", "MG", "MG", "MLO"), {"posterior_mm": 50.0, "transverse_mm": -10.0}),
    (CC, {"posterior_mm": 40.0, "beam_mm": 20.0}),
    (MR, {"lateral_mm": 20.0, "superior_mm": -10.0, "posterior_mm": 45.0}),
    (Reading("s", "MR", "MR", "SUPINE"), {"lateral_mm": 20.0, "posterior_mm": 30.0}),
    (MR, {"chestwall_mm": 30.0}),
    (US, {"clock_h": (10.0, 10.0), "fn_mm": 50.0, "depth_mm": 18.0}),
    (US, {"clock_h": (7.0, 8.0)}),
    (US, {"fn_mm": 30.0, "depth_mm": 9.0}),
    (US, {"depth_mm": 12.0}),
    (Reading("?", "MG", "MG"), {"posterior_mm": 40.0, "transverse_mm": 15.0}),
]


@pytest.mark.parametrize("side", ["L", "R"])
@pytest.mark.parametrize(("reading", "said"), BY_ITSELF)
def test_errors_of_a_finding_by_itself_are_integrated_out_as_nodes_would(reading, said, side):
    f = Finding("f", reading.reading_id, reading.modality, **said)
    quick = sighting.by_itself(f, reading, MODEL, sighting.Same(P), side=side)
    quick, slow = (MODEL.prior * k[0] for k in (quick, by_nodes(f, reading, side)))
    quick, slow = quick / quick.sum(), slow / slow.sum()
    gap = 0.5 * np.abs(quick - slow).sum()
    assert gap < 0.05
    assert np.abs((quick - slow) @ MODEL.points).max() < 0.5
    few = MODEL.prior * by_nodes(f, reading, side, 1)[0]  # the gate can fail: nearly no errors
    assert gap < 0.5 * 0.5 * np.abs(few / few.sum() - slow).sum()


def outlives_a_gaussian(kernel) -> bool:
    """The gate: at six SD the kernel is more than 100 times what a Gaussian would be."""
    six, none = np.asarray(kernel(np.array([6.0, 0.0])), dtype=float).ravel()
    return six / none > 100 * np.exp(-18.0)


def film(offset):
    f = Finding("f", "CC", "MG", transverse_mm=0.0)
    at = offset[None, :] * P["mg_transverse_sd_mm"]
    return sighting.likelihood(f, CC, (at, at), MODEL, P, side="R").values()


def prone(offset):
    at = offset[None, :] * P["mr_lateral_sd_mm"]
    f = Finding("f", "MR", "MR", lateral_mm=0.0)
    return sighting.likelihood(f, MR, (at, at, at), MODEL, P, side="R").values()


def on_skin(at):
    """Points this far from the nipple along the skin, and as deep."""
    basis = Basis(np.stack([np.ones_like(at[0]), at[0]]))
    zero, itself = (Affine(np.array([c]), basis) for c in ([0.0, 0.0], [0.0, 1.0]))
    return ultrasound.Seen(zero, itself, itself, 1.0)


def skin_distance(offset):
    at = 60 + offset[None, :] * P["us_radial_sd_mm"]
    f = Finding("f", "US", "US", fn_mm=60.0, fn_rounding_mm=0.0)
    return ultrasound.likelihood(f, on_skin(at), US, P).values()


def skin_depth(offset):
    sd = P["us_depth_sd_mm"] + P["us_depth_rel_sd"] * 20
    at = 20 + offset[None, :] * sd
    f = Finding("f", "US", "US", depth_mm=20.0)
    return ultrasound.likelihood(f, on_skin(at), US, P).values()


def clock(offset):
    radius = 120.0
    hours = 3 + np.rad2deg(offset * 8.0 / radius) / 30
    return kernels.clock_interval(2.99, 3.01, hours, np.array([radius]), 8.0)


@pytest.mark.parametrize("kernel", [film, prone, skin_distance, skin_depth, clock])
def test_tails_are_heavy(kernel):
    assert outlives_a_gaussian(kernel)


def test_a_gaussian_fails_the_gate_of_heavy_tails():
    assert not outlives_a_gaussian(lambda u: np.exp(-0.5 * u**2))


@few(40)
@given(centre=st.floats(-50, 50), sd=st.floats(1, 15), width=st.floats(2, 20))
def test_intervals_that_tile_the_line_hold_everything_once(centre, sd, width):
    edges = np.arange(-400, 400, width)
    at = np.array([centre])
    total = sum(float(kernels.interval(lo, lo + width, at, sd)[0]) * width for lo in edges)
    assert total == pytest.approx(1.0, abs=2e-3)


def test_a_narrow_interval_is_its_density():
    at, sd = np.linspace(-30, 30, 61), 7.0
    density = stats.t(4).pdf((4.0 - at) / sd) / sd
    for half in (0.0, 0.2, 0.34, 0.36, 0.7):  # the switch is at a width of 0.1 SD
        got = kernels.interval(4.0 - half, 4.0 + half, at, sd)
        np.testing.assert_allclose(got, density, rtol=5e-3)
    assert abs(kernels.interval(-6.0, 14.0, at, sd) - density).max() > 0.1 * density.max()


HOURS = st.floats(0.01, 12.0)


@few(60)
@given(hour=HOURS, radius=st.floats(0, 120), sd=st.floats(4, 15), parts=st.sampled_from([24, 60]))
def test_ranges_that_tile_the_clock_hold_everything_once(hour, radius, sd, parts):
    width = 12 / parts
    at, r = np.array([hour]), np.array([radius])
    total = sum(
        width * float(kernels.clock_interval(k * width, (k + 1) * width, at, r, sd)[0])
        for k in range(parts)
    )
    assert total == pytest.approx(1.0, abs=2e-3)


@few(60)
@given(
    hour=HOURS, lo=HOURS, width=st.floats(0.2, 3), turn=st.sampled_from(range(1, 24)),
    radius=st.floats(0, 100),
)  # fmt: skip
def test_the_clock_turns_and_wraps(hour, lo, width, turn, radius):
    at, r = np.array([hour]), np.array([radius])
    here = kernels.clock_interval(lo, lo + width, at, r, 8.0)
    turned = kernels.clock_interval(lo + turn, lo + width + turn, at + turn, r, 8.0)
    around = kernels.clock_interval(lo + 12, lo + width + 12, at, r, 8.0)
    np.testing.assert_allclose(turned, here, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(around, here, rtol=1e-4, atol=1e-6)
    if width <= turn <= 12 - width and radius > 40:
        moved = kernels.clock_interval(lo + turn, lo + width + turn, at, r, 8.0)
        inside = lo + 0.25 * width < hour < lo + 0.75 * width
        assert not inside or moved < here  # broken twin: turning only the words


def test_noon_is_as_near_to_one_as_to_eleven():
    at, r = np.array([12.0]), np.array([40.0])
    late, early = (kernels.clock_interval(lo, lo + 1, at, r, 8.0)[0] for lo in (10.5, 12.5))
    assert late == pytest.approx(early, rel=1e-5)
    wide = kernels.clock_interval(11.5, 12.5, at, r, 8.0)[0]
    assert wide > 1.5 * late


def test_at_the_nipple_every_hour_is_equally_likely():
    for lo in range(12):
        at = kernels.clock_interval(lo, lo + 1, np.array([3.0]), np.array([0.0]), 8.0)
        assert at[0] == pytest.approx(1 / 12, rel=1e-6)


def test_an_hour_says_more_the_farther_from_the_nipple():
    r = np.array([0.0, 5, 10, 20, 40, 80])
    at = kernels.clock_interval(2.5, 3.5, np.full(6, 3.0), r, 8.0)
    assert np.all(np.diff(at) > 0)


def test_soft_edges():
    at = kernels.soft_below(np.array([-1e6, 0.0, 10.0, 20.0, 1e6]), 10.0, 5.0)
    assert at[2] == pytest.approx(0.5)
    assert at[1] + at[3] == pytest.approx(1.0)
    assert at[0] == pytest.approx(1.0)
    assert at[4] < 1e-12


# --- mammography --------------------------------------------------------------------------

POINTS = ((20.0, -10.0, 30.0), (-15.0, 25.0, 10.0), (0.0, 0.0, 40.0), (30.0, 0.0, 20.0))
FILMS = {
    0.0: (20.0, -15.0, 0.0, 30.0),
    90.0: (-10.0, 25.0, 0.0, 0.0),
    45.0: (10 * 0.5**0.5, 10 * 0.5**0.5, 0.0, 30 * 0.5**0.5),
    30.0: (20 * 0.75**0.5 - 5.0, -15 * 0.75**0.5 + 12.5, 0.0, 30 * 0.75**0.5),
    -45.0: (30 * 0.5**0.5, -40 * 0.5**0.5, 0.0, 30 * 0.5**0.5),
}


@pytest.mark.parametrize(("angle_deg", "transverse"), FILMS.items())
def test_films_of_an_unchanged_breast(angle_deg, transverse):
    p = P.override(PLAIN)
    reading = Reading("x", "MG", "MG", "MLO", angle_deg=angle_deg, thickness_mm=60.0)
    model = model_of(*POINTS)
    assert mammography.stretches(reading, model, p) == pytest.approx((1.0, 1.0))
    behind, across = mammography.appear(reading, model, nominal(mammography, reading, p), p)
    np.testing.assert_allclose(behind, [[30, 10, 40, 20]], rtol=1e-6)
    np.testing.assert_allclose(across, [transverse], atol=1e-5)
    np.testing.assert_allclose(across[0], frame.film_transverse(model.points, angle_deg), atol=1e-5)


def test_squeezing_spreads_the_breast_in_the_plane_and_keeps_its_volume():
    p = P.override(PLAIN | {"film_stretch_exponent": 0.5})
    thin = replace(CC, thickness_mm=50.0)  # 120 mm high, expected to be 60 mm thick
    assert mammography.stretches(thin, model_of((0, 0, 9)), p) == pytest.approx(
        (1.2**0.5, 1.2**0.5)
    )
    unknown = p.override({"film_thickness_mm": 50.0})
    assert mammography.stretches(CC, model_of((0, 0, 9)), unknown) == pytest.approx(
        (1.2**0.5, 1.2**0.5)
    )
    flat = replace(CC, thickness_mm=20.0)
    assert mammography.stretches(flat, model_of((0, 0, 9)), p) == (1.25, 1.25)  # no further


def test_the_exam_level_errors_move_all_points_alike():
    p = P.override(PLAIN)
    model, reading = model_of(*POINTS), replace(CC, thickness_mm=60.0)
    e = np.array([[3.0, -4.0, 0.0, 30.0, np.log(1.1)]])
    behind, across = mammography.appear(reading, model, e, p)
    x = model.points
    c, s = np.cos(np.pi / 6), 0.5
    np.testing.assert_allclose(behind[0], 1.1 * (c * x[:, 2] - s * x[:, 0]) + 3, rtol=1e-5)
    np.testing.assert_allclose(across[0], 1.1 * (s * x[:, 2] + c * x[:, 0]) - 4, rtol=1e-5)


@pytest.mark.parametrize(("side", "hour"), [("R", 7.5), ("L", 4.5)])
@pytest.mark.parametrize("radius", [20.0, 40.0, 55.0])
def test_half_past_seven_lies_on_the_nipple_level_of_the_oblique(side, hour, radius):
    p = P.override({"film_mlo_lean_deg": 0.0, "film_lateral_lean_deg": 0.0})
    lateral, superior = frame.clock_to_coronal(hour, radius, side)
    model = model_of((lateral, superior, 30.0))
    at = {
        r.view: mammography.appear(r, model, nominal(mammography, r, p), p)[1].item()
        for r in (CC, MLO, ML)
    }
    assert at["MLO"] == pytest.approx(0.0, abs=1e-4)
    width = mammography.stretches(CC, model, p)[0]
    assert at["CC"] == pytest.approx(0.5**0.5 * radius * width, rel=1e-5)
    assert at["ML"] == pytest.approx(-at["CC"], rel=0.3)
    other = frame.clock_to_coronal(hour, radius, "L" if side == "R" else "R")  # broken twin
    wrong = model_of((*other, 30.0))
    on_film = mammography.appear(MLO, wrong, nominal(mammography, MLO, p), p)[1].item()
    assert abs(on_film) > 0.9 * radius


@pytest.mark.parametrize(("view", "sign"), [("MLO", 1.0), ("LMO", 1.0), ("SIO", -1.0)])
def test_the_oblique_is_turned_about_the_nipple_as_a_whole(view, sign):
    """Deeper tissue stands higher, higher tissue lies less deep, distances stay."""
    p = P.override(PLAIN | {"film_mlo_lean_deg": 20.0})
    reading = Reading(view, "MG", "MG", view, angle_deg=45.0 * sign, thickness_mm=60.0)
    up = 0.5**0.5
    for t, z in ((0.0, 50.0), (30.0, 50.0), (-25.0, 40.0), (30.0, 0.0)):
        model = model_of((t * up, t * up * sign, z))
        posterior, transverse = mammography.on_film(model.points, reading, model, p)
        c, s = np.cos(np.deg2rad(20.0)), sign * np.sin(np.deg2rad(20.0))
        assert posterior.item() == pytest.approx(c * z - s * t, abs=1e-4)
        assert transverse.item() == pytest.approx(s * z + c * t, abs=1e-4)
    assert mammography.lean_deg(0.0, p)[0] == 0.0


def test_a_lean_that_is_not_known_widens_depth_where_tissue_is_high():
    def depth_sd(superior: float) -> float:
        mean, sd = mammography.errors(MLO, P)
        e = np.tile(mean, (2, 1))
        e[1, mammography.LEAN] += sd[mammography.LEAN]
        posterior, _ = mammography.appear(MLO, model_of((superior, superior, 40.0)), e, P)
        return abs(np.diff(posterior.ravel()).item())

    assert depth_sd(30.0) > depth_sd(0.0) + 2.0


def test_depth_on_the_oblique_falls_with_height_as_on_real_films():
    """Lesions seen on both films: slope -0.31 (0.24-0.38) on height, 8.9 mm beside it."""
    rng = np.random.default_rng(3)
    model = breast.build(Shape(films=(("CC", 75.0, None, None),)), P)
    at = model.points[rng.choice(len(model.points), 2000, p=model.prior)]
    film = {}
    for reading in (CC, MLO):
        mean, sd = mammography.errors(reading, P)
        seen = [
            mammography.appear(reading, model.at(x[None]), (mean + sd * z)[None], P)
            for x, z in zip(at, rng.normal(size=(len(at), len(mean))), strict=True)
        ]  # a woman each
        own = 1.4 * np.array([P["mg_posterior_sd_mm"], P["mg_transverse_sd_mm"]])
        film[reading.view] = np.array(seen).reshape(-1, 2) + own * rng.normal(size=(len(at), 2))
    off, height = film["MLO"][:, 0] - film["CC"][:, 0], film["MLO"][:, 1]
    slope = np.polyfit(height, off, 1)[0]
    assert -0.38 < slope < -0.24
    assert (off - slope * height).std() == pytest.approx(8.9, abs=1.5)


def test_muffins_rise_and_lead_sinks():
    """From CC over MLO to ML a medial lesion climbs on the film, a lateral one sinks."""
    p = P.override({"film_mlo_lean_deg": 0.0, "film_lateral_lean_deg": 0.0})
    model = model_of((25.0, 0.0, 30.0), (-25.0, 0.0, 30.0))
    films = [
        mammography.appear(r, model, nominal(mammography, r, p), p)[1][0]
        / mammography.stretches(r, model, p)[0]
        for r in (CC, replace(MLO, angle_deg=30.0), MLO, replace(MLO, angle_deg=60.0), ML)
    ]
    lateral, medial = np.transpose(films)
    assert np.all(np.diff(lateral) < -2)
    assert np.all(np.diff(medial) > 2)
    assert films[-1] == pytest.approx([0, 0], abs=1e-5)


@pytest.mark.parametrize(
    ("view", "angle"),
    [("CC", 0.0), ("FB", 0.0), ("ML", 90.0), ("LM", 90.0), ("SIO", -45.0), ("ISO", -45.0)],
)
def test_views_without_a_stated_angle(view, angle):
    assert mammography.film_angle(Reading("x", "MG", "MG", view), P)[0] == angle


def test_an_oblique_of_unknown_angle_is_the_population_and_an_unknown_view_is_wide():
    angle, sd = mammography.film_angle(Reading("x", "MG", "MG", "MLO"), P)
    assert (angle, sd) == (P["mlo_angle_deg"], P.table["mlo_angle_deg"].spread)
    assert mammography.film_angle(Reading("x", "MG", "MG"), P)[1] > 3 * sd


SURE = {
    "mg_shift_posterior_sd_mm": 0.5, "mg_shift_transverse_sd_mm": 0.5, "mg_roll_sd_deg": 0.5,
    "mg_angle_cc_sd_deg": 0.5, "mg_scale_sd": 0.005, "mg_transverse_sd_mm": 1.2,
    "mg_posterior_sd_mm": 2.0, "mg_outlier": 0.001, "grid_mm": 4.0,
}  # fmt: skip


def stereo_belief(truth, p, angles):
    model = breast.build(Shape(), p)
    pairs = []
    for a in angles:
        r = Reading(f"S{a:g}", "MG", "MG stereo", "STEREO", angle_deg=a, thickness_mm=55.0)
        one = model.at(np.array([truth]))
        at = mammography.appear(r, one, nominal(mammography, r, p), p)
        posterior, transverse = (float(v.item()) for v in at)
        f = Finding("", r.reading_id, "MG", posterior_mm=posterior, transverse_mm=transverse)
        pairs.append((r, f))
    found = places("R", *pairs, p=p)
    prob = model.prior * np.prod([found.of[str(i)].mean(axis=0) for i in range(len(pairs))], axis=0)
    return prob / prob.sum(), model.points


@pytest.mark.parametrize("superior", [-25.0, 0.0, 30.0])
def test_a_stereo_pair_recovers_the_coordinate_along_the_beam(superior):
    p = P.override(SURE)
    truth = (15.0, superior, 35.0)
    one = spread(*[(b := stereo_belief(truth, p, (-15.0,)))[0], 1], points=b[1])
    two = spread(*[(b := stereo_belief(truth, p, (-15.0, 15.0)))[0], 1], points=b[1])
    twice = spread(*[(b := stereo_belief(truth, p, (15.0, 15.0)))[0], 1], points=b[1])
    assert two[1] < 0.7 * one[1]
    assert abs(two[0] - superior) < 8
    assert twice[1] > 1.3 * two[1]  # broken twin: two films at one angle are no pair


def test_with_the_usual_errors_a_stereo_pair_still_narrows():
    truth = (15.0, 30.0, 35.0)
    one, points = stereo_belief(truth, P, (15.0,))
    two, _ = stereo_belief(truth, P, (-15.0, 15.0))
    assert spread(two, 1, points)[1] < 0.9 * spread(one, 1, points)[1]


def test_a_slice_narrows_the_coordinate_along_the_beam():
    film = {"posterior_mm": 35.0, "transverse_mm": 10.0}
    reading = replace(CC, thickness_mm=60.0)
    plain = belief(reading, **film)
    low = belief(reading, **film, beam_mm=10.0, beam_from="detector")
    high = belief(reading, **film, beam_mm=10.0, beam_from="paddle")
    assert low.volume80_cm3 < plain.volume80_cm3
    assert spread(low.probability, 1)[1] < 0.9 * spread(plain.probability, 1)[1]
    assert low.mean_mm[1] < plain.mean_mm[1] < high.mean_mm[1]
    same = belief(reading, **film, beam_mm=50.0, beam_from="detector")
    np.testing.assert_array_equal(same.probability, high.probability)


@pytest.mark.parametrize(("view", "angle"), [("CC", 0.0), ("ML", 90.0), ("MLO", 45.0)])
def test_plates_squeeze_what_they_touch(view, angle):
    """A column through the thick of the breast reaches from plate to plate, the front does not."""
    e, reading = MODEL.extents, Reading("x", "MG", "MG", view, angle, 40.0)
    s, c = np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))
    up = np.array([-s, c, 0.0])
    mm = np.linspace(-100, 100, 201)
    thick = np.array([0.0, 0.0, e.depth]) + mm[:, None] * up
    heights = mammography.beam_height_mm(reading, MODEL.at(thick), P)
    assert heights[0] == 0
    assert heights[-1] == 40
    inside = heights[(heights > 0) & (heights < 40)]
    assert 0 < np.diff(inside).min() == pytest.approx(np.diff(inside).max())
    assert np.diff(inside).max() < 0.6  # squeezed
    front = np.array([0.0, 0.0, 1.0]) + mm[95:106, None] * up
    kept = mammography.beam_height_mm(reading, MODEL.at(front), P)
    np.testing.assert_allclose(np.diff(kept), P["prone_lr_scale"], rtol=1e-6)
    assert abs(kept[5] - 20) < 3  # half way between the plates


def test_a_wider_breast_is_squeezed_more():
    """Broken twin of one stretch for all: the edge of the breast is lower than its middle."""
    reading = replace(CC, thickness_mm=30.0)
    e = MODEL.extents
    off = np.array([[0.0, 5.0, e.depth], [0.9 * e.lateral, 5.0, e.depth]])
    level = off * (1, 0, 1)
    moved = [mammography.beam_height_mm(reading, MODEL.at(x), P) for x in (off, level)]
    middle, edge = moved[0] - moved[1]
    assert middle < 0.8 * edge


def test_the_detector_is_on_the_other_side_of_a_latero_medial_view():
    film = {"posterior_mm": 35.0, "transverse_mm": 0.0, "beam_mm": 10.0, "beam_from": "detector"}
    ml = belief(replace(ML, thickness_mm=60.0), **film)
    lm = belief(replace(ML, view="LM", thickness_mm=60.0), **film)
    assert ml.mean_mm[0] > 5  # the tube is medial, the detector lateral
    assert lm.mean_mm[0] < -5
    fb = belief(replace(CC, view="FB", thickness_mm=60.0), **film)
    assert fb.mean_mm[1] > 5  # from below: the detector is above


@pytest.mark.parametrize("view", REFUSED_VIEWS)
def test_positions_of_refused_views_say_nothing(view):
    reading = Reading("x", "MG", "MG", view, position_refused="refused")
    f = Finding("f", "x", "MG", posterior_mm=30.0, transverse_mm=10.0)
    seen = mammography.appear(CC, MODEL, nominal(mammography, CC, P), P)
    assert sighting.likelihood(f, reading, seen, MODEL, P, side="R") is None
    assert sighting.likelihood(f, CC, seen, MODEL, P, side="R") is not None
    told = belief(reading, posterior_mm=30.0, transverse_mm=10.0)
    np.testing.assert_allclose(told.probability, MODEL.prior)


def test_an_unknown_angle_leaves_more_open_than_a_stated_one():
    p = P.override({"mlo_angle_deg": 45.0, "mg_roll_sd_deg": 1.0, "grid_mm": 5.0})
    film = {"posterior_mm": 40.0, "transverse_mm": 35.0}
    known = belief(MLO, p=p, **film)
    unknown = belief(replace(MLO, angle_deg=None), p=p, **film)
    no_view = belief(replace(MLO, angle_deg=None, view=None), p=p, **film)
    assert known.volume80_cm3 <= unknown.volume80_cm3 < no_view.volume80_cm3
    assert unknown.volume80_cm3 < MODEL.cell_mm**3 * len(MODEL.points) / 1000


# --- ultrasound ---------------------------------------------------------------------------


def test_clock_and_depth_of_points_on_a_round_breast():
    p = P.override({"us_scale": 1.0, "supine_lateral_fall": 0.0, "us_probe_compression": 0.5})
    x = ((30.0, 0.0, 20.0), (0.0, 30.0, 20.0), (0.0, -30.0, 20.0), (-30.0, 0.0, 20.0))
    model = model_of(*x)
    below_skin = model.skin[1]
    for side, hours in (("L", (3, 0, 6, -3)), ("R", (-3, 0, 6, 3))):
        seen = ultrasound.appear(US, model, nominal(ultrasound, US, p), p, side)
        off = (seen.hour[0] - np.array(hours) + 6) % 12 - 6
        assert np.abs(off).max() < 0.1
        np.testing.assert_allclose(seen.depth_mm[0], 0.5 * below_skin, rtol=1e-5)
        whole = ultrasound.appear(ABUS, model, nominal(ultrasound, ABUS, p), p, side)
        np.testing.assert_allclose(whole.depth_mm[0], below_skin, rtol=1e-5)


def test_an_exam_turned_about_the_nipple_turns_every_clock_by_the_same_angle_mirrored():
    model = model_of((30.0, 10.0, 20.0), (5.0, -30.0, 20.0))
    mean = nominal(ultrasound, US, P)
    e = mean.copy()
    e[:, ultrasound.ROTATION] += 30.0
    for side, sign in (("L", 1.0), ("R", -1.0)):
        before, after = (ultrasound.appear(US, model, n, P, side).hour for n in (mean, e))
        np.testing.assert_allclose((after - before + 6) % 12 - 6, sign, rtol=1e-5)


def test_farther_from_the_nipple_is_farther_out():
    beliefs = [belief(US, clock_h=(9.0, 9.0), fn_mm=mm) for mm in (10.0, 30.0, 50.0, 70.0)]
    radius = [b.probability @ np.hypot(*MODEL.points[:, :2].T) for b in beliefs]
    lateral = [b.mean_mm[0] for b in beliefs]
    assert np.all(np.diff(radius) > 3)
    assert np.all(np.diff(lateral) > 3)


def apart(a, b):
    """Total variation distance of two beliefs."""
    return 0.5 * np.abs(a.probability - b.probability).sum()


def test_near_the_nipple_the_clock_says_nothing():
    p = P.override({"us_radial_sd_mm": 1.0, "us_shift_sd_mm": 0.5, "supine_lateral_fall": 0.0})
    three, nine = (
        {mm: belief(US, p=p, clock_h=(h, h), fn_mm=mm, fn_rounding_mm=1.0) for mm in (2.0, 45.0)}
        for h in (3.0, 9.0)
    )
    assert apart(three[45.0], nine[45.0]) > 0.8
    assert apart(three[2.0], nine[2.0]) < 0.5 * apart(three[45.0], nine[45.0])


def test_every_clock_hour_is_believed_where_it_says():
    for side in "LR":
        for h in range(1, 13):
            b = belief(US, side, clock_h=(h, h), fn_mm=45.0)
            wanted = frame.clock_to_coronal(h, 1.0, side)
            got = b.mean_mm[:2] / np.linalg.norm(b.mean_mm[:2])
            assert got @ wanted > 0.8, (side, h, b.mean_mm)


def test_depth_narrows():
    plain = belief(US, clock_h=(9.0, 9.0), fn_mm=40.0)
    shallow = belief(US, clock_h=(9.0, 9.0), fn_mm=40.0, depth_mm=5.0)
    deep = belief(US, clock_h=(9.0, 9.0), fn_mm=40.0, depth_mm=30.0)
    assert shallow.volume80_cm3 < plain.volume80_cm3
    depth = MODEL.skin[1]
    assert shallow.probability @ depth + 5 < deep.probability @ depth


def test_a_depth_is_as_uncertain_as_the_skin_it_is_measured_from():
    """By hand: own scale, and half of what is unknown of the extents."""
    seen = [
        ultrasound.appear(US, model, nominal(ultrasound, US, P), P, "R")
        for model in (MODEL, breast.build(MEASURED, P))
    ]
    unknown, known = (ultrasound.depth_sd_mm(20.0, s, P) for s in seen)
    own = P["us_depth_sd_mm"] + P["us_depth_rel_sd"] * 20
    reach = [P[f"breast_{d}_mm"] for d in ("lateral", "medial", "superior", "inferior")]
    skin = (
        P["us_depth_shape"] * MODEL.extents.relative_sd * np.mean(5 * np.round(np.divide(reach, 5)))
    )
    assert unknown == pytest.approx(np.hypot(own, skin))
    assert own < known < 0.75 * unknown


def test_a_whole_breast_scan_gives_all_three_coordinates():
    b = belief(ABUS, clock_h=(9.0, 9.0), fn_mm=40.0, fn_rounding_mm=0.5, depth_mm=15.0)
    clock_only = belief(US, clock_h=(9.0, 9.0))
    assert b.volume80_cm3 < 0.8 * clock_only.volume80_cm3
    sharp = belief(ABUS, p=P.override({"abus_sd_mm": 3.0}), clock_h=(9.0, 9.0), fn_mm=40.0)
    blunt = belief(ABUS, p=P.override({"abus_sd_mm": 16.0}), clock_h=(9.0, 9.0), fn_mm=40.0)
    assert sharp.volume80_cm3 < blunt.volume80_cm3


def test_hours_are_rounded_and_ranges_have_a_margin():
    p = P.override({"us_clock_rounding_h": 0.5, "us_range_margin_h": 0.25})
    assert ultrasound.clock_bounds((7.0, 7.0), p) == (6.5, 7.5)
    assert ultrasound.clock_bounds((7.5, 7.5), p) == (7.25, 7.75)
    assert ultrasound.clock_bounds((7.0, 8.0), p) == (6.75, 8.25)


def test_an_ultrasound_without_a_place_says_nothing():
    seen = ultrasound.appear(US, MODEL, nominal(ultrasound, US, P), P, "R")
    assert ultrasound.likelihood(Finding("f", "US", "US"), seen, US, P) is None


# --- MRI ----------------------------------------------------------------------------------


@pytest.mark.parametrize("point", POINTS)
def test_prone_and_back(point):
    p = P.override({"prone_lr_scale": 0.9, "prone_ap_scale": 1.25})
    seen = mri.appear(MR, model_of(point), nominal(mri, MR, p), p)
    prone_mm = np.array([v.item() for v in seen])
    np.testing.assert_allclose(prone_mm, np.array(point) * (0.9, 0.9, 1.25), rtol=1e-6)
    # turned a quarter: lateral goes up; half a mm aside and a quarter up per mm of depth
    e = np.array([[1.0, 2.0, 3.0, 90.0, np.log(2.0), 0.5, 0.25]])
    turned = np.array([v.item() for v in mri.appear(MR, model_of(point), e, p)])
    behind = 1.25 * point[2]
    hand = 2 * np.array([-0.9 * point[1], 0.9 * point[0], behind])
    hand += (1 + 0.5 * behind, 2 + 0.25 * behind, 3)
    np.testing.assert_allclose(turned, hand, atol=1e-4)


def test_the_supine_breast_slides_along_the_chest_wall():
    p = P.override({"supine_mr_slide": 0.5})
    flat, point = replace(MR, view="SUPINE"), model_of((10.0, 0.0, 40.0))
    still = nominal(mri, flat, p)
    moved = still.copy()
    moved[0, mri.LATERAL] = 8.0
    by = [
        b.item() - a.item()
        for a, b in zip(
            mri.appear(flat, point, still, p), mri.appear(flat, point, moved, p), strict=True
        )
    ]
    np.testing.assert_allclose(by, (8.0, 0.0, 4.0), atol=1e-4)


@pytest.mark.parametrize("point", [(15.0, -15.0, 40.0), (-20.0, 10.0, 40.0), (0.0, 0.0, 40.0)])
def test_a_prone_position_is_believed_where_it_comes_from(point):
    seen = mri.appear(MR, model_of(point), nominal(mri, MR, P), P)
    names = ("lateral_mm", "superior_mm", "posterior_mm")
    b = belief(MR, **{n: float(v.item()) for n, v in zip(names, seen, strict=True)})
    assert np.linalg.norm(b.mean_mm - point) < 8
    assert np.all(b.lo80_mm < point)
    assert np.all(b.hi80_mm > point)


def test_the_chest_wall_gives_depth_where_nothing_else_does():
    near, far = (belief(MR, chestwall_mm=mm) for mm in (15.0, 60.0))
    assert near.mean_mm[2] > far.mean_mm[2] + 10
    assert near.volume80_cm3 < len(MODEL.points) * MODEL.cell_mm**3 / 1000
    with_depth = belief(MR, posterior_mm=20.0)
    both = belief(MR, posterior_mm=20.0, chestwall_mm=5.0)  # the nearer reference is used
    np.testing.assert_array_equal(with_depth.probability, both.probability)


def test_a_distance_from_the_skin_narrows_an_mri_finding():
    """By hand: a t kernel around the model's depth, as wide as MRI's own error and its skin's."""
    place = {"lateral_mm": 25.0, "superior_mm": 10.0, "posterior_mm": 35.0}
    plain = belief(MR, **place)
    shallow, deep = (belief(MR, **place, depth_mm=mm) for mm in (6.0, 25.0))
    assert max(shallow.volume80_cm3, deep.volume80_cm3) < plain.volume80_cm3
    depth = MODEL.skin[1]
    assert shallow.probability @ depth + 3 < deep.probability @ depth
    f = Finding("f", "MR", "MR", depth_mm=12.0)
    scale = np.hypot(P["mr_depth_sd_mm"], P["us_depth_shape"] * MODEL.extents.uncertain_mm)
    wanted = (1 + ((12.0 - depth) / scale) ** 2 / 4) ** -2.5
    np.testing.assert_allclose(mri.below_skin(f, MR, MODEL, P), wanted, rtol=1e-4)
    assert mri.below_skin(replace(f, depth_mm=None), MR, MODEL, P) is None


def test_lying_flat_a_distance_from_the_skin_has_changed():
    f = Finding("f", "MR", "MR", depth_mm=20.0)
    prone, flat = (mri.below_skin(f, r, MODEL, P) for r in (MR, replace(MR, view="SUPINE")))
    far = np.abs(MODEL.skin[1] - 20.0) > 8
    assert (flat[far] > prone[far]).all()


def test_prone_and_flat_depths_tell_apart_what_lies_at_one_place(monkeypatch):
    """And the broken twin: a depth that MRI ignores tells nothing apart."""

    def log10_location(us_mm):
        us = Finding("u", "US", "US", clock_h=(9.0, 9.0), fn_mm=30.0, depth_mm=us_mm)
        mr = Finding("m", "MR", "MR", clock_h=(9.0, 9.0), fn_mm=30.0, depth_mm=8.0)
        return judge(Breast("c", "R", (US, MR), (us, mr)), bands=False).pairs[0].log10_location

    told = log10_location(8.0) - log10_location(28.0)
    assert told > 0.5
    monkeypatch.setattr(mri, "below_skin", lambda *_: None)
    sighting.forget()
    assert log10_location(8.0) - log10_location(28.0) < 0.6 * told
    sighting.forget()


# --- words --------------------------------------------------------------------------------


def said(side="R", reading=US, **stated):
    f = Finding("f", reading.reading_id, reading.modality, **stated)
    return regions.likelihood(f, reading, MODEL, P, side)


def test_quadrant_words_add_up_to_certainty_everywhere():
    total = np.sum([said(quadrant=q) for q in frame.QUADRANTS], axis=0)
    np.testing.assert_allclose(total, 1.0)


@pytest.mark.parametrize("quadrant", frame.QUADRANTS)
def test_a_quadrant_is_likeliest_where_it_is(quadrant):
    chance = said(quadrant=quadrant)
    inside = frame.quadrant(MODEL.points) == quadrant
    assert chance[inside].min() >= 0.24
    far = np.abs(MODEL.points[:, :2]).min(axis=1) > 2 * P["word_edge_mm"]
    assert chance[inside & far].min() > 0.8
    assert chance[~inside & far].max() < 0.1


def test_depth_thirds_are_likeliest_where_they_are():
    thirds = np.stack([said(depth_third=t) for t in ("anterior", "middle", "posterior")])
    depth = MODEL.points[:, 2] / MODEL.extents.depth
    clear = np.abs(depth[:, None] - (1 / 3, 2 / 3)).min(axis=1) > 0.02
    expected = np.digitize(depth, [1 / 3, 2 / 3])
    assert np.all(thirds.argmax(axis=0)[clear] == expected[clear])


@pytest.mark.parametrize("region", ["subareolar", "central"])
def test_behind_the_nipple_is_central_on_both_sides(region):
    radius = np.hypot(*MODEL.points[:, :2].T)
    chance = said(region=region)
    assert chance[radius < 5].max() > 0.8
    assert chance[radius > 45].max() < 0.05
    deep = (radius < 8) & (MODEL.points[:, 2] > 60)
    assert (chance[deep].min() > 0.5) == (region == "central")


def test_very_close_to_the_nipple_is_nearer_than_behind_it():
    close = belief(MR, region="subareolar", very_close_to_nipple=True)
    behind = belief(MR, region="subareolar")
    assert close.mean_mm[2] < behind.mean_mm[2]
    assert close.volume80_cm3 < behind.volume80_cm3


def test_the_axillary_tail_is_up_and_out():
    b = belief(MR, region="axillary_tail")
    assert b.mean_mm[0] > 15
    assert b.mean_mm[1] > 15


@pytest.mark.parametrize("reading", [CC, MR])
def test_a_distance_said_outside_ultrasound_is_straight_from_the_nipple(reading):
    near, far = (belief(reading, fn_mm=mm) for mm in (15.0, 70.0))
    distance = np.linalg.norm(MODEL.points, axis=1)
    assert near.probability @ distance + 15 < far.probability @ distance


def test_clock_words_of_films_and_mri_follow_the_side():
    for side, sign in (("R", 1), ("L", -1)):
        for reading in (CC, MR):
            assert sign * belief(reading, side, clock_h=(9.0, 9.0)).mean_mm[0] > 10


def test_nothing_said_constrains_nothing_and_unknown_regions_are_named():
    assert said() is None
    with pytest.raises(ValueError, match=r"'nowhere' of finding 'f'"):
        said(region="nowhere")


UNNAMED = Reading("MG", "MG", "MG")


@pytest.mark.parametrize("reading", [UNNAMED, CC, MLO, ML, US, MR])
def test_shares_of_deep_to_the_nipple_sum_to_one(reading):
    shares = [share for share, _ in regions.deep_readings(reading, MODEL, P).values()]
    assert sum(shares) == pytest.approx(1.0)
    assert len(shares) == (3 if reading is UNNAMED else 1)


def test_deep_to_the_nipple_of_the_oblique_fits_half_past_seven_and_of_the_cc_does_not():
    p = P.override({"film_mlo_lean_deg": 20.0})
    half_past_seven = model_of((*frame.clock_to_coronal(7.5, 45.0, "R"), 40.0))
    (of_mlo,), (of_cc,) = (
        [region.item() for _, region in regions.deep_readings(r, half_past_seven, p).values()]
        for r in (MLO, CC)
    )
    assert of_mlo > 0.8
    assert of_cc < 0.2
    half_past_ten = model_of((*frame.clock_to_coronal(10.5, 45.0, "R"), 40.0))
    (across,) = (
        region.item() for _, region in regions.deep_readings(MLO, half_past_ten, p).values()
    )
    assert across < 0.2


def test_deep_to_the_nipple_reaches_from_its_level_to_the_pectoral_line():
    p = P.override(PLAIN | {"film_mlo_lean_deg": 22.0, "deep_level_mm": 8.0, "word_edge_mm": 3.0})
    up = 0.5**0.5
    at = {t: model_of((t * up, t * up, 60.0)) for t in (-45.0, -24.0, -12.0, 0.0, 20.0)}
    chance = {
        t: next(iter(regions.deep_readings(MLO, m, p).values()))[1].item() for t, m in at.items()
    }
    assert min(chance[0.0], chance[-12.0], chance[-24.0]) > 0.9
    assert max(chance[20.0], chance[-45.0]) < 0.1


# --- what is left out never narrows ---------------------------------------------------------

STATED = [
    (CC, {"posterior_mm": 35.0, "transverse_mm": 15.0}),
    (replace(CC, thickness_mm=60.0),
     {"posterior_mm": 35.0, "transverse_mm": 15.0, "beam_mm": 40.0, "beam_from": "detector"}),
    (MLO, {"posterior_mm": 40.0, "transverse_mm": 10.0, "clock_h": (9.0, 10.0)}),
    (US, {"clock_h": (9.0, 9.0), "fn_mm": 40.0, "depth_mm": 12.0}),
    (US, {"clock_h": (7.0, 8.0), "quadrant": "LOQ", "depth_third": "middle"}),
    (MR, {"lateral_mm": 20.0, "superior_mm": -5.0, "posterior_mm": 40.0}),
    (MR, {"quadrant": "UOQ", "depth_third": "posterior", "chestwall_mm": 20.0}),
    (MR, {"lateral_mm": 20.0, "superior_mm": -5.0, "posterior_mm": 40.0, "depth_mm": 18.0}),
    (UNNAMED, {"region": "deep_to_nipple", "clock_h": (7.0, 8.0)}),
]  # fmt: skip


@pytest.mark.parametrize(("reading", "stated"), STATED)
def test_leaving_a_value_out_never_narrows(reading, stated):
    whole = belief(reading, **stated).volume80_cm3
    for name in stated:
        rest = {
            k: v for k, v in stated.items() if k != name and (k, name) != ("beam_from", "beam_mm")
        }
        if name != "beam_from":
            assert belief(reading, **rest).volume80_cm3 >= whole, name


# --- what is not known of a film, and how its parts fit together ------------------------------


def film_of(reading, point, p=P):
    at = mammography.appear(reading, model_of(point), nominal(mammography, reading, p), p)
    return tuple(float(x.item()) for x in at)


@pytest.mark.parametrize("view", ["MLO", "ML"])
def test_tissue_behind_the_nipple_climbs_as_far_on_the_film_as_the_table_says(view):
    reading = {"MLO": MLO, "ML": ML}[view]
    posterior, transverse = film_of(reading, (0.0, 0.0, 50.0))
    name = {"MLO": "film_mlo_lean_deg", "ML": "film_lateral_lean_deg"}[view]
    # recorded as 45 degrees, where the table's lean holds
    assert transverse / posterior == pytest.approx(np.tan(np.deg2rad(P[name])), rel=1e-5)


def stereo(base_deg, turn_deg):
    return Reading("s", "MG", "s", "STEREO", base_deg + turn_deg, 55.0, base_angle_deg=base_deg)


@pytest.mark.parametrize("base_deg", [0.0, 45.0, 90.0])
def test_a_stereo_pair_shifts_tissue_by_its_squeezed_height_about_any_base(base_deg):
    up = np.array([-np.sin(np.deg2rad(base_deg)), np.cos(np.deg2rad(base_deg))])
    films = [film_of(stereo(base_deg, t), (*(30.0 * up), 30.0)) for t in (-15.0, 15.0)]
    height = model_of((0, 0, 0)).extents.height_along(base_deg)
    parallax = 2 * np.sin(np.deg2rad(15.0)) * 30.0 * 55.0 / height
    assert films[1][1] - films[0][1] == pytest.approx(parallax, rel=1e-5)
    across = np.array([up[1], -up[0]])
    level = [film_of(stereo(base_deg, t), (*(30.0 * across), 30.0))[1] for t in (-15.0, 15.0)]
    assert level[0] == pytest.approx(level[1], rel=1e-5)


@pytest.mark.parametrize(("view", "other"), [("MLO", "LMO"), ("ML", "LM"), ("SIO", "ISO")])
def test_height_above_the_detector_is_from_the_other_side_in_the_opposite_view(view, other):
    films = [Reading("x", "MG", "x", v, thickness_mm=60.0) for v in (view, other)]
    model = model_of((30, -30, 40), (-30, 30, 40), (30, 30, 40))
    one, two = (mammography.beam_height_mm(r, model, P) for r in films)
    np.testing.assert_allclose(one + two, 60.0)
    assert np.ptp(one) > 1


def test_a_thickness_that_is_not_recorded_widens():
    film = {"posterior_mm": 45.0, "transverse_mm": 20.0}
    known = belief(replace(CC, thickness_mm=P["film_thickness_mm"]), **film)
    assert belief(CC, **film).volume80_cm3 > 1.02 * known.volume80_cm3
    beam = {"beam_mm": 45.0, "beam_from": "paddle"}
    known = belief(replace(CC, thickness_mm=P["film_thickness_mm"]), **beam)
    assert belief(CC, **beam).volume80_cm3 > 1.1 * known.volume80_cm3


def test_distance_to_the_chest_wall_is_as_unsure_as_the_depth_of_the_breast():
    unknown = belief(MR, chestwall_mm=20.0)
    model = breast.build(MEASURED, P)
    one = Finding("0", "MR", "MR", chestwall_mm=20.0)
    measured = Breast("c", "R", (MR,), (one,), MEASURED)
    known = Places(measured, (one,), model, P, nodes.unshared()).belief("0")
    width = [b.hi80_mm[2] - b.lo80_mm[2] for b in (known, unknown)]
    assert width[1] > 1.5 * width[0]
    assert width[1] > 40


@pytest.mark.parametrize("view", [None, "SUPINE"])
def test_the_chest_wall_is_that_of_the_pose(view):
    reading, p = replace(MR, view=view), P.override({"chest_wall_slope": 0.0})
    model = model_of((10.0, 5.0, 70.0), (10.0, 5.0, 40.0))
    seen = mri.appear(reading, model, nominal(mri, reading, p), p)
    on_wall, inside = mri.stated(
        Finding("0", "MR", "MR", chestwall_mm=0.0), seen, reading, model, p
    )[0][1][0].tolist()
    assert on_wall == pytest.approx(0.0, abs=1e-4)
    posterior = seen[2][0]
    assert inside == pytest.approx(float(posterior[0] - posterior[1]), abs=1e-4)


@pytest.mark.parametrize("place", [{}, {"region": "central"}, {"clock_h": (3.0, 3.0)}])
def test_very_close_to_the_nipple_is_close_whatever_else_is_said(place):
    near = belief(MR, very_close_to_nipple=True, **place)
    assert np.linalg.norm(near.mean_mm) < 20 < np.linalg.norm(belief(MR, **place).mean_mm)


def test_words_mean_the_same_on_a_grid_that_is_finer_in_parts():
    f = Finding("0", "film", "MG", region="deep_to_nipple")
    fine = np.hypot(MODEL.points[:, 0], MODEL.points[:, 1]) < 30
    uneven = MODEL.coarse(fine)
    kept = fine | MODEL.every_fourth
    unnamed = Reading("film", "MG", "film")
    whole = regions.likelihood(f, unnamed, MODEL, P, "R")[kept]
    ratio = regions.likelihood(f, unnamed, uneven, P, "R") / whole
    assert np.ptp(ratio) < 0.05
