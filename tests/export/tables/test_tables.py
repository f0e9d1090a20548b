"""Tables: every row comes back from each form; columns are declared once; others accept them."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import fields, replace
from pathlib import Path

import frictionless
import pytest
from hypothesis import HealthCheck, given
from pyarrow import parquet

import corr
from corr.case.open import CaseTables
from corr.exchange.columns import RESULTS
from corr.exchange.tables import HEADERS
from corr.export.content import Content, Judged, numbers_of
from corr.export.gather import LEFT_OUT
from corr.export.tables import write
from corr.export.tables.read import read_redcap, read_rows_of, read_tables
from corr.export.tables.redcap import HEADER, LETTERS, REDCAP_FILES
from corr.export.tables.rows import AllTables, split_grouping
from corr.export.tables.schema import AT_HOME, KEYS, OF_SOURCES, TABLES
from corr.export.tables.write import FORMS, PACKAGE, files_of, write_tables
from corr.problems import Problem
from corr.tables.findings import FindingRow
from tests.builders.examples import few, round_trips
from tests.builders.random_results import contents

SLOW = {"suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
PROBLEM = Problem(
    "Secret.csv", 3, "c", "", "clock", "Mrs Secret", "ignored", "1 to 12", "no Secret"
)


def with_odds(pair):
    """A pair whose prior is that of its odds, as in every judgement."""
    return replace(pair, p_prior=1 / (1 + 10**-pair.log10_prior))


def tables_of(made: Content) -> tuple[Content, AllTables]:
    """A random content as rows of the result tables, and itself with priors that go with them."""
    breasts = tuple(replace(b, pairs=tuple(map(with_odds, b.pairs))) for b in made.breasts)
    made = replace(made, breasts=breasts)
    stated = tuple(finding(made.case_id, b.side, f) for b, f in made.each)
    source = CaseTables((), (), {"findings": None, "breasts": None, "exams": None}, stated)
    return made, AllTables(source, [rows_of(made.case_id, b) for b in breasts], (PROBLEM,))


def finding(case_id: str, side: str, told) -> FindingRow:
    cells = {name: FindingRow.cell(name).read(text) for name, text in told.cells.items()}
    stated = {"case_id": case_id, "breast": side, "finding_id": told.finding_id, **cells}
    return FindingRow.model_construct(**stated)


def rows_of(case_id: str, b: Judged) -> dict:
    who = (case_id, b.side)
    return {
        "pairs": [tuple({**dict(zip(("case_id", "breast"), who, strict=True)), **{
            f.name: getattr(q, f.name) for f in fields(q)}}[n] for n in HEADERS["pairs"])
            for q in b.pairs],
        "lesions": [(*who, x.number, i, b.groupings[0].p)
                    for x in b.lesions for i in x.finding_ids],
        "groupings": [(*who, n, g.p, " | ".join("+".join(x) for x in g.blocks))
                      for n, g in enumerate(b.groupings, 1)],
        "locations": [(*who, f.finding_id, *f.place.mean_mm, *f.place.lo80_mm, *f.place.hi80_mm,
                       f.place.volume80_cm3) for f in b.findings],
    }  # fmt: skip


@round_trips(10, **SLOW)
@given(contents(images=False))
def test_every_row_comes_back(tmp_path_factory: pytest.TempPathFactory, made: Content):
    made, tables = tables_of(made)
    folder = tmp_path_factory.mktemp("tables")
    written = write_tables(tables, folder)
    assert [p.name for p in written] == sorted(files_of())
    expected = {
        name: [dict(zip([f.name for f in TABLES[name]], row, strict=True)) for row in rows]
        for name, rows in tables.values().items()
    }
    for form in FORMS:
        assert read_rows_of(folder, form) == expected
    assert read_redcap(folder) == {name: expected[name] for name in LETTERS}
    (back,) = read_tables(folder)
    assert back == made.summary()
    for b in made.breasts:
        ids = [f.finding_id for f in b.findings]
        texts = [r["grouping"] for r in expected["groupings"] if r["breast"] == b.side]
        assert [split_grouping(str(t), ids) for t in texts] == [g.blocks for g in b.groupings]
    assert {numbers_of(p)[4] for b in made.breasts for p in b.pairs} <= {
        r["verdict"] for r in expected["pairs"]
    }


@few(2, **SLOW)
@given(contents(images=False))
def test_frictionless_finds_nothing_wrong(tmp_path_factory, made: Content):
    made, tables = tables_of(made)
    folder = tmp_path_factory.mktemp("tables")
    write_tables(tables, folder)
    report = frictionless.Package(str(folder / PACKAGE)).validate()
    assert report.valid, report.flatten(["name", "type", "message"])


def test_a_table_that_is_wrong_is_noticed(tmp_path: Path):
    """Sums are taken out, so that what is wrong has to be found by its column."""
    write_tables(plain_tables(2), tmp_path)
    path = tmp_path / "pairs.csv"
    text = path.read_text(encoding="utf-8").replace(",0.25,", ",2.5,", 1)
    text = text.replace("w001,R,a,b,", "w001,R,a,nobody,").replace("undecided", "perhaps", 1)
    path.write_text(text, encoding="utf-8")
    package = json.loads((tmp_path / PACKAGE).read_text(encoding="utf-8"))
    for resource in package["resources"]:
        del resource["hash"], resource["bytes"]
    (tmp_path / PACKAGE).write_text(json.dumps(package), encoding="utf-8")
    report = frictionless.Package(str(tmp_path / PACKAGE)).validate()
    found = sorted((row[0], row[1]) for row in report.flatten(["type", "fieldName"]))
    assert [kind for kind, _ in found] == ["constraint-error", "constraint-error", "foreign-key"]
    assert {"p_same", "verdict"} <= {field for _, field in found}


def plain_tables(women: int = 1) -> AllTables:
    """Two findings of each woman, and their pair."""
    rows, stated = [], []
    for k in range(women):
        who = (f"w{k:03d}", "R")
        stated += [FindingRow(case_id=who[0], breast="R", finding_id=i, modality=m)
                   for i, m in (("a", "US"), ("b", "MR"))]  # fmt: skip
        numbers = (0.25, 0.1, 0.6, "undecided", -0.5, 0.1, 0.0, 0.0, 0.0, -0.07712125471966244, 0.3)
        rows.append({
            "pairs": [(*who, "a", "b", *numbers)],
            "lesions": [(*who, 1, "a", 0.75), (*who, 2, "b", 0.75)],
            "groupings": [(*who, 1, 0.75, "a | b"), (*who, 2, 0.25, "a+b")],
            "locations": [(*who, i, *[1.5] * 9, 3.0) for i in "ab"],
        })  # fmt: skip
    source = CaseTables((), (), {"findings": None, "breasts": None, "exams": None}, tuple(stated))
    return AllTables(source, rows)


def test_rows_are_written_as_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_tables(plain_tables(7), tmp_path / "whole")
    monkeypatch.setattr(write, "ROWS_AT_A_TIME", 3)
    write_tables(plain_tables(7), tmp_path / "parts")
    for path in (tmp_path / "whole").glob("*.csv"):
        assert path.read_bytes() == (tmp_path / "parts" / path.name).read_bytes()
    with parquet.ParquetFile(tmp_path / "parts" / "findings.parquet") as file:
        assert file.num_row_groups == 5
        assert file.metadata.num_rows == 14
    assert read_rows_of(tmp_path / "parts", "parquet") == read_rows_of(tmp_path / "whole")


def test_same_bytes_on_every_run_and_nothing_is_written_over(tmp_path: Path):
    for name in ("one", "two"):
        write_tables(plain_tables(), tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    (tmp_path / "three").mkdir()
    (tmp_path / "three" / "pairs.jsonl").write_text("mine")
    with pytest.raises(corr.CorrError, match=r"pairs\.jsonl: is there already"):
        write_tables(plain_tables(), tmp_path / "three")
    assert [p.name for p in (tmp_path / "three").iterdir()] == ["pairs.jsonl"]


def test_columns_are_those_of_their_declarations():
    for name, header in HEADERS.items():
        kept = [c for c in header if name != "problems" or c not in OF_SOURCES]
        assert [f.name for f in TABLES[name]] == kept
        assert all(says.about for says in RESULTS[name].values())
    assert tuple(RESULTS["problems"]) == tuple(f.name for f in fields(Problem))
    assert set(AT_HOME) | {"case_id", "breast", "finding_id"} == LEFT_OUT
    for table, columns in TABLES.items():
        assert set(KEYS.get(table, ())) <= {f.name for f in columns}
        assert all(len(f.says.about) > 2 for f in columns)


def test_a_project_of_redcap_is_one(tmp_path: Path):
    write_tables(plain_tables(2), tmp_path)
    with (tmp_path / REDCAP_FILES[1]).open(encoding="utf-8", newline="") as file:
        described = list(csv.DictReader(file))
    assert tuple(described[0]) == HEADER
    names = [row[HEADER[0]] for row in described]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,29}", name) for name in names)
    for row in described:
        assert row["Field Type"] in {"text", "notes", "dropdown", "radio"}
        choices = [c.split(", ")[0] for c in row[HEADER[5]].split(" | ") if c]
        assert all(re.fullmatch(r"\w+", code) for code in choices)
        assert len(set(choices)) == len(choices)
        assert bool(choices) == (row["Field Type"] in {"dropdown", "radio"})
    with (tmp_path / REDCAP_FILES[0]).open(encoding="utf-8", newline="") as file:
        records = list(csv.DictReader(file))
    forms = {f"{table}_complete" for table in LETTERS}
    assert set(records[0]) == {*names, *forms, "redcap_repeat_instrument", "redcap_repeat_instance"}
    places = [(r["record_id"], r["redcap_repeat_instrument"], r["redcap_repeat_instance"])
              for r in records]  # fmt: skip
    assert len(set(places)) == len(places) == 2 * (2 + 1 + 2 + 2 + 2)
    assert ("w001", "findings", "2") in places


def test_what_was_typed_or_is_the_name_of_a_file_stays_at_home(tmp_path: Path):
    foreign = replace(PROBLEM, field="Name of Mrs Secret", allowed="one of: Secret, other")
    tables = replace(plain_tables(), problems=(PROBLEM, foreign, PROBLEM))
    for path in write_tables(tables, tmp_path):
        assert b"Secret" not in path.read_bytes(), path.name
    row, other = read_rows_of(tmp_path)["problems"]
    assert other["field"] == "another column"
    assert (row["row"], row["case_id"], row["finding_id"], row["field"]) == (3, "c", None, "clock")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"p_same", b"p_other", "its columns differ: p_other, p_same"),
        (b",0.25,", b",much,", "row 1: p_same is 'much', no number"),
        (b",0.25,", b",,", "row 1: p_same is empty"),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path: Path, old: bytes, new: bytes, why: str):
    write_tables(plain_tables(), tmp_path)
    path = tmp_path / "pairs.csv"
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(corr.CorrError, match=re.escape(why)):
        read_tables(tmp_path)
    path.unlink()
    with pytest.raises(corr.CorrError, match=r"pairs\.csv: cannot be read"):
        read_tables(tmp_path)


@pytest.mark.parametrize(
    ("text", "ids", "blocks"),
    [
        ("a+b | c", "a b c", (("a", "b"), ("c",))),
        ("a+b+c", "a+b c", (("a+b", "c"),)),
        ("a | b | c", "a,b | c", None),
        ("x | y+z", "x | y,z", (("x | y", "z"),)),
    ],
)
def test_groupings_of_any_ids_are_read(text: str, ids: str, blocks):
    known = ids.split(",") if "," in ids else ids.split()
    if blocks is None:
        assert split_grouping(text, ["a", "b | c"]) == (("a",), ("b | c",))
    else:
        assert split_grouping(text, known) == blocks
    with pytest.raises(ValueError, match="does not consist of known findings"):
        split_grouping("a+nobody", ["a"])
