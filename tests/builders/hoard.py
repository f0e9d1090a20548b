"""A task for worker processes that import nothing for it."""

from __future__ import annotations

import os
import time

_KEPT: list[bytes] = []


def hoard(size_mb: int) -> int:
    """Memory that is never given back; joblib looks at it once a second."""
    _KEPT.append(b"x" * (size_mb * 1_000_000))  # written, else it takes none
    time.sleep(0.5)
    return os.getpid()
