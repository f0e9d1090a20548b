"""Where the nipple is on a mammogram and how sure that is.

Works on a breast hung with the chest wall on the left and the head (or the outer side) at the
top. Three cues are read along the skin line and added as log-evidence: how far a point lies
from the chest wall (the nipple is the most anterior point of the outline), how far the outline
bulges beyond a smooth one (the nipple in profile), and a bright round spot just under the skin
(the nipple, in profile or not). The spread of their sum is the uncertainty; where cues disagree
it has several peaks and the nipple is not confident.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from corr.imaging.mammogram.outline import opened, skin_line

BUMP_RADIUS_MM = 9.0
"""Nipples are narrower than twice this, the smooth outline of a breast is rounder."""
DEPTH_SCALE_MM = 2.5
"""Nipples this far behind the most anterior point of the smooth outline are not unlikely; beyond,
log-evidence falls by about 0.5 a mm (assumed)."""
STEP_MM = 0.5
_DEPTH_WEIGHT, _BULGE_WEIGHT, _SPOT_WEIGHT = 1.2, 0.7, 1.0
_WIDTH_MM = 8.0
_PICK_SD_MM = 2.0  # readers differ by this much
_UNDER_SKIN_MM = 1.5
_END_MM = 15.0
_FAR_MM = 12.0
_OFF_FRONT_MM, _BEHIND_MM = 20.0, 6.0
_MOST_ELSEWHERE = 0.08


@dataclass(frozen=True)
class Nipple:
    """Nipple in hung working pixels.

    Attributes
    ----------
    row, col
        Middle of the nipple.
    sd_mm
        Standard deviation of its position along the skin.
    confident
        False if it may be elsewhere by more than a nipple's width; see ``notes``.
    notes
        Why it is not confident.
    """

    row: float
    col: float
    sd_mm: float
    confident: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cues:
    """What is read along the skin line; all arrays (n,) but ``line`` (n, 2) row, column."""

    line: NDArray[np.float64]
    inward: NDArray[np.float64]
    deficit_mm: NDArray[np.float64]
    bulge_mm: NDArray[np.float64]
    spot: NDArray[np.float64]


def read_cues(
    mask: NDArray[np.bool_],
    shade: NDArray[np.float32],
    pixel_mm: float,
    normal: NDArray[np.float64],
) -> Cues | None:
    """Cues along the skin line; ``normal`` is the unit vector (down, anterior) off the chest."""
    line = skin_line(mask, pixel_mm)
    if len(line) * STEP_MM < 30.0:
        return None
    base = opened(mask, BUMP_RADIUS_MM / pixel_mm)
    if not base.any():
        return None
    outside, (near_r, near_c) = ndimage.distance_transform_edt(~base, return_indices=True)
    at = line.T
    bulge = ndimage.map_coordinates(outside, at, order=1, mode="nearest") * pixel_mm
    r, c = np.rint(line).astype(int).T
    foot = np.column_stack([near_r[r, c], near_c[r, c]])
    anterior = foot @ normal * pixel_mm
    anterior = ndimage.gaussian_filter1d(anterior, 3.0 / STEP_MM, mode="nearest")
    soft = ndimage.gaussian_filter(mask.astype(np.float32), 4.0 / pixel_mm)
    slope = np.column_stack(
        [ndimage.map_coordinates(g, at, order=1, mode="nearest") for g in np.gradient(soft)]
    )
    inward = slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-9)
    return Cues(
        line=line,
        inward=inward,
        deficit_mm=anterior.max() - anterior,
        bulge_mm=np.maximum(bulge - pixel_mm, 0.0),
        spot=_spots(shade, line, inward, pixel_mm),
    )


def _spots(
    shade: NDArray[np.float32],
    line: NDArray[np.float64],
    inward: NDArray[np.float64],
    pixel_mm: float,
) -> NDArray[np.float64]:
    """Response of a bright blob of nipple size under each skin point, in robust deviations."""
    grey = np.log(np.clip(shade, 0.01, 2.0))
    response = np.zeros(len(line))
    for sigma_mm in (2.0, 3.0):
        sigma = sigma_mm / pixel_mm
        blob = -(sigma**2) * ndimage.gaussian_laplace(grey, sigma)
        deep = [
            ndimage.map_coordinates(blob, (line + inward * d / pixel_mm).T, order=1, mode="nearest")
            for d in np.arange(1.0, 7.0, 1.0)
        ]
        best = np.max(deep, axis=0)
        usual = ndimage.median_filter(best, round(40.0 / STEP_MM), mode="nearest")
        rest = best - usual
        scale = 1.4826 * np.median(np.abs(rest)) + 0.02
        response = np.maximum(response, rest / scale)
    return response


def locate(
    mask: NDArray[np.bool_],
    shade: NDArray[np.float32],
    pixel_mm: float,
    normal: NDArray[np.float64],
) -> Nipple | None:
    """The nipple of a hung breast; None if it has no skin line to speak of.

    Parameters
    ----------
    mask, shade
        As in `corr.imaging.mammogram.outline.Body`, hung.
    pixel_mm
        Size of a pixel.
    normal
        Unit vector (down, anterior) away from the chest wall or pectoral muscle.
    """
    cues = read_cues(mask, shade, pixel_mm, normal)
    if cues is None:
        return None
    log_evidence = _evidence(cues)
    share = np.exp(log_evidence - log_evidence.max())
    share /= share.sum()
    along = np.arange(len(share)) * STEP_MM
    peak = int(np.argmax(log_evidence))
    near = np.abs(along - along[peak]) <= _WIDTH_MM
    at = float(np.average(along[near], weights=share[near]))
    sd = float(np.sqrt(np.sum(share * (along - at) ** 2) + _PICK_SD_MM**2))
    middle = round(at / STEP_MM)
    bulge = float(cues.bulge_mm[near].max())
    depth_mm = 0.5 * bulge + _UNDER_SKIN_MM
    row, col = cues.line[middle] + cues.inward[middle] * depth_mm / pixel_mm
    doubts = _doubts(cues, share, near, middle)
    if mask[:, -2:].any(axis=1).sum() * pixel_mm > 5.0:
        doubts.append("the front of the breast is cut off")
    return Nipple(
        row=float(row),
        col=float(col),
        sd_mm=sd,
        confident=not doubts,
        notes=tuple(doubts),
    )


def _evidence(cues: Cues) -> NDArray[np.float64]:
    """Sum of the three cues' log-evidence, smoothed over 1 mm."""
    depth = _DEPTH_WEIGHT * (1.0 - np.sqrt(1.0 + (cues.deficit_mm / DEPTH_SCALE_MM) ** 2))
    bulge = _BULGE_WEIGHT * np.clip(cues.bulge_mm, 0, 6)
    spot = _SPOT_WEIGHT * np.clip(cues.spot, 0, 8)
    return ndimage.gaussian_filter1d(depth + bulge + spot, 1.0 / STEP_MM, mode="nearest")


def _doubts(
    cues: Cues,
    share: NDArray[np.float64],
    near: NDArray[np.bool_],
    middle: int,
) -> list[str]:
    """What speaks against the place found."""
    doubts = []
    elsewhere = float(share[np.abs(np.arange(len(share)) - middle) * STEP_MM > _FAR_MM].sum())
    if elsewhere > _MOST_ELSEWHERE:
        doubts.append(f"{100 * elsewhere:.0f} % of the evidence lies elsewhere")
    bulge, spot = float(cues.bulge_mm[near].max()), float(cues.spot[near].max())
    if not (bulge >= 2.0 or spot >= 3.5 or (bulge >= 1.0 and spot >= 2.0)):
        doubts.append("neither bulge nor bright spot: the most anterior point is taken")
    front = int(np.argmin(cues.deficit_mm))
    if abs(front - middle) * STEP_MM > _OFF_FRONT_MM or cues.deficit_mm[middle] > _BEHIND_MM:
        doubts.append("it lies well off the most anterior point of the outline")
    if min(middle, len(share) - 1 - middle) * STEP_MM < _END_MM:
        doubts.append("it lies where the image cuts the outline off")
    if min(cues.deficit_mm[0], cues.deficit_mm[-1]) < 8.0:
        doubts.append("the image cuts the outline off at its most anterior part")
    return doubts
