"""Files that are either whole or not there, under names that any file system takes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO
from zlib import crc32

from corr.problems import CorrError

MOST_BYTES = 90
"""Of a file's name without endings; some file systems take no more than 143 in all."""


def file_stem(name: str) -> str:
    """A name as a file name: letters, digits, dot, dash and underscore only, and not too long.

    A name that has others or is longer gets a checksum, so that no two names share a file.

    >>> file_stem("a-b.7"), file_stem("a/b 7")
    ('a-b.7', 'a_b_7-fc4b886b')
    """
    safe = re.sub(r"[^\w.-]", "_", name).strip(".") or "case"
    safe = safe.encode("utf-8", "replace")[:MOST_BYTES].decode("utf-8", "ignore")
    return safe if safe == name else f"{safe}-{crc32(name.encode('utf-8', 'replace')):08x}"


def write_whole(path: Path, content: str | bytes) -> Path:
    """Write bytes or UTF-8 beside the old file, then swap: a reader never sees half of it.

    Raises
    ------
    OSError
        If it cannot be written; the old file, if there was one, is as it was.

    Who may read it is what the user's umask says, as for any file.
    """
    with whole_file(path) as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)
    return path


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """As `write_whole`, for what is written in parts; it is there when the block has ended."""
    part = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def unwritten(paths: Iterable[Path]) -> None:
    """Refuse files that are there already: what was exported is never written over.

    Raises
    ------
    CorrError
        That names the first of them.
    """
    for path in paths:
        if os.path.lexists(path):
            msg = "is there already, and what was exported is not written over"
            raise CorrError(
                msg, where=str(path), allowed="a new folder", fix="name another folder, or move it"
            )
