"""One view of the explorer: beliefs, stated places and handles over an empty face or film.

Artists are made once and moved (`View.show`), so that a slider need not wait for a whole drawing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from corr.anatomy.frame import left_sign
from corr.exams.registry import exam_of
from corr.judgement.result import Judgement
from corr.records import Finding
from corr.show.figures.parts.belief_lines import SHARES, BeliefLines, prior_only
from corr.show.figures.parts.density import Raster
from corr.show.figures.parts.palette import Line, Style
from corr.show.wording.text import NO_PLACE, position_words

PIXEL_MM = 2.0
"""Coarser than printed pictures: a slider must not wait for pixels nobody sees."""
Floats = NDArray[np.float64]
Project = Callable[[Floats], tuple[Floats, Floats]]
HOUR_STEP = 0.5
MM_STEP = 1.0
CM_STEP = 0.5
PULLED_MM = 12.0
"""A ring of an hour alone stays on its circle until it is pulled this far off; then the distance
from the nipple is stated, too."""


@dataclass(frozen=True)
class Spot:
    """A handle at (x, y) mm of a view; ``move`` turns a new place into columns."""

    x: float
    y: float
    kind: str  # clock, coronal, film
    sign: float = 1.0
    width_h: float = 0.0
    radius_stated: bool = False
    along_skin: bool = False  # a distance from the nipple can be stated

    def move(self, x: float, y: float) -> dict[str, float | None]:
        """Columns that state the place (x, y).

        Only what was stated before is stated anew: an hour alone stays an hour alone, unless its
        ring is pulled in or out.
        """
        if self.kind == "film":
            return {
                "posterior_mm": _step(self.sign * x, MM_STEP),
                "transverse_mm": _step(y, MM_STEP),
            }
        if self.kind == "coronal":
            return {"lateral_mm": _step(self.sign * x, MM_STEP), "superior_mm": _step(y, MM_STEP)}
        middle = math.degrees(math.atan2(x, y)) / 30.0
        values: dict[str, float | None] = {
            "clock": _step(middle - self.width_h / 2, HOUR_STEP) % 12.0 or 12.0
        }
        out = math.hypot(x, y)
        pulled = abs(out - math.hypot(self.x, self.y)) > PULLED_MM
        if self.along_skin:
            stated = self.radius_stated or pulled
            values["fn_cm"] = _step(out / 10.0, CM_STEP) if stated else None
        return values


def _step(value: float, step: float) -> float:
    return round(value / step) * step + 0.0


def on_face(finding: Finding, side: str, held_mm: float) -> Spot | None:
    """Handle on the clock face: an hour (and distance), or an MRI position; else None.

    An hour without a distance is held ``held_mm`` from the nipple.
    """
    if finding.lateral_mm is not None and finding.superior_mm is not None:
        sign = left_sign(side)
        return Spot(sign * finding.lateral_mm, finding.superior_mm, "coronal", sign)
    if finding.clock_h is None:
        return None
    low, high = finding.clock_h
    angle = math.radians(30.0 * (low + high) / 2)
    along_skin = exam_of(finding).place == "skin"
    stated = along_skin and finding.fn_mm is not None
    radius = finding.fn_mm if stated and finding.fn_mm else held_mm
    x, y = radius * math.sin(angle), radius * math.cos(angle)
    return Spot(x, y, "clock", width_h=high - low, radius_stated=stated, along_skin=along_skin)


def new_on_face(finding: Finding, side: str) -> Spot | None:
    """What a first place on the clock face states; None for a film, which has none there."""
    place = exam_of(finding).place
    if place == "skin":
        return Spot(0.0, 0.0, "clock", radius_stated=True, along_skin=True)
    return Spot(0.0, 0.0, "coronal", left_sign(side)) if place == "frame" else None


def on_film(finding: Finding, sign: float) -> Spot | None:
    """Handle on a film that measured the finding; None where it states no position."""
    if finding.posterior_mm is None or finding.transverse_mm is None:
        return None
    return Spot(sign * finding.posterior_mm, finding.transverse_mm, "film", sign)


class View:
    """One view with the beliefs of the findings over it.

    Parameters
    ----------
    project : points ``(n, 3)`` to (x, y) in the view, mm
    spot : handle of a finding in this view, None where it states no place here
    new : what a first place of a finding in this view states, None where it can have none
    stretch : how much farther apart neighbouring points lie in the view, at most
    """

    def __init__(
        self,
        ax: Axes,
        project: Project,
        spot: Callable[[Finding], Spot | None],
        new: Callable[[Finding], Spot | None],
        stretch: float = 1.0,
        *,
        style: dict[str, Style],
        animated: bool,
    ) -> None:
        self.ax, self.spot, self._style, self._animated = ax, spot, style, animated
        self.new = new
        self._project, self._stretch = project, stretch
        self._points: Floats = np.empty((0, 3))
        self.at: Floats = np.empty((0, 2))  # where each point of the breast is seen
        self.cell_mm = 0.0
        self._drawn: dict[str, tuple[BeliefLines, Line]] = {}
        self._beliefs: dict[str, Floats] = {}
        self._stated: list[Artist] = []
        self.handles: dict[str, Line2D] = {}

    def place_anew(
        self,
        project: Project,
        spot: Callable[[Finding], Spot | None],
        new: Callable[[Finding], Spot | None],
        stretch: float,
    ) -> None:
        """Place points and handles in another way, from the next `show` on."""
        self._project, self.spot, self.new, self._stretch = project, spot, new, stretch
        self._points = np.empty((0, 3))

    @property
    def artists(self) -> list[Artist]:
        """Everything that `show` moves, in drawing order."""
        lines = [a for drawn, _ in self._drawn.values() for a in drawn.artists]
        return [*self._stated, *lines, *self.handles.values()]

    def show(self, judgement: Judgement, *, shade: Callable[[Finding], list[Artist]]) -> None:
        """Move to another judgement of the same breast; findings may have come or gone."""
        if judgement.points is not self._points:
            self._points, self._beliefs = judgement.points, {}
            x, y = self._project(self._points)
            self.at, self.cell_mm = np.column_stack([x, y]), self._stretch * judgement.cell_mm
            self._raster = Raster(x, y, cell_mm=self.cell_mm, pixel_mm=PIXEL_MM)
        for artist in self._stated:
            artist.remove()
        self._stated = []
        here = {f.finding_id: f for f in judgement.breast.findings if f.matched}
        for finding_id in self._style.keys() - here.keys():
            self._hide(finding_id)
        for finding_id, finding in here.items():
            self._stated += shade(finding)
            self._belief(finding, judgement.beliefs[finding_id].probability)
            self._handle(finding)
        for artist in self._stated:
            artist.set_animated(self._animated)

    def _belief(self, finding: Finding, probability: Floats) -> None:
        i = finding.finding_id
        style = self._style[i]
        unsaid = position_words(finding) == NO_PLACE  # nothing but the prior: do not crowd
        if unsaid:
            style = prior_only(style)
        if i not in self._drawn or self._drawn[i][1] != style.line:
            if i in self._drawn:
                for artist in self._drawn[i][0].artists:
                    artist.remove()
            shares = SHARES[:1] if unsaid else SHARES
            lines = BeliefLines(self.ax, style, shares=shares, animated=self._animated)
            self._drawn[i] = lines, style.line
            self._beliefs.pop(i, None)
        if i not in self._beliefs or not np.array_equal(self._beliefs[i], probability):
            self._beliefs[i] = probability
            self._drawn[i][0].show(self._raster.field(probability))

    def _handle(self, finding: Finding) -> None:
        spot = self.spot(finding)
        handle = self.handles.get(finding.finding_id)
        if spot is None:
            if handle is not None:
                handle.set_visible(False)
            return
        if handle is None:
            style = self._style[finding.finding_id]
            (handle,) = self.ax.plot(
                [], [], "o", mfc="white", mec=style.colour, mew=3, ms=13, alpha=0.9, zorder=8
            )
            handle.set_animated(self._animated)
            self.handles[finding.finding_id] = handle
        handle.set_visible(True)
        handle.set_data([spot.x], [spot.y])

    def _hide(self, finding_id: str) -> None:
        self._beliefs.pop(finding_id, None)
        if finding_id in self._drawn:
            self._drawn[finding_id][0].show(None)
        if finding_id in self.handles:
            self.handles[finding_id].set_visible(False)
