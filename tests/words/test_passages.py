"""Passages after real reports with their gold, and sentences of our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import corr
from benchmarks import report_passages

DATA = Path(__file__).parents[1] / "data"
SENTENCES = [
    json.loads(line) for line in (DATA / "report_sentences.jsonl").read_text("utf-8").splitlines()
]
ROW = {"case_id": "C", "finding_id": "f", "breast": "R", "modality": "US"}


def small(entry: dict[str, Any]) -> dict[str, Any]:
    return {n: v for n, v in entry.items() if n not in ("words", "sentence") and v is not None}


@pytest.mark.parametrize("row", SENTENCES, ids=lambda r: r["text"][:60])
def test_sentences_of_our_own(row: dict[str, Any]) -> None:
    data = corr.read_report(row["text"], row["modality"]).data
    for name in ("findings", "earlier", "other_things", "mentioned"):
        assert [small(e) for e in data[name]] == row.get(name, []), name
    assert [e["kind"] for e in data["denied"]] == row.get("denied", [])
    assert [u["field"] for u in data["unread"]] == row.get("unread", [])


@pytest.fixture(scope="module")
def scored() -> report_passages.Score:
    return report_passages.score(report_passages.passages(DATA / "report_passages.jsonl"))


def test_passages_are_read_as_well_as_the_benchmark_says(scored: report_passages.Score) -> None:
    counts = scored.counts
    assert counts["passages"] == 67
    assert scored.wholly_right >= 65, scored.why
    assert counts["right"] >= 295
    assert counts["lost"] == counts["invented"] == counts["flagged"] == 0
    assert counts["wrong"] <= 1  # a region that the gold did not know of
    assert counts["extra"] <= 1
    assert counts["rows refused"] <= 1 < counts["rows"]


def test_the_score_notices_what_is_lost_wrong_invented_and_extra() -> None:
    gold = {"side": "R", "kind": "mass", "clock_h": [9, 9], "fn_mm": 30}
    passage = {
        "id": "broken", "modality": "US",
        "text": "Right breast mass at 10 o'clock, 8 mm. No cyst. Cyst at 2 o'clock, right breast.",
        "gold": {"findings": [gold], "must_not": ["cyst"], "tolerated": []},
    }  # fmt: skip
    score = report_passages.score([passage])
    states = (
        "right",
        "wrong",
        "lost",
        "invented",
        "extra",
        "extra that must not be",
        "rows refused",
    )
    assert [score.counts[s] for s in states] == [2, 1, 1, 1, 1, 1, 1]
    assert score.wholly_right == 0


@pytest.mark.parametrize(
    ("row", "flags"),
    [
        ({"text": "Left breast mass at 3 o'clock."}, ["words about the R breast"]),
        ({"text": "Imaging findings, left breast:\nA 15 mm mass at 3 o'clock."},
         ["words about the R breast"]),
        ({"text": "Seroma 34 x 15 mm."}, ["words about a finding of this exam"]),
        ({"text": "Indication: lump at 3 o'clock."}, ["words about a finding of this exam"]),
        ({"text": "Seroma 34 x 15 mm.", "size_mm": 9}, []),
        ({"text": "Mass at 9 o'clock, 12 mm, with a 15 mm axillary node."}, []),
        ({"text": "Mass at 9 o'clock, 12 mm. Imp: BIRADS V lesion right breast."}, []),
        ({"text": "Solid nodule at 9 o'clock. Solid nodule highly suspicious."}, []),
        ({"text": "Mass at 9 o'clock. Another mass, right breast."}, ["words about one finding"]),
        ({"text": "Two masses at 9 o'clock. Cyst at 7 o'clock."}, ["words about one finding"]),
    ],
)  # fmt: skip
def test_rows_of_a_table_are_filled_by_their_one_finding(
    row: dict[str, Any], flags: list[str]
) -> None:
    found = corr.validate(pd.DataFrame([ROW | row])).found
    assert [p.allowed for p in found] == flags


@pytest.mark.parametrize("text", ["Calcifications: none", "Masses - absent", "Mass: nil"])
def test_a_denied_entry_of_a_form_is_no_finding(text: str) -> None:
    found = corr.validate(pd.DataFrame([ROW | {"text": text}, ROW | {"finding_id": "g"}])).found
    assert [(p.finding_id, p.action) for p in found] == [("f", "rejected")]


def test_a_report_prints_sentence_by_sentence_in_the_order_of_the_text() -> None:
    text = "No cyst. Left breast mass at 2 o'clock, zone 2. A seroma beside it measures 3 cm."
    shown = str(corr.read_report(text, "US")).splitlines()
    assert [line for line in shown if not line.startswith(" ")] == [
        "No cyst", "Left breast mass at 2 o'clock, zone 2", "A seroma beside it measures 3 cm",
    ]  # fmt: skip
    assert "  finding: side L ('Left'), kind mass ('mass'), clock_h 2 (\"2 o'clock\")" in shown
    assert any(line.startswith("  not read: fn_mm 'zone 2'") for line in shown)
    assert str(corr.read_report("", "US")) == "nothing about a finding was read"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Herdbefund in der rechten Brust bei 10 Uhr, 9 mm.", "German"),
        ("右乳10点方向见一低回声结节 大小约9×6mm", "another script"),
        ("Masse du sein droit à 10 heures, 9 mm.", "French"),
    ],
)
def test_other_languages_are_refused_in_one_sentence(text: str, language: str) -> None:
    report = corr.read_report(text, "US", "R")
    assert f"a report in {language}; only English is read" in report.why
    assert str(report) == report.why
    assert report.findings.empty
    (problem,) = corr.validate(pd.DataFrame([ROW | {"text": text, "clock": "10"}])).found
    assert problem.not_read
    assert language in problem.allowed
