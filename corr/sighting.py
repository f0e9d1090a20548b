"""What a reading would show of every point of the breast, and how likely that makes a report.

Likelihoods over errors of a reading's own are kept between calls: a slider changes one finding
at a time.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from corr.breast import Array, BreastModel
from corr.exams import mammography, mri, regions, ultrasound
from corr.exams.affine import Affine, Basis, Product
from corr.nodes import normal_nodes
from corr.parameters import Parameters
from corr.records import Finding, Reading

ARM_MM = 50.0


def errors(reading: Reading, p: Parameters) -> tuple[Array, Array]:
    """Means and SDs of the errors of one reading, as its exam states them."""
    module = {"MG": mammography, "US": ultrasound, "MR": mri}[reading.modality]
    return module.errors(reading, p)


class Same:
    """A key that is equal only to itself; it keeps what it holds alive."""

    def __init__(self, held: Any) -> None:
        self.held = held

    def __hash__(self) -> int:
        return id(self.held)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.held is self.held


@lru_cache(maxsize=256)
def _corners(model: Same) -> tuple[BreastModel, Basis]:
    """Four points, and every point of the model as (1, steps along the arms between them)."""
    whole: BreastModel = model.held
    middle = whole.points.mean(axis=0)
    rows = np.ones((4, len(whole.points)))
    rows[1:] = ((whole.points - middle) / ARM_MM).T
    corners = middle + ARM_MM * np.eye(4, 3, -1)
    return replace(whole, points=corners, prior=np.full(4, 0.25)), Basis(rows)


def appear(reading: Reading, model: BreastModel, e: Array, p: Parameters, side: str) -> Any:
    """What one reading would measure of every point, for nodes ``e`` of its errors.

    Films and MRI map points affinely, so four of them tell where all the others go.
    """
    if reading.modality == "US":
        return ultrasound.appear(reading, model, e, p, side)
    module = mammography if reading.modality == "MG" else mri
    corners, basis = _corners(Same(model))
    seen = []
    for value in module.appear(reading, corners, np.asarray(e, dtype=np.float64), p):
        by_node = value - value[:, :1] * (np.arange(4) > 0)
        seen.append(Affine(np.broadcast_to(by_node, (len(e), 4)), basis))
    return tuple(seen)


def likelihood(
    finding: Finding, reading: Reading, seen: Any, model: BreastModel, p: Parameters, *, side: str
) -> Product | Array | None:
    """Likelihood of all that was said about where, None if nothing was.

    A `Product` ``(n_e, n)``, or ``(1, n)`` where it does not depend on the errors.
    """
    measured: Any
    if reading.modality == "US":
        measured = ultrasound.likelihood(finding, seen, reading, p)
    elif reading.modality == "MG":
        measured = mammography.likelihood(finding, seen, reading, model, p)
    else:
        measured = mri.likelihood(finding, seen, reading, model, p)
    if isinstance(measured, np.ndarray):
        measured = Product.of(measured)
    said = regions.likelihood(finding, reading, model, p, side)
    if said is None:
        return measured
    said = said.astype(np.float32)[None, :]
    return said if measured is None else measured * said


@lru_cache(maxsize=256)
def _seen(reading: Reading, model: Same, p: Same, side: str, nodes: int) -> Any:
    mean, sd = errors(reading, p.held)
    e = mean + sd * normal_nodes(nodes, len(mean))
    return appear(reading, model.held, e, p.held, side)


@lru_cache(maxsize=1024)
def by_itself(
    finding: Finding, reading: Reading, model: Same, p: Same, *, side: str, nodes: int
) -> Array | None:
    """`likelihood` with the errors integrated out over ``nodes`` of its own: ``(1, n)``."""
    seen = _seen(reading, model, p, side, nodes)
    k = likelihood(finding, reading, seen, model.held, p.held, side=side)
    return k.mean() if isinstance(k, Product) else k


def forget() -> None:
    """Drop the likelihoods kept between calls."""
    by_itself.cache_clear()
    _seen.cache_clear()
