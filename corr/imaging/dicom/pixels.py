"""Decoded pixels of DICOM files, frame by frame.

No claimed size is trusted before it is checked, so that a broken or hostile file costs neither
gigabytes nor minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import iter_pixels, pixel_array
from pydicom.uid import UID, JPEGLSTransferSyntaxes

from corr.imaging.dicom.header import (
    MAX_INFLATED_BYTES,
    Unusable,
    frames,
    number,
    read_header,
    refusing,
    text,
)

MAX_SAMPLES = 64_000_000
"""Most samples of a frame that are decoded: twice the largest mammogram, 4 s of JPEG 2000."""


def pixels(path: str | Path, *, index: int = 0) -> NDArray[Any]:
    """One decoded frame as it is stored: (rows, columns), or (rows, columns, 3) for colour.

    Grey values grow with brightness (MONOCHROME1 comes inverted); no window and no rescaling.
    Other frames are not read.

    Raises
    ------
    Unusable
        If there are no such pixels, they are cut off or claim to be too large, or the
        transfer syntax has no decoder here.
    """
    ds, source = _opened(Path(path), index)
    with refusing(f"the pixels ({_transfer_syntax(ds).name}) cannot be decoded"):
        array = pixel_array(source, index=index)
        if text(ds, "PhotometricInterpretation") == "PALETTE COLOR":
            array = apply_color_lut(array, ds)[..., :3]
        elif text(ds, "PhotometricInterpretation") == "MONOCHROME1":
            # pydicom inverts only where PresentationLUTShape says so, which old files leave out
            array = array.max() - (array.astype(np.int32) if array.dtype.kind == "i" else array)
        if array.ndim not in (2, 3) or 0 in array.shape:
            msg = f"the pixels have the unexpected shape {array.shape}"
            raise Unusable(msg)
        return np.asarray(array)


def each_frame(path: str | Path, indices: Sequence[int] | None = None) -> Iterator[NDArray[Any]]:
    """Frames as stored (all of them by default) in one pass: opening a long file for each is slow.

    They are decoded one by one, so iterate within `corr.imaging.dicom.header.refusing`.

    Raises
    ------
    Unusable
        As `pixels` does, before the first frame.
    """
    path = Path(path)
    last = max(indices) if indices else frames(read_header(path)) - 1
    _, source = _opened(path, last)
    return iter_pixels(source, indices=indices, raw=True)


def _opened(path: Path, last: int) -> tuple[Dataset, Path | Dataset]:
    """The header, and what pydicom decodes from, once all claims up to a frame are checked."""
    ds = read_header(path)
    with refusing("the claimed pixels make no sense"):
        syntax = _transfer_syntax(ds)
        _check_claims(ds, path, last, compressed=syntax.is_compressed or syntax.is_deflated)
        _check_decoder(syntax)
        if syntax in JPEGLSTransferSyntaxes:
            _check_ended(path)
    stated = ds.preamble and text(ds.file_meta, "TransferSyntaxUID") == syntax
    if stated and not syntax.is_deflated:
        return ds, path
    if path.stat().st_size > MAX_INFLATED_BYTES:  # pydicom reads this one whole
        msg = f"over {MAX_INFLATED_BYTES >> 20} MiB and deflated or without transfer syntax"
        raise Unusable(msg, fix="rewrite it as a conformant file")
    with refusing(f"the pixels ({syntax.name}) cannot be read"):
        whole = pydicom.dcmread(path, force=True)
        whole.file_meta.TransferSyntaxUID = syntax
        return ds, whole


def _check_claims(ds: Dataset, path: Path, index: int, *, compressed: bool) -> None:
    """Refuse frames that are absent, absurdly large or cut off, before anything is decoded."""
    rows, columns = (number(ds, k, low=1, high=65_535) for k in ("Rows", "Columns"))
    if rows is None or columns is None:
        msg = "the file has no image (no Rows and Columns)"
        raise Unusable(msg)
    samples = number(ds, "SamplesPerPixel", low=1, high=4) or 1
    if rows * columns * samples > MAX_SAMPLES:
        msg = f"the file claims {rows:.0f} x {columns:.0f} pixels in one frame"
        raise Unusable(msg, allowed=f"up to {MAX_SAMPLES:,} samples a frame")
    n = frames(ds)
    if not 0 <= index < n:
        msg = f"there is no frame {index}"
        raise Unusable(msg, allowed=f"0 to {n - 1}")
    bits = number(ds, "BitsAllocated", low=1, high=64) or 8
    needed = (index + 1) * rows * columns * samples * bits / 8
    if not (compressed or path.stat().st_size >= needed):
        msg = f"the pixels are cut off: {needed:.0f} bytes needed for frame {index}"
        raise Unusable(msg, fix="copy the file again")


def _check_ended(path: Path) -> None:
    """See that the last frame ends: CharLS spends seconds beyond the end of a stream cut off."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65_536))
        tail = file.read()
    here = tail[tail.rfind(b"\xe0\x7f\x10\x00") + 1 :]  # after Pixel Data begins, if it does here
    if b"\xfe\xff\xdd\xe0" not in here:  # end of the sequence of frames
        msg = "the pixels are cut off: the compressed frames have no end"
        raise Unusable(msg, fix="copy the file again")


def _transfer_syntax(ds: Dataset) -> UID:
    stated = text(getattr(ds, "file_meta", Dataset()), "TransferSyntaxUID")
    if stated:
        return UID(stated)
    implicit, little = ds.original_encoding
    if implicit:
        return pydicom.uid.ImplicitVRLittleEndian
    return pydicom.uid.ExplicitVRLittleEndian if little else pydicom.uid.ExplicitVRBigEndian


def _check_decoder(syntax: UID) -> None:
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        msg = f"no decoder for the transfer syntax {syntax.name}"
        raise Unusable(msg, fix="convert the file to JPEG 2000 or uncompressed") from None
    if not decoder.is_available:
        missing = " or ".join(decoder.missing_dependencies)
        msg = f"no decoder for {syntax.name} is installed"
        raise Unusable(msg, fix=f"install {missing}, or convert the file to JPEG 2000")
