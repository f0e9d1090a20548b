"""From findings to places: likelihoods on the grid, beliefs, and how well places agree.

Every reading has exam-level errors (pose, rotation, nipple, angle, scale) shared by all
its findings. They are integrated over one fixed low-discrepancy set of nodes, outside the
product over lesions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import qmc

from corr.breast import Array, BreastModel
from corr.exams import mammography, mri, regions, ultrasound
from corr.parameters import Parameters
from corr.records import Belief, Breast, Finding, Reading

OUTLIER = {"MG": "mg_outlier", "US": "us_outlier", "MR": "mr_outlier"}


@dataclass(frozen=True)
class Nodes:
    """Nodes of the exam-level errors: `e[reading_id]` is ``(n_e, d)``; `uniform` is spare."""

    e: dict[str, Array]
    uniform: Array  # (n_e,) in (0, 1): for the number of lesions

    def __len__(self) -> int:
        return len(self.uniform)


@lru_cache(maxsize=32)
def _unit_nodes(n: int, dimensions: int) -> Array:
    """Low-discrepancy points of the open unit cube, the same in every run."""
    sobol = qmc.Sobol(dimensions, scramble=True, rng=20261123)
    unit = sobol.random_base2(int(np.ceil(np.log2(max(n, 1)))))
    return np.clip(unit, 1e-6, 1 - 1e-6)


def _errors(reading: Reading, p: Parameters) -> tuple[Array, Array]:
    if reading.modality == "MG":
        return mammography.errors(reading, p)
    if reading.modality == "US":
        return ultrasound.errors(reading, p)
    return mri.errors(reading, p)


def error_nodes(readings: tuple[Reading, ...], p: Parameters) -> Nodes:
    """Nodes over the errors of all these readings jointly (plus one spare dimension)."""
    n = int(p["error_nodes"])
    stats = [_errors(r, p) for r in readings]
    unit = _unit_nodes(n, 1 + sum(len(m) for m, _ in stats))
    e, start = {}, 1
    for reading, (mean, sd) in zip(readings, stats, strict=True):
        z = ndtri(unit[:, start : start + len(mean)])
        e[reading.reading_id] = mean + sd * z
        start += len(mean)
    return Nodes(e, unit[:, 0])


def position_likelihood(
    finding: Finding, reading: Reading, model: BreastModel, e: Array, p: Parameters, side: str
) -> Array | None:
    """``(n_e, n)`` likelihood of all that was said about where, None if nothing was."""
    if reading.modality == "MG":
        measured = mammography.likelihood(finding, reading, model, e, p)
    elif reading.modality == "US":
        measured = ultrasound.likelihood(finding, reading, model, e, p, side)
    else:
        measured = mri.likelihood(finding, reading, model, e, p)
    said = regions.likelihood(finding, reading, model, p, side)
    if measured is None:
        return None if said is None else np.broadcast_to(said, (len(e), len(said)))
    return measured if said is None else measured * said


def places(
    breast: Breast,
    findings: tuple[Finding, ...],
    model: BreastModel,
    nodes: Nodes,
    p: Parameters,
) -> list[Array | None]:
    """Likelihood ratio ``(n_e, n)`` of each finding's place against "anywhere", or None.

    Averages to one over prior and nodes, so that it carries no units. With the outlier
    share a finding was put where it has nothing to do with the lesion. A finding of a
    targeted ultrasound is compared with "anywhere near the target": it could hardly have
    been reported elsewhere.
    """
    readings = {r.reading_id: r for r in breast.readings}
    raw: dict[str, Array | None] = {}
    for f in findings:
        r = readings[f.reading_id]
        raw[f.finding_id] = position_likelihood(
            f, r, model, nodes.e[r.reading_id], p, breast.side
        )
    out: list[Array | None] = []
    for f in findings:
        k = raw[f.finding_id]
        if k is None:
            out.append(None)
            continue
        looked = _looked_at(f, findings, raw, model, p)
        outlier = p[OUTLIER[f.modality]]
        expected = max(float((k @ looked).mean()), 1e-300)
        out.append((1.0 - outlier) * k / expected + outlier)
    return out


def _looked_at(
    f: Finding,
    findings: tuple[Finding, ...],
    raw: dict[str, Array | None],
    model: BreastModel,
    p: Parameters,
) -> Array:
    """Where this finding could have been reported at all: ``(n,)`` sums to 1."""
    target = f.targeted_at
    if target is None:
        return model.prior
    aims = [
        x for x in findings
        if x.finding_id != f.finding_id and target in (x.finding_id, x.modality)
    ]  # fmt: skip
    beliefs = [b.mean(axis=0) * model.prior for x in aims if (b := raw[x.finding_id]) is not None]
    if not beliefs:
        return model.prior
    near = np.sum([b / b.sum() for b in beliefs], axis=0) / len(beliefs)
    return 0.2 * model.prior + 0.8 * near


def belief(finding_id: str, place: Array | None, model: BreastModel, cell_mm: float) -> Belief:
    """Belief over the grid given one finding alone, errors integrated out."""
    prob = model.prior if place is None else place.mean(axis=0) * model.prior
    prob = prob / prob.sum()
    x = model.points
    lo, hi = _central_interval(x, prob, 0.8)
    volume = highest_density_count(prob, 0.8) * cell_mm**3 / 1000.0
    return Belief(finding_id, prob, prob @ x, lo, hi, float(volume))


def _central_interval(x: Array, prob: Array, level: float) -> tuple[Array, Array]:
    order = np.argsort(x, axis=0, kind="stable")
    lo, hi = np.empty(3), np.empty(3)
    for axis in range(3):
        values, cdf = x[order[:, axis], axis], np.cumsum(prob[order[:, axis]])
        lo[axis] = values[np.searchsorted(cdf, (1 - level) / 2)]
        hi[axis] = values[min(np.searchsorted(cdf, (1 + level) / 2), len(values) - 1)]
    return lo, hi


def highest_density_count(prob: NDArray[np.float64], level: float) -> int:
    """Number of grid cells in the smallest region that holds ``level`` of the belief."""
    return int(np.searchsorted(np.cumsum(np.sort(prob)[::-1]), level) + 1)


def agreements(
    block_places: list[Array | None], readings: list[str], prior: Array, n_e: int
) -> dict[int, Array]:
    """Location weight ``(n_e,)`` of every block with at most one finding per reading.

    Keys are bit masks, single findings included: the sum over the grid of prior times the
    places of all members, one node of the exam-level errors at a time.
    """
    labels = list(dict.fromkeys(readings))
    groups = [[i for i, r in enumerate(readings) if r == label] for label in labels]
    sums: dict[int, Array] = {}

    def grow(group: int, mask: int, product: Array) -> None:
        for g in range(group, len(groups)):
            for i in groups[g]:
                place = block_places[i]
                grown = mask | 1 << i
                if g + 1 == len(groups) and place is not None:
                    sums[grown] = np.einsum("en,en->e", product, place)
                    continue
                bigger = product if place is None else product * place
                sums[grown] = bigger.sum(axis=1)
                grow(g + 1, grown, bigger)

    grow(0, 0, np.broadcast_to(prior, (n_e, len(prior))))
    return sums
