"""Residuals between exams against depth and height: where a systematic fault shows as a line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corr.learning.residual_lines import Line, lines
from corr.learning.residuals import Residual
from corr.show.figures.parts import palette as draw

MOST_ROWS = 4
AXES = {"depth": "depth that is expected, mm", "height": "height above the nipple, mm"}


def shown_lines(found: Sequence[Line]) -> list[tuple[Line, str]]:
    """Slopes to draw, the surest first; the oblique's depth on height if none is excluded."""
    slopes = [(line, of) for line in found for of in line.estimates if of]
    sure = [(line, of) for line, of in slopes if of in line.excluded]
    usual = [k for k in slopes if k[0].pair == "CC-MLO" and k[0].coordinate == "depth"]
    chosen = sure or usual or slopes[:1]
    return sorted(chosen, key=lambda k: -abs(k[0].z(k[1])))[:MOST_ROWS]


def plot_residuals(
    rows: Sequence[Residual], line: Line, of: str, *, ax: Axes | None = None
) -> Axes:
    """One coordinate's residuals against ``of``; dots as large as P(same), the line with 95 %."""
    ax = draw.new_axes(ax, 5.2, 3.6)
    mine = [r for r in rows if (r.pair, r.coordinate) == (line.pair, line.coordinate)]
    x = np.array([getattr(r, f"{of}_mm") for r in mine])
    y = np.array([r.residual_mm for r in mine])
    size = np.array([4.0 + 26.0 * r.p_same for r in mine])
    ax.axhline(0.0, color=draw.FAINT, lw=1.2, ls="--")
    ax.scatter(x, y, size, color=draw.INK, alpha=0.5, lw=0)
    if of in line.estimates:
        colour = draw.DIFFERENT if of in line.excluded else draw.SAME
        at = np.array([x.min(), x.max()])
        mean = line.estimates[""][0]
        slope, low, high = line.interval(of)
        off = at - line.centre[of]
        ax.plot(at, mean + slope * off, color=colour, lw=2)
        ends = np.linspace(x.min(), x.max(), 41)
        away = ends - line.centre[of]
        ax.fill_between(ends, mean + low * away, mean + high * away, color=colour, alpha=0.2, lw=0)
        ax.set_title(f"slope {slope:+.2f} ({low:+.2f} to {high:+.2f}) mm per mm", fontsize=9)
    first, second = line.pair.split("-")
    ax.set_xlabel(AXES[of])
    ax.set_ylabel(f"{line.coordinate} on {second}, stated\nless expected from {first}, mm")
    draw.open_frame(ax)
    return ax


def figure_residuals(
    before: Sequence[Residual], after: Sequence[Residual], found: Sequence[Line]
) -> Figure:
    """The slopes that stand out: with the constants (left), and with what was learned (right)."""
    drawn = shown_lines(found)
    figure = draw.new_figure(11.0, 0.8 + 3.5 * max(len(drawn), 1))
    if not drawn:
        figure.text(0.5, 0.5, "Too few pairs of exams for residuals.", ha="center")
        return figure
    left_over = {(line.pair, line.coordinate): line for line in lines(after)}
    axes = figure.subplots(len(drawn), 2, squeeze=False, sharey="row")
    for (line, of), (left, right) in zip(drawn, axes, strict=True):
        plot_residuals(before, line, of, ax=left)
        if (line.pair, line.coordinate) in left_over:
            plot_residuals(after, left_over[line.pair, line.coordinate], of, ax=right)
            right.set_ylabel("")
    axes[0][0].set_title("the constants as they are\n" + axes[0][0].get_title(), fontsize=10)
    axes[0][1].set_title("with what was learned\n" + axes[0][1].get_title(), fontsize=10)
    return figure
