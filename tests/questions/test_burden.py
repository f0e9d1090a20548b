"""Facts of examinations, by the names that lists of them use."""

from __future__ import annotations

import pytest

from corr.problems import CorrError
from corr.questions.settle.burden import NEEDLE_FROM_FILM, Burden, burden
from corr.questions.settle.localisation import SERIES


@pytest.mark.parametrize(
    ("exam", "words", "dose"),
    [
        ("US", "no film, contrast or needle", "none"),
        ("US:ABUS", "no film, contrast or needle", "none"),
        ("US:FOCI", "no film, contrast or needle", "none"),
        ("US:MARKER", "2 films, needle", "2 films"),
        ("US:SPECIMEN", "needle", "none"),
        ("MG:CC", "1 film", "1 film"),
        ("MG:MLO@50", "1 film", "1 film"),
        ("MG:CC+MG:MLO", "2 films", "2 films"),
        ("MG:DBT", "1 film", "1 film"),
        ("MG:STEREO:3", "3 films", "3 films"),
        ("MG:STEREO:5", "5 films, needle", "5 films"),
        ("MG:STEREO@-15", "1 film", "1 film"),
        ("CEM:CC", "1 film, contrast", "1 film"),
        ("MR", "contrast", "none"),
        ("MR:SUPINE+US", "contrast", "none"),
    ],
)
def test_an_examination_asks_what_it_is(exam: str, words: str, dose: str):
    assert burden(exam).words == words
    assert burden(exam).dose == dose


def test_a_repeat_asks_what_the_pair_was_seen_with():
    assert burden("REPEAT", ["US", "MG"]).words == "2 films; in 6 months"
    assert burden("REPEAT", ["US", "MR"]).words == "contrast; in 6 months"
    assert burden("REPEAT", ["US", "US"]).words == "no film, contrast or needle; in 6 months"


def test_they_sort_and_the_needle_comes_with_the_films_that_check():
    asked = ["MR", "US:MARKER", "US", "MG:CC", "MG:STEREO:7"]
    assert sorted(asked, key=burden) == ["US", "MG:CC", "MR", "US:MARKER", "MG:STEREO:7"]
    assert Burden() < Burden(films=1) < Burden(contrast=True) < Burden(needle=True)
    first = next(k for k, film in enumerate(SERIES, 1) if film.stage == "check")
    assert first == NEEDLE_FROM_FILM


@pytest.mark.parametrize("exam", ["PET", "", "MG:CC+", "US:MARKER+nothing"])
def test_what_is_not_known_is_named(exam: str):
    with pytest.raises(CorrError, match="nothing is known of the burden"):
        burden(exam)
