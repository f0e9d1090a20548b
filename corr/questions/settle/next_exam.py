"""An imaging examination that could be done next, as a candidate of `corr.questions.settle.gains`.

It reports each lesion, or not, as `corr.questions.settle.rates` says; each report states kind, size
and place, the place with the errors of the acquisition (all of its reports share them, and those of
an exam done in the same pose whose errors the judgement sums over) and with one of its own.
Reports of lesions that nobody knew of, and of nothing, come with them. What it says of two findings
lies in which of its reports can be which lesion: that is summed, not guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corr.exams.nodes import normal_nodes
from corr.exams.registry import exam_of
from corr.judgement.order import same_errors
from corr.judgement.weights import Weights
from corr.questions.settle.charts import Chart
from corr.questions.settle.particles import Particles
from corr.questions.settle.rates import Rates
from corr.records import Reading

Floats = NDArray[np.floating]
Index = NDArray[np.intp]
POSES = 32
"""Nodes of the errors of an acquisition that shares none with those done."""
TIMES = 4
"""Of these each particle is weighed at so many."""
USUAL = 8
"""Nodes for where an acquisition reports anything, where particles have nodes of their own."""
MOST_REPORTS = 6
"""Reports of one outcome that are weighed; of more, those most alike what is known."""


@dataclass(frozen=True, eq=False)
class Seen:
    """Outcomes of an acquisition: reports, and which outcome each belongs to.

    Attributes
    ----------
    count : how many outcomes; those without a report saw nothing
    outcome : ``(r,)`` of each report
    described : ``(r,)`` its kind and size (`corr.questions.settle.rates`)
    place : ``(r, d)`` on the chart of the acquisition, mm
    """

    count: int
    outcome: Index
    described: Index
    place: Floats


class Examination:
    """One acquisition that could be done.

    Parameters
    ----------
    name : as ``next.csv`` writes it
    weights : those the breast was judged with
    reading : the acquisition
    slice_known : whether a film states the height along the beam, too (tomosynthesis)
    aims : ids of findings that it is led to: it hardly reports what lies elsewhere
    """

    def __init__(
        self,
        name: str,
        weights: Weights,
        reading: Reading,
        *,
        slice_known: bool = False,
        aims: Sequence[str] = (),
    ) -> None:
        self.name, self.weights, self.reading = name, weights, reading
        self.rates = Rates(weights, reading)
        model, side = weights.places.model, weights.breast.side
        self.chart = Chart(reading, model.coarse(), weights.p, side, beam=slice_known)
        self._prior = self.chart.model.prior32
        alike = [
            r.reading_id
            for r in weights.breast.readings
            if same_errors(r) == same_errors(reading) and r.reading_id in weights.nodes.columns
        ]
        self._columns = weights.nodes.columns[alike[0]] if alike else None
        self._looked = np.ones_like(self._prior)
        if aims:
            self._looked = weights.places.looked_at(aims)[model.every_fourth]
        self._outlier = np.float32(exam_of(reading).outlier(weights.p))

    # --- what would be found ------------------------------------------------------------------

    def outcomes(self, truth: Particles, rng: np.random.Generator) -> Seen:
        """One outcome drawn for each particle."""
        n = len(truth)
        errors = self._errors(truth)
        if errors is None:
            errors = rng.standard_normal((n, len(self.chart.mean)))
        outcome: list[Index] = []
        described: list[Index] = []
        places: list[Floats] = []
        rows, which = truth.coarse
        rows = rows * self._looked
        for blocks, row in zip(truth.columns[:-1], which, strict=False):
            belief = rows[row]
            said = self.rates.blocks(blocks, truth.node)[1]
            said = said * belief.sum(axis=1, keepdims=True, dtype=float)
            silent = np.maximum(1.0 - said.sum(axis=1, keepdims=True), 0.0)
            drawn = _chosen(np.cumsum(np.hstack([silent, said]), axis=1), rng) - 1
            hit = np.flatnonzero(drawn >= 0)
            outcome.append(hit)
            described.append(drawn[hit])
            places.append(self._stated(belief[hit], errors[hit], rng))
        anywhere = self._prior * self._looked
        expected = self.rates.new(truth.node) * anywhere.sum()
        further = np.repeat(np.arange(n), rng.poisson(expected.sum(axis=1)))
        outcome.append(further)
        described.append(_chosen(np.cumsum(expected[further], axis=1), rng))
        belief = np.broadcast_to(anywhere, (len(further), len(anywhere)))
        places.append(self._stated(belief, errors[further], rng))
        return Seen(n, np.concatenate(outcome), np.concatenate(described), np.concatenate(places))

    def _stated(self, belief: Floats, errors: Floats, rng: np.random.Generator) -> Floats:
        """``(r, d)`` places stated of lesions believed somewhere; a share has nothing to do."""
        errors, belief = errors.copy(), belief.copy()
        lost = rng.random(len(belief)) < self._outlier
        belief[lost] = self._prior
        errors[lost] = rng.standard_normal((int(lost.sum()), errors.shape[1]))
        at = _chosen(np.cumsum(belief, axis=1, dtype=np.float64), rng)
        seen = self.chart.at(errors)[np.arange(len(at)), :, at]
        return self.chart.stated(seen, rng)

    # --- how likely that is -------------------------------------------------------------------

    def log_likelihood(self, outcomes: Seen, given: Particles) -> NDArray[np.float64]:
        """``(outcomes, particles)`` log probability of each outcome, up to its own constant."""
        times = TIMES if self._columns is None else 1
        log = self._log(outcomes, given, times).reshape(outcomes.count, -1, times)
        top = log.max(axis=2, keepdims=True)
        return np.asarray(np.log(np.exp(log - top).mean(axis=2)) + top[..., 0], dtype=float)

    def _log(self, outcomes: Seen, given: Particles, times: int) -> NDArray[np.float64]:
        """The same with each particle at several poses, side by side."""
        at, shown = self._at(outcomes, given, times)
        rates = [self.rates.blocks(masks, given.node) for masks in given.columns[:-1]]
        said_by = [said.repeat(times, axis=0).T for _, said in rates]
        silent = [
            1.0 - (1.0 - quiet.repeat(times)) * seen
            for (quiet, _), seen in zip(rates, shown, strict=False)
        ]
        expected = self.rates.new(given.node).repeat(times, axis=0)
        out = np.empty((outcomes.count, len(expected)))
        counts = np.bincount(outcomes.outcome, minlength=outcomes.count)
        order = np.argsort(outcomes.outcome, kind="stable")
        begins = np.cumsum(counts) - counts
        for r in np.unique(counts):
            mine = np.flatnonzero(counts == r)
            rows = order[begins[mine][:, None] + np.arange(r)]  # (outcomes, r)
            if r > MOST_REPORTS:
                known = at[:-1].max(axis=(0, 2)) / at[-1].max(axis=1)
                likest = np.argsort(-known[rows], axis=1, kind="stable")[:, :MOST_REPORTS]
                rows = np.take_along_axis(rows, np.sort(likest, axis=1), axis=1)
            words = outcomes.described[rows]
            new = at[-1][rows] * expected.T[words]
            said = [a[rows] * s[words] for a, s in zip(at, said_by, strict=False)]
            out[mine] = np.log(_assigned(silent, said, new))
        return np.asarray(out - expected.sum(axis=1) * shown[-1], dtype=float)

    def _at(self, outcomes: Seen, given: Particles, times: int) -> tuple[Floats, Floats]:
        """``(blocks, reports, particles)`` density of each place over that of anywhere.

        And ``(blocks, particles)`` how much of each block lies where the exam looks.
        """
        rows, which = given.coarse
        rows, which = rows * self._looked, which.repeat(times, axis=1)
        errors, pose = self._poses(given.node.repeat(times))
        places = self.chart.forms(outcomes.place)
        usual = normal_nodes(POSES, len(self.chart.mean))[: POSES if errors is None else USUAL]
        anywhere = np.zeros(len(outcomes.place), dtype=np.float32)
        kernels: list[Floats] = []
        for at in self.chart.at(usual):
            kernel = self.chart.kernel(places, at)
            anywhere += self._prior @ kernel / np.float32(len(usual))
            kernels.append(kernel if errors is None else kernel[:0])
        out = np.empty((*which.shape, len(anywhere)), dtype=np.float32)
        for j in np.unique(pose):
            here = np.flatnonzero(pose == j)
            if errors is None:
                kernel = kernels[j]
            else:
                kernel = self.chart.kernel(places, self.chart.at(errors[j : j + 1])[0])
            found = rows[which[:, here].ravel()] @ kernel
            out[:, here] = found.reshape(len(which), len(here), -1)
        shown = rows.sum(axis=1)[which]
        out *= (1 - self._outlier) / np.maximum(anywhere, 1e-30)
        out += self._outlier * shown[:, :, None]
        return np.ascontiguousarray(out.swapaxes(1, 2)), shown

    def _errors(self, of: Particles) -> Floats | None:
        """``(k, e)`` errors of the acquisition in each particle; None: its own."""
        return None if self._columns is None else of.weights.nodes.normal[of.node, self._columns]

    def _poses(self, node: Index) -> tuple[Floats | None, Index]:
        """Nodes of the errors that particles are at, and at which each one is."""
        if self._columns is None:
            return None, np.arange(len(node)) % POSES
        nodes, pose = np.unique(node, return_inverse=True)
        return self.weights.nodes.normal[nodes, self._columns], pose


def _chosen(held: Floats, rng: np.random.Generator) -> Index:
    """``(k,)`` index drawn of each row ``(k, n)`` of running sums."""
    drawn = (held < rng.random(len(held))[:, None] * held[:, -1:]).sum(axis=1)
    return np.asarray(drawn.clip(max=held.shape[1] - 1))


def _assigned(silent: Sequence[Floats], said: Sequence[Floats], new: Floats) -> Floats:
    """``(outcomes, particles)`` sum over which report is which block's, and which are new.

    Parameters
    ----------
    silent : of each block, ``(particles,)`` probability that it is not reported
    said : of each block, ``(outcomes, r, particles)`` probability of each report
    new : ``(outcomes, r, particles)`` of each report as one of nothing known
    """
    count, r, particles = new.shape
    sums = np.zeros((1 << r, count, particles))
    sums[0] = 1.0
    for quiet, loud in zip(silent, said, strict=True):
        for reports in range((1 << r) - 1, -1, -1):
            sums[reports] *= quiet
            for k in range(r):
                if reports >> k & 1:
                    sums[reports] += sums[reports ^ 1 << k] * loud[:, k]
    out = np.zeros((count, particles))
    for reports in range(1 << r):
        rest = sums[reports]
        for k in range(r):
            if not reports >> k & 1:
                rest = rest * new[:, k]
        out += rest
    return np.asarray(np.maximum(out, 1e-300))
