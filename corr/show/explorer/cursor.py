"""The linked cursor: what is seen at one place of a view, where it lies on the other views.

A place on the clock face is a line through the breast, from front to back: a strip on each film.
A place on a film is a line through the breast, too: a strip on the face and on the other film.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from corr.anatomy.clock import clock_text
from corr.show.figures.parts.palette import INK

if TYPE_CHECKING:
    from corr.show.explorer.view import View

FACE = "face"
CORNERS = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
LEAST = 2
"""Points of the breast that must be seen at a place; elsewhere there is air."""
Floats = NDArray[np.float64]


class Cursor:
    """A cross in the view under the mouse, a strip in each other one.

    Attributes
    ----------
    seen : which points of the breast are seen at the place; None while the mouse is elsewhere
    """

    def __init__(self, views: Mapping[str, View], *, animated: bool) -> None:
        self._views = views
        self.there: NDArray[np.bool_] | None = None  # points that are in the breast after all
        self.seen: NDArray[np.bool_] | None = None
        self._strips = {name: _strip(view.ax) for name, view in views.items()}
        self._crosses = {name: _cross(view.ax) for name, view in views.items()}
        for artist in (*self._strips.values(), *self._crosses.values()):
            artist.set_animated(animated)

    def artists(self, ax: Axes) -> list[Artist]:
        """What is to be drawn on these axes now."""
        all_ = (*self._strips.values(), *self._crosses.values())
        return [a for a in all_ if a.axes is ax and a.get_visible()]

    def hide(self) -> bool:
        """The mouse is elsewhere; False if it was so before."""
        shown, self.seen = self.seen is not None, None
        for artist in (*self._strips.values(), *self._crosses.values()):
            artist.set_visible(False)
        return shown

    def point(self, name: str, x: float, y: float) -> bool:
        """Show the place (x, y) mm of a view; False in air, where there is nothing to show."""
        view = self._views[name]
        off = np.abs(view.at - (x, y)).max(axis=1)
        seen = off <= 0.75 * view.cell_mm
        if self.there is not None:
            seen &= self.there
        self.hide()
        if seen.sum() < LEAST:
            return False
        self.seen = seen
        self._crosses[name].set_data([x], [y])
        self._crosses[name].set_visible(True)
        for other, strip in self._strips.items():
            if other != name:
                strip.set_xy(_around(self._views[other].at[seen], self._views[other].cell_mm))
                strip.set_visible(True)
        return True

    def words(self, name: str, x: float, y: float, edges: Mapping[str, tuple[str, str]]) -> str:
        """The place in words, and where it lies on the films.

        Parameters
        ----------
        edges : of each film, what lies toward its upper and its lower edge
        """
        strips = [
            f"{film} {_span(self._views[film].at[self.seen, 1], edges[film])}"
            for film in edges
            if film != name
        ]
        if name == FACE:
            hour = clock_text(((h := _hour(x, y)), h))
            here = f"{hour} o'clock, {math.hypot(x, y):.0f} mm from the nipple, seen from the front"
        else:
            across = _span(np.array([y]), edges[name])
            here = f"{name} {abs(x):.0f} mm behind the nipple, {across}"
        return f"Under the mouse: {here}. In grey where that lies: {'; '.join(strips)}"


def _hour(x: float, y: float) -> float:
    return round(math.degrees(math.atan2(x, y)) / 15.0) / 2.0 % 12.0 or 12.0


def _span(across_mm: Floats, edges: tuple[str, str]) -> str:
    low, high = (round(float(v)) for v in (across_mm.min(), across_mm.max()))
    if low >= 0 or high <= 0:
        near, far = sorted((abs(low), abs(high)))
        return (
            f"{near}-{far} mm {edges[high <= 0]}" if near != far else f"{far} mm {edges[high <= 0]}"
        )
    return f"{-low} mm {edges[1]} to {high} mm {edges[0]}"


def _around(points: Floats, cell_mm: float) -> Floats:
    """The hull of the cells around some points ``(n, 2)``."""
    corners = (points[:, None] + cell_mm / 2 * CORNERS).reshape(-1, 2)
    return np.asarray(corners[ConvexHull(corners).vertices])


def _strip(ax: Axes) -> Polygon:
    strip = Polygon(np.zeros((1, 2)), facecolor=INK, edgecolor=INK, alpha=0.35, lw=1, zorder=7)
    strip.set_visible(False)
    ax.add_patch(strip)
    return strip


def _cross(ax: Axes) -> Line2D:
    (cross,) = ax.plot([], [], "+", color=INK, ms=14, mew=1.5, zorder=9)
    cross.set_visible(False)
    return cross
