"""Many breasts: judged in parallel, in stable order, one bad case never stopping the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from joblib import Parallel, delayed
from tqdm import tqdm

from corr.exchange.tables import Rows, rows_of
from corr.judge import judge
from corr.parameters import Parameters
from corr.problems import Problem
from corr.records import Breast, Judgement

Judge = Callable[[Breast], Judgement]
FEW = 6
"""Breasts below which starting workers costs more than it saves."""


def _judged(breast: Breast, p: Parameters) -> tuple[dict[str, Rows], Problem | None]:
    try:
        return rows_of(judge(breast, p)), None
    except Exception as error:
        return {}, Problem(
            file="", row=None, case_id=breast.case_id, finding_id="", field="breast",
            value=breast.side, action="rejected", allowed="a breast that can be judged",
            fix=f"please report this with the rows of the case: {type(error).__name__}: {error}",
        )  # fmt: skip


def judge_cohort(
    breasts: Sequence[Breast], p: Parameters, *, jobs: int = -1, progress: bool = False
) -> tuple[list[dict[str, Rows]], list[Problem]]:
    """Judge every breast.

    Parameters
    ----------
    breasts : in any order; the rows come back in this order
    p : table of constants
    jobs : worker processes, -1 = one per core (joblib's backend decides; Dask works unchanged)
    progress : show a bar on stderr

    Returns
    -------
    rows of the result tables, one dict a breast, and problems met on the way
    """
    results: Iterator[tuple[dict[str, Rows], Problem | None]]
    if jobs == 1 or len(breasts) <= FEW:
        results = (_judged(b, p) for b in breasts)
    else:
        results = Parallel(n_jobs=jobs, return_as="generator")(
            delayed(_judged)(b, p) for b in breasts
        )
    rows, problems = [], []
    for row, problem in tqdm(results, total=len(breasts), unit="breast", disable=not progress):
        rows.append(row)
        if problem is not None:
            problems.append(problem)
    return rows, problems


def in_parallel(judge_one: Judge, breasts: Sequence[Breast]) -> Iterator[Judgement]:
    """Whole judgements, in order, one worker per core; for benchmarks."""
    yield from Parallel(n_jobs=-1, return_as="generator")(delayed(judge_one)(b) for b in breasts)


def part_of(breasts: Sequence[Breast], shard: str) -> list[Breast]:
    """Part ``k/n`` (k from 1) for job arrays: whole women, by sorted case id.

    Raises
    ------
    ValueError
        Unless the text is k/n with 1 <= k <= n.
    """
    k, _, n = shard.partition("/")
    if not (k.isdecimal() and n.isdecimal() and 1 <= int(k) <= int(n)):
        msg = f"expected k/n with 1 <= k <= n, got {shard!r}"
        raise ValueError(msg)
    mine = set(sorted({b.case_id for b in breasts})[int(k) - 1 :: int(n)])
    return [b for b in breasts if b.case_id in mine]
