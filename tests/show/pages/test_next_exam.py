"""What would settle it, on a page: the numbers are those computed, and nothing advises."""

from __future__ import annotations

import doctest
from functools import cache

import pytest

from corr import parameters
from corr.judgement.judge import judge
from corr.judgement.result import Judgement
from corr.judgement.verdict import written
from corr.questions.settle.gains import Gain
from corr.questions.settle.localisation import localise
from corr.records import Breast, Finding, Reading, Shape
from corr.show.pages.asked import next_exam as page
from corr.show.wording import localisation_words, next_words
from corr.show.wording.html import Snippet
from corr.show.wording.text import names

PAIR = ("calc", "mass")
ADVICE = ("should", "recommend", "biopsy", "you ", "cancer", "must", "best", "consider", "need a")


@cache
def judged(*, alone: bool = False) -> Judgement:
    readings = (
        Reading("CC", "MG", "MG", "CC", 0.0, 55.0, study="MG", order=1),
        Reading("US", "US", "US", study="US", order=2),
    )
    found = [
        Finding("calc", "CC", "MG", "calcification", size_mm=7.0, clock_h=(7.0, 8.0)),
        Finding("mass", "US", "US", "mass", clock_h=(7.0, 8.0), size_mm=7.1, n_calcifications=0),
    ]
    breast = Breast("x", "R", readings, tuple(found[1:] if alone else found), Shape())
    return judge(breast, parameters.load(), bands=False)


def said_of(judgement: Judgement) -> list[str]:
    """Every sentence, cell, caption and text of a picture."""
    answers = [
        *page.next_answers(judgement, [PAIR]),
        *page.confirming_answers(judgement, [PAIR]),
        *page.localisation_answers(judgement),
        page.settle_answer(judgement, ["calc", "mass"]),
    ]
    out = [text for a in answers for text in (a.said, a.reason, a.moves)]
    tables = (
        page.next_table(judgement, [PAIR]),
        page.confirming_table(judgement, [PAIR]),
        page.localisation_table(judgement),
    )
    out += [str(cell) for t in tables for cell in [*t.columns, *t.to_numpy().ravel()]]
    pictures = page.next_picture(judgement, [PAIR]), page.localisation_picture(judgement)
    return out + [text for x in pictures for text in (x.alt, x.caption)]


def test_nothing_advises_and_it_says_that_it_does_not():
    said = said_of(judged())
    for sentence in said:
        assert not any(word in sentence.lower() for word in ADVICE), sentence
    assert sum(next_words.NOT_NEEDED in s for s in said) == 3  # pair, both at once, picture


def test_answers_hold_the_numbers_of_the_tables():
    j = judged()
    table = page.next_table(j, [PAIR])
    answer = page.next_answers(j, [PAIR])[0]
    marker = table[table["examination"] == next_words.exam_said("US:MARKER")].iloc[0]
    assert marker["bits gained"] in answer.reason
    assert marker["settles it in"] in answer.said
    assert (marker["needle"], marker["X-ray dose"]) == ("yes", "2 films")
    outcomes = page.confirming_table(j, [PAIR])
    said = page.confirming_answers(j, [PAIR])[0]
    for _, told in outcomes.groupby("procedure", sort=False):
        assert told["P(same) then"].iloc[0] in said.said
        assert told["P(same) then"].min() in said.reason
    assert written(j.pair(*PAIR).p_same) in said.said
    assert "known least" in said.moves
    both = page.settle_answer(j, ["calc", "mass"])
    assert both.said.startswith("Three of 7 films locate the calcifications, to 4.5 mm; ")
    assert marker["settles it in"] in both.said


def test_films_of_a_localisation_are_told_one_by_one():
    table = page.localisation_table(judged())
    assert list(table["shorter by"])[-2:] == ["-", "-"]
    found = localise(judged(), "calc")
    told = [localisation_words.millimetres(s.axis80_mm) for s in found.steps]
    assert list(table["longest axis of 80 %"]) == told
    answer = localisation_words.localisation_answer(found)
    assert f"to {told[3]} (80 %) from {told[1]}" in answer.said
    assert "films 4 and 5 check the needle and 6 and 7 only document" in answer.said
    assert "less than the 7 mm" in answer.reason


def test_where_nothing_is_open_it_says_so():
    j = judged(alone=True)
    assert page.next_answers(j) == page.confirming_answers(j) == page.localisation_answers(j) == []
    assert page.next_table(j).empty
    assert page.localisation_table(j).empty
    for shown in (page.next_picture(j), page.localisation_picture(j)):
        assert isinstance(shown, Snippet)
    assert page.settle_answer(j, ["mass"]).said == "No pair is open."


def test_an_examination_that_tells_half_is_named_and_others_are_counted():
    j = judged()
    gains = [Gain(e, 1.0, bits, 0.01, p) for e, bits, p in (
        ("US", 0.05, 0.0), ("MG:CC", 0.3, 0.2), ("MR", 0.6, 0.7), ("REPEAT", 0.01, 0.0),
    )]  # fmt: skip
    answer = next_words.gain_answer(j.pair(*PAIR), gains, names(j.breast))
    assert "of 4 examinations asked about, one tells more than half" in answer.said
    assert "prone MRI (in 70 of 100)" in answer.said
    assert "CC film 0.30 \N{PLUS-MINUS SIGN} 0.01; prone MRI 0.60" in answer.reason
    assert "2 others less than 0.10 each" in answer.reason
    none = next_words.gain_answer(j.pair(*PAIR), gains[:2], names(j.breast))
    assert "none tells more than half of what is open." in none.said


@pytest.mark.parametrize(("bits", "said"), [(0.49, "perhaps"), (0.51, "perhaps"), (0.55, "")])
def test_an_estimate_at_the_limit_is_called_so_on_either_side(bits: float, said: str):
    j = judged()
    gains = [Gain("MR", 1.0, bits, 0.02, 0.7), Gain("US", 1.0, 0.1, 0.02, 0.0)]
    answer = next_words.gain_answer(j.pair(*PAIR), gains, names(j.breast)).said
    assert ("none tells more than half" in answer) == bool(said)
    assert ("at that limit: prone MRI." in answer) == bool(said)
    settled = next_words.settle_answer([(j.pair(*PAIR), gains)], PAIR[0], names(j.breast)).said
    assert ("perhaps prone MRI" in settled) == bool(said)


@pytest.mark.parametrize("module", [next_words, localisation_words])
def test_examples_of_words(module):
    assert doctest.testmod(module).failed == 0
