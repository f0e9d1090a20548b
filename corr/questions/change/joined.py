"""Merged and split: several findings of one date where the other has one.

A reader's two findings of one image are two lesions, so no grouping puts both with a third. Where
each, by itself, may be the finding of the other date, and both lie within its extent, they may have
merged into it (or it may have split into them).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from corr.judgement.result import Judgement, Pair
from corr.records import Finding

LEAST = 0.1
"""Less probable ones are not told."""


@dataclass(frozen=True)
class Joined:
    """Two findings of one reading that may be parts of one finding of the other date.

    Attributes
    ----------
    parts, whole : the two, and the one
    merged : the parts are of the earlier date; otherwise the whole has split
    p : probability that both are at its place, each by itself, sizes aside
    """

    parts: tuple[Finding, Finding]
    whole: Finding
    merged: bool
    p: float


def joined(
    judgement: Judgement,
    prior: Sequence[Finding],
    now: Sequence[Finding],
    ids: Sequence[frozenset[str]],
) -> Iterator[Joined]:
    """What of a row may have merged or split.

    Parameters
    ----------
    prior, now : findings of the row
    ids : readings of the earlier and of the later date
    """
    pairs = {frozenset((q.finding_a, q.finding_b)): q for q in judgement.pairs}
    for merged, wholes, readings in ((True, now, ids[0]), (False, prior, ids[1])):
        others = [f for f in judgement.breast.findings if f.reading_id in readings and f.matched]
        for whole in wholes:
            for a, b in combinations(others, 2):
                if a.reading_id != b.reading_id or not _within(judgement, a, b, whole):
                    continue
                both = [pairs.get(frozenset((x.finding_id, whole.finding_id))) for x in (a, b)]
                p = float(np.prod([0.0 if q is None else _at_one_place(q) for q in both]))
                if p >= LEAST:
                    yield Joined((a, b), whole, merged, p)


def _within(judgement: Judgement, a: Finding, b: Finding, whole: Finding) -> bool:
    """Whether two findings of one reading lie no farther apart than a third extends.

    Errors that they share move both alike, so their distance is better known than their places.
    """
    if whole.size_mm is None:
        return False
    of = judgement.beliefs
    apart = np.linalg.norm(of[a.finding_id].mean_mm - of[b.finding_id].mean_mm)
    return bool(apart <= whole.size_mm)


def _at_one_place(q: Pair) -> float:
    """P(same) of a pair by itself, without its sizes and what competes for either."""
    if q.no_place:
        return 0.0
    log10 = q.log10_prior + q.log10_location + q.log10_kind + q.log10_reporting
    return float(1.0 / (1.0 + 10.0**-log10))
