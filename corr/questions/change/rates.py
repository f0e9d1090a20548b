"""Whether a lesion grows, is stable or shrinks: one rate over all its dates.

Volumes that grow double in a time drawn from what is published, those that shrink halve in such a
time, and what is stable stays. The first size is free, and the same for all sizes of one way of
measuring. A later date without change counts against growth by the same sum.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corr.exams.kernels import student
from corr.parameters import Parameters

Array = NDArray[np.floating[Any]]
PER_VOLUME = math.log(2.0) / 3.0
"""ln of the diameter that doubles a volume."""
FAR_SD, RATES, STARTS = 3.5, 41, 241
REACH = 8.0
"""Scales of the kernel up to which first sizes are tried."""


class Seen(NamedTuple):
    """One size: when, as a share of the time over all dates; ln(mm); scale of its t kernel."""

    at: float
    ln_mm: float
    scale: float


class Trend(NamedTuple):
    """Posterior of what a lesion does over all its dates."""

    growing: float
    stable: float
    shrinking: float


def trend(tracks: Sequence[Sequence[Seen]], days: float | None, steps: int, p: Parameters) -> Trend:
    """What sizes say of a lesion.

    Parameters
    ----------
    tracks : sizes of each way of measuring
    days : over all dates; None where only their order is known
    steps : from date to date, of which each takes its time (`change_interval_days`) if days are
        not known
    """
    z = np.linspace(-FAR_SD, FAR_SD, RATES)
    normal = np.exp(-0.5 * z * z)
    span = p["change_interval_days"] * steps if days is None else days
    unsure = p["change_interval_ln_sd"] if days is None else 0.0
    middle = math.log(PER_VOLUME * span / p["change_doubling_median_days"])
    grown = np.exp(middle + math.hypot(p["change_doubling_ln_sd"], unsure) * z)
    grows, shrinks = p["change_growing_share"], p["change_shrinking_share"]
    by_change = (
        (grown, grows),
        (p["change_stable_ln_sd"] * z, max(1.0 - grows - shrinks, 0.0)),
        (-grown, shrinks),
    )
    weight = []
    for change, share in by_change:
        fits = math.prod((_fit(track, change) for track in tracks), start=np.ones(RATES))
        weight.append(share * float(normal @ fits))
    total = sum(weight)
    if total <= 0.0:  # sizes that no rate explains say nothing
        weight, total = [share for _, share in by_change], sum(share for _, share in by_change)
    return Trend(*(w / total for w in weight))


def _fit(track: Sequence[Seen], change: Array) -> Array:
    """``(rates,)`` likelihood of one track's sizes, whatever the first one truly was."""
    at, ln_mm, scale = (np.array(x) for x in zip(*track, strict=True))
    left = ln_mm - change[:, None] * at  # (rates, sizes)
    middle = left.mean(axis=1)
    half = np.abs(left - middle[:, None]).max(axis=1) + REACH * scale.max()
    first = middle[:, None] + half[:, None] * np.linspace(-1.0, 1.0, STARTS)  # (rates, starts)
    off = (left[:, None, :] - first[:, :, None]) / scale
    each = student(off * off, 1) / scale
    return np.asarray(each.prod(axis=2).mean(axis=1) * half)
