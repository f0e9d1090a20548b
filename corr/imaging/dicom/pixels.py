"""Decoded pixels of DICOM files, frame by frame, as they are meant.

What a file claims is checked first (`corr.imaging.dicom.claims`). Colour comes as red, green and
blue of 8 bits, whatever the file stores; grey values without the overlays that old files keep in
their unused high bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import iter_pixels, pixel_array
from pydicom.uid import UID, RLELossless

from corr.imaging.dicom.claims import (
    check_claims,
    first_frame_fits,
    halved_colour,
    pixel_bytes,
)
from corr.imaging.dicom.header import (
    MAX_INFLATED_BYTES,
    Unusable,
    frames,
    number,
    read_header,
    refusing,
    text,
)

_AS_STORED: dict[str, Any] = {"correct_unused_bits": False}
"""pydicom cuts off high bits whatever is in them."""
_OVERLAYS = range(0x6000, 0x6020, 2)


def check_pixels(ds: Dataset, path: Path, last: int = 0) -> None:
    """See that frames up to one are there; the first is decoded if it may not be decodable.

    Parameters
    ----------
    ds : its header, from `corr.imaging.dicom.header.read_header`

    Raises
    ------
    Unusable
        As `pixels`.
    """
    check_claims(ds, path, last)
    if not first_frame_fits(ds, path):
        pixels(path)


def pixels(path: str | Path, *, index: int = 0) -> NDArray[Any]:
    """One decoded frame: (rows, columns), or (rows, columns, 3) of 8 bits for colour.

    Grey values grow with brightness (MONOCHROME1 comes inverted); no window and no rescaling.
    Other frames are not read.

    Raises
    ------
    Unusable
        If there are no such pixels, they are cut off or claim to be too large, or the
        transfer syntax has no decoder here.
    """
    ds, source, syntax = _opened(Path(path), index)
    kind = text(ds, "PhotometricInterpretation")
    with refusing(f"the pixels ({syntax.name}) cannot be decoded"):
        array = pixel_array(source, index=index, **_AS_STORED, **_mended(ds, Path(path), syntax))
        bits = int(number(ds, "BitsStored", low=1, high=64) or 8)
        if kind == "PALETTE COLOR":
            array = apply_color_lut(array, ds)[..., :3]
            bits = 8 * array.dtype.itemsize
        if array.ndim not in (2, 3) or 0 in array.shape:
            msg = f"the pixels have the unexpected shape {array.shape}"
            raise Unusable(msg)
        if array.ndim == 3:
            return _of_8_bits(array, bits)
        array = _stored(array, ds, syntax)
        if kind == "MONOCHROME1":
            # pydicom inverts only where PresentationLUTShape says so, which old files leave out
            array = array.max() - (array.astype(np.int32) if array.dtype.kind == "i" else array)
        return array


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
    ds, source, syntax = _opened(path, last)
    found = iter_pixels(source, indices=indices, raw=True, **_AS_STORED)
    return (_stored(array, ds, syntax) if array.ndim == 2 else array for array in found)


def _stored(array: NDArray[Any], ds: Dataset, syntax: UID) -> NDArray[Any]:
    """Grey values of the bits stated, in the byte order of this machine; negative ones with sign.

    High bits are cut off only where the file says that an overlay is in them, or values fit the
    bits stated: some files state too few.
    """
    array = np.asarray(array).astype(array.dtype.newbyteorder("="), copy=False)
    held = 8 * array.dtype.itemsize
    stored = int(number(ds, "BitsStored", low=1, high=held) or held)
    high = int(number(ds, "HighBit", low=stored - 1, high=held - 1) or stored - 1)
    own_precision = syntax.is_compressed and syntax != RLELossless
    if array.dtype.kind not in "iu" or stored == held or own_precision:
        return array
    if high == stored - 1 and not _overlaid(ds, held):
        fits = array.min() >= -(1 << high) and array.max() < 1 << stored
        if array.dtype.kind == "u" or not fits:
            return array
    return array << (held - 1 - high) >> (held - stored)


def _overlaid(ds: Dataset, held: int) -> bool:
    """Whether an overlay is stated to lie in bits of the pixels: as many allocated, no data."""
    planes = [(ds.get((g, 0x0100)), (g, 0x3000) in ds) for g in _OVERLAYS]
    return any(bits is not None and bits.value == held and not apart for bits, apart in planes)


def _of_8_bits(array: NDArray[Any], stored: int) -> NDArray[Any]:
    """Colours of 8 bits; wider ones, as palettes have, by their upper bits."""
    return (array >> stored - 8).astype(np.uint8) if stored > 8 else np.asarray(array)


def _mended(ds: Dataset, path: Path, syntax: UID) -> dict[str, Any]:
    """What pydicom is told in the header's place: colour said to be halved that is stored whole."""
    if syntax.is_compressed or syntax.is_deflated or not halved_colour(ds):
        return {}
    rows, columns = (int(number(ds, k, low=1, high=65_535) or 0) for k in ("Rows", "Columns"))
    whole = pixel_bytes(ds, path) >= 3 * rows * columns * frames(ds)
    return {"photometric_interpretation": "YBR_FULL"} if whole else {}


def _opened(path: Path, last: int) -> tuple[Dataset, Path | Dataset, UID]:
    """The header, what pydicom decodes from, and how it is encoded, once all claims are checked."""
    ds = read_header(path)
    syntax = check_claims(ds, path, last)
    first_frame_fits(ds, path)
    stated = ds.preamble and text(ds.file_meta, "TransferSyntaxUID") == syntax
    if stated and not syntax.is_deflated:
        return ds, path, syntax
    if path.stat().st_size > MAX_INFLATED_BYTES:  # pydicom reads this one whole
        msg = f"over {MAX_INFLATED_BYTES >> 20} MiB and deflated or without transfer syntax"
        raise Unusable(msg, fix="rewrite it as a conformant file")
    with refusing(f"the pixels ({syntax.name}) cannot be read"):
        whole = pydicom.dcmread(path, force=True)
        whole.file_meta.TransferSyntaxUID = syntax
        return ds, whole, syntax
