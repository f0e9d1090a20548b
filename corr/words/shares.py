"""Which part of a clause belongs to which of its nouns, and what outlives a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from corr.records import ASSOCIATED_KINDS
from corr.words.draft import REMARKS, Draft
from corr.words.drafts import Finisher
from corr.words.marking.marks import Mark
from corr.words.sentences import PLACES, Clause, Sentence

SAYS = (*PLACES, "size_mm", "bi_rads", "very_close_to_nipple", "earlier_mm", *REMARKS)
_TURNS = re.compile(
    r"\b(?:with|without|contain\w{0,5}|holding|associated|within|in an?|no|near|beside|next to"
    r"|adjacent to|abutting|causing|accompanied|together)\b"
    r"|\ban?\s(?:(?!(?:size|diameter|length|width|height"
    r"|depth|distance|total|maximum|mean)\b)[a-z-]+\s)?(?=\0)"
)

_NOUN = (
    r"(?:it|(?:the|this|that) (?:[a-z-]+ ){0,2}?(?:mass|nodule|lesion|cyst|tumou?r|scar|seroma))"
)
_BESIDE_IT = re.compile(
    rf"\b(?:(?:next|adjacent|close|superior|inferior|lateral|medial|anterior|posterior|deep) to"
    rf"|beside|near|beneath|below|above|behind|from) {_NOUN}\b"
)


def shares(
    clause: Clause, heads: list[Mark], masked: str
) -> Iterator[tuple[Mark, list[Mark], str]]:
    """For each noun of a clause: the marks said of it, and the text just before it."""
    said = clause.all("side", *SAYS)
    begin = clause.start
    for k, head in enumerate(heads):
        end = clause.end
        if k + 1 < len(heads):  # what follows "with" belongs to the next noun
            splits = list(_TURNS.finditer(masked, head.end, heads[k + 1].start))
            end = splits[-1].start() if splits else heads[k + 1].start
        previous = heads[k - 1].end if k else clause.start
        before = masked[max(previous, head.start - 80) : head.start]
        yield head, [m for m in said if begin <= m.start < end], before
        begin = end


REACH = 50
"""How many things back "the mass", "no calcification" or a repetition may point: bounds time."""


@dataclass
class Page:
    """What outlives a sentence: the text, the drafts so far, the side that clauses inherit."""

    text: str
    masked: str
    finisher: Finisher
    drafts: list[Draft] = field(default_factory=list)
    apart: list[Draft] = field(default_factory=list)  # no findings of this examination
    carried_side: Mark | None = None

    def beside(self, draft: Draft) -> Mark | None:
        """The breast of the thing that a draft's words place it beside: "next to it"."""
        if not _BESIDE_IT.search(draft.text.lower()):
            return None
        near = self.drafts[-REACH:]
        near = near[: next((k for k, d in enumerate(near) if d is draft), 0)]
        last = next(
            (d for d in reversed(near) if d.denied_by is None and d.marks.get("side")), None
        )
        is_one = last is not None and len(last.values("side")) == 1
        return (
            last.marks["side"][0] if last and is_one and len(last.values("side")[0]) == 1 else None
        )

    def last_lesion(self, sentence: Sentence) -> Draft | None:
        """The latest of the sentence's paragraph that is a lesion, or has no noun."""
        near = [d for d in self.drafts[-REACH:] if d.paragraph == sentence.paragraph]
        some = (d for d in reversed(near) if d.denied_by is None and not d.is_feature)
        return next((d for d in some if d.thing is None and d.kind not in ASSOCIATED_KINDS), None)

    def last_group(self, sentence: Sentence) -> Draft | None:
        """The latest of the paragraph that counts several things, for "the second"."""
        near = [d for d in self.drafts[-REACH:] if d.paragraph == sentence.paragraph]
        some = (d for d in reversed(near) if d.denied_by is None and d.thing is None)
        return next((d for d in some if d.count is not None and d.count[0] > 1), None)

    def last(self, sentence: Sentence, kind: str | None = None) -> Draft | None:
        """The latest thing (of ``kind``) of the sentence's paragraph: "it", "the mass"."""
        for draft in reversed(self.drafts[-REACH:]):
            if (draft.paragraph, draft.is_summary) != (sentence.paragraph, sentence.is_summary):
                return None
            is_there = draft.denied_by is None and not draft.is_feature
            if is_there and kind in (None, draft.kind):
                return draft
        return None
