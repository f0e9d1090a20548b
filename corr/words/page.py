"""What outlives a sentence of a report: its things so far, and the side that is carried on."""

from __future__ import annotations

from dataclasses import dataclass, field

from corr.words.draft import Draft
from corr.words.drafts import Finisher
from corr.words.marking.marks import Mark
from corr.words.sentences import Sentence

REACH = 50
"""How many things back "the mass", "no calcification" or a repetition may point: bounds time."""


@dataclass
class Page:
    """What outlives a sentence: the text, the drafts so far, the side that clauses inherit."""

    text: str
    masked: str
    finisher: Finisher
    drafts: list[Draft] = field(default_factory=list)
    carried_side: Mark | None = None

    def last(self, sentence: Sentence) -> Draft | None:
        """The latest finding of the sentence's paragraph, for "it" and "the mass"."""
        for draft in reversed(self.drafts[-REACH:]):
            if (draft.paragraph, draft.is_summary) != (sentence.paragraph, sentence.is_summary):
                return None
            if draft.denied_by is None:
                return draft
        return None
