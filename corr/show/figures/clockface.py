"""The clock face: every finding's belief in the coronal plane, seen facing the patient.

Drawn in mm with x toward the patient's left, so that 3 h is on the viewer's right for both
breasts; lateral is the viewer's left on the right breast and the viewer's right on the left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from corr.anatomy.frame import LATERAL, SUPERIOR, left_sign
from corr.anatomy.names import SIDE_NAMES
from corr.judgement.result import Judgement
from corr.show.figures.parts.belief_lines import SHARES, BeliefLines, prior_only
from corr.show.figures.parts.body import body_points
from corr.show.figures.parts.density import Raster
from corr.show.figures.parts.legends import finding_handles
from corr.show.figures.parts.palette import (
    INK,
    SKIN,
    SKIN_EDGE,
    Style,
    bare,
    in_front,
    new_axes,
    new_figure,
    scale_bar,
    styles,
)
from corr.show.figures.parts.stated import shade_stated
from corr.show.wording.text import NO_PLACE, position_words

SHORT_LABEL = 34
"""Legend labels longer than this are listed one below the other."""
SMALL, SMALL_FACE_IN, LINE_IN = 0.75, 3.8, 0.18
"""Of many faces: factor on words, and inches of a face and of a line below it."""
LEGEND_TITLE = (
    "inner line 50 %, outer line 80 % of the belief;\n"
    "shaded: the place stated; circle: expected edge of the breast"
)
QUADRANT_WORDS = {
    (1, 1): "upper outer",
    (1, -1): "upper inner",
    (-1, 1): "lower outer",
    (-1, -1): "lower inner",
}


def face_radius_mm(judgement: Judgement) -> float:
    """Radius of the drawn circle: nearly all of the expected breast lies inside."""
    across = body_points(judgement)[:, [LATERAL, SUPERIOR]]
    return float(np.quantile(np.hypot(across[:, 0], across[:, 1]), 0.99))


def draw_face(ax: Axes, side: str, radius_mm: float, *, letters: float = 1.0) -> None:
    """The empty face: hours, quadrants, anatomical directions and a scale bar.

    ``letters`` is a factor on the size of all words, for small faces.
    """
    sign = left_sign(side)
    ax.add_patch(Circle((0, 0), radius_mm, facecolor=SKIN, edgecolor=INK, lw=1.2, zorder=0))
    ax.plot([-radius_mm, radius_mm], [0, 0], color="white", lw=1.5, zorder=0.5)
    ax.plot([0, 0], [-radius_mm, radius_mm], color="white", lw=1.5, zorder=0.5)
    for hour in range(1, 13):
        direction = np.array([np.sin(np.deg2rad(30 * hour)), np.cos(np.deg2rad(30 * hour))])
        ax.plot(*np.outer(direction, [0.97 * radius_mm, 1.03 * radius_mm]), color=INK, lw=1.2)
        x, y = 1.1 * radius_mm * direction
        in_front(ax.text(x, y, str(hour), ha="center", va="center", fontsize=11 * letters))
    for (up, out), words in QUADRANT_WORDS.items():
        x, y = out * sign * 0.46 * radius_mm, up * 0.72 * radius_mm
        text = ax.text(x, y, words, ha="center", va="center", color="#6b5a4d", style="italic")
        text.set_fontsize(9 * letters)
        in_front(text, colour=SKIN)
    _directions(ax, sign, radius_mm, letters)
    ax.add_patch(Circle((0, 0), 3, facecolor=SKIN_EDGE, edgecolor=INK, lw=0.8, zorder=4))
    scale_bar(ax, 0.95 * radius_mm, -1.25 * radius_mm)
    ax.set_xlim(-1.55 * radius_mm, 1.55 * radius_mm)
    ax.set_ylim(-1.38 * radius_mm, 1.35 * radius_mm)
    bare(ax)


def _directions(ax: Axes, sign: float, radius_mm: float, letters: float) -> None:
    """Lateral and medial beside the face, head and feet, and the letters R and L."""
    for words, x in {"lateral\n(axilla)": sign, "medial\n(sternum)": -sign}.items():
        ha = "left" if x > 0 else "right"
        ax.text(x * 1.2 * radius_mm, 0, words, ha=ha, va="center", fontsize=9 * letters)
    for words, y in {"superior (head)": 1.25, "inferior (feet)": -1.25}.items():
        ax.text(0, y * radius_mm, words, ha="center", va="center", fontsize=9 * letters)
    for letter, x in {"R": -1.5, "L": 1.5}.items():  # of the patient, as on an image
        at = x * radius_mm, 0.3 * radius_mm
        text = ax.text(*at, letter, ha="center", va="center", fontweight="bold")
        text.set_fontsize(13 * letters)


class ClockFace:
    """A clock face whose beliefs can be moved without drawing the face anew.

    Parameters
    ----------
    finding_ids
        Which findings to draw; all with a belief when not given. Colours do not depend on it.
    style
        Style of each finding; that of the judgement's breast when not given.
    animated
        True leaves the beliefs to the caller (`artists`), for blitting.
    letters
        Factor on the size of all words of the face.
    """

    def __init__(
        self,
        judgement: Judgement,
        ax: Axes,
        finding_ids: Sequence[str] | None = None,
        *,
        style: Mapping[str, Style] | None = None,
        animated: bool = False,
        letters: float = 1.0,
    ) -> None:
        self.ax, self._animated = ax, animated
        self._ids = None if finding_ids is None else list(finding_ids)
        self._style = dict(styles(judgement.breast) if style is None else style)
        self._sign, self._radius = left_sign(judgement.breast.side), face_radius_mm(judgement)
        draw_face(ax, judgement.breast.side, self._radius, letters=letters)
        ax.set_title(f"{SIDE_NAMES[judgement.breast.side].capitalize()}, seen facing the patient")
        self._lines: dict[tuple[str, str], BeliefLines] = {}
        self._other: list[Artist] = []
        self._points = np.empty((0, 3))
        self.show(judgement)

    @property
    def artists(self) -> list[Artist]:
        """Everything that `show` moves, in drawing order."""
        return [*self._other, *(a for lines in self._lines.values() for a in lines.artists)]

    def show(self, judgement: Judgement) -> None:
        """Move to another judgement of the same breast; findings may have come or gone."""
        if judgement.points is not self._points:
            self._points = judgement.points
            u, v = self._sign * self._points[:, LATERAL], self._points[:, SUPERIOR]
            self._raster = Raster(u, v, cell_mm=judgement.cell_mm)
        for artist in self._other:
            artist.remove()
        self._other = []
        for lines in self._lines.values():
            lines.show(None)
        for finding in judgement.breast.findings:
            i = finding.finding_id
            if i not in judgement.beliefs or (self._ids is not None and i not in self._ids):
                continue
            style = self._style[i]
            self._other += shade_stated(self.ax, finding, judgement, self._radius, style.colour)
            if not finding.matched:
                self._other.append(self._mark(judgement.beliefs[i].mean_mm, style))
                continue
            unsaid = position_words(finding) == NO_PLACE  # nothing but the prior: do not crowd
            drawn = self._drawn(i, prior_only(style) if unsaid else style, one=unsaid)
            drawn.show(self._raster.field(judgement.beliefs[i].probability))
        for artist in self._other:
            artist.set_animated(self._animated)

    def _drawn(self, finding_id: str, style: Style, *, one: bool) -> BeliefLines:
        key = finding_id, style.line
        if key not in self._lines:
            shares = SHARES[:1] if one else SHARES
            made = BeliefLines(self.ax, style, shares=shares, animated=self._animated)
            self._lines[key] = made
        return self._lines[key]

    def _mark(self, mean_mm: np.ndarray, style: Style) -> Artist:
        """An associated feature: an open marker at its mean place, no contours."""
        x, y = self._sign * mean_mm[LATERAL], mean_mm[SUPERIOR]
        (line,) = self.ax.plot(
            x, y, style.marker, mfc="none", mec=style.colour, mew=1.6, ms=11, zorder=5
        )
        return line


def plot_clock_face(
    judgement: Judgement,
    finding_ids: Sequence[str] | None = None,
    *,
    legend_columns: int = 2,
    style: Mapping[str, Style] | None = None,
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
    ax = new_axes(ax, 7.2, 6.4)
    chosen = list(judgement.beliefs) if finding_ids is None else list(finding_ids)
    ClockFace(judgement, ax, chosen, style=style)
    if chosen and legend_columns:
        handles = finding_handles(judgement, chosen, style)
        short = max(len(str(h.get_label())) for h in handles) <= SHORT_LABEL
        ax.legend(
            handles=handles,
            loc="upper center",
            bbox_to_anchor=(0.5, -0.01),
            ncols=min(legend_columns, len(chosen)) if short else 1,
            handlelength=3.4,
            frameon=False,
            fontsize=10,
            title=LEGEND_TITLE,
            title_fontsize=9,
        )
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
    figure = new_figure(7.4, sum(heights_in) + 0.5)
    axes = figure.subplots(len(heights_in), 2, squeeze=False, height_ratios=heights_in).ravel()
    for ax, (title, block) in zip(axes, panels, strict=False):
        ClockFace(judgement, ax, block, letters=SMALL)
        _name_findings(ax, judgement, block)
        ax.set_title(f"{SIDE_NAMES[judgement.breast.side].capitalize()}, {title}", fontsize=10)
    for ax in axes[len(panels) :]:
        ax.remove()
    figure.supxlabel(LEGEND_TITLE, fontsize=9)
    return figure


def _name_findings(ax: Axes, judgement: Judgement, finding_ids: Sequence[str]) -> None:
    """The findings of a small face, below it."""
    ax.legend(
        handles=finding_handles(judgement, finding_ids),
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        handlelength=3.4,
        frameon=False,
        fontsize=8,
    )
