"""What a report says is not there: places denied, sentences that find nothing, what was before.

"Not at 3 o'clock" says where a thing is not, and places nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corr.words.marking.lexicon import FINITE
from corr.words.marking.marks import Mark, UnreadableError
from corr.words.sentences import PLACES, Clause, Sentence

_DENIABLE = ("side", *PLACES, "very_close_to_nipple")
_COLUMN_OF = {"half": "quadrant", **dict.fromkeys(("behind_mm", "below_mm", "offset_mm"), "fn_mm")}
_SMALL = (
    r"(?:at|in|on|to|into|of|by|within|inside|behind|under|near|toward|towards|involving|located"
    r"|situated"
    r"|cent(?:er|r)ed|positioned|lying|lie|lies|be|being|been|extend|extending|extends|reach"
    r"|reaching"
    r"|involve|[a-z]{3,12}ly|just|now|the|its|a|from|any|about"
    r"|approximately|right|left|rt|lt|breast|side|deep|posterior|level|position|quadrant)"
)
_DENIAL = (
    r"(?:\bnot\b|\bnever\b|\bnon-?|\b(?:away|excluded|absent) from\b|\babsent (?:in|at)\b"
    r"|\bcannot\b|\b[a-z]{2,7}n't\b|\bneither\b|\bno longer\b|\boutside\b|\brather than\b"
    r"|\binstead of\b|\bexcluding\b|\bspar(?:es|ing)\b|\bfar from\b"
    r"|\b(?:no|without)\s{1,3}(?:extension|involvement)\b"
    r"|(?P<joins>\bnor\b|\bother than\b|\bapart from\b|\bexcept(?:ing)?\b(?:\s{1,3}for\b)?))"
)
_BEFORE = re.compile(rf"{_DENIAL}(?:[ \n(]{{1,3}}{_SMALL}){{0,8}}[ \n(]{{0,3}}$")
_LIST = re.compile(
    rf"[ \n]{{0,3}}(?P<joiner>,|/|&|,?[ \n]{{0,3}}\b(?:and|or|nor)\b)"
    rf"(?:[ \n]{{1,3}}{_SMALL}){{0,6}}[ \n]{{0,3}}$"
)
REACH = 80
"""Characters before a place in which a denial is looked for: bounds time."""


@dataclass(frozen=True, slots=True)
class _Denied:
    """The last place that a denial reached, and where it ends."""

    field: str
    end: int


def refuse_denied_places(marks: Sequence[Mark], plain: str) -> list[Mark]:
    """The marks in order, each denied place as one that cannot be read."""
    out: list[Mark] = []
    last: _Denied | None = None
    for mark in sorted(marks, key=lambda m: (m.start, m.end)):
        start = _denied_from(mark, plain, last) if mark.field in _DENIABLE else None
        if start is None:
            out.append(mark)
            continue
        last = _Denied(mark.field, mark.end)
        why = "the words say where it is not, not where it is"
        error = UnreadableError(why, field=_COLUMN_OF.get(mark.field, mark.field))
        out.append(Mark("bad", error, start, mark.end))
    return sorted(out, key=lambda m: (m.start, m.end))


def _denied_from(mark: Mark, plain: str, last: _Denied | None) -> int | None:
    """Where the words begin that deny a place; None if it is stated."""
    if last is not None and mark.start <= last.end + REACH:
        between = plain[last.end : mark.start]
        listed = _LIST.match(between)
        if listed and (listed["joiner"] != "," or mark.field == last.field):
            return mark.start
    begin = max(0, mark.start - REACH)
    found = _BEFORE.search(plain[begin : mark.start])
    if found is None:
        return None
    return mark.start if found["joins"] else begin + found.start()  # those belong to no clause


_WHAT = (
    r"(?:the|an?|this|these|both|of|in|on|for|is|are|was|were|appears?|completely|entirely"
    r"|essentially|grossly|mammographically|sonographically|breasts?|mamma|mammary|glands?|tissue"
    r"|parenchyma|mammogra(?:m|ms|phy)|films?|views?|ultrasound|sonogra(?:m|phy)|mri?|imaging"
    r"|exam(?:ination)?|study|scan|(?:retro|pre)?-?mammary|(?:sub|retro|peri)-?areolar|axilla[ery]*|spaces?|zones?|regions?|areas?|and|sides?|findings?|appearance|benign)\b"
)
_NORMAL = re.compile(
    rf"(?:{_WHAT}|[\s\0,:()-])*\b(?:unremarkable|normal|negative|within normal limits)\b"
    rf"(?:{_WHAT}|[\s\0,:()-])*"
)
_SHOWS = r"\b(?:shows?|showed|demonstrate[sd]?|reveal(?:s|ed)?|there is|contains)\s"
_SHOWS_NORMAL = re.compile(
    rf"{_SHOWS}(?:only\s)?(?:normal|unremarkable)\b(?![^.;]*\b(?:and|but|with|except)\b)"
)
_NO_CORRELATE = re.compile(
    rf"{_SHOWS}\0+\s(?:[a-z-]+\s){{0,3}}correlat(?:e|ion)s?\b(?![^.;]*\b(?:and|but|except)\b)"
)
_ABOUT = {"side", "bi_rads", "aside", "absent_before", *PLACES}
_ASSESSED = re.compile(
    rf"(?:{_WHAT}|\b(?:assessment|impression|conclusion|category|final|overall|stable|change"
    rf"|unchanged"
    r"|routine|annual|screening|follow-up)\b|[\s\0.,:;()/-])*"
)
_EARLIER = re.compile(r"\b(?:last year|[a-z0-9]+ years? ago|the year before)\b")
_HISTORY = re.compile(
    r"\bhistory of\b|\b(?:status[ -])?post[ -](?:lumpectomy|excision|resection|removal)\b"
    r"|\bexcision of\b|(?<!the )\b(?:previous|prior|former|past)\s(?:breast\s|[\0]+\s?){0,2}$"
)
"""Before a noun: what was there, and may no longer be."""


def is_normal(sentence: Sentence, parts: Sequence[Clause], masked: str) -> bool:
    """Whether a sentence says no more than that a breast or an exam is normal."""
    fields = {m.field for c in parts for m in c.marks}
    if "absent_after" in fields:  # "shows no correlate", not "not normal"
        fields -= {"absent_after"}
        return bool(_NO_CORRELATE.search(masked, sentence.start, sentence.end)) and fields <= _ABOUT
    says = _NORMAL.fullmatch(masked, sentence.start, sentence.end) is not None
    says |= _SHOWS_NORMAL.search(masked, sentence.start, sentence.end) is not None
    return says and fields <= _ABOUT


def is_assessed(marks: Sequence[Mark], masked: str) -> bool:
    """Whether a text is nothing but category 1 or 2, which say that nothing suspicious is there."""
    categories = {m.value for m in marks if m.field == "bi_rads"}
    fields = {m.field for m in marks}
    says = bool(categories) and categories <= {"1", "2"} and _ASSESSED.fullmatch(masked) is not None
    return says and fields <= {"side", "bi_rads", "aside", "absent_after"}


def is_earlier(clause: Clause, first: Mark, masked: str) -> bool:
    """Whether a clause speaks of what was there before: ``first`` is its noun or first mark."""
    was = _HISTORY.search(masked, clause.start, first.start)
    is_history = was is not None and not FINITE.search(masked, was.end(), first.start)
    return is_history or _EARLIER.search(masked, clause.start, clause.end) is not None
