"""Tasks in forks: one that dies costs itself only, and nothing is left running."""

from __future__ import annotations

import math
import os
import sys
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from corr.problems import CorrError
from corr.show.many import warm
from corr.show.many.warm import DIED, Lost, Work, in_forks


@pytest.mark.parametrize("can_fork", [True, False])
def test_a_task_that_fails_or_dies_costs_no_other(can_fork, monkeypatch: pytest.MonkeyPatch):
    if can_fork and sys.platform != "linux":
        pytest.skip("not forked safely here")
    monkeypatch.setattr(warm, "CAN_FORK", can_fork)
    found = dict(in_forks(Work(math.sqrt), [4.0, -1.0, 9.0], jobs=2))
    assert (found[0], found[2]) == (2.0, 3.0)
    assert isinstance(found[1], Lost)
    assert found[1].why.startswith("ValueError: ")
    assert list(in_forks(Work(os._exit), [3], jobs=1)) == [(0, Lost(DIED))]


@pytest.mark.skipif(sys.platform != "linux", reason="not forked safely elsewhere")
def test_what_is_loaded_is_there_in_every_fork(tmp_path: Path):
    work = Work(os.path.abspath, partial(os.chdir, tmp_path))
    found = dict(in_forks(work, ["a", "b", "c"], jobs=2))
    assert found == {k: str(tmp_path / name) for k, name in enumerate("abc")}


@pytest.mark.skipif(sys.platform != "linux", reason="not forked safely elsewhere")
def test_the_end_of_what_is_forked_from_is_said():
    with pytest.raises(CorrError, match="forked from ended"):
        list(in_forks(Work(math.sqrt, partial(os._exit, 3)), [4.0], jobs=1))


@pytest.mark.skipif(sys.platform != "linux", reason="not forked safely elsewhere")
def test_closing_leaves_nothing_running():
    def children() -> set[psutil.Process]:
        """But for multiprocessing's own, which stays as long as the interpreter."""
        found = psutil.Process().children(recursive=True)
        return {p for p in found if "resource_tracker" not in " ".join(p.cmdline())}

    others = children()  # joblib's workers of an earlier test wait five minutes for more
    results = in_forks(Work(time.sleep), [0.0, 60.0, 60.0], jobs=2)
    assert next(results) == (0, None)
    running = children() - others
    assert len(running) >= 2  # what the tasks are forked from, and the tasks
    results.close()
    _, alive = psutil.wait_procs(running, timeout=5)
    assert alive == []
