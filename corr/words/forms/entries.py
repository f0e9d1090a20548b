"""From the entries of a form to its findings and denials.

What is filled in before any finding is named belongs to the first that is; its side to all. A
finding without any entry that says something is not there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from corr.words.draft import Draft
from corr.words.forms.find import DENIES, Entry
from corr.words.inside import CALCIFICATIONS, is_lesion, put_into
from corr.words.leftover import unread_numbers
from corr.words.marking.counts import read_count
from corr.words.marking.kinds import GENERIC
from corr.words.marking.marks import Mark, UnreadableError
from corr.words.sentences import PLACES, Sentence
from corr.words.shares import SAYS, Page

_SAYS = ("side", *SAYS)
_COLUMN = {"side": "side", "place": "text", "size": "size_mm", "bi_rads": "bi_rads"}
_FOCAL = re.compile(r"\W*(?:focal|global|developing)\b")
_WHY = "an entry that was not understood"


@dataclass(slots=True)
class _Record:
    """A finding that a form names, and whether anything is filled in."""

    draft: Draft
    entry: Entry | None
    filled: bool = False
    denied: Mark | None = None
    roles: set[str] = field(default_factory=set)


@dataclass
class Filled:
    """A form being read on a page."""

    page: Page
    sentence: Sentence
    plain: str
    records: list[_Record] = field(default_factory=list)
    before: list[Mark] = field(default_factory=list)  # said before any finding is named
    seen: set[str] = field(default_factory=set)

    def read(self, form: Sequence[Entry]) -> list[Draft]:
        """The drafts that the form opens, which are on the page then."""
        self._take_place_before(form)
        for entry in form:
            self._read(entry)
        self._end()
        return self._keep()

    def _take_place_before(self, form: Sequence[Entry]) -> None:
        """Take a line above the form that names a place and nothing else."""
        drafts = self.page.drafts
        last = drafts[-1] if drafts else None
        is_near = last is not None and self.sentence.paragraph - last.paragraph <= 1
        if last is None or not is_near or last.head is not None or "size_mm" in last.marks:
            return
        if any(e.role == "noun" for e in form):
            self.before += last.all_marks()
            drafts.pop()

    def _read(self, entry: Entry) -> None:
        said = entry.said(self.plain)
        denied = DENIES.fullmatch(said) is not None
        if entry.role == "noun":
            self._open(entry, said, denied=denied)
            return
        if not said or denied:
            self._deny(entry, said)
            return
        if entry.role in ("kind", "place", "size") and entry.filled_nouns:
            self._name(entry)
            return
        if entry.role in self.seen and entry.role in ("side", "bi_rads") and not self._named():
            self._end()
        self.seen.add(entry.role)
        record = self._of(entry)
        marks = self._said(entry)
        if record is None:
            self.before += marks
        else:
            record.filled |= True
            for mark in marks:
                record.draft.add(mark)
            if entry.role == "count":
                record.draft.count = read_count(f"{said} ", entry.value)
            if entry.role == "described":
                self._described(record, entry)
        self._flag_unread(entry, marks, said)

    def _named(self) -> bool:
        return any(r.entry is not None for r in self.records)

    def _said(self, entry: Entry) -> list[Mark]:
        """Marks of places and sizes; a length in the entry of a place is no size."""
        marks = [m for m in entry.marks if m.field in _SAYS]
        if entry.role == "described":
            return []
        if entry.role != "place":
            return marks
        out = []
        for mark in marks:
            if mark.field == "size_mm" and len(mark.value) == 1:
                words = self.page.text[mark.start : mark.end].strip()
                why = "may be the distance from the nipple"
                error = UnreadableError(why, field="fn_mm", candidates=(words,))
                mark = Mark("bad", error, mark.start, mark.end)
            out.append(mark)
        return out

    def _open(self, entry: Entry, said: str, *, denied: bool) -> None:
        own = [m for m in entry.nouns if m.start < entry.value]
        inside = entry.filled_nouns
        head = own[-1] if own else None
        if head is None or head.value == GENERIC:
            head = inside[0] if inside else head
        record = self._named_before(head) or _Record(self._draft(head, entry), entry)
        record.entry = entry
        if head is not None and head.value == "asymmetry" and _FOCAL.match(said):
            record.draft.head = Mark("kind", "focal_asymmetry", head.start, entry.end)
        if denied:
            record.denied = Mark("absent_before", "none", entry.value, entry.end)
        elif said:
            record.filled = True
            for mark in self._said(entry):
                record.draft.add(mark)
            self._put_inside(record, [m for m in inside if m is not head])
            self._flag_numbers(entry)
        self.records = [*(r for r in self.records if r is not record), record]

    def _named_before(self, head: Mark | None) -> _Record | None:
        """The finding that the entry of a place named already."""
        some = (r for r in self.records if head and r.entry and r.entry.role in ("place", "size"))
        return next((r for r in some if head and r.draft.kind == head.value), None)

    def _name(self, entry: Entry) -> None:
        """Read "Type: mass", which names the finding or opens one."""
        head = entry.filled_nouns[0]
        current = self.records[-1] if self.records else None
        if current is None or current.draft.kind not in (None, head.value):
            current = _Record(self._draft(head, entry), entry)
            self.records.append(current)
        current.draft.head, current.filled = head, True
        for mark in (m for m in entry.marks if m.field in _SAYS):
            current.draft.add(mark)

    def _deny(self, entry: Entry, said: str) -> None:
        record = self._of(entry)
        is_told = entry.role != "described" and record is not None and not record.filled
        if record is not None and is_told and said and record.denied is None:
            record.denied = Mark("absent_before", "none", entry.value, entry.end)

    def _of(self, entry: Entry) -> _Record | None:
        """The finding that an entry is said of."""
        if not self.records:
            return None
        last = self.records[-1]
        head = last.entry
        if not last.denied and (
            head is None or entry.column > head.column or is_lesion(last.draft)
        ):
            return last
        lesions = [r for r in self.records if is_lesion(r.draft) and (r.filled or not r.denied)]
        return lesions[-1] if lesions else last

    def _put_inside(self, record: _Record, nouns: Sequence[Mark]) -> None:
        """Calcifications that the entry of a mass names."""
        for noun in nouns:
            if noun.value in CALCIFICATIONS and record.draft.kind not in CALCIFICATIONS:
                put_into(self.page, record.draft, noun, [], "")

    def _described(self, record: _Record, entry: Entry) -> None:
        if not any(m.field == "absent_after" for m in entry.marks):
            self._put_inside(record, entry.filled_nouns)

    def _flag_unread(self, entry: Entry, marks: Sequence[Mark], said: str) -> None:
        """Say of a filled-in place, size or side that nothing of it was read."""
        if entry.role in _COLUMN and not marks:
            words = Mark("bad", None, entry.value, entry.end)
            draft = self._draft(None, entry)
            self.page.finisher.refuse(draft, _COLUMN[entry.role], [words], _WHY)
        elif entry.role in ("side", "place", "size"):
            self._flag_numbers(entry)

    def _flag_numbers(self, entry: Entry) -> None:
        s = replace(self.sentence, start=entry.value, end=entry.end)
        page = self.page
        page.finisher.unreadable += unread_numbers(s, entry.marks, page.masked, page.text)

    def _draft(self, head: Mark | None, entry: Entry) -> Draft:
        words = self.page.text[entry.start : entry.end].strip()
        return Draft(words, self.sentence.paragraph, self.sentence.is_summary, head)

    def _end(self) -> None:
        """Give what was said before any finding to the first, or to one without a noun."""
        if self.before and not self._lesions():
            first = self.before[0]
            last = self.page.last(self.sentence) if not self.records else None
            fits = last is not None and all(last.accepts(m) for m in self.before)
            if last is not None and fits and is_lesion(last):
                for mark in self.before:
                    last.add(mark)
                self.before.clear()
            else:
                words = self.page.text[first.start : self.before[-1].end].strip()
                draft = Draft(words, self.sentence.paragraph, self.sentence.is_summary)
                self.records.append(_Record(draft, None, filled=True))
        for n, record in enumerate(self._lesions()):
            for mark in self.before:
                if (n == 0 or mark.field == "side") and record.draft.accepts(mark):
                    record.draft.add(mark)
        self.before.clear()
        self.seen.clear()

    def _lesions(self) -> list[_Record]:
        some = [r for r in self.records if r.filled or (r.entry and self.before and not r.denied)]
        return [r for r in some if r.draft.head is None or is_lesion(r.draft)]

    def _keep(self) -> list[Draft]:
        kept = []
        for record in self.records:
            draft = record.draft
            if not record.filled:
                is_placed = any(f in draft.marks for f in ("size_mm", *PLACES))
                if record.denied is None and not is_placed:
                    continue  # a blank form
                draft.denied_by = record.denied
            if draft.head is None and not draft.marks:
                continue
            kept.append(draft)
        self.page.drafts += kept
        return kept
