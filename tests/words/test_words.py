"""Report sentences: a table of them, and what must hold for any text."""

from __future__ import annotations

import re
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from corr.exams.registry import MATCHED_KINDS
from corr.records import ASSOCIATED_KINDS
from corr.words import Mention, ReportWords, read_report

TABLE = YAML(typ="safe").load(Path(__file__).parents[1] / "data" / "words.yaml")
NOT_SAID = {f.name: getattr(Mention(), f.name) for f in fields(Mention)}
UNCOMPARED = ("modality", "text", "words")
VOCABULARY = (
    *re.split(
        r"\s+",
        """right left breast both mass masses calcification no not seen without one of which two
        several 7-8 107-11 o'clock 7:30 5 cm mm x * , . ; : ( ) from the nipple behind upper outer
        quadrant lymph nodes and or but with in at deep FN N+5 BI-RADS 4 0,7 largest other it
        diagnosis last year focal enhancement this outside other than nor more lateral medial below
        half FTN 4CFN periareolar""",
    ),
    "\n",
    "\n\n",
)
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(VOCABULARY), max_size=60).map(" ".join),
    st.lists(st.sampled_from(VOCABULARY), max_size=60).map("".join),
    st.text(alphabet="0123456789-:.,x*'½ ohclckmf\n\0İ", max_size=120),
)


def said(mention: Mention) -> dict[str, Any]:
    """Fields that differ from "not said", as the table writes them."""
    got = {n: getattr(mention, n) for n in NOT_SAID if n not in (*UNCOMPARED, "negated")}
    got = {n: v for n, v in got.items() if v != NOT_SAID[n]}
    if "side" in got:
        got["side"] = "".join(got["side"])
    if "clock_h" in got:
        got["clock_h"] = list(got["clock_h"])
    return got


def expected(mention: dict[str, Any]) -> dict[str, Any]:
    return {n: v for n, v in mention.items() if n == "side" or v != NOT_SAID[n]}


@pytest.mark.parametrize("row", TABLE, ids=lambda r: r.get("id", r["text"][:60]))
def test_table_of_sentences(row: dict[str, Any]) -> None:
    got = read_report(row["text"], modality=row.get("modality"), side=row.get("side"))
    assert [said(m) for m in got.mentions] == [expected(m) for m in row.get("mentions", [])]
    assert [said(m) for m in got.negatives] == [expected(m) for m in row.get("negatives", [])]
    assert [said(m) for m in got.restated] == [expected(m) for m in row.get("restated", [])]
    unread = [[u.field, u.words, list(u.candidates)] for u in got.unreadable]
    assert unread == row.get("unreadable", [])


def test_table_is_large_and_odd_enough() -> None:
    assert len(TABLE) >= 60
    assert sum(bool(row.get("odd")) for row in TABLE) >= 15


@pytest.mark.parametrize("row", TABLE, ids=lambda r: r.get("id", r["text"][:60]))
def test_every_value_keeps_its_words(row: dict[str, Any]) -> None:
    got = read_report(row["text"], modality=row.get("modality"), side=row.get("side"))
    for mention in (*got.mentions, *got.negatives, *got.restated):
        sources = dict(mention.words)
        needed = {n for n in said(mention) if n not in ("earlier", "count_max")}
        if row.get("side"):
            needed.discard("side")  # the caller said it, no words did
        assert needed <= set(sources), mention
        assert mention.negated == ("negated" in sources)


def check_words(text: str, got: ReportWords) -> None:
    everything = (*got.mentions, *got.negatives, *got.restated)
    for mention in everything:
        assert mention.text in text
        assert all(words in text for _, words in mention.words)
        assert all(getattr(mention, name) != NOT_SAID[name] or name.startswith("count")
                   for name, _ in mention.words)  # fmt: skip
    assert all(u.words and u.words in text and u.text in text for u in got.unreadable)


@given(text=TEXTS, modality=st.sampled_from([None, "MG", "US", "MR"]))
@example(text="\0 5 mm mass\0", modality=None)
@example(text="İİ 7 o'clock İ mass", modality="US")
def test_any_text_is_read_without_raising(text: str, modality: str | None) -> None:
    got = read_report(text, modality=modality)
    check_words(text, got)
    for mention in (*got.mentions, *got.restated):
        assert not mention.negated
        assert set(mention.side) <= {"L", "R"}
        if modality:
            assert mention.kind in (None, *MATCHED_KINDS[modality], *ASSOCIATED_KINDS)
        if mention.clock_h is not None:
            lo, hi = mention.clock_h
            assert 0 < lo <= 12
            assert lo <= hi <= lo + 6
        sizes = [s for s in (mention.size_mm, mention.size2_mm, mention.size3_mm) if s is not None]
        assert sizes == sorted(sizes, reverse=True)
        assert all(0 < s <= 300 for s in sizes)
        assert mention.count_min >= 1
        assert mention.count_max is None or mention.count_max >= mention.count_min
    assert all(m.negated for m in got.negatives)


@pytest.mark.parametrize("side", [("L", "left"), ("R", "right")])
@pytest.mark.parametrize("half", range(24))
@pytest.mark.parametrize("width", [0, 1, 2])
def test_every_clock_position_round_trips(side: tuple[str, str], half: int, width: int) -> None:
    def spoken(hour: float) -> str:
        hour = (hour - 1) % 12 + 1
        return f"{int(hour)}:30" if hour % 1 else f"{int(hour)}"

    lo = (1 + half) / 2
    clock = spoken(lo) + (f"-{spoken(lo + width)}" if width else "")
    (mention,) = read_report(f"A mass in the {side[1]} breast at {clock} o'clock.").mentions
    assert (mention.side, mention.clock_h) == ((side[0],), (lo, lo + width))


@given(
    sizes=st.lists(st.integers(1, 999), min_size=1, max_size=3),
    fn=st.integers(1, 150),
    unit=st.sampled_from(["mm", "cm"]),
    times=st.sampled_from(["x", " x ", "*", " × ", "×", " by "]),
    gap=st.sampled_from(["", " "]),
    fn_form=st.sampled_from(["{} from the nipple", "{} FN", "FN {}", "{}fn"]),
)
def test_sizes_and_distances_round_trip(
    sizes: list[int], fn: int, unit: str, times: str, gap: str, fn_form: str
) -> None:
    def spoken(tenths: int) -> str:
        return f"{tenths / 100:.2f}" if unit == "cm" else f"{tenths / 10:.1f}"

    size = times.join(spoken(s) for s in sizes) + gap + unit
    distance = fn_form.format(f"{fn / 10:.1f} cm" if unit == "cm" else f"{fn} mm")
    (mention,) = read_report(f"A cyst, {size}, {distance}.").mentions
    got = [s for s in (mention.size_mm, mention.size2_mm, mention.size3_mm) if s is not None]
    assert got == pytest.approx(sorted((s / 10 for s in sizes), reverse=True))
    assert mention.fn_mm == pytest.approx(fn)
    assert mention.fn_rounding_mm == pytest.approx(0.5)


@pytest.mark.parametrize("words", ["half past 7:30", "7:30 and a half", "7:15 1/2"])
def test_an_hour_with_two_fractions_is_none(words: str) -> None:
    said = read_report(f"A mass at {words} o'clock.")
    assert all(m.clock_h is None for m in said.mentions)
    assert "clock_h" in {u.field for u in said.unreadable}


def test_reading_is_the_same_in_any_case_and_with_other_dashes() -> None:
    text = "Two masses in the right breast at 7-8 o'clock, one of which was 7.1*3.6mm."
    variants = (
        text.upper(),
        text.replace("-", "\u2013").replace("'", "\u2019"),
        text.replace("*", "×"),
    )
    wanted = [said(m) for m in read_report(text).mentions]
    for variant in variants:
        assert [said(m) for m in read_report(variant).mentions] == wanted


JUNK = {
    "digits": "1" * 100_000,
    "spaces": " " * 100_000,
    "lists of hours": "7, 8 and 9 - " * 8_000,
    "half sizes": "7.1 x 3.6 x " * 8_500,
    "small words": "the right of in the deep " * 4_000,
    "commas": "," * 100_000,
    "denials": "no mass, or " * 8_500,
    "masses": "two masses and " * 7_000,
    "sentences": "No mass at 7 o'clock. " * 4_500,
    "findings": "A 5 mm mass at 7 o'clock. " * 4_000,
    "capitals": "Ab" * 50_000,
    "measures": "Mass. " + "It measures 5 mm. " * 5_500,
    "absences": "A mass. No calcification. " * 4_000,
    "unreadable": "It lies at 25 o'clock. " * 4_000,
    "titles": "Right breast. " * 7_000,
    "denied places": "not in the breast at " * 5_000,
    "limits": "more than about 5 " * 5_500,
    "offsets": "5 cm lateral, " * 7_000,
    "distances": "distance from the mass of a node " * 3_000,
    "halves": "upper right central part of the right " * 2_500,
    "quadrants": "UOQ, upper inner and lower outer or " * 2_500,
    "borders": "between the upper and the far lower inner " * 2_000,
    "loose places": "mass in the near zone far superficial to the " * 2_000,
    "foci inside": "mass. It contains several echogenic foci within it. " * 1_500,
    "lines": "a\n" * 50_000,
    "forms": "Mass: yes\nSize: 12 mm\nSide: left\n" * 3_000,
    "keys": "Size: " * 17_000,
    "bullets": "• mass\n" * 14_000,
    "questions": "lump? " * 17_000,
    "counted": "There are two masses. The second is at 9 o'clock. " * 2_000,
    "earlier sizes": "previously 8 mm " * 6_500,
    "things": "seroma near a duct in the implant " * 3_000,
    "impressions": "IMPRESSION: A 5 x 4 mm mass at 7 o'clock. " * 2_400,
}


@pytest.mark.parametrize("length", [40_000, pytest.param(100_000, marks=pytest.mark.campaign)])
@pytest.mark.parametrize("name", JUNK)
def test_time_is_linear(name: str, length: int) -> None:
    """In processor time: a fifth of a second, and minutes if it were squared."""
    start = time.process_time()
    read_report(JUNK[name][:length])
    assert time.process_time() - start < length / 12_500


def test_a_wrong_default_side_is_refused() -> None:
    with pytest.raises(ValueError, match=re.escape("side must be 'L', 'R' or None, got 'right'")):
        read_report("mass", side="right")
