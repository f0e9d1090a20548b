"""How probable each place is that a report may state: regions, intervals, and the level of one.

A density lies on an even grid over what an examination states: (posterior, transverse) on a film,
(clock, distance) on the skin, (lateral, superior, posterior) in the frame of an MRI. Its
regions are the smallest that hold a share of it, so they are joint: no box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from corr.anatomy.frame import left_sign

Floats = NDArray[np.float64]
Span = tuple[float, float]
SHARES = (0.5, 0.8, 0.95)
"""Of the regions that are told."""
LPS = ("mr_l_mm", "mr_p_mm", "mr_s_mm")
ON_SKIN = ("clock_h", "fn_mm")
HOURS = 12.0
FACE_MM = 2.0
"""Pixels of a clock face."""


@dataclass(frozen=True, eq=False)
class Density:
    """Probability of each cell of an even grid.

    Attributes
    ----------
    names : what each axis states, with its unit
    axes : middles of the cells along each axis; hours run from 0 to 12 and wrap
    mass : probability of each cell, sums to 1
    measure : size of each cell: mm, mm2 or mm3 (h along a clock alone), as an array that
        broadcasts to `mass`
    """

    names: tuple[str, ...]
    axes: tuple[Floats, ...]
    mass: Floats
    measure: Floats

    @cached_property
    def height(self) -> Floats:
        """Probability per unit of `measure`."""
        return np.asarray(self.mass / self.measure)

    @cached_property
    def _order(self) -> tuple[Floats, Floats, Floats]:
        """Heights from the highest, what is held so far, and how large that is."""
        order = np.argsort(-self.height, axis=None)
        size = np.broadcast_to(self.measure, self.mass.shape)
        ranked = (a.ravel()[order] for a in (self.height, self.mass, size))
        height, mass, size = ranked
        return height, np.cumsum(mass), np.cumsum(size)

    def least(self, share: float) -> float:
        """Least height in the smallest region that holds a share."""
        height, held, _ = self._order
        return float(height[min(int(np.searchsorted(held, share)), len(height) - 1)])

    def size(self, share: float) -> float:
        """How large the smallest region is that holds a share: mm, mm2 or mm3."""
        _, held, size = self._order
        return float(np.interp(share, held, size))

    def within(self, other: Density, share: float = 0.8) -> float:
        """How much of it lies in the region of a share of another on a grid of the same steps."""
        low, steps = zip(*((a[0], a[1] - a[0]) for a in other.axes), strict=True)
        cells = [
            np.rint((a - first) / step).astype(np.intp)
            for a, first, step in zip(self.axes, low, steps, strict=True)
        ]
        known = [
            np.flatnonzero((c >= 0) & (c < n)) for c, n in zip(cells, other.mass.shape, strict=True)
        ]
        there = np.ix_(*(c[k] for c, k in zip(cells, known, strict=True)))
        inside = other.height[there] >= other.least(share)
        return float(self.mass[np.ix_(*known)][inside].sum())

    def part(self, *kept: int) -> Density:
        """Some of the axes, the others summed out."""
        if kept == tuple(range(len(self.axes))):
            return self
        gone = tuple(k for k in range(len(self.axes)) if k not in kept)
        names = tuple(self.names[k] for k in kept)
        axes = tuple(self.axes[k] for k in kept)
        steps = np.prod([axis[1] - axis[0] for axis in axes])
        return Density(names, axes, self.mass.sum(axis=gone), np.asarray(steps, dtype=float))

    def level(self, stated: Sequence[Span | None], at: float = 0.5) -> float | None:
        """Share that the smallest region holds which reaches a stated place; None if unstated.

        Parameters
        ----------
        stated : least and greatest of what each axis may be; None: not stated, summed out
        at : where in a stated range, as a share of what is believed of it: of a range the level
            is uniform if this is
        """
        kept = [k for k, span in enumerate(stated) if span is not None]
        if not kept:
            return None
        d = self.part(*kept)
        spans = [span for span in stated if span is not None]
        cells = [_within(*x) for x in zip(d.names, d.axes, spans, strict=True)]
        here = np.ix_(*cells)
        inside = np.cumsum(d.mass[here].ravel())
        chosen = int(np.searchsorted(inside, at * inside[-1])) if inside[-1] > 0 else 0
        height = d.height[here].ravel()[min(chosen, len(inside) - 1)]
        above, equal = d.mass[d.height > height].sum(), d.mass[d.height == height].sum()
        return float(min(above + 0.5 * equal, 1.0))

    def in_lps(self, nipple_lps: Sequence[float] | Floats, side: str) -> Density:
        """Of a frame (lateral, superior, posterior): the same along l, p, s of DICOM, rising."""
        sign = left_sign(side)
        turned = self.axes[0] if sign > 0 else -self.axes[0][::-1]
        mass = np.moveaxis(self.mass, 2, 1)
        axes = (turned, self.axes[2], self.axes[1])
        moved = tuple(a + at for a, at in zip(axes, nipple_lps, strict=True))
        return Density(LPS, moved, mass if sign > 0 else mass[::-1], self.measure)

    def mean(self, axis: int) -> float:
        """Mean along one axis; of hours their mean direction, in (0, 12]."""
        d, of_hours = self.part(axis), self.names[axis] == ON_SKIN[0]
        if not of_hours:
            return float(d.mass @ d.axes[0])
        turn = np.angle(d.mass @ np.exp(2j * np.pi * d.axes[0] / HOURS))
        return float(HOURS - (-turn * HOURS / (2 * np.pi)) % HOURS)

    def interval(self, axis: int, share: float) -> Span:
        """Central interval along one axis; of hours the shortest arc.

        An arc begins in (0, 12] and may end beyond 12: 11 to 1 o'clock is (11, 13).
        """
        d = self.part(axis)
        middles, step = d.axes[0], d.axes[0][1] - d.axes[0][0]
        if self.names[axis] == ON_SKIN[0]:
            return _arc(d.mass, step, share)
        held = np.concatenate([[0.0], np.cumsum(d.mass)])
        edges = np.append(middles, middles[-1] + step) - 0.5 * step
        low, high = np.interp([0.5 * (1 - share), 0.5 * (1 + share)], held, edges)
        return float(low), float(high)

    def outlines(self, share: float) -> list[Floats]:
        """Closed outlines ``(k, 2)`` of the smallest region that holds a share.

        On a film (posterior, transverse) mm; on the skin (clock in h, distance in mm); in a frame
        (lateral, superior) mm, of the belief summed along the third. One axis: its ends.
        """
        if len(self.axes) == 1:
            return [np.array([[end, 0.0] for end in self.interval(0, share)])]
        if self.names == ON_SKIN:
            return [_polar(line) for line in self.on_face(share)]
        flat = self.part(0, 1)
        u, v = flat.axes
        return _contours(u, v, flat.height, flat.least(share))

    def on_face(self, share: float) -> list[Floats]:
        """Outlines on the clock face seen from the front: mm toward 3 o'clock, mm up."""
        x, height = self.face
        return _contours(x, x, height, self.least(share))

    @cached_property
    def face(self) -> tuple[Floats, Floats]:
        """Axis (mm, the same toward 3 o'clock and up) and height ``(x, y)`` of a clock face."""
        from scipy.ndimage import map_coordinates

        hours, radius = self.axes
        reach = np.ceil(radius[-1] / FACE_MM) * FACE_MM
        x = np.arange(-reach, reach + FACE_MM, FACE_MM)
        across, up = np.meshgrid(x, x, indexing="ij")
        hour, far = _polar(np.stack([across.ravel(), up.ravel()], axis=1)).T
        wrapped = np.vstack([self.height, self.height[:1]])
        row = (hour % HOURS - hours[0]) / (hours[1] - hours[0]) % len(hours)
        at = row, np.maximum((far - radius[0]) / (radius[1] - radius[0]), 0.0)
        height = map_coordinates(wrapped, at, order=1, mode="constant", cval=0.0)
        return x, height.reshape(across.shape)


def _within(name: str, axis: Floats, span: Span) -> NDArray[np.intp]:
    """Cells with their middle in a range, or the one nearest to the middle of it."""
    low, high = span
    off = axis - 0.5 * (low + high)
    if name == ON_SKIN[0]:
        off = (off + 0.5 * HOURS) % HOURS - 0.5 * HOURS
    inside = np.flatnonzero(np.abs(off) <= 0.5 * (high - low))
    return inside if len(inside) else np.array([np.argmin(np.abs(off))])


def _arc(mass: Floats, step: float, share: float) -> Span:
    n = len(mass)
    held = np.concatenate([[0.0], np.cumsum(np.tile(mass, 2))])
    ends = np.minimum(np.searchsorted(held, held[:n] + share), np.arange(n) + n)
    first = int(np.argmin(ends - np.arange(n)))
    width = float(ends[first] - first) * step
    start = float(first * step) or HOURS
    return start, start + width


def _polar(points: Floats) -> Floats:
    """(clock in (0, 12], mm from the nipple) of (mm toward 3 o'clock, mm up)."""
    across, up = points.T
    hour = np.arctan2(across, up) * (0.5 * HOURS / np.pi) % HOURS
    return np.stack([np.where(hour == 0.0, HOURS, hour), np.hypot(across, up)], axis=1)


def _contours(u: Floats, v: Floats, height: Floats, level: float) -> list[Floats]:
    """Closed lines of one height; ``height[u, v]``."""
    from contourpy import contour_generator  # takes a moment to load

    rim = np.pad(height.T, 1)  # a region that reaches the end of the grid is closed there
    u, v = (np.concatenate([[2 * a[0] - a[1]], a, [2 * a[-1] - a[-2]]]) for a in (u, v))
    found = contour_generator(u, v, rim).lines(level)
    return [np.asarray(line, dtype=float) for line in found if len(line) > 2]
