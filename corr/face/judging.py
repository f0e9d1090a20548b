"""Judge a case or tables: one call, one result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from corr.case.casefile import Case
from corr.case.open import CaseTables
from corr.cohort.judge_cohort import FEW, judge_safely
from corr.face.constants import LEARN, Learned, learn_spreads, with_spreads
from corr.face.reading import constants_of, opened
from corr.face.result import Result
from corr.problems import Problem

if TYPE_CHECKING:
    from corr.case.open import Table
    from corr.cohort.journal import Journal
    from corr.tables import Columns


def judge(
    source: Table | Case | CaseTables,
    parameters: Mapping[str, float] | None = None,
    spreads: str | Mapping[str, float] | None = None,
    *,
    breasts: Table | None = None,
    exams: Table | None = None,
    columns: Columns | None = None,
    jobs: int = -1,
    progress: bool = False,
    journal: Journal | None = None,
) -> Result:
    """Which findings are the same lesion: every breast of a case or of tables, judged.

    Parameters
    ----------
    source : a case or tables as read, the path of a YAML case, CSV, Excel or Parquet file, or
        findings as a data frame or a list of dicts
    parameters : changes ``{name: value}``, over those of the case itself; or a whole table of
        constants from `load_parameters`, used as it is
    spreads : factors and systematic values as `with_spreads` takes them, or ``"learn"``: from the
        findings themselves
    breasts, exams : tables beside a findings table
    columns : a columns file (path or dict) for tables in other columns
    jobs : worker processes for many breasts, -1 = one per core; the result is the same
    progress : show a bar on stderr
    journal : breasts judged by a run that was stopped are taken from it, new ones added to it

    A breast that cannot be judged is one of the `Result.problems`; it never stops the others.

    Raises
    ------
    CorrError
        If nothing of the source can be used, or a constant or spread does not exist or cannot be
        set.
    """
    found = opened(source, breasts, exams, columns)
    p = constants_of(found, parameters)
    learned: Learned | None = None
    if spreads == LEARN:
        tables = found if isinstance(found, CaseTables) else _as_tables(found)
        learned = learn_spreads(tables, p, jobs=jobs)
        p = learned.parameters
    elif spreads:
        p = with_spreads(p, spreads)
    each = found.right_first if isinstance(found, Case) else found.breasts
    if journal is not None or len(each) > FEW:
        from corr.cohort.judge_cohort import judge_cohort

        rows, failed = judge_cohort(each, p, jobs=jobs, progress=progress, journal=journal)
        return Result(found, p, rows, tuple(failed), learned)
    judged = [judge_safely(b, p) for b in each]  # few enough to keep them whole
    whole = [x for x in judged if not isinstance(x, Problem)]
    failed = [x for x in judged if isinstance(x, Problem)]
    result = Result(found, p, [rows for _, rows in whole], tuple(failed), learned)
    result.keep(judgement for judgement, _ in whole)
    return result


def part_of(tables: CaseTables, shard: str) -> CaseTables:
    """Part ``k/n`` (k from 1) of tables for job arrays: whole women, by sorted case id.

    Raises
    ------
    ValueError
        Unless the text is k/n with 1 <= k <= n.
    """
    from corr.cohort.judge_cohort import part_of as some

    return replace(tables, breasts=tuple(some(tables.breasts, shard)))


def _as_tables(case: Case) -> CaseTables:
    sources = {name: case.to_rows(name) for name in ("findings", "breasts", "exams")}
    return CaseTables(case.breasts, case.problems, dict(sources), case.rows)
