"""The weight of a block of findings as one lesion, ``w(C|e) = lambda T(C) L(C|e)``.

How many lesions there are (lambda), how the block is reported (`corr.reporting`, T) and
where it is (`corr.locate`, L), at every node e of the exam-level errors; and the sums over
all groupings made of these weights.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from corr import breast as breast_module
from corr import locate
from corr.locate import FULL, ROUGH, Detail
from corr.nodes import Nodes, moved
from corr.parameters import Parameters
from corr.partitions import EXACT_LIMIT, CoupledSum, keep_together, members, window
from corr.records import Breast, Finding
from corr.reporting import Reports, Switches

Array = NDArray[np.floating[Any]]
ROUGH_LOOK = 12
"""Findings up to which a coarse grid takes the first look; beyond, the grid is the least work."""
MOST_SIBLINGS = 2
"""Unlisted siblings of a count ("several") that take part; more would change little."""
WINDOW = 13
"""Findings summed exactly around a pair when a breast has more than `EXACT_LIMIT`."""
ALL = Switches()


class Weights:
    """``w(C|e)`` for every block of findings of one breast, under one set of parameters.

    Parameters
    ----------
    breast : findings and readings in sorted order
    p : table of constants
    nodes : nodes of the exam-level errors; placed anew unless given
    detail : how finely places are integrated
    reports : those of this breast and table, where they are there already
    """

    def __init__(
        self,
        breast: Breast,
        p: Parameters,
        nodes: Nodes | None = None,
        detail: Detail = FULL,
        reports: Reports | None = None,
    ) -> None:
        self.breast, self.p, self.detail = breast, p, detail
        self.model = breast_module.build(breast.shape, p)
        self.everything = with_siblings(breast.findings)
        self.findings = tuple(f for f in self.everything if f.matched)
        self.reports = reports or Reports(breast, self.findings, p)
        self.links = _links(self.findings)
        self.nodes = nodes or self._settled()
        shape, mean = p["lesions_shape"], p["lesions_mean"]
        self.lesions = gammaincinv(shape, self.nodes.uniform) * mean / shape  # lambda(e)

    def _settled(self) -> Nodes:
        """Nodes moved to where a first look, on a coarse grid, says they count."""
        nodes = locate.shared_nodes(self.breast, self.everything, self.p)
        if not nodes.columns:
            return nodes
        detail = replace(ROUGH, coarse=len(self.findings) <= ROUGH_LOOK)
        look = Weights(self.breast, self.p, nodes, detail, self.reports)
        return moved(nodes, look.full.evidence)

    @cached_property
    def placed(self) -> dict[int, Array]:
        """L(C|e) of every block with at most one finding per reading, ``(n_e,)`` each."""
        places = locate.Places(
            self.breast, self.everything, self.model, self.p, self.nodes, detail=self.detail
        )
        placed = places.agreements(self.findings)
        for i, f in enumerate(self.findings):
            if f.targeted_at is not None:  # it could only have been reported near its target
                placed[1 << i] = np.ones(len(self.nodes))
        return placed

    def alone(self, i: int, on: Switches) -> Array:
        """Weight ``(n_e,)`` of a finding that shares its lesion with no other."""
        return self.lesions * self.reports.lesion(1 << i, on) + self.reports.false(i, on)

    def together(self, mask: int, on: Switches) -> Array:
        """Weight ``(n_e,)`` of a block of findings as one lesion, place aside."""
        return self.lesions * self.reports.lesion(mask, on)

    @cached_property
    def full(self) -> CoupledSum:
        """The sum over all groupings with all evidence on."""
        return self.groupings(ALL, located=True)

    def groupings(self, on: Switches, *, located: bool, among: int | None = None) -> CoupledSum:
        """Sum over all groupings of the findings in mask ``among`` (all of them).

        Only the evidence that is switched on counts. Beyond `EXACT_LIMIT` findings, lesions
        are formed within groups of strongly linked findings only.
        """
        chosen = list(range(len(self.findings))) if among is None else members(among)
        groups = [sum(1 << i for i in chosen)]
        if len(chosen) > EXACT_LIMIT:
            groups = keep_together(len(self.findings), self._odds)
        masks = [
            m
            for m in self.reports.lesions(on)
            if m & (m - 1)
            and any(m & g == m for g in groups)
            and all(m & link in (0, link) for link in self.links)
        ]
        inside = np.array([[m >> i & 1 for i in chosen] for m in masks], dtype=int)
        inside = inside.reshape(len(masks), len(chosen))
        alone = np.array([self.alone(i, on) for i in chosen]).reshape(-1, len(self.nodes))
        weights = np.array([self.together(m, on) for m in masks]).reshape(-1, len(self.nodes))
        if located:
            alone *= np.array([self.placed[1 << i] for i in chosen]).reshape(alone.shape)
            weights *= np.array([self.placed[m] for m in masks]).reshape(weights.shape)
        weights = weights / np.exp(inside @ np.log(alone))
        local = inside @ (1 << np.arange(len(chosen)))
        base = self.nodes.weight * np.exp(-self.lesions * self.reports.any_report())
        base = base * alone.prod(axis=0)
        single = [not any(link >> i & 1 for link in self.links) for i in chosen]
        relative = dict(zip(local.tolist(), weights, strict=True))
        return CoupledSum(len(chosen), relative, base, single)

    def p_same(self, on: Switches, *, located: bool) -> Array:
        """``(n, n)`` probability that two findings are one lesion.

        Beyond `EXACT_LIMIT` findings each pair is judged among the `WINDOW` findings with the
        strongest links to it.
        """
        n = len(self.findings)
        if n <= EXACT_LIMIT:
            full = located and on == ALL
            return (self.full if full else self.groupings(on, located=located)).together()
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
                apart = self.alone(i, ALL) * self.alone(j, ALL)
                apart = apart * self.placed[1 << i] * self.placed[1 << j]
                both = self.together(mask, ALL) * place
                odds[i, j] = self.nodes.mean(both) / self.nodes.mean(apart)
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
            f"formed within groups of at most {EXACT_LIMIT}. Where many findings look alike, "
            f"P(same) can be wrong by 0.05 on average and by 0.7 at worst",
        )


def with_siblings(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Add the unlisted siblings that a count says are there, described only by its words."""
    unknown: dict[str, Any] = dict.fromkeys(
        ("size_mm", "size2_mm", "size3_mm", "depth_mm", "fn_mm", "n_calcifications", "same_as")
    )
    siblings = [
        replace(f, finding_id=f"{f.finding_id}~{k + 1}", count_min=1, count_max=1, **unknown)
        for f in findings
        for k in range(min(f.count_min - 1, MOST_SIBLINGS))
    ]
    return (*findings, *siblings)


def _links(findings: tuple[Finding, ...]) -> list[int]:
    """Reader-declared links as masks of two findings of different readings."""
    index = {f.finding_id: i for i, f in enumerate(findings)}
    return [
        1 << i | 1 << index[f.same_as]
        for i, f in enumerate(findings)
        if f.same_as in index and findings[index[f.same_as]].reading_id != f.reading_id
    ]
