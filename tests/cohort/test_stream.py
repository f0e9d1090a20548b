"""Tables too large to be held: in parts they give what the whole gives, with every problem."""

from __future__ import annotations

import csv
import random
import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from corr.cli import app
from corr.cohort import judge_cohort as cohort
from corr.cohort.run_record import is_current
from corr.exchange.tables import HEADERS
from corr.face import large
from corr.parameters import load
from corr.problems import InputError, in_order
from corr.show.pages.cohort import read_pairs
from corr.tables import read_findings, stream, tables_of
from corr.tables.sheets import csv_stream

WOMEN = 24
KEYS = ["case_id", "breast", "finding_a", "finding_b"]
COLUMNS = (
    *("case_id", "breast", "finding_id", "modality", "exam_id", "date", "kind", "size_mm"),
    *("clock", "fn_cm", "quadrant", "same_as", "targeted_at", "text", "note"),
)


def rows() -> list[dict[str, str]]:
    """Two findings a woman, in no order, with what goes wrong in some rows and across rows."""
    out = []
    for k in range(WOMEN):
        who = {"case_id": f"W{k:02}", "breast": "LR"[k % 2], "exam_id": "E"}
        us = {"modality": "US", "clock": "7", "fn_cm": "3", "size_mm": f"{8 + k}.5 mm"}
        mr = {"modality": "MRT", "quadrant": "LOQ", "size_mm": "999", "date": "2024-01-05"}
        out += [{**who, **us, "finding_id": f"u{k}"}, {**who, **mr, "finding_id": f"m{k}"}]
    out[3]["finding_id"] = out[30]["finding_id"]  # of women in different parts
    out[4]["same_as"] = "m20"  # of another woman
    out[6]["same_as"] = "m3"  # of its own
    out[8]["targeted_at"] = "nobody"
    out[10]["same_as"] = "u22"  # whose row denies it
    out[44]["text"] = "no mass"
    out[12] |= {"breast": "X"}
    out[14] |= {"case_id": ""}
    out[16] |= {"date": "03/02/2024"}  # the order of which another row tells
    out[40] |= {"date": "17/06/2024"}
    out[18] |= {"size_mm": "1.250", "fn_cm": "4,5"}
    out[20] |= {"clock": "77"}
    out[22] |= {"case_id": "=1+1"}
    out[24] |= {"quadrant": "OAQ"}
    out[26] |= {"quadrant": "UIQ"}
    out[28] |= {"size_mm": "13,5 x 9 mm"}
    random.Random(3).shuffle(out)
    return out


def write_csv(path: Path, found: list[dict[str, str]], delimiter: str = ",", **how: str) -> Path:
    names = (
        COLUMNS if "finding_id" in found[0] else list(dict.fromkeys(n for r in found for n in r))
    )
    with path.open("w", newline="", encoding=how.get("encoding", "utf-8")) as file:
        table = csv.DictWriter(file, names, restval="", delimiter=delimiter)
        table.writeheader()
        table.writerows(found)
    return path


def breasts_rows() -> list[dict[str, str]]:
    known = [{"case_id": f"W{k:02}", "breast": "LR"[k % 2], "exam_mlo": "1"} for k in range(20)]
    lone = {"case_id": "W99", "breast": "L", "exam_mr": "1"}
    nobody = {"case_id": "W98", "breast": "L", "exam_mr": "0"}
    return [*known, lone, nobody, {**known[2], "exam_mlo": "x"}, {**known[3]}]


def exams_rows() -> list[dict[str, str]]:
    each = {"breast": "L", "modality": "MR", "exam_id": "E"}
    return [
        {**each, "case_id": "W05", "done": "0"},
        {**each, "case_id": "W97", "done": "yes"},
        {**each, "case_id": "W04", "done": "1"},
    ]


def as_parts(folder: Path, found: list[dict[str, str]]) -> Path:
    """A table as a cluster writes it: a folder a side, columns that not every part has."""
    table = folder / "table"
    for k, side in enumerate("LRX"):
        own = [{n: v for n, v in row.items() if n != "breast"}
               for row in found if row["breast"] == side]  # fmt: skip
        (table / f"breast={side}").mkdir(parents=True)
        names = [n for n in COLUMNS if any(n in row for row in own)]
        columns = {n: [row.get(n) for row in own] for n in names}
        parquet.write_table(pa.table(columns), table / f"breast={side}" / f"part-{k}.parquet")
    (table / "_SUCCESS").touch()
    (table / ".part.parquet").write_text("half a part")
    return table


def form(name: str, folder: Path) -> Path:
    """The findings in one form of file."""
    found = rows()
    frame = pd.DataFrame(found).reindex(columns=list(COLUMNS))
    if name == "folder":
        return as_parts(folder, found)
    path = folder / f"findings.{name}"
    if name == "parquet":
        frame.to_parquet(path)
    elif name == "xlsx":
        frame.to_excel(path, index=False)
    elif name == "semicolons":
        write_csv(path, found, ";")
    elif name == "below a title":
        below = write_csv(folder / "x", found).read_text()
        path.write_text(f"Our findings\n\n{below}")
    elif name == "another table below":
        path.write_text(write_csv(folder / "x", found).read_text())
        with path.open("a") as file:
            file.write(f"{','.join(COLUMNS)}\nExams\ncase_id,breast,modality,exam_id\nW01,L,US,E\n")
    elif name == "unclosed quote":
        found[5]["note"] = "OPEN"
        path.write_text(write_csv(folder / "x", found).read_text().replace("OPEN", '"open'))
    else:
        write_csv(path, found, encoding=name)
    return path


FORMS = (
    *("utf-8", "utf-16", "utf-8-sig", "semicolons", "parquet", "folder", "xlsx"),
    *("below a title", "another table below", "unclosed quote"),
)


@pytest.mark.parametrize("name", FORMS)
def test_in_parts_as_the_whole(name, tmp_path):
    findings = form(name, tmp_path)
    beside = (
        write_csv(tmp_path / "breasts.csv", breasts_rows()),
        write_csv(tmp_path / "exams.csv", exams_rows()),
    )
    whole = read_findings(findings, *beside)
    assert len(whole.problems) > 15
    for at_once in (1, 11):
        rows = tmp_path / str(at_once)
        rows.mkdir()
        parts = list(stream.Stream(tables_of(findings, *beside), rows, None, at_once))
        assert len(parts) > WOMEN if at_once == 1 else len(parts) < WOMEN
        women = [{b.case_id for b in part.breasts} for part in parts]
        assert sum(map(len, women)) == len(set().union(*women))
        assert tuple(b for part in parts for b in part.breasts) == whole.breasts
        assert tuple(r for part in parts for r in part.rows) == whole.rows
        assert in_order(p for part in parts for p in part.problems) == whole.problems


def test_plain_csv_and_parquet_are_not_read_whole(tmp_path, monkeypatch):
    def whole(*_):
        raise AssertionError

    monkeypatch.setattr("corr.tables.files.plain_bytes", whole)
    for k, name in enumerate(("utf-8", "semicolons", "parquet", "folder")):
        (tmp_path / str(k)).mkdir()
        findings = form(name, tmp_path / str(k))
        (tmp_path / str(k) / "rows").mkdir()
        tables = tables_of(findings, None, None)
        assert stream.Stream(tables, tmp_path / str(k) / "rows").findings == 2 * WOMEN
    with pytest.raises(AssertionError):  # else nothing was tried
        stream.Stream(tables_of(form("utf-16", tmp_path), None, None), tmp_path)


def test_a_quote_that_closes_far_below_the_head_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_stream, "HEAD", 200)
    found = rows()
    found[-1]["text"] = 'said "as is",\nin two lines'
    findings = write_csv(tmp_path / "findings.csv", found)
    whole = read_findings(findings)
    (tmp_path / "rows").mkdir()
    parts = list(stream.Stream(tables_of(findings, None, None), tmp_path / "rows", None, 9))
    assert in_order(p for part in parts for p in part.problems) == whole.problems


@pytest.mark.parametrize("found", [[], [{"case_id": "a", "breast": "X", "finding_id": "f"}]])
def test_no_usable_finding_is_refused_as_the_whole_is(found, tmp_path):
    header = ",".join(COLUMNS)
    path = tmp_path / "findings.csv"
    path.write_text(header + "\n" + "".join(f"{','.join(r.values())}\n" for r in found))
    (tmp_path / "rows").mkdir()
    with pytest.raises(InputError) as whole:
        read_findings(path)
    with pytest.raises(InputError) as parts:
        list(stream.Stream(tables_of(path, None, None), tmp_path / "rows"))
    assert str(parts.value) == str(whole.value)
    assert parts.value.problems == whole.value.problems


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "a folder without .parquet files"),
        ({"notes.txt": b"x"}, "a folder without .parquet files"),
        ({"a.parquet": b"PAR1 and no more"}, "table/a.parquet: not a readable Parquet file"),
    ],
)
def test_a_folder_that_is_no_table_is_said(files, said, tmp_path):
    folder = tmp_path / "table"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    with pytest.raises(InputError, match=said):
        read_findings(folder)
    code, told = judge(folder, tmp_path / "out")
    assert (code, said in told) == (2, True)


def test_what_may_be_large_is_told_by_its_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "LARGE", 2 * WOMEN - 1)
    for name in ("utf-8", "parquet"):
        assert stream.may_be_large(form(name, tmp_path))
    assert stream.may_be_large(as_parts(tmp_path, rows()))
    assert not stream.may_be_large(form("xlsx", tmp_path))
    monkeypatch.setattr(stream, "LARGE", 2 * WOMEN)
    assert not stream.may_be_large(form("parquet", tmp_path))
    assert not stream.may_be_large(tmp_path / "nosuch.csv")


# --- the command ----------------------------------------------------------------------------------


def judge(findings: Path, out: Path, *more: str) -> tuple[int, str]:
    words = ["judge", str(findings), "--out", str(out), "--jobs", "1", *more]
    done = CliRunner().invoke(app, words)
    return done.exit_code, done.output


@pytest.fixture(scope="module")
def findings(tmp_path_factory) -> Path:
    return write_csv(tmp_path_factory.mktemp("in") / "findings.csv", rows())


@pytest.fixture(scope="module")
def whole(findings, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("whole")
    assert judge(findings, out)[0] == 1
    return out


@pytest.fixture
def large_table(monkeypatch):
    """Forty findings are many, and ten are judged at once."""
    monkeypatch.setattr(stream, "LARGE", 40)
    monkeypatch.setattr(stream, "AT_ONCE", 10)


@pytest.fixture(scope="module")
def parts(findings, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("parts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "LARGE", 40)
        patch.setattr(stream, "AT_ONCE", 10)
        (out / "pairs.csv").write_text("of an earlier, small table\n")
        assert judge(findings, out)[0] == 1
    return out


def test_tables_in_parts_hold_the_rows_of_the_files(whole, parts):
    names = {"run.json", *(f"{name}.parquet" for name in HEADERS)}
    assert {p.name for p in parts.iterdir()} == names
    many = {name: len(list((parts / f"{name}.parquet").iterdir())) for name in HEADERS}
    assert set(many.values()) == {5}
    for name, header in HEADERS.items():
        folder = parts / f"{name}.parquet"
        table = ds.dataset(folder).to_table()
        pd.testing.assert_frame_equal(pd.read_parquet(folder), table.to_pandas())
        assert tuple(table.column_names) == header
        found = [[as_written(v) for v in row.values()] for row in table.to_pylist()]
        with (whole / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            expected = list(csv.reader(file))[1:]
        if name == "problems":  # sorted in each part
            found, expected = sorted(found), sorted(expected)
        assert found == expected


def as_written(value: object) -> str:
    """A cell of the CSV files."""
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return "" if value is None else text


def test_the_record_names_every_part(parts, whole):
    said = pd.read_json(parts / "run.json", typ="series")
    small = pd.read_json(whole / "run.json", typ="series")
    assert said["counts"] == small["counts"]
    assert said["problems"] == small["problems"]
    assert len(said["tables"]) == 25
    assert said["tables"][0]["name"] == "pairs.parquet/part-00000.parquet"


def test_pages_read_parts_as_long_as_they_are_current(findings, parts, whole, tmp_path):
    both = [read_pairs(folder).sort_values(KEYS, ignore_index=True) for folder in (parts, whole)]
    assert both[0][KEYS].equals(both[1][KEYS])
    assert both[0]["p_same"].to_numpy() == pytest.approx(both[1]["p_same"].to_numpy())
    out = shutil.copytree(parts, tmp_path / "out")
    assert is_current(out, [findings], load())
    (out / "lesions.parquet" / "part-00004.parquet").rename(tmp_path / "away")
    assert not is_current(out, [findings], load())
    (tmp_path / "away").rename(out / "lesions.parquet" / "part-00004.parquet")
    (out / "pairs.parquet" / "part-00000.parquet").write_bytes(b"PAR1")
    assert not is_current(out, [findings], load())


def test_a_small_table_takes_the_place_of_parts(findings, parts, whole, tmp_path):
    out = shutil.copytree(parts, tmp_path / "out")
    assert judge(findings, out)[0] == 1
    assert {p.name for p in out.iterdir()} == {"run.json", *(f"{name}.csv" for name in HEADERS)}
    assert (out / "pairs.csv").read_bytes() == (whole / "pairs.csv").read_bytes()


@pytest.mark.usefixtures("large_table")
def test_parts_of_a_job_array_are_those_of_the_whole(findings, whole, tmp_path):
    shards = [tmp_path / str(k) for k in (1, 2, 3)]
    for k, out in enumerate(shards, start=1):
        assert judge(findings, out, "--shard", f"{k}/3")[0] == 1
    merged = ["merge", *map(str, shards), "--out", str(tmp_path / "out")]
    assert CliRunner().invoke(app, merged).exit_code == 0
    for name in HEADERS:
        assert (tmp_path / "out" / f"{name}.csv").read_bytes() == (
            whole / f"{name}.csv"
        ).read_bytes()


@pytest.mark.usefixtures("large_table")
def test_a_large_table_goes_on_after_a_stop(findings, parts, tmp_path, monkeypatch):
    judged = []
    one = cohort.judge

    def stopping(breast, p):
        judged.append(breast.case_id)
        if len(judged) == 9:
            raise KeyboardInterrupt
        return one(breast, p)

    monkeypatch.setattr(cohort, "judge", stopping)
    code, said = judge(findings, tmp_path)
    assert code != 0
    assert "the same command goes on" in said
    assert not (tmp_path / large.ROWS).exists()
    assert not (tmp_path / "pairs.parquet").exists()
    assert judge(findings, tmp_path)[0] == 1
    assert len(judged) == len(set(judged)) + 1  # the one it was stopped at
    for name in HEADERS:
        for part in (parts / f"{name}.parquet").iterdir():
            mine = tmp_path / f"{name}.parquet" / part.name
            assert mine.read_bytes() == part.read_bytes()
