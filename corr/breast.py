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

from corr import frame
from corr.parameters import Parameters
from corr.records import Shape

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Extents:
    """How far the breast reaches from the nipple, mm."""

    lateral: float
    medial: float
    superior: float
    inferior: float
    depth: float

    def scaled(self, lateral_superior: float, posterior: float) -> Extents:
        """The same breast in another state."""
        k = lateral_superior
        return Extents(
            self.lateral * k, self.medial * k, self.superior * k, self.inferior * k,
            self.depth * posterior,
        )  # fmt: skip

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

    def pick(prior: str, prone: float | None, scale: float, film: float | None, seen: str) -> float:
        found = [(p[prior], p.table[prior].spread)]
        if prone is not None:
            found.append((prone / scale, p["mr_extent_sd_mm"]))
        if film is not None:
            ratio = p.table[seen]
            mm = film / ratio.value / scale
            found.append((mm, mm * ratio.spread / ratio.value))
        weights = [sd**-2 for _, sd in found]
        mm = sum(w * v for w, (v, _) in zip(weights, found, strict=True)) / sum(weights)
        # 5 mm steps: the spread is wider, and equal shapes share one grid
        return 5.0 * round(max(mm, 25.0) / 5.0)

    across, behind = "film_outline_over_prone", "film_edge_over_prone"
    return Extents(
        lateral=pick("breast_lateral_mm", shape.mr_ext_lateral_mm, lr, lateral, across),
        medial=pick("breast_medial_mm", shape.mr_ext_medial_mm, lr, medial, across),
        superior=pick("breast_superior_mm", shape.mr_ext_superior_mm, lr, None, across),
        inferior=pick("breast_inferior_mm", shape.mr_ext_inferior_mm, lr, None, across),
        depth=pick("breast_depth_mm", shape.mr_nipple_to_chestwall_mm, ap, edge, behind),
    )


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
        depth, index = cKDTree(surface).query(supine)
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


def _quadrant_prior(points: Array, p: Parameters) -> NDArray[np.float64]:
    names = frame.quadrant(points)
    central = np.hypot(points[:, 0], points[:, 1]) < p["central_radius_mm"]
    labels = np.where(central, "central", np.char.lower(names))
    weight = np.zeros(len(points))
    for label in ("uoq", "uiq", "loq", "liq", "central"):
        here = labels == label
        if here.any():
            weight[here] = p[f"prior_{label}"] / here.sum()
    return weight / weight.sum()


@lru_cache(maxsize=256)
def _build(e: Extents, p: Parameters) -> BreastModel:
    h = p["grid_mm"]
    axes = [
        np.arange(-e.medial + h / 2, e.lateral, h),
        np.arange(-e.inferior + h / 2, e.superior, h),
        np.arange(h / 2, e.depth, h),
    ]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    a, b = e.semi_axes(points)
    inside = (
        (points[:, 0] / a) ** 2 + (points[:, 1] / b) ** 2 + (1.0 - points[:, 2] / e.depth) ** 2
    ) <= 1.0
    points = points[inside]
    share = p["prior_volume_share"]
    prior = share / len(points) + (1.0 - share) * _quadrant_prior(points, p)
    return BreastModel(e, h, points, prior, p["supine_lr_scale"], p["supine_ap_scale"])


def build(shape: Shape, p: Parameters) -> BreastModel:
    """The reference breast of one case."""
    return _build(extents_from(shape, p), p)
