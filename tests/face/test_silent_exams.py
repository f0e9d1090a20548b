"""`corr.silence` and `corr silence`: tables, sentences, files, what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import corr
from corr.cli import app
from corr.questions.silence import added, silence
from corr.show.pages.asked.silence import added_table, silence_table, silent_answer
from corr.show.wording.silence_words import NEVER, REPORTED, whole

ROWS = [
    {"case_id": "c", "breast": "R", "finding_id": "calc", "modality": "MG", "exam_id": "MG now",
     "exam_order": 2, "kind": "calcification", "n_calcifications": 5, "size_mm": 7},
    {"case_id": "c", "breast": "R", "finding_id": "mass", "modality": "US", "exam_id": "US",
     "exam_order": 2, "kind": "mass", "clock": "7-8", "size_mm": 7.1},
    {"case_id": "c", "breast": "R", "finding_id": "skin", "modality": "US", "exam_id": "US",
     "exam_order": 2, "kind": "skin", "clock": "7"},
]  # fmt: skip
EXAMS = [
    {"case_id": "c", "breast": "R", "modality": "MR", "exam_id": "MR", "exam_order": 3, "done": 1},
    {"case_id": "c", "breast": "R", "modality": "MG", "exam_id": "MG before", "exam_order": 1,
     "done": 1},
]  # fmt: skip
ADVICE = ("should", "recommend", "advise", "consider", "best", "needs", "biopsy", "must be")


@pytest.fixture(scope="module")
def result():
    return corr.judge(pd.DataFrame(ROWS), exams=pd.DataFrame(EXAMS))


@pytest.fixture(scope="module")
def said(result):
    return corr.silence(result)


def test_every_finding_and_exam_that_did_not_report_it(result, said):
    assert list(said.table) == list(silence.COLUMNS)
    assert {tuple(x) for x in said.table[["finding_id", "exam"]].to_numpy()} == {
        *(("calc", x) for x in ("MG before", "US", "MR")),
        *(("mass", x) for x in ("MG before", "MG now", "MR")),
    }
    assert list(said.adds) == list(added.COLUMNS)
    assert set(said.adds["exam"]) == {"MG before", "MR"}  # the others reported one of the two
    one = corr.silence(result.breast("c", "R"))
    pd.testing.assert_frame_equal(one.table, said.table)
    assert isinstance(said, corr.SilentExams)
    assert repr(said).splitlines() == said.sentences
    assert said.problems == tuple(result.source.problems)


def test_exams_asked_about_go_by_the_words_of_the_tables(result, said):
    for word, ours in (("MRI", "MR"), ("mammogram mlo", "MG:MLO"), ("MG before", "MG before")):
        pd.testing.assert_frame_equal(
            corr.silence(result, [word]).table, corr.silence(result, [ours]).table
        )
    assert said.sentence("calc", "ultrasound") == said.sentence("calc", "US")
    breast = result.breast("c", "R")
    assert corr.where_to_look(breast, "calc", "MRI").sentence == (
        corr.where_to_look(breast, "calc", "MR").sentence
    )
    tables = (pd.DataFrame(ROWS), ["Ultraschall", "PET"])
    looked = corr.look(*tables, exams_table=pd.DataFrame(EXAMS))
    assert set(looked.regions["target"]) == {"US"}
    for refused in (looked.refused, corr.silence(result, ["US", "PET"]).refused):
        assert "no examination 'PET'; allowed: " in refused[0]
        assert "MG before, MG now, MR, US" in refused[0]
    named = corr.next_exam(breast, ("calc", "mass"), ["mammogram CC", "us:targeted", "PET"])
    assert [t.gain.exam for t in named.told] == ["MG:CC", "US:TARGETED"]
    assert "US:ABUS" in named.refused[0]


def test_of_an_exam_that_was_not_silent_the_page_and_the_terminal_say_so():
    near = {"case_id": "c", "breast": "L", "kind": "mass", "clock": "2", "size_mm": 12, "fn_cm": 5}
    rows = [
        {**near, "finding_id": "us", "modality": "US", "exam_id": "US", "depth_mm": 15},
        {**near, "finding_id": "mri", "modality": "MR", "exam_id": "MR", "same_as": "us"},
    ]
    result = corr.judge(pd.DataFrame(rows))
    assert result.pairs["p_same"].item() > REPORTED
    said = corr.silence(result)
    spoken = "The ultrasound was not silent about the MRI mass if a finding of its own is the same"
    assert sum(x.startswith(spoken) for x in said.sentences) == 1
    assert not any("Silence of" in x for x in said.sentences)
    answer = silent_answer(result.breast("c", "L").judgement, ["US"], [])
    assert answer.said in said.sentences
    other = {**rows[0], "finding_id": "cyst", "clock": "8", "exam_id": "US", "size_mm": 40}
    both = corr.judge(pd.DataFrame([*rows, other])).breast("c", "L").judgement
    assert "MRI leaves" in silent_answer(both, [], []).said  # that exam, and what it left out


def test_kinds_are_counted_in_words_that_exist():
    rows = [
        {"case_id": "c", "breast": "L", "finding_id": f"{n}", "modality": "MG", "exam_id": "MG",
         "view": view, "kind": kind, "clock": "2"}
        for n, (view, kind) in enumerate([("CC", "asymmetry"), ("MLO", "architectural_distortion")])
    ]  # fmt: skip
    answer = silent_answer(corr.judge(pd.DataFrame(rows)).breast("c", "L").judgement, ["US"], [])
    assert "such mammographic asymmetries" in answer.said
    assert "such architectural distortions" in answer.said


def test_sentences_say_of_how_many_and_take_nothing_back(result, said):
    calc = said.sentence("calc", "US")
    assert calc.startswith("Silence of the ultrasound on five calcifications contradicts nothing")
    assert "leaves 62 of 100 (" in calc
    assert "of benign ones 78, of malignant ones 35 of 100" in calc
    assert "lesions that were there then" in said.sentence("mass", "MG before")
    planned = corr.silence(result, ["CEM"]).sentence("calc", "CEM")
    assert "a contrast mammogram on five calcifications would contradict nothing" in planned
    with pytest.raises(corr.CorrError, match="'MR:SUPINE' is no exam that was silent about calc"):
        said.sentence("calc", "MR:SUPINE")
    j = result.breast("c", "R").judgement
    answer = silent_answer(j, (), ("calc", "mass"))
    assert answer.said.startswith("No: the MRI leaves 50 of 100 such calcifications and ")
    assert NEVER in answer.reason
    assert "6.14" in answer.reason
    assert answer.moves.endswith("if the exam is of poor quality.")
    assert "P(same) of calcifications = ultrasound mass" in answer.moves
    told = f"{answer.said} {answer.reason} {answer.moves}"
    words = " ".join([*said.sentences, told])
    assert [w for w in ADVICE if f" {w}" in words.lower()] == []
    assert words.replace("nothing here is a probability of cancer", "").count("cancer") <= 4


def test_tables_of_the_page(result, said):
    j = result.breast("c", "R").judgement
    table = silence_table(j)
    assert len(table) == len(said.table)
    assert table.iloc[0]["silent"] == "the MRI"
    assert len(added_table(j)) == len(said.adds)
    assert silence_table(j, ("MR:SUPINE",))["silent"].unique().tolist() == ["an MRI SUPINE"]
    assert [whole(p) for p in (0.0, 0.2, 1.0)] == ["fewer than 1", "20", "more than 99"]


def test_a_breast_without_a_silent_exam_says_so():
    alone = corr.judge(pd.DataFrame(ROWS[:1])).breast("c", "R")
    answer = silent_answer(alone.judgement, (), ())
    assert answer.said == "No exam of this breast was silent about a finding."
    assert silence_table(alone.judgement).empty
    assert corr.silence(alone).table.empty


def test_many_breasts_go_through_workers_and_one_bad_one_stops_none(monkeypatch):
    many = pd.concat(
        [pd.DataFrame(ROWS).assign(case_id=f"c{k}").assign(
            finding_id=lambda t, k=k: t["finding_id"] + str(k)) for k in range(5)]
    )  # fmt: skip
    all_five = corr.silence(many, ["MR"], jobs=1)
    few = corr.silence(many[: 4 * len(ROWS)], ["MR"], jobs=1)
    whole = all_five.table
    pd.testing.assert_frame_equal(few.table, whole[whole["case_id"] != "c4"])
    assert (len(all_five.answers), len(few.answers)) == (0, 8)

    def broken(j, exams):
        if j.breast.case_id == "c1":
            raise ZeroDivisionError
        return told(j, exams)

    told = silence.silences
    monkeypatch.setattr(silence, "silences", broken)
    some = corr.silence(many, ["MR"], jobs=1)
    assert set(some.table["case_id"]) == {"c0", "c2", "c3", "c4"}
    assert [p.case_id for p in some.problems if "ZeroDivisionError" in p.fix] == ["c1"]


def test_changed_constants_count(result):
    changed = replace(result)  # judged already: its own
    usual = corr.silence(pd.DataFrame(ROWS), ["MR"], {"mr_sees_calcification_benign": 0.6}, jobs=1)
    before = corr.silence(changed, ["MR"]).table
    assert usual.table["p_nothing"][0] < before["p_nothing"][0] - 0.2


def test_the_command_writes_both_tables(tmp_path: Path, capfd):
    pd.DataFrame(ROWS).to_csv(tmp_path / "findings.csv", index=False)
    pd.DataFrame(EXAMS).to_csv(tmp_path / "exams.csv", index=False)

    def run(*more: str) -> int:
        words = ["silence", str(tmp_path / "findings.csv"), "--out", str(tmp_path / "out"),
                 "--exams-table", str(tmp_path / "exams.csv"), "--jobs", "1", *more]  # fmt: skip
        return int(app(words, standalone_mode=False) or 0)

    assert run() == 0
    out = capfd.readouterr().out
    assert "Silence of the MRI on five calcifications" in out
    assert "6 rows in" in out
    assert list(pd.read_csv(tmp_path / "out" / "silence.csv")) == list(silence.COLUMNS)
    assert list(pd.read_csv(tmp_path / "out" / "silence_adds.csv")) == list(added.COLUMNS)
    before = (tmp_path / "out" / "silence.csv").read_bytes()
    assert run() == 0
    assert (tmp_path / "out" / "silence.csv").read_bytes() == before
    assert run("--exams", "MR,PET") == 0
    assert "not told: c R: no examination 'PET'" in capfd.readouterr().err
    assert run("--exams", "PET") == 2
    assert "no examination 'PET'" in capfd.readouterr().err
    assert run("--exams", ",") == 2
