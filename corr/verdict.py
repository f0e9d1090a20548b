"""The words a probability earns, given how far it moves when the spreads are wrong."""

from __future__ import annotations

import math

VERDICTS = ("different", "probably different", "undecided", "probably same", "same")
SAME, PROBABLY_SAME, PROBABLY_DIFFERENT, DIFFERENT = 0.9, 0.7, 0.3, 0.1


def word(p_same: float) -> str:
    """Verdict for one probability.

    >>> word(0.95), word(0.5), word(0.05)
    ('same', 'undecided', 'different')
    """
    if p_same >= SAME:
        return "same"
    if p_same >= PROBABLY_SAME:
        return "probably same"
    if p_same <= DIFFERENT:
        return "different"
    if p_same <= PROBABLY_DIFFERENT:
        return "probably different"
    return "undecided"


def verdict(p_same: float, p_low: float, p_high: float) -> str:
    """The weakest word of the band; undecided whenever the band crosses one half."""
    if p_low < 0.5 < p_high:
        return "undecided"
    return min((word(p) for p in (p_same, p_low, p_high)), key=lambda w: abs(VERDICTS.index(w) - 2))


def logit10(p: float) -> float:
    """log10 odds, finite at 0 and 1."""
    p = min(max(p, 1e-12), 1.0 - 1e-12)
    return math.log10(p / (1.0 - p))
