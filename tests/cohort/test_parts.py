"""Parts of a job array, and a Dask cluster: the bytes of one run on one machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from corr.cli import app
from corr.cohort import cluster
from corr.cohort.run_record import is_current
from corr.datasets import open_data
from corr.exchange.tables import HEADERS
from corr.parameters import load as load_parameters

HOW_TO = Path(__file__).parents[2] / "docs" / "how_to_clusters.md"


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    """Some small breasts, one row of which is rejected."""
    path = tmp_path_factory.mktemp("table") / "findings.csv"
    header, *lines = open_data("simulated_cohort")["findings"].read_text().splitlines(keepends=True)
    cases = [line.split(",")[0] for line in lines]
    few = [c for c in dict.fromkeys(cases) if cases.count(c) <= 4][:9]
    kept = [line for line, case in zip(lines, cases, strict=True) if case in few]
    path.write_text(header + "".join(kept) + kept[0].replace(",L,", ",X,").replace(",R,", ",X,"))
    return path


def corr(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(w) for w in words])
    return done.exit_code, done.output


@pytest.fixture(scope="module")
def whole(table, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("whole")
    assert corr("judge", table, "--out", out, "--jobs", 1)[0] == 1
    return out


@pytest.fixture(scope="module")
def parts(table, tmp_path_factory) -> list[Path]:
    out = tmp_path_factory.mktemp("parts")
    for k in (1, 2, 3):
        corr("judge", table, "--out", out / str(k), "--shard", f"{k}/3", "--jobs", 1)
    return [out / str(k) for k in (1, 2, 3)]


def assert_same(out: Path, whole: Path) -> None:
    for name in HEADERS:
        assert (out / f"{name}.csv").read_bytes() == (whole / f"{name}.csv").read_bytes(), name


def test_merged_parts_are_the_whole(parts, whole, tmp_path):
    assert corr("merge", *reversed(parts), "--out", tmp_path)[0] == 0
    assert_same(tmp_path, whole)


def test_what_is_not_each_part_once_is_refused(parts, whole, tmp_path):
    refused = corr("merge", parts[0], parts[2], parts[2], "--out", tmp_path / "x")
    assert refused[0] == 2
    assert "there twice: 3/3" in refused[1]
    assert "missing: 2/3" in refused[1]
    code, said = corr("merge", *parts, whole, "--out", tmp_path / "x")
    assert (code, "holds no part of a table" in said) == (2, True)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: (d / "run.json").unlink(), "is not finished"),
        (lambda d: (d / "run.json").write_text("{"), "is not finished"),
        (
            lambda d: _replace(d / "run.json", '"version": "', '"version": "x'),
            "differ in constants",
        ),
        (lambda d: _replace(d / "run.json", '"findings.csv"', '"other.csv"'), "differ in inputs"),
        (lambda d: _replace(d / "pairs.csv", "p_same", "p"), "not as it was written"),
        (lambda d: (d / "shard.txt").write_text("2"), "holds no part"),
        (lambda d: (d / "shard.txt").write_text("2/4"), "arrays of different sizes"),
    ],
)
def test_a_part_of_another_run_or_a_damaged_one_is_refused(parts, tmp_path, change, said):
    mine = shutil.copytree(parts[1], tmp_path / "2")
    change(mine)
    code, told = corr("merge", parts[0], mine, parts[2], "--out", tmp_path / "out")
    assert code == 2
    assert said in told


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def run_as_told(heading: str, folder: Path, **more: str) -> None:
    """The shell of one section of the how-to, in a folder with the table, and with ``corr``."""
    text = HOW_TO.read_text(encoding="utf-8")
    section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    for script in re.findall(r"```sh\n(.*?)```", section, re.S):
        tasks = range(1, 5) if "SLURM_ARRAY_TASK_ID" in script else [0]
        for k in tasks:
            env = {**os.environ, **more, "SLURM_ARRAY_TASK_ID": str(k)}
            env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
            done = subprocess.run(["sh", "-c", script], cwd=folder, env=env, capture_output=True)
            assert done.returncode in (0, 1), done.stderr


def test_the_job_array_of_the_how_to(table, whole, tmp_path):
    shutil.copy(table, tmp_path)
    array = {"SLURM_ARRAY_TASK_COUNT": "4", "SLURM_CPUS_PER_TASK": "1"}
    run_as_told("SLURM job array", tmp_path, **array)
    assert_same(tmp_path / "out", whole)


@pytest.fixture
def scheduler_file(tmp_path):
    """A Dask scheduler and two workers, as the how-to starts them, ended afterwards."""
    path = tmp_path / "scheduler.json"
    run = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    ask = ["--scheduler-file", str(path)]
    commands = (
        [*run, "scheduler", *ask, "--port", "0", "--no-dashboard", "--host", "127.0.0.1"],
        [*run, "worker", *ask, "--nworkers", "2", "--nthreads", "1", "--no-dashboard"],
    )
    started = [subprocess.Popen(c, cwd=tmp_path, **quiet) for c in commands]
    yield path
    for process in reversed(started):
        process.terminate()
        process.wait(timeout=60)


@pytest.mark.filterwarnings("default")  # of the cluster's own libraries
def test_a_dask_cluster_by_its_file(table, whole, scheduler_file, tmp_path):
    for _ in range(600):
        if scheduler_file.exists():
            break
        time.sleep(0.1)
    out = tmp_path / "out"
    for _ in range(30):  # until workers have come
        code, said = corr("judge", table, "--out", out, "--scheduler-file", scheduler_file)
        if "has no workers" not in said:
            break
        time.sleep(1.0)
    assert code == 1, said
    assert_same(out, whole)


def test_workers_with_other_code_are_refused():
    mine = cluster.judging_code()
    cluster._same_code({"a": mine}, "here")
    with pytest.raises(cluster.CorrError, match="1 of 2 workers are not those here"):
        cluster._same_code({"a": mine, "b": "other"}, "here")


@pytest.mark.parametrize("how", [("--scheduler-file", "nosuch.json"), ("--dask", "no address")])
def test_a_cluster_that_is_not_there_is_said(table, tmp_path, how):
    code, said = corr("judge", table, "--out", tmp_path, *how)
    assert code == 2
    assert "no Dask scheduler answers" in said


def test_tables_are_current_until_anything_they_come_from_changes(table, whole, parts, tmp_path):
    p = load_parameters()
    out = shutil.copytree(whole, tmp_path / "out")
    assert is_current(out, (table, None), p)
    assert not is_current(parts[0], (table, None), p)
    assert not is_current(
        out, (table, None), p.override({"lesions_mean": 1.01 * p["lesions_mean"]})
    )
    other = shutil.copy(table, tmp_path / "findings.csv")
    assert is_current(out, (Path(other),), p)
    _replace(Path(other), "mass", "cyst")
    assert not is_current(out, (Path(other),), p)
    assert not is_current(out, (table, Path(other)), p)
    _replace(out / "pairs.csv", "0.", "1.")
    assert not is_current(out, (table, None), p)
    (out / "run.json").write_text("[")
    assert not is_current(out, (table, None), p)
