"""The weight of a block of findings as one lesion, ``w(C|e) = lambda T(C) L(C|e)``.

How many lesions there are (lambda), how the block is reported (`corr.judgement.lesions.reporting`,
T) and where it is (`corr.judgement.beliefs`, L), at every node e of the exam-level errors; and the
sums over all groupings (association hypotheses) made of these weights.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from corr.anatomy import breast as breast_module
from corr.anatomy.breast import BreastModel
from corr.exams.nodes import Nodes
from corr.judgement import beliefs as locate
from corr.judgement.agreement import OneByOne, agreements
from corr.judgement.beliefs import FOCUSED, Detail
from corr.judgement.groupings.base import GroupingSum, members
from corr.judgement.groupings.drawn import STEPS, SampledSum
from corr.judgement.groupings.summed import CoupledSum
from corr.judgement.lesions.before import ALL as ALL
from corr.judgement.lesions.before import SAID, Switches
from corr.judgement.lesions.reporting import Reports
from corr.judgement.order import with_siblings
from corr.parameters import Parameters
from corr.records import MODALITIES, Breast, Finding

Array = NDArray[np.floating[Any]]
MOST_SUMMED, MOST_TERMS = 18, 2.0**25
"""Findings, and terms of the sum over all groupings, up to which it is done (the first is memory,
the second time); beyond, groupings are drawn."""
FEWEST_TERMS, LEAST_SHARE = 2.0**15, 1e-8
"""Terms from which on only blocks that are no less probable than this are summed over."""


class Likely(NamedTuple):
    """Blocks that are summed over, and an estimate of the probability of groupings with any other.

    ``left_out`` is the sum of what those blocks were found to be on the nodes of the look before
    (`Weights.likely`): no bound, as other nodes may find them a little likelier.
    """

    blocks: frozenset[int]
    left_out: float


class Weights:
    """``w(C|e)`` for every block of findings of one breast, under one set of parameters.

    Parameters
    ----------
    breast : findings and readings in sorted order
    p : table of constants
    nodes : nodes of the exam-level errors (`corr.judgement.quadrature` places them)
    detail : how finely places are integrated
    reports, model : those of this breast and table, where they are there already
    kept : blocks that count, where others are too improbable to (`likely`); all unless given
    """

    def __init__(
        self,
        breast: Breast,
        p: Parameters,
        nodes: Nodes,
        detail: Detail = FOCUSED,
        *,
        reports: Reports | None = None,
        model: BreastModel | None = None,
        kept: Likely | None = None,
    ) -> None:
        self.breast, self.p, self.detail, self.kept = breast, p, detail, kept
        self.model = model or breast_module.build(breast.shape, p)
        self.everything = with_siblings(breast.findings)
        self.findings = tuple(f for f in self.everything if f.matched)
        self.reports = reports or Reports(breast, self.findings, p)
        self.links = _links(self.findings)
        self.terms = _terms(self.findings)
        self.nodes = nodes
        self.lesions = nodes.lesions(p["lesions_shape"]) * p["lesions_mean"]  # lambda(e)
        self._alone: dict[Switches, Array] = {}

    def at(self, kept: NDArray[np.intp]) -> Weights:
        """The same at some of the nodes."""
        few = self.over(self.nodes.some(kept), self.detail, self.kept)
        if self.exact:  # else they wait until asked for
            few.placed = {m: place[kept] for m, place in self.placed.items()}
        return few

    def under(
        self, p: Parameters, exams: Sequence[str] = MODALITIES, said: Sequence[str] = SAID
    ) -> Weights:
        """The same nodes and places under constants that only say what exams report.

        ``exams``, ``said``: modalities whose reports the changed constants concern, and what of
        these.
        """
        reports = Reports(self.breast, self.findings, p)
        reports.keep(self.reports, exams, said)
        other = Weights(
            self.breast, p, self.nodes, self.detail,
            reports=reports, model=self.model, kept=self.kept,
        )  # fmt: skip
        other.placed = self.placed
        return other

    def over(self, nodes: Nodes, detail: Detail = FOCUSED, kept: Likely | None = None) -> Weights:
        """The same over other nodes, and of the blocks those ``kept``."""
        return Weights(
            self.breast, self.p, nodes, detail, reports=self.reports, model=self.model, kept=kept
        )

    def among(self, kept: Likely | None) -> Weights:
        """The same of the blocks ``kept``."""
        if kept is None:
            return self
        other = self.over(self.nodes, self.detail, kept)
        other.places, other.placed = self.places, self.placed
        return other

    @property
    def likely(self) -> Likely | None:
        """Blocks that may be lesions, to sum over on other nodes; None: all, as they are few.

        Nodes count by the square root of their evidence: few are too sure of which matter.
        """
        if not self.exact or self.terms < FEWEST_TERMS or not isinstance(self.full, CoupledSum):
            return None
        root = np.sqrt(self.full.evidence)
        shares = self.full.shares(root / root.sum())
        kept = frozenset(mask for mask, share in shares.items() if share > LEAST_SHARE)
        left_out = sum(share for mask, share in shares.items() if mask not in kept)
        return Likely(kept, left_out + (self.kept.left_out if self.kept else 0.0))

    @property
    def exact(self) -> bool:
        """Whether all groupings are summed."""
        return len(self.findings) <= MOST_SUMMED and self.terms <= MOST_TERMS

    @cached_property
    def places(self) -> locate.Places:
        """Where each finding can be."""
        return locate.Places(
            self.breast, self.everything, self.model, self.p, self.nodes, detail=self.detail
        )

    @cached_property
    def placed(self) -> dict[int, Array]:
        """L(C|e) of every block with at most one finding per reading, ``(n_e,)`` each.

        Where groupings are drawn, or only some blocks count, the others wait until asked for.
        """
        if self.exact:
            asked = None if self.kept is None else self.kept.blocks
            placed = agreements(self.places, self.findings, asked)
        else:
            placed = OneByOne(self.places, self.findings)
        for i, f in enumerate(self.findings):
            if f.targeted_at is not None:  # it could only have been reported near its target
                placed[1 << i] = np.ones(len(self.nodes))
        return placed

    def singles(self, on: Switches) -> Array:
        """Weights ``(n, n_e)`` of findings that share their lesion with no other."""
        if on not in self._alone:
            n, state = len(self.findings), self.nodes.state
            lesion = self.reports.lesions([1 << i for i in range(n)], on)
            self._alone[on] = self.lesions * lesion[:, state] + self.reports.falses(on)[:, state]
        return self._alone[on]

    def blocks(self, masks: Sequence[int], on: Switches) -> Array:
        """Weights ``(b, n_e)`` of blocks of findings as one lesion, place aside."""
        return np.asarray(self.lesions * self.reports.lesions(masks, on)[:, self.nodes.state])

    def alone(self, i: int, on: Switches) -> Array:
        """Weight ``(n_e,)`` of one of `singles`."""
        return np.asarray(self.singles(on)[i])

    def together(self, mask: int, on: Switches) -> Array:
        """Weight ``(n_e,)`` of one of `blocks`."""
        return np.asarray(self.blocks([mask], on)[0])

    def log_weight(self, mask: int) -> Array:
        """``log w(C|e)``, ``(n_e,)``, of a block of one or more findings with all evidence on."""
        single = mask & (mask - 1) == 0
        weight = self.alone(mask.bit_length() - 1, ALL) if single else self.together(mask, ALL)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(weight * self.placed[mask]))

    @cached_property
    def log_nodes(self) -> Array:
        """Log weight ``(n_e,)`` of the nodes and of the lesions that nothing reports."""
        with np.errstate(divide="ignore"):
            log = np.log(self.nodes.weight)
        return np.asarray(log - self.lesions * self.reports.any_report()[self.nodes.state])

    @cached_property
    def full(self) -> GroupingSum:
        """The sum over all groupings with all evidence on."""
        return self.groupings(ALL, located=True)

    def groupings(self, on: Switches, *, located: bool) -> GroupingSum:
        """Sum over all groupings of the findings; only the evidence that is switched on counts."""
        if self.exact:
            return summed([self], on, located=located)
        alone, log_base = self._base(on, located=located)

        def log_weight(mask: int) -> Array:
            with np.errstate(divide="ignore"):
                log = np.log(self.together(mask, on)) - np.log(alone[members(mask)]).sum(axis=0)
            return np.asarray(log + cast("OneByOne", self.placed).log(mask) if located else log)

        readings = [f.reading_id for f in self.findings]
        steps = STEPS if self.detail == FOCUSED else STEPS // 4
        return SampledSum(readings, log_weight, log_base, self.links, steps)

    def _base(self, on: Switches, *, located: bool) -> tuple[Array, Array]:
        """Weights ``(n, n_e)`` of single findings; log weight ``(n_e,)`` of all being single."""
        n, alone = len(self.findings), self.singles(on)
        if located:
            alone = alone * np.array([self.placed[1 << i] for i in range(n)]).reshape(alone.shape)
        with np.errstate(divide="ignore"):
            return alone, self.log_nodes + np.log(alone).sum(axis=0)

    def _summed(self) -> list[int]:
        """Blocks of two or more findings that are summed over."""
        blocks = self.reports.blocks if self.kept is None else sorted(self.kept.blocks)
        return [m for m in blocks if m & (m - 1) and all(m & x in (0, x) for x in self.links)]

    def p_same(self, on: Switches, *, located: bool) -> Array:
        """``(n, n)`` probability that two findings are one lesion."""
        full = located and on == ALL
        return (self.full if full else self.groupings(on, located=located)).together()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not exact."""
        if self.exact:
            return ()
        return (
            f"{len(self.findings)} findings of {len(self.breast.readings)} readings have too many "
            "groupings to sum them all: groupings were drawn as often as they are probable, the "
            "same ones in every run, and what that leaves uncertain is part of the error stated "
            "for each pair.",
        )


def summed(several: Sequence[Weights], on: Switches, *, located: bool) -> CoupledSum:
    """The sum over the same blocks of the same findings under several weights, side by side.

    Their nodes follow each other; `same` tells them apart again.
    """
    first = several[0]
    n, masks = len(first.findings), first._summed()
    inside = (np.array(masks, dtype=int)[:, None] >> np.arange(n) & 1).astype(float)
    weights, bases = [], []
    for w in several:
        alone, log_base = w._base(on, located=located)
        mine = w.blocks(masks, on)
        if located:
            mine *= np.array([w.placed[m] for m in masks]).reshape(mine.shape)
        with np.errstate(divide="ignore"):
            weights.append(mine / np.exp(inside @ np.log(alone)))
        bases.append(np.exp(log_base - (0.0 if len(several) == 1 else log_base.max())))
    single = [not any(link >> i & 1 for link in first.links) for i in range(n)]
    whole = dict(zip(masks, np.concatenate(weights, axis=1), strict=True))
    return CoupledSum(n, whole, np.concatenate(bases), single)


def same(several: Sequence[Weights]) -> list[Array]:
    """P(same) ``(n, n)`` under each of several weights of the same findings and blocks."""
    if not several or not several[0].exact:
        return [w.p_same(ALL, located=True) for w in several]
    ends = np.cumsum([0, *(len(w.nodes) for w in several)]).tolist()
    sums = summed(several, ALL, located=True)
    return [sums.together(slice(a, b)) for a, b in pairwise(ends)]


def _terms(findings: tuple[Finding, ...]) -> float:
    """Terms of the sum over all groupings: pairs of a block and a rest it may be added to."""
    per_reading = Counter(f.reading_id for f in findings).values()
    return 2.0 ** len(findings) * math.prod(1 + k / 2 for k in per_reading)


def _links(findings: tuple[Finding, ...]) -> list[int]:
    """Reader-declared links as masks of two findings of different readings."""
    index = {f.finding_id: i for i, f in enumerate(findings)}
    return [
        1 << i | 1 << index[f.same_as]
        for i, f in enumerate(findings)
        if f.same_as in index and findings[index[f.same_as]].reading_id != f.reading_id
    ]
