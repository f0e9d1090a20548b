"""Colours, lines and markers of findings, and the parts every picture shares.

A finding keeps its style in every picture of its judged breast: the colour says its lesion, marker
and line its modality, so that pictures can also be read in grey print. Colours are
those of Okabe and Ito, which colour-blind readers tell apart; the two that are pale on
white are drawn wider, and text has its own darker shade. Pictures are white cards on any theme.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patheffects import AbstractPathEffect, withStroke
from matplotlib.text import Annotation, Text

from corr.judgement.result import Judgement
from corr.records import MODALITIES, Breast
from corr.show.figures.parts.picture import Picture as Picture

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
TEXT_COLOURS = ("#005F96", "#A84300", "#00704F", "#96437A", "#7A5200", "#1F6A99", "#000000")
"""Each of `COLOURS` dark enough for text on white and on skin (contrast at least 4.5)."""
PALE = frozenset(COLOURS[4:6])
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
Line = str | tuple[int, tuple[int, ...]]
LINES: tuple[Line, ...] = ("-", "--", "-.", (0, (4, 1, 1, 1, 1, 1)))
"""One for each of `MODALITIES`, in their order; dots are for what nothing is said of."""
INK = "#333333"
FAINT = "#767676"
SKIN = "#f7ece4"
SKIN_EDGE = "#b98b72"
SAME, DIFFERENT = "#0072B2", "#D55E00"
RIGHT_ARROW = "\N{RIGHTWARDS ARROW}"
UP_ARROW, DOWN_ARROW = "\N{UPWARDS ARROW}", "\N{DOWNWARDS ARROW}"


@dataclass(frozen=True, slots=True)
class Style:
    """How one finding is drawn."""

    colour: str
    marker: str
    line: Line
    text: str = INK

    @property
    def edge(self) -> str:
        """Edge of a marker: white, or dark round a pale one."""
        return INK if self.colour in PALE else "white"

    @property
    def boost(self) -> float:
        """Factor on line widths: a pale line is drawn wider."""
        return 1.3 if self.colour in PALE else 1.0


ON_DARK = 1.6
"""Points by which the light edge of a line on an image is wider than the line."""


def light_edge(width: float) -> list[AbstractPathEffect]:
    """Light edge that keeps a line of ``width`` points visible on an image."""
    return [withStroke(linewidth=width + ON_DARK, foreground="white")]


def styles(breast: Breast) -> dict[str, Style]:
    """Style of every finding of a breast, by its place among the breast's ids in order."""
    made = {}
    for i, f in enumerate(sorted(breast.findings, key=lambda f: f.finding_id)):
        k, line = i % len(COLOURS), LINES[MODALITIES.index(f.modality)]
        made[f.finding_id] = Style(COLOURS[k], MARKERS[i % len(MARKERS)], line, TEXT_COLOURS[k])
    return made


LEFT_FROM = 3
"""Lesions of a left breast begin with another colour, so that a page shows no two of one."""


MODALITY_MARKERS = dict(zip(MODALITIES, ("o", "s", "D", "^"), strict=True))
SHADES = (0.0, -0.35, 0.4, -0.6, 0.6)
"""Toward black (-) or white of findings of one lesion and modality, so that their lines differ."""


def lesion_styles(judgement: Judgement) -> dict[str, Style]:
    """Style of every finding of a judged breast: colour says the lesion, marker the modality.

    Lesions are those of the most probable grouping; what is in none of them is grey.
    """
    blocks = judgement.groupings[0].blocks if judgement.groupings else ()
    number = {i: k for k, block in enumerate(blocks) for i in block}
    count: dict[tuple[int, str], int] = {}
    made = {}
    for f in sorted(judgement.breast.findings, key=lambda f: f.finding_id):
        marker, line = MODALITY_MARKERS[f.modality], LINES[MODALITIES.index(f.modality)]
        if f.finding_id not in number:
            made[f.finding_id] = Style(FAINT, marker, line, FAINT)
            continue
        key = number[f.finding_id], f.modality
        shade = SHADES[count.get(key, 0) % len(SHADES)]
        count[key] = count.get(key, 0) + 1
        at = _lesion_index(judgement.breast, key[0])
        made[f.finding_id] = Style(_shaded(COLOURS[at], shade), marker, line, TEXT_COLOURS[at])
    return made


def _shaded(colour: str, shade: float) -> str:
    toward = 1.0 if shade > 0 else 0.0
    red, green, blue = (c + (toward - c) * abs(shade) for c in to_rgb(colour))
    return to_hex((red, green, blue))


def lesion_colour(breast: Breast, number: int) -> str:
    """Colour of a lesion by its number (from 0) in the most probable grouping."""
    return COLOURS[_lesion_index(breast, number)]


def _lesion_index(breast: Breast, number: int) -> int:
    return (number + LEFT_FROM * (breast.side == "L")) % len(COLOURS)


def new_figure(width_in: float = 7.0, height_in: float = 5.0) -> Figure:
    """A white figure outside pyplot, laid out so that nothing is cut off."""
    return Figure(figsize=(width_in, height_in), layout="constrained", facecolor="white")


def new_axes(ax: Axes | None, width_in: float, height_in: float) -> Axes:
    """The axes given, or those of a new figure of this size (inches)."""
    return new_figure(width_in, height_in).add_subplot() if ax is None else ax


def figure_of(ax: Axes) -> Figure:
    """The figure that holds ``ax``."""
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes are always made on a figure here
    return figure


def bare(ax: Axes) -> None:
    """Take ticks and frame away: a map, not a graph."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    ax.set_aspect("equal")


def open_frame(ax: Axes) -> None:
    """Keep the left and lower axis of a graph only."""
    ax.spines[["top", "right"]].set_visible(False)


def scale_bar(
    ax: Axes, x: float, y: float, *, length_mm: float = 20.0, colour: str = INK, **look: Any
) -> None:
    """A bar of ``length_mm`` from data position (x, y) to the right, with its length in mm.

    ``look`` holds whatever else is to be said of the words, and the ``zorder`` of both.
    """
    look = {"ha": "center", "va": "bottom", "fontsize": 9, "color": colour, "zorder": 6, **look}
    bar = {"color": colour, "lw": 2.5, "solid_capstyle": "butt", "zorder": look["zorder"]}
    ax.plot([x, x + length_mm], [y, y], **bar)
    beside(ax, f"{length_mm:.0f} mm", (x + length_mm / 2, y), (0, 3), **look)


def beside(
    ax: Axes, words: str, at: tuple[float, float], points: tuple[float, float], **look: Any
) -> Annotation:
    """Words so many points to the right of and above a place of the picture."""
    return ax.annotate(words, at, points, textcoords="offset points", **look)


IN_FRONT = 4.5
"""Words lie over the lines of beliefs and below their markers."""


def in_front(text: Text, *, colour: str = "white") -> None:
    """Keep words readable where lines of beliefs cross them."""
    text.set_zorder(IN_FRONT)
    halo(text, colour=colour)


def halo(text: Artist, *, width: float = 2.5, colour: str = "white") -> None:
    """Rim around a text so that it stays readable on lines and pixels."""
    text.set_path_effects([withStroke(linewidth=width, foreground=colour)])
