"""What every film shows beside tissue: both nipple lines, arcs, directions and marks.

Two lines through the nipple are often confused; both are drawn and never mixed: the *nipple
level* (level on the film, used by the geometry) and the radiologists' *posterior nipple line*
(at right angles to the pectoral muscle; tilted by about 20 degrees on an oblique). Tissue straight
behind the nipple follows the latter, so it is drawn where the film's own map puts that tissue.
"""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon
from matplotlib.path import Path

from corr.show.figures.film_plane import FilmPlane
from corr.show.figures.parts import palette as draw
from corr.show.wording.text import hour_words

TO_PECTORAL = 0.86
"""Share of the way to the chest wall at which the edge of the pectoral muscle is drawn."""
LEVEL_COLOUR, PNL_COLOUR, SECTOR_COLOUR = "#000000", "#7b3294", "#8c6d1f"
PNL_LINE = (0, (4, 2))
ARC_STEP_MM = 20.0
MOST_ARC_MM = 200.0
LEAST_LABELLED = 8
"""Points of 120 around the nipple: an arc of which less is seen has no number."""
ARC_COLOUR = "#8a8a8a"


def draw_lines(ax: Axes, plane: FilmPlane, skin: Polygon) -> None:
    """Nipple level and posterior nipple line of a schematic, with the pectoral on an oblique.

    On other views, where the pectoral is upright or not to be seen, the two are one. Nothing is
    drawn outside ``skin``, the outline of the breast.
    """
    sign, shape = plane.sign, skin.get_xy() * [plane.sign, 1.0]
    level = foot = np.array([shape[:, 0].max(), 0.0])
    drawn = ax.plot([0, sign * level[0]], [0, 0], color=LEVEL_COLOUR, lw=1.3, zorder=4)
    if plane.shows_pectoral:
        foot = TO_PECTORAL * (shape @ plane.axis).max() * plane.axis
        along = np.array([-plane.axis[1], plane.axis[0]])
        ends = np.array([foot - 22 * along, foot + 32 * along])
        drawn += ax.plot(
            sign * ends[:, 0], ends[:, 1], color=draw.FAINT, lw=6, alpha=0.4, zorder=1.5
        )
    x, y = np.outer(foot * [sign, 1.0], [0.0, 1.0])
    drawn += ax.plot(x, y, color=PNL_COLOUR, lw=2, ls=PNL_LINE, zorder=4)
    for line in drawn:
        line.set_clip_path(skin)


def draw_arcs(
    ax: Axes, sign: float, shape: Polygon, *, colour: str = ARC_COLOUR, words: str = draw.INK
) -> None:
    """Arcs of equal distance from the nipple every 20 mm, inside the outline of the breast.

    A place keeps roughly to its arc from one view to another.
    """
    inside = Path(shape.get_xy())
    for radius in np.arange(ARC_STEP_MM, MOST_ARC_MM, ARC_STEP_MM):
        angle = np.deg2rad(np.linspace(-85, 85, 120))
        ring = radius * np.column_stack([sign * np.cos(angle), np.sin(angle)])
        seen = inside.contains_points(ring)
        if not seen.any():
            break
        (line,) = ax.plot(*ring.T, color=colour, lw=0.8, ls=(0, (1, 2)), zorder=2)
        line.set_clip_path(shape)
        shown = np.flatnonzero(seen)
        if len(shown) < LEAST_LABELLED:
            continue
        x, y = ring[shown[min(6, len(shown) // 2)]]  # inside, however little is seen of the arc
        text = ax.text(x, y, f"{radius:.0f}", fontsize=7, color=words, ha="center", va="center")
        text.set_clip_on(True)
        draw.halo(text, colour="white" if words == draw.INK else "black")


def draw_directions(
    ax: Axes, plane: FilmPlane, at: tuple[float, float, float], *, colour: str = draw.INK
) -> None:
    """Words for the upper and the lower edge of the film at x, low y and high y."""
    up, down = plane.edges()
    x, low, high = at
    ax.text(x, high, f"{draw.UP_ARROW} {up}", ha="center", va="bottom", fontsize=10, color=colour)
    ax.text(x, low, f"{draw.DOWN_ARROW} {down}", ha="center", va="top", fontsize=10, color=colour)


def mark_measured(ax: Axes, x: float, y: float, style: draw.Style) -> list[Artist]:
    """A cross where a film measured a finding itself."""
    (cross,) = ax.plot(x, y, "+", mec=style.colour, mew=2.2, ms=15, zorder=6)
    cross.set_path_effects(draw.light_edge(2.2))
    return [cross]


def line_handles(hours: tuple[float, float] | None = None, *, marks: bool = False) -> list[Artist]:
    """Legend of what a film shows beside the beliefs."""
    pnl = "posterior nipple line (at right angles\nto the pectoral muscle)"
    edge = "edge of the pectoral muscle (MLO)"
    drawn: list[Artist] = [
        Patch(fc=draw.SKIN, ec=draw.INK, label="expected outline of the breast"),
        Line2D([], [], color=LEVEL_COLOUR, lw=1.3, label="nipple level (used by the geometry)"),
        Line2D([], [], color=PNL_COLOUR, lw=2, ls=PNL_LINE, label=pnl),
        Line2D([], [], color=draw.FAINT, lw=6, alpha=0.4, label=edge),
        Line2D([], [], color=ARC_COLOUR, lw=0.8, ls=(0, (1, 2)), label="mm from the nipple"),
    ]
    if marks:
        cross = Line2D([], [], marker="+", mec=draw.INK, mew=2.2, ms=12, ls="none")
        cross.set_label("measured on this film")
        drawn.append(cross)
    if hours is not None:
        label = f"all tissue at {hour_words(hours)}"
        drawn.append(Patch(fc=SECTOR_COLOUR, ec=SECTOR_COLOUR, alpha=0.3, hatch="///", label=label))
    return drawn
