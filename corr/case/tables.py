"""Tables of one case file: its findings, breasts and exams as `corr judge` reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple
from itertools import chain
from pathlib import Path

from corr.case.casefile import Case
from corr.case.open import MODELS
from corr.exchange.csv_text import csv_text
from corr.exchange.files import write_whole
from corr.exchange.frames import write_frame
from corr.exchange.tables import PROBLEMS
from corr.problems import Problem
from corr.tables.rows import REQUIRED


def write_case_tables(case: Case, out_dir: Path) -> dict[str, Path]:
    """Write findings.csv, breasts.csv, exams.csv and problems.csv; other files are left alone.

    Returns
    -------
    dict
        table name to the path written
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    written = {}
    for name in MODELS:
        rows = case.to_rows(name)
        if rows.columns.empty:
            rows = rows.reindex(columns=list(REQUIRED[MODELS[name]]))
        written[name] = write_frame(rows, out_dir / f"{name}.csv")
    written["problems"] = write_problems(case.problems, out_dir)
    return written


def write_problems(problems: Iterable[Problem], out_dir: Path) -> Path:
    """Write problems.csv alone: of a case with nothing usable."""
    out_dir.mkdir(parents=True, exist_ok=True)
    text = csv_text(chain([PROBLEMS], map(astuple, problems)))
    return write_whole(out_dir / "problems.csv", text)
