"""Calcifications that a mass holds, or is said not to hold, and other parts of a thing."""

from __future__ import annotations

import re

from corr.records import ASSOCIATED_KINDS
from corr.words.draft import Draft
from corr.words.marking.counts import NOT_ONE, ends, read_count
from corr.words.marking.kinds import GENERIC, VAGUE
from corr.words.marking.marks import Mark, plain_copy
from corr.words.marking.things import GOVERNED, Thing
from corr.words.sentences import Clause, Sentence
from corr.words.shares import REACH, SAYS, Page

FEATURES = ("architectural_distortion", "skin", "clip", "scar")
_SURROUNDINGS = ("asymmetry", "focal_asymmetry", "hypoechoic_area", "architectural_distortion")
MARKERS = (Thing("marker"),)
CALCIFICATIONS = ("calcification", "echogenic_foci")
_VERB = (
    r"(?:contain\w{0,5}|hold\w{0,3}|harbou?r\w{0,3}|enclos\w{1,3}|ha[sd]|have|show\w{0,3}"
    r"|demonstrat\w{1,3})"
)
_HOLDS = re.compile(
    rf"\b(?:with|including|without|having|bearing"
    rf"|{_VERB})\b(?![^,;]{{0,60}}\bbreast\b)[^,;]{{0,60}}$"
)
_CAUSES = re.compile(
    r"\b(?:caus(?:es|ing)|produc(?:es|ing)|associated|accompanied by|together with|resulting in"
    r"|leading to|result(?:s|ed) in)\b[^;]{0,60}$"
)
_BESIDE = re.compile(
    r"\b(?:surround\w{0,3}|adjacent|nearby|neighbou?ring|separate|outside|around|next to"
    r"|beside|near)\b(?:\s[a-z-]+){0,3}\s{0,3}$"
)
_UNSURE = re.compile(
    r"\b(?:possibl[ey]|questionabl[ey]|suspected|probabl[ey]|likely|perhaps|maybe"
    r"|suspicion of|may)\b(?:\s[a-z-]+){0,3}\s{0,3}$"
)
_IT = r"(?:it|which|(?:the|this|that)\s(?:[a-z-]+\s){0,2}(?:mass|nodule|lesion|tumou?r)\b)"
_IN_IT = re.compile(
    rf"(?:\b(?:internal|intralesional|intra-?nodular|intra-?tumou?ral)|\b{_IT}\s(?:also\s)?{_VERB}"
    rf"|\b(?:within|inside|in)\s{_IT}(?:\s(?:there\s)?(?:is|are|was"
    rf"|were))?)(?:\s[a-z0-9-]+){{0,4}}\s{{0,3}}$"
)
_SEEN = r"(?:\s(?:is|are|was|were|seen|noted|present|visible|identified|found|lying|located)){0,2}"
_IN_IT_AFTER = re.compile(
    rf"{_SEEN}\s(?:(?:in|within|inside|of)\s{_IT}(?:\W|$)|(?:within|inside|internally|therein)"
    r"(?=\s{0,3}(?:[,;.)]|$|and\b|with\b)))"
)
_WITH_LIST = re.compile(  # "a mass with spiculated margins and fine calcifications"
    r"\s(?:with|showing|having)\s(?:[a-z-]+,?\s){1,6}?and\s(?:[a-z-]+\s){0,3}$"
)
_OPENS_IN_IT = re.compile(rf"\W*(?:within|inside|in)\s{_IT}\s?,")
_WITHIN = re.compile(r"\b(?:within|inside)\s(?:an?|the)\s(?:[a-z-]+\s){0,3}$")
_CALCIFIED = re.compile(r"(?P<no>\b(?:non-?\s?|un))?calcified\s(?:[a-z-]+\s){0,3}$")
_LEAST = "number not stated, counted as at least one"
_INSIDE = re.compile(
    r"(?:^\s?-?\s?(?:containing|bearing)|\b(?:in|within"
    r"|inside))\s{1,3}(?:an?\s{1,3})?(?:[a-z\0-]+\s{0,3}){0,3}$"
)
_PLAIN_DENIAL = re.compile(
    rf"(?:obvious|definite|evident|clear|visible|internal|associated|intralesional|any|of|evidence"
    rf"|sign|{_VERB}|seen|there|are|is|\s)*$"
)
_OF_IT = re.compile(rf"\b(?:it|which)\s(?:[a-z']+\s){{1,3}}|\b(?:in|within|inside)\s{_IT}")
_ONLY_THIS = re.compile(r"(?:without|with no)\b")


SOME = 1
"""Of calcifications in a mass whose number is not said: 1 or more count alike."""


def is_lesion(draft: Draft | None) -> bool:
    """Whether this is a lesion that is there, not a thing beside it or a part of one."""
    if draft is None or draft.head is None or draft.denied_by is not None or draft.kind == VAGUE:
        return False
    return draft.thing is None and not draft.is_feature and draft.kind not in ASSOCIATED_KINDS


def is_mass(draft: Draft | None) -> bool:
    """Whether this is a lesion that can hold calcifications."""
    return is_lesion(draft) and draft is not None and draft.kind not in CALCIFICATIONS


def is_feature(current: Draft, head: Mark, before: str, *, goes_on: bool) -> bool:
    """Whether ``head`` names what the lesion ``current`` comes with, and not another finding.

    "An irregular mass with architectural distortion": places and sizes that follow are the mass's.
    ``goes_on`` in a list of such features.
    """
    is_thing = isinstance(head.value, Thing)
    is_one = head.value in (*FEATURES, *MARKERS)
    if head.value in _SURROUNDINGS and is_mass(current) and _WITHIN.search(before):
        return current.kind not in _SURROUNDINGS  # "a cyst within an asymmetry"
    if current.thing is not None and head.value in CALCIFICATIONS:
        return _HOLDS.search(before) is not None  # "a duct that holds calcifications"
    if is_thing and is_lesion(current) and GOVERNED.search(before):
        return True  # "a mass in a 5 mm duct at 3 o'clock"
    if not is_one or not is_lesion(current) or current.kind == head.value:
        return False
    holds = _HOLDS.search(before) or _CAUSES.search(before)
    return bool(holds or goes_on) and not _BESIDE.search(before)


def is_part(page: Page, current: Draft, clause: Clause, head: Mark, before: str) -> bool:
    """Whether the noun ``head`` names a part of ``current``, or what ``current`` is in."""
    if current.denied_by is not None or current.head is None:
        return False
    own, other = ({s for m in marks for s in m.value} for marks in
                  (current.marks.get("side", []), clause.all("side")))  # fmt: skip
    if clause.start > current.head.start and own and other and not own & other:
        return False
    if is_mass(current) and head.value in CALCIFICATIONS:
        if clause.joiner == "and" and clause.start > current.head.start:
            before = _words_between(page, current.head, head)
            return _WITH_LIST.match(before) is not None
        return _HOLDS.search(before) is not None and not _BESIDE.search(before)
    if head.value == GENERIC:
        return _HOLDS.search(before) is not None
    if (current.kind, head.value) == (
        "calcification",
        "calcification",
    ):  # "a 7 mm cluster, five calcifications"
        return not clause.all("side", *SAYS) and not current.count and bool(read_count(before))
    is_near = current.head.start >= clause.start and current.kind in CALCIFICATIONS
    return is_near and head.value == "mass" and _INSIDE.search(before) is not None


def _words_between(page: Page, first: Mark, second: Mark) -> str:
    return page.masked[first.end : second.start] if second.start - first.end < 120 else ""


def holder(
    page: Page, sentence: Sentence, current: Draft | None, head: Mark, before: str
) -> Draft | None:
    """The mass that calcifications are said to lie in: "it contains ...", "... within it"."""
    mass = page.last(sentence) if current is None else current
    if mass is None or not is_mass(mass) or head.value not in CALCIFICATIONS:
        return None
    text = plain_copy(page.text[head.start - len(before) : head.end + 80])
    after = text[len(before) + head.end - head.start :]
    inside = _IN_IT.search(text[: len(before)]) or _IN_IT_AFTER.match(after)
    inside = inside or _OPENS_IN_IT.match(plain_copy(page.text[sentence.start : head.start]))
    return mass if inside and not _BESIDE.search(before) else None


def calcified(page: Page, draft: Draft, head: Mark, before: str) -> None:
    """Note what "a calcified mass" and "a non-calcified mass" say of the calcifications in it."""
    found = _CALCIFIED.search(before) if is_mass(draft) else None
    if found is None:
        return
    start = head.start - len(before) + found.start()
    words = Mark("n_calcifications", 0 if found["no"] else 1, start, head.end)
    draft.add(words)
    if not found["no"]:
        page.finisher.refuse(draft, words.field, [words], _LEAST, read_as="1")


def put_into(page: Page, current: Draft, head: Mark, said: list[Mark], before: str) -> None:
    """Say of ``current`` what is said of its part, and how many calcifications are in it."""
    of_it = head.value in CALCIFICATIONS and "size_mm" in current.marks
    for mark in said:
        if not (of_it and mark.field == "size_mm" and mark.start < head.start):
            current.add(mark)
    if head.value == GENERIC:  # "a mass with rapid enhancement"
        return
    calcification, count = head, read_count(before, head.start - len(before))
    if head.value == "mass" and current.head is not None:  # "5 calcifications in a 7 mm mass"
        calcification, count = current.head, current.count
        current.head, current.count, current.is_plural = head, None, False
    least = count[0] if count else 1
    start = count[2] if count else calcification.start
    words = Mark("n_calcifications", least, start, calcification.end)
    if _UNSURE.search(before):
        why = "calcifications in the mass that are not certain"
        page.finisher.refuse(current, words.field, [words], why)
        return
    is_exact = count is not None and count[0] == count[1]
    known = current.values(words.field)
    if is_exact or not any(known):  # a second, vaguer saying adds nothing
        current.add(words)
    if not is_exact:
        why = f"{NOT_ONE}; counted as at least {least}" if count else _LEAST
        options = ends(count) if count else ()
        page.finisher.refuse(current, words.field, [words], why, options, read_as=str(least))


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
    said = plain_copy(page.text[clause.start : clause.end])
    last = current or page.last(sentence)
    is_one = is_only_in(page, denied) or (last is not None and _OF_IT.search(said) is not None)
    reached = [last if current is None else current] if is_one else page.drafts[-REACH:]
    for draft in reached:
        if draft is None or not is_mass(draft) or "n_calcifications" in draft.marks:
            continue
        own = {s for m in draft.marks.get("side", []) for s in m.value}
        is_here = draft.paragraph == sentence.paragraph and not draft.is_summary
        if is_here and (not sides or not own or own & sides):
            draft.add(none)
