"""A digital breast as a source of test images: its states, and films projected from them.

The breast is a label volume on 0.2 mm voxels (VICTRE, US FDA, CC0), once unloaded and once
compressed for a CC by finite elements. Coordinates here are *tissue millimetres*: (lateral,
superior, posterior) from the centre of the nipple, axes as in `corr.anatomy.frame`; the volume is
taken for a right breast (its y runs to the armpit, its z to the head).

Films are taken with a point source over the chest-wall edge: a point `height_mm` above the
detector is magnified by ``SID / (SID - height)``. Oblique path lengths are not lengthened.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

Array = NDArray[np.float64]
Labels = NDArray[np.uint8]

AIR, FAT, SKIN, GLAND, NIPPLE, MUSCLE, PADDLE = 0, 1, 2, 29, 33, 40, 50
LIGAMENT, TDLU, DUCT, ARTERY, VEIN = 88, 95, 125, 150, 225
MASS, CALCIFICATION = 240, 250  # put in here; not labels of the phantom

ATTENUATION_PER_MM = {
    FAT: 0.0456, MASS: 0.11, CALCIFICATION: 1.4,
    **dict.fromkeys((SKIN, GLAND, NIPPLE, MUSCLE, LIGAMENT, TDLU, DUCT, ARTERY, VEIN), 0.0802),
}  # fmt: skip
"""Linear attenuation near 20 keV: fat and gland of Johns and Yaffe 1987; a mass denser than
measured (0.084), so that it can be seen in this dense breast; the rest set beside them."""

SOURCE_DISTANCE_MM = 660.0


@dataclass(frozen=True)
class State:
    """The breast in one state, as labels.

    Parameters
    ----------
    labels
        ``(n_superior, n_lateral, n_anterior)``, every axis growing in that direction.
    nipple_index
        Centre of the nipple, in the same order (fractions of voxels).
    """

    labels: Labels
    nipple_index: Array
    voxel_mm: float

    def index(self, tissue_mm: ArrayLike) -> Array:
        """Array index (superior, lateral, anterior) of points ``(..., 3)`` in tissue mm."""
        lateral, superior, posterior = np.moveaxis(np.asarray(tissue_mm, float), -1, 0)
        steps = np.stack([superior, lateral, -posterior], axis=-1) / self.voxel_mm
        return np.asarray(self.nipple_index + steps)


def read_state(header: Path) -> State:
    """One state from its MetaImage header and the (gzipped) voxels beside it.

    Raises
    ------
    OSError, ValueError
        If a file is missing, or the voxels are not as many as the header says.
    """
    fields = dict(line.split(" = ", 1) for line in header.read_text().splitlines() if " = " in line)
    size = [int(n) for n in fields["DimSize"].split()]
    raw = gzip.decompress(header.with_suffix(".raw.gz").read_bytes())
    labels = np.frombuffer(raw, np.uint8).reshape(size[::-1])
    nipple = np.argwhere(labels == NIPPLE).mean(axis=0)
    return State(labels, nipple, float(fields["ElementSpacing"].split()[0]))


def nipple_reach_mm(state: State) -> float:
    """How far the tip of the nipple lies in front of its centre."""
    foremost = int(np.flatnonzero((state.labels == NIPPLE).any(axis=(0, 1)))[-1])
    return float(foremost - state.nipple_index[2]) * state.voxel_mm


def squeezed(state: State, angle_deg: float, beam_ratio: float) -> State:
    """The breast turned so that the beam of an oblique film runs along the first axis, squeezed.

    Axes of the result: (up the beam, + transverse, anterior). Along the beam all is
    `beam_ratio` as long; along the film it is stretched so that volume is kept, width to depth
    as 1.21 to 1.18 (what the finite-element compression of this breast gave on its CC).
    """
    turn, stretch = _turn(angle_deg), _stretch(beam_ratio)
    back = np.linalg.inv(np.diag(stretch) @ turn)  # squeezed -> unloaded, about the nipple
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in state.labels.shape])).reshape(3, -1).T
    moved = (corners - state.nipple_index) @ np.linalg.inv(back).T
    low, high = np.floor(moved.min(axis=0)), np.ceil(moved.max(axis=0))
    shape = tuple(int(n) for n in high - low + 1)
    offset = state.nipple_index + back @ low
    labels = ndimage.affine_transform(state.labels, back, offset, shape, order=0)
    return State(labels, -low, state.voxel_mm)


def squeeze_points(tissue_mm: ArrayLike, angle_deg: float, beam_ratio: float) -> Array:
    """The same map for points: (transverse, up the beam, posterior) mm, the axes of the result."""
    lateral, superior, posterior = np.moveaxis(np.asarray(tissue_mm, float), -1, 0)
    turned = np.stack([superior, lateral, posterior], axis=-1) @ _turn(angle_deg).T
    up, across, behind = np.moveaxis(turned * _stretch(beam_ratio), -1, 0)
    return np.stack([across, up, behind], axis=-1)


def _turn(angle_deg: float) -> Array:
    a = np.deg2rad(angle_deg)
    up, across = [np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0]
    return np.array([up, across, [0, 0, 1]])


def _stretch(beam_ratio: float) -> Array:
    width_over_depth = 1.21 / 1.18
    depth = 1 / np.sqrt(beam_ratio * width_over_depth)
    return np.array([beam_ratio, width_over_depth * depth, depth])


def with_balls(state: State, centres_mm: ArrayLike, radii_mm: ArrayLike, label: int) -> State:
    """The state with balls of one label put in (a mass; grains of calcification)."""
    labels = state.labels.copy()
    centres = np.atleast_2d(state.index(centres_mm))
    for centre, radius_mm in zip(centres, np.atleast_1d(radii_mm), strict=True):
        radius = radius_mm / state.voxel_mm
        low, high = np.floor(centre - radius).astype(int), np.ceil(centre + radius).astype(int)
        box = tuple(slice(a, b + 1) for a, b in zip(low, high, strict=True))
        grid = np.moveaxis(np.asarray(np.mgrid[box]), 0, -1)
        inside = ((grid - centre) ** 2).sum(axis=-1) <= radius**2
        labels[box][inside] = label
    return State(labels, state.nipple_index, state.voxel_mm)


def with_muscle(state: State, at_nipple_mm: float, tilt_deg: float) -> State:
    """A pectoral wedge drawn on an oblique: all tissue behind a tilted plane becomes muscle.

    The plane crosses the nipple level `at_nipple_mm` behind the nipple and comes forward
    upwards, `tilt_deg` off the film's vertical. (The phantom has a flat chest wall only.)
    """
    labels = state.labels.copy()
    across, ahead = (np.arange(n) for n in labels.shape[1:])
    behind_mm = (state.nipple_index[2] - ahead) * state.voxel_mm
    up_mm = (across - state.nipple_index[1]) * state.voxel_mm
    wedge = behind_mm[None, :] > at_nipple_mm - np.tan(np.deg2rad(tilt_deg)) * up_mm[:, None]
    labels[(labels != AIR) & (labels != SKIN) & wedge] = MUSCLE
    return State(labels, state.nipple_index, state.voxel_mm)


@dataclass(frozen=True)
class Film:
    """Geometry of one film. Detector mm: posterior and transverse, 0 at ``edge``, ``middle``.

    Rows run to - transverse, columns to posterior: the last column is the chest-wall edge.
    """

    state: State
    edge_index: int  # of the anterior axis: the field begins here
    floor_index: float  # of the first axis: the detector
    thickness_mm: float
    middle_index: float  # of the second axis: under the source
    shape: tuple[int, int]
    pixel_mm: float

    def pixel(self, index: ArrayLike) -> Array:
        """(row, column) where points ``(..., 3)``, array index of the state, are seen."""
        up, across, ahead = np.moveaxis(np.asarray(index, float), -1, 0)
        scale = self.magnification(up) * self.state.voxel_mm / self.pixel_mm
        row = (self.shape[0] - 1) / 2 - (across - self.middle_index) * scale
        column = self.shape[1] - 1 - (ahead - self.edge_index) * scale
        return np.stack([row, column], axis=-1)

    def magnification(self, up_index: ArrayLike) -> Array:
        """Of points at this index of the first axis."""
        height = (np.asarray(up_index, float) - self.floor_index) * self.state.voxel_mm
        return np.asarray(SOURCE_DISTANCE_MM / (SOURCE_DISTANCE_MM - height))


def film_of(state: State, edge_index: int, shape: tuple[int, int], pixel_mm: float) -> Film:
    """The film of a compressed state whose field begins at `edge_index` of the anterior axis."""
    field = state.labels[:, :, edge_index:]
    tissue = (field != AIR) & (field != PADDLE)
    heights = np.flatnonzero(tissue.any(axis=(1, 2)))
    across = np.flatnonzero(tissue.any(axis=(0, 2)))
    thickness_mm = (heights[-1] - heights[0] + 1) * state.voxel_mm
    middle = (across[0] + across[-1]) / 2
    return Film(state, edge_index, heights[0] - 0.5, thickness_mm, middle, shape, pixel_mm)


def line_integrals(film: Film) -> NDArray[np.float32]:
    """Attenuation along the beam for every pixel, ``(rows, columns)``; 0 beside the breast."""
    table = np.zeros(256, np.float32)
    for label, per_mm in ATTENUATION_PER_MM.items():
        table[label] = per_mm * film.state.voxel_mm
    total = np.zeros(film.shape, np.float32)
    field = film.state.labels[:, :, film.edge_index :]
    first = int(np.ceil(film.floor_index))
    last = first + round(film.thickness_mm / film.state.voxel_mm)
    box = _seen(film, field, (first, last))
    for up in range(first, last):
        scale = film.magnification(up) * film.state.voxel_mm / film.pixel_mm
        # output (row, column) of the box -> (across, ahead) of the slice
        across = film.middle_index + ((film.shape[0] - 1) / 2 - box[0].start) / scale
        ahead = (film.shape[1] - 1 - box[1].start) / scale
        shape = tuple(s.stop - s.start for s in box)
        total[box] += ndimage.affine_transform(
            table[field[up]], np.array([-1, -1]) / scale, (across, ahead), shape, order=1
        )
    return total


def _seen(film: Film, field: Labels, heights: Sequence[int]) -> tuple[slice, slice]:
    """Rows and columns that the breast can reach."""
    top = heights[1]
    corners = [(top, y, film.edge_index + field.shape[2]) for y in (0, field.shape[1])]
    pixels = film.pixel(np.array(corners))
    low = np.clip(np.floor(pixels.min(axis=0)).astype(int), 0, None)
    high = min(int(np.ceil(pixels[:, 0].max())) + 1, film.shape[0])
    return slice(low[0], high), slice(low[1], film.shape[1])


def film_noise(attenuation: NDArray[np.float32], photons: float, seed: int) -> NDArray[np.float32]:
    """Log intensities as a detector with this many photons a pixel would count them."""
    rng = np.random.default_rng(seed)
    blurred = ndimage.gaussian_filter(attenuation, 0.7)
    sd = np.sqrt(np.exp(np.minimum(blurred, 12.0)) / photons)
    noisy = blurred + sd * rng.standard_normal(blurred.shape, dtype=np.float32)
    return np.asarray(noisy, np.float32)
