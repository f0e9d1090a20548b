"""Pictures, sentences and tables say what the judgement says, on both sides."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.path import Path as Outline
from PIL import Image

import corr
from corr import parameters
from corr.anatomy.frame import clock_to_coronal, left_sign
from corr.anatomy.views import VIEWS
from corr.judgement.result import Judgement
from corr.problems import NOTHING_READ, Problem
from corr.questions import whatif
from corr.questions.change_finding import change_findings
from corr.records import Breast, Finding, Reading
from corr.show.figures import film_lines, films, hour_fans
from corr.show.figures.clockface import figure_clock_faces, plot_clock_face
from corr.show.figures.film_plane import FilmPlane, expected_plane, usual_plane
from corr.show.figures.hour_fans import axis_mm
from corr.show.figures.pairs import evidence_span, log10_odds, plot_evidence, plot_pair_matrix
from corr.show.figures.parts.density import Raster, outline
from corr.show.figures.parts.palette import (
    COLOURS,
    FAINT,
    Picture,
    figure_of,
    lesion_styles,
    new_figure,
    styles,
)
from corr.show.pages import cohort, explain, pictures, tables
from corr.show.pages.frame import (
    figure_frame_faces,
    figure_poses,
    plot_side_view,
    plot_transverse_by_angle,
)
from corr.show.wording import html, pair_words, text
from tests.builders import fakes
from tools import front_picture as front

CC, MLO = Reading("", "MG", "", "CC", 0.0), Reading("", "MG", "", "MLO", 45.0)
BOTH = [usual_plane("R", film.view or "", film.angle_deg, fakes.constants()) for film in (CC, MLO)]


def text_at(ax: Axes, words: str) -> tuple[float, float]:
    (found,) = [t for t in ax.texts if t.get_text() == words]
    return found.get_position()


def texts(ax: Axes) -> str:
    return "\n".join([*(t.get_text() for t in ax.texts), ax.get_title(), ax.get_title(loc="left")])


@pytest.mark.parametrize(("side", "lateral_x"), [("R", -1), ("L", 1)])
def test_clock_face_is_seen_facing_the_patient(side: str, lateral_x: int):
    ax = plot_clock_face(fakes.judgement(side))
    for hour, (x, y) in {"12": (0, 1), "3": (1, 0), "6": (0, -1), "9": (-1, 0)}.items():
        at = np.array(text_at(ax, hour))
        assert at / np.abs(at).max() == pytest.approx([x, y], abs=1e-9)
    assert np.sign(text_at(ax, "lateral\n(axilla)")[0]) == lateral_x
    assert np.sign(text_at(ax, "upper outer")[0]) == lateral_x
    assert np.sign(text_at(ax, "lower inner")[0]) == -lateral_x
    assert text_at(ax, "superior (head)")[1] > 0 > text_at(ax, "inferior (feet)")[1]
    assert not ax.axison or not ax.get_xticks().size


@pytest.mark.parametrize("side", ["R", "L"])
def test_densest_point_is_drawn_where_the_belief_is(side: str):
    judgement = fakes.judgement(side)
    ax = plot_clock_face(judgement, ["mass"])
    marker = lesion_styles(judgement)["mass"].marker
    (line,) = [n for n in ax.lines if n.get_marker() == marker]
    lateral, superior = clock_to_coronal(7.5 if side == "R" else 1.5, 30.0, side)
    expected = left_sign(side) * lateral, superior
    assert (line.get_xdata()[0], line.get_ydata()[0]) == pytest.approx(expected, abs=3.0)


def test_stated_sector_covers_its_hours_and_no_others():
    ax = plot_clock_face(fakes.judgement("R"), ["mass"])
    (wedge,) = [p for p in ax.patches if type(p).__name__ == "Wedge"]
    for hour, inside in ((7.5, True), (6.5, False), (8.5, False), (1.5, False)):
        lateral, superior = clock_to_coronal(hour, 30.0, "R")
        assert wedge.get_path().contains_point((-lateral, superior)) is inside or (
            wedge.contains_point(ax.transData.transform((-lateral, superior))) is inside
        )


def test_contour_levels_hold_their_share():
    judgement = fakes.judgement()
    x, belief = judgement.points, judgement.beliefs["mass"]
    marginal = Raster(x[:, 0], x[:, 1], cell_mm=judgement.cell_mm).field(belief.probability)
    assert marginal.z.sum() == pytest.approx(1)
    for share in (0.5, 0.8):
        held = marginal.z[marginal.z >= marginal.levels([share])[0]].sum()
        assert share <= held < share + 0.02
    mean_mm = [(marginal.z.sum(0) * marginal.u_mm).sum(), (marginal.z.sum(1) * marginal.v_mm).sum()]
    assert mean_mm == pytest.approx(belief.mean_mm[:2], abs=1.0)


@given(st.integers(0, 1000))
def test_outline_holds_every_point(seed: int):
    uv = np.random.default_rng(seed).normal(0, 30, (40, 2))
    ring = outline(uv[:, 0], uv[:, 1], margin_mm=5.0)
    assert Outline(ring).contains_points(uv, radius=6.0).all()


def plane(side: str, view: str, angle_deg: float | None) -> FilmPlane:
    return usual_plane(side, view, angle_deg, fakes.constants())


@pytest.mark.parametrize(
    ("side", "angle_deg", "hours", "expected"),
    [
        ("R", 45.0, (7.0, 8.0), (-0.26, 0.26)),
        ("R", 0.0, (7.0, 8.0), (0.50, 0.87)),
        ("R", 45.0, (1.0, 2.0), (-0.26, 0.26)),
        ("R", 45.0, (7.5, 7.5), (0.0, 0.0)),
        ("L", 45.0, (4.0, 5.0), (-0.26, 0.26)),
        ("L", 0.0, (4.0, 5.0), (0.50, 0.87)),
        ("L", 45.0, (1.0, 2.0), (0.97, 1.0)),
        ("R", 90.0, (11.5, 12.5), (0.97, 1.0)),
    ],
)
def test_where_a_clock_range_falls_on_a_film(side, angle_deg, hours, expected):
    """Beside the posterior nipple line, in shares of how far out it is on the film."""
    film = plane(side, "MLO", angle_deg)
    far = np.hypot(*(film.level_mm(h, 30.0, 50.0)[0] - axis_mm(film, 50.0) for h in (12.0, 3.0)))
    across = plane(side, "CC", 0.0).level_mm(3.0, 30.0, 50.0)[0]
    assert far == pytest.approx(abs(across), rel=0.2)
    span = np.array(hour_fans.hour_span(film, hours, 50.0)) - axis_mm(film, 50.0)
    assert span / far == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(("side", "hour"), [("R", 7.5), ("L", 4.5)])
def test_deep_tissue_of_an_hour_climbs_on_the_oblique(side: str, hour: float):
    """At half past seven on the nipple level only near the nipple, the lean above it at 50 mm."""
    mlo = plane(side, "MLO", 45.0)
    climbed_mm = 50.0 * np.tan(np.deg2rad(mlo.parameters["film_mlo_lean_deg"]))
    for radius_mm in (0.0, 15.0, 40.0):
        low, high = hour_fans.hour_span(mlo, (hour, hour), 50.0, radius_mm=radius_mm)
        assert low == high == pytest.approx(climbed_mm, abs=0.1)
        assert mlo.level_mm(hour, radius_mm, 0.0) == pytest.approx(0.0, abs=0.1)
    cc = plane(side, "CC", 0.0)
    assert hour_fans.hour_span(cc, (hour, hour), 50.0)[0] == pytest.approx(
        hour_fans.hour_span(cc, (hour, hour), 10.0)[0]
    )


@pytest.mark.parametrize(("side", "chest"), [("R", 1), ("L", -1)])
def test_film_shows_both_lines_and_where_up_is(side: str, chest: int):
    judgement = fakes.judgement(side)
    mlo = films.plot_film(judgement, expected_plane(judgement, MLO), ["mass"])
    level, pnl = [
        n for n in mlo.lines if n.get_color() in (film_lines.LEVEL_COLOUR, film_lines.PNL_COLOUR)
    ]
    assert level.get_ydata().tolist() == [0, 0]
    assert np.sign(level.get_xdata()[1]) == chest
    rise = pnl.get_ydata()[1] / abs(pnl.get_xdata()[1])
    lean_deg = np.rad2deg(np.arctan(rise))
    assert lean_deg == pytest.approx(judgement.parameters["film_mlo_lean_deg"], abs=0.1)
    assert "upper outer" in texts(mlo)
    cc = films.plot_film(judgement, expected_plane(judgement, CC))
    (pnl,) = [n for n in cc.lines if n.get_color() == film_lines.PNL_COLOUR]
    assert pnl.get_ydata() == pytest.approx([0, 0])
    assert "lateral" in texts(cc)
    assert "pectoral" not in texts(cc)


@pytest.mark.parametrize("view", ["MLO", "LMO", "ML", "SIO", "CC"])
@pytest.mark.parametrize("side", "RL")
def test_lines_end_in_the_breast_and_the_chest_wall_is_named_along_it(side: str, view: str):
    judgement = fakes.judgement(side)
    plane = expected_plane(judgement, Reading("", "MG", "", view, VIEWS[view].nominal_deg))
    ax = films.plot_film(judgement, plane)
    (skin,) = [p for p in ax.patches if p.get_zorder() == 0]
    inside = Outline(skin.get_xy()).contains_point
    (words,) = [t for t in ax.texts if t.get_text() == "chest wall"]
    wall = np.array(words.get_position())
    assert not inside(wall)
    assert inside(0.9 * wall)
    up = np.exp(1j * np.deg2rad(words.get_rotation()))
    assert up.real * wall[0] + up.imag * wall[1] == pytest.approx(0, abs=0.01)
    lines = {n.get_color(): n for n in ax.lines}
    for colour in (film_lines.LEVEL_COLOUR, film_lines.PNL_COLOUR, FAINT):
        if colour != FAINT or plane.shows_pectoral:
            assert lines[colour].get_clip_path() is not None
    assert (FAINT in lines) == plane.shows_pectoral
    if plane.shows_pectoral:
        assert inside(lines[FAINT].get_xydata().mean(0))
        assert inside(lines[film_lines.PNL_COLOUR].get_xydata()[1])


@pytest.mark.parametrize("hours", [(3.0, 3.0), (7.0, 8.0), (11.5, 12.5)])
def test_tissue_of_some_hours_is_shaded_on_the_film(hours):
    judgement = fakes.judgement()
    ax = films.plot_film(judgement, expected_plane(judgement, CC), hours=hours)
    (shaded,) = [p for p in ax.patches if p.get_hatch()]
    assert len(shaded.get_xy()) > 3


def test_a_belief_is_drawn_where_the_film_would_show_it():
    judgement = fakes.judgement("R")
    film = expected_plane(judgement, MLO)
    ax = films.plot_film(judgement, film, ["mass"])
    marker = lesion_styles(judgement)["mass"].marker
    (line,) = [n for n in ax.lines if n.get_marker() == marker]
    at_7_30 = np.array([*clock_to_coronal(7.5, 30.0, "R"), 25.0])
    expected = np.ravel(film.drawn(at_7_30[None, :]))
    assert line.get_xydata()[0] == pytest.approx(expected, abs=4.0)
    assert expected[1] == pytest.approx(0.4 * expected[0], abs=1.0)


def test_waterfall_ends_at_p_same_and_says_what_is_not_decided():
    open_pair = fakes.pair("a", "b", (-0.6, 0.5, 0.1, -0.2, -0.1, 0.05))
    ax = plot_evidence(open_pair, title="a = b?")
    (diamond,) = [n for n in ax.lines if n.get_marker() == "D"]
    assert diamond.get_xdata()[0] == pytest.approx(log10_odds(open_pair.p_same))
    assert pair_words.OPEN in texts(ax)
    low, high = evidence_span([open_pair])
    assert low < log10_odds(open_pair.p_low) < log10_odds(open_pair.p_high) < high
    sure = plot_evidence(fakes.pair("a", "b", (-0.6, 2.5, 0.1, 0, 0, 0)), title="a = b?")
    assert pair_words.OPEN not in texts(sure)
    assert "P(same) 0.99" in texts(sure)


@given(st.floats(0, 1))
def test_log10_odds_is_finite_and_keeps_order(p: float):
    assert np.isfinite(log10_odds(p))
    assert (log10_odds(p) >= 0) == (p >= 0.5)


def test_matrix_shows_each_pair_twice_and_masks_one_reading():
    judgement = fakes.judgement()
    ax = plot_pair_matrix(judgement)
    numbers = [t.get_text() for t in ax.texts if len(t.get_text()) == 4]
    assert sorted(numbers) == sorted(2 * [f"{p.p_same:.2f}" for p in judgement.pairs])
    assert sum(p.get_hatch() == "///" for p in ax.patches) == 2  # mass and mass-b
    assert "skin" not in " ".join(t.get_text() for t in ax.get_yticklabels())


def test_styles_do_not_depend_on_what_is_drawn_and_tell_findings_apart():
    many = replace(
        fakes.breast(), findings=tuple(Finding(f"f{i:02d}", "US", "US") for i in range(28))
    )
    style = styles(many)
    assert len({(s.colour, s.marker) for s in style.values()}) == 28
    assert len(set(COLOURS)) == 7
    modality = {i: s.line for i, s in styles(fakes.breast()).items()}
    assert modality["calc"] != modality["mass"] != modality["enh"]
    assert modality["mass"] == modality["mass-b"]


def test_many_findings_get_one_face_a_lesion():
    judgement = fakes.judgement()
    second = judgement.groupings[1:]  # calc = mass | enh | mass-b
    figure = figure_clock_faces(replace(judgement, groupings=second))
    titles = [ax.get_title() for ax in figure.axes]
    assert titles == ["Right breast, lesion 1", "Right breast, found in one reading only"]
    labels = [[t.get_text() for t in ax.get_legend().get_texts()] for ax in figure.axes]
    assert labels[0] == ["calcifications, 7-8 o'clock", "ultrasound mass (mass), 7-8 o'clock"]
    assert len(labels[1]) == 2
    assert {ax.get_legend().get_title().get_text() for ax in figure.axes} == {""}
    assert "inner line 50 %" in figure.get_supxlabel()  # said once for all faces


def test_words_of_many_faces_stay_inside_and_apart():
    figure = figure_clock_faces(fakes.judgement())
    figure.draw_without_rendering()
    whole = figure.bbox
    for ax in figure.axes:
        for drawn in (ax.title, *ax.texts, *ax.get_legend().get_texts()):
            box = drawn.get_window_extent()
            assert whole.x0 <= box.x0 < box.x1 <= whole.x1
            assert whole.y0 <= box.y0 < box.y1 <= whole.y1
    upper = [t.get_window_extent() for t in figure.axes[0].texts if "upper" in t.get_text()]
    assert not upper[0].overlaps(upper[1])


def test_long_tables_fold_their_end():
    rows = pd.DataFrame({"n": range(20)})
    snippet = html.long_table(rows, "T", most=12)
    assert "8 more rows" in snippet.html
    assert "details" not in html.long_table(rows, "T", most=20).html


ALL_PICTURES = {
    "clock": pictures.clock_picture,
    "films": pictures.films_picture,
    "matrix": pictures.matrix_picture,
    "evidence": pictures.evidence_picture,
}


def without_findings(judgement: Judgement) -> Judgement:
    empty = replace(judgement.breast, findings=())
    return replace(judgement, breast=empty, beliefs={}, pairs=(), groupings=(), nearby={})


@pytest.mark.parametrize("make", ALL_PICTURES.values(), ids=ALL_PICTURES)
@pytest.mark.parametrize("side", ["R", "L"])
def test_pictures_of_a_page_are_drawn_and_described(make, side: str):
    picture = make(fakes.judgement(side))
    data, metadata = picture._repr_mimebundle_()
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("L"))
    assert pixels.std() > 5
    assert (np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]) > 250).mean() > 0.9
    side_words = "right breast" if side == "R" else "left breast"
    assert side_words in metadata["image/png"]["alt"]
    assert plt.get_fignums() == []


@pytest.mark.parametrize("make", ALL_PICTURES.values(), ids=ALL_PICTURES)
def test_a_breast_without_findings_has_pictures_too(make):
    shown = make(without_findings(fakes.judgement()))
    if make is pictures.films_picture:  # bare films say nothing
        assert "nothing with a place on films was reported" in shown.plain
    else:
        assert shown.png.startswith(b"\x89PNG")


def test_findings_left_out_of_the_films_are_named(monkeypatch):
    whole = pictures.films_picture(fakes.judgement())
    assert "Not drawn" not in whole.caption
    monkeypatch.setattr(pictures, "MOST_ON_FILM", 1)
    assert "Not drawn: ultrasound mass (mass)" in pictures.films_picture(fakes.judgement()).caption


def test_a_picture_needs_words():
    with pytest.raises(ValueError, match="alt"):
        Picture(figure_of(plot_side_view()), alt=" ")


def test_frame_pictures_are_drawn():
    made = [
        figure_frame_faces([(7.5, 30.0)]),
        figure_of(plot_side_view()),
        figure_poses(),
        figure_of(hour_fans.plot_hour_fans(BOTH, (7.0, 8.0))),
    ]
    for figure in made:
        pixels = np.asarray(Image.open(io.BytesIO(Picture(figure, alt="x").png)).convert("L"))
        assert pixels.std() > 5
    faces = made[0].axes
    assert "lateral +21" in texts(faces[0])
    assert "lateral -21" in texts(faces[1])


@pytest.mark.parametrize(
    ("hour", "says"), [(3.0, "(medial):\nrises"), (9.0, "(lateral):\nsinks"), (7.5, "sinks")]
)
def test_muffins_rise_and_lead_sinks(hour: float, says: str):
    ax = plot_transverse_by_angle("R", [(hour, 30.0)], fakes.constants())
    assert says in ax.get_legend_handles_labels()[1][0]


def test_answer_sentence_has_every_number():
    judgement = fakes.judgement()
    said = text.answer_sentence(judgement, judgement.pair("calc", "mass"))
    assert said == (
        "The calcifications and the ultrasound mass (mass): P(same) 0.36 (prior 0.20, "
        "band 0.26-0.47): undecided; these reports do not decide it; driven by places (x 3.2); "
        "up from 0.20: places (x 3.2) and sizes (x 1.3) for, kinds (x 0.63) and "
        "what exams usually report (x 0.79) against."
    )
    enh = text.answer_sentence(judgement, judgement.pair("enh", "calc"))
    assert "places (x 0.13)" in enh
    assert pair_words.OPEN not in enh


def test_case_text_lists_every_pair_and_the_notice():
    judgement = fakes.judgement()
    said = text.case_text("Title", [judgement, without_findings(fakes.judgement("L"))])
    assert said.startswith("Title\nRight breast\n  The calcifications and the ultrasound mass")
    assert said.count("P(same)") == len(judgement.pairs)
    assert "Left breast\n  No pair" in said
    assert said.endswith(html.RESEARCH_USE)


ADVICE = ("should", "recommend", "biopsy", "you ", "cancer", "must")


def test_no_sentence_advises():
    judgement = fakes.judgement()
    said = [text.breast_sentence(judgement), text.case_sentence([judgement]), html.RESEARCH_USE]
    said += [text.answer_sentence(judgement, p) for p in judgement.pairs]
    said += hour_fans.clock_on_films(BOTH, (7.0, 8.0)) + explain.kept_apart(judgement.breast)
    said += explain.nearby_sentences(judgement)
    for sentence in said:
        assert not any(word in sentence.lower() for word in ADVICE), sentence


def test_names_tell_findings_apart_by_exam_or_id():
    breast = fakes.breast()
    assert text.names(breast)["mass-b"] == "ultrasound mass (mass-b)"
    readings = (*breast.readings, replace(breast.readings[0], reading_id="MG0", exam_id="MG-2019"))
    old = replace(breast.findings[0], finding_id="calc-0", reading_id="MG0")
    two = replace(breast, readings=readings, findings=(*breast.findings, old))
    assert text.names(two)["calc-0"] == "calcifications (MG-2019)"
    assert text.names(two)["calc"] == "calcifications (MG)"


def test_main_pairs_are_across_the_latest_exams():
    judgement = fakes.judgement()
    readings = tuple(replace(r, order=2.0) for r in judgement.breast.readings)
    old = replace(readings[0], reading_id="MG0", exam_id="MG0", order=1.0)
    finding = replace(judgement.breast.findings[0], finding_id="calc-0", reading_id="MG0")
    breast = replace(
        judgement.breast,
        readings=(*readings, old),
        findings=(*judgement.breast.findings, finding),
    )
    likely = fakes.pair("calc-0", "enh", (0.5, 2, 0, 0, 0, 0))
    twice = fakes.pair("calc", "calc-0", (0.5, 3, 0, 0, 0, 0))
    judged = replace(judgement, breast=breast, pairs=(*judgement.pairs, likely, twice))
    assert [p.p_same for p in text.main_pairs(judged)] == sorted(
        (p.p_same for p in judgement.pairs), reverse=True
    )
    assert tables.main_first(judged)[-2:] == [twice, likely]


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        ((7.0, 8.0), "7-8 o'clock"),
        ((7.5, 7.5), "7:30 o'clock"),
        ((11.0, 13.0), "11-1 o'clock"),
        (None, ""),
    ],
)
def test_hours_in_words(clock, words):
    assert text.hours(Finding("f", "US", "US", clock_h=clock)) == words


def test_position_and_size_in_words():
    f = Finding("f", "US", "US", kind="mass", clock_h=(7.0, 7.0), fn_mm=35.0, depth_mm=12.0)
    assert text.position_words(f) == "7 o'clock, 3.5 cm from the nipple, 12 mm deep"
    assert text.position_words(Finding("f", "US", "US")) == text.NO_PLACE
    calc = fakes.breast().findings[0]
    assert text.size_words(calc) == "5 within 7 mm"
    assert text.position_words(calc) == "7-8 o'clock, deep to the nipple"
    seen = Finding("f", "US", "US", kind="mass", size_mm=7.1, size2_mm=3.6, n_calcifications=0)
    assert text.size_words(seen) == "7.1 x 3.6 mm, no calcifications seen"
    assert text.size_words(replace(seen, n_calcifications=1)).endswith(", calcifications in it")
    assert text.size_words(replace(seen, n_calcifications=4)).endswith(", 4 calcifications in it")
    assert text.size_words(replace(seen, size_mm=None, size2_mm=None)) == "no calcifications seen"
    for name, words in (("upper", "upper half"), ("UOQ+LIQ", "UOQ or LIQ"), ("LOQ", "LOQ"),
                        ("inner_central", "inner central"), ("far_UOQ", "far UOQ part"),
                        ):  # fmt: skip
        assert text.position_words(Finding("f", "US", "US", quadrant=name)) == words
    ring = Finding("f", "US", "US", quadrant="lower", region="periareolar")
    assert text.position_words(ring) == "lower half, periareolar"
    mr = Finding("f", "MR", "MR", lateral_mm=10.0, superior_mm=-5.0, posterior_mm=30.0)
    said = "10 mm lateral, 5 mm below, 30 mm behind the nipple, prone"
    assert text.position_words(mr) == said
    only = replace(mr, superior_mm=None, posterior_mm=None)
    assert text.position_words(only) == "10 mm lateral of the nipple, prone"


@pytest.mark.parametrize(
    ("span_h", "side", "mlo_deg", "places", "meaning"),
    [
        (
            (7.0, 8.0),
            "R",
            45.0,
            ("3 mm below to 18 mm above", "8 to 29 mm above it 5 cm", "19 to 33 mm lateral"),
            "the MLO agrees",
        ),
        (
            (6.0, 7.0),
            "R",
            72.0,
            ("11 to 22 mm below it 5 cm", "0 to 19 mm lateral"),
            "the CC agrees",
        ),
        (
            (1.0, 2.0),
            "L",
            45.0,
            ("46 to 48 mm above", "57 to 59 mm above it 5 cm", "19 to 33 mm lateral of"),
            "either film does not",
        ),
        (
            (11.5, 12.5),
            "R",
            45.0,
            ("27 to 42 mm above", "38 to 53 mm above it 5 cm", "10 mm medial to 10 mm lateral"),
            "the CC agrees",
        ),
        (
            (7.0, 8.0),
            "L",
            45.0,
            ("32 to 33 mm below", "21 to 22 mm below it 5 cm", "19 to 33 mm medial"),
            "either film does not",
        ),
    ],
)
def test_an_hour_on_films_and_deep_to_the_nipple(
    span_h: tuple[float, float], side: str, mlo_deg: float, places: tuple[str, ...], meaning: str
):
    films_of_it = [plane(side, "MLO", mlo_deg), plane(side, "CC", 0.0)]
    said = " ".join(hour_fans.clock_on_films(films_of_it, span_h))
    for words in (*places, f"a {mlo_deg:.0f} degree MLO", f"said of {meaning}"):
        assert words in said


@pytest.mark.parametrize(("said", "meant"), [((10, 10), (9.5, 10.5)), ((7, 8), (7, 8))])
def test_a_single_hour_is_the_interval_it_is_judged_as(said, meant):
    assert hour_fans.hours_meant(said, fakes.constants()) == meant


def test_kept_apart_names_findings_of_one_reading():
    (sentence,) = explain.kept_apart(fakes.breast())
    assert "mass-b" in sentence
    assert "never merged" in sentence


def test_a_breast_without_pairs_says_why():
    base = without_findings(fakes.judgement("L"))
    assert "there is no finding." in text.breast_sentence(base)
    masses = fakes.breast("L").findings[1:3]
    for found, why in ((masses[:1], "only one finding."), (masses, "one reading (US) and are")):
        judged = replace(base, breast=replace(base.breast, findings=found))
        assert why in text.breast_sentence(judged)


def test_missing_place_is_said_with_its_cost():
    judgement = fakes.judgement()
    said = explain.place_sentences(judgement)
    volume_cm3 = len(judgement.points) * 0.125
    assert len(said) == 2
    assert "(mass) states no distance from the nipple and no depth" in said[0]
    assert f"within 12 of the {volume_cm3:.0f} cm" in said[0]
    assert "1 of its 2 pairs" in said[0]
    findings = tuple(
        replace(f, fn_mm=20.0, depth_mm=10.0) if f.modality == "US" else f
        for f in judgement.breast.findings
    )
    stated = replace(judgement, breast=replace(judgement.breast, findings=findings))
    assert explain.place_sentences(stated) == []


@pytest.mark.parametrize(
    ("seen", "starts", "odds"),
    [
        (0, "No calcifications were seen in the ultrasound mass (mass). This moves", "odds x 0.25"),
        (5, "Calcifications were seen in the ultrasound mass (mass). This moves", "odds x 0.25"),
        (None, "The report says nothing of calcifications in the ultrasound mass", "odds x 4"),
        (3, "Calcifications were seen in the ultrasound mass (mass). This moves", "odds x 0.25"),
    ],
)
def test_calcifications_not_seen_in_a_mass_move_its_odds(seen, starts: str, odds: str):
    judgement = fakes.judgement()
    findings = tuple(
        replace(f, n_calcifications=seen) if f.finding_id == "mass" else f
        for f in judgement.breast.findings
    )
    judged = replace(judgement, breast=replace(judgement.breast, findings=findings))
    rows = {
        "what if": ["as reported", "x", "y"],
        "calcifications = ultrasound mass (mass)": [0.2, 0.5, 0.8],
        "ultrasound mass (mass) = MRI focus": [0.3, 0.4, 0.5],
    }
    (said,) = explain.calcification_sentences(judged, pd.DataFrame(rows))
    assert said.startswith(starts)
    assert odds in said
    assert "0.80: odds x 16" in said
    assert ("without excluding" in said) == (seen is not None)


@pytest.mark.parametrize("seen", [0, None])
@pytest.mark.parametrize(("reported", "other"), [(0.0, 0.0), (0.01, 0.02)])
def test_factors_on_odds_are_not_made_of_too_few_decimals(seen, reported: float, other: float):
    judgement = fakes.judgement()
    findings = tuple(
        replace(f, finding_id="u = 1", n_calcifications=seen) if f.finding_id == "mass" else f
        for f in judgement.breast.findings
    )
    (pair,) = [p for p in judgement.pairs if (p.finding_a, p.finding_b) == ("calc", "mass")]
    breast = replace(judgement.breast, findings=findings)
    judged = replace(judgement, breast=breast, pairs=(replace(pair, finding_b="u = 1"),))
    name = text.names(breast)  # an id may hold what stands between the names of a pair
    pair_name = f"{name['calc']} = {name['u = 1']}"
    rows = {"what if": ["as reported", "x", "y"], pair_name: [reported, other, other]}
    (said,) = explain.calcification_sentences(judged, pd.DataFrame(rows))
    assert "odds" not in said
    assert ("still be" in said or "leaves P(" in said) == (reported == other)


def test_what_does_not_move_is_said_to_stay():
    rows = {
        "what if": ["as reported", "x", "y"],
        "a = b": [0.5, 0.51, 0.5],
        "a = c": [0.5, 0.6, 0.5],
    }
    stays, moves = tables.moved_sentences(pd.DataFrame(rows))
    assert stays == "P(a = b) stays at 0.50."
    assert "between 0.50 (y) and 0.60 (x)" in moves


def test_unread_words_are_shown_with_candidates():
    fix = f"10-11; 7-11; {NOTHING_READ}"
    flagged = Problem("f", 3, "c", "m", "clock", "107-11", "flagged", "hours 1-12", fix)
    ignored = replace(flagged, action="ignored")
    (said,) = explain.unread_sentences([flagged, ignored])
    assert said == f'"107-11" (m clock) was not read: hours 1-12. To fix it: {fix}.'
    assert explain.doubtful_sentences([flagged, ignored]) == []
    assert explain.problem_rows((flagged,))["what was done"].tolist() == ["not read"]


def test_what_was_read_in_doubt_is_not_called_unread():
    doubtful = Problem("f", 3, "c", "m", "fn_cm", "20", "flagged", "0 to 15", "used as it is")
    assert explain.unread_sentences([doubtful]) == []
    (said,) = explain.doubtful_sentences([doubtful])
    assert said == '"20" (m fn_cm) was read, but please look. Expected: 0 to 15. Used as it is.'
    assert explain.problem_rows((doubtful,))["what was done"].tolist() == ["read, in doubt"]


def test_films_hang_with_chest_walls_together():
    for side, nipple_left in (("R", True), ("L", False)):
        judgement = fakes.judgement(side)
        planes = [expected_plane(judgement, film) for film in (CC, MLO)]
        figure = films.figure_films(judgement, planes, ["mass"])
        for ax in figure.axes[:2]:
            place = {t.get_text(): t.get_position()[0] for t in ax.texts}
            assert (place["nipple"] < place["chest wall"]) == nipple_left


def test_cells_say_how_they_may_wrap():
    rows = pd.DataFrame({"n": ["0.47", "ultrasound"], "words": ["a longer text", "x" * 40]})
    page = html.table(rows).html
    assert page.count('<td class="short">') == 2
    assert f'<td class="long">{"x" * 40}</td>' in page
    assert "<td>a longer text</td>" in page


def test_front_page_picture_is_drawn(tmp_path, monkeypatch, capsys):
    judged = SimpleNamespace(breast=lambda *_: corr.JudgedBreast(fakes.judgement()))
    monkeypatch.setattr(corr, "judge", lambda _: judged)
    seed = Path(__file__).parents[2] / "data" / "seed_case.yaml"
    monkeypatch.setattr("sys.argv", ["show", str(seed), "--out", str(tmp_path / "new" / "p.png")])
    front.main()
    with Image.open(tmp_path / "new" / "p.png") as image:
        assert image.width > 1000
    assert "0.36" in capsys.readouterr().out


ONE = pd.DataFrame({"a": ["x"]})
BAD = """<b title='x'>&"</b>"""
PIECES = {
    "table": lambda: html.table(pd.DataFrame({BAD: [BAD]}), BAD),
    "long table": lambda: html.long_table(pd.DataFrame({BAD: [BAD] * 3}), BAD, most=1),
    "paragraphs": lambda: html.paragraphs([BAD]),
    "answer": lambda: html.answer([BAD]),
    "heading": lambda: html.heading(BAD),
    "quotes": lambda: html.quotes([(BAD, BAD)]),
    "bullets": lambda: html.bullets([BAD], BAD, numbered=True),
    "folded": lambda: html.folded(html.paragraphs([BAD]), BAD),
    "picture": lambda: Picture(new_figure(1, 1), alt=BAD, caption=BAD),
}


@pytest.mark.parametrize("make", PIECES.values(), ids=PIECES)
def test_whatever_is_said_is_escaped_once(make):
    made = make()
    assert BAD in unescape(made.html)
    assert "title='x'" not in made.html
    assert '&"' not in made.html
    assert "&amp;amp;" not in made.html
    assert BAD in repr(made)  # plain text is as it was said
    assert isinstance(made.html + BAD, str)
    assert (made.html + BAD).endswith(BAD)  # no longer a type that escapes what is added


def test_an_empty_table_says_so():
    assert "T, right breast" in html.table(ONE, "T", of=fakes.judgement()).html
    assert "none" in html.table(pd.DataFrame(), "Problems").plain
    assert html.paragraphs([]).html == ""


def test_shares_keep_two_decimals_and_lists_their_numbers():
    page = html.table(pd.DataFrame({"P": [0.0, 0.25, 1.0]})).html
    assert all(f">{share}<" in page for share in ("0.00", "0.25", "1.00"))
    assert '<th scope="col">error_<wbr>mm</th>' in html.table(pd.DataFrame({"error_mm": [1]})).html
    page = html.table(pd.DataFrame({"error_mm": [0.7, 1.4]})).html
    assert ">0.7<" in page  # no shares, so no second decimal for some
    assert html.bullets(["a"], numbered=True).html == "<ol><li>a</li></ol>"


def test_hours_on_films_are_said_as_on_a_clock():
    fans = hour_fans.plot_hour_fans(BOTH, (7.5, 8.5))
    assert fans.get_title() == "7:30-8:30 o'clock, 3 cm from the nipple, right breast"
    labels = [h.get_label() for h in film_lines.line_handles((7.5, 7.5))]
    assert "all tissue at 7:30 o'clock" in labels


def test_a_place_at_twelve_is_neither_lateral_nor_medial():
    places = [(12.0, 25.0), (9.0, 25.0)]
    legend = plot_transverse_by_angle("R", places, fakes.constants()).get_legend()
    assert [t.get_text().partition(":\n")[0] for t in legend.get_texts()] == [
        "12 o'clock, 25 mm",
        "9 o'clock, 25 mm (lateral)",
    ]


def test_tables_of_many_pairs_get_a_row_a_pair():
    few = pd.DataFrame({"what if": ["as reported", "x"], "a = b": [0.1, 0.2]})
    assert tables.one_row_a_pair(few)["a = b"].tolist() == ["0.10", "0.20"]
    many = few.assign(**{f"a = {k}": [0.3, 0.4] for k in range(4)})
    turned = tables.one_row_a_pair(many)
    assert list(turned) == ["pair", "as reported", "x"]
    assert turned.iloc[0].tolist() == ["a = b", "0.10", "0.20"]


def test_assumptions_mark_what_was_changed():
    used = parameters.load().override({"grid_mm": 7.0})
    table = tables.assumption_table(used).set_index("name")
    assert len(table) == len(used)
    assert table.loc["grid_mm", "changed"] == "changed"
    assert (table["changed"] == "changed").sum() == 1
    assert "grid_mm = 7" in explain.changed_sentence(used)


def fake_judge(breast: Breast, _: parameters.Parameters) -> Judgement:
    """P(same) of calc and mass falls with the stated distance."""
    fn_mm = next(f.fn_mm for f in breast.findings if f.finding_id == "mass") or 0.0
    location = 0.5 - fn_mm / 20
    pairs = (fakes.pair("calc", "mass", (-0.6, location, 0, 0, 0, 0)),)
    return replace(fakes.judgement(), pairs=pairs)


def test_what_if_judges_changed_copies():
    breast = fakes.breast()
    asked = whatif.distances("mass", [10.0, 40.0])
    table = whatif.what_if(breast, asked, [("calc", "mass")], judge=fake_judge)
    assert table["what if"].tolist() == [
        "as reported",
        "1 cm from the nipple",
        "4 cm from the nipple",
    ]
    assert table["moved"].tolist() == pytest.approx([0.0, -0.5, -2.0])
    wide = whatif.side_by_side(table)
    assert wide["calc = mass"].tolist() == table["p_same"].round(2).tolist()
    (said,) = tables.moved_sentences(wide)
    assert said.startswith("P(calc = mass) is 0.44 as reported; it would be between")
    assert breast == fakes.breast()


def test_the_same_question_about_two_findings_is_two_rows():
    asked = [*whatif.distances("mass", [20.0]), *whatif.distances("mass-b", [20.0])]
    table = whatif.what_if(fakes.breast(), asked, [("calc", "mass")], judge=fake_judge)
    wide = whatif.side_by_side(table)
    assert wide["what if"].tolist() == [
        "as reported", "mass: 2 cm from the nipple", "mass-b: 2 cm from the nipple",
    ]  # fmt: skip
    assert wide["calc = mass"].tolist()[1:] == table["p_same"].round(2).tolist()[1:]


def test_findings_that_were_not_asked_about_are_named(monkeypatch):
    monkeypatch.setattr(tables, "MOST_ASKED", 1)
    monkeypatch.setattr(tables, "judge", lambda *_, **__: fakes.judgement())
    asked = {name: whatif.distances(name, [20.0]) for name in ("mass", "mass-b")}
    first, rest = tables.what_if_tables(fakes.judgement(), asked, parameters.load())
    assert len(first) == 2
    assert rest["what if"].tolist() == ["not asked of 1 more: ultrasound mass (mass-b)"]
    assert tables.moved_sentences(rest) == []


def test_what_if_refuses_unknown_names():
    with pytest.raises(KeyError, match="no finding 'nope'"):
        change_findings(fakes.breast(), {"nope": {"fn_mm": 1.0}})
    with pytest.raises(KeyError, match="depth_mm"):
        change_findings(fakes.breast(), {"mass": {"depht_mm": 1.0}})


def test_questions_are_asked_only_where_they_make_sense():
    breast = fakes.breast()
    assert set(whatif.distance_questions(breast)) == {"mass", "mass-b"}
    assert set(whatif.calcification_questions(breast)) == {"mass", "mass-b"}
    assert set(whatif.view_questions(breast)) == {"calc"}
    named = [replace(r, view="CC") if r.modality == "MG" else r for r in breast.readings]
    assert whatif.view_questions(replace(breast, readings=tuple(named))) == {}
    for number, asked in ((None, [0, 1]), (0, [None, 1]), (1, [None, 0]), (5, [None, 0])):
        said = [replace(f, n_calcifications=number) if f.finding_id == "mass" else f
                for f in breast.findings]  # fmt: skip
        variants = whatif.calcification_questions(replace(breast, findings=tuple(said)))["mass"]
        assert [v.findings["mass"]["n_calcifications"] for v in variants] == asked
    for variant in whatif.view_questions(breast)["calc"]:
        assert sum(variant.overrides.values()) == 1
        parameters.load().override(variant.overrides)
    no_calc = replace(breast, findings=breast.findings[1:])
    assert whatif.calcification_questions(no_calc) == {}


def cohort_pairs() -> pd.DataFrame:
    p = [0.02, 0.05, 0.4, 0.75, 0.95, 0.97]
    verdict = ["different", "different", "undecided", "probably same", "same", "same"]
    names = {"finding_a": list("abcdef"), "finding_b": list("ghijkl")}
    who = {"case_id": ["1", "1", "2", "2", "3", "3"], "breast": ["L"] * 6}
    return pd.DataFrame({**who, **names, "p_same": p, "verdict": verdict})


def test_cohort_tables_count(tmp_path):
    pairs = cohort_pairs()
    truth = tmp_path / "truth.csv"
    lesions = {"a": 1, "g": 2, "b": 3, "h": 3, "c": 4, "i": 5, "d": 6, "j": 6, "e": 7, "k": 7}
    rows = "\n".join(f"{k},{v}" for k, v in lesions.items())
    truth.write_text(f"finding_id,lesion_id\n{rows}\n", encoding="utf-8")
    known = cohort.with_truth(pairs, truth)
    assert known["same"].tolist() == [0, 1, 0, 1, 1]  # the pair f, l has no truth
    assert "same" not in cohort.with_truth(pairs, None)
    counted = cohort.verdict_table(known).set_index("verdict")
    assert counted.loc["different"].tolist() == [2, 1]
    assert counted.loc["same"].tolist() == [1, 1]
    bins = cohort.calibration_table(known)
    assert bins["pairs"].tolist() == [2, 0, 0, 0, 1, 0, 0, 1, 0, 1]
    assert bins["truly same"].dropna().tolist() == [0.5, 0.0, 1.0, 1.0]
    said = cohort.cohort_sentence([fakes.breast()], known, simulated=True)
    assert "simulated lesions, 2 of 2 pairs called (probably) same are the same" in said
    assert "1 of 2 called (probably) different are different" in said
    assert cohort.undecided_cases(pairs)["case_id"].tolist() == ["2"]
    pairs.to_csv(tmp_path / "pairs.csv", index=False)
    assert cohort.read_pairs(tmp_path)["case_id"].tolist() == pairs["case_id"].tolist()
    truth.write_text("finding_id\na\n", encoding="utf-8")
    with pytest.raises(ValueError, match="lesion_id"):
        cohort.with_truth(pairs, truth)


def test_problems_are_counted_by_field():
    problems = pd.DataFrame(
        {"field": ["clock", "clock", "breast"], "action": ["ignored", "ignored", "rejected"]}
    )
    table = cohort.problem_table(problems)
    assert table.to_numpy().tolist() == [["breast", "rejected", 1], ["clock", "ignored", 2]]
    assert cohort.problem_table(problems[:0]).empty


@given(st.integers(0, 50), st.integers(0, 50))
def test_the_interval_of_a_bin_holds_its_share(same: int, different: int):
    rows = pd.DataFrame({"p_same": 0.55, "same": [1] * same + [0] * different})
    row = cohort.calibration_table(rows).iloc[5]
    assert row["pairs"] == same + different
    assert 0 <= row["low"] <= row["high"] <= 1
    if same + different:
        assert row["low"] <= row["truly same"] <= row["high"]
        assert row["high"] - row["low"] < 1
    else:
        assert (row["low"], row["high"]) == (0, 1)
    ten = pd.DataFrame({"p_same": 0.55, "same": [0] * 10})
    assert cohort.calibration_table(ten)["high"][5] == pytest.approx(0.278, abs=5e-4)


def test_cohort_figures_draw_with_and_without_truth():
    pairs = cohort_pairs()
    assert len(cohort.plot_p_same(pairs).get_legend_handles_labels()[1]) == 1
    known = pairs.assign(same=[0, 0, 0, 1, 1, 1])
    labels = cohort.plot_p_same(known).get_legend_handles_labels()[1]
    assert labels == ["truly different lesions (3)", "truly the same lesion (3)"]
    assert figure_of(cohort.plot_calibration(known)).axes
