"""Parquet, one file or a folder of parts: batch by batch, never all of it at once."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote

from corr.extras import needs
from corr.problems import InputError, unusable_file
from corr.tables.sheets.frames import value_text
from corr.tables.sheets.sheet import Keep, Sheet

BATCH = 4096
ENDINGS = (".parquet", ".pq")


def parquet_sheet(data: bytes, file: str, keep: Keep = list) -> Sheet:
    """Rows of a Parquet file.

    Raises
    ------
    InputError
        If it is none.
    """
    return _sheet([(io.BytesIO(data), {})], file, keep)


def parts_sheet(folder: Path, keep: Keep = list) -> Sheet:
    """Rows of all Parquet files of a folder and those in it, in the order of their paths.

    A file by itself is read as a folder that holds it.

    Rows are counted over all files, the first being row 2. Columns are those of any file; what
    folders say of their files (``site=A/part.parquet``) is a column, too. Hidden files, and those
    whose names begin with an underscore, are no parts.

    Raises
    ------
    InputError
        If there is none, or one cannot be read; it is named.
    """
    if folder.is_file():
        return _sheet([(folder, {})], folder.name, keep)
    parts = parquet_files(folder)
    if not parts:
        why = "a folder without .parquet files"
        fix = "name a file, or a folder of .parquet files that are one table"
        raise unusable_file(folder.name, why, "a file, or a folder of Parquet parts", fix=fix)
    return _sheet([(path, _said_by_folders(path, folder)) for path in parts], folder.name, keep)


def parquet_files(folder: Path) -> list[Path]:
    """The parts of a table in a folder, sorted."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in ENDINGS
        and path.is_file()
        and not any(name.startswith((".", "_")) for name in path.relative_to(folder).parts)
    )


def rows_in(path: Path) -> int:
    """How many rows a Parquet file or a folder of parts has, as their footers say.

    Raises
    ------
    InputError
        If one cannot be read.
    """
    parts = parquet_files(path) if path.is_dir() else [path]
    return sum(_opened(part, part.name).metadata.num_rows for part in parts)


def _said_by_folders(path: Path, root: Path) -> dict[str, str]:
    said = (name.partition("=") for name in path.relative_to(root).parts[:-1] if "=" in name)
    return {key: unquote(value) for key, _, value in said}


def _sheet(
    sources: Sequence[tuple[Path | BinaryIO, dict[str, str]]], file: str, keep: Keep
) -> Sheet:
    named = [_named(source, file) for source, _ in sources]
    header = list(
        dict.fromkeys(
            name
            for (source, said), called in zip(sources, named, strict=True)
            for name in (*_names(_opened(source, called)), *said)
        )
    )

    def rows() -> Iterator[tuple[int, list[str]]]:
        number = 1
        for (source, said), called in zip(sources, named, strict=True):
            for cells in _cells(_opened(source, called), header, said, called):
                number += 1
                yield number, cells

    return Sheet(file, header, keep(rows()), keep=keep)


def _named(source: Path | BinaryIO, file: str) -> str:
    return f"{file}/{source.name}" if isinstance(source, Path) and source.name != file else file


def _names(file: Any) -> list[str]:
    """Columns, without the numbers of rows that pandas writes beside them."""
    return [n for n in file.schema_arrow.names if not n.startswith("__index_level_")]


def _opened(source: Path | BinaryIO, called: str) -> Any:
    needs("tables", "Parquet files")
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return parquet.ParquetFile(source)
    except (pa.ArrowException, ValueError, OSError, KeyError, TypeError) as error:
        raise _unreadable(called, error) from error


def _cells(file: Any, header: list[str], said: dict[str, str], called: str) -> Iterator[list[str]]:
    import pyarrow as pa

    names = _names(file)
    try:
        for batch in file.iter_batches(BATCH, columns=names):
            held = {n: [value_text(v) for v in batch.column(n).to_pylist()] for n in names}
            same = {n: [text] * batch.num_rows for n, text in said.items()}
            blank = [""] * batch.num_rows
            yield from map(list, zip(*((held | same).get(n, blank) for n in header), strict=True))
    except (pa.ArrowException, ValueError, OSError, KeyError, TypeError) as error:
        raise _unreadable(called, error) from error


def _unreadable(called: str, error: Exception) -> InputError:
    why = f"not a readable Parquet file ({error})"
    return unusable_file(called, why, "a Parquet file", fix="write it again")
