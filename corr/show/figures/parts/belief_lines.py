"""Contours of one belief as artists that can be moved without drawing the picture anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from contourpy import contour_generator
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from corr.records import Finding
from corr.show.figures.parts.density import Field
from corr.show.figures.parts.palette import Style, light_edge
from corr.show.wording.text import is_placed

SHARES = (0.8, 0.5)
WIDTHS = (1.1, 2.2)
"""Points, from the outermost to the innermost line."""
PRIOR_LINE = ":"
"""Line of a belief that is nothing but the prior, drawn for its outermost share only."""


class BeliefLines:
    """Highest-density contours of a belief (outer thin, inner thick) and its densest point.

    Parameters
    ----------
    shares
        Shares of the belief that the lines enclose, largest first.
    on_dark
        True on an image: everything gets a light edge.
    animated
        True keeps the artists out of an ordinary redraw (for blitting).
    """

    def __init__(
        self,
        ax: Axes,
        style: Style,
        *,
        shares: Sequence[float] = SHARES,
        on_dark: bool = False,
        animated: bool = False,
    ) -> None:
        self.shares, self._widths = tuple(shares), style.boost * np.linspace(*WIDTHS, len(shares))
        self._lines = LineCollection([], colors=style.colour, linestyles=style.line, zorder=3)
        ax.add_collection(self._lines, autolim=False)
        (self._point,) = ax.plot(
            [], [], style.marker, color=style.colour, mec=style.edge, mew=0.8, ms=9, ls="none"
        )
        self._point.set_zorder(5)
        if on_dark:
            self._lines.set_path_effects(light_edge(float(self._widths[-1])))
            self._point.set_markeredgecolor("white")
        for artist in self.artists:
            artist.set_animated(animated)

    @property
    def artists(self) -> tuple[Artist, Artist]:
        """Lines and point, to draw by hand when blitting."""
        return self._lines, self._point

    def show(self, picture: Field | None) -> None:
        """Move to another belief; None hides it."""
        for artist in self.artists:
            artist.set_visible(picture is not None)
        if picture is None:
            return
        contours = contour_generator(picture.u_mm, picture.v_mm, picture.z)
        segments: list[np.ndarray] = []
        widths: list[float] = []
        for level, width in zip(picture.levels(self.shares), self._widths, strict=True):
            found = contours.lines(level)
            segments += [np.asarray(line) for line in found]
            widths += [float(width)] * len(found)
        self._lines.set_segments(segments)
        self._lines.set_linewidth(widths)
        u, v = picture.mode()
        self._point.set_data([u], [v])


def draw_belief(
    ax: Axes,
    finding: Finding,
    picture: Field,
    style: Style,
    *,
    shares: Sequence[float] = SHARES,
    on_dark: bool = False,
) -> None:
    """Contours and densest point of what is believed of a finding; dotted without a place."""
    look = style if is_placed(finding) else prior_only(style)
    BeliefLines(ax, look, shares=shares, on_dark=on_dark).show(picture)


def prior_only(style: Style) -> Style:
    """The style of a belief that nothing was said about."""
    return replace(style, line=PRIOR_LINE)
