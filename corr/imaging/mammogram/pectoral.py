"""The edge of the pectoral muscle on an oblique or lateral film.

Works on a breast hung with the chest wall on the left and the head at the top: there the
muscle is a bright wedge in the upper left corner whose edge runs down and to the left. Angles
are from the vertical; on 2000 MLO films they are 21.8 ± 5.9 degrees (deep-breast-positioning
labels, quantiles 1-99 %: 8-37 degrees).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

TYPICAL_DEG = 21.8
TYPICAL_SD_DEG = 5.9
_ANGLES_DEG = np.arange(7.0, 45.0, 1.0)
_MIN_LENGTH_MM = 35.0
_WIDEST_MM = 150.0
_NIPPLE_MM = 35.0  # 99 % of nipples are further than this from the muscle
_LEAST_STEP = 0.02  # mean brightness step per mm that is an edge and not texture


@dataclass(frozen=True)
class Edge:
    """Straight pectoral edge in hung coordinates (mm from the upper left corner).

    The line is ``x = top_mm - y tan(angle)``, x to the right (anterior), y down.
    """

    top_mm: float
    angle_deg: float
    confident: bool

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector (down, anterior) away from the muscle."""
        a = np.deg2rad(self.angle_deg)
        return np.array([np.sin(a), np.cos(a)])

    def distance_mm(self, y_mm: float, x_mm: float) -> float:
        """Distance of a point from the line, positive on the side of the nipple."""
        a = np.deg2rad(self.angle_deg)
        return float((x_mm - self.top_mm) * np.cos(a) + y_mm * np.sin(a))


def find_edge(shade: NDArray[np.float32], mask: NDArray[np.bool_], pixel_mm: float) -> Edge | None:
    """Strongest straight edge from bright (upper left) to darker; None if there is none.

    Parameters
    ----------
    shade
        Brightness, hung; 1 = median of the breast.
    mask
        The breast.
    pixel_mm
        Size of a pixel.
    """
    grey = np.sqrt(np.clip(shade, 0, 4))
    sigma = 1.5 / pixel_mm
    down = ndimage.gaussian_filter(grey, sigma, order=(1, 0)) / pixel_mm
    right = ndimage.gaussian_filter(grey, sigma, order=(0, 1)) / pixel_mm
    inner = ndimage.distance_transform_edt(np.pad(mask, 1, mode="edge"))[1:-1, 1:-1]
    inside = inner * pixel_mm > 8.0  # not the skin line
    height = mask.shape[0] * pixel_mm
    down_mm, right_mm = (i * pixel_mm for i in np.nonzero(mask))
    depth = float(np.percentile(right_mm, 99.5))
    best, found = 0.0, None
    for angle in _ANGLES_DEG:
        a = np.deg2rad(angle)
        front = float(np.percentile(right_mm * np.cos(a) + down_mm * np.sin(a), 99.5))
        furthest = (front - max(_NIPPLE_MM, 0.4 * depth)) / np.cos(a)
        step = -(right * np.cos(a) + down * np.sin(a))
        for top in np.arange(12.0, min(furthest, depth, _WIDEST_MM), 2.0):
            bottom = min(top / np.tan(a), 0.85 * height)
            y = np.arange(3.0, bottom, 2.0)
            x = top - y * np.tan(a)
            r, c = (y / pixel_mm).astype(int), (x / pixel_mm).astype(int)
            ok = (r < mask.shape[0]) & (c >= 0) & (c < mask.shape[1])
            ok[ok] = inside[r[ok], c[ok]]
            if ok.sum() * 2.0 / np.cos(a) < _MIN_LENGTH_MM:
                continue
            along = np.clip(step[r[ok], c[ok]], -0.08, 0.08)
            usual = np.exp(-0.5 * ((angle - TYPICAL_DEG) / (2 * TYPICAL_SD_DEG)) ** 2)
            score = along.mean() * np.sqrt(min(1.0, ok.sum() / 40)) * (0.5 + 0.5 * usual)
            if score > best:
                confident = along.mean() > _LEAST_STEP and (along > 0).mean() > 0.75
                best, found = float(score), Edge(float(top), float(angle), bool(confident))
    return found
