"""The body in an MR volume: tissue against air, its front, and the breasts' lobes in that front.

Everything here is on a coarse grid (about 2 mm) along the body axes, index (l, p, s). The breasts
of a woman lying prone or standing reach forward; which side of the body they reach from is the
check on what the file says about its orientation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from skimage import filters

from corr.imaging.dicom.header import Unusable
from corr.imaging.volume import Array, Grid, Volume, Voxels, half_turn, straight

COARSE_MM = 2.0
CAP_DEPTH_MM = 20.0
"""How far behind its first tissue a side of the body is measured: a breast is small there."""
TELLING = 2.0
"""Ratio of such areas from which front and back are told apart."""
LEAST_TISSUE_MM3 = 20_000.0
LEAST_CONTRAST = 2.5
MIN_VALLEY_MM = 8.0
LEAST_LOBE_MM = 15.0
MIN_APART_MM = 60.0
WHOLE_CHEST_MM = 260.0
"""Tissue wider than this shows both sides, so its middle is the midline."""

Mask = NDArray[np.bool_]
_otsu: Callable[[Voxels], float] = filters.threshold_otsu


@dataclass(frozen=True, eq=False)
class Body:
    """Tissue on the coarse grid.

    ``skin_mm`` (l, s) is the P coordinate (mm) of the front surface, NaN where there is none.
    ``turned`` says that left/right and front/back were exchanged against the file.
    """

    voxels: Voxels
    grid: Grid
    mask: Mask
    skin_mm: Array
    turned: bool = False
    front_certain: bool = True


@dataclass(frozen=True)
class Lobes:
    """Where the breasts lie in the front: midline L (None if one breast only) and column spans."""

    midline_l_mm: float | None
    valley_mm: float
    spans: tuple[tuple[int, int], ...]  # of l indices, patient's right first


def find_body(volume: Volume) -> Body:
    """Tissue of a volume, turned so that the breasts point to the front.

    Raises
    ------
    Unusable
        If there is no contrast between tissue and air, or next to no tissue.
    """
    data, grid = coarse(*straight(volume))
    strict, generous = tissue(data, grid)
    body = Body(data, grid, strict, _front(strict, grid))
    back = _turned(body)
    ratios = [_cap_area_mm2(m, grid) / _cap_area_mm2(m[:, ::-1], grid) for m in (strict, generous)]
    gain = find_lobes(back).valley_mm - find_lobes(body).valley_mm
    if min(ratios) > TELLING and gain > -MIN_VALLEY_MM:
        return back
    certain = gain < -2 * MIN_VALLEY_MM or ratios[1] < 1 / TELLING
    return replace(body, front_certain=certain)


def _turned(body: Body) -> Body:
    voxels, grid = half_turn(body.voxels, body.grid)
    mask = body.mask[::-1, ::-1]
    return Body(voxels, grid, mask, _front(mask, grid), turned=True)


def coarse(data: Voxels, grid: Grid) -> tuple[Voxels, Grid]:
    """Means of whole blocks of voxels, about `COARSE_MM` wide."""
    sizes = [max(1, round(COARSE_MM / s)) for s in grid.spacing_mm]
    sizes = [min(f, n) for f, n in zip(sizes, data.shape, strict=True)]
    a, b, c = (n // f for f, n in zip(sizes, data.shape, strict=True))
    cut = data[: a * sizes[0], : b * sizes[1], : c * sizes[2]]
    blocks = cut.reshape(a, sizes[0], b, sizes[1], c, sizes[2])
    origin = grid.origin_lps + grid.spacing_mm * (np.array(sizes) - 1) / 2
    means = blocks.mean(axis=(1, 3, 5), dtype=np.float32)
    return means, Grid(origin, grid.spacing_mm * sizes, (a, b, c))


def tissue(data: Voxels, grid: Grid) -> tuple[Mask, Mask]:
    """The body, one piece without holes in its axial slices: strictly, and generously.

    The generous one keeps the far, dim back of the chest, and some noise around the body.

    Raises
    ------
    Unusable
        If there is no contrast between tissue and air, or next to no tissue.
    """
    smooth = ndi.gaussian_filter(data, np.minimum(1.0, COARSE_MM / grid.spacing_mm) * 0.7)
    bright = float(np.percentile(smooth, 99.5))
    if not bright > float(smooth.min()):
        msg = "the volume is empty: all voxels are the same"
        raise Unusable(msg)
    root = np.sqrt(np.clip(smooth, 0, bright))
    level = np.log(np.clip(smooth, 0, None) + 0.003 * bright)
    strict, generous = (v > float(_otsu(v)) for v in (root, level))
    if float(np.median(smooth[strict])) < LEAST_CONTRAST * float(np.median(smooth[~strict])):
        msg = "no body found: nothing stands out from air"
        raise Unusable(msg, allowed="an MR image with air around the breasts")
    return _one_piece(strict, grid), _one_piece(generous, grid)


def _one_piece(mask: Mask, grid: Grid) -> Mask:
    fine = grid.spacing_mm <= 2 * COARSE_MM
    near = ndi.generate_binary_structure(3, 1)
    for axis in np.flatnonzero(~fine | (np.array(grid.shape) < 4)):
        near = near & (np.abs(np.indices(near.shape)[axis] - 1) == 0)
    labels, n = ndi.label(ndi.binary_opening(mask, near))
    sizes = np.bincount(labels.ravel(), minlength=2)
    sizes[0] = 0
    if n == 0 or sizes.max() * np.prod(grid.spacing_mm) < LEAST_TISSUE_MM3:
        msg = "no body found: too little stands out from air"
        raise Unusable(msg, allowed="an MR image with air around the breasts")
    body: Mask = labels == sizes.argmax()
    for s in range(body.shape[2]):
        body[:, :, s] = ndi.binary_fill_holes(body[:, :, s])
    return body


def _cap_area_mm2(mask: Mask, grid: Grid) -> float:
    """Area of the body `CAP_DEPTH_MM` behind its first tissue: small for breasts."""
    pixel = grid.spacing_mm[0] * grid.spacing_mm[2]
    area = mask.sum(axis=(0, 2)) * pixel
    first = int(np.argmax(area >= min(100.0, 0.5 * area.max())))
    at = min(first + round(CAP_DEPTH_MM / grid.spacing_mm[1]), area.size - 1)
    return float(area[first : at + 1].max())


def _front(mask: Mask, grid: Grid) -> Array:
    """P coordinate (mm) of the first tissue of each (l, s) column, NaN without tissue."""
    there = mask.any(axis=1)
    edge = grid.axis_mm(1)[mask.argmax(axis=1)] - grid.spacing_mm[1] / 2
    return np.where(there, edge, np.nan)


def find_lobes(body: Body) -> Lobes:
    """The one or two lobes of the front, split where the front lies deepest between them."""
    forward = np.nanmin(np.where(np.isnan(body.skin_mm), np.inf, body.skin_mm), axis=1)
    columns = np.flatnonzero(np.isfinite(forward))
    base = float(np.nanpercentile(body.skin_mm, 95))
    step = body.grid.spacing_mm[0]
    height = ndi.gaussian_filter1d(
        np.clip(base - forward, 0.0, None), max(3.0 / step, 0.5), mode="nearest"
    )
    left = np.maximum.accumulate(height)
    right = np.maximum.accumulate(height[::-1])[::-1]
    valley = np.minimum(left, right) - height
    deepest = float(valley.max())
    inside = np.flatnonzero(valley >= deepest - 3.0)
    middle = round(float(np.median(inside)))
    peaks = int(height[: middle + 1].argmax()), middle + int(height[middle:].argmax())
    x = body.grid.axis_mm(0)
    tall = min(height[peaks[0]], height[peaks[1]]) >= LEAST_LOBE_MM
    if tall and deepest >= MIN_VALLEY_MM and x[peaks[1]] - x[peaks[0]] >= MIN_APART_MM:
        spans = ((int(columns[0]), middle), (middle, int(columns[-1]) + 1))
        return Lobes(float(x[middle]), deepest, spans)
    return Lobes(None, deepest, ((int(columns[0]), int(columns[-1]) + 1),))
