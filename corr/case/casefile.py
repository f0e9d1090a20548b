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

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.tag import Tag

from corr.anatomy.names import SIDE_NAMES
from corr.case.head import brief, read_head
from corr.case.questions import Question, checked, read_questions
from corr.case.told import told_otherwise
from corr.plain_file import plain_bytes
from corr.problems import Problem, in_order, unusable_file
from corr.records import Breast
from corr.tables.assemble import assemble
from corr.tables.cells.columns import Row
from corr.tables.findings import FindingRow
from corr.tables.mapping.header_words import have_units, length_meant, meant
from corr.tables.meaning.understand import understand
from corr.tables.rows import BreastRow, CaseModel, ExamRow, ImageRow, RawRow

if TYPE_CHECKING:  # frames and readers of images are loaded where they are asked for
    import pandas as pd

    from corr.imaging.image_reading import ImageReading

SCHEMA = files("corr") / "schema" / "case.schema.json"
"""JSON Schema of case files, for editors."""

_TABLES: dict[str, type[Row]] = {
    "findings": FindingRow,
    "breasts": BreastRow,
    "exams": ExamRow,
    "images": ImageRow,
}
_COMMA = "in { } a comma begins the next entry: write decimals with '.', quote a text with a comma"


@dataclass(frozen=True)
class Case:
    """One woman's reports: breasts to judge, and everything that goes on the page beside them."""

    case_id: str
    title: str
    breasts: tuple[Breast, ...]
    problems: tuple[Problem, ...]
    parameters: dict[str, float] = field(default_factory=dict)
    reports: dict[str, str] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    rows: tuple[FindingRow, ...] = ()
    cells: dict[str, tuple[dict[str, str], ...]] = field(default_factory=dict)
    images: tuple[ImageReading, ...] = ()
    file: Path | None = None  # that it was read from

    @property
    def right_first(self) -> tuple[Breast, ...]:
        """Breasts in the order in which images of them hang."""
        return tuple(sorted(self.breasts, key=lambda b: b.side, reverse=True))

    @property
    def heading(self) -> str:
        """Title with the sides, e.g. "Seed case: right breast, left breast"."""
        return f"{self.title}: {', '.join(SIDE_NAMES[b.side] for b in self.right_first)}"

    def to_rows(self, table: str = "findings") -> pd.DataFrame:
        """Rows of one of the tables ``findings``, ``breasts``, ``exams``, ``images`` as text.

        Judging them as tables gives the same result as judging the case.
        """
        import pandas as pd

        columns = [c for c in _TABLES[table].model_fields if any(c in r for r in self.cells[table])]
        return pd.DataFrame(list(self.cells[table]), columns=columns, dtype=str).fillna("")


def read_case(path: str | Path, *, empty: bool = False) -> Case:
    """A case from a YAML file.

    Parameters
    ----------
    empty
        Whether one whose images were read, but gave no usable finding, is a case, too.

    Raises
    ------
    InputError
        If the file cannot be read, is not YAML, or has no usable finding.
    """
    path = Path(path)
    problems: list[Problem] = []
    document = _load(path)
    top = RawRow(path.name, 1, {}, _lines(document))
    head = read_head(document, top, problems)
    top.cells = {"case_id": head.case_id}
    rows = {name: _rows(document.get(name), name, top, problems) for name in _TABLES}
    images = _read_images(rows, path.parent, problems)
    loaded = assemble(rows["findings"], rows["breasts"], rows["exams"], problems)
    said = loaded.problems
    if not loaded.rows:
        needed = "at least one usable finding; exams without any leave nothing to compare"
        error = unusable_file(path.name, "no usable finding", needed, problems=said)
        if not (empty and images):
            raise error
        said = tuple(error.problems)
    told = told_otherwise(dict(head.reports), loaded.breasts, top, document.get("reports"))
    asked: list[Problem] = []
    questions = read_questions(document.get("questions"), top, asked)
    questions = checked(questions, loaded.breasts, top, asked)
    return Case(
        case_id=head.case_id,
        title=head.title or head.case_id,
        breasts=loaded.breasts,
        problems=in_order([*said, *told, *asked]),
        parameters=dict(head.parameters),
        reports=dict(head.reports),
        questions=questions,
        notes=tuple(head.notes),
        rows=loaded.rows,
        cells={name: tuple(raw.cells for raw in raws) for name, raws in rows.items()},
        images=images,
        file=path,
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
    from corr.imaging.case_exams import Tables
    from corr.imaging.case_images import fill_from_images

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
        text = plain_bytes(path).decode("utf-8-sig")
    except OSError as error:
        raise unusable_file(
            path.name, f"cannot be read ({error.strerror})", "a YAML file"
        ) from error
    except UnicodeDecodeError as error:
        why = f"byte {error.start} is not UTF-8"
        raise unusable_file(path.name, why, "a YAML file saved as UTF-8") from error
    yaml = YAML()
    yaml.Resolver = _TextResolver
    try:
        document = yaml.load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        why = f"line {line}: {error.problem or error.context}"
        raise unusable_file(path.name, why, "valid YAML (indent with spaces, quote ':' in text)",
                        line=line) from error  # fmt: skip
    except (YAMLError, RecursionError, ValueError) as error:
        raise unusable_file(path.name, f"not YAML ({error})", "a YAML file") from error
    if not isinstance(document, CommentedMap):
        needed = "a mapping with case_id and findings"
        raise unusable_file(path.name, "not a mapping of names to values", needed)
    return document


def _rows(items: Any, table: str, top: RawRow, problems: list[Problem]) -> list[RawRow]:
    """Rows of one list of the case file, with the line of every cell."""
    if items is None or items == "":
        return []
    if not isinstance(items, CommentedSeq):
        fix = "begin each row with '- '"
        problem = top.problem(
            table, "ignored", allowed="a list of rows", fix=fix, value=brief(items)
        )
        problems.append(problem)
        return []
    raws = []
    for i, item in enumerate(items):
        line = items.lc.item(i)[0] + 1
        raw = RawRow(top.file, line, dict(top.cells), _lines(item))
        if not isinstance(item, CommentedMap):
            fix = "write name: value pairs"
            problem = raw.problem(
                table, "rejected", allowed="a mapping", fix=fix, value=brief(item)
            )
            problems.append(problem)
            continue
        _cells(item, table, raw, problems)
        if raw.cells["case_id"] != top.cells["case_id"]:
            fix = "leave it out: it stands once at the top"
            problems.append(raw.problem("case_id", "ignored", allowed="one case a file", fix=fix))
            raw.cells["case_id"] = top.cells["case_id"]
        raws.append(raw)
    understand(raws, _TABLES[table], problems)
    return raws


def _cells(item: CommentedMap, table: str, raw: RawRow, problems: list[Problem]) -> None:
    """Fill the cells of one row; what no column can hold is reported."""
    model, last = _TABLES[table], ""
    for key, value in item.items():
        name = str(key).strip().lower()
        if name not in model.model_fields:
            if value in (None, "") and item.fa.flow_style() and raw.cells.get(last):
                found = f"{raw.cells.pop(last)},{key}"  # "size_mm: 9,5" in a row in { }
                allowed = model.cell(last).allowed
                problems.append(
                    raw.problem(last, "ignored", allowed=allowed, fix=_COMMA, value=found)
                )
                continue
            ours = length_meant(name, model)
            if ours and ours not in item and have_units([brief(value)]):  # "size: 9 mm"
                raw.cells[ours], raw.lines = brief(value), {**raw.lines, ours: raw.lines[str(key)]}
                allowed, fix = f"the columns of the {table} table", f"read as {ours}"
                problems.append(
                    raw.problem(str(key), "noted", allowed=allowed, fix=fix, value=brief(value))
                )
                continue
            ours = meant(name, model)
            fix = f"did you mean {ours!r}?" if ours and ours not in item else "remove it"
            allowed = f"the columns of the {table} table"
            problem = raw.problem(str(key), "ignored", allowed=allowed, fix=fix, value=name)
            problems.append(problem)
        elif name == "words" and isinstance(value, CommentedMap):
            raw.cells[name] = _quotes(value)
        elif name in ("annotations", "phases") and isinstance(value, CommentedSeq):
            raw.cells[name] = ";".join(brief(x) for x in value)
        elif isinstance(value, (CommentedMap, CommentedSeq)):
            fix, found = "write one value, not several", brief(value)
            allowed = model.cell(name).allowed
            problems.append(raw.problem(name, "ignored", allowed=allowed, fix=fix, value=found))
        else:
            raw.cells[name] = brief(value)
        last = name


def _quotes(value: CommentedMap) -> str:
    return json.dumps({str(k): brief(v) for k, v in value.items()}, ensure_ascii=False)


def _lines(item: Any) -> dict[str, int]:
    if not isinstance(item, CommentedMap):
        return {}
    return {str(key): item.lc.key(key)[0] + 1 for key in item}
