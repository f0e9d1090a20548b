"""What a DICOM file claims of its pixels, checked before any of them is decoded.

No claimed size is trusted, so that a broken or hostile file costs neither gigabytes nor minutes.
`check_pixels` is cheap enough for every file of a folder: it reads a header and some kilobytes.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

import pydicom
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    UID,
    JPEG2000TransferSyntaxes,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
)

from corr.imaging.dicom.gdcm_frames import frame_header, take_over
from corr.imaging.dicom.header import Unusable, frames, number, refusing, text

MAX_SAMPLES = 64_000_000
"""Most samples of a frame that are decoded: twice the largest mammogram, 4 s of JPEG 2000."""
_LOOKED_AT = 65_536
_UNDEFINED = 0xFFFFFFFF
_HOLOGIC = (0x7E01, 0x0010)
"""Who wrote the private elements that Hologic puts a tomosynthesis into."""
_CUT_OFF = "copy the file again"

take_over()


def check_claims(ds: Dataset, path: Path, last: int = 0) -> UID:
    """The transfer syntax, once all that a header claims of the frames up to one makes sense.

    Raises
    ------
    Unusable
        If frames are absent, absurdly large or cut off, or nothing here decodes them.
    """
    with refusing("the claimed pixels make no sense"):
        syntax = transfer_syntax(ds)
        _check_sizes(ds, path, last, native=not (syntax.is_compressed or syntax.is_deflated))
        _check_decoder(syntax)
        if syntax in JPEGLSTransferSyntaxes:
            _check_ended(path)
    return syntax


def check_not_hidden(ds: Dataset) -> None:
    """Refuse a tomosynthesis that Hologic put into private elements; raises `Unusable`."""
    writer = ds.get(_HOLOGIC)
    if writer is not None and "HOLOGIC" in str(writer.value).upper():
        msg = "a Hologic secondary capture object (SCO): its tomosynthesis is in private elements"
        fix = "export it as breast tomosynthesis objects (BTO); the workstation converts it"
        raise Unusable(msg, allowed="a standard tomosynthesis object", fix=fix)


def first_frame_fits(ds: Dataset, path: Path) -> bool:
    """Whether the first compressed frame says that it has the rows and columns of the header.

    True for formats without such a header; False also where it is not found in the first bytes.

    Raises
    ------
    Unusable
        If there is no frame, or it says that it has no rows or columns.
    """
    syntax = transfer_syntax(ds)
    if syntax not in (*JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes, *JPEG2000TransferSyntaxes):
        return True
    with refusing("the pixels cannot be found"), path.open("rb") as file:
        stream = _first_fragment(ds, file)
    if syntax in JPEG2000TransferSyntaxes:
        here = _size_2000(stream)
    else:
        said = frame_header(stream)
        here = said and (said.rows, said.columns)
    if here is not None and min(here) < 1:
        msg = "the compressed frame has no rows and columns"
        raise Unusable(msg, fix=_CUT_OFF)
    stated = (number(ds, k, low=1, high=65_535) for k in ("Rows", "Columns"))
    return here == tuple(stated)


def pixel_bytes(ds: Dataset, path: Path) -> int:
    """Bytes of the pixels that the file holds; of one that is inflated first, all of the file's."""
    begin = getattr(ds, "pixels_begin", None)
    size = path.stat().st_size
    if begin is None:
        return size
    implicit, little = ds.original_encoding
    with path.open("rb") as file:
        file.seek(begin)
        head = file.read(12)
    at, width = (4, 8) if implicit else (8, 12)
    if len(head) < width:
        return 0
    (stated,) = struct.unpack("<L" if little else ">L", head[at : at + 4])
    return min(int(stated), size - begin - width)


def samples(ds: Dataset) -> float:
    """Samples a pixel, as the header says; 1 if it does not."""
    return number(ds, "SamplesPerPixel", low=1, high=4) or 1


def halved_colour(ds: Dataset) -> bool:
    """Whether uncompressed pixels are said to come in pairs that share their colour."""
    return text(ds, "PhotometricInterpretation") == "YBR_FULL_422" and samples(ds) == 3


def transfer_syntax(ds: Dataset) -> UID:
    """How the file is encoded: as it says or, without a word, as it was read."""
    stated = text(getattr(ds, "file_meta", Dataset()), "TransferSyntaxUID")
    if stated:
        return UID(stated)
    implicit, little = ds.original_encoding
    if implicit:
        return pydicom.uid.ImplicitVRLittleEndian
    return pydicom.uid.ExplicitVRLittleEndian if little else pydicom.uid.ExplicitVRBigEndian


def _check_sizes(ds: Dataset, path: Path, index: int, *, native: bool) -> None:
    check_not_hidden(ds)
    rows, columns = (number(ds, k, low=1, high=65_535) for k in ("Rows", "Columns"))
    if rows is None or columns is None:
        msg = "the file has no image (no Rows and Columns)"
        raise Unusable(msg)
    if rows * columns * samples(ds) > MAX_SAMPLES:
        msg = f"the file claims {rows:.0f} x {columns:.0f} pixels in one frame"
        raise Unusable(msg, allowed=f"up to {MAX_SAMPLES:,} samples a frame")
    n = frames(ds)
    if not 0 <= index < n:
        msg = f"there is no frame {index}"
        raise Unusable(msg, allowed=f"0 to {n - 1}")
    bits = number(ds, "BitsAllocated", low=1, high=64) or 8
    a_pixel = 2 if halved_colour(ds) else samples(ds)
    needed = (index + 1) * rows * columns * a_pixel * bits / 8
    held = pixel_bytes(ds, path)
    if native and not held:
        msg = "the file holds no pixels, only what is said of them"
        raise Unusable(msg, fix=_CUT_OFF)
    if native and held < needed:
        msg = f"the pixels are cut off: {needed:.0f} bytes needed for frame {index}"
        raise Unusable(msg, fix=_CUT_OFF)


def _check_decoder(syntax: UID) -> None:
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        msg = f"no decoder for the transfer syntax {syntax.name}"
        video = "MPEG" in syntax.name or "HEVC" in syntax.name
        still = "save the frame that shows the finding as an image"
        fix = still if video else "convert the file to JPEG 2000 or uncompressed"
        raise Unusable(msg, fix=fix) from None
    if not decoder.is_available:
        msg = f"no decoder for {syntax.name} is installed"
        wanted = " ".join(decoder.missing_dependencies)
        other = "openjpeg" in wanted and "gdcm" not in wanted
        package = "pylibjpeg[openjpeg]" if other else "python-gdcm"
        raise Unusable(msg, fix=f"pip install {package}, or convert the file to JPEG 2000")


def _check_ended(path: Path) -> None:
    """See that the last frame ends: CharLS spends seconds beyond the end of a stream cut off."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LOOKED_AT))
        tail = file.read()
    here = tail[tail.rfind(b"\xe0\x7f\x10\x00") + 1 :]  # after Pixel Data begins, if it does here
    if b"\xfe\xff\xdd\xe0" not in here:  # end of the sequence of frames
        msg = "the pixels are cut off: the compressed frames have no end"
        raise Unusable(msg, fix=_CUT_OFF)


def _first_fragment(ds: Dataset, file: BinaryIO) -> bytes:
    """The first bytes of the first frame: after the tag, its length, and the table of offsets."""
    file.seek(ds.pixels_begin + 12)  # explicit VR: compressed files have no other
    file.seek(_item_length(file), 1)
    return file.read(min(_item_length(file), _LOOKED_AT))


def _item_length(file: BinaryIO) -> int:
    tag, length = struct.unpack("<LL", file.read(8))
    if tag != 0xE000FFFE or length == _UNDEFINED:
        msg = "the pixels do not begin with a table of offsets and a frame"
        raise Unusable(msg, fix=_CUT_OFF)
    return int(length)


def _size_2000(stream: bytes) -> tuple[int, int] | None:
    """Rows and columns of the SIZ marker of JPEG 2000; None if there is none."""
    at = stream.find(b"\xff\x4f\xff\x51")  # a file format may be wrapped around the stream
    if at < 0 or len(stream) < at + 24:
        return None
    right, bottom, left, top = struct.unpack(">LLLL", stream[at + 8 : at + 24])
    return bottom - top, right - left
