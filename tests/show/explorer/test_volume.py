"""Beliefs over the MRI and in 3-D: in the right place, right way round, and sent only when new."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

from corr.anatomy.frame import breast_to_lps, left_sign
from corr.case.open import open_case
from corr.face.exploring import explore
from corr.judgement.judge import judge
from corr.judgement.result import Judgement
from corr.records import Breast, Finding, Reading
from corr.show.explorer.breast3d import View3d
from corr.show.explorer.breast_mesh import Surfaces, mz3, to_ras
from corr.show.explorer.explorer import Explorer
from corr.show.explorer.mri import MriView, mri_study
from corr.show.explorer.mri_overlay import OUTERMOST, STEP_MM, Overlay
from corr.show.explorer.state import Explored
from corr.show.figures.parts.palette import styles
from corr.show.wording.text import names

ROOT = Path(__file__).parents[3]
SEED = ROOT / "data" / "seed_case.yaml"
IMAGES = ROOT / "data" / "image_case" / "case.yaml"
US = "US-mass"
NIPPLE = np.array([80.0, -150.0, 20.0])


@lru_cache(maxsize=2)
def judged(side: str) -> Judgement:
    """One MRI finding 20 mm lateral, 15 mm above and 45 mm behind the nipple."""
    at = Finding(
        "m", "MR", "MR", kind="mass", lateral_mm=20.0, superior_mm=15.0, posterior_mm=45.0
    )  # fmt: skip
    return judge(Breast("c", side, readings=(Reading("MR", "MR", "MR"),), findings=(at,)))


# over the MRI


@pytest.mark.parametrize("side", ["R", "L"])
def test_the_overlay_lies_where_an_mri_finding_was_measured(side: str):
    j = judged(side)
    overlay = Overlay(j, NIPPLE)
    shown = overlay.shown(j.beliefs["m"].probability)
    want = breast_to_lps([20.0, 15.0, 45.0], NIPPLE, side)
    assert np.linalg.norm(overlay.densest_lps(shown) - want) < 12
    mirrored = breast_to_lps([-20.0, 15.0, 45.0], NIPPLE, side)
    assert np.linalg.norm(overlay.densest_lps(shown) - mirrored) > 25


def test_the_edge_of_the_overlay_holds_the_share_it_says():
    j = judged("R")
    overlay = Overlay(j, NIPPLE)
    p = j.beliefs["m"].probability
    inside = overlay.shown(p).ravel() > 0
    held = overlay._belief(p).mass.ravel()
    assert held[inside].sum() == pytest.approx(OUTERMOST, abs=0.06)
    assert 0 < inside.mean() < 0.5


@pytest.fixture(scope="module")
def case() -> Any:
    return open_case(IMAGES)


@pytest.fixture
def mri(case: Any) -> Iterator[tuple[MriView, Explored]]:
    made = MriView(mri_study(case), "R")
    yield made, Explored(case, "R")
    made.close()


def belief_of(view: MriView) -> Any:
    """The belief laid over the image, read back from what the browser is sent."""
    _, volume = view.widget.volumes
    return nib.Nifti1Image.from_bytes(volume.data)


def centre_ras(image: Any) -> Any:
    at = np.argwhere(image.get_fdata() > 0).mean(axis=0)
    return (image.affine @ np.append(at, 1.0))[:3]


def test_the_overlay_and_the_crosshair_follow_a_moved_finding(mri: tuple[MriView, Explored]):
    view, x = mri
    view.follow(x.judgement(band=False), x.finding(US), "#D55E00")
    before, crosshair = centre_ras(belief_of(view)), list(view.widget.scene.crosshair_pos)
    x.place(US, clock=3.0)
    view.follow(x.judgement(band=False), x.finding(US), "#D55E00")
    moved = centre_ras(belief_of(view)) - before
    assert moved[0] < -20, "3 o'clock of a right breast is toward the patient's left"
    assert moved[2] < -10, "and below 11-12 o'clock"
    assert view.widget.scene.crosshair_pos[0] < crosshair[0] - 0.05


def test_a_belief_that_did_not_change_is_not_sent_again(mri: tuple[MriView, Explored]):
    view, x = mri
    view.follow(x.judgement(band=False), x.finding(US), "#D55E00")
    laid = view.widget.volumes[1]
    x.place("CC-mass-1", posterior_mm=60.0)
    view.follow(x.judgement(band=False), x.finding(US), "#D55E00")
    assert view.widget.volumes[1] is laid
    view.follow(x.judgement(band=False), x.finding(US), "#0072B2")
    assert view.widget.volumes[1] is not laid


def test_an_mri_finding_has_the_crosshair_where_it_was_marked(
    mri: tuple[MriView, Explored], case: Any
):
    view, x = mri
    view.follow(x.judgement(band=False), x.finding("MRI-mass-1"), "#000000")
    image = nib.Nifti1Image.from_bytes(view.widget.volumes[0].data)
    index = np.array(view.widget.scene.crosshair_pos) * image.shape - 0.5
    (reading,) = [r for r in case.images if r.modality == "MR"]
    marked = np.array([-1.0, -1.0, 1.0]) * reading.places["MRI-mass-1"]
    at = (image.affine @ np.append(index, 1.0))[:3]
    assert np.linalg.norm(at - marked) < 2 * STEP_MM


def test_without_known_sides_nothing_is_laid_over(case: Any):
    study = mri_study(case)
    anatomy = {s: replace(a, sides_known=False) for s, a in study.anatomy.items()}
    view = MriView(replace(study, anatomy=anatomy), "R")
    x = Explored(case, "R")
    view.follow(x.judgement(band=False), x.finding(US), "#D55E00")
    assert len(view.widget.volumes) == 1
    view.close()


def test_no_region_lies_in_air_and_the_volume_said_is_the_one_drawn(
    mri: tuple[MriView, Explored], case: Any
):
    view, x = mri
    anatomy = mri_study(case).anatomy["R"]
    quarter = np.array([-0.25, 0.25]) * STEP_MM
    within = np.stack(np.meshgrid(quarter, quarter, quarter), axis=-1).reshape(-1, 3)
    for name in (US, "CC-calc-2", "MRI-mass-3"):
        view.follow(x.judgement(band=False), x.finding(name), "#D55E00")
        image = belief_of(view)
        index = np.argwhere(image.get_fdata() > 0)
        ras = index @ image.affine[:3, :3].T + image.affine[:3, 3]
        lps = ras * np.array([-1.0, -1.0, 1.0])
        assert anatomy.inside(lps).all(), name
        in_air = 1.0 - np.mean([anatomy.inside(lps + d) for d in within])
        assert in_air < 0.05, name
        cm3 = len(index) * STEP_MM**3 / 1000
        assert f"with 80% ({cm3:.0f} cm" in view._words.value
        assert "Hardly any" not in view._words.value


def test_a_belief_that_does_not_fit_the_breast_is_shown_whole_and_said():
    j = judged("R")
    overlay = Overlay(j, NIPPLE, lambda x: np.zeros(x.shape[:-1], bool))
    shown = overlay.shown(j.beliefs["m"].probability)
    whole = Overlay(j, NIPPLE).shown(j.beliefs["m"].probability)
    assert not overlay.fits
    np.testing.assert_array_equal(shown, whole)


# in three dimensions


def volume_mm3(mesh: Any) -> float:
    """Volume inside a closed surface; positive if its triangles turn outward."""
    corner, face = mesh
    a, b, c = (corner[face[:, k]] for k in range(3))
    return float((np.cross(a, b) * c).sum() / 6.0)


@pytest.mark.parametrize("side", ["R", "L"])
def test_surfaces_are_closed_turn_outward_and_lie_on_their_side(side: str):
    j = judged(side)
    surfaces = Surfaces(j)
    body, belief = surfaces.body(), surfaces.belief(j.beliefs["m"].probability, 0.5)
    assert body is not None
    assert belief is not None
    assert volume_mm3(body) > volume_mm3(belief) > 0
    assert volume_mm3((belief[0], belief[1][:, ::-1])) < 0, "the measure can fail"
    middle = belief[0].mean(axis=0)
    want = to_ras(j.beliefs["m"].mean_mm, side)
    assert np.linalg.norm(middle - want) < 10
    assert np.sign(middle[0]) == -left_sign(side), "lateral is right on the right breast"


def test_mz3_holds_the_mesh():
    j = judged("R")
    mesh = Surfaces(j).body()
    assert mesh is not None
    corner, face = mesh
    data = mz3(mesh)
    magic, parts, faces, corners, skip = struct.unpack("<HHIII", data[:16])
    assert (magic, parts, faces, corners, skip) == (0x5A4D, 3, len(face), len(corner), 0)
    read = np.frombuffer(data, "<i4", 3 * faces, 16).reshape(-1, 3)
    np.testing.assert_array_equal(read, face)
    places = np.frombuffer(data, "<f4", 3 * corners, 16 + 12 * faces).reshape(-1, 3)
    np.testing.assert_allclose(places, corner, atol=1e-4)


@pytest.fixture
def seed() -> Explored:
    return Explored(open_case(SEED), "R")


def test_the_view_costs_nothing_until_it_is_opened_and_leaves_nothing(seed: Explored):
    count = len(_instances)
    view = View3d(styles(seed.written), names(seed.written))
    closed = len(_instances)
    view.follow(seed.judgement())
    assert len(_instances) == closed
    view.switch.value = True
    assert len(_instances) > closed
    view.switch.value = False
    assert len(_instances) == closed
    view.switch.value = True
    view.close()
    assert len(_instances) == count


def test_only_the_surface_that_moved_is_sent(seed: Explored):
    view = View3d(styles(seed.written), names(seed.written))
    view.follow(seed.judgement(band=False))
    view.switch.value = True
    before = {m.name: m for m in view._widget.meshes}
    seed.place("R-US-mass", clock=1.0)
    view.follow(seed.judgement(band=False))
    after = {m.name: m for m in view._widget.meshes}
    moved = {n for n in after if after[n] is not before[n]}
    assert moved == {"R-US-mass.mz3", "names.jcon"}, "its surface, and where its name points"
    assert list(after)[-1] == "skin.mz3"
    seed.switch("R-US-mass", on=False)
    view.follow(seed.judgement(band=False))
    assert "R-US-mass" not in view.finding_ids
    assert len(view._widget.meshes) == len(after) - 1
    view.close()


def test_names_stand_where_the_findings_and_the_nipple_are(seed: Explored):
    view = View3d(styles(seed.written), names(seed.written))
    judgement = seed.judgement(band=False)
    view.follow(judgement)
    view.switch.value = True
    (sent,) = (m for m in view._widget.meshes if m.name == "names.jcon")
    nodes = {n["name"]: [n[k] for k in "xyz"] for n in json.loads(bytes(sent.data))["nodes"]}
    assert nodes["nipple"] == [0.0, 0.0, 0.0]
    belief = judgement.beliefs["R-US-mass"].probability
    want = to_ras(judgement.points[int(np.argmax(belief))], "R")
    np.testing.assert_allclose(nodes["ultrasound mass"], want, atol=0.06)
    assert nodes.keys() > {"nipple", "ultrasound mass", "MRI focus"}
    view.close()


def test_the_mri_names_its_findings_and_the_nipple(mri: tuple[MriView, Explored], case: Any):
    view, x = mri
    style, name = styles(x.written), names(x.written)
    view.mark(x.breast.findings, style, name)
    (sent,) = view.widget.meshes
    nodes = {
        n["name"]: np.array([n[k] for k in "xyz"]) for n in json.loads(bytes(sent.data))["nodes"]
    }
    (reading,) = [r for r in case.images if r.modality == "MR"]
    marked = np.array([-1.0, -1.0, 1.0]) * reading.places["MRI-mass-1"]
    assert np.linalg.norm(nodes[name["MRI-mass-1"]] - marked) < 2 * STEP_MM
    assert {"nipple", name["MRI-mass-1"], name["MRI-mass-3"]} == nodes.keys()
    assert all(n in view._legend.value for n in nodes)
    view.mark(x.breast.findings, style, name)
    assert view.widget.meshes == [sent], "sent once"


def test_the_lines_of_the_mri_cross_at_a_place_of_the_breast_and_go_back(
    mri: tuple[MriView, Explored],
):
    view, x = mri
    view.follow(x.judgement(band=False), x.finding("MRI-mass-1"), "#000000")
    before = list(view.widget.scene.crosshair_pos)
    view.point(np.array([30.0, 20.0, 40.0]))
    lateral = list(view.widget.scene.crosshair_pos)
    view.point(np.array([-30.0, 20.0, 40.0]))
    medial = list(view.widget.scene.crosshair_pos)
    assert lateral[0] > medial[0], "lateral is right on the right breast"
    assert lateral[1:] == pytest.approx(medial[1:])
    view.point(None)
    assert list(view.widget.scene.crosshair_pos) == before


def test_the_explorer_of_images_follows_the_chosen_finding():
    made: Explorer = explore(IMAGES)
    try:
        assert made.mri is not None
        laid = made.mri.widget.volumes[1]
        made.findings.chosen.value = "CC-mass-1"
        assert made.mri.widget.volumes[1] is not laid
        assert made.explored.differences() == ()
    finally:
        made.close()
