"""The grouping diagram: exams in columns, findings as nodes, lesions as coloured bands.

Exams run from left to right in their order. Every finding keeps its row in all diagrams of a
breast (that of its lesion in the most probable grouping), so that another grouping shows as
bands that bend.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from corr.anatomy.names import SIDE_NAMES
from corr.judgement.result import Grouping, Judgement
from corr.judgement.verdict import written
from corr.records import MODALITIES, Reading
from corr.show.figures.parts import palette as draw
from corr.show.wording.text import exam_name, short, short_names

BANDS = ("#9ecae1", "#fdbe85", "#a1d9b1", "#dcb8d8", "#f2dc86", "#c7c7c7", "#f4a9a0", "#b5b0e0")
"""Pale fills of lesions; the number beside a band says the same without colour."""
BAND_POINTS = 22.0
MOST_DIAGRAMS = 3


def columns(judgement: Judgement) -> list[Reading]:
    """Readings from left to right: by their order in time, then by modality and name."""
    return sorted(
        judgement.breast.readings,
        key=lambda r: (r.order is None, r.order or 0.0, MODALITIES.index(r.modality), r.reading_id),
    )


def rows(judgement: Judgement) -> dict[str, int]:
    """Row of every matched finding: lesions of the most probable grouping, from the top."""
    if not judgement.groupings:
        return {f.finding_id: k for k, f in enumerate(judgement.breast.findings) if f.matched}
    blocks = sorted(judgement.groupings[0].blocks, key=lambda b: (-len(b), b))
    return {i: row for row, block in enumerate(blocks) for i in block}


def plot_grouping(
    judgement: Judgement, grouping: Grouping | None = None, *, ax: Axes | None = None
) -> Axes:
    """One grouping of the findings of a breast; the most probable one when not given."""
    exams, row = columns(judgement), rows(judgement)
    wide = 2.0 + 1.6 * max(len(exams), 2)
    ax = draw.new_axes(ax, wide, 1.8 + 0.75 * max(len(set(row.values())), 2))
    if grouping is None and judgement.groupings:
        grouping = judgement.groupings[0]
    column = {r.reading_id: k for k, r in enumerate(exams)}
    found = {f.finding_id: f for f in judgement.breast.findings if f.matched}
    at = {i: (column[f.reading_id], row[i]) for i, f in found.items() if i in row}
    for number, block in enumerate(grouping.blocks if grouping else ()):
        _band(ax, [at[i] for i in block if i in at], number)
    _nodes(ax, judgement, at)
    _headers(ax, judgement, exams)
    ax.set_xlim(-0.65, max(len(exams), 2) - 0.35)
    ax.set_ylim(max([*row.values(), 0]) + 0.75, -1.05)
    ax.set_axis_off()
    side = SIDE_NAMES[judgement.breast.side].capitalize()
    said = f": P {written(grouping.p)}" if grouping else ": no findings to group"
    ax.set_title(f"{side}, grouping{said}", fontsize=10, loc="left")
    return ax


def _band(ax: Axes, nodes: Sequence[tuple[int, int]], number: int) -> None:
    """A thick line through the nodes of one lesion, with the lesion's number at its start."""
    if not nodes:
        return
    nodes, colour = sorted(nodes), BANDS[number % len(BANDS)]
    points: list[tuple[float, float]] = [nodes[0]]
    for (x0, y0), (x1, y1) in pairwise(nodes):
        middle = (x0 + x1) / 2
        points += [(middle, y0), (middle, y1), (x1, y1)]
    if len(nodes) > 1:
        codes = [Path.MOVETO, *[Path.CURVE4] * (len(points) - 1)]
        band = PathPatch(Path(points, codes), fc="none", ec=colour, lw=BAND_POINTS)
        band.set(capstyle="round", zorder=1 + 0.01 * number)
        ax.add_patch(band)
    rim = "none" if len(nodes) > 1 else "white"
    for node in nodes:  # over the bands of other lesions that pass here
        ax.plot(*node, "o", color=colour, mec=rim, mew=1.5, ms=BAND_POINTS, zorder=2)
    look = {"ha": "center", "va": "center", "fontsize": 9, "color": draw.INK, "zorder": 4}
    draw.beside(ax, str(number + 1), nodes[0], (-17, 0), fontweight="bold", **look)


def _nodes(ax: Axes, judgement: Judgement, at: Mapping[str, tuple[int, int]]) -> None:
    """Marker and name of every finding."""
    name, style = short_names(judgement.breast), draw.styles(judgement.breast)
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
    heights = 1.4 + 0.62 * max(len(set(rows(judgement).values())), 2)
    wide = float(np.clip(1.5 + 1.5 * len(judgement.breast.readings), 6.0, 11.0))
    figure = draw.new_figure(wide, heights * max(len(shown), 1))
    axes = figure.subplots(max(len(shown), 1), 1, squeeze=False)[:, 0]
    for rank, ax in enumerate(axes):
        grouping = shown[rank] if shown else None
        plot_grouping(judgement, grouping, ax=ax)
        if shown:
            ax.set_title(f"{rank + 1}. {ax.get_title(loc='left')}", fontsize=10, loc="left")
    return figure
