"""What a reading would show of every point of the breast, and how likely that makes a report.

Likelihoods over errors of a reading's own are kept between calls: a slider changes one finding
at a time.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from corr.anatomy.breast import Array, BreastModel
from corr.exams import base, kernels, regions
from corr.exams.affine import Product
from corr.exams.base import Same, Stated
from corr.exams.registry import exam_of
from corr.parameters import Parameters
from corr.records import Finding, Reading

__all__ = ["Same", "appear", "by_itself", "errors", "forget", "likelihood", "measured"]


def errors(reading: Reading, p: Parameters) -> tuple[Array, Array]:
    """Means and SDs of the errors of one reading, as its exam states them."""
    return exam_of(reading).errors(reading, p)


def appear(reading: Reading, model: BreastModel, e: Array, p: Parameters, side: str) -> Any:
    """What one reading would measure of every point, for nodes ``e`` of its errors."""
    return exam_of(reading).appear(reading, model, e, p, side)


@lru_cache(maxsize=256)
def within_reach(
    finding: Finding, reading: Reading, model: BreastModel, p: Same, *, side: str
) -> Finding:
    """The finding with every stated number brought to what some point of the breast shows.

    A value that no point shows says only that the finding is at that end: were it taken as it is,
    it would fit all points alike the farther off it is, and say nothing in the end.
    """
    changed = {}
    reach = _reach(reading, model, p, side)
    if finding.fn_mm is not None and "fn_mm" not in reach:
        reach = reach | _farthest(model)
    for name, (low, high) in reach.items():
        value = getattr(finding, name)
        if value is not None and not low <= value <= high:
            changed[name] = min(max(value, low), high)
    return replace(finding, **changed) if changed else finding


@lru_cache(maxsize=64)
def _reach(
    reading: Reading, model: BreastModel, p: Same, side: str
) -> dict[str, tuple[float, float]]:
    return exam_of(reading).reach(reading, model, p.held, side)


@lru_cache(maxsize=64)
def _farthest(model: BreastModel) -> dict[str, tuple[float, float]]:
    """Least and largest distance (mm) of the points from the nipple."""
    return kernels.ranges(fn_mm=np.linalg.norm(model.points, axis=1))


def likelihood(
    finding: Finding, reading: Reading, seen: Any, model: BreastModel, p: Parameters, *, side: str
) -> Product | Array | None:
    """Likelihood of all that was said about where, None if nothing was.

    A `Product` ``(n_e, n)``, or ``(1, n)`` where it does not depend on the errors.
    """
    finding = within_reach(finding, reading, model, Same(p), side=side)
    place = exam_of(reading).likelihood(finding, reading, seen, model, p)
    if isinstance(place, np.ndarray):
        place = Product.of(place)
    return _times(place, _said(finding, reading, model, p, side))


def _said(
    finding: Finding, reading: Reading, model: BreastModel, p: Parameters, side: str
) -> Array | None:
    """``(1, n)`` what the errors of the exam leave alone: words, and what its exam adds."""
    said = regions.likelihood(finding, reading, model, p, side)
    said = _times(said, exam_of(reading).apart(finding, reading, model, p))
    return None if said is None else said.astype(np.float32)[None, :]


def _times(a: Any, b: Any) -> Any:
    """Product of two likelihoods, either of which may say nothing."""
    if a is None or b is None:
        return b if a is None else a
    return a * b


def measured(
    finding: Finding, reading: Reading, model: BreastModel, p: Parameters, side: str
) -> Stated:
    """Stated values, where each shows, and the scale of its own error; mm.

    Where is ``(1 + 2 d, n)``: without errors, with each of them one SD up, then one SD down.
    """
    finding = within_reach(finding, reading, model, Same(p), side=side)
    return exam_of(reading).around(finding, reading, model, Same(p), side)


@lru_cache(maxsize=256)
def by_itself(
    finding: Finding, reading: Reading, model: BreastModel, p: Same, *, side: str
) -> Array | None:
    """`likelihood` with the errors integrated out: ``(1, n)``."""
    finding = within_reach(finding, reading, model, p, side=side)
    place = exam_of(reading).by_itself(finding, reading, model, p, side)
    return _times(place, _said(finding, reading, model, p.held, side))


def forget() -> None:
    """Drop the likelihoods kept between calls."""
    base.forget()
    for kept in (by_itself, within_reach, _reach, _farthest):
        kept.cache_clear()
