"""The clock face: every finding's belief in the coronal plane, seen facing the patient.

Drawn in mm with x toward the patient's left, so that 3 h is on the viewer's right for both
breasts; lateral is the viewer's left on the right breast and the viewer's right on the left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Wedge

from corr.frame import LATERAL, SUPERIOR, left_sign
from corr.records import Finding, Judgement
from corr.show.density import Field, field
from corr.show.palette import INK, SIDE_NAMES, SKIN, Style, bare, new_axes, new_figure, scale_bar
from corr.show.palette import styles as finding_styles
from corr.show.text import NO_PLACE, hours, names, position_words

SHARES = (0.8, 0.5)
PRIOR_LINE = ":"
SHORT_LABEL = 34
"""Legend labels longer than this are listed one below the other."""
QUADRANT_WORDS = {
    (1, 1): "upper outer",
    (1, -1): "upper inner",
    (-1, 1): "lower outer",
    (-1, -1): "lower inner",
}


def draw_face(ax: Axes, side: str, radius_mm: float) -> None:
    """The empty face: hours, quadrants, anatomical directions and a scale bar."""
    sign = left_sign(side)
    ax.add_patch(Circle((0, 0), radius_mm, facecolor=SKIN, edgecolor=INK, lw=1.2, zorder=0))
    ax.plot([-radius_mm, radius_mm], [0, 0], color="white", lw=1.5, zorder=0.5)
    ax.plot([0, 0], [-radius_mm, radius_mm], color="white", lw=1.5, zorder=0.5)
    for hour in range(1, 13):
        direction = np.array([np.sin(np.deg2rad(30 * hour)), np.cos(np.deg2rad(30 * hour))])
        ax.plot(*np.outer(direction, [0.97 * radius_mm, 1.03 * radius_mm]), color=INK, lw=1.2)
        x, y = 1.1 * radius_mm * direction
        ax.text(x, y, str(hour), ha="center", va="center", fontsize=11)
    for (up, out), words in QUADRANT_WORDS.items():
        x, y = out * sign * 0.46 * radius_mm, up * 0.72 * radius_mm
        ax.text(x, y, words, ha="center", va="center", fontsize=9, color="#7d6a5c", style="italic")
    outward = {"lateral\n(axilla)": sign, "medial\n(sternum)": -sign}
    for words, direction_x in outward.items():
        ha = "left" if direction_x > 0 else "right"
        ax.text(direction_x * 1.2 * radius_mm, 0, words, ha=ha, va="center", fontsize=9)
    ax.text(0, 1.25 * radius_mm, "superior (head)", ha="center", va="center", fontsize=9)
    ax.text(0, -1.25 * radius_mm, "inferior (feet)", ha="center", va="center", fontsize=9)
    ax.add_patch(Circle((0, 0), 3, facecolor="#b98b72", edgecolor=INK, lw=0.8, zorder=4))
    scale_bar(ax, 0.95 * radius_mm, -1.25 * radius_mm)
    ax.set_xlim(-1.55 * radius_mm, 1.55 * radius_mm)
    ax.set_ylim(-1.38 * radius_mm, 1.35 * radius_mm)
    bare(ax)


def shade_stated(ax: Axes, finding: Finding, radius_mm: float, colour: str) -> None:
    """The sector (and ring) that the report itself stated, lightly shaded; none without a clock."""
    if finding.clock_h is None:
        return
    low, high = finding.clock_h
    if high - low < 0.5:  # a single hour was said: show it with half an hour's width
        low, high = (low + high - 0.5) / 2, (low + high + 0.5) / 2
    outer, width = radius_mm, radius_mm
    if finding.fn_mm is not None:
        outer = finding.fn_mm + finding.fn_rounding_mm
        width = min(outer, 2 * finding.fn_rounding_mm)
    wedge = Wedge((0, 0), outer, 90 - 30 * high, 90 - 30 * low, width=width)
    wedge.set(facecolor=colour, alpha=0.12, edgecolor="none", zorder=1)
    ax.add_patch(wedge)


def draw_field(ax: Axes, picture: Field, style: Style, *, shares: Sequence[float] = SHARES) -> None:
    """Highest-density contours of a belief (outer thin, inner thick) and its densest point."""
    levels = [picture.level(share) for share in shares]
    kept = sorted({level for level in levels if level < picture.z.max()})
    if kept:
        ax.contour(
            picture.u_mm,
            picture.v_mm,
            picture.z,
            levels=kept,
            colors=style.colour,
            linestyles=style.line,
            linewidths=np.linspace(1.1, 2.2, len(kept)),
            zorder=3,
        )
    u, v = picture.mode()
    ax.plot(u, v, style.marker, color=style.colour, mec="white", mew=0.8, ms=9, zorder=5, ls="none")


def _mark(ax: Axes, judgement: Judgement, finding_id: str) -> None:
    """An associated feature: an open marker at its mean place, no contours."""
    style = finding_styles(judgement.breast)[finding_id]
    mean = judgement.beliefs[finding_id].mean_mm
    x = left_sign(judgement.breast.side) * mean[LATERAL]
    ax.plot(x, mean[SUPERIOR], style.marker, mfc="none", mec=style.colour, mew=1.6, ms=11, zorder=5)


def _legend_label(finding: Finding, name: str) -> str:
    if not finding.matched:
        return f"{name} (not matched)"
    if (said := hours(finding)) != "":
        return f"{name}, {said}"
    return f"{name}, {NO_PLACE}" if position_words(finding) == NO_PLACE else name


def _line(finding: Finding, style: Style) -> str:
    """Line of a finding: its modality's, dotted where nothing but the prior is drawn."""
    if not finding.matched:
        return "none"
    return PRIOR_LINE if position_words(finding) == NO_PLACE else style.line


def legend_handles(judgement: Judgement, finding_ids: Sequence[str]) -> list[Line2D]:
    """Line, marker and name of each finding."""
    style, name = finding_styles(judgement.breast), names(judgement.breast)
    found = {f.finding_id: f for f in judgement.breast.findings}
    return [
        Line2D(
            [],
            [],
            color=style[i].colour,
            ls=_line(found[i], style[i]),
            marker=style[i].marker,
            mfc=style[i].colour if found[i].matched else "none",
            mec="white" if found[i].matched else style[i].colour,
            ms=8,
            lw=1.8,
            label=_legend_label(found[i], name[i]),
        )
        for i in finding_ids
    ]


def plot_clock_face(
    judgement: Judgement,
    finding_ids: Sequence[str] | None = None,
    *,
    legend_columns: int = 2,
    ax: Axes | None = None,
) -> Axes:
    """Beliefs (50 and 80 % contours, sum over depth) on the clock face of one breast.

    Parameters
    ----------
    finding_ids
        Which findings to draw; all with a belief when not given. Colours do not depend on it.
    """
    ax = new_axes(ax, 7.2, 6.4)
    breast = judgement.breast
    chosen = list(judgement.beliefs) if finding_ids is None else list(finding_ids)
    style, sign = finding_styles(breast), left_sign(breast.side)
    points = judgement.points
    radius = float(np.quantile(np.hypot(points[:, LATERAL], points[:, SUPERIOR]), 0.99))
    draw_face(ax, breast.side, radius)
    stated = {f.finding_id: f for f in breast.findings}
    for finding_id in chosen:
        shade_stated(ax, stated[finding_id], radius, style[finding_id].colour)
    for finding_id in chosen:
        if not stated[finding_id].matched:
            _mark(ax, judgement, finding_id)
            continue
        marginal = field(
            sign * points[:, LATERAL],
            points[:, SUPERIOR],
            judgement.beliefs[finding_id].probability,
            cell_mm=judgement.cell_mm,
        )
        if position_words(stated[finding_id]) == NO_PLACE:  # nothing but the prior: do not crowd
            prior = replace(style[finding_id], line=PRIOR_LINE)
            draw_field(ax, marginal, prior, shares=(0.8,))
        else:
            draw_field(ax, marginal, style[finding_id])
    ax.set_title(f"{SIDE_NAMES[breast.side].capitalize()}, seen facing the patient")
    if chosen:
        handles = legend_handles(judgement, chosen)
        short = max(len(str(h.get_label())) for h in handles) <= SHORT_LABEL
        ax.legend(
            handles=handles,
            loc="upper center",
            bbox_to_anchor=(0.5, -0.01),
            ncols=min(legend_columns, len(chosen)) if short else 1,
            handlelength=3.4,
            frameon=False,
            fontsize=10,
            title="inner line 50 %, outer line 80 % of the belief;\nshaded: the sector stated",
            title_fontsize=9,
        )
    return ax


def plot_clock_faces_by_lesion(judgement: Judgement) -> Figure:
    """One small face a lesion of the most probable grouping, for breasts with many findings.

    Lesions with one finding only share the last face; associated features are left out.
    """
    blocks = judgement.groupings[0].blocks if judgement.groupings else ()
    panels = [(f"lesion {k}", block) for k, block in enumerate(blocks, 1) if len(block) > 1]
    alone = tuple(block[0] for block in blocks if len(block) == 1)
    panels += [("found in one reading only", alone)] if alone else []
    rows = max(1, -(-len(panels) // 2))
    figure = new_figure(7.4, 5.2 * rows)
    axes = figure.subplots(rows, 2, squeeze=False).ravel()
    for ax, (title, block) in zip(axes, panels, strict=False):
        plot_clock_face(judgement, block, legend_columns=1, ax=ax)
        ax.set_title(f"{SIDE_NAMES[judgement.breast.side].capitalize()}, {title}", fontsize=10)
    for ax in axes[len(panels) :]:
        ax.remove()
    return figure
