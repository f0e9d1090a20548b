"""Breasts judged so far, on disk until their tables are written: a run that was stopped goes on.

One JSON line a breast. A line counts only for the same findings, constants and version of the
code; a line that a power cut left torn counts for nothing, and its breast is judged again.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any

from corr.exchange.tables import Rows
from corr.parameters import Parameters
from corr.records import Breast

SAVED_EVERY_S = 1.0
"""At most so much work is lost to a power cut; what only the process dies of costs nothing."""


class Journal:
    """What was judged with one table of constants; use it in a ``with`` block.

    Parameters
    ----------
    path : of the journal; read if there, then added to
    p : table of constants

    Raises
    ------
    OSError
        If the file cannot be read or written.
    """

    def __init__(self, path: Path, p: Parameters) -> None:
        self.path = path
        self._with = f"{_code()} {sorted(p.table.items())!r}"
        self._known = dict(_lines(path))
        self._file = path.open("a", encoding="utf-8")
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
        return self._known.get(self._key(breast))

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


def _lines(path: Path) -> list[tuple[str, dict[str, Rows]]]:
    if not path.exists():
        return []
    out = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            kept: dict[str, Any] = json.loads(line)
            rows = {name: [tuple(row) for row in some] for name, some in kept["rows"].items()}
            out.append((str(kept["key"]), rows))
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
    return out


@lru_cache(maxsize=1)
def _code() -> str:
    """What the code of this version of corr is, constants included."""
    root = Path(str(files("corr")))
    sources = sorted(path for end in ("py", "toml") for path in root.rglob(f"*.{end}"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()
