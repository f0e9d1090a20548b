"""A columns file for a table that nobody has mapped yet: what is clear, why, and what is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from corr.tables.cells.cell import MISSING, FieldError
from corr.tables.cells.columns import Row
from corr.tables.cells.fields import Choice, Flag, Number
from corr.tables.mapping.columns_file import OPEN, code_of
from corr.tables.mapping.header_words import checkbox, have_units, meant_by_words, unit_in
from corr.tables.meaning.numbers import CODES
from corr.tables.meaning.plain import plain
from corr.tables.meaning.words import FLAGS, choice
from corr.tables.rows import REQUIRED
from corr.tables.sheets.sheet import NAMES, Sheet, header_doubt, known_name

MOST_CODES = 12
"""A column with more different values is not one of codes (assumed)."""


@dataclass
class Proposed:
    """One line of the file: our column, what it comes from, why, and whether it is undecided."""

    name: str
    value: str
    why: str
    undecided: bool = False
    sources: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The line as YAML with its reason."""
        return f"  {self.name}: {self.value}  # {'? ' * self.undecided}{self.why}"


def propose(sheet: Sheet, model: type[Row]) -> tuple[list[Proposed], list[str]]:
    """Our columns and where they may come from, in our order, and headers that nobody wants."""
    headers = [h.strip() for h in sheet.header if h.strip()]
    cells = {h: [c for c in sheet.column(raw) if c] for raw in sheet.header if (h := raw.strip())}
    boxes = _boxes(headers, model)
    plain_headers = [h for h in headers if checkbox(h) is None]
    out: dict[str, Proposed] = {}
    for name in model.model_fields:
        own = [h for h in plain_headers if known_name(h, model) == name]
        likely = own or [h for h in plain_headers if known_name(h, model) is None
                         and meant_by_words(h, model) == name]  # fmt: skip
        if name in boxes:
            out[name] = _of_boxes(name, boxes[name], model)
        elif likely:
            out[name] = _of_column(name, likely, cells, model)
    if "finding_id" in model.model_fields and "finding_id" not in out:
        out["finding_id"] = _composed(headers, out)
    if "modality" in model.model_fields:
        _modality_in_words(out, plain_headers, cells)
    if "finding_id" in out:
        _made_unique(out, sheet)
    taken = out["modality"].sources if "modality" in out else []
    for name in [n for n, p in out.items() if n == "exam_id" and p.sources == taken]:
        del out[name]  # one column is not both
    for name in REQUIRED[model]:
        if name not in out:
            out[name] = Proposed(
                name, f'"{OPEN}"', "no header says so: which column is it?", undecided=True
            )
    used = {s for p in out.values() for s in p.sources}
    order = [n for n in model.model_fields if n in out]
    return [out[n] for n in order], [h for h in headers if h not in used]


def proposal_text(sheet: Sheet, model: type[Row]) -> str:
    """The whole file, ready to be looked through."""
    lines, left = propose(sheet, model)
    undecided = sum(p.undecided for p in lines)
    todo = f"{undecided} lines are open: put what is right instead of ?" if undecided else (
        "every line has its reason; look whether they are right"
    )  # fmt: skip
    todo += "; look at what is not used, too" if left else ""
    todo += f"; {doubt}" if (doubt := header_doubt(sheet)) else ""
    head = [
        f"# Which columns of {sheet.file} are which of ours. {todo}",
        "# An entry is one of: column; [column, column], joined with -; {from: column, unit: cm};",
        "# {from: column, values: {1: R}}; {checked: {box: mass}}; {always: MG}. Lines may go.",
        f"{NAMES[model]}:",
    ]
    tail = [f"# not used: {', '.join(left)}"] if left else []
    held = {code_of(c) for _, cells in sheet.rows for c in cells} & CODES
    codes = ", ".join(sorted(held)) or "-99, 999"
    which = "stand in the table: do they mean 'not stated'?" if held else "codes for 'not stated'"
    tail.append(f"# missing: [{codes}]  # {which}")
    return "\n".join([*head, *(p.text for p in lines), *tail]) + "\n"


def _quoted(text: str) -> str:
    """A name as YAML takes it in any place."""
    safe = text.replace("_", "").isalnum() and text.isascii() and not text.isdigit()
    if safe and text.lower() not in ("yes", "no", "true", "false", "null", "y", "n", "on", "off"):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _mapping(values: dict[str, str]) -> str:
    return "{" + ", ".join(f"{_quoted(k)}: {_quoted(v)}" for k, v in values.items()) + "}"


def _of_column(
    name: str, likely: Sequence[str], cells: dict[str, list[str]], model: type[Row]
) -> Proposed:
    header, cell = likely[0], model.cell(name)
    why = f"{header!r} says {name}" if known_name(header, model) != name else "the same name"
    if len(likely) > 1:
        why += f"; or {', '.join(likely[1:3])}"
    texts = list(dict.fromkeys(cells[header]))
    asked = {"sources": [header], "undecided": len(likely) > 1}
    if isinstance(cell, Choice | Flag):
        values, undecided = _codes(name, texts, model)
        if values:
            said = f"{{from: {_quoted(header)}, values: {_mapping(values)}}}"
            why += "; what do its codes mean?" if undecided else "; its values read as shown"
            return Proposed(name, said, why, bool(undecided) or len(likely) > 1, [header])
        return Proposed(name, _quoted(header), why, **asked)  # type: ignore[arg-type]
    if isinstance(cell, Number) and cell.unit in ("mm", "cm") and name not in map(plain, likely):
        own = known_name(header, model) == name
        unit = cell.unit if own else unit_in(header) or "cell" * have_units(texts)
        if unit == "cell" or own:
            return Proposed(name, _quoted(header), why, **asked)  # type: ignore[arg-type]
        said = f"{{from: {_quoted(header)}, unit: {_quoted(unit or OPEN)}}}"
        if not unit:
            low, high = _range(texts)
            why += f"; values {low} to {high}: mm or cm?" if low else "; mm or cm?"
        return Proposed(name, said, why, not unit or len(likely) > 1, [header])
    return Proposed(name, _quoted(header), why, **asked)  # type: ignore[arg-type]


def _range(texts: Sequence[str]) -> tuple[str, str]:
    numbers = []
    for text in texts:
        try:
            numbers.append(float(text.replace(",", ".")))
        except ValueError:
            continue
    return (f"{min(numbers):g}", f"{max(numbers):g}") if numbers else ("", "")


def _codes(name: str, texts: Sequence[str], model: type[Row]) -> tuple[dict[str, str], bool]:
    """What values of a column mean, "?" where it is open; empty if all are read as they stand."""
    cell = model.cell(name)
    out, undecided, strange = {}, False, False
    for text in sorted(texts)[:MOST_CODES]:
        if text.lower() in MISSING:
            continue
        try:
            cell.parse(text)
            if name == "bi_rads" or not code_of(text).lstrip("-").isdigit():
                continue
        except FieldError:
            pass
        word = FLAGS.get(plain(text)) if isinstance(cell, Flag) else choice(name, text, {})
        is_code = word is None
        strange |= is_code
        undecided |= is_code
        out[code_of(text) if is_code else text] = word or OPEN
    return (out, undecided) if strange else ({}, False)


def _boxes(headers: Sequence[str], model: type[Row]) -> dict[str, list[tuple[str, str]]]:
    """Checkbox columns of a REDCap export by our column: header and choice."""
    out: dict[str, list[tuple[str, str]]] = {}
    for header in headers:
        box = checkbox(header)
        name = meant_by_words(header, model) if box else None
        if box and name:
            out.setdefault(name, []).append((header, box[1]))
    return out


def _of_boxes(name: str, boxes: Sequence[tuple[str, str]], model: type[Row]) -> Proposed:
    cell, values = model.cell(name), {}
    for header, said in boxes:
        word = said if _is_read(name, said, model) else choice(name, said, {})
        values[header] = word if word and isinstance(cell, Choice) else OPEN
    undecided = OPEN in values.values()
    why = "boxes; what does each mean?" if undecided else "boxes, by their labels"
    return Proposed(name, f"{{checked: {_mapping(values)}}}", why, undecided, list(values))


def _is_read(name: str, text: str, model: type[Row]) -> bool:
    try:
        return model.cell(name).parse(text) is not None and not text.isdigit()
    except FieldError:
        return False


def _composed(headers: Sequence[str], out: dict[str, Proposed]) -> Proposed:
    """An id of each finding, from the record and the numbers of its instrument."""
    parts = [h for h in headers if plain(h) in (
        "redcap repeat instrument", "redcap repeat instance", "repeat instrument",
        "repeat instance", "redcap event name", "event name",
    )]  # fmt: skip
    case = out["case_id"].sources if "case_id" in out else []
    if case and parts:
        said = f"[{', '.join(map(_quoted, [*case, *parts]))}]"
        why = "record, instrument and instance tell findings apart"
        return Proposed("finding_id", said, why, sources=[*case, *parts])
    why = "a name of each finding: which column, or several as [a, b], tells them apart?"
    return Proposed("finding_id", f'"{OPEN}"', why, undecided=True)


def _made_unique(out: dict[str, Proposed], sheet: Sheet) -> None:
    """Join what tells findings apart: their numbers often begin anew with each woman."""
    by_header = {h.strip(): sheet.column(h) for h in sheet.header}

    def ids(sources: Sequence[str]) -> list[tuple[str, ...]]:
        rows = zip(*(by_header[s] for s in sources), strict=True)
        return [row for row in rows if any(row)]

    entry = out["finding_id"]
    own = [s for s in entry.sources if s in by_header]
    if not own or len(set(found := ids(own))) == len(found):
        return
    for names in (("case_id",), ("case_id", "breast"), ("case_id", "breast", "modality"),
                  ("case_id", "modality"), ("case_id", "exam_id")):  # fmt: skip
        more = [s for n in names if n in out for s in out[n].sources if s in by_header]
        sources = list(dict.fromkeys([*more, *own]))
        if len(set(found := ids(sources))) == len(found):
            said = f"[{', '.join(map(_quoted, sources))}]"
            why = f"{own[0]!r} alone stands for several findings, these together do not"
            out["finding_id"] = Proposed("finding_id", said, why, sources=sources)
            return
    why = f"{entry.why}, but it stands for several findings: what tells them apart?"
    out["finding_id"] = Proposed("finding_id", entry.value, why, undecided=True, sources=own)


def _modality_in_words(
    out: dict[str, Proposed], headers: Sequence[str], cells: dict[str, list[str]]
) -> None:
    """Take the modality from a column that says it in words, where its own holds codes."""
    if "modality" in out and not out["modality"].undecided:
        return
    for header in headers:
        texts = [t for t in dict.fromkeys(cells[header]) if t]
        words = {t: choice("modality", t, {}) for t in texts[: MOST_CODES + 1]}
        if texts and len(texts) <= MOST_CODES and all(words.values()):
            values = {t: str(w) for t, w in words.items()}
            why = f"the values of {header!r} are names of examinations"
            said = f"{{from: {_quoted(header)}, values: {_mapping(values)}}}"
            out["modality"] = Proposed("modality", said, why, sources=[header])
            return
