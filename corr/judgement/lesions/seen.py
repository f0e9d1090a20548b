"""How often an exam sees a lesion, by class, type and size; and what lesions there are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr.judgement.lesions.described import CLASSES, LESIONS
from corr.judgement.lesions.sizes import SIZES_MM
from corr.parameters import Parameters

Array = NDArray[np.floating[Any]]
TINY = 1e-12


def lesion_prior(p: Parameters) -> Array:
    """Probability ``(class, lesion)`` before any report; cysts are benign."""
    mix = np.array([p[f"mix_{k}"] for k in LESIONS])
    mix = mix / mix.sum()
    may_be = np.where(np.array(LESIONS) == "cyst", 0.0, mix)
    malignant = may_be * min(p["malignant_share"] / max(float(may_be.sum()), TINY), 1.0)
    return np.stack([mix - malignant, malignant])


def exam_sees(modality: str, density: str | None, p: Parameters, *, targeted: bool) -> Array:
    """Probability ``(class, lesion, size)`` that an exam, all views together, reports a lesion."""
    return np.stack([_sees(modality, density, p, c, targeted=targeted) for c in CLASSES])


def _sees(
    modality: str, density: str | None, p: Parameters, malignancy: str, *, targeted: bool
) -> Array:
    ones = np.ones(SIZES_MM.shape)
    mentioned = p["reported_if_benign"] if malignancy == "benign" else 1.0
    if modality == "MG":
        factor = p["mg_density_unknown"] if density is None else p[f"mg_density_{density}"]
        mass = factor * _logistic(p["mg_mass_slope_per_mm"], p["mg_mass_midpoint_mm"])
        both = np.maximum(mass, p["mg_sees_calcification"])
        calcified = mentioned * p["mg_sees_calcification"]
    else:
        m = modality.lower()
        mass = p[f"mr_sees_mass_{malignancy}"] * ones
        if modality == "US":
            mass = _logistic(p["us_slope_per_mm"], p["us_midpoint_mm"])
            if targeted:
                mass = np.maximum(mass, p[f"us_targeted_{malignancy}"])
        both = mass
        calcified = p[f"{m}_sees_calcification_{malignancy}"]  # counted where it was reported
    nonmass = p[f"{modality.lower()}_sees_nonmass"] * ones
    cyst = p["mr_sees_cyst"] * ones if modality == "MR" else mass
    parts = (mentioned * mass, calcified * ones, mentioned * both, mentioned * nonmass)
    return np.stack([*parts, mentioned * cyst])


def _logistic(slope_per_mm: float, midpoint_mm: float) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-slope_per_mm * (SIZES_MM - midpoint_mm))))
