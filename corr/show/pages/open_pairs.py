"""One section a pair that is open: where it stands, what pushed it there, what would settle it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from corr.anatomy.names import SIDE_NAMES
from corr.judgement.result import Judgement, Pair
from corr.judgement.verdict import written
from corr.show.pages.asked import next_exam
from corr.show.pages.explain import SIDES_NEVER_LINKED
from corr.show.pages.tables import answer_table, main_first
from corr.show.wording import html
from corr.show.wording.html import PIECES, Snippet
from corr.show.wording.pair_words import (
    AGREEING,
    OTHER_FINDINGS,
    PART_WORDS,
    TOLD,
    begun,
    is_open,
    pair_numbers,
    parts,
    steps,
)
from corr.show.wording.text import names, pair_name, why_open

MOST_SECTIONS = 6
"""Open pairs of a breast that have a section; the table of pairs has all."""
FEW = 12
"""More pairs than this stand in two columns."""
MOST_SETTLED = 2
"""Of these, those that are told what would settle them: each asks every examination."""
FULL = 1.5
"""log10 odds at which the bar of a step is full."""


@dataclass(frozen=True)
class Step:
    """One row: which way a step pushes, by how much, and where P(same) stands after it."""

    words: str
    way: str
    factor: str
    after: str
    start: float = 0.0  # of the bar, of 100
    width: float = 0.0


def open_pairs(judgement: Judgement) -> list[Pair]:
    """The pairs that are left undecided: the current ones across exams first, likeliest first."""
    return [p for p in main_first(judgement) if is_open(p)]


def anchor(judgement: Judgement, pair: Pair) -> str:
    """Where on a page an open pair is told; the table of pairs where it has no section."""
    at = open_pairs(judgement).index(pair)
    return f"open-{judgement.breast.side}-{at + 1}" if at < MOST_SECTIONS else "every-pair"


def pair_sections(judgements: Sequence[Judgement]) -> list[Snippet]:
    """The sections of all open pairs of a case beside each other; none where all is decided."""
    each = [
        _section(j, pair, settled=at < MOST_SETTLED)
        for j in judgements
        for at, pair in enumerate(open_pairs(j)[:MOST_SECTIONS])
    ]
    return [html.beside(*each)] if each else []


def _section(judgement: Judgement, pair: Pair, *, settled: bool) -> Snippet:
    name = names(judgement.breast)
    title = f"{pair_name(pair, name)}, {SIDE_NAMES[judgement.breast.side]}"
    why = f" {begun(why_open(pair, name)).rstrip('; ')}." if pair.no_place else ""
    said = f"P(same) {pair_numbers(pair)}.{why}"
    ids = (pair.finding_a, pair.finding_b)
    told = [a.said for a in next_exam.next_answers(judgement, [ids])] if settled else []
    table = step_rows(pair)
    made = PIECES.open_pair(anchor(judgement, pair), title, said, table, told)
    rows = [f"{s.words}: {s.way} {s.factor} {s.after}" for s in table]
    return Snippet(made, plain="\n".join([title, said, *rows, *told]))


def pair_tables(judgements: Sequence[Judgement]) -> list[Snippet]:
    """Every pair of a case in one table a breast; many in two columns, named by their ids."""
    out = [_pair_table(j) for j in judgements if j.pairs]
    with_others = any(abs(p.log10_context) >= TOLD for j in judgements for p in j.pairs)
    said = [OTHER_FINDINGS] if with_others else []
    return [*out, html.paragraphs([*said, SIDES_NEVER_LINKED])] if out else []


def _pair_table(judgement: Judgement) -> Snippet:
    table, caption = answer_table(judgement), "Pairs (x: factor on the odds)"
    if len(table) <= FEW:
        return html.table(table, caption, of=judgement)
    ids = {f.finding_id: f.finding_id for f in judgement.breast.findings}
    table["pair"] = [pair_name(p, ids) for p in main_first(judgement)]
    table = table[["pair", "P(same)", "prior", "band", "verdict"]]
    half = (len(table) + 1) // 2
    first = html.table(table[:half], "Pairs", of=judgement)
    rest = html.table(table[half:], "Pairs, continued", of=judgement)
    return html.beside(first, rest)


def step_rows(pair: Pair) -> list[Step]:
    """From the prior to P(same): kinds, reporting, places, others, each with its direction."""
    rows = [Step("prior", "", "", written(pair.p_prior))]
    for part, by, at in steps(pair):
        value = parts(pair)[part]
        if part == "category" and not value:
            continue
        words = AGREEING.get(part, PART_WORDS[part]) if value > 0 else PART_WORDS[part]
        half = 50 * min(abs(value) / FULL, 1.0)
        start = 50.0 if value >= 0 else 50.0 - half
        rows.append(Step(words, _way(value), by, at, round(start, 1), round(half, 1)))
    return rows


def _way(value: float) -> str:
    if math.isclose(value, 0.0, abs_tol=TOLD):
        return "neither"
    return "for one lesion" if value > 0 else "against"
