"""Two digital breasts hanging from a chest, with lesions and a heart, in patient coordinates.

Analytic: every voxel is asked where it lies (LPS mm), so the same body can be drawn on any grid.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

NIPPLES = {"L": np.array([84.0, -128.0, -6.0]), "R": np.array([-82.0, -124.0, -8.0])}
CENTRES = {"L": np.array([80.0, -40.0, 0.0]), "R": np.array([-80.0, -40.0, 0.0])}
DEPTHS_MM = {"L": 86.0, "R": 82.0}
CHEST_P = -40.0  # front of the subcutaneous fat over the sternum
FAT_MM = 8.0


@dataclass(frozen=True)
class Lesion:
    lps: tuple[float, float, float]
    radius_mm: float
    side: str
    uptake: tuple[float, ...] = (1.6, 1.5, 1.2)  # enhancement relative to before, each phase


LESIONS = (
    Lesion((96.0, -88.0, 14.0), 8.0, "L"),
    Lesion((66.0, -76.0, -22.0), 5.0, "L", (0.9, 1.2, 1.4)),
    Lesion((-100.0, -84.0, -24.0), 6.0, "R", (1.1, 1.1, 1.1)),
)


@dataclass(frozen=True)
class Phantom:
    lesions: tuple[Lesion, ...] = LESIONS
    heart_left: bool = True
    sides: tuple[str, ...] = ("L", "R")
    fat: float = 60.0
    muscle: float = 110.0
    gland: float = 130.0
    noise: float = 2.0
    extra: dict[str, float] = field(default_factory=dict)

    def voxels(self, affine_lps, shape, phase: int, *, seed: int = 0):
        """Voxels (i, j, k) of one phase; 0 is before contrast."""
        index = np.indices(shape, dtype=np.float32)
        l, p, s = (
            sum(float(affine_lps[r, c]) * index[c] for c in range(3)) + float(affine_lps[r, 3])
            for r in range(3)
        )
        out = np.full(shape, 1.0, np.float32)
        chest = (l / 165) ** 2 + ((p - (CHEST_P + 100)) / 100) ** 2 < 1
        muscle = (l / 160) ** 2 + ((p - (CHEST_P + 100)) / (100 - FAT_MM)) ** 2 < 1
        lung = (np.abs(l) / 135) ** 2 + ((p - (CHEST_P + 105)) / 72) ** 2 < 1
        out[chest] = self.fat
        for side in self.sides:
            c, depth = CENTRES[side], DEPTHS_MM[side]
            lat = np.where((l - c[0]) * c[0] > 0, 58.0, 62.0)
            up = np.where(s > c[2], 66.0, 60.0)
            # the chest wall curves away: let the breast sink into it
            d = ((l - c[0]) / lat) ** 2 + ((s - c[2]) / up) ** 2 + ((p - c[1]) / depth) ** 2
            breast = (d < 1) & (p < c[1] + 40)
            out[breast] = self.fat
            out[(d < 0.55) & (p < c[1]) & (np.sin(l / 5) + np.sin(p / 7) + np.sin(s / 6) > 0.6)] = self.gland
            n = NIPPLES[side]
            bump = ((l - n[0]) / 5) ** 2 + ((s - n[2]) / 5) ** 2 < 1
            bump &= (p > n[1]) & (p < n[1] + 12)
            out[bump] = 1.6 * self.fat
        out[muscle] = self.muscle
        out[lung] = 8.0
        heart_l = 30.0 if self.heart_left else -30.0
        heart = ((l - heart_l) / 45) ** 2 + ((p - 45) / 35) ** 2 + ((s + 10) / 45) ** 2 < 1
        out[heart] = 90.0
        if phase:
            out[heart] *= 3.0
            for lesion in self.lesions:
                at = lesion.lps
                ball = (l - at[0]) ** 2 + (p - at[1]) ** 2 + (s - at[2]) ** 2 < lesion.radius_mm**2
                out[ball] = 100.0 * (1 + lesion.uptake[min(phase, len(lesion.uptake)) - 1])
        if not phase:
            for lesion in self.lesions:
                at = lesion.lps
                ball = (l - at[0]) ** 2 + (p - at[1]) ** 2 + (s - at[2]) ** 2 < lesion.radius_mm**2
                out[ball] = 100.0
        return out


def axial(spacing=(1.5, 1.5, 2.0), *, half=(180.0, 150.0, 96.0), centre_p=0.0):
    """Affine (LPS) and shape of an axial box around the phantom."""
    shape = tuple(int(2 * h / d) for h, d in zip(half, spacing, strict=True))
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = -(np.array(shape) - 1) / 2 * spacing + (0.0, centre_p, 0.0)
    return affine, shape
