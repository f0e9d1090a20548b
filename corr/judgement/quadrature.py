"""Where the nodes over the exam-level errors are placed, and how many there are.

Quasi-Monte Carlo with importance sampling, adapted in two steps: nodes over the prior take a first,
coarse look at which association hypotheses (groupings) are probable; a second set is placed around
the errors that fit these (`corr.judgement.linearised`), weighed by prior over proposal
(`corr.exams.nodes.around`), and doubled until the stated error of P(same) will do.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corr.anatomy.breast import BreastModel
from corr.exams.nodes import PRIOR_SHARE, Nodes, around, lesion_nodes, prior_nodes
from corr.exams.sighting import errors
from corr.judgement.beliefs import ROUGH
from corr.judgement.linearised import fits
from corr.judgement.order import same_errors
from corr.judgement.weights import ALL, Likely, Weights
from corr.parameters import Parameters
from corr.records import Breast, Finding, Reading

Array = NDArray[np.floating[Any]]
FEWEST_NODES, MOST_NODES = 32, 1 << 16
ROUGH_LOOK = 12
"""Findings up to which a coarse grid takes the first look; beyond, the grid is the least work."""
MOST_SUMS = 2.0**32
"""Terms times nodes of the errors: many findings make do with fewer nodes."""
FEW_FINDINGS = 8
"""Beyond so many findings the sum over nodes is least exact: there is more `Effort`."""
NODES_IF_DRAWN = 128
PLACES_IF_DRAWN = 2.0**27
"""Findings times nodes times points of the grid, which is memory."""
GLANCE = 16
"""Nodes of the first look that say which blocks take part in it, where these are many."""
WANTED_ERROR, WANTED_WORTH = 0.03, 20.0
"""Stated error of P(same) that will do (one SD; the band is mostly wider), and how many nodes
must count: so few that matter cannot tell their own error."""
MOST_DOUBLINGS, MOST_REFINED = 3, 2.0**26
"""How often nodes are doubled for it; not beyond so many nodes times terms, which is time, or
times findings and points, which is memory."""


class Effort(NamedTuple):
    """``times`` as many nodes; one in ``look`` of them for the first look; groupings fitted."""

    times: int
    look: int
    fits: int


USUAL, MORE = Effort(1, 4, 8), Effort(2, 2, 16)
"""With `USUAL` effort and half the nodes, a breast of 11 findings lost its likeliest grouping."""


def weighed(breast: Breast, p: Parameters, model: BreastModel | None = None) -> Weights:
    """Every block of a breast's findings weighed, over as many nodes as are wanted."""
    return refined(settled(breast, p, model))


def settled(breast: Breast, p: Parameters, model: BreastModel | None = None) -> Weights:
    """Every block weighed at nodes around the errors that fit a first look at the groupings."""
    w = Weights(breast, p, lesion_nodes(np.ones(1)), model=model)
    n, effort = len(w.findings), _effort(w)
    most = MOST_SUMS / w.terms
    if not w.exact:
        most = min(NODES_IF_DRAWN, PLACES_IF_DRAWN / (n * len(w.model.points)))
    nodes = _over_prior(w, effort.times, most)
    if not nodes.columns:
        return w.over(nodes)
    few = nodes.first(max(len(nodes) // effort.look, FEWEST_NODES))
    look = w.over(few, replace(ROUGH, coarse=n <= ROUGH_LOOK))
    look = look.among(_first_glance(look))
    around = _around(look, _over_prior(w, effort.times, most, _found_states(look)), effort.fits)
    return w.over(around, kept=look.likely)


def _first_glance(look: Weights) -> Likely | None:
    """Blocks that a few of the nodes find possible."""
    return look.at(np.arange(0, len(look.nodes), max(len(look.nodes) // GLANCE, 1))).likely


def refined(w: Weights) -> Weights:
    """The same over nodes placed by what is known here, doubled until the error will do."""
    found = w
    for k in range(1, MOST_DOUBLINGS + 1):
        size = max(w.terms, len(w.everything) * len(found.places.model.points))
        if sure(found) or 2 * len(found.nodes) * size > MOST_REFINED:
            break
        nodes = _over_prior(w, _effort(w).times << k, MOST_NODES, _found_states(found))
        found = w.over(_around(found, nodes, MORE.fits), kept=found.likely)
    return found


def sure(w: Weights) -> bool:
    """Whether the sum over the nodes is as exact as is wanted, or cannot be made more so."""
    if not w.exact or not w.nodes.columns:
        return True
    share = w.full.evidence / w.full.evidence.sum()
    worth = 1.0 / (share @ share)
    return bool(worth >= WANTED_WORTH and w.full.standard_error().max() <= WANTED_ERROR)


def shared_errors(
    breast: Breast, findings: Sequence[Finding], p: Parameters
) -> list[tuple[list[str], int]]:
    """Errors that several findings share: of one reading, or of exams of one kind.

    Ids of the readings that share them, and how many errors these are.
    """
    count = Counter(f.reading_id for f in findings if f.matched)
    kinds: dict[tuple[Hashable, ...], list[Reading]] = {}
    for r in breast.readings:
        kinds.setdefault(same_errors(r), []).append(r)
    shared = [rs for rs in kinds.values() if sum(count[r.reading_id] for r in rs) > 1]
    return [([r.reading_id for r in rs], len(errors(rs[0], p)[0])) for rs in shared]


def _effort(w: Weights) -> Effort:
    return USUAL if len(w.findings) <= FEW_FINDINGS else MORE


def _over_prior(w: Weights, times: int, most: float, share: Array | None = None) -> Nodes:
    """Nodes over the prior; each state of what lesions have in common gets a ``share``."""
    prior = w.reports.states.prior
    most = 1 << max(int(math.log2(most)), 0)  # they come in powers of two
    sizes = shared_errors(w.breast, w.everything, w.p)
    if not sizes:
        return lesion_nodes(prior)
    wanted = times * int(w.p["error_nodes"]) * len(sizes)
    share = _likely_states(w) if share is None else share
    return prior_nodes(sizes, int(max(min(wanted, most), FEWEST_NODES)), prior, share)


def _found_states(w: Weights) -> Array:
    """How many of the next nodes each state gets: more where the evidence here lies."""
    prior = w.reports.states.prior
    held = np.sqrt(np.bincount(w.nodes.state, w.full.evidence, minlength=len(prior)))
    return np.asarray(PRIOR_SHARE * prior + (1.0 - PRIOR_SHARE) * held / held.sum())


def _likely_states(w: Weights) -> Array:
    """How many of the first nodes each state gets: more where the findings by themselves point.

    Half as they are probable beforehand, in case the findings are few lesions.
    """
    reports, rate = w.reports, w.p["lesions_mean"]
    n = len(w.findings)
    lesion = reports.lesions([1 << i for i in range(n)], ALL)
    log = np.log(reports.states.prior)
    log = log + 0.5 * np.log(rate * lesion + reports.falses(ALL)).sum(axis=0)
    likely = np.exp(log - log.max())
    return np.asarray(0.5 * reports.states.prior + 0.5 * likely / likely.sum())


def _around(w: Weights, nodes: Nodes, count: int) -> Nodes:
    """``nodes`` moved to where the ``count`` groupings that are likeliest here put them."""
    best = w.full.best(count)
    near = fits(w.places, w.findings, [blocks for blocks, _ in best], w.full.evidence)
    # square roots: few nodes are too sure of which grouping is the likeliest
    return around(nodes, near, [np.sqrt(max(p, 1e-9)) for _, p in best])
