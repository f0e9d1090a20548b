"""Which pixels of a mammogram are breast: its mask, its skin line and what cuts it off.

Works on a small copy of the image (about 0.4 mm a pixel) in its stored orientation. Film and
digitiser leave labels, white borders, glow at the edges and uneven background; the breast is
the largest bright body that runs into an image border, and its faint skin and nipple are found
against the background measured around it, not against one level for the whole film.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.measure import block_reduce, find_contours

WORKING_MM = 0.4
"""Pixel of the working copy: fine enough for a nipple, coarse enough to average noise."""
MIN_AREA_MM2 = 1000.0
"""Smaller bodies are no breast (the smallest compressed breasts measure about 3000 mm²)."""
_REACH_MM = 25.0  # how far beyond the bright core faint skin and nipple may lie
_FAINTEST = 0.01  # of the breast's median: fainter skin is not told from glow
_STRIP_MM = 22.0  # digitiser glow and film edges are narrower
_EDGES = ("top", "bottom", "left", "right")


@dataclass(frozen=True)
class Body:
    """The breast in the working copy.

    Attributes
    ----------
    mask
        (rows, columns) bool.
    shade
        Float image, same shape: 0 = background around the breast, 1 = median of the breast.
    pixel_mm
        Size of a working pixel (nominal where the film has no spacing).
    noise
        Standard deviation of the background in units of ``shade``.
    contact_mm
        Length of the breast along each image border: top, bottom, left, right.
    """

    mask: NDArray[np.bool_]
    shade: NDArray[np.float32]
    pixel_mm: float
    noise: float
    contact_mm: dict[str, float]


def working_copy(image: NDArray[np.float32], pixel_mm: float) -> tuple[NDArray[np.float32], int]:
    """Mean of square blocks, and how many pixels make the side of a block."""
    block = max(1, round(WORKING_MM / pixel_mm))
    rows, cols = (n // block * block for n in image.shape)
    if min(rows, cols) == 0:
        return image.astype(np.float32), 1
    return block_reduce(image[:rows, :cols], (block, block), np.mean).astype(np.float32), block


def find_body(small: NDArray[np.float32], pixel_mm: float) -> Body | None:
    """The breast of a working copy; None if nothing on it looks like one.

    Parameters
    ----------
    small
        Grey image, brighter = more tissue.
    pixel_mm
        Size of its pixels.
    """
    grey, frame = small, _without_frame(small)
    spread = float(np.ptp(np.percentile(grey, (1, 99.5))))
    if spread <= 0:
        return None
    core = _core(grey, frame, pixel_mm)
    if core is None:
        return None
    shade, noise = _against_background(grey, core, frame, pixel_mm)
    mask = _grown(shade, core, frame, pixel_mm)
    if mask.sum() * pixel_mm**2 < MIN_AREA_MM2:
        return None
    return Body(
        mask=mask,
        shade=shade,
        pixel_mm=pixel_mm,
        noise=noise,
        contact_mm=_contacts(mask, pixel_mm),
    )


def opened(mask: NDArray[np.bool_], radius_px: float) -> NDArray[np.bool_]:
    """Opening by a disc (by distances: fast for any radius); cut borders count as breast."""
    pad = int(radius_px) + 2
    wide = np.pad(mask, pad, mode="edge")
    eroded = ndimage.distance_transform_edt(wide) > radius_px
    if not eroded.any():
        return np.zeros_like(mask)
    grown = ndimage.distance_transform_edt(~eroded) <= radius_px
    return grown[pad:-pad, pad:-pad] & mask


def skin_line(mask: NDArray[np.bool_], pixel_mm: float) -> NDArray[np.float64]:
    """(n, 2) row, column of the free outline, every 0.5 mm; image borders are left out.

    Of several pieces the longest is taken. Order: along the outline, direction unspecified.
    """
    soft = ndimage.gaussian_filter(np.pad(mask, 3, mode="edge").astype(np.float32), 0.5 / pixel_mm)
    pieces = []
    for line in find_contours(soft, 0.5):
        rc = line - 3
        inside = np.all((rc > 1.0) & (rc < np.array(mask.shape) - 2.0), axis=1)
        if inside.all():
            pieces.append(rc)
            continue
        first = int(np.argmin(inside))  # start at a border so that no free piece is split
        rc, inside = np.roll(rc, -first, axis=0), np.roll(inside, -first)
        cuts = np.flatnonzero(np.diff(inside.astype(int))) + 1
        pieces += [
            piece
            for piece, free in zip(np.split(rc, cuts), np.split(inside, cuts), strict=True)
            if free[0]
        ]
    pieces = [p for p in pieces if len(p) > 3]
    if not pieces:
        return np.empty((0, 2))
    return _resampled(max(pieces, key=_length), 0.5 / pixel_mm)


def _length(rc: NDArray[np.float64]) -> float:
    return float(np.hypot(*np.diff(rc, axis=0).T).sum())


def _resampled(rc: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    along = np.r_[0.0, np.cumsum(np.hypot(*np.diff(rc, axis=0).T))]
    at = np.arange(0.0, along[-1], step)
    return np.column_stack([np.interp(at, along, rc[:, k]) for k in (0, 1)])


def _without_frame(small: NDArray[np.float32]) -> tuple[slice, slice]:
    """Window that leaves out bright strips along the borders (white digitiser edges).

    A strip is bright along most of its length and no wider than 4 % of the image.
    """
    spread = float(np.ptp(np.percentile(small, (1, 99.5)))) or 1.0
    keep = []
    for axis in (0, 1):
        lines = small if axis == 0 else small.T
        limit = max(1, int(0.04 * len(lines)))
        typical = np.median(lines, axis=1)
        inner = float(np.median(typical[limit:-limit])) if len(lines) > 3 * limit else np.inf
        bright = np.percentile(lines, 10, axis=1) > inner + 0.4 * spread
        start = max((i + 2 for i in range(limit) if bright[i]), default=0)
        stop = max((i + 2 for i in range(limit) if bright[-1 - i]), default=0)
        keep.append(slice(start, len(lines) - stop))
    return keep[0], keep[1]


def _without_strips(mask: NDArray[np.bool_], pixel_mm: float) -> NDArray[np.bool_]:
    """Mask without thin strips along a border: digitiser glow, film edge, abdomen wall.

    From each end of each border inward, lines on which the mask reaches in by less than
    `_STRIP_MM`, and hardly deeper than at the end, are taken away.
    """
    result = mask.copy()
    views = (mask, mask[::-1], mask.T, mask.T[::-1])
    targets = (result, result[::-1], result.T, result.T[::-1])
    for view, target in zip(views, targets, strict=True):
        reach = np.where(view.all(axis=0), len(view), np.argmin(view, axis=0)) * pixel_mm
        for order in (slice(None), slice(None, None, -1)):
            depth = reach[order]
            end = max(1, round(3.0 / pixel_mm))
            limit = min(_STRIP_MM, 1.3 * float(np.median(depth[:end])) + 1.5)
            run = len(depth) if (depth <= limit).all() else int(np.argmin(depth <= limit))
            if run * pixel_mm > 8.0:
                lines = target.T[order][:run]
                inner = round(limit / pixel_mm) + 1
                lines[:, :inner] = False
    return result


def _core(
    grey: NDArray[np.float32], frame: tuple[slice, slice], pixel_mm: float
) -> NDArray[np.bool_] | None:
    """The body that is bright beyond doubt: largest component after opening away labels."""
    inner = grey[frame]
    low, high = np.percentile(inner, (2, 99.5))
    squeezed = np.sqrt(np.clip((inner - low) / max(high - low, 1e-12), 0, 1))
    bright = squeezed > threshold_otsu(squeezed)
    if not 0.005 < bright.mean() < 0.995:
        return None
    body = opened(bright, 4.0 / pixel_mm)
    labels, n = ndimage.label(body)
    if n == 0:
        return None
    sizes = np.bincount(labels.ravel())[1:].astype(float)
    for k, where in enumerate(ndimage.find_objects(labels)):
        touches = any(
            (s.start == 0) or (s.stop == size) for s, size in zip(where, labels.shape, strict=True)
        )
        sizes[k] *= 1.0 if touches else 0.2
    best = int(np.argmax(sizes)) + 1
    core = np.zeros(grey.shape, bool)
    core[frame] = ndimage.binary_fill_holes(labels == best)
    return core


def _against_background(
    grey: NDArray[np.float32],
    core: NDArray[np.bool_],
    frame: tuple[slice, slice],
    pixel_mm: float,
) -> tuple[NDArray[np.float32], float]:
    """Image relative to the air around the breast (0) and the breast's median (1), and noise.

    The air level is a smooth map from the darker half of what lies around the core.
    """
    away = ndimage.distance_transform_edt(~core) * pixel_mm
    air = np.zeros(grey.shape, bool)
    air[frame] = True
    air &= away > 12.0
    tissue = float(np.median(grey[core]))
    if air.sum() < 50:
        level = np.full(grey.shape, np.percentile(grey, 0.5), np.float32)
    else:
        dark = air & (grey <= np.percentile(grey[air], 75))
        sigma = 8.0 / pixel_mm
        weight = ndimage.gaussian_filter(dark.astype(np.float32), sigma, truncate=6)
        total = ndimage.gaussian_filter(
            np.where(dark, grey, 0).astype(np.float32), sigma, truncate=6
        )
        overall = float(np.median(grey[dark]))
        level = (total + 1e-3 * overall) / (weight + 1e-3)
        level = np.minimum(level, overall + 0.15 * (tissue - overall)).astype(np.float32)
    scale = np.maximum(tissue - level, 1e-6)
    shade = (grey - level) / scale
    return shade.astype(np.float32), _noise(shade[air & (away < 80.0)])


def _noise(air: NDArray[np.float32]) -> float:
    """Robust SD of the darker side of the air: labels and glow lie on the other."""
    if air.size < 50:
        return 0.0
    middle = np.median(air)
    dark = air[air <= middle]
    return float(1.4826 * np.median(middle - dark))


def _grown(
    shade: NDArray[np.float32],
    core: NDArray[np.bool_],
    frame: tuple[slice, slice],
    pixel_mm: float,
) -> NDArray[np.bool_]:
    """Core plus the faint skin and nipple around it."""
    away = ndimage.distance_transform_edt(~core) * pixel_mm
    for sigma_mm in (0.4, 1.0):  # a noisy film is smoothed more
        smooth = ndimage.gaussian_filter(shade, sigma_mm / pixel_mm)
        level = max(_FAINTEST, 4.5 * _noise(smooth[(away > _REACH_MM) & (away < 80.0)]))
        if level < 2 * _FAINTEST:
            break
    near = away <= _REACH_MM
    faint = ((smooth > level) & near) | core
    faint = opened(faint, 1.5 / pixel_mm) | core
    grown = np.zeros_like(core)
    grown[frame] = opened(_without_strips(faint[frame], pixel_mm), 1.5 / pixel_mm)
    labels, n = ndimage.label(ndimage.binary_fill_holes(grown))
    if n == 0:
        return grown
    kept = labels == int(np.argmax(np.bincount(labels[core], minlength=n + 1)[1:])) + 1
    around = [(s.start, size - s.stop) for s, size in zip(frame, core.shape, strict=True)]
    return np.pad(kept[frame], around, mode="edge")


def _contacts(mask: NDArray[np.bool_], pixel_mm: float) -> dict[str, float]:
    depth = max(1, round(1.0 / pixel_mm))
    edges = (mask[:depth], mask[-depth:], mask[:, :depth].T, mask[:, -depth:].T)
    return {
        name: float(edge.any(axis=0).sum()) * pixel_mm
        for name, edge in zip(_EDGES, edges, strict=True)
    }
