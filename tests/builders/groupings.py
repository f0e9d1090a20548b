"""Groupings by plain enumeration, and how likely draws of them are."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import strategies as st
from scipy import stats

from corr.judgement.groupings.drawn import SampledSum


def blocks_of(readings):
    """All masks of two or more findings with at most one of each reading, ascending."""
    masks = [0]
    for label in dict.fromkeys(readings):
        bits = [1 << i for i, r in enumerate(readings) if r == label]
        masks = [m | b for m in masks for b in (0, *bits)]
    return sorted(m for m in masks if m.bit_count() >= 2)


def set_partitions(items):
    """Every set partition of a list, written the textbook way."""
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for smaller in set_partitions(rest):
        yield [[first], *smaller]
        for k in range(len(smaller)):
            yield [*smaller[:k], [first, *smaller[k]], *smaller[k + 1 :]]


def enumerate_all(readings, weights, base, alone):
    """(grouping as masks, weight over nodes) for every admissible grouping."""
    for partition in set_partitions(list(range(len(readings)))):
        if any(len({readings[i] for i in block}) < len(block) for block in partition):
            continue
        w = base.copy()
        masks = []
        for block in partition:
            mask = sum(1 << i for i in block)
            masks.append(mask)
            if len(block) > 1:
                w = w * weights.get(mask, np.zeros_like(base))
            elif not alone[block[0]]:
                w = w * 0.0
        yield tuple(sorted(masks)), w


def problem(readings, seed, n_e=3):
    rng = np.random.default_rng(seed)
    weights = {m: np.exp(rng.normal(0, 2, n_e)) for m in blocks_of(readings)}
    return weights, np.exp(rng.normal(0, 1, n_e))


LAYOUTS = st.lists(st.sampled_from("ABCD"), min_size=1, max_size=7)


def chance_of(drawn, exact):
    """P of a chi-square as large, if groupings were drawn by their exact weights."""
    count = Counter(tuple(sorted(masks)) for masks in drawn)
    assert count.keys() <= {masks for masks, w in exact if w > 0}
    total = sum(w for _, w in exact)
    seen = np.array([count[masks] for masks, _ in exact], dtype=float)
    expected = len(drawn) * np.array([w for _, w in exact]) / total
    rare = expected < 5  # pooled: chi-square needs some of each
    seen, expected = (np.r_[x[~rare], x[rare].sum()] for x in (seen, expected))
    kept = expected > 0
    return stats.chisquare(seen[kept], expected[kept]).pvalue


def drawn(readings, weights, base, links=(), steps=6000):
    def log_weight(mask):
        with np.errstate(divide="ignore"):
            return np.log(weights.get(mask, np.zeros_like(base)))

    return SampledSum(readings, log_weight, np.log(base), links, steps)
