"""Enhancing lesions of a dynamic MR series: pieces that take up contrast, measured and ranked.

Nothing here says what a piece is: ranks follow size and contrast only. Skin, vessels and what
lies behind the chest wall are left out and counted; enhancement at the nipple is flagged as
possibly physiological and always kept. Coordinates are those of the anatomy (LPS, mm).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from corr.imaging.dicom.header import Unusable
from corr.imaging.mri.breast_anatomy import BreastAnatomy
from corr.imaging.mri.kinetics import curve_kind, not_dynamic, percent
from corr.imaging.mri.pieces import Piece, find_pieces
from corr.imaging.mri.series import Dynamic
from corr.imaging.volume import Array, Grid, Volume, Voxels, half_turn, straight

SEED_PERCENT, GROW_PERCENT = 80.0, 50.0
SEED_SDS, GROW_SDS = 6.0, 3.5
SMOOTH_MM = 0.8
FLOOR_SHARE, FLOOR_NOISES = 0.15, 6.0
SKIN_MM, WALL_MM = 3.0, 2.0
NIPPLE_ZONE_MM = 15.0
NEAR_NIPPLE_MM = 10.0
SUBAREOLAR_MM = (15.0, 20.0)  # across, behind the nipple
NO_HOUR_MM = 10.0
AT_WALL_MM = 5.0
FOCUS_MM = 5.0
MOST = 12
MARGIN_MM = 8.0
PHYSIOLOGICAL = "may be physiological: at or right behind the nipple"
AT_WALL = "close to the chest wall: may be a vessel or muscle there"
NO_NIPPLE = "the nipple is not known well enough for positions from it: give it by hand"


@dataclass(frozen=True, eq=False)
class EnhancingLesion:
    """One piece of enhancing tissue; mm, LPS of the anatomy.

    ``nipple_mm`` is its distance from the nipple; ``clock_h`` is None where it is too near the
    nipple axis to have an hour; ``extent_mm`` longest first; ``curve`` the shape of its uptake in
    time, empty if not known; ``label`` that of its voxels.
    """

    breast: BreastAnatomy
    rank: int
    kind: str
    volume_mm3: float
    extent_mm: tuple[float, float, float]
    centroid_lps: Array
    nipple_mm: float
    clock_h: float | None
    near_nipple: bool
    peak_percent: float
    mean_percent: float
    curve: str
    label: int
    notes: tuple[str, ...] = ()

    @property
    def side(self) -> str:
        """Side of its breast, not to be relied on where ``sides_known`` is False."""
        return self.breast.side

    @property
    def sides_known(self) -> bool:
        """Whether the images say which side is left."""
        return self.breast.sides_known

    def cells(self) -> dict[str, str]:
        """Cells of the findings table; breast or nipple are missing where they are not known."""
        sizes = zip(("size_mm", "size2_mm", "size3_mm"), self.extent_mm, strict=True)
        cells = {"modality": "MR", "kind": self.kind, **{name: f"{mm:.1f}" for name, mm in sizes}}
        cells |= self.breast.place_cells(self.centroid_lps)
        return {"breast": self.side, **cells} if self.sides_known else cells


@dataclass(frozen=True, eq=False)
class Enhancement:
    """Uptake around the breasts at full resolution, with the pieces found.

    ``percent`` and ``labels`` are on ``grid``, index (l, p, s); a lesion's voxels carry its
    ``label``. ``searched`` is the breasts without skin and chest wall; ``notes`` count what is
    not listed, by reason.
    """

    grid: Grid
    pre: Voxels
    percent: Voxels
    labels: NDArray[np.int32]
    searched: NDArray[np.bool_]
    lesions: tuple[EnhancingLesion, ...]
    notes: tuple[str, ...] = ()


def enhancement(dynamic: Dynamic, anatomy: Mapping[str, BreastAnatomy]) -> Enhancement:
    """Percent enhancement around the breasts and the lesions in it.

    Raises
    ------
    Unusable
        If there is no phase after contrast, its voxels cannot be read, or it differs from the first
        by more than contrast.
    """
    if not dynamic.posts:
        msg = "no phase after contrast: enhancement cannot be measured"
        raise Unusable(msg, allowed="one phase before and at least one after contrast")
    if not anatomy:
        msg = "no breast to look in"
        raise Unusable(msg)
    some = next(iter(anatomy.values()))
    pre, grid = _cropped(dynamic.pre, some, anatomy)
    early = [_cropped(v, some, anatomy)[0] for v in dynamic.posts[:2]]
    smooth = [_smoothed(v, grid) for v in (pre, *early)]
    inside = _any_breast(anatomy, grid)
    if why := not_dynamic(smooth[0][inside], smooth[1][inside]):
        raise Unusable(why, allowed="phases of one dynamic series, the first before contrast")
    floor = _floor(smooth[0], inside, some, grid)
    uptake = np.maximum.reduce([percent(smooth[0], s, floor) for s in smooth[1:]])
    labels = np.zeros(grid.shape, np.int32)
    searched = np.zeros(grid.shape, bool)
    lesions: list[tuple[float, EnhancingLesion]] = []
    left_out: dict[str, int] = {}
    notes = list(dynamic.notes)
    for one in anatomy.values():
        zone = _zone(one, grid)
        searched |= zone
        middle, spread = _usual(uptake[zone])
        seed = max(SEED_PERCENT, middle + SEED_SDS * spread)
        grow = max(GROW_PERCENT, middle + GROW_SDS * spread)
        nipple = zone & (_distance2(one, grid) <= NEAR_NIPPLE_MM**2) & one.nipple_usable
        pieces, missed = find_pieces(uptake, zone, nipple, grid.spacing_mm, (grow, seed))
        left_out |= {k: left_out.get(k, 0) + n for k, n in missed.items()}
        for piece in pieces:
            label = len(lesions) + 1
            labels[tuple(piece.index.T)] = label
            lesion = _lesion(piece, one, grid, uptake, label)
            score = (lesion.mean_percent - middle) / max(spread, 10.0)
            lesions.append((score * lesion.volume_mm3 ** (1 / 3), lesion))
    lesions.sort(key=lambda found: -found[0])
    kept = [lesion for _, lesion in lesions[:MOST]]
    if len(lesions) > MOST:
        left_out[f"beyond the first {MOST}"] = len(lesions) - MOST
    curves = _curves(kept, labels, (pre, *early), dynamic.posts[2:], (some, anatomy))
    ranked = tuple(
        replace(lesion, rank=n + 1, curve=c)
        for n, (lesion, c) in enumerate(zip(kept, curves, strict=True))
    )
    notes += [f"left out: {n} {what}" for what, n in left_out.items() if n]
    return Enhancement(grid, pre, uptake, labels, searched, ranked, tuple(notes))


def _cropped(
    volume: Volume, some: BreastAnatomy, anatomy: Mapping[str, BreastAnatomy]
) -> tuple[Voxels, Grid]:
    """The box around the breasts, along the body axes, turned like the anatomy."""
    data, grid = straight(volume)
    if some.turned:
        data, grid = half_turn(data, grid)
    lows, highs = [], []
    for one in anatomy.values():
        held = [np.flatnonzero(one.mask.any(axis=a)) for a in ((1, 2), (0, 2), (0, 1))]
        lows.append(one.grid.to_lps([h[0] for h in held]) - MARGIN_MM)
        highs.append(one.grid.to_lps([h[-1] for h in held]) + MARGIN_MM)
    low = np.clip(np.floor(grid.to_index(np.min(lows, axis=0))), 0, None).astype(int)
    high = np.minimum(np.ceil(grid.to_index(np.max(highs, axis=0))).astype(int) + 1, grid.shape)
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    cut = np.ascontiguousarray(data[box])
    a, b, c = cut.shape
    return cut, Grid(grid.to_lps(low), grid.spacing_mm, (a, b, c))


def _floor(pre: Voxels, inside: NDArray[np.bool_], some: BreastAnatomy, grid: Grid) -> float:
    """Signal below which percentages would be those of noise."""
    air = pre[~some.body[np.ix_(*_nearest(grid, some.grid))]]
    noise = float(np.median(air)) if air.size else 0.0
    return max(FLOOR_SHARE * float(np.median(pre[inside])), FLOOR_NOISES * noise, 1e-6)


def _smoothed(voxels: Voxels, grid: Grid) -> Voxels:
    sigma = np.where(grid.spacing_mm < 3 * SMOOTH_MM, SMOOTH_MM / grid.spacing_mm, 0.0)
    return np.asarray(ndi.gaussian_filter(voxels, sigma))


def _nearest(grid: Grid, coarse: Grid) -> tuple[NDArray[np.intp], ...]:
    """For each axis, the coarse index of every index of the grid."""
    found = []
    for a in range(3):
        at = (grid.axis_mm(a) - coarse.origin_lps[a]) / coarse.spacing_mm[a]
        found.append(np.clip(np.rint(at), 0, coarse.shape[a] - 1).astype(np.intp))
    return tuple(found)


def _any_breast(anatomy: Mapping[str, BreastAnatomy], grid: Grid) -> NDArray[np.bool_]:
    masks = [one.mask[np.ix_(*_nearest(grid, one.grid))] for one in anatomy.values()]
    return np.logical_or.reduce(masks)


def _zone(one: BreastAnatomy, grid: Grid) -> NDArray[np.bool_]:
    """Where to look: the breast without its skin, except at the nipple, and off the wall."""
    near = _nearest(grid, one.grid)
    breast = one.mask[np.ix_(*near)]
    depth = one.skin_map[np.ix_(*near)] >= SKIN_MM
    wall = one.wall_p_mm[np.ix_(near[0], near[2])] - max(WALL_MM, one.wall_sd_mm)
    in_front = grid.axis_mm(1)[None, :, None] < wall[:, None, :]
    if one.nipple_usable:
        depth |= _distance2(one, grid) <= NIPPLE_ZONE_MM**2
    return breast & in_front & depth


def _distance2(one: BreastAnatomy, grid: Grid) -> Array:
    """Squared distance to the nipple (mm2) of every voxel."""
    away = [(grid.axis_mm(a) - one.nipple_lps[a]) ** 2 for a in range(3)]
    return away[0][:, None, None] + away[1][:, None] + away[2]


def _usual(values: Voxels) -> tuple[float, float]:
    """Median and robust spread of the uptake of a breast."""
    if not values.size:
        return 0.0, 10.0
    middle = float(np.median(values))
    return middle, 1.4826 * float(np.median(np.abs(values - middle)))


def _lesion(
    piece: Piece, one: BreastAnatomy, grid: Grid, uptake: Voxels, label: int
) -> EnhancingLesion:
    values = uptake[tuple(piece.index.T)].astype(float)
    weights = np.maximum(values, 1.0)
    centroid = np.average(grid.to_lps(piece.index), axis=0, weights=weights)
    offset = one.from_nipple(centroid)
    nearest = np.linalg.norm(grid.to_lps(piece.index) - one.nipple_lps, axis=1).min()
    across = float(np.hypot(offset[0], offset[1]))
    subareolar = across <= SUBAREOLAR_MM[0] and offset[2] <= SUBAREOLAR_MM[1]
    near = one.nipple_usable and bool(subareolar or nearest <= NEAR_NIPPLE_MM)
    wall = float(one.chestwall_mm(centroid))
    said = ((near, PHYSIOLOGICAL), (wall < AT_WALL_MM, AT_WALL), (not one.nipple_usable, NO_NIPPLE))
    notes = [note for holds, note in said if holds]
    a, b, c = piece.extent_mm
    kind = "focus" if a < FOCUS_MM else "mass" if piece.compact else "nme"
    return EnhancingLesion(
        breast=one,
        rank=0,
        kind=kind,
        volume_mm3=len(piece.index) * float(np.prod(grid.spacing_mm)),
        extent_mm=(a, b, c),
        centroid_lps=centroid,
        nipple_mm=float(np.linalg.norm(offset)),
        clock_h=one.clock_h(centroid) if across >= NO_HOUR_MM else None,
        near_nipple=near,
        peak_percent=float(np.percentile(values, 95)),
        mean_percent=float(values.mean()),
        curve="",
        label=label,
        notes=tuple(notes),
    )


def _curves(
    lesions: Sequence[EnhancingLesion],
    labels: NDArray[np.int32],
    phases: Sequence[Voxels],
    later: Sequence[Volume],
    where: tuple[BreastAnatomy, Mapping[str, BreastAnatomy]],
) -> list[str]:
    """Curve of every lesion from its brightest half in the first phase after contrast."""
    hot = []
    for lesion in lesions:
        index = np.flatnonzero(labels.ravel() == lesion.label)
        rise = (phases[1] - phases[0]).ravel()[index]
        hot.append(index[rise >= np.median(rise)])
    signals: list[list[float]] = [[] for _ in lesions]
    for n in range(len(phases) + len(later)):
        phase = phases[n] if n < len(phases) else _cropped(later[n - len(phases)], *where)[0]
        for values, index in zip(signals, hot, strict=True):
            values.append(float(phase.ravel()[index].mean()))
    return [curve_kind(values) for values in signals]
