"""How far a breast reaches from its nipple: lateral, medial, superior, inferior."""

from __future__ import annotations

import numpy as np

from corr.imaging.mri.body import Mask
from corr.imaging.mri.nipple import Nipple
from corr.imaging.volume import Grid

BAND_MM = 12.0
"""Lines this near to the nipple are measured; the farthest counts."""


def find_extents(
    base: Mask, grid: Grid, nipple: Nipple, side: str
) -> tuple[dict[str, float], list[str]]:
    """Nipple to edge (mm) in four directions, and the directions that the images cut off."""
    found, cut = {}, []
    left = ("lateral", "medial") if side == "L" else ("medial", "lateral")
    places = grid.axis_mm(0), grid.axis_mm(2)
    for axis, names in ((0, left), (1, ("superior", "inferior"))):
        across, along = places[1 - axis], places[axis]
        here = nipple.lps[2 * axis]
        band = np.abs(across - nipple.lps[2 * (1 - axis)]) <= BAND_MM
        lines = np.asarray(np.take(base, np.flatnonzero(band), axis=1 - axis).any(1 - axis))
        if not lines.any():
            continue
        half = grid.spacing_mm[2 * axis] / 2
        high = along[lines].max() + half - here
        low = here - (along[lines].min() - half)
        for name, value, edge in ((names[0], high, lines[-1]), (names[1], low, lines[0])):
            if edge:
                cut.append(name)
            elif value > 0:
                found[name] = float(value)
    return found, cut
