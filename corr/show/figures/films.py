"""Schematic films: nipple level, posterior nipple line, arcs and projected beliefs.

Drawn in the film's own mm, hung the usual way (chest walls back to back): the right breast points
to the viewer's left. Up is lateral on the CC and upper-outer on the MLO. Tissue falls where the
exam that judges sees it (`corr.show.figures.film_plane`), with marks where the film measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from numpy.typing import NDArray

from corr.anatomy.frame import clock_h
from corr.judgement.result import Judgement
from corr.records import Finding
from corr.show.figures.film_lines import (
    SECTOR_COLOUR,
    draw_arcs,
    draw_directions,
    draw_lines,
    line_handles,
    mark_measured,
)
from corr.show.figures.film_plane import FilmPlane
from corr.show.figures.hour_fans import plot_hour_fans
from corr.show.figures.parts.belief_lines import BeliefLines, prior_only
from corr.show.figures.parts.body import body_points
from corr.show.figures.parts.density import Raster, outline
from corr.show.figures.parts.legends import finding_handles
from corr.show.figures.parts.palette import (
    INK,
    SKIN,
    SKIN_EDGE,
    Style,
    bare,
    in_front,
    new_axes,
    new_figure,
    scale_bar,
    styles,
)
from corr.show.wording.text import NO_PLACE, position_words

LEAST_SECTOR_H = 0.5
"""Hours of tissue that are shaded where a report names a single hour."""
BAR_BELOW = 0.17
"""How far below the breast its scale bar lies, as a share of the breast's height on the film."""
WORDS_ABOVE = 0.1
"""Room for the words above a tall breast, as a share of its height."""
LEGEND_TITLE = "inner line 50 %, outer line 80 % of a belief"


def _wrapped_in(hour: NDArray[np.float64], low: float, high: float) -> NDArray[np.bool_]:
    return np.asarray((hour - low) % 12.0 <= high - low)


class Film:
    """One schematic film whose beliefs can be moved without drawing it anew.

    Parameters
    ----------
    plane
        The film: its angle, hanging and compression.
    finding_ids
        Findings whose beliefs are drawn; a film finding's measured place is marked, too.
    hours
        Clock range whose tissue is shaded, e.g. ``(7, 8)``.
    animated
        True leaves the beliefs to the caller (`artists`), for blitting.
    """

    def __init__(
        self,
        judgement: Judgement,
        plane: FilmPlane,
        ax: Axes,
        finding_ids: Sequence[str] = (),
        *,
        hours: tuple[float, float] | None = None,
        style: Mapping[str, Style] | None = None,
        animated: bool = False,
    ) -> None:
        self.ax, self.plane, self.finding_ids = ax, plane, tuple(finding_ids)
        self._style, self._animated = dict(style or styles(judgement.breast)), animated
        self._lines: dict[tuple[str, str], BeliefLines] = {}
        self._marks: list[Artist] = []
        self._points = np.empty((0, 3))
        self._background(judgement, hours)
        self.show(judgement)

    @property
    def artists(self) -> list[Artist]:
        """Everything that `show` moves, in drawing order."""
        return [*(a for lines in self._lines.values() for a in lines.artists), *self._marks]

    def show(self, judgement: Judgement) -> None:
        """Move to another judgement of the same breast; findings may have come or gone."""
        if judgement.points is not self._points:
            self._points = judgement.points
            x, y = self.plane.drawn(self._points)
            self._raster = Raster(x, y, cell_mm=self.plane.stretch * judgement.cell_mm)
        for mark in self._marks:
            mark.remove()
        self._marks = []
        for lines in self._lines.values():
            lines.show(None)
        found = {f.finding_id: f for f in judgement.breast.findings}
        for i in self.finding_ids:
            if i in found and i in judgement.beliefs:
                self._belief(found[i]).show(self._raster.field(judgement.beliefs[i].probability))
                self._marks += self._measured(judgement, found[i])
        for mark in self._marks:
            mark.set_animated(self._animated)

    def _belief(self, finding: Finding) -> BeliefLines:
        style = self._style[finding.finding_id]
        style = prior_only(style) if position_words(finding) == NO_PLACE else style
        key = finding.finding_id, style.line
        if key not in self._lines:
            self._lines[key] = BeliefLines(self.ax, style, animated=self._animated)
        return self._lines[key]

    def _measured(self, judgement: Judgement, finding: Finding) -> list[Artist]:
        """A mark where this film measured the finding itself."""
        if not _measured_on(self.plane, judgement, finding):
            return []
        assert finding.posterior_mm is not None
        assert finding.transverse_mm is not None
        x = self.plane.sign * finding.posterior_mm
        return mark_measured(self.ax, x, finding.transverse_mm, self._style[finding.finding_id])

    def _background(self, judgement: Judgement, hours: tuple[float, float] | None) -> None:
        ax, plane, half = self.ax, self.plane, judgement.cell_mm / 2
        points, side = body_points(judgement), judgement.breast.side
        x, y = plane.drawn(points)
        shape = outline(x, y, margin_mm=half)
        skin = Polygon(shape, facecolor=SKIN, edgecolor=INK, lw=1.2, zorder=0)
        ax.add_patch(skin)
        if hours is not None:
            aside = max(0.0, 0.5 * (LEAST_SECTOR_H - (hours[1] - hours[0])))  # a single hour
            inside = _wrapped_in(clock_h(points, side), hours[0] - aside, hours[1] + aside)
            if inside.any():
                tissue = outline(x[inside], y[inside], margin_mm=half)
                patch = Polygon(tissue, facecolor=SECTOR_COLOUR, alpha=0.16, hatch="///", zorder=1)
                patch.set_edgecolor(SECTOR_COLOUR)
                ax.add_patch(patch)
        draw_arcs(ax, plane.sign, skin)
        draw_lines(ax, plane, skin)
        ax.plot(-plane.sign * 1.5, 0, "o", color=SKIN_EDGE, mec=INK, ms=8, zorder=6)
        _frame(ax, shape, plane)
        name = f"{side} {plane.view}".strip()
        ax.set_title(f"{name}, film angle {plane.angle_deg:.0f}\N{DEGREE SIGN}", fontsize=11)


def _measured_on(plane: FilmPlane, judgement: Judgement, finding: Finding) -> bool:
    """Whether a finding states its place on a film of this view."""
    views = {r.reading_id: r.view for r in judgement.breast.readings}
    return (
        views[finding.reading_id] == plane.view
        and finding.posterior_mm is not None
        and finding.transverse_mm is not None
    )


def plot_film(
    judgement: Judgement,
    plane: FilmPlane,
    finding_ids: Sequence[str] = (),
    *,
    hours: tuple[float, float] | None = None,
    style: Mapping[str, Style] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """One schematic film: outline, nipple, both lines, chosen beliefs, tissue of some hours.

    Parameters
    ----------
    plane
        See `corr.show.figures.film_plane.expected_plane`.
    hours
        Clock range whose tissue is shaded, e.g. ``(7, 8)``.
    """
    ax = new_axes(ax, 5.0, 5.0)
    Film(judgement, plane, ax, finding_ids, hours=hours, style=style)
    return ax


def _frame(ax: Axes, shape: NDArray[np.float64], plane: FilmPlane) -> None:
    """Direction words, scale bar and limits of a film."""
    sign = plane.sign
    low, high = float(shape[:, 1].min()), float(shape[:, 1].max())
    far = float(np.abs(shape[:, 0]).max())
    draw_directions(ax, plane, (sign * 0.7 * far, low - 4, high + 4))
    ax.text(-sign * 3, -6, "nipple", ha="right" if sign > 0 else "left", va="top", fontsize=10)
    _name_chest_wall(ax, shape, plane)
    for words in ax.texts:
        in_front(words)
    bar = low - BAR_BELOW * (high - low)  # below the words, however small the breast
    scale_bar(ax, 0 if sign > 0 else -20, bar)
    ax.set_ylim(bar - 5, high + max(14.0, WORDS_ABOVE * (high - low)))
    ax.set_xlim(*sorted((-sign * 17, sign * (far + 11))))
    bare(ax)


def _name_chest_wall(ax: Axes, shape: NDArray[np.float64], plane: FilmPlane) -> None:
    """Its name beside the chest wall and along it: it stands across the breast's axis."""
    axis = plane.axis * [plane.sign, 1.0]
    x, y = axis * ((shape @ axis).max() + 3)
    up_deg = np.rad2deg(np.arctan2(abs(axis[0]), -plane.sign * axis[1]))
    ax.text(
        x, y, "chest wall", rotation=up_deg, rotation_mode="anchor", ha="center",
        va="top" if plane.sign > 0 else "bottom", fontsize=10,
    )  # fmt: skip


def figure_films(
    judgement: Judgement,
    planes: Sequence[FilmPlane],
    finding_ids: Sequence[str] = (),
    *,
    hours: tuple[float, float] | None = None,
) -> Figure:
    """Two films side by side and, with ``hours``, how far from the nipple level those fall."""
    heights = [4.0, 3.0 if hours else 1.3]
    figure = new_figure(7.4, sum(heights))
    grid = figure.add_gridspec(2, 2, height_ratios=heights)
    for column, plane in enumerate(planes):
        plot_film(
            judgement, plane, finding_ids, hours=hours, ax=figure.add_subplot(grid[0, column])
        )
    if hours:
        fans = figure.add_subplot(grid[1, 0])
        plot_hour_fans(planes, hours, ax=fans)
    shown = [f for f in judgement.breast.findings if f.finding_id in finding_ids]
    marks = any(_measured_on(plane, judgement, f) for plane in planes for f in shown)
    legend = figure.add_subplot(grid[1, 1] if hours else grid[1, :])
    legend.set_axis_off()
    legend.legend(
        handles=[*finding_handles(judgement, finding_ids), *line_handles(hours, marks=marks)],
        loc="center",
        ncols=1 if hours else 2,
        frameon=False,
        fontsize=10,
        handlelength=3.0,
        title=LEGEND_TITLE if finding_ids else None,
        title_fontsize=10,
    )
    return figure
