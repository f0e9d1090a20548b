"""A first answer for more than a few findings: the exams' errors as they were found last time.

Most of the time of a judgement goes into finding which errors of the exams fit the findings, and
into summing groupings at all of them. While a slider moves, the sum is taken only at those that
counted most in the last whole judgement of the same findings. Beliefs, which need no sum, are
exact; priors and parts of the odds stay as they were.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from corr.exams.nodes import Nodes, unshared
from corr.judgement.beliefs import Places
from corr.judgement.judge import SIZE, judge, no_place, placeless
from corr.judgement.order import in_order
from corr.judgement.result import Judgement
from corr.judgement.verdict import verdict
from corr.judgement.weights import Weights
from corr.parameters import Parameters
from corr.records import Breast

MOST_SUMS = 14
"""log2 of nodes of the errors times subsets of findings in a provisional judgement ..."""
NODES = (16, 64)
"""... but never fewer or more nodes than these."""
FEW_NODES = {"error_nodes": 4.0}
"""Constants of a provisional judgement where the findings are others than last time."""


@dataclass(frozen=True)
class Look:
    """The last whole judgement, and the nodes that counted most in it."""

    judgement: Judgement
    nodes: Nodes


def look(weights: Weights, judgement: Judgement) -> Look:
    """What a provisional judgement needs of a whole one."""
    nodes = weights.nodes
    count = int(np.clip(2.0 ** (MOST_SUMS - len(weights.findings)), *NODES))
    heavy = np.argsort(-weights.full.evidence, kind="stable")[:count]
    return Look(judgement, nodes.some(heavy))


def provisional(breast: Breast, p: Parameters, last: Look | None) -> Judgement:
    """Judge at the nodes that counted last time; at a few new ones if the findings are others."""
    breast = in_order(breast)
    if last is None or _findings(breast) != _findings(last.judgement.breast):
        return judge(breast, p.override(FEW_NODES), bands=False)
    weights = Weights(breast, p, last.nodes)
    index = {f.finding_id: i for i, f in enumerate(weights.findings)}
    p_same = weights.p_same(SIZE, located=True)
    places = Places(breast, breast.findings, weights.model, p, unshared())
    unplaced = placeless(places)
    pairs = []
    for pair in last.judgement.pairs:
        a, b = index[pair.finding_a], index[pair.finding_b]
        now = float(p_same[a, b])
        missing = no_place(weights.findings[a], weights.findings[b], unplaced)
        said = verdict(now, now, now, placed=not missing)
        pairs.append(
            replace(pair, p_same=now, p_low=now, p_high=now, verdict=said, no_place=missing)
        )
    return replace(
        last.judgement,
        breast=breast,
        model=weights.model,
        parameters=p,
        beliefs={f.finding_id: places.belief(f.finding_id) for f in breast.findings},
        pairs=tuple(pairs),
    )


def _findings(breast: Breast) -> list[tuple[str, str, str]]:
    """Which findings of which readings there are, wherever they are.

    Sorted: what is moved may come to stand elsewhere in the order in which they are judged.
    """
    return sorted((f.finding_id, f.reading_id, f.kind or "") for f in breast.findings)
