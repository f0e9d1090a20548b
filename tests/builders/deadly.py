"""A task for worker processes that ends its worker."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def deadly(what: int, once: str | None) -> int:
    """Of 5 the worker is killed: the first time, or always where ``once`` names no file."""
    if what == 5 and not (once and Path(once).exists()):
        if once:
            Path(once).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return what


def slow(what: int) -> int:
    """Ends long after everybody has lost patience."""
    time.sleep(600)
    return what
