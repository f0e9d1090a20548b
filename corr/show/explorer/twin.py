"""The explorer without widgets: its picture and its numbers, for pages and for readers."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from html import escape

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from corr.anatomy.names import SIDE_NAMES
from corr.exams.mammography import film_angle
from corr.judgement.result import Judgement
from corr.judgement.verdict import written
from corr.show.explorer.numbers import differences_html, pairs_html
from corr.show.explorer.scene import SIZE_IN, Scene
from corr.show.explorer.state import Explored
from corr.show.explorer.state.judging import FINAL
from corr.show.figures.film_plane import film_shown
from corr.show.figures.parts.palette import Picture, styles
from corr.show.wording import html
from corr.show.wording.pair_words import band, verdict_words
from corr.show.wording.text import names

OPEN_ROWS = 12
"""Pairs that a page shows openly; the others are folded away."""


def twin(explored: Explored) -> tuple[Picture, html.Snippet]:
    """Picture and numbers of an explored breast, without widgets."""
    style, name = styles(explored.written), names(explored.written)
    judgement = explored.judgement()
    figure = Figure(figsize=SIZE_IN, facecolor="white")
    FigureCanvasAgg(figure)
    Scene(explored, figure, animated=False)
    side = SIDE_NAMES[explored.side]
    said = "; ".join(str(d) for d in explored.differences()) or "nothing differs from the case"
    alt = (
        f"Explorer of the {side}: beliefs on the clock face, the CC and the oblique film, with a "
        f"ring at each stated hour or place; {said}."
    )
    caption = (
        f"{side.capitalize()}: from the front, and on both films in mm of the compressed breast; "
        f"{_oblique(judgement)}. Where only an hour is stated, how far out its ring "
        "lies means nothing."
    )
    numbers = pairs_html(
        judgement, explored.as_written(), style, name, stage=FINAL, open_rows=OPEN_ROWS
    )
    plain = "\n".join(
        f"{p.finding_a} = {p.finding_b}: {written(p.p_same)} ({band(p)}), {verdict_words(p)}"
        for p in judgement.pairs
    )
    changed = differences_html(explored.differences(), name)
    shown = numbers + changed + opened_by(explored, name)
    return Picture(figure, alt=alt, caption=caption), html.Snippet(shown, plain=plain)


def opened_by(explored: Explored, name: Mapping[str, str]) -> str:
    """The line that opens the explorer at each finding; a page cannot compute."""
    case = explored.case
    source = case.file.name if case.file else f"TABLE {shlex.quote(case.case_id)}"
    items = [
        f'<li id="explore-{escape(i)}">{escape(name[i])}: '
        f"<code>corr explore {escape(source)} --finding {escape(shlex.quote(i))}</code></li>"
        for i in explored.finding_ids
    ]
    if not items:
        return ""
    return (
        "<details class='explore'><summary>Open one of these findings in the explorer</summary>"
        "<p>Copy its line into a terminal, in the folder of the case:</p>"
        f"<ul>{''.join(items)}</ul></details>"
    )


def _oblique(judgement: Judgement) -> str:
    reading = film_shown(judgement.breast, "MLO")
    angle_deg, _ = film_angle(reading, judgement.parameters)
    assumed = "" if reading.angle_deg is not None else " (assumed: none is recorded)"
    return f"the angle of the oblique is {angle_deg:.0f} degrees{assumed}"
