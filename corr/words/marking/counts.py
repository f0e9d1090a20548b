"""How many: "two masses", "6-8 calcifications", "several"."""

from __future__ import annotations

import re

from corr.anatomy.clock import HOUR_WORDS

_COUNT_WORDS = {w: n for n, w in enumerate(HOUR_WORDS, 1)}
_OPEN_WORDS = r"several|multiple|numerous|many|(?:a\s)?few|innumerable|various"
OPEN = re.compile(_OPEN_WORDS)
"""Words for a number that nobody counted."""
NOT_ONE = "a range or a limit, not one number"
Count = tuple[int, int | None, int, int]
"""Fewest, most (None: open), and where the words start and end."""
_N = rf"(?:{'|'.join(HOUR_WORDS)}|[0-9]{{1,3}})"
_ADJECTIVE = (
    r"(?!(?:there|is|are|was|were|has|an?|the|views?|films?|projections?|images?|planes?|sides?"
    r"|breasts?"
    r"|scans?|exam\w{0,9})\b)[a-z-]+"
)
_COUNT = re.compile(
    rf"(?<![0-9a-z.,:/-])(?:(?P<open>{_OPEN_WORDS})|(?P<pair>a couple of|a pair of|both)"
    rf"|(?P<least>at least|>=)\s?(?P<a>{_N})|(?P<more>more than|over|>)\s?(?P<b>{_N})"
    rf"|(?P<most>up to|at most)\s?(?P<c>{_N})|(?P<less>(?:less|fewer) than|under|<)\s?(?P<d>{_N})"
    rf"|(?P<lo>{_N})(?:\s?(?:-|to|or)\s?(?P<hi>{_N}))?)"
    rf"(?![0-9.,]*[0-9])(?=[\s\0(])(?!\s+of\b)(?:[\s\0(),]+{_ADJECTIVE}){{0,5}}[\s\0]*$"
)


def _n(words: str) -> int:
    return _COUNT_WORDS.get(words) or int(words)


def read_count(before: str, offset: int = 0) -> Count | None:
    """The count that ends in ``before``, the text before a noun; ``offset`` is where that starts.

    "several", "multiple" and "a few" are at least 3 and open; "more than two" is 3 and open.
    """
    match = _COUNT.search(before)
    if match is None:
        return None
    lo: int
    hi: int | None
    if match["open"]:
        lo, hi, last = 3, None, "open"
    elif match["pair"]:
        lo, hi, last = 2, 2, "pair"
    elif match["least"]:
        lo, hi, last = _n(match["a"]), None, "a"
    elif match["more"]:
        lo, hi, last = _n(match["b"]) + 1, None, "b"
    elif match["most"]:
        lo, hi, last = 1, _n(match["c"]), "c"
    elif match["less"]:
        lo, hi, last = 1, _n(match["d"]) - 1, "d"
    else:
        last = "hi" if match["hi"] else "lo"
        lo, hi = _n(match["lo"]), _n(match[last])
    if lo < 1 or (hi is not None and hi < lo):
        return None
    return lo, hi, match.start() + offset, match.end(last) + offset


def ends(count: Count) -> tuple[str, ...]:
    """Both ends of a range, as candidates; a limit has none."""
    lo, hi = count[:2]
    return () if hi is None or lo == 1 else (str(lo), str(hi))
