"""The nipple on the front of a breast in MR.

What speaks for a place on the front: it lies near the foremost point of the hanging breast, the
skin bulges there, it takes up contrast, and a spot (nipple and areola) lies under the skin,
brighter than the fat around it where fat is suppressed, darker where it is not. Either may hold,
so a bright and a dark spot that rival each other leave the nipple uncertain. The belief over the
front gives the place and its spread.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from corr.imaging.mri.body import Body
from corr.imaging.volume import Array, Voxels

FACE_MM = 30.0
"""The nipple lies within this of the foremost point, front to back."""
APEX_SD_MM, UNSURE_SD_MM = 8.0, 10.0
SPOT_MM, SHELL_MM = 3.0, 8.0
STEEPEST = 1.5
BULGE, RISE = 2.0, 0.5
"""Weights of the bulge of the skin and of the uptake beside that of the spot."""
FLOOR_SD_MM = 2.0
SURE_SD_MM = 6.0
SURE_EVIDENCE = 8.0
OUTLYING = 8.0
EDGE_MM = 10.0
"""A nipple found nearer than this to the edge of the images lies there or outside them."""


@dataclass(frozen=True)
class Nipple:
    """Where the nipple is (LPS mm), standard deviation per axis, whether that can be relied on."""

    lps: tuple[float, float, float]
    sd_mm: float
    confident: bool
    notes: tuple[str, ...]


def find_nipple(body: Body, span: tuple[int, int], images: list[Voxels]) -> Nipple:
    """The nipple of the breast in these columns.

    Parameters
    ----------
    span
        First and one past the last l index of the breast.
    images
        Coarse images (l, p, s) on the body's grid: before and, if there is one, after contrast.
    """
    skin = np.where(_columns(body, span), body.skin_mm, np.nan)
    smooth = np.where(np.isfinite(skin), _blur(skin, 1.5, body), np.nan)
    foremost = float(np.nanmin(smooth))
    face = np.isfinite(smooth) & (smooth <= foremost + FACE_MM) & (_slope(skin, body) <= STEEPEST)
    evidence = _evidence(skin, body, images, face)
    apex = -0.5 * ((smooth - foremost) / APEX_SD_MM) ** 2
    score = np.where(face, np.logaddexp(*evidence) + apex, -np.inf)
    return _belief(score, np.maximum(*evidence), skin, body)


def _evidence(
    skin: Array, body: Body, images: list[Voxels], face: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """What speaks for each place (l, s) if the nipple is brighter than fat, and if darker."""
    shells = [_shell(body, skin, image) for image in images]
    level = np.mean(shells, axis=0)
    bulge = BULGE * _outlying(_round_spot(-skin, body), face)
    rises = [_outlying(_round_spot(later - shells[0], body), face) for later in shells[1:]]
    either = bulge + (RISE * np.mean(rises, axis=0) if rises else 0.0)
    bright, dark = (_outlying(_round_spot(s * level, body), face) for s in (1.0, -1.0))
    return either + bright, either + dark


def _columns(body: Body, span: tuple[int, int]) -> NDArray[np.bool_]:
    inside = np.zeros(body.skin_mm.shape, bool)
    inside[span[0] : span[1]] = True
    return inside & np.isfinite(body.skin_mm)


def _sigma(width_mm: float, body: Body) -> Array:
    return np.asarray(width_mm / body.grid.spacing_mm[[0, 2]])


def _blur(image: Array, width_mm: float, body: Body) -> Array:
    """Gaussian means of the finite values of an (l, s) image, going on beyond them."""
    there = np.isfinite(image)
    sigma = _sigma(width_mm, body)
    total = ndi.gaussian_filter(np.where(there, image, 0.0), sigma)
    weight = ndi.gaussian_filter(there.astype(float), sigma)
    return np.where(weight > 1e-3, total / np.maximum(weight, 1e-3), np.nan)


def _slope(skin: Array, body: Body) -> Array:
    """Steepness of the front at large."""
    wide = _blur(skin, 2 * SPOT_MM, body)
    return np.nan_to_num(np.hypot(*np.gradient(wide, *body.grid.spacing_mm[[0, 2]])), nan=np.inf)


def _round_spot(feature: Array, body: Body) -> Array:
    """How much a feature bulges up in every direction, per mm2: ridges and slopes give 0."""
    steps = body.grid.spacing_mm[[0, 2]]
    wide = _blur(feature, SPOT_MM, body)
    gl, gs = np.gradient(wide, *steps)
    (ll, ls), (_, ss) = np.gradient(gl, *steps), np.gradient(gs, *steps)
    half, twist = (ll + ss) / 2, np.hypot((ll - ss) / 2, ls)
    return np.maximum(np.nan_to_num(-(half + twist)), 0.0)


def _shell(body: Body, skin: Array, image: Voxels) -> Array:
    """Log of the mean of the first millimetres under the skin, (l, s)."""
    step = float(body.grid.spacing_mm[1])
    first = np.nan_to_num((skin - body.grid.origin_lps[1]) / step + 0.5).astype(int)
    i, k = np.indices(skin.shape)
    depths = range(max(2, round(SHELL_MM / step)))
    layers = [image[i, np.clip(first + d, 0, image.shape[1] - 1), k] for d in depths]
    floor = 0.02 * float(np.percentile(image, 99.5))
    level = np.log(np.maximum(np.mean(layers, axis=0), 0) + floor)
    return np.where(np.isfinite(skin), level, np.nan)


def _outlying(spots: Array, face: NDArray[np.bool_]) -> Array:
    """How far spots stand out among those of the face: 1 at the 90th percentile, at most 8."""
    usual = float(np.percentile(spots[face], 90)) if face.any() else 0.0
    return np.clip(spots / (usual + 1e-9), 0.0, OUTLYING)


def _belief(score: Array, evidence: Array, skin: Array, body: Body) -> Nipple:
    """Place and spread: the peak with its own surroundings, and the rivals elsewhere."""
    grid = body.grid
    x, z = grid.axis_mm(0), grid.axis_mm(2)
    best = np.unravel_index(int(np.argmax(score)), score.shape)
    apart = np.hypot(x[:, None] - x[best[0]], z[None, :] - z[best[1]])
    weight = np.exp(np.where(np.isfinite(score), score - score[best], -np.inf))
    weight[~np.isfinite(weight)] = 0.0
    near = weight * (apart <= 7.0)
    place_l = float((near * x[:, None]).sum() / near.sum())
    place_s = float((near * z[None, :]).sum() / near.sum())
    column = np.argmin(np.abs(x - place_l)), np.argmin(np.abs(z - place_s))
    around = skin[(apart <= 4.0) & np.isfinite(skin)]
    place_p = float(around.min()) if around.size else float(skin[column])
    spread = np.sqrt((weight * apart**2).sum() / weight.sum() / 2)
    cell = float(np.hypot(*grid.spacing_mm[[0, 2]])) / np.sqrt(12)
    sd = float(np.hypot(np.hypot(spread, cell), FLOOR_SD_MM))
    notes, sure = [], sd <= SURE_SD_MM and evidence[best] >= SURE_EVIDENCE
    if not sure:
        notes.append("no spot that stands out as the nipple: near the foremost point, check it")
    edge = min(place_s - z[0], z[-1] - place_s, place_l - x[0], x[-1] - place_l)
    if edge < EDGE_MM:
        sure, sd = False, max(sd, 15.0)
        notes.append("the nipple lies at the edge of the images or outside them")
    if not sure:
        sd = max(sd, UNSURE_SD_MM)
    return Nipple((place_l, place_p, place_s), sd, bool(sure), tuple(notes))
