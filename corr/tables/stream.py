"""A table too large to be held: read row by row, and given on in parts of whole women.

The rows of a woman may stand anywhere in it. So all rows are written to a folder first, sorted
there into parts by the order of their ``case_id`` (a woman's findings, breasts and exams go to one
part), and read again one part at a time. Beside one part, memory holds the names of the women and
eight bytes a finding. What is said of a part is what would be said of it in the whole table: what
columns mean, ids that are there twice and links to others are told from all rows.

CSV in UTF-8 and Parquet are never in memory as a whole; other tables (workbooks, UTF-16, letters
of Windows, quotes that never close) are while their rows are written to the folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corr.problems import Problem
from corr.tables.assemble import (
    Around,
    Loaded,
    assemble,
    doubled_ids,
    draft_of,
    id_of,
    no_usable_finding,
)
from corr.tables.cells.cell import as_text
from corr.tables.cells.columns import Row
from corr.tables.files import is_parquet, path_and_sheet, rows_as_written
from corr.tables.findings import FindingRow
from corr.tables.mapping.columns_file import ColumnsFile
from corr.tables.meaning.columns_seen import ColumnsSeen
from corr.tables.meaning.understand import Notes, understand
from corr.tables.rows import BreastRow, Draft, ExamRow, RawRow
from corr.tables.sheets.on_disk import OnDisk, keeper, part, split
from corr.tables.sheets.parquet import rows_in
from corr.tables.sheets.sheet import NAMES

if TYPE_CHECKING:
    from corr.tables.files import Table

LARGE = 100_000
"""Findings above which a table is judged in parts, and its results are written in parts."""
AT_ONCE = 10_000
"""Findings of a part, more only of one woman or in a table of more than `MOST_PARTS` times them."""
MOST_PARTS = 400
WORKBOOK_BYTES = 1 << 21
"""A workbook smaller than this holds no large table (some 20 bytes a row at least, packed)."""
LINKS = ("same_as", "targeted_at")
Held = tuple[int | None, dict[str, str]]
"""Number and cells of a row on disk."""


def may_be_large(findings: Path) -> bool:
    """Whether a table may have more findings than `LARGE`; told without reading its rows.

    Parquet says how many rows it has, lines of text are counted, of a workbook the size is looked
    at. What cannot be read is not large: reading it says why.
    """
    path, _ = path_and_sheet(findings)
    try:
        if path.is_dir() or (path.is_file() and is_parquet(path)):
            return rows_in(path) > LARGE
        if not path.is_file():
            return False
        with path.open("rb") as file:
            if file.read(2) == b"PK":
                return path.stat().st_size > WORKBOOK_BYTES
            lines = 0
            while block := file.read(1 << 20):
                lines += block.count(b"\n")
    except (OSError, ValueError):
        return False
    return lines > LARGE


@dataclass
class _Rows:
    """All rows of one table, on disk."""

    model: type[Row]
    file: str
    comma: bool
    units: dict[str, str]
    rows: OnDisk
    seen: ColumnsSeen
    notes: Notes

    def raw(self, held: Held) -> RawRow:
        """A row as it was written."""
        number, cells = held
        return RawRow(self.file, number, cells)

    def understood(self, rows: Sequence[RawRow], problems: list[Problem], notes: Notes) -> None:
        """Put what cells mean into some of the rows."""
        understand(
            rows, self.model, problems, comma=self.comma, units=self.units, seen=self.seen,
            notes=notes,
        )  # fmt: skip

    def __iter__(self) -> Iterator[RawRow]:
        return map(self.raw, self.rows)


class Stream:
    """Parts of whole women, in the order of ``case_id``: a loop over it gives each as read.

    Parameters
    ----------
    tables : findings, breasts and exams, as `corr.tables.tables_of` gives them
    folder : where rows are kept meanwhile; empty, and the caller's to remove
    columns : a columns file
    at_once : findings of a part

    Attributes
    ----------
    findings : rows of the findings table

    Raises
    ------
    InputError
        If a table cannot be read; in the loop, if none of its findings could be used.
    OSError
        If the folder cannot be written.
    """

    def __init__(
        self,
        tables: Sequence[tuple[type[Row], Table | None]],
        folder: Path,
        columns: ColumnsFile | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        self._folder, self._at_once = folder, at_once
        self._problems: list[Problem] = []
        self._tables = [self._kept(m, t, columns) for m, t in tables if t is not None]
        self.findings = len(self._tables[0].rows)

    def __iter__(self) -> Iterator[Loaded]:
        """Each part; with the last come the problems of files and of columns as a whole."""
        found = self._tables[0]
        doubled = _doubled(found)
        parts = self._split()
        unused: list[Problem] | None = []
        for k in range(parts):
            rows, problems = [], list[Problem]()
            for table in self._tables:
                own = [table.raw(row) for row in part(self._folder, NAMES[table.model], k)]
                table.understood(own, problems, table.notes)
                rows.append((table.model, own))
            each = dict(rows)
            around = Around(doubled, _linked(found, each[FindingRow], doubled))
            if k == parts - 1:
                problems += self._problems
                problems += [p for table in self._tables for p in table.notes.problems(table.model)]
            of = (each[FindingRow], each.get(BreastRow, ()), each.get(ExamRow, ()))
            loaded = assemble(*of, problems, around)
            unused = None if loaded.rows or unused is None else [*unused, *loaded.problems]
            yield loaded
        if unused is not None:
            raise no_usable_finding(found.file, unused, any_row=self.findings > 0)

    def _kept(self, model: type[Row], source: Table, columns: ColumnsFile | None) -> _Rows:
        name = NAMES[model]
        sheet, raws = rows_as_written(source, model, columns, keeper(self._folder, name))
        seen = ColumnsSeen(model)

        def shown() -> Iterator[Held]:
            for raw in raws:
                seen.add([raw])
                yield raw.row, {k: v for k, v in raw.cells.items() if v}

        rows = OnDisk(self._folder / f"{name}.jsonl", shown())
        self._problems += sheet.problems
        return _Rows(model, sheet.file, sheet.comma, sheet.units, rows, seen, Notes())

    def _split(self) -> int:
        """Write the rows of each part to its files; how many parts there are."""
        women = Counter(_woman(raw) for table in self._tables for raw in table)
        most = max(self._at_once, women.total() // MOST_PARTS)
        number, room = -1, 0
        for woman in sorted(women):
            if room < women[woman] or number < 0:
                number, room = number + 1, most
            room -= women[woman]
            women[woman] = number
        for table in self._tables:
            placed = ((women[_woman(raw)], (raw.row, raw.cells)) for raw in table)
            split(placed, self._folder, NAMES[table.model])
        return max(number + 1, 1)


def _woman(raw: RawRow) -> str:
    return as_text(raw.cells.get("case_id"))


def _doubled(found: _Rows) -> set[str]:
    """Ids of several rows: those whose hash stands twice are counted, the others are not kept."""
    hashes = np.fromiter((hash(id_of(raw)) for raw in found), np.int64, len(found.rows))
    hashes.sort()
    often = set(hashes[1:][hashes[1:] == hashes[:-1]].tolist())
    return doubled_ids(raw for raw in found if hash(id_of(raw)) in often) if often else set()


def _linked(found: _Rows, own: Sequence[RawRow], doubled: set[str]) -> dict[str, Draft]:
    """Findings of other parts that links of these rows point at."""
    asked = {as_text(raw.cells.get(name)) for raw in own for name in LINKS}
    asked -= {id_of(raw) for raw in own} | doubled | {""}
    out: dict[str, Draft] = {}
    for raw in found if asked else ():
        if id_of(raw) in asked:
            found.understood([raw], [], Notes())
            if draft := draft_of(raw):
                out[draft.finding_id] = draft
    return out
