"""Typed rows of breasts, exams and images, and the case file; rows before and between the checks.

One model for table and YAML; findings are in `corr.tables.findings`. The unit is in the name of
a column. A bad value is dropped, not the row, unless it says whose row it is (`REQUIRED`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic import Field as Meta
from typing_extensions import override

from corr.anatomy.views import ALL_VIEWS, VIEWS
from corr.problems import Action, Problem, shown
from corr.records import MODALITIES, Density, Modality, Side
from corr.tables.cells import columns as c
from corr.tables.cells.cell import FORMULA, FORMULA_STARTS, as_text
from corr.tables.cells.columns import Row
from corr.tables.cells.fields import Choice, Flag, Number, Orientation, Text
from corr.tables.findings import FindingRow

FILM_FACTS = (
    *("angle_deg", "thickness_mm"),
    *("nipple_to_edge_mm", "extent_y_neg_mm", "extent_y_pos_mm"),
)


class _BreastFacts(Row):
    """What is known about one breast: exams done and its shape."""

    case_id: c.Id
    breast: c.Side
    exam_cc: Annotated[bool | None, Flag()] = None
    exam_mlo: Annotated[bool | None, Flag()] = None
    exam_ml: Annotated[bool | None, Flag()] = None
    exam_stereo: Annotated[bool | None, Flag()] = None
    exam_us: Annotated[bool | None, Flag()] = None
    exam_mr: Annotated[bool | None, Flag()] = None
    density: Annotated[str | None, Choice(get_args(Density))] = None
    mr_nipple_l: c.Patient = None
    mr_nipple_p: c.Patient = None
    mr_nipple_s: c.Patient = None
    mr_nipple_to_chestwall_mm: c.Distance = None
    mr_ext_lateral_mm: c.Distance = None
    mr_ext_medial_mm: c.Distance = None
    mr_ext_superior_mm: c.Distance = None
    mr_ext_inferior_mm: c.Distance = None

    def film(self, view: str) -> dict[str, float | None]:
        """The measured facts of one view, by the names in `FILM_FACTS`."""
        return {fact: getattr(self, f"{view.lower()}_{fact}") for fact in FILM_FACTS}


_FILM_TYPES = dict(
    zip(FILM_FACTS, (c.Angle, c.Thickness, c.Distance, c.Distance, c.Distance), strict=True)
)
_FILM_COLUMNS: dict[str, Any] = {
    f"{view.lower()}_{fact}": (kind, None) for view in VIEWS for fact, kind in _FILM_TYPES.items()
}
BreastRow = create_model("BreastRow", __base__=_BreastFacts, **_FILM_COLUMNS)
"""One row of the breasts table: `_BreastFacts` and `FILM_FACTS` of every view."""


class ExamRow(Row):
    """One exam of one breast, whether or not it found anything."""

    case_id: c.Id
    breast: c.Side
    exam_id: c.Word = None
    modality: c.Modality
    view: Annotated[str | None, Choice((*ALL_VIEWS, "ABUS", "SUPINE"))] = None
    base_view: Annotated[str | None, Choice(tuple(VIEWS))] = None
    view_angle_deg: c.Angle = None
    date: c.Date = None
    exam_order: c.Count = None
    done: Annotated[bool | None, Flag()] = None
    quality: Annotated[str | None, Choice(("good", "poor", "tracked"))] = None
    field: c.Word = None
    thickness_mm: c.Thickness = None


@dataclass(frozen=True)
class Files(Text):
    """Names of files: a list in YAML, separated by ; in a cell."""

    limit: int = field(default=4000, kw_only=True)

    @override
    def read(self, text: str) -> tuple[str, ...]:  # type: ignore[override]
        return tuple(name for name in map(str.strip, text.split(";")) if name)

    @override
    def json_schema(self) -> dict[str, Any]:
        return {"type": ["string", "array"], "items": {"type": "string"}}


class ImageRow(Row):
    """One image of a case file: a mammogram, an ultrasound still or an MRI (file or folder).

    What is stated here wins over what the file says or what was found in the picture.
    """

    case_id: c.Id
    file: Annotated[str, Text(limit=500, required=True, path=True)]
    image_id: c.Word = None
    modality: Annotated[Modality | None, Choice(MODALITIES)] = None
    exam_id: c.Word = None
    date: c.Date = None
    exam_order: c.Count = None
    breast: Annotated[Side | None, Choice(get_args(Side))] = None
    view: Annotated[str | None, Choice(ALL_VIEWS)] = None
    view_angle_deg: c.Angle = None
    thickness_mm: c.Thickness = None
    frame: Annotated[int | None, Number(0, 10_000, whole=True)] = None
    row_spacing_mm: c.Spacing = None
    col_spacing_mm: c.Spacing = None
    patient_orientation: Annotated[tuple[str, str] | None, Orientation()] = None
    nipple_row: c.Pixel = None
    nipple_col: c.Pixel = None
    annotations: Annotated[tuple[str, ...] | None, Files(path=True)] = None
    phases: Annotated[tuple[str, ...] | None, Files(path=True)] = None
    enhancements: Annotated[int | None, Number(0, 20, "a breast", whole=True)] = None


QuestionKind = Literal["same", "consistent", "silent", "holds", "change", "settle"]
QUESTION_KINDS: tuple[QuestionKind, ...] = get_args(QuestionKind)


class QuestionEntry(BaseModel):
    """A question of a case, beside the kind that says how it is answered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: QuestionKind
    text: str
    findings: Annotated[
        str | list[str], Meta(description="Ids; the first is asked about with each other one.")
    ] = ""
    exam: Annotated[str, Meta(description="Examination that is asked about, such as MR.")] = ""


class CaseModel(BaseModel):
    """A case file (YAML): one woman's reports and what they say, row by row.

    `case_id` stands once at the top; findings, exams and breasts leave it out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    case_id: Annotated[str, Text(limit=100, required=True)]
    title: Annotated[str | None, Text(limit=300)] = None
    notes: Annotated[list[str], Meta(description="Anything worth knowing; not judged.")] = []
    questions: Annotated[
        list[str | QuestionEntry], Meta(description="Answered first; a bare text is only printed.")
    ] = []
    reports: Annotated[
        dict[str, str], Meta(description="Reports as written, under a short name each.")
    ] = {}
    parameters: Annotated[
        dict[str, float], Meta(description="Numeric assumptions to change for this case.")
    ] = {}
    breasts: list[dict[str, Any]] = []
    exams: list[dict[str, Any]] = []
    images: list[dict[str, Any]] = []
    findings: list[dict[str, Any]] = []


REQUIRED: dict[type[Row], tuple[str, ...]] = {
    FindingRow: ("case_id", "breast", "finding_id", "modality"),
    BreastRow: ("case_id", "breast"),
    ExamRow: ("case_id", "breast", "modality"),
    ImageRow: ("case_id", "file"),
}
"""Without these a row does not say what it is about: it is rejected."""

NAMES = ("case_id", "finding_id", "exam_id", "image_id")
"""What ends up in the result tables as a name."""

R = TypeVar("R", bound=Row)


@dataclass
class RawRow:
    """Cells of one row before any check; `problem` keeps what is found wrong.

    ``written`` are those that meant something else than their letters (`corr.tables.meaning`).
    """

    file: str
    row: int | None
    cells: dict[str, str]
    lines: Mapping[str, int] = field(default_factory=dict)  # YAML: line of each cell
    written: dict[str, str] = field(default_factory=dict)

    def as_written(self, name: str) -> str:
        """What stands in a cell of the file."""
        return self.written.get(name) or self.cells.get(name, "")

    def problem(
        self, name: str, action: Action, *, allowed: str, fix: str, value: object = None
    ) -> Problem:
        """A problem of this row; `value` defaults to the cell as written."""
        stated = self.as_written(name) if value is None else value
        return Problem(
            file=self.file,
            row=self.lines.get(name, self.row),
            case_id=shown(as_text(self.cells.get("case_id"))),
            finding_id=shown(as_text(self.cells.get("finding_id"))),
            field=name,
            value=shown(as_text(stated)),
            action=action,
            allowed=allowed,
            fix=fix,
        )


@dataclass
class Draft:
    """Stated values of one finding row; dropping a value makes the finding wider, never wrong."""

    raw: RawRow
    values: dict[str, Any]
    problems: list[Problem]

    @property
    def finding_id(self) -> str:
        """Unique in the file."""
        return str(self.values["finding_id"])

    @property
    def breast(self) -> tuple[str, Side]:
        """The unit of judgement this finding belongs to: (case_id, side)."""
        return str(self.values["case_id"]), self.values["breast"]

    def get(self, name: str) -> Any:
        """A stated value, or None."""
        return self.values.get(name)

    def stated(self, *names: str) -> list[str]:
        """Those of `names` that have a value."""
        return [n for n in names if n in self.values]

    def drop(self, *names: str, allowed: str, fix: str) -> None:
        """Forget values and say why."""
        for name in self.stated(*names):
            written = self.raw.as_written(name) or str(self.values[name])
            del self.values[name]
            self.problems.append(
                self.raw.problem(name, "ignored", allowed=allowed, fix=fix, value=written)
            )

    def flag(self, name: str, *, allowed: str, fix: str, value: object = None) -> None:
        """Keep the value, but ask for a look at it; one read in a text is said as it was read."""
        if value is None:
            value = self.raw.as_written(name) or self.values.get(name)
        self.problems.append(
            self.raw.problem(name, "flagged", allowed=allowed, fix=fix, value=value)
        )


def check_row(model: type[R], raw: RawRow) -> tuple[R | None, dict[str, Any], list[Problem]]:
    """Typed row (None if rejected), its good cells, and what was wrong with the others."""
    required = REQUIRED[model]
    cells = {k: v for k, v in raw.cells.items() if k in model.model_fields and as_text(v)}
    cells |= {k: "" for k in required if k not in cells}
    problems = _like_formulas(model, raw)
    try:
        return model.model_validate(cells), cells, problems
    except ValidationError as error:
        for e in error.errors():
            name = str(e["loc"][0])
            context = e.get("ctx", {})
            problems.append(
                raw.problem(
                    name,
                    "rejected" if name in required else "ignored",
                    allowed=str(context.get("allowed", e["msg"])),
                    fix=str(context.get("fix", "correct the value")),
                )
            )
            cells.pop(name)
    row = None if any(name not in cells for name in required) else model.model_validate(cells)
    return row, cells, problems


def _like_formulas(model: type[Row], raw: RawRow) -> list[Problem]:
    """Names that a spreadsheet would take for a formula when it opens the result tables."""
    allowed, fix = "a name that begins with a letter or a digit", f"rename it: {FORMULA}"
    return [
        raw.problem(name, "flagged", allowed=allowed, fix=fix)
        for name in NAMES
        if name in model.model_fields
        and as_text(raw.cells.get(name)).startswith(FORMULA_STARTS)
        and (name in raw.lines or not raw.lines)  # else it stands elsewhere in the file
    ]
