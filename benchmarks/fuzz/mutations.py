"""Ways to break a file: cut, flipped and repeated bytes, absurd tags, false claims of size.

Every function takes the bytes of a valid file and a random generator and gives broken bytes.
"""

from __future__ import annotations

import gzip
import io
import json
import struct
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pydicom
from pydicom import config
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import UID

Random = np.random.Generator
Mutation = Callable[[bytes, Random], bytes]

_NUMBERS = (0, -1, 1, 255, 65535, 65536, 2**31 - 1, 2**32 - 1, 1e308, 1e-308, float("nan"), 0.5)
_TEXTS = (
    "", " ", "0,094", "nan", "inf", "-1e9999", "\\", "1\\2\\3\\4\\5\\6\\7", "x" * 5000,
    "\x00\x1b$B", "Müller^Ö", "L", "R", "B", "MLO", "FLATFIELD", "9999999999999999999",
    "0x10", "1.2.3",
)  # fmt: skip
_VRS = ("UT", "DS", "IS", "US", "FD", "SQ", "OB", "UI", "CS", "SL", "PN", "DA", "AT", "UN")
_SIZES = (
    "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "BitsAllocated", "BitsStored",
    "HighBit", "PixelRepresentation", "PlanarConfiguration", "RegionLocationMaxX1",
    "NumberOfContourPoints", "NumberOfGraphicPoints",
)  # fmt: skip
_SYNTAXES = (
    "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.103", "1.2.3.4",
)  # fmt: skip


# --- any file ---------------------------------------------------------------------------------


def truncate(data: bytes, rng: Random) -> bytes:
    """Cut off anywhere; half the time within the first kilobytes."""
    most = len(data) if rng.random() < 0.5 else min(len(data), 3000)
    return data[: int(rng.integers(0, most + 1))]


def flip(data: bytes, rng: Random) -> bytes:
    """Change up to 30 bytes, half the time near the start."""
    broken = bytearray(data)
    most = len(data) if rng.random() < 0.5 else min(len(data), 2500)
    for place in rng.integers(0, max(most, 1), int(rng.integers(1, 31))):
        if place < len(broken):
            broken[place] = int(rng.integers(0, 256))
    return bytes(broken)


def splice(data: bytes, rng: Random) -> bytes:
    """Delete, repeat, blank or insert a piece."""
    a, b = sorted(int(v) for v in rng.integers(0, len(data) + 1, 2))
    b = min(b, a + int(rng.integers(1, 2000)))
    piece = (b"", data[a:b] * 2, bytes(b - a), rng.bytes(int(rng.integers(1, 500))) + data[a:b])
    return data[:a] + piece[int(rng.integers(0, len(piece)))] + data[b:]


def noise(data: bytes, rng: Random) -> bytes:
    """Random bytes behind a valid beginning of random length."""
    return data[: int(rng.integers(0, 400))] + rng.bytes(int(rng.integers(0, 4000)))


# --- DICOM ------------------------------------------------------------------------------------


def _parsed(data: bytes) -> Dataset:
    return pydicom.dcmread(io.BytesIO(data), force=True)


def _encoded(ds: Dataset) -> bytes:
    _open_ended(ds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config.settings.writing_validation_mode = config.IGNORE
        held = io.BytesIO()
        ds.save_as(held, enforce_file_format=True)
    return held.getvalue()


def _open_ended(ds: Dataset) -> None:
    """Write sequences without lengths, so that a changed value does not break what is around it."""
    for element in ds:
        if element.VR == "SQ":
            element.is_undefined_length = True
            for item in element.value:
                item.is_undefined_length_sequence_item = True
                _open_ended(item)


def _elements(ds: Dataset, depth: int = 0) -> Iterator[tuple[Dataset, DataElement]]:
    for element in list(ds):
        yield ds, element
        if element.VR == "SQ" and depth < 8:
            for item in element.value:
                yield from _elements(item, depth + 1)


def _some(ds: Dataset, rng: Random) -> tuple[Dataset, DataElement]:
    """A random element, with every tag of the whole object equally likely."""
    found = list(_elements(ds))
    return found[int(rng.integers(0, len(found)))]


def _pick(values: Any, rng: Random) -> Any:
    return values[int(rng.integers(0, len(values)))]


def remove_tags(data: bytes, rng: Random) -> bytes:
    """Take out one to five elements."""
    ds = _parsed(data)
    for _ in range(int(rng.integers(1, 6))):
        where, element = _some(ds, rng)
        where.pop(element.tag, None)
    return _encoded(ds)


def absurd_values(data: bytes, rng: Random) -> bytes:
    """Write values that no such tag can have, in the file's bytes: the rest stays valid."""
    ds = _parsed(data)
    changes = [_some(ds, rng)[1] for _ in range(int(rng.integers(1, 4)))]
    raw = _encoded(ds)
    for element in changes:
        if element.VR in _BINARY:
            value = _as(_BINARY[element.VR], _pick(_NUMBERS, rng)) * int(rng.integers(0, 4))
        else:
            value = str(_pick(_TEXTS, rng)).encode("utf-8")
        raw = _with_value(raw, element, value)
    return raw


_BINARY = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d", "AT": "H"}
_LONG = ("OB", "OW", "OD", "OF", "OL", "OV", "SQ", "UC", "UN", "UR", "UT", "SV", "UV")


def _as(code: str, value: float) -> bytes:
    """A number in a binary form, whatever does not fit being wrapped."""
    if code in "fd":
        return struct.pack("<" + code, value if abs(value) < 1e38 or code == "d" else np.inf)
    whole = int(value) if np.isfinite(value) and abs(value) < 2**63 else 2**31 - 1
    size = struct.calcsize("<" + code)
    return (whole % 2 ** (8 * size)).to_bytes(size, "little")


def _with_value(raw: bytes, element: DataElement, value: bytes) -> bytes:
    """The first explicit little-endian element of this tag, with other bytes as its value."""
    tag = struct.pack("<HH", element.tag.group, element.tag.element) + element.VR.encode()
    at = raw.find(tag)
    if at < 0 or element.VR == "SQ":
        return raw
    value += b"\x00" * (len(value) % 2)
    long = element.VR in _LONG
    start = at + (12 if long else 8)
    length = int.from_bytes(raw[start - (4 if long else 2) : start], "little")
    size = len(value).to_bytes(4 if long else 2, "little")
    return raw[: start - len(size)] + size + value + raw[start + length :]


def wrong_vr(data: bytes, rng: Random) -> bytes:
    """Give an element another value representation, its bytes unchanged."""
    ds = _parsed(data)
    raw = bytearray(_encoded(ds))
    for _ in range(int(rng.integers(1, 4))):
        _, element = _some(ds, rng)
        old = struct.pack("<HH", element.tag.group, element.tag.element) + element.VR.encode()
        at = raw.find(old)
        if at >= 0:
            raw[at + 4 : at + 6] = str(_pick(_VRS, rng)).encode()
    return bytes(raw)


def repeat_tag(data: bytes, rng: Random) -> bytes:
    """Write an element a second time, out of order, at the start or the end."""
    ds = _parsed(data)
    _, element = _some(ds, rng)
    held = DicomBytesIO()
    held.is_little_endian, held.is_implicit_VR = True, False
    single = Dataset()
    single.add(element)
    write_dataset(held, single)
    start = 144 + struct.unpack("<I", data[140:144])[0]
    piece = held.getvalue() * int(rng.integers(1, 4))
    at = start if rng.random() < 0.5 else len(data)
    return data[:at] + piece + data[at:]


def huge_claims(data: bytes, rng: Random) -> bytes:
    """Claim sizes that the file does not hold."""
    ds = _parsed(data)
    for name in rng.permutation(_SIZES)[: int(rng.integers(1, 5))]:
        where = ds
        for inner, element in _elements(ds):
            if element.keyword == name:
                where = inner
        value = int(_pick((0, 1, 3, 7, 60_000, 65_535), rng))
        if name in ("NumberOfFrames", "NumberOfContourPoints"):
            value = int(_pick((0, 10, 100_000, 2**31 - 1), rng))
        setattr(where, str(name), value)
    return _encoded(ds)


def other_syntax(data: bytes, rng: Random) -> bytes:
    """Say another transfer syntax than the bytes have."""
    ds = _parsed(data)
    old = str(ds.file_meta.TransferSyntaxUID).encode()
    new = UID(_pick(_SYNTAXES, rng)).encode()
    at = data.find(old)
    padded = new[: len(old) + len(old) % 2].ljust(len(old) + len(old) % 2, b"\x00")
    return data[:at] + padded + data[at + len(padded) :]


def nested(data: bytes, rng: Random) -> bytes:
    """Nest sequences up to thousands deep."""
    depth = int(_pick((5, 70, 400, 3000), rng))
    group, element = _pick(((0x0040, 0xA730), (0x0008, 0x1140), (0x0018, 0x6011)), rng)
    opening = (
        struct.pack("<HH", group, element)
        + b"SQ\x00\x00\xff\xff\xff\xff"
        + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    )
    closing = b"\xfe\xff\x0d\xe0\x00\x00\x00\x00" + b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"
    ds = _parsed(data)
    for keyword in ("PixelData", "ContentSequence"):
        if keyword in ds and rng.random() < 0.5:
            delattr(ds, keyword)
    return _encoded(ds) + opening * depth + closing * (depth if rng.random() < 0.7 else 0)


# --- other formats ----------------------------------------------------------------------------


def broken_nifti(data: bytes, rng: Random) -> bytes:
    """Change fields of a NIfTI-1 header: dimensions, type, scaling, offset, affine."""
    packed = data[:2] == b"\x1f\x8b"
    raw = bytearray(gzip.decompress(data) if packed else data)
    for _ in range(int(rng.integers(1, 5))):
        field = int(rng.integers(0, 6))
        if field == 0:
            at = 40 + 2 * int(rng.integers(0, 8))
            raw[at : at + 2] = struct.pack("<h", int(_pick((0, -1, 3, 7, 2000, 32767), rng)))
        elif field == 1:
            raw[70:72] = struct.pack("<h", int(_pick((0, 1, 4, 16, 32, 64, 128, 1536, 9), rng)))
        elif field == 2:
            at = int(_pick((76, 80, 84, 108, 112, 116), rng))
            raw[at : at + 4] = struct.pack("<f", _pick((0, -1, 1e30, np.nan, np.inf, 1e-30), rng))
        elif field == 3:
            at = 280 + 4 * int(rng.integers(0, 12))
            raw[at : at + 4] = struct.pack("<f", _pick((0, 1e30, np.nan, -np.inf), rng))
        elif field == 4:
            at = int(_pick((252, 254), rng))
            raw[at : at + 2] = struct.pack("<h", int(_pick((0, -5, 1, 4, 999), rng)))
        else:
            raw = bytearray(flip(bytes(raw), rng))
    return gzip.compress(bytes(raw), mtime=0) if packed else bytes(raw)


def broken_json(data: bytes, rng: Random) -> bytes:
    """Replace a value somewhere in a JSON file, or nest it thousands deep."""
    content = json.loads(data)
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        pairs = node.items() if isinstance(node, dict) else enumerate(node)
        for name, value in list(pairs):
            places.append((node, name))
            if isinstance(value, (dict, list)):
                walk(value)

    walk(content)
    values: tuple[Any, ...] = (
        None,
        True,
        [],
        {},
        "",
        "x" * 9000,
        -1,
        1e308,
        float("nan"),
        10**400,
        [[]],
        {"a": 1},
    )
    for _ in range(int(rng.integers(1, 4))):
        node, name = _pick(places, rng)
        node[name] = _pick(values, rng)
    text = json.dumps(content)
    if rng.random() < 0.1:
        depth = int(_pick((50, 2000, 200_000), rng))
        text = text[:-1] + ', "deep": ' + "[" * depth + "]" * depth + "}"
    return text.encode("utf-8" if rng.random() < 0.9 else "utf-16")


def broken_table(data: bytes, rng: Random) -> bytes:
    """Replace cells, separators, quotes and line ends of a CSV file."""
    rows = [line.split(b",") for line in data.splitlines()]
    for _ in range(int(rng.integers(1, 6))):
        row = _pick(rows, rng)
        text = str(_pick((*_TEXTS, '"', '"a', "a\nb", "1e999", "row", "outline"), rng))
        row[int(rng.integers(0, len(row)))] = text.encode("utf-8")
    ends = (b"\n", b"\r\n", b"\r", b"\n\n", b"\x00\n")
    separator = _pick((b",", b",", b",", b";", b"\t"), rng)
    return bytes(_pick(ends, rng).join(separator.join(row) for row in rows))


ANY: tuple[Mutation, ...] = (truncate, flip, splice, noise)
BY_SUFFIX: dict[str, tuple[Mutation, ...]] = {
    ".dcm": (
        remove_tags, absurd_values, absurd_values, wrong_vr, repeat_tag, huge_claims, huge_claims,
        other_syntax, nested, *ANY,
    ),
    ".nii": (broken_nifti, broken_nifti, broken_nifti, *ANY),
    ".gz": (broken_nifti, broken_nifti, broken_nifti, *ANY),
    ".json": (broken_json, broken_json, broken_json, *ANY),
    ".csv": (broken_table, broken_table, broken_table, *ANY),
}  # fmt: skip


def mutate(data: bytes, suffix: str, rng: Random) -> tuple[str, bytes]:
    """Name of a random mutation and the broken bytes; a second one follows now and then."""
    mutation = _pick(BY_SUFFIX.get(suffix, ANY), rng)
    name = mutation.__name__
    try:
        broken = mutation(data, rng)
    except (ValueError, TypeError, OverflowError, AttributeError, OSError, struct.error):
        name, broken = "flip", flip(data, rng)  # what cannot be written cannot be sent either
    if rng.random() < 0.15:
        broken = _pick(ANY, rng)(broken, rng)
    return name, broken
