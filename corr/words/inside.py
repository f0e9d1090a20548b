"""Calcifications that a mass holds, or is said not to hold, and other parts of a thing."""

from __future__ import annotations

import re

from corr.words.counts import NOT_ONE, ends, read_count
from corr.words.drafts import Draft
from corr.words.lexicon import GENERIC
from corr.words.marks import Mark
from corr.words.page import REACH, Page
from corr.words.sentences import Clause, Sentence
from corr.words.shares import SAYS

_HOLDS = re.compile(r"\b(?:with|contain\w{0,5}|holding|including|without)\b[^,;]{0,60}$")
_INSIDE = re.compile(r"\b(?:in|within|inside)\s{1,3}(?:an?\s{1,3})?(?:[a-z\0-]+\s{0,3}){0,3}$")
_PLAIN_DENIAL = re.compile(
    r"(?:obvious|definite|evident|clear|visible|internal|associated|intralesional|any|of|evidence"
    r"|sign|\s)*$"
)
_ONLY_THIS = re.compile(r"(?:without|with no)\b")


SOME = 1
"""Of calcifications in a mass whose number is not said: 1 or more count alike."""


def is_mass(draft: Draft | None) -> bool:
    """Whether this is a mass that is there."""
    return draft is not None and draft.kind == "mass" and draft.denied_by is None


def is_part(current: Draft, clause: Clause, head: Mark, before: str) -> bool:
    """Whether the noun ``head`` names a part of ``current``, or what ``current`` is in."""
    if current.denied_by is not None or current.head is None:
        return False
    pair = (current.kind, head.value)
    if head.value == GENERIC or pair in (("mass", "calcification"), ("mass", "echogenic_foci")):
        return _HOLDS.search(before) is not None
    if pair == ("calcification", "calcification"):  # "a 7 mm cluster, five calcifications"
        return not clause.all("side", *SAYS) and not current.count and bool(read_count(before))
    is_near = current.head.start >= clause.start and current.kind == "calcification"
    return is_near and head.value == "mass" and _INSIDE.search(before) is not None


def put_into(page: Page, current: Draft, head: Mark, said: list[Mark], before: str) -> None:
    """Say of ``current`` what is said of its part, and how many calcifications are in it."""
    for mark in said:
        current.add(mark)
    if head.value == GENERIC:  # "a mass with rapid enhancement"
        return
    calcification, count = head, read_count(before, head.start - len(before))
    if head.value == "mass" and current.head is not None:  # "5 calcifications in a 7 mm mass"
        calcification, count = current.head, current.count
        current.head, current.count, current.is_plural = head, None, False
    if count is not None and count[0] == count[1]:
        current.add(Mark("n_calcifications", count[0], count[2], calcification.end))
        return
    if count is None:  # some, however many
        current.add(Mark("n_calcifications", SOME, calcification.start, calcification.end))
        return
    words = Mark("count", None, count[2], calcification.end)
    page.finisher.refuse(current, "n_calcifications", [words], NOT_ONE, ends(count))


def is_only_in(page: Page, denied: Mark) -> bool:
    """Whether a denial speaks of one thing alone: "a mass without calcification"."""
    before = page.text[max(0, denied.start - 5) : denied.start].lower()
    words = page.text[denied.start : denied.end].lower()
    return _ONLY_THIS.match("with " + words if before == "with " else words) is not None


def say_none(
    page: Page,
    sentence: Sentence,
    clause: Clause,
    head: Mark,
    denied: Mark,
    *,
    current: Draft | None,
) -> None:
    """Note on the paragraph's masses that "no obvious calcification" is in them.

    "No suspicious" or "no other calcification" says less and is not used.
    """
    between = page.masked[denied.end : head.start] if denied.end <= head.start else ""
    if clause.all("clock_h", "quadrant") and current is None:
        return
    if not _PLAIN_DENIAL.match(between):
        return
    sides = {s for m in clause.all("side") for s in m.value}
    none = Mark("n_calcifications", 0, min(denied.start, head.start), max(denied.end, head.end))
    reached = [current] if is_only_in(page, denied) else page.drafts[-REACH:]
    for draft in reached:
        if draft is None or not is_mass(draft) or "n_calcifications" in draft.marks:
            continue
        own = {s for m in draft.marks.get("side", []) for s in m.value}
        is_here = draft.paragraph == sentence.paragraph and not draft.is_summary
        if is_here and (not sides or not own or own & sides):
            draft.add(none)
