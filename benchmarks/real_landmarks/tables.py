"""The table of landmarks found prone and supine in MRI, and the matching task made of it.

The landmarks do not come with the project (see ``motion_landmarks`` in ``data_manifest.yaml``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.real_landmarks import pose
from benchmarks.real_landmarks.depth import PRONE
from corr.plain_file import plain_bytes
from corr.records import Breast, Finding

POSITIONS = [f"{state}_{axis}_mm" for state in ("prone", "supine") for axis in pose.AXES]
NUMBERS = [*POSITIONS, "supine_dist_nipple_mm", "supine_dist_skin_mm", "prone_dist_rib_mm"]
ALSO = ["prone_dist_skin_mm"]
"""Read where it is there: `benchmarks.real_landmarks.depth` needs it."""
TEXTS = ["case", "landmark_type", "side", "supine_clock"]
MOST_MM = 400.0
"""No landmark is farther from its nipple: larger values are in another frame or unit."""
FINDINGS = [
    *("case_id", "breast", "finding_id", "modality", "exam_id"),
    *("lateral_mm", "superior_mm", "posterior_mm", "chestwall_mm"),
    *("clock", "region", "fn_cm", "depth_mm"),
]


def read_landmarks(path: Path) -> pd.DataFrame:
    """Landmarks of the workbook layout, one row each, from CSV or the first sheet of .xlsx.

    Positions are mm from the nipple (lateral+, superior+, posterior+), prone after rigid
    alignment of the rib cage to supine.

    Raises
    ------
    ValueError
        If a column is missing, or a value cannot be used: the
        message names row, column, value and what is allowed.
    """
    table = _raw(path)
    missing = [c for c in (*TEXTS, *NUMBERS) if c not in table.columns]
    if missing:
        msg = (
            f"{path.name}: no column {', '.join(map(repr, missing))}; the workbook layout has "
            f"{', '.join((*TEXTS, *NUMBERS))}"
        )
        raise ValueError(msg)
    if table.empty:
        msg = f"{path.name}: no landmark below the header; export the sheet with its rows"
        raise ValueError(msg)
    numbers = [*NUMBERS, *(c for c in ALSO if c in table.columns)]
    out = table[[*TEXTS, *numbers]].copy()
    for column in numbers:
        number = pd.to_numeric(table[column], errors="coerce")
        lowest = -MOST_MM if column in POSITIONS else 0.0
        _refuse(
            path,
            table[column],
            ~number.between(lowest, MOST_MM),
            f"a number of mm from {lowest:g} to {MOST_MM:g}, nipple-centred",
        )
        out[column] = number.astype(float)
    _refuse(path, table["case"], table["case"].str.strip() == "", "the number of the woman")
    _refuse(path, table["side"], ~table["side"].isin(["L", "R"]), "L or R")
    clock = r"central|(?:1[0-2]|[1-9]):(?:00|30)"
    bad_clock = ~table["supine_clock"].str.fullmatch(clock)
    _refuse(path, table["supine_clock"], bad_clock, "1:00 to 12:30 in half hours, or central")
    apart = out[[c for c in POSITIONS if c.startswith("supine")]].pow(2).sum(axis=1).pow(0.5)
    off = (apart - out["supine_dist_nipple_mm"]).abs() > 1.0
    _refuse(
        path,
        table["supine_dist_nipple_mm"],
        off,
        "the distance that the supine position has from the nipple, within 1 mm: positions of "
        "another frame have to be made nipple-centred first",
    )
    return out


def _raw(path: Path) -> pd.DataFrame:
    if path.suffix.lower() != ".xlsx":
        return pd.read_csv(
            BytesIO(plain_bytes(path)), dtype=str, keep_default_na=False, encoding="utf-8-sig"
        )
    return pd.read_excel(path, dtype=str, keep_default_na=False)


def _refuse(path: Path, column: pd.Series, bad: pd.Series, allowed: str) -> None:
    wrong = np.flatnonzero(bad.to_numpy(bool))
    if len(wrong):
        msg = (
            f"{path.name}, row {wrong[0] + 2}: {column.name} = {column.iloc[wrong[0]]!r}; "
            f"allowed: {allowed}; correct the cell or leave out the row"
        )
        raise ValueError(msg)


def to_findings(landmarks: pd.DataFrame, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The matching task: findings and truth tables of the public format.

    Every landmark is an MRI finding (prone offsets from the nipple, distance to the ribs) and
    an ultrasound finding (supine clock, distance along the surface to half a centimetre, depth
    to a millimetre). In each breast one ultrasound finding of the same side of another woman
    is added (``USX``) and, with two or more landmarks, one MRI finding left out; ``seed``
    decides which.
    """
    rng = np.random.default_rng(seed)
    findings: list[dict[str, object]] = []
    truth: list[tuple[str, str]] = []

    def add(row: dict[str, object], lesion: str, breast: tuple[str, str]) -> None:
        findings.append({"case_id": breast[0], "breast": breast[1], **row})
        truth.append((str(row["finding_id"]), lesion))

    for (case_id, side), part in landmarks.groupby([case_ids(landmarks), "side"]):
        name, breast = f"{case_id}-{side}", (str(case_id), str(side))
        left_out = int(rng.integers(len(part))) if len(part) > 1 else -1
        for k, (_, landmark) in enumerate(part.iterrows()):
            if k != left_out:
                add(_mr(landmark, f"{name}-MR{k}"), f"{name}-{k}", breast)
            add(_us(landmark, f"{name}-US{k}"), f"{name}-{k}", breast)
        others = landmarks[(case_ids(landmarks) != case_id) & (landmarks["side"] == side)]
        if len(others):
            other = others.iloc[int(rng.integers(len(others)))]
            add(_us(other, f"{name}-USX"), f"{name}-X", breast)
    return (
        pd.DataFrame(findings, columns=FINDINGS),
        pd.DataFrame(truth, columns=["finding_id", "lesion_id"]),
    )


def case_ids(landmarks: pd.DataFrame) -> pd.Series:
    """Case id of each landmark's woman in the matching task."""
    return "W" + landmarks["case"].str.zfill(3)


def lesion_ids(landmarks: pd.DataFrame) -> pd.Series:
    """Lesion id of each landmark: its woman, side and place among those of the breast."""
    case, side = case_ids(landmarks), landmarks["side"]
    place = landmarks.groupby([case, side]).cumcount().astype(str)
    return case + "-" + side + "-" + place


def measured_from_skin(
    breasts: Iterable[Breast], lesion: Mapping[str, str], landmarks: pd.DataFrame
) -> list[Breast]:
    """The breasts of the matching task, each MRI finding with its distance from the skin, prone."""
    known = landmarks[landmarks[PRONE].notna()]
    skin_mm = dict(zip(lesion_ids(landmarks)[known.index], known[PRONE].astype(float), strict=True))

    def measured(f: Finding) -> Finding:
        return replace(f, depth_mm=skin_mm.get(lesion[f.finding_id])) if f.modality == "MR" else f

    return [replace(b, findings=tuple(map(measured, b.findings))) for b in breasts]


def _mr(landmark: pd.Series, finding_id: str) -> dict[str, object]:
    lateral, superior, posterior = (landmark[f"prone_{axis}_mm"] for axis in pose.AXES)
    return {
        "finding_id": finding_id,
        "modality": "MR",
        "exam_id": "MR",
        "lateral_mm": lateral,
        "superior_mm": superior,
        "posterior_mm": posterior,
        "chestwall_mm": landmark["prone_dist_rib_mm"],
    }


def _us(landmark: pd.Series, finding_id: str) -> dict[str, object]:
    depth, clock = landmark["supine_dist_skin_mm"], landmark["supine_clock"]
    along = np.sqrt(max(landmark["supine_dist_nipple_mm"] ** 2 - depth**2, 0.0))
    hour, _, minutes = clock.partition(":")
    central = clock == "central"
    return {
        "finding_id": finding_id,
        "modality": "US",
        "exam_id": "US",
        "clock": "" if central else hour + (".5" if minutes == "30" else ""),
        "region": "central" if central else "",
        "fn_cm": round(along / 5.0) / 2.0,
        "depth_mm": float(round(depth)),
    }
