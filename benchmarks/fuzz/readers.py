"""Break thousands of files and see that every reader survives them.

    python -m benchmarks.fuzz.readers --count 6000 --seed 7 --out benchmarks/fuzz/readers.json

Each broken file goes through every reader of its format, in worker processes that may take 5 s
of processor time a file and 1 GiB of memory in all. A reader may return something or raise
`Unusable` with a reason; anything else is a failure. Files depend on the seed and their number
only, so that a failure can be made again: ``--only NUMBER``.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import resource
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks.fuzz.marks import MARK_SEEDS
from benchmarks.fuzz.mutations import mutate
from benchmarks.fuzz.pictures import PICTURE_SEEDS
from benchmarks.fuzz.seeds import SEEDS as BASIC_SEEDS
from corr.imaging.dicom import header
from corr.imaging.dicom.header import Unusable
from corr.imaging.dicom.pixels import pixels
from corr.imaging.inventory.inventory import inventory
from corr.imaging.mammogram.mammogram import read_mammogram
from corr.imaging.marks.readers import centre, longest, read_annotations
from corr.imaging.mri.series import read_series
from corr.imaging.ultrasound.sonogram import depth_mm, read_sonogram
from corr.imaging.volume import read_nifti_phases
from corr.imaging.volume_files import read_volumes

SEEDS = BASIC_SEEDS | MARK_SEEDS | PICTURE_SEEDS
SECONDS = 5.0
BYTES = 2**30
_STUCK_SECONDS = 12 * int(SECONDS)
"""Processor time of one file after which its process is ended: calls into C do not return."""

Reader = Callable[[Path], object]


def _series(path: Path) -> object:
    """The broken slice among sound ones of its series."""
    beside = sorted(path.parent.glob("mr*.dcm"))
    volumes = read_series([path, *beside])
    return [v.load() for v in volumes]


def _annotations(path: Path) -> object:
    return [(centre(a), longest(a)) for a in read_annotations(path)]


def _sonogram(path: Path) -> object:
    return depth_mm(read_sonogram(path), 100, 100)


def _inventory(path: Path) -> object:
    """An inventory never refuses: it says why a file cannot be used."""
    alone = path.parent / "alone"
    alone.mkdir(exist_ok=True)
    shutil.copyfile(path, alone / path.name)
    try:
        table = inventory(alone, workers=1)
    finally:
        (alone / path.name).unlink()
    if len(table) != 1 or (table["usable"][0] != "yes" and not table["why"][0]):
        msg = "the inventory gives no reason"
        raise AssertionError(msg)
    return table


DICOM: dict[str, Reader] = {
    "header": header.read_header,
    "pixels": pixels,
    "mammogram": read_mammogram,
    "series": _series,
    "sonogram": _sonogram,
    "annotations": _annotations,
    "inventory": _inventory,
}
NIFTI: dict[str, Reader] = {
    "nifti": lambda path: read_nifti_phases(path)[0].load(),
    "annotations": _annotations,
    "inventory": _inventory,
}
TEXT: dict[str, Reader] = {"annotations": _annotations, "inventory": _inventory}
VOLUMES: dict[str, Reader] = {
    "volumes": lambda path: [v.load() for v in read_volumes(path)],
    "annotations": _annotations,
    "inventory": _inventory,
}
READERS = {".dcm": DICOM, ".nii": NIFTI, ".gz": NIFTI, ".json": TEXT, ".csv": TEXT}
READERS |= {Path(name).suffix: TEXT for name in MARK_SEEDS}
READERS |= {".nrrd": VOLUMES, ".mha": VOLUMES}


@dataclass
class Tally:
    """What happened to a number of files."""

    files: int = 0
    mutations: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)  # "reader read", "reader refused"
    failures: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")  # processor seconds, and which file and reader
    peak_mib: float = 0.0

    def add(self, other: Tally) -> None:
        """Take in the tally of other files."""
        self.files += other.files
        self.mutations += other.mutations
        self.outcomes += other.outcomes
        self.failures += other.failures
        self.slowest = max(self.slowest, other.slowest)
        self.peak_mib = max(self.peak_mib, other.peak_mib)


def examine(path: Path, readers: Mapping[str, Reader], name: str) -> Tally:
    """Send one file through readers; anything but a result or a reason is a failure."""
    tally = Tally(files=1)
    for reader, read in readers.items():
        started = time.process_time()
        outcome = "read"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                read(path)
        except Unusable as reason:
            outcome = "refused"
            if not str(reason).strip() or "\n" in str(reason):
                tally.failures.append(f"{name} {reader}: refused without a one-line reason")
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            at = f"{Path(where.filename).name}:{where.lineno}"
            tally.failures.append(f"{name} {reader}: {type(error).__name__} at {at}")
            outcome = "failed"
        took = time.process_time() - started
        tally.outcomes[f"{reader} {outcome}"] += 1
        tally.slowest = max(tally.slowest, (took, f"{name} {reader}"))
        if took > SECONDS:
            tally.failures.append(f"{name} {reader}: {took:.1f} s")
    return tally


def limit_memory() -> None:
    """Let this process grow to 1 GiB in memory and no further."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()
    mapped, resident = (int(p) * resource.getpagesize() for p in pages[:2])
    resource.setrlimit(resource.RLIMIT_AS, (mapped + BYTES - resident,) * 2)


def _limit_seconds() -> None:
    """End this process if it uses more processor time than a file may take."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(used.ru_utime + used.ru_stime) + _STUCK_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (soft, most))


def run_batch(numbers: Iterable[int], seed: int) -> Tally:
    """Make, send and tally the broken files of these numbers."""
    logging.disable(logging.CRITICAL)
    tally = Tally()
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        seeds = {name: made() for name, made in SEEDS.items()}
        for i in range(1, 4):
            (folder / f"mr{i}.dcm").write_bytes(seeds[f"mr{i}.dcm"])
        names = sorted(n for n in seeds if n not in {f"mr{i}.dcm" for i in range(1, 6)})
        for number in numbers:
            rng = np.random.default_rng([seed, number])
            name = names[int(rng.integers(0, len(names)))]
            suffix = Path(name).suffix
            mutation, broken = mutate(seeds[name], suffix, rng)
            path = folder / f"broken{''.join(Path(name).suffixes)}"
            path.write_bytes(broken)
            _limit_seconds()
            tally.add(examine(path, READERS[suffix], f"{number} {name} {mutation}"))
            tally.mutations[f"{suffix} {mutation}"] += 1
    tally.peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return tally


def campaign(count: int, *, seed: int, workers: int, progress: bool = True) -> Tally:
    """Run all files; a worker that dies or hangs is a failure of its batch."""
    total = Tally()
    batches = [range(a, min(a + 50, count)) for a in range(0, count, 50)]
    context = get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=limit_memory)
    waiting = [(b, pool.submit(run_batch, b, seed)) for b in batches]
    for batch, future in tqdm(waiting, unit="batch", disable=not progress):
        try:
            total.add(future.result())
        except (BrokenProcessPool, MemoryError) as error:
            said = f"{batch.start}-{batch.stop - 1}: {type(error).__name__} (hang or crash)"
            total.failures.append(said)
    pool.shutdown(cancel_futures=True)
    return total


def report(total: Tally, seed: int) -> dict[str, Any]:
    """Counts only, ready to be committed."""
    return {
        "seed": seed,
        "files": total.files,
        "limits": {"processor_seconds_per_file": SECONDS, "memory_mib": BYTES // 2**20},
        "failures": sorted(total.failures),
        "slowest_reader_seconds": round(total.slowest[0], 1),
        "slowest_reader": total.slowest[1],
        "peak_memory_mib": round(total.peak_mib),
        "outcomes": dict(sorted(total.outcomes.items())),
        "mutations": dict(sorted(total.mutations.items())),
    }


def main(arguments: list[str] | None = None) -> int:
    """Run the campaign; exit 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--only", type=int, help="one file, in this process")
    given = parser.parse_args(arguments)
    if given.only is not None:
        total = run_batch([given.only], given.seed)
    else:
        total = campaign(given.count, seed=given.seed, workers=given.workers)
    text = json.dumps(report(total, given.seed), indent=1) + "\n"
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(text, encoding="utf-8")
    print(text if given.only is not None or total.failures else text.split('"outcomes"')[0])
    return 1 if total.failures or not total.files else 0


if __name__ == "__main__":
    sys.exit(main())
