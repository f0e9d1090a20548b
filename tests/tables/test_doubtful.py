"""Cells that can be read and may mean another thing, and tables in a form nobody expected."""

from __future__ import annotations

import openpyxl
import pandas as pd
import pytest

from corr.problems import InputError
from corr.tables import read_findings
from corr.tables.findings import FindingRow
from corr.tables.mapping.header_words import meant_by_words
from tests.tables.test_foreign import ROW, read, wrong

# --- yes and no where a number stands ---------------------------------------------------------


@pytest.mark.parametrize("column", ["size_mm", "clock", "fn_cm", "bi_rads", "count_min"])
@pytest.mark.parametrize("value", [True, False])
def test_a_truth_is_no_number(column, value):
    _, loaded = read([{"kind": "mass", column: value}])
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


# --- units said of a column -------------------------------------------------------------------

HEADERS = [
    ("size (cm)", "1.2", "size_mm", 12.0),
    ("SizeCM", "1.2", "size_mm", 12.0),
    ("Durchmesser in Zentimeter", "1,2", "size_mm", 12.0),
    ("size_cm", "1.2 x 0.8", "size_mm", 12.0),
    ("distance to nipple [mm]", "40", "fn_cm", 4.0),
    ("Mamillenabstand (cm)", "4,5", "fn_cm", 4.5),
    ("posterior (cm)", "3", "posterior_mm", 30.0),
    ("size (cm)", "14 mm", "size_mm", 14.0),
]


@pytest.mark.parametrize(("header", "written", "column", "value"), HEADERS)
def test_a_unit_in_a_header_is_that_of_its_numbers(header, written, column, value):
    _, loaded = read([{"modality": "MR", header: written}])
    assert wrong(loaded) == []
    assert getattr(loaded.rows[0], column) == pytest.approx(value)
    assert any(repr(header) in p.fix and column in p.fix for p in loaded.problems)


@pytest.mark.parametrize("written", ["30", "200", "1.234.5", "0"])
def test_what_its_unit_makes_impossible_is_never_read_in_ours(written):
    _, loaded = read([{"size (cm)": written}])
    assert wrong(loaded) == [("size_mm", written, "ignored")]
    assert loaded.rows[0].size_mm is None


def test_two_headers_of_one_column_and_one_without_a_unit_are_not_guessed():
    _, twice = read([{"size (cm)": "1.2", "diameter (mm)": "12"}])
    _, own = read([{"size_mm": "12", "size (cm)": "1.2"}])
    _, bare = read([{"size": "1.2"}])
    _, both = read([{"size_mm (cm)": "1.2"}])
    sizes = [x.rows[0].size_mm for x in (twice, own, bare, both)]
    assert sizes == [None, 12.0, None, None]
    assert all("corr map" in p.fix for x in (twice, bare) for p in x.problems)


def test_a_unit_of_the_columns_file_leaves_cells_as_they_are_written(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "case_id,breast,finding_id,modality,d,n\n"
        'c,R,1,US,"1,4","4,5"\nc,R,2,US,"1,250",3\nc,R,3,US,1.4 x 0.9,30\nc,R,4,US,-99,x\n'
    )
    names = {"size_mm": {"from": "d", "unit": "cm"}, "fn_cm": {"from": "n", "unit": "cm"}}
    loaded = read_findings(path, columns={"findings": names})
    sizes = {r.finding_id: (r.size_mm, r.size2_mm, r.fn_cm) for r in loaded.rows}
    assert sizes == {"1": (14, None, 4.5), "2": (12.5, None, 3), "3": (14, 9, None),
                     "4": (None, None, None)}  # fmt: skip
    assert [p for p in loaded.problems if "1,4" in p.value and p.action == "noted"]
    assert [w[:2] for w in wrong(loaded)] == [("fn_cm", "30"), ("fn_cm", "x")]


@pytest.mark.parametrize(
    ("header", "ours"),
    [
        ("Clock position (h)", "clock"),
        ("Clock (1-12)", "clock"),
        ("Breast (L/R)", "breast"),
        ("Exam date (dd/mm/yyyy)", "date"),
        ("Date (of birth)", None),
    ],
)
def test_how_cells_are_written_is_no_part_of_what_a_header_means(header, ours):
    assert meant_by_words(header, FindingRow) == ours


# --- codes for missing, and thousands -----------------------------------------------------------

CODED = [
    ({"clock": "88", "size_mm": "88", "fn_cm": "8", "bi_rads": "8"}, {"size_mm", "fn_cm"}),
    ({"clock": "77", "size_mm": "77", "fn_cm": "7.7", "bi_rads": "4"}, {"size_mm", "fn_cm"}),
    ({"clock": "99", "size_mm": "99"}, {"size_mm"}),
    ({"fn_cm": "999", "size_mm": "99"}, {"size_mm"}),
    ({"modality": "MR", "size_mm": "-9", "lateral_mm": "-9"}, {"lateral_mm"}),
    ({"modality": "MR", "size_mm": "-99", "lateral_mm": "-99"}, {"lateral_mm"}),
    ({"size_mm": "0", "fn_cm": "0"}, {"fn_cm"}),
    ({"bi_rads": "9", "clock": "9"}, {"clock"}),
    ({"clock": "9", "size_mm": "9", "fn_cm": "9"}, set()),
    ({"clock": "13", "size_mm": "13"}, set()),
    ({"clock": "88", "size_mm": "12"}, set()),
]


@pytest.mark.parametrize(("row", "flagged"), CODED)
def test_a_number_that_one_column_refuses_may_be_a_code_in_the_others(row, flagged):
    _, loaded = read([row])
    said = [p for p in loaded.problems if p.action == "flagged"]
    assert {p.field for p in said} == flagged
    assert all(f"missing: [{row[p.field]}]" in p.fix for p in said)
    blank = {n: n for n in (*ROW, *row)}
    again = read(
        [row], columns={"findings": blank, "missing": [v for v in row.values() if v != "MR"]}
    )[1]
    assert wrong(again) == [] or not flagged


@pytest.mark.parametrize(
    ("numbers", "flagged"),
    [
        (["12,5", "1.250"], ["1.250"]),
        (["12.5", "1,250"], ["1,250"]),
        (["12.5", "1.250"], []),
        (["12,5", "0.250"], []),
        (["12", "1.250"], []),
    ],
)
def test_a_sign_for_thousands_among_other_decimals_is_asked_about(numbers, flagged):
    _, loaded = read([{"depth_mm": n} for n in numbers])
    assert [w[1] for w in wrong(loaded)] == flagged
    assert all("1250" in p.fix for p in loaded.problems if p.action == "flagged")


def test_exams_whose_dates_cannot_be_read_are_no_copies_of_each_other():
    same = {"kind": "mass", "size_mm": 8, "fn_cm": 3, "clock": 9}
    _, loaded = read([{**same, "date": "03/02/2024"}, {**same, "date": "04/01/2024"}])
    assert {w[0] for w in wrong(loaded)} == {"date"}


# --- another table below ----------------------------------------------------------------------

SECOND = [
    "case_id,breast,exam_id,modality,done\nc,L,MG,MG,1",
    "Exams\nPatient ID,Side,Exam type,Performed\nc,L,MG,1",
    "case_id,breast\nc,L",
    "\nFall,Seite,Befund,Verfahren,Durchmesser (cm)\nc,L,x,US,1.2",
]


@pytest.mark.parametrize("second", SECOND)
def test_rows_of_a_second_table_are_no_findings(tmp_path, second):
    path = tmp_path / "t.csv"
    path.write_text(f"case_id,breast,finding_id,modality,kind\nc,R,f,US,mass\n{second}\n")
    loaded = read_findings(path)
    assert [r.finding_id for r in loaded.rows] == ["f"]
    (problem,) = [p for p in loaded.problems if p.action != "noted" and "cells" not in p.value]
    assert problem.action == "rejected"
    assert problem.row == 3 + second.startswith(("Exams", "\n"))
    assert f"row {problem.row}" in problem.fix


def test_a_header_that_stands_again_is_left_out(tmp_path):
    path = tmp_path / "t.csv"
    head = "case_id,breast,finding_id,modality,kind"
    path.write_text(f"{head}\nc,R,f,US,mass\n{head.upper()}\nc,R,g,MG,mass\n")
    loaded = read_findings(path)
    assert [r.finding_id for r in loaded.rows] == ["f", "g"]
    assert not wrong(loaded)


# --- other programs, other sides --------------------------------------------------------------

R_TABLE = '"case_id" "breast" "finding_id" "modality"\n"1" "A" "R" "a" "US"\n'


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (R_TABLE.encode(), "split by blanks"),
        (R_TABLE.replace('"', "").encode(), "split by blanks"),
        (b"\xef\xbb\xbf\n<table><tr><th>case_id</th></tr></table>", "HTML"),
        (b"<!DOCTYPE html>", "HTML"),
        (b'[{"case_id": "c"}]', "JSON"),
        (b"$FL2@(#) SPSS DATA FILE", "SPSS"),
        (b"%PDF-1.7", "PDF"),
    ],
)
def test_a_file_of_another_program_is_named_with_the_way_out(tmp_path, content, what):
    (tmp_path / "t.xls").write_bytes(content)
    with pytest.raises(InputError, match=rf"{what}.*fix: .*save it as"):
        read_findings(tmp_path / "t.xls")


@pytest.mark.parametrize("view", ["RMLO", "R-CC", "MLO right", "right ML"])
def test_a_view_of_the_other_breast_is_said_to_contradict(view):
    _, loaded = read([{"modality": "MG", "breast": "L", "view": view}])
    assert wrong(loaded) == [("view", view, "ignored")]
    assert any("R breast, and breast is L" in p.fix for p in loaded.problems)
    _, same = read([{"modality": "MG", "view": view}])
    assert not wrong(same)
