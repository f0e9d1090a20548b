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
from corr.exams import kernels, mammography, mri, regions, ultrasound
from corr.exams.affine import Affine, Basis, Product
from corr.exams.nodes import normal_nodes
from corr.parameters import Parameters
from corr.records import Finding, Reading

ARM_MM = 50.0
OWN_NODES = 256
LINEAR_DEG = 20.0
"""SD of a film angle up to which what it does is linear enough."""


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


@lru_cache(maxsize=64)
def _corners(model: BreastModel) -> tuple[BreastModel, Basis]:
    """Four points, and every point of the model as (1, steps along the arms between them)."""
    middle = model.points.mean(axis=0)
    rows = np.ones((4, len(model.points)))
    rows[1:] = ((model.points - middle) / ARM_MM).T
    corners = middle + ARM_MM * np.eye(4, 3, -1)
    return model.at(corners), Basis(rows)


def appear(reading: Reading, model: BreastModel, e: Array, p: Parameters, side: str) -> Any:
    """What one reading would measure of every point, for nodes ``e`` of its errors.

    Films and MRI map points affinely, so four of them tell where all the others go.
    """
    if reading.modality == "US":
        return ultrasound.appear(reading, model, e, p, side)
    module = mammography if reading.modality == "MG" else mri
    corners, basis = _corners(model)
    seen = []
    for value in module.appear(reading, corners, np.asarray(e, dtype=np.float64), p):
        by_node = value - value[:, :1] * (np.arange(4) > 0)
        seen.append(Affine(np.broadcast_to(by_node, (len(e), 4)), basis))
    return tuple(seen)


@lru_cache(maxsize=256)
def within_reach(
    finding: Finding, reading: Reading, model: BreastModel, p: Same, *, side: str
) -> Finding:
    """The finding with every stated number brought to what some point of the breast shows.

    A value that no point shows says only that the finding is at that end: were it taken as it is,
    it would fit all points alike the farther off it is, and say nothing in the end.
    """
    changed = {}
    for name, (low, high) in _reach(reading, model, p, side).items():
        value = getattr(finding, name)
        if value is not None and not low <= value <= high:
            changed[name] = min(max(value, low), high)
    return replace(finding, **changed) if changed else finding


@lru_cache(maxsize=64)
def _reach(
    reading: Reading, model: BreastModel, p: Same, side: str
) -> dict[str, tuple[float, float]]:
    if reading.modality == "US":
        return ultrasound.reach(reading, model, p.held, side)
    module = mammography if reading.modality == "MG" else mri
    distance = np.linalg.norm(model.points, axis=1)
    return module.reach(reading, model, p.held) | kernels.ranges(fn_mm=distance)


def likelihood(
    finding: Finding, reading: Reading, seen: Any, model: BreastModel, p: Parameters, *, side: str
) -> Product | Array | None:
    """Likelihood of all that was said about where, None if nothing was.

    A `Product` ``(n_e, n)``, or ``(1, n)`` where it does not depend on the errors.
    """
    finding = within_reach(finding, reading, model, Same(p), side=side)
    if reading.modality == "US":
        place = ultrasound.likelihood(finding, seen, reading, p)
    else:
        values = _stated(finding, reading, seen, model, p)
        place = kernels.student(kernels.squared(values), len(values)) if values else None
    if isinstance(place, np.ndarray):
        place = Product.of(place)
    return _times(place, _said(finding, reading, model, p, side))


def _stated(
    finding: Finding, reading: Reading, seen: Any, model: BreastModel, p: Parameters
) -> list[tuple[float, Any, float]]:
    """Stated values, where each shows ``(n_e, n)``, and the scale of its own error."""
    if reading.modality == "US":
        return ultrasound.stated(finding, seen, reading, p)
    module = mammography if reading.modality == "MG" else mri
    return module.stated(finding, seen, reading, model, p)


def _said(
    finding: Finding, reading: Reading, model: BreastModel, p: Parameters, side: str
) -> Array | None:
    """``(1, n)`` what the errors of the exam leave alone: words, and heights along the beam."""
    said = regions.likelihood(finding, reading, model, p, side)
    if reading.modality == "MG":
        said = _times(said, mammography.along_beam(finding, reading, model, p))
    if reading.modality == "MR":
        said = _times(said, mri.below_skin(finding, reading, model, p))
    return None if said is None else said.astype(np.float32)[None, :]


def _times(a: Any, b: Any) -> Any:
    """Product of two likelihoods, either of which may say nothing."""
    if a is None or b is None:
        return b if a is None else a
    return a * b


def measured(
    finding: Finding, reading: Reading, model: BreastModel, p: Parameters, side: str
) -> list[tuple[float, Array, float]]:
    """Stated values, where each shows, and the scale of its own error; mm.

    Where is ``(1 + 2 d, n)``: without errors, with each of them one SD up, then one SD down.
    """
    finding = within_reach(finding, reading, model, Same(p), side=side)
    seen = _seen_around(reading, model, Same(p), side)
    return [
        (value, at.values if isinstance(at, Affine) else at, sd)
        for value, at, sd in _stated(finding, reading, seen, model, p)
    ]


@lru_cache(maxsize=64)
def _seen_around(reading: Reading, model: BreastModel, p: Same, side: str) -> Any:
    mean, sd = errors(reading, p.held)
    steps = np.concatenate([np.zeros((1, len(sd))), np.diag(sd), np.diag(-sd)])
    return appear(reading, model, mean + steps, p.held, side)


@lru_cache(maxsize=256)
def by_itself(
    finding: Finding, reading: Reading, model: BreastModel, p: Same, *, side: str
) -> Array | None:
    """`likelihood` with the errors integrated out: ``(1, n)``.

    In closed form, but over nodes where the angle of a film is so uncertain that it does not
    enter nearly linearly.
    """
    constants: Parameters = p.held
    finding = within_reach(finding, reading, model, p, side=side)
    said = _said(finding, reading, model, constants, side)
    if reading.modality == "US":
        return _times(ultrasound.by_itself(finding, reading, model, constants, side), said)
    if reading.modality == "MG" and mammography.film_angle(reading, constants)[1] > LINEAR_DEG:
        mean, sd = errors(reading, constants)
        e = mean + sd * normal_nodes(OWN_NODES, len(mean))
        seen = appear(reading, model, e, constants, side)
        k = likelihood(finding, reading, seen, model, constants, side=side)
        return k.mean() if isinstance(k, Product) else k
    values = measured(finding, reading, model, constants, side)
    return _times(kernels.blurred(values) if values else None, said)


def forget() -> None:
    """Drop the likelihoods kept between calls."""
    for kept in (by_itself, within_reach, _seen_around, _reach):
        kept.cache_clear()
