"""What a procedure is: outcomes of a pair of findings, and how likely each is.

Each is a `corr.questions.settle.gains.Candidate` with a few outcomes, seeing nothing among them.
Where what is true of a breast is a particle (`corr.questions.settle.particles`), a procedure says
how probable each outcome is under it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corr.questions.settle.particles import Particles
from corr.records import Finding

Floats = NDArray[np.float64]
Index = NDArray[np.intp]
LEAST = 1e-9


class Procedure(ABC):
    """One procedure on a pair of findings.

    Parameters
    ----------
    a, b : the pair: what it is done to, and what it is compared with

    Attributes
    ----------
    name : as ``next.csv`` writes it
    says : its outcomes in words
    """

    name: str
    says: tuple[str, ...]

    def __init__(self, a: Finding, b: Finding) -> None:
        self.a, self.b = a, b
        self._known: dict[Particles, Floats] = {}

    @abstractmethod
    def chances(self, given: Particles) -> Floats:
        """``(particles, outcomes)`` probability of each outcome if each particle is true."""

    def table(self, given: Particles) -> Floats:
        """`chances`, computed once for the same particles."""
        if given not in self._known:
            self._known[given] = self.chances(given)
        return self._known[given]

    def outcomes(self, truth: Particles, rng: np.random.Generator) -> Index:
        """Index of the outcome drawn for each particle."""
        held = np.cumsum(self.table(truth), axis=1)
        drawn = rng.random(len(held)) * held[:, -1]
        return np.asarray((held < drawn[:, None]).sum(axis=1).clip(max=len(self.says) - 1))

    def log_likelihood(self, outcomes: Index, given: Particles) -> Floats:
        """``(outcomes, particles)`` log probability of each outcome under each particle."""
        return np.asarray(np.log(np.maximum(self.table(given), LEAST)).T[outcomes])

    def together(self, given: Particles) -> NDArray[np.bool_]:
        """In which particles the two are one lesion."""
        return given.together(self.a.finding_id, self.b.finding_id)


@dataclass(frozen=True, slots=True)
class After:
    """One outcome of a procedure.

    Attributes
    ----------
    says : the outcome in words
    p_outcome : how probable it is now
    p_yes : probability of yes once it has come
    """

    says: str
    p_outcome: float
    p_yes: float


def after(procedure: Procedure, p: float, given: Particles) -> tuple[After, ...]:
    """What each outcome of a procedure would make of an answer that is yes with probability ``p``.

    Parameters
    ----------
    given : particles of either answer (`corr.questions.settle.particles.Drawn.apart`)
    """
    table = procedure.table(given)
    no, yes = (
        table[given.yes == answer].mean(axis=0)
        if (given.yes == answer).any()
        else table.mean(axis=0)
        for answer in (False, True)
    )
    both = (1.0 - p) * no + p * yes
    return tuple(
        After(says, float(now), float(p * if_yes / now) if now > 0 else p)
        for says, now, if_yes in zip(procedure.says, both, yes, strict=True)
    )
