"""The error of the integral that each pair states, and the table that checks it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks.simulated.numerics import integral_error
from corr.judgement.groupings.summed import CoupledSum, PartitionSum
from corr.judgement.judge import judge
from corr.parameters import load
from corr.tables import read_findings
from tests.judgement.test_partitions import blocks_of

COHORT = Path(__file__).parents[2] / "data" / "simulated_cohort_hard"
P = load()


def test_the_error_is_that_of_a_weighted_mean():
    """Two findings, hand-made nodes: P(same) at each node, and shares of the posterior."""
    weight, base = np.array([1.0, 3.0, 0.0, 9.0]), np.array([0.1, 0.2, 0.3, 0.4])
    at_node = weight / (1 + weight)
    share = base * (1 + weight) / (base @ (1 + weight))
    mean = share @ at_node
    sums = PartitionSum(2, {0b11: weight}, base)
    assert sums.together()[0, 1] == pytest.approx(mean)
    expected = np.sqrt(share**2 @ (at_node - mean) ** 2)
    assert sums.standard_error()[0, 1] == pytest.approx(expected)


def test_the_same_answer_at_every_node_has_no_error():
    weights = {m: np.full(5, 2.0) for m in blocks_of(list("ABC"))}
    assert CoupledSum(3, weights, np.ones(5)).standard_error().max() < 1e-12


def test_the_error_shrinks_as_nodes_are_added_and_is_about_right():
    """Broken twin: an error stated a third as large would be far outside."""
    folder = read_findings(COHORT / "findings.csv", COHORT / "breasts.csv").breasts
    some = [b for b in folder if 5 <= len(b.findings) <= 8][:6]
    fine = lru_cache(partial(judge, p=P.override({"error_nodes": 1024.0}), bands=False))
    table = integral_error(some, partial(judge, bands=False), fine)
    (stated,), (actual,) = table["stated"], table["actual"]
    assert table["pairs"].sum() == sum(len(fine(b).pairs) for b in some)
    assert 0.5 < actual / stated < 2.0
    assert not actual / (stated / 3) < 2.0
    finer = [q.p_error for b in some for q in fine(b).pairs]
    assert np.sqrt(np.mean(np.square(finer))) < 0.6 * stated


def test_a_finding_alone_in_its_reading_leaves_no_error():
    folder = read_findings(COHORT / "findings.csv", COHORT / "breasts.csv").breasts
    breast = next(b for b in folder if len({f.reading_id for f in b.findings}) > 2)
    first = {f.reading_id: f for f in breast.findings}
    pairs = judge(replace(breast, findings=tuple(first.values())), bands=False).pairs
    assert max(q.p_error for q in pairs) < 0.02  # only the number of lesions is left to integrate
