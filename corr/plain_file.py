"""Bytes of files that people name: a pipe or a device could block for ever, so it is refused."""

from __future__ import annotations

import errno
from pathlib import Path


def plain_bytes(path: str | Path) -> bytes:
    """The bytes of a plain file.

    Raises
    ------
    OSError
        If it cannot be read, or is a pipe, a device or a folder; ``strerror`` says which.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        why = "a folder" if path.is_dir() else "a pipe or device, save its content as a file"
        raise OSError(errno.EINVAL, why, str(path))
    return path.read_bytes()
