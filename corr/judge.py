"""The judgement: which findings of one breast are the same lesion.

``P(grouping) ~ sum_e p(e) prod_C w(C|e)`` over the nodes e of the exam-level errors, with
``w(C|e) = lambda T(C) L(C|e)``: how many lesions, how they are reported (`corr.reporting`),
where they are (`corr.locate`). A finding alone may also be nothing elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import gamma

from corr import breast as breast_module
from corr import locate, parameters
from corr.exams.regions import deep_readings
from corr.exams.regions import likelihood as words_likelihood
from corr.parameters import Parameters
from corr.partitions import EXACT_LIMIT, CoupledSum, blocks_of, keep_together, members
from corr.records import Belief, Breast, Finding, Grouping, Judgement, Pair
from corr.reporting import Reports, Switches
from corr.verdict import logit10, verdict

Array = NDArray[np.float64]
BAND = (0.7, 1.5)
MOST_SIBLINGS = 2
NEARBY_MM = 20.0
PRIOR, REPORTING, KIND, SIZE = (
    Switches(reporting=False, kind=False, size=False),
    Switches(reporting=True, kind=False, size=False),
    Switches(reporting=True, kind=True, size=False),
    Switches(reporting=True, kind=True, size=True),
)


@dataclass(frozen=True)
class Weights:
    """Everything the sums need, for one setting of the parameters."""

    findings: tuple[Finding, ...]  # matched ones, unlisted siblings after them
    lesions: Array  # (n_e,) expected number of lesions at each node
    any_report: float
    reported: dict[Switches, dict[int, float]]  # T(C)
    false: dict[Switches, list[float]]  # F(i)
    placed: dict[int, Array]  # L(C|e)
    links: list[int]  # declared by the reader, as masks
    beliefs: dict[str, Belief]
    notes: tuple[str, ...] = ()

    def alone(self, i: int, on: Switches) -> Array:
        """Weight ``(n_e,)`` of a finding that shares its lesion with no other."""
        return self.lesions * self.reported[on][1 << i] + self.false[on][i]

    def groupings(self, on: Switches, *, located: bool) -> CoupledSum:
        """Sum over all groupings with some kinds of evidence on."""
        n = len(self.findings)
        alone = [self.alone(i, on) for i in range(n)]
        base = np.exp(-self.lesions * self.any_report) * np.prod(alone, axis=0)
        if located:
            base = base * np.prod([self.placed[1 << i] for i in range(n)], axis=0)
        weights = {}
        for mask, reported in self.reported[on].items():
            inside = members(mask)
            if len(inside) < 2 or any(mask & link not in (0, link) for link in self.links):
                continue
            ratio = self.lesions * reported / np.prod([alone[i] for i in inside], axis=0)
            weights[mask] = ratio * self.relative_place(mask) if located else ratio
        linked = [any(link >> i & 1 for link in self.links) for i in range(n)]
        return CoupledSum(n, weights, base, [not x for x in linked])

    def relative_place(self, mask: int) -> Array:
        """Location Bayes factor ``(n_e,)`` of a block against "all elsewhere"."""
        return np.asarray(self.placed[mask] / np.prod([self.placed[1 << i] for i in members(mask)], axis=0))


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


def weigh(breast: Breast, p: Parameters) -> Weights:
    """Places and reports of all findings of one breast under one set of parameters."""
    model = breast_module.build(breast.shape, p)
    used = {f.reading_id for f in breast.findings}
    nodes = locate.error_nodes(tuple(r for r in breast.readings if r.reading_id in used), p)
    everything = with_siblings(breast.findings)
    places = dict(
        zip(
            [f.finding_id for f in everything],
            locate.places(breast, everything, model, nodes, p),
            strict=True,
        )
    )
    beliefs = {
        f.finding_id: locate.belief(f.finding_id, places[f.finding_id], model, model.cell_mm)
        for f in breast.findings
    }
    findings = tuple(f for f in everything if f.matched)
    readings = [f.reading_id for f in findings]
    masks = [1 << i for i in range(len(findings))] + blocks_of(readings)
    placed = locate.agreements(
        [places[f.finding_id] for f in findings], readings, model.prior, len(nodes)
    )
    for i, f in enumerate(findings):
        if f.targeted_at is not None:  # it could only have been reported near its target
            placed[1 << i] = np.ones(len(nodes))
    reports = Reports(breast, p)
    switches = (PRIOR, REPORTING, KIND, SIZE)
    lesions = gamma.ppf(nodes.uniform, p["lesions_shape"]) * p["lesions_mean"] / p["lesions_shape"]
    return Weights(
        findings=findings,
        lesions=lesions,
        any_report=reports.any_report(),
        reported={
            on: {m: reports.lesion([findings[i] for i in members(m)], on) for m in masks}
            for on in switches
        },
        false={on: [reports.false(f, on) for f in findings] for on in switches},
        placed=placed,
        links=_links(findings),
        beliefs=beliefs,
    )


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
    model = breast_module.build(breast.shape, p)
    weights = weigh(breast, p)
    full = weights.groupings(SIZE, located=True)
    band = [
        weigh(breast, p.scale_spreads(k)).groupings(SIZE, located=True).together() for k in BAND
    ]
    return Judgement(
        breast=breast,
        points=model.points,
        cell_mm=model.cell_mm,
        beliefs=weights.beliefs,
        pairs=_pairs(weights, full.together(), band),
        groupings=_best(weights, full),
        silences=Reports(breast, p).silences(),
        word_readings=_word_readings(breast, model, p),
        nearby=_nearby(breast, weights.beliefs),
        notes=weights.notes,
    )


def _pairs(weights: Weights, p_same: Array, band: list[Array]) -> tuple[Pair, ...]:
    prior = weights.groupings(PRIOR, located=False).together()
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
        together = (w.lesions * w.reported[on][both]).mean()
        apart = (w.alone(i, on) * w.alone(j, on)).mean()
        return float(np.log10(together / apart))

    steps = [odds(on) for on in (PRIOR, REPORTING, KIND, SIZE)]
    reporting, kind, size = np.diff(steps)
    located = w.placed[both].mean() / (w.placed[1 << i] * w.placed[1 << j]).mean()
    return float(np.log10(located)), float(size), float(kind), float(reporting)


def _best(weights: Weights, full: CoupledSum) -> tuple[Grouping, ...]:
    """Five most probable groupings of the stated findings; siblings are summed out of sight."""
    merged: dict[tuple[tuple[str, ...], ...], float] = {}
    hidden = any("~" in f.finding_id for f in weights.findings)
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
