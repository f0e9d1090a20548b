"""Exported tables, read back: the same rows from CSV, Parquet, JSON Lines or REDCap's import."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from corr.export.content import Summary, six
from corr.export.tables.redcap import LETTERS, RECORD, REDCAP_FILES, REPEAT, code, columns_of
from corr.export.tables.redcap import variable as named
from corr.export.tables.schema import TABLES, Field
from corr.problems import CorrError

TableRows = list[dict[str, object]]
WHOSE = ("case_id", "breast", "finding_id")


def read_rows_of(folder: Path, form: str = "csv") -> dict[str, TableRows]:
    """Every table of an export, one dict a row; None is not stated.

    Parameters
    ----------
    form : ``csv``, ``parquet`` or ``jsonl``

    Raises
    ------
    CorrError
        If a table or column is not there, or a value is none of its column.
    """
    return {name: list(_read_table(folder / f"{name}.{form}", name)) for name in TABLES}


def _read_table(path: Path, table: str) -> Iterator[dict[str, object]]:
    fields = {f.name: f for f in TABLES[table]}
    try:
        for number, row in enumerate(_rows(path), start=1):
            if set(row) != set(fields):
                wrong = ", ".join(sorted(set(row) ^ set(fields), key=str))
                msg = f"its columns differ: {wrong}"
                raise _unreadable(path, msg)
            yield {name: _value(field, row[name], number) for name, field in fields.items()}
    except (OSError, UnicodeError, ValueError, csv.Error) as error:
        if isinstance(error, CorrError):
            raise
        raise _unreadable(path, str(error)) from error


def _rows(path: Path) -> Iterator[dict[str, object]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)
    elif path.suffix == ".jsonl":
        with path.open(encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                if not isinstance(row, dict):
                    msg = "a line is no object"
                    raise ValueError(msg)
                yield row
    else:
        from pyarrow import parquet

        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches():
                yield from batch.to_pylist()


def _value(field: Field, value: object, number: int) -> object:
    """A value of a column, from text or typed."""
    try:
        read = field.read(value) if isinstance(value, str) else value
    except ValueError:
        msg = f"row {number}: {field.name} is {value!r}, no {field.kind}"
        raise ValueError(msg) from None
    if read is None and field.says.required:
        msg = f"row {number}: {field.name} is empty"
        raise ValueError(msg)
    return float(read) if field.kind == "number" and isinstance(read, (int, float)) else read


def read_redcap(folder: Path) -> dict[str, TableRows]:
    """Tables of `redcap_import.csv`, as `read_rows_of` gives them but for problems.

    Raises
    ------
    CorrError
        If the file is not there, or a value is none of its column.
    """
    path = folder / REDCAP_FILES[0]
    found: dict[str, TableRows] = {name: [] for name in LETTERS}
    try:
        for number, row in enumerate(_rows(path), start=1):
            table = str(row[REPEAT[0]])
            if table not in LETTERS:
                msg = f"row {number}: no instrument {table!r}"
                raise ValueError(msg)
            cells: dict[str, object] = {"case_id": row[RECORD]}
            for field in columns_of(table):
                text = _decoded(str(row[named(table, field.name)]), field.says.words)
                cells[field.name] = _value(field, text, number)
            found[table].append(cells)
    except (OSError, UnicodeError, ValueError, KeyError, csv.Error) as error:
        raise _unreadable(path, str(error)) from error
    return found


def _decoded(text: str, words: Iterable[str]) -> str:
    return next((w for w in words if code(w) == text), text)


def _unreadable(path: Path, why: str) -> CorrError:
    allowed = "a file of `corr export --to tables`, as it was written"
    return CorrError(f"cannot be read ({why})", where=str(path), allowed=allowed)


def read_tables(folder: Path) -> list[Summary]:
    """What the CSV tables say of each woman, sorted by case id.

    Raises
    ------
    CorrError
        If a table cannot be read.
    """
    tables = read_rows_of(folder)
    found = {str(row["case_id"]): Summary(str(row["case_id"]), {}, {}, {})
             for name in ("findings", "pairs", "lesions") for row in tables[name]}  # fmt: skip
    for row in tables["findings"]:
        cells = {name: text_of(v) for name, v in row.items() if v is not None and name not in WHOSE}
        found[str(row["case_id"])].findings[_key(row, "finding_id")] = cells
    for row in tables["lesions"]:
        number, p = int(str(row["lesion"])), six(float(str(row["p_grouping"])))
        found[str(row["case_id"])].lesions[_key(row, "finding_id")] = (number, p)
    for row in tables["pairs"]:
        ids = sorted((str(row["finding_a"]), str(row["finding_b"])))
        prior = 1 / (1 + 10 ** -float(str(row["log10_prior"])))
        p, low, high = (six(float(str(row[n]))) for n in ("p_same", "p_low", "p_high"))
        pairs = found[str(row["case_id"])].pairs
        pairs[str(row["breast"]), ids[0], ids[1]] = (p, low, high, six(prior), str(row["verdict"]))
    return [found[case_id] for case_id in sorted(found)]


def _key(row: dict[str, object], name: str) -> tuple[str, str]:
    return str(row["breast"]), str(row[name])


def text_of(value: object) -> str:
    """A typed value as a finding's cell travels: numbers with six digits."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
