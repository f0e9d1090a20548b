"""Safe access to DICOM files: the one place that opens them.

Any file may be broken, cut off or not DICOM at all. What cannot be used raises `Unusable` with
the reason; a single value that cannot be read is absent (``None``, ``""`` or ``[]``), never an
exception. Nothing here loads more than one frame or trusts a claimed size before checking it.
"""

from __future__ import annotations

import logging
import math
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.multival import MultiValue
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, MediaStorageDirectoryStorage

MAX_SAMPLES = 64_000_000
"""Most samples of a frame that are decoded: twice the largest mammogram, 4 s of JPEG 2000."""
MAX_INFLATED_BYTES = 256 * 2**20
_DEFER = 1024 * 1024  # larger values stay in the file until asked for

_LOGGER = logging.getLogger("pydicom")

_BROKEN = (
    *(ArithmeticError, AssertionError, AttributeError, EOFError, ImportError, LookupError),
    *(MemoryError, OSError, RuntimeError, TypeError, ValueError, struct.error, zlib.error),
    InvalidDicomError,
    BytesLengthException,
)
"""What pydicom and its plug-ins throw at broken files (RecursionError, NotImplementedError are
RuntimeErrors; UnicodeError is a ValueError)."""

_RIGHT = frozenset({"73056007", "T-04020", "24028007", "G-A100"})
_LEFT = frozenset({"80248007", "T-04030", "7771000", "G-A101"})
_BOTH = frozenset({"63762007", "T-04080", "51440002", "G-A102"})


class Unusable(Exception):
    """Why a file cannot be used, what would have been allowed and how to mend it: one line."""

    def __init__(self, reason: str, *, allowed: str = "", fix: str = "") -> None:
        parts = (reason, f"allowed: {allowed}" if allowed else "", f"fix: {fix}" if fix else "")
        super().__init__("; ".join(" ".join(p.split()) for p in parts if p))
        self.reason = reason
        self.allowed = allowed
        self.fix = fix


@dataclass(frozen=True)
class Fact:
    """A value, where it was read and what is to be said about it."""

    value: Any
    source: str
    notes: tuple[str, ...] = ()


def read_header(path: str | Path) -> Dataset:
    """Everything of a DICOM file but its pixels, in constant memory.

    Values above 1 MiB stay in the file until they are asked for.

    Raises
    ------
    Unusable
        If the file cannot be opened, is not DICOM (no preamble and no Modality and SOP class),
        is a DICOMDIR, or is broken.
    """
    path = Path(path)
    with _refusing("the header cannot be read"):
        _check_deflated(path)
        try:
            ds = pydicom.dcmread(path, stop_before_pixels=True, defer_size=_DEFER)
        except InvalidDicomError:
            ds = pydicom.dcmread(path, stop_before_pixels=True, defer_size=_DEFER, force=True)
            if not (text(ds, "Modality") and text(ds, "SOPClassUID")):
                msg = "not a DICOM file (no preamble, no Modality, no SOP class)"
                raise Unusable(msg, allowed="DICOM files") from None
        meta = getattr(ds, "file_meta", None)
        if meta is not None and text(meta, "MediaStorageSOPClassUID") == (
            MediaStorageDirectoryStorage
        ):
            msg = "a DICOMDIR lists other files and holds no image"
            raise Unusable(msg, fix="give the files it lists")
        return ds


def text(ds: Dataset, keyword: str) -> str:
    """Value as printable text, several values joined by a backslash; empty if absent."""
    value = _value(ds, keyword)
    if value is None or isinstance(value, (bytes, bytearray, memoryview)):
        return ""
    try:
        several = isinstance(value, (MultiValue, list, tuple))
        joined = "\\".join(str(v) for v in value) if several else str(value)
    except _BROKEN:
        return ""
    return "".join(c for c in joined[:10_000] if c.isprintable()).strip()


def number(ds: Dataset, keyword: str, *, low: float, high: float) -> float | None:
    """The one finite number of a value if it lies in [low, high]; else None."""
    found = numbers(ds, keyword, 1, low=low, high=high)
    return found[0] if found else None


def numbers(
    ds: Dataset, keyword: str, count: int, *, low: float, high: float
) -> tuple[float, ...] | None:
    """Exactly ``count`` finite numbers, all in [low, high]; else None ("0,094" is no number)."""
    value = _value(ds, keyword)
    several = isinstance(value, (MultiValue, list, tuple))
    try:
        found = tuple(float(v) for v in (value if several else (value,)))
    except _BROKEN:
        return None
    good = len(found) == count and all(math.isfinite(v) and low <= v <= high for v in found)
    return found if good else None


def items(ds: Dataset, keyword: str) -> list[Dataset]:
    """Items of a sequence; an empty list if it is absent or not a sequence."""
    value = _value(ds, keyword)
    try:
        found = list(value) if isinstance(value, pydicom.Sequence) else []
    except _BROKEN:
        return []
    return [item for item in found if isinstance(item, Dataset)]


def codes(ds: Dataset, keyword: str) -> list[str]:
    """Code values of a code sequence, in order."""
    return [c for c in (text(item, "CodeValue") for item in items(ds, keyword)) if c]


def frames(ds: Dataset) -> int:
    """How many frames the file claims (1 if it does not say)."""
    return int(number(ds, "NumberOfFrames", low=1, high=1e6) or 1)


def laterality(ds: Dataset) -> Fact:
    """Side a file says it shows: L, R, B (both) or None, with the tag it comes from.

    Asked in this order: ImageLaterality, FrameLaterality of the shared functional groups,
    Laterality, coded anatomic region. Tags that contradict one another give None.
    """
    found = list(_lateralities(ds))
    said = {side for _, side in found}
    if not said:
        return Fact(None, "", ("no tag says which side this is",))
    if len(said) > 1:
        words = ", ".join(f"{tag} {side}" for tag, side in found)
        return Fact(None, "", (f"the tags contradict one another on the side: {words}",))
    return Fact(said.pop(), found[0][0])


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
    path = Path(path)
    ds = read_header(path)
    with _refusing("the claimed pixels make no sense"):
        syntax = _transfer_syntax(ds)
        name = syntax.name
        _check_claims(ds, path, index, compressed=syntax.is_compressed)
    with _refusing(f"the pixels ({name}) cannot be decoded"):
        _check_decoder(syntax)
        plain = ds.preamble and text(ds.file_meta, "TransferSyntaxUID") == syntax
        if plain:
            array = pixel_array(path, index=index)
        else:  # pydicom reads single frames of conformant files only
            if path.stat().st_size > MAX_INFLATED_BYTES:
                msg = "a large file without DICOM preamble or transfer syntax"
                raise Unusable(msg, fix="rewrite it as a conformant file")
            whole = pydicom.dcmread(path, force=True)
            whole.file_meta.TransferSyntaxUID = syntax
            array = pixel_array(whole, index=index)
        if text(ds, "PhotometricInterpretation") == "PALETTE COLOR":
            array = apply_color_lut(array, ds)[..., :3]
        elif text(ds, "PhotometricInterpretation") == "MONOCHROME1":
            # pydicom inverts only where PresentationLUTShape says so, which old files leave out
            array = array.max() - (array.astype(np.int32) if array.dtype.kind == "i" else array)
        if array.ndim not in (2, 3) or 0 in array.shape:
            msg = f"the pixels have the unexpected shape {array.shape}"
            raise Unusable(msg)
        return np.asarray(array)


def _value(ds: Dataset, keyword: str) -> Any:
    try:
        with _quiet():
            return ds[keyword].value if keyword in ds else None
    except _BROKEN:
        return None


@contextmanager
def _quiet() -> Iterator[None]:
    """No warnings and no log: pydicom's quote the values they complain of, names included."""
    level = _LOGGER.level
    _LOGGER.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        _LOGGER.setLevel(level)


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    """Turn anything a library throws at a broken file into `Unusable`; silence its warnings."""
    try:
        with _quiet():
            yield
    except Unusable:
        raise
    except _BROKEN as error:
        said = " ".join(str(error).split())[:200]
        msg = f"{what}: {type(error).__name__}{': ' + said if said else ''}"
        raise Unusable(msg) from error


def _check_deflated(path: Path) -> None:
    """A deflated file is inflated whole by pydicom: see first, in pieces, how large that is."""
    try:
        meta = pydicom.filereader.read_file_meta_info(path)
    except _BROKEN:
        return
    if text(meta, "TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return
    start = 144 + int(number(meta, "FileMetaInformationGroupLength", low=0, high=1e6) or 0)
    inflater, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    with path.open("rb") as file:
        file.seek(start)
        while not inflater.eof and (chunk := inflater.unconsumed_tail or file.read(65536)):
            size += len(inflater.decompress(chunk, 1 << 20))
            if size > MAX_INFLATED_BYTES:
                msg = f"the deflated file grows beyond {MAX_INFLATED_BYTES >> 20} MiB"
                raise Unusable(msg, fix="store it uncompressed or as JPEG 2000")


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


def _lateralities(ds: Dataset) -> Iterator[tuple[str, str]]:
    """Every tag that names a side, best first, with what it says."""
    shared = items(ds, "SharedFunctionalGroupsSequence")[:1]
    anatomy = [a for group in shared for a in items(group, "FrameAnatomySequence")[:1]]
    for where, tag in ((ds, "ImageLaterality"), *((a, "FrameLaterality") for a in anatomy)):
        if (side := text(where, tag).upper()) in ("L", "R", "B"):
            yield tag, side
    if (side := text(ds, "Laterality").upper()) in ("L", "R", "B"):
        yield "Laterality", side
    for where in (ds, *anatomy):
        for region in items(where, "AnatomicRegionSequence")[:1]:
            coded = {*codes(where, "AnatomicRegionSequence")[:1]}
            coded.update(codes(region, "AnatomicRegionModifierSequence"))
            for side, known in (("R", _RIGHT), ("L", _LEFT), ("B", _BOTH)):
                if coded & known:
                    yield "AnatomicRegionSequence", side
