"""How a lesion's size changed, given that it is one lesion: what can be told first, then how much.

Two sizes of one lesion differ by themselves. A repeated size of the same modality errs by what a
view errs by (``size_ln_sd_view_*``, wider below ``change_small_mm``); sizes of two modalities, of
a probe and an automated one, of prone and supine, or of what extends and what has a border, differ
by what these exams measure (``size_ln_sd_*``, with their bias), which is wide. All errors are in
ln(mm) and heavy-tailed. `corr.questions.change.rates` says whether all dates together are of
growth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corr.exams.kernels import T_SD, student
from corr.judgement.lesions.described import CALCIFIED, DIFFUSE
from corr.judgement.lesions.sizes import bias, measures
from corr.parameters import Parameters
from corr.questions.change.rates import PER_VOLUME, Seen, Trend, trend
from corr.records import Finding, Reading

Array = NDArray[np.floating[Any]]
STEP, FAR = 0.004, 4.0
RATIOS = np.linspace(-FAR, FAR, round(2 * FAR / STEP) + 1)
"""ln ratios of two diameters: up to a factor of 55."""
TOLD, DETECTED = 0.8, 0.95
OTHER_WAYS = ("ABUS", "SUPINE")
"""Views that measure in another way than the usual exam of their modality."""
Way = tuple[str, str, str]
"""Modality, view if it is one of `OTHER_WAYS`, and what is measured."""


class Sized(NamedTuple):
    """One size of a lesion on one date, of all views that measured it in one way.

    ``scale`` is that of its t kernel against repeats in the same way, ``wide`` against other ways,
    in which ``unbiased_ln_mm`` is compared; ``day`` None where only the order is known.
    """

    way: Way
    day: float | None
    ln_mm: float
    scale: float
    unbiased_ln_mm: float
    wide: float


@dataclass(frozen=True)
class Growth:
    """How the longest diameter changed between two dates, given that it is one lesion.

    Attributes
    ----------
    way_prior, way_now : how the two sizes were measured
    prior_mm, now_mm : the sizes
    ln_growth, ln_lo80, ln_hi80 : natural log of the ratio of diameters, with its interval from the
        errors of both measurements
    ln_detectable : smallest change that repeats of an unchanged lesion pass in one of 20 only
    days : between the two measurements; None where only their order is known
    trend : growing, stable or shrinking over all `dates` of the lesion
    p_rule : probability that it grew faster than the rule (20 % in six months); None without days
    dates : those with a size
    trend_if_same : the trend if a further date, as far on, had the size of now
    """

    way_prior: Way
    way_now: Way
    prior_mm: float
    now_mm: float
    ln_growth: float
    ln_lo80: float
    ln_hi80: float
    ln_detectable: float
    days: float | None
    trend: Trend
    p_rule: float | None
    dates: int
    trend_if_same: Trend

    @property
    def same_way(self) -> bool:
        """Whether both were measured in the same way; only then `percent` is told."""
        return self.way_prior == self.way_now

    @property
    def percent(self) -> float | None:
        """Change of the diameter in per cent; None of sizes measured in two ways."""
        return 100.0 * math.expm1(self.ln_growth) if self.same_way else None

    @property
    def detected(self) -> bool:
        """Whether the change passes the smallest detectable one."""
        return abs(self.ln_growth) > self.ln_detectable

    @property
    def of_volume(self) -> bool:
        """Whether it is the size of a body; extents of calcifications or enhancement are none."""
        return self.way_prior[2] == self.way_now[2] == "size"

    @property
    def doubling_days(self) -> tuple[float, float] | None:
        """80 % interval of the volume's doubling time; to inf where no growth is inside, too.

        None where days are not known, of extents, or if the whole interval is of shrinking.
        """
        if not self.days or not self.of_volume or self.ln_hi80 <= 0.0:
            return None
        per = self.days * PER_VOLUME
        return per / self.ln_hi80, per / self.ln_lo80 if self.ln_lo80 > 0.0 else math.inf


def sizes(
    found: Sequence[Finding], readings: Mapping[str, Reading], p: Parameters, *, dated: bool
) -> list[Sized]:
    """Sizes of one lesion on one date, views of one exam taken together.

    ``dated``: whether the `Reading.order` is a day.
    """
    by_way: dict[Way, list[Finding]] = {}
    for f in found:
        if f.size_mm is not None:
            view = readings[f.reading_id].view or ""
            way: Way = (f.modality, view if view in OTHER_WAYS else "", _sort(f))
            by_way.setdefault(way, []).append(f)
    out = []
    for way, of in sorted(by_way.items()):
        days = [readings[f.reading_id].order or 0.0 for f in of]
        out.append(_sized(way, of, sum(days) / len(days) if dated else None, p))
    return out


def _sort(f: Finding) -> str:
    if f.kind in CALCIFIED:
        return "calcified"
    return "extent" if f.kind in DIFFUSE else "size"


def _sized(way: Way, of: Sequence[Finding], day: float | None, p: Parameters) -> Sized:
    modality = way[0].lower()
    ln_mm = sum(math.log(f.size_mm or 1.0) for f in of) / len(of)
    biased = sum(math.log(bias(way[0], f.kind, p)) for f in of) / len(of)
    small = ln_mm < math.log(p["change_small_mm"])
    scale = p[f"size_ln_sd_view_{modality}"] / math.sqrt(len(of))
    scale *= p["change_small_factor"] if small else 1.0
    _, measured = measures(way[0], "size" if way[2] == "size" else "extent", p)
    row = p.table.get(f"size_bias_{modality}")
    unsure = row.spread / T_SD if row else 0.0
    wide = math.sqrt(scale**2 + measured**2 + unsure**2)
    return Sized(way, day, ln_mm, scale, ln_mm - biased, wide)


def growth(series: Sequence[Sequence[Sized]], prior: int, now: int, p: Parameters) -> Growth | None:
    """How a lesion changed between two of its dates; None where no sizes can be compared.

    Parameters
    ----------
    series : sizes of the lesion on each of its dates, the earliest first; empty where none
    prior, now : which of these
    """
    pairs = _pairs(series[prior], series[now])
    if not pairs:
        return None
    (a, b), same = pairs[0], pairs[0][0].way == pairs[0][1].way
    likelihood, unchanged = np.ones_like(RATIOS), np.ones_like(RATIOS)
    for x, y in pairs:
        errors = _errors(x.scale, y.scale) if same else _errors(x.wide, y.wide)
        change = y.ln_mm - x.ln_mm if same else y.unbiased_ln_mm - x.unbiased_ln_mm
        likelihood = likelihood * np.interp(change - RATIOS, RATIOS, errors, left=0.0, right=0.0)
        unchanged = unchanged * errors
    lo, middle, hi = _quantiles(likelihood, (0.5 - TOLD / 2, 0.5, 0.5 + TOLD / 2))
    (detectable,) = _quantiles(unchanged, (0.5 + DETECTED / 2,))
    days = None if a.day is None or b.day is None else b.day - a.day
    rule = None
    if days:
        least = math.log1p(p["change_rule_share"]) * days / p["change_rule_days"]
        rule = float(likelihood[least < RATIOS].sum() / likelihood.sum())
    again = [s._replace(day=None if s.day is None else s.day + (days or 0.0)) for s in series[now]]
    seen, dates = _trend(series, p, same=same)
    return Growth(
        a.way, b.way, math.exp(a.ln_mm), math.exp(b.ln_mm), middle, lo, hi, detectable, days,
        seen, rule, dates, _trend([*series, again], p, same=same)[0],
    )  # fmt: skip


def _pairs(prior: Sequence[Sized], now: Sequence[Sized]) -> list[tuple[Sized, Sized]]:
    """All measured in the same way, the most exact first; else the most exact of two ways."""
    same = [(a, b) for a in prior for b in now if a.way == b.way]
    if same:
        return sorted(same, key=lambda ab: ab[0].scale + ab[1].scale)
    other = [(a, b) for a in prior for b in now if _alike(a, b)]
    return sorted(other, key=lambda ab: ab[0].wide + ab[1].wide)[:1]


def _alike(a: Sized, b: Sized) -> bool:
    """A mass and calcifications are not compared: these lie within it."""
    return (a.way[2] == "calcified") == (b.way[2] == "calcified")


@lru_cache(maxsize=256)
def _errors(scale_a: float, scale_b: float) -> Array:
    """Density on `RATIOS` of the difference of two errors."""
    a, b = (student((RATIOS / s) ** 2, 1) for s in (scale_a, scale_b))
    both = np.convolve(a, b, mode="same")
    return np.asarray(both / (both.sum() * STEP))


def _quantiles(density: Array, at: Sequence[float]) -> list[float]:
    held = np.cumsum(density) - 0.5 * density
    return [float(x) for x in np.interp(np.array(at) * density.sum(), held, RATIOS)]


def _trend(series: Sequence[Sequence[Sized]], p: Parameters, *, same: bool) -> tuple[Trend, int]:
    """What a lesion does over all its dates, and how many of them have a size."""
    sized = [k for k, some in enumerate(series) if some]
    first, last = sized[0], sized[-1]
    known = [s.day for some in series for s in some if s.day is not None]
    days = max(known) - min(known) if known else 0.0
    tracks: dict[Way | None, list[Seen]] = {}
    for k in sized:
        for s in series[k]:
            at = (k - first) / (last - first) if s.day is None else (s.day - min(known)) / days
            seen = Seen(at, s.ln_mm, s.scale) if same else Seen(at, s.unbiased_ln_mm, s.wide)
            tracks.setdefault(s.way if same else None, []).append(seen)
    return trend(list(tracks.values()), days or None, last - first, p), len(sized)
