"""From findings to places: likelihoods on the grid, and beliefs.

Every reading has exam-level errors (pose, rotation, nipple, angle, scale) shared by all
its findings. They are integrated over nodes (`corr.exams.nodes`) outside the product over lesions;
where a reading has a single finding, its errors are that finding's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr.anatomy.breast import Array, BreastModel
from corr.exams.affine import Product, scaled
from corr.exams.nodes import Nodes
from corr.exams.registry import exam_of
from corr.exams.sighting import Same, appear, by_itself, errors, likelihood
from corr.judgement.result import Belief
from corr.parameters import Parameters
from corr.records import Breast, Finding, Reading

Doubles = NDArray[np.float64]
SHOWN_LEVEL = 0.8
"""Of regions and limits that are told."""
FOCUS_LEFT_OUT = 1e-3
"""Share of what two readings agree on that is left to a coarse grid."""


@dataclass(frozen=True)
class Detail:
    """How finely places are integrated.

    Attributes
    ----------
    coarse : on every fourth point of the grid
    by_itself : errors that findings share are integrated out for each finding by itself, too:
        beliefs need that; for the average alone the shared nodes will do
    focused : on all points only where two readings may agree, which each finding by itself tells
    """

    coarse: bool = False
    by_itself: bool = True
    focused: bool = False

    def of(self, model: BreastModel) -> BreastModel:
        """The points that are kept."""
        return _coarse(model) if self.coarse else model


@lru_cache(maxsize=64)
def _coarse(model: BreastModel) -> BreastModel:
    return model.coarse()


FULL = Detail()
FOCUSED = Detail(focused=True)
ROUGH = Detail(by_itself=False)
"""For the band and the first look, which tell how far and where, not how much."""


class Places:
    """Where each finding of a breast can be: likelihood ratios against "anywhere".

    ``of[finding_id]`` is ``(n_e, n)``, or ``(1, n)`` where no other finding shares the errors
    of its reading, or None where nothing was said. It averages to one over prior and nodes,
    so it carries no units. With the outlier share a finding was put where it has nothing to
    do with the lesion. ``alone`` is what it was made of, ``(1, n)``.

    ``known``: (alone, ratio) of findings that are known, with the same points and nodes.
    """

    def __init__(
        self,
        breast: Breast,
        findings: Sequence[Finding],
        model: BreastModel,
        p: Parameters,
        nodes: Nodes,
        *,
        detail: Detail = FULL,
        known: Mapping[str, tuple[Array | None, Array | None]] | None = None,
    ) -> None:
        self.model, self.p, self.breast, self.nodes = detail.of(model), p, breast, nodes
        self._detail = detail
        self.findings = tuple(findings)
        self._readings = {r.reading_id: r for r in breast.readings}
        self._seen: dict[str, Any] = {}
        self._at_nodes: dict[str, Array | None] = {}
        self._means: dict[str, Array] = {}
        known = known or {}
        asked = [f for f in self.findings if f.finding_id not in known]
        alone = {i: before for i, (before, _) in known.items()}
        alone |= {f.finding_id: self._alone(f) for f in asked}
        expected = {f.finding_id: self._expected(f, alone) for f in asked}
        if detail.focused and nodes.columns:
            alone = self._focus(alone, expected)
        self.alone = alone
        self.of: dict[str, Array | None] = {i: ratio for i, (_, ratio) in known.items()}
        self.of |= {f.finding_id: self._ratio(f, alone, expected[f.finding_id]) for f in asked}

    def reading(self, f: Finding) -> Reading:
        """The reading that reported a finding."""
        return self._readings[f.reading_id]

    def _alone(self, f: Finding) -> Array | None:
        """``(1, n)`` likelihood with the errors of the reading integrated out."""
        if f.reading_id in self.nodes.columns and not self._detail.by_itself:
            return None if self._likelihood(f) is None else self._means[f.finding_id][None, :]
        return by_itself(f, self.reading(f), self.model, Same(self.p), side=self.breast.side)

    def _focus(
        self, alone: dict[str, Array | None], expected: dict[str, float]
    ) -> dict[str, Array | None]:
        """Keep all points where two readings may agree, and few elsewhere."""
        best: dict[str, Array] = {}
        for f in self.findings:
            if f.matched and (k := alone[f.finding_id]) is not None:
                ratio = k[0] / np.float32(expected[f.finding_id]) + exam_of(f).outlier(self.p)
                best[f.reading_id] = np.maximum(ratio, best.get(f.reading_id, 0.0))
        if len(best) < 2:
            return alone
        second, first = np.partition(np.stack(list(best.values())), -2, axis=0)[-2:]
        near = np.zeros(len(first), dtype=bool)
        near[most(self.model.prior * first * second, FOCUS_LEFT_OUT)] = True
        kept = near | self.model.every_fourth
        self.model = self.model.coarse(near)
        return {i: k if k is None else k[:, kept] for i, k in alone.items()}

    def _likelihood(self, f: Finding) -> Array | None:
        """Likelihood at the nodes of a reading with shared errors, ``(n_e, n)`` or ``(1, n)``."""
        if f.finding_id not in self._at_nodes:
            self._at_nodes[f.finding_id] = self._compute(f)
        return self._at_nodes[f.finding_id]

    def _compute(self, f: Finding) -> Array | None:
        reading, side = self._readings[f.reading_id], self.breast.side
        if f.reading_id not in self._seen:
            mean, sd = errors(reading, self.p)
            e = mean + sd * self.nodes.normal[:, self.nodes.columns[f.reading_id]]
            self._seen[f.reading_id] = appear(reading, self.model, e, self.p, side)
        seen = self._seen[f.reading_id]
        found = likelihood(f, reading, seen, self.model, self.p, side=side)
        if isinstance(found, Product):
            if self._detail.by_itself:
                return found.values()
            found, self._means[f.finding_id] = found.averaged(self.nodes.weight)
        elif found is not None:
            self._means[f.finding_id] = self.nodes.mean(found)
        return found

    def _expected(self, f: Finding, alone: dict[str, Array | None]) -> float:
        k = alone[f.finding_id]
        return 1.0 if k is None else max((k @ self._looked_at(f, alone)).item(), 1e-30)

    def _ratio(self, f: Finding, alone: dict[str, Array | None], expected: float) -> Array | None:
        outlier, mine = exam_of(f).outlier(self.p), alone[f.finding_id]
        if f.reading_id in self.nodes.columns:
            out = self._likelihood(f)
        else:
            out = None if mine is None else mine.copy()  # `by_itself` keeps what it returned
        if out is not None:
            out = scaled(out, (1.0 - outlier) / expected, outlier)
        aims = self._aims(f, alone)
        if not aims:
            return out
        looked = self.attention(aims)[None, :]
        return looked if out is None else out * looked

    def _aims(self, f: Finding, alone: dict[str, Array | None]) -> list[Array]:
        """Beliefs ``(n,)`` of what a targeted exam looked for, where that has a place."""
        places = [
            alone[x.finding_id]
            for x in self.findings
            if f.targeted_at in (x.finding_id, x.modality) and x.finding_id != f.finding_id
        ]
        beliefs = [a[0] * self.model.prior32 for a in places if a is not None]
        return [b / b.sum() for b in beliefs] if f.targeted_at is not None else []

    def _looked_at(self, f: Finding, alone: dict[str, Array | None]) -> Array:
        """Where this finding could have been reported at all: ``(n,)`` sums to 1.

        A targeted ultrasound could hardly have reported anything away from its target, so
        being near it says less than in a survey.
        """
        prior = self.model.prior32
        if not (aims := self._aims(f, alone)):
            return prior
        share = np.float32(self.p["targeted_share"])
        return np.asarray((1 - share) * prior + share * np.mean(aims, axis=0))

    def looked_at(self, finding_ids: Sequence[str]) -> Array:
        """`attention` of an exam led to some findings; everywhere where these have no place."""
        places = [self.alone[i] for i in finding_ids]
        beliefs = [a[0] * self.model.prior32 for a in places if a is not None]
        if not beliefs:
            return np.ones(len(self.model.points), dtype=np.float32)
        return self.attention([b / b.sum() for b in beliefs])

    def attention(self, aims: Sequence[Array]) -> Array:
        """How readily a targeted exam reports what is at each point ``(n,)``, 1 at its target.

        Whole where the target most probably is (`targeted_region_share`), fading to what is met by
        chance: a second look with no stated place says by this alone where its finding lies.
        """
        near, held = (
            np.zeros(len(self.model.points), dtype=np.float32),
            self.p["targeted_region_share"],
        )
        for belief in aims:
            edge = np.sort(belief)[::-1][highest_density_count(belief, held) - 1]
            near = np.maximum(near, np.minimum(belief / edge, 1.0))
        share = np.float32(self.p["targeted_share"])
        return np.asarray((1 - share) + share * near)

    def belief(self, finding_id: str) -> Belief:
        """Belief over the grid given one finding alone, errors integrated out."""
        model, place = self.model, self.of[finding_id]
        prob = model.prior if place is None else model.prior * self.nodes.mean(place)
        return place_of_belief(model, finding_id, prob / prob.sum())


def place_of_belief(model: BreastModel, finding_id: str, prob: Doubles) -> Belief:
    """A belief ``(n,)`` over all points of a breast, with its mean and region of 80 %."""
    lo, hi = _central_interval(model, prob, SHOWN_LEVEL)
    volume = highest_density_count(prob, SHOWN_LEVEL) * model.cell_mm**3 / 1000.0
    return Belief(finding_id, prob, prob @ model.points, lo, hi, float(volume))


def _central_interval(model: BreastModel, prob: Doubles, level: float) -> tuple[Doubles, Doubles]:
    """Where the belief along each axis leaves out as much below as above; mm.

    A cell holds its belief evenly, so that an interval within one cell has a width.
    """
    ends = np.empty((2, 3))
    for axis, cell in enumerate(model.cells):
        cdf = np.concatenate([[0.0], np.cumsum(np.bincount(cell, prob))])
        edges = np.arange(len(cdf)) - 0.5
        ends[:, axis] = np.interp([(1 - level) / 2, (1 + level) / 2], cdf, edges)
    low, high = model.points.min(axis=0) + model.cell_mm * ends
    return low, high


def most(weight: Array, left_out: float) -> NDArray[np.intp]:
    """The fewest points, in order, that hold all but a share ``left_out`` of the weight."""
    order = np.argsort(-weight)
    held = np.cumsum(weight[order])
    return np.sort(order[: int(np.searchsorted(held, (1 - left_out) * held[-1])) + 1])


def carried(product: Array) -> tuple[Array, int]:
    """A product of places divided by 2 to a power, so that it can go on; and the power.

    In single precision a dozen places that agree are more than it holds. Powers of two change no
    digit.
    """
    bits = math.frexp(float(product.max()))[1]
    return np.ldexp(product, -bits), bits


def highest_density_count(prob: Array, level: float) -> int:
    """Number of grid cells in the smallest region that holds ``level`` of the belief."""
    return int(np.searchsorted(np.cumsum(np.sort(prob)[::-1]), level) + 1)
