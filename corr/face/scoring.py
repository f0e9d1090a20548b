"""Score judgements against a known truth, beside every simple rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from corr.case.casefile import Case
from corr.case.open import CaseTables
from corr.face.constants import LEARN, Learned, learn_spreads, load_parameters, with_spreads
from corr.face.reading import opened
from corr.judgement.judge import judge
from corr.parameters import Parameters
from corr.problems import CorrError
from corr.validation import report, speed
from corr.validation.measures import LEARNED, BenchmarkResult
from corr.validation.run import Judge
from corr.validation.run import benchmark as scored
from corr.validation.truth import coverage, read_truth
from corr.workers import in_workers

if TYPE_CHECKING:
    from corr.case.open import Table


@dataclass(frozen=True)
class Benchmark:
    """Scores of corr and of the rules beside it; prints as a short table.

    Attributes
    ----------
    result : all scores, differences, reliability and localisation as data frames
    coverage : how much of the findings the truth knows
    learned : what ``spreads="learn"`` took from the findings, if it was asked for
    """

    result: BenchmarkResult
    coverage: str
    tables: CaseTables
    judge: Judge
    learned: Learned | None = None

    def save(self, folder: str | Path) -> tuple[Path, ...]:
        """Write all scores and a page of them.

        Raises
        ------
        OSError
            If they cannot be written.
        """
        return report.write(self.result, Path(folder), title=f"Benchmark on {self.tables.file}")

    def speed(self) -> str:
        """Time every breast anew: a page in markdown."""
        return speed.markdown(speed.speed_table(self.tables.breasts, self.judge), self.tables.file)

    def __str__(self) -> str:
        learned = f"{self.learned}\n" if self.learned else ""
        return f"{learned}{self.coverage}\n\n{report.compact(self.result)}"


def benchmark(
    findings: Table | CaseTables,
    truth: str | Path,
    parameters: Mapping[str, float] | None = None,
    spreads: str | Mapping[str, float] | None = None,
    *,
    breasts: Table | None = None,
    exams: Table | None = None,
    folds: int = 10,
    learned: bool = True,
) -> Benchmark:
    """Judge tables whose truth is known and score it beside every simple rule.

    Parameters
    ----------
    truth : CSV with ``finding_id, lesion_id`` and optional positions
    parameters, spreads : as `corr.judge` takes them
    folds : by woman for rules that are fitted; many = leave one out
    learned : also judge with spreads learned from the findings, without the truth

    Raises
    ------
    CorrError
        If no finding can be used.
    ValueError
        If the truth cannot be used, or there is nothing to score.
    """
    tables = opened(findings, breasts, exams)
    if isinstance(tables, Case):
        msg = f"{tables.case_id}: a truth is known of tables, not of a case file; give tables"
        raise CorrError(msg)
    known = read_truth(Path(truth))  # a broken truth is found before judging
    said = coverage(tables.breasts, known)
    p = parameters if isinstance(parameters, Parameters) else load_parameters(parameters)
    taught = learn_spreads(tables, p) if spreads == LEARN else None
    if taught is not None:
        p = taught.parameters
    elif spreads:
        p = with_spreads(p, spreads)
    one, others = partial(judge, p=p), dict[str, Judge]()
    if learned and taught is None and _can_teach(tables):
        found = learn_spreads(tables, p).parameters
        others[LEARNED] = partial(judge, p=found, bands=False)
    result = scored(tables.breasts, known, one, others=others, folds=folds, map_breasts=in_workers)
    return Benchmark(result, said, tables, one, taught)


def _can_teach(tables: CaseTables) -> bool:
    from corr.learning.spreads import chosen

    return bool(chosen(tables.breasts))
