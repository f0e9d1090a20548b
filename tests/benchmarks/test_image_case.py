"""Images with known lesions: what is read from them is where it was put, and judged the same."""

from __future__ import annotations

import runpy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.phantom import dicom as phantom_dicom
from benchmarks.phantom import mri as phantom_mri
from benchmarks.phantom import phantom
from benchmarks.phantom.image_case import judged_both_ways, position_errors
from benchmarks.phantom.phantom import State
from corr import parameters
from corr.anatomy.frame import lps_to_breast
from corr.case.casefile import read_case
from corr.datasets import open_data
from corr.imaging.dicom.header import Unusable, read_header
from corr.imaging.dicom.pixels import pixels
from tests.builders.examples import few

TOLERANCE_MM = 2.0


@pytest.fixture(scope="module")
def files():
    return open_data("image_case")


@pytest.fixture(scope="module")
def case(files):
    return read_case(files["case"])


# --- the shipped case -----------------------------------------------------------------------------


def test_every_lesion_is_found_where_it_was_put(case, files):
    errors = position_errors(case, files["truth"])
    assert len(errors) == 9
    assert errors["error_mm"].max() <= TOLERANCE_MM
    assert ((errors["size_mm"] - errors["true_size_mm"]).abs() <= 3.0).all()


def test_the_judgement_is_that_of_the_true_findings(case, files):
    both = judged_both_ways(case, files["true_findings"], parameters.load())
    assert len(both) == 29
    assert (both["from_images"] - both["from_truth"]).abs().max() <= 0.05
    lesion = pd.read_csv(files["truth"]).set_index("finding_id")["lesion_id"]
    same = both["finding_a"].map(lesion) == both["finding_b"].map(lesion)
    assert both.loc[same, "from_images"].min() > 0.5
    assert both.loc[~same, "from_images"].max() < 0.5


def test_enhancing_lesions_are_found_without_marks(case):
    study = next(i.image for i in case.images if i.modality == "MR")
    truth = {"R": (-81.46, 51.6, 19.35), "L": (62.2, 33.96, 13.88)}
    for side, place in truth.items():
        found = study.lesions[f"enhancement {side}1"]
        assert np.linalg.norm(found.centroid_lps - place) <= TOLERANCE_MM
    assert study.sides == ("L", "R")
    (left,) = (f for b in case.breasts if b.side == "L" for f in b.findings)
    assert left.finding_id == "MRI enhancement L1"


def test_sides_of_a_mark_are_those_of_its_place(case):
    """Contradicted by the case: refused. Unknown: the case decides, and mirrors the place."""
    reading = next(i for i in case.images if i.modality == "MR")
    study, mark = reading.image, reading.marks["mass 1"]
    known = study.cells_of(mark, breast=None, kind="mass")
    assert known["breast"] == "R"
    with pytest.raises(Unusable, match="lies in the R breast"):
        study.cells_of(mark, breast="L", kind="mass")
    anatomy = {s: replace(a, sides_known=False) for s, a in study.anatomy.items()}
    unsure = replace(study, anatomy=anatomy)
    with pytest.raises(Unusable, match="not known"):
        unsure.cells_of(mark, breast=None, kind="mass")
    assert unsure.cells_of(mark, breast="R", kind="mass") == known
    mirrored = unsure.cells_of(mark, breast="L", kind="mass")
    assert 0 < float(known["depth_mm"]) == float(mirrored["depth_mm"]) < 60
    for cells, side in ((known, "R"), (mirrored, "L")):
        place, nipple = (
            [float(cells[f"mr_{what}{a}_mm"]) for a in "lps"] for what in ("", "nipple_")
        )
        assert lps_to_breast(place, nipple, side) == pytest.approx((23.5, 20.1, 55.8), abs=0.5)
    lesion = unsure.lesion_cells("enhancement R1", breast="L")
    assert float(lesion["mr_l_mm"]) == pytest.approx(81.5, abs=1.0)


def test_nothing_had_to_be_assumed(case):
    assert case.problems == ()
    said = [line for image in case.images for line in image.said]
    assert "enhancement R1 is what is already marked there" in said


def test_a_misread_nipple_fails_the_check(case, files):
    """The broken twin: 10 mm off at the nipple is seen."""
    breast = case.breasts[-1]
    moved = [
        replace(f, posterior_mm=f.posterior_mm + 10.0) if f.modality == "MG" else f
        for f in breast.findings
    ]
    broken = replace(case, breasts=(replace(breast, findings=tuple(moved)),))
    errors = position_errors(broken, files["truth"])
    films = errors[errors["image"] != "mri"]
    assert films["error_mm"].min() > TOLERANCE_MM


def test_no_file_names_a_person_and_dates_are_fixed(files):
    for path in (p for p in files.values() if p.suffix == ".dcm"):
        ds = read_header(path)
        assert (str(ds.PatientName), ds.PatientID) == ("Phantom^Digital", "PHANTOM")
        assert ds.StudyDate == "20200101"
        assert ds.PatientBirthDate == ""


@pytest.mark.campaign
def test_the_phantom_gives_the_shipped_film(files, root, shared):
    """The CC again from the phantom: the same pixels."""
    tool = runpy.run_path(str(root / "benchmarks" / "phantom" / "make_image_case.py"))
    state = phantom.read_state(shared("data/victre_phantom/pc_1.mhd"))
    shown = {x.lesion_id: np.array(x.compressed_mm) for x in tool["LESIONS"] if x.compressed_mm}
    state = tool["with_lesions"](state, shown)
    film = phantom.film_of(state, tool["CC_EDGE_INDEX"], tool["FILM_SHAPE"], tool["PIXEL_MM"])
    again = phantom.film_noise(phantom.line_integrals(film), tool["PHOTONS"], seed=2)
    grey = np.clip(np.rint(again * phantom_dicom.GREY_PER_UNIT), 0, 4095)
    assert np.abs(grey - pixels(files["cc"])).max() <= 1


# --- the generator --------------------------------------------------------------------------------


def block(shape=(40, 60, 50), nipple=(20.0, 30.0, 45.0)):
    """A box of fat on 1 mm voxels, its nipple a point inside."""
    labels = np.full(shape, phantom.FAT, np.uint8)
    return State(labels, np.array(nipple), 1.0)


def test_a_block_attenuates_by_its_thickness():
    film = phantom.film_of(block(), 10, (200, 120), 0.5)
    seen = phantom.line_integrals(film)
    assert film.thickness_mm == 40.0
    assert seen[100, 110] == pytest.approx(40 * 0.0456, rel=1e-3)
    assert seen[0, 0] == 0.0


@few(20)
@given(up=st.integers(8, 32), across=st.integers(10, 50), ahead=st.integers(16, 40))
def test_a_ball_is_seen_where_the_film_says(up, across, ahead):
    """The projected ball lies at `Film.pixel`, whatever its height: magnification included."""
    state = block()
    place = (across - 30.0, up - 20.0, 45.0 - ahead)
    with_ball = phantom.with_balls(state, place, 3.0, phantom.CALCIFICATION)
    film = phantom.film_of(state, 10, (280, 160), 0.25)
    changed = phantom.line_integrals(replace(film, state=with_ball)) - phantom.line_integrals(film)
    weight = np.clip(changed, 0.0, None)
    middle = (np.indices(weight.shape) * weight).sum(axis=(1, 2)) / weight.sum()
    assert np.allclose(middle, film.pixel(state.index(place)), atol=1.0)
    height = up - film.floor_index
    assert film.magnification(up) == pytest.approx(660 / (660 - height))


def test_the_oblique_keeps_volume_and_carries_points_along():
    inner = np.zeros((80, 80, 60), np.uint8)
    inner[20:60, 25:55, 10:50] = phantom.FAT
    state = State(inner, np.array([40.0, 40.0, 50.0]), 1.0)
    flat = phantom.squeezed(state, 45.0, 0.66)
    assert (flat.labels > 0).sum() == pytest.approx((inner > 0).sum(), rel=0.01)
    place = (6.0, 9.0, 20.0)
    marked = phantom.with_balls(state, place, 4.0, phantom.MASS)
    found = np.argwhere(phantom.squeezed(marked, 45.0, 0.66).labels == phantom.MASS).mean(axis=0)
    expected = flat.index(phantom.squeeze_points(place, 45.0, 0.66))
    assert np.allclose(found, expected, atol=0.5)


def test_an_oblique_at_zero_degrees_is_a_cc():
    across, up, behind = phantom.squeeze_points((10.0, 20.0, 30.0), 0.0, 0.66)
    assert (across, behind) == pytest.approx((10 * 1.2465, 30 * 1.2155), rel=1e-3)
    assert up == pytest.approx(20 * 0.66)


def test_a_lower_outer_place_lies_on_the_nipple_level_of_an_oblique():
    across, _, _ = phantom.squeeze_points((21.2, -21.2, 30.0), 45.0, 0.66)
    assert across == pytest.approx(0.0, abs=1e-9)


def test_the_muscle_is_a_wedge_that_comes_forward_upwards():
    wedge = phantom.with_muscle(block(), 30.0, 20.0).labels == phantom.MUSCLE
    depth = [45 - np.flatnonzero(wedge[20, row])[-1] for row in (30, 50)]
    assert depth[0] == pytest.approx(30, abs=1.0)
    assert depth[1] == pytest.approx(30 - 20 * np.tan(np.deg2rad(20)), abs=1.0)


def test_the_left_breast_of_the_mri_is_the_mirror_image():
    place = (12.0, 7.0, 30.0)
    right, left = (phantom_mri.prone_lps(place, side) for side in "RL")
    assert np.allclose(right * (-1, 1, 1), left)
    assert right[0] < -58 < 58 < left[0]
    volume = np.prod([phantom_mri.LONGER, phantom_mri.LONGER**-0.5, phantom_mri.LONGER**-0.5])
    assert volume == pytest.approx(1.0)
    grid = phantom_mri.Grid((-90.0, -10.0, -20.0), (3.0, 3.0, 4.0), (61, 40, 11))
    ball = phantom_mri.Enhancing(tuple(left), 6.0, 1.5, 1.0)
    plain = phantom_mri.phases(block(), [], grid)[0][:, :28]  # without the heart
    assert plain.max() > 100
    assert np.allclose(plain, plain[::-1])
    _, early, late = phantom_mri.phases(block(), [ball], grid)
    k = tuple(np.rint((left - grid.first_mm) / grid.spacing_mm).astype(int))
    assert early[k] == pytest.approx(2.5 * phantom_mri.LESION_SIGNAL, rel=0.01)
    assert late[k] == pytest.approx(2.0 * phantom_mri.LESION_SIGNAL, rel=0.01)
    assert phantom_mri.mask_of(ball, grid)[k]
