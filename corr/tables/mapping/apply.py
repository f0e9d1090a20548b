"""A table in the columns of others, turned into ours as a columns file says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from corr.problems import InputError, Problem, nearest, shown
from corr.tables.cells.columns import Row
from corr.tables.mapping.columns_file import OPEN, ColumnsFile, Entry, code_of
from corr.tables.mapping.header_words import length_unit
from corr.tables.meaning.plain import plain
from corr.tables.meaning.words import FLAGS
from corr.tables.rows import REQUIRED
from corr.tables.sheets.sheet import NAMES, Numbered, Sheet, below_header, known_name, note

_NAMES = frozenset({"case_id", "finding_id"})

_Column = Callable[[Sequence[str]], str]


def mapped(sheet: Sheet, columns: ColumnsFile, model: type[Row]) -> Sheet:
    """A sheet in our columns: those that the file names, and those that are ours already.

    Rows without anything but names are left out, as the first row of a record in a REDCap export.

    Raises
    ------
    InputError
        If what a required column comes from is not there, or not decided.
    """
    entries = columns.tables.get(NAMES[model])
    if entries is None:
        return sheet
    used = {s for e in entries.values() for s in (*e.sources, *e.checked)}
    sheet = below_header(sheet, used)
    places = _places(sheet.header)
    problems = [*sheet.problems]
    wrong = {n: w for n, e in entries.items() if (w := _wrong(n, e, columns, places))}
    if wrong.keys() & set(REQUIRED[model]):
        raise _refused(columns.file, list(wrong.values()), problems)
    problems += wrong.values()
    made = {n: _column(n, e, columns, places, model) for n, e in entries.items() if n not in wrong}
    for header in sheet.header:
        name = known_name(header, model) or ""
        if name and name not in entries and header.strip() not in used:
            made[name] = _column(name, Entry((header.strip(),)), columns, places, model)
            used.add(header.strip())
    rest = [h.strip() for h in sheet.header if h.strip() and h.strip() not in used]
    if rest:
        said = f"columns that {columns.file} does not name are not used"
        problems.append(note(sheet.file, "header", ", ".join(rest), said))
    empty = 0
    always = {name for name, entry in entries.items() if entry.always}
    telling = [i for i, name in enumerate(made) if name not in _NAMES | always]

    def told() -> Iterator[Numbered]:
        nonlocal empty
        for number, cells in sheet.rows:
            row = [column(cells) for column in made.values()]
            if telling and NAMES[model] == "findings" and not any(row[i] for i in telling):
                empty += 1
            else:
                yield number, row

    rows = sheet.keep(told())
    if empty:
        said = "rows that state nothing of a finding were left out, this many"
        problems.append(note(sheet.file, "row", str(empty), said))
    units = {
        n: e.unit for n, e in entries.items() if n in made and e.unit and length_unit(n, model)
    }
    return Sheet(sheet.file, list(made), rows, sheet.comma, units, problems, sheet.keep)


def _places(header: Sequence[str]) -> dict[str, int]:
    """Where each header stands; as written, or in lower case."""
    lower = {h.strip().lower(): i for i, h in reversed(list(enumerate(header)))}
    return lower | {h.strip(): i for i, h in reversed(list(enumerate(header)))}


def _wrong(name: str, entry: Entry, columns: ColumnsFile, places: dict[str, int]) -> Problem | None:
    """What of an entry is not in the table, or nobody has decided."""
    absent = [s for s in (*entry.sources, *entry.checked) if _at(s, places) is None]
    if absent:
        near = nearest(absent[0], places)
        fix = near or "correct the name; it is one of the header of the table"
        why = f"{name}: the table has no column {absent[0]!r}"
        allowed = "columns of the table"
    elif entry.open:
        more = f" and {len(entry.open) - 4} more" if len(entry.open) > 4 else ""
        why = f"{name}: nobody has decided {' and '.join(entry.open[:4])}{more}"
        fix = f"write it instead of {OPEN!r}"
        allowed = "a value of the column for each code, and a unit"
    else:
        return None
    return Problem(columns.file, None, "", "", name, shown(why), "ignored", allowed, fix)


def _refused(file: str, wrong: Sequence[Problem], problems: Sequence[Problem]) -> InputError:
    """Refusal of a file that leaves a required column open; it names all that is open or absent."""
    said = [replace(w, field="file", action="rejected") for w in wrong]
    why = "; ".join(w.value for w in wrong)
    return InputError(
        why, [*problems, *said], where=file, allowed=wrong[0].allowed, fix=wrong[0].fix
    )


def _at(source: str, places: dict[str, int]) -> int | None:
    return places.get(source, places.get(source.lower()))


def _column(
    name: str, entry: Entry, columns: ColumnsFile, places: dict[str, int], model: type[Row]
) -> _Column:
    """How the cell of a column is made of the cells of a row."""
    if entry.always:
        return lambda _: entry.always
    if entry.checked:
        boxes = [(places.get(b, places.get(b.lower(), -1)), v) for b, v in entry.checked.items()]

        def ticked(cells: Sequence[str]) -> str:
            said = [v for i, v in boxes if FLAGS.get(plain(_cell(cells, i)) or "") == "1"]
            return " + ".join(dict.fromkeys(said))

        return ticked
    at = [i for s in entry.sources if (i := _at(s, places)) is not None]
    own = length_unit(name, model)

    def taken(cells: Sequence[str]) -> str:
        texts = [t for i in at if (t := _cell(cells, i)) and code_of(t) not in columns.missing]
        text = "-".join(texts)
        if entry.values and (code := code_of(text)) in entry.values:
            meant = entry.values[code]
            return f"{meant} {own}" if meant and own and entry.unit else meant
        return text

    return taken


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at].strip() if 0 <= at < len(cells) else ""
