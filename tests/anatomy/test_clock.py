"""Clock positions are read and written by one grammar, wherever they stand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corr.anatomy.clock import ClockError, clock_text, hour_text, read_clock
from corr.tables.cells.cell import FieldError
from corr.tables.cells.clock import Clock
from corr.words import read_report

READ = {
    "7": (7, 7), "07": (7, 7), "12": (12, 12), "1": (1, 1), "7:00": (7, 7), "7.0": (7, 7),
    "7.00": (7, 7), "7:30": (7.5, 7.5), "07:30": (7.5, 7.5), "7:30:00": (7.5, 7.5),
    "7.5": (7.5, 7.5), "7.50": (7.5, 7.5), "7h30": (7.5, 7.5), "0730": (7.5, 7.5),
    "0900": (9, 9), "1030": (10.5, 10.5), "7:15": (7.25, 7.25), "7.25": (7.25, 7.25),
    "7:45": (7.75, 7.75), "7.75": (7.75, 7.75), "7:20": (7 + 1 / 3, 7 + 1 / 3),
    "7:10": (7 + 1 / 6, 7 + 1 / 6), "12:30": (0.5, 0.5), "0:30": (0.5, 0.5), "00:30": (0.5, 0.5),
    "0.5": (0.5, 0.5), "12.5": (0.5, 0.5), "12:15": (0.25, 0.25), "seven": (7, 7),
    "half past seven": (7.5, 7.5), "half past 7": (7.5, 7.5), "half past twelve": (0.5, 0.5),
    "seven thirty": (7.5, 7.5), "7 1/2": (7.5, 7.5), "7½": (7.5, 7.5), "Seven": (7, 7),
    "seven and a half": (7.5, 7.5), "quarter past seven": (7.25, 7.25),
    "quarter to one": (0.75, 0.75), "quarter to 7": (6.75, 6.75), "7-8": (7, 8), "7 - 8": (7, 8),
    "7–8": (7, 8), "7 to 8": (7, 8), "7 or 8": (7, 8), "7 through 8": (7, 8), "7/8": (7, 8),
    "7~8": (7, 8), "seven to eight": (7, 8), "11-1": (11, 13), "12-1": (12, 13), "11-12": (11, 12),
    "12-12": (12, 12), "12.5-1": (0.5, 1), "12:30-1:30": (0.5, 1.5), "0:30-1": (0.5, 1),
    "11-12:30": (11, 12.5), "12-12:30": (12, 12.5), "9-10:30": (9, 10.5), "9-3": (9, 15),
    "6-12": (6, 12), "between 7 and 8": (7, 8), "from 11 to 1": (11, 13),
    "half past six to half past seven": (6.5, 7.5), "7:20-8": (7 + 1 / 3, 8),
}  # fmt: skip
REFUSED = (
    *("0", "13", "25", "24:00", "0:00", "107", "107-11", "7-8-9", "8-7", "1-8", "12-6:30"),
    *("6-12:30", "7:61", "7.3", "7.30", "7.15", "7.6", "0.25", "0.75", "7.5 1/2", "13-1"),
    *("half past 7:30", "1130-107", "1-12", "7-13", "730"),
)


def in_column(text: str) -> tuple[float, float] | None:
    try:
        return Clock().parse(text)
    except FieldError:
        return None


def in_sentence(text: str) -> tuple[float, float] | None:
    words = f"A mass at {text} o'clock in the right breast."
    (mention,) = read_report(words, modality="US", side="R").mentions
    return mention.clock_h


@pytest.mark.parametrize(("text", "span"), READ.items())
def test_a_column_and_a_sentence_read_the_same(text: str, span: tuple[float, float]) -> None:
    assert in_column(text) == pytest.approx(span)
    assert in_sentence(text) == in_column(text)


@pytest.mark.parametrize("text", REFUSED)
def test_a_column_and_a_sentence_refuse_the_same(text: str) -> None:
    assert in_column(text) is None
    assert in_sentence(text) is None
    with pytest.raises(ClockError) as error:
        read_clock(text)
    for candidate in error.value.candidates:
        assert read_clock(candidate)


DIGITS = r"[0-9]{1,2}([:.][0-9]{1,2})?(( ?- ?| to |/)[0-9]{1,2}(:[0-9]{2})?)?"


@settings(max_examples=60, deadline=None)
@given(st.from_regex(DIGITS, fullmatch=True))
def test_any_digits_are_read_alike(text: str) -> None:
    assert in_column(text) == in_sentence(text)


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("107-11", ("10-11", "10, 7-11", "7-11")),
        ("8-7", ("7-8",)),
        ("0", ("12", "10")),
        ("7.30", ("7:30",)),
        ("7:61", ()),
    ],
)
def test_what_is_refused_may_have_meant(text: str, candidates: tuple[str, ...]) -> None:
    with pytest.raises(ClockError) as error:
        read_clock(text)
    assert error.value.candidates == candidates


def test_two_places_are_two_mentions_and_no_cell() -> None:
    assert read_clock("3 and 9 o'clock") == ((3, 3), (9, 9))
    assert read_clock("7, 9-10") == ((7, 7), (9, 10))
    with pytest.raises(FieldError, match=r"a row is one finding: 2 rows \(candidates: 3, 9\)"):
        Clock().parse("3 and 9")


@settings(max_examples=60)
@given(start=st.integers(1, 720), width=st.integers(0, 360))
def test_what_is_written_reads_back(start: int, width: int) -> None:
    span = (start / 60, (start + width) / 60)
    text = clock_text(span)
    assert read_clock(text)[0] == pytest.approx(span)
    assert in_column(text) == read_clock(text)[0] == in_column(f"{text} o'clock")
    assert text.startswith(hour_text(span[0]))
