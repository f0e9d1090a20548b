"""What has changed, on the page of a case: answers, a table and a picture of one breast."""

from __future__ import annotations

import pandas as pd

from corr.anatomy.names import SIDE_NAMES
from corr.judgement.dates import dates
from corr.judgement.result import Judgement
from corr.judgement.verdict import written
from corr.questions.change.change import Change, changes
from corr.show.figures.parts.palette import figure_of
from corr.show.figures.parts.picture import Picture
from corr.show.figures.sizes_over_time import plot_changes
from corr.show.wording.change_answers import change_answers as change_answers
from corr.show.wording.change_words import (
    NOT_AGAIN,
    NOT_BEFORE,
    change_note,
    doubling_words,
    size_change,
)
from corr.show.wording.html import Snippet, paragraphs
from corr.show.wording.text import names


def compared(judgement: Judgement) -> bool:
    """Whether there are two dates to compare."""
    return len(dates(judgement.breast, judgement.parameters)) > 1


def change_table(judgement: Judgement) -> pd.DataFrame:
    """One row a lesion and pair of dates, without columns that say nothing of any."""
    name = names(judgement.breast)
    rows = []
    for c in changes(judgement):
        before, now = (
            " = ".join(dict.fromkeys(name[f.finding_id] for f in fs))
            for fs in (c.findings_prior, c.findings_now)
        )
        rows.append(
            {
                "from": f"{c.prior.label}: {before or 'nothing'}",
                "to": f"{c.now.label}: {now or 'nothing'}",
                "P(persistent)": _p(c.p_persistent),
                f"P({NOT_BEFORE})": _p(c.p_new),
                f"P({NOT_AGAIN})": _p(c.p_gone),
                "size": "" if c.growth is None else size_change(c.growth),
                "P(growing)": "" if c.growth is None else written(c.growth.trend.growing),
                "doubling": _doubling(c),
            }
        )
    table = pd.DataFrame(rows)
    return table.loc[:, (table != "").any()]


def change_notes(judgement: Judgement) -> list[str]:
    """What else is to be said of each row of `change_table`."""
    name = names(judgement.breast)
    return [
        f"{' = '.join(name[f.finding_id] for f in (*c.findings_prior, *c.findings_now))}: {note}"
        for c in changes(judgement)
        if (note := change_note(c))
    ]


def _p(value: float | None) -> str:
    return "" if value is None else written(value)


def _doubling(c: Change) -> str:
    return doubling_words(c.growth) if c.growth is not None and c.growth.doubling_days else ""


def change_picture(judgement: Judgement) -> Picture | Snippet:
    """Sizes of each lesion over the dates; a sentence where there is one date only."""
    side = SIDE_NAMES[judgement.breast.side]
    of = dates(judgement.breast, judgement.parameters)
    if len(of) < 2:
        return paragraphs([f"{side.capitalize()}: one date only, nothing to compare."])
    said = " ".join(a.said for a in change_answers(judgement)[:1])
    scale = "to scale" if of[0].dated else "not to scale: only their order is known"
    caption = (
        f"{side.capitalize()}: sizes over time ({scale}). Bars: 80 % of what one measurement errs "
        "by; wedges: what an unchanged lesion is measured as on the next date in 95 of 100; "
        "P: probability of being one lesion."
    )
    return Picture(figure_of(plot_changes(judgement)), alt=f"What has changed, {side}: {said}",
                   caption=caption)  # fmt: skip
