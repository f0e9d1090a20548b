"""Sizes: what lesions have before any report, and what a study states, given the size.

An exam measures an extent of its own, shared by its views, and each view errs by itself around
it. All errors are in ln(mm) and heavy-tailed (`corr.exams.kernels`). A small share of stated
sizes has nothing to do with the lesion (another lesion, another dimension, a slip of the unit):
these are distributed as stated sizes are, so that however absurd a size is, it says "not this"
with that share and no more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr.exams.kernels import student, student_cdf
from corr.exams.registry import EXAMS
from corr.judgement.lesions.described import CALCIFIED, DIFFUSE, LESIONS
from corr.parameters import Parameters
from corr.records import Finding

Array = NDArray[np.floating[Any]]
_EDGES = np.log([0.5, 1.0, *np.geomspace(2.0, 64.0, 15), 95.0, 140.0, 220.0, 400.0, 700.0])
LOW_LN, HIGH_LN = _EDGES[:-1], _EDGES[1:]
WIDTH_LN = HIGH_LN - LOW_LN
SIZES_MM = np.exp(0.5 * (LOW_LN + HIGH_LN))
"""Middle of each step of size; a lesion is anywhere within its step, evenly in ln(mm)."""
SEEN_LN = np.arange(np.log(0.2), np.log(1500.0), 0.05)
"""Extents (ln mm) that an exam may measure."""
WAYS = ("size", "extent", "part")


def size_prior(p: Parameters) -> Array:
    """Probability of each of `SIZES_MM` before any report: lognormal, a share flat in ln(mm)."""
    z = (np.log(SIZES_MM) - np.log(p["size_median_mm"])) / p["size_ln_sd"]
    usual = np.exp(-0.5 * z * z) * WIDTH_LN
    flat = p["size_flat_share"]
    return np.asarray((1.0 - flat) * usual / usual.sum() + flat * WIDTH_LN / WIDTH_LN.sum())


def compared(lesion: str, modality: str, kind: str | None) -> str:
    """How a stated size goes with that of the lesion: its ``size``, an ``extent``, a ``part``."""
    if lesion == "mass_calcification" and kind in CALCIFIED:
        return "part"  # the calcified part lies within the mass
    calcified = EXAMS[modality].measures_calcifications
    if kind in DIFFUSE or (lesion == "calcification" and not calcified):
        return "extent"  # of something else than what the others measure
    return "size"


def bias(modality: str, kind: str | None, p: Parameters) -> float:
    """Factor by which an exam measures too large."""
    return EXAMS[modality].size_bias(kind, p)


def sized(of: Sequence[Finding], p: Parameters, years: float = 0.0) -> Array:
    """Likelihood ``(lesion, size)`` of the sizes that one study states of one lesion.

    Per unit of ln(mm) each. Views share what their exam measures (`size_ln_sd_mg` and so on) and
    read it each by themselves (`size_ln_sd_view_mg`). The size is that on the last date, so many
    ``years`` later, by when the lesion may have grown or shrunk.
    """
    stated = tuple((f.modality, f.kind, f.size_mm) for f in of if f.size_mm is not None)
    return _sized(stated, _of_sizes(p), p["size_growth_ln_sd"] * years)


@lru_cache(maxsize=256)
def _of_sizes(p: Parameters) -> Parameters:
    """The constants of sizes alone: tables that differ in others share what follows."""
    return _the_same(
        Parameters({n: row for n, row in p.table.items() if n.startswith("size_")}, p.version)
    )


@lru_cache(maxsize=256)
def _the_same(p: Parameters) -> Parameters:
    """One object for all equal tables: telling that they are equal takes longer than using one."""
    return p


@lru_cache(maxsize=4096)
def _sized(
    stated: tuple[tuple[str, str | None, float], ...], p: Parameters, grown_ln: float
) -> Array:
    rows = np.ones((len(LESIONS), len(SIZES_MM)))
    known: dict[tuple[str, tuple[tuple[str, str | None, float], ...]], Array] = {}
    for row, lesion in zip(rows, LESIONS, strict=True):
        ways = [compared(lesion, modality, kind) for modality, kind, _ in stated]
        for way in dict.fromkeys(ways):
            together = tuple(f for f, other in zip(stated, ways, strict=True) if other == way)
            if (way, together) not in known:  # types of lesions that are measured alike
                seen = math.prod(_read(*f, way, p) for f in together)
                known[way, together] = measured(together[0][0], way, p, grown_ln) @ seen
            row *= known[way, together]
    return rows


def measures(modality: str, way: str, p: Parameters) -> tuple[float, float]:
    """Shift (ln) and scale of the t kernel (ln) of what an exam measures of a lesion's size."""
    shift = math.log(p["size_bias_part"]) if way == "part" else 0.0
    return shift, p[f"size_ln_sd_{modality.lower()}" if way == "size" else "size_ln_sd_extent"]


@lru_cache(maxsize=64)
def measured(modality: str, way: str, p: Parameters, grown_ln: float = 0.0) -> Array:
    """``(size, seen)``: probability of each of `SEEN_LN`, given each step of size.

    ``grown_ln``: scale of what the size may have changed by since it was measured.
    """
    shift, alone = measures(modality, way, p)
    sd = math.hypot(alone, grown_ln)
    at = SEEN_LN - shift
    inside = student_cdf((at - LOW_LN[:, None]) / sd) - student_cdf((at - HIGH_LN[:, None]) / sd)
    return np.asarray(inside / WIDTH_LN[:, None] * (SEEN_LN[1] - SEEN_LN[0]))


def _read(modality: str, kind: str | None, size_mm: float, way: str, p: Parameters) -> Array:
    """``(seen,)``: density of the stated size, given what the exam measures."""
    return _stated(modality, way, float(np.log(size_mm / bias(modality, kind, p))), p)


@lru_cache(maxsize=64)
def _seen_prior(modality: str, way: str, p: Parameters) -> Array:
    return np.asarray(size_prior(p) @ measured(modality, way, p))


@lru_cache(maxsize=4096)
def _stated(modality: str, way: str, ln_mm: float, p: Parameters) -> Array:
    sd = p[f"size_ln_sd_view_{modality.lower()}"]
    density = student(((ln_mm - SEEN_LN) / sd) ** 2, 1) * 0.375 / sd  # 3/8 normalises t with 4
    before = float(_seen_prior(modality, way, p) @ density)
    return np.asarray((1.0 - p["size_outlier"]) * density + p["size_outlier"] * before)
