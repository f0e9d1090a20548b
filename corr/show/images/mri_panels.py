"""Panels of MR pictures: three planes side by side in one scale, and which way each one looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from corr.show.figures.parts.palette import halo, new_figure, scale_bar

if TYPE_CHECKING:
    from corr.imaging.volume import Grid

UPTAKE_RANGE = (50.0, 250.0)
UPTAKE_COLOURS = "inferno"
WIDE_IN = 9.0
LETTERS = ("RL", "AP", "FH")  # low and high end of l, p, s


@dataclass(frozen=True)
class Plane:
    """A viewing plane: its name and which of l, p, s runs across, down (or up) and through.

    Across comes before along, so that a slice of a volume transposed is (vertical, horizontal).
    """

    name: str
    across: int
    along: int
    through: int

    @property
    def up(self) -> bool:
        """Whether the vertical coordinate grows upward (head) or downward (back)."""
        return self.along == 2


PLANES = (Plane("axial", 0, 1, 2), Plane("sagittal", 1, 2, 0), Plane("coronal", 0, 2, 1))


def new_panels(grid: Grid) -> tuple[Figure, list[Axes]]:
    """Three panels side by side, one scale in mm."""
    sizes = grid.spacing_mm * grid.shape
    widths = [float(sizes[plane.across]) for plane in PLANES]
    height = float(max(sizes[plane.along] for plane in PLANES))
    inches = (WIDE_IN - 1.5) / sum(widths)
    figure = new_figure(WIDE_IN, min(inches * height + 0.9, 9.0))
    return figure, list(figure.subplots(1, 3, width_ratios=widths))


def extent(grid: Grid, plane: Plane) -> tuple[float, float, float, float]:
    """Left, right, low and high edge of a panel in mm."""
    x, y = grid.axis_mm(plane.across), grid.axis_mm(plane.along)
    dx, dy = grid.spacing_mm[plane.across] / 2, grid.spacing_mm[plane.along] / 2
    return float(x[0] - dx), float(x[-1] + dx), float(y[0] - dy), float(y[-1] + dy)


def draw_slice(
    ax: Axes,
    values: NDArray[np.generic],
    grid: Grid,
    plane: Plane,
    limits: tuple[float, float],
    *,
    colours: str = "gray",
) -> AxesImage:
    """A slice between two colours for the ``limits``; nothing where it is not a number."""
    look: dict[str, Any] = {"vmin": limits[0], "vmax": limits[1], "cmap": colours}
    look |= {"extent": extent(grid, plane), "origin": "lower", "interpolation": "nearest"}
    return ax.imshow(values.T, **look)


def mark_place(ax: Axes, place_lps: NDArray[np.float64], plane: Plane) -> None:
    """A cross at a place."""
    x, y = place_lps[plane.across], place_lps[plane.along]
    (cross,) = ax.plot(x, y, "+", color="white", ms=16, mew=1.2, zorder=4)
    halo(cross, width=3.0, colour="black")


def frame_panel(ax: Axes, grid: Grid, plane: Plane, *, known: bool) -> None:
    """Letters of the patient's directions and a bar in mm, in white on the image."""
    low_x, high_x, low_y, high_y = extent(grid, plane)
    ax.set_xlim(low_x, high_x)
    ax.set_ylim(*((low_y, high_y) if plane.up else (high_y, low_y)))
    ax.set_xticks([])
    ax.set_yticks([])
    doubt = "" if known or plane.across != 0 else "?"
    across, along = LETTERS[plane.across], LETTERS[plane.along]
    bottom, top = (along[0], along[1]) if plane.up else (along[1], along[0])
    look: dict[str, Any] = {"color": "white", "fontsize": 11, "fontweight": "bold"}
    for x, y, text, ha, va in (
        (0.015, 0.5, across[0] + doubt, "left", "center"),
        (0.985, 0.5, across[1] + doubt, "right", "center"),
        (0.5, 0.985, top, "center", "top"),
        (0.5, 0.015, bottom, "center", "bottom"),
    ):
        ax.text(x, y, text, transform=ax.transAxes, ha=ha, va=va, **look)
    y = low_y + (0.06 if plane.up else 0.18) * (high_y - low_y)  # where there is air
    scale_bar(ax, low_x + 0.06 * (high_x - low_x), y, colour="white", fontsize=8, zorder=2)
    bar = ax.lines[-1]
    for drawn, width in ((bar, 4.0), *((text, 2.0) for text in ax.texts)):
        halo(drawn, width=width, colour="black")  # white is not seen on bright tissue
