"""What lesions there are, which exams see them, and what may be said of them: once a table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corr.exams.registry import EXAMS
from corr.judgement.lesions.alike import States, lesion_prior, states
from corr.judgement.lesions.sizes import SIZES_MM, size_prior
from corr.parameters import Parameters
from corr.records import CLASSES, LESIONS

Array = NDArray[np.floating[Any]]
REPORTED = "reported"
SAID = (REPORTED, "kind", "size", "assessed")
"""What a study says of a block of findings, each from constants of its own."""


@dataclass(frozen=True)
class Switches:
    """Which kinds of evidence count; all off leaves only "some exam reported something"."""

    reporting: bool = True
    kind: bool = True
    size: bool = True
    category: bool = True  # BI-RADS, where kinds count


ALL = Switches()


class Known(NamedTuple):
    """What a table of constants says of lesions.

    ``mix`` ``(lesion,)``, ``share`` ``(class,)`` and ``joint`` ``(class, lesion, size)``: how
    probable each is; ``states``: what the lesions of one breast may have in common.
    ``flat`` ``(K, classes * lesions * sizes)``, ``by_type`` ``(K, lesions)`` and ``by_size``
    ``(K, lesions * sizes)`` are `States.given`, whole and summed over the rest.
    """

    mix: Array
    share: Array
    joint: Array
    states: States
    flat: Array
    by_type: Array
    by_size: Array


@lru_cache(maxsize=64)
def known(p: Parameters) -> Known:
    """What a table of constants says of lesions."""
    types = lesion_prior(p)
    joint = types[:, :, None] * size_prior(p)
    found = states(joint, p)
    given, k = found.given, len(found)
    return Known(
        types.sum(axis=0), types.sum(axis=1), joint, found,
        given.reshape(k, -1), given.sum(axis=(1, 3)), given.sum(axis=1).reshape(k, -1),
    )  # fmt: skip


@lru_cache(maxsize=512)
def exam_sees(modality: str, density: str | None, p: Parameters, *, targeted: bool) -> Array:
    """Probability ``(class, lesion, size)`` that an exam, all views together, reports a lesion."""
    of = [EXAMS[modality].sees(SIZES_MM, density, p, c, targeted=targeted) for c in CLASSES]
    return np.stack([np.stack([sees[k] for k in LESIONS]) for sees in of])
