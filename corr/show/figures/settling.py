"""What would settle a question: bits of each examination, and millimetres after each film."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from textwrap import fill

from matplotlib.axes import Axes

from corr.questions.settle.gains import Gain
from corr.questions.settle.localisation import Localisation, Stage
from corr.show.figures.parts import palette as draw
from corr.show.wording.localisation_words import STAGES, millimetres

STAGE_LOOKS: dict[Stage, tuple[str, str]] = {
    "none": ("X", draw.FAINT),
    "locate": ("o", draw.COLOURS[0]),
    "check": ("s", draw.COLOURS[1]),
    "document": ("D", "white"),
}
"""Marker and colour of films by what they are taken for."""
ROW_IN, BAR = 0.34, 0.62
NAME = 34
"""Letters of a name on one line."""


def plot_localisation(found: Localisation, *, ax: Axes | None = None) -> Axes:
    """Longest axis of the region of 80 % before any film and after each, mm, on a log scale."""
    ax = draw.new_axes(ax, 7.0, 3.6)
    x, y = [0.0], [found.steps[0].axis80_mm]
    for before, step in pairwise(found.steps):
        if step.axis80_before_mm > before.axis80_mm:  # the needle's push
            x.append(before.films + 0.5)
            y.append(step.axis80_before_mm)
        x.append(step.films)
        y.append(step.axis80_mm)
    ax.plot(x, y, color=draw.FAINT, lw=1.2, zorder=2)
    for stage, (marker, colour) in STAGE_LOOKS.items():
        steps = [s for s in found.steps if s.stage == stage]
        ax.plot(
            [s.films for s in steps], [s.axis80_mm for s in steps], marker, color=colour,
            mec=draw.INK, ms=9, zorder=3, label=STAGES[stage],
        )  # fmt: skip
    for step in found.steps:
        at, up = (step.films, step.axis80_mm), step.gain_mm > step.axis80_mm or not step.films
        words = draw.beside(
            ax, millimetres(step.axis80_mm), at, (7, 5) if up else (0, -17), fontsize=9,
            ha="left" if up else "center",
        )  # fmt: skip
        draw.halo(words)
    size = found.finding.size_mm
    if size is not None:
        ax.axhline(size, color=draw.INK, ls="--", lw=1.0, zorder=1)
        draw.beside(ax, f"size of the finding: {size:g} mm", (0, size), (-14, -12), fontsize=9)
    names = ["none"] + [f"{s.films}\n{s.film.name}" for s in found.steps if s.film is not None]
    ax.set_xticks(range(len(names)), names, fontsize=9)
    ax.set_yscale("log")
    ax.set_ylim(1.0, 2.2 * max(s.axis80_mm for s in found.steps))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.set_xlabel("films taken")
    ax.set_ylabel("longest axis of the region of 80 % (mm)")
    ax.legend(fontsize=8, frameon=False, loc="upper right")
    draw.open_frame(ax)
    return ax


def plot_gains(
    gains: Sequence[Gain], names: Sequence[str], beside: Sequence[str], *, ax: Axes | None = None
) -> Axes:
    """Bits that each examination is expected to gain, with the estimate's own error.

    Parameters
    ----------
    gains : in the order of the list, from above
    names : of the examinations
    beside : the burden of each
    """
    ax = draw.new_axes(ax, 8.4, 0.9 + ROW_IN * len(gains))
    now = max((g.bits_now for g in gains), default=1.0)
    for row, g in enumerate(gains):
        ax.barh(row, g.bits_gained, height=BAR, color=draw.COLOURS[0], lw=0)
        ax.errorbar(
            g.bits_gained, row, xerr=[[min(g.error, g.bits_gained)], [g.error]], color=draw.INK,
            lw=1.0, capsize=2.5,
        )  # fmt: skip
    ax.axvline(now, color=draw.INK, ls="--", lw=1.0)
    ax.set_yticks(range(len(gains)), [fill(x, NAME) for x in names], fontsize=9)
    ax.set_ylim(-0.6, len(gains) - 0.4)
    ax.invert_yaxis()
    ax.set_xlim(0.0, 1.05 * now)
    said = [
        f"{_share(g.p_settles)} of 100; {words}" for g, words in zip(gains, beside, strict=True)
    ]
    right = ax.secondary_yaxis("right")
    right.set_yticks(range(len(gains)), said, fontsize=9)
    right.tick_params(length=0)
    right.spines["right"].set_visible(False)
    ax.annotate(
        "settles it in; what it asks", (1.0, 1.0), (8, 4), xycoords="axes fraction",
        textcoords="offset points", fontsize=9, color=draw.FAINT,
    )  # fmt: skip
    ax.set_xlabel("expected gain of information (bits); dashed: all there is to gain")
    draw.open_frame(ax)
    return ax


def _share(p: float) -> str:
    return f"{100 * p:.0f}"
