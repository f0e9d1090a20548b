"""Tables as CSV, Parquet and JSON Lines, with `datapackage.json` and a data dictionary.

Rows are written as they come, some thousand at a time. Numbers have all their digits, so that
what is read back is what was judged; `datapackage.json` (Frictionless) describes the CSV files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from corr.exchange.files import unwritten, whole_file, write_whole
from corr.exchange.parts import parquet_schema
from corr.export.tables.redcap import REDCAP_FILES, RedcapImport, redcap_dictionary
from corr.export.tables.rows import AllTables, Values, csv_bytes, in_chunks, json_line
from corr.export.tables.schema import ABOUT, KEYS, TABLES, Field, links
from corr.version import __version__

ROWS_AT_A_TIME = 5000
FORMS = ("csv", "parquet", "jsonl")
PACKAGE, DICTIONARY = "datapackage.json", "data_dictionary.csv"


def files_of() -> list[str]:
    """Names of all files of an export as tables."""
    tables = [f"{name}.{form}" for name in TABLES for form in FORMS]
    return [*tables, PACKAGE, DICTIONARY, *REDCAP_FILES]


def write_tables(content: AllTables, folder: Path) -> list[Path]:
    """Write every table in every form; the paths written.

    Raises
    ------
    CorrError
        If one of the files is there already.
    OSError
        If something cannot be written.
    """
    unwritten(folder / name for name in files_of())
    folder.mkdir(parents=True, exist_ok=True)
    redcap_data, redcap_fields = (folder / name for name in REDCAP_FILES)
    written = [write_whole(folder / DICTIONARY, _dictionary())]
    written.append(write_whole(redcap_fields, redcap_dictionary()))
    with whole_file(redcap_data) as file:
        redcap = RedcapImport(file)
        for name, rows in content.values().items():
            written += _write_table(name, rows, folder, redcap)
    written.append(redcap_data)
    package = json.dumps(_package(folder), indent=1, ensure_ascii=False) + "\n"
    return sorted([*written, write_whole(folder / PACKAGE, package)])


def _write_table(
    name: str, rows: Iterator[Values], folder: Path, redcap: RedcapImport
) -> list[Path]:
    fields = TABLES[name]
    names = [f.name for f in fields]
    paths = [folder / f"{name}.{form}" for form in FORMS]
    with ExitStack() as open_files:
        csv_file, parquet_file, jsonl_file = (
            open_files.enter_context(whole_file(path)) for path in paths
        )
        parquet = open_files.enter_context(_parquet(parquet_file, fields))
        csv_file.write(csv_bytes([names]))
        for chunk in in_chunks(rows, ROWS_AT_A_TIME):
            csv_file.write(csv_bytes(chunk))
            jsonl_file.write("".join(json_line(names, row) for row in chunk).encode("utf-8"))
            parquet.write_batch(_batch(chunk, parquet.schema))
            redcap.add(name, chunk)
    return paths


def _parquet(file: BinaryIO, fields: Sequence[Field]) -> Any:
    """A writer of row groups."""
    from pyarrow import parquet

    schema = parquet_schema({f.name: f.says for f in fields})
    return parquet.ParquetWriter(file, schema, compression="snappy")


def _batch(rows: Sequence[Values], schema: Any) -> Any:
    import pyarrow as pa

    columns = [pa.array([row[k] for row in rows], f.type) for k, f in enumerate(schema)]
    return pa.record_batch(columns, schema=schema)


def _dictionary() -> bytes:
    """The data dictionary: one row a column of a table."""
    rows: list[list[object]] = [
        ["table", "column", "type", "unit", "least", "most", "allowed", "required", "about"]
    ]
    rows += [
        [
            table, f.name, f.kind, f.says.unit, f.says.least, f.says.most,
            " ".join(w.replace(" ", "_") for w in f.says.words), int(f.says.required),
            f.says.about,
        ]
        for table, fields in TABLES.items()
        for f in fields
    ]  # fmt: skip
    return csv_bytes(rows)


def _package(folder: Path) -> dict[str, Any]:
    """Frictionless Data Package of the CSV files, with their sizes and checksums."""
    return {
        "profile": "tabular-data-package",
        "name": "breast-corr-results",
        "title": "Which findings of one breast are the same lesion",
        "description": "Calibrated probabilities about places and groupings. Research use only: "
        "nothing here is about malignancy, and nothing is a diagnosis.",
        "version": __version__,
        "resources": [_resource(name, folder / f"{name}.csv") for name in TABLES],
    }


def _resource(table: str, path: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    schema: dict[str, Any] = {
        "fields": [_described(f) for f in TABLES[table]],
        "missingValues": [""],
    }
    if table in KEYS:
        schema["primaryKey"] = list(KEYS[table])
    if keys := list(links(table)):
        to = {"resource": "findings", "fields": list(KEYS["findings"])}
        schema["foreignKeys"] = [{"fields": list(k), "reference": to} for k in keys]
    return {
        "name": table,
        "description": ABOUT[table],
        "path": path.name,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{digest.hexdigest()}",
        "schema": schema,
    }


def _described(field: Field) -> dict[str, Any]:
    says = field.says
    limits: dict[str, Any] = {"required": True} if says.required else {}
    if says.words:
        limits["enum"] = list(says.words)
    if says.least is not None:
        limits["minimum"] = says.least
    if says.most is not None:
        limits["maximum"] = says.most
    out: dict[str, Any] = {"name": field.name, "type": says.kind, "description": says.about}
    return {
        **out,
        **({"unit": says.unit} if says.unit else {}),
        **({"constraints": limits} if limits else {}),
    }
