"""The case explorer in a notebook."""

from __future__ import annotations

from corr.extras import needs

needs("explorer", "explorers")
