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
from corr.show.pages import explain, next_exam, same_place, silence
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
    if not kinds and any(next_exam.most_open(x) for x in j):
        said.append(Question("What would settle the pair that is most open?", "settle"))
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


def _said_inside(b: Asker, pairs: Sequence[Pair]) -> list[str]:
    """What was said of calcifications in a mass, and what else might have been."""
    name = names(b.judgement.breast)
    of = ["what if", *(pair_name(p, name) for p in pairs)]
    found = [t[[c for c in of if c in t]] for t in b.what_if_tables("calcifications")]
    return [said for t in found for said in explain.calcification_sentences(b.judgement, t)]


def _confirmed(j: Judgement, of: Sequence[tuple[str, str]]) -> list[str]:
    answers = next_exam.confirming_answers(j, of) if of else []
    return [x for a in answers for x in (a.reason, a.moves) if x]


def _answered(number: int, q: Question, b: Asker) -> Answered:
    try:
        return _told(number, q, b)
    except CorrError as error:  # an exam that is not known must not cost the page
        return Answered(number, q, Answer(f"Not answered: {error}", ""))


def _told(number: int, q: Question, b: Asker) -> Answered:
    j, ids = b.judgement, q.findings
    if q.kind is None:
        return Answered(number, q, Answer(NO_KIND, ""))
    pairs = pairs_asked(j, ids)
    of = [(p.finding_a, p.finding_b) for p in pairs]
    if q.kind == "same":
        tells = [x.said for x in next_exam.next_answers(j, of)] if len(of) == 1 else []
        picture = [lambda: evidence_picture(j, pairs)] if pairs else []
        return Answered(number, q, same_answer(j, ids, [*_moves(b, pairs), *tells]), picture)
    if q.kind == "consistent":
        return Answered(number, q, consistent_answer(j, ids), same_place.explained(j))
    if q.kind == "holds":
        confirming = next_exam.confirming_said(j, of[0]) if of else ""
        told = [*_said_inside(b, pairs), *_confirmed(j, of)]
        shows = [lambda: html.table(next_exam.confirming_table(j, of), "P(same) after outcomes")]
        return Answered(
            number, q, holds_answer(j, ids, told, confirming), shows if confirming else ()
        )
    if q.kind == "settle":
        asked = of or [p for p in [next_exam.most_open(j)] if p]
        shows: list[Callable[[], Shown]] = [
            lambda: next_exam.next_picture(j, asked),
            lambda: html.long_table(next_exam.next_table(j, asked), "What each would tell"),
            lambda: html.table(next_exam.localisation_table(j), "A localisation, film by film"),
        ]
        return Answered(number, q, next_exam.settle_answer(j, ids), shows)
    if q.kind == "silent":
        exams = (q.exam,) if q.exam else ()
        tables = [
            lambda: html.table(silence.silence_table(j, exams), "Of 100 such lesions, unreported"),
            lambda: html.table(silence.added_table(j, exams), "What a silent exam adds, P(same)"),
        ]
        return Answered(number, q, silence.silent_answer(j, exams, ids), tables)
    return Answered(number, q, Answer("", ""))
