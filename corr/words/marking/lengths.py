"""Lengths in report sentences: how numbers with a unit are written, and what they are in mm."""

from __future__ import annotations

import re

from corr.words.marking.marks import UnreadableError

LONGEST_MM = 300.0
"""Longer lengths are no sizes or distances in a breast."""
TOO_LONG = f"a length in a breast is more than 0 and at most {LONGEST_MM:g} mm"

NUM = r"(?:[0-9]{1,4}(?:\.[0-9]{1,3}|,[0-9]{1,2})?|\.[0-9]{1,2})"
START = r"(?<![0-9a-z+])(?<![0-9][.,/:-])"
UNIT = r"(?:mm|cm|millimet(?:er|re)s?|centimet(?:er|re)s?)"
GAP = r"[\s-]?"  # "9 mm", "9-mm"
END = r"(?![0-9²³^])(?!\s?[x/]\s?[0-9])"
LENGTH = (  # in "12 mm - 3 cm FN" the dash joins two things
    rf"{START}(?P<lo>{NUM}){GAP}(?P<lo_unit>{UNIT})?"
    rf"(?!(?<=mm)\s?[-~]\s?{NUM}{GAP}c)(?!(?<=cm)\s?[-~]\s?{NUM}{GAP}m)"
    rf"(?:\s?(?:-|~|\bto\b)\s?(?P<hi>{NUM}){GAP}(?P<hi_unit>{UNIT})|(?<=m)|(?<=s)|(?<=r)|(?<=e))"
)
ABOUT = (
    r"\s{0,3}(?:(?:of|is|was|are|measur(?:es|ed|ing)|amounts to|equals|at|lies at|about"
    r"|approximately"
    r"|approx\.?|roughly|around|some|circa|c\.|ca\.?|=|:|-|~|\()\s{0,3}){0,3}"
)
LIMIT = (
    r"(?:(?<![a-z])|(?=[<>]))(?=[0-9.<>a-z])(?:(?P<bound>[<>]=?"
    r"|\b(?:less|smaller|greater|larger|more|further|farther|closer) than\b"
    r"|\b(?:under|below|over|beyond|within|exceeding|at least|at most|up to)\b)"
    r"\s{0,3}(?:(?:about|approximately|around)\s{1,3})?)?"
)
LIMITED = LIMIT + LENGTH
BARE = rf"(?P<lo>{NUM})(?:{GAP}(?P<lo_unit>{UNIT})\b)?(?![x.,:/-]?[0-9])"
BARE_RANGE = (
    rf"(?P<lo>{NUM})(?:\s?-\s?(?P<hi>{NUM}))?(?:{GAP}(?P<hi_unit>{UNIT})\b)?(?![x.,:/-]?[0-9])"
)
PLAIN = rf"{START}{NUM}{GAP}{UNIT}"


def in_mm(number: str, unit: str) -> float:
    """A written number in mm; a comma is a decimal point."""
    return round(float(number.replace(",", ".")) * (10.0 if unit.startswith("c") else 1.0), 6)


def _half_digit_mm(number: str, unit: str) -> float:
    decimals = len(number.replace(",", ".").partition(".")[2])
    return round(0.5 * 10.0**-decimals * (10.0 if unit.startswith("c") else 1.0), 6)


def distance(match: re.Match[str], field: str) -> tuple[float, float]:
    """(value, rounding half width) in mm; a range is its middle with a wider half width.

    Raises
    ------
    UnreadableError
        For a limit ("more than 3 cm"), a range that runs backwards, or what no breast holds.
    """
    parts = match.groupdict()
    unit = parts.get("key_unit") or parts.get("hi_unit") or parts.get("lo_unit") or "cm"
    lo = in_mm(parts["lo"], parts.get("lo_unit") or unit)  # "N+5" and "FN 5" are in cm
    hi = in_mm(parts["hi"], unit) if parts.get("hi") else lo
    rounding = _half_digit_mm(parts.get("hi") or parts["lo"], unit)
    if parts.get("bound") or parts.get("after"):
        last = next(n for n in ("hi_unit", "hi", "lo_unit", "lo") if parts.get(n))
        why, number = "a limit, not a distance", match.string[match.start("lo") : match.end(last)]
        raise UnreadableError(why, field=field, candidates=(number,))
    if hi > LONGEST_MM:
        raise UnreadableError(TOO_LONG, field=field)
    if hi < lo:
        why = "the range runs backwards"
        raise UnreadableError(why, field=field)
    return round((lo + hi) / 2, 6), round(rounding + (hi - lo) / 2, 6)
