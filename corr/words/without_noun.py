"""Clauses and sentences without a noun: more about the last thing, the next, or another one."""

from __future__ import annotations

from dataclasses import dataclass, field

from corr.words.denied import is_earlier
from corr.words.draft import REMARKS, Draft
from corr.words.inside import is_lesion
from corr.words.leftover import unknown_noun
from corr.words.marking import lexicon
from corr.words.marking.marks import Mark
from corr.words.sentences import PLACES, Clause, Sentence
from corr.words.shares import SAYS, Page


def _is_size(said: list[Mark]) -> bool:
    return [m.field for m in said] == ["size_mm"]


@dataclass
class WithoutNoun:
    """One sentence being read; ``current`` is the thing that clauses without a noun describe."""

    page: Page
    sentence: Sentence
    parts: list[Clause]
    denied: dict[Mark, Mark]
    current: Draft | None = None
    opened: list[Draft] = field(default_factory=list)
    pending: list[Mark] = field(default_factory=list)  # said before their noun
    in_features: bool = False  # the last noun named what `current` comes with

    def _say_normal(self) -> None:
        """Open a denial of any finding: "Unremarkable."."""
        draft = self._new_draft(None)
        draft.denied_by = Mark("normal", "normal", self.sentence.start, self.sentence.end)
        for mark in (m for c in self.parts for m in c.all("side")):
            draft.add(mark)
        self.page.drafts.append(draft)
        self.opened.append(draft)

    def _new_draft(self, head: Mark | None) -> Draft:
        words = self.page.text[self.sentence.start : self.sentence.end].strip()
        return Draft(words, self.sentence.paragraph, self.sentence.is_summary, head)

    def _read_without_noun(self, clause: Clause, *, is_followed: bool) -> None:
        """More about the current thing, or about the next one, or about something else."""
        span = (clause.start, clause.end)
        said, sides = clause.all("side", *SAYS), clause.all("side")
        noun = unknown_noun(self.page.masked, clause, is_followed=is_followed)
        if noun is not None:
            self._refuse_unknown(noun, said)
            return
        masked, current = self.page.masked, self.current
        points_back = lexicon.ANAPHOR.search(masked, *span) or lexicon.INDEX.search(masked, *span)
        if current is not None and said and lexicon.OTHER_ONE.search(masked, *span):
            self._open_other(current, said)
            return
        is_statement = lexicon.VERB.search(masked, *span) is not None and not points_back
        if is_statement and sides and (len(said) == len(sides) or (current and is_followed)):
            self.page.carried_side = sides[-1]  # "the right nipple showed poorly, ..."
            return
        skin = self.opened[-1] if self.opened else None
        if skin and skin.kind == "skin" and clause.joiner == "(" and _is_size(said):
            skin.add(said[0])  # "skin thickening (4 mm)"
            return
        disagrees = current is not None and not all(current.accepts(m) for m in said)
        if current is None or (is_followed and disagrees and not points_back):
            self.pending.extend(said)
            return
        for mark in said:
            current.add(mark)

    def _refuse_unknown(self, noun: str, said: list[Mark]) -> None:
        """Give what is said of a thing that no rule knows to nothing else."""
        draft = self._new_draft(None)
        for mark in said:
            if mark.field in ("size_mm", *PLACES):
                column = "size_mm" if mark.field == "size_mm" else "text"
                why = f"said of {noun!r}, which is no finding that is known"
                self.page.finisher.refuse(draft, column, [mark], why)

    def _open_other(self, current: Draft, said: list[Mark]) -> None:
        """Open the second thing of "a mass ..., another at 9 o'clock"."""
        other = self._new_draft(current.head)
        other.denied_by, other.is_another = current.denied_by, True
        for mark in said:
            other.add(mark)
        is_group = current.count is not None and current.count[0] >= 2
        has_own_place = any(f in other.marks for f in PLACES)
        for name in ("side", *PLACES) if is_group and not has_own_place else ("side",):
            if name not in other.marks:  # "two nodules at 3 o'clock, one ... and the other ..."
                for mark in current.marks.get(name, ()):
                    other.add(mark)
        if current.count and current.count[0] >= 2:
            lo, hi, start, end = current.count
            current.count = (lo - 1, None if hi is None else hi - 1, start, end)
        self.page.drafts.append(other)
        self.opened.append(other)
        self.current = other

    def _end_without_noun(self) -> None:
        """Use what a sentence without a finding's noun says: on the last finding, or as one."""
        said = self.pending
        fields = {m.field for m in said} - {"side"}
        last = self.page.last(self.sentence)
        if fields == {"bi_rads"} and not is_lesion(last):
            last = self.page.last_lesion(self.sentence)
        span = (self.sentence.start, self.sentence.end)
        group = self.page.last_group(self.sentence)
        is_told = bool(fields & {*PLACES, "size_mm"})
        if group and is_told and lexicon.ORDINAL.match(self.page.masked, *span):
            self._open_other(group, said)  # "The second is at 9 o'clock"
            return
        points_back = (
            lexicon.ANAPHOR.search(self.page.masked, *span) is not None
            or lexicon.LIES.match(self.page.masked, *span) is not None
            or self._is_more_of(last, fields)
        )
        is_more = last is not None and last.head is None and not fields & set(last.marks)
        is_own = bool(fields & {"clock_h", "quadrant", "half", "region"}) and not (
            points_back or is_more
        )
        if last is not None and fields and not is_own and all(last.accepts(m) for m in said):
            for mark in said:
                last.add(mark)
            return
        draft = self._new_draft(None)
        draft.earlier = is_earlier(self.parts[0], said[0], self.page.masked)
        for mark in said:
            draft.add(mark)
        if fields and fields <= set(REMARKS):
            self.page.finisher.refuse_remarks(draft)
        elif fields - {"bi_rads"}:
            self.page.drafts.append(draft)
            self.opened.append(draft)
        else:
            self._refuse_categories(draft)

    @staticmethod
    def _is_more_of(last: Draft | None, fields: set[str]) -> bool:
        """Whether a place on its own goes on about a lesion of which none is known."""
        if last is None or not is_lesion(last) or fields & set(last.marks):
            return False
        is_placed = bool(set(PLACES) & set(last.marks))
        return bool(last.marks.get("side")) or (len(fields) > 1 and not is_placed)

    def _refuse_categories(self, draft: Draft) -> None:
        """Keep the category of a whole exam; 1 and 2 ask for nothing."""
        for mark in draft.marks.get("bi_rads", []):
            if mark.value not in ("1", "2"):
                why = "a category, and no finding that it is said of"
                self.page.finisher.refuse(draft, "bi_rads", [mark], why, (mark.value,))
