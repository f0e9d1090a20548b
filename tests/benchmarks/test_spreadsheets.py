"""The tables whose reading is timed: the same women in every form, without a problem."""

from __future__ import annotations

from benchmarks import spreadsheets
from corr.tables import read_findings


def test_every_form_of_the_timed_table_says_the_same(tmp_path):
    rows = spreadsheets.made(30)
    book = read_findings(spreadsheets.workbook(rows, tmp_path / "t.xlsx"))
    german = read_findings(spreadsheets.csv_of(rows, tmp_path / "g.csv", german=True))
    ours = read_findings(spreadsheets.csv_of(rows, tmp_path / "o.csv", german=False))
    assert book.breasts == german.breasts == ours.breasts
    assert ours.problems == ()
    assert {p.action for p in (*book.problems, *german.problems)} == {"noted"}


def test_what_is_measured_is_read_whole():
    assert [(n, wrong) for _, _, n, wrong in spreadsheets.measured(12)] == [(12, 0)] * 3
