"""How long tables of 10 000 rows take to be read: ``python -m benchmarks.spreadsheets``.

The rows are made up, in the words and numbers of a German export (a workbook, CSV with semicolons
in Windows letters) and in our own columns and words (CSV). Writes ``benchmarks/spreadsheets.md``.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import io
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl

import corr
from corr.exchange.files import write_whole

OUT = Path(__file__).with_suffix(".md")
GOAL_S = 20.0
"""Of a workbook of 10 000 rows."""
HEADER = (
    "case_id breast finding_id modality exam_id date view kind size_mm clock fn_cm quadrant bi_rads"
)
KINDS = {"Mammographie": "Herdbefund", "Sonographie": "Zyste", "MRT": "Herdbefund"}
_OURS = {
    **{"Mammographie": "MG", "Sonographie": "US", "MRT": "MR", "links": "L", "rechts": "R"},
    **{"Herdbefund": "mass", "Zyste": "cyst", "oben außen": "UOQ"},
}


def made(rows: int, seed: int = 7) -> list[list[Any]]:
    """Rows of women with three findings of a breast each, typed as a workbook holds them."""
    rng = np.random.default_rng(seed)
    out: list[list[Any]] = [HEADER.split()]
    for k in range(rows):
        exam = list(KINDS)[k % 3]
        us = exam == "Sonographie"
        day = dt.datetime(2024, 1, 1) + dt.timedelta(days=int(rng.integers(0, 700)))
        out.append(
            [f"P{k // 3:05d}", "links" if k // 3 % 2 else "rechts", f"F{k}", exam, exam[:2], day,
             "CC" if exam[1] == "a" else None, KINDS[exam], round(float(rng.uniform(4, 40)), 1),
             f"{rng.integers(1, 13)} Uhr" if us else None, round(float(rng.uniform(1, 9)), 1),
             None if us else "oben außen", f"{rng.integers(2, 6)}"]
        )  # fmt: skip
    return out


def workbook(rows: list[list[Any]], path: Path) -> Path:
    """The rows as a workbook."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Befunde")
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def csv_of(rows: list[list[Any]], path: Path, *, german: bool) -> Path:
    """The rows as text: a German export, or our own words."""

    def text(cell: Any) -> str:
        if isinstance(cell, dt.datetime):
            return f"{cell:%d.%m.%Y}" if german else f"{cell:%Y-%m-%d}"
        plain = "" if cell is None else str(cell)
        if german:
            return plain.replace(".", ",") if isinstance(cell, float) else plain
        return _OURS.get(plain, plain.removesuffix(" Uhr"))

    held = io.StringIO()
    table = csv.writer(held, delimiter=";" if german else ",", lineterminator="\r\n")
    table.writerows([text(cell) for cell in row] for row in rows)
    path.write_bytes(held.getvalue().encode("cp1252" if german else "utf-8"))
    return path


def measured(rows: int) -> list[tuple[str, float, int, int]]:
    """Each form of the table, processor seconds to read it, findings and problems."""
    table, out = made(rows), []
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        files = {
            "workbook, German": workbook(table, folder / "t.xlsx"),
            "CSV, German (semicolons, cp1252)": csv_of(table, folder / "g.csv", german=True),
            "CSV, our columns and words": csv_of(table, folder / "o.csv", german=False),
        }
        for name, path in files.items():
            began = time.process_time()
            read = corr.read_tables(path)
            took = time.process_time() - began
            wrong = sum(p.action != "noted" for p in read.problems)
            out.append((name, took, sum(len(b.findings) for b in read.breasts), wrong))
    return out


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    rows = parser.parse_args().rows
    lines = [
        f"# Time to read a table of {rows} rows",
        "",
        f"Made-up rows of {len(HEADER.split())} columns, checked and made into breasts; processor "
        f"time of one process, Python 3.11. Goal: {GOAL_S:g} s for a workbook. It depends on the "
        "machine.",
        "",
        "| table | s | findings | problems |",
        "| --- | --- | --- | --- |",
        *(f"| {name} | {s:.1f} | {n} | {wrong} |" for name, s, n, wrong in measured(rows)),
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    write_whole(OUT, text)


if __name__ == "__main__":
    main()
