"""How many: "two masses", "6-8 calcifications", "several"."""

from __future__ import annotations

import re

from corr.words.clock import HOUR_WORDS

_COUNT_WORDS = {w: n for n, w in enumerate(HOUR_WORDS, 1)}
_OPEN = r"several|multiple|numerous|many|(?:a\s)?few|innumerable|various"
_N = rf"(?:{'|'.join(HOUR_WORDS)}|[0-9]{{1,3}})"
_COUNT = re.compile(
    rf"(?<![0-9a-z.,:/-])(?:(?P<open>{_OPEN})|(?P<pair>a couple of|a pair of|both)"
    rf"|(?P<least>at least|>=)\s?(?P<a>{_N})|(?P<more>more than|over|>)\s?(?P<b>{_N})"
    rf"|(?P<most>up to|at most)\s?(?P<c>{_N})|(?P<lo>{_N})(?:\s?(?:-|to|or)\s?(?P<hi>{_N}))?)"
    r"(?![0-9.,]*[0-9])(?=[\s\0(])(?!\s+of\b)(?:[\s\0(),]+[a-z-]+){0,5}[\s\0]*$"
)


def _n(words: str) -> int:
    return _COUNT_WORDS.get(words) or int(words)


def read_count(before: str) -> tuple[int, int | None, int, int] | None:
    """(min, max, start, end) of the count that ends in ``before``, the text before a noun.

    "several", "multiple" and "a few" are at least 3 and open; "more than two" is 3 and open.
    """
    match = _COUNT.search(before)
    if match is None:
        return None
    if match["open"]:
        lo, hi, end = 3, None, match.end("open")
    elif match["pair"]:
        lo, hi, end = 2, 2, match.end("pair")
    elif match["least"]:
        lo, hi, end = _n(match["a"]), None, match.end("a")
    elif match["more"]:
        lo, hi, end = _n(match["b"]) + 1, None, match.end("b")
    elif match["most"]:
        lo, hi, end = 1, _n(match["c"]), match.end("c")
    else:
        lo, hi = _n(match["lo"]), _n(match["hi"] or match["lo"])
        end = match.end("hi") if match["hi"] else match.end("lo")
    if lo < 1 or (hi is not None and hi < lo):
        return None
    return lo, hi, match.start(), end
