"""A breast of the simulated cohort on two dates, from true places: for `benchmarks.change`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from corr.parameters import Parameters
from corr.questions.change.rates import PER_VOLUME
from corr.records import Breast, Finding

SEED, DAY = 20261130, 738000.0
DAYS = (180, 400)
NOISE_MM = {"MG": 3.0, "US": 8.0, "MR": 3.0}
"""Scale of the t error (4 degrees of freedom) per axis and date."""
REPORTED, VIEW_SHOWS = 0.85, 0.9
OFFSET_LN_SD, MOST_GROWTH = 0.2, math.log(6.0)
Truth = Mapping[str, Mapping[str, Any]]
"""Rows of ``truth.csv`` by finding."""


class Told(NamedTuple):
    """What is true of a finding: nan of what does not double."""

    lesion: str
    growth: float
    doubling: float


@dataclass(frozen=True)
class Drawn:
    """A breast on two dates with its truth."""

    breast: Breast
    told: dict[str, Told]

    @property
    def before(self) -> dict[str, str]:
        """Lesion of each finding of the earlier date."""
        return {i: t.lesion for i, t in self.told.items() if i.endswith(".0")}

    def right(self, f: Finding, prior: Finding | None) -> float:
        """Whether a finding of the later date continues this one, or truly none."""
        lesion = self.told[f.finding_id].lesion
        true = lesion if lesion in self.before.values() else ""
        return float((self.before[prior.finding_id] if prior else "") == true)


def two_dates(
    breast: Breast,
    truth: Truth,
    modalities: tuple[str, ...],
    p: Parameters,
    *,
    seed: int,
    states: Mapping[str, float],
) -> Drawn:
    """A breast of the cohort on two dates."""
    rng = np.random.default_rng([SEED, seed])
    days = float(rng.integers(*DAYS))
    readings = [r for r in breast.readings if r.modality in modalities and r.view != "STEREO"]
    ids = {r.reading_id for r in readings}
    lesions: dict[str, list[Finding]] = {}
    for f in breast.findings:
        if f.reading_id in ids and f.matched:
            lesions.setdefault(str(truth[f.finding_id]["lesion_id"]), []).append(f)
    found, told = list[Finding](), dict[str, Told]()
    for lesion, of in sorted(lesions.items()):
        row = truth[of[0].finding_id]
        state = str(rng.choice(list(states), p=list(states.values())))
        on = {"stays": (0, 1), "new": (1,), "gone": (0,)}[state]
        if row["is_false"]:
            on = (int(rng.integers(2)),)
        doubling, growth = _growth(rng, days, p)
        size = float(row["lesion_size_mm"])
        size = size if size > 0 else p["size_median_mm"]
        offset = {m: float(rng.normal(0.0, OFFSET_LN_SD)) for m in modalities}
        for date in on:
            sees = {m: rng.random() < REPORTED for m in modalities}
            for f in of:
                if not sees[f.modality] or rng.random() > VIEW_SHOWS:
                    continue
                mm = size * math.exp(offset[f.modality] + growth * date)
                placed = _placed(f, truth[f.finding_id], rng)
                made = replace(
                    placed, finding_id=f"{f.finding_id}.{date}", size2_mm=None, same_as=None,
                    reading_id=f"{f.reading_id}.{date}", targeted_at=None,
                    size_mm=_measured(mm, f.modality, rng, p),
                )  # fmt: skip
                found.append(made)
                told[made.finding_id] = Told(lesion, growth, doubling)
    again = [
        replace(r, reading_id=f"{r.reading_id}.{date}", exam_id=f"{r.exam_id}.{date}",
                study=f"{r.study or r.reading_id}.{date}", order=DAY + days * date, targeted=False)
        for date in (0, 1) for r in readings
    ]  # fmt: skip
    return Drawn(replace(breast, readings=tuple(again), findings=tuple(found)), told)


def _growth(rng: np.random.Generator, days: float, p: Parameters) -> tuple[float, float]:
    """Doubling time (nan of what does not grow) and ln ratio of the diameters."""
    grows, shrinks = p["change_growing_share"], p["change_shrinking_share"]
    what = rng.choice(3, p=[grows, shrinks, 1.0 - grows - shrinks])
    ln_time = math.log(p["change_doubling_median_days"])
    time = math.exp(ln_time + p["change_doubling_ln_sd"] * rng.standard_normal())
    if what == 2:
        return math.nan, float(rng.normal(0.0, p["change_stable_ln_sd"]))
    growth = min(PER_VOLUME * days / time, MOST_GROWTH)
    return (PER_VOLUME * days / growth, growth) if what == 0 else (math.nan, -growth)


def _measured(mm: float, modality: str, rng: np.random.Generator, p: Parameters) -> float:
    scale = p[f"size_ln_sd_view_{modality.lower()}"]
    scale *= p["change_small_factor"] if mm < p["change_small_mm"] else 1.0
    return round(max(mm * math.exp(scale * rng.standard_t(4)), 1.0), 1)


def _placed(f: Finding, true: Mapping[str, float], rng: np.random.Generator) -> Finding:
    """The finding at its true place with a new error, stated as its exam states places."""
    a, b, c = (NOISE_MM[f.modality] * rng.standard_t(4, 3)).tolist()
    if f.modality == "MG":
        x, y = _or((true["true_mg_x"], true["true_mg_y"]), (f.posterior_mm, f.transverse_mm))
        return replace(f, posterior_mm=round(x + a, 1), transverse_mm=round(y + b, 1))
    if f.modality == "MR":
        place = true["prone_x"], true["prone_y"], true["prone_z"]
        x, y, z = _or(place, (f.lateral_mm, f.superior_mm, f.posterior_mm))
        return replace(f, lateral_mm=x + a, superior_mm=y + b, posterior_mm=z + c)
    stated = (None, None) if f.clock_h is None else (f.clock_h[0], f.fn_mm)
    hour, far = _or((true["true_clock"], 10.0 * true["true_fn_cm"]), stated)
    angle = math.radians(30.0 * hour)
    x, y = far * math.sin(angle) + a, far * math.cos(angle) + b
    half_hours = round(math.degrees(math.atan2(x, y)) / 15.0)
    at = half_hours / 2 % 12.0 or 12.0
    return replace(
        f, clock_h=(at, at), fn_mm=5.0 * round(math.hypot(x, y) / 5.0), fn_rounding_mm=2.5,
        depth_mm=None if f.depth_mm is None else round(max(f.depth_mm + 0.3 * c, 1.0)),
    )  # fmt: skip


def _or(true: tuple[float, ...], stated: tuple[float | None, ...]) -> list[float]:
    """True values; of what is false, which has none, those stated."""
    return [
        float(s or 0.0) if math.isnan(t) else float(t) for t, s in zip(true, stated, strict=True)
    ]
