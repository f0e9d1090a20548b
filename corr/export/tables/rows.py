"""Rows of the exported tables, typed, one after the other: no table is held twice."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import chain

from corr.case.casefile import Case
from corr.case.open import MODELS, CaseTables
from corr.exchange.columns import RESULTS
from corr.exchange.tables import Rows, tables_of
from corr.export.gather import texts_of
from corr.export.tables.schema import OF_SOURCES, TABLES
from corr.problems import Problem
from corr.tables.cells.cell import Cell, FieldError
from corr.tables.cells.columns import Row
from corr.tables.cells.fields import Choice, Day, Flag, Number
from corr.tables.findings import FindingRow
from corr.tables.rows import REQUIRED, ImageRow

Values = tuple[object, ...]
OTHER = "another column"
_ROWS: tuple[type[Row], ...] = (*MODELS.values(), ImageRow)
KNOWN = frozenset(
    {name for model in _ROWS for name in model.model_fields}
    | {"file", "parameters", "exam", "image", "question", "reports", "questions"}
)
"""Fields of problems that are called by their names; others are headers of foreign files."""


@dataclass(frozen=True)
class AllTables:
    """What is exported as tables.

    Attributes
    ----------
    source : the case or tables that were judged
    rows : of the result tables, one dict a breast
    problems : of the input and of judging
    """

    source: Case | CaseTables
    rows: Sequence[dict[str, Rows]]
    problems: tuple[Problem, ...] = ()

    def values(self) -> dict[str, Iterator[Values]]:
        """Rows of every table, in the order of `corr.export.tables.schema.TABLES`."""
        found: dict[str, Iterator[Values]] = {name: self._stated(name) for name in MODELS}
        results = tables_of(self.rows, self.problems)
        keep = [k for k, name in enumerate(RESULTS["problems"]) if name not in OF_SOURCES]
        told = [replace(p, field=p.field if p.field in KNOWN else OTHER) for p in self.problems]
        rows = [tuple(astuple(p)[k] or None for k in keep) for p in told]
        results["problems"] = list(dict.fromkeys(rows))
        return {**found, **{name: iter(rows) for name, rows in results.items()}}

    def _stated(self, table: str) -> Iterator[Values]:
        """Rows of findings, breasts or exams that were used, without what could not be read."""
        if table == "findings":
            return (_finding(row) for row in self.source.rows)
        model = MODELS[table]
        rows = [_typed(model, cells) for cells in self.source.cells.get(table, ())]
        whole = [r for r in rows if all(r[name] is not None for name in REQUIRED[model])]
        order = [f.name for f in TABLES[table]]
        return iter(sorted((tuple(r[name] for name in order) for r in whole), key=_key))


def _key(row: Values) -> list[str]:
    return ["" if value is None else str(value) for value in row]


def _finding(row: FindingRow) -> Values:
    cells = texts_of(row) | {n: getattr(row, n) for n in REQUIRED[FindingRow]}
    return tuple(f.read(cells.get(f.name, "")) for f in TABLES["findings"])


def _typed(model: type[Row], cells: dict[str, str]) -> dict[str, object]:
    return {name: _value(model.cell(name), cells.get(name, "")) for name in model.model_fields}


def _value(cell: Cell, text: str) -> object:
    """A cell as it is exported: numbers, words and dates typed, all else the text itself."""
    try:
        value = cell.parse(text)
    except FieldError:
        return None
    if isinstance(cell, Flag):
        return None if value is None else int(value)
    if value is None or isinstance(cell, (Number, Choice)):
        return value
    return value.isoformat() if isinstance(cell, Day) else str(text).strip()


def in_chunks(rows: Iterable[Values], size: int) -> Iterator[list[Values]]:
    """Rows by so many at a time, at least one chunk."""
    it = iter(rows)
    first: list[Values] = []
    for row in it:
        first.append(row)
        if len(first) == size:
            yield first
            first = []
    yield first


def csv_bytes(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as CSV with the line ends of RFC 4180: with others, no lone CR would be quoted."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode("utf-8")


def json_line(names: Sequence[str], row: Values) -> str:
    """One row as a line of JSON; what is not stated is null."""
    return json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n"


def split_grouping(text: str, ids: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """The lesions of a `grouping` cell, whatever characters the ids hold.

    >>> split_grouping("a+b | c", ["a", "b", "c"])
    (('a', 'b'), ('c',))
    """
    whole = [part.split("+") for part in text.split(" | ")]
    known = set(ids)
    if all(name in known for name in chain.from_iterable(whole)):
        return tuple(tuple(part) for part in whole)
    return _parsed(text, sorted(known, key=len, reverse=True))


def _parsed(text: str, ids: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The same by trying ids one after the other, the longest first."""
    for name in ids:
        rest = text.removeprefix(name)
        if rest == text:
            continue
        left = [x for x in ids if x != name]
        if not rest:
            return ((name,),)
        try:
            if rest.startswith(" | "):
                return ((name,), *_parsed(rest[3:], left))
            if rest.startswith("+"):
                first, *others = _parsed(rest[1:], left)
                return ((name, *first), *others)
        except ValueError:
            continue
    msg = f"grouping {text!r} does not consist of known findings"
    raise ValueError(msg)
