"""Processor time that an inventory takes for 500 files: `python -m benchmarks.inventory_speed`.

Mammograms, compressed ones, ultrasound stills and MR images of our own making, a fifth of them in
JPEG 2000, read in one process; the fastest of three runs counts.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
from pydicom.uid import JPEG2000Lossless

from benchmarks.fuzz import seeds
from corr.imaging.inventory.inventory import inventory

FILES = 500


def write(folder: Path) -> None:
    """Write the files."""
    film, squeezed = seeds.mammogram(), seeds.mammogram()
    for ds in (film, squeezed):
        seeds.with_pixels(ds, np.random.default_rng(1).integers(0, 4000, (800, 600), np.uint16))
    squeezed.compress(JPEG2000Lossless, generate_instance_uid=False)
    for n, ds in enumerate((film, squeezed, seeds.sonogram())):
        (folder / f"0-{n}.dcm").write_bytes(seeds.encoded(ds))
    for n in range(3, FILES):
        shutil.copyfile(folder / f"0-{n % 3}.dcm", folder / f"1-{n}.dcm")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        write(Path(name))
        taken = []
        for _ in range(3):
            start = time.process_time()
            table = inventory(name, workers=1)
            taken.append(time.process_time() - start)
        print(f"{len(table)} files, {min(taken):.2f} s of processor time")
