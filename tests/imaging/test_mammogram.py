"""Mammograms: view, angle, scale and orientation from the header; mm on the film."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    BreastTomosynthesisImageStorage,
    DigitalMammographyXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
)

from corr.datasets import open_data
from corr.imaging.dicom.header import Unusable, read_header
from corr.imaging.mammogram.film_facts import read_facts
from corr.imaging.mammogram.film_view import read_angle, read_orientation, read_scale, read_view
from corr.imaging.mammogram.mammogram import (
    finding_cells,
    from_film_mm,
    posterior_fraction,
    read_mammogram,
    to_film_mm,
)
from tests.builders.films import draw

PIXEL_MM = 0.8
REVERSED = str.maketrans("APLRHF", "PARLFH")
USUAL = {  # PatientOrientation of the usual hanging, by side and view
    ("L", "CC"): ("A", "R"),
    ("L", "FB"): ("A", "R"),
    ("L", "MLO"): ("A", "FR"),
    ("L", "LMO"): ("A", "FR"),
    ("L", "ML"): ("A", "F"),
    ("L", "LM"): ("A", "F"),
    ("R", "CC"): ("P", "L"),
    ("R", "FB"): ("P", "L"),
    ("R", "MLO"): ("P", "FL"),
    ("R", "LMO"): ("P", "FL"),
    ("R", "ML"): ("P", "F"),
    ("R", "LM"): ("P", "F"),
}
FILMS = {
    view: draw(7, view=view, pixel_mm=PIXEL_MM, profile_mm=4.0, off_mm=0.0)
    for view in ("CC", "MLO")
}
CODES = {"CC": "R-10242", "MLO": "399368009", "ML": "399260004", "LM": "R-10228"}


def code(value: str, *modifiers: str) -> list[Dataset]:
    item = Dataset()
    item.CodeValue = value
    if modifiers:
        item.ViewModifierCodeSequence = [code(m)[0] for m in modifiers]
    return [item]


def header(**tags) -> Dataset:
    ds = Dataset()
    ds.Modality = "MG"
    for name, value in tags.items():
        setattr(ds, name, value)
    return ds


def save(path, image, **tags):
    ds = Dataset()
    ds.SOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    ds.SOPInstanceUID = "1.2.3"
    ds.Modality = "MG"
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.SamplesPerPixel = 1
    ds.Rows, ds.Columns = image.shape[-2:]
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    ds.ImagerPixelSpacing = [PIXEL_MM / 4, PIXEL_MM / 4]
    ds.PixelData = np.ascontiguousarray(image).tobytes()
    for name, value in tags.items():
        setattr(ds, name, value)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.save_as(path, enforce_file_format=True)
    return path


def stored(image: np.ndarray) -> np.ndarray:
    return (image / image.max() * 40_000).astype(np.uint16)


def hang(side, view, rotation, *, mirrored):
    """A drawn film turned every way: image, letters, and pixel of a point (row, col)."""
    film = FILMS["CC" if view in ("CC", "FB") else "MLO"]
    image, letters = stored(film.image), USUAL[side, view]
    index = np.arange(image.size).reshape(image.shape)
    if side == "R":  # the usual hanging of a right breast is the mirror image
        image, index = image[:, ::-1], index[:, ::-1]
    if mirrored:
        image, index = image[:, ::-1], index[:, ::-1]
        letters = (letters[0].translate(REVERSED), letters[1])
    for _ in range(rotation):  # counter-clockwise: columns now grow where rows grew
        image, index = np.rot90(image), np.rot90(index)
        letters = (letters[1], letters[0].translate(REVERSED))
    where = {int(v): rc for rc, v in np.ndenumerate(index)}
    return film, image, "\\".join(letters), where


@pytest.mark.parametrize(
    ("side", "view"), list(itertools.product("LR", ("CC", "FB", "MLO", "LMO", "ML", "LM")))
)
def test_a_turned_film_gives_the_same_finding(tmp_path, side, view):
    """Every side, view, rotation and mirror image, letters turned along: the same mm."""
    rows, cols = FILMS["CC"].image.shape
    nipple, lesion = (150, 100), (130, 60)  # 20 pixels up, 40 toward the chest, hung
    found = set()
    for rotation, mirrored in itertools.product(range(4), (False, True)):
        _, image, letters, where = hang(side, view, rotation, mirrored=mirrored)
        path = save(
            tmp_path / "a.dcm",
            image,
            ImageLaterality=side,
            ViewPosition=view,
            PatientOrientation=letters,
        )
        at = where[nipple[0] * cols + nipple[1]]
        film = read_mammogram(path, overrides={"nipple_row": at[0], "nipple_col": at[1]})
        row, col = where[lesion[0] * cols + lesion[1]]
        assert film.patient_orientation == tuple(letters.split("\\"))
        posterior, transverse = to_film_mm(film, row, col)
        found.add((round(posterior, 6), round(transverse, 6)))
        assert from_film_mm(film, posterior, transverse) == pytest.approx((row, col))
        cells = finding_cells(film, row=row, col=col, size_mm=9.0, kind="mass")
        assert float(cells["posterior_mm"]) == pytest.approx(posterior, rel=1e-5)
    # up is lateral on the CC and superior on the others: + transverse
    assert found == {(40 * PIXEL_MM / 4, 20 * PIXEL_MM / 4)}
    assert rows > lesion[0]


@pytest.mark.parametrize(("rotation", "mirrored"), list(itertools.product(range(4), (False, True))))
@pytest.mark.parametrize("view", ["CC", "MLO"])
def test_the_nipple_is_found_however_the_film_is_turned(tmp_path, view, rotation, mirrored):
    drawn, image, letters, where = hang("L", view, rotation, mirrored=mirrored)
    path = save(
        tmp_path / "a.dcm",
        image,
        ImageLaterality="L",
        ViewPosition=view,
        PatientOrientation=letters,
        ImagerPixelSpacing=[PIXEL_MM / 1.5] * 2,
    )
    film = read_mammogram(path, overrides={"row_spacing_mm": PIXEL_MM, "col_spacing_mm": PIXEL_MM})
    row, col = (round(x) for x in drawn.nipple)
    true = where[row * drawn.image.shape[1] + col]
    marks = film.landmarks
    apart = math.hypot(marks.nipple_row - true[0], marks.nipple_col - true[1]) * PIXEL_MM
    assert apart < 4
    assert marks.nipple_confident
    assert film.patient_orientation == tuple(letters.split("\\"))


def test_letters_that_contradict_the_picture_are_not_used(tmp_path):
    _, image, _, _ = hang("L", "CC", 0, mirrored=False)
    path = save(
        tmp_path / "a.dcm",
        image,
        ImageLaterality="L",
        ViewPosition="CC",
        PatientOrientation="P\\R",
        ImagerPixelSpacing=[0.6, 0.6],
    )
    film = read_mammogram(path)
    assert film.patient_orientation is None
    assert not film.landmarks.nipple_confident
    assert any("chest wall" in note for note in film.notes)
    with pytest.raises(Unusable, match="how the film is turned"):
        to_film_mm(film, 10, 10)


@pytest.mark.parametrize("mirrored", [False, True])
def test_an_oblique_without_letters_is_oriented_by_its_anatomy(tmp_path, mirrored):
    _, image, letters, _ = hang("L", "MLO", 0, mirrored=mirrored)
    path = save(
        tmp_path / "a.dcm",
        image,
        ImageLaterality="L",
        ViewPosition="MLO",
        ImagerPixelSpacing=[0.6, 0.6],
    )
    film = read_mammogram(path)
    assert film.patient_orientation == (letters.split("\\")[0], "FR")


def test_a_turned_cc_without_letters_has_no_outer_side(tmp_path):
    _, image, _, _ = hang("L", "CC", 0, mirrored=True)
    path = save(
        tmp_path / "a.dcm",
        image,
        ImageLaterality="L",
        ViewPosition="CC",
        ImagerPixelSpacing=[0.6, 0.6],
    )
    film = read_mammogram(path, overrides={"nipple_row": 150, "nipple_col": 100})
    assert film.patient_orientation is None
    cells = finding_cells(film, row=150, col=160)
    assert "transverse_mm" not in cells
    assert float(cells["posterior_mm"]) == pytest.approx(36)


def test_for_processing_shows_the_same_landmarks(tmp_path):
    _, image, letters, _ = hang("L", "CC", 0, mirrored=False)
    tags = {
        "ImageLaterality": "L",
        "ViewPosition": "CC",
        "PatientOrientation": letters,
        "ImagerPixelSpacing": [0.6, 0.6],
    }
    plain = read_mammogram(save(tmp_path / "a.dcm", image, **tags))
    raw = save(
        tmp_path / "b.dcm",
        image.max() - image,
        PhotometricInterpretation="MONOCHROME1",
        PresentationIntentType="FOR PROCESSING",
        **tags,
    )
    other = read_mammogram(raw)
    assert (plain.image == other.image).all()
    assert plain.landmarks.nipple_row == other.landmarks.nipple_row


def test_jpeg_2000(tmp_path):
    _, image, letters, _ = hang("R", "MLO", 0, mirrored=False)
    path = save(
        tmp_path / "a.dcm",
        image,
        ImageLaterality="R",
        ViewPosition="MLO",
        PatientOrientation=letters,
    )
    plain = read_mammogram(path)
    ds = read_header(path)
    ds.PixelData = np.ascontiguousarray(image).tobytes()
    ds.compress(JPEG2000Lossless, generate_instance_uid=False)
    ds.save_as(tmp_path / "b.dcm", enforce_file_format=True)
    assert (read_mammogram(tmp_path / "b.dcm").image == plain.image).all()


def test_tomosynthesis_is_read_slice_by_slice(tmp_path):
    _, image, letters, _ = hang("L", "CC", 0, mirrored=False)
    volume = np.stack([image // 2, image, image // 3])
    anatomy, group = Dataset(), Dataset()
    anatomy.FrameLaterality = "L"
    group.FrameAnatomySequence = [anatomy]
    path = save(
        tmp_path / "a.dcm",
        volume,
        SOPClassUID=BreastTomosynthesisImageStorage,
        NumberOfFrames=3,
        SharedFunctionalGroupsSequence=[group],
        ViewCodeSequence=code("399162004"),
        PatientOrientation=letters,
    )
    film = read_mammogram(path, index=2)
    assert (film.image == image // 3).all()
    assert film.notes[0] == "frame 2 of 3"
    with pytest.raises(Unusable, match="no frame 3"):
        read_mammogram(path, index=3)


@pytest.mark.parametrize("groups", ["Shared", "PerFrame"])
def test_tomosynthesis_is_described_by_its_functional_groups(groups):
    """Side, spacing and orientation may stand there alone, for all frames or for each."""
    parts = {name: Dataset() for name in ("FrameAnatomy", "PixelMeasures", "PatientOrientationIn")}
    parts["FrameAnatomy"].FrameLaterality = "L"
    parts["PixelMeasures"].PixelSpacing = [0.1, 0.1]
    parts["PatientOrientationIn"].PatientOrientation = ["A", "R"]
    group, ds = Dataset(), Dataset()
    group.FrameAnatomySequence = [parts["FrameAnatomy"]]
    group.PixelMeasuresSequence = [parts["PixelMeasures"]]
    group.PatientOrientationInFrameSequence = [parts["PatientOrientationIn"]]
    setattr(ds, f"{groups}FunctionalGroupsSequence", [group, group])
    ds.Modality, ds.ViewCodeSequence, ds.Rows, ds.Columns = "MG", code("399162004"), 900, 700
    facts = read_facts(ds)
    assert (facts.side, facts.patient_orientation) == ("L", ("A", "R"))
    assert (facts.row_spacing_mm, facts.col_spacing_mm) == (0.1, 0.1)


CID_4014 = {  # by SNOMED CT and SNOMED-RT
    "CC": ("399162004", "R-10242"),
    "MLO": ("399368009", "R-10226"),
    "ML": ("399260004", "R-10224"),
    "LM": ("399352003", "R-10228"),
    "LMO": ("399099002", "R-10230"),
    "FB": ("399196006", "R-10244"),
    "SIO": ("399188001", "R-102D0"),
    "ISO": ("441555000", "R-40AAA"),
    "XCCL": ("399192008", "R-1024A"),
    "XCCM": ("399101009", "R-1024B"),
    "XCC": ("399265009", "R-102CF"),
}


@pytest.mark.parametrize("view", CID_4014)
def test_codes_of_views_are_those_of_dicom(view: str):
    for value in CID_4014[view]:
        assert read_view(header(ViewCodeSequence=code(value))).value == view


def test_without_spacing_positions_are_fractions(tmp_path):
    _, image, letters, _ = hang("L", "CC", 0, mirrored=False)
    path = save(
        tmp_path / "a.dcm",
        image,
        ImageLaterality="L",
        ViewPosition="CC",
        PatientOrientation=letters,
        ImagerPixelSpacing=None,
    )
    film = read_mammogram(path, overrides={"nipple_row": 150, "nipple_col": 100})
    assert not film.calibrated
    assert posterior_fraction(film, 150, 50) == pytest.approx(0.5)
    cells = finding_cells(film, row=150, col=10)
    assert cells["depth_third"] == "posterior"
    for beyond in (150, 0 - 60):  # in front of the nipple; behind the chest wall
        assert "depth_third" not in finding_cells(film, row=150, col=beyond)
    assert not {"posterior_mm", "transverse_mm"} & cells.keys()
    with pytest.raises(Unusable, match="no pixel spacing"):
        to_film_mm(film, 1, 1)
    stated = {"nipple_row": 150, "nipple_col": 100, "row_spacing_mm": 0.5, "col_spacing_mm": 0.5}
    assert to_film_mm(read_mammogram(path, overrides=stated), 150, 10) == (45.0, 0.0)


def test_landmarks_of_a_detector_film_without_spacing_are_found(tmp_path):
    """2394 rows of 0.1 mm: a digital detector, not a scanned film of 0.05 mm."""
    ds = dcmread(open_data("image_case")["cc"])
    del ds.ImagerPixelSpacing
    ds.save_as(tmp_path / "a.dcm")
    lines = read_mammogram(tmp_path / "a.dcm").landmarks
    known = read_mammogram(open_data("image_case")["cc"]).landmarks
    assert abs(lines.nipple_row - known.nipple_row) < 30
    assert abs(lines.nipple_col - known.nipple_col) < 30


def test_an_unsure_nipple_gives_no_position(tmp_path):
    image = np.zeros((300, 240), np.uint16)
    image[60:240, :120] = 20_000  # a box has no nipple
    path = save(
        tmp_path / "a.dcm",
        image,
        ImageLaterality="L",
        ViewPosition="CC",
        PatientOrientation="A\\R",
        ImagerPixelSpacing=[0.6, 0.6],
    )
    film = read_mammogram(path)
    assert not film.landmarks.nipple_confident
    assert "posterior_mm" not in finding_cells(film, row=100, col=50)
    sure = replace(film, landmarks=replace(film.landmarks, nipple_confident=True))
    assert "posterior_mm" in finding_cells(sure, row=100, col=50)


@pytest.mark.parametrize(
    "overrides",
    [
        {"side": "X"},
        {"view": "RL"},
        {"nipple_row": 5},
        {"row_spacing_mm": "0,1", "col_spacing_mm": 0.1},
        {"patient_orientation": "A\\A"},
        {"nonsense": 1},
    ],
)
def test_bad_overrides_are_refused(tmp_path, overrides):
    path = save(
        tmp_path / "a.dcm", np.zeros((50, 40), np.uint16), ImageLaterality="L", ViewPosition="CC"
    )
    with pytest.raises(Unusable, match="override"):
        read_mammogram(path, overrides=overrides)


def test_overrides_replace_header_and_picture(tmp_path):
    _, image, _, _ = hang("L", "MLO", 0, mirrored=False)
    path = save(tmp_path / "a.dcm", image, ImageLaterality="R", ViewPosition="CC")
    overrides = {
        "side": "L",
        "view": "MLO",
        "angle_deg": 50,
        "thickness_mm": 61,
        "patient_orientation": "A\\FR",
        "nipple_row": 150,
        "nipple_col": 90,
        "row_spacing_mm": 0.6,
        "col_spacing_mm": 0.6,
    }
    film = read_mammogram(path, overrides=overrides)
    assert (film.side, film.view, film.angle_deg, film.thickness_mm) == ("L", "MLO", 50.0, 61.0)
    line = film.landmarks.posterior_nipple_line
    assert line[0].tolist() == [150, 90]
    assert film.landmarks.nipple_confident
    assert film.landmarks.posterior_direction.tolist() == [0, -1]  # the nipple level is not


@pytest.mark.parametrize(
    ("tags", "view"),
    [
        ({"ViewCodeSequence": code("R-10242")}, "CC"),
        ({"ViewCodeSequence": code("399368009")}, "MLO"),
        ({"ViewCodeSequence": code("R-10226", "R-102D3")}, "RL"),
        ({"ViewCodeSequence": code("R-10242", "399055006")}, "S"),
        ({"ViewCodeSequence": code("R-10242", "399163009")}, "M"),
        ({"ViewCodeSequence": code("R-10242", "399209000")}, "ID"),
        ({"ViewCodeSequence": code("R-10242", "399110001")}, "TAN"),
        ({"ViewCodeSequence": code("R-10242", "442581004")}, "CC"),
        ({"ViewCodeSequence": code("R-10242", "99999")}, None),
        ({"ViewCodeSequence": code("Y-X1770")}, "XCCL"),
        ({"ViewCodeSequence": code("127457009")}, "SPECIMEN"),
        ({"ViewPosition": "MLO"}, "MLO"),
        ({"ViewPosition": "RMLO"}, "MLO"),
        ({"ViewPosition": "XCCL"}, "XCCL"),
        ({"ViewPosition": "FLATFIELD", "ViewCodeSequence": code("R-10242")}, None),
        ({"SeriesDescription": "L CC"}, "CC"),
        ({"SeriesDescription": "Left MLO spot"}, "S"),
        ({"SeriesDescription": "CC and MLO"}, None),
        ({"PatientOrientation": "MLO"}, "MLO"),
        ({"PatientOrientation": "A\\R"}, None),
        ({"SeriesDescription": "full mammogram images"}, None),
        ({}, None),
    ],
)
def test_view(tags, view):
    fact = read_view(header(**tags))
    assert fact.value == view
    assert bool(fact.notes) == (view is None)


@pytest.mark.parametrize("view", ["RL", "S", "M", "ID", "TAN", "XCCL", "SPECIMEN"])
def test_views_without_a_map_are_refused_with_the_reason(view):
    codes = {"RL": "R-102D3", "S": "R-102D7", "M": "R-102D6", "ID": "R-102D5", "TAN": "R-102C2"}
    if view in codes:
        ds = header(ImageLaterality="L", ViewCodeSequence=code("R-10242", codes[view]))
    else:
        value = {"XCCL": "R-1024A", "SPECIMEN": "G-8310"}[view]
        ds = header(ImageLaterality="L", ViewCodeSequence=code(value))
    with pytest.raises(Unusable, match=f"view {view}: .*; allowed: CC"):
        read_facts(ds)


def test_a_magnified_film_is_refused_without_its_modifier():
    ds = header(
        ImageLaterality="L", ViewPosition="CC", EstimatedRadiographicMagnificationFactor=1.8
    )
    with pytest.raises(Unusable, match=r"magnified 1\.8 times"):
        read_facts(ds)


@pytest.mark.parametrize(
    "tags", [{}, {"ImageLaterality": "B"}, {"ImageLaterality": "L", "Laterality": "R"}]
)
def test_without_one_side_it_is_refused(tags):
    with pytest.raises(Unusable, match=r"side|both"):
        read_facts(header(ViewPosition="CC", **tags))


@pytest.mark.parametrize("modality", ["US", "MR", "SR", ""])
def test_other_modalities_are_refused(modality):
    with pytest.raises(Unusable, match="is no mammogram"):
        read_facts(header(Modality=modality, ImageLaterality="L", ViewPosition="CC"))


@pytest.mark.parametrize(
    ("view", "side", "tag", "angle"),
    [
        ("MLO", "R", 45, 45.0),  # the standard's sign on the right
        ("MLO", "L", -45, 45.0),  # and on the left
        ("MLO", "R", -58.7, 58.7),  # a vendor with the other sign
        ("MLO", "R", 7.6, None),  # relative to the gantry
        ("MLO", "L", None, None),
        ("SIO", "R", 40, -40.0),
        ("ML", "L", -90, 90.0),
        ("LM", "R", -90, 90.0),
        ("ML", "L", 7.0, 90.0),
        ("CC", "L", 3.0, 0.0),
        ("FB", "L", 180, 0.0),
    ],
)
def test_angle(view, side, tag, angle):
    ds = header() if tag is None else header(PositionerPrimaryAngle=tag)
    assert read_angle(ds, side, view).value == angle


@pytest.mark.parametrize("offset", [-15, 15])
def test_stereo_is_relative_to_its_base_view(offset):
    ds = header(
        ImageLaterality="L", ViewPosition="CC", ProtocolName="STEREO", PositionerPrimaryAngle=offset
    )
    facts = read_facts(ds)
    assert (facts.view, facts.base_view, facts.angle_deg) == ("STEREO", "CC", float(offset))


@pytest.mark.parametrize(
    ("letters", "side", "angle", "good"),
    [
        ("A\\R", "L", 0, True),
        ("R\\P", "L", 0, True),  # a biopsy image, turned
        ("P\\FL", "R", 45, True),
        ("P\\LF", "R", 45, True),
        ("P\\FR", "R", 45, False),  # lateral and down at once
        ("A\\F", "L", 0, False),
        ("CC", "L", 0, False),
        ("A", "L", 0, False),
        ("A\\P", "L", 0, False),
        ("", "L", 0, False),
    ],
)
def test_orientation_letters(letters, side, angle, good):
    fact = read_orientation(header(PatientOrientation=letters), side, angle)
    assert (fact.value is not None) == good
    assert bool(fact.notes) != good


@pytest.mark.parametrize(
    ("tags", "row_mm"),
    [
        ({"ImagerPixelSpacing": [0.1, 0.2]}, 0.1),
        ({"ImagerPixelSpacing": [0.0941, 0.0941], "PixelSpacing": [53.96, 45.02]}, 0.0941),
        (
            {
                "ImagerPixelSpacing": [0.5, 0.5],
                "PixelSpacing": [0.25, 0.25],
                "PixelSpacingCalibrationType": "FIDUCIAL",
            },
            0.25,
        ),
        (
            {"ImagerPixelSpacing": [0.14, 0.14], "EstimatedRadiographicMagnificationFactor": 1.073},
            0.14 / 1.073,
        ),
        ({"PixelSpacing": [0.07, 0.07]}, 0.07),
        ({"NominalScannedPixelSpacing": [0.05, 0.05]}, 0.05),
        ({"PixelSpacing": [0, 0]}, None),
        ({}, None),
    ],
)
def test_scale(tags, row_mm):
    scale = read_scale(header(Rows=1000, Columns=800, **tags), 53.0)
    assert (scale.value or (None,))[0] == (None if row_mm is None else pytest.approx(row_mm))


def test_magnification_is_unknown_within_the_thickness():
    """GE: 660 mm, 53 mm thick, factor 1: lengths at the top of the breast are 9 % large."""
    ds = header(
        Rows=2294, Columns=1914, ImagerPixelSpacing=[0.0941, 0.0941], DistanceSourceToDetector=660
    )
    scale = read_scale(ds, 53.0)
    assert "0-9 % large" in scale.notes[-1]
    assert "0-3 % large" in read_scale(ds, 20.0).notes[-1]
