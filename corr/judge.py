"""The judgement: which findings of one breast are the same lesion.

``P(grouping) ~ sum_e p(e) prod_C w(C|e)`` over the nodes e of the exam-level errors, with
``w(C|e) = lambda T(C) L(C|e)``: how many lesions, how they are reported (`corr.reporting`),
where they are (`corr.locate`). A finding alone may also be nothing elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import gamma

from corr import breast as breast_module
from corr import locate, parameters
from corr.exams.regions import deep_readings
from corr.exams.regions import likelihood as words_likelihood
from corr.parameters import Parameters
from corr.partitions import EXACT_LIMIT, CoupledSum, keep_together, members, window
from corr.records import Belief, Breast, Finding, Grouping, Judgement, Pair
from corr.reporting import Reports, Switches
from corr.verdict import logit10, verdict

Array = NDArray[np.float64]
BAND = (0.7, 1.5)
MOST_SIBLINGS = 2
WINDOW = 11
NEARBY_MM = 20.0
PRIOR, REPORTING, KIND, SIZE = (
    Switches(reporting=False, kind=False, size=False),
    Switches(reporting=True, kind=False, size=False),
    Switches(reporting=True, kind=True, size=False),
    Switches(reporting=True, kind=True, size=True),
)


class Weights:
    """``w(C|e)`` for every block of findings of one breast, under one set of parameters."""

    def __init__(self, breast: Breast, p: Parameters) -> None:
        self.breast = breast
        model = breast_module.build(breast.shape, p)
        everything = with_siblings(breast.findings)
        self.places = locate.Places(breast, everything, model, p)
        self.findings = tuple(f for f in everything if f.matched)
        self.reports = Reports(breast, self.findings, p)
        self.placed = self.places.agreements(self.findings)  # L(C|e)
        for i, f in enumerate(self.findings):
            if f.targeted_at is not None:  # it could only have been reported near its target
                self.placed[1 << i] = np.ones(len(self.places.nodes))
        self.links = _links(self.findings)
        shape, mean = p["lesions_shape"], p["lesions_mean"]
        self.lesions = gamma.ppf(self.places.nodes.uniform, shape) * mean / shape  # lambda(e)

    def alone(self, i: int, on: Switches) -> Array:
        """Weight ``(n_e,)`` of a finding that shares its lesion with no other."""
        return self.lesions * self.reports.lesion(1 << i, on) + self.reports.false(i, on)

    def together(self, mask: int, on: Switches) -> Array:
        """Weight ``(n_e,)`` of a block of findings as one lesion, place aside."""
        return self.lesions * self.reports.lesion(mask, on)

    def groupings(self, on: Switches, *, located: bool, among: int | None = None) -> CoupledSum:
        """Sum over all groupings of the findings in mask ``among`` (all of them).

        Only the evidence that is switched on counts. Beyond `EXACT_LIMIT` findings, lesions
        are formed within groups of strongly linked findings only.
        """
        chosen = list(range(len(self.findings))) if among is None else members(among)
        alone = {i: self.alone(i, on) for i in chosen}
        if located:
            alone = {i: a * self.placed[1 << i] for i, a in alone.items()}
        groups = [sum(1 << i for i in chosen)]
        if len(chosen) > EXACT_LIMIT:
            groups = keep_together(len(self.findings), self._odds)
        local = {i: k for k, i in enumerate(chosen)}
        weights = {}
        for mask, place in self.placed.items():
            if mask & (mask - 1) == 0 or not any(mask & g == mask for g in groups):
                continue
            if any(mask & link not in (0, link) for link in self.links):
                continue
            inside = members(mask)
            weight = self.together(mask, on) * (place if located else 1.0)
            weights[sum(1 << local[i] for i in inside)] = weight / _product([alone[i] for i in inside])
        base = np.exp(-self.lesions * self.reports.any_report()) * _product(list(alone.values()))
        single = [not any(link >> i & 1 for link in self.links) for i in chosen]
        return CoupledSum(len(chosen), weights, base, single)

    def p_same(self, on: Switches, *, located: bool) -> Array:
        """``(n, n)`` probability that two findings are one lesion.

        Beyond `EXACT_LIMIT` findings each pair is judged among the `WINDOW` findings with the
        strongest links to it.
        """
        n = len(self.findings)
        if n <= EXACT_LIMIT:
            return self.groupings(on, located=located).together()
        out, done = np.eye(n), dict[int, Array]()
        for i, j in combinations(range(n), 2):
            if self.findings[i].reading_id == self.findings[j].reading_id:
                continue
            mask = window(i, j, self._odds, WINDOW)
            if mask not in done:
                done[mask] = self.groupings(on, located=located, among=mask).together()
            inside = members(mask)
            out[i, j] = out[j, i] = done[mask][inside.index(i), inside.index(j)]
        return out

    @cached_property
    def _odds(self) -> Array:
        """``(n, n)`` odds of each pair taken by itself."""
        n = len(self.findings)
        odds = np.zeros((n, n))
        for mask, place in self.placed.items():
            if mask.bit_count() == 2:
                i, j = members(mask)
                apart = self.alone(i, SIZE) * self.alone(j, SIZE)
                apart = apart * self.placed[1 << i] * self.placed[1 << j]
                odds[i, j] = (self.together(mask, SIZE) * place).mean() / apart.mean()
        return odds

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not exact."""
        n = len(self.findings)
        if n <= EXACT_LIMIT:
            return ()
        return (
            f"{n} findings are more than the {EXACT_LIMIT} that are summed exactly: each pair was "
            f"judged among the {WINDOW} findings with the strongest links to it, groupings were "
            f"formed within groups of at most {EXACT_LIMIT}",
        )


def _product(arrays: Sequence[Array]) -> Array:
    return math.prod(arrays[1:], start=arrays[0])


def with_siblings(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Add the unlisted siblings that a count says are there, described only by its words."""
    out = list(findings)
    for f in findings:
        for k in range(min(f.count_min - 1, MOST_SIBLINGS)):
            out.append(
                replace(
                    f, finding_id=f"{f.finding_id}~{k + 1}", size_mm=None, size2_mm=None,
                    size3_mm=None, depth_mm=None, fn_mm=None, same_as=None, n_calcifications=None,
                    count_min=1, count_max=1,
                )
            )  # fmt: skip
    return tuple(out)


def _links(findings: tuple[Finding, ...]) -> list[int]:
    """Reader-declared links as masks of two findings of different readings."""
    index = {f.finding_id: i for i, f in enumerate(findings)}
    return [
        1 << i | 1 << index[f.same_as]
        for i, f in enumerate(findings)
        if f.same_as in index and findings[index[f.same_as]].reading_id != f.reading_id
    ]


def judge(breast: Breast, p: Parameters | None = None) -> Judgement:
    """Judge one breast.

    Parameters
    ----------
    breast : readings done and findings reported
    p : table of constants; the one that comes with corr unless given

    Returns
    -------
    Judgement
        pairs of different readings sorted by finding ids; at most five groupings
    """
    p = parameters.load() if p is None else p
    breast = _in_order(breast)
    model = breast_module.build(breast.shape, p)
    weights = Weights(breast, p)
    beliefs = {f.finding_id: weights.places.belief(f.finding_id) for f in breast.findings}
    band = [Weights(breast, p.scale_spreads(k)).p_same(SIZE, located=True) for k in BAND]
    return Judgement(
        breast=breast,
        points=model.points,
        cell_mm=model.cell_mm,
        beliefs=beliefs,
        pairs=_pairs(weights, band),
        groupings=_best(weights),
        silences=weights.reports.silences(),
        word_readings=_word_readings(breast, model, p),
        nearby=_nearby(breast, beliefs),
        notes=weights.notes,
    )


def _in_order(breast: Breast) -> Breast:
    """The same breast with findings and readings sorted: their order must not matter."""
    return replace(
        breast,
        findings=tuple(sorted(breast.findings, key=lambda f: f.finding_id)),
        readings=tuple(sorted(breast.readings, key=lambda r: r.reading_id)),
    )


def _pairs(weights: Weights, band: list[Array]) -> tuple[Pair, ...]:
    p_same = weights.p_same(SIZE, located=True)
    prior = weights.p_same(PRIOR, located=False)
    pairs = []
    f = weights.findings
    stated = [i for i, x in enumerate(f) if "~" not in x.finding_id]
    for i in stated:
        for j in stated:
            if f[i].finding_id >= f[j].finding_id or f[i].reading_id == f[j].reading_id:
                continue
            parts = _parts(weights, i, j)
            low, high = (g(p_same[i, j], *(b[i, j] for b in band)) for g in (min, max))
            log10_prior = logit10(prior[i, j])
            context = logit10(p_same[i, j]) - log10_prior - sum(parts)
            pairs.append(
                Pair(
                    f[i].finding_id, f[j].finding_id, float(p_same[i, j]), float(low), float(high),
                    float(prior[i, j]), verdict(p_same[i, j], low, high), log10_prior,
                    *parts, context,
                )
            )  # fmt: skip
    return tuple(sorted(pairs, key=lambda q: (q.finding_a, q.finding_b)))


def _parts(w: Weights, i: int, j: int) -> tuple[float, float, float, float]:
    """log10 Bayes factors of one pair taken by itself: location, size, kind, reporting."""
    both = 1 << i | 1 << j

    def odds(on: Switches) -> float:
        apart = w.alone(i, on) * w.alone(j, on)
        return float(np.log10(w.together(both, on).mean() / apart.mean()))

    steps = [odds(on) for on in (PRIOR, REPORTING, KIND, SIZE)]
    reporting, kind, size = np.diff(steps)
    located = w.placed[both].mean() / (w.placed[1 << i] * w.placed[1 << j]).mean()
    return float(np.log10(located)), float(size), float(kind), float(reporting)


def _best(weights: Weights) -> tuple[Grouping, ...]:
    """Five most probable groupings of the stated findings; siblings are summed out of sight."""
    merged: dict[tuple[tuple[str, ...], ...], float] = {}
    hidden = any("~" in f.finding_id for f in weights.findings)
    full = weights.groupings(SIZE, located=True)
    for masks, p in full.best(200 if hidden else 5):
        blocks = []
        for mask in masks:
            ids = [weights.findings[i].finding_id for i in members(mask)]
            if kept := tuple(sorted(x for x in ids if "~" not in x)):
                blocks.append(kept)
        key = tuple(sorted(blocks))
        merged[key] = merged.get(key, 0.0) + p
    ranked = sorted(merged.items(), key=lambda kv: (-round(kv[1], 12), kv[0]))
    return tuple(Grouping(blocks, min(p, 1.0)) for blocks, p in ranked[:5])


def _word_readings(
    breast: Breast, model: breast_module.BreastModel, p: Parameters
) -> dict[str, dict[str, float]]:
    """Share of each meaning of "deep to the nipple", given what else the finding says."""
    readings = {r.reading_id: r for r in breast.readings}
    out = {}
    for f in breast.findings:
        if f.region != "deep_to_nipple":
            continue
        reading = readings[f.reading_id]
        rest = words_likelihood(replace(f, region=None), reading, model, p, breast.side)
        other = model.prior if rest is None else model.prior * rest
        mass = {
            name: share * float(other @ (region / region.mean()))
            for name, (share, region) in deep_readings(reading, model, p).items()
        }
        total = sum(mass.values())
        out[f.finding_id] = {name: m / total for name, m in mass.items()}
    return out


def _nearby(breast: Breast, beliefs: dict[str, Belief]) -> dict[str, tuple[str, ...]]:
    """Associated features believed within 2 cm of each matched finding."""
    out = {}
    for f in breast.findings:
        if not f.matched:
            continue
        here = beliefs[f.finding_id].mean_mm
        near = [
            a.finding_id
            for a in breast.findings
            if not a.matched and np.linalg.norm(beliefs[a.finding_id].mean_mm - here) <= NEARBY_MM
        ]
        if near:
            out[f.finding_id] = tuple(sorted(near))
    return out
