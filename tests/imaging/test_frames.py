"""The frame or slice of a mark is the one shown; heights and angles of frames; scales."""

from __future__ import annotations

from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from pydicom.dataset import Dataset

from benchmarks.fuzz import seeds
from corr.imaging.dicom.header import Unusable
from corr.imaging.frames import frame_shown
from corr.imaging.image_reader import read_image
from corr.imaging.mammogram.film_facts import read_facts
from corr.imaging.mammogram.film_view import read_scale
from corr.imaging.mammogram.mammogram import read_mammogram
from corr.imaging.mammogram.stack import projection_deg, slice_heights_mm
from corr.imaging.marks.annotation import Annotation
from corr.imaging.marks.on_slices import on_slices
from corr.imaging.marks.readers import centre, longest, read_annotations
from corr.tables.rows import ImageRow

MARK = Annotation("mass", "mass", "pixel", np.array([[100.0, 100.0]]), frame=3)


def clip(tmp_path, n=5):
    """An ultrasound clip; frame k is a little brighter than the one before."""
    ds = seeds.sonogram()
    one = np.frombuffer(ds.PixelData, np.uint8)
    ds.NumberOfFrames = n
    ds.PixelData = b"".join(np.where(one > 0, one + k, 0).astype(np.uint8).tobytes()
                            for k in range(n))  # fmt: skip
    (tmp_path / "us.dcm").write_bytes(seeds.encoded(ds))
    return tmp_path


def row(file, **more):
    return ImageRow.model_validate({"case_id": "t", "file": file, "image_id": "U", **more})


def test_a_clip_is_shown_on_the_frame_that_was_marked(tmp_path):
    folder = clip(tmp_path)
    reading = read_image(row("us.dcm"), folder, "U", {"mass": MARK})
    first = read_image(row("us.dcm", frame="0"), folder, "U", {})
    assert reading.image.image.max() == first.image.image.max() + 3
    assert "5 frames: frame 3 (counted from 0) is shown, the one marked" in reading.said
    assert reading.doubts == []


@pytest.mark.parametrize(
    ("marks", "stated", "index", "words"),
    [
        ({"mass": MARK}, 1, 1, "mass is on frame 3, the picture shows frame 1"),
        ({"mass": MARK, "a": replace(MARK, frame=1), "b": MARK}, None, 3, "a is on frame 1"),
        ({"nipple": replace(MARK, kind="nipple", frame=1), "a": MARK}, None, 3, ""),
        ({"mass": replace(MARK, frame=None)}, None, 0, "mass: its frame is not known"),
        ({"mass": replace(MARK, frame=9)}, None, 0, "mass is on frame 9 (counted from 0)"),
    ],
)
def test_marks_that_are_not_on_the_frame_shown_are_said(tmp_path, marks, stated, index, words):
    shown = frame_shown(clip(tmp_path) / "us.dcm", marks, stated)
    assert shown.index == index
    assert words in " ".join(shown.doubts)


# --- slices and projections ---------------------------------------------------------------


def tomosynthesis(tmp_path, *, first_low=True, fits=True, n=5):
    """A left CC with slices of 10 mm, from the detector up or from the paddle down."""
    ds = seeds.tomosynthesis(n)
    ds.PatientOrientation = ["A", "R"]
    shared = ds.SharedFunctionalGroupsSequence[0]
    turned = Dataset()
    turned.ImageOrientationPatient = [0, -1, 0, -1, 0, 0] if fits else [1, 0, 0, 0, 1, 0]
    shared.PlaneOrientationSequence = [turned]
    ds.PerFrameFunctionalGroupsSequence = []
    for k in range(n):
        place, group = Dataset(), Dataset()
        place.ImagePositionPatient = [40, 0, 10 * (k if first_low else -k)]
        group.PlanePositionSequence = [place]
        ds.PerFrameFunctionalGroupsSequence.append(group)
    (tmp_path / "dbt.dcm").write_bytes(seeds.encoded(ds))
    return tmp_path / "dbt.dcm"


@pytest.mark.parametrize(("first_low", "height"), [(True, "35"), (False, "15")])
def test_the_height_of_a_slice_is_that_above_the_detector(tmp_path, first_low, height):
    tomosynthesis(tmp_path, first_low=first_low)
    reading = read_image(row("dbt.dcm"), tmp_path, "F", {"mass": MARK})
    cells = reading.cells_of(MARK, breast=None, kind=None)
    assert (cells["beam_mm"], cells["beam_from"]) == (height, "detector")
    assert "beam_mm" not in reading.cells_of(replace(MARK, frame=None), breast=None, kind=None)


def test_positions_that_do_not_fit_the_film_give_no_height(tmp_path):
    path = tomosynthesis(tmp_path, fits=False)
    assert read_mammogram(path).slice_heights_mm is None
    path = tomosynthesis(tmp_path, n=2)  # a stack of 20 mm in a breast of 50 mm
    assert read_mammogram(path).slice_heights_mm is None


@pytest.mark.parametrize(
    ("side", "view", "angle", "step", "rising"),
    [
        ("L", "MLO", 45.0, [-1.0, 0.0, 1.0], True),  # the tube is above and medial
        ("R", "MLO", 45.0, [1.0, 0.0, 1.0], True),
        ("R", "ML", 90.0, [-1.0, 0.0, 0.0], False),
        ("R", "LM", 90.0, [-1.0, 0.0, 0.0], True),
    ],
)
def test_up_the_beam_goes_to_the_tube(side, view, angle, step, rising):
    ds = seeds.tomosynthesis(5)
    letters = {"L": ("A", "FR"), "R": ("P", "FL")}[side] if view == "MLO" else ("P", "F")
    facts = replace(read_facts(seeds.mammogram()), side=side, view=view, angle_deg=angle,
                    patient_orientation=letters)  # fmt: skip
    ahead = [0, -1.0 if letters[0] == "A" else 1.0, 0]
    down = {"F": [0, 0, -1.0], "FR": [-0.71, 0, -0.71], "FL": [0.71, 0, -0.71]}[letters[1]]
    turned = Dataset()
    turned.ImageOrientationPatient = [*ahead, *down]
    ds.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence = [turned]
    ds.PerFrameFunctionalGroupsSequence = []
    for k in range(5):
        place, group = Dataset(), Dataset()
        place.ImagePositionPatient = (10.0 * k * np.array(step) / np.linalg.norm(step)).tolist()
        group.PlanePositionSequence = [place]
        ds.PerFrameFunctionalGroupsSequence.append(group)
    heights = slice_heights_mm(ds, facts)
    assert heights == pytest.approx(np.arange(5, 50, 10)[:: 1 if rising else -1])


def test_a_projection_has_the_angle_of_its_frame(tmp_path):
    ds = seeds.tomosynthesis(3)
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = seeds.SOP + "13.1.4"
    ds.PerFrameFunctionalGroupsSequence = []
    for angle in (-7.5, 0.0, 7.5):
        place, group = Dataset(), Dataset()
        place.PositionerPrimaryAngle = angle
        group.PositionerPositionSequence = [place]
        ds.PerFrameFunctionalGroupsSequence.append(group)
    (tmp_path / "p.dcm").write_bytes(seeds.encoded(ds))
    assert projection_deg(ds, 2) == 7.5
    films = [read_mammogram(tmp_path / "p.dcm", index=n) for n in range(3)]
    assert [(f.view, f.angle_deg) for f in films] == [
        ("STEREO", -7.5),
        ("CC", 0.0),
        ("STEREO", 7.5),
    ]


# --- scales -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "spacing"),
    [
        ({"PixelSpacing": [0.0932] * 2}, 0.0932),  # differs: corrected, though no type says so
        ({"PixelSpacing": [0.1] * 2, "PixelSpacingCalibrationType": "GEOMETRY"}, 0.1 / 1.073),
        ({"PixelSpacing": [0.0932] * 2, "PixelSpacingCalibrationType": "GEOMETRY"}, 0.0932),
        ({}, 0.1 / 1.073),
    ],
)
def test_pixel_spacing_beside_that_of_the_detector(tags, spacing):
    """IHE: another value is corrected for magnification, the same value is not."""
    ds = seeds.mammogram()
    ds.Rows, ds.Columns, ds.ImagerPixelSpacing = 2294, 1914, [0.1, 0.1]
    ds.EstimatedRadiographicMagnificationFactor = 1.073
    for keyword, value in tags.items():
        setattr(ds, keyword, value)
    assert read_scale(ds, 50.0).value == pytest.approx((spacing, spacing))


@pytest.mark.parametrize(("moved_mm", "said"), [(12.0, True), (0.01, False)])
def test_sform_and_qform_that_disagree_are_said(tmp_path, moved_mm, said):
    mask = np.zeros((20, 16, 12), dtype=np.uint8)
    mask[4:8, 5:8, 5:8] = 1
    affine = np.diag([-2.0, -2.0, 2.0, 1.0])
    image = nib.Nifti1Image(mask, affine)
    image.set_qform(affine, code=1)
    moved = affine.copy()
    moved[2, 3] += moved_mm
    image.set_sform(moved, code=2)
    nib.save(image, tmp_path / "m.nii.gz")
    (mark,) = read_annotations(tmp_path / "m.nii.gz")
    assert bool(mark.doubts) == said
    assert not said or "sform and qform disagree by up to 12 mm" in mark.doubts[0]


def test_hologics_own_stacks_are_refused_by_name():
    ds = seeds.mammogram()
    ds.private_block(0x7E01, "HOLOGIC, Inc.", create=True).add_new(0x10, "OB", b"\x00\x01")
    with pytest.raises(Unusable, match="SCO"):
        read_facts(ds)


# --- pixels of MRI slices -----------------------------------------------------------------


def on_mri(tmp_path, *marks):
    for n, ds in enumerate(seeds.mr_slices()):
        (tmp_path / f"mr{n}.dcm").write_bytes(seeds.encoded(ds))
    return on_slices(marks, tmp_path)


def drawn(points, number, **more):
    uid = (str(seeds.uid(30 + number)),)
    return Annotation("mass", "mass", "pixel", np.array(points, float), refers_to=uid, **more)


def test_marks_on_the_pixels_of_a_slice_lie_where_the_slice_does(tmp_path):
    (mark,) = on_mri(tmp_path, drawn([[20, 10], [20, 14]], 2))
    assert mark.points.tolist() == [[-86.0, -14.0, 8.0], [-70.0, -14.0, 8.0]]
    assert (mark.space, mark.frame_of_reference) == ("patient", str(seeds.uid(3)))
    (mark,) = on_mri(tmp_path, replace(drawn([[20, 10]], 0), refers_to=("mr3.dcm",)))
    assert mark.points.tolist() == [[-86.0, -14.0, 12.0]], "also by the name of its file"
    (mark,) = on_mri(tmp_path, drawn([[20, 10]], 9))
    assert mark.space == "pixel", "on no slice of this MRI"


def test_a_mask_on_a_slice_keeps_its_size(tmp_path):
    mask = np.ones((3, 5), dtype=bool)
    (mark,) = on_mri(tmp_path, drawn([[21, 12]], 2, mask=mask, corner=(20, 10)))
    assert centre(mark).tolist() == [-78.0, -10.0, 8.0]
    assert np.ptp(longest(mark), axis=0)[:2].tolist() == [20.0, 12.0]


def test_rings_of_one_group_on_several_slices_are_one_mark(tmp_path):
    ring = [[20, 10], [20, 14], [24, 14], [24, 10]]
    rings = [drawn(ring, n, outline=True, group="a") for n in (1, 2, 3)]
    (mark,) = on_mri(tmp_path, *rings)
    assert centre(mark).tolist() == [-78.0, -6.0, 8.0]
    assert len(on_mri(tmp_path, *[replace(r, group="") for r in rings])) == 3
