"""A page of report text, and the marks that rules leave on it.

All rules run on a plain copy of the text that has the same length (case folded, dashes,
quotes and multiplication signs unified), so that every mark points at exact words. A rule
may claim its words: later rules and the sentence splitter then see blanks there, so that
"5 cm from the nipple" is no size and the "and" of "between 7 and 8" joins no clauses.
Every repetition in a pattern is bounded: reading takes linear time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from corr.problems import CorrError

CLAIMED = "\0"
FORM, FORM_END = "\1", "\2"
"""Stand for a form that is read by itself, and for its ends."""
_SAME = {
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u02d7", "-"),
    **dict.fromkeys("\u2018\u2019\u201b\u02bc\u2032\u00b4\u0060\u02b9\uff07", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u2033", '"'),
    **dict.fromkeys("\u00d7\u2715\u2716\u2a2f\u2217\uff0a\u22c5\u0445", "x"),
    **dict.fromkeys("\u00a0\u2007\u2009\u202f\u3000\u200b\t\r", " "),
    **dict.fromkeys("\uff1c\u2264", "<"),
    **dict.fromkeys("\uff1e\u2265", ">"),
    "*": "x",
    **dict.fromkeys((CLAIMED, FORM, FORM_END), " "),
    "\uff1a": ":",
    "\uff0c": ",",
    "\uff5e": "~",
    "\uff08": "(",
    "\uff09": ")",
    "\u3002": ".",
}


def plain_copy(text: str) -> str:
    r"""Lower-case ASCII-like copy of ``text`` with the same length.

    >>> plain_copy("7\u20138 O\u2019CLOCK, 7\u00d74 mm")
    "7-8 o'clock, 7x4 mm"
    """
    return "".join(_SAME.get(c) or (c.lower() if len(c.lower()) == 1 else c) for c in text)


@dataclass(frozen=True, slots=True)
class Mark:
    """One reading of the words ``[start, end)``."""

    field: str
    value: Any
    start: int
    end: int


class UnreadableError(CorrError):
    """Raised by a rule whose words cannot be read; becomes a ``bad`` mark."""

    EVERYWHERE = "words of a report"
    ALLOWED = "words that say one thing"
    FIX = "state the value in its column if you know it"

    def __init__(self, what: str, *, field: str = "text", candidates: Iterable[str] = ()) -> None:
        super().__init__(what)
        self.field, self.candidates = field, tuple(candidates)


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern and how to read its match; ``None`` from ``read`` means "not this after all"."""

    field: str
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], Any]
    claims: bool = True


def rule(field: str, pattern: str, read: Any = None, *, claims: bool = True) -> Rule:
    """Rule from pattern text; ``read`` is a function, or the constant value (default: said)."""
    constant = True if read is None else read
    function = read if callable(read) else (lambda _match: constant)
    return Rule(field, re.compile(pattern), function, claims)


def _blanked(match: re.Match[str]) -> str:
    """Blanks for the words of a match; those of a group ``keep`` are left for other rules."""
    start, end = match.span("keep") if "keep" in match.re.groupindex else (match.end(), match.end())
    before, after = start - match.start(), match.end() - end
    return CLAIMED * before + match.string[start:end] + CLAIMED * after


def apply_rules(rules: Iterable[Rule], plain: str) -> tuple[list[Mark], str]:
    """Marks that ``rules`` leave, in the order of the text, and the text with claims blanked."""
    marks: list[Mark] = []

    def mark_and_claim(current: Rule, match: re.Match[str]) -> str:
        words = match.group()
        try:
            value, field = current.read(match), current.field
        except UnreadableError as error:
            value, field = error, "bad"
        if value is None:
            return words
        marks.append(Mark(field, value, match.start(), match.end()))
        return _blanked(match) if current.claims else words

    for current in rules:
        plain = current.pattern.sub(lambda m, r=current: mark_and_claim(r, m), plain)  # type: ignore[misc]
    return sorted(marks, key=lambda m: (m.start, m.end)), plain
