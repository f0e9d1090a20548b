"""The pictures of a case page, finished, each with what it shows and what to look at."""

from __future__ import annotations

from collections.abc import Sequence

from corr.anatomy.names import SIDE_NAMES
from corr.exams.registry import exam_of
from corr.judgement.result import Judgement, Pair
from corr.judgement.verdict import written
from corr.records import Finding
from corr.show.figures.breast3d import plot_breast3d
from corr.show.figures.clockface import figure_clock_faces, plot_clock_face
from corr.show.figures.film_plane import shown_planes
from corr.show.figures.films import figure_films
from corr.show.figures.groupings import MOST_DIAGRAMS, figure_groupings
from corr.show.figures.pairs import CROWDED, figure_evidence, plot_pair_matrix
from corr.show.figures.parts.palette import figure_of, new_figure
from corr.show.figures.parts.picture import Picture
from corr.show.pages.tables import main_first
from corr.show.wording.html import Snippet, paragraphs
from corr.show.wording.text import grouping_name, hours, is_placed, names, pair_name

MOST_PAIRS = 8
MOST_ON_FILM = 6
MOST_ON_ONE_FACE = 6


def clock_picture(judgement: Judgement) -> Picture:
    """Clock face with every finding's belief."""
    name, side = names(judgement.breast), SIDE_NAMES[judgement.breast.side]
    drawn = "; ".join(
        f"{name[i]} centred {_millimetres(b.mean_mm[0], 'lateral', 'medial')} and "
        f"{_millimetres(b.mean_mm[1], 'above', 'below')} the nipple"
        for i, b in judgement.beliefs.items()
    )
    alt = f"Clock face of the {side}, seen facing the patient; lines around each place: {drawn}."
    caption = (
        f"{side.capitalize()}: where each finding may lie by its own report, seen facing the "
        "patient. Lines that run together are places the findings could share."
    )
    matched = [f for f in judgement.breast.findings if f.matched]
    if len(matched) > MOST_ON_ONE_FACE and judgement.groupings:
        alt += " One face for each lesion of the most probable grouping."
        return Picture(figure_clock_faces(judgement), alt=alt, caption=caption)
    return Picture(figure_of(plot_clock_face(judgement)), alt=alt, caption=caption)


def _millimetres(value: float, plus: str, minus: str) -> str:
    return f"{abs(value):.0f} mm {plus if value >= 0 else minus}"


def film_findings(judgement: Judgement) -> list[Finding]:
    """Findings with a place on films: those of mammograms, then others with a stated clock hour."""
    found = [f for f in judgement.breast.findings if f.matched and is_placed(f)]
    films = [f for f in found if exam_of(f).place == "film"]
    return films + [f for f in found if f not in films and f.clock_h]


def clock_question(judgement: Judgement) -> Finding | None:
    """The mammographic finding whose words name a clock range, for the film schematic."""
    found = [f for f in judgement.breast.findings if f.clock_h is not None]
    return next((f for f in found if exam_of(f).place == "film"), None)


def films_picture(judgement: Judgement) -> Picture | Snippet:
    """CC and oblique schematic; with a clock range said of a mammogram, where that range falls.

    A sentence instead where no finding has a place on films.
    """
    placed, side = film_findings(judgement), SIDE_NAMES[judgement.breast.side]
    if not placed:
        return paragraphs([f"Of the {side} nothing with a place on films was reported."])
    name, asked = names(judgement.breast), clock_question(judgement)
    first, oblique = planes = list(shown_planes(judgement).values())
    shown, left_out = placed[:MOST_ON_FILM], placed[MOST_ON_FILM:]
    span_h = None if asked is None else asked.clock_h
    figure = figure_films(judgement, planes, [f.finding_id for f in shown], hours=span_h)
    alt = (
        f"Schematic {first.view} and {oblique.angle_deg:.0f} degree {oblique.view} of the {side} "
        "with nipple level and posterior nipple line; projected places of "
        f"{', '.join(name[f.finding_id] for f in shown)}"
    )
    views = f"{first.view} and {oblique.view}"
    caption = f"{side.capitalize()}: {views} as they hang, in mm of the compressed breast"
    if asked is not None:
        alt += f"; shaded: where tissue at {hours(asked)} falls on each film"
        caption += f". Hatched: all tissue at {hours(asked)}, on the two films"
    if left_out:
        caption += f". Not drawn: {', '.join(name[f.finding_id] for f in left_out)}"
    return Picture(figure, alt=f"{alt}.", caption=f"{caption}.")


def matrix_picture(judgement: Judgement) -> Picture:
    """Matrix of P(same)."""
    side = SIDE_NAMES[judgement.breast.side]
    alt = f"Matrix of P(same) for the findings of the {side}: {_pair_words(judgement)}"
    also = " with its band and verdict"
    if sum(f.matched for f in judgement.breast.findings) > CROWDED:
        also = "; bands and verdicts stand in the table of pairs"
    caption = f"{side.capitalize()}: P(same lesion) of every two findings{also}; the darker, "
    caption += "the likelier."
    return Picture(figure_of(plot_pair_matrix(judgement)), alt=alt, caption=caption)


def overview_picture(*judgements: Judgement) -> Picture:
    """Clock face and matrix side by side, a row for each breast."""
    figure = new_figure(11.0, 5.6 * len(judgements))
    axes = figure.subplots(len(judgements), 2, width_ratios=[1.1, 1], squeeze=False)
    said = []
    for judgement, (face, matrix) in zip(judgements, axes, strict=True):
        plot_clock_face(judgement, legend_columns=1, ax=face)
        plot_pair_matrix(judgement, ax=matrix)
        side = SIDE_NAMES[judgement.breast.side]
        said.append(f"Clock face and matrix of P(same), {side}: {_pair_words(judgement)}")
    return Picture(figure, alt=" ".join(said))


def evidence_picture(judgement: Judgement, pairs: Sequence[Pair] = ()) -> Picture:
    """Evidence bars of the likeliest pairs (at most eight)."""
    figure = figure_evidence(judgement, list(pairs) or main_first(judgement)[:MOST_PAIRS])
    side = SIDE_NAMES[judgement.breast.side]
    alt = f"From the prior to P(same) in steps, {side}: {_pair_words(judgement)}"
    caption = (
        f"{side.capitalize()}: from the prior to P(same), one step for each kind of evidence, "
        "in the order of the table (log10 odds; +1 means odds times ten)."
    )
    return Picture(figure, alt=alt, caption=caption)


def grouping_picture(judgement: Judgement) -> Picture:
    """The most probable groupings: exams in columns, lesions as bands."""
    name, side = names(judgement.breast), SIDE_NAMES[judgement.breast.side]
    shown = judgement.groupings[:MOST_DIAGRAMS]
    spoken = "; ".join(f"{written(g.p)}: {grouping_name(g, name)}" for g in shown)
    alt = f"Grouping diagrams of the {side}. {spoken or 'No finding to group'}."
    most = f"the {len(shown)} most probable groupings" if len(shown) > 1 else "the only grouping"
    caption = (
        f"{side.capitalize()}: {most}. Exams in columns, "
        "findings as marks; a band joins what would be one lesion."
    )
    return Picture(figure_groupings(judgement), alt=alt, caption=caption)


def breast3d_picture(judgement: Judgement) -> Picture:
    """The breast in three dimensions with half of every belief."""
    name, side = names(judgement.breast), SIDE_NAMES[judgement.breast.side]
    drawn = ", ".join(
        f"{name[i]} ({b.volume80_cm3:.0f} cm\N{SUPERSCRIPT THREE} hold 80 %)"
        for i, b in judgement.beliefs.items()
    )
    alt = f"Three-dimensional {side} from the front with regions that hold {drawn}."
    caption = (
        f"{side.capitalize()} in the reference state, seen from the front and a little from the "
        "outside: each body holds one finding with 50 %; the pale one is the "
        "expected breast."
    )
    return Picture(figure_of(plot_breast3d(judgement)), alt=alt, caption=caption)


def _pair_words(judgement: Judgement) -> str:
    name = names(judgement.breast)
    spoken = "; ".join(f"{pair_name(p, name)} {written(p.p_same)}" for p in judgement.pairs)
    return f"{spoken or 'no pair of different readings'}."
