"""Drawn women as the tables that people send: findings, breasts and exams, seeded. Simulated.

``python -m benchmarks.simulated.as_tables --count 10000 --out FOLDER`` writes them, with the truth.
One row in two hundred has something wrong with it, of the sorts that typed tables have.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.simulated.drawn import draw
from corr import load_parameters
from corr.records import Breast, Finding, Reading, Shape
from corr.tables.findings import FIELDS
from corr.tables.to_records import stated

SEED = 20261130
FLAWED = 0.005
FLAWS = {"kind": "masss", "clock": "25", "size_mm": "12-", "view": "QQ", "text": "near the scar"}
"""What stands in a cell of a flawed row."""


def tables_of(breasts: Sequence[Breast], *, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """Tables ``findings``, ``breasts`` and ``exams``; mm with one decimal, as reports have them."""
    found = [row for b in breasts for row in _findings(b)]
    rng = np.random.default_rng(seed)
    for at in np.flatnonzero(rng.random(len(found)) < FLAWED):
        column = str(rng.choice(list(FLAWS)))
        found[at][column] = FLAWS[column]
    had = [_exam(b, r) for b in breasts for r in b.readings]
    shapes = [{"case_id": b.case_id, "breast": b.side, **_shape(b.shape)} for b in breasts]
    tables = {"findings": found, "breasts": shapes, "exams": had}
    return {name: pd.DataFrame(rows).dropna(axis=1, how="all") for name, rows in tables.items()}


def _findings(breast: Breast) -> list[dict[str, object]]:
    readings = {r.reading_id: r for r in breast.readings}
    who = {"case_id": breast.case_id, "breast": breast.side}
    return [
        {**who, "finding_id": f.finding_id, **_reading(readings[f.reading_id]), **_said(f)}
        for f in breast.findings
    ]


def _said(finding: Finding) -> dict[str, object]:
    said = {name: stated(finding, name) for name in FIELDS if name != "finding_id"}
    plain = {f.name: f.default for f in fields(Finding)}
    said = {k: v for k, v in said.items() if v is not None and v != plain.get(FIELDS[k])}
    if "clock" in said:
        said["clock"] = f"{said['clock'][0]:g}"
    return {k: round(v, 1) if isinstance(v, float) else v for k, v in said.items()}


def _reading(reading: Reading) -> dict[str, object]:
    view = {"view": reading.view, "base_view": "CC" if reading.view == "STEREO" else None}
    said = {"view_angle_deg": reading.angle_deg, "thickness_mm": reading.thickness_mm}
    rounded = {k: None if v is None else round(v, 1) for k, v in said.items()}
    return {"modality": reading.modality, "exam_id": reading.exam_id, **view, **rounded}


def _exam(breast: Breast, reading: Reading) -> dict[str, object]:
    return {"case_id": breast.case_id, "breast": breast.side, **_reading(reading), "done": 1}


def _shape(shape: Shape) -> dict[str, object]:
    said = {f.name: getattr(shape, f.name) for f in fields(Shape)}
    mm = {k: round(v, 1) for k, v in said.items() if isinstance(v, float)}
    return {"density": shape.density, **mm}


def write(count: int, folder: Path, *, seed: int = SEED) -> dict[str, Path]:
    """Draw so many breasts and write their tables and ``truth.csv``; the same in every run."""
    breasts, truth = draw(count, load_parameters(), seed=seed)
    tables = tables_of(breasts) | {"truth": truth.rename_axis("finding_id").reset_index()}
    folder.mkdir(parents=True, exist_ok=True)
    written = {name: folder / f"{name}.csv" for name in tables}
    for name, table in tables.items():
        table.to_csv(written[name], index=False, lineterminator="\n")
    return written


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    for path in write(given.count, given.out).values():
        print(path)


if __name__ == "__main__":
    main()
