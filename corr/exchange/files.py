"""Files that are either whole or not there."""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_hex


def write_whole(path: Path, text: str) -> Path:
    """Write UTF-8 beside the old file, then swap: a reader never sees half of it.

    Who may read it is what the user's umask says, as for any file.
    """
    part = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        with part.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return path
