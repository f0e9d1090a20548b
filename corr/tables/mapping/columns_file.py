"""The columns file: which of another table's columns and codes are which of ours.

Each of our columns says where it comes from:

- ``case_id: record_id``: the column of that name;
- ``finding_id: [record_id, instance]``: several, joined with "-";
- ``breast: {from: side, values: {1: R, 2: L}}``: a column, and what its codes mean;
- ``size_mm: {from: size, unit: cm}``: a column, and the unit of its numbers;
- ``kind: {checked: {type___1: mass, type___2: calcification}}``: boxes, one of which is ticked;
- ``modality: {always: MG}``: the same in every row.

``missing: [-99, 999]`` are codes for "not stated" anywhere. "?" is what nobody has decided yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corr.plain_file import plain_bytes
from corr.problems import InputError, Problem, nearest, shown, unusable_file
from corr.tables.cells.cell import FieldError, as_text
from corr.tables.cells.columns import Row
from corr.tables.sheets.sheet import NAMES

MODELS: dict[str, type[Row]] = {name: model for model, name in NAMES.items()}
OPEN = "?"
UNITS = ("mm", "cm", OPEN)
_PARTS = ("from", "values", "unit", "checked", "always")
_ALLOWED = "the name of a column, a list of them, or {from, values, unit, checked, always}"


@dataclass(frozen=True)
class Entry:
    """Where one of our columns comes from; see the module."""

    sources: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    checked: Mapping[str, str] = field(default_factory=dict)
    always: str = ""

    @property
    def open(self) -> list[str]:
        """What is not decided yet, in words."""
        codes = [f"what {c!r} means" for c, v in {**self.values, **self.checked}.items()
                 if v == OPEN]  # fmt: skip
        return codes + (["the unit of its numbers"] if self.unit == OPEN else [])


@dataclass(frozen=True)
class ColumnsFile:
    """What a columns file says of each table."""

    file: str
    tables: Mapping[str, Mapping[str, Entry]]
    missing: frozenset[str] = frozenset()


def read_columns(source: str | Path | Mapping[str, Any] | ColumnsFile) -> ColumnsFile:
    """A columns file, or the same as a dict.

    Raises
    ------
    InputError
        If it cannot be read, or an entry of it cannot be used; its problems say which and why.
    """
    if isinstance(source, ColumnsFile):
        return source
    name = Path(source).name if isinstance(source, (str, Path)) else "columns"
    said = _load(Path(source)) if isinstance(source, (str, Path)) else source
    if not isinstance(said, Mapping):
        raise unusable_file(name, "not a mapping of columns", _ALLOWED)
    wrong: list[Problem] = []
    missing = said.get("missing") or []
    codes = missing if isinstance(missing, (list, tuple)) else [missing]
    rest = {str(k): v for k, v in said.items() if k != "missing"}
    tables = {k: v for k, v in rest.items() if k in MODELS}
    if not tables:  # one table only: its columns stand at the top
        tables, rest = {"findings": rest}, {}
    for other in rest.keys() - tables.keys():
        fix = nearest(other, MODELS) or f"write it below one of {', '.join(MODELS)}"
        wrong.append(_wrong(name, other, "", "findings, breasts, exams, missing", fix))
    found = {table: _entries(name, table, entries, wrong) for table, entries in tables.items()}
    if wrong:
        first = f"{wrong[0].field} = {wrong[0].value!r}; {wrong[0].fix}"
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        msg = f"{first}{more}"
        raise InputError(msg, wrong, where=name, allowed=wrong[0].allowed)
    return ColumnsFile(name, found, frozenset(code_of(c) for c in codes))


def code_of(value: object) -> str:
    """A code as text, however a program wrote it: 1.0 is "1", and so is TRUE.

    >>> code_of(1.0), code_of(" 2.0 "), code_of("Yes"), code_of("TRUE")
    ('1', '2', 'yes', '1')
    """
    code = as_text(value).removesuffix(".0").casefold()
    return {"true": "1", "false": "0"}.get(code, code)


def _load(path: Path) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(plain_bytes(path).decode("utf-8-sig"))
    except OSError as error:
        why = f"cannot be read ({error.strerror})"
        raise unusable_file(path.name, why, "a YAML file of columns") from error
    except UnicodeDecodeError as error:
        why = f"byte {error.start} is not UTF-8"
        raise unusable_file(path.name, why, "a YAML file saved as UTF-8") from error
    except (YAMLError, RecursionError, ValueError, TypeError, AttributeError, KeyError) as error:
        why = f"not YAML ({' '.join(str(error).split())})"
        raise unusable_file(path.name, why, "a YAML file as `corr map` writes it") from error


def _entries(file: str, table: str, entries: Any, wrong: list[Problem]) -> dict[str, Entry]:
    model = MODELS[table]
    if not isinstance(entries, Mapping):
        wrong.append(_wrong(file, table, entries, "columns of ours, each with where it is from"))
        return {}
    out = {}
    for key, said in entries.items():
        name = str(key).strip().lower()
        if name not in model.model_fields:
            near = nearest(name, model.model_fields)
            allowed = f"columns of the {table} table"
            wrong.append(_wrong(file, f"{table}: {key}", said, allowed, near or "remove the line"))
        elif said is not None and said != OPEN:
            entry = _entry(file, name, said, wrong)
            if entry is not None:
                _check_values(file, name, entry, model, wrong)
                out[name] = entry
    return out


def _entry(file: str, name: str, said: Any, wrong: list[Problem]) -> Entry | None:
    if isinstance(said, (str, int, float)):
        return Entry((str(said).strip(),))
    if isinstance(said, Sequence) and said and all(isinstance(s, (str, int)) for s in said):
        return Entry(tuple(str(s).strip() for s in said))
    if not isinstance(said, Mapping) or set(map(str, said)) - {*_PARTS}:
        wrong.append(_wrong(file, name, said, _ALLOWED))
        return None
    source, values, boxes = (said.get(k) for k in ("from", "values", "checked"))
    unit = as_text(said.get("unit")).lower()
    sources = source if isinstance(source, (list, tuple)) else [] if source is None else [source]
    if any(isinstance(x, (list, dict)) for x in sources) or not all(
        isinstance(x, Mapping) for x in (values or {}, boxes or {})
    ):
        wrong.append(_wrong(file, name, said, _ALLOWED))
        return None
    if unit and unit not in UNITS:
        wrong.append(_wrong(file, name, unit, "mm or cm", "write the unit of the numbers"))
        return None
    if (len(sources) > 0) + bool(boxes) + ("always" in said) != 1:
        wrong.append(_wrong(file, name, said, "one of from, checked and always"))
        return None
    return Entry(
        tuple(str(s).strip() for s in sources),
        {code_of(k): as_text(v) for k, v in (values or {}).items()},
        unit,
        {str(k).strip(): as_text(v) for k, v in (boxes or {}).items()},
        as_text(said.get("always")),
    )


def _check_values(
    file: str, name: str, entry: Entry, model: type[Row], wrong: list[Problem]
) -> None:
    """What codes are said to mean has to be a value of the column."""
    cell = model.cell(name)
    for value in (*entry.values.values(), *entry.checked.values(), entry.always):
        if value in ("", OPEN):
            continue
        try:
            cell.parse(value)
        except FieldError as error:
            wrong.append(_wrong(file, name, value, error.allowed, error.fix))


def _wrong(file: str, field: str, value: Any, allowed: str, fix: str = "") -> Problem:
    how = fix or f"write {allowed}"
    return Problem(file, None, "", "", field, shown(value), "rejected", allowed, how)
