"""Words for places that no column can hold: halves, directions, around or below the nipple."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corr.words.marks import Rule, UnreadableError, rule

_QUADRANTS = {
    "upper": ("UOQ", "UIQ"),
    "lower": ("LOQ", "LIQ"),
    "outer": ("UOQ", "LOQ"),
    "inner": ("UIQ", "LIQ"),
}
_HALF_HOURS = {
    "upper": ("9-3",),
    "lower": ("3-9",),
    "outer": ("6-12 in a right breast", "12-6 in a left breast"),
    "inner": ("12-6 in a right breast", "6-12 in a left breast"),
}
_TOWARD_HOURS = {
    "upper": ("12",),
    "lower": ("6",),
    "outer": ("9 in a right breast", "3 in a left breast"),
    "inner": ("3 in a right breast", "9 in a left breast"),
}
DIRECTION_WORDS = {
    "upper": ("upper", "superior", "cranial"),
    "lower": ("lower", "inferior", "caudal"),
    "outer": ("outer", "lateral", "external"),
    "inner": ("inner", "medial"),
}
_WORDS = {name: f"(?:{'|'.join(words)})" for name, words in DIRECTION_WORDS.items()}


@dataclass(frozen=True, slots=True)
class Half:
    """Half of a breast: not to be written in a column, but it may repeat a clock or quadrant."""

    quadrants: tuple[str, ...]
    reason: str
    candidates: tuple[str, ...]  # clock cells

    def repeats(self, quadrants: Sequence[str]) -> bool:
        """Whether a place that touches ``quadrants`` lies in this half."""
        return bool(set(quadrants) & set(self.quadrants))


_SIDE = r"(?:(?:right|left|rt|lt)\s{1,3})?"
_BREAST = rf"(?:of|in)\s{{1,3}}(?:the\s{{1,3}})?{_SIDE}(?:breast|gland|mamma)"
_ENDS = r"(?=\s{0,3}(?:[,;.)]|$))"
_PART = (
    r"(?:mid(?:dle)?\s)?(?:breasts?\b|hemispheres?\b|half\b|halves\b|quadrants?\b|pole\b"
    rf"|(?:part|portion|aspect|region|side|area|zone|third)\b(?=\s{{1,3}}{_BREAST}|\s{{0,3}}(?:[,;.)]|$)))"
    r"(?!\s{1,3}of\s{1,3}(?:the|this|that|its|a)\s{1,3}(?:mass|nodule|lesion|cyst|tumou?r|node))"
)
_ON_FILM = r"(?=\s{1,3}(?:on|in)\s{1,3}(?:the\s{1,3})?(?:cc|mlo|ml|lm|cranio-?caudal)\b)"
_NIPPLE = rf"(?:the\s{{1,3}}|its\s{{1,3}})?{_SIDE}(?:nipple|areola|nac)\b"


def _half(name: str) -> Rule:
    why = f"{name} half of a breast, which no column holds; a clock range can"
    value = Half(_QUADRANTS[name], why, _HALF_HOURS[name])
    word = _WORDS[name]
    alone = rf"{word}ly(?:\s{{1,3}}{_BREAST}|{_ENDS})|(?<=, ){word}{_ENDS}|{word}(?:ly)?{_ON_FILM}"
    return rule("half", rf"\b(?:{word}\s{{1,3}}{_SIDE}{_PART}|{alone})", value, claims=False)


def _toward(name: str) -> Rule:
    why = "a direction from the nipple, which no column holds; a clock position can"
    value = Half(_QUADRANTS[name], why, _TOWARD_HOURS[name])
    above = r"|above" if name == "upper" else ""
    pattern = rf"\b(?:{_WORDS[name]}(?:ly)?\s{{1,3}}(?:to|of|from){above})\s{{1,3}}{_NIPPLE}"
    return rule("half", pattern, value, claims=False)


def _central(name: str) -> Rule:
    why = "a direction from the centre, which no column holds; a clock position can"
    value = Half(_QUADRANTS[name], why, _TOWARD_HOURS[name])
    return rule("half", rf"\b{_WORDS[name]}(?:\s|\s?[-/]\s?)central\b", value, claims=False)


def _refuse(why: str, *candidates: str, field: str = "region") -> object:
    def read(_match: re.Match[str]) -> None:
        raise UnreadableError(why, field=field, candidates=candidates)

    return read


def _loose_depth(name: str, words: str) -> Rule:
    why = "may be that third of the depth or only roughly there"
    part = (
        rf"{_SIDE}breasts?\b|(?:part|portion|aspect|tissue|region)\b(?:\s{{1,3}}{_BREAST}|{_ENDS})"
    )
    pattern = rf"\b{words}(?:ly)?\s{{1,3}}(?:{part})"
    return rule("depth_third", pattern, _refuse(why, name, field="depth_third"), claims=False)


DIRECTIONS = tuple(each(name) for name in _WORDS for each in (_toward, _central))
HALVES = tuple(_half(name) for name in _WORDS)
"""To be run where quadrants are claimed: "upper outer breast" is no half."""

UNCLEAR_REGIONS = (
    rule("axilla", r"\baxilla(?:e|s)?\b|\baxillary (?:region|area|fossa)\b", claims=False),
    _loose_depth("anterior", "anterior"),
    _loose_depth("middle", "(?:mid|middle)"),
    _loose_depth("posterior", "(?:posterior|deep)"),
    rule(
        "depth_third",
        r"\bdeep(?:est)?\sthird\b|\bfar[ -]posterior(?:ly)?\b(?!\sbreast|\sright|\sleft)",
        _refuse("may be the posterior third of the depth", "posterior", field="depth_third"),
        claims=False,
    ),
    rule(
        "region",
        r"\b(?:peri|circum)[ -]?(?:areolar?|mammillary|mamillary|nipple)\b",
        _refuse("around the areola, which no region means", "very_close_to_nipple = 1"),
        claims=False,
    ),
    rule(
        "region",
        rf"\b(?:below|beyond)\s{{1,3}}{_NIPPLE}|\binfra[ -]?(?:areolar?|mammillary|mamillary)\b",
        _refuse("may be behind the nipple or on one side of it", "subareolar", "clock = 6"),
        claims=False,
    ),
)
