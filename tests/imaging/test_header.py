"""Opening DICOM files safely: what is broken is refused with a reason or left out."""

from __future__ import annotations

import warnings
import zlib
from contextlib import suppress

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import DeflatedExplicitVRLittleEndian as Deflated
from pydicom.uid import (
    DigitalMammographyXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from corr.imaging.dicom import header
from corr.imaging.dicom.claims import MAX_SAMPLES
from corr.imaging.dicom.header import (
    Unusable,
    items,
    laterality,
    number,
    numbers,
    read_header,
    text,
)
from corr.imaging.dicom.pixels import pixels
from tests.builders.examples import few

RAMP = np.arange(24 * 20, dtype=np.uint16).reshape(24, 20)


def film(**tags) -> Dataset:
    ds = Dataset()
    ds.SOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    ds.SOPInstanceUID = "1.2.3"
    ds.Modality = "MG"
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.SamplesPerPixel = 1
    ds.Rows, ds.Columns = RAMP.shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    ds.PixelData = RAMP.tobytes()
    for name, value in tags.items():
        setattr(ds, name, value)
    return ds


def save(ds: Dataset, path, syntax=ExplicitVRLittleEndian, *, preamble=True):
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    if preamble:
        ds.save_as(path, enforce_file_format=True)
    else:
        del ds.file_meta
        ds.save_as(path, implicit_vr=True, little_endian=True)
    return path


def test_a_good_file(tmp_path):
    path = save(film(ImageLaterality="L"), tmp_path / "a.dcm")
    ds = read_header(path)
    assert "PixelData" not in ds
    assert text(ds, "Modality") == "MG"
    assert laterality(ds).value == "L"
    assert (pixels(path) == RAMP).all()


def test_monochrome1_is_inverted(tmp_path):
    path = save(film(PhotometricInterpretation="MONOCHROME1"), tmp_path / "a.dcm")
    found = pixels(path).astype(float)
    assert np.allclose(np.diff(found.ravel()), -1)


def test_deflated(tmp_path):
    """Larger once inflated than the file is."""
    path = save(film(PixelData=bytes(RAMP.nbytes)), tmp_path / "a.dcm", Deflated)
    assert path.stat().st_size < RAMP.nbytes
    assert (pixels(path) == 0).all()


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_compressed(tmp_path, syntax):
    large = np.tile(RAMP, (4, 4))
    ds = film(PixelData=large.tobytes(), Rows=large.shape[0], Columns=large.shape[1])
    ds.ViewCodeSequence = [Dataset()]  # ends with the same bytes as the sequence of frames
    ds["ViewCodeSequence"].is_undefined_length = True
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.compress(syntax, generate_instance_uid=False)
    path = tmp_path / "a.dcm"
    ds.save_as(path, enforce_file_format=True)
    assert (pixels(path) == large).all()
    path.write_bytes(path.read_bytes()[:-200])
    if syntax == JPEGLSLossless:  # its decoder would search for seconds beyond the end
        with pytest.raises(Unusable, match="cut off"):
            pixels(path)


def test_without_preamble(tmp_path):
    path = save(film(), tmp_path / "a.dcm", preamble=False)
    assert text(read_header(path), "Modality") == "MG"
    assert (pixels(path) == RAMP).all()


def test_one_frame_of_many(tmp_path):
    frames = np.stack([RAMP, RAMP + 1000, RAMP + 2000])
    path = save(film(NumberOfFrames=3, PixelData=frames.tobytes()), tmp_path / "a.dcm")
    assert (pixels(path, index=2) == RAMP + 2000).all()
    with pytest.raises(Unusable, match="no frame 3; allowed: 0 to 2"):
        pixels(path, index=3)


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"Rows": 65535, "Columns": 65535}, "claims 65535 x 65535"),
        ({"Rows": 2000, "Columns": 2000}, "cut off"),
        ({"Rows": 0}, "no image"),
        ({"NumberOfFrames": 10**9}, "shape|length|cut off|decoded"),
    ],
)
def test_claims_are_checked_first(tmp_path, tags, reason):
    path = save(film(**tags), tmp_path / "a.dcm")
    if "NumberOfFrames" in tags:
        with pytest.raises(Unusable):
            pixels(path, index=5)
        return
    with pytest.raises(Unusable, match=reason):
        pixels(path)


def test_limit_leaves_room_for_mammograms():
    assert 2 * 4664 * 3064 < MAX_SAMPLES <= 2**30 / 8


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 132, b"just words\n" * 50, b"\x00" * 128 + b"DICM"]
)
def test_what_is_not_dicom(tmp_path, content):
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(Unusable):
        pixels(path)


def test_folder_and_absent(tmp_path):
    for path, why in ((tmp_path, "this is a folder"), (tmp_path / "absent", "no such file")):
        with pytest.raises(Unusable, match=why):
            read_header(path)


def test_deflated_bomb(tmp_path, monkeypatch):
    path = save(film(), tmp_path / "a.dcm", Deflated)
    assert text(read_header(path), "Modality") == "MG"
    good = path.read_bytes()
    meta = pydicom.filereader.read_file_meta_info(path)
    start = 144 + meta.FileMetaInformationGroupLength
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    zeros = bytes(2**20)
    bomb = b"".join(packer.compress(zeros) for _ in range(20)) + packer.flush()
    path.write_bytes(good[:start] + bomb)
    monkeypatch.setattr(header, "MAX_INFLATED_BYTES", 16 * 2**20)
    with pytest.raises(Unusable, match="grows beyond 16 MiB"):
        read_header(path)


def test_sparse_giant_is_inspected(tmp_path):
    """A 3 GB multi-frame file: header and one slice, by seeking."""
    ds = film(NumberOfFrames=150, Rows=3328, Columns=3000)
    ds.PixelData = b"\x01\x02" * 8
    path = save(ds, tmp_path / "a.dcm")
    raw = path.read_bytes()
    at = raw.rindex(b"\xe0\x7f\x10\x00")
    size = 150 * 3328 * 3000 * 2
    head = raw[: at + 8] + size.to_bytes(4, "little")
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + size)
    assert number(read_header(path), "Rows", low=1, high=1e5) == 3328
    assert pixels(path, index=149).shape == (3328, 3000)


@pytest.mark.parametrize("value", ["0,094", "nan", "", "abc", "1e999", "-1"])
def test_bad_numbers_are_absent(value):
    ds = Dataset()
    with warnings.catch_warnings(action="ignore"):
        ds.add_new("BodyPartThickness", "LO", value)
    assert number(ds, "BodyPartThickness", low=0, high=200) is None


def test_numbers_need_their_count():
    ds = film(ImagerPixelSpacing=[0.1, 0.2])
    assert numbers(ds, "ImagerPixelSpacing", 2, low=0.01, high=1) == (0.1, 0.2)
    assert numbers(ds, "ImagerPixelSpacing", 3, low=0.01, high=1) is None
    assert numbers(ds, "ImagerPixelSpacing", 2, low=0.15, high=1) is None
    assert number(ds, "ImagerPixelSpacing", low=0, high=1) is None


def test_wrong_kinds_are_absent():
    ds = Dataset()
    ds.add_new("ViewCodeSequence", "LO", "CC")
    ds.add_new("Laterality", "OB", b"L\x00")
    assert items(ds, "ViewCodeSequence") == []
    assert text(ds, "Laterality") == ""
    assert text(ds, "NoSuchKeyword") == ""


def _coded(value):
    item = Dataset()
    item.CodeValue = value
    return [item]


def _shared(side):
    anatomy, group = Dataset(), Dataset()
    anatomy.FrameLaterality = side
    group.FrameAnatomySequence = [anatomy]
    return [group]


@pytest.mark.parametrize(
    ("tags", "side"),
    [
        ({"ImageLaterality": "R"}, "R"),
        ({"ImageLaterality": "B"}, "B"),
        ({"Laterality": "L"}, "L"),
        ({"SharedFunctionalGroupsSequence": _shared("R")}, "R"),
        ({"AnatomicRegionSequence": _coded("73056007")}, "R"),
        ({"AnatomicRegionSequence": _coded("T-04030")}, "L"),
        ({"AnatomicRegionSequence": _coded("T-04000")}, None),
        ({}, None),
        ({"Laterality": "X"}, None),
        ({"ImageLaterality": "L", "Laterality": "R"}, None),
        ({"ImageLaterality": "L", "Laterality": "L"}, "L"),
    ],
)
def test_laterality(tags, side):
    fact = laterality(film(**tags))
    assert fact.value == side
    assert bool(fact.notes) == (side is None)


@few(60, suppress_health_check=list(HealthCheck))
@given(
    cut=st.integers(0, 1400),
    flips=st.lists(st.tuples(st.integers(0, 1400), st.integers(0, 255)), max_size=8),
)
def test_broken_bytes_are_refused_or_read(tmp_path_factory, cut, flips):
    path = save(film(ImageLaterality="L"), tmp_path_factory.mktemp("x") / "a.dcm")
    raw = bytearray(path.read_bytes())
    for at, value in flips:
        raw[at % len(raw)] = value
    path.write_bytes(bytes(raw[: max(0, len(raw) - cut)]))
    with suppress(Unusable):
        ds = read_header(path)
        laterality(ds)
        for element in list(ds.keys())[:50]:
            text(ds, pydicom.datadict.keyword_for_tag(element))
        pixels(path)


def test_refusals_are_one_line():
    refusal = Unusable("a\n b", allowed="c", fix="d")
    assert str(refusal) == "a b; allowed: c; fix: d"


def test_values_are_not_quoted_to_logs_or_warnings(tmp_path, caplog, recwarn):
    ds = film()
    with warnings.catch_warnings(action="ignore"):
        ds.add_new("PatientBirthDate", "DA", "SECRET")
        ds.add_new("StudyInstanceUID", "UI", "SECRET" * 20)
        path = save(ds, tmp_path / "a.dcm")
        caplog.clear()
    found = read_header(path)
    text(found, "PatientBirthDate")
    text(found, "StudyInstanceUID")
    pixels(path)
    assert "SECRET" not in caplog.text
    assert not recwarn.list
