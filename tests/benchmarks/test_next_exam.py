"""The benchmark of next examinations: what is taken away, and how choices are counted."""

from __future__ import annotations

import pandas as pd

from benchmarks.next_exam import _kept, choices, interval, without
from corr.records import Breast, Finding, Reading

READINGS = tuple(Reading(name, name[:2], name, study=name) for name in ("MG1", "MG2", "US", "MR"))
FOUND = (
    Finding("a", "MG1", "MG", "mass"),
    Finding("b", "US", "US", "mass", targeted_at="a", same_as="a"),
    Finding("c", "MR", "MR", "mass"),
)
BREAST = Breast("x", "L", READINGS, FOUND)


def test_what_is_taken_away_leaves_no_trace():
    left = without(BREAST, ["MG1"])
    assert [r.reading_id for r in left.readings] == ["MG2", "US", "MR"]
    assert [f.finding_id for f in left.findings] == ["b", "c"]
    assert left.findings[0].targeted_at is None
    assert left.findings[0].same_as is None
    assert without(BREAST, ["MR"]).findings[1].targeted_at == "a"


def test_ultrasound_is_never_what_a_choice_begins_with():
    kept = _kept(BREAST)
    assert all("US" not in two for two in kept if len(two) == 2)
    assert {len(some) for some in kept} == {2, 3}


def test_choices_are_made_by_the_prediction():
    rows = pd.DataFrame(
        {
            "case_id": "x", "side": "L", "kept": "k", "pair": "p", "choices": 3,
            "exam": ["US", "MR", "MG:CC"], "predicted": [0.1, 0.3, 0.2], "drop": [0.0, 0.2, 0.7],
        }
    )  # fmt: skip
    (made,) = choices(rows).to_dict("records")
    assert made["highest predicted gain"] == 0.2
    assert made["always ultrasound"] == 0.0
    assert made["the one that told most"] == 0.7
    assert made["random"] == rows["drop"].mean()
    assert choices(rows[rows["exam"] != "US"]).empty


def test_intervals_are_of_breasts_not_of_answers():
    one = pd.DataFrame({"case_id": ["x"] * 9, "side": "L", "drop": 0.5, "predicted": 0.25})
    assert interval(one, "drop") == "0.500 (0.500 to 0.500)"
    other = one.assign(case_id="y", drop=0.1).iloc[:3]
    assert interval(pd.concat([one, other]), "drop") == "0.400 (0.100 to 0.500)"
    assert interval(pd.concat([one, other]), "predicted", "drop").startswith("0.625")
