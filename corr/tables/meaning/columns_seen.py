"""What a whole column says of each of its cells: codes, the order of dates, letters of sides."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from corr.tables.cells.columns import Row
from corr.tables.cells.fields import Day, Number
from corr.tables.cells.place import Quadrants
from corr.tables.meaning import places
from corr.tables.meaning.days import orders_of
from corr.tables.meaning.doubts import MARKS, decimal_mark
from corr.tables.meaning.numbers import may_be_code, missing_codes
from corr.tables.meaning.plain import plain
from corr.tables.meaning.words import side_letters
from corr.tables.rows import RawRow


class ColumnsSeen:
    """Of rows as they were written, what decides the meaning of cells of other rows.

    It is small whatever the number of rows: a table may be shown it part by part.

    Parameters
    ----------
    model : of the rows

    Attributes
    ----------
    decimals : the first decimal of the table with each mark, "," and "."
    """

    def __init__(self, model: type[Row]) -> None:
        self.decimals: dict[str, str] = {}
        self._cells = {name: model.cell(name) for name in model.model_fields}
        self._numeric = [n for n, cell in self._cells.items() if isinstance(cell, Number)]
        self._numbers: dict[str, Counter[str]] = defaultdict(Counter)
        self._days: dict[str, set[str]] = defaultdict(set)
        self._letters: set[str] = set()
        self._german: set[str] = set()

    def add(self, rows: Iterable[RawRow]) -> ColumnsSeen:
        """Take note of rows, in the order of the table."""
        for raw in rows:
            for name, written in raw.cells.items():
                if text := written.strip():
                    self._see(name, text)
            if len(self.decimals) < len(MARKS):
                for text in (raw.cells.get(name, "").strip() for name in self._numeric):
                    if mark := decimal_mark(text):
                        self.decimals.setdefault(mark, text)
        return self

    def _see(self, name: str, text: str) -> None:
        cell = self._cells.get(name)
        if isinstance(cell, Number):
            if may_be_code(text):
                self._numbers[name][text] += 1
        elif isinstance(cell, Day):
            self._days[name].add(text)
        elif name == "breast":
            if len(letter := plain(text)) == 1:
                self._letters.add(letter)
        elif isinstance(cell, Quadrants) and plain(text) in places.GERMAN:
            self._german.add(name)

    def codes(self, name: str) -> set[str]:
        """Codes for "missing" that a column of numbers uses."""
        return missing_codes(self._numbers[name])

    def orders(self, name: str) -> dict[str, str]:
        """The order of day and month for each way in which a column writes dates."""
        return orders_of(self._days[name])

    def letters(self) -> dict[str, str]:
        """Sides that single letters mean."""
        return side_letters(self._letters)

    def is_german(self, name: str) -> bool:
        """Whether a column has names of quadrants that are German and nothing else."""
        return name in self._german
