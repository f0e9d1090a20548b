"""Schematic CC and MLO films: nipple level, posterior nipple line and projected beliefs.

Drawn in mm before compression, hung the usual way (chest walls together in the middle of a
pair of films): the right breast points to the viewer's left. Up on the film is
``lateral cos a + superior sin a``, so lateral on the CC and upper-outer on the MLO. The
schematic shows what projection alone does; compression and its spread are in the numbers of
the beliefs, not in this picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon
from numpy.typing import NDArray

from corr.frame import POSTERIOR, clock_h, clock_to_coronal, film_transverse
from corr.records import Judgement
from corr.show.clockface import draw_field, legend_handles
from corr.show.density import field, outline
from corr.show.palette import (
    FAINT,
    INK,
    SIDE_NAMES,
    SKIN,
    bare,
    new_axes,
    new_figure,
    scale_bar,
)
from corr.show.palette import styles as finding_styles

PNL_TILT_DEG = 20.0
"""Usual tilt of the posterior nipple line against the nipple level on an oblique film."""
OBLIQUE_FROM_DEG = 20.0
LEVEL_COLOUR, PNL_COLOUR, SECTOR_COLOUR = "#000000", "#7b3294", "#8c6d1f"
PNL_LINE = (0, (4, 2))


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


def _direction_words(angle_deg: float) -> tuple[str, str]:
    """What the upper and the lower edge of the film are."""
    if abs(angle_deg) < OBLIQUE_FROM_DEG:
        return "lateral", "medial"
    if angle_deg > 90 - OBLIQUE_FROM_DEG:
        return "superior", "inferior"
    return ("upper outer", "lower inner") if angle_deg > 0 else ("lower outer", "upper inner")


def _draw_lines(ax: Axes, depth_mm: float, sign: float, *, oblique: bool) -> None:
    """Nipple level and posterior nipple line (one on the other on a CC), with the pectoral."""
    tilt = np.deg2rad(PNL_TILT_DEG if oblique else 0.0)
    foot = (0.86 if oblique else 1.0) * depth_mm * np.array([np.cos(tilt), np.sin(tilt)])
    ax.plot([0, sign * depth_mm], [0, 0], color=LEVEL_COLOUR, lw=1.3, zorder=4)
    ax.plot([0, sign * foot[0]], [0, foot[1]], color=PNL_COLOUR, lw=2, ls=PNL_LINE, zorder=4)
    if oblique:
        along = np.array([-np.sin(tilt), np.cos(tilt)])
        ends = np.array([foot - 22 * along, foot + 42 * along])
        ax.plot(sign * ends[:, 0], ends[:, 1], color=FAINT, lw=6, alpha=0.5, zorder=1.5)


def line_handles(hours: tuple[float, float] | None = None) -> list[Artist]:
    """Legend of what a film shows beside the beliefs."""
    drawn: list[Artist] = [
        Line2D([], [], color=LEVEL_COLOUR, lw=1.3, label="nipple level (used by the geometry)"),
        Line2D(
            [],
            [],
            color=PNL_COLOUR,
            lw=2,
            ls=PNL_LINE,
            label="posterior nipple line (at right angles\nto the pectoral muscle)",
        ),
        Line2D([], [], color=FAINT, lw=6, alpha=0.5, label="edge of the pectoral muscle (MLO)"),
    ]
    if hours is not None:
        label = f"all tissue at {hours[0]:g}-{hours[1]:g} h"
        drawn.append(Patch(fc=SECTOR_COLOUR, ec=SECTOR_COLOUR, alpha=0.3, hatch="///", label=label))
    return drawn


def plot_film(
    judgement: Judgement,
    angle_deg: float,
    finding_ids: Sequence[str] = (),
    *,
    view: str = "",
    hours: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """One schematic film: outline, nipple, both lines, chosen beliefs, tissue of some hours.

    Parameters
    ----------
    angle_deg
        Signed film-plane angle, 0 CC to 90 ML.
    hours
        Clock range whose tissue is shaded, e.g. ``(7, 8)``.
    """
    ax = new_axes(ax, 5.0, 5.0)
    breast, points = judgement.breast, judgement.points
    sign = 1.0 if breast.side == "R" else -1.0
    across, back = film_transverse(points, angle_deg), sign * points[:, POSTERIOR]
    shape = outline(back, across, margin_mm=judgement.cell_mm / 2)
    ax.add_patch(Polygon(shape, facecolor=SKIN, edgecolor=INK, lw=1.2, zorder=0))
    depth = float(points[:, POSTERIOR].max()) + judgement.cell_mm / 2
    if hours is not None:
        inside = _wrapped_in(clock_h(points, breast.side), *hours)
        tissue = outline(back[inside], across[inside], margin_mm=judgement.cell_mm / 2)
        patch = Polygon(tissue, facecolor=SECTOR_COLOUR, alpha=0.16, hatch="///", zorder=1)
        patch.set_edgecolor(SECTOR_COLOUR)
        ax.add_patch(patch)
    oblique = abs(angle_deg) >= OBLIQUE_FROM_DEG
    _draw_lines(ax, depth, sign, oblique=oblique)
    style = finding_styles(breast)
    for finding_id in finding_ids:
        belief = judgement.beliefs[finding_id].probability
        draw_field(ax, field(back, across, belief, cell_mm=judgement.cell_mm), style[finding_id])
    ax.plot(-sign * 1.5, 0, "o", color="#b98b72", mec=INK, ms=8, zorder=6)
    _frame(ax, shape, sign, angle_deg)
    name = f"{breast.side} {view}".strip()
    ax.set_title(f"{name}, film angle {angle_deg:.0f}\N{DEGREE SIGN}", fontsize=11)
    return ax


def _frame(ax: Axes, shape: NDArray[np.float64], sign: float, angle_deg: float) -> None:
    """Direction words, scale bar and limits of a film."""
    up, down = _direction_words(angle_deg)
    low, high = float(shape[:, 1].min()), float(shape[:, 1].max())
    far = float(np.abs(shape[:, 0]).max())
    middle = sign * far / 2
    ax.text(middle, high + 5, f"\N{UPWARDS ARROW} {up}", ha="center", va="bottom", fontsize=10)
    ax.text(middle, low - 10, f"\N{DOWNWARDS ARROW} {down}", ha="center", va="top", fontsize=10)
    ax.text(-sign * 3, -6, "nipple", ha="right" if sign > 0 else "left", va="top", fontsize=10)
    ax.text(
        sign * (far + 3), 0, "chest wall", rotation=90, fontsize=10, va="center", ha="center"
    ).set_horizontalalignment("left" if sign > 0 else "right")
    scale_bar(ax, 0 if sign > 0 else -20, low)
    ax.set_ylim(low - 20, high + 14)
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
        ax.text(radius_mm * 1.03, middle, view, color=colour, fontsize=11, va="center")
    ax.plot([0, radius_mm], [0, 0], color=LEVEL_COLOUR, lw=1.4)
    ax.annotate("nipple level", (0, 0), (4, -4), textcoords="offset points", va="top", fontsize=9)
    ax.tick_params(labelsize=9)
    ax.set_xlim(0, 1.3 * radius_mm)
    ax.set_ylim(-radius_mm, radius_mm)
    ax.set_xlabel("distance from the nipple,\nseen from the front (mm)", fontsize=10)
    ax.set_ylabel("offset from the nipple level\non the film (mm)", fontsize=10)
    ax.set_title(f"Where {hours[0]:g}-{hours[1]:g} h falls, {SIDE_NAMES[side]}", fontsize=11)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def plot_films(
    judgement: Judgement,
    finding_ids: Sequence[str] = (),
    *,
    mlo_angle_deg: float = 45.0,
    hours: tuple[float, float] | None = None,
) -> Figure:
    """CC and MLO side by side and, with ``hours``, how far from the nipple level they fall."""
    angles = {"CC": 0.0, "MLO": mlo_angle_deg}
    heights = [4.0, 3.0 if hours else 1.3]
    figure = new_figure(7.4, sum(heights))
    grid = figure.add_gridspec(2, 2, height_ratios=heights)
    for column, (view, angle_deg) in enumerate(angles.items()):
        ax = figure.add_subplot(grid[0, column])
        plot_film(judgement, angle_deg, finding_ids, view=view, hours=hours, ax=ax)
    if hours:
        fans = figure.add_subplot(grid[1, 0])
        plot_hour_fans(judgement.breast.side, angles, hours, ax=fans)
    legend = figure.add_subplot(grid[1, 1] if hours else grid[1, :])
    legend.set_axis_off()
    legend.legend(
        handles=[*legend_handles(judgement, finding_ids), *line_handles(hours)],
        loc="center",
        ncols=1 if hours else 2,
        frameon=False,
        fontsize=10,
        handlelength=3.0,
        title="inner line 50 %, outer line 80 % of a belief" if finding_ids else None,
        title_fontsize=10,
    )
    return figure
