"""What would settle it, on the page of a case: examinations, outcomes, and a localisation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import pandas as pd

from corr.anatomy.names import SIDE_NAMES
from corr.exams.base import Same
from corr.judgement.result import Judgement, Pair
from corr.judgement.verdict import written
from corr.questions.settle import confirming
from corr.questions.settle.burden import burden
from corr.questions.settle.gains import Gain
from corr.questions.settle.localisation import Localisation, localise
from corr.questions.settle.options import Options, Told
from corr.show.figures.parts import palette as draw
from corr.show.figures.parts.picture import Picture
from corr.show.figures.settling import plot_gains, plot_localisation
from corr.show.wording import next_words
from corr.show.wording.answers import Answer
from corr.show.wording.html import Snippet, paragraphs
from corr.show.wording.localisation_words import (
    STAGES,
    film_words,
    localisation_answer,
    millimetres,
)
from corr.show.wording.next_words import (
    NOT_NEEDED,
    confirmation_answer,
    exam_said,
    gain_answer,
    gain_words,
)
from corr.show.wording.text import names, pair_name

MOST_PAIRS = 2
"""Pairs that a page tells of; the most open first."""
MOST_TARGETS = 2
ALIKE = tuple(f"MG:STEREO:{films}" for films in (1, 4, 5, 6))
"""Series that tell of a pair what another does: one film nothing, four to six what three do."""
Ids = tuple[str, str]


def next_answers(judgement: Judgement, pairs: Sequence[Ids] = ()) -> list[Answer]:
    """What examinations would tell of some pairs; without, of the most open ones."""
    name = names(judgement.breast)
    return [gain_answer(p, _gains(judgement, p), name) for p in _asked(judgement, pairs)]


def settle_answer(judgement: Judgement, findings: Sequence[str]) -> Answer:
    """How many films locate the first of some findings, and what would settle it and the others.

    Of calcifications on a film the films are told, of anything else only the pairs.
    """
    first, *others = findings or most_open(judgement) or ("",)
    pairs = [q for q in judgement.pairs for i in others if {q.finding_a, q.finding_b} == {first, i}]
    asked = [(q, _gains(judgement, q)) for q in pairs]
    located = next((x for x in _localised(judgement) if x.finding.finding_id == first), None)
    return next_words.settle_answer(asked, first, names(judgement.breast), located)


def next_table(judgement: Judgement, pairs: Sequence[Ids] = ()) -> pd.DataFrame:
    """One row a pair and examination: bits, chance that it settles it, what it asks."""
    name = names(judgement.breast)
    rows = []
    for pair in _asked(judgement, pairs):
        for told in _told(judgement, pair):
            g = told.gain
            asks = burden(g.exam, _modalities(judgement, pair))
            rows.append(
                {
                    "question": f"{pair_name(pair, name)}?",
                    "examination": exam_said(g.exam),
                    "bits gained": f"{g.bits_gained:.2f} \N{PLUS-MINUS SIGN} {g.error:.2f}",
                    "of open bits": f"{g.bits_now:.2f}",
                    "settles it in": f"{100 * g.p_settles:.0f} of 100",
                    "X-ray dose": asks.dose,
                    "contrast": "yes" if asks.contrast else "no",
                    "needle": "yes" if asks.needle else "no",
                    "in": f"{asks.months} months" if asks.months else "",
                }
            )
    return pd.DataFrame(rows)


def next_picture(judgement: Judgement, pairs: Sequence[Ids] = ()) -> Picture | Snippet:
    """Bits of each examination for one pair: the first asked about, or the most open one."""
    asked = _asked(judgement, pairs)
    if not asked:
        return no_pair(f"Of the {SIDE_NAMES[judgement.breast.side]} no")
    return gains_picture(judgement, asked[0], _gains(judgement, asked[0]))


def no_pair(which: str = "No") -> Snippet:
    """What is said where nothing is open."""
    return paragraphs([f"{which} pair is open."])


def gains_picture(judgement: Judgement, pair: Pair, gains: Sequence[Gain]) -> Picture:
    """Bars of bits with their errors, in the order of the list.

    Of stereo series those that differ: two films, three, all.
    """
    gains = [g for g in gains if g.exam not in ALIKE]
    kinds = _modalities(judgement, pair)
    beside = [burden(g.exam, kinds).words for g in gains]
    said = [exam_said(g.exam) for g in gains]
    ax = plot_gains(gains, said, beside)
    question = f"{pair_name(pair, names(judgement.breast))}?"
    alt = f"{question} " + "; ".join(
        f"{words}: {gain_words(g)}" for words, g in zip(said, gains, strict=True)
    )
    caption = f"{question} Now {written(pair.p_same)}. {NOT_NEEDED}"
    return Picture(draw.figure_of(ax), alt=f"{alt}.", caption=caption)


def confirming_answers(judgement: Judgement, pairs: Sequence[Ids] = ()) -> list[Answer]:
    """What would confirm that two findings are one; of pairs that a procedure compares."""
    name, options = names(judgement.breast), _options(Same(judgement))
    told = [(p, confirming.confirmations(options, p)) for p in _asked(judgement, pairs)]
    return [
        confirmation_answer(p, outcomes, name, confirming.least_known(options, p))
        for p, outcomes in told
        if outcomes
    ]


def confirming_said(judgement: Judgement, pair: Ids) -> str:
    """What would confirm that two findings are one, in a clause; empty where nothing would."""
    options = _options(Same(judgement))
    found = confirming.confirmations(options, judgement.pair(*pair))
    return next_words.confirming_words(found) if found else ""


def most_open(judgement: Judgement) -> Ids | None:
    """The pair that is asked about where none is named."""
    asked = _asked(judgement, ())
    return (asked[0].finding_a, asked[0].finding_b) if asked else None


def confirming_table(judgement: Judgement, pairs: Sequence[Ids] = ()) -> pd.DataFrame:
    """One row an outcome: how often it would be found now, and P(same) once it is."""
    name, options = names(judgement.breast), _options(Same(judgement))
    rows = [
        {
            "question": f"{pair_name(pair, name)}?",
            "procedure": exam_said(procedure.name),
            "outcome": outcome.says,
            "found in": f"{100 * outcome.p_outcome:.0f} of 100",
            "P(same) now": written(pair.p_same),
            "P(same) then": written(outcome.p_yes),
        }
        for pair in _asked(judgement, pairs)
        for procedure, told in confirming.confirmations(options, pair)
        for outcome in told
    ]
    return pd.DataFrame(rows)


def localisation_answers(judgement: Judgement) -> list[Answer]:
    """How many films a stereotactic localisation of each group of calcifications needs."""
    return [localisation_answer(found) for found in _localised(judgement)]


def localisation_table(judgement: Judgement) -> pd.DataFrame:
    """One row a film: SDs, longest axis of the region of 80 %, and what the film adds."""
    rows = []
    for found in _localised(judgement):
        for step in found.steps:
            across, behind, along = (millimetres(sd) for sd in step.sd_mm)
            rows.append(
                {
                    "finding": found.finding.finding_id,
                    "after": film_words(step),
                    "the film": STAGES[step.stage],
                    "SD across": across,
                    "SD front to back": behind,
                    "SD along the beam": along,
                    "longest axis of 80 %": millimetres(step.axis80_mm),
                    "shorter by": millimetres(step.gain_mm) if step.gain_mm else "-",
                }
            )
    return pd.DataFrame(rows)


def localisation_picture(judgement: Judgement) -> Picture | Snippet:
    """Millimetres after each film, of the first target."""
    found = _localised(judgement)
    if not found:
        side = SIDE_NAMES[judgement.breast.side]
        return paragraphs([f"Of the {side} no calcifications were reported on a film."])
    return films_picture(found[0])


def films_picture(found: Localisation) -> Picture:
    """Longest axis of the region of 80 % before any film and after each."""
    name = names(found.judgement.breast)[found.finding.finding_id]
    alt = f"Stereotactic localisation of {name} from {found.approach}: " + "; ".join(
        f"{film_words(s)} {millimetres(s.axis80_mm)}" for s in found.steps
    )
    caption = (
        f"Stereotactic localisation of {name}: longest axis of the region of 80 %, and the films "
        "that locate, check and document."
    )
    return Picture(draw.figure_of(plot_localisation(found)), alt=f"{alt}.", caption=caption)


@lru_cache(maxsize=4)
def _options(judgement: Same) -> Options:
    """Particles of a breast are drawn once for all that is said of it."""
    return Options(judgement.held)


def _asked(judgement: Judgement, pairs: Sequence[Ids]) -> list[Pair]:
    """The pairs asked about; without, undecided ones of the last exam of each kind."""
    if pairs:
        return [judgement.pair(a, b) for a, b in pairs]
    order = {r.reading_id: r.order or 0.0 for r in judgement.breast.readings}
    last: dict[str, float] = {}
    for f in judgement.breast.findings:
        last[f.modality] = max(last.get(f.modality, 0.0), order[f.reading_id])
    now = {f.finding_id for f in judgement.breast.findings
           if order[f.reading_id] == last[f.modality]}  # fmt: skip
    kept = [q for q in _options(Same(judgement)).undecided if {q.finding_a, q.finding_b} <= now]
    return sorted(kept, key=lambda q: abs(q.p_same - 0.5))[:MOST_PAIRS]


def _told(judgement: Judgement, pair: Pair) -> list[Told]:
    return _of_pair(Same(judgement), pair.finding_a, pair.finding_b)


@lru_cache(maxsize=32)
def _of_pair(held: Same, a: str, b: str) -> list[Told]:
    options = _options(held)
    pair = options.judgement.pair(a, b)
    candidates, _ = options.candidates(pair)
    return options.tell(pair, candidates)


def _gains(judgement: Judgement, pair: Pair) -> list[Gain]:
    return [told.gain for told in _told(judgement, pair)]


def _modalities(judgement: Judgement, pair: Pair) -> list[str]:
    ids = {pair.finding_a, pair.finding_b}
    return [f.modality for f in judgement.breast.findings if f.finding_id in ids]


def _localised(judgement: Judgement) -> list[Localisation]:
    """Groups of calcifications on films: of the last mammogram, at most `MOST_TARGETS`."""
    order = {r.reading_id: r.order or 0.0 for r in judgement.breast.readings}
    groups = [
        f for f in judgement.breast.findings
        if f.modality == "MG" and f.kind == "calcification" and not f.unlisted
    ]  # fmt: skip
    last = max((order[f.reading_id] for f in groups), default=0.0)
    now = [f.finding_id for f in groups if order[f.reading_id] == last]
    return [localise(judgement, i) for i in now[:MOST_TARGETS]]
