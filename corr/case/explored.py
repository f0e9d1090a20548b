"""Cases to explore: a YAML case, or one case of a findings table with its other tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from corr.case.casefile import Case, read_case
from corr.case.opened import no_such_case
from corr.tables.assemble import Loaded, assemble
from corr.tables.cells.cell import as_text
from corr.tables.cells.columns import Row
from corr.tables.files import read_rows
from corr.tables.findings import FindingRow
from corr.tables.rows import BreastRow, ExamRow, RawRow

CASE_FILES = (".yaml", ".yml")
Tables = dict[str, tuple[dict[str, str], ...]]
"""Rows as text cells, by the names of the tables: findings, breasts, exams."""


def assembled(tables: Tables, file: str = "case") -> Loaded:
    """Breasts of some rows, by the same checks and conversions as when a file is read."""
    raws = {
        name: [RawRow(file, None, dict(cells)) for cells in rows] for name, rows in tables.items()
    }
    return assemble(raws["findings"], raws["breasts"], raws["exams"])


def case_ids(path: str | Path) -> list[str]:
    """Cases a file holds, sorted: the one of a YAML case, or all of a findings table.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    if Path(path).suffix.lower() in CASE_FILES:
        return [read_case(path).case_id]
    rows, _ = read_rows(path, FindingRow)
    return sorted({c for row in rows if (c := as_text(row.cells.get("case_id")))})


def load_case(
    path: str | Path,
    case_id: str | None = None,
    *,
    breasts: str | Path | None = None,
    exams: str | Path | None = None,
) -> Case:
    """A case with its cells, from a YAML case or from the rows of a findings table.

    Raises
    ------
    InputError
        If a file cannot be used or the case is not in it; the message says which there are.
    """
    if Path(path).suffix.lower() in CASE_FILES:
        return read_case(path)
    tables: Tables = {}
    problems = []
    models: Sequence[tuple[str, str | Path | None, type[Row]]] = (
        ("findings", path, FindingRow),
        ("breasts", breasts, BreastRow),
        ("exams", exams, ExamRow),
    )
    for name, source, model in models:
        rows, wrong = read_rows(source, model) if source is not None else ([], [])
        problems += wrong
        tables[name] = tuple(_stated(rows))
    case_id = _chosen(Path(path).name, tables, case_id)
    tables = {n: tuple(c for c in rows if c["case_id"] == case_id) for n, rows in tables.items()}
    loaded = assembled(tables, Path(path).name)
    about = [p for p in problems if p.case_id in ("", case_id)]
    case = Case(case_id, f"Case {case_id}", loaded.breasts, (*about, *loaded.problems))
    return replace(case, rows=loaded.rows, cells=tables)


def _stated(rows: Iterable[RawRow]) -> Iterable[dict[str, str]]:
    """Cells that say something, as text; a row without a case cannot be chosen."""
    for row in rows:
        cells = {k: text for k, v in row.cells.items() if (text := as_text(v))}
        if "case_id" in cells:
            yield cells


def _chosen(file: str, tables: Tables, case_id: str | None) -> str:
    ids = sorted({cells["case_id"] for cells in tables["findings"]})
    if case_id is None and len(ids) == 1:
        return ids[0]
    if case_id not in ids or case_id is None:
        raise no_such_case(file, case_id, ids)
    return case_id
