"""Independent tasks in worker processes, results in order, whatever becomes of a worker.

Workers end with the process that started them, also if that is killed: each looks for it once a
second. What a worker that died was at is tried once more, by itself; if that dies, too, it is the
task that kills, and the caller says what stands for it.
"""

from __future__ import annotations

import os
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TypeVar

from corr.problems import CorrError

In = TypeVar("In")
Out = TypeVar("Out")
REPLACED = "A worker stopped while some jobs were given to the executor"
LOOK_EVERY_S = 1.0
TRIED_ALONE = 2
"""Of each worker, the tasks that may have been under way when one died."""


def in_workers(
    task: Callable[[In], Out],
    what: Iterable[In],
    *,
    jobs: int = -1,
    lost: Callable[[In], Out] | None = None,
) -> Generator[Out, None, None]:
    """``task`` of each item, in order, in ``jobs`` worker processes.

    joblib's backend decides who works, so a Dask cluster does it unchanged. Workers whose memory
    has grown by 300 MB are replaced, as happens every few hundred large breasts: no task is lost,
    so that is nothing to warn of (and an error where warnings are: joblib would wait for ever).

    Parameters
    ----------
    jobs : -1 = one per core that this process may use (affinity and quota of a container counted)
    lost : what stands for an item whose task ended its worker twice (out of memory, a crash)

    Raises
    ------
    CorrError
        If a task ended its worker twice and nothing stands for it.
    """
    from joblib import Parallel, delayed, effective_n_jobs  # one breast is judged without
    from joblib.parallel import get_active_backend

    left = list(what)
    while left:
        done = 0
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", REPLACED)
            ours = type(get_active_backend()[0]).__name__ == "LokyBackend"
            attended = {"initializer": end_with, "initargs": (os.getpid(),)} if ours else {}
            work = Parallel(n_jobs=jobs, return_as="generator", **attended)
            try:
                for result in work(delayed(task)(x) for x in left):
                    done += 1
                    yield result
                return
            except BrokenProcessPool:
                left = left[done:]
        alone = left[: TRIED_ALONE * effective_n_jobs(jobs)]
        for x in alone:
            yield _alone(task, x, lost)
        left = left[len(alone) :]


def _alone(task: Callable[[In], Out], what: In, lost: Callable[[In], Out] | None) -> Out:
    """A task in a process of its own, once."""
    spawn, watch = get_context("spawn"), (os.getpid(),)
    with ProcessPoolExecutor(1, spawn, initializer=end_with, initargs=watch) as pool:
        try:
            return pool.submit(task, what).result()
        except BrokenProcessPool:
            if lost is None:
                msg = "a task ended its process twice (out of memory, or a crash in a library)"
                raise CorrError(msg, fix="give it fewer workers: --jobs 1") from None
            return lost(what)


def end_with(parent: int) -> None:
    """End this process when the one that started it has ended."""

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_EVERY_S)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()
