"""Sides, and labels of ultrasound images: "L3N4" (3 o'clock, 4 cm FN), "R 7B", "zone 2".

Hours and "N4" mean the same everywhere. Zones do not: 1-3 are rings around the nipple for most,
A-C are thirds of the depth for some and rings for others. Their hour is read, they are not.
"""

from __future__ import annotations

import re

from corr.words.marking.clock import mark_clock
from corr.words.marking.marks import UnreadableError, rule

_HOUR = r"(?:1[0-2]|0?[1-9])(?::[0134][05])?"
_HOURS = rf"(?P<hours>{_HOUR}(?:\s?-\s?{_HOUR})?)"
_ALONE = r"(?<![a-z0-9.,:/+-])"
_SIDED = "|".join(
    rf"(?<=\b{side}{gap})" for side in ("r", "l", "rt", "lt", "right", "left", "breast")
    for gap in ("", " ")
)  # fmt: skip
_ZONE = r"(?:[abc][ -]?[1-3]|[1-3][ -]?[abc])"
_NO_STAGE = r"(?<![a-z0-9.,/+-])(?<!t[0-4] )(?<!t[0-4][a-d] )"
AFTER_HOUR = r"(?:(?<=\0)|(?<=[:h][0134][05])|(?<=[0-9]h)|(?<=clock)|(?<=position))"
_CODE = rf"(?:\s?n\s?[0-9]|(?:[abc]|{_ZONE})\b|\s?h\b|\s?o\s?['/]?\s?c)"
LABEL_SIDE = rf"(?=\s?/?\s?(?:{_HOUR}(?:\s?-\s?{_HOUR})?{_CODE}|[0-9]{{1,2}}:[0134][05]))"
"""What follows an "L" or "R" that is a side even without a space."""


def _read_zone(_match: re.Match[str]) -> None:
    why = "a zone: a ring around the nipple in one clinic, a third of the depth in another"
    raise UnreadableError(why, field="fn_mm")


def _read_code(match: re.Match[str]) -> None:
    words, options = match.group(), [match["hour"]]
    if re.fullmatch("4[abc]", words):
        options.append(f"bi_rads = {words.upper()}")
    why = "may be an hour and a zone, a category or a name"
    raise UnreadableError(why, field="clock_h", candidates=options)


def _read_n(match: re.Match[str]) -> None:
    why = "may be a distance from the nipple in cm"
    raise UnreadableError(why, field="fn_mm", candidates=(f"{match['cm']} cm",))


LABELS = (
    rule("clock_h", rf"(?=[0-9])(?:{_SIDED}){_HOURS}(?=\s?n\s?[0-9])", mark_clock),
    rule("clock_h", rf"{_ALONE}{_HOURS}(?=n[0-9])", mark_clock),
    # 4A-4C is a BI-RADS category as well
    rule(
        "clock_h",
        rf"(?=[0-9])(?:{_SIDED})(?!4[ abc]){_HOURS}(?=(?:{_ZONE}|[abc]| ?[bc])\b(?![/)=]))",
        mark_clock,
    ),
)
"""Hours of labels; to be run before the distances that follow them."""

ZONES = (
    rule("fn_mm", r"\bzones?\s(?:[1-5][abc]?|[abc]|i{1,3})\b(?:[-/ ]?[abc]\b)?", _read_zone),
    rule("fn_mm", rf"{AFTER_HOUR}(?:,?\s{{0,2}}(?:{_ZONE}|[bc])|a)\b(?![/)=])", _read_zone),
    rule("clock_h", rf"{_ALONE}(?P<hour>{_HOUR})(?:{_ZONE}|[abc])\b", _read_code),
    rule("fn_mm", rf"{_NO_STAGE}n(?P<cm>[1-9][0-9]?)\b(?!\s?m[01x])", _read_n),
)
"""What is left of labels; to be run after the clock positions."""

_BOTH = (
    r"\bbilateral(?:ly)?\b|\bboth\b(?=\s{1,3}(?:the\s)?(?:breast|side|mammary|gland|axilla|nipple))"
    r"|\b(?:right and (?:the )?left|left and (?:the )?right|rt and lt|lt and rt)\b"
    r"|\b(?:right|rt)\s?/\s?(?:left|lt)\b|\b(?:each|either) (?:breast|side|axilla)\b"
)
_AFTER_LETTER = (
    r"(?:breast|ax|axilla|sa|[ul][io]q|cc|mlo|upper|lower|outer|inner|(?:retro|sub)areolar)\b"
)
_LETTER = (
    rf"(?:\.(?=\sbreast\b)|\)?(?=\sbreast\b)|\)(?=\s{_AFTER_LETTER})"
    rf"|(?=\s(?:{_AFTER_LETTER}|[0-9]))|b\b|{LABEL_SIDE})"
)
_AFTER_CLOCK = r"(?:(?<=:[0134][05]\s)|(?<=clock\s))"
SIDES = (
    rule("side", _BOTH, ("L", "R")),
    rule(
        "side",
        rf"\bright\b(?!\s(?:away|next|behind|now|angle))|\br'?t(?![a-z])(?:\b|(?=[0-9]))"
        rf"|\br{_LETTER}|{_AFTER_CLOCK}r\b",
        ("R",),
    ),
    rule(
        "side",
        rf"\bleft\b(?!\s(?:in place|in situ|behind))|\bl'?t(?![a-z])(?:\b|(?=[0-9]))"
        rf"|\bl{_LETTER}|{_AFTER_CLOCK}l\b",
        ("L",),
    ),
    rule("side", r"\(\s?rt?\.?\s?\)", ("R",)),
    rule("side", r"\(\s?lt?\.?\s?\)", ("L",)),
    rule("side", r"\br(?=[ul][io]q\b)", ("R",)),
    rule("side", r"\bl(?=[ul][io]q\b)", ("L",)),
)
"""Words and letters for the right, the left and both breasts."""
