"""Positions of landmarks in both states, prone and supine, and what is fitted to other women's.

The affine Gaussian with its background is the comparison; of the model it is the matrix from prone
to supine and, if wanted, where landmarks are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corr.anatomy.breast import BreastModel
from corr.exams import mri
from corr.parameters import Parameters
from corr.records import Reading

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NAMES = ("lateral", "superior", "posterior")
PRONE = Reading("P", "MR", "P")
SUPINE = Reading("S", "MR", "S", view="SUPINE")
BACKGROUND_MM = 15.0
PLACES_SHARE = 0.5


@dataclass(frozen=True)
class States:
    """Positions ``(n, 3)``, mm from the nipple (lateral, superior, posterior), in both states.

    ``skin_mm``: distances from the skin, prone and supine, where they are known.
    """

    case: NDArray[np.str_]
    side: NDArray[np.str_]
    prone: Floats
    supine: Floats
    skin_mm: tuple[Floats, Floats] | None = None

    def __len__(self) -> int:
        return len(self.case)

    @property
    def different(self) -> Flags:
        """``(n, n)``: prone of a row against supine of a column of another woman, same side."""
        same_side = self.side[:, None] == self.side[None, :]
        return same_side & (self.case[:, None] != self.case[None, :])

    def of_same_breast(self, i: int) -> list[int]:
        """Rows of the other landmarks of a row's breast."""
        same = (self.case == self.case[i]) & (self.side == self.side[i])
        return [k for k in np.flatnonzero(same).tolist() if k != i]


@dataclass(frozen=True)
class Affine:
    """Affine map of prone to supine by least squares and covariance of its residuals."""

    matrix: Floats
    covariance: Floats

    @classmethod
    def fit(cls, prone: Floats, supine: Floats) -> Affine:
        """Fit 12 numbers and the covariance."""
        x = _with_one(prone)
        matrix = np.asarray(np.linalg.lstsq(x, supine, rcond=None)[0], dtype=np.float64)
        return cls(matrix, np.asarray(np.cov((supine - x @ matrix).T), dtype=np.float64))

    def residual(self, prone: Floats, supine: Floats) -> Floats:
        """Supine minus what is expected of prone."""
        return np.asarray(supine - _with_one(prone) @ self.matrix)

    def log_density(self, prone: Floats, supine: Floats) -> Floats:
        """Log density (per mm^3) of supine given prone."""
        d = self.residual(prone, supine)
        squared = np.sum(d * np.linalg.solve(self.covariance, d.T).T, axis=1)
        return np.asarray(-0.5 * (squared + np.linalg.slogdet(2 * np.pi * self.covariance)[1]))


def _with_one(x: Floats) -> Floats:
    return np.column_stack([x, np.ones(len(x))])


def refit(p: Parameters, prone: Floats, supine: Floats) -> Parameters:
    """The constants ``supine_mr_A_per_B`` that are in the table, by least squares."""
    changes: dict[str, float] = {}
    for k, axis in enumerate(NAMES):
        names = {f"supine_mr_{axis}_per_{other}": j for j, other in enumerate(NAMES)}
        used = {name: j for name, j in names.items() if name in p}
        slopes = np.linalg.lstsq(prone[:, list(used.values())], supine[:, k], rcond=None)[0]
        changes |= dict(zip(used, map(float, slopes), strict=True))
    return p.override(changes)


def mixed(prior: Floats, weights: Floats) -> Floats:
    """Where lesions are, half and half with where some landmarks are: rows of `near`."""
    return np.asarray((1 - PLACES_SHARE) * prior + PLACES_SHARE * weights.mean(axis=0))


def near(prone: Floats, model: BreastModel, p: Parameters) -> Floats:
    """``(n, points)`` weights around each prone position; a row sums to 1."""
    points = model.points @ mri.pose(PRONE, p).T
    weight = kernel(prone, points)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def kernel(x: Floats, centres: Floats) -> Floats:
    """``(len(x), len(centres))`` Gaussian densities per mm^3."""
    squared = ((x[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    volume = (2 * np.pi * BACKGROUND_MM**2) ** 1.5
    return np.asarray(np.exp(-0.5 * squared / BACKGROUND_MM**2) / volume + 1e-300)
