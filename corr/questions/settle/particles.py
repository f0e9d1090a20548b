"""What may be true of a breast, drawn as often as it is believed.

A particle is one node of the errors that exams share and one grouping of the findings into lesions.
Given both, each lesion is where all of its findings together put it, and of a type and size that
they let expect. Particles are drawn from the judgement's own sums (`corr.judgement.weights`), apart
where two findings are one lesion and where they are not: each answer has as many.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from corr.anatomy.breast import BreastModel
from corr.judgement.beliefs import carried
from corr.judgement.groupings.base import Blocks, members
from corr.judgement.weights import ALL, Weights
from corr.questions.settle.rates import further

Floats = NDArray[np.floating]
Index = NDArray[np.intp]
DRAWS = 512
"""Groupings drawn of a breast."""
FEW_NODES = 32
"""Nodes of the errors under which outcomes are weighed."""
TINY = 1e-300


@dataclass(frozen=True, eq=False)
class Particles:
    """Some of what may be true, each as probable as the others.

    Attributes
    ----------
    weights : the sums they were drawn from: `Weights.findings` in the order of the bits of masks
        (siblings of a count that nobody listed are among them), nodes, places, reports, constants
    groupings : of each particle, masks of its blocks; each block is one lesion, but that a finding
        by itself may be nothing at all (`p_lesion`)
    node : ``(k,)`` of each particle, which of `Weights.nodes`
    yes : ``(k,)`` whether the answer to the question is yes; each answer's particles count
        together as much as the answer is probable
    known : beliefs of blocks at nodes that were asked for
    """

    weights: Weights
    groupings: tuple[Blocks, ...]
    node: Index
    yes: NDArray[np.bool_]
    known: dict[tuple[int, int], Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.node)

    def bit(self, finding_id: str) -> int:
        """Mask of one finding."""
        ids = [f.finding_id for f in self.weights.findings]
        return 1 << ids.index(finding_id)

    def block(self, finding_id: str) -> list[int]:
        """Mask of the block that holds a finding, in each particle."""
        bit = self.bit(finding_id)
        return [next(b for b in blocks if b & bit) for blocks in self.groupings]

    def together(self, a: str, b: str) -> NDArray[np.bool_]:
        """``(k,)`` whether two findings are one lesion."""
        bit = self.bit(b)
        return np.array([bool(mask & bit) for mask in self.block(a)], dtype=bool)

    # --- where lesions are --------------------------------------------------------------------

    @property
    def model(self) -> BreastModel:
        """The breast at the points that beliefs are on: `points` mm, and their `prior`."""
        return self.weights.places.model

    def belief(self, finding_id: str) -> Floats:
        """``(k, n)`` where the lesion of a finding is in each particle; rows sum to 1.

        Over the points of `model`, given all findings of its block and the particle's errors.
        """
        asked = list(zip(self.block(finding_id), self.node.tolist(), strict=True))
        return np.array([self._belief(*key) for key in asked], dtype=np.float32)

    @cached_property
    def columns(self) -> list[list[int]]:
        """Blocks of all particles side by side: the first of each, ...; last of all 0, no block."""
        most = max((len(blocks) for blocks in self.groupings), default=0) + 1
        return [[(*b, *[0] * most)[j] for b in self.groupings] for j in range(most)]

    @cached_property
    def coarse(self) -> tuple[Floats, Index]:
        """Beliefs ``(u, n)`` on a coarse grid, and which is that of each block ``(blocks, k)``.

        Blocks are those of `columns`, the points those of `BreastModel.coarse`; no block may be
        anywhere.
        """
        kept, model = np.flatnonzero(self.model.every_fourth), self.model.coarse()
        held = model.prior32 / self.model.prior32[kept]
        asked = [list(zip(c, self.node.tolist(), strict=True)) for c in self.columns]
        number: dict[tuple[int, int], int] = {}
        which = [[number.setdefault(key if key[0] else (0, 0), len(number)) for key in column]
                 for column in asked]  # fmt: skip
        rows = np.array([self._belief(*key)[kept] for key in number], dtype=np.float32) * held
        return rows / rows.sum(axis=1, keepdims=True), np.array(which, dtype=np.intp)

    def _belief(self, mask: int, node: int) -> Floats:
        if (mask, node) in self.known:
            return self.known[mask, node]
        places, out = self.weights.places, self.model.prior32
        for i in members(mask):
            place = places.of[self.weights.findings[i].finding_id]
            if place is not None:
                out, _ = carried(out * place[node if len(place) > 1 else 0])
        self.known[mask, node] = np.asarray(out / out.sum())
        return self.known[mask, node]

    def drawn_points(self, finding_id: str, rng: np.random.Generator) -> Index:
        """``(k,)`` a point of `model` for the lesion of a finding, drawn from its belief."""
        held = np.cumsum(self.belief(finding_id), axis=1, dtype=np.float64)
        at = rng.random(len(self)) * held[:, -1]
        return np.asarray((held < at[:, None]).sum(axis=1).clip(max=held.shape[1] - 1))

    # --- what they are ------------------------------------------------------------------------

    def p_type(self, finding_id: str) -> Floats:
        """``(k, 5)`` probability of each type (`corr.records.LESIONS`) of a finding's lesion.

        Given that it is one, and all that the findings of its block say.
        """
        state = self.weights.nodes.state[self.node]
        reports = further(self.weights)
        known = {mask: reports.types(mask) for mask in set(self.block(finding_id))}
        rows = zip(self.block(finding_id), state, strict=True)
        return np.array([known[mask][k] for mask, k in rows])

    def p_lesion(self, finding_id: str) -> Floats:
        """``(k,)`` probability that a finding is a lesion at all: 1 where it has company."""
        w, bit = self.weights, self.bit(finding_id)
        i = bit.bit_length() - 1
        lesion = w.together(bit, ALL)
        alone = (lesion / (lesion + w.reports.false(i, ALL)[w.nodes.state]))[self.node]
        return np.where([mask == bit for mask in self.block(finding_id)], alone, 1.0)


class Drawn:
    """Groupings of one breast, drawn once for all questions about it.

    Parameters
    ----------
    weights : those it was judged with (`corr.judgement.quadrature.weighed`)
    seed : of the draws; the same in every run
    """

    def __init__(self, weights: Weights, seed: int) -> None:
        self.weights = weights
        self._rng = np.random.default_rng(seed)
        draws = weights.full.draw(self._rng, DRAWS)
        self._beliefs: dict[tuple[int, int], Floats] = {}
        self._logs: dict[int, Floats] = {}
        self._nodes: dict[Blocks, Floats] = {}
        self._seen = Counter(tuple(sorted(blocks)) for blocks in draws)

    def apart(self, a: str, b: str, count: int) -> tuple[Particles, Particles]:
        """Particles to draw outcomes from, and others to weigh these under, for one question.

        Are two findings one lesion: ``count`` particles of each answer; none of an answer that no
        draw gives, which is as good as excluded. The second set keeps to few nodes of the errors.
        """
        ids = [f.finding_id for f in self.weights.findings]
        both = 1 << ids.index(a) | 1 << ids.index(b)
        rng = np.random.default_rng([both, *a.encode(), *b.encode()])
        split: tuple[list[Blocks], list[Blocks]] = ([], [])
        for blocks in sorted(self._seen):
            split[any(block & both == both for block in blocks)].append(blocks)
        return self._of(split, count, rng), self._of(split, count, rng, FEW_NODES)

    def _of(
        self,
        split: tuple[list[Blocks], list[Blocks]],
        count: int,
        rng: np.random.Generator,
        few: int | None = None,
    ) -> Particles:
        """So many particles of groupings of each answer, as often as these came.

        Each at a node it fits; with ``few``, at one of so many nodes that fit either answer.
        """
        chance = np.ones(len(self.weights.nodes))
        if few is not None:
            usual = np.mean([self._usual(some) for some in split if some], axis=0)
            kept = np.bincount(_evenly(usual, few, rng), minlength=len(usual))
            chance = kept / np.maximum(usual, TINY)
        groupings: list[Blocks] = []
        nodes: list[int] = []
        for some in split:
            share = np.array([self._seen[blocks] for blocks in some], dtype=float)
            for k in _evenly(share, count, rng) if some else ():
                fits = self._of_nodes(some[k])
                held = np.cumsum(fits * chance)
                if held[-1] <= 0.0:  # none of the few fits it
                    held = np.cumsum(fits)
                groupings.append(some[k])
                nodes.append(int(np.searchsorted(held, rng.random() * held[-1], side="right")))
        yes = np.repeat([False, True], [count * bool(some) for some in split])
        return Particles(
            self.weights, tuple(groupings), np.array(nodes, dtype=np.intp), yes, self._beliefs
        )

    def _usual(self, groupings: list[Blocks]) -> Floats:
        """``(n_e,)`` probability of the nodes given that one of these groupings is true."""
        share = np.array([self._seen[blocks] for blocks in groupings], dtype=float)
        return np.average([self._of_nodes(blocks) for blocks in groupings], axis=0, weights=share)

    def _of_nodes(self, blocks: Blocks) -> Floats:
        """``(n_e,)`` probability of the nodes given a grouping."""
        if blocks not in self._nodes:
            log = self.weights.log_nodes + sum(self._log(block) for block in blocks)
            weight = np.exp(log - log.max())
            self._nodes[blocks] = weight / weight.sum()
        return self._nodes[blocks]

    def _log(self, mask: int) -> Floats:
        if mask not in self._logs:
            self._logs[mask] = self.weights.log_weight(mask)
        return self._logs[mask]


def _evenly(share: Floats, count: int, rng: np.random.Generator) -> Index:
    """``(count,)`` indices, each as often as its share says but for one, in random order."""
    held = np.cumsum(share / share.sum())
    at = (np.arange(count) + rng.random()) / count
    return rng.permutation(np.searchsorted(held, at).clip(max=len(share) - 1))
