"""The `text` column: report sentences, read only where columns are empty."""

from __future__ import annotations

from corr.tables.draft import Draft


def fill_from_text(draft: Draft) -> None:
    """Fill empty columns of one finding from its text."""
