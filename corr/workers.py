"""Independent tasks in worker processes, results in order."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

In = TypeVar("In")
Out = TypeVar("Out")
REPLACED = "A worker stopped while some jobs were given to the executor"


def in_workers(
    task: Callable[[In], Out], what: Iterable[In], *, jobs: int = -1
) -> Generator[Out, None, None]:
    """``task`` of each item, in order; ``jobs`` worker processes, -1 = one per core.

    joblib's backend decides who works, so a Dask cluster does it unchanged. Workers whose memory
    has grown by 300 MB are replaced, as happens every few hundred large breasts: no task is lost,
    so that is nothing to warn of (and an error where warnings are: joblib would wait for ever).
    """
    from joblib import Parallel, delayed  # one breast is judged without

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", REPLACED)
        yield from Parallel(n_jobs=jobs, return_as="generator")(delayed(task)(x) for x in what)
