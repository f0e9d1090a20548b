"""The five result tables: columns, digits, order, and files that are replaced whole."""

from __future__ import annotations

import csv
import os
from dataclasses import replace

import pytest

from corr import parameters
from corr.cohort import judge_cohort as cohort
from corr.cohort.judge_cohort import judge_cohort, part_of
from corr.exchange.tables import rows_of, write_tables
from corr.judgement.result import Judgement
from corr.problems import Problem
from corr.records import Breast, Finding, Reading
from tests.builders import fakes

HEADERS = {
    "pairs": "case_id,breast,finding_a,finding_b,p_same,p_low,p_high,verdict,log10_prior,"
    "log10_location,log10_size,log10_kind,log10_reporting,log10_context,p_one_process",
    "lesions": "case_id,breast,lesion,finding_id,p_grouping",
    "groupings": "case_id,breast,rank,p_grouping,grouping",
    "locations": "case_id,breast,finding_id,lateral_mm,superior_mm,posterior_mm,"
    "lateral_lo80,superior_lo80,posterior_lo80,lateral_hi80,superior_hi80,posterior_hi80,"
    "volume80_cm3",
    "problems": "file,row,case_id,finding_id,field,value,action,allowed,fix",
}
PROBLEM = Problem("f.csv", 3, "c", "f", "clock", "13", "ignored", "1 to 12", 'write "1", say')


def table(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fake(case_id: str, side: str = "R") -> Judgement:
    j = fakes.judgement(side)
    return replace(j, breast=replace(j.breast, case_id=case_id))


def broken(j: Judgement) -> Judgement:
    """A judgement of which one number is none."""
    return replace(j, pairs=(replace(j.pairs[0], p_low=float("nan")), *j.pairs[1:]))


# --- what is written ----------------------------------------------------------------------------


def test_all_five_tables_have_their_header_even_when_empty(tmp_path):
    paths = write_tables([], [], tmp_path / "new" / "folder")
    assert set(paths) == set(HEADERS)
    for name, path in paths.items():
        assert path == tmp_path / "new" / "folder" / f"{name}.csv"
        assert path.read_bytes() == HEADERS[name].encode() + b"\n"


def test_columns_of_design_are_all_there_with_their_numbers(tmp_path):
    j = fake("seed")
    paths = write_tables([rows_of(j)], [PROBLEM], tmp_path)
    for name, header in HEADERS.items():
        assert paths[name].read_text(encoding="utf-8").splitlines()[0] == header
    pairs = table(paths["pairs"])
    assert len(pairs) == len(j.pairs)
    for row in pairs:
        q = j.pair(row["finding_a"], row["finding_b"])
        assert (row["case_id"], row["breast"], row["verdict"]) == ("seed", "R", q.verdict)
        for field in ("p_same", "p_low", "p_high", "log10_prior", "log10_context"):
            assert float(row[field]) == pytest.approx(getattr(q, field), rel=5e-6)
    assert [r["finding_id"] for r in table(paths["lesions"])] == ["calc", "enh", "mass", "mass-b"]
    assert [r["lesion"] for r in table(paths["lesions"])] == ["1", "2", "3", "4"]
    assert {r["p_grouping"] for r in table(paths["lesions"])} == {"0.6"}
    groupings = table(paths["groupings"])
    assert [(r["rank"], r["p_grouping"]) for r in groupings] == [("1", "0.6"), ("2", "0.3")]
    assert groupings[1]["grouping"] == "calc+mass | enh | mass-b"
    for row in table(paths["locations"]):
        b = j.beliefs[row["finding_id"]]
        for k, axis in enumerate(("lateral", "superior", "posterior")):
            assert float(row[f"{axis}_mm"]) == pytest.approx(b.mean_mm[k], rel=5e-6, abs=1e-12)
            assert float(row[f"{axis}_lo80"]) == pytest.approx(b.lo80_mm[k], rel=5e-6)
            assert float(row[f"{axis}_hi80"]) == pytest.approx(b.hi80_mm[k], rel=5e-6)
    (problem,) = table(paths["problems"])
    assert problem["fix"] == 'write "1", say'
    assert problem["row"] == "3"


def test_lesions_that_hold_several_findings_share_a_number(tmp_path):
    j = fake("c")
    j = replace(j, groupings=j.groupings[1:])
    rows = table(write_tables([rows_of(j)], [], tmp_path)["lesions"])
    assert {r["finding_id"]: r["lesion"] for r in rows} == {
        "calc": "1", "mass": "1", "enh": "2", "mass-b": "3",
    }  # fmt: skip


def test_breasts_without_pairs_or_groupings_have_no_rows_there(tmp_path):
    j = replace(fake("c"), pairs=(), groupings=())
    paths = write_tables([rows_of(j)], [], tmp_path)
    for name in ("pairs", "lesions", "groupings"):
        assert paths[name].read_text(encoding="utf-8") == HEADERS[name] + "\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456789, "0.123457"), (1.0, "1"), (1e-13, "0"), (-1e-13, "0"), (-0.0, "0"),
        (123456.789, "123457"), (1.5e-7, "1.5e-07"), (-2.25, "-2.25"),
    ],
)  # fmt: skip
def test_six_significant_digits_and_one_zero(tmp_path, value, text):
    rows = {"lesions": [("c", "R", 1, "f", value)]}
    (row,) = table(write_tables([rows], [], tmp_path)["lesions"])
    assert row["p_grouping"] == text


def test_rows_are_sorted_whatever_the_order_of_the_breasts(tmp_path):
    parts = [rows_of(fake(c, s)) for c, s in (("b", "R"), ("a", "R"), ("b", "L"), ("a", "L"))]
    one = write_tables(parts, [], tmp_path / "one")
    two = write_tables(parts[::-1], [], tmp_path / "two")
    for name in HEADERS:
        assert one[name].read_bytes() == two[name].read_bytes()
    for name, key in (("pairs", "finding_b"), ("locations", "finding_id"), ("lesions", "lesion")):
        rows = [
            (r["case_id"], r["breast"], r.get("finding_a", ""), r[key]) for r in table(one[name])
        ]
        assert rows == sorted(rows)


def test_texts_with_commas_quotes_and_umlauts_survive(tmp_path):
    problem = replace(PROBLEM, case_id='x,"y"', value="größe; 7 Uhr", row=None)
    (row,) = table(write_tables([], [problem], tmp_path)["problems"])
    assert (row["case_id"], row["value"], row["row"]) == ('x,"y"', "größe; 7 Uhr", "")


def test_other_files_are_left_alone_and_old_tables_replaced(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "pairs.csv").write_text("old")
    write_tables([rows_of(fake("c"))], [], tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "pairs.csv").read_text().startswith("case_id")
    assert {p.name for p in tmp_path.iterdir()} == {*(f"{n}.csv" for n in HEADERS), "notes.txt"}


def test_a_disk_that_fails_leaves_the_old_table_whole(tmp_path, monkeypatch):
    write_tables([rows_of(fake("old"))], [], tmp_path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def full(_: int) -> None:
        msg = "no space left on device"
        raise OSError(msg)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        write_tables([rows_of(fake("new"))], [], tmp_path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


# --- cohorts ------------------------------------------------------------------------------------

P = parameters.load()


def small(case_id: str, side: str = "R") -> Breast:
    readings = (Reading("US", "US", "US"), Reading("MR", "MR", "MR"))
    findings = (
        Finding(f"{case_id}-{side}-u", "US", "US", "mass", clock_h=(9.0, 9.0)),
        Finding(f"{case_id}-{side}-m", "MR", "MR", "mass", lateral_mm=20.0),
    )
    return Breast(case_id, side, readings, findings)


def test_a_breast_that_cannot_be_judged_does_not_stop_the_rest(monkeypatch):
    judge = cohort.judge

    def fragile(breast: Breast, p):
        if breast.case_id == "b":
            msg = "unforeseen"
            raise ZeroDivisionError(msg)
        return judge(breast, p)

    monkeypatch.setattr(cohort, "judge", fragile)
    rows, problems = judge_cohort([small("a"), small("b", "L"), small("c")], P, jobs=1)
    assert [len(r.get("pairs", ())) for r in rows] == [1, 0, 1]
    (problem,) = problems
    assert (problem.case_id, problem.value, problem.action) == ("b", "L", "rejected")
    assert "ZeroDivisionError: unforeseen" in problem.fix


def test_rows_come_back_in_the_order_of_the_breasts():
    rows, problems = judge_cohort([small("b"), small("a")], P, jobs=1)
    assert problems == []
    assert [r["pairs"][0][0] for r in rows] == ["b", "a"]


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_parts_hold_every_woman_once_and_whole(n):
    breasts = [small(f"w{i}", side) for i in range(5) for side in "LR"]
    parts = [part_of(breasts, f"{k}/{n}") for k in range(1, n + 1)]
    assert sorted(b.case_id + b.side for part in parts for b in part) == sorted(
        b.case_id + b.side for b in breasts
    )
    women = [{b.case_id for b in part} for part in parts]
    assert sum(len(w) for w in women) == 5
    assert part_of(breasts[::-1], f"1/{n}") == parts[0][::-1]


@pytest.mark.parametrize(
    "shard", ["0/2", "3/2", "2", "1/", "/2", "a/b", "-1/2", "1/2/3", "", "1.0/2"]
)
def test_parts_that_make_no_sense_are_refused(shard):
    with pytest.raises(ValueError, match="expected k/n"):
        part_of([small("a")], shard)


# --- what is no number ----------------------------------------------------------------------------


def test_a_judgement_with_nan_is_not_written_as_a_number(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"p_low of \S+ and \S+ is not a number"):
        rows_of(broken(fake("bad")))
    bad, good = fake("bad").breast, fake("good").breast
    wrong = {"bad": broken(fake("bad")), "good": fake("good")}
    monkeypatch.setattr(cohort, "judge", lambda b, _: wrong[b.case_id])
    rows, (problem,) = judge_cohort([bad, good], parameters.load(), jobs=1)
    paths = write_tables(rows, [problem], tmp_path)
    for name in ("pairs", "lesions", "groupings", "locations"):
        assert {r["case_id"] for r in table(paths[name])} == {"good"}
    assert (problem.case_id, problem.action) == ("bad", "rejected")
    assert "p_low" in problem.fix


def test_nan_in_a_row_stays_empty(tmp_path):
    lines = {"lesions": [("c", "R", 1, "f", float("nan"))]}
    (row,) = table(write_tables([lines], [], tmp_path)["lesions"])
    assert row["p_grouping"] == ""
