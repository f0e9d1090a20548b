"""Rows as CSV that every reader reads back as these rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    r"""Lines that end with a line feed; cells are quoted where they have to be.

    A row with a carriage return in it is quoted as a whole: readers take it for the end of a line,
    and Python's writer does not quote it.

    >>> csv_text([["a", "b"], ["1\r2", "x,y"], ["x,y", None]])
    'a,b\n"1\r2","x,y"\n"x,y",\n'
    """
    buffer = io.StringIO(newline="")
    plain = csv.writer(buffer, lineterminator="\n")
    quoted = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in rows:
        ends = any(isinstance(cell, str) and "\r" in cell for cell in row)
        (quoted if ends else plain).writerow(row)
    return buffer.getvalue()
