"""Annotations of every format give the same points, in whole-pixel or LPS coordinates."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.sr.codedict import codes
from pydicom.uid import DeflatedExplicitVRLittleEndian

from benchmarks.fuzz import seeds
from corr.imaging.dicom import codes as breast_codes
from corr.imaging.dicom.header import Unusable
from corr.imaging.marks.annotation import Annotation
from corr.imaging.marks.readers import centre, longest, read_annotations
from corr.imaging.marks.shapes import drawn


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("seeds")
    seeds.write_all(path)
    return path


def read(ds, tmp_path, refused=None):
    path = tmp_path / "file.dcm"
    path.write_bytes(seeds.encoded(ds))
    return read_annotations(path, refused=refused)


# --- what each format says, checked against what was put in --------------------------------


def test_measurement_report(folder):
    (a,) = read_annotations(folder / "sr.dcm")
    assert (a.label, a.kind, a.space, a.outline) == ("lesion A", "mass", "pixel", True)
    # Columns 30.5-50.5 and rows 50.5-60.5 from the corner: pixel centres 30-50 and 50-60.
    assert a.points.min(axis=0) == pytest.approx([50.0, 30.0], abs=0.01)
    assert a.points.max(axis=0) == pytest.approx([60.0, 50.0], abs=0.01)
    assert centre(a) == pytest.approx([55.0, 40.0])
    assert a.refers_to == (str(seeds.uid(20)),)
    assert dict(a.coded) == {
        "side": "R", "clock": "7-8", "distance_mm": 40.0, "depth_mm": 12.0,
        "size_mm": 7.1, "size2_mm": 3.6, "n_calcifications": 5,
    }  # fmt: skip


def test_a_report_of_text_only_belongs_to_the_reports(tmp_path):
    ds = seeds.measurement_report()
    ds.ContentSequence = [i for i in ds.ContentSequence if i.ValueType == "CODE"]
    text = seeds.Dataset()
    text.ValueType, text.TextValue = "TEXT", "A mass at 7 o'clock."
    ds.ContentSequence.append(text)
    with pytest.raises(Unusable, match=r"words only.*fix: give its text in the case's reports"):
        read(ds, tmp_path)


def test_a_finding_described_in_words_only_is_kept(tmp_path):
    ds = seeds.measurement_report()
    group = ds.ContentSequence[-1].ContentSequence[0]
    group.ContentSequence = [i for i in group.ContentSequence if i.ValueType != "SCOORD"]
    (a,) = read(ds, tmp_path)
    assert a.points.shape == (0, 2)
    assert a.coded["clock"] == "7-8"
    assert centre(a) is None
    assert longest(a) is None
    assert any("words only" in n for n in a.notes)


def test_cad_report_with_old_codes(folder):
    cluster, nipple = read_annotations(folder / "cad.dcm")
    assert (cluster.kind, cluster.outline) == ("calcification", True)
    assert centre(cluster) == pytest.approx([80.0, 40.0])
    assert cluster.coded == {"n_calcifications": 4, "side": "L"}, "side from the image library"
    assert nipple.kind == "nipple"
    assert centre(nipple).tolist() == [120.0, 118.0]
    assert cluster.refers_to == nipple.refers_to == (str(seeds.uid(20)),), "by-reference image"


def test_presentation_state(folder):
    outline, circle, caliper = read_annotations(folder / "pr.dcm")
    assert centre(outline) == pytest.approx([55.0, 40.0])
    assert centre(circle) == pytest.approx([90.0, 100.0])
    ends = longest(circle)
    assert np.linalg.norm(ends[0] - ends[1]) == pytest.approx(20.0, rel=0.01)
    assert not caliper.outline
    # 3-4-5 by unequal spacing: 40 rows of 0.1 mm and 30 columns of 0.1 mm.
    ends = longest(caliper, scale=(0.1, 0.1))
    assert np.hypot(*((ends[0] - ends[1]) * 0.1)) == pytest.approx(5.0)
    assert {a.label for a in (outline, circle, caliper)} == {"mass"}


def test_graphics_placed_on_the_display_are_refused(tmp_path):
    ds = seeds.presentation_state()
    ds.GraphicAnnotationSequence[0].GraphicObjectSequence[0].GraphicAnnotationUnits = "DISPLAY"
    refused: list[str] = []
    assert len(read(ds, tmp_path, refused)) == 2
    assert any("display" in r for r in refused)
    assert any("not used" in n for n in read(ds, tmp_path)[0].notes), "said without a list too"


def test_structure_set(folder):
    lesion, nipple = read_annotations(folder / "rtstruct.dcm")
    assert (lesion.space, lesion.outline, lesion.parts) == ("patient", True, (72, 72))
    assert centre(lesion) == pytest.approx([-50, -25, 10])
    assert centre(nipple).tolist() == [-50.0, -90.0, 10.0]
    ends = longest(lesion)  # boxes of 20 x 10 mm on two slices
    assert np.linalg.norm(ends[0] - ends[1]) == pytest.approx(np.hypot(20, 4), rel=1e-3)


def test_a_ring_with_more_points_counts_no_more():
    turn = np.linspace(0, 2 * np.pi, 100, endpoint=False)
    many = np.stack([5 * np.cos(turn), 5 * np.sin(turn), 0 * turn], -1)
    few = np.array([[100, -5, 0], [110, -5, 0], [110, 5, 0], [100, 5, 0]], float)
    a = Annotation("", None, "patient", np.concatenate([many, few]), outline=True, parts=(100, 4))
    area = 0.5 * 100 * 25 * np.sin(2 * np.pi / 100)
    assert centre(a)[0] == pytest.approx(105 * 100 / (100 + area))


def test_segmentation(folder):
    (a,) = read_annotations(folder / "seg.dcm")
    assert (a.kind, a.label, a.coded) == ("mass", "lesion 1", {"side": "R"})
    assert a.mask.sum() == 3 * 4 * 2
    # Row 31, column 11.5, slice 2.5 of 4 mm from (-126, -94, 0).
    assert centre(a) == pytest.approx([-126 + 46, -94 + 124, 10])
    inside = np.argwhere(a.mask) @ a.affine[:3, :3].T + a.affine[:3, 3]
    assert inside.mean(axis=0) == pytest.approx(centre(a)), "mask, affine and centre agree"
    ends = longest(a)  # box of 16 x 12 x 8 mm, corner to corner
    assert np.linalg.norm(ends[0] - ends[1]) == pytest.approx(np.sqrt(16**2 + 12**2 + 8**2))


def test_deflated_segmentation(tmp_path):
    """Pixels that are deflated with the rest of the file: the file is inflated first."""
    (a,) = read(seeds.rewritten(seeds.segmentation(), DeflatedExplicitVRLittleEndian), tmp_path)
    assert a.mask.sum() == 3 * 4 * 2


def test_segmentation_of_a_2d_image(folder):
    (a,) = read_annotations(folder / "flat_seg.dcm")
    assert (a.space, a.corner, a.mask.shape) == ("pixel", (50, 30), (10, 20))
    assert centre(a).tolist() == [54.5, 39.5]
    assert a.refers_to == (str(seeds.uid(20)),)
    ends = longest(a, scale=(0.1, 0.1))
    assert np.ptp(ends, axis=0).tolist() == [10.0, 20.0]


@pytest.mark.parametrize("kept", [(0, 1), (0, 3), (0, 2, 4), (0, 3, 4)])
def test_empty_slices_that_were_left_out_are_put_back(tmp_path, kept):
    """Rewrite the SEG so that only some of its slices remain: the box stays where it is."""
    sources = seeds.mr_slices(5)
    mask = np.zeros((5, 48, 64), np.uint8)
    mask[list(kept), 30:33, 10:14] = 1
    ds = seeds.hd.seg.Segmentation(
        sources, mask, "BINARY",
        [seeds.hd.seg.SegmentDescription(1, "x", codes.SCT.Tissue, seeds.MASS, "MANUAL")],
        seeds.uid(40), 4, seeds.uid(41), 1, "n", "n", "1", "1",
    )  # fmt: skip
    pieces = read(ds, tmp_path)
    assert len(pieces) == (2 if 12 in 4 * np.diff(kept) else 1)  # 12 mm apart: two lesions
    sizes = [a.mask.sum() for a in pieces]
    assert sum(sizes) == 12 * len(kept)
    assert np.average([centre(a)[2] for a in pieces], weights=sizes) == 4 * np.mean(kept)
    assert [a.affine[2, 2] for a in pieces] == pytest.approx([4.0] * len(pieces))


@pytest.mark.parametrize("kind", ["FRACTIONAL", "LABELMAP"])
def test_other_kinds_of_segmentation(tmp_path, kind):
    sources = seeds.mr_slices(3)
    mask = np.zeros((3, 48, 64), np.uint8 if kind == "LABELMAP" else np.float32)
    mask[1, 10:14, 20:24] = 1
    if kind == "FRACTIONAL":
        mask[1, 14:20, 20:24] = 0.3  # less than half
    ds = seeds.hd.seg.Segmentation(
        sources, mask, kind,
        [seeds.hd.seg.SegmentDescription(1, "x", codes.SCT.Tissue, seeds.MASS, "MANUAL")],
        seeds.uid(40), 4, seeds.uid(41), 1, "n", "n", "1", "1",
    )  # fmt: skip
    (a,) = read(ds, tmp_path)
    assert a.mask.sum() == 16
    assert centre(a) == pytest.approx([-126 + 4 * 21.5, -94 + 4 * 11.5, 4])


def test_the_background_of_a_label_map_is_no_mark(tmp_path):
    ds = seeds.segmentation()
    number, other = ds.SegmentSequence[0], seeds.Dataset()
    other.SegmentNumber, other.SegmentLabel = 0, "Background"
    code = seeds.Dataset()
    code.CodeValue, code.CodingSchemeDesignator = "125040", "DCM"
    third = seeds.Dataset()
    third.SegmentNumber, third.SegmentLabel = 3, "the rest"
    third.SegmentedPropertyTypeCodeSequence = [code]
    ds.SegmentSequence = [other, number, third]
    refused: list[str] = []
    assert [a.label for a in read(ds, tmp_path, refused)] == ["lesion 1"]
    assert not refused


def test_markups_of_slicer(folder):
    refused: list[str] = []
    found = {a.label: a for a in read_annotations(folder / "marks.mrk.json", refused=refused)}
    assert centre(found["nipple"]).tolist() == [-50.0, -90.0, 10.0], "RAS becomes LPS"
    assert found["nipple"].kind == "nipple"
    assert found["caliper"].coded["size_mm"] == pytest.approx(5.0)
    assert centre(found["mass"]) == pytest.approx([5.0, 10.0, 5.0])
    assert found["box"].coded == {"size_mm": 30.0, "size2_mm": 20.0, "size3_mm": 10.0}
    assert "drawn as a box" in found["box"].notes[0]
    assert len(refused) == 1
    assert "never placed" in refused[0]


@pytest.mark.parametrize("system", [None, "IJK", 7, ""])
def test_markups_without_a_known_space_are_refused(tmp_path, system):
    content = json.loads(seeds.markups())
    for markup in content["markups"]:
        markup["coordinateSystem"] = system
    path = tmp_path / "m.mrk.json"
    path.write_text(json.dumps(content))
    with pytest.raises(Unusable, match="coordinateSystem"):
        read_annotations(path)


def test_label_map(folder):
    for name in ("labels.nii.gz", "labels.nii"):
        box, voxel = read_annotations(folder / name)
        assert (box.label, voxel.label) == ("1", "3")
        # Voxel 5.5, 5.5, 5.5 of 2 mm: RAS (-9, 41, 16), so LPS (9, -41, 16).
        assert centre(box) == pytest.approx([9, -41, 16])
        assert centre(voxel) == pytest.approx([-10, -50, 23])
        assert box.mask.shape == (4, 2, 2)
        assert not box.notes


def test_a_label_map_in_no_known_space_says_so(tmp_path):
    path = tmp_path / "x.nii.gz"
    path.write_bytes(seeds.label_map(coded=False))
    assert all("side is unknown" in a.notes[0] for a in read_annotations(path))


@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, 1), (1, -1, -1), (-1, -1, -1)])
def test_flipped_voxels_with_their_affine_are_the_same_lesion(tmp_path, flips):
    source = nib.Nifti1Image.from_bytes(gzip.decompress(seeds.label_map()))
    data, affine = np.asarray(source.dataobj), source.affine.copy()
    for axis, flip in enumerate(flips):
        if flip < 0:
            data = np.flip(data, axis)
            affine[:3, 3] += affine[:3, axis] * (data.shape[axis] - 1)
            affine[:3, axis] *= -1
    path = tmp_path / "x.nii"
    nib.save(nib.Nifti1Image(np.ascontiguousarray(data), affine), path)
    box, voxel = read_annotations(path)
    assert centre(box) == pytest.approx([9, -41, 16])
    assert centre(voxel) == pytest.approx([-10, -50, 23])


def test_a_probability_map_is_to_be_thresholded(tmp_path):
    values = np.random.default_rng(0).uniform(0, 1, (8, 8, 8)).astype(np.float32)
    nib.save(nib.Nifti1Image(values, np.eye(4)), tmp_path / "x.nii")
    with pytest.raises(Unusable, match=r"a probability map.*fix: threshold it"):
        read_annotations(tmp_path / "x.nii")


def test_an_image_is_no_label_map(tmp_path):
    path = tmp_path / "x.nii"
    values = np.random.default_rng(0).normal(100, 20, (8, 8, 8)).astype(np.float32)
    nib.save(nib.Nifti1Image(values, np.eye(4)), path)
    with pytest.raises(Unusable, match="not a label map"):
        read_annotations(path)


def test_table(folder):
    outline, point = read_annotations(folder / "marks.csv")
    assert (outline.kind, outline.outline, outline.frame) == ("mass", True, 0)
    assert centre(outline) == pytest.approx([15.0, 30.0])
    assert outline.coded == {"side": "R", "clock": "7:30", "distance_mm": 40.0}
    assert outline.refers_to == ("2.25.1",)
    assert point.kind == "calcification"
    assert centre(point).tolist() == [5.5, 6.5]


RING = "row,col,label\n" + "".join(f"{50 + n},{40 + n % 7},mass 1\n" for n in range(41))


def test_rows_that_say_how_they_belong_together_are_taken_so(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(RING.replace("mass 1", "a,outline").replace("label", "id,shape"))
    assert len(read_annotations(path)) == 1
    path.write_text("row,col,shape\n1,2,point\n3,4,point\n")
    assert len(read_annotations(path)) == 2
    path.write_text("row,col,label\n1,2,left\n3,4,right\n")
    assert len(read_annotations(path)) == 2


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a,b\n1,2\n", "do not say where"),
        ("row,col,l_mm,p_mm,s_mm\n1,2,3,4,5\n", "say it twice"),
        (
            RING,
            "row 2: it and others up to row 42 have no id .* add an id column: the same id, and",
        ),
        (RING.replace("mass 1", ""), "up to row 42 have no id"),
        (RING.replace("label", "shape").replace("mass 1", "outline"), "add an id column"),
        ("shape,label,row,col\noutline,a,1,2\noutline,b,3,4\n", "1 points .* add an id column"),
        ("row,col,row\n1,2,3\n", "repeat"),
        ("row,col\nx,2\n", "not numbers"),
        ("row,col\nnan,2\n", "not finite"),
        ("row,col\n1e9,2\n", "absurdly"),
        ("id,shape,row,col\na,outline,1,2\na,,3,4\n", "outline"),
        ("id,row,col\na,1,2\na,3,4\n", "shape"),
        ("row,col\n", "no annotation"),
        ("", "the file is empty"),
        ("row;col\n1,5;2,5\n", "fix: put commas between cells"),
        ('row,col\n"1,5",2\n', "fix: write decimals with a point"),
        ("row,col\n1,5,2,5\n", "row 2: more cells than the header"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(tmp_path, text, word):
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(Unusable, match=word):
        read_annotations(path)


def test_a_table_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes("row,col,label\n1,2,é\n".encode("latin-1"))
    with pytest.raises(Unusable, match=r"not UTF-8 \(byte 18\).*fix: save it as CSV UTF-8"):
        read_annotations(path)


def test_bad_cells_are_named_and_the_point_is_kept(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("row,col,side,distance_mm,kind,colour,frame\n1,2,X,-5,lump,red,1.5\n")
    refused: list[str] = []
    (a,) = read_annotations(path, refused=refused)
    assert (dict(a.coded), a.kind) == ({}, None)
    assert all(w in " ".join(refused) for w in ("colour", "kind", "side", "distance_mm", "frame"))


@pytest.mark.parametrize("name", ["x.fcsv", "x.nrrd", "x.xml", "x.bin", "x.dcm"])
def test_other_files_are_refused_with_what_is_allowed(tmp_path, name):
    (tmp_path / name).write_bytes(b"# something else\n" * 20)
    with pytest.raises(Unusable, match="allowed"):
        read_annotations(tmp_path / name)
    with pytest.raises(Unusable):
        read_annotations(tmp_path / f"absent-{name}")


def test_images_hold_no_annotations(folder):
    for name in ("us.dcm", "mg.dcm", "mr0.dcm"):
        with pytest.raises(Unusable, match="holds no annotations"):
            read_annotations(folder / name)


def test_a_dose_report_holds_no_annotations(shared):
    with pytest.raises(Unusable, match="no annotation"):
        read_annotations(shared("data/dicom/openrem/MG-RDSR-Hologic_2D.dcm"))


def test_the_real_segmentation(shared):
    (a,) = read_annotations(shared("data/dicom/tcia_ispy1_seg/ISPY1_1001_breast_SEG.dcm"))
    assert a.coded["side"] == "L"
    assert a.mask.shape[2] == 27
    assert centre(a)[0] > 0, "a left breast lies on the patient's left"
    assert np.linalg.norm(a.affine[:3, :3], axis=0) == pytest.approx([0.78125, 0.78125, 2.0])


# --- codes --------------------------------------------------------------------------------


def test_every_code_is_what_pydicom_calls_it():
    for table, group in (
        (breast_codes.CLOCK_H, codes.cid6018),
        (breast_codes.QUADRANT, codes.cid6020),
        (breast_codes.DEPTH_THIRD, codes.cid6024),
    ):
        listed = [getattr(group, n) for n in group.dir()]
        meant = {f"{c.scheme_designator}:{c.value}": c.meaning for c in listed}
        assert set(table) <= set(meant)
        for code, word in table.items():
            first = {"UOQ": "Upper outer", "UIQ": "Upper inner", "LOQ": "Lower outer",
                     "LIQ": "Lower inner"}.get(str(word), str(word))  # fmt: skip
            assert meant[code].lower().startswith(first.lower())


@pytest.mark.parametrize(
    ("hours", "cell"),
    [([7], "7"), ([7, 8], "7-8"), ([8, 7], "7-8"), ([12, 1], "12-1"), ([11, 12], "11-12"),
     ([7, 7], "7"), ([3, 9], None), ([1, 2, 3], None)],
)  # fmt: skip
def test_clock_cells(hours, cell):
    assert breast_codes.clock_cell(hours) == cell


def test_contradictory_codes_are_left_out_and_said():
    cells, notes = breast_codes.place(["SCT:73056007", "SCT:80248007", "SCT:129774003"])
    assert cells == {"clock": "3"}
    assert "side" in notes[0]
    cells, notes = breast_codes.place(["SCT:129774003", "SCT:129780006"])
    assert cells == {}
    assert "not neighbours" in notes[0]


# --- geometry -----------------------------------------------------------------------------


def test_graphics_become_points_of_the_same_area():
    circle, closed = drawn("CIRCLE", [10, 20, 13, 24], 2)
    assert closed
    a = replace(Annotation("", None, "pixel", circle), outline=True)
    assert centre(a) == pytest.approx([10, 20])
    x, y = circle.T
    area = 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))
    assert area == pytest.approx(np.pi * 25)
    ellipse, closed = drawn("ELLIPSE", [0, 0, 10, 0, 5, 2, 5, -2], 2)
    assert closed
    assert np.ptp(ellipse, axis=0) == pytest.approx([10, 4], rel=0.01)
    line, closed = drawn("POLYLINE", [0, 0, 1, 1, 2, 2], 2)
    assert (closed, len(line)) == (False, 3)
    polygon, closed = drawn("POLYGON", [0, 0, 0, 1, 0, 0, 1, 1, 0], 3)
    assert (closed, len(polygon)) == (True, 3)


@pytest.mark.parametrize(
    ("graphic", "values"),
    [("POINT", [1, 2, 3, 4]), ("CIRCLE", [1, 2]), ("BLOB", [1, 2]), ("", [1, 2]),
     ("POINT", [1]), ("POINT", []), ("POINT", [np.nan, 1]), ("POLYLINE", [1e12, 1])],
)  # fmt: skip
def test_impossible_graphics_are_refused(graphic, values):
    with pytest.raises(Unusable):
        drawn(graphic, values, 2)


coordinate = st.floats(-100, 100, allow_nan=False)


@given(
    st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=12),
    st.floats(-50, 50),
    st.floats(-50, 50),
)
def test_centre_and_longest_move_with_the_outline(points, down, right):
    outline = np.array(points)
    a = Annotation("", None, "pixel", outline, outline=True)
    moved = replace(a, points=outline + np.array([down, right]))
    b = replace(a, points=np.roll(outline, 1, axis=0))
    x, y = outline.T
    area = abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2
    if area > 1e-3 * max(np.ptp(x) * np.ptp(y), 1.0):
        assert centre(moved) == pytest.approx(centre(a) + np.array([down, right]), abs=1e-5)
        assert centre(b) == pytest.approx(centre(a), abs=1e-5), "wherever the ring starts"
    ends = longest(a)
    widest = max(np.hypot(*(p - q)) for p in outline for q in outline)
    if ends is not None:
        assert np.hypot(*(ends[0] - ends[1])) == pytest.approx(widest)


def test_longest_of_many_points_in_one_plane():
    turn = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    ring = np.stack([np.full(400, 7.0), 20 * np.cos(turn), 5 * np.sin(turn)], -1)
    ends = longest(Annotation("", None, "patient", ring, outline=True))
    assert np.linalg.norm(ends[0] - ends[1]) == pytest.approx(40.0, rel=1e-3)
