"""Drawn mammograms with known landmarks: shapes, not physics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage


@dataclass(frozen=True)
class Drawn:
    """A film hung with the chest wall on the left and the head (outer side) at the top."""

    image: np.ndarray  # (rows, columns) float32, 0 = air, about 1 = thick breast
    nipple: tuple[float, float]  # row, column, pixels
    pixel_mm: float
    pectoral: tuple[float, float] | None  # top_mm, angle_deg


def draw(
    seed: int,
    *,
    view: str = "CC",
    pixel_mm: float = 0.6,
    profile_mm: float | None = None,
    spot: float | None = None,
    off_mm: float | None = None,
) -> Drawn:
    """A breast of random shape.

    ``profile_mm``: how far the nipple stands out (0: not in profile); ``spot``: its extra
    brightness; ``off_mm``: how far along the skin it sits from the most anterior point.
    """
    rng = np.random.default_rng(seed)
    rows, cols = int(240 / pixel_mm), int(190 / pixel_mm)
    y, x = np.mgrid[:rows, :cols] * pixel_mm
    depth, half = rng.uniform(50, 110), rng.uniform(55, 95)
    power = rng.uniform(1.7, 2.6)
    skew = rng.uniform(0.85, 1.2)
    oblique = view == "MLO"
    angle = np.deg2rad(rng.uniform(12, 32)) if oblique else 0.0
    top = rng.uniform(45, 75) if oblique else 0.0
    middle = rng.uniform(105, 135) + (25 if oblique else 0)
    # u: off the chest wall or muscle, v: along it, downward
    u = (x - top) * np.cos(angle) + y * np.sin(angle) if oblique else x
    v = (y - middle) * np.cos(angle) - (x - top) * np.sin(angle) if oblique else y - middle
    bluntness = rng.uniform(1.5, 2.2)

    def front(v: np.ndarray) -> np.ndarray:
        width = np.where(v < 0, half * skew, half / skew)
        inside = np.clip(1 - (np.abs(v) / width) ** power, 0, None)
        return depth * inside ** (1 / bluntness)

    edge = front(v)
    if oblique:  # the axillary tail runs to the upper border
        tail = rng.uniform(10, 25)
        edge = np.where(v < 0, np.maximum(edge, tail), edge)
        body = (u <= edge) & (v < half / skew * 0.98) & (x >= 0)
    else:
        body = u <= edge
    body &= ~((edge <= 0) & (u > 0))
    body = ndimage.gaussian_filter(body.astype(float), 3 / pixel_mm) > 0.5
    # nipple on the outline, off the most anterior point along the skin
    off = float(rng.normal(0, 4)) if off_mm is None else off_mm
    profile = float(rng.uniform(0, 5)) if profile_mm is None else profile_mm
    r, c, normal = _skin_point(body, angle, off / pixel_mm)
    radius = rng.uniform(4, 6) / pixel_mm
    tip = np.array([r, c]) + normal * profile / pixel_mm
    centre = tip - normal * radius
    disc = np.hypot(y / pixel_mm - centre[0], x / pixel_mm - centre[1]) <= radius
    outline = body | disc
    inner = ndimage.distance_transform_edt(np.pad(outline, 1, mode="edge"))[1:-1, 1:-1] * pixel_mm
    roll = rng.uniform(8, 25)
    thickness = np.sqrt(np.clip(1 - (1 - np.clip(inner / roll, 0, 1)) ** 2, 0, 1))
    texture = sum(
        a * _field(rng, outline.shape, s / pixel_mm)
        for a, s in ((0.25, 12.0), (0.12, 4.0), (0.06, 1.5))
    )
    gland = np.exp(-(((x - 0.55 * depth) / 35) ** 2) - ((v - rng.uniform(-10, 10)) / 35) ** 2)
    image = thickness * (0.45 + rng.uniform(0.2, 0.6) * gland + texture * (0.4 + gland)).clip(0.15)
    strength = float(rng.uniform(0.1, 0.3)) if spot is None else spot
    image += strength * ndimage.gaussian_filter(disc.astype(float), 1 / pixel_mm) * outline
    if oblique:
        image += 0.6 * ndimage.gaussian_filter(((u < 0) & outline).astype(float), 1.0 / pixel_mm)
    image[~outline] = 0
    at = tip - normal * 0.5 * profile / pixel_mm
    return Drawn(
        image=image.astype(np.float32),
        nipple=(float(at[0]), float(at[1])),
        pixel_mm=pixel_mm,
        pectoral=(top, float(np.rad2deg(angle))) if oblique else None,
    )


def _skin_point(body, angle, off):
    """Point of the outline ``off`` pixels along the skin from the most anterior one; outward."""
    soft = ndimage.gaussian_filter(body.astype(float), 4)
    edge = body & ~ndimage.binary_erosion(body, border_value=1)
    r, c = np.nonzero(edge)
    keep = (c > 3) & (r > 3) & (r < body.shape[0] - 4)
    r, c = r[keep], c[keep]
    ahead = c * np.cos(angle) + r * np.sin(angle)
    best = int(np.argmax(ahead))
    along = -(c - c[best]) * np.sin(angle) + (r - r[best]) * np.cos(angle)
    near = np.hypot(r - r[best], c - c[best]) < abs(off) + 8
    k = int(np.argmin(np.where(near, np.abs(along - off), 1e9)))
    gr, gc = np.gradient(soft)
    normal = -np.array([gr[r[k], c[k]], gc[r[k], c[k]]])
    return float(r[k]), float(c[k]), normal / (np.linalg.norm(normal) + 1e-9)


def _field(rng, shape, sigma):
    field = ndimage.gaussian_filter(rng.standard_normal(shape), sigma)
    return field / field.std()
