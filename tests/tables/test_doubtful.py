"""Cells that can be read and may mean another thing, and tables in a form nobody expected."""

from __future__ import annotations

import openpyxl
import pandas as pd
import pytest

from corr.problems import InputError
from corr.tables import read_findings
from tests.tables.test_foreign import ROW, read, wrong

# --- yes and no where a number stands ---------------------------------------------------------


@pytest.mark.parametrize("column", ["size_mm", "clock", "fn_cm", "bi_rads", "count_min"])
@pytest.mark.parametrize("value", [True, False])
def test_a_truth_is_no_number(column, value):
    found, loaded = read([{"kind": "mass", column: value}])
    assert wrong(loaded) == [(column, str(value).upper(), "ignored")]
    assert getattr(loaded.rows[0], column) is None


def test_a_truth_of_a_workbook_says_yes_or_no_only(tmp_path):
    book = openpyxl.Workbook()
    book.active.append([*ROW, "clock", "very_close_to_nipple"])
    book.active.append([*ROW.values(), True, True])
    book.save(tmp_path / "b.xlsx")
    loaded = read_findings(tmp_path / "b.xlsx")
    assert wrong(loaded) == [("clock", "TRUE", "ignored")]
    assert loaded.rows[0].very_close_to_nipple is True


def test_a_columns_file_knows_a_truth_as_the_code_one():
    columns = {"findings": {"kind": {"from": "solid", "values": {1: "mass", 0: "cyst"}}}}
    rows = [{**ROW, "finding_id": str(v), "solid": v} for v in (True, False)]
    loaded = read_findings(rows, columns=columns)
    assert [r.kind for r in loaded.rows] == ["cyst", "mass"]


# --- forms of tables --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "way"),
    [
        (ROW, r"\[row\]"),
        (pd.Series(ROW), r"row.to_dict\(\)"),
        ({k: [v] for k, v in ROW.items()}, "DataFrame"),
        ((row for row in [ROW]), r"list\(rows\)"),
        ([list(ROW.values())], "a dict of columns and values, not list"),
    ],
)
def test_what_is_no_table_says_how_to_make_one(table, way):
    with pytest.raises(InputError, match=way):
        read_findings(table)


# --- copies -----------------------------------------------------------------------------------


def test_findings_whose_hours_cannot_be_read_are_no_copies_of_each_other():
    place = {"kind": "mass", "size_mm": 8, "fn_cm": 3}
    apart = read([{**place, "clock": "7-ago"}, {**place, "clock": "1-dic"}])[1]
    alike = read([{**place, "clock": "7-ago"}, {**place, "clock": "7-Ago"}])[1]
    nothing = read([{**place, "clock": "k.A."}, place])[1]
    flagged = [[w[0] for w in wrong(x) if w[2] == "flagged"] for x in (apart, alike, nothing)]
    assert flagged == [[], ["finding_id"], ["finding_id"]]
