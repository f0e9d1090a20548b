"""Annotations of other tools: what was put in comes out, what is not read is named."""

from __future__ import annotations

import json
import sys

import nibabel as nib
import nrrd
import numpy as np
import pytest
from PIL import Image

from benchmarks.fuzz import marks as made
from benchmarks.fuzz import seeds
from corr.case.casefile import read_case
from corr.imaging.dicom.header import Unusable
from corr.imaging.image_reading import ImageReading
from corr.imaging.marks.annotation import Annotation
from corr.imaging.marks.case_marks import _annotations, _called, _names_in, _told_name
from corr.imaging.marks.fitting import fitted
from corr.imaging.marks.other_tools.pictures import masks_of
from corr.imaging.marks.readers import centre, longest, read_annotations
from corr.imaging.marks.shapes import within_box
from corr.problems import InputError
from corr.tables.rows import RawRow

BOX_LPS = [-9.0, 41.0, 21.5]  # middle of the box of label 1
BOX_PX = [54.5, 39.5]
MANY = "['Mass', 'Suspicious Calcification', 'Jane Roe']"


def read(tmp_path, name, content=None, refused=None):
    path = tmp_path / name
    path.write_bytes(made.MARK_SEEDS[name]() if content is None else content)
    return read_annotations(path, refused=refused)


@pytest.mark.parametrize("name", ["labels.nrrd", "labels.mha"])
def test_label_maps(tmp_path, name):
    (mark,) = read(tmp_path, name)
    assert (mark.space, mark.mask.sum(), mark.frame_of_reference) == ("patient", 16, "")
    assert centre(mark) == pytest.approx(BOX_LPS)


@pytest.mark.parametrize(
    ("space", "signs"),
    [
        ("right-anterior-superior", (-1, -1, 1)),
        ("left-anterior-superior", (1, -1, 1)),
        ("RAS", None),
    ],
)
def test_the_space_of_a_nrrd_is_honoured(tmp_path, space, signs):
    (mark,) = read(tmp_path, "a.nrrd", made.nrrd_map(space=space))
    assert centre(mark) == pytest.approx(np.array(BOX_LPS) * (signs or (-1, -1, 1)))


@pytest.mark.parametrize(("unit", "per_mm"), [("cm", 10.0), ("furlong", None)])
def test_the_units_of_a_nrrd_are_honoured_or_it_is_refused(tmp_path, unit, per_mm):
    nrrd.write(str(tmp_path / "a.nrrd"), made.box_mask(), {
        "space": "left-posterior-superior", "space directions": made.DIRECTIONS / (per_mm or 1.0),
        "space origin": np.array(made.ORIGIN) / (per_mm or 1.0), "space units": [unit] * 3,
    })  # fmt: skip
    if per_mm:
        assert centre(read_annotations(tmp_path / "a.nrrd")[0]) == pytest.approx(BOX_LPS)
        return
    with pytest.raises(Unusable, match="its axes and origin map voxels nowhere"):
        read_annotations(tmp_path / "a.nrrd")


@pytest.mark.parametrize(
    ("old", "new"), [(b"NDims = 3", b"NDims = 300"), (b"DimSize = 20", b"DimSize = 9920"),
                     (b"Offset = -20 30", b"Offset = x"), (b"LOCAL", b"LIST")],
)  # fmt: skip
def test_a_broken_metaimage_never_reaches_its_library(tmp_path, monkeypatch, old, new):
    monkeypatch.setattr("corr.imaging.volume_files._meta_reader", lambda _: pytest.fail("reached"))
    with pytest.raises(Unusable, match=r"MetaImage header is broken|cut off|not in one file"):
        read(tmp_path, "a.mha", made.metaimage().replace(old, new))


def test_a_nrrd_without_a_space_says_that_the_side_is_unknown(tmp_path):
    nrrd.write(str(tmp_path / "a.nrrd"), made.box_mask())
    (mark,) = read_annotations(tmp_path / "a.nrrd")
    assert "side is unknown" in mark.notes[0]
    assert mark.frame_of_reference == "none"


def test_segments_of_slicer_have_their_names_codes_and_layers(tmp_path):
    first, second = read(tmp_path, "layers.seg.nrrd")
    assert [(m.label, m.kind) for m in (first, second)] == [("tumour", "mass"), ("Zyste", "cyst")]
    assert centre(first) == pytest.approx(BOX_LPS)
    assert centre(second) == pytest.approx([-5.0, 41.0, 21.5]), "also where they overlap"


def test_metaimage_without_its_library_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "SimpleITK", None)
    fix = r"pip install breast-corr\[metaimage\], or save it as .nii.gz"
    with pytest.raises(Unusable, match=fix):
        read(tmp_path, "labels.mha")


def test_names_of_labels_come_from_itk_snap(tmp_path):
    names = '# ITK-SnAP Label Description File\n    0 0 0 0 0 0 0 "Clear Label"\n'
    names += '    1  255    0    0        1  1  1    "Mass"\n'
    (tmp_path / "mask.txt").write_text(names)
    image = nib.Nifti1Image(made.box_mask(), np.diag([-2.0, -2.0, 2.0, 1.0]))
    nib.save(image, tmp_path / "mask.nii.gz")
    (mark,) = read_annotations(tmp_path / "mask.nii.gz")
    assert (mark.label, mark.kind) == ("Mass", "mass")


# --- pictures -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "JPEG"])
def test_masks_as_pictures(tmp_path, kind):
    (mark,) = read(tmp_path, f"a.{kind.lower()}", made.picture(kind))
    assert centre(mark) == pytest.approx(BOX_PX)
    assert mark.image_size == (240, 180)


def test_a_mask_as_secondary_capture(tmp_path):
    ds = seeds.with_pixels(seeds.dataset("7", "MG", 95), made.picture_mask())
    (mark,) = read(tmp_path, "a.dcm", seeds.encoded(ds))
    assert centre(mark) == pytest.approx(BOX_PX)


def test_masks_of_several_slices_in_one_picture_file_are_refused(tmp_path):
    pages = [Image.fromarray(made.picture_mask())] * 2
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    with pytest.raises(Unusable, match="a file of 2 pictures"):
        read_annotations(tmp_path / "a.tif")
    ds = seeds.with_pixels(seeds.dataset("7.1", "MG", 95), made.picture_mask())
    ds.NumberOfFrames, ds.PixelData = 2, ds.PixelData * 2
    with pytest.raises(Unusable, match="a file of 2 pictures"):
        read(tmp_path, "a.dcm", seeds.encoded(ds))


def test_a_picture_with_many_greys_is_no_mask():
    with pytest.raises(Unusable, match="an image, not a mask; allowed: a mask"):
        masks_of(np.arange(4800, dtype=np.uint16).reshape(60, 80), "mask picture")
    few = np.zeros((9, 9), np.uint8)
    few[1, 1], few[5:7, 5:7] = 1, 2
    assert [m.label for m in masks_of(few, "mask picture")] == ["1", "2"]


@pytest.mark.parametrize("form", ["mask", "outline"])
def test_marks_on_a_scaled_copy_are_scaled_with_a_word(form):
    (mark,) = masks_of(made.picture_mask(), "mask picture")
    if form == "outline":
        ring = np.array([[49.5, 29.5], [49.5, 49.5], [59.5, 49.5], [59.5, 29.5]])
        mark = Annotation("", None, "pixel", ring, outline=True, image_size=(240, 180))
    moved = fitted(mark, (480, 360))
    assert centre(moved) == pytest.approx([109.5, 79.5])
    ends = longest(moved)
    assert np.ptp(ends, axis=0).tolist() == pytest.approx([20.0, 40.0])
    assert "scaled by 2" in moved.doubts[0]
    assert fitted(mark, (240, 180)) is mark
    with pytest.raises(Unusable, match="drawn on an image of 240 x 180 pixels, not 240 x 240"):
        fitted(mark, (240, 240))


# --- other tools --------------------------------------------------------------------------


def test_ohif_measures_in_mm_of_the_patient(tmp_path):
    axes, ring, arrow = read(tmp_path, "ohif.json")
    assert (axes.label, axes.kind, axes.space) == ("mass", "mass", "patient")
    assert centre(axes).tolist() == [-55.0, 50.0, 20.0]
    assert dict(axes.coded) == {"size_mm": 10.0, "size2_mm": 6.0}
    assert ring.outline
    assert np.linalg.norm(np.subtract(*longest(ring))) == pytest.approx(8.0, rel=0.01)
    assert arrow.points.tolist() == [[1.0, 2.0, 3.0]], "the tip, not where the label stands"


def test_lengths_that_ohif_counts_in_pixels_are_no_mm(tmp_path):
    content = json.loads(made.ohif())
    content[0]["data"]["cachedStats"]["a"]["unit"] = "px"
    mark, *_ = read(tmp_path, "ohif.json", json.dumps(content).encode())
    assert dict(mark.coded) == {}


@pytest.mark.parametrize(
    "name", ["labelme.json", "coco.json", "cvat.xml", "inbreast.xml", "vindr.csv", "embed.csv"]
)
def test_corners_of_pixels_become_their_middles(tmp_path, name):
    mark, *_ = read(tmp_path, name)
    assert centre(mark) == pytest.approx(BOX_PX)
    assert (mark.space, mark.outline) == ("pixel", True)
    assert mark.kind == (None if name == "embed.csv" else "mass")
    sized = name not in ("inbreast.xml", "embed.csv")
    assert mark.image_size == ((240, 180) if sized else None)


@pytest.mark.parametrize(
    "name", ["labelme.json", "coco.json", "cvat.xml", "vindr.csv", "embed.csv", "bcs_dbt.csv"]
)
def test_the_size_from_a_box_is_its_longer_side(tmp_path, name):
    mark, *_ = read(tmp_path, name)
    assert np.linalg.norm(np.subtract(*longest(mark))) == pytest.approx(20.0, rel=2e-3)
    assert any("drawn as a box" in note for note in mark.notes)


def test_a_box_in_space_counts_as_one_and_four_ends_of_a_lesion_do_not():
    box = np.array([[0, 0, 5], [12, 0.5, 5], [11.6, 10.5, 5], [-0.4, 10, 5]])
    assert np.ptp(within_box(box), axis=0).max() == pytest.approx(12.0, rel=0.01)
    assert within_box(np.array([[0.0, 5], [5, 0], [10, 5], [5, 10]])) is None
    assert within_box(np.array([[0.0, 0], [9, 0], [12, 6], [0, 6]])) is None


def test_what_else_a_box_is_called_is_said(tmp_path):
    content = made.MARK_SEEDS["vindr.csv"]().decode().replace("['Mass']", MANY)
    (mark,) = read(tmp_path, "a.csv", content.encode())
    assert mark.kind == "mass"
    (doubt,) = mark.doubts
    assert "Suspicious Calcification" in doubt
    assert "Roe" not in doubt
    coco = json.loads(made.MARK_SEEDS["coco.json"]())
    coco["annotations"][0]["category_id"] = 77
    mark, *_ = read(tmp_path, "b.json", json.dumps(coco).encode())
    assert "a category that the file does not list" in mark.doubts[0]


def test_a_table_of_many_images_names_them(tmp_path):
    (mark,) = read(tmp_path, "vindr.csv")
    assert (mark.refers_to, dict(mark.coded)) == (("a",), {"side": "L"})
    (mark, _) = read(tmp_path, "embed.csv")
    assert mark.refers_to == (), "of one image: it was listed under it"


def test_single_calcifications_of_inbreast_make_clusters(tmp_path):
    _, cluster, alone = read(tmp_path, "inbreast.xml")
    assert (cluster.kind, cluster.coded["n_calcifications"]) == ("calcification", 3)
    assert len(alone.points) == 1


def test_boxes_of_bcs_dbt_are_on_their_slice(tmp_path):
    (mark,) = read(tmp_path, "bcs_dbt.csv")
    assert (mark.frame, centre(mark)) == (2, pytest.approx(BOX_PX))
    assert "its own reader turns it" in mark.doubts[0]


def test_old_fiducials_of_slicer(tmp_path):
    (mark,) = read(tmp_path, "points.fcsv")
    assert (mark.kind, mark.points.tolist()) == ("nipple", [[-50.0, -90.0, 10.0]])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.json", b'{"frame_annotations": []}', "JSON of SlicerUltrasound is not read"),
        ("a.json", b'{"mystery": 1}', "a tool that is not known (it holds mystery)"),
        (
            "a.json",
            b'{"shapes": [{"shape_type": "mask", "points": []}]}',
            "LabelMe: a shape of type 'mask'",
        ),
        ("a.xml", b"<GIMP/>", "XML of a tool that is not known (<GIMP>)"),
        ("a.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a/>', "defines entities"),
        ("a.txt", b"0 0.195 0.25 0.078 0.083\n", "YOLO"),
        ("rois.zip", b"PK", "ImageJ"),
        ("a.acsv", b"point|1|2|3", "old 3D Slicer"),
        ("a.nhdr", b"NRRD0004", "another file"),
    ],
)
def test_what_is_not_read_is_named_with_a_way_out(tmp_path, name, content, words):
    with pytest.raises(Unusable) as error:
        read(tmp_path, name, content)
    assert words in str(error.value)
    assert "allowed: " in str(error.value)


# --- in a case ----------------------------------------------------------------------------


def case(tmp_path, *names, finding=True):
    (tmp_path / "mg.dcm").write_bytes(seeds.encoded(seeds.mammogram()))
    listed = f"annotations: [{', '.join(names)}]" if names else "annotations: []"
    text = f"case_id: t\nimages:\n- {{image_id: F, file: mg.dcm, exam_id: MG, {listed}}}\n"
    seen = "- {finding_id: us, breast: L, modality: US, exam_id: US, kind: mass, clock: 2}\n"
    (tmp_path / "case.yaml").write_text(text + "findings:\n" + (seen if finding else ""))
    return read_case(tmp_path / "case.yaml")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("marks.mat", b"MATLAB 5.0"),
        ("absent.csv", None),
        ("labelme.json", b'{"shapes": []}'),
        ("coco.json", made.coco()[:-20]),
        ("mask.png", b"\x89PNG\r\n"),
        ("marks.nrrd", b"NRRD0004\n# cut off"),
        ("marks.csv", b"row,col\n5000,5000\n"),
        ("marks.mrk.json", made.ohif()),  # of an MRI: no pixels
        ("marks.nii.gz", b"\x1f\x8b"),
    ],
)
def test_marks_that_could_not_be_read_are_no_silence(tmp_path, name, content):
    """Whatever is wrong with the marks of an exam, it does not count as one that found nothing."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    read = case(tmp_path, name)
    assert {r.modality for b in read.breasts for r in b.readings} == {"US"}
    (exam,) = read.cells["exams"]
    assert exam["done"] == "0"
    assert "exam_cc" not in read.cells["breasts"][0]
    assert any("does not count as done" in p.fix for p in read.problems)


def test_an_exam_of_which_some_marks_were_lost_is_less_sure(tmp_path):
    (tmp_path / "labelme.json").write_bytes(made.labelme())
    (tmp_path / "marks.mat").write_bytes(b"MATLAB")
    read = case(tmp_path, "labelme.json", "marks.mat")
    assert {e["quality"] for e in read.cells["exams"]} == {"poor"}
    said = {p.value for p in read.problems if p.field == "annotations"}
    assert said == {"file 2 (marks.mat) of F"}


def test_a_mask_of_another_shape_is_refused_in_a_case(tmp_path):
    (tmp_path / "mask.png").write_bytes(made.picture("PNG"))
    other = np.zeros((100, 100), np.uint8)
    other[10:20, 10:20] = 255
    Image.fromarray(other).save(tmp_path / "crop.png")
    with pytest.raises(InputError) as error:
        case(tmp_path, "crop.png", finding=False)
    assert any("drawn on an image of 100 x 100" in p.fix for p in error.value.problems)
    (row,) = case(tmp_path, "mask.png", finding=False).rows
    assert row.size_mm == pytest.approx(0.5 * np.hypot(10, 20), rel=0.1)


def test_files_are_named_in_their_order_unless_the_name_may_be_a_persons(tmp_path):
    named = [_called(n, 12, tmp_path / name, frozenset({"mass"})) for n, name in
             ((2, "labelme_03.json"), (10, "Jane_Roe.csv"), (11, "mask 19500101.png"))]  # fmt: skip
    assert named == ["file 02 (labelme_03.json)", "file 10 (.csv)", "file 11 (.png)"]


def test_a_file_that_marks_other_images_names_them_where_that_names_nobody():
    held = ("R_CC.png", "Jane_Roe.png", "im2", "1.2.840.10008.5.1.4.1.1.4")
    marks = [Annotation("", None, "pixel", np.zeros((1, 2)), refers_to=(n,)) for n in held]
    names = "R_CC.png, im2, 2 images not named here"
    assert _names_in(marks, frozenset()) == f"it marks {names}"
    assert _told_name("Jane_Roe.dcm", frozenset()) == "something that may name a person"


def test_a_picture_saved_as_a_volume_is_told_both_sizes(tmp_path):
    nib.save(nib.Nifti1Image(np.ones((30, 20), np.uint8), np.eye(4)), tmp_path / "a.nii.gz")
    raw, problems = RawRow("case.yaml", 3, {"case_id": "t"}), []
    size = (240, 180)
    assert not _annotations(tmp_path / "a.nii.gz", "a", raw, frozenset(), problems, size=size)
    assert "(30, 20); give a mask picture (.png) of 240 rows, 180 columns" in problems[0].fix


def test_marks_in_space_on_a_picture_are_told_the_way_out():
    mark = Annotation("", None, "patient", np.zeros((1, 3)), source="OHIF/Cornerstone3D")
    with pytest.raises(Unusable, match=r"pixels for MG; fix: .* CSV with columns row, col"):
        ImageReading("i", "MG", None).cells_of(mark, breast=None, kind=None)


VOC = (
    b"<annotation><size><width>180</width><height>240</height></size><object><name>mass</name>"
    b"<bndbox><xmin>30</xmin><ymin>50</ymin><xmax>50</xmax><ymax>60</ymax></bndbox></object>"
    b"</annotation>"
)


def test_boxes_of_pascal_voc(tmp_path):
    (mark,) = read(tmp_path, "a.xml", VOC)
    assert (mark.kind, mark.image_size) == ("mass", (240, 180))
    assert centre(mark) == pytest.approx(BOX_PX)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"patient_id,pathology,ROI mask file path\n", "CBIS-DDSM"),
        (b"Patient ID,Start Row,End Row,Start Column,End Column,Start Slice\n", "Duke"),
        (b"File Name,ACR,Bi-Rads\n", "XML file of this film"),
    ],
)
def test_tables_of_data_sets_without_places_are_named(tmp_path, head, words):
    with pytest.raises(Unusable, match=words):
        read(tmp_path, "a.csv", head + b"1,2,3\n")
