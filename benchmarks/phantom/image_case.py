"""How well findings are read from images whose truth is known (data/image_case).

Truth is a table with a row for each finding: ``finding_id``, ``size_mm`` and the place relative
to the nipple (``posterior_mm, transverse_mm`` on films; ``lateral_mm, superior_mm, posterior_mm``
in MRI).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corr.case.casefile import Case
from corr.judgement.judge import judge
from corr.parameters import Parameters
from corr.records import Finding
from corr.tables import read_findings

Array = NDArray[np.float64]

FILM = ("posterior_mm", "transverse_mm")
PRONE = ("lateral_mm", "superior_mm", "posterior_mm")


def position_errors(case: Case, truth: str | Path) -> pd.DataFrame:
    """Every finding of the truth that has an image: error of its place (mm), and its size.

    Columns: ``finding_id, image, error_mm`` (distance in the film plane or in space; missing if
    the finding has no place), ``size_mm, true_size_mm``.
    """
    known = {f.finding_id: f for breast in case.breasts for f in breast.findings}
    rows = []
    for row in pd.read_csv(truth).to_dict("records"):
        if row["modality"] == "US":
            continue
        found = known.get(str(row["finding_id"]))
        columns = FILM if row["modality"] == "MG" else PRONE
        true = np.array([float(row[c]) for c in columns])
        place = None if found is None else _place(found)
        rows.append(
            {
                "finding_id": row["finding_id"],
                "image": row["image"],
                "error_mm": np.nan if place is None else float(np.linalg.norm(place - true)),
                "size_mm": np.nan if found is None else found.size_mm,
                "true_size_mm": row["size_mm"],
            }
        )
    return pd.DataFrame(rows)


def judged_both_ways(case: Case, true_findings: str | Path, p: Parameters) -> pd.DataFrame:
    """P(same) of every pair, from the images and from the true findings.

    Both are judged with the breast's shape as it was read from the images. Columns:
    ``finding_a, finding_b, from_images, from_truth``.
    """
    true = {b.side: b for b in read_findings(true_findings).breasts}
    rows = []
    for breast in case.breasts:
        other = judge(replace(true[breast.side], shape=breast.shape), p)
        for pair in judge(breast, p).pairs:
            known = other.pair(pair.finding_a, pair.finding_b)
            rows.append((pair.finding_a, pair.finding_b, pair.p_same, known.p_same))
    return pd.DataFrame(rows, columns=["finding_a", "finding_b", "from_images", "from_truth"])


def _place(finding: Finding) -> Array | None:
    """Place relative to the nipple as the truth states it; None if any part is missing."""
    parts = [getattr(finding, c) for c in (FILM if finding.modality == "MG" else PRONE)]
    return None if None in parts else np.array(parts, dtype=float)
