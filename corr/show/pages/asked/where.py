"""Where to look, on the page of a case: a table and a picture for the lesions of one breast."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from corr.anatomy.names import SIDE_NAMES
from corr.judgement.result import Judgement
from corr.questions.asked import named
from corr.questions.look.where import Expected, expected, lesions
from corr.show.figures.expected_place import LINES, figure_expected
from corr.show.figures.parts.picture import Picture
from corr.show.wording.html import Snippet, paragraphs
from corr.show.wording.text import is_placed, names
from corr.show.wording.where_words import (
    exam_words,
    place_words,
    reported_there,
    size_words,
    where_sentence,
)

USUAL = ("MG:CC", "MG:MLO", "US", "MR")
"""Examinations on a page: the breast's own of these where it has them, else usual ones."""
MOST_LESIONS = 6


def on_page(judgement: Judgement, exams: tuple[str, ...] = USUAL) -> Iterator[list[Expected]]:
    """Each lesion of the most probable grouping that has a place, on every examination."""
    breast = judgement.breast
    found = {f.finding_id: f for f in breast.findings}
    told = [ids for ids in lesions(judgement) if any(is_placed(found[i]) for i in ids)]
    told.sort(key=lambda ids: -len(ids))
    for ids in told[:MOST_LESIONS]:
        targets = [named(breast, exam) for exam in exams]
        rows = [
            expected(judgement, ids, t)
            for t in targets
            if any(found[i].reading_id != t.reading_id and is_placed(found[i]) for i in ids)
        ]
        if rows:
            yield rows


def where_table(judgement: Judgement) -> pd.DataFrame:
    """One row a lesion and examination: where it would report it, and what it did report there."""
    name = names(judgement.breast)
    rows = []
    for each in on_page(judgement):
        for seen in each:
            own = [f"{f.finding_id} ({level:.2f})" for f, level in reported_there(seen)[:3]]
            reported = "" if seen.p_reported is None else f"{seen.p_reported:.2f}"
            rows.append(
                {
                    "what": " = ".join(name[f.finding_id] for f in seen.source),
                    "on": exam_words(seen),
                    "where (80 % each)": place_words(seen),
                    "region of 80 %": size_words(seen),
                    "P(reported)": reported,
                    "reported there (level)": ", ".join(own),
                }
            )
    return pd.DataFrame(rows)


def where_picture(judgement: Judgement) -> Picture | Snippet:
    """The lesion of most findings on every examination; a sentence where none has a place."""
    side = SIDE_NAMES[judgement.breast.side]
    each = next(on_page(judgement), None)
    if each is None:
        return paragraphs([f"Of the {side} nothing with a place was reported."])
    return expected_picture(each)


def expected_picture(each: list[Expected]) -> Picture:
    """One source on some examinations, with its text."""
    breast = each[0].judgement.breast
    name = names(breast)
    alt = " ".join(where_sentence(seen, name) for seen in each)
    of = " = ".join(name[f.finding_id] for f in each[0].source)
    caption = f"{SIDE_NAMES[breast.side].capitalize()}: {of}; {LINES}."
    if any(reported_there(seen) for seen in each):
        caption += " Marks: what the examination itself reported, with its level: the share of"
        caption += " the smallest region that reaches it."
    return Picture(figure_expected(each), alt=alt, caption=caption)
