"""Words for places that no column can hold, or that may mean several: flagged, never guessed."""

from __future__ import annotations

import re

from corr.words.marking.marks import Rule, UnreadableError, rule
from corr.words.marking.parts import ANY_WORD

_SIDE = r"(?:(?:right|left|rt|lt)\s{1,3})?"
_BREAST = rf"(?:of|in)\s{{1,3}}(?:the\s{{1,3}})?{_SIDE}(?:breast|gland|mamma)"
_ENDS = r"(?=\s{0,3}(?:[,;.)]|$))"
_THE = rf"(?:the\s{{1,3}}|its\s{{1,3}})?{_SIDE}"
_NIPPLE = rf"{_THE}(?:nipple|areola|nac)\b"
_NOT_MIDDLE_OF = "".join(
    rf"(?<!{word}[ -])" for word in ("upper", "lower", "outer", "inner", "lateral", "medial")
)


def _refuse(why: str, *candidates: str, field: str = "region") -> object:
    def read(_match: re.Match[str]) -> None:
        raise UnreadableError(why, field=field, candidates=candidates)

    return read


def _loose_depth(name: str, words: str) -> Rule:
    why = "may be that third of the depth or only roughly there"
    part = (
        rf"{_SIDE}breasts?\b|(?:part|portion|aspect|tissue|region)\b(?:\s{{1,3}}{_BREAST}|{_ENDS})"
    )
    toward = (
        ""
        if name == "middle"
        else rf"|(?=(?:{ANY_WORD}|central|[ul][oi]q|mass(?:es)?|nodules?|lesions?|cysts?)\b)"
    )
    toward += r"|(?:in|within|inside)\b" if name == "posterior" else ""
    pattern = rf"{_NOT_MIDDLE_OF}\b{words}(?:ly)?\s{{1,3}}(?:{part}{toward})"
    return rule("depth_third", pattern, _refuse(why, name, field="depth_third"), claims=False)


UNCLEAR_REGIONS = (
    rule(
        "half",
        rf"(?:\b(?:the|this|that)|\bmore|\bmost)\s{ANY_WORD}\s(?:mass|nodule|lesion|cyst|one)\b",
        _refuse("may be said beside another finding only", field="quadrant"),
        claims=False,
    ),
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
        r"(?<!very )(?<!immediately )(?<!right )"
        rf"\b(?:close to|near(?: to)?|next to|beside|adjacent to)\s{{1,3}}{_THE}nipple\b",
        _refuse(
            "may be at the nipple or beside the areola", "very_close_to_nipple = 1", "periareolar"
        ),
        claims=False,
    ),
    rule(
        "region",
        rf"\b(?:below|beyond)\s{{1,3}}{_NIPPLE}(?!\s(?:level|line|height))"
        r"|\binfra[ -]?(?:areolar?|mammillary|mamillary)\b",
        _refuse("may be behind the nipple or on one side of it", "subareolar", "clock = 6"),
        claims=False,
    ),
)
