"""`corr.change` and `corr change`: the seed case, cases with dates, many breasts, broken input."""

from __future__ import annotations

import math

import pandas as pd
import pytest

import corr
import corr.cohort.judge_cohort as cohort
from corr.cli import app
from corr.questions.change.change import COLUMNS
from corr.show.pages.asked.change import change_answers, change_picture, change_table


@pytest.fixture(scope="module")
def seed():
    return corr.judge(corr.open_data("seed_case")["case"])


@pytest.fixture(scope="module")
def dated():
    return corr.judge(corr.open_data("dated_case")["case"])


def test_the_seed_case_is_answered_in_one_line(seed):
    right = seed.breast("seed", "R")
    first = change_answers(right.judgement)[0]
    for said in ("2 to 5", "one-sided p 0.23", "group criterion newly met", "P(persistent)",
                 "P(not reported before)",
                 "ultrasound mass: no earlier size, growth cannot be told"):  # fmt: skip
        assert said in first.said
    assert "not much changed" in first.moves
    row = corr.change(right).table.iloc[0]
    assert (row["date_prior"], row["date_now"]) == ("1", "2")  # the MRI is of the second work-up
    assert "R-MR-enh" in row["findings_now"].split()
    assert pd.isna(row["ln_growth"])
    assert "no earlier MRI and no earlier ultrasound" in row["note"]


def test_words_give_no_advice(seed, dated):
    for result in (seed, dated):
        for b in result.breasts:
            said = " ".join(
                " ".join((a.said, a.reason, a.moves)) for a in change_answers(b.judgement)
            ).lower()
            for word in ("should", "recommend", "biops", "consider", "cancer", "malign", "needs "):
                assert word not in said


def test_three_dates_of_one_woman(dated):
    found = corr.change(dated)
    rows = found.table.set_index(["date_now", "findings_now"])
    grown = rows.loc[("2023-03-06", "US23-a")]
    assert grown["p_growing"] > 0.7
    assert grown["doubling_days_lo80"] < 213 < grown["doubling_days_hi80"]  # 8 to 12 mm in a year
    stayed = rows.loc[("2024-03-11", "US24-b")]
    assert stayed["p_stable"] > 0.9
    assert math.isinf(stayed["doubling_days_hi80"])
    gone = found.table[found.table["findings_prior"] == "US22-c"].iloc[0]
    assert gone["p_gone"] > 0.9
    assert pd.isna(gone["p_new"])
    assert "of 100 such unreported" in gone["note"]
    calc = rows.loc[("2023-03-06", "MG23-calc")]
    assert "group criterion newly met (9 within 8 mm)" in calc["note"]
    assert pd.isna(calc["doubling_days_lo80"])
    assert list(found.table) == [*COLUMNS, "note"]


def test_what_was_judged_and_the_file_give_the_same_rows(tmp_path):
    (tmp_path / "f.csv").write_text(table("c"), encoding="utf-8")
    again = corr.change(tmp_path / "f.csv").table
    judged = corr.judge(tmp_path / "f.csv")
    pd.testing.assert_frame_equal(corr.change(judged).table, again)
    pd.testing.assert_frame_equal(corr.change(judged.breast()).table, again)


def test_pages(seed, dated):
    (left,) = dated.breasts
    table = change_table(left.judgement)
    assert len(table) == len(corr.change(left).table)
    assert "ultrasound mass" in table.to_string()
    assert "to scale" in change_picture(left.judgement).caption
    assert "only their order" in change_picture(seed.breast("seed", "R").judgement).caption
    assert 1 < len(change_answers(left.judgement)) <= 4
    with pytest.raises(corr.CorrError, match="2 breasts with two dates"):
        corr.change(seed).plot()
    assert "Right breast" in corr.change(seed).plot(side="R").caption


HEAD = "case_id,breast,finding_id,modality,exam_id,date,kind,clock,fn_cm,size_mm\n"


def table(*cases: str) -> str:
    rows = []
    for c in cases:
        rows += [
            f"{c},R,{c}-a,US,one,2022-05-02,mass,10,4,8",
            f"{c},R,{c}-b,US,two,2023-05-02,mass,10,4,12",
        ]
    return HEAD + "\n".join(rows) + "\n"


def test_many_breasts_and_a_broken_one(tmp_path, capfd, monkeypatch):
    findings = tmp_path / "findings.csv"
    one_date = "once,L,x,US,one,2022-05-02,mass,3,2,5\n"
    findings.write_text(table(*"abcdefgh") + one_date, encoding="utf-8")
    found = corr.change(findings, jobs=1)
    assert len(found.table) == 8
    assert found.untold == ("once L: one date only (2022-05-02), nothing to compare",)
    assert found.judgements == ()
    alone = tmp_path / "alone.csv"
    alone.write_text(table("c"), encoding="utf-8")
    pd.testing.assert_frame_equal(
        corr.change(alone).table,
        found.table[found.table["case_id"] == "c"].reset_index(drop=True),
        check_dtype=False,
    )
    whole = cohort.judge

    def fails(breast, p, **_):
        if breast.case_id == "d":
            raise ZeroDivisionError
        return whole(breast, p)

    monkeypatch.setattr(cohort, "judge", fails)
    run = ["change", str(findings), "--out", str(tmp_path / "out"), "--jobs", "1"]
    assert app(run, standalone_mode=False) == 1
    said = capfd.readouterr()
    assert "7 rows in" in said.out
    assert "the input: 1 problem: 1 rejected; `corr validate`" in said.err
    assert "not told: once L: one date only" in said.err
    assert len(pd.read_csv(tmp_path / "out" / "changes.csv")) == 7


def test_the_command_writes_what_the_face_says(tmp_path, capfd):
    (tmp_path / "f.csv").write_text(table("c"), encoding="utf-8")
    run = ["change", str(tmp_path / "f.csv"), "--out", str(tmp_path)]
    assert not app(run, standalone_mode=False)
    assert "P(growing) 0.9" in capfd.readouterr().out
    written = pd.read_csv(tmp_path / "changes.csv")
    assert list(written) == [*COLUMNS, "note"]
    first = (tmp_path / "changes.csv").read_bytes()
    corr.change(tmp_path / "f.csv").save(tmp_path)
    assert (tmp_path / "changes.csv").read_bytes() == first


def test_undated_exams_are_named_and_left_out(tmp_path):
    text = table("c").rstrip() + "\nc,R,c-x,MG,films,,mass,,,9\n"
    (tmp_path / "f.csv").write_text(text, encoding="utf-8")
    found = corr.change(tmp_path / "f.csv")
    assert found.untold == ("c R: neither date nor exam_order of films: not compared",)
    assert "c-x" not in found.table.to_string()
