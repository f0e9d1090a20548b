"""What is not there now: sentences that find nothing, and things of an earlier time."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corr.words.marking.marks import Mark
from corr.words.sentences import Clause, Sentence

_WHAT = (
    r"(?:the|an?|this|these|both|of|in|on|for|is|are|was|were|appears?|completely|entirely"
    r"|essentially|grossly|mammographically|sonographically|breasts?|mamma|mammary|glands?|tissue"
    r"|parenchyma|mammogra(?:m|ms|phy)|films?|views?|ultrasound|sonogra(?:m|phy)|mri?|imaging"
    r"|exam(?:ination)?|study|scan|sides?|findings?|appearance|benign)\b"
)
_NORMAL = re.compile(
    rf"(?:{_WHAT}|[\s\0,:()-])*\b(?:unremarkable|normal|negative|within normal limits)\b"
    rf"(?:{_WHAT}|[\s\0,:()-])*"
)
_ASSESSED = re.compile(
    rf"(?:{_WHAT}|\b(?:assessment|impression|conclusion|category|final|overall|stable|change|unchanged"
    r"|routine|annual|screening|follow-up)\b|[\s\0.,:;()/-])*"
)
_EARLIER = re.compile(r"\b(?:last year|[a-z0-9]+ years? ago|the year before)\b")
_HISTORY = re.compile(
    r"\bhistory of\b|\b(?:status[ -])?post[ -](?:lumpectomy|excision|resection|removal)\b"
    r"|\bexcision of\b"
)
"""Before a noun: what was there, and may no longer be."""


def is_normal(sentence: Sentence, parts: Sequence[Clause], masked: str) -> bool:
    """Whether a sentence says no more than that a breast or an exam is normal."""
    fields = {m.field for c in parts for m in c.marks}
    says = _NORMAL.fullmatch(masked, sentence.start, sentence.end) is not None
    return says and fields <= {"side", "bi_rads", "aside"}


def is_assessed(marks: Sequence[Mark], masked: str) -> bool:
    """Whether a text is nothing but category 1 or 2, which say that nothing suspicious is there."""
    categories = {m.value for m in marks if m.field == "bi_rads"}
    fields = {m.field for m in marks}
    says = bool(categories) and categories <= {"1", "2"} and _ASSESSED.fullmatch(masked) is not None
    return says and fields <= {"side", "bi_rads", "aside", "absent_after"}


def is_earlier(clause: Clause, first: Mark, masked: str) -> bool:
    """Whether a clause speaks of what was there before: ``first`` is its noun or first mark."""
    return bool(
        _EARLIER.search(masked, clause.start, clause.end)
        or _HISTORY.search(masked, clause.start, first.start)
    )
