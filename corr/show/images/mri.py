"""Pictures of breast MR: three slices through a place, and projections with what was found.

Every panel says which way it looks (R/L, A/P, H/F of the patient; "?" where the file's sides
cannot be relied on) and has a bar in mm. Axial: the patient's right on the viewer's left, front
up. Sagittal: front on the left. Coronal: as seen facing the patient.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

from corr.anatomy.clock import hour_text
from corr.imaging.mri.breast_anatomy import BreastAnatomy
from corr.imaging.mri.enhancement import Enhancement, EnhancingLesion
from corr.imaging.volume import Grid, Volume, half_turn, straight
from corr.show.figures.parts.palette import COLOURS, Picture
from corr.show.images.mri_panels import (
    PLANES,
    UPTAKE_COLOURS,
    UPTAKE_RANGE,
    Plane,
    draw_slice,
    frame_panel,
    new_panels,
)

NIPPLE_COLOUR, WALL_COLOUR, MASK_COLOUR = "#56B4E9", "#E69F00", "#009E73"
SIDES = {"L": "left", "R": "right"}


def figure_mri_slices(
    image: Volume | Enhancement,
    anatomy: Mapping[str, BreastAnatomy],
    point_lps: ArrayLike | None = None,
) -> Figure:
    """Axial, sagittal and coronal slice through a point, with mask, chest wall, nipple, lesions.

    Parameters
    ----------
    image
        A volume, or the result of `corr.imaging.mri.enhancement.enhancement` (then uptake inside
        the lesions is laid over the image before contrast).
    point_lps
        Place in the anatomy's coordinates; by default behind the first nipple.
    """
    voxels, grid = _voxels(image, anatomy)
    if point_lps is None:
        point_lps = next(iter(anatomy.values())).nipple_lps + np.array([0.0, 10.0, 0.0])
    point = np.asarray(point_lps, float)
    index = np.clip(np.rint(grid.to_index(point)).astype(int), 0, np.array(grid.shape) - 1)
    high = float(np.percentile(voxels, 99.7))
    figure, axes = new_panels(grid)
    known = all(one.sides_known for one in anatomy.values())
    shown = None
    for ax, plane in zip(axes, PLANES, strict=True):
        at = int(index[plane.through])
        draw_slice(ax, np.take(voxels, at, axis=plane.through), grid, plane, (0.0, high))
        if isinstance(image, Enhancement):
            inside = np.take(image.labels, at, axis=plane.through) > 0
            uptake = np.where(inside, np.take(image.percent, at, axis=plane.through), np.nan)
            shown = draw_slice(ax, uptake, grid, plane, UPTAKE_RANGE, colours=UPTAKE_COLOURS)
        for one in anatomy.values():
            _landmarks(ax, one, plane, float(point[plane.through]))
        frame_panel(ax, grid, plane, known=known)
        place = f"{'LPS'[plane.through]} {point[plane.through]:.0f} mm"
        ax.set_title(f"{plane.name}, {place}", fontsize=10)
    if shown is not None:
        figure.colorbar(shown, ax=axes, label="enhancement, %", shrink=0.7)
    figure.legend(handles=_legend(), loc="outside lower center", ncols=3, fontsize=9, frameon=False)
    return figure


def figure_mip(found: Enhancement, anatomy: Mapping[str, BreastAnatomy]) -> Figure:
    """Maximum projections of the uptake in the breasts, with numbered lesions and nipples."""
    seen = np.where(found.searched, np.clip(found.percent, 0.0, None), 0.0)
    figure, axes = new_panels(found.grid)
    known = all(one.sides_known for one in anatomy.values())
    shown = None
    for ax, plane in zip(axes, PLANES, strict=True):
        limits = 0.0, UPTAKE_RANGE[1]
        shown = draw_slice(ax, seen.max(axis=plane.through), found.grid, plane, limits)
        for one in anatomy.values():
            x, y = one.nipple_lps[plane.across], one.nipple_lps[plane.along]
            ax.plot(x, y, "+", color=NIPPLE_COLOUR, ms=12, mew=2)
        for lesion in found.lesions:
            _mark(ax, lesion, plane)
        frame_panel(ax, found.grid, plane, known=known)
        ax.set_title(f"{plane.name} projection", fontsize=10)
    assert shown is not None  # there are three planes
    figure.colorbar(shown, ax=axes, label="enhancement, %", shrink=0.7)
    return figure


def slices_picture(image: Volume | Enhancement, anatomy: Mapping[str, BreastAnatomy]) -> Picture:
    """`figure_mri_slices` through the nipple with the text that says what it shows."""
    words = []
    for one in anatomy.values():
        side = SIDES[one.side] if one.sides_known else "side unknown,"
        found = "found" if one.nipple_confident else "uncertain"
        words.append(f"{side} nipple {found} (± {one.nipple_sd_mm:.0f} mm)")
    alt = f"Axial, sagittal and coronal MR slices through the nipple: {'; '.join(words)}."
    return Picture(figure_mri_slices(image, anatomy), alt=alt, caption=alt)


def mip_picture(found: Enhancement, anatomy: Mapping[str, BreastAnatomy]) -> Picture:
    """`figure_mip` with the text that says what it shows."""
    said = "; ".join(lesion_words(lesion) for lesion in found.lesions) or "no enhancing lesion"
    alt = f"Maximum projections of contrast uptake in the breasts: {said}."
    caption = f"{alt} Rings: lesions by number (dotted: near a nipple); crosses: nipples."
    return Picture(figure_mip(found, anatomy), alt=alt, caption=caption)


def lesion_words(lesion: EnhancingLesion) -> str:
    """One lesion in words."""
    side = SIDES[lesion.side] if lesion.sides_known else "side unknown"
    hour = ""
    if lesion.clock_h is not None and lesion.sides_known:
        hour = f", {hour_text(round(lesion.clock_h))} o'clock"
    size = f"{lesion.extent_mm[0]:.0f} mm {lesion.kind}"
    words = f"{lesion.rank}: {size}, {side}{hour}, {lesion.nipple_mm:.0f} mm from the nipple"
    words += f", {lesion.peak_percent:.0f} % enhancement"
    words += f", {lesion.curve}" if lesion.curve else ""
    return words + (f" ({lesion.notes[0]})" if lesion.notes else "")


def _voxels(
    image: Volume | Enhancement, anatomy: Mapping[str, BreastAnatomy]
) -> tuple[NDArray[np.float32], Grid]:
    if isinstance(image, Enhancement):
        return image.pre, image.grid
    data, grid = straight(image)
    turned = any(one.turned for one in anatomy.values())
    return half_turn(data, grid) if turned else (data, grid)


def _landmarks(ax: Axes, one: BreastAnatomy, plane: Plane, at_mm: float) -> None:
    """Edge of the breast, chest wall and nipple of one breast in a slice."""
    grid = one.grid
    index = round(float((at_mm - grid.origin_lps[plane.through]) / grid.spacing_mm[plane.through]))
    if not 0 <= index < grid.shape[plane.through]:
        return
    x, y = grid.axis_mm(plane.across), grid.axis_mm(plane.along)
    breast = np.take(one.mask, index, axis=plane.through).T
    if breast.any() and min(breast.shape) > 1:
        ax.contour(x, y, breast.astype(float), [0.5], colors=MASK_COLOUR, linewidths=0.9)
    if plane.name == "axial":
        wall = np.where(one.mask[:, :, index].any(axis=1), one.wall_p_mm[:, index], np.nan)
        ax.plot(x, wall, color=WALL_COLOUR, lw=1.3, ls="--")
    elif plane.name == "sagittal":
        wall = np.where(one.mask[index].any(axis=0), one.wall_p_mm[index], np.nan)
        ax.plot(wall, y, color=WALL_COLOUR, lw=1.3, ls="--")
    if abs(one.nipple_lps[plane.through] - at_mm) <= 2 * one.nipple_sd_mm:
        place = one.nipple_lps[plane.across], one.nipple_lps[plane.along]
        style = "-" if one.nipple_confident else ":"
        _ring(ax, place, one.nipple_sd_mm, color=NIPPLE_COLOUR, lw=1.2, ls=style)
        ax.plot(*place, "+", color=NIPPLE_COLOUR, ms=8)


def _ring(ax: Axes, place: tuple[float, float], radius_mm: float, **look: Any) -> None:
    angle = np.linspace(0, 2 * np.pi, 60)
    ax.plot(place[0] + radius_mm * np.cos(angle), place[1] + radius_mm * np.sin(angle), **look)


def _legend() -> list[Line2D]:
    """What the lines of a slice mean."""
    nipple = "nipple ± one standard deviation (dotted: uncertain)"
    return [
        Line2D([], [], color=MASK_COLOUR, lw=1.2, label="breast"),
        Line2D([], [], color=WALL_COLOUR, lw=1.5, ls="--", label="chest wall"),
        Line2D([], [], color=NIPPLE_COLOUR, lw=1.5, marker="+", label=nipple),
    ]


def _mark(ax: Axes, lesion: EnhancingLesion, plane: Plane) -> None:
    """A numbered ring around a lesion; dotted where it may be physiological."""
    place = lesion.centroid_lps[plane.across], lesion.centroid_lps[plane.along]
    colour = COLOURS[(lesion.rank - 1) % (len(COLOURS) - 1)]  # black is not seen on black
    radius = max(lesion.extent_mm[0] / 2, 4.0) + 3.0
    _ring(ax, place, radius, color=colour, ls=":" if lesion.near_nipple else "-")
    ax.text(place[0] + radius, place[1], str(lesion.rank), color=colour, fontsize=9, va="center")
