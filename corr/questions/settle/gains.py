"""What an examination that could be done next would tell of a question, in bits.

The question is a yes or no of two findings: are they one lesion? Of a mass and calcifications that
is whether the one holds the other. What may be true is drawn as often as it is believed
(`corr.questions.settle.particles`). An examination, or a procedure, is anything that draws what it
would find if a particle were true, and says how likely each such outcome is under every other one
(`Candidate`). The gain is the mutual information of answer and outcome: the entropy of the answer
now, less that which is expected after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corr.questions.settle.particles import Particles

Floats = NDArray[np.float64]
SETTLED_ABOVE, SETTLED_BELOW = 0.9, 0.1
"""An answer beyond these is settled."""
GROUPS = 8
"""Parts of the particles, each left out once for the error that their number leaves."""
SEED = 20261130
LEAST = 1e-12


class Candidate(Protocol):
    """An examination or a procedure that could be done next.

    Attributes
    ----------
    name : as ``next.csv`` writes it
    """

    @property
    def name(self) -> str:
        """As ``next.csv`` writes it."""

    def outcomes(self, truth: Particles, rng: np.random.Generator) -> Any:
        """What it would find: one outcome drawn for each particle, were that true.

        Seeing nothing and finding something else are outcomes, too. Of what type outcomes are is
        the candidate's own concern; nobody else looks into them.
        """

    def log_likelihood(self, outcomes: Any, given: Particles) -> Floats:
        """``(outcomes, particles)`` log probability of each outcome if each particle were true.

        Up to a constant for each outcome (a row), that is the same for all particles.
        """


@dataclass(frozen=True)
class Gain:
    """What one candidate would tell of one question.

    Attributes
    ----------
    exam : name of the candidate
    bits_now : entropy of the answer now
    bits_gained : by how much it is expected to fall; never below 0
    error : SD of `bits_gained` that the number of outcomes and particles drawn leaves
    p_settles : chance that the answer then is above 0.9 or below 0.1
    """

    exam: str
    bits_now: float
    bits_gained: float
    error: float
    p_settles: float


def entropy_bits(p: float | Floats) -> Floats:
    """Entropy of a yes or no of probability ``p``, bits."""
    yes = np.clip(p, LEAST, 1.0 - LEAST)
    return np.asarray(-yes * np.log2(yes) - (1.0 - yes) * np.log2(1.0 - yes), dtype=float)


def gain(candidate: Candidate, p: float, truth: Particles, given: Particles) -> Gain:
    """Expected gain of information, from outcomes drawn and weighed.

    Parameters
    ----------
    p : probability now that the answer is yes
    truth : particles of either answer (`Drawn.apart`): one outcome is drawn for each
    given : others: under these outcomes are weighed
    """
    now = float(entropy_bits(p))
    if not (truth.yes.any() and given.yes.any()) or truth.yes.all() or given.yes.all():
        return Gain(candidate.name, now, 0.0, now, 1.0)
    rng = np.random.default_rng([SEED, *candidate.name.encode()])
    found = candidate.outcomes(truth, rng)
    after = posterior(candidate.log_likelihood(found, given), p, given)
    right = np.where(truth.yes[:, None], after, 1.0 - after)
    # what is left, told twice: few particles make the first too small and the second too
    # large, by as much
    left = 0.5 * (entropy_bits(after) - np.log2(np.clip(right, LEAST, 1.0)))
    settled = (after[:, 0] > SETTLED_ABOVE) | (after[:, 0] < SETTLED_BELOW)
    share = np.where(truth.yes, p / truth.yes.sum(), (1.0 - p) / (~truth.yes).sum())
    # answers after the exam average to the one now: what the draws miss of that, they miss of what
    # is left (a control variate)
    off = after - p
    slope = share @ ((left - share @ left) * off) / max(float(share @ off[:, 0] ** 2), LEAST)
    left = left - slope[0] * off
    bits = now - share @ left
    of_draws = [
        chance**2 * left[truth.yes == answer, 0].var() / max((truth.yes == answer).sum() - 1, 1)
        for answer, chance in ((False, 1.0 - p), (True, p))
    ]
    of_particles = (GROUPS - 1) / GROUPS * ((bits[1:] - bits[1:].mean()) ** 2).sum()
    error = float(np.sqrt(sum(of_draws) + of_particles))
    p_settles = min(float(share @ settled), 1.0)
    return Gain(candidate.name, now, max(float(bits[0]), 0.0), error, p_settles)


def posterior(log: Floats, p: float, given: Particles) -> Floats:
    """``(outcomes, 1 + groups)`` probability of yes after each outcome.

    Of all particles, then without each group of them.
    """
    no, yes = (_means(log[:, given.yes == answer]) for answer in (False, True))
    odds = np.log(max(p, LEAST)) - np.log(max(1.0 - p, LEAST)) + yes - no
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(odds, -60.0, 60.0))))


def _means(log: Floats) -> Floats:
    """``(outcomes, 1 + groups)`` log of the mean over particles, of all and without each group."""
    top = log.max(axis=1, keepdims=True)
    weight = np.exp(log - top)
    group = np.arange(log.shape[1]) % GROUPS
    sums = weight @ (group[:, None] == np.arange(GROUPS)).astype(float)
    counts = np.bincount(group, minlength=GROUPS)
    whole, few = sums.sum(axis=1, keepdims=True), log.shape[1] - counts
    kept = (whole - sums) / np.maximum(few, 1)
    means = np.concatenate([whole / log.shape[1], np.where(few > 0, kept, whole)], axis=1)
    return np.asarray(np.log(np.maximum(means, LEAST)) + top)
