"""Calcifications counted on two dates: number, extent, density, and whether they make a group."""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from dataclasses import dataclass

from corr.judgement.lesions.described import CALCIFIED
from corr.parameters import Parameters
from corr.records import Finding


@dataclass(frozen=True)
class Counted:
    """Calcifications of one lesion on one date.

    Attributes
    ----------
    number : the most that one view shows; None where none states it
    extent_mm : the longest extent stated
    per_cm2 : number over the area of the ellipse of its extents; None without both
    is_group : as many within as much as `change_group_count` and `change_group_mm` say; None where
        too little is stated
    """

    number: int | None
    extent_mm: float | None
    per_cm2: float | None
    is_group: bool | None


@dataclass(frozen=True)
class Count:
    """Calcifications of one lesion on two dates, by the same modality.

    Attributes
    ----------
    prior, now : of each date; ``prior`` None where none were reported
    looked : whether an exam that shows them was done on the earlier date
    p_chance : one-sided conditional binomial probability of numbers at least as uneven if nothing
        changed and both dates count alike; None where a number is missing
    """

    prior: Counted | None
    now: Counted
    looked: bool
    p_chance: float | None

    @property
    def newly_group(self) -> bool | None:
        """Whether they make a group that they did not make before; None where not known."""
        before = self.prior.is_group if self.prior else (False if self.looked else None)
        if self.now.is_group is None or (self.now.is_group and before is None):
            return None
        return self.now.is_group and not before


def p_chance(prior: int, now: int) -> float:
    """Probability of a number at least so far toward ``now``, of both together, at even odds.

    >>> round(p_chance(2, 5), 2), p_chance(5, 2) == p_chance(2, 5)
    (0.23, True)
    """
    both = prior + now
    return sum(math.comb(both, k) for k in range(min(prior, now) + 1)) / 2**both


def calcified(found: Sequence[Finding]) -> list[Finding]:
    """Those that are calcifications, not masses that hold some."""
    return [f for f in found if f.kind in CALCIFIED]


def counted(found: Sequence[Finding], p: Parameters) -> Counted:
    """What one date says of them; one lesion on several views is counted once."""
    numbers = [f.n_calcifications for f in found if f.n_calcifications]
    sizes = [f for f in found if f.size_mm is not None]
    longest = max(sizes, key=lambda f: f.size_mm or 0.0) if sizes else None
    number = max(numbers, default=None)
    extent = longest.size_mm if longest else None
    density = None
    if number and longest and extent:
        across = longest.size2_mm or extent
        density = number / (math.pi / 4.0 * extent * across / 100.0)
    return Counted(number, extent, density, _is_group(number, extent, p))


def _is_group(number: int | None, extent_mm: float | None, p: Parameters) -> bool | None:
    if number is not None and number < p["change_group_count"]:
        return False
    if extent_mm is not None and extent_mm > p["change_group_mm"]:
        return False
    return None if number is None or extent_mm is None else True


def count(
    prior: Sequence[Finding], now: Sequence[Finding], looked: Container[str], p: Parameters
) -> Count | None:
    """Calcifications of a lesion on two dates; None where none were reported now.

    Only those of the modality that shows most of them now are compared; ``looked``: modalities of
    the earlier date.
    """
    last = calcified(now)
    if not last:
        return None
    modality = max(last, key=lambda f: (f.n_calcifications or 0, f.modality == "MG")).modality
    after = counted([f for f in last if f.modality == modality], p)
    first = [f for f in calcified(prior) if f.modality == modality]
    if not first:
        return Count(None, after, looked=modality in looked, p_chance=None)
    before = counted(first, p)
    if before.number is None or after.number is None:
        return Count(before, after, looked=True, p_chance=None)
    return Count(before, after, looked=True, p_chance=p_chance(before.number, after.number))
