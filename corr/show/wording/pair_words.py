"""What is said of a pair: its numbers, its verdict, and the steps that lead to them.

The one source of the words on a page, in a picture and on the terminal; the numbers and the
verdict's word are those of `corr.judgement.verdict`.
"""

from __future__ import annotations

from collections.abc import Sequence

from corr.judgement.result import Pair
from corr.judgement.verdict import UNDECIDED, rounded, written, written_range

NO_PLACE = "no place stated"
OPEN = "these reports do not decide it"
PART_WORDS = {
    "kind": "kinds",
    "category": "BI-RADS categories",
    "size": "sizes",
    "reporting": "what exams usually report",
    "location": "places",
    "context": "other findings",
}
"""The steps from the prior to P(same), in the order in which they are told."""
OTHER_FINDINGS = (
    "Other findings, where they drive a pair: what the rest of the breast's findings add to what "
    "the two say by themselves. One that fits both speaks for one lesion, one that fits either of "
    "them better speaks against it."
)
AGREEING = {"category": "agreement of BI-RADS categories"}
"""Parts that are called otherwise where they speak for one lesion."""
TOLD = 0.1
"""Parts below this (log10 odds, a factor of 1.26) are told only where no other says why."""


def begun(said: str) -> str:
    """Words as a sentence begins, ids among them as they are written.

    >>> begun("no place is stated of MG-prior")
    'No place is stated of MG-prior'
    """
    return said[:1].upper() + said[1:]


def parts(pair: Pair) -> dict[str, float]:
    """log10 odds of each step of `PART_WORDS`; with the prior they add up to P(same)."""
    found = {name: getattr(pair, f"log10_{name}") for name in PART_WORDS}
    found["kind"] -= pair.log10_category
    return found


def factor(log10_value: float) -> str:
    """A factor on the odds, small ones in words.

    >>> factor(0.57), factor(-0.52), factor(-1.58), factor(-4.2), factor(3.4)
    ('x 3.7', 'x 0.3', 'divided by 38', 'divided by more than 1000', 'x more than 1000')
    """
    if abs(log10_value) >= 3:
        return f"{'x' if log10_value > 0 else 'divided by'} more than 1000"
    if log10_value < -1:
        return f"divided by {_two_digits(10**-log10_value)}"
    return f"x {_two_digits(10**log10_value)}"


def _two_digits(value: float) -> str:
    return f"{value:.0f}" if value >= 99.5 else f"{value:.2g}"


def direction(pair: Pair) -> int:
    """1 where P(same) as written is above its prior as written, -1 below, 0 equal.

    Beyond 0.01 and 0.99, where two decimals tell nothing apart, the odds tell it.
    """
    before, after = rounded(pair.p_prior), rounded(pair.p_same)
    if before == after and before in (0.0, 1.0) and abs(pair.log10_evidence) >= TOLD:
        return 1 if pair.log10_evidence > 0 else -1
    return (after > before) - (after < before)


def _telling(pair: Pair, sign: int) -> list[tuple[str, float]]:
    """Parts that speak for (1) or against (-1) one lesion, strongest first, with log10 odds."""
    found = [
        (AGREEING.get(name, words) if sign > 0 else words, value)
        for name, words in PART_WORDS.items()
        if (value := parts(pair)[name]) * sign > 0 and factor(value) != "x 1"
    ]
    found.sort(key=lambda part: -abs(part[1]))
    strong = [part for part in found if abs(part[1]) >= TOLD]
    return strong or (found[:1] if sign == direction(pair) else [])


def _cancel(pair: Pair) -> bool:
    """Whether what speaks for and what speaks against one lesion leave the prior as it was."""
    strong = all(any(sign * v >= TOLD for v in parts(pair).values()) for sign in (1, -1))
    return strong and abs(pair.log10_evidence) < TOLD


def moved(pair: Pair) -> str:
    """What took P(same) from its prior where: "down from 0.73: kinds (x 0.5) against, ..."."""
    way, prior = direction(pair), written(pair.p_prior)
    head = {1: f"up from {prior}", -1: f"down from {prior}", 0: f"as the prior of {prior}"}[way]
    if written(pair.p_same) == prior:
        head = f"as the prior of {prior}"
    sides = [
        f"{_listed(named)} {'for' if sign > 0 else 'against'}"
        for sign in ((way, -way) if way else (1, -1))
        if (named := _telling(pair, sign))
    ]
    why = f": {', '.join(sides)}" if sides else ""
    return f"{head}{why}{', which nearly cancel' if _cancel(pair) else ''}"


def _listed(named: Sequence[tuple[str, float]]) -> str:
    said = [f"{words} ({factor(value)})" for words, value in named]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


def driver(pair: Pair) -> str:
    """The part that moved P(same) most in the direction it went; or that two parts cancel."""
    if _cancel(pair):
        return f"{_listed([_telling(pair, sign)[0] for sign in (1, -1)])}, which cancel"
    way = direction(pair)
    named = _telling(pair, way)[:1] if way else []
    return _listed(named) if named else "little beside the prior"


def is_open(pair: Pair) -> bool:
    """Whether the reports leave a pair undecided: the one notion of it, that of the verdict."""
    return pair.verdict == UNDECIDED


def count_open(pairs: Sequence[Pair]) -> int:
    """How many pairs are left undecided."""
    return sum(map(is_open, pairs))


def verdict_words(pair: Pair) -> str:
    """The verdict, and that no place is stated where that is why."""
    return f"{pair.verdict} ({NO_PLACE})" if pair.no_place else pair.verdict


def band(pair: Pair) -> str:
    """The band as it is written."""
    return written_range(pair.p_low, pair.p_high)


def pair_numbers(pair: Pair) -> str:
    """P(same) with prior, band and verdict, in one breath."""
    return (
        f"{written(pair.p_same)} (prior {written(pair.p_prior)}, band {band(pair)}): "
        f"{verdict_words(pair)}"
    )


def steps(pair: Pair) -> list[tuple[str, str, str]]:
    """Each step in order: its part, its factor on the odds, and P(same) after it."""
    odds, out = pair.log10_prior, []
    for name, value in parts(pair).items():
        odds += value
        last = name == tuple(PART_WORDS)[-1]
        p = pair.p_same if last else 1.0 / (1.0 + 10.0 ** min(-odds, 300.0))
        out.append((name, factor(value), written(p)))
    return out
