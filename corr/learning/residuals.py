"""What one exam states less what another lets expect: means and slopes that should be zero.

For a pair of findings that are probably one lesion, each coordinate of the second is predicted
from the first, and from the other coordinates of the second, by the maps and errors of the table
of constants. Where the constants are right, what is left over has mean zero and no slope on
anything the prediction was made from. A slope that is there names a systematic fault, which a
factor on spreads would pass for noise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from corr.anatomy import breast as breast_module
from corr.anatomy.breast import BreastModel
from corr.exams.affine import Product
from corr.exams.nodes import normal_nodes
from corr.exams.registry import exam_of
from corr.exams.sighting import Same, appear, by_itself, errors, likelihood
from corr.judgement.order import in_order
from corr.judgement.quadrature import settled
from corr.parameters import Parameters
from corr.records import Breast, Finding, Reading
from corr.workers import in_workers

VIEWS = ("CC", "MLO", "ML", "US", "MR", "MR supine")
"""Pairs are named in this order: the first predicts the second."""
LIKELY = 0.3
"""P(same) from which a pair takes part, weighed by it."""
NODES, CELLS = 64, 256
"""Nodes over the errors of the exam that is predicted."""


class Residual(NamedTuple):
    """One coordinate of one pair; mm. ``depth`` and ``height`` are those predicted, or none."""

    case_id: str
    breast: str
    finding_a: str
    finding_b: str
    pair: str
    coordinate: str
    p_same: float
    stated_mm: float
    predicted_mm: float
    residual_mm: float
    depth_mm: float
    height_mm: float


def residuals(
    breasts: Sequence[Breast], p: Parameters, judged_with: Parameters, *, jobs: int = -1
) -> list[Residual]:
    """Residuals against ``p`` of pairs that ``judged_with`` calls likely; unjudgeable ones none."""
    each = partial(_of_breast, p=p, judged_with=judged_with)
    return [row for rows in in_workers(each, breasts, jobs=jobs) for row in rows]


def _of_breast(breast: Breast, p: Parameters, judged_with: Parameters) -> list[Residual]:
    try:
        return list(_pairs(breast, p, judged_with))
    except Exception:  # a breast that cannot be judged is told where it is judged
        return []


def _pairs(breast: Breast, p: Parameters, judged_with: Parameters) -> Iterator[Residual]:
    weights = settled(in_order(breast), judged_with)
    readings = {r.reading_id: r for r in weights.breast.readings}
    same = weights.full.together()
    own, model = Same(p), breast_module.build(breast.shape, p)
    for i, a in enumerate(weights.findings):
        for j, b in enumerate(weights.findings):
            first, second = readings[a.reading_id], readings[b.reading_id]
            names = tuple(exam_of(r).series(r) for r in (first, second))
            if same[i, j] < LIKELY or a.unlisted or b.unlisted or not _in_turn(*names):
                continue
            known = by_itself(a, first, model, own, side=breast.side)
            if known is None:
                continue
            for name, stated, predicted, depth, height in _predicted(
                (b, second, breast.side), known[0], model, p
            ):
                yield Residual(
                    *(breast.case_id, breast.side, a.finding_id, b.finding_id),
                    *(f"{names[0]}-{names[1]}", name, float(same[i, j])),
                    *(stated, predicted, stated - predicted, depth, height),
                )  # fmt: skip


def _in_turn(first: str | None, second: str | None) -> bool:
    if first is None or second is None:
        return False
    return VIEWS.index(first) < VIEWS.index(second)


def _predicted(
    which: tuple[Finding, Reading, str], known: Any, model: BreastModel, p: Parameters
) -> Iterator[tuple[str, float, float, float, float]]:
    """Each coordinate of ``b``: name, stated, predicted, and the depth and height predicted.

    Over the errors of its exam and the place together: what moves one coordinate moves others.
    """
    b, reading, side = which
    mean, sd = errors(reading, p)
    seen = appear(reading, model, mean + sd * normal_nodes(NODES, len(mean)), p, side)
    exam = exam_of(reading)
    shown = {name: at.values for name, at in exam.coordinates(reading, seen, p).items()}
    for name, (stated, without) in exam.along_axes(b, shown, side).items():
        if stated is None:
            continue
        rest = likelihood(replace(b, **without), reading, seen, model, p, side=side)
        place = rest.values() if isinstance(rest, Product) else rest
        belief = (1.0 if place is None else place) * (model.prior32 * known)[None, :]
        belief = np.broadcast_to(belief, shown[name].shape)
        total = float(belief.sum(dtype=np.float64))
        if not total > 0.0:
            continue
        expected = {k: float(np.vdot(belief, at)) / total for k, at in shown.items()}
        middle = _median(shown[name], belief)
        yield name, stated, middle, expected["depth"], expected.get("height", np.nan)


def _median(at: Any, belief: Any) -> float:
    """What half of the belief lies below: what robust lines run through where errors are skew."""
    low, high = float(at.min()), float(at.max())
    cell = (at - low) * np.float32((CELLS - 1) / max(high - low, 1e-6))
    held = np.bincount(cell.astype(np.intp).ravel(), belief.ravel(), minlength=CELLS)
    edges = np.concatenate([[0.0], np.cumsum(held)])
    middle = np.interp(0.5 * edges[-1], edges, np.arange(CELLS + 1))
    return low + float(middle) * (high - low) / (CELLS - 1)
