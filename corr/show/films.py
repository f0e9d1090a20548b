"""Schematic films: nipple level, posterior nipple line, arcs and projected beliefs.

Drawn in mm, hung the usual way (chest walls back to back): the right breast points to the
viewer's left. Up on the film is ``lateral cos a + superior sin a``, so lateral on the CC and
upper-outer on the MLO. Before compression the schematic shows what projection alone does;
with an `expected_plane` it shows the film's own millimetres, with marks where films measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from numpy.typing import NDArray

from corr.frame import clock_h, clock_to_coronal, film_transverse
from corr.records import Finding, Judgement
from corr.show.belief_lines import BeliefLines, prior_only
from corr.show.body import body_points
from corr.show.density import Raster, outline
from corr.show.film_lines import (
    SECTOR_COLOUR,
    draw_arcs,
    draw_directions,
    draw_lines,
    line_handles,
    mark_measured,
)
from corr.show.film_plane import FilmPlane
from corr.show.legends import finding_handles
from corr.show.palette import (
    INK,
    SIDE_NAMES,
    SKIN,
    SKIN_EDGE,
    Style,
    bare,
    new_axes,
    new_figure,
    open_frame,
    scale_bar,
    styles,
)
from corr.show.text import NO_PLACE, hour_words, position_words

LEAST_SECTOR_H = 0.5
"""Hours of tissue that are shaded where a report names a single hour."""
LEGEND_TITLE = "inner line 50 %, outer line 80 % of a belief"


def _wrapped_in(hour: NDArray[np.float64], low: float, high: float) -> NDArray[np.bool_]:
    return np.asarray((hour - low) % 12.0 <= high - low)


def hour_span(angle_deg: float, hours: tuple[float, float], side: str) -> tuple[float, float]:
    """Lowest and highest transverse offset per mm of radius of a range of clock hours.

    >>> [round(v, 2) for v in hour_span(45.0, (7.0, 8.0), "R")]
    [-0.26, 0.26]
    >>> [round(v, 2) for v in hour_span(0.0, (7.0, 8.0), "R")]
    [0.5, 0.87]
    """
    hour = np.linspace(*hours, 121)
    coronal = clock_to_coronal(hour, 1.0, side)
    across = film_transverse(np.column_stack([coronal, np.zeros(hour.size)]), angle_deg)
    return float(across.min()), float(across.max())


class Film:
    """One schematic film whose beliefs can be moved without drawing it anew.

    Parameters
    ----------
    plane
        Angle, hanging and (mean) compression.
    finding_ids
        Findings whose beliefs are drawn; a film finding's measured place is marked, too,
        where the plane is a compressed one.
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
            self._raster = Raster(x, y, cell_mm=judgement.cell_mm)
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
        reading = next(r for r in judgement.breast.readings if r.reading_id == finding.reading_id)
        here = self.plane.compressed and reading.view == self.plane.view
        if not here or finding.posterior_mm is None or finding.transverse_mm is None:
            return []
        x = self.plane.sign * finding.posterior_mm
        return mark_measured(self.ax, x, finding.transverse_mm, self._style[finding.finding_id])

    def _background(self, judgement: Judgement, hours: tuple[float, float] | None) -> None:
        ax, plane, half = self.ax, self.plane, judgement.cell_mm / 2
        points, side = body_points(judgement), judgement.breast.side
        x, y = plane.drawn(points)
        shape = outline(x, y, margin_mm=half)
        skin = Polygon(shape, facecolor=SKIN, edgecolor=INK, lw=1.2, zorder=0)
        ax.add_patch(skin)
        depth = float(np.abs(x).max()) + half
        if hours is not None:
            aside = max(0.0, 0.5 * (LEAST_SECTOR_H - (hours[1] - hours[0])))  # a single hour
            inside = _wrapped_in(clock_h(points, side), hours[0] - aside, hours[1] + aside)
            tissue = outline(x[inside], y[inside], margin_mm=half)
            patch = Polygon(tissue, facecolor=SECTOR_COLOUR, alpha=0.16, hatch="///", zorder=1)
            patch.set_edgecolor(SECTOR_COLOUR)
            ax.add_patch(patch)
        draw_arcs(ax, plane.sign, skin)
        draw_lines(ax, plane, depth)
        ax.plot(-plane.sign * 1.5, 0, "o", color=SKIN_EDGE, mec=INK, ms=8, zorder=6)
        _frame(ax, shape, plane)
        name = f"{side} {plane.view}".strip()
        ax.set_title(f"{name}, film angle {plane.angle_deg:.0f}\N{DEGREE SIGN}", fontsize=11)


def plot_film(
    judgement: Judgement,
    angle_deg: float | FilmPlane,
    finding_ids: Sequence[str] = (),
    *,
    view: str = "",
    hours: tuple[float, float] | None = None,
    style: Mapping[str, Style] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """One schematic film: outline, nipple, both lines, chosen beliefs, tissue of some hours.

    Parameters
    ----------
    angle_deg
        Signed film-plane angle, 0 CC to 90 ML, for the schematic before compression; or the
        whole `FilmPlane` (see `corr.show.film_plane.expected_plane`).
    hours
        Clock range whose tissue is shaded, e.g. ``(7, 8)``.
    """
    ax = new_axes(ax, 5.0, 5.0)
    plane = (
        angle_deg
        if isinstance(angle_deg, FilmPlane)
        else FilmPlane(judgement.breast.side, angle_deg, view)
    )
    Film(judgement, plane, ax, finding_ids, hours=hours, style=style)
    return ax


def _frame(ax: Axes, shape: NDArray[np.float64], plane: FilmPlane) -> None:
    """Direction words, scale bar and limits of a film."""
    sign = plane.sign
    low, high = float(shape[:, 1].min()), float(shape[:, 1].max())
    far = float(np.abs(shape[:, 0]).max())
    draw_directions(ax, plane, (sign * 0.7 * far, low - 4, high + 4))
    ax.text(-sign * 3, -6, "nipple", ha="right" if sign > 0 else "left", va="top", fontsize=10)
    ax.text(
        sign * (far + 3), 0, "chest wall", rotation=90, fontsize=10, va="center", ha="center"
    ).set_horizontalalignment("left" if sign > 0 else "right")
    scale_bar(ax, *((0, low - 12) if sign > 0 else (-20, low - 12)))
    ax.set_ylim(low - 18, high + 14)
    ax.set_xlim(*sorted((-sign * 17, sign * (far + 10))))
    bare(ax)


def plot_hour_fans(
    side: str,
    angles_deg: dict[str, float],
    hours: tuple[float, float],
    *,
    radius_mm: float = 50.0,
    ax: Axes | None = None,
) -> Axes:
    """How far from the nipple level a clock range falls on each view, against the radius."""
    ax = new_axes(ax, 4.0, 4.0)
    looks = (("#0072B2", "///"), ("#D55E00", "..."), ("#009E73", "\\\\\\"))
    for (view, angle_deg), (colour, hatch) in zip(angles_deg.items(), looks, strict=False):
        low, high = hour_span(angle_deg, hours, side)
        ax.fill(
            [0, radius_mm, radius_mm],
            [0, low * radius_mm, high * radius_mm],
            facecolor=colour,
            alpha=0.25,
            hatch=hatch,
            edgecolor=colour,
        )
        middle = (low + high) / 2 * radius_mm
        ax.text(radius_mm * 1.03, middle, view, color=INK, fontsize=11, va="center")
    ax.plot([0, radius_mm], [0, 0], color="#000000", lw=1.4)
    ax.annotate("nipple level", (0, 0), (4, -4), textcoords="offset points", va="top", fontsize=9)
    ax.tick_params(labelsize=9)
    ax.set_xlim(0, 1.3 * radius_mm)
    ax.set_ylim(-radius_mm, radius_mm)
    ax.set_xlabel("distance from the nipple,\nseen from the front (mm)", fontsize=10)
    ax.set_ylabel("offset from the nipple level\non the film (mm)", fontsize=10)
    ax.set_title(f"Where {hour_words(hours)} falls, {SIDE_NAMES[side]}", fontsize=11)
    open_frame(ax)
    return ax


def figure_films(
    judgement: Judgement,
    planes: Sequence[FilmPlane],
    finding_ids: Sequence[str] = (),
    *,
    hours: tuple[float, float] | None = None,
) -> Figure:
    """Two films side by side and, with ``hours``, how far from the nipple level they fall."""
    heights = [4.0, 3.0 if hours else 1.3]
    figure = new_figure(7.4, sum(heights))
    grid = figure.add_gridspec(2, 2, height_ratios=heights)
    for column, plane in enumerate(planes):
        plot_film(
            judgement, plane, finding_ids, hours=hours, ax=figure.add_subplot(grid[0, column])
        )
    if hours:
        fans = figure.add_subplot(grid[1, 0])
        angles_deg = {plane.view: plane.angle_deg for plane in planes}
        plot_hour_fans(judgement.breast.side, angles_deg, hours, ax=fans)
    legend = figure.add_subplot(grid[1, 1] if hours else grid[1, :])
    legend.set_axis_off()
    marks = any(plane.compressed for plane in planes)
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
