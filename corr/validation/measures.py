"""Tables of scores: each method on each subset of the pairs, with intervals over women."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corr.judgement.result import Judgement
from corr.validation import matching, scores

Floats = NDArray[np.float64]
Masks = Mapping[str, NDArray[np.bool_]]
Blocks = Iterable[Sequence[str]]

CORR = "corr"
LEARNED = "corr, spreads learned"
HARD_MM = 25.0
HARD = "hard negatives"
POSITION = ["lateral_mm", "superior_mm", "posterior_mm"]
CONFIRMED_BY = ("pathology", "clip")
"""Optional truth columns: how the correspondence was confirmed; not empty = confirmed."""
PAIR_SCORES: dict[str, Callable[..., Floats]] = {
    "log_loss": scores.log_loss,
    "auc": scores.auc,
    "brier": scores.brier,
    "ece": scores.ece,
}
SCORES = ["method", "subset", "metric", "value", "lo", "hi", "n", "n_same", "n_women"]
DIFFERENCES = ["baseline", "subset", "log_loss_difference", "lo", "hi", "n"]
RELIABILITY = ["method", "bin_lo", "bin_hi", "n", "mean_p", "observed", "lo", "hi"]
LOCALISATION = ["subset", "metric", "value", "lo", "hi", "n"]


@dataclass(frozen=True)
class Scored:
    """Pairs with their truth and each method's probabilities and groupings."""

    rows: pd.DataFrame  # as from pair_features, with a column `same` (0/1)
    truth: pd.DataFrame  # as from read_truth
    p: Mapping[str, Floats]
    groupings: Mapping[str, Mapping[tuple[str, str], Blocks]]  # method, (case_id, breast)
    draws: scores.Bootstrap

    def subsets(self) -> Masks:
        """All pairs; each modality pair; hard negatives; without film-to-stereo; confirmed."""
        rows, truth = self.rows, self.truth
        found = {"all": np.ones(len(rows), dtype=bool)}
        pair = rows["modality_pair"].to_numpy()
        found |= {name: pair == name for name in sorted(set(pair))}
        if has_positions(truth):
            a, b = (
                truth.loc[rows[f], POSITION].to_numpy(float) for f in ("finding_a", "finding_b")
            )
            near = np.linalg.norm(a - b, axis=1) < HARD_MM
            found[HARD] = near | (rows["same"] == 1).to_numpy()
        stereo = ((rows["source_a"] == "STEREO") | (rows["source_b"] == "STEREO")).to_numpy()
        film_to_stereo = stereo & (pair == "MG-MG")
        if film_to_stereo.any():
            found["without film-to-stereo"] = ~film_to_stereo
        for column in CONFIRMED_BY:
            if column in truth:
                stated = truth[column] != ""
                both = rows["finding_a"].map(stated) & rows["finding_b"].map(stated)
                found[f"confirmed by {column}"] = both.to_numpy(bool)
        return {name: mask for name, mask in found.items() if mask.any()}


def has_positions(truth: pd.DataFrame) -> bool:
    """Whether the truth gives reference positions."""
    return set(POSITION) <= set(truth.columns)


def score_table(scored: Scored) -> pd.DataFrame:
    """Every score of every method on every subset, columns `SCORES`."""
    subsets = scored.subsets()
    lines = [
        line
        for method in scored.p
        for subset, mask in subsets.items()
        for line in (*_pairs(scored, method, subset, mask), *_links(scored, method, subset, mask))
    ]
    lines += [_exact(scored, method) for method in scored.p]
    return pd.DataFrame(lines, columns=SCORES)


def _line(
    names: tuple[str, str, str], e: scores.Estimate, case_ids: pd.Series, n_same: float = np.nan
) -> tuple[object, ...]:
    return *names, *map(float, e), len(case_ids), n_same, case_ids.nunique()


def _pairs(
    scored: Scored, method: str, subset: str, mask: NDArray[np.bool_]
) -> Iterator[tuple[object, ...]]:
    part, p = scored.rows[mask], scored.p[method][mask]
    case_ids, same = part["case_id"], part["same"].to_numpy(float)
    for metric, score in PAIR_SCORES.items():
        e = scored.draws.estimate(score, case_ids, same, p)
        yield _line((method, subset, metric), e, case_ids, same.sum())
    both = scored.draws.estimate(scores.recalibration, case_ids, same, p)
    for k, metric in enumerate(("slope", "intercept")):
        one = scores.Estimate(*(v[k] for v in both))
        yield _line((method, subset, metric), one, case_ids, same.sum())


def _links(
    scored: Scored, method: str, subset: str, mask: NDArray[np.bool_]
) -> Iterator[tuple[object, ...]]:
    if subset == HARD:  # its candidates are chosen by the truth
        return
    part = scored.rows[mask]
    links = matching.Links.of(
        list(zip(part["finding_a"], part["finding_b"], strict=True)),
        list(zip(part["reading_a"], part["reading_b"], strict=True)),
        part["same"],
    )
    case_ids = part["case_id"].iloc[links.rows[links.starts]]
    e = scored.draws.estimate(scores.mean, case_ids, links.top1(scored.p[method][mask]))
    yield _line((method, subset, "top1_link"), e, case_ids)


def _exact(scored: Scored, method: str) -> tuple[object, ...]:
    """Breasts with at least one pair to decide; a breast without a grouping is wrong."""
    breasts = scored.rows[["case_id", "breast"]].drop_duplicates()
    lesion_of = {str(k): str(v) for k, v in scored.truth["lesion_id"].items()}
    groupings = scored.groupings[method]
    right = [
        float(key in groupings and matching.exactly_right(groupings[key], lesion_of))
        for key in breasts.itertuples(index=False, name=None)
    ]
    e = scored.draws.estimate(scores.mean, breasts["case_id"], right)
    return _line((method, "all", "exact_groupings"), e, breasts["case_id"])


def difference_table(scored: Scored) -> pd.DataFrame:
    """Log-loss of corr minus that of each other method on the same pairs, columns `DIFFERENCES`."""
    losses = {m: scores.log_losses(scored.rows["same"], p) for m, p in scored.p.items()}
    lines: list[tuple[object, ...]] = []
    for method in scored.p:
        for subset, mask in scored.subsets().items():
            if method != CORR:
                d = (losses[CORR] - losses[method])[mask]
                e = scored.draws.estimate(scores.mean, scored.rows["case_id"][mask], d)
                lines.append((method, subset, *map(float, e), int(mask.sum())))
    return pd.DataFrame(lines, columns=DIFFERENCES)


def reliability_table(scored: Scored) -> pd.DataFrame:
    """Stated against observed in 10 fixed bins over all pairs, columns `RELIABILITY`."""
    rows, n = scored.rows, scores.N_BINS
    lines: list[tuple[object, ...]] = []
    for method, p in scored.p.items():
        e = scored.draws.estimate(scores.reliability, rows["case_id"], rows["same"], p)
        index = scores.bin_index(p)
        for k in range(n):
            inside = index == k
            mean_p = float(p[inside].mean()) if inside.any() else np.nan
            observed = (float(v[k]) for v in e)
            lines.append((method, k / n, (k + 1) / n, int(inside.sum()), mean_p, *observed))
    return pd.DataFrame(lines, columns=RELIABILITY)


def located(judgement: Judgement, truth: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Each finding's own belief against its true reference position, where the truth has one."""
    if not has_positions(truth):
        return
    for finding in judgement.breast.findings:
        name = finding.finding_id
        if name not in judgement.beliefs or name not in truth.index or not finding.matched:
            continue
        position = truth.loc[name, POSITION].to_numpy(float)
        if not np.isfinite(position).all():
            continue
        belief = judgement.beliefs[name]
        found = matching.located(belief.probability, judgement.points, judgement.cell_mm, position)
        row: dict[str, object] = {
            "case_id": judgement.breast.case_id,
            "modality": finding.modality,
            "error_mm": found.error_mm,
        }
        for level, inside, volume in zip(
            matching.LEVELS, found.inside, found.volume_cm3, strict=True
        ):
            row[f"inside_{level:.0%}"] = float(inside)
            row[f"volume_{level:.0%}_cm3"] = volume
        yield row


def localisation_table(
    rows: Sequence[Mapping[str, object]], draws: scores.Bootstrap
) -> pd.DataFrame:
    """Shares inside each region, medians of errors and volumes, columns `LOCALISATION`."""
    table = pd.DataFrame(rows)
    lines: list[tuple[object, ...]] = []
    for subset in ("all", *sorted(set(table["modality"]))) if len(table) else ():
        part = table if subset == "all" else table[table["modality"] == subset]
        for metric in table.columns.drop(["case_id", "modality"]):
            share = metric.startswith("inside")
            score = scores.mean if share else scores.median
            e = draws.estimate(score, part["case_id"], part[metric])
            name = metric if share else f"median_{metric}"
            lines.append((subset, name, *map(float, e), len(part)))
    return pd.DataFrame(lines, columns=LOCALISATION)


@dataclass(frozen=True)
class BenchmarkResult:
    """Scores with 95 % bootstrap intervals (``lo``, ``hi``) over women."""

    scores: pd.DataFrame
    """``method, subset, metric, value, lo, hi, n, n_same, n_women``."""
    differences: pd.DataFrame
    """Log-loss of corr minus that of each other method on the same pairs; below 0: corr better."""
    reliability: pd.DataFrame
    """All pairs in 10 fixed bins of stated probability, per method."""
    localisation: pd.DataFrame
    """Single-finding beliefs against the true reference positions; empty without positions."""
    pairs: pd.DataFrame
    """Every scored pair, its truth and each method's probability (column = method)."""
    about: Mapping[str, object]

    def value(self, metric: str, method: str = CORR, subset: str = "all") -> float:
        """One score.

        Raises
        ------
        KeyError
            If there is no such score; the message names what there is.
        """
        s = self.scores
        hit = s[(s["method"] == method) & (s["subset"] == subset) & (s["metric"] == metric)]
        if hit.empty:
            have = {c: sorted(set(s[c])) for c in ("method", "subset", "metric")}
            msg = f"no score {metric!r} of {method!r} on {subset!r}; there are {have}"
            raise KeyError(msg)
        return float(hit["value"].iloc[0])
