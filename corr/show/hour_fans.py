"""Where clock hours fall on films of different angle, before compression."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from corr.exams.ultrasound import clock_bounds
from corr.frame import clock_to_coronal, film_transverse
from corr.parameters import Parameters
from corr.show.palette import INK, SIDE_NAMES, new_axes, open_frame
from corr.show.text import hour_words

NAMES_APART = 0.17
"""Least distance of the names of fans, as a share of the radius shown."""


def hour_span(angle_deg: float, hours: tuple[float, float], side: str) -> tuple[float, float]:
    """Lowest and highest transverse offset per mm of radius of a range of clock hours.

    >>> [round(v, 2) for v in hour_span(45.0, (7.0, 8.0), "R")]
    [-0.26, 0.26]
    >>> [round(v, 2) for v in hour_span(0.0, (7.0, 8.0), "R")]
    [0.5, 0.87]
    """
    hour = np.linspace(*hours, 121)
    coronal = clock_to_coronal(hour, 1.0, side)
    across = film_transverse(np.column_stack([coronal, np.zeros(hour.size)]), angle_deg)
    return float(across.min()), float(across.max())


def hours_meant(hours: tuple[float, float], p: Parameters) -> tuple[float, float]:
    """Hours that a stated clock stands for: a single hour is an interval, as it is judged.

    >>> from corr.parameters import load
    >>> hours_meant((10.0, 10.0), load()), hours_meant((7.0, 8.0), load())
    ((9.5, 10.5), (7.0, 8.0))
    """
    return clock_bounds(hours, p) if hours[0] == hours[1] else hours


def plot_hour_fans(
    side: str,
    angles_deg: dict[str, float],
    hours: tuple[float, float],
    *,
    radius_mm: float = 50.0,
    ax: Axes | None = None,
) -> Axes:
    """How far from the nipple level a clock range falls on each view, against the radius."""
    ax = new_axes(ax, 4.0, 4.0)
    looks = (("#0072B2", "///"), ("#D55E00", "..."), ("#009E73", "\\\\\\"))
    middle: dict[str, float] = {}
    for (view, angle_deg), (colour, hatch) in zip(angles_deg.items(), looks, strict=False):
        low, high = hour_span(angle_deg, hours, side)
        ax.fill(
            [0, radius_mm, radius_mm],
            [0, low * radius_mm, high * radius_mm],
            facecolor=colour,
            alpha=0.25,
            hatch=hatch,
            edgecolor=colour,
        )
        middle[view] = (low + high) / 2 * radius_mm
    for view, y in apart(middle, NAMES_APART * radius_mm).items():
        ax.text(radius_mm * 1.03, y, view, color=INK, fontsize=11, va="center")
    ax.plot([0, radius_mm], [0, 0], color="#000000", lw=1.4)
    ax.annotate("nipple level", (0, 0), (4, -4), textcoords="offset points", va="top", fontsize=9)
    ax.tick_params(labelsize=9)
    ax.set_xlim(0, 1.3 * radius_mm)
    ax.set_ylim(-radius_mm, radius_mm)
    ax.set_xlabel("distance from the nipple,\nseen from the front (mm)", fontsize=10)
    ax.set_ylabel("offset from the nipple level\non the film (mm)", fontsize=10)
    ax.set_title(f"Where {hour_words(hours)} falls, {SIDE_NAMES[side]}", fontsize=11)
    open_frame(ax)
    return ax


def apart(places: Mapping[str, float], least: float) -> dict[str, float]:
    """Places moved so that each is ``least`` above the one before it, their middle kept.

    >>> apart({"CC": 1.0, "MLO": 1.0}, 2.0)
    {'CC': 0.0, 'MLO': 2.0}
    """
    moved: dict[str, float] = {}
    for name, y in sorted(places.items(), key=lambda place: place[1]):
        moved[name] = max(y, max(moved.values(), default=y - least) + least)
    shift = (sum(places.values()) - sum(moved.values())) / len(places) if places else 0.0
    return {name: y + shift for name, y in moved.items()}
