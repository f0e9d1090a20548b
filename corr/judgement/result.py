"""What a judgement gives back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corr.anatomy.breast import BreastModel
from corr.judgement.verdict import Verdict
from corr.parameters import Parameters
from corr.records import Breast


@dataclass(frozen=True, slots=True)
class Pair:
    """Judgement on two findings of different readings; `log10_*` add up to logit10 `p_same`."""

    finding_a: str
    finding_b: str
    p_same: float
    p_low: float
    p_high: float
    p_prior: float
    verdict: Verdict
    log10_prior: float
    log10_location: float
    log10_size: float
    log10_kind: float
    log10_reporting: float
    log10_context: float
    p_error: float = 0.0  # SD of p_same from the numerical integral over exam-level errors
    log10_category: float = 0.0  # what of log10_kind the BI-RADS categories add
    no_place: tuple[str, ...] = ()  # which of the two state no place: the verdict is undecided
    p_one_process: float = 0.0  # same lesion, or one within what the other extends over

    @property
    def log10_evidence(self) -> float:
        """Everything but the prior."""
        return (
            self.log10_location
            + self.log10_size
            + self.log10_kind
            + self.log10_reporting
            + self.log10_context
        )


@dataclass(frozen=True, slots=True)
class Grouping:
    """One way to group the findings: blocks of finding ids (sorted), each one lesion."""

    blocks: tuple[tuple[str, ...], ...]
    p: float


@dataclass(frozen=True)
class Belief:
    """Where one finding's lesion is, given this finding alone, in the reference breast."""

    finding_id: str
    probability: NDArray[np.float64]  # (n,), sums to 1 over BreastModel.points
    mean_mm: NDArray[np.float64]  # (3,)
    lo80_mm: NDArray[np.float64]
    hi80_mm: NDArray[np.float64]
    volume80_cm3: float


@dataclass(frozen=True)
class Judgement:
    """What the findings of one breast say about each other, and what it was judged with.

    Pictures and sentences of a judgement take their constants and their geometry from it.
    """

    breast: Breast
    model: BreastModel  # the reference breast on whose points the beliefs are
    parameters: Parameters  # the constants
    beliefs: dict[str, Belief]
    pairs: tuple[Pair, ...]
    groupings: tuple[Grouping, ...]  # most probable first, at most five
    word_readings: dict[str, dict[str, float]]  # finding -> share of each reading of its words
    nearby: dict[str, tuple[str, ...]]  # finding -> associated features within 2 cm
    notes: tuple[str, ...] = ()

    @property
    def points(self) -> NDArray[np.float64]:
        """Points ``(n, 3)`` of the reference breast, mm, breast frame."""
        return self.model.points

    @property
    def cell_mm(self) -> float:
        """Distance of neighbouring points, mm."""
        return self.model.cell_mm

    def pair(self, a: str, b: str) -> Pair:
        """Judgement on findings ``a`` and ``b``, in either order.

        Raises
        ------
        KeyError
            If the two are not a pair of matched findings from different readings.
        """
        for p in self.pairs:
            if {p.finding_a, p.finding_b} == {a, b}:
                return p
        msg = f"no pair {a!r}, {b!r} in {self.breast.case_id} {self.breast.side}"
        raise KeyError(msg)
