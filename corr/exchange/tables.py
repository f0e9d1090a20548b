"""The five result tables: pairs, lesions, groupings, locations and problems, as CSV.

Rows are sorted, numbers have six significant digits, files are replaced atomically: the
same findings give the same bytes whatever the order of their rows.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from pathlib import Path

from corr.exchange.columns import RESULTS
from corr.exchange.csv_text import csv_text
from corr.exchange.files import write_whole
from corr.judgement.result import Judgement
from corr.problems import Problem

Rows = list[tuple[object, ...]]

HEADERS = {name: tuple(columns) for name, columns in RESULTS.items()}
PAIRS, PROBLEMS = HEADERS["pairs"], HEADERS["problems"]


def rows_of(judgement: Judgement) -> dict[str, Rows]:
    """One judgement as rows of the tables (all but problems).

    Raises
    ------
    ValueError
        If the judgement holds what is not a number: nothing of it can be trusted.
    """
    rows = _rows_of(judgement)
    for name, lines in rows.items():
        for line in lines:
            for column, value in zip(HEADERS[name], line, strict=True):
                if isinstance(value, float) and math.isnan(value):
                    ids = " and ".join(str(x) for x in line[2:4] if isinstance(x, str))
                    msg = f"{column} of {ids or name} is not a number"
                    raise ValueError(msg)
    return rows


def _rows_of(judgement: Judgement) -> dict[str, Rows]:
    who = (judgement.breast.case_id, judgement.breast.side)
    return {
        "pairs": [
            (
                *who, q.finding_a, q.finding_b, q.p_same, q.p_low, q.p_high, q.verdict,
                q.log10_prior, q.log10_location, q.log10_size, q.log10_kind, q.log10_reporting,
                q.log10_context,
                q.p_one_process,
            )
            for q in judgement.pairs
        ],
        "lesions": [
            (*who, lesion, finding_id, best.p)
            for best in judgement.groupings[:1]
            for lesion, block in enumerate(best.blocks, start=1)
            for finding_id in block
        ],
        "groupings": [
            (*who, rank, g.p, " | ".join("+".join(block) for block in g.blocks))
            for rank, g in enumerate(judgement.groupings, start=1)
        ],
        "locations": [
            (*who, b.finding_id, *b.mean_mm, *b.lo80_mm, *b.hi80_mm, b.volume80_cm3)
            for b in judgement.beliefs.values()
        ],
    }  # fmt: skip


def tables_of(rows: Iterable[dict[str, Rows]], problems: Sequence[Problem]) -> dict[str, Rows]:
    """All five tables by name, their rows in the order of the files; columns are `HEADERS`.

    Parameters
    ----------
    rows : what `rows_of` gave, one dict a breast, in any order
    problems : every line of problems.csv
    """
    tables: dict[str, Rows] = {name: [] for name in HEADERS}
    for part in rows:
        for name, lines in part.items():
            tables[name] += lines
    tables["lesions"].sort(key=lambda r: (r[0], r[1], r[3]))
    tables["groupings"].sort(key=lambda r: (r[0], r[1], r[2]))
    for name in ("pairs", "locations"):
        tables[name].sort(key=lambda r: r[:4] if name == "pairs" else r[:3])
    tables["problems"] = [astuple(p) for p in problems]
    return tables


def write_tables(
    rows: Iterable[dict[str, Rows]], problems: Sequence[Problem], out_dir: Path
) -> dict[str, Path]:
    """Write `tables_of`, with headers even when empty; other files are left alone.

    Tables in parts (`corr.exchange.parts`) that a larger table left there are taken away.

    Returns
    -------
    dict
        table name to the path written; the folder is made if need be
    """
    tables = tables_of(rows, problems)
    out_dir.mkdir(parents=True, exist_ok=True)
    written = {
        name: write_whole(out_dir / f"{name}.csv", _csv(HEADERS[name], tables[name]))
        for name in HEADERS
    }
    clear_parts(out_dir)
    return written


def part_folder(folder: Path, name: str) -> Path:
    """Where the parts of a table are that is too large for one file."""
    return folder / f"{name}.parquet"


def clear_parts(folder: Path) -> None:
    """Remove the tables in parts that an earlier run left: their place is taken by others."""
    for name in HEADERS:
        shutil.rmtree(part_folder(folder, name), ignore_errors=True)


def _text(value: object) -> object:
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return f"{value:.6g}" if abs(value) >= 5e-13 else "0"
    return "" if value is None else value


def rounded(value: object) -> object:
    """A value as one reads it back from the files: six digits, None for what is not a number."""
    text = _text(value)
    return (float(str(text)) if text else None) if isinstance(value, float) else value


def _csv(header: Sequence[str], rows: Rows) -> str:
    return csv_text([header, *([_text(v) for v in row] for row in rows)])
