"""Real landmarks found prone and supine in MRI: how the model scores on them.

`benchmarks.real_landmarks.tables` reads the workbook a user has obtained and makes a matching task
of it in the public findings table; `evaluate` scores the model on both. Research use only.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from benchmarks.real_landmarks import depth, pose
from benchmarks.real_landmarks.pose_fits import States
from benchmarks.real_landmarks.tables import (
    lesion_ids,
    measured_from_skin,
    read_landmarks,
    to_findings,
)
from corr import parameters
from corr.exchange.files import write_whole
from corr.judgement.judge import judge
from corr.judgement.result import Judgement
from corr.learning.spreads import learn, scaled
from corr.parameters import Parameters
from corr.records import Breast, Side
from corr.validation import scores
from corr.validation.baselines import baselines
from corr.validation.measures import CORR, LEARNED, BenchmarkResult
from corr.validation.run import Judge, benchmark
from corr.validation.truth import read_truth

NODE = "lymph"
COMPARED = (
    "base rate",
    "logistic, distances",
    "logistic, all features",
    "affine Gaussian",
    "JPDA (Stone Soup)",
)
SUMMARY = ["metric", "subset", "method", "value", "lo", "hi", "n"]
SKIN = pose.CORR_SKIN
SKIN_LEARNED = f"{SKIN}, spreads learned"
OWN = (CORR, LEARNED, SKIN, SKIN_LEARNED)
WITH, WITHOUT = "all landmarks", "without nodes"


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
    whole: bool = True,
    replicates: int = 1000,
    seed: int = 1,
) -> LandmarkResult:
    """Score the model on the landmarks, with and without axillary nodes.

    The matching task is read from ``findings_csv`` and ``truth_csv`` or made by `to_findings`;
    its baselines (``compared``) are fitted on all women but one. Positions in both states are
    scored by `benchmarks.real_landmarks.pose`, everything fitted leaving one woman out; with
    ``whole`` also with all landmarks of a breast judged together, which takes minutes. Intervals
    are of a bootstrap over women, of coverage binomial with as many trials as women.

    Raises
    ------
    ValueError
        As `read_landmarks`, `corr.validation.truth.read_truth` and `benchmark`.
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
    learned = learn(breasts, p)
    others: dict[str, Judge] = {LEARNED: partial(judge, p=scaled(p, learned.changes), bands=False)}
    if depth.PRONE in landmarks:
        from_skin = measured_from_skin(breasts, dict(known["lesion_id"]), landmarks)
        found = {(b.case_id, b.side): b for b in from_skin}
        fitted = scaled(p, learn(from_skin, p).changes)
        others |= {
            SKIN: partial(_judged_instead, found=found, p=p),
            SKIN_LEARNED: partial(_judged_instead, found=found, p=fitted),
        }
    women = landmarks["case"].nunique()
    named = {name: make for name, make in baselines().items() if name in compared}
    matching = benchmark(
        breasts,
        known,
        partial(judge, p=p),
        others=others,
        folds=women,
        replicates=replicates,
        seed=seed,
        methods=named,
    )
    lines = list(_matching_lines(matching, known, _nodes(landmarks), replicates, seed))
    lines += [
        ("factor on spreads", WITH, f"{part}, learned", *three, learned.breasts)
        for part, three in learned.rows
    ]
    is_node = (landmarks["landmark_type"] == NODE).to_numpy()
    for subset, part in ((WITH, landmarks), (WITHOUT, landmarks[~is_node])):
        lines += [
            (metric, subset, method, *rest)
            for metric, method, *rest in pose.score(_states(part), p, replicates, seed, whole=whole)
        ]
        if depth.PRONE in part:
            lines += [(metric, subset, "fit", *rest) for metric, *rest in depth.depth_errors(part)]
    summary = pd.DataFrame(lines, columns=SUMMARY)
    numbers = ["value", "lo", "hi"]
    summary[numbers] = summary[numbers].astype(float)  # scores come as 0-d arrays
    return LandmarkResult(summary, matching)


def _states(landmarks: pd.DataFrame) -> States:
    prone, supine = (
        landmarks[[f"{state}_{axis}_mm" for axis in pose.AXES]].to_numpy(float)
        for state in ("prone", "supine")
    )
    skin = (
        (landmarks[depth.PRONE].to_numpy(float), landmarks["supine_dist_skin_mm"].to_numpy(float))
        if depth.PRONE in landmarks
        else None
    )
    case, side = (landmarks[name].to_numpy(str) for name in ("case", "side"))
    return States(case, side, prone, supine, skin)


def _nodes(landmarks: pd.DataFrame) -> set[str]:
    """Lesion ids of the axillary nodes."""
    return set(lesion_ids(landmarks)[landmarks["landmark_type"] == NODE])


def _judged_instead(
    breast: Breast, *, found: Mapping[tuple[str, Side], Breast], p: Parameters
) -> Judgement:
    """Judge what else is known of a breast."""
    return judge(found[breast.case_id, breast.side], p, bands=False)


def _matching_lines(
    result: BenchmarkResult, truth: pd.DataFrame, nodes: set[str], replicates: int, seed: int
) -> Iterator[tuple[object, ...]]:
    lesion, rows = truth["lesion_id"], result.pairs
    of_node = rows["finding_a"].map(lesion).isin(nodes) | rows["finding_b"].map(lesion).isin(nodes)
    own = [m for m in OWN if m in rows]
    methods = [*own, *(m for m in COMPARED if m in rows)]
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
        rules = methods[len(own) :]
        for first in own:
            for other in (*own[1:], *rules) if first == CORR else rules:
                e = draws.estimate(scores.mean, case, losses[first] - losses[other])
                name = f"{first} - {other}"
                yield "matching: log-loss difference", subset, name, *map(float, e), len(part)


def main() -> None:
    """Write the summary: ``python -m benchmarks.real_landmarks.landmarks TABLE --out FOLDER``."""
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
