"""One declaration of the columns of findings, and what follows from it."""

from __future__ import annotations

import runpy
from dataclasses import fields
from pathlib import Path

import pytest

from corr.case.open import assembled
from corr.records import Finding
from corr.tables.findings import COLUMNS, FIELDS, FOREIGN, MEASURED, OF_EXAM, FindingRow

ROOT = Path(__file__).parents[2]
MADE = {"reading_id", "fn_rounding_mm", "unlisted"}
"""Fields of the record that no column states as they are."""


def test_the_page_of_the_columns_lists_them_as_they_are_declared():
    listed = runpy.run_path(str(ROOT / "tools" / "generated.py"))["listed"]
    text = (ROOT / "docs" / "columns.md").read_text(encoding="utf-8")
    assert text == listed(text), "run tools/generated.py"
    assert listed(text.replace("`chestwall_mm` ", "")) == text


def test_every_column_is_declared_and_every_field_of_the_record_is_stated_by_one():
    assert COLUMNS.keys() == FindingRow.model_fields.keys()
    assert {f.name for f in fields(Finding)} - MADE == set(FIELDS.values())


@pytest.mark.parametrize("name", sorted(FIELDS.keys() - OF_EXAM))
def test_a_length_says_its_unit_in_the_name_of_its_column(name: str):
    unit = getattr(FindingRow.cell(name), "unit", "")
    assert not unit or unit == "pixels" or name.endswith(f"_{unit}")
    assert (name in MEASURED) == (bool(unit) or name == "clock")


@pytest.mark.parametrize("name", [n for n, c in COLUMNS.items() if c.slider and n != "clock"])
def test_a_slider_never_leaves_what_its_column_allows(name: str):
    slider, usual = COLUMNS[name].slider, COLUMNS[name].usual
    assert {*slider.only} <= {*(COLUMNS[name].only or slider.only)}
    for end in (slider.low, slider.high):
        assert FindingRow.cell(name).parse(end) == end
        assert usual[0] <= end <= usual[1]


def test_no_exam_is_told_what_only_another_can_state():
    assert {"chestwall_mm", "lateral_mm"} <= {*FOREIGN["MG"]} & {*FOREIGN["US"]}
    assert {"transverse_mm", "beam_mm"} <= {*FOREIGN["MR"]} & {*FOREIGN["US"]}
    assert not {"clock", "quadrant", "size_mm"} & {*FOREIGN["MG"], *FOREIGN["US"], *FOREIGN["MR"]}


def test_pixels_far_outside_any_breast_are_not_a_place():
    """A spacing in micrometres makes centimetres of a millimetre: said, never silently used."""
    film = {
        "case_id": "c", "breast": "R", "finding_id": "a", "modality": "MG", "view": "MLO",
        "row": "900", "col": "700", "nipple_row": "1000", "nipple_col": "100",
        "row_spacing_mm": "0.1", "patient_orientation": "P\\FL",
    }  # fmt: skip

    def read(spacing_mm: str):
        row = {**film, "col_spacing_mm": spacing_mm}
        loaded = assembled({"findings": (row,), "breasts": (), "exams": ()})
        return loaded.breasts[0].findings[0].posterior_mm, loaded.problems

    assert read("0.1") == (60.0, ())
    posterior_mm, problems = read("1")
    assert posterior_mm is None
    assert {p.field for p in problems} >= {"row", "col"}
    assert all("posterior 600" in p.fix for p in problems)
