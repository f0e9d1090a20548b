"""Residuals as a table, one row a coordinate of a pair."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from corr.exchange.files import write_whole
from corr.learning.residuals import Residual


def write_residuals(rows: Sequence[Residual], path: Path) -> Path:
    """Write them as CSV, mm with two decimals; the file is whole or not there."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Residual._fields)
    for row in rows:
        numbers = (f"{x:.2f}" if x == x else "" for x in row[7:])
        writer.writerow((*row[:6], f"{row.p_same:.3f}", *numbers))
    return write_whole(path, text.getvalue())
