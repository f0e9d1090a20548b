"""A table too large to be held, judged part by part: the memory of a part, whatever the number.

What comes out is what the whole would give. Parts of a job array (``--shard``) are written as CSV,
as `corr merge` reads them; a whole table as Parquet (`corr.exchange.parts`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from corr.cohort.journal import Journal
from corr.cohort.judge_cohort import judge_cohort, numbers_of
from corr.exchange.parts import Parts
from corr.exchange.tables import Rows, write_tables
from corr.parameters import Parameters
from corr.problems import Problem, in_order
from corr.records import Breast
from corr.tables.assemble import Loaded

SAID = 2000
"""Problems that are kept to be explained; all are in the table of problems."""


@dataclass
class Streamed:
    """What became of a table that was judged in parts.

    Attributes
    ----------
    counts : women, breasts, findings, and breasts that an earlier, stopped run had judged
    actions : problems by what was done
    failed : breasts that could not be judged
    first : `SAID` problems at most; one that is more than a note is among them if there is any
    lost : whether a finding or breast was left out
    """

    counts: Counter[str] = field(
        default_factory=lambda: Counter(women=0, breasts=0, findings=0, **{"judged before": 0})
    )
    actions: Counter[str] = field(default_factory=Counter)
    failed: list[Problem] = field(default_factory=list)
    first: list[Problem] = field(default_factory=list)
    lost: bool = False

    def take(self, breasts: Iterable[Breast], problems: Iterable[Problem]) -> None:
        """Count the breasts and problems of a part."""
        women = set()
        for breast in breasts:
            women.add(breast.case_id)
            self.counts["breasts"] += 1
            self.counts["findings"] += len(breast.findings)
        self.counts["women"] += len(women)
        for problem in problems:
            self.actions[problem.action] += 1
            self.lost |= problem.lost
            if len(self.first) < SAID:
                self.first.append(problem)
            elif problem.action != "noted" and self.actions.keys() == {"noted", problem.action}:
                self.first[-1] = problem


def judge_stream(
    parts: Iterable[Loaded],
    p: Parameters,
    out: Path,
    *,
    shard: str = "1/1",
    jobs: int = -1,
    progress: bool = False,
    journal: Journal,
) -> Streamed:
    """Judge every part and write the five tables of all.

    Parameters
    ----------
    parts : whole women, in the order of ``case_id``, as a `corr.tables.stream.Stream` gives them
    p : table of constants
    out : folder for the tables; they are there when all parts are judged
    shard : only the women of part k of n, as `corr.cohort.judge_cohort.part_of` chooses them
    jobs, progress, journal : as `judge_cohort` takes them

    Raises
    ------
    InputError
        If no finding of any part can be used.
    OSError
        If something cannot be written; what is judged is in the journal.
    """
    k, n = numbers_of(shard)
    done = Streamed()
    kept: list[dict[str, Rows]] = []
    written = Parts(out) if n == 1 else None
    problems: list[Problem] = []
    for loaded, breasts in _of_shard(parts, k, n):
        done.counts["judged before"] += sum(map(journal.holds, breasts))
        rows, failed = judge_cohort(breasts, p, jobs=jobs, progress=progress, journal=journal)
        done.failed += failed
        done.take(breasts, (*loaded.problems, *failed))
        if written is not None:
            written.add(rows, [*loaded.problems, *failed])
        else:
            kept += rows
            problems += loaded.problems
    if written is not None:
        written.finish()
    else:
        write_tables(kept, [*in_order(problems), *done.failed], out)
    return done


def _of_shard(parts: Iterable[Loaded], k: int, n: int) -> Iterator[tuple[Loaded, list[Breast]]]:
    """Each part, and those of its breasts whose women are every n-th, from the k-th on."""
    before = 0
    for loaded in parts:
        women = sorted({b.case_id for b in loaded.breasts})
        mine = {w for i, w in enumerate(women, start=before) if i % n == k - 1}
        before += len(women)
        yield loaded, [b for b in loaded.breasts if b.case_id in mine]
