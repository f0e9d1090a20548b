"""Answers to what is asked of a judgement itself: same, consistent, holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

from corr.anatomy.names import SIDE_NAMES
from corr.judgement.result import Judgement, Pair
from corr.judgement.verdict import written
from corr.show.wording.answers import Answer
from corr.show.wording.pair_words import (
    PART_WORDS,
    band,
    factor,
    parts,
    steps,
    verdict_words,
)
from corr.show.wording.text import NO_PLACE, is_placed, main_pairs, names, pair_name

AGAINST = -0.1
"""log10 odds of places below this speak against one lesion (a factor of 0.8)."""


def pairs_asked(judgement: Judgement, ids: Sequence[str]) -> list[Pair]:
    """The first finding with each of the others; of one finding all its pairs, else the main one.

    What is no pair (one reading listed both) is left out.
    """
    if not ids:
        return main_pairs(judgement)[:1]
    others = ids[1:] or [f.finding_id for f in judgement.breast.findings]
    asked = [{ids[0], other} for other in others]
    return [p for sides in asked for p in judgement.pairs if {p.finding_a, p.finding_b} == sides]


def same_answer(judgement: Judgement, ids: Sequence[str], moves: Iterable[str] = ()) -> Answer:
    """Whether findings are one lesion; ``moves``: what a report could have said instead."""
    return _pairs_answer(judgement, ids, "one lesion", moves)


def holds_answer(
    judgement: Judgement, ids: Sequence[str], moves: Iterable[str] = (), confirming: str = ""
) -> Answer:
    """Whether a mass holds calcifications.

    Parameters
    ----------
    moves : what was said of calcifications in it, and what outcomes would make of it
    confirming : what would confirm it, in a clause
    """
    found = _pairs_answer(judgement, ids, "calcifications in it", moves)
    said = f"{found.said.removesuffix('.')}; {confirming}." if confirming else found.said
    return replace(found, said=said)


def _pairs_answer(j: Judgement, ids: Sequence[str], what: str, moves: Iterable[str]) -> Answer:
    pairs = pairs_asked(j, ids)
    if not pairs:
        return no_pair(j, ids)
    name = names(j.breast)
    if ids:
        of = [f"{name[_other(p, ids)]}: " if len(pairs) > 1 else "" for p in pairs]
    else:  # the usual question names nobody
        of = [f"{pair_name(p, name)}: " for p in pairs]
    said = "; ".join(f"{o}{_numbers(p, what)}" for o, p in zip(of, pairs, strict=True))
    reason = " ".join(step_sentence(j, p) for p in pairs)
    return Answer(f"{said[0].upper()}{said[1:]}.", reason, " ".join(moves))


def consistent_answer(judgement: Judgement, ids: Sequence[str]) -> Answer:
    """Whether the places that different readings stated fit one lesion."""
    chosen = ids or [f.finding_id for f in judgement.breast.findings if f.matched]
    found = {f.finding_id: f for f in judgement.breast.findings if f.finding_id in chosen}
    placed = [i for i in chosen if is_placed(found[i])]
    pairs = [
        p for sides in combinations(placed, 2) for p in judgement.pairs
        if {p.finding_a, p.finding_b} == set(sides) and not p.no_place
    ]  # fmt: skip
    if not pairs:
        return Answer("Fewer than two readings state a place: there is nothing to compare.", "")
    name = names(judgement.breast)
    told = [
        f"{name[p.finding_a]} and {name[p.finding_b]} {factor(p.log10_location)}" for p in pairs
    ]
    against = [t for t, p in zip(told, pairs, strict=True) if p.log10_location < AGAINST]
    if not against:
        every = ", ".join(factor(p.log10_location) for p in pairs)
        said = f"Yes: no place stated speaks against one lesion (odds {every})."
    elif len(against) == len(pairs):
        said = f"No: the places speak against one lesion ({'; '.join(against)})."
    else:
        said = f"In part: against one lesion speak the places of {'; '.join(against)}."
    unplaced = [name[i] for i in chosen if i not in placed]
    missing = f" Of the {', '.join(unplaced)} {NO_PLACE}." if unplaced else ""
    odds = "By how much the stated places alone change the odds of one lesion against two: "
    return Answer(said, f"{odds}{'; '.join(told)}.{missing}")


def step_sentence(judgement: Judgement, pair: Pair) -> str:
    """From the prior to P(same), in the order in which the parts are told."""
    name = names(judgement.breast)
    told = parts(pair)
    said = [
        f"{PART_WORDS[part]} ({by}) {at}" for part, by, at in steps(pair)
        if factor(told[part]) != "x 1"
    ]  # fmt: skip
    of = f"{name[pair.finding_a]} = {name[pair.finding_b]}"
    after = f"; after {', '.join(said)}" if said else ""
    return f"{of}: prior {written(pair.p_prior)}{after}."


def no_pair(judgement: Judgement, ids: Sequence[str]) -> Answer:
    """Why nothing is compared."""
    name, side = names(judgement.breast), SIDE_NAMES[judgement.breast.side]
    which = ", ".join(name.get(i, i) for i in ids)
    reason = "Findings of one reading are listed apart, those of two breasts never linked."
    said = f"{which or side[0].upper() + side[1:]}: there is no pair of readings to compare."
    return Answer(said[0].upper() + said[1:], reason)


def _numbers(pair: Pair, what: str) -> str:
    return f"{verdict_words(pair)}: P({what}) {written(pair.p_same)}, band {band(pair)}"


def _other(pair: Pair, ids: Sequence[str]) -> str:
    return pair.finding_b if pair.finding_a == ids[0] else pair.finding_a
