"""What a silent exam means, on the page of a case: answers and two tables for one breast."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from corr.judgement.result import Judgement
from corr.judgement.verdict import written
from corr.questions.silence.added import added
from corr.questions.silence.silence import silences
from corr.show.wording.answers import Answer
from corr.show.wording.silence_words import (
    NEVER,
    added_answer,
    by_exam,
    exam_words,
    of_100,
    silence_answer,
    spoke,
    such,
    whole,
)
from corr.show.wording.text import names


def silent_answer(judgement: Judgement, exams: Sequence[str], ids: Sequence[str]) -> Answer:
    """What the silence of an exam about some findings means, and what it adds.

    Of the last exam that was silent where none is asked about; of all findings where none are.
    """
    told = silences(judgement, exams)
    of = [s for s in told if not ids or s.finding.finding_id in ids] or told
    each = by_exam([s for s in of if not spoke(s)] or of)
    if not each:
        return Answer("No exam of this breast was silent about a finding.", "")
    exam = each[0][0].exam
    answer, adds = silence_answer(each[0]), added(judgement, [exam.name])
    moved = added_answer(exam, adds, judgement)
    moves = " ".join(x for x in (moved.said, answer.moves) if x)
    return Answer(answer.said, f"{answer.reason} {NEVER}", moves)


def silence_table(judgement: Judgement, exams: tuple[str, ...] = ()) -> pd.DataFrame:
    """One row a finding and exam: of 100 such lesions that are there, those it does not report."""
    name = names(judgement.breast)
    rows = []
    for each in by_exam(silences(judgement, exams)):
        for s in each:
            there = "" if s.p_same_there is None else written(s.p_same_there)
            rows.append(
                {
                    "silent": exam_words(s.exam),
                    "about": such(s.finding, name),
                    "unreported (80 %)": of_100(s.nothing),
                    "benign": whole(s.benign.p),
                    "malignant": whole(s.malignant.p),
                    "poor quality": whole(s.poor),
                    "its own finding is it": there,
                }
            )
    return pd.DataFrame(rows)


def added_table(judgement: Judgement, exams: tuple[str, ...] = ()) -> pd.DataFrame:
    """One row a pair and exam that did not report it: P(same) without it, silent, poor."""
    name = names(judgement.breast)
    return pd.DataFrame(
        [
            {
                "exam": exam_words(a.exam),
                "pair": f"{name[a.finding_a]} = {name[a.finding_b]}",
                "not done": written(a.not_done),
                "done, silent": written(a.silent),
                "silent, poor": written(a.poor),
                "as reported": written(a.as_reported),
            }
            for a in added(judgement, exams)
        ]
    )
