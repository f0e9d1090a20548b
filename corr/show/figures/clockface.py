"""The clock face: every finding's belief in the coronal plane, seen facing the patient.

Drawn in mm with x toward the patient's left, so that 3 h is on the viewer's right for both
breasts; lateral is the viewer's left on the right breast and the viewer's right on the left.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from corr.anatomy.frame import LATERAL, SUPERIOR, left_sign
from corr.anatomy.names import SIDE_NAMES
from corr.judgement.result import Judgement
from corr.show.figures.parts import palette as draw
from corr.show.figures.parts.belief_lines import SHARES, draw_belief
from corr.show.figures.parts.body import body_points
from corr.show.figures.parts.density import Raster
from corr.show.figures.parts.legends import columns, finding_handles, legend
from corr.show.figures.parts.stated import shade_stated
from corr.show.wording.text import is_placed

SHORT_LABEL = 34
"""Legend labels longer than this are listed one below the other."""
SMALL, SMALL_FACE_IN, LINE_IN = 0.75, 3.8, 0.18
"""Of many faces: factor on words, and inches of a face and of a line below it."""
LEGEND_TITLE = (
    "inner line 50 %, outer line 80 % of where a finding may lie;\n"
    "shaded: the place stated; circle: expected edge of the breast"
)


def face_radius_mm(judgement: Judgement) -> float:
    """Radius of the drawn circle: nearly all of the expected breast lies inside."""
    across = body_points(judgement)[:, [LATERAL, SUPERIOR]]
    return float(np.quantile(np.hypot(across[:, 0], across[:, 1]), 0.99))


def draw_face(ax: Axes, side: str, radius_mm: float, *, letters: float = 1.0) -> None:
    """The empty face: hours, quadrants, anatomical directions and a scale bar.

    ``letters`` is a factor on the size of all words, for small faces.
    """
    sign = left_sign(side)
    middle: dict[str, Any] = {"ha": "center", "va": "center"}
    ax.add_patch(
        Circle((0, 0), radius_mm, facecolor=draw.SKIN, edgecolor=draw.INK, lw=1.2, zorder=0)
    )
    ax.plot([-radius_mm, radius_mm], [0, 0], color="white", lw=1.5, zorder=0.5)
    ax.plot([0, 0], [-radius_mm, radius_mm], color="white", lw=1.5, zorder=0.5)
    for hour in range(1, 13):
        direction = np.array([np.sin(np.deg2rad(30 * hour)), np.cos(np.deg2rad(30 * hour))])
        ax.plot(*np.outer(direction, [0.97 * radius_mm, 1.03 * radius_mm]), color=draw.INK, lw=1.2)
        x, y = 1.1 * radius_mm * direction
        draw.in_front(ax.text(x, y, str(hour), fontsize=11 * letters, **middle))
    quadrants = product({"upper": 1, "lower": -1}.items(), {"outer": 1, "inner": -1}.items())
    for (above, up), (beside, out) in quadrants:
        x, y = out * sign * 0.46 * radius_mm, up * 0.72 * radius_mm
        look = {**middle, "color": "#6b5a4d", "style": "italic"}
        text = ax.text(x, y, f"{above} {beside}", fontsize=9 * letters, **look)
        draw.in_front(text, colour=draw.SKIN)
    for words, x in {"lateral\n(axilla)": sign, "medial\n(sternum)": -sign}.items():
        ha = "left" if x > 0 else "right"
        ax.text(x * 1.2 * radius_mm, 0, words, ha=ha, va="center", fontsize=9 * letters)
    for words, y in {"superior (head)": 1.25, "inferior (feet)": -1.25}.items():
        ax.text(0, y * radius_mm, words, fontsize=9 * letters, **middle)
    for letter, x in {"R": -1.5, "L": 1.5}.items():  # of the patient, as on an image
        look = {**middle, "fontweight": "bold", "fontsize": 13 * letters}
        ax.text(x * radius_mm, 0.3 * radius_mm, letter, **look)
    ax.add_patch(Circle((0, 0), 3, facecolor=draw.SKIN_EDGE, edgecolor=draw.INK, lw=0.8, zorder=4))
    draw.scale_bar(ax, 0.95 * radius_mm, -1.25 * radius_mm)
    ax.set_xlim(-1.55 * radius_mm, 1.55 * radius_mm)
    ax.set_ylim(-1.38 * radius_mm, 1.35 * radius_mm)
    draw.bare(ax)


def _draw(
    ax: Axes, judgement: Judgement, finding_ids: Sequence[str], *, letters: float = 1.0
) -> None:
    """The face with the beliefs and stated places of some findings.

    An associated feature has an open marker at its mean place and no contours.
    """
    side, radius_mm = judgement.breast.side, face_radius_mm(judgement)
    style = draw.lesion_styles(judgement)
    draw_face(ax, side, radius_mm, letters=letters)
    u, v = left_sign(side) * judgement.points[:, LATERAL], judgement.points[:, SUPERIOR]
    raster = Raster(u, v, cell_mm=judgement.cell_mm)
    for f in judgement.breast.findings:
        if f.finding_id not in judgement.beliefs or f.finding_id not in finding_ids:
            continue
        look, belief = style[f.finding_id], judgement.beliefs[f.finding_id]
        shade_stated(ax, f, judgement, radius_mm, look.colour)
        if f.matched:  # of nothing but the prior one line: do not crowd
            shares = SHARES if is_placed(f) else SHARES[:1]
            draw_belief(ax, f, raster.field(belief.probability), look, shares=shares)
        else:
            x, y = left_sign(side) * belief.mean_mm[LATERAL], belief.mean_mm[SUPERIOR]
            ax.plot(x, y, look.marker, mfc="none", mec=look.colour, mew=1.6, ms=11, zorder=5)


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
    legend_columns
        At most so many columns; 0 for no legend.
    """
    ax = draw.new_axes(ax, 7.2, 6.4)
    chosen = list(judgement.beliefs) if finding_ids is None else list(finding_ids)
    _draw(ax, judgement, chosen)
    ax.set_title(f"{SIDE_NAMES[judgement.breast.side].capitalize()}, seen facing the patient")
    if chosen and legend_columns:
        handles = finding_handles(judgement, chosen)
        ncols = columns(handles, min(legend_columns, len(chosen)), SHORT_LABEL)
        look = {"handlelength": 3.4, "fontsize": 10, "title": LEGEND_TITLE, "title_fontsize": 9}
        legend(ax, handles, below=0.01, ncols=ncols, **look)
    return ax


def figure_clock_faces(judgement: Judgement) -> Figure:
    """One small face a lesion of the most probable grouping, for breasts with many findings.

    Lesions with one finding only share the last face; associated features are left out.
    What lines and shades mean is said once, below all faces.
    """
    blocks = judgement.groupings[0].blocks if judgement.groupings else ()
    panels = [(f"lesion {k}", block) for k, block in enumerate(blocks, 1) if len(block) > 1]
    alone = tuple(block[0] for block in blocks if len(block) == 1)
    panels += [("found in one reading only", alone)] if alone else []
    named = [max(len(block) for _, block in panels[k : k + 2]) for k in range(0, len(panels), 2)]
    heights_in = [SMALL_FACE_IN + LINE_IN * most for most in named] or [SMALL_FACE_IN]
    figure = draw.new_figure(7.4, sum(heights_in) + 0.5)
    axes = figure.subplots(len(heights_in), 2, squeeze=False, height_ratios=heights_in).ravel()
    for ax, (title, block) in zip(axes, panels, strict=False):
        _draw(ax, judgement, block, letters=SMALL)
        legend(ax, finding_handles(judgement, block), below=0.0, handlelength=3.4, fontsize=8)
        ax.set_title(f"{SIDE_NAMES[judgement.breast.side].capitalize()}, {title}", fontsize=10)
    for ax in axes[len(panels) :]:
        ax.remove()
    figure.supxlabel(LEGEND_TITLE, fontsize=9)
    return figure
