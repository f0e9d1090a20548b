"""Pages of many cases: current ones stand, failed ones are kept aside, the index lists all."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from typer.testing import CliRunner

from benchmarks.pages_at_scale import outputs
from corr import judge, make_case_pages, make_report
from corr.cli import app
from corr.show.many import make
from corr.show.many.make import Sources, make_pages, stamp_in, stamps_of
from corr.show.many.warm import Lost
from corr.show.pages import execute
from corr.show.pages.whole.chosen import ADDED, check

ROWS = """case_id,breast,finding_id,modality,kind,clock,fn_cm
c1,R,a,US,mass,3,4
c1,R,b,MR,mass,3,4
c2,L,c,US,mass,1,2
c2,L,d,MR,mass,7,9
c/3,L,e,US,mass,25,
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "findings.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Pages are made here, by notebooks that are as good as executed; one of them fails."""
    made: list[str] = []

    def execute_at_once(notebook: Path, to: Path, parameters: dict[str, Any]) -> None:
        made.append(parameters.get("case_id"))
        found = nbformat.read(notebook, as_version=4)
        nbformat.write(found, to)
        if made[-1] == "c2":
            error = ZeroDivisionError("division by zero")
            error.exec_count = 7  # type: ignore[attr-defined]  # as papermill's have it
            raise error

    def in_turn(work, items, *, jobs):
        assert jobs > 0
        for k, item in enumerate(items):
            yield k, Lost("its process died") if item[0] == "killed" else work.task(item)

    monkeypatch.setattr(execute, "_execute", execute_at_once)
    monkeypatch.setattr(make, "in_forks", in_turn)
    monkeypatch.setattr(make, "CAN_FORK", False)
    return made


def test_a_page_that_stands_and_is_current_is_not_made_again(table, tmp_path, at_once):
    out = tmp_path / "out"
    assert [m.stood for m in make_pages(Sources(table), ["c1", "c/3"], out, jobs=1)] == [False] * 2
    assert [m.stood for m in make_pages(Sources(table), ["c1", "c/3"], out, jobs=1)] == [True] * 2
    assert at_once == ["c1", "c/3"]
    table.write_text(ROWS.replace("c1,R,b,MR,mass,3", "c1,R,b,MR,mass,4"), encoding="utf-8")
    again = make_pages(Sources(table), ["c1", "c/3"], out, jobs=1)
    assert [m.stood for m in again] == [False, True]
    other = Sources(table, overrides={"lesions_mean": 2.0})
    assert not make_pages(other, ["c1"], out, jobs=1)[0].stood


def test_what_a_page_is_made_of_are_its_rows_constants_and_code(table, monkeypatch):
    from corr.parameters import load

    before = stamps_of(Sources(table).read(), load())
    assert len(set(before.values())) == 3
    with table.open("a", encoding="utf-8") as file:
        file.write("c9,L,z,US,mass,1,2\n")
    after = stamps_of(Sources(table).read(), load())
    assert {c: after[c] for c in before} == before
    monkeypatch.setattr(make, "page_code", lambda: "other code")
    assert not set(stamps_of(Sources(table).read(), load()).values()) & set(after.values())


@pytest.mark.usefixtures("at_once")
def test_a_failed_page_is_kept_aside_and_named_with_its_cell(table, tmp_path):
    out = tmp_path / "out"
    made = make_case_pages(table, out_dir=out, judged=judge(table), jobs=1)
    (failed,) = made.failed
    assert failed.case_id == "c2"
    assert "in cell In [7]: division by zero" in failed.why
    assert [p.name for p in (out / "failed").iterdir()] == ["c2.ipynb"]
    assert not (out / "c2.html").exists()
    assert str(replace(made, pages=made.pages[:1])) == "1 page made"
    assert str(made).startswith("2 pages made, 1 failed\n  c2: 02_case.ipynb failed for c2")
    index = made.index.read_text(encoding="utf-8")
    assert "division by zero" in index
    assert 'href="c1.html"' in index
    assert 'href="c2.html"' not in index
    assert "what ran until then is in failed/c2.ipynb" in index
    assert str(tmp_path) not in index


def test_the_index_has_what_is_filtered_by(table, tmp_path, at_once):
    out = tmp_path / "out"
    judged = judge(table)
    made = make_case_pages(table, "case_id == 'c1'", out_dir=out, judged=judged, jobs=1)
    assert at_once == ["c1"]
    assert str(made) == "1 page made"
    index = made.index.read_text(encoding="utf-8")
    assert "MR-US" in index
    assert judged.pairs.set_index("case_id").loc["c1", "verdict"] in index
    assert "those with a pair of which case_id == &#39;c1&#39; holds" in index
    make_case_pages(table, "case_id == 'c2'", out_dir=out, judged=judged, jobs=1)
    assert 'href="c1.html"' in made.index.read_text(encoding="utf-8")  # as its page is there


@pytest.mark.usefixtures("at_once")
def test_a_case_called_index_keeps_its_page(table, tmp_path):
    table.write_text(ROWS.replace("c1,", "index,"), encoding="utf-8")
    made = make_case_pages(
        table, "case_id == 'index'", out_dir=tmp_path, judged=judge(table), jobs=1
    )
    assert made.index.name == "all-pages.html"
    assert stamp_in(tmp_path / "index.html")


def corr(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(w) for w in words])
    return done.exit_code, done.output


@pytest.mark.usefixtures("at_once")
def test_the_command_judges_once_and_ends_with_2_if_a_page_failed(table, tmp_path):
    out = tmp_path / "out"
    asked = ("report", table, "--out", out, "--jobs", 1, "--where")
    code, said = corr(*asked, "p_same >= 0")
    assert code == 2, said
    assert "c1: made" in said
    assert "c2: failed: 02_case.ipynb failed for c2 in cell In [7]" in said
    assert f"index: {out / 'index.html'}" in said
    assert (out / "run.json").is_file()
    code, said = corr(*asked, "case_id == 'c1'")
    assert code == 0, said
    assert "judged already" in said
    assert "c1: current already" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--where", "verdct == 'same'"), "did you mean verdict?"),
        (("--where", "p_same > 0", "--cases", "c1"), "give one of them"),
        (("--where", "p_same > 0", "--judged", "elsewhere"), "run `corr judge` again"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is(table, tmp_path, options, said):
    code, output = corr("report", table, "--out", tmp_path / "out", *options)
    assert (code, said in output) == (2, True), output
    assert not (tmp_path / "out").exists()


def assert_equal_pages(table: Path, out: Path, ids: list[str]) -> None:
    made = make_pages(Sources(table), ids, out / "many", jobs=2)
    assert [m.why for m in made] == [""] * len(ids)
    for case_id in ids:
        make_report(table, case_id=case_id, out_dir=out / "one")
        both = [outputs(out / way / f"{case_id}.ipynb") for way in ("many", "one")]
        assert both[0] == both[1]
        assert json.dumps(both[0]).count("image/png") + json.dumps(both[0]).count("<img") > 3
        assert stamp_in(out / "many" / f"{case_id}.html")


def test_a_page_from_a_warm_kernel_is_that_of_a_new_one(table, tmp_path):
    assert_equal_pages(table, tmp_path, ["c1"])


@pytest.mark.campaign
def test_three_pages_from_warm_kernels_are_those_of_new_ones(table, tmp_path):
    with table.open("a", encoding="utf-8") as file:
        file.write("c4,L,h,US,mass,1,2\nc4,L,i,US,cyst,2,2\nc4,L,j,MR,nme,2,2\n")
    assert_equal_pages(table, tmp_path, ["c1", "c2", "c4"])


def test_outputs_that_differ_are_noticed(tmp_path):
    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.v4.new_code_cell("1")]
    found = []
    for texts in (["a b"], ["a ", "b"], ["a c"]):
        out = [nbformat.v4.new_output("stream", name="stdout", text=t) for t in texts]
        book.cells[0]["outputs"] = out
        nbformat.write(book, tmp_path / "x.ipynb")
        found.append(outputs(tmp_path / "x.ipynb"))
    assert found[0] == found[1] != found[2]


def test_tables_are_read_again_when_their_file_changes(table):
    assert len(Sources(table).read().breasts) == 3
    rows = pd.read_csv(table, dtype=str)
    rows[:2].to_csv(table, index=False)
    assert len(Sources(table).read().breasts) == 1


HOW_TO = Path(__file__).parents[3] / "docs" / "how_to_many_reports.md"


def test_the_how_to_holds(table, tmp_path, monkeypatch, at_once):
    text = HOW_TO.read_text(encoding="utf-8")
    table.write_text(ROWS.replace("c2,", "c4,"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (script,) = re.findall(r"```sh\n(.*?)```", text, re.S)
    said = ""
    for line in script.splitlines():
        code, said = corr(*shlex.split(line)[1:])
        assert code == 0, said
    assert "no case has a pair like that" in said  # this small table has none
    code, said = corr(*shlex.split(line)[1:], "--where", "p_same >= 0")
    assert "2 pages made" in said
    assert at_once[0] is None  # the page of the whole table
    there = {path.name for path in Path("out").iterdir()}
    assert {"index.html", "cohort.html", "run.json", "c1.html"} <= there
    (examples,) = re.findall(r"```text\n(.*?)```", text, re.S)
    for line in examples.splitlines():
        check(re.split(r"  +", line)[0])
    named = re.findall(r"`(\w+)`", text.split("Beside the columns of that file")[1].split(":\n")[0])
    assert set(ADDED) <= set(named)
