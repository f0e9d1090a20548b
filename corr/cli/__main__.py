"""``python -m corr.cli``."""

from __future__ import annotations

from corr.cli import app

app()
