"""Distances in report sentences: from the nipple, the chest wall and the skin. None is a size."""

from __future__ import annotations

import re

from corr.words.marking.labels import AFTER_HOUR, LABELS
from corr.words.marking.lengths import (
    ABOUT,
    BARE,
    BARE_RANGE,
    LIMIT,
    LIMITED,
    NUM,
    PLAIN,
    START,
    distance,
)
from corr.words.marking.marks import Rule, UnreadableError, rule

_THE = r"(?:the\s{1,3}|its\s{1,3})?(?:(?:right|left)\s{1,3})?"
_SIDE_OF = (
    r"\s{0,3}(?P<after>or\s(?:more|less|further)\s{1,3})?"
    r"(?:(?:away|distance|distant|removed|remote|off|in distance|measured)\s{1,3})?"
)


def _read_fn(match: re.Match[str]) -> tuple[float, float]:
    return distance(match, "fn_mm")


def _read_from_it(match: re.Match[str]) -> tuple[float, float] | None:
    """The distance of "behind the nipple and 2 cm from it"."""
    before = match.string[max(0, match.start() - 30) : match.start()]
    return _read_fn(match) if _OF_NIPPLE.search(before) else None


def _read_depth(match: re.Match[str]) -> float:
    return distance(match, "depth_mm")[0]


def _read_chestwall(match: re.Match[str]) -> float:
    return distance(match, "chestwall_mm")[0]


_FROM = r"(?:from|off|to|of)\s{1,3}"
_NIPPLE = rf"{_THE}(?:nipple|areola|nac)(?:\s{{1,3}}areolar? complex)?\b"
_SKIN = rf"{_THE}skin(?:\s{{1,3}}(?:surface|line))?\b"
_WALL = rf"{_THE}(?:chest\s?wall|pectoral(?:is)?(?:\s{{1,3}}(?:muscle|fascia))?)"
_BEHIND = r"(?:(?:directly|immediately|just)\s)?(?:behind|posterior to|deep to|beneath)\s{1,3}"
_OF_NIPPLE = re.compile(
    rf"(?:behind|beneath|under|of|to|from)\s{_NIPPLE}\s?,?(?:\s?and|\s?but)?\s$"
)
_FN = r"(?:/\s?)?f[./]?\s?(?:t[./]?\s?)?n\b"
_TO = rf"(?:ly)?\s{{1,3}}{_FROM}"
_AXIS = r"(?:lateral|medial|superior|inferior|cranial|caudal)"
_ASIDE = rf"(?:(?:directly|immediately|just)\s)?(?:{_AXIS}{_TO}|above\s{{1,3}})"
_DIAGONAL = (
    r"(?:supero|infero|superior|inferior|upper|lower)(?:\s?[-/]\s?|\s(?:and\s)?)?"
    r"(?:lateral|medial|inner|outer)"
)
_ANY_WAY = (
    rf"(?:(?:(?:antero|postero|left|right)[ -]?)?{_AXIS}|{_DIAGONAL}|anterior|posterior"
    r"|(?:to the )?(?:left|right))"
)
_DIRECTED = rf"(?:in (?:the|a) )?{_ANY_WAY}(?:ly)?(?:\s(?:direction|side|aspect))?\s(?:to|of|from)"
_FROM_WHAT = (
    rf"\s{{0,3}}(?:away\s)?(?:from|off|above|below|behind|beneath|under|{_DIRECTED})"
    rf"(?=\s)(?!\s{{1,4}}(?:[0-9]|{_ANY_WAY}\b))"
)


def _read_offsets(_match: re.Match[str]) -> None:
    why = "two offsets from the nipple, not one distance"
    raise UnreadableError(why, field="fn_mm")


def _read_no_unit(match: re.Match[str]) -> None:
    why = "distance without a unit"
    options = (f"{match['lo']} cm", f"{match['lo']} mm")
    raise UnreadableError(why, field="fn_mm", candidates=options)


def _read_other_distance(_match: re.Match[str]) -> None:
    why = "a distance, not a size, and not clearly one from the nipple"
    raise UnreadableError(why, field="fn_mm")


def _read_difference(match: re.Match[str]) -> None:
    """Refuse "extend beyond it by 8 mm"; "12 mm by 9 mm" is a size."""
    if _DIFFERS.search(match.string[max(0, match.start() - 60) : match.start()]):
        _read_other_distance(match)


_DIFFERS = re.compile(
    r"\b(?:exten[ds]\w{0,4}|separat\w{1,4}|apart|(?:in|de)creas\w{1,3}|grown?|displac\w{1,3}"
    r"|beyond|exceed\w{0,3})\b[^.;0-9]{0,40}$"
)
_NO_WORD = r"(?!(?:skin|chest|wall|pectoral\w{0,3}|nipple|areola|muscle)\b)"
_WORDS = rf"(?:\s(?:-\s)?{_NO_WORD}[a-z'-]{{1,15}}){{0,5}}?"
_KEPT = rf"(?P<keep>{_WORDS})"  # "and the mass is": the noun is still read
_LESION = r"(?:lesion|mass|nodule|cyst|tumou?r|finding|focus|centre|center|calcifications?)"
_KEY_UNIT = r"\s?[(\[]\s?(?:in\s)?(?P<key_unit>mm|cm)\s?[)\]]"


def _key(end: str) -> str:
    """What stands before a distance to one end: "distance from the nipple", "nd"."""
    to = rf"(?:\s?-?\s?(?:to\s?-?\s?)?(?:the\s)?{_LESION})?"
    named = rf"(?:{_LESION}\s?-?\s?(?:to\s?-?\s?)?)?(?:the\s)?{end}"
    words = rf"\b(?:dist(?:ances?|\.)?\s(?:{_FROM}|between\s|-\s)?{end}{to}"
    return words + rf"|{named}{to}\s?-?\s?distance)"


_KEY_NIPPLE = rf"(?:{_key(_NIPPLE)}|\b(?:nd|mda))"
_TO_SKIN = (
    r"(?:\s(?:from|below|beneath|under|of|to|the|its|skin|surface|line|lesion|mass|level)){0,6}?"
)
_KEY_SKIN = rf"(?:{_key(_SKIN)}|\b(?:skin\s)?depth{_TO_SKIN})"
_SAYS_HOW_FAR = re.compile(r"\b(?:distances?|away|lies|distant)\b[^.;,]{0,60}$")


def _is_far(match: re.Match[str]) -> bool:
    """Whether the words before it speak of a distance: of the nipple alone they do not."""
    return (
        _SAYS_HOW_FAR.search(match.string[max(0, match.start() - 70) : match.start()]) is not None
    )


def _read_far_fn(match: re.Match[str]) -> tuple[float, float] | None:
    return _read_fn(match) if _is_far(match) else None


def _read_far_depth(match: re.Match[str]) -> float | None:
    return _read_depth(match) if _is_far(match) else None


DISTANCES: tuple[Rule, ...] = (
    rule(
        "fn_mm",
        rf"{PLAIN}\s{_AXIS}(?:{_TO}{_NIPPLE})?(?:\s?,)?\s(?:and\s)?{PLAIN}\s{_AXIS}{_TO}{_NIPPLE}",
        _read_offsets,
    ),
    rule("behind_mm", rf"{LIMITED}{_SIDE_OF}{_BEHIND}{_NIPPLE}", _read_fn),
    rule("below_mm", rf"{LIMITED}{_SIDE_OF}below\s{{1,3}}{_NIPPLE}", _read_fn),
    rule("fn_mm", rf"{LIMITED}{_SIDE_OF}{_FROM}{_NIPPLE}", _read_fn),
    rule("fn_mm", rf"{LIMITED}{_SIDE_OF}{_FROM}it\b", _read_from_it),
    rule("offset_mm", rf"{LIMITED}{_SIDE_OF}{_ASIDE}{_NIPPLE}", _read_fn),
    # the diagonal is a quadrant: left for its rule
    rule("offset_mm", rf"{LIMITED}(?={_SIDE_OF}{_DIAGONAL}{_TO}{_NIPPLE})", _read_fn),
    rule("fn_mm", rf"{LIMITED}\s?c?{_FN}", _read_fn),
    rule(
        "fn_mm",
        rf"{LIMIT}{START}(?P<lo>{NUM})(?:\s?-\s?(?P<hi>{NUM}))?\s?c\.?{_FN}",
        _read_fn,
    ),
    rule("fn_mm", rf"{_KEY_NIPPLE}{_KEY_UNIT}{ABOUT}{BARE}", _read_fn),
    rule("fn_mm", rf"{_KEY_NIPPLE}{ABOUT}{LIMITED}", _read_fn),
    rule("fn_mm", rf"(?:{_FROM})?{_NIPPLE}{_KEPT}{ABOUT}{LIMITED}", _read_far_fn),
    rule("fn_mm", rf"\bfrom\s{_NIPPLE},?{_KEPT}{ABOUT}{LIMITED}\s(?:away|distant|off)\b", _read_fn),
    rule("fn_mm", rf"\bmeasured\sfrom\s{_NIPPLE},?{_KEPT}{ABOUT}{LIMITED}", _read_fn),
    rule("fn_mm", rf"\bfrom\s{_NIPPLE}\s?(?:is|was|:|=|about){ABOUT}{LIMITED}", _read_fn),
    rule("fn_mm", rf"\b(?:(?:cm?)?ft?n{ABOUT}|n\s?\+\s?){LIMIT}{BARE}", _read_fn),
    *LABELS,
    rule("fn_mm", rf"{AFTER_HOUR},?\s{{0,2}}n\s?{BARE_RANGE}", _read_fn),
    rule("fn_mm", rf"{LIMITED}\s{{1,3}}nipple\sdistance\b", _read_fn),
    rule("fn_mm", rf"{START}(?P<lo>{NUM})\s?{_FN}", _read_no_unit),
    rule("chestwall_mm", rf"{LIMITED}{_SIDE_OF}(?:{_FROM}|anterior to\s){_WALL}", _read_chestwall),
    rule("chestwall_mm", rf"\bdistance\s{_FROM}{_WALL}{ABOUT}{LIMITED}", _read_chestwall),
    rule(
        "depth_mm",
        rf"{LIMITED}{_SIDE_OF}(?:{_FROM}|below |beneath |under |underneath |deep to ){_SKIN}",
        _read_depth,
    ),
    rule("depth_mm", rf"{_KEY_SKIN}{_KEY_UNIT}{ABOUT}{BARE}", _read_depth),
    rule("depth_mm", rf"{_KEY_SKIN}{ABOUT}{LIMITED}", _read_depth),
    rule("depth_mm", rf"(?:{_FROM})?{_SKIN}{_KEPT}{ABOUT}{LIMITED}", _read_far_depth),
    rule(
        "depth_mm",
        rf"{LIMITED}\s?(?:deep\b(?! to)|in depth\b|skin (?:depth|distance)\b)",
        _read_depth,
    ),
    rule("depth_mm", rf"(?<!x )(?<!x){LIMITED}\sdepth\b(?!\s?(?:x|by|,?\s?[0-9]))", _read_depth),
    rule("fn_mm", rf"{PLAIN}{_FROM_WHAT}", _read_other_distance),
    rule("fn_mm", rf"\bby\s(?:about\s)?{PLAIN}", _read_difference),
    rule("fn_mm", rf"\bdistance(?:\s[a-z]{{1,15}}){{0,5}}{ABOUT}{PLAIN}", _read_other_distance),
    rule("fn_mm", rf"{PLAIN}\s(?:{_AXIS}|posterior)(?=\s?(?:[,.;)]|$))", _read_other_distance),
)
