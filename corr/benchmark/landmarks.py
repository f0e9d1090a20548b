"""Real landmarks found prone and supine in MRI: importer, matching task and evaluation.

The landmarks do not come with the project (see ``motion_landmarks`` in ``data_manifest.yaml``).
`read_landmarks` reads the workbook a user has obtained, `to_findings` makes a matching task of
it in the public findings table, `evaluate` scores the model on both. Research use only.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from corr import parameters
from corr.benchmark import pose, scores
from corr.benchmark.baselines import baselines
from corr.benchmark.measures import CORR, BenchmarkResult
from corr.benchmark.run import benchmark, read_truth
from corr.exchange.files import write_whole
from corr.judge import judge
from corr.parameters import Parameters

POSITIONS = [f"{state}_{axis}_mm" for state in ("prone", "supine") for axis in pose.AXES]
NUMBERS = [*POSITIONS, "supine_dist_nipple_mm", "supine_dist_skin_mm", "prone_dist_rib_mm"]
TEXTS = ["case", "landmark_type", "side", "supine_clock"]
NODE = "lymph"
MOST_MM = 400.0
"""No landmark is farther from its nipple: larger values are in another frame or unit."""
FINDINGS = [
    *("case_id", "breast", "finding_id", "modality", "exam_id"),
    *("lateral_mm", "superior_mm", "posterior_mm", "chestwall_mm"),
    *("clock", "region", "fn_cm", "depth_mm"),
]
COMPARED = (
    "base rate",
    "logistic, distances",
    "logistic, all features",
    "affine Gaussian",
    "JPDA (Stone Soup)",
)
SUMMARY = ["metric", "subset", "method", "value", "lo", "hi", "n"]
WITH, WITHOUT = "all landmarks", "without nodes"


def read_landmarks(path: Path) -> pd.DataFrame:
    """Landmarks of the workbook layout, one row each, from CSV or the first sheet of .xlsx.

    Positions are mm from the nipple (lateral+, superior+, posterior+), prone after rigid
    alignment of the rib cage to supine.

    Raises
    ------
    ValueError
        If openpyxl is missing for .xlsx, a column is missing, or a value cannot be used: the
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
    out = table[[*TEXTS, *NUMBERS]].copy()
    for column in NUMBERS:
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
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    if find_spec("openpyxl") is None:
        msg = (
            f"{path.name}: reading .xlsx needs openpyxl, which is not installed; install it with "
            f"'pip install openpyxl' or save the sheet as CSV"
        )
        raise ValueError(msg)
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

    for (case_id, side), part in landmarks.groupby([_case_ids(landmarks), "side"]):
        name, breast = f"{case_id}-{side}", (str(case_id), str(side))
        left_out = int(rng.integers(len(part))) if len(part) > 1 else -1
        for k, (_, landmark) in enumerate(part.iterrows()):
            if k != left_out:
                add(_mr(landmark, f"{name}-MR{k}"), f"{name}-{k}", breast)
            add(_us(landmark, f"{name}-US{k}"), f"{name}-{k}", breast)
        others = landmarks[(_case_ids(landmarks) != case_id) & (landmarks["side"] == side)]
        if len(others):
            other = others.iloc[int(rng.integers(len(others)))]
            add(_us(other, f"{name}-USX"), f"{name}-X", breast)
    return (
        pd.DataFrame(findings, columns=FINDINGS),
        pd.DataFrame(truth, columns=["finding_id", "lesion_id"]),
    )


def _case_ids(landmarks: pd.DataFrame) -> pd.Series:
    return "W" + landmarks["case"].str.zfill(3)


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


@dataclass(frozen=True)
class LandmarkResult:
    """Scores on the real landmarks; `summary` has the columns `SUMMARY` and no single landmark."""

    summary: pd.DataFrame
    matching: BenchmarkResult

    def value(self, metric: str, subset: str = WITH, method: str = CORR) -> float:
        """One number of the summary."""
        s = self.summary
        where = (s["metric"] == metric) & (s["subset"] == subset) & (s["method"] == method)
        return float(s.loc[where, "value"].iloc[0])


def evaluate(
    landmarks_csv: Path,
    findings_csv: Path | None = None,
    truth_csv: Path | None = None,
    p: Parameters | None = None,
    *,
    compared: Sequence[str] = COMPARED,
    replicates: int = 1000,
    seed: int = 1,
) -> LandmarkResult:
    """Score the model on the landmarks, with and without axillary nodes.

    The matching task is read from ``findings_csv`` and ``truth_csv`` or made by `to_findings`;
    its baselines (``compared``) are fitted on all women but one. Positions in both states are
    scored by `corr.benchmark.pose`, everything fitted leaving one woman out. Intervals are of a
    bootstrap over women, of coverage binomial with as many trials as women.

    Raises
    ------
    ValueError
        As `read_landmarks`, `corr.benchmark.run.read_truth` and `benchmark`.
    """
    from corr.tables import read_findings  # the tables need pydantic; scoring does not

    p = parameters.load() if p is None else p
    landmarks = read_landmarks(landmarks_csv)
    with TemporaryDirectory() as folder:
        if findings_csv is None or truth_csv is None:
            findings, truth = to_findings(landmarks, seed)
            findings_csv, truth_csv = Path(folder, "findings.csv"), Path(folder, "truth.csv")
            findings.to_csv(findings_csv, index=False)
            truth.to_csv(truth_csv, index=False)
        breasts, known = read_findings(findings_csv).breasts, read_truth(truth_csv)
    women = landmarks["case"].nunique()
    named = {name: make for name, make in baselines().items() if name in compared}
    matching = benchmark(
        breasts,
        known,
        partial(judge, p=p),
        folds=women,
        replicates=replicates,
        seed=seed,
        methods=named,
    )
    lines = list(_matching_lines(matching, known, _nodes(landmarks), replicates, seed))
    is_node = (landmarks["landmark_type"] == NODE).to_numpy()
    for subset, part in ((WITH, landmarks), (WITHOUT, landmarks[~is_node])):
        lines += [
            (metric, subset, method, *rest)
            for metric, method, *rest in pose.score(_states(part), p, replicates, seed)
        ]
    summary = pd.DataFrame(lines, columns=SUMMARY)
    numbers = ["value", "lo", "hi"]
    summary[numbers] = summary[numbers].astype(float)  # scores come as 0-d arrays
    return LandmarkResult(summary, matching)


def _states(landmarks: pd.DataFrame) -> pose.States:
    prone, supine = (
        landmarks[[f"{state}_{axis}_mm" for axis in pose.AXES]].to_numpy(float)
        for state in ("prone", "supine")
    )
    return pose.States(
        landmarks["case"].to_numpy(str), landmarks["side"].to_numpy(str), prone, supine
    )


def _nodes(landmarks: pd.DataFrame) -> set[str]:
    """Lesion ids of the axillary nodes: their place among the landmarks of the breast."""
    case, side = _case_ids(landmarks), landmarks["side"]
    place = landmarks.groupby([case, side]).cumcount().astype(str)
    names = case + "-" + side + "-" + place
    return set(names[landmarks["landmark_type"] == NODE])


def _matching_lines(
    result: BenchmarkResult, truth: pd.DataFrame, nodes: set[str], replicates: int, seed: int
) -> Iterator[tuple[object, ...]]:
    lesion, rows = truth["lesion_id"], result.pairs
    of_node = rows["finding_a"].map(lesion).isin(nodes) | rows["finding_b"].map(lesion).isin(nodes)
    methods = [CORR, *(m for m in COMPARED if m in rows)]
    one: dict[str, Callable[..., scores.Floats]] = {"AUC": scores.auc, "log-loss": scores.log_loss}
    draws = scores.Bootstrap.over(rows["case_id"], replicates, seed)
    for subset, part in ((WITH, rows), (WITHOUT, rows[~of_node])):
        case, same = part["case_id"], part["same"]
        for method in methods:
            stated = part[method].to_numpy(float)
            for name, score in one.items():
                e = draws.estimate(score, case, same, stated)
                yield f"matching: {name}", subset, method, *map(float, e), len(part)
            if method == "base rate":  # nothing to calibrate
                continue
            e = draws.estimate(scores.recalibration, case, same, stated)
            for k, name in enumerate(("calibration slope", "calibration intercept")):
                numbers = (float(x[k]) for x in e)
                yield f"matching: {name}", subset, method, *numbers, len(part)
        losses = {m: scores.log_losses(same, part[m]) for m in methods}
        for method in methods[1:]:
            e = draws.estimate(scores.mean, case, losses[CORR] - losses[method])
            name = f"{CORR} - {method}"
            yield "matching: log-loss difference", subset, name, *map(float, e), len(part)


def main() -> None:
    """Write the summary: ``python -m corr.benchmark.landmarks LANDMARKS --out FOLDER``."""
    parser = ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("landmarks", type=Path, help="workbook layout, .csv or .xlsx")
    parser.add_argument("--findings", type=Path, help="matching task; made anew unless given")
    parser.add_argument("--truth", type=Path, help="its truth file")
    parser.add_argument("--out", type=Path, required=True, help="folder for summary.csv")
    given = parser.parse_args()
    summary = evaluate(given.landmarks, given.findings, given.truth).summary
    given.out.mkdir(parents=True, exist_ok=True)
    text = summary.to_csv(index=False, float_format="%.4g", lineterminator="\n")
    write_whole(given.out / "summary.csv", text)


if __name__ == "__main__":
    main()
