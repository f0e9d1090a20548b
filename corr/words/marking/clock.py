"""Clock positions in report sentences: where they stand; `corr.anatomy.clock` reads them."""

from __future__ import annotations

import re

from corr.anatomy.clock import HOUR_WORDS, HOURS, O_CLOCK, RANGE, ClockError, Span, read_clock
from corr.words.marking.marks import UnreadableError, rule

_NO_NUMBER_BEFORE = r"(?<![0-9:+])(?<![0-9][.,x/-])"
_CLOCK = rf"{_NO_NUMBER_BEFORE}(?:(?P<between>between|from)\s{{1,3}})?(?P<hours>{HOURS}){O_CLOCK}"
_TIME = r"[0-9]{1,2}[:h](?:00|15|30|45)"
_BARE_TIME = (
    rf"{_NO_NUMBER_BEFORE}(?<![a-z])(?P<hours>(?:[0-9]{{1,2}}{RANGE})?{_TIME}"
    rf"(?:{RANGE}[0-9]{{1,2}}(?:[:h][0-9]{{2}})?)?"
    rf"|half[ -]past\s{{1,3}}(?:{'|'.join(HOUR_WORDS)}|[0-9]{{1,2}}))"
    r"(?![0-9:])(?!\s?(?:[ap]\.?m\b|hrs|hours))"
)
_TIME_OF_DAY = re.compile(
    r"(?:time|performed|scanned|acquired|injected|reported|dated?)[ :,]{1,3}\w{0,3}[ :,]?$"
)


def mark_clock(match: re.Match[str]) -> tuple[Span, ...] | None:
    """Clock intervals of a match; raises `UnreadableError` for hours no clock face has."""
    if _TIME_OF_DAY.search(match.string[max(0, match.start() - 25) : match.start()]):
        return None
    between = match.groupdict().get("between") or ""
    try:
        return read_clock(f"{between} {match['hours']}")
    except ClockError as error:
        found = error.candidates
        raise UnreadableError(error.what, field="clock_h", candidates=found) from None


_PRIMED = rf"{_NO_NUMBER_BEFORE}(?P<hours>1[0-2]|0?[1-9])'(?=\s?/\s?[0-9\0])"  # "10'/3 cm"
CLOCK = (
    rule("clock_h", _PRIMED, mark_clock),
    rule("clock_h", _CLOCK, mark_clock),
    rule("clock_h", _BARE_TIME, mark_clock),
)
