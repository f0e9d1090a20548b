"""The reference breast: a rounded half-ellipsoid, its grid of points and its prior.

The reference state is the unloaded breast. Prone and supine states are scaled copies of
it; each exam module maps reference points to what that exam would measure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from corr.anatomy import frame
from corr.anatomy.extents import Extents, extents_from
from corr.parameters import Parameters
from corr.records import Shape

Array = NDArray[np.floating[Any]]
Kept = NDArray[np.bool_] | slice
TINY_MM2 = 1e-9


@dataclass(frozen=True, eq=False)  # equal only to itself: what follows from it is kept by it
class BreastModel:
    """Points of the reference breast with their prior.

    Attributes
    ----------
    points : (n, 3) mm, breast frame, reference state
    prior : (n,) sums to 1: published quadrant frequencies mixed with volume
    cells_held : how many cells of the grid a point stands for, ``(n,)`` or all the same
    part_of : the grid that the points were taken from, and which of its points they are
    """

    extents: Extents
    cell_mm: float
    points: NDArray[np.float64]
    prior: NDArray[np.float64]
    supine_lr: float
    supine_ap: float
    cells_held: Array | float = 1.0
    part_of: tuple[BreastModel, Kept] | None = None

    def at(self, points: NDArray[np.float64]) -> BreastModel:
        """The same breast at other points ``(n, 3)``, all alike."""
        alike = np.full(len(points), 1.0 / len(points))
        return replace(self, points=points, prior=alike, cells_held=1.0, part_of=None)

    def part(self, kept: Kept) -> BreastModel:
        """Some of the points."""
        held = np.broadcast_to(self.cells_held, len(self.points))[kept]
        prior = self.prior[kept]
        return replace(
            self, points=self.points[kept], prior=prior / prior.sum(),
            cells_held=held, part_of=(self, kept),
        )  # fmt: skip

    def coarse(self, near: NDArray[np.bool_] | None = None) -> BreastModel:
        """The points ``near``, if any, and every fourth of the others, which stands for them."""
        kept = self.every_fourth if near is None else self.every_fourth | near
        part = self.part(kept)
        held = np.maximum(part.cells_held, 4.0)
        if near is not None:
            held = np.where(near[kept], part.cells_held, held)
        prior = part.prior / part.cells_held * held
        return replace(part, prior=prior / prior.sum(), cells_held=held)

    @cached_property
    def axes(self) -> tuple[Array, Array, Array]:
        """Columns of `points` in single precision: plenty for millimetres, twice as fast."""
        lateral, superior, posterior = np.ascontiguousarray(self.points.T, dtype=np.float32)
        return lateral, superior, posterior

    @cached_property
    def cells(self) -> NDArray[np.intp]:
        """``(3, n)`` number of each point's cell along each axis."""
        from_corner = self.points - self.points.min(axis=0)
        return np.rint(from_corner / self.cell_mm).astype(np.intp).T

    @cached_property
    def every_fourth(self) -> NDArray[np.bool_]:
        """Which points a coarse grid keeps: centres and corners of cubes."""
        if self.part_of is not None:
            grid, kept = self.part_of
            return grid.every_fourth[kept]
        return np.asarray(np.ptp(self.cells % 2, axis=0) == 0)

    @cached_property
    def prior32(self) -> Array:
        """`prior` in single precision."""
        return self.prior.astype(np.float32)

    @cached_property
    def skin(self) -> tuple[Array, Array]:
        """Where each point shows on the supine skin.

        Returns ``(n, 2)`` skin map in mm (lateral, superior; distance along the skin from
        the nipple, in the direction of the foot point) and ``(n,)`` depth below skin, mm.
        """
        if self.part_of is not None:
            grid, kept = self.part_of
            skin_map, depth = grid.skin
            return skin_map[kept], depth[kept]
        supine = self.points * (self.supine_lr, self.supine_lr, self.supine_ap)
        skin_map, depth = _nearest_skin(supine, self.extents.scaled(self.supine_lr, self.supine_ap))
        depth[self.extents.reach(self.points)[0] > 1.0] = 0.0  # a larger breast
        return skin_map.astype(np.float32), depth.astype(np.float32)


def _nearest_skin(points: Array, e: Extents) -> tuple[Array, Array]:
    """Skin map ``(n, 2)`` where the skin is nearest to points ``(n, 3)``, and how far it is.

    The nearest of few samples and parabolas through its neighbours: nearer than three times as
    many samples each way, in half the time.
    """
    from scipy.spatial import cKDTree  # takes a moment to load: only what judges needs it

    surface, skin_map = _skin_sheet(e)
    rows, columns = surface.shape[:2]
    surface, skin_map = surface.reshape(-1, 3), skin_map.reshape(-1, 2)
    # few large leaves: points far inside are about as near to much of the skin
    tree = cKDTree(surface, leafsize=64, balanced_tree=False, compact_nodes=False)
    distance, index = tree.query(points)
    least = distance**2
    squared, out = least.copy(), skin_map[index]
    row, column = np.divmod(index, columns)
    along = np.maximum(index - columns, column), np.minimum(row + 1, rows - 1) * columns + column
    around = row * columns + (column - 1) % columns, row * columns + (column + 1) % columns
    for before, after in (along, around):
        back, on = (((points - surface[i]) ** 2).sum(axis=1) - least for i in (before, after))
        inside = (before != index) & (after != index) & (back + on > TINY_MM2)
        step = np.divide(back - on, 2.0 * (back + on), out=np.zeros_like(back), where=inside)
        squared -= 0.25 * step * (back - on)
        out += (0.5 * step)[:, None] * (skin_map[after] - skin_map[before])
    return out, np.sqrt(np.maximum(squared, 0.0))


def _skin_sheet(e: Extents, steps: int = 16) -> tuple[Array, Array]:
    """Sample the skin of a half-ellipsoid, from the nipple to the chest wall and around.

    ``(steps, 2 steps, 3)`` points and their skin map ``(steps, 2 steps, 2)``.
    """
    t = np.linspace(0.0, np.pi / 2, steps)  # 0 at the nipple, pi/2 at the chest wall
    phi = np.linspace(0.0, 2 * np.pi, 2 * steps, endpoint=False)
    lateral_dir, superior_dir = np.sin(phi), np.cos(phi)
    a = np.where(lateral_dir >= 0, e.lateral, e.medial)
    b = np.where(superior_dir >= 0, e.superior, e.inferior)
    radius = 1.0 / np.hypot(lateral_dir / a, superior_dir / b)  # ellipse along the clock angle
    r = radius[None, :] * np.sin(t)[:, None]
    z = np.broadcast_to(e.depth * (1.0 - np.cos(t))[:, None], r.shape)
    arc = np.zeros_like(r)
    arc[1:] = np.cumsum(np.hypot(np.diff(r, axis=0), np.diff(z, axis=0)), axis=0)
    surface = np.stack([r * lateral_dir, r * superior_dir, z], axis=-1)
    return surface, np.stack([arc * lateral_dir, arc * superior_dir], axis=-1)


def _quadrant_prior(points: Array, tissue: Array, p: Parameters) -> NDArray[np.float64]:
    central = np.hypot(points[:, 0], points[:, 1]) < p["central_radius_mm"]
    names, region = frame.quadrant_numbers(points)
    region = np.where(central, len(names), region)
    labels = [*(name.lower() for name in names), "central"]
    share = np.array([p[f"prior_{label}"] for label in labels])
    held = np.bincount(region, tissue, minlength=len(labels))
    weight = tissue * np.divide(share, held, out=np.zeros_like(share), where=held > 0)[region]
    return np.asarray(weight / weight.sum())


def _within(points: Array, e: Extents) -> NDArray[np.bool_]:
    """Points no farther than `EDGE_SDS` beyond the skin and the chest wall."""
    skin, wall = e.reach(points)
    far, deep = e.edges
    return np.asarray((skin <= far) & (wall <= deep))


def _prior(m: BreastModel, e: Extents, p: Parameters) -> NDArray[np.float64]:
    """Published quadrant frequencies mixed with volume: see `BreastModel`."""
    points = m.points
    skin, wall = e.reach(points)
    # the chance that tissue reaches a point, given how well the shape is known
    of_breast = ndtr((1.0 - points[:, 2] / e.depth) / e.depth_relative_sd)
    of_tail = ndtr((1.0 - wall) / e.depth_relative_sd) - of_breast
    tissue = ndtr((1.0 - skin) / e.relative_sd) * (of_breast + p["tail_density"] * of_tail)
    tissue = tissue * m.cells_held
    share = p["prior_volume_share"]
    by_quadrant = _quadrant_prior(points, tissue, p)
    return np.asarray(share * tissue / tissue.sum() + (1.0 - share) * by_quadrant)


@lru_cache(maxsize=64)
def _grid(e: Extents, cell_mm: float, supine_lr: float, supine_ap: float) -> BreastModel:
    """Points, all alike: tables that differ in other constants share them and their skin."""
    far, deep = e.edges
    axes = [
        np.arange(-e.medial * far + cell_mm / 2, e.lateral * far, cell_mm),
        np.arange(-e.inferior * far + cell_mm / 2, e.superior * far, cell_mm),
        np.arange(cell_mm / 2, e.depth * deep + e.wall_slope * e.lateral * far, cell_mm),
    ]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    points = points[_within(points, e)]
    prior = np.full(len(points), 1.0 / len(points))
    return BreastModel(e, cell_mm, points, prior, supine_lr, supine_ap)


@lru_cache(maxsize=64)
def _build(e: Extents, p: Parameters) -> BreastModel:
    grid = _grid(e, p["grid_mm"], p["supine_lr_scale"], p["supine_ap_scale"])
    return replace(grid, prior=_prior(grid, e, p), part_of=(grid, slice(None)))


def build(shape: Shape, p: Parameters, *, like: BreastModel | None = None) -> BreastModel:
    """The reference breast of one case.

    ``like``: the same breast under other spreads. Its points are used, whose skin is known; those
    that wider spreads would add are left out, which is good enough for the band.
    """
    e = extents_from(shape, p)
    if like is None or not like.extents.same_size(e):
        return _build(e, p)
    part = like.part(_within(like.points, e))
    return replace(part, extents=e, prior=_prior(part, e, p))
