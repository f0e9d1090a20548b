"""Which words belong to which thing: the walk over the clauses of one sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from corr.words.denied import is_earlier, is_normal
from corr.words.draft import REMARKS, Draft
from corr.words.inside import (
    CALCIFICATIONS,
    MARKERS,
    calcified,
    holder,
    is_feature,
    is_lesion,
    is_mass,
    is_only_in,
    is_part,
    put_into,
    say_none,
)
from corr.words.marking import lexicon
from corr.words.marking.counts import read_count
from corr.words.marking.kinds import GENERIC, NO_FINDING
from corr.words.marking.marks import CLAIMED, Mark
from corr.words.sentences import Clause, is_reference
from corr.words.shares import REACH, shares
from corr.words.without_noun import WithoutNoun

_ANOTHER = re.compile(r"\b(?:another|second|third|other|additional|further)\b")
_IS_TAKEN_FOR = re.compile(
    r"\b(?:(?:consistent|compatible|in keeping) with|[cs]/[wo]|represent\w{0,4}|suggest\w{0,4} of"
    r"|(?:likely|probably|possibly|presumably|thought to be)"
    r"(?= an? |(?: [a-z-]{1,15}){0,2} (?:$|[a-z-]{1,15}oma)))\s(?:[a-z-]{1,15}\s){0,4}$"
)
_OF_SKIN = re.compile(r"[\s(,]*(?:of|to|up to|measuring|about|approximately)?\s?")
_ONE = re.compile(r"\b(?:an?|one|single)\b[^,;]{0,50}$")


@dataclass
class Walk(WithoutNoun):
    """One sentence being read, clause by clause."""

    def read(self) -> list[Draft]:
        """Walk the clauses; the drafts that the sentence opened."""
        for k, clause in enumerate(self.parts):
            heads = [m for m in clause.all("kind") if m.value != NO_FINDING]
            heads = [m for m in heads if not self._points_at_known(m)]
            if not heads:
                after = (m for c in self.parts[k + 1 :] for m in c.all("kind"))
                is_followed = any(m.value != NO_FINDING for m in after)
                self._read_without_noun(clause, is_followed=is_followed)
            for head, said, before in shares(clause, heads, self.page.masked):
                self._read_noun(clause, head, said, before)
        if is_normal(self.sentence, self.parts, self.page.masked):
            self._say_normal()
        elif self.pending:
            self._end_without_noun()
        return self.opened

    def _points_at_known(self, head: Mark) -> bool:
        if not is_reference(head, self.page.masked):
            return False
        return any(
            d.denied_by is None and d.paragraph == self.sentence.paragraph
            for d in self.page.drafts[-REACH:]
        )

    # --- clauses with a noun -------------------------------------------------------------
    def _read_noun(self, clause: Clause, head: Mark, said: list[Mark], before: str) -> None:
        denied, current = self.denied.get(head), self.current
        if (
            denied is None
            and current is not None
            and is_part(self.page, current, clause, head, before)
        ):
            put_into(self.page, current, head, said, before)
            self.in_features = True
            return
        if denied is None and current is not None:
            goes_on = self.in_features and clause.joiner in ("and", ",") and not said
            self.in_features = is_feature(current, head, before, goes_on=goes_on)
            if self.in_features:
                self._add_feature(current, head, said)
                return
        mass = None if denied else holder(self.page, self.sentence, current, head, before)
        if mass is not None:
            put_into(self.page, mass, head, said, before)
            return
        if denied is not None and head.value in CALCIFICATIONS:
            if is_only_in(self.page, denied) and is_mass(self.current):
                for mark in said:  # "a mass without calcification at 3 o'clock": the mass is there
                    self.current.add(mark)  # type: ignore[union-attr]
                said = []
            say_none(self.page, self.sentence, clause, head, denied, current=self.current)
        draft = self._open(head, said, before)
        draft.denied_by = denied
        draft.earlier = is_earlier(clause, head, self.page.masked)
        calcified(self.page, draft, head, before)
        known = self._alternative(clause, draft) or self._spoken_of_again(draft)
        if known is None:
            self.page.drafts.append(draft)
            self.opened.append(draft)
            self._share_side(clause)
        is_aside = known is not None and is_lesion(current) and not is_lesion(known)
        if is_aside:  # "a mass behind the scar, right breast"
            return
        if denied is None or self.current is None or not is_mass(self.current):
            self.current = known or draft

    def _add_feature(self, current: Draft, head: Mark, said: list[Mark]) -> None:
        """Note what a lesion comes with; what is said after it is said of the lesion."""
        feature = self._new_draft(head)
        feature.is_feature = True
        for mark in said:
            is_free = mark.field in REMARKS or mark.field not in current.marks
            is_free = is_free or (mark.field == "side" and current.is_side_carried)
            is_own = feature.thing not in (None, *MARKERS) or self._is_right_after(head, mark)
            is_own &= mark.field == "size_mm"
            is_its = mark.start > head.start and is_free and current.accepts(mark) and not is_own
            (current if is_its else feature).add(mark)
        if "side" not in feature.marks:
            for mark in current.marks.get("side", ()):
                feature.carry(mark)
        self.page.drafts.append(feature)
        self.opened.append(feature)

    def _is_right_after(self, skin: Mark, size: Mark) -> bool:
        """Whether it is how thick the skin is: "skin thickening (4 mm)"."""
        between = self.page.masked[skin.end : size.start]
        return skin.value == "skin" and _OF_SKIN.fullmatch(between) is not None

    def _open(self, head: Mark, said: list[Mark], before: str) -> Draft:
        draft = self._new_draft(head)
        noun = self.page.text[head.start : head.end].lower()
        draft.is_plural = lexicon.PLURAL.search(noun) is not None
        draft.is_another = _ANOTHER.search(before) is not None
        is_one = _ONE.search(before) is not None and not draft.is_plural
        draft.count = read_count(before, head.start - len(before))
        for mark in said:
            draft.add(mark)
        for mark in self.pending:  # the nearer side wins; any other two that differ are refused
            if mark.field != "side" or draft.accepts(mark):
                draft.add(mark)
        self.pending.clear()
        sides, carried = draft.marks.get("side"), self.page.carried_side
        if sides:
            self.page.carried_side = sides[-1]
        elif carried is not None and not (is_one and len(carried.value) == 2):
            draft.carry(carried)  # "a mass" is not in both breasts
        return draft

    def _alternative(self, clause: Clause, draft: Draft) -> Draft | None:
        """The mass of "a mass or cyst", which takes the cyst as its other possible kind.

        So does that of "a mass, consistent with a cyst".
        """
        if not self.opened or draft.denied_by or draft.head is None:
            return None
        first = self.opened[-1]
        if first.denied_by or first.head is None:
            return None
        gap = self.page.masked[first.head.end : draft.head.start]
        if not _IS_TAKEN_FOR.search(gap):
            is_other = clause.joiner == "or" and draft.kind not in (None, first.kind)
            if not is_other or len(gap) > 20 or CLAIMED in gap:
                return None
        if draft.kind not in (None, first.kind):
            first.add(draft.head)
        for mark in draft.all_marks():
            if mark.field != "side" or first.accepts(mark):
                first.add(mark)
        return first

    def _spoken_of_again(self, draft: Draft) -> Draft | None:
        """The earlier finding that "the mass" or "this lesion" speaks of, if nothing disagrees."""
        head = draft.head
        is_any = head is None or head.value == GENERIC
        last = self.page.last(self.sentence, None if is_any else draft.kind)
        if head is None or last is None or draft.denied_by is not None or draft.count is not None:
            return None
        if not lexicon.DEFINITE.search(self.page.masked, max(0, head.start - 45), head.start):
            return None
        if head.value != GENERIC and draft.kind != last.kind:
            return None
        if not all(last.accepts(m) for m in draft.all_marks()):
            return None
        for mark in draft.all_marks():
            last.add(mark)
        return last

    def _share_side(self, clause: Clause) -> None:
        """Give the side of "a mass and calcifications in the right breast" to both."""
        if clause.joiner not in ("and", "or", "nor"):
            return
        *before, last = self.opened
        for draft in reversed(before):
            if draft.marks or (draft.denied_by is None) != (last.denied_by is None):
                return
            for mark in last.marks.get("side", []):
                draft.add(mark)
