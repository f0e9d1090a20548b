"""The version of corr, for what says with which it was made."""

from __future__ import annotations

__version__ = "0.2.0"
