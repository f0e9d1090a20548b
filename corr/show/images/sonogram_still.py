"""An ultrasound still, cut to its calibrated region, with depth below the skin and its scale.

Only pixels that `corr.imaging.ultrasound.sonogram` let through are drawn; burned-in text is not.
Rows run down from the probe, so up is the skin. The left and the right edge of a still are
whichever way the probe was held; nothing in the file says it, and the picture says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from corr.anatomy.names import SIDE_NAMES
from corr.show.figures.parts import palette as draw
from corr.show.figures.parts.picture import Picture

if TYPE_CHECKING:
    from corr.imaging.ultrasound.sonogram import Sonogram

BAR_MM = 10.0
LIGHT, MARK = "#f2f2f2", "#E69F00"
HELD = "left and right depend on how the probe was held"


def plot_sonogram(
    still: Sonogram,
    marks: Sequence[tuple[float, float]] = (),
    *,
    words: str = "",
    ax: Axes | None = None,
) -> Axes:
    """One still in mm (depth below the skin downwards), or in pixels where it has no scale.

    Parameters
    ----------
    still
        As `corr.imaging.ultrasound.sonogram.read_sonogram` gives it.
    marks
        Points (row, col) of the stored image to mark, e.g. caliper ends or a lesion's centre;
        two points are joined and their distance is written.
    words
        Said in the title, e.g. the finding's name.
    """
    ax = draw.new_axes(ax, 5.6, 4.8)
    row_mm, col_mm, scaled = _scale(still)
    rows, cols = still.image.shape[:2]
    if not rows:
        ax.text(0.5, 0.5, "no pixels could be shown", ha="center", va="center")
        ax.set_axis_off()
        return ax
    zero = still.depth_zero_row if still.depth_zero_row is not None else still.corner[0]
    top = (still.corner[0] - 0.5 - zero) * row_mm
    extent = (-cols / 2 * col_mm, cols / 2 * col_mm, top + rows * row_mm, top)
    ax.imshow(still.image, cmap="gray", extent=extent, interpolation="antialiased")
    ax.set(xlim=extent[:2], ylim=extent[2:], facecolor="black")
    ax.set_xticks([])
    middle = still.corner[1] + (cols - 1) / 2
    places = [((c - middle) * col_mm, (r - zero) * row_mm) for r, c in marks]
    _marks(ax, places, scaled=scaled)
    _labels(ax, still, scaled=scaled)
    side = SIDE_NAMES[still.side].capitalize() if still.side in SIDE_NAMES else "Side not coded"
    place = "" if still.clock is None else f", {still.clock} o'clock"
    ax.set_title(f"{side}{place}{f': {words}' if words else ''}", fontsize=11, loc="left")
    return ax


def _scale(still: Sonogram) -> tuple[float, float, bool]:
    """Mm per row and column, and whether they are known; one region's where it has its own."""
    if still.row_mm is not None and still.col_mm is not None:
        return still.row_mm, still.col_mm, True
    if len(still.regions) == 1:
        return still.regions[0].row_mm, still.regions[0].col_mm, True
    return 1.0, 1.0, False


def _marks(ax: Axes, places: Sequence[tuple[float, float]], *, scaled: bool) -> None:
    for x, y in places:
        (cross,) = ax.plot(x, y, "+", color=MARK, ms=12, mew=2, zorder=4)
        draw.halo(cross, width=3.6)
    if len(places) != 2:
        return
    (x0, y0), (x1, y1) = places
    ax.plot([x0, x1], [y0, y1], color=MARK, lw=1.2, ls=":", zorder=3)
    if scaled:
        length, at = np.hypot(x1 - x0, y1 - y0), (max(x0, x1), (y0 + y1) / 2)
        draw.halo(
            draw.beside(ax, f"{length:.1f} mm", at, (8, 0), color=LIGHT, va="center"),
            colour="black",
        )


def _labels(ax: Axes, still: Sonogram, *, scaled: bool) -> None:
    """Depth axis or why there is none, skin and depth, scale bar."""
    if scaled and still.depth_zero_row is not None:
        ax.set_ylabel("depth below the skin (mm)")
        sd_mm = still.depth_zero_sd_mm
        said = f"0 \N{PLUS-MINUS SIGN}{sd_mm:.1f} mm" if sd_mm else "0"
    else:
        ax.set_yticks([])
        said = "depth not known" if scaled else "no scale: not calibrated"
    box: dict[str, Any] = {"transform": ax.transAxes, "color": LIGHT, "zorder": 5, "fontsize": 9}
    for x, y, words, va in (
        (0.02, 0.98, f"skin: {said}", "top"),
        (0.98, 0.02, f"{draw.DOWN_ARROW} deep", "bottom"),
    ):
        ha = "left" if x < 0.5 else "right"
        draw.halo(ax.text(x, y, words, ha=ha, va=va, **box), colour="black")
    if scaled:
        (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
        draw.scale_bar(
            ax, x0 + 0.03 * (x1 - x0), y0 + 0.05 * (y1 - y0), length_mm=BAR_MM, colour=LIGHT
        )
        draw.halo(ax.texts[-1], colour="black")
    ax.set_xlabel(HELD, fontsize=8, color=draw.INK)


def sonogram_picture(
    still: Sonogram, marks: Sequence[tuple[float, float]] = (), *, words: str = ""
) -> Picture:
    """`plot_sonogram` with its text."""
    side = SIDE_NAMES.get(still.side or "", "side not coded")
    scale = "with its scale in mm" if still.calibrated else "without a scale"
    alt = f"Ultrasound still, {side}, {scale}{f': {words}' if words else ''}."
    axes = plot_sonogram(still, marks, words=words)
    return Picture(draw.figure_of(axes), alt=alt, caption="; ".join(still.notes))
