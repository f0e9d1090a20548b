"""Where an examination would report a lesion: regions on the clock face, on a film, in an MRI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from numpy.typing import NDArray

from corr.anatomy.frame import left_sign
from corr.exams.registry import exam_of
from corr.exams.ultrasound import clock_bounds
from corr.questions.look.densities import SHARES
from corr.questions.look.where import Expected
from corr.records import Finding
from corr.show.figures.clockface import draw_face
from corr.show.figures.film_plane import expected_plane
from corr.show.figures.films import plot_film
from corr.show.figures.parts import palette as draw
from corr.show.figures.parts.labels import set_apart
from corr.show.wording.text import short
from corr.show.wording.where_words import exam_words, reported_there

WIDTHS = dict(zip(SHARES, (2.4, 1.6, 0.9), strict=True))
REGION = draw.COLOURS[0]
FACE_SHARE = 0.97
"""Share of the skin that the drawn clock face holds."""
MOST_MARKED = 6
"""Of the examination's own findings."""
BESIDE = (7.0, 4.0)
"""Points from a mark to its name, where there is room."""
LEADER = {"arrowstyle": "-", "lw": 0.8, "color": draw.INK, "shrinkA": 0.0, "shrinkB": 3.0}
LINES = "inner line 50 %, then 80 and 95 % of where it would be reported"


def plot_expected(seen: Expected, *, ax: Axes | None = None) -> Axes:
    """Regions of 50, 80 and 95 % where the examination states places; its own findings as marks.

    On the clock face, mm along the skin, seen facing the patient; on a film as it hangs; of an MRI
    summed from front to back, seen facing the patient. A mark has its level beside it.
    """
    alone, ax = ax is None, draw.new_axes(ax, 5.0, 5.0)
    style = draw.lesion_styles(seen.judgement)
    place = exam_of(seen.target).place
    if place == "film":
        _film(ax, seen)
    else:
        _face(ax, seen, on_skin=place == "skin")
    for share in SHARES:
        for outline in _outlines(seen, share):
            ax.plot(*outline.T, color=REGION, lw=WIDTHS[share], zorder=3)
            if share == SHARES[0]:
                ax.fill(*outline.T, color=REGION, alpha=0.12, zorder=2, lw=0)
    for finding, level in reported_there(seen)[:MOST_MARKED]:
        if (at := _mark(seen, finding)) is not None:
            look = style[finding.finding_id]
            ax.plot(*at, look.marker, color=look.colour, mec=draw.INK, ms=9, zorder=5)
            said = f"{short(finding.finding_id)}: {level:.2f}"
            draw.in_front(draw.beside(ax, said, at, BESIDE, fontsize=8, arrowprops=LEADER))
    title = exam_words(seen)
    ax.set_title(title[0].upper() + title[1:], fontsize=10)
    if alone:
        set_apart(draw.figure_of(ax), _labels(ax))
    return ax


def figure_expected(each: Sequence[Expected]) -> Figure:
    """One panel an examination, two beside each other."""
    rows = (len(each) + 1) // 2
    figure = draw.new_figure(7.4 if len(each) > 1 else 5.0, 3.9 * rows + 0.3)
    axes = figure.subplots(rows, min(len(each), 2), squeeze=False).ravel()
    for ax, seen in zip(axes, each, strict=False):
        plot_expected(seen, ax=ax)
    for ax in axes[len(each) :]:
        ax.remove()
    figure.supxlabel(LINES, fontsize=9)
    set_apart(figure, [label for ax in figure.axes for label in _labels(ax)])
    return figure


def _labels(ax: Axes) -> list[Annotation]:
    """Names of the examination's own findings."""
    found = [text for text in ax.texts if isinstance(text, Annotation)]
    return [label for label in found if label.arrow_patch is not None]


def _film(ax: Axes, seen: Expected) -> None:
    plot_film(seen.judgement, expected_plane(seen.judgement, seen.target), ax=ax)


def _face(ax: Axes, seen: Expected, *, on_skin: bool) -> None:
    model = seen.judgement.model
    on = model.skin[0] if on_skin else model.points[:, :2]
    inside = model.extents.reach(model.points)[0] <= 1.0
    radius_mm = float(np.quantile(np.hypot(*on[inside].T), FACE_SHARE))
    draw_face(ax, seen.judgement.breast.side, radius_mm, letters=0.75)


def _outlines(seen: Expected, share: float) -> list[NDArray[np.float64]]:
    """In the coordinates of the picture, mm."""
    sign = left_sign(seen.judgement.breast.side)
    place = exam_of(seen.target).place
    if place == "skin":
        return seen.place.on_face(share)
    turn: Any = [-sign if place == "film" else sign, 1.0]
    return [line * turn for line in seen.place.outlines(share)]


def _mark(seen: Expected, f: Finding) -> tuple[float, float] | None:
    """Where a finding of the examination itself was stated, in the picture."""
    sign, place = left_sign(seen.judgement.breast.side), exam_of(seen.target).place
    if place == "film":
        at = f.posterior_mm, f.transverse_mm
        return None if at[0] is None or at[1] is None else (-sign * at[0], at[1])
    if place == "frame":
        at = f.lateral_mm, f.superior_mm
        return None if at[0] is None or at[1] is None else (sign * at[0], at[1])
    if f.clock_h is None or f.fn_mm is None:
        return None
    turn = np.deg2rad(30.0 * 0.5 * sum(clock_bounds(f.clock_h, seen.judgement.parameters)))
    return float(f.fn_mm * np.sin(turn)), float(f.fn_mm * np.cos(turn))
