"""What every kind of file becomes: numbered rows of text, and what to know of how they came."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from corr.problems import Problem, shown
from corr.tables.cells.columns import Row
from corr.tables.findings import FindingRow
from corr.tables.mapping.header_words import meant_by_words
from corr.tables.meaning.plain import plain
from corr.tables.rows import BreastRow, ExamRow

NAMES: dict[type[Row], str] = {FindingRow: "findings", BreastRow: "breasts", ExamRow: "exams"}
"""What problems call a table that comes as a frame, and what its sheet is called."""
HEADER_WITHIN = 20
"""Rows in which a header is looked for below titles and remarks."""
LEAST_NAMES = 3
"""Columns that a row names in words of other tables if it is a header (assumed)."""


Numbered = tuple[int, list[str]]
"""A row: its number as a spreadsheet shows it, and its cells."""
Keep = Callable[[Iterable[Numbered]], Collection[Numbered]]
"""Where rows are kept: ``list`` keeps them in memory."""


@dataclass
class Sheet:
    """A table before anything of it is interpreted.

    Attributes
    ----------
    file : what problems call it
    header : names of the columns as written
    rows : number as a spreadsheet shows it, and the cells as text; read as often as need be
    comma : whether "4,5" may be a decimal: cells are not split by commas
    units : mm or cm, of columns of ours whose header or columns file says the unit of its numbers
    problems : of the file
    keep : what keeps its rows, and those of sheets made of it
    """

    file: str
    header: list[str]
    rows: Collection[Numbered]
    comma: bool = True
    units: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    keep: Keep = list

    def column(self, name: str) -> list[str]:
        """Cells of a column by its header, "" where a row is too short."""
        at = self.header.index(name)
        return [cells[at].strip() if at < len(cells) else "" for _, cells in self.rows]


def note(file: str, field: str, value: str, fix: str, allowed: str = "") -> Problem:
    """Something that was understood in another way than it is written, said once."""
    return Problem(file, 1, "", "", field, shown(value), "noted", allowed, fix)


def known_name(header: str, model: type[Row]) -> str | None:
    """The column that a header spells, however it is spaced: "Case ID", "size (mm)".

    >>> known_name(" Size [mm]", FindingRow), known_name("length", FindingRow)
    ('size_mm', None)
    """
    name = plain(header).replace(" ", "_")
    exact = header.strip().lower()
    return next((n for n in (exact, name) if n in model.model_fields), None)


def names_in(cells: Sequence[str], model: type[Row]) -> int:
    """How many columns some cells name, in our words or those of other tables."""
    return len({n for c in cells if (n := known_name(c, model) or meant_by_words(c, model))})


def header_at(rows: Sequence[Sequence[str]], model: type[Row]) -> int:
    """Which row is the header: the first unless one below it names far more columns."""
    first = rows[:HEADER_WITHIN]
    ours = [len({n for cell in row if (n := known_name(cell, model))}) for row in first]
    best = max(range(len(ours)), key=lambda i: (ours[i], -i), default=0)
    if not ours or ours[0]:
        return 0
    if ours[best] >= 2:
        return best
    named = [names_in(row, model) for row in first]
    best = max(range(len(named)), key=lambda i: (named[i], -i))
    return best if named[best] >= LEAST_NAMES and named[0] <= 1 else 0


def below_header(sheet: Sheet, names: Collection[str]) -> Sheet:
    """The sheet below the row that has names of a columns file, where its header has none."""
    wanted = {name.casefold() for name in names}

    def found(cells: Sequence[str]) -> int:
        return len(wanted & {cell.strip().casefold() for cell in cells})

    first = list(islice(sheet.rows, 0 if found(sheet.header) else HEADER_WITHIN))
    best = max(range(len(first)), key=lambda i: (found(first[i][1]), -i), default=-1)
    if best < 0 or found(first[best][1]) < min(2, len(wanted)):
        return sheet
    number, header = first[best]
    said = note(sheet.file, "header", " ".join(sheet.header).strip(), above_left_out(number))
    rows = sheet.keep(islice(sheet.rows, best + 1, None))
    return replace(sheet, header=header, rows=rows, problems=[*sheet.problems, said])


def above_left_out(number: int) -> str:
    """What is said of a header that is not the first row."""
    return f"the header is row {number}; what stands above it is left out"


def header_doubt(sheet: Sheet) -> str:
    """What to look at where the header is one cell and rows below it are wider, else ""."""
    wider = any(sum(map(bool, cells)) > 1 for _, cells in islice(sheet.rows, HEADER_WITHIN))
    if sum(bool(cell.strip()) for cell in sheet.header) != 1 or not wider:
        return ""
    return "the first row has one cell: if it is a title, delete what stands above the header"
