"""The explorer without widgets: its picture and its numbers, for pages and for readers."""

from __future__ import annotations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from corr.explore import Explored
from corr.explore.judging import FINAL
from corr.show import html
from corr.show.explorer_numbers import differences_html, pairs_html
from corr.show.explorer_scene import SIZE_IN, Scene
from corr.show.palette import SIDE_NAMES, Picture, styles
from corr.show.text import names


def twin(explored: Explored) -> tuple[Picture, html.Snippet]:
    """Picture and numbers of an explored breast, without widgets."""
    style, name = styles(explored.written), names(explored.written)
    judgement = explored.judgement()
    figure = Figure(figsize=SIZE_IN, facecolor="white")
    FigureCanvasAgg(figure)
    Scene(explored, figure, animated=False)
    said = "; ".join(str(d) for d in explored.differences()) or "nothing differs from the case"
    alt = (
        f"Explorer of the {SIDE_NAMES[explored.side]}: beliefs on the clock face, the CC and the "
        f"oblique film, with a ring where a finding can be dragged; {said}."
    )
    numbers = pairs_html(judgement, explored.as_written(), style, name, stage=FINAL)
    plain = "\n".join(
        f"{p.finding_a} = {p.finding_b}: {p.p_same:.2f} ({p.p_low:.2f}-{p.p_high:.2f}), {p.verdict}"
        for p in judgement.pairs
    )
    changed = differences_html(explored.differences(), name)
    return Picture(figure, alt=alt), html.Snippet(numbers + changed, plain=plain)
