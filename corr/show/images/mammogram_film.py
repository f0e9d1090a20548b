"""A real film as it hangs, with its nipple lines, arcs, marks and what other exams expect.

x and y are those of `corr.show.figures.film_plane`: mm from the nipple, posterior toward the chest
wall (the viewer's right on a right breast), up = + transverse. The stored image is turned by its
PatientOrientation, so however it was saved it hangs the usual way. A film without pixel spacing is
shown in pixels, without scale, arcs and expected regions, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Polygon
from matplotlib.path import Path
from numpy.typing import ArrayLike, NDArray

from corr.anatomy.views import VIEWS, film_edges
from corr.exams.registry import exam_of
from corr.judgement.result import Judgement
from corr.questions.look.where import expected
from corr.records import Reading, View
from corr.show.figures.film_lines import PNL_LINE, draw_arcs, mark_measured
from corr.show.figures.parts import palette as draw
from corr.show.figures.parts.belief_lines import draw_belief
from corr.show.figures.parts.density import Field
from corr.show.figures.parts.legends import finding_handles, legend
from corr.show.figures.parts.picture import Picture
from corr.show.images.hung_film import Hung
from corr.show.wording.text import is_placed

if TYPE_CHECKING:
    from corr.imaging.mammogram.mammogram import Mammogram

LINES = (
    "White: nipple level. Purple, dashed: posterior nipple line. Green: edge of the pectoral "
    "muscle. Circle: where the nipple may be (two SD); dotted where that is not certain."
)
"""What the lines on a mammogram mean."""
LIGHT, LEVEL, PNL, ARC, PECTORAL = "#f2f2f2", "#ffffff", "#e3b8ff", "#b8b8b8", "#9fe0c4"
NIPPLE = "#ffd28a"
UNKNOWN_ANGLE_DEG = 45.0
Floats = NDArray[Any]
Extent = tuple[float, float, float, float]


def plot_mammogram(
    film: Mammogram,
    judgement: Judgement | None = None,
    finding_ids: Sequence[str] | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """One film as it hangs; with a judgement of its breast, what other exams expect on it.

    Parameters
    ----------
    film
        As `corr.imaging.mammogram.mammogram.read_mammogram` gives it.
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
    ax = draw.new_axes(ax, 4.2, 5.4)
    hung = Hung(film)
    image, extent = hung.image(film.image)
    low, high = np.percentile(image, [2.0, 99.7])  # background to nearly the brightest tissue
    look: dict[str, Any] = {"cmap": "gray", "vmin": low, "vmax": max(high, low + 1e-6)}
    ax.imshow(image, extent=extent, interpolation="antialiased", **look)
    _landmarks(ax, film, hung, extent)
    if judgement is not None and film.calibrated and hung.known and hung.has_nipple:
        _findings(ax, film, judgement, finding_ids, inside=_not_in_air(film, hung, extent))
    _labels(ax, film, hung, extent)
    ax.set(xlim=extent[:2], ylim=extent[2:], facecolor="black")
    ax.set_xticks([])
    ax.set_yticks([])
    return ax


def _landmarks(ax: Axes, film: Mammogram, hung: Hung, extent: Extent) -> None:
    """Outline, pectoral edge, nipple with its spread, both nipple lines and arcs."""
    marks = film.landmarks
    frame = Polygon(np.array([extent[:2] * 2, (extent[2],) * 2 + (extent[3],) * 2]).T[[0, 1, 3, 2]])
    if len(marks.outline):
        frame = Polygon(hung(marks.outline), fc="none", ec=LIGHT, lw=0.6, alpha=0.6, zorder=2)
        ax.add_patch(frame)
    if marks.pectoral is not None:
        _edged(ax, hung(marks.pectoral), color=PECTORAL, lw=1.2, zorder=3)
    if not hung.has_nipple:
        return
    back = extent[1] if hung.sign > 0 else extent[0]
    if hung.known:
        _edged(ax, np.array([[0.0, 0.0], [back, 0.0]]), color=LEVEL, lw=0.9, zorder=4)
    if marks.posterior_nipple_line is not None:
        line = hung(marks.posterior_nipple_line)
        _edged(ax, line, color=PNL, lw=1.4, ls=PNL_LINE, zorder=4)
    if film.calibrated:
        draw_arcs(ax, hung.sign, frame, colour=ARC, words=LIGHT)
        if marks.nipple_sd_mm:
            ring = Circle((0, 0), 2 * marks.nipple_sd_mm, fc="none", ec=NIPPLE, lw=1, zorder=5)
            ring.set_linestyle("-" if marks.nipple_confident else ":")
            ax.add_patch(ring)
    ax.plot(0, 0, "+", color=NIPPLE, ms=9, mew=1.4, zorder=6)
    if not marks.nipple_confident:
        draw.beside(ax, "nipple?", (0, 0), (6, 6), color=NIPPLE)


def _edged(ax: Axes, points: ArrayLike, **look: Any) -> None:
    """A light line with a dark edge, to be seen on air and on dense tissue."""
    (line,) = ax.plot(*np.asarray(points, dtype=float).T, **look)
    draw.halo(line, width=look["lw"] + 1.6, colour="black")


def _findings(
    ax: Axes,
    film: Mammogram,
    judgement: Judgement,
    finding_ids: Sequence[str] | None,
    *,
    inside: Callable[[Floats], NDArray[np.bool_]],
) -> None:
    """Crosses of what this film measured, expected regions of what other exams found.

    Regions are given that the lesion is not in the air beside the breast.
    """
    reading, style, sign = _reading(judgement, film), draw.lesion_styles(judgement), Hung(film).sign
    elsewhere = []
    for f in judgement.breast.findings:
        if not f.matched or (finding_ids is not None and f.finding_id not in finding_ids):
            continue
        if f.reading_id != reading.reading_id:
            elsewhere += [f] if is_placed(f) else []
        elif f.posterior_mm is not None and f.transverse_mm is not None:
            mark_measured(ax, sign * f.posterior_mm, f.transverse_mm, style[f.finding_id])
    for f in elsewhere:
        field = Field.of(expected(judgement, (f.finding_id,), reading).place, sign)
        draw_belief(ax, f, field.within(inside), style[f.finding_id], on_dark=True)


def _not_in_air(
    film: Mammogram, hung: Hung, extent: Extent
) -> Callable[[Floats], NDArray[np.bool_]]:
    """Which points (mm) lie in the breast or beyond the film; all where its outline is unknown."""
    x0, x1, y0, y1 = extent

    def inside(points: Floats) -> NDArray[np.bool_]:
        if not len(film.landmarks.outline):
            return np.ones(len(points), bool)
        x, y = points.T
        on_film = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
        breast = Path(hung(film.landmarks.outline)).contains_points(points)
        return np.asarray(breast | ~on_film)

    return inside


def _reading(judgement: Judgement, film: Mammogram) -> Reading:
    """The judged reading of this view, else one made from the film itself."""
    same = [
        r for r in judgement.breast.readings if exam_of(r).place == "film" and r.view == film.view
    ]
    made = Reading(
        f"film {film.view}", "MG", "film", cast("View", film.view), film.angle_deg,
        film.thickness_mm,
        base_angle_deg=VIEWS[film.base_view or "CC"].nominal_deg,
    )  # fmt: skip
    return max(same, key=lambda r: r.order or 0.0) if same else made


def _labels(ax: Axes, film: Mammogram, hung: Hung, extent: Extent) -> None:
    """Side and view, directions, scale bar and what is not known, inside the black frame."""
    x0, x1, y0, y1 = extent
    left = hung.sign > 0  # where the nipple is
    box: dict[str, Any] = {"transform": ax.transAxes, "color": LIGHT, "zorder": 8}

    def put(y: float, words: str, va: str = "top", **look: Any) -> None:
        look = {"fontsize": 9, "va": va, "ha": "left" if left else "right", **box, **look}
        ax.text(0.03 if left else 0.97, y, words, **look)

    put(0.975, f"{film.side} {film.view}", fontsize=14, fontweight="bold")
    if film.angle_deg is not None:
        put(0.90, f"{film.angle_deg:.0f}\N{DEGREE SIGN}")
    up, down = film_edges(UNKNOWN_ANGLE_DEG if film.angle_deg is None else film.angle_deg)
    notes = []
    if hung.known:
        put(0.83, f"{draw.UP_ARROW} {up}")
        put(0.03, f"{draw.DOWN_ARROW} {down}", "bottom")
    else:
        notes.append("orientation not known")
    look: dict[str, Any] = {"rotation": 90, "va": "center", "fontsize": 9, **box}
    ax.text(0.97 if left else 0.03, 0.5, "chest wall", ha="right" if left else "left", **look)
    if film.calibrated:
        at = x0 + 0.04 * (x1 - x0) if left else x1 - 0.04 * (x1 - x0) - 20
        draw.scale_bar(ax, at, y0 + 0.10 * (y1 - y0), colour=LIGHT)
    else:
        notes.append("no scale: film not calibrated")
    put(0.09, "\n".join(notes), "bottom", fontsize=8)
    for text in ax.texts:
        draw.halo(text, colour="black", width=2.0)


def figure_mammograms(
    films: Sequence[Mammogram], judgements: Mapping[str, Judgement] | None = None
) -> Figure:
    """Films hung back to back: a row for each view, right breast on the viewer's left.

    Parameters
    ----------
    judgements
        Judgement of each side, if any.
    """
    judged = judgements or {}
    views = sorted({f.view for f in films}, key=lambda v: (v != "CC", v))
    named = {}
    for side, j in judged.items():
        placed = [f.finding_id for f in j.breast.findings if f.matched and is_placed(f)]
        named[side] = finding_handles(j, placed)
    lines = max((len(handles) for handles in named.values()), default=0)
    heights = [4.6] * max(len(views), 1) + ([0.22 * lines + 0.1] if lines else [])
    figure = draw.new_figure(7.4, sum(heights))
    figure.get_layout_engine().set(w_pad=0.0, wspace=0.0)  # type: ignore[union-attr, call-arg]
    axes = figure.subplots(len(heights), 2, squeeze=False, height_ratios=heights)
    for row, view in zip(axes, views, strict=False):
        for ax, side in zip(row, "RL", strict=True):
            film = next((f for f in films if (f.side, f.view) == (side, view)), None)
            if film is None:
                ax.set_axis_off()
                continue
            plot_mammogram(film, judged.get(side), ax=ax)
            ax.set_anchor("E" if side == "R" else "W")
    for ax, side in zip(axes[-1], "RL", strict=True) if lines else ():
        legend(ax, named.get(side, []), loc="upper center", fontsize=8)
    return figure


def mammograms_picture(
    films: Sequence[Mammogram], judgements: Mapping[str, Judgement] | None = None
) -> Picture:
    """`figure_mammograms` with its text."""
    named = ", ".join(f"{f.side} {f.view}" for f in films)
    unsure = [f"{f.side} {f.view}" for f in films if not f.landmarks.nipple_confident]
    alt = f"Mammograms as they hang, chest walls back to back: {named}."
    if unsure:
        alt += f" The nipple is not certain on {', '.join(unsure)}."
    caption = LINES
    if judgements:
        caption += " Crosses were measured on the film; lines are where other exams expect it."
    return Picture(figure_mammograms(films, judgements), alt=alt, caption=caption)
