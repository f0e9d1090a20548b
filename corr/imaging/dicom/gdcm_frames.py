"""Lossless JPEG, and JPEG Extended with 12 bits, through GDCM: a decoder for pydicom.

GDCM ends the whole process at a frame that is not what the header says, so frames are compared with
it first, and GDCM gets none that another library reads. pydicom's own plug-in refuses 12 bits; GDCM
decodes such frames rightly, as held against its own reader of whole files.
"""

from __future__ import annotations

import importlib
import struct
from contextlib import suppress
from typing import Any, NamedTuple

from pydicom.pixels.decoders import gdcm as pydicoms_own
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    JPEG2000,
    UID,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSTransferSyntaxes,
)

_OURS = (JPEGLossless, JPEGLosslessSV1, JPEGExtended12Bit)
DECODER_DEPENDENCIES: dict[UID, tuple[str, ...]] = dict.fromkeys(_OURS, ("python-gdcm>=3.0.10",))
"""With `is_available` and `decoded_frame` what pydicom asks of a module that decodes."""
is_available = pydicoms_own.is_available
_LABEL = "gdcm, checked"
_OF_OTHERS = (JPEGBaseline8Bit, *JPEGLSTransferSyntaxes, JPEG2000Lossless, JPEG2000)
_NO_FRAME_HEADER = frozenset((0xC4, 0xC8, 0xCC))


class FrameHeader(NamedTuple):
    """What a frame says of itself."""

    rows: int
    columns: int
    bits: int
    samples: int


def frame_header(stream: bytes) -> FrameHeader | None:
    """The frame header of JPEG and JPEG-LS; None if there is none."""
    at = 2
    while at + 10 <= len(stream) and stream[at] == 0xFF:
        marker = stream[at + 1]
        if marker == 0xFF:  # fill
            at += 1
        elif marker == 0xF7 or (0xC0 <= marker <= 0xCF and marker not in _NO_FRAME_HEADER):
            bits, rows, columns, samples = struct.unpack(">BHHB", stream[at + 4 : at + 10])
            return FrameHeader(rows, columns, bits, samples)
        else:
            at += 2 + int(struct.unpack(">H", stream[at + 2 : at + 4])[0])
    return None


def take_over() -> None:
    """Have pydicom use GDCM through here only, and only where nothing else decodes."""
    for syntax in (*_OURS, *_OF_OTHERS):
        decoder = get_decoder(syntax)
        for label in ("gdcm", _LABEL):
            with suppress(ValueError):  # it has none of this name
                decoder.remove_plugin(label)
        if syntax in _OURS:
            decoder.add_plugin(_LABEL, (__name__, "decoded_frame"))


def decoded_frame(src: bytes, runner: Any) -> bytes:
    """One frame; pydicom calls it with what it knows of it.

    Raises
    ------
    NotImplementedError
        If it is a frame that another decoder reads.
    ValueError
        If it is not the frame that the header of the file describes, or cannot be decoded.
    """
    said = frame_header(src)
    stated = runner.rows, runner.columns, runner.samples_per_pixel
    if said is None or (said.rows, said.columns, said.samples) != stated:
        msg = f"the frame says {said}, the header of the file {stated}"
        raise ValueError(msg)
    if said.bits > runner.bits_allocated or (said.bits > 8) != (runner.bits_allocated > 8):
        msg = f"{said.bits} bits a sample in the frame, {runner.bits_allocated} in the header"
        raise ValueError(msg)
    if runner.transfer_syntax != JPEGExtended12Bit:
        found: bytes = pydicoms_own._decode_frame(src, runner)
        return found
    return _twelve_bits(src, runner)


def _twelve_bits(src: bytes, runner: Any) -> bytes:
    if runner.bits_stored <= 8 or runner.samples_per_pixel != 1:
        msg = "only grey frames with more than 8 bits"
        raise NotImplementedError(msg)
    gdcm: Any = importlib.import_module("gdcm")
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(src)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((runner.columns, runner.rows, 1))
    image.SetDataElement(element)
    grey = gdcm.PhotometricInterpretation(
        gdcm.PhotometricInterpretation.GetPIType(str(runner.photometric_interpretation))
    )
    image.SetPhotometricInterpretation(grey)
    syntax = gdcm.TransferSyntax.GetTSType(str.__str__(runner.transfer_syntax))
    image.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    bits = runner.bits_stored
    form = gdcm.PixelFormat(1, runner.bits_allocated, bits, bits - 1, runner.pixel_representation)
    image.SetPixelFormat(form)
    buffer = image.GetBuffer()
    if buffer is None:
        msg = "GDCM cannot decode the frame"
        raise ValueError(msg)
    found: bytes = buffer.encode("utf-8", "surrogateescape")  # GDCM gives a char* as text
    return found
