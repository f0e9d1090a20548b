"""The result tables of very many breasts: each a folder of Parquet parts, written one by one.

``pairs.parquet/part-00000.parquet`` and so on. A part holds whole women; parts follow each other
in the order of ``case_id``, so that all rows together are sorted as in the CSV files, but for
problems, which are sorted in each part (the last holds those of whole files and columns). Part k
of every table is of the same women. Numbers have six significant digits, as in the CSV files.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from corr.exchange.columns import RESULTS, ResultColumn
from corr.exchange.files import whole_file
from corr.exchange.tables import HEADERS, Rows, clear_parts, part_folder, rounded, tables_of
from corr.problems import Problem

WAITING = ".parts"
"""Where parts wait until all are there."""


class Parts:
    """Result tables of which one part after the other is written, and shown when all are there.

    Parameters
    ----------
    folder : for the five tables; parts that an earlier, stopped run left in it are removed

    Raises
    ------
    OSError
        If something cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._waiting, self._number = folder, folder / WAITING, 0
        shutil.rmtree(self._waiting, ignore_errors=True)
        for name in HEADERS:
            part_folder(self._waiting, name).mkdir(parents=True)

    def add(self, rows: Iterable[dict[str, Rows]], problems: Sequence[Problem]) -> None:
        """Write the next part: what `corr.exchange.tables.rows_of` gave of its breasts."""
        for name, lines in tables_of(rows, problems).items():
            path = part_folder(self._waiting, name) / f"part-{self._number:05}.parquet"
            _write(path, name, lines)
        self._number += 1

    def finish(self) -> dict[str, Path]:
        """Put the tables where those of an earlier run may be; their folders by name."""
        clear_parts(self._folder)
        for name in HEADERS:
            (self._folder / f"{name}.csv").unlink(missing_ok=True)
        found = {name: part_folder(self._folder, name) for name in HEADERS}
        for name, path in found.items():
            part_folder(self._waiting, name).rename(path)
        self._waiting.rmdir()
        return found


def parquet_schema(columns: Mapping[str, ResultColumn]) -> Any:
    """Types of the columns of a table; what they hold and their units go along as metadata."""
    import pyarrow as pa

    types: dict[str, Any] = {"number": pa.float64(), "integer": pa.int64()}
    return pa.schema(
        pa.field(name, types.get(said.kind, pa.string()), nullable=not said.required,
                 metadata={"description": said.about, "unit": said.unit})
        for name, said in columns.items()
    )  # fmt: skip


def _write(path: Path, name: str, rows: Rows) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    schema = parquet_schema(RESULTS[name])
    columns = [
        pa.array([rounded(row[k]) for row in rows], field.type) for k, field in enumerate(schema)
    ]
    with whole_file(path) as file:
        parquet.write_table(pa.table(columns, schema=schema), file)
