"""What stands below the rows of a table in the same sheet: its header again, or another table."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import islice

from corr.problems import LONGEST_NAME, Problem, shown
from corr.tables.cells.columns import Row
from corr.tables.mapping.header_words import is_phrase
from corr.tables.meaning.plain import plain
from corr.tables.sheets.sheet import LEAST_NAMES, NAMES, Sheet, note


def end_at_next_table(sheet: Sheet, model: type[Row]) -> Sheet:
    """The sheet without the rows of another table below, and without its own header again."""
    own = _filled(sheet.header)
    again = [n for n, cells in sheet.rows if _filled(cells) == own]
    if again:
        said = f"the header stands again in row {', '.join(map(str, again[:5]))}; left out"
        sheet.problems.append(note(sheet.file, "header", "", said))
        left_out = set(again)
        sheet.rows = sheet.keep(row for row in sheet.rows if row[0] not in left_out)
    above: list[str] = []
    for start, (number, cells) in enumerate(sheet.rows):
        if _is_header(cells):
            title = len(_filled(above)) == 1
            sheet.rows = sheet.keep(islice(sheet.rows, start - title))
            sheet.problems.append(_another(sheet.file, number, cells, NAMES[model]))
            break
        above = cells
    return sheet


def _another(file: str, number: int, cells: list[str], name: str) -> Problem:
    fix = (
        f"another table begins in row {number}, and nothing from there on was read: put it on "
        "a sheet (called exams or breasts) or in a file of its own"
    )
    written = shown(", ".join(_filled(cells)))
    allowed = f"one table, of {name}"
    return Problem(file, number, "", "", "row", written, "rejected", allowed, fix)


def _filled(cells: list[str]) -> list[str]:
    return [text.casefold() for cell in cells if (text := cell.strip())]


def _is_header(cells: list[str]) -> bool:
    filled = _filled(cells)
    if len(filled) > 1 and _ours().issuperset(map(plain, filled)):
        return True
    if len(filled) < LEAST_NAMES or any(re.fullmatch(r"[\d.,:/-]+", text) for text in filled):
        return False
    names = [text for text in filled if _names_a_column(text)]
    return len(names) >= LEAST_NAMES and 2 * len(names) > len(filled)


@lru_cache(maxsize=4096)
def _names_a_column(text: str) -> bool:
    return len(text) <= LONGEST_NAME and (plain(text) in _ours() or is_phrase(text))


@cache
def _ours() -> frozenset[str]:
    return frozenset(plain(name) for model in NAMES for name in model.model_fields)
