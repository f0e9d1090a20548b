"""Safe access to DICOM files: the one place that opens them.

Any file may be broken, cut off or not DICOM at all. What cannot be used raises `Unusable` with
the reason; a single value that cannot be read is absent (``None``, ``""`` or ``[]``), never an
exception. Pixels are decoded in `corr.imaging.dicom.pixels`.
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
from functools import cache
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag, Tag
from pydicom.uid import DeflatedExplicitVRLittleEndian, MediaStorageDirectoryStorage

from corr.problems import CorrError

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


class Unusable(CorrError):
    """Why an image, or a file that marks something on one, cannot be used."""

    EVERYWHERE = "the file"
    ALLOWED = "a file that keeps to the standard of its format"
    FIX = "export or copy it again from where it came from"


@dataclass(frozen=True)
class Fact:
    """A value and what is to be said about it."""

    value: Any
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
    with refusing("the header cannot be read"):
        check_file(path)
        _check_deflated(path)
        try:
            ds = _before_pixels(path)
        except InvalidDicomError:
            ds = _before_pixels(path, force=True)
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


def _before_pixels(path: Path, *, force: bool = False) -> Dataset:
    """All before the pixels; ``pixels_begin`` is where in the file they do."""
    with path.open("rb") as file:
        ds = pydicom.dcmread(file, stop_before_pixels=True, defer_size=_DEFER, force=force)
        meta = getattr(ds, "file_meta", None)
        deflated = meta is not None and meta.get("TransferSyntaxUID", "") == (
            DeflatedExplicitVRLittleEndian
        )
        ds.pixels_begin = None if deflated else file.tell()
    return ds


def check_file(path: Path) -> None:
    """Refuse what is no plain file: a pipe or a device would block for ever."""
    if not path.is_file():
        msg = "this is a folder" if path.is_dir() else "there is no such file"
        raise Unusable(msg, allowed="a file", fix="correct the path")


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


def tag(ds: Dataset, keyword: str) -> int | None:
    """The tag that a value names; None if it names none."""
    value = _value(ds, keyword)
    return int(value) if isinstance(value, int) else None


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


def first_groups(ds: Dataset) -> list[Dataset]:
    """Functional groups that hold for every frame, and those of the first frame."""
    keywords = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
    return [group for keyword in keywords for group in items(ds, keyword)[:1]]


def laterality(ds: Dataset) -> Fact:
    """Side a file says it shows: L, R, B (both) or None.

    Asked in this order: ImageLaterality, FrameLaterality of the functional groups, Laterality,
    coded anatomic region. Tags that contradict one another give None.
    """
    found = list(_lateralities(ds))
    said = {side for _, side in found}
    if not said:
        return Fact(None, ("no tag says which side this is",))
    if len(said) > 1:
        words = ", ".join(f"{tag} {side}" for tag, side in found)
        return Fact(None, (f"the tags contradict one another on the side: {words}",))
    return Fact(said.pop())


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """Turn anything a library throws at a broken file into `Unusable`; silence its warnings."""
    try:
        with _quiet():
            yield
    except Unusable:
        raise
    except _BROKEN as error:
        said = " ".join(str(error).split())[:200]
        msg = f"{what}: {type(error).__name__}{f': {said!r}' if said else ''}"  # may name somebody
        raise Unusable(msg) from error


def check_size(path: Path, most_bytes: int) -> None:
    """Refuse a text file that is too large to be one of marks.

    Raises
    ------
    Unusable
        If it is larger than ``most_bytes``.
    """
    if (size := path.stat().st_size) > most_bytes:
        msg = f"a {path.suffix.lstrip('.').upper()} file of {size >> 20} MiB"
        raise Unusable(msg, allowed=f"up to {most_bytes >> 20} MiB")


def _value(ds: Dataset, keyword: str) -> Any:
    try:
        tag = _tag_of(keyword)
        if tag not in ds:
            return None
        with _quiet():
            return ds[tag].value
    except _BROKEN:
        return None


@cache
def _tag_of(keyword: str) -> BaseTag:
    return Tag(keyword)


@contextmanager
def _quiet() -> Iterator[None]:
    """No warnings and no log: pydicom's quote the values they complain of, names included."""
    before = _LOGGER.disabled
    _LOGGER.disabled = True  # a level would clear the caches of all loggers
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        _LOGGER.disabled = before


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


def _lateralities(ds: Dataset) -> Iterator[tuple[str, str]]:
    """Every tag that names a side, best first, with what it says."""
    anatomy = [a for group in first_groups(ds) for a in items(group, "FrameAnatomySequence")[:1]]
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
