"""Clock positions on the breast: one grammar for what is written, one way to write them.

Seen facing the patient, 12 is above the nipple and hours run clockwise. A position is an interval
of hours ``(start, end)`` with ``0 < start <= 12`` and ``start <= end <= start + 6``: half past
twelve is 0.5, 11-1 is ``(11, 13)``, a single hour is ``(7, 7)``. Columns, sentences of reports,
coded images and the explorer all read and write hours here.
"""

from __future__ import annotations

import re
from itertools import pairwise

from corr.problems import CorrError

Span = tuple[float, float]

WIDEST_RANGE_H = 6.0
"""A longer range is more likely written the other way round than meant."""
HOUR_WORDS = (
    *("one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)

_WORD = "|".join(HOUR_WORDS)
_PAST = r"(?:half[ -]past|quarter[ -](?:past|after|to))\s{1,3}"
_HALF = r"(?:[ -]thirty\b|\s?(?:1/2|½)|\sand a half\b)"
HOUR = rf"(?:{_PAST})?(?:[0-9]{{1,6}}(?:[:.h][0-9]{{1,4}}(?::00)?)?|\b(?:{_WORD})\b){_HALF}?"
"""What may be an hour, in lower case; whether it is one, `read_hour` says."""
O_CLOCK = (
    r"(?:\s{0,3}-?o\s?['/\"]?\s?(?:cl[ock]{0,4}|c)\b|\s{1,3}(?:hours?\s{1,3})?position\b"
    r"|\s?h\b(?!\s(?:after|later|ago|post|before|delay)))"
)
RANGE = r"\s{0,3}(?:--?|~|\bto\b|\bthrough\b|\btill\b|\bor\b|/)\s{0,3}"
LIST = r"\s{0,3}(?:,\s{0,3}and\b|&|\band\b)\s{0,3}"
HOURS = rf"{HOUR}(?:(?:(?:{O_CLOCK})?(?:{RANGE}|{LIST})|\s?,\s{{0,3}}){HOUR}){{0,4}}"
"""Hours, ranges of them and lists of these: "7", "7-8", "between 7 and 8" without "between"."""

_TOKEN = re.compile(HOUR)
_HOURS = re.compile(HOURS)
_LAST = re.compile(O_CLOCK + r"$")
_MILITARY = re.compile(r"(0[1-9]|1[0-2])(00|15|30|45)")  # "the 0900 position"
_PARTS = re.compile(
    rf"(?P<word>{_WORD})|(?P<hour>[0-9]{{1,2}})"
    r"(?:\.(?P<decimal>0+|50*|25|75)|[:h](?P<minutes>[0-5][0-9])(?::00)?)?"
)
_SAME = str.maketrans({**dict.fromkeys("‐‑‒–—―−", "-"), **dict.fromkeys("‘’`´", "'")})  # noqa: RUF001
_WHAT = "no such position on a clock face (hours 1-12, ranges of at most 6 hours)"


class ClockError(CorrError):
    """Words that name no hour of a clock face; `candidates` may have been meant."""

    EVERYWHERE = "a clock position"
    ALLOWED = "an hour (7), a part of one (7:30, 7.5) or a range clockwise (7-8, 11-1)"
    FIX = "write the hour as the report says it; leave it out if it cannot be read"

    def __init__(self, what: str = _WHAT, *, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.candidates = candidates


def read_hour(words: str) -> float:
    """One hour in (0, 12], from words in lower case.

    A dot begins decimals, of which halves and quarters are known; minutes follow a colon or h.
    12:30 and 0:30 are the same. 0.25 and 0.75 are refused: a spreadsheet makes them of 6:00 and
    18:00.

    Raises
    ------
    ClockError
        If it is no hour.

    Examples
    --------
    >>> read_hour("7:30"), read_hour("half past seven"), read_hour("0.5"), read_hour("12:30")
    (7.5, 7.5, 0.5, 0.5)
    """
    past = re.match(_PAST, words)
    more = re.search(_HALF + r"$", words)
    plain = words[past.end() if past else 0 : more.start() if more else None]
    if m := _MILITARY.fullmatch(plain):
        plain = f"{m[1]}:{m[2]}"
    parts = _PARTS.fullmatch(plain)
    if parts is None:
        raise ClockError
    decimal, minutes = parts["decimal"], parts["minutes"]
    whole = HOUR_WORDS.index(parts["word"]) + 1 if parts["word"] else int(parts["hour"])
    shift = _shift(past.group()) if past else 0.5 if more else 0.0
    part = float(f"0.{decimal}") if decimal else int(minutes or 0) / 60
    twice = bool(past or more) and bool(decimal or minutes or not whole or (past and more))
    value = whole + part + shift
    if twice or whole > 12 or value == 0 or (whole == 0 and decimal in ("25", "75")):
        raise ClockError
    return value - 12.0 if value > 12.0 else value


def _shift(past: str) -> float:
    return 0.5 if past.startswith("half") else -0.25 if "to" in past else 0.25


def interval(start: float, end: float) -> Span:
    """The clockwise interval between two hours in (0, 12].

    Raises
    ------
    ClockError
        If it is wider than `WIDEST_RANGE_H`.

    Examples
    --------
    >>> interval(12.0, 1.0), interval(11.0, 1.0), interval(0.5, 0.5)
    ((12.0, 13.0), (11.0, 13.0), (0.5, 0.5))
    """
    end = end + 12.0 if end < start else end
    if end - start > WIDEST_RANGE_H:
        raise ClockError
    return start, end


def read_clock(text: str) -> tuple[Span, ...]:
    """The intervals that words name: one, or several of a list ("7, 9-10", "3 and 9").

    Raises
    ------
    ClockError
        If they name none; its `candidates` may have been meant, never chosen from.

    Examples
    --------
    >>> read_clock("7–8 O'Clock"), read_clock("3 and 9:30"), read_clock("between 7 and 8")
    (((7.0, 8.0),), ((3.0, 3.0), (9.5, 9.5)), ((7.0, 8.0),))
    """
    words = text.lower().translate(_SAME).strip()
    hours = _LAST.sub("", re.sub(r"^(?:between|from)\s+", "", words))
    try:
        return _intervals(hours, one=words.startswith("between"))
    except ClockError as error:
        raise ClockError(error.what, candidates=_candidates(hours)) from None


def _intervals(hours: str, *, one: bool = False) -> tuple[Span, ...]:
    if not _HOURS.fullmatch(hours):
        raise ClockError
    tokens = list(_TOKEN.finditer(hours))
    groups = [[read_hour(tokens[0].group())]]
    for before, token in pairwise(tokens):
        joined = re.sub(O_CLOCK, "", hours[before.end() : token.start()]).strip()
        if not one and (joined in (",", "&") or joined.endswith("and")):
            groups.append([])
        groups[-1].append(read_hour(token.group()))
    if any(len(g) > 2 for g in groups):
        raise ClockError
    return tuple(interval(g[0], g[-1]) for g in groups)


def _candidates(hours: str) -> tuple[str, ...]:
    """What impossible hours may have meant, each readable: an extra digit, two run together."""
    decimal = re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})", hours)
    tries = [f"{decimal[1]}:{decimal[2]:0<2}"] if decimal else []
    for token in re.finditer(r"(?<![0-9:.])[0-9]{1,4}(?![0-9:.])", hours):
        digits = token.group()
        if 1 <= int(digits) <= 12:
            continue
        options = ["12", "10"] if int(digits) == 0 else []
        for cut in range(1, len(digits)):
            left, right = digits[:cut], digits[cut:]
            if left[0] != "0" and right[0] != "0":
                options += [left, f"{left}, {right}", right]
        tries += [hours[: token.start()] + o + hours[token.end() :] for o in options]
    if not tries and (swap := re.fullmatch(r"([0-9:.]+)([^0-9:.]{1,9})([0-9:.]+)", hours)):
        tries.append(swap[3] + swap[2] + swap[1])
    return tuple(t for t in dict.fromkeys(tries) if _is_clock(t))


def _is_clock(hours: str) -> bool:
    try:
        return bool(_intervals(hours))
    except ClockError:
        return False


def hour_text(hour_h: float) -> str:
    """An hour as it is written everywhere, to the minute.

    >>> hour_text(7.0), hour_text(7.25), hour_text(0.5), hour_text(0.0), hour_text(13.5)
    ('7', '7:15', '12:30', '12', '1:30')
    """
    whole, minutes = divmod(round(hour_h * 60) % 720, 60)
    return f"{whole or 12}:{minutes:02d}" if minutes else f"{whole or 12}"


def clock_text(span_h: Span) -> str:
    """An interval of hours as it is written everywhere; `read_clock` reads it back.

    >>> clock_text((7.0, 8.0)), clock_text((7.5, 7.5)), clock_text((0.5, 1.0)), clock_text((12, 13))
    ('7-8', '7:30', '12:30-1', '12-1')
    """
    first, last = (hour_text(h) for h in span_h)
    return first if first == last else f"{first}-{last}"
