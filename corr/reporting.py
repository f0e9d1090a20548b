"""What an exam reports of a lesion: seen or not, called what, measured how large.

A lesion has a type and a size, and is benign or malignant. Whether each exam reports it, and
how, depends on these and on nothing else, so the weights need no place. Malignant lesions are
reported by most exams and benign ones by few: that makes reports of one lesion go together.
It is summed over and never given out: nothing here is a probability of cancer. A mammogram
first sees a lesion or not, then each view shows it or not. A finding whose view is left out was
seen on some view of its exam: of the views that no finding names, it says nothing but that. Beside
a finding that names its view it may be that lesion on another view, or another lesion.
`corr.described` has what is said of it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr.described import CLASSES, LESIONS, SIZES_MM, assessed, named, no_calcifications, sized
from corr.parameters import Parameters
from corr.records import Breast, Finding, Reading, Silence

Array = NDArray[np.floating[Any]]
SILENT_SIZES_MM = (5.0, 10.0, 20.0)
MOST_BLOCKS = 1 << 14
"""Blocks up to which the weights of all are computed at once; beyond, of those asked for."""


def size_prior(p: Parameters) -> Array:
    """Probability of each of `SIZES_MM` before any report."""
    z = (np.log(SIZES_MM) - np.log(p["size_median_mm"])) / p["size_ln_sd"]
    w = np.exp(-0.5 * z * z)
    return np.asarray(w / w.sum())


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
                mass = np.maximum(mass, p["us_targeted"])
        both = mass
        calcified = p[f"{m}_sees_calcification_{malignancy}"]  # counted where it was reported
    nonmass = p[f"{modality.lower()}_sees_nonmass"] * ones
    return np.stack([mentioned * mass, calcified * ones, mentioned * both, mentioned * nonmass])


def _logistic(slope_per_mm: float, midpoint_mm: float) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-slope_per_mm * (SIZES_MM - midpoint_mm))))


@dataclass(frozen=True)
class Switches:
    """Which kinds of evidence count; all off leaves only "some exam reported something"."""

    reporting: bool = True
    kind: bool = True
    size: bool = True


class Reports:
    """Weights of blocks of findings from what was reported, for one breast.

    Blocks are bit masks over ``findings``; ``joint`` is the probability ``(class, lesion,
    size)`` of a lesion before any report, ``sees`` that of each study to see it at all.
    """

    def __init__(self, breast: Breast, findings: Sequence[Finding], p: Parameters) -> None:
        self.p, self.findings = p, findings
        self.density = breast.shape.density
        self.studies: dict[str, list[Reading]] = {}
        for r in breast.readings:
            self.studies.setdefault(r.study or r.reading_id, []).append(r)
        mix = np.array([p[f"mix_{k}"] for k in LESIONS])
        self.mix = mix / mix.sum()
        self.share = np.array([1.0 - p["malignant_share"], p["malignant_share"]])  # of classes
        self.joint = self.share[:, None, None] * self.mix[:, None] * size_prior(p)
        self.sees = {name: self._study_sees(rs) for name, rs in self.studies.items()}
        self._sizes = [sized(f, p) for f in findings]
        self._of_study = {
            name: sum(1 << i for i, f in enumerate(findings) if f.reading_id in ids)
            for name, ids in ((n, {r.reading_id for r in rs}) for n, rs in self.studies.items())
        }
        per_reading = Counter(f.reading_id for f in findings)
        self._few = math.prod(1 + k for k in per_reading.values()) <= MOST_BLOCKS
        self._patterns: dict[tuple[bool, str, frozenset[str]], Array] = {}
        self._by_study: dict[tuple[str, Switches], dict[int, Array]] = {}
        self._lesions: dict[Switches, dict[int, float]] = {}
        self._single: dict[tuple[int, Switches], float] = {}

    def _study_sees(self, readings: Sequence[Reading]) -> Array:
        """(class, lesion, size) probability that the study sees it at all."""
        first = readings[0]
        if first.view == "STEREO":
            return np.full(self.joint.shape, self.p["stereo_reports"])
        targeted = any(r.targeted for r in readings)
        return exam_sees(first.modality, self.density, self.p, targeted=targeted)

    def shows(self, reading: Reading) -> float:
        """Probability that one reading of a study shows what the study saw."""
        good = self.p["poor_exam_shows"] if reading.poor else 1.0
        alone = len(self._views(reading.study or reading.reading_id)) == 1
        if alone and (reading.modality != "MG" or reading.view is None):
            return good
        return good * self.p["stereo_view" if reading.view == "STEREO" else "mg_exam_given_view"]

    def _pattern(self, name: str, hits: frozenset[str], *, reporting: bool) -> Array:
        """Probability that exactly the readings ``hits`` of a study report the lesion.

        With a hit that names no view: that at least one view shows it, and those hit among them.
        (How often a row leaves out its view is no news of the lesion and not counted.)
        """
        key = (reporting, name, hits)
        if key not in self._patterns:
            sees = self.sees[name]
            if not reporting:
                sees = np.asarray((sees * self.joint).sum())
            views = self._views(name)
            named = [self.shows(r) for r in views if r.reading_id in hits]
            others = [1.0 - self.shows(r) for r in views if r.reading_id not in hits]
            if len(named) == len(hits):
                seen = sees * math.prod(named) * math.prod(others)
            else:
                seen = sees * (math.prod(named) if named else 1.0 - math.prod(others))
            self._patterns[key] = seen if hits else seen + (1.0 - sees)
        return self._patterns[key]

    def _views(self, name: str) -> list[Reading]:
        """Readings of a study that are looks of their own: of a mammogram, those of a view."""
        readings = self.studies[name]
        films = [r for r in readings if r.modality != "MG" or r.view is not None]
        return films or readings

    def lesion(self, mask: int, on: Switches) -> float:
        """Weight T(C): one lesion reported by exactly these findings, and so described."""
        if self._few:
            return self.lesions(on)[mask]
        if (mask, on) not in self._single:
            weight = self.joint.ravel()
            for name in self.studies:
                weight = weight * self._described(name, on)[mask & self._of_study[name]]
            self._single[mask, on] = float(weight.sum())
        return self._single[mask, on]

    def lesions(self, on: Switches) -> dict[int, float]:
        """Weight T(C) of every block with at most one finding per reading, the empty one too."""
        if on not in self._lesions:
            masks, weights = [0], self.joint.reshape(1, -1)
            for name in self.studies:
                here = self._described(name, on)
                masks = [m | h for m in masks for h in here]
                factors = np.stack(list(here.values()))
                weights = (weights[:, None] * factors).reshape(len(masks), -1)
            totals = weights.sum(axis=1).tolist()
            self._lesions[on] = dict(zip(masks, totals, strict=True))
        return self._lesions[on]

    def _described(self, name: str, on: Switches) -> dict[int, Array]:
        """Blocks within one study: the weight of each for every class, type and size of lesion."""
        if (name, on) in self._by_study:
            return self._by_study[name, on]
        blocks: list[tuple[int, frozenset[str], list[int]]] = [(0, frozenset(), [])]
        for r in self.studies[name]:
            for i, f in enumerate(self.findings):
                if f.reading_id != r.reading_id:
                    continue
                blocks += [
                    (mask | 1 << i, hits | {r.reading_id}, [*members, i])
                    for mask, hits, members in blocks
                    if r.reading_id not in hits
                ]
        self._by_study[name, on] = {
            mask: (said * self._pattern(name, hits, reporting=on.reporting)).ravel()
            for mask, hits, said in ((m, h, self._said(of, on)) for m, h, of in blocks)
        }
        return self._by_study[name, on]

    def _said(self, of: Sequence[int], on: Switches) -> Array:
        """Likelihood ``(class, lesion, size)`` of what a study says of one lesion."""
        said = np.ones(self.joint.shape)
        if on.kind and of:
            said = said * self._kind([self.findings[i] for i in of])
        if on.size:
            said = said * np.prod([np.ones(said.shape[1:]), *(self._sizes[i] for i in of)], axis=0)
        return said

    def _kind(self, of: Sequence[Finding]) -> Array:
        """Likelihood ``(class, lesion, 1)`` of kinds, BI-RADS and "no calcifications"."""
        called = np.prod([named(of, self.p), *(no_calcifications(f, self.p) for f in of)], axis=0)
        return np.asarray(assessed(of, self.share, self.p)[:, None, None] * called[:, None])

    def false(self, i: int, on: Switches) -> float:
        """Weight F(i): a finding that is nothing in any other exam."""
        f = self.findings[i]
        weight = self.false_rate(f) if on.reporting else self.p[f"false_{f.modality.lower()}"]
        if on.kind:
            weight *= float(self.mix @ self._kind([f])[0, :, 0])  # nothing, so nothing malignant
        if on.size:
            weight *= float((self.joint * self._sizes[i]).sum())
        return weight

    def false_rate(self, f: Finding) -> float:
        """How many findings like this, which are nothing in any other exam, a reading reports."""
        near = f.modality == "MR" and self._behind_nipple(f)
        return self.p["false_mr_nipple" if near else f"false_{f.modality.lower()}"]

    def _behind_nipple(self, f: Finding) -> bool:
        """Said or measured to be retroareolar: there, enhancement may be physiological."""
        if f.lateral_mm is None or f.superior_mm is None or f.posterior_mm is None:
            return f.region == "subareolar"
        radius = np.hypot(f.lateral_mm, f.superior_mm)
        near = radius < self.p["subareolar_radius_mm"]
        return bool(near and f.posterior_mm < self.p["subareolar_depth_mm"])

    def any_report(self) -> float:
        """Probability that a lesion is reported by at least one reading."""
        silent = self.joint
        for name in self.studies:
            silent = silent * self._pattern(name, frozenset(), reporting=True)
        return 1.0 - float(silent.sum())

    def silences(self) -> tuple[Silence, ...]:
        """Per exam, how often it would report nothing of a lesion that is there."""
        rows = []
        for name, readings in self.studies.items():
            shown = 1.0 - math.prod(1.0 - self.shows(r) for r in self._views(name))
            exam = "+".join(sorted({r.exam_id for r in readings}))
            of_either = np.tensordot(self.share, self.sees[name], axes=1)  # (lesion, size)
            for k, sees in zip(LESIONS, of_either, strict=True):
                seen = np.interp(np.log(SILENT_SIZES_MM), np.log(SIZES_MM), sees)
                quiet = (1.0 - shown * seen).tolist()
                rows += [
                    Silence(exam, readings[0].modality, k, mm, q)
                    for mm, q in zip(SILENT_SIZES_MM, quiet, strict=True)
                ]
        return tuple(rows)
