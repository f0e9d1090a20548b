"""A case opened for its page or the explorer is the case that is judged with its whole table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from corr.case.casefile import Case
from corr.case.open import assembled, open_case, open_cases, read_tables
from corr.problems import InputError

HEADER = "case_id,breast,finding_id,modality,size_mm,clock\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "findings.csv"
    rows = (
        "A,L,a,US,3,10",
        "A,R,b,US,,7-8",
        "A,R,twice,MR,4,",
        "B,R,twice,US,9,",
        "B,R,c,US,huge,",
    )
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_a_case_is_that_of_its_table(table: Path):
    tables = read_tables(table)
    case = tables.case("A")
    assert case.breasts == tuple(b for b in tables.breasts if b.case_id == "A")
    assert [b.side for b in case.right_first] == ["R", "L"]
    assert {f.finding_id for b in case.breasts for f in b.findings} == {"a", "b"}
    (problem,) = case.problems  # an id of two cases is nobody's; its row is that of the file
    assert (problem.field, problem.row) == ("finding_id", 4)
    assert {p.field for p in tables.case("B").problems} == {"finding_id", "size_mm"}
    assert {row.finding_id for row in case.rows} == {"a", "b"}


def test_cells_hold_what_is_stated_and_no_more(table: Path):
    case = open_case(table, "A")
    first = {"case_id": "A", "breast": "L", "finding_id": "a", "modality": "US"}
    assert case.cells["findings"][0] == first | {"size_mm": "3", "clock": "10"}
    assert case.cells["breasts"] == case.cells["exams"] == ()
    assert "size_mm" not in case.cells["findings"][1]
    alone = open_case(pd.read_csv(table, dtype=str), "A").cells
    assert alone == case.cells
    assert assembled(case.cells).breasts == case.breasts  # the id of two cases counts in neither


def test_what_is_open_stays_what_it_is(table: Path):
    tables = read_tables(table)
    assert open_cases(tables) is tables
    case = tables.case("B")
    assert open_cases(case) is case
    assert isinstance(open_case(case), Case)
    assert read_tables(table).first(1).case_ids == ["A"]
    assert read_tables(table).first(None).breasts == tables.breasts
    with pytest.raises(InputError, match=r"findings\.csv: it holds 2 cases; allowed: A, B"):
        open_case(tables)
    with pytest.raises(InputError, match="no case 'C'; allowed: A, B; fix: choose one"):
        open_case(tables, "C")
