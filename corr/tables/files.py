"""From a file, frame or list of dicts to rows of text cells in the columns of the tables.

A file that nobody could read (empty, of another program, no usable header) is an `InputError`;
anything smaller becomes a problem and the rest of the file is used.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from corr.plain_file import plain_bytes
from corr.problems import Problem, shown, unusable_file
from corr.tables.cells.columns import Row
from corr.tables.mapping.apply import mapped
from corr.tables.mapping.columns_file import ColumnsFile
from corr.tables.mapping.header_words import have_units, length_meant, length_unit, meant, measured
from corr.tables.meaning.understand import understand
from corr.tables.rows import REQUIRED, RawRow
from corr.tables.sheets.below import end_at_next_table
from corr.tables.sheets.csv_stream import plain_csv_sheet
from corr.tables.sheets.csv_text import csv_sheet
from corr.tables.sheets.frames import Dicts, frame_sheet
from corr.tables.sheets.parquet import ENDINGS, parquet_sheet, parts_sheet
from corr.tables.sheets.sheet import NAMES, Keep, Sheet, header_doubt, known_name, note

if TYPE_CHECKING:  # most tables are CSV, which needs no frames
    import pandas as pd

    from corr.tables.sheets.workbook import Book

    Table = str | Path | pd.DataFrame | Dicts

_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FILES = "a CSV, Excel (.xlsx) or Parquet file, or a folder of Parquet files"
_OTHERS = {
    b"<stata_dta": "a file of Stata",
    b"<": "a web page (HTML or XML), whatever its name says",
    b"$FL": "a file of SPSS",
    bytes(12) + b"\xc2\xea\x81\x60": "a file of SAS",
    b"%PDF": "a PDF document",
    b"{\\rtf": "a document (RTF)",
    b"\x1f\x8b": "a compressed file (gzip, as R's .RData and .rds)",
    b"[{": "JSON",
    b"{": "JSON",
}
"""What files of other programs begin with."""
_HEAD = 100
_IDENTITY = ("case_id", "breast", "finding_id", "modality", "exam_id")


def read_rows(
    source: Table, model: type[Row], columns: ColumnsFile | None = None
) -> tuple[list[RawRow], list[Problem]]:
    """Rows of a table as text cells of known columns, and what was wrong with the file or frame.

    Rows are numbered as a spreadsheet shows them: the header is row 1. A sheet of a workbook may be
    named behind its path, as ``book.xlsx#Sheet1``.

    Raises
    ------
    InputError
        If the file cannot be opened, is no table, holds several that may be meant, or lacks a
        required column.
    """
    sheet, raws = rows_as_written(source, model, columns)
    rows = list(raws)
    understand(rows, model, sheet.problems, comma=sheet.comma, units=sheet.units)
    return rows, sheet.problems


def rows_as_written(
    source: Table, model: type[Row], columns: ColumnsFile | None = None, keep: Keep = list
) -> tuple[Sheet, Iterator[RawRow]]:
    """As `read_rows`, before anything of them is understood, one after the other.

    Problems of single rows are added to those of the sheet while the rows are read. ``keep`` says
    where rows are kept meanwhile.
    """
    sheet = sheet_of(source, model, keep)
    if columns is not None:
        sheet = mapped(sheet, columns, model)
    at = _columns(sheet, model, asked_to_map=columns is None)
    return sheet, _raw_rows(sheet, at)


def sheet_of(source: Table, model: type[Row], keep: Keep = list) -> Sheet:
    """The rows of a table in its own columns, nothing of them interpreted.

    Raises
    ------
    InputError
        If the file cannot be opened, is no table, or holds several that may be meant.
    """
    return end_at_next_table(_whole_sheet(source, model, keep), model)


def _whole_sheet(source: Table, model: type[Row], keep: Keep) -> Sheet:
    if not isinstance(source, (str, Path)):
        return frame_sheet(source, NAMES[model])
    path, asked = path_and_sheet(source)
    if _is_folder(path):
        return parts_sheet(path, keep)
    if keep is not list and path.is_file():
        if is_parquet(path):
            return parts_sheet(path, keep)
        if (plain := _as_plain_csv(path, model, keep)) is not None:
            return plain
    data = _bytes(path)
    if data[:4] == b"PAR1" or path.suffix.lower() in ENDINGS:
        return parquet_sheet(data, path.name)
    if data[:4] == _ZIP:
        sheet = _book(data, path.name).sheet(model, asked)
    else:
        sheet = csv_sheet(data, path.name, model)
    sheet.rows, sheet.keep = keep(sheet.rows), keep
    return sheet


def is_parquet(path: Path) -> bool:
    """Whether a file is Parquet, by its name or its first bytes."""
    with path.open("rb") as file:
        return path.suffix.lower() in ENDINGS or file.read(4) == b"PAR1"


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a path may hold what no file system takes
        return False


def _as_plain_csv(path: Path, model: type[Row], keep: Keep) -> Sheet | None:
    """The rows of a file that is CSV at first sight, read one by one; else None."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    _refuse_others(head, path)
    return None if head[:4] == _ZIP else plain_csv_sheet(path, model, keep)


def beside(source: Table, model: type[Row], columns: ColumnsFile | None = None) -> Table | None:
    """The workbook itself, if one of its sheets is called as this table is and has its columns."""
    if not isinstance(source, (str, Path)):
        return None
    path, _ = path_and_sheet(source)
    try:
        if not path.is_file() or is_parquet(path):
            return None
        with path.open("rb") as file:
            if file.read(4) != _ZIP:
                return None
        data = plain_bytes(path)
    except (OSError, ValueError):
        return None
    is_mapped = columns is not None and NAMES[model] in columns.tables
    return path if _book(data, path.name).has(model, mapped=is_mapped) else None


def path_and_sheet(source: str | Path) -> tuple[Path, str]:
    """The file and the sheet that "book.xlsx#Sheet1" names."""
    path = Path(source)
    if "#" in path.name and not path.exists():
        name, _, asked = path.name.partition("#")
        return path.with_name(name or "#"), asked
    return path, ""


def _bytes(path: Path) -> bytes:
    try:
        data = plain_bytes(path)
    except (OSError, ValueError) as error:  # a path may hold what no file system takes
        why = f"cannot be read ({getattr(error, 'strerror', None) or error})"
        refused = unusable_file(path.name, why, _FILES, fix=f"check the path {shown(path)}")
        refused.where = str(path)
        raise refused from error
    if not data.strip():
        raise unusable_file(path.name, "the file is empty", "a header row and one row a finding")
    _refuse_others(data[:_HEAD], path)
    return data


def _refuse_others(data: bytes, path: Path) -> None:
    """Refuse what begins as a file of another program."""
    if data[:8] == _OLD_EXCEL:
        why, fix = "an old .xls workbook, or one with a password", "save it as .xlsx or 'CSV UTF-8'"
        raise unusable_file(path.name, why, _FILES, fix=fix)
    start = data[:100].removeprefix(b"\xef\xbb\xbf").lstrip(b" \r\n\t")
    if other := next((what for sign, what in _OTHERS.items() if start.startswith(sign)), ""):
        fix = "open it in the program it is of, or in Excel, and save it as .xlsx or 'CSV UTF-8'"
        raise unusable_file(path.name, f"this is {other}", _FILES, fix=fix)


@lru_cache(maxsize=1)
def _book(data: bytes, file: str) -> Book:
    """The opened workbook; the last one is kept, as its sheets are asked for one by one."""
    from corr.tables.sheets.workbook import open_book

    return open_book(data, file)


def _columns(sheet: Sheet, model: type[Row], *, asked_to_map: bool) -> dict[int, str]:
    """Which known column stands where; unknown and doubled ones are reported once."""
    file, problems = sheet.file, sheet.problems
    names = [known_name(cell, model) or cell.strip().lower() for cell in sheet.header]
    _take_units(sheet, names, model)
    doubled = {n for n, k in Counter(names).items() if k > 1 and n in model.model_fields}
    columns = {i: n for i, n in enumerate(names) if n in model.model_fields and n not in doubled}
    spelled = [
        f"{sheet.header[i].strip()!r} as {n}" + f", in {sheet.units.get(n)}" * (n in sheet.units)
        for i, n in columns.items()
        if sheet.header[i].strip().lower() != n
    ]
    if spelled:
        problems.append(note(file, "header", "", f"columns read: {', '.join(spelled)}"))
    for i, name in enumerate(names):
        if name in model.model_fields or _blank_column(i, sheet, name):
            continue
        if _is_running(name, i, sheet):
            problems.append(note(file, "header", name, "a column of row numbers is not used"))
            continue
        ours = meant(name, model)
        hint = f"did you mean {ours!r}?" if ours and ours not in columns.values() else ""
        if hint and (unit := length_unit(str(ours), model)):
            hint += f" its numbers are in {unit}; for another unit `corr map TABLE`, then --map"
        allowed = "the columns of the findings, breasts or exams table"
        fix = hint or "rename it, or leave it: it is not used"
        problems.append(_unused(file, sheet.header[i].strip(), allowed, fix))
    for name in sorted(doubled):
        fix = "keep one of the columns; none of them was used"
        problems.append(_unused(file, name, "each column once", fix))
    missing = [n for n in REQUIRED[model] if n not in columns.values()]
    if missing:
        present = {n: meant(n, model) for n in names if n and n not in model.model_fields}
        likely = {m: [n for n, ours in present.items() if ours == m][:3] for m in missing}
        hints = [f"{m} ({' or '.join(likely[m])}?)" if likely[m] else m for m in missing]
        why = f"no usable column {', '.join(hints)}"
        needed = f"a first row naming {', '.join(REQUIRED[model])}"
        way = "rename the columns, or say which are meant: `corr map TABLE --out columns.yaml`"
        fix = f"{way}, then --map columns.yaml" if asked_to_map else "say it in the columns file"
        fix = "; ".join(filter(None, (header_doubt(sheet), fix)))
        raise unusable_file(file, why, needed, fix=fix, problems=problems)
    return columns


def _take_units(sheet: Sheet, names: list[str], model: type[Row]) -> None:
    """Name the columns of lengths whose headers say their unit, where one header means each."""
    found = {i: m for i, header in enumerate(sheet.header)
             if names[i] not in model.model_fields and (m := measured(header, model))}  # fmt: skip
    for i, header in enumerate(sheet.header):  # "size", whose cells are "9 mm"
        ours = None if names[i] in model.model_fields else length_meant(header, model)
        if ours and i not in found and have_units([c for c in sheet.column(header) if c]):
            found[i] = ours, ""
    often = Counter([*names, *(name for name, _ in found.values())])
    for i, (name, unit) in found.items():
        if often[name] == 1:
            names[i] = name
            sheet.units |= {name: unit} if unit else {}


def _blank_column(i: int, sheet: Sheet, name: str) -> bool:
    return not name and not any(len(row) > i and row[i].strip() for _, row in sheet.rows)


def _is_running(name: str, i: int, sheet: Sheet) -> bool:
    """Whether an export put the numbers of its rows before them, as R and pandas do."""
    nameless = not name or re.fullmatch(r"unnamed: ?\d+|x|index|row|level_0|\.\.\.\d+|v1", name)
    if not nameless:
        return False
    numbers = [row[i].strip() for _, row in sheet.rows if i < len(row)]
    starts = [[str(k) for k in range(first, first + len(numbers))] for first in (0, 1)]
    return bool(numbers) and numbers in starts


def _raw_rows(sheet: Sheet, columns: dict[int, str]) -> Iterator[RawRow]:
    width = len(sheet.header)
    allowed = f"{width} cells, as in the header"
    for number, cells in sheet.rows:
        named = {name: cells[i].strip() for i, name in columns.items() if i < len(cells)}
        raw = RawRow(sheet.file, number, named)
        value = f"{len(cells)} cells"
        if any(cell.strip() for cell in cells[width:]):
            raw = RawRow(sheet.file, number, {k: v for k, v in named.items() if k in _IDENTITY})
            fix = "quote cells that hold a comma and write decimals with '.'; cells were not used"
            said = raw.problem("row", "ignored", value=value, allowed=allowed, fix=fix)
            sheet.problems.append(said)
        elif len(cells) < width:
            fix = "the missing cells count as not stated; is the file complete?"
            said = raw.problem("row", "flagged", value=value, allowed=allowed, fix=fix)
            sheet.problems.append(said)
        yield raw


def _unused(file: str, column: str, allowed: str, fix: str) -> Problem:
    return Problem(file, 1, "", "", "header", shown(column), "ignored", allowed, fix)
