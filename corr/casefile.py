"""A case as a YAML file: reports as written, and findings in the columns of the tables.

Every scalar is read as text (YAML 1.2), so that `7:30` stays 7:30 and `7-8` stays a range;
the same row models as for tables then check it. The row of a problem is the line in the file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.tag import Tag

from corr.cell import FORMULA, FORMULA_STARTS
from corr.findings import (
    BreastRow,
    CaseModel,
    ExamRow,
    FindingRow,
    ImageRow,
    RawRow,
    Row,
    nearest,
)
from corr.parameters import load
from corr.problems import InputError, Problem, in_order, shown
from corr.records import Breast
from corr.tables.assemble import assemble

if TYPE_CHECKING:  # the readers are loaded for cases with images only
    from corr.imaging.image_reading import ImageReading

SCHEMA = files("corr") / "schema" / "case.schema.json"
"""JSON Schema of case files, for editors."""

_TABLES: dict[str, type[Row]] = {
    "findings": FindingRow,
    "breasts": BreastRow,
    "exams": ExamRow,
    "images": ImageRow,
}
_TEXTS = ("notes", "questions")


@dataclass(frozen=True)
class Case:
    """One woman's reports: breasts to judge, and everything that goes on the page beside them."""

    case_id: str
    title: str
    breasts: tuple[Breast, ...]
    problems: tuple[Problem, ...]
    parameters: dict[str, float] = field(default_factory=dict)
    reports: dict[str, str] = field(default_factory=dict)
    questions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rows: tuple[FindingRow, ...] = ()
    cells: dict[str, tuple[dict[str, str], ...]] = field(default_factory=dict)
    images: tuple[ImageReading, ...] = ()

    def to_rows(self, table: str = "findings") -> pd.DataFrame:
        """Rows of one of the tables ``findings``, ``breasts``, ``exams``, ``images`` as text.

        Judging them as tables gives the same result as judging the case.
        """
        columns = [c for c in _TABLES[table].model_fields if any(c in r for r in self.cells[table])]
        return pd.DataFrame(list(self.cells[table]), columns=columns, dtype=str).fillna("")


def read_case(path: str | Path) -> Case:
    """A case from a YAML file.

    Raises
    ------
    InputError
        If the file cannot be read, is not YAML, or has no usable finding.
    """
    path = Path(path)
    problems: list[Problem] = []
    document = _load(path)
    top = RawRow(path.name, 1, {}, _lines(document))
    head = _head(document, top, problems)
    top.cells = {"case_id": head.case_id}
    rows = {name: _rows(document.get(name), name, top, problems) for name in _TABLES}
    images = _read_images(rows, path.parent, problems)
    loaded = assemble(rows["findings"], rows["breasts"], rows["exams"], problems)
    if not loaded.rows:
        needed = "at least one usable finding; exams without any leave nothing to compare"
        raise _unusable(path.name, "no usable finding", needed, loaded.problems)
    return Case(
        case_id=head.case_id,
        title=head.title or head.case_id,
        breasts=loaded.breasts,
        problems=in_order(loaded.problems),
        parameters=dict(head.parameters),
        reports=dict(head.reports),
        questions=tuple(head.questions),
        notes=tuple(head.notes),
        rows=loaded.rows,
        cells={name: tuple(raw.cells for raw in raws) for name, raws in rows.items()},
        images=images,
    )


def case_schema() -> dict[str, Any]:
    """JSON Schema of a case file, made from the row models."""
    schema = CaseModel.model_json_schema()
    for name, model in _TABLES.items():
        row = model.model_json_schema()
        row["properties"].pop("case_id")
        row["required"].remove("case_id")
        for cell in row["properties"].values():
            cell.pop("default", None)
            cell.pop("title", None)
        schema["properties"][name] = {"type": "array", "items": row}
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "breast-corr case"
    return schema


def schema_text() -> str:
    """`case_schema` as it stands in the package."""
    return json.dumps(case_schema(), indent=1, ensure_ascii=False) + "\n"


def _read_images(
    rows: dict[str, list[RawRow]], folder: Path, problems: list[Problem]
) -> tuple[ImageReading, ...]:
    """Complete the tables from the images, if the case lists any."""
    if not rows["images"]:
        return ()
    from corr.imaging.case_images import Tables, fill_from_images

    tables = Tables(rows["findings"], rows["breasts"], rows["exams"], problems)
    return fill_from_images(rows["images"], tables, folder)


class _TextResolver(VersionedResolver):
    """Every plain scalar is text."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        if kind is ScalarNode:
            return Tag(suffix="tag:yaml.org,2002:str")
        return super().resolve(kind, value, implicit)


def _load(path: Path) -> CommentedMap:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _unusable(path.name, f"cannot be read ({error.strerror})", "a YAML file") from error
    except UnicodeDecodeError as error:
        why = f"byte {error.start} is not UTF-8"
        raise _unusable(path.name, why, "a YAML file saved as UTF-8") from error
    yaml = YAML()
    yaml.Resolver = _TextResolver
    try:
        document = yaml.load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        why = f"line {line}: {error.problem or error.context}"
        raise _unusable(path.name, why, "valid YAML (indent with spaces, quote ':' in text)",
                        line=line) from error  # fmt: skip
    except (YAMLError, RecursionError, ValueError) as error:
        raise _unusable(path.name, f"not YAML ({error})", "a YAML file") from error
    if not isinstance(document, CommentedMap):
        needed = "a mapping with case_id and findings"
        raise _unusable(path.name, "not a mapping of names to values", needed)
    return document


def _head(document: CommentedMap, top: RawRow, problems: list[Problem]) -> CaseModel:
    """Everything but the rows; what is wrong with it is dropped and reported."""
    plain: dict[str, Any] = {}
    for key, value in document.items():
        name = str(key)
        if name in _TABLES:
            continue
        if name not in CaseModel.model_fields:
            fix = nearest(name, CaseModel.model_fields) or "remove it, or write it under notes"
            allowed = ", ".join(CaseModel.model_fields)
            problems.append(top.problem(name, "ignored", allowed=allowed, fix=fix, value=name))
        elif value != "":
            plain[name] = [value] if name in _TEXTS and isinstance(value, str) else value
    try:
        head = CaseModel.model_validate({**plain, "findings": []})
    except ValidationError as error:
        for name in {str(e["loc"][0]): e for e in error.errors()}:
            first = next(e for e in error.errors() if e["loc"][0] == name)
            if name == "case_id":
                raise _unusable(top.file, "case_id is missing", "case_id: a name") from error
            problems.append(
                top.problem(
                    name,
                    "ignored",
                    allowed=str(first.get("ctx", {}).get("allowed", first["msg"])),
                    fix=f"correct {'.'.join(str(x) for x in first['loc'])}",
                    value=_brief(plain.pop(name)),
                )
            )
        head = CaseModel.model_validate({**plain, "findings": []})
    if head.case_id.startswith(FORMULA_STARTS):
        allowed, fix = "a name that begins with a letter or a digit", f"rename it: {FORMULA}"
        value = head.case_id
        problems.append(top.problem("case_id", "flagged", allowed=allowed, fix=fix, value=value))
    return head.model_copy(update={"parameters": _constants(head.parameters, top, problems)})


def _constants(given: dict[str, float], top: RawRow, problems: list[Problem]) -> dict[str, float]:
    """The changed constants that exist and can have their value."""
    known = load()
    usable = {}
    for name, value in given.items():
        if name not in known:
            allowed, fix = "names of `corr assumptions`", known.unknown(name)
        elif fix := known.table[name].refusal(value):
            low, high = known.table[name].range
            allowed = f"{low:g} to {high:g}"
        else:
            usable[name] = value
            continue
        found = f"{name}: {value:g}"
        problems.append(top.problem("parameters", "ignored", allowed=allowed, fix=fix, value=found))
    return usable


def _rows(items: Any, table: str, top: RawRow, problems: list[Problem]) -> list[RawRow]:
    """Rows of one list of the case file, with the line of every cell."""
    if items is None or items == "":
        return []
    if not isinstance(items, CommentedSeq):
        fix = "begin each row with '- '"
        problems.append(top.problem(table, "ignored", allowed="a list of rows", fix=fix, value="…"))
        return []
    model = _TABLES[table]
    raws = []
    for i, item in enumerate(items):
        line = items.lc.item(i)[0] + 1
        raw = RawRow(top.file, line, dict(top.cells), _lines(item))
        if not isinstance(item, CommentedMap):
            fix = "write name: value pairs"
            problem = raw.problem(
                table, "rejected", allowed="a mapping", fix=fix, value=_brief(item)
            )
            problems.append(problem)
            continue
        for key, value in item.items():
            name = str(key).strip().lower()
            if name not in model.model_fields:
                fix = nearest(name, model.model_fields) or "remove it"
                allowed = f"the columns of the {table} table"
                problem = raw.problem(str(key), "ignored", allowed=allowed, fix=fix, value=name)
                problems.append(problem)
            elif isinstance(value, str):
                raw.cells[name] = value.strip()
            elif name == "words" and isinstance(value, CommentedMap):
                raw.cells[name] = _quotes(value)
            elif name == "annotations" and isinstance(value, CommentedSeq):
                raw.cells[name] = ";".join(_brief(x) for x in value)
            else:
                fix, found = "write one value, not several", _brief(value)
                problem = raw.problem(name, "ignored", allowed="a text", fix=fix, value=found)
                problems.append(problem)
        if raw.cells["case_id"] != top.cells["case_id"]:
            fix = "leave it out: it stands once at the top"
            problems.append(raw.problem("case_id", "ignored", allowed="one case a file", fix=fix))
            raw.cells["case_id"] = top.cells["case_id"]
        raws.append(raw)
    return raws


def _quotes(value: CommentedMap) -> str:
    return json.dumps({str(k): _brief(v) for k, v in value.items()}, ensure_ascii=False)


def _brief(value: Any) -> str:
    """Text of a scalar. Lists are only named: aliases could make them endless."""
    return value.strip() if isinstance(value, str) else f"({type(value).__name__})"


def _lines(item: Any) -> dict[str, int]:
    if not isinstance(item, CommentedMap):
        return {}
    return {str(key): item.lc.key(key)[0] + 1 for key in item}


def _unusable(
    file: str, why: str, allowed: str, problems: Any = (), *, line: int | None = None
) -> InputError:
    why = shown(why, 300)
    problem = Problem(file, line, "", "", "file", why, "rejected", allowed, f"give {allowed}")
    return InputError(f"{file}: {why}; needed: {allowed}", [*problems, problem])
