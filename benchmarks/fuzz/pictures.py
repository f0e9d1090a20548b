"""Small valid files of more encodings and of volumes in files of their own; nobody's images."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gdcm
import nrrd
import numpy as np
import pydicom
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.uid import UID

from benchmarks.fuzz.seeds import SOP, encoded, mammogram, mr_slices, sonogram

AFFINE = np.diag([2.0, 2.0, 3.0])


def lossless(ds: Dataset) -> bytes:
    """The same object in JPEG Lossless SV1, as most archives send it."""
    with tempfile.TemporaryDirectory() as folder:
        plain, squeezed = Path(folder) / "a.dcm", Path(folder) / "b.dcm"
        plain.write_bytes(encoded(ds))
        reader = gdcm.ImageReader()
        reader.SetFileName(str(plain))
        change = gdcm.ImageChangeTransferSyntax()
        change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
        writer = gdcm.ImageWriter()
        writer.SetFileName(str(squeezed))
        if not reader.Read():
            raise ValueError(plain)
        change.SetInput(reader.GetImage())
        if not change.Change():
            raise ValueError(plain)
        writer.SetFile(reader.GetFile())
        writer.SetImage(change.GetOutput())
        writer.Write()
        return squeezed.read_bytes()


def twelve_bits() -> bytes:
    """A file in JPEG Extended of 12 bits that comes with pydicom."""
    return Path(str(get_testdata_file("JPEG-lossy.dcm", download=False))).read_bytes()


def halved_colour() -> bytes:
    """An ultrasound still in uncompressed 4:2:2."""
    ds = sonogram()
    grey = ds.pixel_array if ds.SamplesPerPixel == 1 else ds.pixel_array[..., 0]
    pairs = grey.reshape(grey.shape[0], -1, 2).astype(np.uint8)
    chroma = np.full_like(pairs, 128)
    ds.PhotometricInterpretation, ds.SamplesPerPixel = "YBR_FULL_422", 3
    ds.PlanarConfiguration, ds.BitsAllocated, ds.BitsStored, ds.HighBit = 0, 8, 8, 7
    ds.PixelData = np.concatenate([pairs, chroma], axis=2).tobytes()
    return encoded(ds)


def enhanced() -> bytes:
    """Two phases in one Enhanced MR file, counted by a dimension."""
    slices = mr_slices(3)
    ds = pydicom.dcmread(io.BytesIO(encoded(slices[0])))
    groups, frames = [], []
    for phase in (1, 2):
        for n, one in enumerate(slices):
            group, place, content = Dataset(), Dataset(), Dataset()
            place.ImagePositionPatient = one.ImagePositionPatient
            content.DimensionIndexValues = [n + 1, phase]
            group.PlanePositionSequence, group.FrameContentSequence = [place], [content]
            groups.append(group)
            frames.append(one.PixelData)
    pointers = [Dataset(), Dataset()]
    pointers[0].DimensionIndexPointer, pointers[1].DimensionIndexPointer = 0x00209057, 0x00209128
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = UID(f"{SOP}4.1")
    ds.DimensionIndexSequence, ds.PerFrameFunctionalGroupsSequence = pointers, groups
    ds.NumberOfFrames, ds.PixelData = len(groups), b"".join(frames)
    return encoded(ds)


def volume(*, phases: int = 1) -> bytes:
    """A volume in NRRD, or several along an axis of their own."""
    data = np.random.default_rng(1).integers(0, 900, (phases, 12, 10, 6)).astype(np.int16)
    rows: Any = np.vstack([[np.nan] * 3, AFFINE]) if phases > 1 else AFFINE
    head = {"space": "left-posterior-superior", "space directions": rows,
            "space origin": [-10.0, -10.0, 0.0], "encoding": "gzip"}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.nrrd"
        nrrd.write(str(path), data if phases > 1 else data[0], head)
        return path.read_bytes()


def metaimage() -> bytes:
    """A volume in MetaImage: a header of words and the voxels."""
    words = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
        "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = -10 -10 0\nElementSpacing = 2 2 3\n"
        "DimSize = 12 10 6\nElementType = MET_SHORT\nElementDataFile = LOCAL\n"
    )
    voxels = np.random.default_rng(2).integers(0, 900, (6, 10, 12)).astype("<i2")
    return words.encode() + voxels.tobytes()


PICTURE_SEEDS: dict[str, Callable[[], bytes]] = {
    "mg_lossless.dcm": lambda: lossless(mammogram()),
    "twelve_bits.dcm": twelve_bits,
    "us_422.dcm": halved_colour,
    "mr_enhanced.dcm": enhanced,
    "phase.nrrd": volume,
    "phases.nrrd": lambda: volume(phases=3),
    "phase.mha": metaimage,
}
"""File name and contents of one valid file of every encoding."""
