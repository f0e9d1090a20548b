"""Every question of a case is answered with its number, reason and what would move it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import pytest

from corr.case.questions import Question
from corr.datasets import open_data
from corr.face.judging import judge
from corr.judgement.verdict import written
from corr.show.pages.asked.answered import NO_KIND, answered
from corr.show.wording.html import Snippet
from tests.builders import fakes


@pytest.fixture(scope="module")
def seed():
    return judge(open_data("seed_case")["case"])


@dataclass
class Fake:
    """A judged breast whose report can not have said anything else."""

    judgement: object
    tables: list[pd.DataFrame] = field(default_factory=list)

    def what_if_tables(self, question: str) -> list[pd.DataFrame]:
        return self.tables


def test_the_seed_case_is_answered_in_six_lines(seed):
    answers = seed.answers()
    assert [a.number for a in answers] == [1, 2, 3, 4, 5, 6]
    assert all(a.line[2] for a in answers)
    assert sum(len(a.line[2]) for a in answers) <= 1100  # what a first screen holds
    assert [a.question.kind for a in answers] == [
        *("same", "consistent", "silent", "holds", "change", "settle")
    ]


def test_same_is_the_pair_that_was_asked_about(seed):
    pair = seed.breast(side="R").judgement.pair("R-MR-enh", "R-MG-calc")
    answer = seed.answers()[0].answer
    assert written(pair.p_same) in answer.said
    assert answer.reason.index("prior") < answer.reason.index("kinds")
    assert answer.reason.index("kinds") < answer.reason.index("usually report")
    assert answer.reason.index("usually report") < answer.reason.index("places")
    assert "said of both films" in answer.moves


def test_a_question_without_a_kind_is_printed_only():
    (one, *_) = answered([Question("Why?")], [Fake(fakes.judgement("R"))])
    said = one.shown[0]
    assert isinstance(said, Snippet)
    assert NO_KIND in said.plain
    assert "1. Why?" in said.plain


def test_a_case_that_asks_nothing_gets_the_usual_questions():
    kinds = [a.question.kind for a in answered([], [Fake(fakes.judgement("R"))])]
    assert kinds[0] == "same"
    assert len(set(kinds)) == len(kinds)


def test_what_is_no_pair_is_said_to_be_none(seed):
    right = seed.breast(side="R")
    asked = [Question("One?", kind, ("R-MR-enh", "L-US-mass-1")) for kind in ("same", "holds")]
    for a in answered(asked, [right])[:2]:
        assert "no pair" in a.answer.said
        assert "never linked" in a.answer.reason
