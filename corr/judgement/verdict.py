"""How a probability is written, and the word it earns: both from the same two decimals.

Every P(same) that is shown anywhere, as text, on a page or in a picture, is written by
`written`, and every word is that of the written numbers: equal numbers carry equal words.
"""

from __future__ import annotations

import math
from typing import Final, Literal, get_args

Verdict = Literal["different", "probably different", "undecided", "probably same", "same"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
UNDECIDED: Final = "undecided"
SAME, PROBABLY_SAME, PROBABLY_DIFFERENT, DIFFERENT = 0.9, 0.7, 0.3, 0.1
LEAST, MOST = "< 0.01", "> 0.99"
"""Nothing is certain: what two decimals would call 0.00 and 1.00."""


def rounded(p: float) -> float:
    """A probability with the two decimals that are shown of it."""
    return float(f"{p:.2f}")


def written(p: float) -> str:
    """A probability as it is shown.

    >>> written(0.896), written(0.004), written(0.996)
    ('0.90', '< 0.01', '> 0.99')
    """
    said = f"{p:.2f}"
    return {"0.00": LEAST, "1.00": MOST}.get(said, said)


def written_range(p_low: float, p_high: float) -> str:
    """A band as it is shown.

    >>> written_range(0.2, 0.414), written_range(0.95, 0.999), written_range(0.997, 0.999)
    ('0.20-0.41', '0.95 to > 0.99', '> 0.99')
    """
    low, high = written(p_low), written(p_high)
    if low == high and low in (LEAST, MOST):
        return low
    return f"{low} to {high}" if {low, high} & {LEAST, MOST} else f"{low}-{high}"


def percent(share: float) -> str:
    """A share in whole per cent.

    >>> percent(0.337), percent(0.001), percent(0.9999)
    ('34 %', '< 1 %', '> 99 %')
    """
    said = f"{100 * share:.0f}"
    return {"0": "< 1 %", "100": "> 99 %"}.get(said, f"{said} %")


def word(p_same: float) -> Verdict:
    """Verdict for one probability as it is written.

    >>> word(0.95), word(0.5), word(0.05), word(0.8951)
    ('same', 'undecided', 'different', 'same')
    """
    p = rounded(p_same)
    if p >= SAME:
        return "same"
    if p >= PROBABLY_SAME:
        return "probably same"
    if p <= DIFFERENT:
        return "different"
    if p <= PROBABLY_DIFFERENT:
        return "probably different"
    return UNDECIDED


def verdict(p_same: float, p_low: float, p_high: float, *, placed: bool = True) -> Verdict:
    """The weakest word of the band; undecided whenever the band crosses one half.

    Undecided, too, unless both findings are ``placed``: agreement on a place that one of them
    does not state is nobody's finding, and no spread of an error can widen the band.
    """
    if not placed or rounded(p_low) < 0.5 < rounded(p_high):
        return UNDECIDED
    return min((word(p) for p in (p_same, p_low, p_high)), key=lambda w: abs(VERDICTS.index(w) - 2))


def logit10(p: float) -> float:
    """log10 odds, finite at 0 and 1."""
    p = min(max(p, 1e-12), 1.0 - 1e-12)
    return math.log10(p / (1.0 - p))
