"""Judging on a Dask cluster: the same tasks, the same bytes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from joblib import parallel_config

from corr.cohort.journal import judging_code
from corr.extras import needs
from corr.problems import CorrError

WAIT_S = 30


@contextmanager
def on_dask(address: str = "", scheduler_file: Path | None = None) -> Iterator[None]:
    """Within it, worker processes are those of a Dask cluster.

    Parameters
    ----------
    address : of the scheduler, such as ``tcp://host:8786``
    scheduler_file : that ``dask scheduler --scheduler-file`` wrote, where there is no address

    Raises
    ------
    CorrError
        If `distributed` is not installed, the cluster does not answer or has no worker, or a worker
        judges with other code or libraries than these: its numbers would differ.
    """
    needs("dask", "Dask clusters")
    from distributed import Client

    where = address or str(scheduler_file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of versions: what matters is compared below
            if scheduler_file is not None and not scheduler_file.is_file():
                raise FileNotFoundError(2, "there is no such file", str(scheduler_file))
            given = {"scheduler_file": str(scheduler_file)} if scheduler_file else {}
            client: Any = Client(  # type: ignore[no-untyped-call]
                address or None, timeout=WAIT_S, **given
            )
    except (OSError, TimeoutError, ValueError) as error:
        msg = f"no Dask scheduler answers at {where} ({error})"
        raise CorrError(msg, fix="start it, or give its address or its file") from None
    with client:
        _same_code(client.run(judging_code), where)
        with parallel_config(backend="dask"):
            yield


def _same_code(found: dict[str, str], where: str) -> None:
    if not found:
        msg = f"the Dask cluster at {where} has no workers"
        raise CorrError(msg, fix="start some: dask worker ADDRESS")
    mine = judging_code()
    if other := sorted(name for name, code in found.items() if code != mine):
        msg = f"corr, numpy or scipy of {len(other)} of {len(found)} workers are not those here"
        raise CorrError(msg, where=other[0], fix="install the same versions on every worker")
