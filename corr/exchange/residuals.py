"""Residuals as a table, one row a coordinate of a pair."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from corr.exchange.csv_text import csv_text
from corr.exchange.files import write_whole
from corr.learning.residuals import Residual


def write_residuals(rows: Sequence[Residual], path: Path) -> Path:
    """Write them as CSV, mm with two decimals; the file is whole or not there."""
    lines: list[Sequence[object]] = [Residual._fields]
    for row in rows:
        numbers = (f"{x:.2f}" if x == x else "" for x in row[7:])
        lines.append((*row[:6], f"{row.p_same:.3f}", *numbers))
    return write_whole(path, csv_text(lines))
