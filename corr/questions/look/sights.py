"""What one acquisition would report of every point of the breast, with all of its errors.

Points go through the exam's own map (`corr.exams`) at nodes of the errors that its findings share;
then come the error of a single finding (its t kernel) and the share of places that have
nothing to do with the lesion. The cell that a point stands for is counted into the kernel.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from corr.anatomy.breast import Array, BreastModel
from corr.exams import kernels, mammography, mri, ultrasound
from corr.exams.affine import Affine
from corr.exams.nodes import normal_nodes
from corr.exams.registry import exam_of
from corr.parameters import Parameters
from corr.questions.look.densities import HOURS, ON_SKIN, Density
from corr.records import Reading

Floats = NDArray[np.float64]
NODES = 64
"""Of the errors of the acquisition."""
PIXEL_MM, VOXEL_MM, RING_MM, LINE_MM = 2.0, 3.0, 2.0, 1.0
CLOCK_CELLS = 144
SEEN = 32
"""Nodes of the errors that tell where the skin is."""
LEAST_SHOWN = 0.05
"""A belief of which less lies on a film, or within the skin, is told whole: it does not fit."""
PAD_SCALES = 8.0
"""How far a grid reaches beyond the places of points, in scales of the kernel: beyond lies 1 in
300 of what a t kernel on a film holds, in two dimensions."""
POSTERIOR = "posterior_mm"
FILM = (POSTERIOR, "transverse_mm")
FRAME = ("lateral_mm", "superior_mm", POSTERIOR)
DEPTH, PARALLAX, BEAM = "depth_mm", "parallax_mm", "beam_mm"


class Sight:
    """Where one acquisition would report what is at each point.

    Parameters
    ----------
    reading : the acquisition: done, or asked about
    model, p, side : the breast, the constants, and which breast it is
    errors : ``(n_e, d)`` nodes of its errors, where these are to go with weights of their own
    """

    def __init__(
        self,
        reading: Reading,
        model: BreastModel,
        p: Parameters,
        side: str,
        errors: Floats | None = None,
    ) -> None:
        exam = exam_of(reading)
        mean, sd = exam.errors(reading, p)
        if errors is None:
            errors = mean + sd * normal_nodes(NODES, len(mean))
        self.reading, self.model, self.p, self.nodes = reading, model, p, len(errors)
        self._errors, self._side, self._outlier = errors, side, exam.outlier(p)
        seen = exam.appear(reading, model, errors, p, side)
        self._main: Grid | Skin
        self._inside: Floats | None = None
        self._anywhere: dict[Grid | Skin | Depths, Floats] = {}
        if exam.place == "skin":
            place = [self._whole(x) for x in (seen.hour, seen.radius_mm, seen.depth_mm)]
            self._main = Skin(place[0], place[1], self._scales(ultrasound.own_sds_mm(reading, p)))
            depth = Depths(place[2], reading, seen.skin_sd_mm, self._cell_mm, p)
            self._further: dict[str, Grid | Depths] = {DEPTH: depth}
            return
        places = np.stack([self._whole(x) for x in seen])
        own = (mammography if exam.place == "film" else mri).own_sds_mm(reading, p)
        names = FILM if exam.place == "film" else FRAME
        pixel = PIXEL_MM if exam.place == "film" else VOXEL_MM
        self._main = Grid(names, places, self._scales(own), pixel)
        self._inside = self._main.inside(self.nodes, model.cell_mm)
        self._further = {}
        if reading.view == "STEREO":
            self._further[BEAM] = self._beam()

    @property
    def _cell_mm(self) -> float:
        """Scale of where a finding is in the cell that a point stands for."""
        return self.model.cell_mm / math.sqrt(12.0) / kernels.T_SD

    def _scales(self, own: Sequence[float] | Floats) -> Floats:
        return np.hypot(np.asarray(own, dtype=float), self._cell_mm)

    def _whole(self, seen: Affine | Array) -> Floats:
        """``(n_e * n,)`` of what may be the same at every node."""
        values = seen.values if isinstance(seen, Affine) else seen
        shape = self.nodes, len(self.model.points)
        return np.broadcast_to(values, shape).astype(float).ravel()

    def _beam(self) -> Grid:
        """Height above the detector, along the beam of the view that the pair was taken around."""
        base = replace(self.reading, view=None, angle_deg=self.reading.base_angle_deg)
        height = mammography.beam_height_mm(base, self.model, self.p)
        _, unknown = mammography.film_thickness(base, self.p)
        scale = np.hypot(mammography.beam_sd_mm(base, self.p), 0.5 * unknown)
        return Grid((BEAM,), self._whole(height)[None], self._scales([scale]), LINE_MM)

    def beside(self, partner: Reading) -> None:
        """Tell the parallax too: how much farther across this film shows it than its partner."""
        mean, sd = exam_of(partner).errors(partner, self.p)
        own_mean, own_sd = exam_of(self.reading).errors(self.reading, self.p)
        errors = mean + sd * (self._errors - own_mean) / own_sd
        across = [
            exam_of(r).appear(r, self.model, e, self.p, self._side)[1]
            for r, e in ((self.reading, self._errors), (partner, errors))
        ]
        apart = self._whole(across[0]) - self._whole(across[1])
        own = [mammography.own_sds_mm(r, self.p)[1] for r in (self.reading, partner)]
        scales = np.array([math.hypot(*own)])  # neighbours lie nearly as high: no cell to count
        self._further[PARALLAX] = Grid((PARALLAX,), apart[None], scales, LINE_MM)

    def weights(self, belief: Floats) -> Floats:
        """``(n_e * n,)`` of a belief ``(n,)``, or of one ``(n_e, n)`` that goes with the nodes."""
        shape = self.nodes, len(self.model.points)
        whole = np.broadcast_to(belief, shape).ravel()
        return np.asarray(whole / whole.sum())

    def density(self, belief: Floats) -> Density:
        """Where it would be reported: on the film, on the skin, or in the frame of the pose."""
        return self._mixed(self._main, self.weights(belief))

    def further(self, belief: Floats) -> tuple[Density, ...]:
        """What else is stated, each by itself: depth, height along the beam, parallax."""
        weights = self.weights(belief)
        return tuple(self._mixed(grid, weights) for grid in self._further.values())

    def shown(self, belief: Floats, edge_mm: float) -> tuple[float, Floats]:
        """Share of a belief that lies before the far edge of a film, and the belief given that."""
        if not isinstance(self._main, Grid):
            msg = "only a film has an edge"
            raise TypeError(msg)
        weights = self.weights(belief)
        before = weights * (self._main.places[0] <= edge_mm)
        share = float(before.sum())
        kept = before / share if share >= LEAST_SHOWN else weights
        return share, kept.reshape(self.nodes, -1)

    def _mixed(self, grid: Grid | Skin | Depths, weights: Floats) -> Density:
        if grid not in self._anywhere:
            self._anywhere[grid] = grid.mass(self.weights(self.model.prior))
        mass = (1 - self._outlier) * grid.mass(weights) + self._outlier * self._anywhere[grid]
        if grid is self._main and self._inside is not None:
            within = mass * self._inside  # no report lies in air
            mass = within if within.sum() >= LEAST_SHOWN * mass.sum() else mass
        return Density(grid.names, grid.axes, mass / mass.sum(), grid.measure)


class Grid:
    """Values in mm, blurred by a t kernel with a scale along each axis.

    Attributes
    ----------
    places : ``(k, m)`` where the points show at every node, mm
    """

    def __init__(
        self, names: tuple[str, ...], places: Floats, scales: Floats, pixel_mm: float
    ) -> None:
        self.names, self.places, self._pixel_mm = names, places, pixel_mm
        low = places.min(axis=1) - PAD_SCALES * scales
        high = places.max(axis=1) + PAD_SCALES * scales
        first, last = np.floor(low / pixel_mm), np.ceil(high / pixel_mm)
        self.axes = tuple(pixel_mm * np.arange(a, b + 1) for a, b in zip(first, last, strict=True))
        self.shape = tuple(len(axis) for axis in self.axes)
        index = np.rint(places / pixel_mm - first[:, None]).astype(np.intp)
        self._flat = np.ravel_multi_index(tuple(index), self.shape)
        self.measure = np.array(pixel_mm ** len(names))
        sizes = [fft.next_fast_len(n, real=True) for n in self.shape]
        steps = [  # around and back again: what a tail loses at one end comes in at the other
            pixel_mm / s * np.minimum(np.arange(n), n - np.arange(n))
            for n, s in zip(sizes, scales, strict=True)
        ]
        far = sum(x * x for x in np.meshgrid(*steps, indexing="ij", sparse=True))
        kernel = np.asarray(kernels.student(np.asarray(far, np.float32), len(names)))
        self._sizes, self._kernel = sizes, fft.rfftn(kernel / kernel.sum())

    def mass(self, weights: Floats) -> Floats:
        """Probability of each cell."""
        points = np.bincount(self._flat, weights, math.prod(self.shape)).reshape(self.shape)
        turned = fft.rfftn(points.astype(np.float32), self._sizes) * self._kernel
        spread = fft.irfftn(turned, self._sizes)[tuple(map(slice, self.shape))]
        return np.maximum(spread, 0.0).astype(float)

    def inside(self, nodes: int, cell_mm: float) -> Floats:
        """Probability of each cell that no air is there, by the nodes of the errors.

        Body is what the cells show that the points stand for, and what lies behind one of them or
        behind them all: axilla and chest are no air. Told on a grid as coarse as the points.
        """
        step = max(round(cell_mm / self._pixel_mm), 1)
        shape = tuple(-(-n // step) for n in self.shape)
        index = np.stack(np.unravel_index(self._flat, self.shape)) // step
        cells = np.ravel_multi_index(tuple(index), shape).reshape(nodes, -1)[:: -(-nodes // SEEN)]
        shown = np.zeros((len(cells), math.prod(shape)), dtype=bool)
        np.put_along_axis(shown, cells, values=True, axis=1)
        shown = shown.reshape(-1, *shape)
        for combine in (np.logical_or, np.logical_and):  # gaps between points are closed
            for axis in range(1, shown.ndim):
                by = np.moveaxis(shown, axis, 0)
                beside = by.copy()
                combine(beside[1:], by[:-1], out=beside[1:])
                combine(beside[:-1], by[1:], out=beside[:-1])
                shown = np.moveaxis(beside, 0, axis)
        depth = 1 + self.names.index(POSTERIOR)
        by_depth = np.moveaxis(shown, depth, -1)
        ends = np.asarray(by_depth.any(axis=tuple(range(1, shown.ndim - 1))))  # behind is the chest
        chest = (
            np.arange(ends.shape[1]) >= ends.shape[1] - 1 - ends[:, ::-1].argmax(axis=1)[:, None]
        )
        behind = by_depth | chest.reshape(len(chest), *[1] * (shown.ndim - 2), -1)
        shown = np.moveaxis(np.logical_or.accumulate(behind, axis=-1), -1, depth)
        within = shown.mean(axis=0)
        for axis, n in enumerate(self.shape):
            within = np.repeat(within, step, axis=axis).take(np.arange(n), axis=axis)
        return np.asarray(within)


class Skin:
    """Clock and distance from the nipple, blurred along the circle and along the radius."""

    names = ON_SKIN

    def __init__(self, hour: Floats, radius_mm: Floats, scales: Floats) -> None:
        across, out = scales
        step = HOURS / CLOCK_CELLS
        far = radius_mm.max() + PAD_SCALES * out
        hours: Floats = np.asarray(step * (np.arange(CLOCK_CELLS) + 0.5), dtype=float)
        radius: Floats = np.asarray(
            RING_MM * (np.arange(math.ceil(far / RING_MM)) + 0.5), dtype=float
        )
        self.axes: tuple[Floats, ...] = (hours, radius)
        row = np.floor(hour % HOURS / step).astype(np.intp) % CLOCK_CELLS
        self._flat = row * len(radius) + np.floor(radius_mm / RING_MM).astype(np.intp)
        edges = np.append(radius - 0.5 * RING_MM, radius[-1] + 0.5 * RING_MM)
        self.measure = np.diff(edges**2)[None, :] * np.pi / CLOCK_CELLS
        away = (hours - hours[0] + 0.5 * HOURS) % HOURS - 0.5 * HOURS
        clock = kernels.clock_interval(
            -0.5 * step, 0.5 * step, away[:, None], radius[None, :], float(across)
        )
        self._clock = fft.rfft(clock / clock.sum(axis=0), axis=0)
        ends = [(at - radius[:, None]) / out for at in (edges, -edges)]  # what is below 0 folds
        beyond, before = (kernels.student_cdf(x) for x in ends)
        self._out = np.diff(beyond, axis=1) - np.diff(before, axis=1)

    def mass(self, weights: Floats) -> Floats:
        """Probability of each cell."""
        shape = len(self.axes[0]), len(self.axes[1])
        points = np.bincount(self._flat, weights, math.prod(shape)).reshape(shape)
        turned = fft.irfft(fft.rfft(points, axis=0) * self._clock, CLOCK_CELLS, axis=0)
        return np.maximum(turned @ self._out, 0.0)


class Depths:
    """Depth below the skin, whose error grows with what is stated."""

    names = (DEPTH,)

    def __init__(
        self, depth_mm: Floats, reading: Reading, skin_sd_mm: float, cell_mm: float, p: Parameters
    ) -> None:
        most = depth_mm.max() * (1 + PAD_SCALES * p["us_depth_rel_sd"])
        far = most + PAD_SCALES * math.hypot(p["us_depth_sd_mm"], skin_sd_mm)
        depth: Floats = np.asarray(
            LINE_MM * (np.arange(math.ceil(far / LINE_MM)) + 0.5), dtype=float
        )
        self.axes: tuple[Floats, ...] = (depth,)
        self.measure = np.array(LINE_MM)
        self._flat = np.floor(np.maximum(depth_mm, 0.0) / LINE_MM).astype(np.intp)
        own = p["us_depth_sd_mm"] + p["us_depth_rel_sd"] * depth
        scale = np.sqrt(own**2 + skin_sd_mm**2 + cell_mm**2)[None, :]
        kernel = kernels.student(((depth[None, :] - depth[:, None]) / scale) ** 2, 1) / scale
        self._stated = kernel / kernel.sum(axis=1, keepdims=True)

    def mass(self, weights: Floats) -> Floats:
        """Probability of each cell."""
        return np.asarray(np.bincount(self._flat, weights, len(self.axes[0])) @ self._stated)
