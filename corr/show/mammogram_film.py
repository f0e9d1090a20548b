"""A real film as it hangs, with its nipple lines, arcs, marks and what other exams expect.

x and y are those of `corr.show.film_plane`: mm from the nipple, posterior toward the chest wall
(the viewer's right on a right breast), up = + transverse. The stored image is turned by its
PatientOrientation, so however it was saved it hangs the usual way. A film without pixel
spacing is shown in pixels, without scale, arcs and expected regions, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Polygon
from numpy.typing import NDArray

from corr import parameters
from corr.frame import left_sign
from corr.parameters import Parameters
from corr.records import Finding, Judgement, Reading
from corr.show.belief_lines import draw_field
from corr.show.film_lines import PNL_LINE, draw_arcs, mark_measured
from corr.show.film_plane import FilmForecast, FilmPlane
from corr.show.palette import (
    DOWN_ARROW,
    UP_ARROW,
    Style,
    halo,
    new_axes,
    new_figure,
    scale_bar,
    styles,
)
from corr.show.text import NO_PLACE, position_words

if TYPE_CHECKING:
    from corr.imaging.mammogram import Mammogram

LONGEST_PX = 900
LIGHT, LEVEL, PNL, ARC, PECTORAL = "#f2f2f2", "#ffffff", "#e3b8ff", "#b8b8b8", "#9fe0c4"
UNKNOWN_ANGLE_DEG = 45.0
Floats = NDArray[Any]


class Hung:
    """Stored pixels to picture coordinates (mm, or pixels where the film has no spacing).

    Attributes
    ----------
    sign
        Where posterior points in the picture: +1 right, -1 left.
    known
        Whether the orientation of the film is known.
    has_nipple
        Whether coordinates are from the nipple; otherwise from the middle of the image.
    """

    def __init__(self, film: Mammogram) -> None:
        marks, hanging = film.landmarks, film.hanging
        self.sign = -left_sign(film.side)
        self.known = hanging is not None
        found = marks.nipple_row is not None and marks.nipple_col is not None
        rows, cols = film.image.shape[:2]
        self.nipple = np.array(
            [marks.nipple_row, marks.nipple_col] if found else [rows / 2, cols / 2], dtype=float
        )
        self.has_nipple = found
        self.mm = np.array([film.row_spacing_mm or 1.0, film.col_spacing_mm or 1.0])
        steps = {"top": (-1, 0), "bottom": (1, 0), "left": (0, -1), "right": (0, 1)}
        right_breast = self.sign > 0
        chest, up = (
            (hanging.chest, hanging.up) if hanging else ("right" if right_breast else "left", "top")
        )
        self._axes = np.array([steps[chest], steps[up]], dtype=float)

    def __call__(self, points: Floats) -> NDArray[np.float64]:
        """(n, 2) stored (row, col) to (n, 2) picture (x, y)."""
        film = (np.asarray(points, dtype=float).reshape(-1, 2) - self.nipple) * self.mm
        posterior, transverse = self._axes @ film.T
        return np.column_stack([self.sign * posterior, transverse])

    def image(self, stored: Floats) -> tuple[Floats, tuple[float, float, float, float]]:
        """The image as it hangs, thinned to what a picture shows, and its extent."""
        rows, cols = stored.shape[:2]
        low, high = self(np.array([[-0.5, -0.5], [rows - 0.5, cols - 0.5]]))
        thin = max(1, -(-max(rows, cols) // LONGEST_PX))
        shown = _thinned(stored, thin)
        corners = self(np.array([[0, 0], [0, 1], [1, 0]]))
        along_col, along_row = corners[1] - corners[0], corners[2] - corners[0]
        if abs(along_col[0]) < abs(along_row[0]):  # columns run across the film
            shown, along_col, along_row = shown.swapaxes(0, 1), along_row, along_col
        shown = shown[:, ::-1] if along_col[0] < 0 else shown
        shown = shown[::-1] if along_row[1] > 0 else shown
        (x0, x1), (y0, y1) = sorted((low[0], high[0])), sorted((low[1], high[1]))
        return shown, (x0, x1, y0, y1)


_Hung = Hung


def _thinned(image: Floats, step: int) -> Floats:
    """Mean of blocks of ``step`` x ``step`` pixels."""
    rows, cols = (n // step for n in image.shape[:2])
    blocks = image[: rows * step, : cols * step].reshape(rows, step, cols, step)
    return np.asarray(blocks.mean(axis=(1, 3)))


def plot_mammogram(
    film: Mammogram,
    judgement: Judgement | None = None,
    finding_ids: Sequence[str] | None = None,
    *,
    p: Parameters | None = None,
    style: Mapping[str, Style] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """One film as it hangs; with a judgement of its breast, what other exams expect on it.

    Parameters
    ----------
    film
        As `corr.imaging.mammogram.read_mammogram` gives it.
    finding_ids
        Findings to show: those measured on this film as crosses, others as the region where
        they should lie (50 and 80 %). All with a place when not given.

    Raises
    ------
    ValueError
        If the judgement is of the other breast.
    """
    if judgement is not None and judgement.breast.side != film.side:
        msg = f"the film is of the {film.side} breast, the judgement of {judgement.breast.side}"
        raise ValueError(msg)
    ax = new_axes(ax, 4.2, 5.4)
    hung = Hung(film)
    image, extent = hung.image(film.image)
    low, high = _window(image)
    ax.imshow(image, cmap="gray", vmin=low, vmax=high, extent=extent, interpolation="antialiased")
    plane = FilmPlane(film.side, UNKNOWN_ANGLE_DEG if film.angle_deg is None else film.angle_deg)
    _landmarks(ax, film, hung, extent)
    if judgement is not None and film.calibrated and hung.known and hung.has_nipple:
        looks = styles(judgement.breast) if style is None else style
        _findings(ax, film, judgement, finding_ids, style=looks, p=p or parameters.load())
    _labels(ax, film, plane, hung, extent)
    ax.set(xlim=extent[:2], ylim=extent[2:], facecolor="black")
    ax.set_xticks([])
    ax.set_yticks([])
    return ax


def _window(image: Floats) -> tuple[float, float]:
    """Grey levels shown black and white: background to nearly the brightest tissue."""
    low, high = np.percentile(image, [2.0, 99.7])
    return float(low), float(max(high, low + 1e-6))


def _landmarks(
    ax: Axes, film: Mammogram, hung: Hung, extent: tuple[float, float, float, float]
) -> None:
    """Outline, pectoral edge, nipple with its spread, both nipple lines and arcs."""
    marks = film.landmarks
    frame = Polygon(np.array([extent[:2] * 2, (extent[2],) * 2 + (extent[3],) * 2]).T[[0, 1, 3, 2]])
    if len(marks.outline):
        frame = Polygon(hung(marks.outline), fc="none", ec=LIGHT, lw=0.6, alpha=0.6, zorder=2)
        ax.add_patch(frame)
    if marks.pectoral is not None:
        ax.plot(*hung(marks.pectoral).T, color=PECTORAL, lw=1.2, zorder=3)
    if not hung.has_nipple:
        return
    back = extent[1] if hung.sign > 0 else extent[0]
    if hung.known:
        ax.plot([0, back], [0, 0], color=LEVEL, lw=0.9, zorder=4)
    if marks.posterior_nipple_line is not None:
        line = hung(marks.posterior_nipple_line)
        ax.plot(*line.T, color=PNL, lw=1.4, ls=PNL_LINE, zorder=4)
    if film.calibrated:
        draw_arcs(ax, hung.sign, frame, colour=ARC, words=LIGHT)
        if marks.nipple_sd_mm:
            ring = Circle((0, 0), 2 * marks.nipple_sd_mm, fc="none", ec="#ffd28a", lw=1, zorder=5)
            ring.set_linestyle("-" if marks.nipple_confident else ":")
            ax.add_patch(ring)
    ax.plot(0, 0, "+", color="#ffd28a", ms=9, mew=1.4, zorder=6)
    if not marks.nipple_confident:
        ax.annotate("nipple?", (0, 0), (6, 6), textcoords="offset points", color="#ffd28a")


def _findings(
    ax: Axes,
    film: Mammogram,
    judgement: Judgement,
    finding_ids: Sequence[str] | None,
    *,
    style: Mapping[str, Style],
    p: Parameters,
) -> None:
    """Crosses of what this film measured, expected regions of what other exams found."""
    reading = _reading(judgement, film)
    forecast: FilmForecast | None = None
    for f in judgement.breast.findings:
        if not f.matched or (finding_ids is not None and f.finding_id not in finding_ids):
            continue
        look = style[f.finding_id]
        if f.reading_id == reading.reading_id:
            if f.posterior_mm is not None and f.transverse_mm is not None:
                sign = -left_sign(film.side)
                mark_measured(ax, sign * f.posterior_mm, f.transverse_mm, look)
        elif _placed(f):
            forecast = FilmForecast(judgement, reading, p) if forecast is None else forecast
            weights = forecast.density(judgement.beliefs[f.finding_id].probability)
            draw_field(ax, forecast.raster.field(weights), look, on_dark=True)


def _placed(finding: Finding) -> bool:
    return position_words(finding) != NO_PLACE


def _reading(judgement: Judgement, film: Mammogram) -> Reading:
    """The judged reading of this view, else one made from the film itself."""
    same = [r for r in judgement.breast.readings if r.modality == "MG" and r.view == film.view]
    made = Reading(f"film {film.view}", "MG", "film", film.view, film.angle_deg, film.thickness_mm)
    return max(same, key=lambda r: r.order or 0.0) if same else made


def _labels(
    ax: Axes,
    film: Mammogram,
    plane: FilmPlane,
    hung: Hung,
    extent: tuple[float, float, float, float],
) -> None:
    """Side and view, directions, scale bar and what is not known, inside the black frame."""
    x0, x1, y0, y1 = extent
    nipple_side = 0.03 if hung.sign > 0 else 0.97
    ha = "left" if hung.sign > 0 else "right"
    box: dict[str, Any] = {"transform": ax.transAxes, "color": LIGHT, "zorder": 8}
    name = f"{film.side} {film.view}"
    angle = "" if film.angle_deg is None else f" {film.angle_deg:.0f}\N{DEGREE SIGN}"
    ax.text(nipple_side, 0.975, name, ha=ha, va="top", fontsize=14, fontweight="bold", **box)
    if angle:
        ax.text(nipple_side, 0.90, angle.strip(), ha=ha, va="top", fontsize=9, **box)
    up, down = plane.edges()
    notes = []
    if hung.known:
        ax.text(nipple_side, 0.83, f"{UP_ARROW} {up}", ha=ha, va="top", fontsize=9, **box)
        ax.text(nipple_side, 0.03, f"{DOWN_ARROW} {down}", ha=ha, va="bottom", fontsize=9, **box)
    else:
        notes.append("orientation not known")
    wall = ax.text(1 - nipple_side, 0.5, "chest wall", rotation=90, va="center", **box)
    wall.set_horizontalalignment("right" if hung.sign > 0 else "left")
    wall.set_fontsize(9)
    if film.calibrated:
        at = x0 + 0.04 * (x1 - x0) if hung.sign > 0 else x1 - 0.04 * (x1 - x0) - 20
        scale_bar(ax, at, y0 + 0.10 * (y1 - y0), colour=LIGHT)
    else:
        notes.append("no scale: film not calibrated")
    ax.text(nipple_side, 0.09, "\n".join(notes), ha=ha, va="bottom", fontsize=8, **box)
    for text in ax.texts:
        halo(text, colour="black", width=2.0)


def figure_mammograms(
    films: Sequence[Mammogram],
    judgements: Mapping[str, Judgement] | None = None,
    *,
    p: Parameters | None = None,
) -> Figure:
    """Films hung back to back: a row for each view, right breast on the viewer's left.

    Parameters
    ----------
    judgements
        Judgement of each side, if any.
    """
    views = sorted({f.view for f in films}, key=lambda v: (v != "CC", v))
    figure = new_figure(7.4, 4.6 * max(len(views), 1))
    figure.get_layout_engine().set(w_pad=0.0, wspace=0.0)  # type: ignore[union-attr, call-arg]
    axes = figure.subplots(max(len(views), 1), 2, squeeze=False)
    for row, view in zip(axes, views, strict=False):
        for ax, side in zip(row, "RL", strict=True):
            film = next((f for f in films if (f.side, f.view) == (side, view)), None)
            if film is None:
                ax.set_axis_off()
                continue
            plot_mammogram(film, (judgements or {}).get(side), p=p, ax=ax)
            ax.set_anchor("E" if side == "R" else "W")
    return figure
