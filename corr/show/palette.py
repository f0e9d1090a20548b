"""Colours, lines and markers of findings, and the parts every picture shares.

A finding keeps its style in every picture of its breast: the colour and the marker are its
own (Okabe-Ito, safe for colour-blind readers), the line says the modality, so that pictures
can also be read in grey print.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corr.records import Breast

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
MODALITY_LINES = {"MG": "-", "US": "--", "MR": "-."}
MODALITY_NAMES = {"MG": "mammogram", "US": "ultrasound", "MR": "MRI"}
INK = "#333333"
FAINT = "#9a9a9a"
SKIN = "#f7ece4"
SAME, DIFFERENT = "#0072B2", "#D55E00"
SIDE_NAMES = {"L": "left breast", "R": "right breast"}
DPI = 130


@dataclass(frozen=True, slots=True)
class Style:
    """How one finding is drawn."""

    colour: str
    marker: str
    line: str


def styles(breast: Breast) -> dict[str, Style]:
    """Style of every finding of a breast, by its place in the breast's list of findings."""
    return {
        f.finding_id: Style(
            COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)], MODALITY_LINES[f.modality]
        )
        for i, f in enumerate(breast.findings)
    }


class Picture:
    """A finished figure as one PNG with a text for those who cannot see it.

    Notebooks show it when it is the last value of a cell; no pyplot state is involved.

    Raises
    ------
    ValueError
        If the alternative text is empty.
    """

    def __init__(self, figure: Figure, *, alt: str) -> None:
        if not alt.strip():
            msg = "a picture needs an alternative text (alt): say in one sentence what it shows"
            raise ValueError(msg)
        self.alt = alt
        buffer = BytesIO()
        figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
        self.png = buffer.getvalue()

    def __repr__(self) -> str:
        return f"[picture: {self.alt}]"

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        data = {"image/png": base64.b64encode(self.png).decode("ascii"), "text/plain": repr(self)}
        return data, {"image/png": {"alt": self.alt}}


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


def scale_bar(ax: Axes, x: float, y: float, *, length_mm: float = 20.0) -> None:
    """A bar of ``length_mm`` from data position (x, y) to the right, with its length in mm."""
    ax.plot([x, x + length_mm], [y, y], color=INK, lw=2.5, solid_capstyle="butt", zorder=6)
    ax.annotate(
        f"{length_mm:.0f} mm",
        (x + length_mm / 2, y),
        (0, 3),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=9,
        color=INK,
    )


def halo(text: object, *, width: float = 2.5) -> None:
    """White rim around a text so that it stays readable on lines."""
    from matplotlib.patheffects import withStroke

    text.set_path_effects([withStroke(linewidth=width, foreground="white")])  # type: ignore[attr-defined]
