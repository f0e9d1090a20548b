"""Judged cases as 3D Slicer gets them: with an MRI, with a nipple of one, and without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import nibabel as nib
import numpy as np
import pytest

import corr
from corr.anatomy.frame import lps_to_breast
from corr.export.content import Content, Image
from corr.export.gather import content, nipples_of
from corr.export.inside import in_the_breast, nipples_on
from corr.export.slicer.read import read_slicer
from corr.export.slicer.segments import on_voxels
from corr.export.slicer.shown import Item, items_of, space_of
from corr.export.slicer.write import volumes_of, write_slicer
from tests.builders.slicer_files import files_of_scene, forms

NIPPLE_L = (60.0, -8.0, 0.0)
FILM = {"case_id": "a", "modality": "MG", "exam_id": "MG", "view": "CC", "kind": "mass"}
US = {"case_id": "a", "modality": "US", "exam_id": "US", "kind": "mass", "depth_mm": 14}
FINDINGS = [
    {**FILM, "breast": "L", "finding_id": "f", "posterior_mm": 40, "transverse_mm": 20},
    {**US, "breast": "L", "finding_id": "u", "clock": "2-3", "fn_cm": 4},
    {**US, "breast": "R", "finding_id": "r", "clock": "10", "fn_cm": 4},
]
ON_MRI = {
    "case_id": "a", "breast": "L", "finding_id": "m", "modality": "MR", "exam_id": "MR",
    "kind": "mass", "mr_l_mm": 80, "mr_p_mm": 30, "mr_s_mm": 5,
    **{f"mr_nipple_{axis}_mm": x for axis, x in zip("lps", NIPPLE_L, strict=True)},
}  # fmt: skip


def content_of(result: corr.Result) -> Content:
    return content(result.source, [b.judgement for b in result.breasts])


def shown(made: Content, side: str) -> dict[str, Item]:
    """Items of one breast by name."""
    (judged,) = [b for b in made.breasts if b.side == side]
    return {i.name: i for i in items_of(judged, space_of(made, judged))}


def middle_lps(path: Path) -> np.ndarray:
    """Centre of mass of a belief by the sform of its file."""
    values = np.asarray(nib.load(path).dataobj)
    affine = forms(path)[0]
    index = np.argwhere(values > 0)
    weights = values[values > 0].astype(float)
    return affine[:3, :3] @ (weights @ index / weights.sum()) + affine[:3, 3]


@pytest.fixture(scope="module")
def without() -> Content:
    return content_of(corr.judge(FINDINGS))


def test_without_an_mri_each_breast_has_its_own_frame(without: Content, tmp_path: Path):
    write_slicer(without, tmp_path)
    assert {p.name for p in tmp_path.glob("*.mrml")} == {"R_scene.mrml", "L_scene.mrml"}
    files = {s: files_of_scene(tmp_path / f"{s}_scene.mrml") for s in "RL"}
    for side, sign in (("R", 1), ("L", -1)):
        assert {f[0] for f in files[side].values()} == {side}
        for item in shown(without, side).values():
            volume = files[side][f"Volume {side} {item.name}"]
            affine = forms(tmp_path / volume)[0]
            assert np.sign(np.linalg.det(affine[:3, :3])) == sign
            hand = "right" if side == "R" else "left"
            assert f"{hand}-handed" in str(nib.load(tmp_path / volume).header["descrip"])
            middle = lps_to_breast(middle_lps(tmp_path / volume), np.zeros(3), side)
            np.testing.assert_allclose(middle, item.place.mean_mm, atol=0.5)
    places = read_slicer(tmp_path).places
    assert places["L", "u"][0] > 0 > places["R", "r"][0], "both are lateral: 2-3 h left, 10 h right"


def test_the_nipple_of_an_mri_elsewhere_gives_patient_coordinates(tmp_path: Path):
    made = content_of(corr.judge([*FINDINGS, ON_MRI]))
    write_slicer(made, tmp_path)
    assert {p.name for p in tmp_path.glob("*.mrml")} == {"scene.mrml", "R_scene.mrml"}
    items, back = shown(made, "L"), read_slicer(tmp_path)
    np.testing.assert_array_equal(back.places["L", "m"], (80.0, 30.0, 5.0))
    assert ("L", "m") not in back.regions, "what an MRI reported is not predicted on it"
    found = files_of_scene(tmp_path / "scene.mrml")
    for name in ("f", "u"):
        density = items[name].density
        middle = middle_lps(tmp_path / found[f"Volume L {name}"])
        np.testing.assert_allclose(middle, [density.mean(k) for k in range(3)], atol=0.5)
        assert forms(tmp_path / found[f"Volume L {name}"])[1] == 1
        region = back.regions["L", name]
        cells = on_voxels(region, items[name].space.grid).values.sum() * 27.0
        assert cells == pytest.approx(density.size(0.8), rel=0.02)


def test_a_belief_on_an_mri_stays_in_the_breast():
    made = content_of(corr.judge([*FINDINGS, ON_MRI]))
    (left,) = [b for b in made.breasts if b.side == "L"]
    before = left.findings[0].place.lps
    half = SimpleNamespace(inside=lambda points: points[..., 1] > before.mean(1))
    after = in_the_breast(left, half).findings[0].place.lps
    assert after.mass.sum() == pytest.approx(1.0)
    assert not after.mass[:, before.axes[1] <= before.mean(1)].any()
    nowhere = SimpleNamespace(inside=lambda points: points[..., 1] > 1e4)
    kept = in_the_breast(left, nowhere).findings[0].place.lps
    np.testing.assert_array_equal(kept.mass, before.mass)  # it does not fit: told whole
    marked = next(f for f in in_the_breast(left, half).findings if f.finding_id == "m")
    assert marked.place.lps is None


def test_the_image_case_on_its_mri(root: Path, tmp_path: Path):
    """Regions predicted from films and ultrasound hold what was marked on the MRI."""
    result = corr.judge(root / "data" / "image_case" / "case.yaml")
    made = content_of(result)
    volumes = volumes_of(result.source)
    write_slicer(made, tmp_path, volumes)
    back = read_slicer(tmp_path)
    assert back.summary == made.summary()
    found = files_of_scene(tmp_path / "scene.mrml")
    mri = nib.load(tmp_path / found["Volume MRI"])
    np.testing.assert_array_equal(np.asarray(mri.dataobj), volumes["MRI"].voxels())
    items = shown(made, "R")
    half = 0.5 * volumes["MRI"].spacing_mm
    for item in items.values():
        if item.density is not None:
            path = tmp_path / found[f"Volume R {item.name}"]
            np.testing.assert_array_equal(forms(path)[0], forms(tmp_path / found["Volume MRI"])[0])
            off = middle_lps(path) - [item.density.mean(k) for k in range(3)]
            assert (np.abs(off) <= half).all(), item.name
    held = []
    for item in items.values():
        if item.kind == "lesion" and item.stated_lps is not None and item.density is not None:
            region = on_voxels(back.regions["R", item.name], item.space.grid)
            at = np.rint(item.space.grid.to_index(item.stated_lps)).astype(int)
            held.append(bool(region.whole(item.space.grid.shape)[tuple(at)]))
    assert held == [True, True]


def breast_on_mri(**others: object) -> SimpleNamespace:
    """What `BreastAnatomy` says of where its nipple is."""
    at = {"nipple_lps": np.array(NIPPLE_L), "nipple_usable": True}
    return SimpleNamespace(**{**at, "sides_known": True, "turned": False, **others})


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({}, NIPPLE_L),
        ({"nipple_usable": False}, (61.0, -9.0, 2.0)),  # as the breasts list states it
        ({"turned": True}, None),  # left and right were exchanged against the file
        ({"sides_known": False}, None),
    ],
)
def test_nipples_are_told_in_the_coordinates_of_the_file(others, expected):
    stated = {"breast": "L", "mr_nipple_l": "61", "mr_nipple_p": "-9", "mr_nipple_s": "2"}
    case = SimpleNamespace(case_id="a", rows=(), cells={"breasts": ({"breast": "R"}, stated)})
    found = nipples_on({"L": breast_on_mri(**others)}, case)
    assert found == ({} if expected is None else {"L": expected})
    case.cells["breasts"] = ({**stated, "mr_nipple_p": "nine"},)
    assert nipples_on({"L": breast_on_mri(nipple_usable=False)}, case) == {}


def test_a_side_that_the_mri_does_not_place_keeps_its_own_frame(tmp_path: Path):
    result = corr.judge([*FINDINGS, ON_MRI])
    made = content_of(result)
    image = Image("MRI", "MR", ("L",), shape=(8, 8, 8), affine_lps=np.diag([9.0, 9.0, 9.0, 1.0]))
    write_slicer(replace(made, images=(image,)), tmp_path)
    assert {p.name for p in tmp_path.glob("*.mrml")} == {"L_scene.mrml", "R_scene.mrml"}
    assert nipples_of(result.source, "a", ()) == {"L": NIPPLE_L}
    assert nipples_of(result.source, "a", (image,)) == {}
    seen = replace(image, nipples_lps={"L": (1.0, 2.0, 3.0)})
    assert nipples_of(result.source, "a", (seen,)) == {"L": NIPPLE_L}, "what is stated wins"
