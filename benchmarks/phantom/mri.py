"""An MRI-like volume of two breasts and a chest, made from the digital breast.

Patient coordinates LPS in mm, the woman lies prone. The right breast is the phantom, longer
and slimmer as prone breasts are (volume kept), the left one its mirror image; both hang from
a simple chest with lungs and a heart. Contrast agent brightens tissue by fixed shares, the
nipples and vessels too. A model for testing readers, not MR physics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from benchmarks.phantom import phantom
from benchmarks.phantom.phantom import Array, State

LONGER = 1.2
"""Nipple to chest wall, prone over unloaded; widths shrink so that volume is kept."""
NIPPLE_LEFT_MM = 58.0
"""Nipples lie this far from the midline, at 0 of the posterior and superior axes."""
CHEST_MM = 86.0
"""Behind the nipples by more than this is chest, no longer breast."""
BLOCK = 5  # voxels of the phantom averaged along each axis before resampling: 1 mm

# fat-suppressed T1: before contrast, then what the agent adds (shares) early and late
SIGNALS = {
    phantom.FAT: (130, 0.03, 0.04),
    phantom.SKIN: (230, 0.12, 0.2),
    phantom.NIPPLE: (330, 0.45, 0.6),
    phantom.MUSCLE: (220, 0.12, 0.18),
    phantom.ARTERY: (220, 0.9, 0.8),
    phantom.VEIN: (220, 0.9, 0.8),
    **dict.fromkeys(
        (phantom.GLAND, phantom.LIGAMENT, phantom.TDLU, phantom.DUCT), (300, 0.1, 0.18)
    ),
}
LUNG, HEART = (30, 0.1, 0.1), (200, 1.5, 1.3)
LESION_SIGNAL = 290.0


@dataclass(frozen=True)
class Enhancing:
    """A ball that takes up contrast: LPS centre, radius, and what is added early and late."""

    centre_lps_mm: tuple[float, float, float]
    radius_mm: float
    early: float
    late: float


@dataclass(frozen=True)
class Grid:
    """Voxel centres: first (L, P, S) in mm, spacing and number along each."""

    first_mm: tuple[float, float, float] = (-138.0, -14.0, -36.0)
    spacing_mm: tuple[float, float, float] = (1.5, 1.5, 2.0)
    shape: tuple[int, int, int] = (184, 92, 50)

    def points(self) -> list[Array]:
        """Open grids of the L, P and S coordinate."""
        axes = [
            f + s * np.arange(n)
            for f, s, n in zip(self.first_mm, self.spacing_mm, self.shape, strict=True)
        ]
        return list(np.meshgrid(*axes, indexing="ij", sparse=True))

    @property
    def affine_lps(self) -> Array:
        """(4, 4), voxel index to LPS mm."""
        affine = np.diag([*self.spacing_mm, 1.0])
        affine[:3, 3] = self.first_mm
        return affine


def prone_lps(tissue_mm: ArrayLike, side: str) -> Array:
    """LPS mm of points (lateral, superior, posterior) of the unloaded breast."""
    lateral, superior, posterior = np.moveaxis(np.asarray(tissue_mm, float), -1, 0)
    slim = LONGER**-0.5
    out = -1.0 if side == "R" else 1.0
    left = out * (NIPPLE_LEFT_MM + slim * lateral)
    return np.stack([left, LONGER * posterior, slim * superior], axis=-1)


def phases(state: State, lesions: Sequence[Enhancing], grid: Grid) -> list[NDArray[np.float32]]:
    """Before contrast, early and late, each ``(i, j, k)`` = (L, P, S) of the grid, noise-free."""
    left, behind, up = grid.points()
    breast_of = _sampler(state, left, behind, up)
    layers = _chest(left, behind, up)
    out = []
    for phase in range(3):
        table = {label: _signal(rule, phase) for label, rule in SIGNALS.items()}
        breast, share = breast_of(table)
        image = breast + (1.0 - share) * _fill(layers, phase)
        for lesion in lesions:
            inside = _ball(lesion, left, behind, up)
            gain = (1.0, 1.0 + lesion.early, 1.0 + lesion.late)[phase]
            image = (1.0 - inside) * image + inside * LESION_SIGNAL * gain
        out.append(image.astype(np.float32))
    return out


def with_noise(image: NDArray[np.float32], sd: float, seed: int) -> NDArray[np.uint16]:
    """The magnitude image as a scanner stores it."""
    rng = np.random.default_rng(seed)
    real, imaginary = rng.normal(0.0, sd, (2, *image.shape))
    return np.rint(np.hypot(image + real, imaginary)).astype(np.uint16)


def mask_of(lesion: Enhancing, grid: Grid) -> NDArray[np.bool_]:
    """Voxels whose centre lies in the ball."""
    squared = _squared_mm(lesion, *grid.points())
    return np.asarray(squared <= lesion.radius_mm**2)


def _signal(rule: tuple[float, float, float], phase: int) -> float:
    return rule[0] * (1.0 + (0.0, *rule[1:])[phase])


def _squared_mm(lesion: Enhancing, left: Array, behind: Array, up: Array) -> Array:
    x, y, z = lesion.centre_lps_mm
    return np.asarray((left - x) ** 2 + (behind - y) ** 2 + (up - z) ** 2)


def _ball(lesion: Enhancing, left: Array, behind: Array, up: Array) -> Array:
    """Share of each voxel inside, blurred over about one voxel."""
    distance = np.sqrt(_squared_mm(lesion, left, behind, up))
    return np.asarray(np.clip((lesion.radius_mm - distance) / 1.5 + 0.5, 0.0, 1.0))


_Sampler = Callable[[Mapping[int, float]], tuple[Array, Array]]


def _sampler(state: State, left: Array, behind: Array, up: Array) -> _Sampler:
    """Function from a table of signals to (signal, share of tissue) of both breasts."""
    slim = LONGER**-0.5
    lateral = (np.abs(left) - NIPPLE_LEFT_MM) / slim
    tissue = np.stack(np.broadcast_arrays(lateral, up / slim, behind / LONGER), axis=-1)
    index = state.index(tissue)
    index[..., 2] = np.maximum(index[..., 2], 4.0)  # the chest-wall end goes on backwards
    at = np.moveaxis((index + 0.5) / BLOCK - 0.5, -1, 0)
    share = _sample(_averaged(state.labels != phantom.AIR), at) * (behind < CHEST_MM)

    def sample(table: Mapping[int, float]) -> tuple[Array, Array]:
        lookup = np.zeros(256, np.float32)
        lookup[list(table)] = list(table.values())
        return _sample(_averaged(lookup[state.labels]), at) * (behind < CHEST_MM), share

    return sample


def _averaged(volume: NDArray[np.generic]) -> Array:
    """Means over blocks of `BLOCK` voxels along each axis."""
    i, j, k = (n // BLOCK for n in volume.shape)
    cut = volume[: i * BLOCK, : j * BLOCK, : k * BLOCK]
    blocks = cut.reshape(i, BLOCK, j, BLOCK, k, BLOCK)
    return np.asarray(blocks.mean(axis=(1, 3, 5), dtype=np.float32))


def _sample(volume: Array, at: Array) -> Array:
    return np.asarray(ndimage.map_coordinates(volume, at, order=1, mode="constant"))


def _chest(left: Array, behind: Array, up: Array) -> NDArray[np.int_]:
    """What the body behind the breasts is made of: a label of `SIGNALS`, -1 lung, -2 heart."""
    radius = (np.abs(left / 132.0) ** 2.5 + np.abs((behind - 160.0) / 85.0) ** 2.5) ** 0.4
    depth_mm = np.broadcast_to((1.0 - radius) * 85.0, np.broadcast_shapes(radius.shape, up.shape))
    steps = [0.0, 2.5, 8.0, 24.0]
    kinds = np.array([phantom.AIR, phantom.SKIN, phantom.FAT, phantom.MUSCLE, -1])
    layers = kinds[np.searchsorted(steps, depth_mm, side="right")]
    heart = ((left - 25) / 40) ** 2 + ((behind - 135) / 22) ** 2 + ((up - 5) / 50) ** 2 < 1
    return np.where(heart & (layers == -1), -2, layers)


def _fill(layers: NDArray[np.int_], phase: int) -> Array:
    signals = {**SIGNALS, -1: LUNG, -2: HEART, phantom.AIR: (0.0, 0.0, 0.0)}
    image = np.zeros(layers.shape)
    for label in np.unique(layers):
        image[layers == label] = _signal(signals[int(label)], phase)
    return image
