"""What the lesions of one breast have in common: class, type and size are not independent.

In CBIS-DDSM other abnormalities of a breast share their BI-RADS category in 87 % and their type in
82 %, so that agreement says little about being one lesion. A breast has a tendency, one of a
few states: each lesion's class, type and size lean toward it. The population stays what it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr.parameters import Parameters
from corr.records import CLASSES, LESIONS

Array = NDArray[np.floating[Any]]
GROUPS = np.array([{"calcification": 0, "nonmass": 1}.get(k, 2) for k in LESIONS])
"""Types that go together: calcifications without a mass, non-mass, masses of all kinds."""
SIZE_CORRELATION = 1.0 / np.pi
"""Correlation of two ln sizes, normal, each weighed by 1 +/- (2 F - 1) as the state says."""
TINY = 1e-12


@dataclass(frozen=True)
class States:
    """What the lesions of one breast may have in common, as K states.

    Attributes
    ----------
    prior : ``(K,)``
    given : ``(K, class, lesion, size)`` what lesions are in each; averages to that of all breasts
    assessed : ``(K, class)`` classes that BI-RADS categories speak of in each. How a category
        agrees with another is measured as such (CBIS-DDSM); it does not say which exam would
        have seen the lesion, so it is not coupled to the class that reporting depends on.
    """

    prior: Array
    given: Array
    assessed: Array

    def __len__(self) -> int:
        return len(self.prior)


def lesion_prior(p: Parameters) -> Array:
    """Probability ``(class, lesion)`` before any report; cysts are benign."""
    mix = np.array([p[f"mix_{k}"] for k in LESIONS])
    mix = mix / mix.sum()
    may_be = np.where(np.array(LESIONS) == "cyst", 0.0, mix)
    malignant = may_be * min(p["malignant_share"] / max(float(may_be.sum()), TINY), 1.0)
    return np.stack([mix - malignant, malignant])


def states(joint: Array, p: Parameters) -> States:
    """States from the probability ``(class, lesion, size)`` of a lesion before any report.

    ``alike_class``, ``alike_type`` and ``alike_size`` are the correlations between two lesions of
    one breast.
    """
    share = joint.sum(axis=(1, 2))
    of_class, by_class = _leaning(share, np.arange(len(CLASSES)), p["alike_class"])
    of_type, by_type = _leaning(joint.sum(axis=(0, 2)), GROUPS, p["alike_type"])
    of_size, by_size = _by_size(joint.sum(axis=(0, 1)), p["alike_size"])
    prior = np.einsum("a,b,c->abc", of_class, of_type, of_size).ravel()
    leaning = np.einsum("bj,ck->bcjk", by_type, by_size).reshape(-1, 1, *joint.shape[1:])
    given = np.tile(leaning * joint, (len(of_class), 1, 1, 1))
    whole = given.sum(axis=(1, 2, 3), keepdims=True)
    per_class = len(prior) // len(of_class)
    assessed = np.repeat(by_class * share, per_class, axis=0)
    return States(prior * whole.ravel(), given / whole, assessed)


def _leaning(share: Array, group: NDArray[np.intp], correlation: float) -> tuple[Array, Array]:
    """Priors of the tendency toward each group, and by how much it favours each class.

    A lesion is of the breast's group with probability ``sqrt(correlation)``, else as any.
    """
    held = np.asarray(np.bincount(group, share), dtype=float)
    alike = np.sqrt(correlation)
    of_group = group[None, :] == np.arange(len(held))[:, None]
    return held, 1.0 - alike + alike * of_group / np.maximum(held, TINY)[:, None]


def _by_size(share: Array, correlation: float) -> tuple[Array, Array]:
    below = np.cumsum(share) - 0.5 * share
    lean = np.sqrt(min(correlation / SIZE_CORRELATION, 1.0)) * (2.0 * below - 1.0)
    lean -= share @ lean
    return np.array([0.5, 0.5]), np.stack([1.0 - lean, 1.0 + lean])
