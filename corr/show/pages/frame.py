"""Pictures that explain the breast frame: clock faces, film angles and the three poses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, Rectangle

from corr.anatomy.clock import hour_text
from corr.anatomy.frame import clock_to_coronal, left_sign
from corr.anatomy.names import SIDE_NAMES
from corr.parameters import Parameters
from corr.show.figures.clockface import draw_face
from corr.show.figures.film_plane import usual_plane
from corr.show.figures.parts import palette as draw

POSES = (
    ("compressed\n(mammogram)", 1.18, 0.65),
    ("supine, arm up\n(ultrasound)", 0.55, 1.2),
    ("prone\n(MRI)", 1.25, 0.9),
)
"""Name, depth and width of a breast in each pose relative to the reference; for drawing only."""


def _arrow(ax: Axes, vector: tuple[float, float], words: str, colour: str) -> None:
    """An axis of the frame from the nipple."""
    ax.annotate("", vector, (0, 0), arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 2.2})
    at = 1.06 * np.asarray(vector)
    text = ax.text(at[0], at[1], words, color=colour, fontsize=9, fontweight="bold")
    ha = "left" if vector[0] > 0 else "right"
    text.set(ha="center" if vector[1] else ha, va="bottom" if vector[1] else "center")
    text.set_zorder(8)
    draw.halo(text)


def figure_frame_faces(
    points_h: Sequence[tuple[float, float]] = (), *, radius_mm: float = 50.0
) -> Figure:
    """Both clock faces side by side as seen facing the patient, with axes and chosen points.

    Parameters
    ----------
    points_h
        (clock hour, radius in mm) drawn on both breasts, to see that the hour is the same
        for the viewer while the meaning (lateral or medial) is mirrored.
    """
    figure = draw.new_figure(10.4, 5.2)
    for ax, side in zip(figure.subplots(1, 2), "RL", strict=True):
        draw_face(ax, side, radius_mm)
        sign = left_sign(side)
        _arrow(ax, (sign * 0.3 * radius_mm, 0), "lateral +", draw.COLOURS[1])
        _arrow(ax, (0, 0.45 * radius_mm), "superior +", draw.COLOURS[2])
        for k, (hour, r_mm) in enumerate(points_h):
            lateral, superior = clock_to_coronal(hour, r_mm, side)
            ax.plot(
                sign * lateral, superior, draw.MARKERS[k], color=draw.COLOURS[0], ms=10, mec="white"
            )
            place = f"lateral {lateral:+.0f}, superior {superior:+.0f}"
            words = f"{hour_text(hour)} o'clock, {r_mm:g} mm\n{place}"
            above = superior <= 0  # toward the middle, away from the hours
            x = sign * lateral + 4 * np.sign(sign * lateral)  # beside the axes
            text = ax.text(x, superior + (5 if above else -5), words, fontsize=8)
            text.set(ha="center", va="bottom" if above else "top")
            text.set_zorder(8)
            draw.halo(text)
        ax.set_title(f"{SIDE_NAMES[side].capitalize()}, seen facing the patient")
    return figure


def plot_side_view(
    *, radius_mm: float = 50.0, depth_mm: float = 55.0, ax: Axes | None = None
) -> Axes:
    """The breast from its lateral side: posterior and superior from the nipple."""
    ax = draw.new_axes(ax, 5.0, 4.6)
    _profile(ax, depth_mm, radius_mm)
    ax.plot([depth_mm] * 2, [-radius_mm - 8, radius_mm + 8], color=draw.INK, lw=5, alpha=0.35)
    ax.text(depth_mm + 5, 0, "chest wall", rotation=90, va="center", fontsize=9)
    ax.plot(0, 0, "o", color=draw.SKIN_EDGE, mec=draw.INK, ms=10, zorder=4)
    ax.text(-4, -4, "nipple\n(0, 0, 0)", ha="right", va="top", fontsize=9)
    _arrow(ax, (0.4 * depth_mm, 0), "posterior +", draw.COLOURS[0])
    _arrow(ax, (0, 0.6 * radius_mm), "superior +", draw.COLOURS[2])
    draw.scale_bar(ax, 0, -radius_mm - 6)
    ax.set_xlim(-30, depth_mm + 16)
    ax.set_ylim(-radius_mm - 14, radius_mm + 12)
    draw.bare(ax)
    ax.set_title("Seen from the lateral side", fontsize=10)
    return ax


def _profile(ax: Axes, depth_mm: float, half_mm: float) -> None:
    """Half an ellipse in front of the chest wall."""
    body = Ellipse(
        (depth_mm, 0), 2 * depth_mm, 2 * half_mm, fc=draw.SKIN, ec=draw.INK, lw=1.2, zorder=0
    )
    ax.add_patch(body)
    front = Rectangle((depth_mm - 500, -500), 500, 1000, transform=ax.transData)
    body.set_clip_path(front)


def plot_transverse_by_angle(
    side: str,
    points_h: Sequence[tuple[float, float]],
    p: Parameters,
    *,
    mlo_angle_deg: float = 45.0,
    depth_mm: float = 30.0,
    ax: Axes | None = None,
) -> Axes:
    """Height on the film against the film angle: muffins rise, lead sinks.

    From the oblique to the lateral view medial places rise and lateral places sink (unless
    they lie far above or below the nipple); the legend says what each point does. All lie
    ``depth_mm`` behind the nipple, in a breast of which nothing is known.
    """
    ax = draw.new_axes(ax, 7.0, 4.2)
    angle_deg = np.linspace(0, 90, 91)
    for k, (hour, r_mm) in enumerate(points_h):
        point = np.append(clock_to_coronal(hour, r_mm, side), depth_mm)
        films = [usual_plane(side, None, float(a), p) for a in (*angle_deg, mlo_angle_deg)]
        *heights, oblique = (float(film.project(point[None, :])[1][0]) for film in films)
        across = np.array(heights)
        does = "rises" if across[90] > oblique else "sinks"
        where = f" ({'lateral' if point[0] > 0 else 'medial'})" if abs(point[0]) > 0.5 else ""
        label = f"{hour_text(hour)} o'clock, {r_mm:g} mm{where}:\n{does} from MLO to ML"
        colour = draw.COLOURS[k % 7]
        ax.plot(angle_deg, across, color=colour, lw=2, ls=("-", "--", "-.", ":")[k % 4])
        look: dict[str, Any] = {"color": colour, "mec": "white", "ms": 8, "label": label}
        ax.plot(angle_deg[::15], across[::15], draw.MARKERS[k], **look)
    ax.axhline(0, color=draw.INK, lw=1.2)
    draw.beside(ax, "nipple level", (90, 0), (-2, 3), ha="right", fontsize=8)
    named = {0.0: "\nCC", 30.0: "", 60.0: "", 90.0: "\nML", mlo_angle_deg: "\nMLO"}
    ax.set_xticks([*named], [f"{a:g}{view}" for a, view in named.items()])
    ax.set_xlabel("film angle (degrees)")
    ax.set_ylabel(f"above the nipple level on the film (mm),\n{depth_mm:g} mm behind the nipple")
    ax.set_title(f"{SIDE_NAMES[side].capitalize()}: the same place on films of different angle")
    ax.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    draw.open_frame(ax)
    return ax


def figure_poses(*, radius_mm: float = 50.0, depth_mm: float = 55.0) -> Figure:
    """Schematic of one breast and one tissue point in the reference state and in three poses."""
    figure = draw.new_figure(10.2, 3.4)
    poses = (("reference\n(unloaded)", 1.0, 1.0), *POSES)
    for ax, (words, deep, wide) in zip(figure.subplots(1, 4, sharey=True), poses, strict=True):
        depth, half = deep * depth_mm, wide * radius_mm
        _profile(ax, depth, half)
        ax.plot([depth] * 2, [-half, half], color=draw.INK, lw=4, alpha=0.35)
        ax.plot(0, 0, "o", color=draw.SKIN_EDGE, mec=draw.INK, ms=7)
        ax.plot(0.5 * depth, -0.4 * half, "s", color=draw.COLOURS[1], ms=9, mec="white")
        ax.plot([0, 0.5 * depth], [0, -0.4 * half], color=draw.COLOURS[1], lw=1, ls=":")
        ax.set_title(words, fontsize=10)
        draw.scale_bar(ax, 5, -1.5 * radius_mm)
        ax.set_xlim(-8, 1.32 * depth_mm)
        ax.set_ylim(-1.58 * radius_mm, 1.25 * radius_mm)
        draw.bare(ax)
    return figure
