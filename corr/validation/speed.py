"""How long a judgement takes, band included, on one core."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from corr.exams.sighting import forget
from corr.exchange.files import write_whole
from corr.judgement.result import Judgement
from corr.records import Breast
from corr.validation.run import Judge, time_judgement

GOAL_MS, GOAL_FINDINGS = 20.0, 8
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def speed_table(breasts: Iterable[Breast], judge: Judge, repeats: int = 2) -> pd.DataFrame:
    """``findings, breasts, median_ms, p95_ms`` per breast: as `time_judgement`, the faster of two.

    What is kept between calls for a breast that changes a little is dropped before each.
    Only a single core if the numeric libraries were told so before Python started; `one_core`
    says whether they were.
    """

    def anew(breast: Breast) -> Judgement:
        forget()
        return judge(breast)

    return time_judgement(breasts, anew, repeats)


def one_core() -> bool:
    """Whether the environment holds numeric libraries to one thread."""
    return any(os.environ.get(name) == "1" for name in THREADS)


def markdown(table: pd.DataFrame, cohort: str) -> str:
    """The table as a page, with the machine in neutral words."""
    cores = os.cpu_count() or 1
    lines = [
        "# Time to judge one breast",
        "",
        f"{cohort}; sensitivity band, groupings and beliefs included; "
        f"{'one thread' if one_core() else 'threads not limited'} on a {cores}-core machine, "
        f"Python {platform.python_version_tuple()[0]}.{platform.python_version_tuple()[1]}. "
        f"Goal: {GOAL_MS:.0f} ms for up to {GOAL_FINDINGS} findings. Times depend on the machine "
        "and on what else it does.",
        "",
        "| findings in the breast | breasts | median ms | 95th percentile ms |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {findings} | {n} | {median:.0f} | {p95:.0f} |"
        for findings, n, median, p95 in table.itertuples(index=False)
    ]
    return "\n".join(lines) + "\n"


def write(table: pd.DataFrame, cohort: str, path: Path) -> Path:
    """Write the page to ``path``."""
    return write_whole(path, markdown(table, cohort))
