"""What has changed, as answers: one line with the numbers, the reason, and what would move them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from corr.judgement.dates import dates
from corr.judgement.lesions.described import CALCIFIED
from corr.judgement.result import Judgement
from corr.judgement.verdict import written
from corr.plurals import many
from corr.questions.change.change import Change, changes
from corr.records import Finding
from corr.show.wording.answers import Answer
from corr.show.wording.change_words import (
    NOT_AGAIN,
    NOT_BEFORE,
    SIGNIFICANT,
    change_note,
    doubling_words,
    probability,
    size_change,
)
from corr.show.wording.pair_words import begun
from corr.show.wording.text import names

MOST_ANSWERS, MOST_PHRASES, LIKELY = 4, 3, 0.5
WORDS_ONLY = (
    "What is said without a number or a size (\N{LEFT DOUBLE QUOTATION MARK}not much changed"
    "\N{RIGHT DOUBLE QUOTATION MARK}) counts as words and moves no number here."
)


def change_answers(judgement: Judgement) -> list[Answer]:
    """The latest change of a breast in one line, then its lesions one by one."""
    breast, of = judgement.breast, dates(judgement.breast, judgement.parameters)
    if len(of) < 2:
        when = f" ({of[0].label})" if of else ""
        said = f"Only one date is known{when}: nothing can be compared."
        return [Answer(said, "Exams of one work-up look at one state of the breast.", _dates())]
    rows = changes(judgement)
    if not rows:
        return [Answer("Nothing was reported on any of the dates.", "", "")]
    name = names(breast)
    last = sorted((c for c in rows if c.now == rows[-1].now), key=_rank)
    phrases = [phrase(c, name) for c in last[:MOST_PHRASES]]
    said = "; ".join([*phrases, *_more(len(last) - len(phrases))])
    first = Answer(f"{begun(said)}.", _reason(last[0]), _moves(last))
    rest = [
        Answer(f"{c.prior.label} to {c.now.label}: {phrase(c, name)}.", _reason(c))
        for c in sorted(rows, key=lambda c: (-c.now.order, _rank(c)))
        if _told(c)
    ]
    return [first, *rest[: MOST_ANSWERS - 1]] if len(rows) > 1 else [first]


def _dates() -> str:
    return "A date or exam_order of each exam, or an earlier exam of the same kind, would."


def _more(count: int) -> list[str]:
    return [f"{many(count, 'more lesion')} below"] if count > 0 else []


def _rank(c: Change) -> tuple[float, ...]:
    """What tells most of change first: a new group, growth, other counts and sizes, the rest."""
    growing = 0.0 if c.growth is None else c.growth.trend.growing
    on_both = c.growth is not None or (c.count is not None and c.count.prior is not None)
    if c.count is not None and c.count.newly_group:
        sort = 0
    elif growing >= LIKELY:
        sort = 1
    else:
        sort = 2 if on_both else 3
    return (sort, -growing, -max(c.p_new or 0.0, c.p_gone or 0.0), c.lesion)


def _told(c: Change) -> bool:
    """Whether anything of it can be told."""
    return any(x is not None for x in (c.p_new, c.p_gone, c.growth, c.count))


def phrase(c: Change, name: Mapping[str, str]) -> str:
    """One lesion in the fewest words that hold its numbers."""
    found = c.findings_now or c.findings_prior
    who = " = ".join(dict.fromkeys(name[f.finding_id] for f in found))
    said = _counts(c) or [who]
    said.append(probabilities(c))
    if g := c.growth:
        said.append(f"{size_change(g)}: P(growing) {written(g.trend.growing)}")
        if g.doubling_days:
            said.append(doubling_words(g))
    elif c.findings_prior and c.findings_now:
        said += [
            f"{name[f.finding_id]}: no earlier size, growth cannot be told" for f in _bodies(c)
        ]
    return ", ".join(said)


def _counts(c: Change) -> list[str]:
    """Numbers of calcifications, and whether they newly make a group."""
    if c.count is None:
        return []
    said, before, now = [], c.count.prior, c.count.now
    if before is not None and c.count.p_chance is not None:
        enough = (
            "by number no sign of change" if c.count.p_chance >= SIGNIFICANT else "more than chance"
        )
        said.append(
            f"calcifications {before.number} to {now.number}: one-sided p "
            f"{c.count.p_chance:.2g}, {enough}"
        )
    if c.count.newly_group:
        said.append(f"{now.number} within {now.extent_mm:g} mm: group criterion newly met")
    return said


def probabilities(c: Change) -> str:
    """P(persistent) and P(not reported before) of a lesion on both dates; of others what holds."""
    if c.findings_now and c.findings_prior:
        both = probability("persistent", c.p_persistent or 0.0)
        return ", ".join(filter(None, (both, probability(NOT_BEFORE, c.p_new))))
    if c.findings_now:
        open_ = "no earlier exam of its kind, new or grown cannot be told"
        return probability(NOT_BEFORE, c.p_new) or open_
    open_ = "no later exam of its kind, gone or not cannot be told"
    return probability(NOT_AGAIN, c.p_gone) or open_


def _bodies(c: Change) -> list[Finding]:
    """Findings with a size now that are no calcifications."""
    return [f for f in c.findings_now if f.size_mm is not None and f.kind not in CALCIFIED]


def _reason(c: Change) -> str:
    note = change_note(c)
    return f"{begun(note)}." if note else ""


def _moves(rows: Sequence[Change]) -> str:
    """What a further date would do, and what is missing."""
    said = []
    for c in rows:
        if c.growth is not None:
            now, then = c.growth.trend.growing, c.growth.trend_if_same.growing
            ids = " ".join(f.finding_id for f in c.findings_now)
            said.append(
                f"The size of now once more, as long after, would take P(growing) of {ids} from "
                f"{written(now)} to {written(then)}."
            )
            break
    else:
        said.append("Sizes stated on two dates by the same kind of exam would tell growth.")
    if not rows[0].prior.dated:
        said.append("Days instead of an order would give doubling times.")
    return " ".join([*said, WORDS_ONLY])
