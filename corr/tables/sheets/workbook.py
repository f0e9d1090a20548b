"""Excel workbooks: which sheet is which table, and cells with the types they have there.

A date cell becomes a date and a time cell a time of day, so that an hour that Excel made a date
of is known as one. What a formula gave is taken, if Excel has stored it.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING, Any

from corr.extras import needs
from corr.problems import Problem, unusable_file
from corr.tables.cells.columns import Row
from corr.tables.meaning.plain import plain
from corr.tables.rows import REQUIRED
from corr.tables.sheets.frames import value_text
from corr.tables.sheets.sheet import (
    HEADER_WITHIN,
    NAMES,
    Sheet,
    above_left_out,
    header_at,
    known_name,
    note,
)

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

MOST_BYTES = 2**30
"""Of an unpacked workbook; a small file may claim to hold more than any memory."""
_CALLED = {
    "findings": "finding befund befunde lesion lesions lasion lasionen hallazgo hallazgos lesiones "
    "reperto reperti lesioni resultats trouvailles achados",
    "breasts": "breast brust bruste sein seins mama mamas mammella mammelle seno seni",
    "exams": "exam untersuchung untersuchungen examen examens examenes esame esami exames",
}
_UNREAD = "(formula without a stored value)"
_DIGITS = re.compile(r"0{2,20}")

Found = dict[tuple[int, int], str]


@dataclass
class Book:
    """An opened workbook."""

    file: str
    data: bytes
    sheets: dict[str, Worksheet]

    def has(self, model: type[Row], *, mapped: bool = False) -> bool:
        """Whether a sheet has the name of this table, and its columns (or a file maps them)."""
        named = self._named(model)
        return len(named) == 1 and (mapped or self._fits(named[0], model))

    def _named(self, model: type[Row]) -> list[str]:
        name = NAMES[model]
        known = {name, *_CALLED[name].split()}
        return [n for n, sheet in self.sheets.items() if plain(n) in known and sheet._cells]

    def sheet(self, model: type[Row], asked: str = "") -> Sheet:
        """The rows of the sheet that holds a table.

        Raises
        ------
        InputError
            If it is not clear which one that is, or it is empty.
        """
        filled = [n for n, sheet in self.sheets.items() if sheet._cells]
        if not filled:
            raise unusable_file(self.file, "the workbook is empty", "a header row and its rows")
        if asked:
            choices = [n for n in filled if n.strip().lower() == asked.strip().lower()]
        elif len(choices := self._named(model)) != 1 and len(filled) > 1:
            choices = [n for n in filled if self._fits(n, model)]
        choices = choices or ([] if asked or len(filled) > 1 else filled)
        if len(choices) != 1:
            held, name = ", ".join(filled), NAMES[model]
            why = f"no sheet {asked!r}" if asked else f"which sheet holds the {name} is not clear"
            say = quote(f"{self.file}#{filled[0]}")
            fix = f"name one of them {name}, or say {say}; it holds {held}"
            raise unusable_file(self.file, why, f"one sheet called {name}", fix=fix)
        return self._read(choices[0], model, [n for n in filled if n != choices[0]])

    def _fits(self, name: str, model: type[Row]) -> bool:
        _, rows = _texts(self.sheets[name], {}, most_rows=HEADER_WITHIN)
        at = header_at([cells for _, cells in rows], model)
        known = {known_name(cell, model) for cell in rows[at][1]} if rows else set()
        return set(REQUIRED[model]) <= known

    def _read(self, name: str, model: type[Row], others: list[str]) -> Sheet:
        problems: list[Problem] = []
        worksheet = self.sheets[name]
        formulas, rows = _texts(worksheet, {})
        if formulas:
            stored = _open(self.data, self.file, values=True)[name]
            _, rows = _texts(worksheet, {at: _stored(stored, at) for at in formulas})
            if any(text == _UNREAD for _, cells in rows for text in cells):
                fix = "open the workbook in Excel or LibreOffice, save it and read it again"
                said = ("formula", _UNREAD, "flagged", "formulas with stored values", fix)
                problems.append(Problem(self.file, 1, "", "", *said))  # type: ignore[arg-type]
        if len(self.sheets) > 1 and NAMES[model] == "findings":
            problems += self._left_out(name, others)
        if worksheet.merged_cells.ranges and _fill_merged(worksheet, rows):
            taken = "a value that spans several rows was taken for each of them"
            problems.append(note(self.file, "merged cells", name, taken))
        if not rows:
            raise unusable_file(self.file, f"sheet {name} is empty", "a header row and its rows")
        at = header_at([cells for _, cells in rows], model)
        if at:
            above = above_left_out(rows[at][0])
            problems.append(note(self.file, "header", " ".join(rows[0][1]).strip(), above))
        (_, header), *body = rows[at:]
        return Sheet(self.file, header, body, problems=problems)

    def _left_out(self, name: str, others: list[str]) -> list[Problem]:
        """Sheets that are not read: said, and flagged if they are called as a table of ours."""
        named = {n: m for m in NAMES for n in self._named(m) if n in others}
        rest = [n for n in others if n not in named]
        out = []
        if rest:
            said = f"sheet {name} holds the findings; not read: {', '.join(rest)}"
            out.append(note(self.file, "sheet", name, said))
        for sheet, model in named.items():
            if NAMES[model] != "findings" and not self._fits(sheet, model):
                needed = f"a row naming {', '.join(REQUIRED[model])}"
                fix = "name its columns so, or map them in a columns file; else it is not used"
                problem = Problem(self.file, 1, "", "", "sheet", sheet, "flagged", needed, fix)
                out.append(problem)
        return out


def open_book(data: bytes, file: str) -> Book:
    """A workbook.

    Raises
    ------
    InputError
        If it cannot be read, or is of another program.
    """
    return Book(file, data, _open(data, file, values=False))


def _open(data: bytes, file: str, *, values: bool) -> dict[str, Worksheet]:
    needs("tables", "Excel workbooks")
    import openpyxl

    allowed, fix = "an Excel workbook (.xlsx) or a CSV file", "save it as .xlsx or 'CSV UTF-8'"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = packed.namelist()
            size = sum(entry.file_size for entry in packed.infolist())
        if "content.xml" in names:
            raise unusable_file(file, "this is an OpenDocument spreadsheet", allowed, fix=fix)
        if size > MOST_BYTES:
            why = f"the workbook unpacks to {size / 2**20:.0f} MiB"
            raise unusable_file(file, why, f"at most {MOST_BYTES // 2**20} MiB", fix=fix)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that are not needed
            book = openpyxl.load_workbook(io.BytesIO(data), data_only=values)
        return {str(sheet.title): sheet for sheet in book.worksheets}
    except Exception as error:  # the parsers of zip, XML and openpyxl raise nearly anything
        if hasattr(error, "problems"):
            raise
        why = f"not a readable workbook ({type(error).__name__}: {error})"
        raise unusable_file(file, why, allowed, fix=fix) from error


def _texts(
    worksheet: Worksheet, stored: Found, most_rows: int | None = None
) -> tuple[list[tuple[int, int]], list[tuple[int, list[str]]]]:
    """Cells with formulas that `stored` does not know, and numbered rows that are not blank.

    Only cells that are there are looked at: one stray cell far below costs nothing.
    """
    formulas: list[tuple[int, int]] = []
    by_row: dict[int, list[str]] = {}
    width = 1 + max((column for (_, column), c in worksheet._cells.items() if c.value is not None),
                    default=0)  # fmt: skip
    for (row, column), cell in sorted(worksheet._cells.items()):
        if cell.value is None or column > _MOST_COLUMNS:
            continue
        if most_rows is not None and row not in by_row and len(by_row) >= most_rows:
            break
        if cell.data_type == "f" and (row, column) not in stored:
            formulas.append((row, column))
        text = stored.get((row, column)) or _text(cell)
        by_row.setdefault(row, [""] * (min(width, _MOST_COLUMNS + 1) - 1))[column - 1] = text
    return formulas, [(n, cells) for n, cells in by_row.items() if any(c.strip() for c in cells)]


_MOST_COLUMNS = 500
"""Cells farther to the right are not of the table (assumed)."""


def _stored(worksheet: Worksheet, at: tuple[int, int]) -> str:
    cell = worksheet._cells.get(at)
    return _UNREAD if cell is None or cell.value is None else _text(cell)


def _text(cell: Cell | Any) -> str:
    value = cell.value
    if isinstance(value, int) and _DIGITS.fullmatch(str(cell.number_format)):
        return str(value).zfill(len(cell.number_format))  # shown as 00012
    return value_text(value)


def _fill_merged(worksheet: Worksheet, rows: list[tuple[int, list[str]]]) -> bool:
    """Write a value that spans rows of the table into each of them; True if there is one."""
    by_row, filled = dict(rows), False
    for span in worksheet.merged_cells.ranges:
        first = by_row.get(span.min_row)
        if first is None or span.max_row == span.min_row or span.min_col > len(first):
            continue
        value = first[span.min_col - 1]
        for number in range(span.min_row + 1, min(span.max_row, max(by_row)) + 1):
            if value and number in by_row:
                by_row[number][span.min_col - 1] = value
                filled = True
    return filled
