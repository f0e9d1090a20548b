"""Data frames and lists of dicts as rows of text, and typed values as text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from corr.problems import unusable_file
from corr.tables.cells.cell import as_text
from corr.tables.sheets.sheet import Sheet

if TYPE_CHECKING:  # most tables are CSV, which needs neither
    import pandas as pd

Dicts = Sequence[Mapping[str, Any]]


def frame_sheet(table: pd.DataFrame | Dicts, file: str) -> Sheet:
    """Columns and numbered rows of a frame or of dicts; a named index is a column.

    Raises
    ------
    InputError
        If it is neither.
    """
    import pandas as pd

    if not isinstance(table, pd.DataFrame):
        if way := _way_out(table):
            what = f"{type(table).__name__} cannot be read as rows"
            raise unusable_file(file, what, "a path, a data frame or a list of dicts", fix=way)
        names = list(dict.fromkeys(str(k) for row in table for k in row))
        plain = [{str(k): v for k, v in row.items()} for row in table]
        cells = [[value_text(row.get(name)) for name in names] for row in plain]
        return Sheet(file, names, list(enumerate(cells, start=2)))
    if any(name is not None for name in table.index.names):
        table = table.reset_index()
    columns = [[value_text(v) for v in table.iloc[:, k]] for k in range(table.shape[1])]
    rows = [(n, list(row)) for n, row in enumerate(zip(*columns, strict=True), start=2)]
    return Sheet(file, [str(c) for c in table.columns], rows)


def _way_out(table: object) -> str:
    """How to give as a list of dicts, one a row, what is none; "" if it is one."""
    if isinstance(table, (list, tuple)):
        other = next((type(row).__name__ for row in table if not isinstance(row, Mapping)), "")
        return f"each row is a dict of columns and values, not {other}" if other else ""
    if isinstance(table, Mapping):
        columns = any(isinstance(v, Iterable) and not isinstance(v, str) for v in table.values())
        return "give columns as pandas.DataFrame(columns)" if columns else "give one row as [row]"
    if hasattr(table, "to_dict"):
        return "give one row as [row.to_dict()]"
    once = "rows are read more than once: give list(rows)"
    return once if isinstance(table, Iterable) else "give one of these"


def value_text(value: object) -> str:
    """A typed value as text: dates as 2024-02-03, times of day and spans of time as 7:30:00.

    >>> value_text(dt.datetime(2024, 2, 3)), value_text(dt.time(7, 30)), value_text(14.0)
    ('2024-02-03', '7:30:00', '14')
    """
    if value is None or _is_missing(value):
        return ""
    if isinstance(value, dt.datetime):
        day = value.date().isoformat()
        return day if value.time() == dt.time(0) else f"{day} {value.time().isoformat()}"
    if isinstance(value, dt.time):
        return f"{value.hour}:{value.minute:02d}:{value.second:02d}"
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    plain = value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value
    return as_text(plain)


def _is_missing(value: object) -> bool:
    """Whether it is one of pandas' ways of saying nothing."""
    return type(value).__name__ in ("NaTType", "NAType")
