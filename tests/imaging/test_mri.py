"""Breast MR: the same findings in mm however the files are stored, and doubts that are said."""

from __future__ import annotations

import itertools
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corr.imaging.dicom.header import Unusable
from corr.imaging.image_kinds import StudyReading
from corr.imaging.marks.readers import Annotation
from corr.imaging.mri.anatomy import breasts
from corr.imaging.mri.enhancement import enhancement
from corr.imaging.mri.series import Dynamic, order_phases, read_series
from corr.imaging.mri.study import MriStudy, read_study
from corr.imaging.volume import RAS_TO_LPS, read_nifti_phases, straight
from corr.tables.findings import FindingRow
from tests.builders import mri_phantom as body
from tests.builders.examples import few


def dynamic(affine, phases, **facts):
    volumes = [body.volume(v, affine, **facts) for v in phases]
    return Dynamic(volumes[0], tuple(volumes[1:]), (), "as drawn")


def findings(series: Dynamic):
    anatomy = breasts(series.pre, post=series.posts[0])
    return anatomy, enhancement(series, anatomy).lesions


def check_truth(anatomy, lesions, *, lesion_mm=2.0, nipple_mm=3.0):
    assert set(anatomy) == {"L", "R"}
    for side, one in anatomy.items():
        assert one.nipple_confident
        assert np.linalg.norm(one.nipple_lps - body.NIPPLES[side]) <= nipple_mm, one.nipple_lps
    assert len(lesions) == len(body.LESIONS)
    for ball in body.LESIONS:
        apart = [np.linalg.norm(f.centroid_lps - ball.lps) for f in lesions]
        found = lesions[int(np.argmin(apart))]
        assert min(apart) <= lesion_mm
        assert found.side == ball.side
        assert found.kind == "mass"
        assert found.extent_mm[0] == pytest.approx(2 * ball.radius_mm, abs=3.5)
        truth = np.array(ball.lps) - body.NIPPLES[ball.side]
        lateral = truth[0] if ball.side == "L" else -truth[0]
        assert found.breast.from_nipple(found.centroid_lps) == pytest.approx(
            (lateral, truth[2], truth[1]), abs=3.5
        )


COARSE_MM = (3.0, 3.0, 3.6)
"""A third of the voxels of the one test at full resolution."""


@pytest.fixture(scope="module")
def phases():
    affine, shape = body.box(COARSE_MM)
    return affine, [body.draw(affine, shape, n) for n in range(4)]


@pytest.fixture(scope="module")
def found(phases):
    affine, voxels = phases
    return findings(dynamic(affine, voxels))


def test_truth():
    affine, shape = body.box()
    anatomy, lesions = findings(dynamic(affine, [body.draw(affine, shape, n) for n in range(4)]))
    check_truth(anatomy, lesions)
    by_place = {ball: min(lesions, key=lambda f: np.linalg.norm(f.centroid_lps - ball.lps))
                for ball in body.LESIONS}  # fmt: skip
    assert tuple(f.curve for f in by_place.values()) == body.CURVES
    first = by_place[body.LESIONS[0]]
    assert first.rank == 1
    assert first.mean_percent == pytest.approx(160, rel=0.25)
    assert first.clock_h == pytest.approx(np.degrees(np.arctan2(12, 20)) / 30, abs=0.25)
    assert first.breast.skin_mm(first.centroid_lps) == pytest.approx(24.5, abs=3)


def test_shape_of_the_breasts(found):
    """Chest wall: the front of the muscle, 8 mm behind the sternum's skin, curving away."""
    for side, one in found[0].items():
        nipple = np.array(body.NIPPLES[side])
        wall = 60 - 92 * np.sqrt(1 - (nipple[0] / 160) ** 2)
        assert one.wall_confident
        assert one.nipple_to_chestwall_mm == pytest.approx(wall - nipple[1], abs=4)
        lateral = 58 - (abs(nipple[0]) - 80)
        assert one.extents_mm["lateral"] == pytest.approx(lateral, abs=9)
        assert one.extents_mm["medial"] == pytest.approx(62 + abs(nipple[0]) - 80, abs=9)
        assert one.extents_mm["superior"] == pytest.approx(66 - nipple[2], abs=9)
        assert one.extents_mm["inferior"] == pytest.approx(60 + nipple[2], abs=9)
        assert one.laterality == side
        assert "the heart lies on the side called left" in one.notes


def test_cells_are_rows_of_the_tables(found):
    anatomy, lesions = found
    for n, lesion in enumerate(lesions):
        row = FindingRow(case_id="c", finding_id=f"m{n}", **lesion.cells())
        assert row.mr_l_mm == pytest.approx(lesion.centroid_lps[0], abs=0.06)
        assert row.depth_mm == pytest.approx(lesion.breast.skin_mm(lesion.centroid_lps), abs=0.06)
        assert row.breast == lesion.side
    cells = anatomy["L"].cells()
    assert {"mr_nipple_l", "mr_nipple_to_chestwall_mm", "mr_ext_lateral_mm"} <= set(cells)


def test_bright_fat():
    """Without fat suppression the nipple is darker than the fat around it."""
    affine, shape = body.box(COARSE_MM)
    voxels = [
        body.draw(affine, shape, n, signals=body.BRIGHT_FAT, nipple_uptake=0.3) for n in (0, 1)
    ]
    anatomy, lesions = findings(dynamic(affine, voxels))
    check_truth(anatomy, lesions)
    for side, one in breasts(body.volume(voxels[0], affine)).items():  # nor with contrast agent
        off = np.linalg.norm(one.nipple_lps - body.NIPPLES[side])
        assert off <= 3.0
        assert one.nipple_sd_mm <= 10.0


@pytest.mark.parametrize("signals", [body.SUPPRESSED, body.BRIGHT_FAT])
def test_a_front_without_a_nipple_is_said_to_have_none(signals):
    """Bright and dark spots under a smooth front are no nipple."""
    affine, shape = body.box(COARSE_MM)
    voxels = [body.draw(affine, shape, n, signals=signals, protruding=False) for n in (0, 1)]
    pre, post = (body.volume(v, affine) for v in voxels)
    for one in breasts(pre, post=post).values():
        assert not one.nipple_confident
        assert one.nipple_sd_mm >= 10.0


def test_vessel_and_heart_are_left_out_and_counted(phases):
    affine, voxels = phases
    series = dynamic(affine, voxels)
    result = enhancement(series, breasts(series.pre))
    assert any("vessel-like or linear" in note for note in result.notes)
    assert any("vessel-like" in n for n in result.notes)
    assert not result.labels[:, result.grid.axis_mm(1) > 0].any()  # heart


# --- the same body stored in other ways ---------------------------------------------------------


@few(4)
@given(
    axes=st.permutations((0, 1, 2)),
    flips=st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
def test_axes_and_directions_of_the_voxels_change_nothing(phases, found, axes, flips):
    affine, voxels = phases
    moved = [body.rebuilt(v, affine, axes, flips) for v in voxels]
    anatomy, lesions = findings(dynamic(moved[0][1], [v for v, _ in moved]))
    assert len(lesions) == len(found[1])
    for a, b in zip(lesions, found[1], strict=True):
        assert a.centroid_lps == pytest.approx(b.centroid_lps, abs=0.01)
        assert a.cells() == b.cells()
    assert anatomy["R"].cells() == found[0]["R"].cells()


@pytest.mark.parametrize(
    "tilt_deg", [pytest.param((12.0, 0.0), marks=pytest.mark.campaign), (-6.0, 9.0)]
)
def test_oblique(tilt_deg):
    affine, shape = body.box(half=(176.0, 150.0, 92.0), tilt_deg=tilt_deg)
    series = dynamic(affine, [body.draw(affine, shape, n) for n in range(2)])
    check_truth(*findings(series))


POSITIONS = [("axial", "HFP"), ("axial", "FFS"), ("sagittal", "HFS"), ("coronal", "FFP")]


@pytest.fixture(scope="module")
def coarser():
    affine, shape = body.box(COARSE_MM)
    voxels = [body.draw(affine, shape, n) for n in range(2)]
    return affine, voxels, findings(dynamic(affine, voxels))[1]


@pytest.mark.parametrize(("build", "position"), POSITIONS)
def test_dicom_in_every_build_and_position(tmp_path, coarser, build, position):
    affine, voxels, plain = coarser
    axes = body.BUILDS[build]
    flips = tuple(body.SIGNS[position][a] < 0 for a in axes)
    for n, phase in enumerate(voxels):
        moved, turned = body.rebuilt(phase, affine, axes, flips)
        if np.linalg.det(turned[:3, :3]) < 0:  # DICOM has no left-handed stacks
            moved, turned = body.rebuilt(moved, turned, (0, 1, 2), (False, False, True))
        body.write_series(
            tmp_path, moved, turned, position=position, series=9 - n, AcquisitionNumber=n + 1
        )
    series = order_phases(read_series(tmp_path.iterdir()))
    assert "AcquisitionNumber" in series.reason
    assert series.pre.pose == ("prone" if position.endswith("P") else "supine")
    anatomy, lesions = findings(series)
    assert {one.laterality for one in anatomy.values()} == {"L", "R"}
    assert len(lesions) == len(plain)
    for ball in body.LESIONS:
        assert min(np.linalg.norm(f.centroid_lps - ball.lps) for f in lesions) <= 2.0
    for f in plain:  # stored numbers are rounded to a quarter
        assert min(np.linalg.norm(f.centroid_lps - g.centroid_lps) for g in lesions) <= 0.2


# --- doubts about left and right ----------------------------------------------------------------


def test_prone_registered_as_supine():
    """The file's axes are half a turn off: found, turned back, and the side not relied on."""
    affine, shape = body.box((2.4, 2.4, 2.8))
    voxels = [body.draw(affine, shape, n) for n in range(2)]
    found = findings(dynamic(affine, voxels))
    wrong = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine
    anatomy, lesions = findings(dynamic(wrong, voxels, pose="supine"))
    assert all(one.turned for one in anatomy.values())
    assert {one.laterality for one in anatomy.values()} == {"unknown"}
    assert "the file says supine" in anatomy["L"].notes[0]
    for a, b in zip(lesions, found[1], strict=True):
        assert a.centroid_lps == pytest.approx(b.centroid_lps, abs=0.01)
        assert "breast" not in a.cells()
        back = anatomy[a.side].to_anatomy(a.centroid_lps)
        assert back == pytest.approx(b.centroid_lps * [-1, -1, 1], abs=0.01)


def test_mirrored_voxels_with_the_old_affine(phases):
    affine, voxels = phases
    anatomy, lesions = findings(dynamic(affine, [v[::-1] for v in voxels]))
    assert {one.laterality for one in anatomy.values()} == {"unknown"}
    assert any("heart lies on the side called right" in n for n in anatomy["L"].notes)
    assert all("breast" not in lesion.cells() for lesion in lesions)


def test_without_the_heart_a_mirrored_body_passes(phases, monkeypatch):
    """Broken twin: the heart is what tells."""
    monkeypatch.setattr("corr.imaging.mri.anatomy.heart_side", lambda *_: None)
    affine, voxels = phases
    volumes = [body.volume(v[::-1], affine) for v in voxels[:2]]
    assert all(one.sides_known for one in breasts(volumes[0], post=volumes[1]).values())


def test_without_its_check_a_turned_body_is_not_turned_back(phases, monkeypatch):
    """Broken twin: the breasts would be looked for in the woman's back."""
    monkeypatch.setattr("corr.imaging.mri.body.TELLING", np.inf)
    affine, voxels = phases
    wrong = body.volume(voxels[0], np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine)
    try:
        anatomy = breasts(wrong)
    except Unusable:
        return
    assert not any(one.turned for one in anatomy.values())


def test_nifti(tmp_path, phases, found):
    affine, voxels = phases
    ras = RAS_TO_LPS @ affine
    for n, v in enumerate(voxels[:3]):
        image = nib.Nifti1Image(v, ras)
        image.set_sform(ras, 1)
        nib.save(image, tmp_path / f"p{n}.nii")
    series = order_phases([v for n in range(3) for v in read_nifti_phases(tmp_path / f"p{n}.nii")])
    assert "order given" in series.reason
    check_truth(*findings(series))
    assert breasts(series.pre)["L"].cells()["mr_nipple_s"] == (found[0]["L"].cells()["mr_nipple_s"])


def test_nifti_without_a_code_has_no_sides(tmp_path, phases):
    affine, voxels = phases
    image = nib.Nifti1Image(np.stack(voxels[:2], axis=-1)[::-1, ::-1], RAS_TO_LPS @ affine)
    image.set_sform(None, 0)
    image.set_qform(None, 0)
    nib.save(image, tmp_path / "four.nii")
    volumes = read_nifti_phases(tmp_path / "four.nii")
    assert not volumes[0].sides_known
    anatomy, lesions = findings(order_phases(volumes))
    assert {one.laterality for one in anatomy.values()} == {"unknown"}
    assert "laterality unknown: the file does not say" in anatomy["R"].notes[0]
    assert len(lesions) == len(body.LESIONS)


# --- what cannot be known is said ---------------------------------------------------------------


def test_enhancement_at_the_nipple_is_flagged_and_kept(phases):
    affine, voxels = phases
    drawn = [body.draw(affine, voxels[0].shape, n, nipple_uptake=1.5) for n in range(2)]
    _, lesions = findings(dynamic(affine, drawn))
    near = [f for f in lesions if f.near_nipple]
    assert {f.side for f in near} == {"L", "R"}
    assert all("physiological" in f.notes[0] for f in near)
    assert len(lesions) == len(body.LESIONS) + 2


def test_a_single_breast(phases):
    affine, voxels = phases
    half = voxels[0].shape[0] // 2
    right = dynamic(affine, [v[: half - 4] for v in voxels])
    anatomy, lesions = findings(right)
    assert set(anatomy) == {"R"}
    assert any("scanner's zero" in n for n in anatomy["R"].notes)
    assert len(lesions) == 1
    named = replace(right.pre, side="L")  # the file's own word wins over the coordinate
    assert set(breasts(named)) == {"L"}


def test_a_slab_without_the_nipple_gives_no_positions_from_it():
    affine, shape = body.box()
    voxels = [body.draw(affine, shape, n) for n in range(2)]
    lower = np.array(affine)
    lower[:3, 3] += affine[:3, 2] * 40
    anatomy, lesions = findings(dynamic(lower, [v[:, :, 40:48] for v in voxels]))
    for one in anatomy.values():
        assert not one.nipple_usable
        assert any("edge of the images" in n for n in one.notes)
        assert "mr_nipple_l" not in one.cells()
    assert lesions
    assert all("mr_nipple_l_mm" not in f.cells() for f in lesions)
    place = np.array([[80.0, -60.0, 10.0]])
    mark = Annotation(label="mass", kind="mass", space="patient", points=place)
    study = MriStudy(order_phases([body.volume(voxels[0], affine)]), anatomy, None, {})
    reading = StudyReading("m", "MR", study)
    assert all("do not reach" in reading.unread(side) for side in "LR")  # no silent exam
    assert not any("exam_mr" in cells for cells in reading.breast_cells())
    whole = replace(study, anatomy=findings(dynamic(affine, voxels))[0])  # broken twin
    assert not any(StudyReading("m", "MR", whole).unread(side) for side in "LR")
    cells = study.cells_of(mark, breast=None, kind="mass")
    assert (cells["breast"], cells["mr_l_mm"]) == ("L", "80.0")
    assert not any("nipple" in name for name in cells)


def test_an_affine_in_metres_is_refused(tmp_path):
    affine = np.diag([0.001, 0.001, 0.002, 1.0])
    nib.save(nib.Nifti1Image(np.zeros((4, 4, 4), np.int16), affine), tmp_path / "a.nii")
    with pytest.raises(Unusable, match=r"0.001 x 0.001 x 0.002 mm.*fix: store the affine in milli"):
        read_nifti_phases(tmp_path / "a.nii")


def test_a_mark_as_large_as_a_breast_is_doubted(phases):
    affine, voxels = phases
    whole = body.volume(voxels[0], affine)
    study = MriStudy(Dynamic(whole, (), (), ""), breasts(whole), None, {})
    middle = study.anatomy["L"].nipple_lps[None] + np.array([0.0, 20.0, 0.0])
    for half, large in ((40, True), (4, False)):
        grid = np.eye(4)
        grid[:3, 3] = middle[0] - half
        mask = np.ones((2 * half + 1,) * 3, bool)
        doubt = study.doubt_of(Annotation("1", None, "patient", middle, mask=mask, affine=grid))
        assert ("holds 531 ml: as large as a breast" in doubt) == large, doubt


def test_a_phase_that_is_lost_is_doubted(tmp_path, phases):
    """Its files cannot be used: what is measured then may miss the time before contrast."""
    affine, voxels = phases
    for n in range(3):
        (tmp_path / str(n)).mkdir()
        spacing = {"PixelSpacing": ["0", "0"]} if n == 0 else {}
        body.write_series(
            tmp_path / str(n), voxels[n], affine, series=n, AcquisitionNumber=n, **spacing
        )
    (tmp_path / "README").write_text("no image, and no matter")
    study = read_study(tmp_path, enhancements=None)
    (doubt,) = study.doubts
    assert doubt.startswith(f"{voxels[0].shape[2]} MR images were not used, a phase may be missing")
    reading = StudyReading("m", "MR", study)
    assert {(c["done"], c["quality"]) for c in reading.exam_cells()} == {("1", "poor")}
    assert "quality" not in reading.exam_only()


def test_nipple_by_hand(phases):
    affine, voxels = phases
    one = breasts(body.volume(voxels[0], affine), nipples={"L": (80.0, -126.0, 2.0)})["L"]
    assert one.nipple_lps == pytest.approx([80.0, -126.0, 2.0])
    assert "nipple given by hand" in one.notes


def test_refusals(phases):
    affine, voxels = phases
    empty = body.volume(np.zeros((40, 40, 20), np.float32), affine)
    with pytest.raises(Unusable, match="empty"):
        breasts(empty)
    alone = dynamic(affine, voxels[:1])
    with pytest.raises(Unusable, match="no phase after contrast"):
        enhancement(alone, breasts(alone.pre))
    noise = np.random.default_rng(0).random((40, 40, 20)).astype(np.float32)
    with pytest.raises(Unusable, match="no body"):
        breasts(body.volume(noise, affine))


def test_straight_is_a_view_of_axis_parallel_volumes(phases):
    affine, voxels = phases
    for axes in itertools.permutations((0, 1, 2)):
        moved, turned = body.rebuilt(voxels[0], affine, axes, (True, False, True))
        data, grid = straight(body.volume(moved, turned))
        assert np.shares_memory(data, moved)
        assert np.array_equal(data, voxels[0])
        assert grid.origin_lps == pytest.approx(affine[:3, 3])
