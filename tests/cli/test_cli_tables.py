"""Commands on tables of others: columns files, new cases, exit codes, problems in few lines."""

from __future__ import annotations

import json
from argparse import Namespace

import openpyxl
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from corr import is_current, load_parameters
from corr.case.casefile import read_case
from corr.cli import app
from tests.tables.test_mapping import COLUMNS, REDCAP

HEAD = "case_id,breast,finding_id,modality,clock,date\n"


def corr(*args):
    result = CliRunner().invoke(app, [str(a) for a in args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def redcap(tmp_path):
    (tmp_path / "r.csv").write_text(REDCAP)
    with (tmp_path / "columns.yaml").open("w") as file:
        YAML(typ="safe").dump(COLUMNS, file)
    return tmp_path / "r.csv", tmp_path / "columns.yaml"


def test_a_columns_file_is_proposed_and_never_overwritten(redcap, tmp_path):
    table, _ = redcap
    shown = corr("map", table)
    assert shown.exit_code == 0
    out = tmp_path / "new" / "c.yaml"
    assert corr("map", table, "--out", out).exit_code == 0
    assert out.read_text() == shown.output
    again = corr("map", table, "--out", out)
    assert again.exit_code == 2
    assert "is there already" in again.output


@pytest.mark.parametrize("command", ["validate", "judge", "spreads"])
def test_commands_that_read_tables_take_a_columns_file(redcap, tmp_path, command):
    table, columns = redcap
    out = ["--out", tmp_path / "out"] if command == "judge" else []
    assert corr(command, table, *out).exit_code == 2
    read = corr(command, table, "--map", columns, *out)
    assert read.exit_code == 0, read.output
    if command == "judge":
        assert "1-us-1" in (tmp_path / "out" / "locations.csv").read_text()


def test_a_report_is_made_of_the_tables_as_they_were_read(redcap, tmp_path, monkeypatch):
    table, columns = redcap
    made = []
    monkeypatch.setattr("corr.make_report", lambda path, **_: made.append(path) or (path, path))
    done = corr("report", table, "--map", columns, "--cases", "1", "--out", tmp_path / "o")
    assert done.exit_code == 0
    assert made == [tmp_path / "o" / "as_read" / "findings.csv"]
    assert corr("validate", *made).exit_code == 0


@pytest.mark.parametrize("judged", [True, False])
def test_a_report_with_a_columns_file_uses_what_was_judged_of_it(
    redcap, tmp_path, monkeypatch, judged
):
    table, columns = redcap
    out, used = tmp_path / "o", []
    monkeypatch.setattr(
        "corr.make_cohort_report", lambda _, results, **__: used.append(results) or (out, out)
    )
    made = Namespace(failed=(), warm=True, index=out)
    monkeypatch.setattr(
        "corr.make_case_pages", lambda *_, judged, **__: used.append(judged) or made
    )
    assert corr("judge", table, "--map", columns, "--out", out, "--jobs", 1).exit_code in (0, 1)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    asked = ("report", table, "--map", columns, "--out", out, *(("--judged", out) * judged))
    for where in ((), ("--where", "p_same >= 0")):
        done = corr(*asked, *where)
        assert done.exit_code in (0, 1), done.output
    assert used == [out, out]
    assert {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} == before
    fresh = tmp_path / "p"
    corr("report", table, "--map", columns, "--out", fresh, "--where", "p_same >= 0", "--jobs", 1)
    assert (fresh / "problems.csv").read_bytes() == before["problems.csv"]
    inputs, earlier = (
        json.loads(x)["inputs"] for x in ((fresh / "run.json").read_text(), before["run.json"])
    )
    assert inputs == earlier


def test_tables_of_another_sheet_of_a_book_are_not_current(tmp_path):
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("Other")):
        sheet.append(HEAD.split(",")[:5])
        sheet.append(["c", "L", "u", "US", 2])
    book.active.title = "One"
    book.save(tmp_path / "b.xlsx")
    out, (one, other) = tmp_path / "o", (tmp_path / f"b.xlsx#{x}" for x in ("One", "Other"))
    assert corr("judge", one, "--out", out, "--jobs", 1).exit_code == 0
    assert is_current(out, [one], load_parameters())
    assert not is_current(out, [other], load_parameters())


def test_exit_codes(tmp_path):
    table = tmp_path / "f.csv"
    table.write_text(HEAD + "c,R,f,US,7,\n")
    assert corr("validate", table, "--strict").exit_code == 0
    table.write_text(HEAD + "c,right,f,US,7 Uhr,\n")  # notes only
    assert corr("validate", table, "--strict").exit_code == 0
    table.write_text(HEAD + "c,R,f,US,7-Aug,\n")
    assert corr("validate", table).exit_code == 0
    assert corr("validate", table, "--strict").exit_code == 1
    table.write_text(HEAD + "c,R,f,US,7,\nc,both,g,US,7,\n")
    for command in (("validate",), ("judge", "--out", tmp_path / "o")):
        assert corr(*command, table).exit_code == 1
    table.write_text(HEAD + "c,both,g,US,7,\n")
    assert corr("validate", table).exit_code == 2
    case = tmp_path / "case.yaml"
    case.write_text("case_id: c\nfindings:\n- {breast: R, finding_id: f, modality: US}\n"
                    "- {breast: both, finding_id: g, modality: US}\n")  # fmt: skip
    assert corr("case", case).exit_code == 1


def test_one_kind_of_problem_is_one_line(tmp_path):
    table = tmp_path / "f.csv"
    table.write_text(HEAD + "".join(f"c{i},R,f{i},US,{i % 5 + 1}-Aug,{i}\n" for i in range(300)))
    lines = corr("validate", table).output.splitlines()
    assert len(lines) == 4  # the file, two kinds, the count
    assert "300 rows (2, 3, 4, ...): clock = '1-Aug'" in lines[1]
    assert "'5-Aug'" not in lines[1]
    assert "'4-Aug'" not in lines[1]
    assert "(3-8?)" in lines[1]
    assert lines[-1] == "600 problems of 2 kinds: 600 ignored"


def test_a_workbook_is_judged(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["case_id", "breast", "finding_id", "modality", "clock", "fn_cm"])
    book.active.append(["c", "links", "u", "Sono", "2 Uhr", "4,5"])
    book.active.append(["c", "links", "m", "MRT", "2", 4])
    book.save(tmp_path / "b.xlsx")
    judged = corr("judge", tmp_path / "b.xlsx", "--out", tmp_path / "out", "--jobs", 1)
    assert judged.exit_code == 0
    assert "No problems found; 5 notes" in judged.output
    assert len((tmp_path / "out" / "pairs.csv").read_text().splitlines()) == 2


@pytest.mark.parametrize("exams", ["MG,US,MR", "mr", "US, CEM", "CEM,MG"])
@pytest.mark.parametrize("side", ["R", "L"])
def test_a_new_case_validates_and_judges(tmp_path, exams, side):
    path = tmp_path / "case.yaml"
    made = corr("new", "A: 17", "--exams", exams, "--breast", side, "--out", path)
    assert made.exit_code == 0
    case = read_case(path)
    assert (case.case_id, case.problems) == ("A: 17", ())
    asked = {x.strip().upper() for x in exams.split(",")}
    assert {f.modality for b in case.breasts for f in b.findings} == asked
    assert {b.side for b in case.breasts} == {side}
    assert path.read_text().count("#") > 4
    assert corr("new", "A", "--out", path).exit_code == 2


def test_a_new_case_takes_the_words_that_tables_take():
    words, ours = (
        corr("new", "A", "--exams", exams, "--breast", side).output
        for exams, side in (("mammogram,Ultrasound,MRI", "left"), ("MG,US,MR", "L"))
    )
    assert words == ours


def test_a_new_case_judges(tmp_path):
    corr("new", "A", "--out", tmp_path / "a.yaml")
    judged = corr("case", tmp_path / "a.yaml", "--strict")
    assert judged.exit_code == 0
    assert judged.output.count("P(same)") == 3


@pytest.mark.parametrize("args", [("--exams", "XR"), ("--exams", ""), ("--breast", "both")])
def test_a_new_case_of_what_is_not_known_is_refused(args):
    refused = corr("new", "A", *args)
    assert refused.exit_code == 2
    assert "allowed" in refused.output
    assert ("US (ultrasound)" if "--exams" in args else "left") in refused.output
