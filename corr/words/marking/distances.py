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
_SIDE_OF = r"\s{0,3}(?P<after>or\s(?:more|less|further)\s{1,3})?(?:away\s{1,3}|distance\s{1,3})?"


def _read_fn(match: re.Match[str]) -> tuple[float, float]:
    return distance(match, "fn_mm")


def _read_depth(match: re.Match[str]) -> float:
    return distance(match, "depth_mm")[0]


def _read_chestwall(match: re.Match[str]) -> float:
    return distance(match, "chestwall_mm")[0]


_FROM = r"(?:from|off|to|of)\s{1,3}"
_NIPPLE = rf"{_THE}(?:nipple|areola|nac)(?:\s{{1,3}}areolar? complex)?\b"
_SKIN = rf"{_THE}skin(?:\s{{1,3}}(?:surface|line))?\b"
_WALL = rf"{_THE}(?:chest\s?wall|pectoral(?:is)?(?:\s{{1,3}}(?:muscle|fascia))?)"
_BEHIND = r"(?:(?:directly|immediately|just)\s)?(?:behind|posterior to|deep to|beneath)\s{1,3}"
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
    rf"\s(?!\s{{0,3}}(?:[0-9]|{_ANY_WAY}\b))"
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


DISTANCES: tuple[Rule, ...] = (
    rule(
        "fn_mm",
        rf"{PLAIN}\s{_AXIS}(?:{_TO}{_NIPPLE})?(?:\s?,)?\s(?:and\s)?{PLAIN}\s{_AXIS}{_TO}{_NIPPLE}",
        _read_offsets,
    ),
    rule("behind_mm", rf"{LIMITED}{_SIDE_OF}{_BEHIND}{_NIPPLE}", _read_fn),
    rule("below_mm", rf"{LIMITED}{_SIDE_OF}below\s{{1,3}}{_NIPPLE}", _read_fn),
    rule("fn_mm", rf"{LIMITED}{_SIDE_OF}{_FROM}{_NIPPLE}", _read_fn),
    rule("offset_mm", rf"{LIMITED}{_SIDE_OF}{_ASIDE}{_NIPPLE}", _read_fn),
    # the diagonal is a quadrant: left for its rule
    rule("offset_mm", rf"{LIMITED}(?={_SIDE_OF}{_DIAGONAL}{_TO}{_NIPPLE})", _read_fn),
    rule("fn_mm", rf"{LIMITED}\s?c?{_FN}", _read_fn),
    rule(
        "fn_mm",
        rf"{LIMIT}{START}(?P<lo>{NUM})(?:\s?-\s?(?P<hi>{NUM}))?\s?c\.?{_FN}",
        _read_fn,
    ),
    rule("fn_mm", rf"\b(?:distance\s{_FROM}{_NIPPLE}|nipple distance){ABOUT}{LIMITED}", _read_fn),
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
        rf"{LIMITED}{_SIDE_OF}(?:{_FROM}|below |beneath |under |deep to ){_SKIN}",
        _read_depth,
    ),
    rule("depth_mm", rf"\b(?:distance\s{_FROM}{_SKIN}|depth){ABOUT}{LIMITED}", _read_depth),
    rule("depth_mm", rf"{LIMITED}\s?(?:deep\b(?! to)|in depth\b)", _read_depth),
    rule("fn_mm", rf"{PLAIN}{_FROM_WHAT}", _read_other_distance),
    rule("fn_mm", rf"\bdistance(?:\s[a-z]{{1,15}}){{0,5}}{ABOUT}{PLAIN}", _read_other_distance),
    rule("fn_mm", rf"{PLAIN}\s(?:{_AXIS}|posterior)(?=\s?(?:[,.;)]|$))", _read_other_distance),
)
