"""What was asked of a case, each question with its answer and what shows it.

Questions come from the case file (`corr.case.questions`); of a case that asks nothing the usual
ones are answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from corr.case.questions import Question
from corr.judgement.result import Judgement, Pair
from corr.problems import CorrError
from corr.show.figures.parts.picture import Picture
from corr.show.pages import explain, same_place, silence
from corr.show.pages.pictures import evidence_picture
from corr.show.pages.tables import moved_sentences
from corr.show.wording import html
from corr.show.wording.answers import Answer
from corr.show.wording.html import Snippet
from corr.show.wording.question_words import (
    consistent_answer,
    holds_answer,
    pairs_asked,
    same_answer,
)
from corr.show.wording.text import names, pair_name

if TYPE_CHECKING:
    import pandas as pd

LABELS = {
    "same": "Same lesion?",
    "consistent": "Consistent?",
    "silent": "Silent exam",
    "holds": "In the mass?",
    "change": "Change",
    "settle": "What would settle it",
    None: "Not answered",
}
NO_KIND = "No kind says how this is answered; it is printed only."
Shown = Picture | Snippet


class Asker(Protocol):
    """One judged breast."""

    @property
    def judgement(self) -> Judgement:
        """The judgement of it."""

    def what_if_tables(self, question: str) -> list[pd.DataFrame]:
        """P(same) under what a report might have said instead."""


@dataclass(frozen=True)
class Answered:
    """A question as asked, and its answer; notebooks show it with its number as heading."""

    number: int
    question: Question
    answer: Answer
    details: Sequence[Callable[[], Shown]] = ()

    @property
    def label(self) -> str:
        """What is asked, in two words."""
        return LABELS[self.question.kind]

    @property
    def anchor(self) -> str:
        """Where on a page it is answered."""
        return f"question-{self.number}"

    @property
    def line(self) -> tuple[str, str, str]:
        """Anchor, label and answer, for a list of all answers."""
        return self.anchor, self.label, self.answer.said

    @property
    def shown(self) -> list[Shown]:
        """The question, its answer, the reason, what would move it; then what shows it."""
        said = html.asked(self.number, self.anchor, self.question.text, self.answer)
        return [said, *(make() for make in self.details)]


def answered(questions: Sequence[Question], breasts: Sequence[Asker]) -> list[Answered]:
    """Every question of a case with its answer; where there is none, the usual ones."""
    asked = [*questions, *_usual(breasts, {q.kind for q in questions})]
    return [_answered(k, q, _of(q, breasts)) for k, q in enumerate(asked, start=1)]


def _of(question: Question, breasts: Sequence[Asker]) -> Asker:
    """The breast that a question is about: of its first finding, else the first with pairs."""
    for b in breasts:
        if any(f.finding_id in question.findings[:1] for f in b.judgement.breast.findings):
            return b
    return next((b for b in breasts if b.judgement.pairs), breasts[0])


def _usual(breasts: Sequence[Asker], kinds: Set[str | None]) -> list[Question]:
    """What one asks of any case, where the case itself asks nothing."""
    j = [b.judgement for b in breasts]
    said = []
    if not kinds and any(x.pairs for x in j):
        said.append(Question("Are these findings one lesion?", "same"))
    if not kinds and any(len(x.breast.readings) > 1 and x.breast.findings for x in j):
        said.append(Question("What does it mean where an exam reports nothing?", "silent"))
    if "consistent" not in kinds and any(same_place.asks(x) for x in j):
        said.append(Question("Can these words be one and the same place?", "consistent"))
    return said


def _moves(b: Asker, pairs: Sequence[Pair]) -> list[str]:
    """Of each pair, what moves it most of all that a report might have said instead."""
    name, said = names(b.judgement.breast), []
    found = [t for question in ("films", "distances") for t in b.what_if_tables(question)]
    for of in (pair_name(p, name) for p in pairs):
        with_pair = [t for t in found if of in t]
        if with_pair:
            widest = max(with_pair, key=lambda t: t[of].max() - t[of].min())
            said += moved_sentences(widest[["what if", of]])
    return said


def _answered(number: int, q: Question, b: Asker) -> Answered:
    try:
        return _told(number, q, b)
    except CorrError as error:  # an exam that is not known must not cost the page
        return Answered(number, q, Answer(f"Not answered: {error}", ""))


def _told(number: int, q: Question, b: Asker) -> Answered:
    j, ids = b.judgement, q.findings
    if q.kind is None:
        return Answered(number, q, Answer(NO_KIND, ""))
    if q.kind == "same":
        pairs = pairs_asked(j, ids)
        picture = [lambda: evidence_picture(j, pairs)] if pairs else []
        return Answered(number, q, same_answer(j, ids, _moves(b, pairs)), picture)
    if q.kind == "consistent":
        return Answered(number, q, consistent_answer(j, ids), same_place.explained(j))
    if q.kind == "holds":
        name = names(j.breast)
        of = ["what if", *(pair_name(p, name) for p in pairs_asked(j, ids))]
        told = [
            said for t in b.what_if_tables("calcifications")
            for said in explain.calcification_sentences(j, t[[c for c in of if c in t]])
        ]  # fmt: skip
        return Answered(number, q, holds_answer(j, ids, told))
    if q.kind == "silent":
        exams = (q.exam,) if q.exam else ()
        tables = [
            lambda: html.table(silence.silence_table(j, exams), "Of 100 such lesions, unreported"),
            lambda: html.table(silence.added_table(j, exams), "What a silent exam adds, P(same)"),
        ]
        return Answered(number, q, silence.silent_answer(j, exams, ids), tables)
    return Answered(number, q, Answer("", ""))
