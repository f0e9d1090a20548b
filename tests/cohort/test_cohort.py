"""The same rows to the last digit, whatever does the work: threads, processes, a cluster."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial

import joblib
import psutil
import pytest
from joblib.parallel import get_active_backend
from threadpoolctl import threadpool_limits

from corr import parameters
from corr.cohort import judge_cohort as cohort
from corr.cohort.judge_cohort import judge_cohort
from corr.datasets import open_data
from corr.exchange.tables import rows_of
from corr.judgement.judge import judge
from corr.problems import CorrError
from corr.tables import read_findings
from corr.workers import in_workers
from tests.builders.deadly import deadly
from tests.builders.hoard import hoard

P = parameters.load()
FEW = 4


@pytest.fixture(scope="module")
def breasts():
    found = read_findings(open_data("simulated_cohort")["findings"]).breasts
    return [b for b in found if 3 <= len(b.findings) <= 8][: cohort.FEW + 1]


@pytest.fixture(scope="module")
def expected(breasts):
    return judge_cohort(breasts, P, jobs=1)


def test_threads_of_sums_do_not_show(breasts, expected):
    for threads in (1, 4):
        with threadpool_limits(threads, user_api="blas"):
            assert judge_cohort(breasts[:FEW], P, jobs=1)[0] == expected[0][:FEW]


def test_threads_would_show(breasts, expected):
    """Else the test above could not fail."""
    with threadpool_limits(4, user_api="blas"):
        rows = [rows_of(judge(b, P)) for b in breasts[:FEW]]
    assert rows != expected[0][:FEW]


def test_processes_give_the_same_rows(breasts, expected):
    assert len(breasts) > cohort.FEW
    assert judge_cohort(breasts, P, jobs=2) == expected


@pytest.mark.campaign  # what a cluster does; processes do it above
@pytest.mark.filterwarnings("default")  # of the cluster's own libraries
def test_a_dask_cluster_gives_the_same_rows(breasts, expected):
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        assert type(get_active_backend()[0]).__name__ == "DaskDistributedBackend"
        assert judge_cohort(breasts, P) == expected


def test_workers_whose_memory_grows_are_replaced_without_a_word(recwarn):
    """Where warnings are errors, as here, joblib's would make it wait for ever."""
    pids = list(in_workers(hoard, [150] * 12, jobs=2))
    assert len(set(pids)) > 2  # else none was replaced, and nothing was tried
    assert not recwarn.list


def test_a_worker_that_is_killed_costs_its_task_one_retry(tmp_path):
    once = partial(deadly, once=str(tmp_path / "once"))
    assert list(in_workers(once, range(12), jobs=2)) == list(range(12))


def test_a_task_that_always_kills_its_worker_costs_no_other():
    always = partial(deadly, once=None)
    expected = [-5 if k == 5 else k for k in range(12)]
    assert list(in_workers(always, range(12), jobs=2, lost=lambda k: -k)) == expected
    with pytest.raises(CorrError, match="ended its process twice"):
        list(in_workers(always, range(12), jobs=2))


def test_no_worker_outlives_a_killed_run():
    script = (
        "from tests.builders.deadly import slow; from corr.workers import in_workers\n"
        "list(in_workers(slow, range(8), jobs=2))"
    )
    run = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
    mine = psutil.Process(run.pid)
    while len(mine.children()) < 3:  # joblib's tracker, and two that work
        assert run.poll() is None
        time.sleep(0.05)
    workers = mine.children(recursive=True)
    run.kill()
    run.wait()
    assert not psutil.wait_procs(workers, timeout=20)[1]
