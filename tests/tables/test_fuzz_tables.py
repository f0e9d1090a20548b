"""Broken tables are read or refused in a line; a failure would be noticed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.fuzz import tables as fuzz_tables

ROOT = Path(__file__).parents[2]
KINDS = {"comma", "semicolon", "utf16", "xlsx", "xlsx inside", "columns", "case"}


@pytest.mark.filterwarnings("ignore")
def test_some_broken_tables_are_survived():
    found = fuzz_tables.run(range(40), seed=11)
    assert found["failures"] == []
    assert {k.rpartition(" ")[0] for k in found["outcomes"]} == KINDS


def test_the_campaign_that_is_kept_failed_nowhere_and_read_some_of_each_kind():
    result = json.loads((ROOT / "benchmarks/fuzz/tables.json").read_text("utf-8"))
    assert result["failures"] == []
    assert result["tables"] >= 3000
    assert result["slowest_seconds"] < fuzz_tables.SECONDS
    outcomes = Counter(result["outcomes"])
    assert sum(outcomes.values()) == result["tables"]
    for kind in KINDS:
        assert min(outcomes[f"{kind} read"], outcomes[f"{kind} refused"]) > 10, kind


def test_a_failure_is_noticed(monkeypatch):
    def fails(*_):
        msg = "unforeseen"
        raise RuntimeError(msg)

    monkeypatch.setattr(fuzz_tables, "read", fails)
    found = fuzz_tables.run(range(2), seed=11)
    assert len(found["failures"]) == 2
    assert "RuntimeError" in found["failures"][0]


def test_a_table_depends_on_its_number_only():
    made = [fuzz_tables.make(fuzz_tables.np.random.default_rng([1, 5])) for _ in range(2)]
    assert made[0][:2] == made[1][:2]
