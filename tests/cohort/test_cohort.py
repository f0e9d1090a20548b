"""The same rows to the last digit, whatever does the work: threads, processes, a cluster."""

from __future__ import annotations

import joblib
import pytest
from joblib.parallel import get_active_backend
from threadpoolctl import threadpool_limits

from corr import parameters
from corr.cohort import judge_cohort as cohort
from corr.cohort.judge_cohort import judge_cohort
from corr.datasets import open_data
from corr.exchange.tables import rows_of
from corr.judgement.judge import judge
from corr.tables import read_findings
from corr.workers import in_workers
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
