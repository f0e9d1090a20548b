"""Counting sentences: "There are two lesions in the right breast", and then one after the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from corr.records import ASSOCIATED_KINDS
from corr.words.draft import REMARKS, Draft
from corr.words.drafts import Finisher
from corr.words.inside import CALCIFICATIONS, is_lesion
from corr.words.marking.kinds import VAGUE
from corr.words.said import Mention, Unreadable
from corr.words.shares import REACH

_PALPABLE = re.compile(r"\b(?:palpable|lump|feels|felt)\b", re.IGNORECASE)
_THERE = re.compile(
    r"\b(?:this|that|the|same) (?:site|area|region|point|location|place|lump|position)\b"
    r"|\b(?:there|here|correspond\w{0,4})\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\b(?:also|another|additional|further|second|third|other|separate|both)\b", re.IGNORECASE
)
_LABEL = re.compile(r"\W*(?:lesion|finding|target|abnormality)\s?#?[0-9]{0,2}\s?:", re.IGNORECASE)
_DEFINITE = re.compile(r"\W*(?:the|this|that)\b", re.IGNORECASE)
_SAME = ("side", "kind", "size_mm", "size2_mm", "size3_mm")
_SAYS_NOTHING = ("side", "bi_rads", *REMARKS)


def tell_announced(drafts: Sequence[Draft]) -> list[Draft]:
    """Drafts that count what follows them, one by one; those that follow take their side.

    Where fewer follow than were counted, the draft is left for the rest.
    """
    out: list[Draft] = []
    for k, draft in enumerate(drafts):
        counted = _counted(draft)
        if counted is None:
            continue
        told = _told(draft, drafts[k + 1 : k + 1 + REACH], counted)
        for one in told:
            if is_palpable(draft) and _THERE.search(one.text):
                for mark in draft.all_marks():
                    one.add(mark)
            for side in draft.marks.get("side", ()):
                if "side" not in one.marks and len(side.value) == 1:
                    one.carry(side)
        if len(told) >= counted:
            out.append(draft)
        elif told and draft.count is not None:
            rest, (_, _, start, end) = counted - len(told), draft.count
            draft.count = (rest, rest, start, end)
            draft.is_plural = rest > 1
    return out


def tell_again(drafts: Sequence[Draft]) -> list[Draft]:
    """Drafts that say a lesion again: of no other kind, not counted, no place or size of their own.

    The earlier one takes what is new, such as a category; "the mass" may add its place and size.
    Two lesions that may be meant are left alone.
    """
    out: list[Draft] = []
    lesions: list[Draft] = []
    for draft in drafts:
        if not _may_be_said_again(draft):
            continue
        is_alone = draft.count is None and not (draft.is_another or _MORE.search(draft.text))
        fits = [d for d in lesions[-REACH:] if _fits(draft, d)] if is_alone else []
        if _is_held(draft, lesions):
            out.append(draft)
        elif len(fits) == 1 and (
            _is_labelled(draft, fits[0]) or _adds_nothing(draft, fits[0]) or _is_definite(draft)
        ):
            before = fits[0]
            if before.kind is None and draft.head is not None:
                before.head = draft.head
            for mark in draft.all_marks():
                before.add(mark)
            out.append(draft)
        else:
            lesions.append(draft)
    return out


def _may_be_said_again(draft: Draft) -> bool:
    is_there = draft.denied_by is None and draft.thing is None and draft.kind != VAGUE
    is_feature = draft.is_feature or draft.kind in ASSOCIATED_KINDS
    return is_there and not (draft.earlier or is_feature)


def _is_held(draft: Draft, lesions: Sequence[Draft]) -> bool:
    """Whether these are "the calcifications" that a mass was said to hold, and no more is told."""
    if draft.kind not in CALCIFICATIONS or draft.count or not _is_definite(draft):
        return False
    return not set(draft.marks) - set(_SAYS_NOTHING) and any(
        any(d.values("n_calcifications")) for d in lesions[-REACH:]
    )


def _is_labelled(draft: Draft, before: Draft) -> bool:
    """Whether a label announced it: "Lesion 2: right breast, cyst, 8 mm"."""
    return before.kind is None and before.text == draft.text and bool(_LABEL.match(draft.text))


def _adds_nothing(draft: Draft, before: Draft) -> bool:
    places = (m for m in draft.all_marks() if m.field not in _SAYS_NOTHING)
    return all(m.field in before.marks and before.accepts(m) for m in places)


def _fits(draft: Draft, before: Draft) -> bool:
    """Whether nothing in `draft` speaks against its being what came `before`."""
    is_kind = draft.kind in (None, before.kind) or (before.kind is None and before.head is not None)
    is_kind |= (before.kind, draft.kind) == ("focal_asymmetry", "asymmetry")
    is_one = before.count is None or before.count[:2] == (1, 1)
    is_few = draft.is_plural == before.is_plural or draft.kind in CALCIFICATIONS
    return is_kind and is_one and is_few and all(before.accepts(m) for m in draft.all_marks())


def _is_definite(draft: Draft) -> bool:
    return draft.head is not None and _DEFINITE.match(draft.text) is not None


def settle_hours(mention: Mention, earlier: list[Mention], finisher: Finisher) -> bool:
    """Whether an impression names another hour of a thing that has the same diameters.

    Neither hour is right by itself: the thing loses its own, and both are said to be unread.
    """
    for k, other in enumerate(earlier[-REACH:], max(0, len(earlier) - REACH)):
        same = all(getattr(mention, n) == getattr(other, n) for n in _SAME)
        both = (
            mention.clock_h
            and other.clock_h
            and mention.size2_mm
            and mention.clock_h != other.clock_h
        )
        if not (same and both):
            continue
        hours = [dict(m.words).get("clock_h", "") for m in (other, mention)]
        words = tuple(w for w in other.words if w[0] != "clock_h")
        earlier[k] = replace(other, clock_h=None, words=words)
        why = "findings and impression name different hours"
        finisher.unreadable.append(Unreadable(hours[1], "clock_h", why, tuple(hours), mention.text))
        return True
    return False


def is_palpable(draft: Draft) -> bool:
    """Whether it is what a hand found: a lump, and no size of it."""
    is_one = draft.count is None and not draft.is_plural and "size_mm" not in draft.marks
    return is_one and draft.kind == "mass" and _PALPABLE.search(draft.text) is not None


def _counted(draft: Draft) -> int | None:
    """How many things a draft counts, if it says no more of them than their side."""
    if not is_lesion(draft):
        return None
    if is_palpable(draft):  # what the hand found, before what the examination shows there
        return 1
    if draft.count is None or set(draft.marks) - set(_SAYS_NOTHING):
        return None
    low, high = draft.count[:2]
    return low if low == high and low > 1 else None


def _told(counts: Draft, following: Sequence[Draft], most: int) -> list[Draft]:
    """The single things that follow, of the kind that was counted."""
    told: list[Draft] = []
    for draft in following:
        if len(told) == most or draft.paragraph > counts.paragraph + 1:
            break
        if not _is_single(draft):
            continue
        fits = counts.kind is None or draft.kind in (counts.kind, None)
        if is_palpable(counts):
            if not all(draft.accepts(m) for m in counts.all_marks()):
                break
            fits = True
        same_side = counts.values("side") in ([], draft.values("side")) or not draft.values("side")
        if fits and (same_side or draft.is_side_carried):
            told.append(draft)
    return told


def _is_single(draft: Draft) -> bool:
    is_own = is_lesion(draft) or (draft.head is None and draft.denied_by is None)
    is_placed = bool(set(draft.marks) - set(_SAYS_NOTHING))
    return is_own and is_placed and (draft.count is None or draft.count[:2] == (1, 1))
