"""Nouns with their number: "1 row", "2 asymmetries"."""

from __future__ import annotations

import re

_IRREGULAR = {"focus": "foci", "woman": "women"}


def several(noun: str) -> str:
    """The plural of a noun, which may be one already.

    >>> several("mammographic asymmetry"), several("ultrasound mass"), several("MRI focus")
    ('mammographic asymmetries', 'ultrasound masses', 'MRI foci')
    >>> several("calcifications"), several("echogenic foci"), several("reply"), several("day")
    ('calcifications', 'echogenic foci', 'replies', 'days')
    """
    before, gap, last = noun.rpartition(" ")
    if last in _IRREGULAR:
        return f"{before}{gap}{_IRREGULAR[last]}"
    if last in _IRREGULAR.values() or re.search(r"[^s]s$", last):
        return noun
    if last.endswith(("s", "x", "ch")):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if re.search(r"[^aeiou]y$", last) else f"{noun}s"


def many(count: int, noun: str) -> str:
    """How many of what there are.

    >>> many(1, "row"), many(0, "row"), many(12, "focal asymmetry")
    ('1 row', '0 rows', '12 focal asymmetries')
    """
    return f"{count} {noun if count == 1 else several(noun)}"
