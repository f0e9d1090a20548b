"""Break thousands of tables and see that every one is read, or refused in a line.

    python -m benchmarks.fuzz.tables --count 3500 --seed 7 --out benchmarks/fuzz/tables.json

CSV with commas, CSV with semicolons in Windows letters, UTF-16, Excel workbooks, columns files and
cases are mutated as bytes, as cells and, in workbooks, as the XML inside. Each is read, its
problems are explained, and a columns file is proposed. Anything but a result or an `InputError` in
one line is a failure. A table depends on the seed and its number only: ``--only NUMBER``.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl

import corr
from benchmarks.fuzz.mutations import flip, noise, splice, truncate
from corr import InputError

Random = np.random.Generator

SECONDS = 10.0
"""Processor time of one table."""
HEADER = (
    "case_id breast finding_id modality exam_id date view kind size_mm clock fn_cm quadrant text"
)
ROWS = [
    ["c1", "R", "a", "MG", "m", "2024-02-03", "CC", "mass", "14.5", "", "", "UOQ", "a mass"],
    ["c1", "links", "b", "Sono", "u", "03.02.2024", "", "Herdbefund", "1,3 cm", "10 Uhr", "4,5"],
    ["c1", "R", "d", "MRT", "r", "45325", "", "nme", "16 x 9 mm", "7-8", "NA", "oben außen", "ß"],
    ["c2", "D", "e", "IRM", "", "17/02/2024", "face", "kyste", ".", "08-juil", "-99", "QSE", "é"],
]
CELLS = [
    "", "R", "L", "D", "I", "both", "MRT", "1", "0", "-99", "999", "1e999", "1,234.5", "1.234,5",
    "7,5", "31.02.2024", "99/99/9999", "0/0/0", "00.00.00", "2024-13-45", "45911.0", "1e5",
    "0.3125", "VII", "IIII", "7 x 8 x 9 x 10", "x x x", "1,1,1 x 2", "halb 8", "half 0",
    "12:99 AM", "=1+1", "#REF!", "nan", "OAQ", "UIQ", "oben", "\u0660", "\u2460", "½", "\u0663",
    "é" * 300, "\x00", "\ud800", "\u202e", "a\nb", "5 feb 99999", "feb 5", "99feb99", "(choice=)",
    "___", "?", "'", '"', "{}", "[1]", "- a", "1 mm mm", ",", ".", "-", "--5", "+-3 mm", "0,0",
    "12,25", "24:00", "de 7 à 8 h", "zwischen 7 und", "R/L",
]  # fmt: skip
COLUMNS = """\
findings:
  case_id: case_id
  finding_id: [case_id, finding_id]
  breast: {from: breast, values: {links: L, D: R}}
  kind: {checked: {kind: mass, view: cyst}}
  size_mm: {from: size_mm, unit: cm}
  modality: {always: US}
missing: [-99, NA]
"""
CASE = """\
case_id: c
exams:
- {breast: links, modality: MRI, exam_id: MR, done: ja}
findings:
- {finding_id: a, breast: left, modality: ultrasound, kind: masses, clock: 2 o'clock, fn_cm: 5 cm}
- {finding_id: b, breast: L, modality: MRI, exam_id: MR, kind: non-mass enhancement, size_mm: 1x2}
"""


def _pick(values: list[Any], rng: Random) -> Any:
    return values[int(rng.integers(0, len(values)))]


def _rows(rng: Random) -> list[list[str]]:
    """The seed rows with other cells, headers, lengths and orders."""
    rows = [HEADER.split(), *([*row] for row in ROWS)]
    for _ in range(int(rng.integers(0, 9))):
        row = rows[int(rng.integers(0 if rng.random() < 0.1 else 1, len(rows)))]  # few headers
        if row:
            row[int(rng.integers(0, len(row)))] = _pick(CELLS, rng)
    what = rng.random()
    if what < 0.1:
        rows = [row[: int(rng.integers(0, 14))] for row in rows]
    elif what < 0.2:
        rows.insert(int(rng.integers(0, 5)), _pick([[], ["Study 7"], [""] * 40, rows[0]], rng))
    elif what < 0.3:
        rng.shuffle(rows)
    return rows


def _text(rows: list[list[str]], delimiter: str) -> str:
    quoted = [['"' + c.replace('"', '""') + '"' if delimiter in c else c for c in r] for r in rows]
    return "\r\n".join(delimiter.join(row) for row in quoted)


def _value(text: str, rng: Random) -> Any:
    """A cell of a workbook: text, or one of the types that cells have."""
    typed = (
        7, 0.3125, -1e300, True, dt.datetime(2024, 8, 7), dt.time(7, 30), dt.date(1899, 12, 31),
        dt.timedelta(hours=31), dt.datetime(9999, 12, 31, 23, 59), "=A1", "=1/0", None,
    )  # fmt: skip
    return (
        _pick(list(typed), rng)
        if rng.random() < 0.15
        else "".join(c for c in text if " " <= c < "\ud800")
    )


def _book(rng: Random) -> bytes:
    """A workbook of one to three sheets, with merged cells and strays."""
    book = openpyxl.Workbook()
    names = _pick([["Befunde", "breasts", "Exams"], ["a", "findings", "b"], ["a", "b", "c"]], rng)
    for k in range(int(rng.integers(1, 4))):
        sheet = book.active if k == 0 else book.create_sheet()
        sheet.title = names[k]
        for n, row in enumerate(_rows(rng)):
            try:
                sheet.append([_value(cell, rng) if n else cell for cell in row])
            except (ValueError, openpyxl.utils.exceptions.IllegalCharacterError):
                sheet.append([""])
        if rng.random() < 0.2:
            sheet.merge_cells("A2:B4")
        if rng.random() < 0.1:
            sheet["XFD1048576"] = "stray"
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _inside(data: bytes, rng: Random) -> bytes:
    """One of the parts of a workbook broken, the package whole."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(held, "w") as new:
        names = old.namelist()
        broken = _pick(names, rng)
        for name in names:
            part = old.read(name)
            if name == broken:
                part = _pick([truncate, flip, splice, noise], rng)(part, rng)
            if name != broken or rng.random() < 0.9:
                new.writestr(name, part)
    return held.getvalue()


def make(rng: Random) -> tuple[str, str, bytes]:
    """Kind of table, name of the file and its bytes."""
    kind = _pick(["comma", "semicolon", "utf16", "xlsx", "xlsx inside", "columns", "case"], rng)
    if kind.startswith("xlsx"):
        data, name = _book(rng), "t.xlsx"
        data = _inside(data, rng) if kind == "xlsx inside" else data
    elif kind == "columns":
        data, name = COLUMNS.encode(), "columns.yaml"
    elif kind == "case":
        data, name = CASE.encode(), "case.yaml"
    else:
        mark = {"comma": ",", "semicolon": ";", "utf16": "\t"}[kind]
        letters = {"comma": "utf-8", "semicolon": "cp1252", "utf16": "utf-16-le"}[kind]
        errors = "replace" if kind == "semicolon" else "surrogatepass"
        data, name = _text(_rows(rng), mark).encode(letters, errors), "t.csv"
    if name.endswith("yaml"):
        text = data.decode()
        for _ in range(int(rng.integers(0, 3))):
            words = text.split(" ")
            words[int(rng.integers(0, len(words)))] = _pick(CELLS, rng)
            text = " ".join(words)
        data = text.encode("utf-8", "surrogatepass")
    if kind != "xlsx inside" and rng.random() < 0.2:
        data = _pick([truncate, flip, splice, noise], rng)(data, rng)
    return kind, name, data


def read(kind: str, path: Path, whole: Path) -> str:
    """What commands do with a table before they judge it; "read" or "refused"."""
    source, columns = (whole, path) if kind == "columns" else (path, None)
    said = corr.validate(source, columns=columns)
    if "\n" in said.why or not str(said) or (said.why and not said.found):
        msg = "refused without a line or its problems"
        raise AssertionError(msg)
    if kind not in ("columns", "case"):
        _by_proposal(path)
    return "read" if said.usable else "refused"


def _by_proposal(path: Path) -> None:
    """Propose a columns file, and read the table by it; what it leaves open is refused."""
    proposed = path.with_name("proposed.yaml")
    try:
        text = corr.propose_columns(path)
        proposed.write_text(text, encoding="utf-8", errors="replace")
        corr.read_tables(path, columns=proposed).save(path.parent / "saved")
    except InputError as error:
        if "\n" in str(error) or not error.problems:
            msg = "refused without a line or its problems"
            raise AssertionError(msg) from error


def run(numbers: range, seed: int) -> dict[str, Any]:
    """Make and read the tables of these numbers."""
    outcomes: Counter[str] = Counter()
    failures: list[str] = []
    slowest = (0.0, "")
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        whole = folder / "whole.csv"
        whole.write_text(_text([HEADER.split(), *ROWS], ","), encoding="utf-8")
        for number in numbers:
            kind, name, data = make(np.random.default_rng([seed, number]))
            path = folder / name
            path.write_bytes(data)
            began, outcome = time.process_time(), "failed"
            try:
                outcome = read(kind, path, whole)
            except Exception as error:
                at = traceback.extract_tb(error.__traceback__)[-1]
                where = f"{Path(at.filename).name}:{at.lineno}"
                failures.append(f"{number} {kind}: {type(error).__name__} at {where}")
            took = time.process_time() - began
            slowest = max(slowest, (took, f"{number} {kind}"))
            if took > SECONDS:
                failures.append(f"{number} {kind}: {took:.1f} s")
            outcomes[f"{kind} {outcome}"] += 1
    return {
        "seed": seed,
        "tables": len(numbers),
        "processor_seconds_a_table_at_most": SECONDS,
        "failures": failures,
        "slowest_seconds": round(slowest[0], 1),
        "slowest": slowest[1],
        "outcomes": dict(sorted(outcomes.items())),
    }


def main(arguments: list[str] | None = None) -> int:
    """Run the campaign; exit 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--only", type=int, help="one table")
    given = parser.parse_args(arguments)
    one = given.only is not None
    numbers = range(given.only, given.only + 1) if one else range(given.count)
    found = run(numbers, given.seed)
    text = json.dumps(found, indent=1) + "\n"
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(text, encoding="utf-8")
    print(text, end="")
    return 1 if found["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
