"""Findings that a count says are there and nobody listed: "eight masses", one of them described."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from corr.records import LENGTHS, Finding

MOST_SIBLINGS = 11
"""Unlisted siblings of a count ("eight masses") that take part: a dozen in all is many."""
OF_ONE = (*LENGTHS, "n_calcifications", "same_as")
"""Fields that a report gives of the one it describes."""


def with_siblings(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Add the unlisted siblings that a count says are there, described only by its words."""
    said_of_all: dict[str, Any] = {**dict.fromkeys(OF_ONE), "count_min": 1, "count_max": 1}
    siblings = [
        replace(f, finding_id=f"{f.finding_id} (unlisted {k + 1})", unlisted=True, **said_of_all)
        for f in findings
        for k in range(min(f.count_min - 1, MOST_SIBLINGS))
    ]
    return (*findings, *siblings)
