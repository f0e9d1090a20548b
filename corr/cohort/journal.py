"""Breasts judged so far, on disk until their tables are written: a run that was stopped goes on.

One JSON line a breast. A line counts only for the same findings, constants and code of the
judgement; one that is torn or damaged counts for nothing, and its breast is judged again. A run
holds its journal, so that no second one writes to the same folder.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np
import scipy

from corr.exchange.tables import HEADERS, Rows
from corr.parameters import Parameters
from corr.problems import CorrError
from corr.records import Breast

SAVED_EVERY_S = 1.0
"""At most so much work is lost to a power cut; what only the process dies of costs nothing."""
JUDGING = (
    *("records.py", "parameters.py", "parameters.toml", "plurals.py", "problems.py", "version.py"),
    *("anatomy", "exams", "judgement", "exchange"),
)
"""What of the package a judgement and its rows depend on, constants included."""
MOST_WHOLE = 1 << 53
COLUMNS = {name: len(columns) for name, columns in HEADERS.items() if name != "problems"}


class Journal:
    """What was judged with one table of constants; use it in a ``with`` block.

    Parameters
    ----------
    path : of the journal; read if there, then added to
    p : table of constants

    Attributes
    ----------
    damaged : lines that could not be used

    Raises
    ------
    CorrError
        If another run holds it.
    OSError
        If the file cannot be read or written.
    """

    def __init__(self, path: Path, p: Parameters) -> None:
        self.path = path
        self._with = f"{judging_code()} {sorted(p.table.items())!r}"
        self._file = _held(path)
        self.damaged = 0
        self._known: dict[str, int] = {}
        for at, key in _lines(path):
            if key is None:
                self.damaged += 1
            else:
                self._known[key] = at
        self._file.write("\n")  # the last line may be torn
        self._saved = time.monotonic()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def get(self, breast: Breast) -> dict[str, Rows] | None:
        """Rows of a breast that an earlier run judged, None if none did."""
        if (at := self._known.get(self._key(breast))) is None:
            return None
        with self.path.open("rb") as file:
            file.seek(at)
            found = _line(file.readline())
        return found[1] if found else None

    def holds(self, breast: Breast) -> bool:
        """Whether an earlier run judged a breast."""
        return self._key(breast) in self._known

    def add(self, breast: Breast, rows: dict[str, Rows]) -> None:
        """Keep the rows of a breast that is judged."""
        self._file.write(json.dumps({"key": self._key(breast), "rows": rows}) + "\n")
        self._file.flush()
        if time.monotonic() - self._saved > SAVED_EVERY_S:
            os.fsync(self._file.fileno())
            self._saved = time.monotonic()

    def remove(self) -> None:
        """Drop it: the tables are written."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _key(self, breast: Breast) -> str:
        return hashlib.sha256(f"{self._with} {breast!r}".encode()).hexdigest()


def _held(path: Path) -> IO[str]:
    """The journal, opened and taken; not one that the run before has just removed."""
    while True:
        file = path.open("a", encoding="utf-8")
        _hold(file, path)
        if _is_at(file, path):
            return file
        file.close()


def _is_at(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _hold(file: IO[str], path: Path) -> None:
    """Take the journal for this process, for as long as it lives."""
    try:
        import fcntl
    except ImportError:  # Windows lets nobody remove what another has open
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        msg = f"another run is writing to {path.parent}"
        raise CorrError(
            msg, fix="wait until it ends, or give this one a folder of its own"
        ) from None


def _lines(path: Path) -> Iterator[tuple[int, str | None]]:
    """Where each line that is not empty begins, and its key; None of one that cannot be used."""
    with path.open("rb") as file:
        at = 0
        for line in file:
            if line.strip():
                found = _line(line)
                yield at, found[0] if found else None
            at += len(line)


def _line(line: bytes) -> tuple[str, dict[str, Rows]] | None:
    """Key and rows of a line; None of one that cannot be used."""
    try:
        kept: dict[str, Any] = json.loads(line)
        rows = {name: [tuple(r) for r in some] for name, some in kept["rows"].items()}
        return (str(kept["key"]), rows) if _whole(rows) else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _whole(rows: dict[str, Rows]) -> bool:
    """Whether all tables are there, rows as long as their headers, cells as they were written."""
    return rows.keys() == COLUMNS.keys() and all(
        len(row) == COLUMNS[name] and all(map(_is_cell, row))
        for name, some in rows.items()
        for row in some
    )


def _is_cell(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return abs(value) < MOST_WHOLE
    return value is None or isinstance(value, str)


@lru_cache(maxsize=1)
def judging_code() -> str:
    """What the code of the judgement is, constants included, and the libraries it sums with."""
    root = Path(str(files("corr")))
    rooms = [root / name for name in JUDGING]
    found = {f for room in rooms for f in ([room] if room.is_file() else room.rglob("*.py"))}
    content = b"\0".join(path.read_bytes() for path in sorted(found))
    return hashlib.sha256(content + f"{np.__version__} {scipy.__version__}".encode()).hexdigest()
