"""How far film positions lie from where the model expects them, beside what it allows.

Film positions are ``(n, 2)`` = (posterior, transverse), mm, axes of `corr.exams.mammography`;
points are ``(n, 3)`` = (lateral, superior, posterior), mm from the nipple, as in
`corr.anatomy.frame`. Errors of one film (shift, roll, tilt, scale) are shared by all its points;
the kernel of a position is its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corr.anatomy.breast import BreastModel
from corr.exams import kernels, mammography
from corr.parameters import Parameters
from corr.records import Reading

Floats = NDArray[np.float64]
DRAWS, SEED = 500, 20261124
ERRORS = ("shift posterior", "shift transverse", "angle", "tilt", "log scale")


@dataclass(frozen=True)
class Affine:
    """The best affine map of matched points: ``after = before @ matrix + shift``."""

    matrix: Floats
    shift: Floats
    residual: Floats

    @property
    def stretches(self) -> Floats:
        """Own stretch of each axis: the diagonal."""
        return np.diag(self.matrix).copy()

    @property
    def volume(self) -> float:
        """Volume after over volume before."""
        return float(np.linalg.det(self.matrix))


def best_affine(before: Floats, after: Floats) -> Affine:
    """Least squares over ``(n, 3)`` points before and after.

    Raises
    ------
    ValueError
        If the points do not span space: fewer than five, or all in one plane.
    """
    with_one = np.column_stack([before, np.ones(len(before))])
    solved, _, rank, _ = np.linalg.lstsq(with_one, after)
    if len(before) < 5 or rank < 4:
        msg = f"an affine map needs five points that are not in one plane, got {len(before)}"
        raise ValueError(msg)
    residual = np.asarray(after - with_one @ solved, dtype=float)
    return Affine(np.asarray(solved[:3], float), np.asarray(solved[3], float), residual)


def through_nipple(before: Floats, after: Floats) -> Floats:
    """Stretch of each axis ``(3,)`` if the nipple stays where it is, as the model has it."""
    return np.asarray((before * after).sum(axis=0) / (before**2).sum(axis=0))


def stretch_interval(before: Floats, after: Floats, replicates: int = DRAWS) -> Floats:
    """95 % bootstrap interval ``(2, 3)`` of `Affine.stretches` over the points.

    It says how well sixty points fix the map of this one breast, not how breasts differ.
    """
    rng = np.random.default_rng(SEED)
    picked = rng.integers(len(before), size=(replicates, len(before)))
    drawn = [best_affine(before[k], after[k]).stretches for k in picked]
    return np.asarray(np.quantile(drawn, [0.025, 0.975], axis=0))


@dataclass(frozen=True)
class FilmClaim:
    """What the model says of points of one breast on one film, all errors included."""

    model: BreastModel
    reading: Reading
    p: Parameters

    @property
    def own_sds(self) -> Floats:
        """Scales (mm) of the own kernel: posterior, transverse."""
        return np.array([self.p["mg_posterior_sd_mm"], self.p["mg_transverse_sd_mm"]])

    def seen(self, errors: Floats) -> Floats:
        """Film positions ``(n_e, n, 2)`` for errors ``(n_e, 5)``."""
        both = mammography.appear(self.reading, self.model, errors, self.p)
        shape = (len(errors), len(self.model.points))
        return np.stack([np.broadcast_to(c, shape) for c in both], axis=-1).astype(float)

    def expected(self) -> Floats:
        """Film positions ``(n, 2)`` with the mean errors."""
        mean, _ = mammography.errors(self.reading, self.p)
        return self.seen(mean[None, :].astype(float))[0]

    def drawn(self) -> Floats:
        """Film positions ``(DRAWS, n, 2)`` before the own error, one row for each film."""
        mean, sd = mammography.errors(self.reading, self.p)
        rng = np.random.default_rng(SEED)
        return self.seen(mean + sd * rng.standard_normal((DRAWS, len(mean))))

    def own_errors(self, n: int) -> Floats:
        """Draws ``(DRAWS, n, 2)``, mm, of the heavy-tailed own kernel."""
        rng = np.random.default_rng(SEED + 1)
        tail = np.sqrt(kernels.DEGREES / rng.chisquare(kernels.DEGREES, (DRAWS, n, 1)))
        return np.asarray(self.own_sds * tail * rng.standard_normal((DRAWS, n, 2)))

    def needed_content(self, at: Floats) -> Floats:
        """Content ``(n,)`` of the smallest region of each point that holds its position ``at``.

        0.8 or less: inside the 80 % region. Outliers, which no region holds, are left out.
        """
        films = self.drawn()
        positions = np.concatenate([at[None], films + self.own_errors(len(at))])
        out = np.empty(len(at))
        for i in range(len(at)):
            density = self.density(films[:, i], positions[:, i])
            out[i] = np.mean(density[1:] > density[0])
        return out

    def density(self, films: Floats, positions: Floats) -> Floats:
        """Density ``(m,)``, unnormalised, of ``positions`` of the point seen at ``films``."""
        off = (films[:, None, :] - positions) / self.own_sds
        squared = kernels.squared([(0.0, off[..., 0], 1.0), (0.0, off[..., 1], 1.0)])
        return np.asarray(kernels.student(squared, 2).mean(axis=0))

    def depth_in_region(self, point: int, level: float, positions: Floats) -> Floats:
        """Density of one point at ``positions`` ``(m, 2)`` over that at its region's edge.

        1 or more: inside the smallest region that holds ``level`` of the chance.
        """
        films = self.drawn()
        drawn = (films + self.own_errors(films.shape[1]))[:, point]
        edge = np.quantile(self.density(films[:, point], drawn), 1.0 - level)
        return self.density(films[:, point], positions) / edge

    def shared_errors(self, at: Floats) -> tuple[Floats, Floats]:
        """The film's shared errors that explain ``at`` best: in SDs ``(5,)``, and what is left.

        Most probable ones under the model's own SDs and the own kernel as a Gaussian of the same
        SD; the map is linear in the errors to within a few per cent, so three steps do.
        """
        mean, sd = mammography.errors(self.reading, self.p)
        own = self.own_sds * np.sqrt(kernels.DEGREES / (kernels.DEGREES - 2.0))
        z, step = np.zeros(len(mean)), 0.01
        for _ in range(3):
            nodes = z + np.vstack([np.zeros(len(mean)), step * np.eye(len(mean))])
            seen = self.seen(mean + sd * nodes)
            slope = ((seen[1:] - seen[0]) / step / own).reshape(len(mean), -1).T
            gap = ((at - seen[0]) / own).ravel()
            z = np.linalg.solve(slope.T @ slope + np.eye(len(mean)), slope.T @ (gap + slope @ z))
        return z, at - self.seen((mean + sd * z)[None])[0]

    def own_content(self, off: Floats) -> Floats:
        """Content ``(n,)`` of the region of the own kernel alone that just holds ``off``.

        Closed form of the t distribution in the plane: 1 - (1 + r^2 / nu)^(-nu / 2).
        """
        squared = ((off / self.own_sds) ** 2).sum(axis=-1)
        return np.asarray(1.0 - (1.0 + squared / kernels.DEGREES) ** (-kernels.DEGREES / 2.0))


def lengths(off: Floats) -> tuple[float, float]:
    """Median and 90 % quantile of the lengths (mm) of differences ``(..., d)``."""
    length = np.linalg.norm(off, axis=-1)
    return float(np.median(length)), float(np.quantile(length, 0.9))
