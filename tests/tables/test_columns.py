"""One declaration of the columns of findings, and what follows from it."""

from __future__ import annotations

import runpy
from dataclasses import fields
from pathlib import Path

import pytest

from corr.records import Finding
from corr.tables.findings import COLUMNS, FIELDS, MEASURED, OF_EXAM, FindingRow, foreign

ROOT = Path(__file__).parents[2]
MADE = {"reading_id", "fn_rounding_mm", "unlisted"}
"""Fields of the record that no column states as they are."""


def test_the_readme_lists_the_columns_as_they_are_declared():
    readme = runpy.run_path(str(ROOT / "tools" / "generated.py"))["readme"]
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text == readme(text), "run tools/generated.py"
    assert readme(text.replace("`chestwall_mm` ", "")) == text


def test_every_column_is_declared_and_every_field_of_the_record_is_stated_by_one():
    assert COLUMNS.keys() == FindingRow.model_fields.keys()
    assert {f.name for f in fields(Finding)} - MADE == set(FIELDS.values())


@pytest.mark.parametrize("name", FIELDS.keys() - OF_EXAM)
def test_a_length_says_its_unit_in_the_name_of_its_column(name: str):
    unit = getattr(FindingRow.cell(name), "unit", "")
    assert not unit or unit == "pixels" or name.endswith(f"_{unit}")
    assert (name in MEASURED) == (bool(unit) or name == "clock")


def test_no_exam_is_told_what_only_another_can_state():
    assert {"chestwall_mm", "lateral_mm"} <= {*foreign("MG")} & {*foreign("US")}
    assert {"transverse_mm", "beam_mm"} <= {*foreign("MR")} & {*foreign("US")}
    assert not {"clock", "quadrant", "size_mm"} & {*foreign("MG"), *foreign("US"), *foreign("MR")}
