"""How far the reference breast reaches, and how well that is known, from what a case tells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr.parameters import Parameters
from corr.records import Shape

Array = NDArray[np.floating[Any]]
STEP_MM, LEAST_RELATIVE_SD = 5.0, 0.05
"""Steps of extents and the least spread, both finer than what is known: equal shapes share one
grid."""
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
    def edges(self) -> tuple[float, float]:
        """Where the grid ends: 1 = on the skin, 1 = on the chest wall, as `reach` counts."""
        return 1.0 + EDGE_SDS * self.relative_sd, 1.0 + EDGE_SDS * self.depth_relative_sd

    @property
    def uncertain_mm(self) -> float:
        """How far the skin may be from where it is expected, mean of four directions, mm."""
        reach = (self.lateral, self.medial, self.superior, self.inferior)
        return self.relative_sd * sum(reach) / len(reach)

    def same_size(self, other: Extents) -> bool:
        """Whether only how well it is known may differ."""
        sds = {"relative_sd": self.relative_sd, "depth_relative_sd": self.depth_relative_sd}
        return replace(other, **sds) == self

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
    others = [edge for _, edge in shape.other_films]
    edge = _mean(edges or others)
    edge_sd_mm = 0.0 if edges else p["other_breast_edge_sd_mm"]  # women are nearly symmetric

    def known(
        prior: str,
        prone: float | None,
        scale: float,
        film: float | None,
        seen: str,
        *,
        film_sd_mm: float = 0.0,
    ) -> tuple[float, float]:
        found = [(p[prior], p.table[prior].spread)]
        if prone is not None:
            found.append((prone / scale, p["extent_mr_sd_mm"]))
        if film is not None:
            ratio = p.table[seen]
            mm = film / ratio.value / scale
            # an outline of 0 mm is a mistake, not exact knowledge
            own = film_sd_mm / ratio.value / scale
            sd_mm = float(np.hypot(mm * ratio.spread / ratio.value, own))
            found.append((mm, max(sd_mm, p["film_outline_least_sd_mm"])))
        weights = [sd**-2 for _, sd in found]
        mm = sum(w * v for w, (v, _) in zip(weights, found, strict=True)) / sum(weights)
        return max(mm, p["breast_least_mm"]), sum(weights) ** -0.5

    across, behind = "film_outline_over_prone", "film_edge_over_prone"
    axes = [
        known("breast_lateral_mm", shape.mr_ext_lateral_mm, lr, lateral, across),
        known("breast_medial_mm", shape.mr_ext_medial_mm, lr, medial, across),
        known("breast_superior_mm", shape.mr_ext_superior_mm, lr, None, across),
        known("breast_inferior_mm", shape.mr_ext_inferior_mm, lr, None, across),
        known(
            "breast_depth_mm",
            shape.mr_nipple_to_chestwall_mm,
            ap,
            edge,
            behind,
            film_sd_mm=edge_sd_mm,
        ),
    ]
    relative = sum(sd / mm for mm, sd in axes[:-1]) / len(axes[:-1])
    deep = axes[-1][1] / axes[-1][0]
    lateral_mm, medial_mm, superior_mm, inferior_mm, depth_mm = (
        STEP_MM * round(mm / STEP_MM) for mm, _ in axes
    )
    across_sd, deep_sd = (max(round(x, 1), LEAST_RELATIVE_SD) for x in (relative, deep))
    return Extents(
        lateral_mm, medial_mm, superior_mm, inferior_mm, depth_mm,
        across_sd, deep_sd, p["chest_wall_slope"],
    )  # fmt: skip


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
