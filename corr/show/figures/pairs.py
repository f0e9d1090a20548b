"""Pictures of the judgement itself: the matrix of P(same) and the evidence for each pair."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from corr.anatomy.names import SIDE_NAMES
from corr.judgement.result import Judgement, Pair
from corr.judgement.verdict import written
from corr.show.figures.parts import palette as draw
from corr.show.wording.pair_words import (
    NO_PLACE,
    OPEN,
    PART_WORDS,
    band,
    is_open,
    pair_numbers,
    parts,
)
from corr.show.wording.text import short_names

WIDE_TICKS = (0.0001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.9999)
NARROW_TICKS = (0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97, 0.99)
NARROW_SPAN = 3.2
NUMBER = 0.2
"""Room for the number beside an outermost bar, as a share of what all bars span."""
DARK = 0.68
"""P(same) above this: white words are easier to read on its square than black ones."""
CROWDED = 7
"""More findings than this: the matrix shows P(same) only, without band and verdict."""
LABEL = 14
"""Longest line of the name of a step, in characters."""


def log10_odds(p: float) -> float:
    """log10 of the odds, held within 1e-6 and 1 - 1e-6 so that it can be drawn."""
    q = min(max(p, 1e-6), 1 - 1e-6)
    return float(np.log10(q / (1 - q)))


def plot_pair_matrix(judgement: Judgement, *, ax: Axes | None = None) -> Axes:
    """P(same) of every two findings with band and verdict; hatched within one reading."""
    breast = judgement.breast
    ids = [f.finding_id for f in breast.findings if f.matched]
    crowded = len(ids) > CROWDED
    size = 2.0 + (0.42 if crowded else 1.1) * max(len(ids), 2)
    ax = draw.new_axes(ax, size + 1.2, size)
    style, name = draw.lesion_styles(judgement), short_names(breast)
    known = {frozenset((p.finding_a, p.finding_b)): p for p in judgement.pairs}
    for row, a in enumerate(ids):
        for column, b in enumerate(ids):
            _cell(ax, known.get(frozenset((a, b))), row, column, crowded=crowded)
    for at, i in enumerate(ids):  # the diagonal says which mark a finding has elsewhere
        look = style[i]
        mark = {"ms": 8, "mew": 0.3} if crowded else {"ms": 14}
        ax.plot(at, at, look.marker, color=look.colour, mec=look.edge, **mark)
    small = 7 if crowded else 9
    labels = [name[i] if crowded else name[i].replace(" (", "\n(") for i in ids]
    turn, ha = (90, "center") if crowded else (35, "right")  # side by side over narrow cells
    ax.set_xticks(range(len(ids)), labels, rotation=turn, ha=ha, fontsize=small + 1)
    ax.set_yticks(range(len(ids)), labels, fontsize=small + 1)
    for tick_labels in (ax.get_xticklabels(), ax.get_yticklabels()):
        for label, finding_id in zip(tick_labels, ids, strict=True):
            label.set_color(style[finding_id].text)
            label.set_fontweight("bold")
    end = max(len(ids), 1) - 0.5
    ax.set_xlim(-0.5, end)
    ax.set_ylim(end, -0.5)
    if not ids:
        ax.text(0, 0, "no finding to compare", ha="center", va="center")
    ax.set_aspect("equal")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    apart = len(known) < len(ids) * (len(ids) - 1) / 2
    hatched = "\nhatched: one reading, not compared" if apart else ""
    ax.set_title(f"P(same lesion), {SIDE_NAMES[breast.side]}{hatched}")
    return ax


def _cell(ax: Axes, pair: Pair | None, row: int, column: int, *, crowded: bool) -> None:
    """One square of the matrix."""
    square = Rectangle((column - 0.5, row - 0.5), 1, 1, edgecolor="white", lw=2)
    if pair is None:
        hatch = "" if row == column else "///"
        square.set(facecolor="#efefef", hatch=hatch, edgecolor="#d0d0d0")
        ax.add_patch(square)
        return
    share = pair.p_same
    colour = np.array([1.0, 1.0, 1.0]) * (1 - share) + np.array([0.03, 0.27, 0.5]) * share
    square.set_facecolor((*(0.94 * colour), 1.0))
    ax.add_patch(square)
    ink = "white" if share > DARK else "black"
    number = written(share)
    look: dict[str, Any] = {"ha": "center", "va": "center", "color": ink}
    if crowded:
        ax.text(column, row, number, fontsize=8, **look)
        return
    up = 0.05 * bool(pair.no_place)
    ax.text(column, row - 0.22 - up, number, fontsize=14, **look)
    between = "\n" if " to " in band(pair) else " "  # a range in words is as wide as the square
    said = [f"prior {written(pair.p_prior)}", f"band{between}{band(pair)}", pair.verdict]
    small = "\n".join([*said, *[NO_PLACE] * bool(pair.no_place)])
    ax.text(column, row + 0.2 - up, small, fontsize=8, **look)


def plot_evidence(
    pair: Pair,
    *,
    title: str,
    span: tuple[float, float] | None = None,
    shown: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Waterfall from the prior to P(same) in log10 odds, with the band at its end.

    Bars to the right speak for one lesion, to the left for two. ``span`` fixes the range
    of the x-axis (log10 odds) and ``shown`` the steps, so that several pairs can be compared.
    """
    ax = draw.new_axes(ax, 6.2, 3.2)
    value_of = parts(pair)
    shown = shown_steps([pair]) if shown is None else shown
    steps = [("prior", pair.log10_prior), *((name, value_of[name]) for name in shown)]
    ends = np.cumsum([0.0] + [value for _, value in steps])
    for row, (_, value) in enumerate(steps):
        start = ends[row]
        colour = draw.FAINT if row == 0 else (draw.SAME if value >= 0 else draw.DIFFERENT)
        hatch = "" if row == 0 or value >= 0 else "///"
        ax.barh(row, value, left=start, height=0.62, color=colour, hatch=hatch, ec="white", lw=0.5)
        ax.plot([ends[row + 1]] * 2, [row - 0.31, row + 1.31], color=draw.INK, lw=0.8, zorder=3)
        _amount(ax, row, start, value)
    low, high = log10_odds(pair.p_low), log10_odds(pair.p_high)
    last = len(steps)
    ax.barh(last, high - low, left=low, height=0.5, color="#d9d9d9", ec=draw.INK, lw=0.8)
    ax.plot(ends[-1], last, "D", color=draw.INK, ms=7, zorder=4)
    ax.axvline(0, color=draw.INK, lw=0.8, ls=":")
    labels = [fill(PART_WORDS.get(s, s), LABEL) for s, _ in steps]
    ax.set_yticks(range(last + 1), [*labels, "P(same)\nand band"], fontsize=9)
    ax.set_ylim(last + 0.6, -0.6)
    limits = evidence_span([pair]) if span is None else span
    ax.set_xlim(*limits)
    _probability_axis(ax, limits)
    numbers, verdict = pair_numbers(pair).rsplit(": ", 1)
    why = f"; {OPEN}" if is_open(pair) and not pair.no_place else ""
    ax.set_title(f"{title}\nP(same) {numbers}\n{verdict}{why}", fontsize=9, loc="left")
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax


def shown_steps(pairs: Sequence[Pair]) -> list[str]:
    """The steps that have a bar: all, but BI-RADS only where a category was stated."""
    return [s for s in PART_WORDS if s != "category" or any(p.log10_category for p in pairs)]


def evidence_span(pairs: Sequence[Pair]) -> tuple[float, float]:
    """Range of log10 odds that holds every bar and band of some pairs, and even odds."""
    reach = [v for p in pairs for v in np.cumsum([p.log10_prior, *parts(p).values()])]
    reach += [log10_odds(v) for p in pairs for v in (p.p_low, p.p_high)]
    low, high = min([*reach, -0.6]), max([*reach, 0.6])
    air = max(0.6, NUMBER * (high - low))
    return low - air, high + air


def _amount(ax: Axes, row: int, start: float, value: float) -> None:
    """The number at the tip of a bar."""
    right = value >= 0
    look = {"ha": "left" if right else "right", "va": "center", "fontsize": 9, "zorder": 5}
    at, shift = (start + value, row), (4 if right else -4, 0)
    draw.halo(draw.beside(ax, f"{round(value, 2) + 0.0:+.2f}", at, shift, **look))


def _probability_axis(ax: Axes, limits: tuple[float, float]) -> None:
    """Label the log-odds axis with the probabilities a reader thinks in."""
    ticks = NARROW_TICKS if limits[1] - limits[0] < NARROW_SPAN else WIDE_TICKS
    shown = [p for p in ticks if limits[0] <= log10_odds(p) <= limits[1]]
    ax.set_xticks([log10_odds(p) for p in shown], [f"{100 * p:g}" for p in shown], fontsize=9)
    ax.set_xlabel("\N{LEFTWARDS ARROW} different    P(same) in %    same \N{RIGHTWARDS ARROW}")
    ax.xaxis.label.set_fontsize(9)


def figure_evidence(judgement: Judgement, pairs: Sequence[Pair] | None = None) -> Figure:
    """`plot_evidence` of several pairs (all when not given) on one common scale, two a row."""
    chosen = list(judgement.pairs) if pairs is None else list(pairs)
    rows = max(1, (len(chosen) + 1) // 2)
    figure = draw.new_figure(7.4, 3.4 * rows)
    if not chosen:
        figure.text(0.5, 0.5, "no pair from different readings", ha="center")
        return figure
    name = short_names(judgement.breast)
    span, shown = evidence_span(chosen), shown_steps(chosen)
    axes = figure.subplots(rows, 2, squeeze=False).ravel()
    for column, (ax, pair) in enumerate(zip(axes, chosen, strict=False)):
        title = f"{name[pair.finding_a]}\n= {name[pair.finding_b]}?"
        plot_evidence(pair, title=title, span=span, shown=shown, ax=ax)
        if column % 2:  # the same rows as in the panel to the left
            ax.tick_params(axis="y", labelleft=False)
    for ax in axes[len(chosen) :]:
        ax.remove()
    return figure
