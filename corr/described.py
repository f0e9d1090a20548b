"""What a report says of a lesion, given what it is: its kind, its BI-RADS category, its size.

One study (the films of one mammogram, one ultrasound) is one report: it mostly names a lesion once
and assesses it once, whichever of its views show it. Sizes are measured on each view.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr.exams.kernels import student
from corr.parameters import Parameters
from corr.records import Finding

Array = NDArray[np.floating[Any]]
LESIONS = ("mass", "calcification", "mass_calcification", "nonmass")
CLASSES = ("benign", "malignant")
SIZES_MM = np.geomspace(2.0, 80.0, 16)
GRID_LN_SD = 0.07  # half a step of SIZES_MM, so that a size between two steps is not lost
ASSESSED = ("2", "3", "4", "4A", "4B", "4C", "5", "6")
"""BI-RADS categories that say something about a finding; 0 is incomplete, 1 is none."""
LOOSE = ("asymmetry", "architectural_distortion", "nme", "nonmass")
TINY = 1e-9
CALCIFIED = ("calcification", "echogenic_foci")


def named(of: Sequence[Finding], p: Parameters) -> Array:
    """Likelihood ``(lesion,)`` of the kinds that one study gave one lesion.

    The study has a name for the lesion; a view is called by it, or (``1 - named_alike``) what it
    would be called by itself.
    """
    kinds = sorted(f.kind for f in of if f.kind is not None and f.matched)
    return _named(of[0].modality, tuple(kinds), p)


@lru_cache(maxsize=4096)
def _named(modality: str, kinds: tuple[str, ...], p: Parameters) -> Array:
    table = f"kind_{modality.lower()}"
    called = {kind: np.array([p[f"{table}_{kind}_given_{k}"] for k in LESIONS]) for kind in kinds}
    alike, apart = p["named_alike"], 1.0 - p["named_alike"]
    total = np.maximum(1.0 - sum(called.values(), np.zeros(len(LESIONS))), 0.0)
    for kind in kinds:  # the study's name is none of those stated
        total = total * apart * called[kind]
    for name, chance in called.items():
        for kind in kinds:
            chance = chance * (alike * (kind == name) + apart * called[kind])
        total = total + chance
    return total


def no_calcifications(f: Finding, p: Parameters) -> Array:
    """Likelihood ``(lesion,)`` of "no calcifications seen", where that was said of a mass."""
    if f.n_calcifications != 0 or f.kind == "calcification":
        return np.ones(len(LESIONS))
    holds = np.array([k.endswith("calcification") for k in LESIONS])
    return np.where(holds, 1.0 - p["us_sees_calc_in_mass"], 1.0)


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


def sized(f: Finding, p: Parameters) -> Array:
    """Likelihood ``(lesion, size)`` of the reported size, per unit of ln(mm)."""
    if f.size_mm is None:
        return np.ones((len(LESIONS), len(SIZES_MM)))
    m = f.modality.lower()
    bias = {"mg": 1.0, "us": p["size_bias_us"], "mr": p["size_bias_mr"]}[m]
    off = np.log(f.size_mm / bias) - np.log(SIZES_MM)
    same = _density(off, np.hypot(p[f"size_ln_sd_{m}"], GRID_LN_SD))
    extent = _density(off, p["size_ln_sd_extent"])
    rows = []
    for k in LESIONS:
        if k == "mass_calcification" and f.kind in CALCIFIED:
            rows.append(_contained(off))  # the calcified part lies within the mass
        elif f.kind in LOOSE or (k == "calcification" and f.modality != "MG"):
            rows.append(extent)  # an extent of something else than what the others measure
        else:
            rows.append(same)
    return np.stack(rows)


def _density(off: Array, sd: float) -> Array:
    return student((off / sd) ** 2, 1) * 0.375 / sd  # 3/8 normalises t with 4 degrees


def _contained(off: Array, shortest: float = -2.0, over: float = 0.15) -> Array:
    """Even from a seventh of the mass up to its size, fading beyond."""
    inside = np.where(off > shortest, 1.0, 0.05)
    return np.where(off <= 0, inside, np.exp(-0.5 * (off / over) ** 2)) / 2.2
