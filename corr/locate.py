"""From findings to places: likelihoods on the grid, beliefs, and how well places agree.

Every reading has exam-level errors (pose, rotation, nipple, angle, scale) shared by all
its findings. They are integrated over nodes (`corr.nodes`) outside the product over lesions;
where a reading has a single finding, its errors are that finding's own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corr.breast import Array, BreastModel
from corr.exams import mammography, mri, regions, ultrasound
from corr.nodes import Nodes, normal_nodes, prior_nodes
from corr.parameters import Parameters
from corr.records import Belief, Breast, Finding, Reading

OUTLIER = {"MG": "mg_outlier", "US": "us_outlier", "MR": "mr_outlier"}


Doubles = NDArray[np.float64]
Seen = mammography.Seen | ultrasound.Seen | mri.Seen
MOST_SUMS = 23
"""log2 of nodes times subsets of findings: many findings make do with fewer nodes."""
FEWEST_NODES = 32
PRIVATE_NODES = 128
"""Nodes over the errors of a reading with a single finding, integrated by itself."""


def _errors(reading: Reading, p: Parameters) -> tuple[Array, Array]:
    module = {"MG": mammography, "US": ultrasound, "MR": mri}[reading.modality]
    return module.errors(reading, p)


def shared_nodes(breast: Breast, findings: Sequence[Finding], p: Parameters) -> Nodes:
    """Nodes over the errors of all readings in which several findings share them."""
    count = Counter(f.reading_id for f in findings if f.matched)
    shared = [r for r in breast.readings if count[r.reading_id] > 1]
    sizes = [(r.reading_id, len(_errors(r, p)[0])) for r in shared]
    most = 2 ** max(MOST_SUMS - sum(f.matched for f in findings), 5)
    return prior_nodes(sizes, max(min(int(p["error_nodes"]) * len(shared), most), FEWEST_NODES))


def appear(reading: Reading, model: BreastModel, e: Array, p: Parameters, side: str) -> Seen:
    """What one reading would measure of every point, for nodes ``e`` of its errors."""
    if reading.modality == "MG":
        return mammography.appear(reading, model, e, p)
    if reading.modality == "US":
        return ultrasound.appear(reading, model, e, p, side)
    return mri.appear(reading, model, e, p)


class Places:
    """Where each finding of a breast can be: likelihood ratios against "anywhere".

    ``of[finding_id]`` is ``(n_e, n)``, or ``(1, n)`` where no other finding shares the errors
    of its reading, or None where nothing was said. It averages to one over prior and nodes,
    so it carries no units. With the outlier share a finding was put where it has nothing to
    do with the lesion.
    """

    def __init__(
        self,
        breast: Breast,
        findings: Sequence[Finding],
        model: BreastModel,
        p: Parameters,
        nodes: Nodes,
    ) -> None:
        self.model, self.p, self.breast, self.nodes = model, p, breast, nodes
        self.findings = tuple(findings)
        readings = {r.reading_id: r for r in breast.readings}
        raw: dict[str, Array | None] = {}
        for reading_id in sorted({f.reading_id for f in self.findings}):
            raw |= self._reading(readings[reading_id])
        self.of: dict[str, Array | None] = {
            f.finding_id: self._ratio(f, raw) for f in self.findings
        }

    def _reading(self, reading: Reading) -> dict[str, Array | None]:
        mean, sd = _errors(reading, self.p)
        columns = self.nodes.columns.get(reading.reading_id)
        private = columns is None
        normal = (
            normal_nodes(PRIVATE_NODES, len(mean)) if private else self.nodes.normal[:, columns]
        )
        e = np.asarray(mean + sd * normal, dtype=np.float32)
        seen = appear(reading, self.model, e, self.p, self.breast.side)
        out = {}
        for f in self.findings:
            if f.reading_id == reading.reading_id:
                k = self._likelihood(f, reading, seen)
                if k is not None and private:
                    k = k.mean(axis=0, keepdims=True)
                out[f.finding_id] = k
        return out

    def _likelihood(self, f: Finding, reading: Reading, seen: Seen) -> Array | None:
        """``(n_e, n)`` likelihood of all that was said about where, None if nothing was."""
        model, p = self.model, self.p
        if isinstance(seen, ultrasound.Seen):
            measured = ultrasound.likelihood(f, seen, reading, p)
        elif len(seen) == 2:
            measured = mammography.likelihood(f, seen, reading, model, p)
        else:
            measured = mri.likelihood(f, seen, model, p)
        said = regions.likelihood(f, reading, model, p, self.breast.side)
        if said is None:
            return measured
        said = said.astype(np.float32)[None, :]
        return said if measured is None else measured * said

    def _ratio(self, f: Finding, raw: dict[str, Array | None]) -> Array | None:
        k = raw[f.finding_id]
        if k is None:
            return None
        outlier = self.p[OUTLIER[f.modality]]
        expected = max(float(self.nodes.mean(k @ self._looked_at(f, raw))), 1e-30)
        return k * np.float32((1.0 - outlier) / expected) + np.float32(outlier)

    def _looked_at(self, f: Finding, raw: dict[str, Array | None]) -> Array:
        """Where this finding could have been reported at all: ``(n,)`` sums to 1.

        A targeted ultrasound could hardly have reported anything away from its target, so
        being near it says less than in a survey.
        """
        prior = self.model.prior32
        aims = [
            raw[x.finding_id]
            for x in self.findings
            if f.targeted_at in (x.finding_id, x.modality) and x.finding_id != f.finding_id
        ]
        beliefs = [self.nodes.mean(a) * prior for a in aims if a is not None]
        if f.targeted_at is None or not beliefs:
            return prior
        near = np.sum([b / b.sum() for b in beliefs], axis=0) / len(beliefs)
        share = np.float32(self.p["targeted_share"])
        return np.asarray((1 - share) * prior + share * near)

    def belief(self, finding_id: str) -> Belief:
        """Belief over the grid given one finding alone, errors integrated out."""
        model, place = self.model, self.of[finding_id]
        prob = model.prior if place is None else model.prior * self.nodes.mean(place)
        prob = prob / prob.sum()
        lo, hi = _central_interval(model.points, prob, 0.8)
        volume = highest_density_count(prob, 0.8) * model.cell_mm**3 / 1000.0
        return Belief(finding_id, prob, prob @ model.points, lo, hi, float(volume))

    def agreements(self, findings: Sequence[Finding]) -> dict[int, Array]:
        """Location weight ``(n_e,)`` of every block with at most one finding per reading.

        Keys are bit masks over ``findings``, single ones included: the sum over the grid of
        the prior times the places of all members, one node of the errors at a time.
        """
        places = [self.of[f.finding_id] for f in findings]
        labels = list(dict.fromkeys(f.reading_id for f in findings))
        groups = [[i for i, f in enumerate(findings) if f.reading_id == label] for label in labels]
        sums: dict[int, Array] = {}

        def grow(group: int, mask: int, product: Array) -> None:
            last = group == len(groups) - 1
            for i in groups[group]:
                place, grown = places[i], mask | 1 << i
                if place is not None and last:
                    sums[grown] = np.einsum("en,en->e", product, place)
                    continue
                bigger = product if place is None else product * place
                sums[grown] = bigger.sum(axis=1)
                for later in range(group + 1, len(groups)):
                    grow(later, grown, bigger)

        for group in range(len(groups)):
            grow(group, 0, self.model.prior32[None, :])
        whole = np.ones(len(self.nodes))
        return {mask: value.astype(float) * whole for mask, value in sums.items()}


def _central_interval(x: Doubles, prob: Doubles, level: float) -> tuple[Doubles, Doubles]:
    order = np.argsort(x, axis=0, kind="stable")
    lo, hi = np.empty(3), np.empty(3)
    for axis in range(3):
        values, cdf = x[order[:, axis], axis], np.cumsum(prob[order[:, axis]])
        lo[axis] = values[np.searchsorted(cdf, (1 - level) / 2)]
        hi[axis] = values[min(np.searchsorted(cdf, (1 + level) / 2), len(values) - 1)]
    return lo, hi


def highest_density_count(prob: Doubles, level: float) -> int:
    """Number of grid cells in the smallest region that holds ``level`` of the belief."""
    return int(np.searchsorted(np.cumsum(np.sort(prob)[::-1]), level) + 1)
