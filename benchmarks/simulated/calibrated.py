"""What a judge whose probabilities are exactly right would score on the same findings.

On a finite cohort no such judge gets an ECE of 0 or every grouping right. If the judge is right,
the truth is one draw from P(grouping): so groupings of every breast are drawn from it, and its
probabilities and its most probable grouping are scored against each draw as if it were the truth.
An observed score outside the range of these is what the judge's probabilities do not explain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corr.judgement.groupings.base import members
from corr.judgement.judge import judge
from corr.judgement.order import in_order
from corr.judgement.quadrature import weighed
from corr.parameters import Parameters
from corr.records import Breast
from corr.validation import matching, scores
from corr.validation.measures import PAIR_SCORES
from corr.workers import in_workers

DRAWS, SEED = 300, 1
SHOWN = {"expected": 0.5, "low": 0.05, "high": 0.95}
"""Quantiles of the draws."""


@dataclass(frozen=True)
class Answers:
    """One breast's probabilities and what is true of them: row 0 in truth, the others as drawn."""

    p: NDArray[np.float64]  # (pairs,) P(same) as stated
    same: NDArray[np.bool_]  # (1 + draws, pairs)
    right: NDArray[np.bool_]  # (1 + draws,) whether the most probable grouping is the true one


def answers(
    breast: Breast, lesion_of: Mapping[str, str], p: Parameters, draws: int = DRAWS
) -> Answers:
    """Judge one breast and draw its groupings; pairs as in `corr.validation.run.benchmark`.

    ``lesion_of`` gives the true lesion of each finding; findings it does not know do not count.
    The draws depend on the breast alone, not on its place among others.
    """
    weights = weighed(in_order(breast), p)
    judged = judge(breast, p, bands=False, weights=weights)
    pairs = [q for q in judged.pairs if q.finding_a in lesion_of and q.finding_b in lesion_of]
    rng = np.random.default_rng([SEED, crc32(f"{breast.case_id}\0{breast.side}".encode())])
    names = [f.finding_id for f in weights.findings]
    worlds = [lesion_of]
    for blocks in weights.full.draw(rng, draws):
        drawn = {names[i]: str(k) for k, block in enumerate(blocks) for i in members(block)}
        worlds.append({name: lesion for name, lesion in drawn.items() if name in lesion_of})
    best = judged.groupings[0].blocks if judged.groupings else None
    same = [[w[q.finding_a] == w[q.finding_b] for q in pairs] for w in worlds]
    return Answers(
        p=np.array([q.p_same for q in pairs]),
        same=np.array(same, dtype=bool).reshape(len(worlds), len(pairs)),
        right=np.array([best is not None and matching.exactly_right(best, w) for w in worlds]),
    )


def calibrated_scores(
    breasts: Sequence[Breast],
    truth: pd.DataFrame,
    p: Parameters,
    *,
    draws: int = DRAWS,
    jobs: int = -1,
) -> pd.DataFrame:
    """Scores of all pairs in truth and as drawn; columns ``metric, observed`` and `SHOWN`.

    ``truth`` is as from `corr.validation.truth.read_truth`.

    Raises
    ------
    ValueError
        If there is no pair to score.
    """
    lesion_of = {str(k): str(v) for k, v in truth["lesion_id"].items()}
    answered = partial(answers, lesion_of=lesion_of, p=p, draws=draws)
    each = in_workers(answered, breasts, jobs=jobs)
    asked = [a for a in each if len(a.p)]
    if not asked:
        msg = "nothing to score: no breast has two findings of different readings in the truth"
        raise ValueError(msg)
    stated = np.concatenate([a.p for a in asked])
    same = np.concatenate([a.same for a in asked], axis=1)
    right = np.stack([a.right for a in asked], axis=1)
    worlds = pd.DataFrame([dict(_scores(*w, stated)) for w in zip(same, right, strict=True)])
    table = pd.DataFrame({"metric": worlds.columns, "observed": worlds.iloc[0].to_numpy()})
    of_draws = {name: worlds.iloc[1:].quantile(q).to_numpy() for name, q in SHOWN.items()}
    return table.assign(**of_draws)


def _scores(
    same: NDArray[np.bool_], right: NDArray[np.bool_], p: NDArray[np.float64]
) -> Iterator[tuple[str, float]]:
    """Every score if ``same`` were the truth of the pairs and ``right`` that of the breasts."""
    for metric, score in PAIR_SCORES.items():
        yield metric, float(score(same, p))
    yield from zip(("slope", "intercept"), scores.recalibration(same, p).tolist(), strict=True)
    yield "exact_groupings", float(right.mean())
