"""How often an examination that could be done reports each lesion, and in which words and size.

All of it is asked of the judgement's own model of reports (`corr.judgement.lesions.reporting`), in
which the examination is given one finding of every kind and size it may state. Sizes are told in
`SIZES_MM`; calcifications inside a mass and BI-RADS categories are left unsaid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from corr.exams.registry import exam_of
from corr.judgement.lesions.reporting import Reports
from corr.judgement.weights import ALL, Weights
from corr.records import Finding, Reading

Floats = NDArray[np.floating]
SIZES_MM = np.geomspace(4.0, 64.0, 8)
"""Sizes that a report may state: each stands for those nearest to it."""
TINY = 1e-300


class Further(Reports):
    """Reports of a breast, and what further questions ask of them."""

    def beside(self, masks: Sequence[int], new: Sequence[int], study: str) -> Floats:
        """Weights T(C) ``(masks, new, K)`` of blocks that each gain one more mask of one study."""
        described, assessed = self._described(study, ALL)
        row, mine = self._blocks[study], self._of_study[study]
        out = np.empty((len(masks), len(new), len(self.states)))
        products = zip(*self._products(masks, ALL, without=study), strict=True)
        for of, mask, (weight, classes) in zip(out, masks, products, strict=True):
            at = [row[(mask | more) & mine] for more in new]
            of[:] = (weight * described[at]) @ self._known.flat.T
            of *= (classes * assessed[at]) @ self.states.assessed.T
        return out

    def types(self, mask: int) -> Floats:
        """``(K, lesion)`` probability of each type of the lesion that these findings report."""
        (weight,), _ = self._products([mask], ALL)
        each = (self.states.given * weight.reshape(self.joint.shape)).sum(axis=(1, 3))
        return np.asarray(each / each.sum(axis=1, keepdims=True))


def further(
    weights: Weights, reading: Reading | None = None, new: Sequence[Finding] = ()
) -> Further:
    """Reports of a judged breast, with one more acquisition that reports ``new`` findings."""
    readings = weights.breast.readings + (() if reading is None else (reading,))
    breast = replace(weights.breast, readings=readings)
    found = Further(breast, (*weights.findings, *new), weights.p)
    found.keep(weights.reports, [reading.modality] if reading else [])
    return found


class Rates:
    """Probabilities of the reports of one acquisition that is not done as yet.

    Descriptions are numbered: every kind of `kinds` with every one of `SIZES_MM`.

    Parameters
    ----------
    weights : of the breast, without the acquisition
    reading : the acquisition
    """

    def __init__(self, weights: Weights, reading: Reading) -> None:
        self.weights, self.kinds = weights, exam_of(reading).kinds
        self.study = reading.study or reading.reading_id
        n = len(weights.findings)
        unsized = [
            Finding(f"asked {kind}", reading.reading_id, reading.modality, kind)
            for kind in self.kinds
        ]
        described = [
            replace(f, finding_id=f"{f.finding_id} {mm:.0f}", size_mm=float(mm))
            for f in unsized
            for mm in SIZES_MM
        ]
        self.reports = further(weights, reading, (*unsized, *described))
        self._new = [0, *(1 << n + k for k in range(len(unsized) + len(described)))]
        self._known: dict[int, tuple[Floats, Floats]] = {}
        k = len(self.kinds)
        false = np.array([self.reports.false(n + i, ALL) for i in range(len(self._new) - 1)])
        self._false = self._per_size(false[:k], false[k:])
        self._lesion = self._of([0])[0][1]

    @property
    def count(self) -> int:
        """How many descriptions there are."""
        return len(self.kinds) * len(SIZES_MM)

    def _per_size(self, whole: Floats, each: Floats) -> Floats:
        """``(descriptions, K)``: that of each kind, split among the sizes."""
        parts = each.reshape(len(self.kinds), len(SIZES_MM), -1)
        share = parts / np.maximum(parts.sum(axis=1, keepdims=True), TINY)
        return np.asarray((whole[:, None] * share).reshape(self.count, -1))

    def _of(self, masks: Sequence[int]) -> list[tuple[Floats, Floats]]:
        """Weights of blocks that it does not report ``(K,)``, and reports so ``(descriptions, K)``.

        As one lesion, findings of other examinations included.
        """
        k = len(self.kinds)
        return [
            (w[0], self._per_size(w[1 : 1 + k], w[1 + k :]))
            for w in self.reports.beside(masks, self._new, self.study)
        ]

    def blocks(self, masks: Sequence[int], node: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Probability that a block stays without a report ``(k,)``, and of each ``(k, descr.)``.

        Parameters
        ----------
        masks : a block for each particle; 0: no block, nothing to report
        node : ``(k,)`` of the particle
        """
        state, rate = self.weights.nodes.state[node], self.weights.lesions[node]
        wanted = [m for m in dict.fromkeys(masks) if m and m not in self._known]
        self._known.update(zip(wanted, self._of(wanted), strict=True) if wanted else ())
        silent, said = np.ones(len(masks)), np.zeros((len(masks), self.count))
        which = np.array(masks, dtype=object)
        for mask in dict.fromkeys(masks):
            if not mask:
                continue
            here = np.flatnonzero(which == mask)
            quiet, reported = (x[..., state[here]] for x in self._known[mask])
            nothing = np.zeros(len(here))
            if mask & (mask - 1) == 0:
                i = mask.bit_length() - 1
                nothing = self.weights.reports.false(i, ALL)[state[here]] / rate[here]
            whole = quiet + reported.sum(axis=0) + nothing
            silent[here] = (quiet + nothing) / whole
            said[here] = (reported / whole).T
        return silent, said

    def new(self, node: NDArray[np.intp]) -> Floats:
        """``(k, descriptions)`` how many findings so described are expected of nothing known.

        Lesions that no other examination reported, and what is no lesion.
        """
        state, rate = self.weights.nodes.state[node], self.weights.lesions[node]
        return np.asarray((rate * self._lesion[:, state] + self._false[:, state]).T)
