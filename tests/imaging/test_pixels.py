"""How pixels are encoded, and that what comes out is what was meant."""

from __future__ import annotations

import gdcm
import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import JPEGLossless, JPEGLosslessSV1, RLELossless

from corr.imaging.dicom.header import Unusable, read_header
from corr.imaging.dicom.pixels import check_pixels, each_frame, pixels
from tests.imaging.test_header import RAMP, film, save

COLOUR = np.array([[[200, 30, 40], [200, 30, 40]], [[10, 60, 220], [10, 60, 220]]], np.uint8)


def ybr(rgb) -> np.ndarray:
    return np.rint(pydicom.pixels.convert_color_space(rgb, "RGB", "YBR_FULL")).astype(np.uint8)


def colour(data: np.ndarray, kind: str, **tags) -> Dataset:
    return film(
        PixelData=data.tobytes(), Rows=2, Columns=2, SamplesPerPixel=3, PlanarConfiguration=0,
        PhotometricInterpretation=kind, BitsAllocated=8, BitsStored=8, HighBit=7, **tags,
    )  # fmt: skip


def halved(rgb) -> np.ndarray:
    """Y Y Cb Cr for each two pixels (PS3.5 8.2)."""
    y, cb, cr = np.moveaxis(ybr(rgb), -1, 0)
    return np.stack([y[:, 0], y[:, 1], cb[:, 0], cr[:, 0]], axis=-1)


@pytest.mark.parametrize("process", [JPEGLossless, JPEGLosslessSV1])
def test_jpeg_lossless(tmp_path, process):
    """What most archives send mammograms in."""
    plain = save(film(BitsStored=12, HighBit=11), tmp_path / "plain.dcm")
    reader = gdcm.ImageReader()
    reader.SetFileName(str(plain))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(str(process))))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    path = tmp_path / "a.dcm"
    writer.SetFileName(str(path))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    assert read_header(path).file_meta.TransferSyntaxUID == process
    check_pixels(read_header(path), path)
    assert (pixels(path) == RAMP).all()
    ds = pydicom.dcmread(path)
    ds.Rows *= 40  # GDCM by itself would end the process here
    ds.save_as(path)
    with pytest.raises(Unusable):
        pixels(path)


def test_jpeg_of_12_bits():
    """Pydicom's decoders refuse it; GDCM's own reader of files gives the same values."""
    path = get_testdata_file("JPEG-lossy.dcm")
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    assert reader.Read()
    raw = reader.GetImage().GetBuffer().encode("utf-8", "surrogateescape")
    found = pixels(path)
    assert found.max() > 255
    assert (found.ravel() == np.frombuffer(raw, "<u2")).all()


def test_a_frame_without_an_image(tmp_path):
    """The header says 24 x 20, the frame says neither: seen before anything is decoded."""
    ds = film()
    stub = b"\xff\xd8\xff\xc3\x00\x0b\x0c\x00\x00\x00\x00\x01\x01\x11\x00\xff\xd9"
    ds.PixelData = encapsulate([stub])
    ds["PixelData"].is_undefined_length = True
    path = save(ds, tmp_path / "a.dcm", JPEGLosslessSV1)
    with pytest.raises(Unusable, match="rows and columns"):
        check_pixels(read_header(path), path)
    with pytest.raises(Unusable, match="rows and columns"):
        pixels(path)


def test_a_decoder_that_is_not_there(tmp_path, monkeypatch):
    ds = film(PixelData=encapsulate([b"\xff\xd8\xff\xd9"]))
    ds["PixelData"].is_undefined_length = True
    path = save(ds, tmp_path / "a.dcm", JPEGLosslessSV1)
    monkeypatch.setattr(get_decoder(JPEGLosslessSV1), "_available", {})
    with pytest.raises(Unusable, match="pip install python-gdcm"):
        check_pixels(read_header(path), path)


def test_colour_halved_and_whole(tmp_path):
    """Uncompressed 4:2:2 has two bytes a pixel; files that say so and have three are read too."""
    for data, kind in (
        (halved(COLOUR), "YBR_FULL_422"),
        (ybr(COLOUR), "YBR_FULL_422"),
        (ybr(COLOUR), "YBR_FULL"),
        (COLOUR, "RGB"),
    ):
        path = save(colour(data, kind), tmp_path / "a.dcm")
        check_pixels(read_header(path), path)
        assert np.abs(pixels(path).astype(int) - COLOUR).max() <= 2, kind
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(Unusable, match="cut off: 12 bytes needed"):
        check_pixels(read_header(path), path)


def test_colour_by_planes(tmp_path):
    data = np.moveaxis(COLOUR, -1, 0)
    path = save(colour(data, "RGB"), tmp_path / "a.dcm")
    ds = pydicom.dcmread(path)
    ds.PlanarConfiguration = 1
    ds.save_as(path)
    assert (pixels(path) == COLOUR).all()


def test_palettes_and_deep_colour_come_in_8_bits():
    for name in ("examples_palette.dcm", "SC_rgb_rle_16bit.dcm", "SC_rgb_small_odd.dcm"):
        found = pixels(get_testdata_file(name))
        assert found.dtype == np.uint8
        assert found.shape[2] == 3
        assert found.max() > 100


@pytest.mark.parametrize("syntax", [None, RLELossless])
def test_bits(tmp_path, syntax):
    """Signed values of 12 bits, values in the high bits, and an overlay above them."""
    signed = np.array([[-1000, -1], [0, 1000]])
    cases = [
        (signed & 0x0FFF, {"PixelRepresentation": 1, "HighBit": 11}, signed),
        (signed, {"PixelRepresentation": 1, "HighBit": 11}, signed),
        (signed << 4 & 0xFFFF, {"PixelRepresentation": 1, "HighBit": 15}, signed),
        (np.array([[1, 2], [3, 4095]]) << 4, {"HighBit": 15}, [[1, 2], [3, 4095]]),
        (np.array([[0x1001, 0x2], [0x1003, 0xFFF]]), {"HighBit": 11, "overlay": 1},
         [[1, 2], [3, 4095]]),
        (np.array([[0x1001, 0x2], [3, 4]]), {"HighBit": 11}, [[0x1001, 2], [3, 4]]),
    ]  # fmt: skip
    for stored, tags, meant in cases:
        overlay = tags.pop("overlay", None)
        data = np.asarray(stored).astype("<u2" if np.min(stored) >= 0 else "<i2")
        ds = film(PixelData=data.tobytes(), Rows=2, Columns=2, BitsStored=12, **tags)
        if overlay:
            ds.add_new((0x6000, 0x0100), "US", 16)
            ds.add_new((0x6000, 0x0102), "US", 12)
        path = save(ds, tmp_path / "a.dcm")
        if syntax:
            ds = pydicom.dcmread(path)
            ds.compress(syntax, generate_instance_uid=False)
            ds.save_as(path)
        assert pixels(path).tolist() == np.asarray(meant).tolist()
        (frame,) = each_frame(path)
        assert frame.tolist() == np.asarray(meant).tolist()


def test_big_endian_comes_as_this_machine_counts():
    found = pixels(get_testdata_file("MR_small_bigendian.dcm"))
    assert found.dtype.isnative
    assert (found == pixels(get_testdata_file("MR_small.dcm"))).all()


def test_a_tomosynthesis_in_private_elements_is_refused_by_name(tmp_path):
    ds = film()
    ds.add_new((0x7E01, 0x0010), "LO", "HOLOGIC, Inc.")
    ds.add_new((0x7E01, 0x1010), "OB", b"12345678")
    path = save(ds, tmp_path / "a.dcm")
    with pytest.raises(Unusable, match=r"\(SCO\).*breast tomosynthesis objects \(BTO\)"):
        pixels(path)


def test_a_header_alone_holds_no_pixels(tmp_path):
    ds = film()
    del ds.PixelData
    with pytest.raises(Unusable, match="holds no pixels"):
        pixels(save(ds, tmp_path / "a.dcm"))
