"""Tasks in forks of a process that has loaded everything already, one fork a task.

The process they are forked from is started anew and has one thread. It loads what the tasks need,
forks a process for each, and hands their results on. A task that ends its process costs that task
only. Every task has a process group of its own, which ends with it: nothing is left running,
however a run ends. Where processes cannot be forked safely (Windows, macOS), each is started anew.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar, cast

from corr.problems import CorrError
from corr.workers import end_with

In = TypeVar("In")
Out = TypeVar("Out")
CAN_FORK = sys.platform == "linux"
"""Elsewhere a fork of a process that has used system libraries may crash."""
PR_SET_PDEATHSIG = 1
DIED = "it died (out of memory, or a crash in a library)"


@dataclass(frozen=True)
class Lost:
    """What stands for a task that has no result."""

    why: str


@dataclass(frozen=True)
class Work(Generic[In, Out]):
    """What is done, at module level so that it can be sent.

    Attributes
    ----------
    task : of each item, in a process of its own
    load : called once in the process that is forked; what it returns is not kept
    """

    task: Callable[[In], Out]
    load: Callable[[], object] | None = None


def in_forks(
    work: Work[In, Out], items: Sequence[In], *, jobs: int
) -> Generator[tuple[int, Out | Lost], None, None]:
    """Results as they come, each with the index of its item; ``jobs`` at a time.

    A task that raises is `Lost` with the words of its error, one that dies with that it did.
    Closing the generator ends all that runs.

    Raises
    ------
    CorrError
        If the process that all are forked from ended.
    """
    if not CAN_FORK:
        yield from _each(work.task, items, jobs, "spawn")
        return
    with tempfile.TemporaryDirectory(prefix="corr") as scratch:
        ours, theirs = get_context("spawn").Pipe(duplex=False)
        stem = get_context("spawn").Process(
            target=_stem, args=(work, items, jobs, theirs, scratch), name="corr-stem"
        )
        stem.start()
        theirs.close()
        try:
            for _ in items:
                yield ours.recv()
        except EOFError:
            msg = f"the process that the others are forked from ended: {DIED}"
            raise CorrError(msg, fix="run it again, with fewer --jobs") from None
        finally:
            stem.terminate()
            stem.join()
            ours.close()


def _stem(
    work: Work[In, Out], items: Sequence[In], jobs: int, to: Connection, scratch: str
) -> None:
    """Load, then fork a process a task; ends with all of them when told to or left alone."""
    end_together(0, signal.SIGTERM)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to who started this, who ends it
    signal.signal(signal.SIGTERM, _end)
    tempfile.tempdir = os.environ["JUPYTER_RUNTIME_DIR"] = scratch
    results = _each(work.task, items, jobs, "fork")
    try:
        if work.load is not None:
            work.load()
        gc.collect()
        gc.freeze()  # a collection in a fork copies no page of what was loaded
        for result in results:
            to.send(result)
    except (BrokenPipeError, KeyboardInterrupt):
        pass
    except Exception:
        traceback.print_exc()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        results.close()
        to.close()
        os._exit(0)  # without waiting for a fork that was just being made: it ends with this


def end_together(parent: int, number: int = 9) -> None:
    """End this process with the one that started it, also if that is killed."""
    if CAN_FORK:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
    else:
        end_with(parent)


def _end(*_: object) -> None:
    raise KeyboardInterrupt


def _each(
    task: Callable[[In], Out], items: Sequence[In], jobs: int, method: str
) -> Generator[tuple[int, Out | Lost], None, None]:
    """A process a task, ``jobs`` at a time."""
    context: Any = get_context(method)
    waiting: list[tuple[int, In]] = list(enumerate(items))[::-1]
    running: dict[Any, tuple[int, Any]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                k, item = waiting.pop()
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_one, args=(task, item, theirs, os.getpid()))
                process.start()
                theirs.close()
                running[ours] = k, process
            for done in cast("list[Any]", wait(list(running))):
                k, process = running.pop(done)
                try:
                    result = done.recv()
                except EOFError:
                    result = Lost(DIED)
                _kill(process)
                done.close()
                yield k, result
    finally:
        for _, process in running.values():
            _kill(process)


def _one(task: Callable[[In], Out], item: In, to: Connection, parent: int) -> None:
    """One task in its own process group."""
    end_together(parent)
    if hasattr(os, "setsid"):
        os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    try:
        result: Out | Lost = task(item)
    except Exception as error:
        result = Lost(f"{type(error).__name__}: {error}")
    to.send(result)
    to.close()


def _kill(process: Any) -> None:
    """End a process and all that it started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()
