"""The pictures of a case page, finished, each with a text that says what it shows."""

from __future__ import annotations

from corr.records import Finding, Judgement
from corr.show.clockface import plot_clock_face, plot_clock_faces_by_lesion
from corr.show.films import plot_films
from corr.show.pairs import plot_all_evidence, plot_pair_matrix
from corr.show.palette import SIDE_NAMES, Picture, figure_of, new_figure
from corr.show.tables import main_first
from corr.show.text import NO_PLACE, hours, names, position_words

MOST_PAIRS = 8
MOST_ON_FILM = 4
MOST_ON_ONE_FACE = 6
USUAL_MLO_DEG = 45.0


def clock_picture(judgement: Judgement) -> Picture:
    """Clock face with every finding's belief."""
    name, side = names(judgement.breast), SIDE_NAMES[judgement.breast.side]
    drawn = "; ".join(
        f"{name[i]} centred {_millimetres(b.mean_mm[0], 'lateral', 'medial')} and "
        f"{_millimetres(b.mean_mm[1], 'above', 'below')} the nipple"
        for i, b in judgement.beliefs.items()
    )
    alt = f"Clock face of the {side}, seen facing the patient, with belief contours: {drawn}."
    matched = [f for f in judgement.breast.findings if f.matched]
    if len(matched) > MOST_ON_ONE_FACE and judgement.groupings:
        alt += " One face for each lesion of the most probable grouping."
        return Picture(plot_clock_faces_by_lesion(judgement), alt=alt)
    return Picture(figure_of(plot_clock_face(judgement)), alt=alt)


def _millimetres(value: float, plus: str, minus: str) -> str:
    return f"{abs(value):.0f} mm {plus if value >= 0 else minus}"


def mlo_angle_deg(judgement: Judgement) -> float:
    """Film angle of the breast's oblique; 45 degrees where no reading states one."""
    stated = [r.angle_deg for r in judgement.breast.readings if r.view == "MLO"]
    return next((a for a in stated if a is not None), USUAL_MLO_DEG)


def film_findings(judgement: Judgement) -> list[Finding]:
    """Findings worth projecting: those of mammograms, then others with a stated clock hour."""
    found = [f for f in judgement.breast.findings if f.matched and position_words(f) != NO_PLACE]
    films = [f for f in found if f.modality == "MG"]
    return (films + [f for f in found if f.modality != "MG" and f.clock_h])[:MOST_ON_FILM]


def clock_question(judgement: Judgement) -> Finding | None:
    """The mammographic finding whose words name a clock range, for the film schematic."""
    found = [f for f in judgement.breast.findings if f.clock_h is not None]
    return next((f for f in found if f.modality == "MG"), None)


def films_picture(judgement: Judgement) -> Picture:
    """CC and MLO schematics; with a clock range said of a mammogram, where that range falls."""
    asked = clock_question(judgement)
    angle_deg = mlo_angle_deg(judgement)
    shown = film_findings(judgement)
    figure = plot_films(
        judgement,
        [f.finding_id for f in shown],
        mlo_angle_deg=angle_deg,
        hours=None if asked is None else asked.clock_h,
    )
    name = names(judgement.breast)
    alt = (
        f"Schematic CC and {angle_deg:.0f} degree MLO of the {SIDE_NAMES[judgement.breast.side]} "
        "with nipple level and posterior nipple line; projected beliefs of "
        f"{', '.join(name[f.finding_id] for f in shown) or 'no finding'}"
    )
    if asked is not None:
        alt += f"; shaded: where tissue at {hours(asked)} falls on each film"
    return Picture(figure, alt=alt + ".")


def matrix_picture(judgement: Judgement) -> Picture:
    """Matrix of P(same)."""
    alt = f"Matrix of P(same) for the findings of the {SIDE_NAMES[judgement.breast.side]}: "
    return Picture(figure_of(plot_pair_matrix(judgement)), alt=alt + _pair_words(judgement))


def overview_picture(judgement: Judgement) -> Picture:
    """Clock face and matrix side by side."""
    figure = new_figure(11.0, 5.6)
    face, matrix = figure.subplots(1, 2, width_ratios=[1.1, 1])
    plot_clock_face(judgement, legend_columns=1, ax=face)
    plot_pair_matrix(judgement, ax=matrix)
    alt = f"Clock face and matrix of P(same), {SIDE_NAMES[judgement.breast.side]}: "
    return Picture(figure, alt=alt + _pair_words(judgement))


def evidence_picture(judgement: Judgement) -> Picture:
    """Evidence bars of the likeliest pairs (at most eight)."""
    figure = plot_all_evidence(judgement, main_first(judgement)[:MOST_PAIRS])
    alt = f"From the prior to P(same) in steps, {SIDE_NAMES[judgement.breast.side]}: "
    return Picture(figure, alt=alt + _pair_words(judgement))


def _pair_words(judgement: Judgement) -> str:
    name = names(judgement.breast)
    spoken = [f"{name[p.finding_a]} = {name[p.finding_b]} {p.p_same:.2f}" for p in judgement.pairs]
    return ("; ".join(spoken) or "no pair of different readings") + "."
