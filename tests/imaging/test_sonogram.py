"""Ultrasound stills: scale, depth, size, and that burned-in text never leaves the reader."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.dataset import Dataset

from benchmarks.fuzz import seeds
from corr.imaging.dicom.header import Unusable, read_header
from corr.imaging.dicom.pixels import pixels
from corr.imaging.ultrasound.field import field_of, top_row
from corr.imaging.ultrasound.scale import regions_of
from corr.imaging.ultrasound.sonogram import depth_mm, read_sonogram, size_mm

TEXT = 250  # grey value of burned-in letters; the field stays below 200


def saved(ds: Dataset, folder):
    path = folder / "us.dcm"
    path.write_bytes(seeds.encoded(ds))
    return path


def region(ds: Dataset) -> Dataset:
    return ds.SequenceOfUltrasoundRegions[0]


def test_a_calibrated_still_is_measured(tmp_path):
    s = read_sonogram(saved(seeds.sonogram(), tmp_path))
    assert (s.row_mm, s.col_mm, s.calibrated) == (pytest.approx(0.1), pytest.approx(0.2), True)
    assert s.corner == (20, 40)
    assert s.image.shape == (200, 240, 3)
    # Region from row 20, 0.1 mm a row: row 120 is 10 mm deep.
    assert depth_mm(s, 120, 160) == pytest.approx(10.0)
    # 30 rows x 0.1 mm and 20 columns x 0.2 mm: 3-4-5.
    assert size_mm(s, (100, 140), (130, 160)) == pytest.approx(5.0)
    assert depth_mm(s, 5, 160) is None, "outside the region there is no depth"
    assert size_mm(s, (5, 140), (130, 160)) is None
    assert s.depth_zero_sd_mm > 0


def test_only_the_region_leaves_the_reader(tmp_path):
    s = read_sonogram(saved(seeds.sonogram(text_value=TEXT), tmp_path))
    assert s.image.max() < TEXT
    assert (pixels(tmp_path / "us.dcm").max()) == TEXT, "the file itself holds the text"


def cropped(ds: Dataset, *, rows: int, columns: int) -> Dataset:
    """Cut off the last rows and columns the way anonymisers do: the tags stay."""
    whole = np.frombuffer(ds.PixelData, np.uint8).reshape(ds.Rows, ds.Columns, 3)
    return seeds.with_pixels(ds, np.ascontiguousarray(whole[:rows, :columns]))


@pytest.mark.parametrize("said", ["bounds", "image type", "shifted"])
def test_a_cropped_file_keeps_its_scale_and_loses_its_offsets(tmp_path, said):
    ds = seeds.sonogram()
    if said == "bounds":
        ds = cropped(ds, rows=210, columns=270)
    elif said == "image type":
        ds.ImageType = ["DERIVED", "SECONDARY", "US IMAGE", "0001", "CROPPED_IMAGE"]
    else:  # bounds that fit the image but not the picture in it
        region(ds).RegionLocationMinX0, region(ds).RegionLocationMaxX1 = 0, 90
    s = read_sonogram(saved(ds, tmp_path))
    assert s.regions == ()
    assert s.row_mm == pytest.approx(0.1)
    assert any("positions of the regions dropped" in n for n in s.notes)
    assert any("upper edge of the picture" in n for n in s.notes)
    assert s.depth_zero_row == pytest.approx(19.5)
    assert s.image.max() < TEXT, "the text around the field must not leave"


def test_without_a_scale_nothing_is_measured(tmp_path):
    ds = seeds.sonogram()
    del ds.SequenceOfUltrasoundRegions
    s = read_sonogram(saved(ds, tmp_path))
    assert not s.calibrated
    assert depth_mm(s, 120, 160) is None
    assert size_mm(s, (100, 140), (130, 160)) is None
    assert any("uncalibrated" in n for n in s.notes)
    assert s.image.max() < TEXT
    given = read_sonogram(tmp_path / "us.dcm", overrides={"row_spacing_mm": 0.1,
                          "col_spacing_mm": "0.2", "depth_zero_row": 20})  # fmt: skip
    assert depth_mm(given, 120, 160) == pytest.approx(10.0)
    assert any("as given in the case" in n for n in given.notes)


def test_what_the_case_says_wins_over_the_file(tmp_path):
    given = {"row_spacing_mm": 0.2, "col_spacing_mm": 0.2, "depth_zero_row": 70}
    s = read_sonogram(saved(seeds.sonogram(), tmp_path), overrides=given)
    assert depth_mm(s, 120, 160) == pytest.approx(10.0)
    assert size_mm(s, (100, 140), (100, 160)) == pytest.approx(4.0)


@pytest.mark.parametrize("value", ["x", "nan", "-1", "0", "5", None, "0,1"])
def test_a_bad_override_is_refused(tmp_path, value):
    with pytest.raises(Unusable, match="allowed"):
        read_sonogram(saved(seeds.sonogram(), tmp_path), overrides={"row_spacing_mm": value})


def test_an_override_of_another_kind_of_image_is_refused(tmp_path):
    with pytest.raises(Unusable, match="thickness_mm = '40' is not allowed; allowed: row_spacing"):
        read_sonogram(saved(seeds.sonogram(), tmp_path), overrides={"thickness_mm": 40})


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"PhysicalUnitsXDirection": 1}, "units are not cm"),
        ({"PhysicalDeltaX": float("nan")}, "no scale"),
        ({"PhysicalDeltaX": 0.0}, "no scale"),
        ({"PhysicalDeltaY": 5.0}, "no scale"),
        ({"RegionLocationMaxX1": 3}, "bounds"),
        ({"RegionSpatialFormat": 3}, "no region"),
    ],
)
def test_a_region_that_cannot_be_used_is_said(tmp_path, change, word):
    ds = seeds.sonogram()
    for keyword, value in change.items():
        setattr(region(ds), keyword, value)
    s = read_sonogram(saved(ds, tmp_path))
    assert not s.calibrated
    assert any(word in n for n in s.notes), s.notes


def test_contradictory_scales_are_no_scale(tmp_path):
    ds = seeds.sonogram()
    ds.PixelSpacing = [0.1, 0.2]
    assert read_sonogram(saved(ds, tmp_path)).calibrated
    ds.PixelSpacing = [0.2, 0.1]  # swapped axes
    s = read_sonogram(saved(ds, tmp_path))
    assert not s.calibrated
    assert any("contradict" in n for n in s.notes)
    assert depth_mm(s, 120, 160) is None
    assert size_mm(s, (100, 140), (130, 160)) is None
    assert s.image.shape[:2] == (200, 240), "what may be shown does not depend on the scale"


def test_a_virtual_apex_is_no_skin(tmp_path):
    ds = seeds.sonogram()
    region(ds).ReferencePixelY0 = -80
    s = read_sonogram(saved(ds, tmp_path))
    assert depth_mm(s, 120, 160) == pytest.approx(10.0, abs=0.06)
    region(ds).ReferencePixelY0 = 100  # inside the region, far from where the picture begins
    s = read_sonogram(saved(ds, tmp_path))
    assert s.depth_zero_row is None
    assert any("depth unknown" in n for n in s.notes)


def test_two_pictures_side_by_side(tmp_path):
    ds = seeds.sonogram()
    left, right = region(ds), Dataset.from_json(region(ds).to_json())
    left.RegionLocationMaxX1, right.RegionLocationMinX0 = 150, 170
    right.PhysicalDeltaY = 0.02
    right.PhysicalDeltaX = 0.02
    ds.SequenceOfUltrasoundRegions = [left, right]
    s = read_sonogram(saved(ds, tmp_path))
    assert (s.row_mm, s.calibrated) == (None, True), "two scales: each picture has its own"
    assert size_mm(s, (100, 100), (130, 100)) == pytest.approx(3.0)
    assert size_mm(s, (100, 200), (130, 200)) == pytest.approx(6.0)
    assert depth_mm(s, 120, 100) == pytest.approx(10.0)
    assert depth_mm(s, 120, 200) == pytest.approx(20.0)
    right.PhysicalDeltaX, right.PhysicalDeltaY = 0.02, 0.01
    s = read_sonogram(saved(ds, tmp_path))
    assert len(s.regions) == 2
    assert size_mm(s, (100, 100), (130, 200)) is None, "no distance across two pictures"
    assert depth_mm(s, 120, 160) is None, "between the pictures"
    assert not s.image[:, 115:125].any(), "pixels between the regions are black"


def test_side_and_place_where_coded(tmp_path):
    ds = seeds.sonogram()
    assert read_sonogram(saved(ds, tmp_path)).side is None
    site = seeds._code(seeds.RIGHT_BREAST)
    clock = seeds._code(seeds.Code("129778000", "SCT", "7 o'clock position"))
    site.AnatomicRegionModifierSequence = [clock]
    ds.AnatomicRegionSequence = [site]
    s = read_sonogram(saved(ds, tmp_path))
    assert (s.side, s.clock) == ("R", "7")
    ds.ImageLaterality = "L"
    s = read_sonogram(saved(ds, tmp_path))
    assert s.side is None
    assert any("contradict" in n for n in s.notes)


def test_other_modalities_are_refused(tmp_path):
    with pytest.raises(Unusable, match="not ultrasound"):
        read_sonogram(saved(seeds.mammogram(), tmp_path))


def test_depth_zero_counts_the_depth_of_the_reference_pixel():
    ds = seeds.sonogram()
    region(ds).ReferencePixelY0 = 30
    region(ds).ReferencePixelPhysicalValueY = 10 * region(ds).PhysicalDeltaY
    ((found,), _) = regions_of(ds)
    assert found.depth_zero_row == pytest.approx(found.row_min + 20)


def test_a_curved_or_cut_upper_edge_is_no_depth_zero():
    row, col = np.mgrid[0:300, 0:300]
    rng = np.random.default_rng(0).integers(50, 200, (300, 300))
    curved = (row > 20 + (col - 150) ** 2 / 500) & (row < 280)
    assert top_row(field_of(np.where(curved, rng, 0).astype(np.uint8))) is None
    cut = row < 200
    assert top_row(field_of(np.where(cut, rng, 0).astype(np.uint8))) is None
    assert field_of(np.zeros((300, 300), np.uint8)) is None


@pytest.mark.parametrize("gap", [0, 3, 20])
@pytest.mark.parametrize("shape", [(400, 500), (800, 1000), (1200, 1600)])
def test_large_letters_beside_the_field_do_not_leave(shape, gap):
    """A line of letters 1/30 of the image high, right above or beside the picture."""
    image = np.zeros(shape, np.uint8)
    rows, columns = shape
    top, left, high = rows // 6, columns // 8, rows // 30
    inside = np.random.default_rng(0).integers(30, 200, shape, dtype=np.uint8)
    field = np.s_[top : rows - 30, left : columns - 60]
    image[field] = inside[field]
    text = np.zeros(shape, bool)
    text[top - gap - high : top - gap, left + 20 : columns // 2 : 4] = True
    text[rows // 2 : rows // 2 + high, 4 : left - gap : 4] = True
    image[text] = 255
    found = field_of(image)
    assert not (found & text).any()
    assert found[field].mean() > 0.97


def test_letters_alone_are_no_field():
    image = np.zeros((300, 300), np.uint8)
    image[100:110, 20:200:4] = 255
    assert field_of(image) is None


# Top edge of the picture as the (here still right) vertical bounds of the tags have it.
REAL = {
    "mimbcd-ui_us/uta11_0f72b4aa_IM176.dcm": 0.15789,
    "mimbcd-ui_us/uta11_81bbafc2_IM1.dcm": 0.10526,
    "mimbcd-ui_us/uta11_9c8b5897_IM1.dcm": 0.10526,
    "mimbcd-ui_us/uta11_d0717593_IM0.dcm": 0.07293,
    "mimbcd-ui_us/uta11_effc617a_IM0.dcm": 0.10526,
    "mimbcd-ui_uta11_patient13/us/us_000.dcm": 0.10526,
    "mimbcd-ui_uta4_p2/us/us_000.dcm": 0.10526,
}


@pytest.mark.parametrize("name", REAL)
def test_real_cropped_files(shared, name):
    path = shared("data/dicom/" + name)
    s = read_sonogram(path)
    assert s.row_mm == pytest.approx(REAL[name], rel=1e-3)
    assert s.calibrated
    assert any("CROPPED_IMAGE" in n for n in s.notes)
    stated = region(read_header(path)).RegionLocationMinY0
    if "d0717593" in name:  # black beneath the probe: no straight upper edge to be seen
        assert s.depth_zero_row is None
        assert any("depth unknown" in n for n in s.notes)
    else:
        assert s.depth_zero_row == pytest.approx(stated, abs=1.0)
    assert s.image.shape[0] > 370
    outside = pixels(path).astype(int)
    top, left = s.corner
    outside[top : top + s.image.shape[0], left : left + s.image.shape[1]] -= s.image
    assert outside.max() > 0, "something was kept back"


def test_the_real_uncalibrated_file(shared):
    s = read_sonogram(shared("data/dicom/mimbcd-ui_us/uta11_a661b03c_IM4.dcm"))
    assert not s.calibrated
    assert depth_mm(s, 200, 200) is None
    assert s.image.size
