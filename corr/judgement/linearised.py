"""Where the errors that exams share lie if a grouping is right: a linearised (Kalman) fit.

Every finding of a block measures the block's place and the errors of its exam. Near the place its
findings agree on, both enter nearly linearly, so the errors of all exams given a grouping are
nearly normal, in closed form. That says where nodes are worth placing (`corr.exams.nodes.around`);
what is summed over the nodes stays the model itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr.exams.nodes import Normal
from corr.exams.sighting import measured
from corr.judgement.beliefs import Places
from corr.records import Finding

Array = NDArray[np.floating[Any]]
TAILS = 1.3
"""Variance that stands for a t kernel in a fit, over its squared scale: between its middle's
(0.8) and its own (2)."""
LESIONS_SD = 0.5, 1.0
"""How well the number of lesions is ever known, in SDs of its prior: few nodes may say less."""
TINY = 1e-30
CELL_VARIANCE_MM2 = 4.0
"""Keeps a place that a single point of a coarse grid holds from having no width."""


def fits(
    places: Places,
    findings: Sequence[Finding],
    groupings: Sequence[Sequence[int]],
    evidence: Array,
) -> list[Normal]:
    """The shared errors given each grouping, nearly.

    Parameters
    ----------
    places : of the findings, on any nodes and grid: coarse ones will do
    findings : in the order of the bits of masks
    groupings : masks of their blocks
    evidence : ``(n_e,)`` what all groupings weigh at the nodes of ``places``; of the number of
        lesions, which no finding measures, it says where it lies
    """
    d = places.nodes.normal.shape[1]
    lesions = places.nodes.normal[:, 0]
    mean = np.average(lesions, weights=evidence)
    sd = np.sqrt(np.average((lesions - mean) ** 2, weights=evidence))
    masks = sorted({block for g in groupings for block in g if block & (block - 1)})
    known = dict(zip(masks, _information(places, findings, masks), strict=True)) if masks else {}
    out = []
    for grouping in groupings:
        said = [known[block] for block in grouping if block in known]
        precision = np.eye(d) + sum(info for info, _ in said)
        root = np.linalg.inv(np.linalg.cholesky(precision)).T
        centre = root @ (root.T @ sum((pull for _, pull in said), np.zeros(d)))
        centre[0], root[0, 0] = mean, np.clip(sd, *LESIONS_SD)
        out.append(Normal(centre, root))
    return out


def _information(
    places: Places, findings: Sequence[Finding], masks: Sequence[int]
) -> list[tuple[Array, Array]]:
    """Of each block of two or more: the precision ``(d, d)`` it adds, and that times its mean."""
    model, columns = places.model, places.nodes.columns
    inside = np.array([[mask >> i & 1 for i in range(len(findings))] for mask in masks])
    weight = _agreed(places, findings, inside)
    mean, covariance, weighted = _moments(weight, model.points)
    before, spread, _ = _moments(model.prior[None, :], model.points)
    d = places.nodes.normal.shape[1]
    # unknown are the place, from `mean`, and all errors
    precision = np.zeros((len(masks), 3 + d, 3 + d))
    precision[:, :3, :3] = np.linalg.inv(spread)
    pull = np.zeros((len(masks), 3 + d))
    pull[:, :3] = (before - mean) @ np.linalg.inv(spread[0])
    for i, f in enumerate(findings):
        stated = measured(f, places.reading(f), model, places.p, places.breast.side)
        mine = np.flatnonzero(inside[:, i])
        if not stated or not len(mine):
            continue
        seen = np.stack([at - value for value, at, _ in stated])  # (values, 1 + 2 errors, n)
        off = weight[mine] @ seen.reshape(-1, seen.shape[-1]).T
        off = off.reshape(len(mine), len(stated), -1)
        up, down = np.split(off[..., 1:], 2, axis=-1)
        common = seen[:, 0] @ weighted[mine]
        by_place = np.linalg.solve(covariance[mine], common.transpose(0, 2, 1)).transpose(0, 2, 1)
        bent = weight[mine] @ seen[:, 0].T ** 2 - off[..., 0] ** 2 - (by_place * common).sum(-1)
        variance = TAILS * np.array([sd for *_, sd in stated]) ** 2 + np.maximum(bent, 0.0)
        row = np.zeros((len(mine), len(stated), 3 + d))
        row[..., :3] = by_place
        if f.reading_id in columns:
            start = 3 + columns[f.reading_id].start
            row[..., start : start + up.shape[-1]] = 0.5 * (up - down)
        else:  # the finding's own errors
            variance = variance + 0.25 * ((up - down) ** 2).sum(-1)
        scaled = (row / variance[..., None]).transpose(0, 2, 1)
        precision[mine] += scaled @ row
        pull[mine] -= (scaled @ off[..., :1])[..., 0]
    # the place is no concern of the others
    right = np.concatenate([precision[:, :3, 3:], pull[:, :3, None]], axis=2)
    back = precision[:, 3:, :3] @ np.linalg.solve(precision[:, :3, :3], right)
    left = precision[:, 3:, 3:] - back[..., :-1]
    return list(zip(left, pull[:, 3:] - back[..., -1], strict=True))


def _agreed(places: Places, findings: Sequence[Finding], inside: Array) -> Array:
    """``(b, n)`` where the findings of each block are, the errors of each integrated out."""
    prior = places.model.prior
    log = np.zeros((len(findings), len(prior)))
    for i, f in enumerate(findings):
        place = places.of[f.finding_id]
        if place is not None:
            log[i] = np.log(np.maximum(places.nodes.mean(place), TINY))
    total = inside @ log
    agreed = prior * np.exp(total - total.max(axis=1, keepdims=True))
    return np.asarray(agreed / agreed.sum(axis=1, keepdims=True))


def _moments(weight: Array, points: Array) -> tuple[Array, Array, Array]:
    """Mean ``(b, 3)``, covariance ``(b, 3, 3)``, weighted differences ``(b, n, 3)``."""
    mean = weight @ points
    off = points - mean[:, None, :]
    weighted = weight[..., None] * off
    covariance = weighted.transpose(0, 2, 1) @ off + CELL_VARIANCE_MM2 * np.eye(3)
    return mean, covariance, weighted
