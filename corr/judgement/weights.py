"""The weight of a block of findings as one lesion, ``w(C|e) = lambda T(C) L(C|e)``.

How many lesions there are (lambda), how the block is reported (`corr.judgement.lesions.reporting`,
T) and where it is (`corr.judgement.beliefs`, L), at every node e of the exam-level errors; and the
sums over all groupings made of these weights.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from corr.anatomy import breast as breast_module
from corr.anatomy.breast import BreastModel
from corr.exams.nodes import PRIOR_SHARE, Nodes, around, lesion_nodes, prior_nodes
from corr.judgement import beliefs as locate
from corr.judgement.agreement import OneByOne, agreements
from corr.judgement.beliefs import FOCUSED, ROUGH, Detail
from corr.judgement.groupings.drawn import STEPS, SampledSum
from corr.judgement.groupings.summed import CoupledSum, members
from corr.judgement.lesions.reporting import Reports, Switches
from corr.judgement.lesions.siblings import with_siblings
from corr.judgement.linearised import fits
from corr.parameters import Parameters
from corr.records import MATCHED_KINDS, Breast, Finding

Array = NDArray[np.floating[Any]]
ROUGH_LOOK = 12
"""Findings up to which a coarse grid takes the first look; beyond, the grid is the least work."""
MOST_SUMMED, MOST_TERMS = 18, 2.0**25
"""Findings, and terms of the sum over all groupings, up to which it is done (the first is memory,
the second time); beyond, groupings are drawn."""
MOST_SUMS = 2.0**32
"""Terms times nodes of the errors: many findings make do with fewer nodes."""
FEW_FINDINGS = 8
"""Beyond so many findings the sum over nodes is least exact: there is more `Effort`."""
NODES_IF_DRAWN = 128
PLACES_IF_DRAWN = 2.0**27
"""Findings times nodes times points of the grid, which is memory."""
WANTED_ERROR, WANTED_WORTH = 0.03, 20.0
"""Stated error of P(same) that will do (one SD; the band is mostly wider), and how many nodes
must count: so few that matter cannot tell their own error."""
MOST_DOUBLINGS, MOST_REFINED = 3, 2.0**26
"""How often nodes are doubled for it; not beyond so many nodes times terms, which is time, or
times findings and points, which is memory."""
ALL = Switches()


class Effort(NamedTuple):
    """``times`` as many nodes; one in ``look`` of them for the first look; groupings fitted."""

    times: int
    look: int
    fits: int


USUAL, MORE = Effort(1, 4, 8), Effort(2, 2, 16)
"""With `USUAL` effort and half the nodes, a breast of 11 findings lost its likeliest grouping."""


class Weights:
    """``w(C|e)`` for every block of findings of one breast, under one set of parameters.

    Parameters
    ----------
    breast : findings and readings in sorted order
    p : table of constants
    nodes : nodes of the exam-level errors; placed anew unless given
    detail : how finely places are integrated
    reports, model : those of this breast and table, where they are there already
    """

    def __init__(
        self,
        breast: Breast,
        p: Parameters,
        nodes: Nodes | None = None,
        detail: Detail = FOCUSED,
        *,
        reports: Reports | None = None,
        model: BreastModel | None = None,
    ) -> None:
        self.breast, self.p, self.detail = breast, p, detail
        self.model = model or breast_module.build(breast.shape, p)
        self.everything = with_siblings(breast.findings)
        self.findings = tuple(f for f in self.everything if f.matched)
        self.reports = reports or Reports(breast, self.findings, p)
        self.links = _links(self.findings)
        self.terms = _terms(self.findings)
        self.nodes = nodes or self._settled()
        shape, mean = p["lesions_shape"], p["lesions_mean"]
        self.lesions = gammaincinv(shape, self.nodes.uniform) * mean / shape  # lambda(e)

    def at(self, kept: NDArray[np.intp]) -> Weights:
        """The same at some of the nodes."""
        nodes, p = self.nodes.some(kept), self.p
        few = Weights(self.breast, p, nodes, self.detail, reports=self.reports, model=self.model)
        few.placed = {m: place[kept] for m, place in self.placed.items()}
        return few

    def under(self, p: Parameters, exams: Sequence[str] = tuple(MATCHED_KINDS)) -> Weights:
        """The same nodes and places under constants that only say what exams report.

        ``exams``: modalities whose reports the changed constants concern.
        """
        reports = Reports(self.breast, self.findings, p)
        reports.keep(self.reports, exams)
        other = Weights(self.breast, p, self.nodes, self.detail, reports=reports, model=self.model)
        other.placed = self.placed
        return other

    @property
    def _effort(self) -> Effort:
        return USUAL if len(self.findings) <= FEW_FINDINGS else MORE

    def _settled(self) -> Nodes:
        """Nodes around the errors that fit the groupings a first, coarse look finds probable."""
        n, effort = len(self.findings), self._effort
        most = MOST_SUMS / self.terms
        if not self.exact:
            most = min(NODES_IF_DRAWN, PLACES_IF_DRAWN / (n * len(self.model.points)))
        nodes = self._over_prior(effort.times, most)
        if not nodes.columns:
            return nodes
        detail = replace(ROUGH, coarse=n <= ROUGH_LOOK)
        few = nodes.first(max(len(nodes) // effort.look, locate.FEWEST_NODES))
        look = Weights(self.breast, self.p, few, detail, reports=self.reports, model=self.model)
        return look._around(self._over_prior(effort.times, most, look._found_states), effort.fits)

    def _over_prior(
        self, times: int, most: float = locate.MOST_NODES, share: Array | None = None
    ) -> Nodes:
        most = 1 << max(int(math.log2(most)), 0)  # they come in powers of two
        sizes = locate.shared_errors(self.breast, self.everything, self.p)
        if not sizes:
            return lesion_nodes(self.reports.states.prior)
        wanted = times * int(self.p["error_nodes"]) * len(sizes)
        count = int(max(min(wanted, most), locate.FEWEST_NODES))
        share = self._share_of_states if share is None else share
        return prior_nodes(sizes, count, self.reports.states.prior, share)

    @property
    def _found_states(self) -> Array:
        """How many of the next nodes each state gets: more where the evidence here lies."""
        prior = self.reports.states.prior
        held = np.sqrt(np.bincount(self.nodes.state, self.full.evidence, minlength=len(prior)))
        return np.asarray(PRIOR_SHARE * prior + (1.0 - PRIOR_SHARE) * held / held.sum())

    @cached_property
    def _share_of_states(self) -> Array:
        """How many of the nodes each state gets: more where the findings by themselves point.

        Half as they are probable beforehand, in case the findings are few lesions.
        """
        reports, rate = self.reports, self.p["lesions_mean"]
        n = len(self.findings)
        alone = [rate * reports.lesion(1 << i, ALL) + reports.false(i, ALL) for i in range(n)]
        log = np.log(reports.states.prior) + 0.5 * np.sum(np.log(alone), axis=0)
        likely = np.exp(log - log.max())
        return np.asarray(0.5 * reports.states.prior + 0.5 * likely / likely.sum())

    def _around(self, nodes: Nodes, count: int) -> Nodes:
        """``nodes`` moved to where the ``count`` groupings that are likeliest here put them."""
        best = self.full.best(count)
        groupings = [blocks for blocks, _ in best]
        near = fits(self.places, self.findings, groupings, self.full.evidence)
        # square roots: few nodes are too sure of which grouping is the likeliest
        return around(nodes, near, [np.sqrt(max(p, 1e-9)) for _, p in best])

    def refined(self) -> Weights:
        """The same over nodes placed by what is known here, doubled until the error will do."""
        found = self
        for k in range(1, MOST_DOUBLINGS + 1):
            size = max(self.terms, len(self.everything) * len(found.places.model.points))
            if found.sure or 2 * len(found.nodes) * size > MOST_REFINED:
                break
            over = self._over_prior(self._effort.times << k, share=found._found_states)
            nodes = found._around(over, MORE.fits)
            found = Weights(self.breast, self.p, nodes, reports=self.reports, model=self.model)
        return found

    @property
    def sure(self) -> bool:
        """Whether the sum over the nodes is as exact as is wanted, or cannot be made more so."""
        if not self.exact or not self.nodes.columns:
            return True
        share = self.full.evidence / self.full.evidence.sum()
        worth = 1.0 / (share @ share)
        return bool(worth >= WANTED_WORTH and self.full.standard_error().max() <= WANTED_ERROR)

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

        Where groupings are drawn it is computed for those asked for.
        """
        places = self.places
        of_blocks = agreements if self.exact else OneByOne
        placed = of_blocks(places, self.findings)
        for i, f in enumerate(self.findings):
            if f.targeted_at is not None:  # it could only have been reported near its target
                placed[1 << i] = np.ones(len(self.nodes))
        return placed

    def alone(self, i: int, on: Switches) -> Array:
        """Weight ``(n_e,)`` of a finding that shares its lesion with no other."""
        either = self.reports.lesion(1 << i, on), self.reports.false(i, on)
        lesion, nothing = (w[self.nodes.state] for w in either)
        return np.asarray(self.lesions * lesion + nothing)

    def together(self, mask: int, on: Switches) -> Array:
        """Weight ``(n_e,)`` of a block of findings as one lesion, place aside."""
        return np.asarray(self.lesions * self.reports.lesion(mask, on)[self.nodes.state])

    @cached_property
    def full(self) -> CoupledSum | SampledSum:
        """The sum over all groupings with all evidence on."""
        return self.groupings(ALL, located=True)

    def groupings(self, on: Switches, *, located: bool) -> CoupledSum | SampledSum:
        """Sum over all groupings of the findings; only the evidence that is switched on counts."""
        n = len(self.findings)
        alone = np.array([self.alone(i, on) for i in range(n)]).reshape(n, len(self.nodes))
        if located:
            alone *= np.array([self.placed[1 << i] for i in range(n)]).reshape(alone.shape)
        with np.errstate(divide="ignore"):
            log_base = np.log(self.nodes.weight) + np.log(alone).sum(axis=0)
        log_base -= self.lesions * self.reports.any_report()[self.nodes.state]
        if self.exact:
            return self._summed(on, np.log(alone), np.exp(log_base), located=located)

        def log_weight(mask: int) -> Array:
            place = self.placed[mask] if located else 1.0
            with np.errstate(divide="ignore"):
                log = np.log(self.together(mask, on) * place)
            return np.asarray(log - np.log(alone[members(mask)]).sum(axis=0))

        readings = [f.reading_id for f in self.findings]
        steps = STEPS if self.detail == FOCUSED else STEPS // 4
        return SampledSum(readings, log_weight, log_base, self.links, steps)

    def _summed(self, on: Switches, log_alone: Array, base: Array, *, located: bool) -> CoupledSum:
        masks = [
            m
            for m in self.reports.lesions(on)
            if m & (m - 1) and all(m & link in (0, link) for link in self.links)
        ]
        n = len(log_alone)
        inside = np.array([[m >> i & 1 for i in range(n)] for m in masks], dtype=int)
        inside = inside.reshape(len(masks), n)
        weights = np.array([self.together(m, on) for m in masks]).reshape(-1, len(self.nodes))
        if located:
            weights *= np.array([self.placed[m] for m in masks]).reshape(weights.shape)
        weights = weights / np.exp(inside @ log_alone)
        single = [not any(link >> i & 1 for link in self.links) for i in range(n)]
        return CoupledSum(n, dict(zip(masks, weights, strict=True)), base, single)

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
