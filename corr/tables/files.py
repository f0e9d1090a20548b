"""From the bytes of a CSV or Parquet file to rows of text; nothing is interpreted yet.

A file that nobody could read (empty, a workbook, no usable header) is an `InputError`;
anything smaller becomes a problem and the rest of the file is used.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from corr.plain_file import plain_bytes
from corr.problems import Problem, nearest, shown, unusable_file
from corr.tables.cells.cell import as_text
from corr.tables.cells.columns import Row
from corr.tables.findings import FindingRow
from corr.tables.rows import REQUIRED, BreastRow, ExamRow, RawRow

if TYPE_CHECKING:  # most tables are CSV, which needs neither
    import pandas as pd

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
FRAMES: dict[type[Row], str] = {FindingRow: "findings", BreastRow: "breasts", ExamRow: "exams"}
"""What problems call a table that comes as a frame."""
_UTF16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def read_rows(
    source: str | Path | pd.DataFrame, model: type[Row]
) -> tuple[list[RawRow], list[Problem]]:
    """Rows of a table as text cells of known columns, and what was wrong with the file or frame.

    Rows are numbered as a spreadsheet shows them: the header is row 1.

    Raises
    ------
    InputError
        If the file cannot be opened, is no table or lacks a required column.
    """
    problems: list[Problem] = []
    numbered: list[tuple[int, list[str]]]
    if isinstance(source, (str, Path)):
        path = Path(source)
        data, file = _bytes(path), path.name
        if data[:4] == b"PAR1" or path.suffix.lower() in (".parquet", ".pq"):
            header, numbered = _texts(_parquet(data, file))
        else:
            (_, header), *numbered = _csv(_decode(data, file, problems), file, problems)
    else:
        file = FRAMES[model]
        header, numbered = _texts(source)
    columns = _columns(header, file, model, problems, [cells for _, cells in numbered])
    return list(_raw_rows(file, columns, len(header), numbered, problems)), problems


def _bytes(path: Path) -> bytes:
    try:
        data = plain_bytes(path)
    except OSError as error:
        why, fix = f"cannot be read ({error.strerror or error})", f"check the path {shown(path)}"
        refused = unusable_file(path.name, why, "a CSV or Parquet file", fix=fix)
        refused.where = str(path)
        raise refused from error
    if not data.strip():
        raise unusable_file(path.name, "the file is empty", "a header row and one row a finding")
    if data[:4] == b"PK\x03\x04":
        why, fix = "this is a spreadsheet workbook", "format clock as text and save as 'CSV UTF-8'"
        raise unusable_file(path.name, why, "a CSV file", fix=fix)
    return data


def _decode(data: bytes, file: str, problems: list[Problem]) -> str:
    if encoding := _UTF16.get(data[:2]):
        problems.append(_file_problem(file, "encoding", "UTF-16", "UTF-8", "save as 'CSV UTF-8'"))
        return data.decode(encoding, errors="replace")
    text = data.decode("utf-8-sig", errors="surrogateescape")
    if any("\udc80" <= c <= "\udcff" for c in text):
        fix = "save as 'CSV UTF-8'; cells with unreadable letters are not used"
        problems.append(_file_problem(file, "encoding", "not UTF-8", "UTF-8", fix))
    return text


def _csv(text: str, file: str, problems: list[Problem]) -> list[tuple[int, list[str]]]:
    """Numbered rows that are not blank, the header first."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    if delimiter != "," and first.count(delimiter):
        found = _DELIMITERS[delimiter]
        fix = "save with commas between cells and '.' as the decimal point"
        problems.append(_file_problem(file, "delimiter", found, "commas", fix))
    with _field_limit(len(text) + 1):
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        if _quote_left_open(text, delimiter, rows):
            fix = "close the quote; the file was read as if it had no quotes"
            problems.append(_file_problem(file, "quotes", "never closed", "pairs of quotes", fix))
            bare = csv.reader(
                io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE
            )
            rows = [[cell.strip().strip('"') for cell in row] for row in bare]
    numbered = [(n, row) for n, row in enumerate(rows, start=1) if any(c.strip() for c in row)]
    if not numbered:
        raise unusable_file(file, "the file is empty", "a header row and one row a finding")
    return numbered


def _quote_left_open(text: str, delimiter: str, rows: Sequence[Sequence[str]]) -> bool:
    """True if a cell runs on over the rows below it because its quote is never closed."""
    try:
        for _ in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        over_lines = any("\n" in cell or "\r" in cell for row in rows for cell in row)
        return over_lines or "unexpected end" in str(error)
    return False


@contextmanager
def _field_limit(characters: int) -> Iterator[None]:
    """Let one cell be as long as the file: an unclosed quote must not end in an exception."""
    before = csv.field_size_limit()
    csv.field_size_limit(max(before, characters))
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _parquet(data: bytes, file: str) -> pd.DataFrame:
    import pandas as pd
    import pyarrow as pa

    try:
        return pd.read_parquet(io.BytesIO(data))
    except (pa.ArrowException, ValueError, OSError, KeyError, TypeError) as error:
        why = f"not a readable Parquet file ({error})"
        raise unusable_file(file, why, "a Parquet file", fix="write it again") from error


def _texts(table: pd.DataFrame) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Columns and numbered rows of a frame as text; a named index is a column."""
    if any(name is not None for name in table.index.names):
        table = table.reset_index()
    columns = [[_cell_text(v) for v in table.iloc[:, k]] for k in range(table.shape[1])]
    return [str(c) for c in table.columns], [
        (n, list(row)) for n, row in enumerate(zip(*columns, strict=True), start=2)
    ]


def _cell_text(value: object) -> str:
    import pandas as pd

    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    plain = value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value
    return as_text(plain)


def _columns(
    header: Sequence[str],
    file: str,
    model: type[Row],
    problems: list[Problem],
    rows: Sequence[Sequence[str]],
) -> dict[int, str]:
    """Which known column stands where; unknown and doubled ones are reported once."""
    names = [cell.strip().lower() for cell in header]
    doubled = {n for n, k in Counter(names).items() if k > 1 and n in model.model_fields}
    columns = {i: n for i, n in enumerate(names) if n in model.model_fields and n not in doubled}
    for i, name in enumerate(names):
        if name in model.model_fields or _blank_column(i, rows, name):
            continue
        hint = nearest(name, model.model_fields) or "rename it, or leave it: it is not used"
        allowed = "the columns of the findings, breasts or exams table"
        problems.append(_unused(file, header[i].strip(), allowed, hint))
    for name in sorted(doubled):
        fix = "keep one of the columns; none of them was used"
        problems.append(_unused(file, name, "each column once", fix))
    missing = [n for n in REQUIRED[model] if n not in columns.values()]
    if missing:
        present = [n for n in names if n and n not in model.model_fields]
        hints = [f"{n} ({h})" if (h := nearest(n, present)) else n for n in missing]
        why = f"no usable column {', '.join(hints)}"
        needed = f"a first row naming {', '.join(REQUIRED[model])}"
        raise unusable_file(file, why, needed, problems=problems)
    return columns


def _blank_column(i: int, rows: Sequence[Sequence[str]], name: str) -> bool:
    return not name and not any(len(row) > i and row[i].strip() for row in rows)


def _raw_rows(
    file: str,
    columns: dict[int, str],
    width: int,
    rows: Sequence[tuple[int, Sequence[str]]],
    problems: list[Problem],
) -> Iterator[RawRow]:
    for number, cells in rows:
        named = {name: cells[i].strip() for i, name in columns.items() if i < len(cells)}
        raw = RawRow(file, number, named)
        extra = [cell for cell in cells[width:] if cell.strip()]
        if extra:
            identity = ("case_id", "breast", "finding_id", "modality", "exam_id")
            raw = RawRow(file, number, {k: v for k, v in named.items() if k in identity})
            fix = "quote cells that hold a comma and write decimals with '.'; cells were not used"
            problems.append(
                raw.problem(
                    "row",
                    "ignored",
                    value=f"{len(cells)} cells",
                    allowed=f"{width} cells, as in the header",
                    fix=fix,
                )
            )
        elif len(cells) < width:
            problems.append(
                raw.problem(
                    "row",
                    "flagged",
                    value=f"{len(cells)} cells",
                    allowed=f"{width} cells, as in the header",
                    fix="the missing cells count as not stated; is the file complete?",
                )
            )
        yield raw


def _file_problem(file: str, field: str, value: str, allowed: str, fix: str) -> Problem:
    return Problem(file, 1, "", "", field, value, "flagged", allowed, fix)


def _unused(file: str, column: str, allowed: str, fix: str) -> Problem:
    return Problem(file, 1, "", "", "header", shown(column), "ignored", allowed, fix)
