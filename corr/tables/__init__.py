"""Tables in: findings, breasts and exams of any program, checked and made into records.

A row is rejected only if it does not say whose finding it is (`case_id`, `breast`,
`finding_id`, `modality`) or doubles an id; any other bad value is ignored and the finding
kept, wider. Every such decision is a `Problem`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corr.problems import InputError, Problem, explain
from corr.tables.assemble import Loaded, assemble, no_usable_finding
from corr.tables.cells.columns import Row
from corr.tables.files import beside, read_rows
from corr.tables.findings import FindingRow
from corr.tables.mapping.columns_file import ColumnsFile, read_columns
from corr.tables.rows import BreastRow, ExamRow

if TYPE_CHECKING:
    from corr.tables.files import Table

Columns = str | Path | Mapping[str, Any] | ColumnsFile
"""A columns file, by path or as a dict."""

__all__ = ["Columns", "InputError", "Loaded", "Problem", "explain", "read_findings", "tables_of"]


def read_findings(
    path: Table,
    breasts: Table | None = None,
    exams: Table | None = None,
    columns: Columns | None = None,
) -> Loaded:
    """Breasts to judge from a findings table and, if there are, a breasts and an exams table.

    The result does not depend on the order of the rows. Sheets of the same workbook that are called
    breasts and exams are read with it. ``columns`` is a columns file
    (`corr.tables.mapping.columns_file`).

    Raises
    ------
    InputError
        If no finding can be used: no such file, empty, no usable header, every row rejected.
        Its `problems` say what was found up to there.
    """
    said = None if columns is None else read_columns(columns)
    tables = tables_of(path, breasts, exams, said)
    found = [read_rows(t, model, said) if t is not None else ([], []) for model, t in tables]
    (rows, problems), (breast_rows, more), (exam_rows, further) = found
    loaded = assemble(rows, breast_rows, exam_rows, [*problems, *more, *further])
    if not loaded.rows:
        file = Path(path).name if isinstance(path, (str, Path)) else "findings"
        raise no_usable_finding(file, loaded.problems, any_row=bool(rows))
    return loaded


def tables_of(
    findings: Table,
    breasts: Table | None,
    exams: Table | None,
    columns: ColumnsFile | None = None,
) -> tuple[tuple[type[Row], Table | None], ...]:
    """Where findings, breasts and exams come from: what is given, else a sheet beside them."""
    beside_findings = [
        given if given is not None else beside(findings, model, columns)
        for given, model in ((breasts, BreastRow), (exams, ExamRow))
    ]
    return ((FindingRow, findings), (BreastRow, beside_findings[0]), (ExamRow, beside_findings[1]))
