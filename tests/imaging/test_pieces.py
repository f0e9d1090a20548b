"""What somebody marked as one is one finding; separate pieces are findings of their own."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from pydicom.dataset import Dataset

from benchmarks.fuzz import seeds
from corr.imaging.dicom.header import Unusable
from corr.imaging.image_kinds import StillReading
from corr.imaging.marks.annotation import Annotation
from corr.imaging.marks.pieces import MAX_PIECES, separate
from corr.imaging.marks.readers import centre, longest, read_annotations
from corr.imaging.ultrasound.sonogram import read_sonogram

BALLS = (((20, 15, 10), 6.0), ((50, 20, 12), 4.0))  # centre (voxels of 1 mm), radius (mm)


def ball(shape, at, radius):
    index = np.indices(shape).reshape(3, -1).T
    return (np.linalg.norm(index - at, axis=1) <= radius).reshape(shape)


def label_map(tmp_path, *balls, name="mask.nii.gz"):
    mask = np.any([ball((70, 40, 25), *b) for b in balls], axis=0)
    nib.save(
        nib.Nifti1Image(mask.astype(np.uint8), np.diag([-1.0, -1.0, 1.0, 1.0])), tmp_path / name
    )
    return tmp_path / name


def saved(ds, tmp_path):
    (tmp_path / "a.dcm").write_bytes(seeds.encoded(ds))
    return tmp_path / "a.dcm"


def size_mm(mark):
    ends = longest(mark)
    return float(np.linalg.norm(ends[0] - ends[1]))


def test_two_lesions_of_one_label_are_two_findings_and_that_is_said(tmp_path):
    large, small = read_annotations(label_map(tmp_path, *BALLS))
    assert centre(large) == pytest.approx(BALLS[0][0], abs=0.1)
    assert centre(small) == pytest.approx(BALLS[1][0], abs=0.1)
    assert (size_mm(large), size_mm(small)) == pytest.approx((13.0, 9.0), abs=0.9)
    assert "2 separate pieces" in large.doubts[0]
    assert small.doubts == ()


def test_pieces_that_nearly_touch_are_one(tmp_path):
    (mark,) = read_annotations(label_map(tmp_path, ((20, 15, 10), 6.0), ((33, 15, 10), 5.0)))
    assert size_mm(mark) == pytest.approx(25.0, abs=1.5)
    assert mark.doubts == ()


def test_a_speck_is_left_out_with_a_word(tmp_path):
    path = label_map(tmp_path, BALLS[0], ((60, 30, 20), 0.5))
    (mark,) = read_annotations(path)
    assert size_mm(mark) < 14.0
    assert mark.notes == ("1 speck beside it left out",)


def test_a_cluster_of_calcifications_is_made_of_pieces():
    mask = np.zeros((60, 60), dtype=bool)
    mask[10:13, 10:13] = mask[22:25, 16:19] = mask[14:17, 24:27] = True
    spots = Annotation("", "calcification", "pixel", np.array([[17.0, 17.0]]), mask=mask)
    assert len(separate(spots)) == 1
    solid = np.repeat(mask[..., None], 3, axis=2)
    spots = Annotation("", "calcification", "patient", np.zeros((1, 3)), mask=solid,
                       affine=np.eye(4))  # fmt: skip
    assert len(separate(spots)) == 1, "within 10 mm of one another"
    masses = Annotation("", "mass", "patient", np.zeros((1, 3)), mask=solid, affine=np.eye(4))
    assert len(separate(masses)) == 3


def test_a_noisy_threshold_is_refused():
    mask = np.zeros((80, 80, 1), dtype=bool)
    mask[::20, ::20] = True
    noise = Annotation("x", None, "patient", np.zeros((1, 3)), mask=mask, affine=np.eye(4))
    with pytest.raises(Unusable, match=f"16 separate pieces; allowed: up to {MAX_PIECES}"):
        separate(noise)


# --- rings --------------------------------------------------------------------------------


def circle(middle, radius, z, n=60):
    turn = np.linspace(0.0, 2 * np.pi, n, endpoint=False)
    x, y = middle[0] + radius * np.cos(turn), middle[1] + radius * np.sin(turn)
    return np.stack([x, y, np.full(n, z)], axis=-1)


def structure_set(tmp_path, *rings):
    ds = seeds.structure_set()
    contours = []
    for ring in rings:
        item = Dataset()
        item.ContourGeometricType, item.NumberOfContourPoints = "CLOSED_PLANAR", len(ring)
        item.ContourData = [f"{v:.3f}" for v in ring.ravel()]
        contours.append(item)
    ds.ROIContourSequence = ds.ROIContourSequence[:1]
    ds.ROIContourSequence[0].ContourSequence = contours
    return read_annotations(saved(ds, tmp_path))


LARGE = [circle((-80, 50), r, z) for z, r in ((10, 4.0), (12, 6.0), (14, 6.0), (16, 4.0))]
SMALL = [circle((-50, 55), r, z) for z, r in ((12, 3.0), (14, 4.0), (16, 3.0))]


def test_two_groups_of_rings_in_one_roi_are_two_findings(tmp_path):
    large, small = structure_set(tmp_path, *SMALL, *LARGE)
    assert centre(large) == pytest.approx([-80, 50, 13], abs=0.01)
    assert centre(small) == pytest.approx([-50, 55, 14], abs=0.01)
    assert (size_mm(large), size_mm(small)) == pytest.approx((12.2, 8.0), abs=0.2)


def test_a_slice_without_a_contour_does_not_take_a_lesion_apart(tmp_path):
    (mark,) = structure_set(tmp_path, LARGE[0], LARGE[2], LARGE[3])
    assert len(mark.parts) == 3


def test_a_stray_contour_is_left_out_with_a_word(tmp_path):
    (mark,) = structure_set(tmp_path, *LARGE, circle((-20, 30), 0.8, 12))
    assert mark.notes[-1] == "1 speck beside it left out"


@pytest.mark.parametrize("form", ["inner ring", "keyhole"])
def test_holes_are_cut_out(tmp_path, form):
    """A ring of 10 mm with a hole of 4 mm off its middle: the centre moves away from the hole."""
    outer, hole = circle((-80, 50), 10.0, 12), circle((-76, 50), 4.0, 12)
    if form == "inner ring":
        (mark,) = structure_set(tmp_path, outer, hole)
    else:
        around = np.concatenate([hole[::-1], hole[-1:]])
        (mark,) = structure_set(tmp_path, np.concatenate([outer, outer[:1], around]))
    assert centre(mark)[0] == pytest.approx(-80 - 4 * 16 / 84, abs=0.02)


def test_a_ring_stored_twice_is_no_hole(tmp_path):
    (mark,) = structure_set(tmp_path, *LARGE, LARGE[1])
    assert centre(mark) == pytest.approx([-80, 50, 13], abs=0.01)


# --- groups -------------------------------------------------------------------------------


def code(value, scheme, meaning):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def item(kind, name, children=(), **more):
    made = Dataset()
    made.RelationshipType, made.ValueType = "CONTAINS", kind
    made.ConceptNameCodeSequence = [code(*name)] if name else []
    made.ContentSequence = list(children)
    for keyword, value in more.items():
        setattr(made, keyword, value)
    return made


def drawn(graphic, data, image):
    source = item("IMAGE", None)
    reference = Dataset()
    reference.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.6.1"
    reference.ReferencedSOPInstanceUID = image
    source.ReferencedSOPSequence = [reference]
    return item("SCOORD", None, [source], GraphicType=graphic, GraphicData=data)


def length(name, mm, *children):
    measured = Dataset()
    measured.NumericValue = str(mm)
    measured.MeasurementUnitsCodeSequence = [code("mm", "UCUM", "mm")]
    return item("NUM", name, children, MeasuredValueSequence=[measured])


LONG, SHORT = ("103339001", "SCT", "Long axis"), ("103340004", "SCT", "Short axis")
TOOL = "cornerstoneTools@^4.0.0:Bidirectional"


def group(*children, label=TOOL, meaning="mass", tracking=""):
    what = item("CODE", ("121071", "DCM", "Finding"))
    what.ConceptCodeSequence = [code("FREETEXT", "CST4", meaning)]
    name = item("TEXT", ("112039", "DCM", "Tracking Identifier"), TextValue=label)
    uid = [item("UIDREF", ("112040", "DCM", "Tracking UID"), UID=tracking)] if tracking else []
    return item("CONTAINER", ("125007", "DCM", "Measurement Group"), [name, *uid, what, *children])


def report(tmp_path, *groups):
    ds = seeds.dataset("88.33", "SR", 90)
    listed = item("CONTAINER", ("126010", "DCM", "Imaging Measurements"), groups)
    ds.ValueType, ds.ContentSequence = "CONTAINER", [listed]
    return read_annotations(saved(ds, tmp_path))


STILL = str(seeds.uid(10))
AXES = (drawn("POLYLINE", [100.5, 140.5, 200.5, 140.5], STILL),
        drawn("POLYLINE", [150.5, 110.5, 150.5, 170.5], STILL))  # fmt: skip


def test_both_axes_of_a_bidirectional_measurement_are_one_finding(tmp_path):
    (mark,) = report(tmp_path, group(length(LONG, 10, AXES[0]), length(SHORT, 6, AXES[1])))
    assert (mark.label, mark.kind) == ("mass", "mass"), "the tool's name is no label"
    assert centre(mark).tolist() == [140.0, 150.0]
    assert dict(mark.coded) == {"size_mm": 10.0, "size2_mm": 6.0}


def test_axes_without_a_number_are_measured_on_the_picture(tmp_path):
    (mark,) = report(tmp_path, group(item("NUM", LONG, [AXES[0]]), item("NUM", SHORT, [AXES[1]])))
    path = tmp_path / "us.dcm"
    path.write_bytes(seeds.encoded(seeds.sonogram()))  # 0.1 mm a row, 0.2 mm a column
    reading = StillReading("U", "US", read_sonogram(path))
    cells = reading.cells_of(mark, breast="R", kind=None)
    assert (float(cells["size_mm"]), float(cells["size2_mm"])) == pytest.approx((20.0, 6.0))


def test_an_ellipse_goes_before_the_axes_that_measure_it(tmp_path):
    ring = drawn("ELLIPSE", [100.5, 140.5, 200.5, 140.5, 150.5, 110.5, 150.5, 170.5], STILL)
    (mark,) = report(tmp_path, group(length(LONG, 10, ring), length(SHORT, 6, AXES[1])))
    assert mark.outline
    assert centre(mark) == pytest.approx([140.0, 150.0])


def test_a_point_and_a_length_of_one_tracked_lesion_are_one_finding(tmp_path):
    point = group(drawn("POINT", [150.5, 140.5], STILL), label="A", tracking="2.25.5")
    measured = group(length(LONG, 10, AXES[0]), label="A", tracking="2.25.5")
    other = group(drawn("POINT", [20.5, 20.5], STILL), label="B", tracking="2.25.6")
    first, second = report(tmp_path, point, measured, other)
    assert (first.label, first.coded["size_mm"], second.label) == ("A", 10.0, "B")


def test_graphics_of_one_layer_that_cross_are_one(tmp_path):
    ds = seeds.presentation_state()
    ds.GraphicAnnotationSequence[0].GraphicObjectSequence[2].GraphicData = [
        90.5,
        90.5,
        110.5,
        90.5,
    ]  # across the circle
    first, second = read_annotations(saved(ds, tmp_path))
    assert centre(second) == pytest.approx([90.0, 100.0])
    assert first.outline
    assert second.outline


# --- segments on frames -------------------------------------------------------------------


def film_segmentation(masks, frames=None):
    """A SEG on frames of the tomosynthesis; masks (n, rows, columns)."""
    ds = seeds.flat_segmentation()
    ds.NumberOfFrames, ds.Rows, ds.Columns = masks.shape
    ds.PixelData = np.packbits(masks.ravel(), bitorder="little").tobytes()
    whole = ds.PerFrameFunctionalGroupsSequence[0]
    groups = []
    for n in range(len(masks)):
        own = Dataset.from_json(whole.to_json())
        source = own.DerivationImageSequence[0].SourceImageSequence[0]
        source.ReferencedSOPClassUID = seeds.SOP + "13.1.3"
        if frames:
            source.ReferencedFrameNumber = frames[n]
        groups.append(own)
    ds.PerFrameFunctionalGroupsSequence = groups
    return ds


def slices(*boxes):
    masks = np.zeros((len(boxes), 240, 180), dtype=np.uint8)
    for mask, several in zip(masks, boxes, strict=True):
        for row, col, size in several:
            mask[row : row + size, col : col + size] = 1
    return masks


def test_a_segment_over_slices_is_one_finding_with_its_slices(tmp_path):
    masks = slices([(52, 32, 6)], [(50, 30, 10)], [(52, 32, 6)])
    (mark,) = read_annotations(saved(film_segmentation(masks, [2, 3, 4]), tmp_path))
    assert (mark.space, mark.frame) == ("pixel", 2)
    assert centre(mark).tolist() == [54.5, 34.5]
    assert "slices 2-4" in mark.notes[0]


def test_two_pieces_over_slices_are_two_findings(tmp_path):
    masks = slices([(50, 30, 10)], [(50, 30, 10), (150, 90, 8)], [(150, 90, 8)])
    large, small = read_annotations(saved(film_segmentation(masks, [1, 2, 3]), tmp_path))
    assert (centre(large)[0], centre(small)[0]) == (54.5, 153.5)
    assert "2 separate pieces" in large.doubts[0]


def test_slices_that_are_not_named_are_said(tmp_path):
    masks = slices([(50, 30, 10)], [(50, 30, 10)])
    (mark,) = read_annotations(saved(film_segmentation(masks), tmp_path))
    assert mark.frame is None
    assert "which ones is not known" in mark.notes[0]


def test_a_segment_with_positions_made_on_a_film_is_one_on_its_pixels(tmp_path):
    """Many exporters add plane positions to a SEG of a tomosynthesis."""
    ds = film_segmentation(slices([(50, 30, 10)], [(50, 30, 10)]), [2, 3])
    for k, frame in enumerate(ds.PerFrameFunctionalGroupsSequence):
        place, turned, measures = Dataset(), Dataset(), Dataset()
        place.ImagePositionPatient, turned.ImageOrientationPatient = [0, 0, k], [1, 0, 0, 0, 1, 0]
        measures.PixelSpacing, measures.SliceThickness = [0.4, 0.4], 1
        frame.PlanePositionSequence, frame.PlaneOrientationSequence = [place], [turned]
        frame.PixelMeasuresSequence = [measures]
    (mark,) = read_annotations(saved(ds, tmp_path))
    assert (mark.space, mark.frame) == ("pixel", 1)
    assert centre(mark).tolist() == [54.5, 34.5]


def test_a_group_without_a_position_is_said(tmp_path):
    ds_groups = (group(drawn("POINT", [150.5, 140.5], STILL)), group(label="lost one"))
    (mark,) = report(tmp_path, *ds_groups)
    assert "lost one: no position on an image" in mark.notes[-1]
