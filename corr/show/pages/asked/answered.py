"""What was asked of a case, each question with its answer and what shows it.

Questions come from the case file (`corr.case.questions`); of a case that asks nothing the usual
ones are answered. `corr.show.pages.asked.kinds` has one function a kind.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from corr.case.questions import Question
from corr.problems import CorrError
from corr.show.pages.asked import change, next_exam, same_place
from corr.show.pages.asked.kinds import ANSWERS, Asker, Details, Shown
from corr.show.wording import html
from corr.show.wording.answers import Answer
from corr.tables.rows import QUESTION_KINDS

LABELS = {
    "same": "Same lesion?",
    "consistent": "Consistent?",
    "silent": "Silent exam",
    "holds": "In the mass?",
    "change": "Change",
    "settle": "What would settle it",
    None: "Not answered",
}
USUAL = {
    "same": "Are these findings one lesion?",
    "consistent": "Can these words be one and the same place?",
    "silent": "Where an exam reports nothing, is nothing there?",
    "change": "What has changed since the exam before?",
    "settle": "What would settle the pair that is most open?",
}
NO_KIND = "No kind says how this is answered; it is printed only."


@dataclass(frozen=True)
class Answered:
    """A question as asked, and its answer; notebooks show it with its number as heading."""

    number: int
    question: Question
    answer: Answer
    details: Details = ()

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
    if not kinds:
        usual = {
            "same": any(x.pairs for x in j),
            "silent": any(len(x.breast.readings) > 1 and x.breast.findings for x in j),
            "change": any(change.compared(x) for x in j),
            "settle": any(next_exam.most_open(x) for x in j),
        }
        said = [Question(USUAL[kind], kind) for kind in QUESTION_KINDS if usual.get(kind)]
    if "consistent" not in kinds and any(same_place.asks(x) for x in j):
        said.append(Question(USUAL["consistent"], "consistent"))
    return said


def _answered(number: int, q: Question, b: Asker) -> Answered:
    if q.kind is None:
        return Answered(number, q, Answer(NO_KIND, ""))
    try:
        return Answered(number, q, *ANSWERS[q.kind](b, q))
    except CorrError as error:  # an exam that is not known must not cost the page
        return Answered(number, q, Answer(f"Not answered: {error}", ""))
