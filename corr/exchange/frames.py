"""Data frames as CSV files that are whole or not there, and that every reader reads back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from corr.exchange.csv_text import csv_text
from corr.exchange.files import write_whole

if TYPE_CHECKING:
    import pandas as pd


def frame_text(table: pd.DataFrame, float_format: str = "") -> str:
    """A frame without its index, in the form of `csv_text`; what is missing is empty.

    Parameters
    ----------
    float_format : of numbers with a point, as ``.6g``; all their digits without
    """
    cells = table.astype(object).where(table.notna(), None)
    rows: chain[Sequence[object]] = chain([list(table)], cells.itertuples(index=False, name=None))
    if not float_format:
        return csv_text(rows)
    return csv_text(
        [f"{v:{float_format}}" if isinstance(v, float) else v for v in row] for row in rows
    )


def write_frame(table: pd.DataFrame, path: Path) -> Path:
    """Write `frame_text` to a file, in a folder that is made if need be.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_whole(path, frame_text(table))
