"""On which side the heart takes up contrast: the check on left and right in a bilateral volume."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi

from corr.imaging.mri.body import Body, Lobes
from corr.imaging.mri.chestwall import ChestWall
from corr.imaging.volume import Voxels

BEHIND_WALL_MM = 5.0
LEAST_HEART_MM3, LEAST_HEART_HEIGHT_MM = 15_000.0, 40.0
OFF_CENTRE_MM = 12.0


def heart_side(body: Body, lobes: Lobes, wall: ChestWall, images: list[Voxels]) -> str | None:
    """Side ("L", "R") of the largest piece that takes up contrast inside the chest.

    None if the volume shows one side only, no image after contrast is there, or the piece is
    small or central. ``images`` are coarse, before and after contrast.
    """
    if len(images) < 2 or lobes.midline_l_mm is None:
        return None
    grid = body.grid
    inside = grid.axis_mm(1)[None, :, None] > wall.p_mm[:, None, :] + BEHIND_WALL_MM
    inside &= (np.abs(grid.axis_mm(0) - lobes.midline_l_mm) < 110)[:, None, None]
    uptake = np.where(inside, ndi.gaussian_filter(images[1] - images[0], 1.0), 0.0)
    if not inside.any() or uptake.max() <= 0:
        return None
    strong = float(np.percentile(uptake[inside], 99.5))
    pieces, n = ndi.label(ndi.binary_opening(uptake > 0.5 * strong))
    if n == 0:
        return None
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    if sizes.max() * np.prod(grid.spacing_mm) < LEAST_HEART_MM3:
        return None
    heart = pieces == sizes.argmax()
    height = float(heart.any(axis=(0, 1)).sum() * grid.spacing_mm[2])
    per_column = heart.sum(axis=(1, 2))
    offset = float(np.average(grid.axis_mm(0), weights=per_column)) - lobes.midline_l_mm
    if height < LEAST_HEART_HEIGHT_MM or abs(offset) < OFF_CENTRE_MM:
        return None
    return "L" if offset > 0 else "R"
