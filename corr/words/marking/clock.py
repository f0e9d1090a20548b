"""Clock positions in report sentences, as intervals of hours on the clock face."""

from __future__ import annotations

import re
from itertools import pairwise

from corr.words.marking.marks import UnreadableError, rule

HOUR_WORDS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
WIDEST_RANGE_H = 6.0
"""A wider clock range was probably said the other way round."""

_WORD = "|".join(HOUR_WORDS)
_HOUR = rf"(?:half[ -]past\s{{1,3}})?(?:[0-9]{{1,6}}(?:[:.h][0-9]{{1,4}})?|\b(?:{_WORD})\b)"
_HOUR += r"(?:[ -]thirty\b|\s?(?:1/2|½)|\sand a half\b)?"
_O_CLOCK = (
    r"(?:\s{0,3}-?o\s?['/\"]?\s?(?:cl[ock]{0,4}|c)\b|\s{1,3}(?:hours?\s{1,3})?position\b"
    r"|\s?h\b(?!\s(?:after|later|ago|post|before|delay)))"
)
_RANGE = r"\s{0,3}(?:--?|~|\bto\b|\bthrough\b|\btill\b|\bor\b|/)\s{0,3}"
_LIST = r"\s{0,3}(?:,\s{0,3}and\b|&|\band\b)\s{0,3}"
_NEXT = rf"(?:{_O_CLOCK})?(?:{_RANGE}|{_LIST})|\s?,\s{{0,3}}"
_NO_NUMBER_BEFORE = r"(?<![0-9:+])(?<![0-9][.,x/-])"
_CLOCK = (
    rf"{_NO_NUMBER_BEFORE}(?:(?:between|from)\s{{1,3}})?"
    rf"(?P<hours>{_HOUR}(?:(?:{_NEXT}){_HOUR}){{0,4}}){_O_CLOCK}"
)
_TIME = r"[0-9]{1,2}[:h](?:00|15|30|45)"
_BARE_TIME = (
    rf"{_NO_NUMBER_BEFORE}(?<![a-z])(?P<hours>(?:[0-9]{{1,2}}{_RANGE})?{_TIME}"
    rf"(?:{_RANGE}[0-9]{{1,2}}(?:[:h][0-9]{{2}})?)?"
    rf"|half[ -]past\s{{1,3}}(?:{_WORD}|[0-9]{{1,2}}))(?![0-9:])(?!\s?(?:[ap]\.?m\b|hrs|hours))"
)
_TIME_OF_DAY = re.compile(
    r"(?:time|performed|scanned|acquired|injected|reported|dated?)\W{1,3}\w{0,3}\W?$"
)
_HOUR_TOKEN = re.compile(_HOUR)


def _hour(words: str) -> float:
    """Hour in [1, 13) of "7", "7:30", "7.5", "seven thirty", "half past seven"; else ValueError."""
    half = 0.5 if re.search(r"half|thirty|1/2|½", words) else 0.0
    words = re.sub(r"half[ -]past|[ -]thirty|\s?(?:1/2|½)$|\sand a half", "", words).strip()
    if words in HOUR_WORDS:
        return HOUR_WORDS.index(words) + 1 + half
    if re.fullmatch(r"(?:0[1-9]|1[0-2])(?:00|15|30|45)", words):  # "0900 position"
        words = f"{words[:2]}:{words[2:]}"
    hour, _, rest = re.sub("[.h]", ":", words).partition(":")
    if rest and half:
        raise ValueError(words)
    fraction = {"": half, "00": 0.0, "15": 0.25, "30": 0.5, "45": 0.75}
    if "." in words:
        fraction["5"] = 0.5
    if not 1 <= int(hour) <= 12 or rest not in fraction:
        raise ValueError(words)
    return int(hour) + fraction[rest]


def _interval(lo: float, hi: float) -> tuple[float, float]:
    hi += 12.0 if hi < lo else 0.0
    if hi - lo > WIDEST_RANGE_H:
        raise ValueError((lo, hi))
    return lo, hi


def _intervals(words: str) -> tuple[tuple[float, float], ...]:
    """Clock intervals of "7-8", "7, 9-10", "between 7 and 8"; ValueError if there is no such."""
    tokens = list(_HOUR_TOKEN.finditer(words))
    groups: list[list[float]] = [[_hour(tokens[0].group())]]
    for before, token in pairwise(tokens):
        joined = re.sub(_O_CLOCK, "", words[before.end() : token.start()]).strip()
        is_list = joined in (",", "&") or joined.endswith("and")
        if is_list and not words.startswith("between"):
            groups.append([])
        groups[-1].append(_hour(token.group()))
    if any(len(g) > 2 for g in groups):
        raise ValueError(words)
    return tuple(_interval(g[0], g[-1]) for g in groups)


def clock_candidates(words: str) -> tuple[str, ...]:
    """What an impossible clock position may have meant, each readable; never chosen from.

    >>> clock_candidates("107-11")
    ('10-11', '10, 7-11', '7-11')
    """
    tries: list[str] = []
    for token in re.finditer(r"(?<![0-9:.])[0-9]{1,4}(?![0-9])", words):
        digits = token.group()
        if 1 <= int(digits) <= 12:
            continue
        options = ["12", "10"] if int(digits) == 0 else []
        for cut in range(1, len(digits)):
            left, right = digits[:cut], digits[cut:]
            if left[0] != "0" and right[0] != "0":
                options += [left, f"{left}, {right}", right]
        tries += [words[: token.start()] + o + words[token.end() :] for o in options]
    if not tries and (swap := re.fullmatch(r"([0-9:.]+)(\D{1,9})([0-9:.]+)", words)):
        tries.append(swap[3] + swap[2] + swap[1])
    readable: list[str] = []
    for t in dict.fromkeys(tries):
        try:
            _intervals(t)
        except ValueError:
            continue
        readable.append(t)
    return tuple(readable)


def read_clock(match: re.Match[str]) -> tuple[tuple[float, float], ...] | None:
    """Clock intervals of a match; raises `UnreadableError` for hours no clock face has."""
    if _TIME_OF_DAY.search(match.string[max(0, match.start() - 25) : match.start()]):
        return None
    hours = match["hours"]
    try:
        return _intervals(("between " if match.group().startswith("between") else "") + hours)
    except ValueError:
        reason = "no such position on a clock face (hours 1-12, ranges of at most 6 hours)"
        raise UnreadableError(reason, field="clock_h", candidates=clock_candidates(hours)) from None


CLOCK = (rule("clock_h", _CLOCK, read_clock), rule("clock_h", _BARE_TIME, read_clock))
