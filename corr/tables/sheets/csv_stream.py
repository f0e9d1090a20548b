"""CSV as most programs write it, row by row: what is not so plain is read whole (`csv_text`)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from corr.tables.cells.columns import Row
from corr.tables.sheets.csv_text import (
    delimiter_of,
    field_limit,
    is_utf16,
    notes_of,
    split_by_blanks,
)
from corr.tables.sheets.sheet import HEADER_WITHIN, Keep, Numbered, Sheet, header_at

HEAD = 1 << 16
"""Bytes in which the header and what splits cells are looked for."""


def plain_csv_sheet(path: Path, model: type[Row], keep: Keep) -> Sheet | None:
    """Rows of a CSV file in UTF-8 whose quotes all close; None where it is another.

    The rows are those that `corr.tables.sheets.csv_text.csv_sheet` reads.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    start = head.decode("utf-8-sig", errors="replace")
    if is_utf16(head) or start.lstrip('" \t').lower().startswith("sep="):
        return None
    delimiter = delimiter_of(start, model)
    if split_by_blanks(start, delimiter):
        return None
    try:
        with (
            field_limit(path.stat().st_size + 1),
            path.open(encoding="utf-8-sig", newline="") as text,
        ):
            rows = _filled(csv.reader(text, delimiter=delimiter, strict=True))
            first = list(islice(rows, HEADER_WITHIN))
            if not first or header_at([cells for _, cells in first], model):
                return None
            kept = keep(chain(first[1:], rows))
    except (UnicodeDecodeError, csv.Error):
        return None
    problems = notes_of(path.name, delimiter)
    header = first[0][1]
    return Sheet(path.name, header, kept, delimiter != ",", problems=problems, keep=keep)


def _filled(rows: Iterator[list[str]]) -> Iterator[Numbered]:
    """Numbered rows that are not blank."""
    return ((n, row) for n, row in enumerate(rows, start=1) if any(c.strip() for c in row))
