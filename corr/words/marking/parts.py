"""Quadrants, halves, lists of them, their borders and far ends, in report sentences."""

from __future__ import annotations

import re
from collections.abc import Callable

from corr.anatomy.quadrants import CENTRAL, FAR, HALVES, OPPOSITE, read_name
from corr.words.marking.marks import Rule, rule

WORDS = {
    "upper": ("upper", "superior", "cranial"),
    "lower": ("lower", "inferior", "caudal"),
    "outer": ("outer", "lateral", "external"),
    "inner": ("inner", "medial"),
}
"""Words that by themselves name a half; with another one of a quadrant there are more."""
ANY_WORD = f"(?:{'|'.join(word for words in WORDS.values() for word in words)})"
_HALF = {name: f"(?:{'|'.join(words)})" for name, words in WORDS.items()}
_UPPER, _LOWER = r"(?:upper|superior|supero)", r"(?:lower|inferior|infero)"
_OUTER = r"(?:outer|lateral|external|exterior)"
_INNER = r"(?:inner|medial|internal|interior)"
_ROW, _COLUMN = rf"(?:{_UPPER}|{_LOWER})", rf"(?:{_OUTER}|{_INNER})"
_GAP = r"(?:\s?[-/]\s?|\s{1,3})?"
_JOIN = r"(?:\s?[-/]\s?|\s{1,3}(?:and\s)?)?"
_END = r"(?:\squadrants?)?"
_FAR = r"(?:(?P<far>far|extreme(?:ly)?|very|high)\s)?"
_SIDE = r"(?:(?:right|left|rt|lt)\s{1,3})?"
_BREAST = rf"(?:of|in|within)\s{{1,3}}(?:the\s{{1,3}})?{_SIDE}(?:breast|gland|mamma)"
_ENDS = r"(?=\s{0,3}(?:[,;.)]|$))"

# --- quadrants, and lists of them -----------------------------------------------------
_AND = r"\s{0,3}(?:,?\s?\b(?:and/or|and|or|to|as well as)\b|/|\+|&)\s{0,3}(?:the\s)?" + _SIDE
_COMMA = r"\s?,\s{0,3}(?:the\s)?" + _SIDE
_ONE = rf"(?:{_ROW}{_GAP}{_COLUMN}\b|{_COLUMN}{_GAP}{_ROW}\b|[ul][oi]qs?\b){_END}"
_LIST = (
    rf"(?:{_ONE}(?:{_COMMA}{_ONE}){{0,2}}{_AND}{_ONE}"
    rf"|{_ROW}{_END}{_AND}{_ROW}{_GAP}{_COLUMN}\b|{_COLUMN}{_END}{_AND}{_COLUMN}{_GAP}{_ROW}\b"
    rf"|{_ROW}{_GAP}{_COLUMN}{_AND}{_COLUMN}\b(?!{_GAP}{_ROW}\b)"
    rf"|{_COLUMN}{_GAP}{_ROW}{_AND}{_ROW}\b(?!{_GAP}{_COLUMN}\b)){_END}"
)
_MEET = (
    r"\b(?:junction|union|border|boundary|confluence|interface|transition|limit|meeting|between"
    r"|intersection)"
    r"(?:\s(?:line|zone|area|point))?(?:\s(?:of|between))?\s{1,3}(?:the\s)?(?:(?:both|two)\s)?"
    rf"{_SIDE}(?P<these>{_LIST}|(?:{'|'.join(_HALF.values())}|internal)\squadrants\b)"
)


def _named(words: str) -> str | None:
    try:
        return read_name(words)
    except ValueError:
        return None


def _read_list(match: re.Match[str]) -> str | None:
    return _named(re.sub(r"\b(?:rt|lt)\b", "", match.group().replace("as well as", "and")))


def _read_border(match: re.Match[str]) -> str | None:
    name = _named(match["these"])
    return name + CENTRAL if name in HALVES else None


def _read_one(code: str) -> Callable[[re.Match[str]], str]:
    return lambda match: FAR + code if match["far"] else code


def _quadrant(code: str, row: str, column: str) -> Rule:
    glued = "latero" if column == _OUTER else "medio"
    reverse = rf"{column[:-1]}|{glued}){_JOIN}{row}(?=\W|$)"
    pattern = (
        rf"\b{_FAR}(?:{row}{_JOIN}{column}\b|{reverse}|[rl]?{code.lower()}s?\b)(?:\squadrant)?"
    )
    return rule("quadrant", pattern, _read_one(code))


# --- halves ---------------------------------------------------------------------------
_NOUN = r"(?:breasts?|hemispheres?|hemi-?breast|half|halves|quadrants?|pole)\b"
_GOES_ON = (
    rf"(?=\s{{1,3}}{_BREAST}|\s{{0,3}}(?:[,;.)]|$)|\s(?:at|near|with|on|measuring|is|are|was|were"
    rf"|and"
    r"|shows?|there)\b)"
)
_PART = (
    rf"(?:{_NOUN}|(?:part|portion|aspect|region|side|area|zone|third|sector|location)\b{_GOES_ON})"
    r"(?!\s{1,3}of\s{1,3}(?:the|this|that|its|a)\s{1,3}(?:mass|nodule|lesion|cyst|tumou?r|node))"
)
_ON_FILM = r"(?=\s{1,3}(?:on|in)\s{1,3}(?:the\s{1,3})?(?:cc|mlo|ml|lm|cranio-?caudal)\b)"
_AFTER = (
    r"(?:(?<=[,:] )|(?<=\()|(?<=mass )|(?<=nodule )|(?<=lesion )|(?<=cyst )|(?<=calcifications ))"
)
_LIES = r"(?:located|situated|lying|lies|lie|placed|positioned|seen|noted|found|present)"
_THING = (
    r"(?=(?:breast\s)?(?:mass|nodule|lesion|cyst|(?:micro)?calcif|asymmetr|distortion|tumou?r"
    r"|fibroadenoma|focus\b|foci\b|nme\b|non-?mass))"
)
_RELATIVE = "".join(rf"(?<!{word}\s)" for word in ("the", "this", "that", "its", "more", "most"))
_NIPPLE = rf"(?:the\s{{1,3}}|its\s{{1,3}})?{_SIDE}(?:nipple|areola|nac)\b"


def _half(name: str) -> Rule:
    word = _HALF[name]
    alone = (
        rf"{word}ly(?:\s{{1,3}}(?:{_BREAST}|{_LIES})|{_ENDS})|{_AFTER}{word}(?:ly)?{_ENDS}"
        rf"|{word}(?:ly)?{_ON_FILM}|{_LIES}\s(?:far\s|slightly\s)?{word}(?:ly)?{_ENDS}"
        rf"|{_RELATIVE}{word}\s{{1,3}}{_SIDE}{_THING}"
        rf"|{word}\s(?=(?:retro|sub|peri)[ -]?areolar)"
    )
    within = r"|intern(?:al)?\s(?:half|quadrants?)\b" if name == "inner" else ""
    pattern = rf"\b(?:{word}(?:\s{{1,3}}|-){_SIDE}{_PART}|{alone}{within})"
    return rule("half", pattern, name, claims=False)


def _opposites(name: str) -> Rule:
    """Anywhere: in "upper and lower breast" the latter is not said alone."""
    other = _HALF[OPPOSITE[name]]
    pattern = rf"\b{_HALF[name]}\s{{1,3}}(?:and|or|&|/)\s{{1,3}}{other}\s{_SIDE}{_PART}"
    return rule("half", pattern, "UOQ+UIQ+LOQ+LIQ")


def _far(name: str) -> Rule:
    most = "|".join(f"{word}most" for word in WORDS[name] if word.endswith("er"))
    pattern = rf"\b(?:(?:far|extreme(?:ly)?|very)\s{_HALF[name]}(?:ly)?\b|(?:{most})\b)"
    return rule("half", pattern, FAR + name, claims=False)


def _height(name: str, word: str, way: str) -> Rule:
    inside = (
        rf"(?:in|within)\s(?:the\s)?{_SIDE}"
        rf"(?:(?:{name}\s)?(?:breast|gland|mamma)|(?={_HALF[name]}\b|{name[0]}[oi]q\b))"
    )
    pattern = (
        rf"\b{word}\s(?:{way}\b|{inside}|on\s(?:the\s)?(?:mlo|ml|lm|lateral|oblique)\b)"
        rf"|\b{word}[ -](?:lying|positioned|situated|placed|seated)\b"
        rf"|\b(?:located|situated|lying|lies|placed|positioned|sits)\s(?:very\s|rather\s)?{word}\b"
    )
    return rule("half", pattern, FAR + name, claims=False)


def _toward(name: str) -> Rule:
    level = r"(?:level of (?:the\s)?nipple|nipple\s(?:level|line|height))\b"
    plain = {
        "upper": rf"|above\s(?:the\s)?(?:{level}|{_NIPPLE})",
        "lower": rf"|below\s(?:the\s)?{level}",
    }
    pattern = (
        rf"\b(?:{_HALF[name]}(?:ly)?\s{{1,3}}(?:to|of|from)\s{{1,3}}{_NIPPLE}{plain.get(name, '')})"
    )
    return rule("half", pattern, name, claims=False)


def _central(name: str) -> Rule:
    word, gap = _HALF[name], r"(?:\s|\s?[-/]\s?)"
    mid = rf"mid(?:dle)?(?=\s{{1,3}}{_SIDE}{_PART}|{_ENDS})(?!\s(?:third|depth))"
    pattern = (
        rf"\b(?:{word}{gap}(?:central(?:ly)?\b|{mid})|(?:central|mid){gap}{word}\b(?!\s?third))"
    )
    return rule("half", pattern, name + CENTRAL, claims=False)


QUADRANTS = (
    _height("upper", "high", "up"),  # before "high in the upper outer quadrant" is claimed
    _height("lower", "low", "down"),
    rule("quadrant", _MEET, _read_border),
    rule("quadrant", rf"\b{_LIST}", _read_list),
    _quadrant("UOQ", _UPPER, _OUTER),
    _quadrant("UIQ", _UPPER, _INNER),
    _quadrant("LOQ", _LOWER, _OUTER),
    _quadrant("LIQ", _LOWER, _INNER),
)
HALVES_ALONE = (
    *(_opposites(name) for name in HALVES),
    *(_far(name) for name in HALVES),
    *(_half(name) for name in HALVES),
)
"""To be run where quadrants are claimed: "upper outer breast" is no half."""
DIRECTIONS = tuple(each(name) for name in HALVES for each in (_toward, _central))
