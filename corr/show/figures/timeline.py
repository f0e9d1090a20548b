"""What was measured when: sizes and numbers of findings over the exams of one breast.

Shows what the reports say and how probable it is that two entries are one lesion. It gives no
verdict on change: two measurements of one lesion differ by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from corr.anatomy.names import SIDE_NAMES
from corr.judgement.result import Judgement, Pair
from corr.judgement.verdict import written
from corr.show.figures.parts import palette as draw
from corr.show.wording.text import short, short_names, size_words

LINKED = 0.3
"""Pairs less probable than this are not joined."""
SIZES_MM = (2, 3, 5, 7, 10, 15, 20, 30, 50, 100)
UNSIZED = "#f0f0f0"
"""Ground of the row of findings without a size."""
SPREAD = 0.4
"""Findings of one exam stand so far apart, in steps of the order."""
Places = Mapping[str, tuple[float, float]]
"""(time, size) of findings."""


def plot_timeline(judgement: Judgement, *, ax: Axes | None = None) -> Axes:
    """Size (log scale) of every finding over the order of exams; lines join the same lesion.

    The thicker a line, the likelier its ends are one lesion; its number is P(same). Only
    findings of one modality are joined: sizes of different exams are not comparable. Findings
    without a size stand below the axis.
    """
    ax = draw.new_axes(ax, 7.4, 4.2)
    when = _when(judgement)
    found = [f for f in judgement.breast.findings if f.finding_id in when]
    ax.set_title(f"{SIDE_NAMES[judgement.breast.side].capitalize()}: sizes over time", loc="left")
    if not found:
        ax.text(0.5, 0.5, "the order of the exams is not known", ha="center", va="center")
        ax.set_axis_off()
        return ax
    sizes = [f.size_mm for f in found if f.size_mm]
    floor = 0.55 * min(sizes) if sizes else 1.0  # height of the row without a size
    at = {}
    for t in sorted(set(when.values())):  # those of one time stand side by side
        same = [f for f in found if when[f.finding_id] == t]
        for k, f in enumerate(same):
            at[f.finding_id] = (t + SPREAD * (k - (len(same) - 1) / 2), f.size_mm or floor)
    style = draw.styles(judgement.breast)
    for pair in joined(judgement):
        _link(ax, pair, at, style, sized={f.finding_id for f in found if f.size_mm})
    _entries(ax, judgement, at, style)
    _axes(ax, judgement, sizes, floor)
    return ax


def joined(judgement: Judgement) -> list[Pair]:
    """Pairs to join: the same modality at different times, and likely enough.

    Of several earlier findings that one could continue, the likeliest is kept.
    """
    when, found = _when(judgement), {f.finding_id: f for f in judgement.breast.findings}
    kept: dict[str, Pair] = {}
    for q in judgement.pairs:
        a, b = q.finding_a, q.finding_b
        if q.p_same < LINKED or not {a, b} <= when.keys() or when[a] == when[b]:
            continue
        later = max(a, b, key=lambda i: when[i])
        best = kept.get(later)
        if found[a].modality == found[b].modality and (best is None or q.p_same > best.p_same):
            kept[later] = q
    return sorted(kept.values(), key=lambda q: (q.finding_a, q.finding_b))


def _when(judgement: Judgement) -> dict[str, float]:
    order = {r.reading_id: r.order for r in judgement.breast.readings}
    known = {f.finding_id: order[f.reading_id] for f in judgement.breast.findings if f.matched}
    return {i: t for i, t in known.items() if t is not None}


def _link(
    ax: Axes, pair: Pair, at: Places, style: Mapping[str, draw.Style], *, sized: Set[str]
) -> None:
    """A line between two findings; dotted where it does not join two sizes."""
    a, b = sorted((pair.finding_a, pair.finding_b), key=lambda i: at[i])
    (xa, ya), (xb, yb) = at[a], at[b]
    ls = "-" if {a, b} <= sized else ":"
    ax.plot([xa, xb], [ya, yb], color=style[b].colour, lw=0.8 + 4 * pair.p_same, alpha=0.45, ls=ls)
    middle = (xa + xb) / 2, float(np.sqrt(ya * yb))
    look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 8}
    draw.halo(ax.annotate(f"P(same) {written(pair.p_same)}", middle, **look), width=3)


def _entries(ax: Axes, judgement: Judgement, at: Places, style: Mapping[str, draw.Style]) -> None:
    name = short_names(judgement.breast)
    placed = [f for f in judgement.breast.findings if f.finding_id in at]
    ordered = sorted(placed, key=lambda f: at[f.finding_id])
    for k, f in enumerate(ordered):  # neighbours are named above and below in turn
        x, y = at[f.finding_id]
        look = style[f.finding_id]
        ax.plot(x, y, look.marker, color=look.colour, mec=look.edge, ms=11, zorder=4)
        words = f"{name[f.finding_id]}\n{size_words(f)}".strip().replace(", no calc", "\nno calc")
        above = k % 2 == 0 or f.size_mm is None
        how = {"ha": "center", "va": "bottom" if above else "top", "color": look.text}
        draw.halo(
            draw.beside(ax, words, (x, y), (0, 11 if above else -11), fontsize=8, zorder=5, **how)
        )


def _axes(ax: Axes, judgement: Judgement, stated: list[float], floor: float) -> None:
    top = 2.6 * max(stated) if stated else 10.0
    ax.set_yscale("log")
    shown = [s for s in SIZES_MM if stated and 0.8 * min(stated) <= s <= top]
    ax.set_yticks([floor, *shown], ["no size\nstated", *(f"{s:g}" for s in shown)])
    ax.minorticks_off()
    ax.set_ylim(0.8 * floor, top)
    ax.axhspan(0.8 * floor, 1.22 * floor, color=UNSIZED, lw=0, zorder=0)
    ax.set_ylabel("longest diameter (mm)")
    exams: dict[float, list[str]] = {}
    for r in judgement.breast.readings:
        if r.order is not None and r.exam_id not in exams.setdefault(r.order, []):
            exams[r.order].append(r.exam_id)
    times = sorted(exams)
    ax.set_xticks(
        times, ["\n".join(map(short, exams[t])) for t in times], fontsize=9, color=draw.INK
    )
    ax.set_xlim(times[0] - 0.6, times[-1] + 0.6)
    ax.set_xlabel("exams in their order (not to scale)")
    draw.open_frame(ax)
