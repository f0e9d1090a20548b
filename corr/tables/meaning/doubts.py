"""Numbers that are read as they stand and may be none: they are used, and a look is asked for.

A code for "missing" shows itself where another column of its row cannot hold it; a point that
groups thousands, where the other decimals of the file are written with commas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from corr.problems import Problem
from corr.tables.cells.cell import Cell, FieldError
from corr.tables.cells.clock import Clock
from corr.tables.cells.columns import Row
from corr.tables.cells.fields import Grade, Number
from corr.tables.rows import RawRow

_CODE = re.compile(r"-\s*([1-9])\1{0,3}|([06-9])(?:\.?\2){0,3}(?:\.0)?")
"""One digit again and again, as 88, 7.7, 999 or -9: what people and programs choose as codes."""
_GROUPED = {
    ",": re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}"),
    ".": re.compile(r"[+-]?[1-9]\d{0,2},\d{3}"),
}
"""Thousands of a file, by the sign before its decimals."""
_DECIMAL = re.compile(r"[+-]?\d+([.,])\d{1,2}")
MARKS = tuple(_GROUPED)


def flag_codes(rows: Sequence[RawRow], model: type[Row]) -> Iterator[Problem]:
    """Numbers that are used, of a digit whose number another column of the row refused."""
    cells = {name: model.cell(name) for name in model.model_fields}
    cells = {name: cell for name, cell in cells.items() if _holds_codes(cell)}
    for raw in rows:
        alike: dict[str, list[str]] = {}
        for name in cells.keys() & raw.cells.keys():
            if m := _CODE.fullmatch(raw.as_written(name).strip()):
                alike.setdefault(f"-{m[1]}" if m[1] else m[2], []).append(name)
        for names in alike.values():
            used = sorted(n for n in names if _is_used(cells[n], raw.cells[n].strip()))
            refused = sorted(set(names) - set(used))
            for name in used if refused else ():
                code = raw.as_written(name).strip()
                written = {n: raw.as_written(n).strip() for n in refused}
                other = next((n for n in refused if written[n] == code), refused[0])
                fix = (
                    f"{other} cannot be {written[other]}: may be a code for "
                    f"missing; leave it empty, or say `missing: [{code}]` in a columns file"
                )
                allowed = cells[name].allowed
                yield raw.problem(name, "flagged", allowed=allowed, fix=fix)


def decimal_mark(text: str) -> str:
    """The sign before the decimals of a number that can be nothing else, "" of others."""
    found = _DECIMAL.fullmatch(text)
    return found[1] if found else ""


def flag_thousands(
    rows: Sequence[RawRow], model: type[Row], decimals: Mapping[str, str]
) -> Iterator[Problem]:
    """Numbers such as 1.250 where other decimals have commas, or 1,250 where they have points.

    ``decimals`` is one decimal as the table writes them, by the sign before its decimals.
    """
    names = [n for n in model.model_fields if isinstance(model.cell(n), Number)]
    texts = [(raw, n, raw.as_written(n).strip()) for raw in rows for n in names if n in raw.cells]
    for mark, grouped in _GROUPED.items():
        other = decimals.get(mark, "")
        found = [(raw, n, t) for raw, n, t in texts if grouped.fullmatch(t)] if other else []
        for raw, name, text in found:
            if not _is_used(model.cell(name), raw.cells[name].strip()):
                continue
            whole = re.sub(r"[.,]", "", text)
            fix = (
                f"decimals of this file have {mark!r}, as {other}: perhaps {whole}, with a sign "
                f"for thousands; read as {raw.cells[name]}"
            )
            yield raw.problem(name, "flagged", allowed=model.cell(name).allowed, fix=fix)


def _holds_codes(cell: Cell) -> bool:
    return isinstance(cell, Clock | Grade) or (isinstance(cell, Number) and cell.unit != "pixels")


def _is_used(cell: Cell, text: str) -> bool:
    try:
        return cell.parse(text) is not None
    except FieldError:
        return False
