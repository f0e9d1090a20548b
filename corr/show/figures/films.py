"""Schematic films: nipple level, posterior nipple line, arcs and projected beliefs.

Drawn in the film's own mm, hung the usual way (chest walls back to back): the right breast points
to the viewer's left. Up is lateral on the CC and upper-outer on the MLO. Tissue falls where the
exam that judges sees it (`corr.show.figures.film_plane`), with marks where the film measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
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
from corr.show.figures.parts import palette as draw
from corr.show.figures.parts.belief_lines import draw_belief
from corr.show.figures.parts.body import body_points
from corr.show.figures.parts.density import Raster, outline
from corr.show.figures.parts.legends import finding_handles, legend

LEAST_SECTOR_H = 0.5
"""Hours of tissue that are shaded where a report names a single hour."""
BAR_BELOW = 0.17
"""How far below the breast its scale bar lies, as a share of the breast's height on the film."""
WORDS_ABOVE = 0.1
"""Room for the words above a tall breast, as a share of its height."""
LEGEND_TITLE = "inner line 50 %, outer line 80 % of where a finding may lie"


def plot_film(
    judgement: Judgement,
    plane: FilmPlane,
    finding_ids: Sequence[str] = (),
    *,
    hours: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """One schematic film: outline, nipple, both lines, chosen beliefs, tissue of some hours.

    Parameters
    ----------
    plane
        See `corr.show.figures.film_plane.expected_plane`.
    finding_ids
        Findings whose beliefs are drawn; a film finding's measured place is marked, too.
    hours
        Clock range whose tissue is shaded, e.g. ``(7, 8)``.
    """
    ax = draw.new_axes(ax, 5.0, 5.0)
    _empty(ax, judgement, plane, hours)
    cell_mm = plane.stretch * judgement.cell_mm
    raster = Raster(*plane.drawn(judgement.points), cell_mm=cell_mm) if finding_ids else None
    style, found = (
        draw.lesion_styles(judgement),
        {f.finding_id: f for f in judgement.breast.findings},
    )
    for i in finding_ids:
        if raster is None or i not in found or i not in judgement.beliefs:
            continue
        draw_belief(ax, found[i], raster.field(judgement.beliefs[i].probability), style[i])
        if (at := _measured(plane, judgement, found[i])) is not None:
            mark_measured(ax, plane.sign * at[0], at[1], style[i])
    return ax


def _measured(
    plane: FilmPlane, judgement: Judgement, finding: Finding
) -> tuple[float, float] | None:
    """(posterior, transverse) that a finding states on a film of this view."""
    views = {r.reading_id: r.view for r in judgement.breast.readings}
    place = finding.posterior_mm, finding.transverse_mm
    if views[finding.reading_id] != plane.view or place[0] is None or place[1] is None:
        return None
    return place[0], place[1]


def _empty(
    ax: Axes, judgement: Judgement, plane: FilmPlane, hours: tuple[float, float] | None
) -> None:
    """The film without findings."""
    points, side, half = body_points(judgement), judgement.breast.side, judgement.cell_mm / 2
    x, y = plane.drawn(points)
    shape = outline(x, y, margin_mm=half)
    skin = Polygon(shape, facecolor=draw.SKIN, edgecolor=draw.INK, lw=1.2, zorder=0)
    ax.add_patch(skin)
    if hours is not None:
        aside = max(0.0, 0.5 * (LEAST_SECTOR_H - (hours[1] - hours[0])))  # a single hour
        first, last = hours[0] - aside, hours[1] + aside
        inside = (clock_h(points, side) - first) % 12.0 <= last - first
        if inside.any():
            tissue = outline(x[inside], y[inside], margin_mm=half)
            patch = Polygon(tissue, facecolor=SECTOR_COLOUR, alpha=0.16, hatch="///", zorder=1)
            patch.set_edgecolor(SECTOR_COLOUR)
            ax.add_patch(patch)
    draw_arcs(ax, plane.sign, skin)
    draw_lines(ax, plane, skin)
    ax.plot(-plane.sign * 1.5, 0, "o", color=draw.SKIN_EDGE, mec=draw.INK, ms=8, zorder=6)
    _frame(ax, shape, plane)
    name = f"{side} {plane.view}".strip()
    ax.set_title(f"{name}, film angle {plane.angle_deg:.0f}\N{DEGREE SIGN}", fontsize=11)


def _frame(ax: Axes, shape: NDArray[np.float64], plane: FilmPlane) -> None:
    """Words, scale bar and limits of a film; the chest wall is named along it.

    The chest wall stands across the breast's axis.
    """
    sign = plane.sign
    low, high = float(shape[:, 1].min()), float(shape[:, 1].max())
    far = float(np.abs(shape[:, 0]).max())
    draw_directions(ax, plane, (sign * 0.7 * far, low - 4, high + 4))
    ax.text(-sign * 3, -6, "nipple", ha="right" if sign > 0 else "left", va="top", fontsize=10)
    axis = plane.axis * [sign, 1.0]
    x, y = axis * ((shape @ axis).max() + 3)
    up_deg = np.rad2deg(np.arctan2(abs(axis[0]), -sign * axis[1]))
    look: dict[str, Any] = {"ha": "center", "va": "top" if sign > 0 else "bottom", "fontsize": 10}
    ax.text(x, y, "chest wall", rotation=up_deg, rotation_mode="anchor", **look)
    for words in ax.texts:
        draw.in_front(words)
    bar = low - BAR_BELOW * (high - low)  # below the words, however small the breast
    draw.scale_bar(ax, 0 if sign > 0 else -20, bar)
    ax.set_ylim(bar - 5, high + max(14.0, WORDS_ABOVE * (high - low)))
    ax.set_xlim(*sorted((-sign * 17, sign * (far + 11))))
    draw.bare(ax)


def figure_films(
    judgement: Judgement,
    planes: Sequence[FilmPlane],
    finding_ids: Sequence[str] = (),
    *,
    hours: tuple[float, float] | None = None,
) -> Figure:
    """Two films side by side and, with ``hours``, how far from the nipple level those fall."""
    heights = [4.0, 3.0 if hours else 1.3]
    figure = draw.new_figure(7.4, sum(heights))
    grid = figure.add_gridspec(2, 2, height_ratios=heights)
    for column, plane in enumerate(planes):
        ax = figure.add_subplot(grid[0, column])
        plot_film(judgement, plane, finding_ids, hours=hours, ax=ax)
    if hours:
        plot_hour_fans(planes, hours, ax=figure.add_subplot(grid[1, 0]))
    shown = [f for f in judgement.breast.findings if f.finding_id in finding_ids]
    marks = any(_measured(plane, judgement, f) for plane in planes for f in shown)
    legend(
        figure.add_subplot(grid[1, 1] if hours else grid[1, :]),
        [*finding_handles(judgement, finding_ids), *line_handles(hours, marks=marks)],
        ncols=1 if hours else 2, fontsize=10, handlelength=3.0,
        title=LEGEND_TITLE if finding_ids else None, title_fontsize=10,
    )  # fmt: skip
    return figure
