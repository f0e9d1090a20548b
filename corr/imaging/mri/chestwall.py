"""The chest wall in an MR volume: a smooth surface behind the breasts.

It starts from the skin over the sternum (or the deepest skin in view where only one breast is
shown) and the usual curve of a chest, is moved to where the image first changes strongly toward
the back, and is fitted there with a low-order surface. Without such a change, or with one far from
the start, the start is kept and said to be uncertain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from scipy.stats import siegelslopes

from corr.imaging.mri.body import Body, Lobes
from corr.imaging.volume import Array

SKIN_TO_WALL_MM = 8.0
"""Usual tissue in front of the sternum [assumed]."""
CHEST_HALF_WIDTH_MM, CHEST_HALF_DEPTH_MM = 150.0, 100.0
STERNUM_MM = 15.0
SEARCH_MM = (-20.0, 30.0)
NEAR_MM = 8.0
PRIOR_SD_MM = 10.0
LEAST_AGREEING = 0.4
FIRST_PEAK = 0.5
"""Fat meets muscle before muscle meets lung: the first change of this share of the largest."""


@dataclass(frozen=True, eq=False)
class ChestWall:
    """P coordinate (mm) of the chest wall at each (l, s) column, and how well it is known."""

    p_mm: Array
    sd_mm: float
    confident: bool
    note: str


def find_chest_wall(body: Body, lobes: Lobes) -> ChestWall:
    """The front of the pectoral muscles and ribs behind the breasts."""
    start = _start(body, lobes)
    columns = _behind_breasts(body, start)
    if columns.sum() < 30:
        note = "too few columns to look for the chest wall: usual chest shape used"
        return ChestWall(start, PRIOR_SD_MM, confident=False, note=note)
    change = _change(body)
    shift, sign = _best_shift(change, start, columns, body)
    found, strength = _edge(sign * change, start + shift, columns, body)
    fit, agreeing, spread = _smooth_surface(body, found, start + shift, columns, strength)
    if agreeing < LEAST_AGREEING:
        note = f"no clear chest wall ({agreeing:.0%} of the columns agree): usual chest shape used"
        return ChestWall(start, PRIOR_SD_MM, confident=False, note=note)
    note = f"chest wall from the image ({agreeing:.0%} of the columns agree)"
    # what lies far from the usual shape may be another layer, such as the back of the muscle
    unusual = max(abs(shift) - NEAR_MM / 2, 0.0)
    between = float(body.grid.spacing_mm[0]) / np.sqrt(12)
    sd = max(float(np.linalg.norm([spread / agreeing, unusual, between])), body.grid.spacing_mm[1])
    if sd > PRIOR_SD_MM:
        note = f"the chest wall may be {shift:+.0f} mm off the usual chest shape: that shape used"
        return ChestWall(start, PRIOR_SD_MM, confident=False, note=note)
    return ChestWall(fit, float(sd), confident=True, note=note)


def _start(body: Body, lobes: Lobes) -> Array:
    """First guess of the surface (l, s): skin over the sternum, curving back to the sides."""
    x, skin = body.grid.axis_mm(0), body.skin_mm
    last = float(body.grid.axis_mm(1)[-1])
    if lobes.midline_l_mm is None:
        deepest = float(np.nanpercentile(skin, 95))
        return np.full(skin.shape, min(deepest, last) - NEAR_MM / 2)
    central = np.abs(x - lobes.midline_l_mm) <= STERNUM_MM
    central |= np.abs(x - lobes.midline_l_mm) <= 0.6 * body.grid.spacing_mm[0]
    here = np.where(np.isnan(skin[central]), -np.inf, skin[central]).max(axis=0)
    reach = here - np.nanmin(np.where(np.isnan(skin), np.inf, skin), axis=0)
    reach = np.where(np.isfinite(reach), reach, 0.0)
    sternum = _line(body.grid.axis_mm(2), np.where(reach >= 0.5 * reach.max(), here, np.nan))
    across = np.clip((x - lobes.midline_l_mm) / CHEST_HALF_WIDTH_MM, -0.98, 0.98)
    curve = CHEST_HALF_DEPTH_MM * (1 - np.sqrt(1 - across**2))
    return np.minimum(sternum[None, :] + SKIN_TO_WALL_MM + curve[:, None], last)


def _line(s_mm: Array, values: Array) -> Array:
    """A straight line through finite values that shrugs off outliers (repeated medians)."""
    good = np.isfinite(values)
    if good.sum() < 4 or np.ptp(s_mm[good]) < 30:
        return np.full(s_mm.size, float(np.median(values[good])))
    slope, offset = siegelslopes(values[good], s_mm[good])
    return np.asarray(slope * s_mm + offset)


def _behind_breasts(body: Body, start: Array) -> NDArray[np.bool_]:
    """Columns with breast in front of the wall and image behind it."""
    thick = start - body.skin_mm
    last = float(body.grid.axis_mm(1)[-1])
    return (np.nan_to_num(thick) >= 25.0) & (start + NEAR_MM < last)


def _change(body: Body) -> Array:
    """How the log of the image changes toward the back (per mm), after smoothing."""
    spacing = body.grid.spacing_mm
    sigma = np.minimum(2.5 / spacing, 2.5)
    bright = float(np.percentile(body.voxels, 99.5))
    level = np.log(np.clip(ndi.gaussian_filter(body.voxels, sigma), 0, None) + 0.02 * bright)
    return np.asarray(np.gradient(level, spacing[1], axis=1))


def _sample(change: Array, p_mm: Array, body: Body) -> Array:
    """Values at P coordinates ``(n, l, s)`` of each column; 0 outside the image."""
    at = (p_mm - body.grid.origin_lps[1]) / body.grid.spacing_mm[1]
    _, i, k = np.indices(p_mm.shape)
    near = np.rint(np.nan_to_num(at)).astype(np.intp)
    inside = (near >= 0) & (near < change.shape[1])
    values = change[i, np.clip(near, 0, change.shape[1] - 1), k]
    return np.where(inside, values, 0.0)


def _best_shift(
    change: Array, start: Array, columns: NDArray[np.bool_], body: Body
) -> tuple[float, float]:
    """Shift (mm) of the whole surface onto the first strong common change, and its sign."""
    shifts = np.arange(*SEARCH_MM, 1.0)
    profile = _sample(change, start[None] + shifts[:, None, None], body)[:, columns]
    common = profile.mean(axis=1) * np.exp(-0.5 * (shifts / (1.5 * PRIOR_SD_MM)) ** 2)
    size = np.abs(common)
    peaks = np.flatnonzero((size >= np.roll(size, 1)) & (size >= np.roll(size, -1)))
    best = int(next(i for i in peaks if size[i] >= FIRST_PEAK * size.max()))
    return float(shifts[best]), float(np.sign(common[best]) or 1.0)


def _edge(
    change: Array, around: Array, columns: NDArray[np.bool_], body: Body
) -> tuple[Array, Array]:
    """The strongest change near the surface in each column: place (mm) and strength."""
    shifts = np.arange(-1.5 * NEAR_MM, 1.5 * NEAR_MM + 0.1, 0.5)
    profile = _sample(change, around[None] + shifts[:, None, None], body)
    profile = profile * np.exp(-0.5 * (shifts[:, None, None] / NEAR_MM) ** 2)
    best = profile.argmax(axis=0)
    strength = np.take_along_axis(profile, best[None], axis=0)[0]
    return around + shifts[best], np.where(columns, strength, 0.0)


def _smooth_surface(
    body: Body, found: Array, around: Array, columns: NDArray[np.bool_], strength: Array
) -> tuple[Array, float, float]:
    """Quadratic in l and s of the offset from the start, robustly: surface, agreement, spread."""
    x, z = np.meshgrid(body.grid.axis_mm(0) / 100.0, body.grid.axis_mm(2) / 100.0, indexing="ij")
    terms = np.stack([np.ones_like(x), x, z, x * x, z * z, x * z], axis=-1)
    good = columns & (strength > 0)
    if good.sum() < 30:
        return around, 0.0, PRIOR_SD_MM
    a, b = terms[good], (found - around)[good]
    ridge = np.diag([0.0, 1.0, 1.0, 4.0, 4.0, 4.0]) * 1e-3 * len(b)
    weight = np.ones(len(b))
    fit = np.zeros(6)
    for _ in range(15):
        aw = a * weight[:, None]
        fit = np.asarray(np.linalg.solve(aw.T @ a + ridge, aw.T @ b), np.float64)
        weight = 1.0 / (1.0 + ((b - a @ fit) / 2.5) ** 2)
    off = np.abs(b - a @ fit)
    agreeing = float((off <= 4.0).sum() / columns.sum())
    spread = 1.4826 * float(np.median(off[off <= 8.0])) if (off <= 8.0).any() else PRIOR_SD_MM
    shift = np.clip(terms @ fit, -1.5 * NEAR_MM, 1.5 * NEAR_MM)
    return around + shift, agreeing, spread
