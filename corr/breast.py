"""The reference breast: a rounded half-ellipsoid, its grid of points and its prior.

The reference state is the unloaded breast. Prone and supine states are scaled copies of
it; each exam module maps reference points to what that exam would measure.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.special import ndtr

from corr import frame
from corr.parameters import Parameters
from corr.records import Shape

Array = NDArray[np.floating[Any]]


EDGE_SDS = 1.5
"""The grid reaches this many SDs of the shape beyond the expected skin and chest wall."""


@dataclass(frozen=True)
class Extents:
    """How far the breast reaches from the nipple, mm, and how well that is known.

    ``wall_slope``: how far the chest wall recedes laterally, mm per mm.
    """

    lateral: float
    medial: float
    superior: float
    inferior: float
    depth: float
    relative_sd: float = 0.0
    depth_relative_sd: float = 0.0
    wall_slope: float = 0.0

    @property
    def uncertain_mm(self) -> float:
        """How far the skin may be from where it is expected, mean of four directions, mm."""
        reach = (self.lateral, self.medial, self.superior, self.inferior)
        return self.relative_sd * sum(reach) / len(reach)

    def scaled(self, lateral_superior: float, posterior: float) -> Extents:
        """The same breast in another state."""
        k = lateral_superior
        return Extents(
            self.lateral * k, self.medial * k, self.superior * k, self.inferior * k,
            self.depth * posterior, self.relative_sd, self.depth_relative_sd,
            self.wall_slope * posterior / k,
        )  # fmt: skip

    def reach(self, points: Array) -> tuple[Array, Array]:
        """How far out points ``(..., 3)`` are: 1 = on the skin, 1 = on the chest wall."""
        a, b = self.semi_axes(points)
        forward = np.maximum(1.0 - points[..., 2] / self.depth, 0.0)
        skin = np.sqrt((points[..., 0] / a) ** 2 + (points[..., 1] / b) ** 2 + forward**2)
        behind = points[..., 2] - self.wall_slope * np.maximum(points[..., 0], 0.0)
        return skin, behind / self.depth

    def semi_axes(self, points: Array) -> tuple[Array, Array]:
        """Lateral and superior semi-axis (mm) that hold at each point ``(..., 3)``."""
        a = np.where(points[..., 0] >= 0, self.lateral, self.medial)
        b = np.where(points[..., 1] >= 0, self.superior, self.inferior)
        return a, b

    def height_along(self, angle_deg: float) -> float:
        """Full extent (mm) along the beam of a film with signed angle ``angle_deg``."""
        a, b = self.lateral + self.medial, self.superior + self.inferior
        s, c = np.sin(np.deg2rad(angle_deg)), np.cos(np.deg2rad(angle_deg))
        return float(np.hypot(a * s, b * c))


def extents_from(shape: Shape, p: Parameters) -> Extents:
    """Reference extents, mm: the population's, MRI's and the films', weighed by their spreads."""
    lr, ap = p["prone_lr_scale"], p["prone_ap_scale"]
    films = {view: (edge, below, above) for view, edge, below, above in shape.films}
    _, medial, lateral = films.get("CC", (None, None, None))
    edges = [edge for edge, _, _ in films.values() if edge is not None]
    edge = sum(edges) / len(edges) if edges else None

    def known(
        prior: str, prone: float | None, scale: float, film: float | None, seen: str
    ) -> tuple[float, float]:
        found = [(p[prior], p.table[prior].spread)]
        if prone is not None:
            found.append((prone / scale, p["mr_extent_sd_mm"]))
        if film is not None:
            ratio = p.table[seen]
            mm = film / ratio.value / scale
            found.append((mm, mm * ratio.spread / ratio.value))
        weights = [sd**-2 for _, sd in found]
        mm = sum(w * v for w, (v, _) in zip(weights, found, strict=True)) / sum(weights)
        return max(mm, 25.0), sum(weights) ** -0.5

    across, behind = "film_outline_over_prone", "film_edge_over_prone"
    axes = [
        known("breast_lateral_mm", shape.mr_ext_lateral_mm, lr, lateral, across),
        known("breast_medial_mm", shape.mr_ext_medial_mm, lr, medial, across),
        known("breast_superior_mm", shape.mr_ext_superior_mm, lr, None, across),
        known("breast_inferior_mm", shape.mr_ext_inferior_mm, lr, None, across),
        known("breast_depth_mm", shape.mr_nipple_to_chestwall_mm, ap, edge, behind),
    ]
    # steps of 5 mm and 5 %: finer than what is known, and equal shapes share one grid
    relative = sum(sd / mm for mm, sd in axes[:-1]) / len(axes[:-1])
    deep = axes[-1][1] / axes[-1][0]
    lateral_mm, medial_mm, superior_mm, inferior_mm, depth_mm = (
        5.0 * round(mm / 5) for mm, _ in axes
    )
    across_sd, deep_sd = (max(round(x, 1), 0.05) for x in (relative, deep))
    return Extents(
        lateral_mm, medial_mm, superior_mm, inferior_mm, depth_mm,
        across_sd, deep_sd, p["chest_wall_slope"],
    )  # fmt: skip


@dataclass(frozen=True)
class BreastModel:
    """Points of the reference breast with their prior.

    Attributes
    ----------
    points : (n, 3) mm, breast frame, reference state
    prior : (n,) sums to 1: published quadrant frequencies mixed with volume
    """

    extents: Extents
    cell_mm: float
    points: NDArray[np.float64]
    prior: NDArray[np.float64]
    supine_lr: float
    supine_ap: float

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
    def prior32(self) -> Array:
        """`prior` in single precision."""
        return self.prior.astype(np.float32)

    @cached_property
    def skin(self) -> tuple[Array, Array]:
        """Where each point shows on the supine skin.

        Returns ``(n, 2)`` skin map in mm (lateral, superior; distance along the skin from
        the nipple, in the direction of the foot point) and ``(n,)`` depth below skin, mm.
        """
        surface, skin_map = _skin_sheet(self.extents.scaled(self.supine_lr, self.supine_ap))
        supine = self.points * (self.supine_lr, self.supine_lr, self.supine_ap)
        # few large leaves: points far inside are about as near to much of the skin
        tree = cKDTree(surface, leafsize=64, balanced_tree=False, compact_nodes=False)
        depth, index = tree.query(supine)
        depth = np.where(self.extents.reach(self.points)[0] > 1.0, 0.0, depth)  # a larger breast
        return skin_map[index].astype(np.float32), depth.astype(np.float32)


def _skin_sheet(e: Extents, steps: int = 48) -> tuple[Array, Array]:
    """Sample the skin of a half-ellipsoid: ``(m, 3)`` points and their ``(m, 2)`` skin map."""
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
    surface = np.stack([r * lateral_dir, r * superior_dir, z], axis=-1).reshape(-1, 3)
    skin_map = np.stack([arc * lateral_dir, arc * superior_dir], axis=-1).reshape(-1, 2)
    return surface, skin_map


def _quadrant_prior(points: Array, tissue: Array, p: Parameters) -> NDArray[np.float64]:
    names = frame.quadrant(points)
    central = np.hypot(points[:, 0], points[:, 1]) < p["central_radius_mm"]
    labels = np.where(central, "central", np.char.lower(names))
    weight = np.zeros(len(points))
    for label in ("uoq", "uiq", "loq", "liq", "central"):
        here = labels == label
        if here.any():
            weight[here] = p[f"prior_{label}"] * tissue[here] / tissue[here].sum()
    return weight / weight.sum()


@lru_cache(maxsize=64)
def _build(e: Extents, p: Parameters) -> BreastModel:
    h = p["grid_mm"]
    far, deep = 1.0 + EDGE_SDS * e.relative_sd, 1.0 + EDGE_SDS * e.depth_relative_sd
    axes = [
        np.arange(-e.medial * far + h / 2, e.lateral * far, h),
        np.arange(-e.inferior * far + h / 2, e.superior * far, h),
        np.arange(h / 2, e.depth * deep + e.wall_slope * e.lateral * far, h),
    ]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    skin, wall = e.reach(points)
    near = (skin <= far) & (wall <= deep)
    points, skin, wall = points[near], skin[near], wall[near]
    # the chance that tissue reaches a point, given how well the shape is known
    of_breast = ndtr((1.0 - points[:, 2] / e.depth) / e.depth_relative_sd)
    of_tail = ndtr((1.0 - wall) / e.depth_relative_sd) - of_breast
    tissue = ndtr((1.0 - skin) / e.relative_sd) * (of_breast + p["tail_density"] * of_tail)
    share = p["prior_volume_share"]
    prior = share * tissue / tissue.sum() + (1.0 - share) * _quadrant_prior(points, tissue, p)
    return BreastModel(e, h, points, prior, p["supine_lr_scale"], p["supine_ap_scale"])


def build(shape: Shape, p: Parameters) -> BreastModel:
    """The reference breast of one case."""
    return _build(extents_from(shape, p), p)
