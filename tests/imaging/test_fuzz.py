"""Broken files: a small campaign, and that the campaign would notice what it is for."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from benchmarks.fuzz import readers as fuzz_readers
from corr.imaging.dicom.header import Unusable


@pytest.mark.parametrize("count", [10, pytest.param(300, marks=pytest.mark.campaign)])
def test_broken_files(root, tmp_path, count):
    """In a process of its own, because the limit of memory cannot be lifted again."""
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.fuzz.readers", "--count", str(count), "--workers", "1",
         "--seed", "2", "--out", str(tmp_path / "result.json")],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-2000:]
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["files"] == count
    assert result["failures"] == []


def test_the_committed_campaign(root):
    """Thousands of files, made with the same command: each read, or refused with a reason."""
    path = root / "benchmarks" / "fuzz" / "readers.json"
    result = json.loads(path.read_text())
    assert result["files"] >= 5000
    assert result["peak_memory_mib"] < 1024
    assert result["failures"] == []
    assert result["slowest_reader_seconds"] < fuzz_readers.SECONDS
    readers = {key.split()[0] for key in result["outcomes"]}
    assert readers == {*fuzz_readers.DICOM, *fuzz_readers.NIFTI, *fuzz_readers.VOLUMES}
    assert not any(key.endswith("failed") for key in result["outcomes"])


def reading(path):
    return path


def refusing(path):
    msg = f"{path.name}: no"
    raise Unusable(msg)


def refusing_without_words(path):
    raise Unusable(path.name[:0])


def breaking(path):
    return {path: 0}["Jane Doe"]


def hanging(path):
    until = time.process_time() + 0.2
    while time.process_time() < until:
        path.exists()


@pytest.mark.parametrize(
    ("reader", "failure"),
    [
        (reading, None),
        (refusing, None),
        (refusing_without_words, "refused without"),
        (breaking, "KeyError at test_fuzz.py"),
        (hanging, " s"),
    ],
)
def test_a_broken_reader_is_noticed(tmp_path, monkeypatch, reader, failure):
    monkeypatch.setattr(fuzz_readers, "SECONDS", 0.1)
    tally = fuzz_readers.examine(tmp_path / "x.dcm", {"reader": reader}, "1 x.dcm flip")
    if failure is None:
        assert tally.failures == []
    else:
        assert len(tally.failures) == 1
        assert failure in tally.failures[0]
        assert "Jane" not in tally.failures[0]


def test_the_limit_of_memory_holds(root):
    """A reader that takes more than 1 GiB dies of it."""
    said = subprocess.run(
        [sys.executable, "-c",
         "from benchmarks.fuzz import readers as fuzz_readers; import numpy as np\n"
         "fuzz_readers.limit_memory(); a = np.ones(50_000_000); print('ok', flush=True)\n"
         "b = np.ones(150_000_000)"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.stdout.strip() == "ok"
    assert "MemoryError" in said.stderr


def test_the_same_number_is_the_same_file():
    """So that a failure can be made again."""
    import numpy as np

    made = [
        fuzz_readers.mutate(fuzz_readers.SEEDS["mg.dcm"](), ".dcm", np.random.default_rng([7, 3]))
        for _ in range(2)
    ]
    assert made[0] == made[1]
