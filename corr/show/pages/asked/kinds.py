"""One function a kind of question: its answer, and what shows it when the page is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from corr.case.questions import Question
from corr.judgement.result import Judgement, Pair
from corr.show.figures.parts.picture import Picture
from corr.show.pages import explain
from corr.show.pages.asked import change, next_exam, same_place, silence
from corr.show.pages.tables import moved_sentences
from corr.show.wording import html
from corr.show.wording.answers import Answer
from corr.show.wording.html import Snippet
from corr.show.wording.pair_words import is_open
from corr.show.wording.question_words import (
    consistent_answer,
    holds_answer,
    pairs_asked,
    same_answer,
)
from corr.show.wording.text import names, pair_name
from corr.tables.rows import QuestionKind

if TYPE_CHECKING:
    import pandas as pd

Shown = Picture | Snippet
Details = Sequence[Callable[[], Shown]]


class Asker(Protocol):
    """One judged breast."""

    @property
    def judgement(self) -> Judgement:
        """The judgement of it."""

    def what_if_tables(self, question: str) -> list[pd.DataFrame]:
        """P(same) under what a report might have said instead."""


def same(b: Asker, q: Question) -> tuple[Answer, Details]:
    """Whether findings are one lesion: the pair that is meant, step by step."""
    j, pairs = b.judgement, pairs_asked(b.judgement, q.findings)
    open_ = [p for p in pairs if is_open(p)]
    tells = [x.said for x in next_exam.next_answers(j, _ids(open_))] if len(open_) == 1 else []
    return same_answer(j, q.findings, [*_moves(b, pairs), *tells]), ()


def consistent(b: Asker, q: Question) -> tuple[Answer, Details]:
    """Whether stated places fit one lesion; where words may mean several, what they may mean."""
    return consistent_answer(b.judgement, q.findings), same_place.explained(b.judgement)


def silent(b: Asker, q: Question) -> tuple[Answer, Details]:
    """What it means that an exam reports nothing, and what its silence adds."""
    j, exams = b.judgement, (q.exam,) if q.exam else ()
    answer = silence.silent_answer(j, exams, q.findings)
    return answer, [
        lambda: _folded(silence.silence_table(j, exams), "Of 100 such lesions, unreported"),
        lambda: _folded(_moved(silence.added_table(j, exams)), "What a silent exam adds, P(same)"),
    ]


def holds(b: Asker, q: Question) -> tuple[Answer, Details]:
    """Whether a mass holds calcifications, and what would confirm it."""
    j, pairs = b.judgement, pairs_asked(b.judgement, q.findings)
    of = _ids(pairs)
    confirming = next_exam.confirming_said(j, of[0]) if of else ""
    confirmed = next_exam.confirming_answers(j, of) if of else []
    told = [x for a in confirmed for x in (a.reason, a.moves) if x]
    answer = holds_answer(j, q.findings, [*_said_inside(b, pairs), *told], confirming)
    after = [lambda: _of_one(next_exam.confirming_table(j, of), "P(same) after outcomes")]
    return answer, after if confirming else ()


def changed(b: Asker, _: Question) -> tuple[Answer, Details]:
    """What has changed from date to date."""
    j = b.judgement
    return change.change_answers(j)[0], [
        lambda: change.change_picture(j),
        lambda: html.table(change.change_table(j), "Lesions from date to date"),
        lambda: html.bullets(change.change_notes(j), "Of these"),
    ]


def settle(b: Asker, q: Question) -> tuple[Answer, Details]:
    """What examinations would tell, and how many films locate a group of calcifications."""
    j = b.judgement
    of = _ids(pairs_asked(j, q.findings)) if q.findings else []
    asked = of or [p for p in [next_exam.most_open(j)] if p]
    return next_exam.settle_answer(j, q.findings), [
        lambda: next_exam.next_picture(j, asked),
        lambda: _of_one(next_exam.next_table(j, asked), "What each would tell"),
        lambda: _folded(next_exam.localisation_table(j), "A localisation, film by film"),
    ]


ANSWERS: dict[QuestionKind, Callable[[Asker, Question], tuple[Answer, Details]]] = {
    "same": same,
    "consistent": consistent,
    "silent": silent,
    "holds": holds,
    "change": changed,
    "settle": settle,
}


def _of_one(table: pd.DataFrame, caption: str) -> Snippet:
    """A table whose question, where it is one, stands in its caption."""
    asked = table["question"].unique().tolist() if len(table) else []
    if len(asked) == 1:
        table, caption = table.drop(columns="question"), f"{caption}: {asked[0]}"
    return _folded(table, caption)


def _folded(table: pd.DataFrame, caption: str) -> Snippet:
    """A table behind a click; nothing where it is empty."""
    return html.folded(html.table(table), caption) if len(table) else html.paragraphs(())


def _moved(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of P(same) in which something moves."""
    if table.empty:
        return table
    said = table.iloc[:, 2:]
    return table[said.ne(said.iloc[:, 0], axis=0).any(axis=1)]


def _ids(pairs: Sequence[Pair]) -> list[tuple[str, str]]:
    return [(p.finding_a, p.finding_b) for p in pairs]


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
