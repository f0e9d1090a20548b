"""Tables too large to be held: judged part by part, results on disk."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from corr.cohort.judge_stream import Streamed, judge_stream
from corr.extras import needs
from corr.tables import stream, tables_of
from corr.tables.mapping.columns_file import read_columns
from corr.tables.stream import may_be_large

if TYPE_CHECKING:
    from corr.cohort.journal import Journal
    from corr.cohort.run_record import RunRecord
    from corr.parameters import Parameters
    from corr.tables import Columns

__all__ = ["judge_large", "may_be_large"]

ROWS = ".rows"
"""Folder beside the results in which rows wait for their part; gone when the run ends."""


def judge_large(
    findings: str | Path,
    out: str | Path,
    parameters: Parameters,
    *,
    journal: Journal,
    breasts: str | Path | None = None,
    exams: str | Path | None = None,
    columns: Columns | None = None,
    shard: str = "1/1",
    jobs: int = -1,
    progress: bool = False,
    record: RunRecord | None = None,
) -> Streamed | None:
    """Judge files of more than 100 000 findings in the memory of some; None where they have fewer.

    Rows are written to a folder beside the results, sorted there into parts of whole women, and
    judged part by part (`corr.tables.stream`). The five tables are folders of Parquet parts
    (`corr.exchange.parts`); those of a part of a job array are CSV files.

    Parameters
    ----------
    findings, breasts, exams, columns : files, as `corr.judge` takes them; findings may be a folder
        of Parquet files
    out : folder for the tables, which is there
    parameters : table of constants
    journal : keeps what is judged; nobody else may write to the folder meanwhile
    shard : only part k of n, by sorted case id
    jobs, progress : as `corr.judge` takes them
    record : is asked whether files changed while they were read

    Raises
    ------
    CorrError
        If a file cannot be used, or changed meanwhile.
    OSError
        If something cannot be written; what is judged stays in the journal.
    """
    rows = Path(out) / ROWS
    shutil.rmtree(rows, ignore_errors=True)
    rows.mkdir()
    try:
        said = None if columns is None else read_columns(columns)
        tables = tables_of(findings, breasts, exams, said)
        parts = stream.Stream(tables, rows, said, stream.AT_ONCE)
        if parts.findings <= stream.LARGE:
            return None
        needs("tables", "results in Parquet parts")
        if record is not None:
            record.check_unchanged()
        return judge_stream(
            parts, parameters, Path(out), shard=shard, jobs=jobs, progress=progress, journal=journal
        )
    finally:
        shutil.rmtree(rows, ignore_errors=True)
