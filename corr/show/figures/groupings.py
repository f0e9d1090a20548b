"""The grouping diagram: exams in columns, findings as marks, lesions as bands.

Exams run from left to right in their order. Every lesion of a grouping has a row of its own, so
that no band crosses another. A finding keeps the colour of its lesion in the most probable
grouping, so that another grouping shows as colours that mix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corr.anatomy.names import SIDE_NAMES
from corr.judgement.result import Grouping, Judgement
from corr.judgement.verdict import written
from corr.records import MODALITIES, Reading
from corr.show.figures.parts import palette as draw
from corr.show.wording.text import exam_name, short, short_names

BAND = "#dddddd"
"""Pale fill of a lesion; the number beside it says which."""
BAND_POINTS = 22.0
MOST_DIAGRAMS = 3


def columns(judgement: Judgement) -> list[Reading]:
    """Readings from left to right: by their order in time, then by modality and name."""
    return sorted(
        judgement.breast.readings,
        key=lambda r: (r.order is None, r.order or 0.0, MODALITIES.index(r.modality), r.reading_id),
    )


def rows(judgement: Judgement, grouping: Grouping | None = None) -> dict[str, int]:
    """Row of every matched finding: its lesion in a grouping, the most probable if not given."""
    if grouping is None and not judgement.groupings:
        return {f.finding_id: k for k, f in enumerate(judgement.breast.findings) if f.matched}
    blocks = (grouping or judgement.groupings[0]).blocks
    return {i: row for row, block in enumerate(blocks) for i in block}


def plot_grouping(
    judgement: Judgement, grouping: Grouping | None = None, *, ax: Axes | None = None
) -> Axes:
    """One grouping of the findings of a breast; the most probable one when not given."""
    if grouping is None and judgement.groupings:
        grouping = judgement.groupings[0]
    exams, row = columns(judgement), rows(judgement, grouping)
    wide = 2.0 + 1.6 * max(len(exams), 2)
    ax = draw.new_axes(ax, wide, 1.8 + 0.75 * max(len(set(row.values())), 2))
    column = {r.reading_id: k for k, r in enumerate(exams)}
    found = {f.finding_id: f for f in judgement.breast.findings if f.matched}
    at = {i: (column[f.reading_id], row[i]) for i, f in found.items() if i in row}
    for number, block in enumerate(grouping.blocks if grouping else ()):
        _band(ax, [at[i] for i in block if i in at], number)
    _marks(ax, judgement, at)
    _headers(ax, judgement, exams)
    ax.set_xlim(-0.65, max(len(exams), 2) - 0.35)
    ax.set_ylim(max([*row.values(), 0]) + 0.75, -1.35)
    ax.set_axis_off()
    side = SIDE_NAMES[judgement.breast.side].capitalize()
    said = f": P {written(grouping.p)}" if grouping else ": no findings to group"
    ax.set_title(f"{side}, grouping{said}", fontsize=10, loc="left")
    return ax


def _band(ax: Axes, marks: Sequence[tuple[int, int]], number: int) -> None:
    """A thick line through the findings of one lesion, with its number at its start."""
    if not marks:
        return
    marks = sorted(marks)
    (first, y), (last, _) = marks[0], marks[-1]
    ax.plot([first, last], [y, y], color=BAND, lw=BAND_POINTS, solid_capstyle="round", zorder=1)
    look = {"ha": "center", "va": "center", "fontsize": 9, "color": draw.INK, "zorder": 4}
    draw.beside(ax, str(number + 1), marks[0], (-17, 0), fontweight="bold", **look)


def _marks(ax: Axes, judgement: Judgement, at: Mapping[str, tuple[int, int]]) -> None:
    """Marker and name of every finding."""
    name, style = short_names(judgement.breast), draw.lesion_styles(judgement)
    how = {"ha": "center", "va": "bottom", "fontsize": 8, "zorder": 5}
    for i, (x, y) in at.items():
        ax.plot(x, y, style[i].marker, color=style[i].colour, mec=style[i].edge, ms=11, zorder=3)
        words = name[i].replace(" (", "\n(")
        draw.halo(draw.beside(ax, words, (x, y), (0, 13), color=style[i].text, **how))


def _headers(ax: Axes, judgement: Judgement, exams: Sequence[Reading]) -> None:
    """Name of each exam above its column; one that found nothing says so."""
    axis: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "ha": "center"}
    reported = {f.reading_id for f in judgement.breast.findings if f.matched}
    for x, r in enumerate(exams):
        head = exam_name(r, written=short)
        ax.axvline(x, color="#e4e4e4", lw=1, zorder=0, ymax=0.88)
        draw.beside(ax, head, (x, 1.0), (0, -2), va="top", fontsize=9, fontweight="bold", **axis)
        if r.reading_id not in reported:
            look = {**axis, "fontsize": 8, "style": "italic", "backgroundcolor": "white"}
            ax.annotate("nothing\nreported", (x, 0.0), va="bottom", color=draw.FAINT, **look)


def figure_groupings(judgement: Judgement, *, most: int = MOST_DIAGRAMS) -> Figure:
    """The most probable groupings below each other."""
    shown = judgement.groupings[:most]
    tallest = max((len(g.blocks) for g in shown), default=2)
    heights = 1.3 + 0.62 * max(tallest, 2)
    wide = float(np.clip(1.5 + 1.5 * len(judgement.breast.readings), 6.0, 11.0))
    figure = draw.new_figure(wide, heights * max(len(shown), 1))
    axes = figure.subplots(max(len(shown), 1), 1, squeeze=False)[:, 0]
    for rank, ax in enumerate(axes):
        grouping = shown[rank] if shown else None
        plot_grouping(judgement, grouping, ax=ax)
        if shown:
            ax.set_title(f"{rank + 1}. {ax.get_title(loc='left')}", fontsize=10, loc="left")
    return figure
