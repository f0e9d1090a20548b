"""Many breasts: judged in parallel, in stable order, one bad case never stopping the rest."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Sequence
from functools import lru_cache, partial

from threadpoolctl import ThreadpoolController
from tqdm import tqdm

from corr.cohort.journal import Journal
from corr.exchange.tables import Rows, rows_of
from corr.judgement.judge import judge
from corr.judgement.result import Judgement
from corr.parameters import Parameters
from corr.problems import CorrError, Problem
from corr.records import Breast
from corr.workers import in_workers

FEW = 6
"""Breasts below which starting workers costs more than it saves."""


def judge_safely(breast: Breast, p: Parameters) -> tuple[Judgement, dict[str, Rows]] | Problem:
    """A judgement and its rows, or why there is none: one breast must not cost the others.

    Sums are made by one thread: several add up in another order, which shows in the last digit.
    """
    try:
        with _thread_pools().limit(limits=1, user_api="blas"):
            judgement = judge(breast, p)
        return judgement, rows_of(judgement)
    except Exception as error:
        return failed(breast, error)


def failed(breast: Breast, error: Exception) -> Problem:
    """The line of problems.csv of a breast of which nothing can be told."""
    return _unjudged(breast, f"{type(error).__name__}: {error}")


def _unjudged(breast: Breast, why: str) -> Problem:
    return Problem(
        file="", row=None, case_id=breast.case_id, finding_id="", field="breast",
        value=breast.side, action="rejected", allowed="a breast that can be judged",
        fix=f"please report this with the rows of the case: {why}",
    )  # fmt: skip


def _killed(breast: Breast) -> Problem:
    why = "its worker died twice (out of memory, or a crash in a library)"
    return _unjudged(breast, why)


@lru_cache(maxsize=1)
def _thread_pools() -> ThreadpoolController:
    return ThreadpoolController()


def _judged(breast: Breast, p: Parameters) -> dict[str, Rows] | Problem:
    found = judge_safely(breast, p)
    return found if isinstance(found, Problem) else found[1]


def judge_cohort(
    breasts: Sequence[Breast],
    p: Parameters,
    *,
    jobs: int = -1,
    progress: bool = False,
    journal: Journal | None = None,
) -> tuple[list[dict[str, Rows]], list[Problem]]:
    """Judge every breast.

    Parameters
    ----------
    breasts : in any order; the rows come back in this order
    p : table of constants
    jobs : worker processes, -1 = one per core (joblib's backend decides; Dask works unchanged)
    progress : show a bar on stderr
    journal : what it holds is not judged again, and what is judged is added to it

    Returns
    -------
    rows of the result tables, one dict a breast, and problems met on the way
    """
    known = [None if journal is None else journal.get(b) for b in breasts]
    left = [b for b, rows in zip(breasts, known, strict=True) if rows is None]
    results: Generator[dict[str, Rows] | Problem]
    if jobs == 1 or len(left) <= FEW:
        results = (_judged(b, p) for b in left)
    else:
        results = in_workers(partial(_judged, p=p), left, jobs=jobs, lost=_killed)
    done, total = len(breasts) - len(left), len(breasts)
    bar = tqdm(results, initial=done, total=total, unit="breast", disable=not progress)
    new: list[dict[str, Rows]] = []
    problems = []
    try:
        for breast, found in zip(left, bar, strict=True):
            if isinstance(found, Problem):
                problems.append(found)
            elif journal is not None:
                journal.add(breast, found)
            new.append({} if isinstance(found, Problem) else found)
    except BaseException:
        with warnings.catch_warnings(action="ignore"):  # of tasks that come to nothing
            results.close()
        raise
    judged = iter(new)
    return [next(judged) if rows is None else rows for rows in known], problems


def part_of(breasts: Sequence[Breast], shard: str) -> list[Breast]:
    """Part ``k/n`` (k from 1) for job arrays: whole women, by sorted case id.

    Raises
    ------
    CorrError
        Unless the text is k/n with 1 <= k <= n.
    """
    k, n = numbers_of(shard)
    mine = set(sorted({b.case_id for b in breasts})[k - 1 :: n])
    return [b for b in breasts if b.case_id in mine]


def numbers_of(shard: str) -> tuple[int, int]:
    """K and n of "k/n".

    Raises
    ------
    CorrError
        Unless 1 <= k <= n.
    """
    k, _, n = shard.partition("/")
    if not (k.isdecimal() and n.isdecimal() and 1 <= int(k) <= int(n)):
        msg = f"expected k/n, got {shard!r}"
        raise CorrError(msg, where="--shard", allowed="k from 1 to n")
    return int(k), int(n)
