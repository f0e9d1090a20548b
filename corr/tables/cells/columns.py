"""Typed columns: the cells that several tables share, and what a column says beside its cell."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from corr import records
from corr.exams.registry import MATCHED_KINDS
from corr.records import ASSOCIATED_KINDS, MODALITIES
from corr.tables.cells.cell import Cell
from corr.tables.cells.fields import Choice, Day, Number, Text

KINDS = tuple(dict.fromkeys([k for ks in MATCHED_KINDS.values() for k in ks])) + ASSOCIATED_KINDS
NO_FINDING = "no finding"
"""In place of a kind: the row is of an exam that reports nothing."""

Id = Annotated[str, Text(limit=100, required=True)]
Side = Annotated[
    records.Side, Choice(get_args(records.Side), "the patient's own left or right", required=True)
]
Modality = Annotated[records.Modality, Choice(MODALITIES, required=True)]
Date = Annotated[dt.date | None, Day()]
Count = Annotated[int | None, Number(1, 1000, whole=True)]
Word = Annotated[str | None, Text()]
Size = Annotated[float | None, Number(0, 250, "mm", above=True)]
Offset = Annotated[float | None, Number(-300, 300, "mm")]
Distance = Annotated[float | None, Number(0, 300, "mm")]
Patient = Annotated[float | None, Number(-2000, 2000, "mm")]
Pixel = Annotated[float | None, Number(-10_000, 100_000, "pixels")]
Spacing = Annotated[float | None, Number(0.005, 2, "mm")]
Thickness = Annotated[float | None, Number(10, 150, "mm")]
Angle = Annotated[float | None, Number(-100, 100, "degrees")]


class Row(BaseModel):
    """Base of the row models: frozen, no unknown columns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def cell(cls, name: str) -> Cell:
        """The kind of cell of a column."""
        return next(m for m in cls.model_fields[name].metadata if isinstance(m, Cell))


@dataclass(frozen=True, slots=True)
class Slider:
    """How the explorer changes a column: words at the slider, ends and step in its unit."""

    words: str
    low: float
    high: float
    step: float
    only: tuple[str, ...] = ()  # modalities, where fewer than may state it


@dataclass(frozen=True, slots=True)
class Column:
    """What a column says, where it is allowed, and how it is shown and changed.

    Parameters
    ----------
    about
        What follows its name in `docs/columns.md` (Markdown), and describes it to an editor.
    only
        Modalities that may state it; all if empty.
    field
        Its name in `corr.records.Finding`, where that differs.
    said
        How a stated value is said, as "{:g} mm deep"; empty where `corr.show` has its own words.
    usual
        What a breast holds, in its unit: values beyond are used and flagged (assumed; the deepest
        of 70 real landmarks is at 177 mm).
    slider
        How the explorer changes it, if it does.
    of_exam
        It says something of the exam or image, or of other findings: no word about this finding.
    opens
        Row of that page's table that begins with this column.
    """

    about: str = ""
    only: tuple[str, ...] = ()
    field: str = ""
    said: str = ""
    usual: tuple[float, float] | None = None
    slider: Slider | None = None
    of_exam: bool = False
    opens: str = ""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        cell: dict[str, Any] = handler(schema)
        about = self.about.replace("`", "")
        return {
            **cell,
            "description": f"{about}; {cell['description']}" if about else cell["description"],
        }
