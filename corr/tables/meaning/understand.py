"""Cells in other words become those the columns ask for; each kind of it is said once.

What is read as it stands is left alone, and so is what may mean two things: its column refuses
it with candidates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from corr.problems import FIRST, Problem, shown
from corr.tables.cells.cell import MISSING, Cell, FieldError, as_text
from corr.tables.cells.clock import Clock
from corr.tables.cells.columns import Row
from corr.tables.cells.fields import Choice, Day, Flag, Number
from corr.tables.cells.place import Quadrants, Region
from corr.tables.meaning import places
from corr.tables.meaning.columns_seen import ColumnsSeen
from corr.tables.meaning.days import day
from corr.tables.meaning.doubts import flag_codes, flag_thousands
from corr.tables.meaning.hours import hour
from corr.tables.meaning.numbers import BARE, NEGATIVE_CODES, number, sizes
from corr.tables.meaning.plain import plain
from corr.tables.meaning.words import FLAGS, choice, other_side
from corr.tables.rows import REQUIRED, RawRow

_SIZES = ("size_mm", "size2_mm", "size3_mm")
_DECIDES = ("breast", "modality")
"""Columns that are read first: they decide what others mean."""
NOTHING = "read as not stated"


@dataclass
class _Kind:
    """Cells of one column to which one thing was done."""

    count: int = 0
    first: RawRow | None = None
    pairs: set[tuple[str, str]] = field(default_factory=set)
    """What was written, and what it means."""


@dataclass
class Notes:
    """What was understood, by column and what was done: so much as its sentences need."""

    found: dict[tuple[str, str], _Kind] = field(default_factory=lambda: defaultdict(_Kind))

    def add(self, raw: RawRow, name: str, meaning: str, done: str) -> None:
        """Write what a cell means into it."""
        written = raw.cells[name]
        raw.written[name] = written
        raw.cells[name] = meaning
        kind = self.found[name, done]
        kind.count += 1
        kind.pairs.add((written, meaning))
        if kind.first is None or _at(raw, name) < _at(kind.first, name):
            kind.first = raw

    def problems(self, model: type[Row]) -> list[Problem]:
        """One note a kind, with how often and examples that do not depend on the order."""
        out = []
        nothing = {n: kind for (n, done), kind in self.found.items() if done == NOTHING}
        if nothing:
            out.append(_of_nothing(nothing))
        for (name, done), kind in self.found.items():
            if done == NOTHING or kind.first is None:
                continue
            pairs = sorted(kind.pairs)
            some = ", ".join(shown(w, 40) for w, _ in pairs[:FIRST]) + ", ..." * (
                len(pairs) > FIRST
            )
            same = done.startswith("read as ")
            example = "" if same else f", as {shown(pairs[0][0], 40)!r} for {pairs[0][1]!r}"
            often = f" ({kind.count} rows)" if kind.count > 1 else ""
            said = kind.first.problem(
                name, "noted", allowed=model.cell(name).allowed, fix=done + example + often,
                value=some,
            )  # fmt: skip
            out.append(said if kind.count == 1 else _of_all(said))
        return out


def _at(raw: RawRow, name: str) -> int:
    return raw.lines.get(name, raw.row) or 0


def _of_nothing(columns: dict[str, _Kind]) -> Problem:
    """Codes and words for "not stated", of all columns in one note."""
    names = sorted(columns)
    raw = min((k.first for k in columns.values() if k.first), key=lambda r: r.row or 0)
    written = {w for kind in columns.values() for w, _ in kind.pairs}
    words = ", ".join(sorted({shown(w, 20) for w in written})[: 2 * FIRST])
    field = ", ".join(names[: 2 * FIRST]) + ", ..." * (len(names) > 2 * FIRST)
    n = sum(kind.count for kind in columns.values())
    fix = f"{NOTHING} ({n} cell{'s' * (n > 1)})"
    return Problem(raw.file, raw.row, "", "", field, words, "noted", "a value, or empty", fix)


def _of_all(p: Problem) -> Problem:
    return Problem(p.file, p.row, "", "", p.field, p.value, p.action, p.allowed, p.fix)


def understand(
    rows: Sequence[RawRow],
    model: type[Row],
    problems: list[Problem],
    *,
    comma: bool = True,
    units: Mapping[str, str] | None = None,
    seen: ColumnsSeen | None = None,
    notes: Notes | None = None,
) -> None:
    """Put into the cells of `rows` what they mean, keep what was written, and say it.

    Parameters
    ----------
    comma : whether "4,5" may be a decimal (cells are not split by commas)
    units : mm or cm, of columns where it is said of what stands there (a decimal in any writing)
    seen : the columns of the whole table, where these are some of its rows
    notes : those of the whole table, to which these are added; else they are said here
    """
    own = Notes() if notes is None else notes
    seen = seen or ColumnsSeen(model).add(rows)
    columns: dict[str, list[tuple[RawRow, str]]] = defaultdict(list)
    for raw in rows:
        for name, written in raw.cells.items():
            if text := written.strip():
                columns[name].append((raw, text))
    names = [n for n in model.model_fields if n in columns]
    for name in sorted(names, key=lambda n: n not in _DECIDES):
        cell, stated = model.cell(name), columns[name]
        if isinstance(cell, Number) and cell.unit != "pixels" and (codes := seen.codes(name)):
            stated = _coded(name, cell, stated, codes, problems)
        orders = seen.orders(name) if isinstance(cell, Day) else {}
        letters = seen.letters() if name == "breast" else {}
        german = seen.is_german(name)
        unit = (units or {}).get(name, "")
        decimal = comma or bool(unit)
        known: dict[tuple[str, ...], tuple[str, str] | None] = {}
        for raw, text in stated:
            if name == "size_mm" and _beside(raw, text, own, comma=decimal, unit=unit):
                continue
            if isinstance(cell, Number) and unit not in ("", cell.unit) and BARE.fullmatch(text):
                problems += _in_unit(raw, name, cell, unit, own)
                continue
            if german and plain(text) == "uiq":
                _german_uiq(raw, name, cell, problems)
                continue
            beside = tuple(raw.cells.get(n, "") for n in _DECIDES)
            if name == "view" and (other := other_side(text, raw.cells.get("breast", ""))):
                problems.append(_of_other_side(raw, cell, other))
                continue
            key = (text, *beside) if isinstance(cell, Choice) else (text,)
            if key not in known:
                row = dict(zip(_DECIDES, beside, strict=True))
                known[key] = _meaning(name, cell, text, row, orders, comma=decimal)
                if known[key] is None and (side := letters.get(plain(text))):
                    known[key] = side, f"read as {side}"
            if known[key] is None and (word := _of_other_column(cell, text)):
                raw.written[name], raw.cells[name] = text, word
            if (found := known[key]) is not None and (found[0] or name not in REQUIRED[model]):
                own.add(raw, name, *found)
    if notes is None:
        problems.extend(own.problems(model))
    problems.extend(flag_codes(rows, model))
    problems.extend(flag_thousands(rows, model, seen.decimals))


def _meaning(
    name: str, cell: Cell, text: str, row: dict[str, str], orders: dict[str, str], *, comma: bool
) -> tuple[str, str] | None:
    """What a cell means and what was done; None where it is read as it stands, or not at all."""
    try:
        cell.parse(text)
    except FieldError:
        pass
    else:
        return None
    if text.lower() in MISSING or text.removesuffix(".0") in NEGATIVE_CODES:
        return "", NOTHING
    found: tuple[str, str] | None = None
    if isinstance(cell, Number):
        found = number(cell, text, comma=comma)
    elif isinstance(cell, Clock):
        found = hour(text, comma=comma)
    elif isinstance(cell, Day):
        found = day(text, orders)
    else:
        word = _word(name, cell, text, row)
        found = (word, f"read as {word}") if word is not None else None
    if found is None:
        return None
    try:
        cell.parse(found[0])
    except FieldError:
        return None
    return found


def _word(name: str, cell: Cell, text: str, row: dict[str, str]) -> str | None:
    if isinstance(cell, Flag):
        return FLAGS.get(plain(text) or text)
    if isinstance(cell, Choice):
        own = {plain(value): value for value in cell.values}
        return own.get(plain(text)) or choice(name, text, row)
    if isinstance(cell, Quadrants):
        return places.quadrant(text)
    if isinstance(cell, Region):
        return places.region(text)
    return None


def _of_other_column(cell: Cell, text: str) -> str | None:
    """A word that the column of the other kind of place holds, in English; else None.

    The cell refuses it with the name of that column.
    """
    if not isinstance(cell, Quadrants | Region):
        return None
    try:
        cell.parse(text)
    except FieldError:
        return places.region(text) if isinstance(cell, Quadrants) else places.quadrant(text)
    return None


def _beside(raw: RawRow, text: str, notes: Notes, *, comma: bool, unit: str) -> bool:
    """Sizes side by side in one cell, where the cells for the others are empty."""
    if any(as_text(raw.cells.get(n)) for n in _SIZES[1:]):
        return False
    found = sizes(text, comma=comma, unit=unit)
    if found is None:
        return False
    raw.cells |= dict(zip(_SIZES[1:], found[1:], strict=False))
    done = "sizes side by side read as size_mm, size2_mm, size3_mm, longest first"
    notes.add(raw, "size_mm", found[0], done)
    return True


def _in_unit(raw: RawRow, name: str, cell: Number, unit: str, notes: Notes) -> list[Problem]:
    """A number in the unit that is said of its column; never one of ours as it stands."""
    text = raw.cells[name].strip()
    if text.removesuffix(".0") in NEGATIVE_CODES:
        notes.add(raw, name, "", NOTHING)
    elif found := number(cell, f"{text} {unit}", comma=True):
        notes.add(raw, name, found[0], f"numbers in {unit} understood")
    else:
        fix = f"check the value: numbers of this column are in {unit}, with '.' before decimals"
        problem = raw.problem(name, "ignored", allowed=cell.allowed, fix=fix)
        raw.written[name], raw.cells[name] = text, ""
        return [problem]
    return []


def _coded(
    name: str,
    cell: Number,
    stated: list[tuple[RawRow, str]],
    codes: set[str],
    problems: list[Problem],
) -> list[tuple[RawRow, str]]:
    """Cells without the codes for "missing" that the column could also hold as a measure."""
    out = []
    for raw, text in stated:
        if text.removesuffix(".0") not in codes or not cell.low <= float(text) <= cell.high:
            out.append((raw, text))
            continue
        fix = "leave it empty where nothing is stated: it is too frequent for a measure"
        problem = raw.problem(name, "ignored", allowed=cell.allowed, fix=fix)
        problems.append(problem)
        raw.written[name], raw.cells[name] = text, ""
    return out


def _of_other_side(raw: RawRow, cell: Cell, other: str) -> Problem:
    fix = (
        f"it is a view of the {other} breast, and breast is {raw.as_written('breast')}: the side "
        "contradicts; correct the one that is wrong"
    )
    problem = raw.problem("view", "ignored", allowed=cell.allowed, fix=fix)
    raw.written["view"], raw.cells["view"] = raw.cells["view"], ""
    return problem


def _german_uiq(raw: RawRow, name: str, cell: Cell, problems: list[Problem]) -> None:
    fix = (
        "among OAQ, UAQ and OIQ it may be the lower inner quadrant (unten innen): "
        "write it as LIQ or upper inner"
    )
    problems.append(raw.problem(name, "ignored", allowed=cell.allowed, fix=fix))
    raw.written[name], raw.cells[name] = raw.cells[name], ""
