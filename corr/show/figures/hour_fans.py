"""Where clock hours fall on films: as a picture, and in words, by the map that judges.

An hour alone is no height on a film: tissue behind the nipple climbs on an oblique as the
posterior nipple line does, so the deeper it lies, the farther it is above the nipple level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from corr.anatomy.names import SIDE_NAMES
from corr.exams.ultrasound import clock_bounds
from corr.parameters import Parameters
from corr.show.figures.film_plane import FilmPlane
from corr.show.figures.parts.palette import INK, beside, new_axes, open_frame
from corr.show.wording.text import hour_words

NAMES_APART = 0.17
"""Least distance of the names of fans, as a share of the height shown."""
EXAMPLE_RADIUS_MM = 30.0
"""Distance from the nipple, as seen from the front, of the tissue that is spoken of ..."""
EXAMPLE_POSTERIOR_MM = (20.0, 50.0)
"""... and how far behind the nipple a film shows it."""
Span = tuple[float, float]


def hour_span(
    plane: FilmPlane, hours: Span, posterior_mm: float, *, radius_mm: float = EXAMPLE_RADIUS_MM
) -> Span:
    """Lowest and highest transverse (mm) on a film of tissue at a range of clock hours.

    ``radius_mm`` from the nipple as seen from the front and ``posterior_mm`` behind it on the
    film.
    """
    across = plane.level_mm(np.linspace(*hours, 121), radius_mm, posterior_mm)
    return float(across.min()), float(across.max())


def hours_meant(hours: tuple[float, float], p: Parameters) -> tuple[float, float]:
    """Hours that a stated clock stands for: a single hour is an interval, as it is judged."""
    return clock_bounds(hours, p) if hours[0] == hours[1] else hours


def axis_mm(plane: FilmPlane, posterior_mm: float) -> float:
    """Transverse of the tissue straight behind the nipple: the posterior nipple line."""
    return float(plane.level_mm(12.0, 0.0, posterior_mm)[0])


def behind_on_film(plane: FilmPlane, hours: Span) -> bool:
    """Whether a report could say of this film that tissue at these hours is behind the nipple.

    Reports mean the nipple level or the posterior nipple line, so anything between them.
    """
    for posterior_mm in EXAMPLE_POSTERIOR_MM:
        low, high = hour_span(plane, hours, posterior_mm)
        lines = sorted((0.0, axis_mm(plane, posterior_mm)))
        if low <= lines[1] and high >= lines[0]:
            return True
    return False


def clock_on_films(planes: Sequence[FilmPlane], hours: Span) -> list[str]:
    """Where clock hours fall on two films, and what "deep to the nipple" then says of them."""
    when, side = hour_words(hours), SIDE_NAMES[planes[0].side]
    places = "; ".join(f"on {_film(plane)} {_places(plane, hours)}" for plane in planes)
    said = (
        f"Tissue at {when} in the {side}, {EXAMPLE_RADIUS_MM / 10:g} cm from the nipple as seen "
        f"from the front, falls {places}."
    )
    climbing = [plane for plane in planes if _climbs_away(plane, hours)]
    climb = [
        f"On the {plane.view} it follows the posterior nipple line, and lies on the nipple level "
        "only near the nipple."
        for plane in climbing
    ]
    return [said, *climb, _meaning(planes, hours)]


def _meaning(planes: Sequence[FilmPlane], hours: Span) -> str:
    when = hour_words(hours)
    fits = [plane.view for plane in planes if behind_on_film(plane, hours)]
    if len(fits) != 1:
        agrees = "agrees with" if fits else "does not fit"
        near = "" if fits else ", except close to the nipple"
        return f'So "deep to the nipple" said of either film {agrees} {when}{near}.'
    (other,) = (plane.view for plane in planes if plane.view not in fits)
    return (
        f'So "deep to the nipple" said of the {fits[0]} agrees with {when}, and proves no more: '
        f"the opposite clock position projects there too. Said of the {other} it does not fit "
        f"{when}, except close to the nipple; said of both films it would mean central."
    )


def _climbs_away(plane: FilmPlane, hours: Span) -> bool:
    """Whether deep tissue at these hours lies on the posterior nipple line but not on the level."""
    posterior_mm = EXAMPLE_POSTERIOR_MM[-1]
    low, high = hour_span(plane, hours, posterior_mm)
    return low <= axis_mm(plane, posterior_mm) <= high and not low <= 0 <= high


def _film(plane: FilmPlane) -> str:
    flat, degrees = plane.edges()[0] == "lateral", f"{plane.angle_deg:.0f}"
    article = "an" if degrees.startswith("8") else "a"
    return f"the {plane.view}" if flat else f"{article} {degrees} degree {plane.view}"


def _places(plane: FilmPlane, hours: Span) -> str:
    """Offsets from the nipple level at both depths; once where they are the same."""
    flat = plane.edges()[0] == "lateral"
    plus, minus, of = ("lateral", "medial", " of") if flat else ("above", "below", "")
    said = {
        posterior_mm: _offsets(hour_span(plane, hours, posterior_mm), plus, minus) + of
        for posterior_mm in EXAMPLE_POSTERIOR_MM
    }
    if len(set(said.values())) == 1:
        return f"{said[EXAMPLE_POSTERIOR_MM[0]]} the nipple level at any depth"
    (first, near), (second, deep) = said.items()
    return (
        f"{near} the nipple level where the film shows it {first / 10:g} cm behind the nipple, "
        f"{deep} it {second / 10:g} cm behind"
    )


def _offsets(span_mm: Span, plus: str, minus: str) -> str:
    """Lowest and highest offset in words: "15 to 26 mm lateral"."""
    low, high = span_mm
    if round(low) < 0 < round(high):
        return f"from {-low:.0f} mm {minus} to {high:.0f} mm {plus}"
    near, far = sorted((abs(low), abs(high)))
    span = f"{near:.0f}" if round(near) == round(far) else f"{near:.0f} to {far:.0f}"
    return f"{span} mm {plus if low + high > 0 else minus}"


def plot_hour_fans(planes: Sequence[FilmPlane], hours: Span, *, ax: Axes | None = None) -> Axes:
    """How far from the nipple level a clock range falls on each film, against its depth."""
    ax = new_axes(ax, 4.0, 4.0)
    looks = (("#0072B2", "///"), ("#D55E00", "..."), ("#009E73", "\\\\\\"))
    middle: dict[str, float] = {}
    deepest = min(float(plane.project(plane.chest_wall)[0][0]) for plane in planes)
    depths = np.array([0.0, deepest])
    for plane, (colour, hatch) in zip(planes, looks, strict=False):
        spans = np.array([hour_span(plane, hours, d) for d in depths])
        look: dict[str, Any] = {"facecolor": colour, "edgecolor": colour, "hatch": hatch}
        ax.fill_between(depths, *spans.T, alpha=0.25, **look)
        middle[plane.view] = float(spans[-1].mean())
    low, high = ax.get_ylim()
    for view, y in apart(middle, NAMES_APART * (high - low)).items():
        ax.text(deepest * 1.03, y, view, color=INK, fontsize=11, va="center")
    ax.plot(depths, [0, 0], color="#000000", lw=1.4)
    beside(ax, "nipple level", (0, 0), (4, -4), va="top", fontsize=9)
    ax.tick_params(labelsize=9)
    ax.set_xlim(0, 1.3 * deepest)
    ax.set_xlabel("behind the nipple on the film (mm)", fontsize=10)
    ax.set_ylabel("offset from the nipple level\non the film (mm)", fontsize=10)
    title = f"{hour_words(hours)}, {EXAMPLE_RADIUS_MM / 10:g} cm from the nipple"
    ax.set_title(f"{title}, {SIDE_NAMES[planes[0].side]}", fontsize=10)
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
