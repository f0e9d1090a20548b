"""What every column of the exported tables holds, from where the columns are declared.

Findings, breasts and exams are declared by their row models (`corr.tables`), results by
`corr.exchange.columns`; nothing is said of a column here. What would tell of the files that were
read is left out: their names, free text, and what stood where something was wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from corr.case.open import MODELS
from corr.exchange.columns import RESULTS, Kind, ResultColumn
from corr.tables.cells.cell import Cell
from corr.tables.cells.columns import Column, Row
from corr.tables.cells.fields import Choice, Day, Flag, Number
from corr.tables.rows import REQUIRED

OF_SOURCES = ("file", "value", "allowed", "fix")
"""Columns of problems that may quote what stands in sources, or their names: these stay at home."""
AT_HOME = ("text", "words", "image", "mark")
"""Columns of findings that do not travel: free text, and names of images and marks."""
MOST_CHARACTERS = 200
"""Of a text that is one line; longer ones are notes."""


@dataclass(frozen=True)
class Field:
    """One column of an exported table: `corr.exchange.columns.ResultColumn` with its name.

    Attributes
    ----------
    above : whether the lower bound itself is excluded
    long : whether it may hold whole sentences
    flag : whether it is 1 or 0
    """

    name: str
    says: ResultColumn
    above: bool = False
    long: bool = False
    flag: bool = False

    @property
    def kind(self) -> Kind:
        """Of value."""
        return self.says.kind

    def read(self, text: str) -> object:
        """A value from the text of a CSV; None if it is empty."""
        if not text:
            return None
        return {"number": float, "integer": int}.get(self.kind, str)(text)


def _of_result(name: str, column: ResultColumn) -> Field:
    return Field(name, column, long=name == "grouping")


def _of_cell(model: type[Row], name: str) -> Field:
    """A column of findings, breasts or exams; hours, ranges and quotes stay text."""
    cell = model.cell(name)
    about = _about(model, name, cell)
    required = name in REQUIRED[model]
    if isinstance(cell, Number):
        kind: Kind = "integer" if cell.whole else "number"
        says = ResultColumn(about, kind, cell.unit, cell.low, cell.high, required=required)
        return Field(name, says, above=cell.above)
    if isinstance(cell, Flag):
        return Field(name, ResultColumn(about, "integer", "", 0, 1, required=required), flag=True)
    if isinstance(cell, Choice):
        return Field(name, ResultColumn(about, words=cell.values, required=required))
    if isinstance(cell, Day):
        return Field(name, ResultColumn(about, "date", required=required))
    says = ResultColumn(about, required=required)
    return Field(name, says, long=cell.limit > MOST_CHARACTERS)


def _about(model: type[Row], name: str, cell: Cell) -> str:
    said = [m.about.replace("`", "") for m in model.model_fields[name].metadata
            if isinstance(m, Column) and m.about]  # fmt: skip
    allowed = [] if isinstance(cell, Choice) else [cell.allowed]
    return "; ".join([name.replace("_", " "), *said, *allowed])


def _all() -> dict[str, tuple[Field, ...]]:
    inputs = {
        name: tuple(_of_cell(model, c) for c in model.model_fields if c not in AT_HOME)
        for name, model in MODELS.items()
    }
    results = {
        name: tuple(_of_result(c, says) for c, says in columns.items() if c not in OF_SOURCES)
        for name, columns in RESULTS.items()
    }
    return {**inputs, **results}


TABLES: dict[str, tuple[Field, ...]] = _all()
"""Columns of each table: findings, breasts and exams as they were used, then the results."""
ABOUT: dict[str, str] = {
    "findings": "one row a finding, as it was reported",
    "breasts": "one row a breast: exams done, its shape",
    "exams": "one row an examination, whether or not it found anything",
    "pairs": "one row two findings of different readings of one breast",
    "lesions": "one row a finding: its lesion in the most probable grouping",
    "groupings": "one row one of the five most probable groupings of a breast",
    "locations": "one row a finding: where it is in the breast, mm from the nipple",
    "problems": "one row a value that was not used as written: where, not what stood there",
}
_TO_FINDING = {
    "pairs": ("finding_a", "finding_b"),
    "lesions": ("finding_id",),
    "locations": ("finding_id",),
}
KEYS = {
    "findings": ("case_id", "breast", "finding_id"),
    "breasts": ("case_id", "breast"),
    "pairs": ("case_id", "breast", "finding_a", "finding_b"),
    "lesions": ("case_id", "breast", "finding_id"),
    "groupings": ("case_id", "breast", "rank"),
    "locations": ("case_id", "breast", "finding_id"),
}
"""What tells rows of a table apart."""


def links(table: str) -> Iterable[tuple[str, str, str]]:
    """Columns of a table that name a finding, with those beside them."""
    return (("case_id", "breast", name) for name in _TO_FINDING.get(table, ()))
