"""Tables in: findings, breasts and exams as CSV or Parquet, checked and made into records.

A row is rejected only if it does not say whose finding it is (`case_id`, `breast`,
`finding_id`, `modality`) or doubles an id; any other bad value is ignored and the finding
kept, wider. Every such decision is a `Problem`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from corr.problems import InputError, Problem, explain, unusable_file
from corr.tables.assemble import Loaded, assemble
from corr.tables.files import read_rows
from corr.tables.findings import FindingRow
from corr.tables.rows import BreastRow, ExamRow

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["InputError", "Loaded", "Problem", "explain", "read_findings"]


def read_findings(
    path: str | Path | pd.DataFrame,
    breasts: str | Path | pd.DataFrame | None = None,
    exams: str | Path | pd.DataFrame | None = None,
) -> Loaded:
    """Breasts to judge from a findings table and, if there are, a breasts and an exams table.

    The result does not depend on the order of the rows.

    Raises
    ------
    InputError
        If no finding can be used: no such file, empty, no usable header, every row rejected.
        Its `problems` say what was found up to there.
    """
    rows, problems = read_rows(path, FindingRow)
    breast_rows, more = read_rows(breasts, BreastRow) if breasts is not None else ([], [])
    exam_rows, further = read_rows(exams, ExamRow) if exams is not None else ([], [])
    loaded = assemble(rows, breast_rows, exam_rows, [*problems, *more, *further])
    if not loaded.rows:
        why = "every row was rejected" if rows else "there is a header but no row"
        fix = "see the other problems" if rows else "add the findings"
        raise unusable_file(
            Path(path).name if isinstance(path, (str, Path)) else "findings",
            f"no usable finding ({why})",
            "one row a finding",
            fix=fix,
            problems=loaded.problems,
        )
    return loaded
