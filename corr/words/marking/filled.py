"""Values of forms that only their key explains: "Clock position: 2", "Side: L"."""

from __future__ import annotations

import re

from corr.anatomy.clock import HOURS, O_CLOCK
from corr.words.marking.clock import mark_clock
from corr.words.marking.lengths import LONGEST_MM, NUM, TOO_LONG, in_mm
from corr.words.marking.marks import UnreadableError, rule

_IS = r"\s{0,3}[:=]\s{0,3}"
_CLOCK_KEY = (
    r"\b(?:(?:o'?\s?)?clock(?:[ -]?face)?(?: position| hour)?|hour)\s?(?:\(\s?(?:h|o'?clock)\s?\))?"
)
_SIZE_KEY = r"\b(?:sizes?|dimensions?|diameters?|extent|measure(?:s|ments?)?)"
THIRDS = tuple(
    rule("depth_third", rf"\bdepth(?: third)?{_IS}(?:{words})\b", name, claims=False)
    for name, words in (
        ("anterior", "anterior"), ("middle", "mid(?:dle)?"), ("posterior", "posterior"),
    )
)  # fmt: skip
FILLED_SIDES = tuple(
    rule(
        "side",
        rf"\b(?:laterality|side|breast){_IS}\(?{letter}'?t?\)?(?![a-z0-9])",
        (side,),
    )
    for side, letter in (("R", "r"), ("L", "l"))
)


def _read_in_unit(match: re.Match[str]) -> tuple[float, ...]:
    sizes = [in_mm(number, match["unit"]) for number in re.findall(NUM, match["numbers"])]
    if not all(0 < s <= LONGEST_MM for s in sizes):
        raise UnreadableError(TOO_LONG, field="size_mm")
    return tuple(sorted(sizes, reverse=True))


FILLED = (
    rule(
        "clock_h",
        rf"{_CLOCK_KEY}{_IS}(?P<hours>{HOURS})(?:{O_CLOCK})?(?![0-9:.]|\s?[cm]m\b)",
        mark_clock,
    ),
    rule(
        "size_mm",
        rf"{_SIZE_KEY}\s?[(\[]\s?(?:in\s)?(?P<unit>mm|cm)\s?[)\]]\s?[:=]?\s{{0,3}}"
        rf"(?P<numbers>{NUM}(?:\s?(?:x|by)\s?{NUM}){{0,2}})(?![0-9.,]*[0-9]|\s?[cm]m\b)",
        _read_in_unit,
    ),
)
"""To be run before the rules for prose."""
