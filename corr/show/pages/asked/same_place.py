"""How far the places that different exams named can be one and the same place.

Words such as "deep to the nipple", "7-8 o'clock" and "behind the nipple" name overlapping
regions. For a breast where a clock range and a place behind the nipple were both said, this
gives one picture and a few sentences with numbers: what each words' region is on the two films,
how much of it the others share, and what that does to P(same).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from corr.anatomy.frame import LATERAL, POSTERIOR, SUPERIOR, clock_h
from corr.anatomy.names import SIDE_NAMES
from corr.judgement.result import Judgement
from corr.records import Finding
from corr.show.figures.clockface import plot_clock_face
from corr.show.figures.film_plane import shown_planes
from corr.show.figures.films import plot_film
from corr.show.figures.hour_fans import clock_on_films, hours_meant
from corr.show.figures.parts.body import body_points
from corr.show.figures.parts.legends import finding_handles, legend
from corr.show.figures.parts.palette import new_figure
from corr.show.figures.parts.picture import Picture
from corr.show.wording.html import Snippet, bullets
from corr.show.wording.pair_words import begun, pair_numbers
from corr.show.wording.text import hours, main_pairs, names, position_words

TITLE = "How far can these words be one and the same place?"
BEHIND = ("deep_to_nipple", "subareolar", "central")


def placed(judgement: Judgement) -> list[Finding]:
    """Matched findings that a report placed by the clock or behind the nipple."""
    return [f for f in judgement.breast.findings if f.matched and (f.clock_h or f.region in BEHIND)]


def asks(judgement: Judgement) -> Finding | None:
    """The finding whose clock range is compared with a place behind the nipple, if any.

    None unless a clock range and "behind the nipple" (or like words) were both said, by at
    least two readings.
    """
    found = placed(judgement)
    behind = [f for f in found if f.region in BEHIND]
    clocked = [f for f in found if f.clock_h is not None]
    readings = {f.reading_id for f in (*behind, *clocked)}
    return clocked[0] if behind and clocked and len(readings) > 1 else None


def overlap(judgement: Judgement, finding_id: str, other_id: str) -> float:
    """How much two beliefs have in common: 0 nothing, 1 they are the same."""
    a, b = (judgement.beliefs[i].probability for i in (finding_id, other_id))
    return float(np.minimum(a, b).sum())


def behind_share(judgement: Judgement, span_h: tuple[float, float]) -> float | None:
    """Share of the expected tissue at a clock range that also lies behind the nipple.

    A single hour stands for the interval it is judged as; None where no tissue is expected.
    """
    x, p = body_points(judgement), judgement.parameters
    span_h = hours_meant(span_h, p)
    at = (clock_h(x, judgement.breast.side) - span_h[0]) % 12.0 <= span_h[1] - span_h[0]
    near = np.hypot(x[:, LATERAL], x[:, SUPERIOR]) <= p["subareolar_radius_mm"]
    near &= x[:, POSTERIOR] <= p["subareolar_depth_mm"]
    return float((at & near).sum() / at.sum()) if at.any() else None


def same_place_sentences(judgement: Judgement) -> list[str]:
    """What each exam's words allow, how much of it they share, and P(same); nothing if unasked."""
    asked = asks(judgement)
    if asked is None or asked.clock_h is None:
        return []
    oblique_first = list(shown_planes(judgement).values())[::-1]
    return [
        _words(judgement),
        " ".join(clock_on_films(oblique_first, asked.clock_h)),
        _in_front(judgement, asked),
        *_beliefs(judgement),
    ]


def _said(finding: Finding) -> str:
    quoted = dict(finding.words).get("region")
    words = position_words(finding).replace("subareolar", "behind the nipple")
    return f'{words} ("{quoted}")' if quoted and quoted not in words else words


def _words(judgement: Judgement) -> str:
    name = names(judgement.breast)
    said = [f"{name[f.finding_id]}: {_said(f)}" for f in placed(judgement)]
    return f"Said of the {SIDE_NAMES[judgement.breast.side]}: {'; '.join(said)}."


def _in_front(judgement: Judgement, asked: Finding) -> str:
    assert asked.clock_h is not None
    share, p = behind_share(judgement, asked.clock_h), judgement.parameters
    taken = (
        f'"Behind the nipple" is taken as within {p["subareolar_radius_mm"]:.0f} mm of it from the '
        f"front and {p['subareolar_depth_mm']:.0f} mm deep (soft edges)."
    )
    if share is None:
        return taken
    return (
        f"{taken} {100 * share:.0f} % of the "
        f"tissue at {hours(asked)} lies there: the same place only next to the nipple, where a "
        "clock position says least."
    )


def _beliefs(judgement: Judgement) -> list[str]:
    name, ids = names(judgement.breast), {f.finding_id for f in placed(judgement)}
    return [
        f"{begun(name[q.finding_a])} and {name[q.finding_b]}: their "
        f"places overlap by "
        f"{100 * overlap(judgement, q.finding_a, q.finding_b):.0f} %; P(same) {pair_numbers(q)}."
        for q in main_pairs(judgement)
        if {q.finding_a, q.finding_b} <= ids
    ]


def figure_same_place(judgement: Judgement) -> Figure:
    """Clock face, oblique and CC of one breast, with the tissue of the clock range hatched."""
    asked = asks(judgement)
    span_h = None if asked is None else asked.clock_h
    ids = [f.finding_id for f in placed(judgement)]
    figure = new_figure(9.6, 4.3)
    grid = figure.add_gridspec(2, 3, width_ratios=[1.35, 1, 1], height_ratios=[10, 1])
    face = figure.add_subplot(grid[0, 0])
    plot_clock_face(judgement, ids, legend_columns=0, ax=face)
    face.set_title("as seen facing the patient", fontsize=11)
    planes = shown_planes(judgement)
    for column, place in enumerate(("MLO", "CC"), start=1):
        ax = figure.add_subplot(grid[0, column])
        plot_film(judgement, planes[place], ids, hours=span_h, ax=ax)
    look = {"ncols": min(len(ids), 3), "fontsize": 10, "handlelength": 3.0}
    legend(figure.add_subplot(grid[1, :]), finding_handles(judgement, ids), **look)
    figure.suptitle(SIDE_NAMES[judgement.breast.side].capitalize(), fontsize=12)
    return figure


def explained(judgement: Judgement) -> list[Callable[[], Snippet | Picture]]:
    """What shows how far words can be one place: sentences and a picture; nothing if unasked."""
    said = same_place_sentences(judgement)
    return [lambda: bullets(said, TITLE), lambda: same_place_picture(judgement)] if said else []


def same_place_picture(judgement: Judgement) -> Picture:
    """The picture of `figure_same_place` with its text."""
    asked = asks(judgement)
    when = "the clock range" if asked is None else hours(asked)
    name, side = names(judgement.breast), SIDE_NAMES[judgement.breast.side]
    said = "; ".join(f"{name[f.finding_id]}: {_said(f)}" for f in placed(judgement))
    alt = (
        f"Clock face, oblique and CC schematic of the {side} with the places of {said}; tissue at "
        f"{when} is hatched on the films."
    )
    caption = (
        "The same places from the front and on two films, in mm of the compressed breast. "
        f"Hatched: all tissue at {when}. Black: nipple level; purple, dashed: posterior nipple "
        "line; lines hold 50 and 80 % of where a finding may lie."
    )
    return Picture(figure_same_place(judgement), alt=alt, caption=caption)
