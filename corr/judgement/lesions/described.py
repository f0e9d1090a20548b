"""What a report says of a lesion, given what it is: its kind and its BI-RADS category.

One study (the films of one mammogram, one ultrasound) is one report: it mostly names a lesion once
and assesses it once, whichever of its views show it. Sizes: `corr.judgement.lesions.sizes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr.exams.base import Views
from corr.exams.registry import EXAMS, exam_of
from corr.parameters import Parameters
from corr.records import CLASSES, LESIONS, Finding, Reading

__all__ = ["CLASSES", "LESIONS", "Views"]

Array = NDArray[np.floating[Any]]
ASSESSED = ("2", "3", "4", "4A", "4B", "4C", "5", "6")
"""BI-RADS categories that say something about a finding; 0 is incomplete, 1 is none."""
CALCIFIED = tuple(exam.calcified for exam in EXAMS.values() if exam.calcified)
DIFFUSE = tuple(kind for exam in EXAMS.values() for kind in exam.diffuse)
"""Kinds whose size is how far something extends, not the border of one body."""
TINY = 1e-9


def showing(shown: Iterable[Reading], study: Iterable[Reading]) -> Views:
    """How many different views of a study show a lesion; a stereo pair is one view."""
    return Views(len({r.view for r in shown}), len({r.view for r in study}))


def called(modality: str, kind: str, given: str, views: Views, p: Parameters) -> float:
    """Probability that an exam calls a lesion by this kind."""
    return EXAMS[modality].calls(kind, given, views, p)


def named(of: Sequence[Finding], views: Views, p: Parameters) -> Array:
    """Likelihood ``(lesion,)`` of the kinds that one study gave one lesion.

    The study has a name for the lesion; a view is called by it, or (``1 - named_alike``) what it
    would be called by itself.
    """
    kinds = sorted(f.kind for f in of if f.kind is not None and f.matched)
    return _named(of[0].modality, tuple(kinds), views, p)


@lru_cache(maxsize=4096)
def _named(modality: str, kinds: tuple[str, ...], views: Views, p: Parameters) -> Array:
    chances = {
        kind: np.array([called(modality, kind, k, views, p) for k in LESIONS]) for kind in kinds
    }
    alike, apart = p["named_alike"], 1.0 - p["named_alike"]
    total = np.maximum(1.0 - sum(chances.values(), np.zeros(len(LESIONS))), 0.0)
    for kind in kinds:  # the study's name is none of those stated
        total = total * apart * chances[kind]
    for name, chance in chances.items():
        for kind in kinds:
            chance = chance * (alike * (kind == name) + apart * chances[kind])
        total = total + chance
    return total


def calcifications_inside(f: Finding, p: Parameters) -> Array:
    """Likelihood ``(lesion,)`` of calcifications seen, or said not to be, in a mass.

    `Finding.n_calcifications` of what is not itself called calcifications: 0 is "none seen",
    more is "seen inside", however many.
    """
    mentions = exam_of(f).mentions_inside(p)
    if f.n_calcifications is None or f.kind in CALCIFIED or mentions is None:
        return np.ones(len(LESIONS))
    holds = np.array([k.endswith("calcification") for k in LESIONS])
    seen = np.where(holds, mentions, p["calc_in_mass_mistaken"])
    return np.asarray(seen if f.n_calcifications else 1.0 - seen)


def assessed(of: Sequence[Finding], share: Array, p: Parameters) -> Array:
    """Likelihood ``(class,)`` of the BI-RADS categories of one study's findings of one lesion.

    From the published PPV of the category, ``share`` being that of each class; one assessment,
    however many views: their geometric mean.
    """
    log = np.zeros(len(CLASSES))
    stated = [f.bi_rads for f in of if f.bi_rads in ASSESSED]
    for category in stated:
        ppv = p[f"ppv_bi_rads_{category.lower()}"]
        ratio = np.maximum([1.0 - ppv, ppv], TINY) / np.maximum(share, TINY)
        log += np.log(ratio) / len(stated)
    return np.asarray(np.exp(log))
