"""What every kind of file becomes: numbered rows of text, and what to know of how they came."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from corr.problems import Problem, shown
from corr.tables.cells.columns import Row
from corr.tables.findings import FindingRow
from corr.tables.meaning.plain import plain
from corr.tables.rows import BreastRow, ExamRow

NAMES: dict[type[Row], str] = {FindingRow: "findings", BreastRow: "breasts", ExamRow: "exams"}
"""What problems call a table that comes as a frame, and what its sheet is called."""
HEADER_WITHIN = 20
"""Rows in which a header is looked for below titles and remarks."""


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


def header_at(rows: Sequence[Sequence[str]], model: type[Row]) -> int:
    """Which row is the header: the first unless one below it names far more columns."""
    hits = [len({n for cell in row if (n := known_name(cell, model))}) for row in
            rows[:HEADER_WITHIN]]  # fmt: skip
    best = max(range(len(hits)), key=lambda i: (hits[i], -i), default=0)
    return best if hits and hits[best] >= 2 and hits[0] == 0 else 0
