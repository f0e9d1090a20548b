"""JPEG Extended with 12 bits, through GDCM: a decoder for pydicom, whose own refuses them.

pydicom takes a module with these three names as a plug-in; `corr.imaging.dicom.claims` hands it
over. (GDCM decodes such frames rightly, as held against its own reader of whole files.)
"""

from __future__ import annotations

import importlib
from typing import Any

from pydicom.pixels.decoders import gdcm as eight_bit
from pydicom.uid import JPEGExtended12Bit

DECODER_DEPENDENCIES = {JPEGExtended12Bit: ("python-gdcm>=3.0.10",)}
is_available = eight_bit.is_available


def decoded_frame(src: bytes, runner: Any) -> bytes:
    """One frame of grey pixels, two bytes a pixel; pydicom calls it with what it knows of it.

    Raises
    ------
    NotImplementedError
        If it is a frame that the other decoders read.
    """
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
