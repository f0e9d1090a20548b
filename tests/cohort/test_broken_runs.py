"""Inputs, disks and folders that could break a run: each ends as the table of the how-to says."""

from __future__ import annotations

import csv
import json
import os
import re
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from corr.cli import app
from corr.cohort import judge_cohort as cohort
from corr.exchange.tables import HEADERS
from corr.tables import files, stream

HOW_TO = Path(__file__).parents[2] / "docs" / "how_to_judge_a_cohort.md"
COLUMNS = "case_id,breast,finding_id,modality,exam_id,date,clock,fn_cm\n"
US, MR = "w{0},R,{0}u,US,U,,7,3\n", "w{0},R,{0}m,MR,M,,8,3\n"
SOME = "".join((US + MR).format(k) for k in range(4))
NOBODY = 65534


def judge(findings: Path, out: Path, *more: str) -> tuple[int, str]:
    """Exit code and what is said; nothing ends in a traceback."""
    words = ["judge", str(findings), "--out", str(out), "--jobs", "1", *more]
    done = CliRunner().invoke(app, words)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.exit_code, done.output


def table(folder: Path, text: str = SOME, name: str = "findings.csv") -> Path:
    path = folder / name
    path.write_bytes((COLUMNS + text).encode("utf-8", "surrogateescape"))
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))


def assert_same(out: Path, whole: Path) -> None:
    for name in HEADERS:
        assert (out / f"{name}.csv").read_bytes() == (whole / f"{name}.csv").read_bytes(), name
    assert not (out / "judged.jsonl").exists()


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The women that are judged, in order."""
    found: list[str] = []
    one = cohort.judge

    def counting(breast, p):
        found.append(breast.case_id)
        return one(breast, p)

    monkeypatch.setattr(cohort, "judge", counting)
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """What the table gives where nothing goes wrong."""
    folder = tmp_path_factory.mktemp("whole")
    assert judge(table(folder), folder / "out")[0] == 0
    return folder / "out"


# --- what is in the table -------------------------------------------------------------------------


@pytest.mark.parametrize("many", [7, pytest.param(40, marks=pytest.mark.campaign)])
def test_forty_findings_in_one_breast(many, tmp_path):
    one = "".join(
        f"w,R,{m}{k},{m},{m},,{1 + k % 12},{1 + k % 6}\n" for m in ("US", "MR") for k in range(many)
    )
    one = "".join(one.splitlines(keepends=True)[::2])
    assert judge(table(tmp_path, one + SOME), tmp_path / "out")[0] == 0
    assert len(rows(tmp_path / "out" / "locations.csv")) == many + 8
    assert len(rows(tmp_path / "out" / "pairs.csv")) == (many // 2) * ((many + 1) // 2) + 4


def test_two_hundred_readings_of_one_breast(tmp_path):
    exams = tmp_path / "exams.csv"
    silent = "".join(f"w0,R,E{k},US,{1800 + k}-01-01,1\n" for k in range(200))
    exams.write_text(f"case_id,breast,exam_id,modality,date,done\n{silent}")
    assert judge(table(tmp_path), tmp_path / "out", "--exams", str(exams))[0] == 0
    assert len(rows(tmp_path / "out" / "pairs.csv")) == 4


@pytest.mark.parametrize("many", [13, pytest.param(30, marks=pytest.mark.campaign)])
def test_one_mass_in_very_many_readings(many, tmp_path):
    """That all agree is more than single precision can hold."""
    table = tmp_path / "findings.csv"
    years = "".join(f"w,R,m{k},MR,M{k},{1990 + k}-01-01,mass,30,20,40\n" for k in range(many))
    place = "lateral_mm,superior_mm,posterior_mm"
    table.write_text(f"case_id,breast,finding_id,modality,exam_id,date,kind,{place}\n{years}")
    assert judge(table, tmp_path / "out")[0] == 0
    pairs = rows(tmp_path / "out" / "pairs.csv")
    assert len(pairs) == many * (many - 1) // 2
    assert min(float(pair["p_same"]) for pair in pairs) > 0.98


def test_one_row(tmp_path):
    assert judge(table(tmp_path, US.format(1)), tmp_path / "out")[0] == 0
    found = {name: len(rows(tmp_path / "out" / f"{name}.csv")) for name in HEADERS}
    assert found == {"pairs": 0, "lesions": 1, "groupings": 1, "locations": 1, "problems": 0}


@pytest.mark.parametrize("text", ["", "w,X,a,US,U,,7,3\n", "w,R,a,US,U,,7,3\n" * 2])
def test_no_usable_row(text, tmp_path, whole):
    code, said = judge(table(tmp_path, text), tmp_path / "out")
    assert code == 2
    assert "no usable finding" in said
    assert "fix:" in said
    assert rows(tmp_path / "out" / "problems.csv")[-1]["field"] in ("file", "breast", "finding_id")
    earlier = shutil.copytree(whole, tmp_path / "earlier")
    assert "are left as they are" in judge(table(tmp_path, text), earlier)[1]
    assert_same(earlier, whole)


@pytest.mark.parametrize("large", [False, True])
def test_a_file_that_grows_while_it_is_read(large, tmp_path, whole, judged, monkeypatch):
    path = table(tmp_path)
    read, reads = files._raw_rows, []

    def growing(sheet, columns):
        yield from read(sheet, columns)
        if not reads:
            reads.append(path)
            with path.open("a") as file:
                file.write("w9,R,9u,US,")

    monkeypatch.setattr(files, "_raw_rows", growing)
    if large:
        monkeypatch.setattr(stream, "LARGE", 4)
    code, said = judge(path, tmp_path / "out")
    assert code == 2
    assert "changed while it was read" in said
    assert "give the same command again" in said
    assert not judged
    path.write_text(path.read_text().removesuffix("w9,R,9u,US,"))
    monkeypatch.undo()
    assert judge(path, tmp_path / "out")[0] == 0
    assert_same(tmp_path / "out", whole)


def test_a_last_row_that_is_half_written(tmp_path):
    assert judge(table(tmp_path, SOME + "w9,R,9u,US,"), tmp_path / "out")[0] == 0
    (problem,) = rows(tmp_path / "out" / "problems.csv")
    assert (problem["row"], problem["field"]) == ("10", "row")
    assert "is the file complete?" in problem["fix"]


USED = {
    "newline": "a\nb", "return": "a\rb", "tab": "a\tb", "emoji": "a\N{GRINNING FACE}",
    "path": "../x", "device": "/dev/full", "quote": 'a"b', "comma": "a,b", "plus": "a+b",
    "bar": "a | b", "right to left": "a\u202eb", "accent apart": "e\u0301", "dot": ".",
}  # fmt: skip
FLAGGED = {"formula": "=1+1", "command": "=cmd|' /C calc'!A0", "at": "@x"}
REJECTED = {"zero": "a\0b", "escape": "\x1b[31m", "long": "x" * 10_000, "bytes": "a\udc81b"}


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("column", ["case_id", "finding_id"])
def test_ids_of_any_bytes(column, large, tmp_path, monkeypatch):
    """Used as they are, flagged where a spreadsheet would run them, else rejected with a reason."""
    if large:
        monkeypatch.setattr(stream, "LARGE", 4)
        monkeypatch.setattr(stream, "AT_ONCE", 6)
    names = [*USED.values(), *FLAGGED.values(), *REJECTED.values()]
    text = ""
    for k, name in enumerate(names):
        who = name if column == "case_id" else f"w{k}"
        ids = [f"{k}u", f"{k}m"] if column == "case_id" else [name, f"{k}m"]
        cells = ['"' + cell.replace('"', '""') + '"' for cell in (who, *ids)]
        text += f"{cells[0]},R,{cells[1]},US,U,,7,3\n{cells[0]},R,{cells[2]},MR,M,,8,3\n"
    path, out = table(tmp_path, text), tmp_path / "out" / "deep"
    assert judge(path, out)[0] == 1
    if large:
        import pandas as pd

        found = pd.read_parquet(out / "lesions.parquet")[column].tolist()
        problems = pd.read_parquet(out / "problems.parquet")
        actions = list(zip(problems["field"], problems["action"], strict=True))
    else:
        found = [row[column] for row in rows(out / "lesions.csv")]
        actions = [(row["field"], row["action"]) for row in rows(out / "problems.csv")]
    assert set(found) >= {*USED.values(), *FLAGGED.values()}
    assert not set(found) & set(REJECTED.values())
    times = 2 if column == "case_id" else 1
    assert actions.count((column, "flagged")) == times * len(FLAGGED)
    assert actions.count((column, "rejected")) == times * len(REJECTED)
    assert {p.name for p in tmp_path.iterdir()} == {"findings.csv", "out"}
    assert {p.name for p in out.parent.iterdir()} == {"deep"}


# --- the disk and the folder ----------------------------------------------------------------------


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file may grow beyond so many bytes: what is written stops in the middle."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 1, 400, 2000])
def test_a_disk_that_is_full_while_judging(size, tmp_path, whole, judged):
    path, out = table(tmp_path), tmp_path / "out"
    with full_disk(size):
        code, said = judge(path, out)
    assert code == 2
    assert "cannot be written" in said
    assert not (out / "pairs.csv").exists()
    assert ("the same command goes on" in said) == (size > 1)
    before = len(judged)
    assert judge(path, out)[0] == 0
    assert_same(out, whole)
    kept = json.loads((out / "run.json").read_text())["counts"]["judged before"]
    assert len(judged) - before == 4 - kept
    assert (kept > 0) == (size >= 2000)


def test_a_disk_that_is_full_when_the_tables_are_written(tmp_path, whole, judged, monkeypatch):
    """The tables of an earlier run stay, too."""
    path, out = table(tmp_path), shutil.copytree(whole, tmp_path / "out")
    (out / "pairs.csv").write_text("earlier\n")
    judged_all = cohort.judge_cohort

    def then_full(*given, **more):
        found = judged_all(*given, **more)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
        return found

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    monkeypatch.setattr(cohort, "judge_cohort", then_full)
    try:
        code, said = judge(path, out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (code, "the same command goes on" in said) == (2, True)
    assert (out / "pairs.csv").read_text() == "earlier\n"
    monkeypatch.setattr(cohort, "judge_cohort", judged_all)
    assert judge(path, out)[0] == 0
    assert len(judged) == 4
    assert_same(out, whole)


@pytest.mark.parametrize("size", [100, 1500, 4000])
def test_a_disk_that_is_full_below_a_large_table(size, tmp_path, judged, monkeypatch):
    monkeypatch.setattr(stream, "LARGE", 4)
    monkeypatch.setattr(stream, "AT_ONCE", 4)
    path, out = table(tmp_path), tmp_path / "out"
    with full_disk(size):
        code, said = judge(path, out)
    assert (code, "cannot be written" in said) == (2, True)
    assert not (out / "pairs.parquet").exists()
    assert judge(path, out)[0] == 0
    assert {p.name for p in out.iterdir()} == {"run.json", *(f"{n}.parquet" for n in HEADERS)}
    assert len(set(judged)) == 4


@pytest.fixture
def mortal() -> Iterator[Path]:
    """A folder of somebody whom permissions bind: root is nobody meanwhile."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    judge(table(folder), folder / "warm")  # everything is imported: nobody may not read it
    was_root = os.geteuid() == 0
    if was_root:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, -1)
        os.setresuid(NOBODY, NOBODY, 0)
    yield folder
    if was_root:
        os.setresuid(0, 0, 0)
    shutil.rmtree(folder)


def test_a_folder_that_cannot_be_written_to(mortal, judged):
    closed = mortal / "closed"
    closed.mkdir(mode=0o555)
    for out in (closed, closed / "new"):
        code, said = judge(mortal / "findings.csv", out)
        assert code == 2
        assert f"no permission to write in {closed}; give a folder of your own" in said
    assert not judged


def test_a_folder_that_only_seems_to_be_open(mortal, judged, monkeypatch):
    """As one of a network may be, whose permissions the server knows."""
    monkeypatch.setattr(os, "access", lambda *_: True)
    closed = mortal / "closed"
    closed.mkdir(mode=0o555)
    for out in (closed, closed / "new"):
        code, said = judge(mortal / "findings.csv", out)
        assert (code, "cannot be written (Permission denied" in said) == (2, True)
        assert "is kept" not in said
    assert not judged


def test_a_folder_that_is_closed_while_it_is_judged(mortal, judged, monkeypatch):
    out = mortal / "out"
    one = cohort.judge

    def closing(breast, p):
        out.chmod(0o555)
        return one(breast, p)

    monkeypatch.setattr(cohort, "judge", closing)
    code, said = judge(mortal / "findings.csv", out)
    assert code == 2
    assert "cannot be written (Permission denied" in said
    assert "the same command goes on" in said
    out.chmod(0o755)
    monkeypatch.setattr(cohort, "judge", one)
    assert judge(mortal / "findings.csv", out)[0] == 0
    assert len(judged) == 4
    assert_same(out, mortal / "warm")


def test_a_folder_that_is_taken_away_while_it_is_judged(tmp_path, whole, judged, monkeypatch):
    path, out = table(tmp_path), tmp_path / "out"
    one = cohort.judge

    def removing(breast, p):
        if len(judged) == 2:
            shutil.rmtree(out)
        return one(breast, p)

    monkeypatch.setattr(cohort, "judge", removing)
    assert judge(path, out)[0] == 0
    assert_same(out, whole)


@pytest.mark.parametrize("large", [False, True])
def test_two_runs_on_one_folder(large, tmp_path, whole, judged, monkeypatch):
    path, out = table(tmp_path), tmp_path / "out"
    if large:
        monkeypatch.setattr(stream, "LARGE", 4)
    one, second = cohort.judge, []

    def with_another(breast, p):
        if not second:
            second.append(judge(path, out))
        return one(breast, p)

    monkeypatch.setattr(cohort, "judge", with_another)
    assert judge(path, out)[0] == 0
    ((code, said),) = second
    assert code == 2
    assert f"another run is writing to {out}" in said
    assert "a folder of its own" in said
    assert len(judged) == 4
    if not large:
        assert_same(out, whole)


def test_the_table_of_the_how_to_names_every_test():
    text = HOW_TO.read_text(encoding="utf-8")
    here = {name for name in globals() if name.startswith("test_")}
    named = set(re.findall(r"`(test_\w+)`", text))
    assert named == here - {"test_the_table_of_the_how_to_names_every_test"}
