"""New pictures say what the judgement says: same place, groupings, time, films, stills, colours."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from importlib import import_module
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Circle, Polygon
from matplotlib.path import Path as Outline
from matplotlib.transforms import Bbox
from PIL import Image

import corr.show
from corr.anatomy.frame import clock_to_coronal, left_sign
from corr.exams import mammography
from corr.judgement.judge import judge
from corr.judgement.result import Judgement
from corr.questions.look.sights import Sight
from corr.records import Finding, Reading
from corr.show.figures import (
    breast3d,
    clockface,
    film_lines,
    film_plane,
    films,
    groupings,
    hour_fans,
    pairs,
)
from corr.show.figures.parts import belief_lines, body, stated
from corr.show.figures.parts.density import Field, Raster, outline
from corr.show.figures.parts.palette import (
    COLOURS,
    SKIN,
    TEXT_COLOURS,
    figure_of,
    new_axes,
    new_figure,
    styles,
)
from corr.show.figures.parts.picture import Picture
from corr.show.images import case_images, mammogram_film, mri_beliefs, mri_panels, sonogram_still
from corr.show.images.hung_film import Hung
from corr.show.pages import frame as breastframe
from corr.show.pages import pictures, tables
from corr.show.pages.asked import change, same_place
from corr.show.wording import text
from tests.builders import fake_images as fake
from tests.builders import fakes

# What colour-blind readers see, as matrices on linear RGB (Machado, Oliveira & Fernandes 2009).
SEEN = {
    "normal": np.eye(3),
    "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritan": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


def linear(colour: str) -> np.ndarray:
    c = np.array(to_rgb(colour))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    f = np.cbrt(np.clip(xyz @ rgb / [0.9505, 1.0, 1.089], 0.008856, None))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("seen", SEEN.values(), ids=SEEN)
def test_colours_of_findings_are_told_apart(seen):
    places = [lab(np.clip(np.array(seen) @ linear(c), 0, 1)) for c in COLOURS]
    apart = [np.linalg.norm(a - b) for a, b in itertools.combinations(places, 2)]
    assert min(apart) > 12


def test_names_in_colour_can_be_read():
    assert len(TEXT_COLOURS) == len(COLOURS)
    for colour in TEXT_COLOURS:
        assert min(contrast(colour, "white"), contrast(colour, SKIN)) >= 4.5


def test_styles_do_not_depend_on_the_order_of_findings():
    breast = fakes.breast()
    turned = replace(breast, findings=breast.findings[::-1])
    assert styles(breast) == styles(turned)


def words(ax: Axes) -> str:
    return " | ".join(t.get_text() for t in ax.texts)


def plotting() -> list[tuple[str, Callable[..., object]]]:
    """Every ``plot_*`` of the figure modules, but those of several panels with one meaning."""
    folder = Path(corr.show.__file__).parent
    found = {}
    for path in sorted(folder.rglob("*.py")):
        name = path.stem
        module = import_module(".".join(path.relative_to(folder.parents[1]).with_suffix("").parts))
        for key, value in vars(module).items():
            if key.startswith("plot_") and value.__module__ == module.__name__:
                found[f"{name}.{key}"] = value
    return sorted(found.items())


@pytest.mark.parametrize("plot", dict(plotting()).values(), ids=dict(plotting()))
def test_plots_draw_on_given_axes_and_return_them(plot):
    signature = inspect.signature(plot)
    ax = signature.parameters["ax"]
    assert ax.default is None
    assert ax.kind is inspect.Parameter.KEYWORD_ONLY
    assert signature.return_annotation == "Axes"


# How far words can be the same place


def test_the_same_place_is_explained_with_its_numbers():
    said = " ".join(same_place.same_place_sentences(fakes.judgement("R")))
    assert "falls on a 47 degree MLO from 5 mm below to 16 mm above the nipple level" in said
    assert "6 to 27 mm above it 5 cm behind" in said
    assert "on the CC 19 to 33 mm lateral of the nipple level at any depth" in said
    assert "follows the posterior nipple line, and lies on the nipple level only near" in said
    assert "within 15 mm of it from the front and 20 mm deep" in said
    for pair in fakes.judgement("R").pairs:
        assert text.pair_numbers(pair) in said  # with prior and band, in the same breath
    left = " ".join(same_place.same_place_sentences(fakes.judgement("L")))
    assert "does not fit 1-2 o'clock" in left


def test_the_oblique_of_a_page_has_the_angle_that_is_judged_with():
    judgement = fakes.judgement("R", fakes.constants().override({"mlo_angle_deg": 55.0}))
    assert drawn_films(judgement) == {"CC": 0.0, "MLO": 55.0}
    assert "on a 55 degree MLO" in " ".join(same_place.same_place_sentences(judgement))
    titles = [ax.get_title() for ax in same_place.figure_same_place(judgement).axes]
    assert any("film angle 55" in title for title in titles)


@pytest.mark.parametrize(
    ("taken", "drawn"),
    [
        ([("MLO", 40.0)], {"CC": 0.0, "MLO": 40.0}),
        ([("LMO", 62.0)], {"CC": 0.0, "LMO": 62.0}),
        ([("LMO", None)], {"CC": 0.0, "LMO": 47.0}),
        ([("ML", 90.0), ("FB", 0.0)], {"FB": 0.0, "ML": 90.0}),
        ([("SIO", -40.0), ("CC", 5.0)], {"CC": 5.0, "SIO": -40.0}),
        ([("ML", 90.0), ("MLO", 51.0), ("CC", 0.0)], {"CC": 0.0, "MLO": 51.0}),
        ([("STEREO", 15.0)], {"CC": 0.0, "MLO": 47.0}),
    ],
)
def test_the_films_that_were_taken_are_drawn_and_spoken_of(taken, drawn):
    base = fakes.judgement("R", fakes.constants().override({"mlo_angle_deg": 47.0}))
    films_taken = [Reading(f"F{k}", "MG", "old", *film) for k, film in enumerate(taken)]
    breast = replace(base.breast, readings=(*base.breast.readings, *films_taken))
    judgement = replace(base, breast=breast)
    assert drawn_films(judgement) == drawn
    (*_, (view, angle_deg)) = drawn.items()
    words = f"{angle_deg:.0f} degree {view}"
    assert words in " ".join(same_place.same_place_sentences(judgement))
    if angle_deg == 62.0:  # the pictures themselves
        assert words in pictures.films_picture(judgement).alt
        titles = [ax.get_title() for ax in same_place.figure_same_place(judgement).axes]
        assert f"R {view}, film angle {angle_deg:.0f}\N{DEGREE SIGN}" in titles


def test_no_picture_knows_constants_of_its_own():
    """The table that comes along is loaded where something is read, never where it is drawn."""
    for path in Path(corr.show.__file__).parent.rglob("*.py"):
        # These open what is judged, or name the version.
        if path.stem in ("edited", "html_page", "press", "make", "warm"):
            continue
        assert not re.search(r"\bload\(\)", path.read_text(encoding="utf-8")), path.name


@pytest.mark.parametrize("reach_mm", [40.0, 130.0])
def test_a_breast_is_drawn_as_large_as_it_was_judged(reach_mm: float):
    directions = ("lateral", "medial", "superior", "inferior")
    changed = dict.fromkeys((f"breast_{way}_mm" for way in directions), reach_mm)
    judgement = judge(fakes.breast("R"), fakes.constants().override(changed), bands=False)
    assert clockface.face_radius_mm(judgement) == pytest.approx(reach_mm, rel=0.1)
    ax = clockface.plot_clock_face(judgement)
    (circle,) = [c for c in ax.patches if isinstance(c, Circle) and c.get_zorder() == 0]
    assert circle.get_radius() == clockface.face_radius_mm(judgement)
    for plane in film_plane.shown_planes(judgement).values():
        film = films.plot_film(judgement, plane)
        seen = mammography.on_film(
            body.body_points(judgement), plane.reading, judgement.model, judgement.parameters
        )
        (outline,) = [c for c in film.patches if c.get_zorder() == 0]
        assert outline.get_xy()[:, 1].max() == pytest.approx(seen[1].max(), abs=10)
        assert plane.model is judgement.model
    drawn = breast3d.plot_breast3d(judgement)
    assert np.ptp(drawn.get_xlim()) == pytest.approx(2 * reach_mm, rel=0.2)


@pytest.mark.parametrize(
    ("place", "radius_mm"),
    [({"region": "subareolar"}, 30.0), ({"region": "central"}, 30.0),
     ({"very_close_to_nipple": True}, 12.0)],
)  # fmt: skip
def test_behind_the_nipple_is_shaded_as_far_as_it_is_judged(place: dict, radius_mm: float):
    p = fakes.constants().override({"subareolar_radius_mm": 30.0, "near_nipple_mm": 12.0})
    finding, judgement = Finding("f", "MR", "MR", **place), fakes.judgement("R", p)
    (disc,) = stated.shade_stated(new_axes(None, 3, 3), finding, judgement, 60.0, "red")
    assert disc.get_radius() == radius_mm


@given(
    st.sampled_from("LR"), st.sampled_from([0.0, 30.0, 47.0, 62.0, 90.0, -45.0]),
    st.floats(-60, 60), st.floats(-60, 60), st.floats(-60, 60), st.floats(0, 80),
)  # fmt: skip
def test_pictures_put_tissue_where_the_exam_sees_it(
    side: str, angle_deg: float, lean_deg: float, lateral: float, superior: float, deep: float
):
    """One forward map: that of a reading's likelihood, under any constants."""
    p = fakes.constants().override({"film_mlo_lean_deg": lean_deg})
    judgement = fakes.judgement(side, p)
    film = Reading("F", "MG", "F", "MLO", angle_deg)
    plane = film_plane.expected_plane(judgement, film)
    point = np.array([[lateral, superior, deep]])
    mean, _ = mammography.errors(film, p)
    seen = mammography.appear(film, judgement.model.at(point), mean[None], p)
    assert np.ravel(plane.project(point)) == pytest.approx(np.ravel(seen), abs=1e-3)


def drawn_films(judgement: Judgement) -> dict[str, float]:
    return {plane.view: plane.angle_deg for plane in film_plane.shown_planes(judgement).values()}


def test_nothing_is_explained_where_nothing_was_asked():
    base = fakes.judgement()
    clock_only = replace(
        base.breast,
        findings=tuple(replace(f, region=None) for f in base.breast.findings),
    )
    assert same_place.asks(replace(base, breast=clock_only)) is None
    assert same_place.explained(replace(base, breast=clock_only)) == []
    assert len(same_place.explained(base)) == 2


def test_overlap_of_beliefs():
    judgement = fakes.judgement()
    assert same_place.overlap(judgement, "calc", "calc") == pytest.approx(1.0)
    near = same_place.overlap(judgement, "calc", "mass")
    far = same_place.overlap(judgement, "mass", "mass-b")
    assert 0.6 < near < 0.95
    assert far < 0.1
    assert far == pytest.approx(same_place.overlap(judgement, "mass-b", "mass"))


def test_share_of_a_clock_range_behind_the_nipple_is_counted():
    judgement = fakes.judgement("R")
    share = same_place.behind_share(judgement, (7.0, 8.0))
    whole = same_place.behind_share(judgement, (0.0, 11.999))
    x = body.body_points(judgement)
    near = (np.hypot(x[:, 0], x[:, 1]) <= 15) & (x[:, 2] <= 20)
    assert whole == pytest.approx(near.mean(), abs=0.003)
    assert 0 < share < 3 * whole


# Grouping diagram and time


def test_grouping_diagram_has_exams_in_order_and_one_row_a_lesion():
    judgement = fake.judgement()
    names = [r.reading_id for r in groupings.columns(judgement)]
    assert names == ["MG0", "MG", "US", "MR"]
    row = groupings.rows(judgement)
    assert row["calc"] == row["calc-0"] == 0
    assert sorted(set(row.values())) == [0, 1, 2, 3]
    ax = groupings.plot_grouping(judgement)
    assert "P 0.60" in ax.get_title(loc="left")


def test_no_finding_stands_on_the_band_of_another_lesion():
    """Every lesion has a row, and its band reaches from its first exam to its last."""
    judgement = fake.judgement()
    exam = [r.reading_id for r in groupings.columns(judgement)]
    column = {f.finding_id: exam.index(f.reading_id) for f in judgement.breast.findings}
    for grouping in judgement.groupings:
        ax = groupings.plot_grouping(judgement, grouping)
        drawn = [n for n in ax.lines if n.get_linewidth() == groupings.BAND_POINTS]
        bands = {n.get_ydata()[0]: n.get_xdata() for n in drawn}
        assert len(bands) == len(drawn) == len(grouping.blocks)
        row = groupings.rows(judgement, grouping)
        for block in grouping.blocks:
            (y,) = {row[i] for i in block}
            reach = sorted(column[i] for i in block)
            assert list(bands[y]) == [reach[0], reach[-1]]


def test_an_exam_without_findings_says_so():
    judgement = fake.judgement()
    found = tuple(f for f in judgement.breast.findings if f.modality != "MR")
    silent = replace(judgement, breast=replace(judgement.breast, findings=found))
    assert "nothing\nreported" in words(groupings.plot_grouping(silent))
    assert "nothing\nreported" not in words(groupings.plot_grouping(judgement))


# Ids as they come


LONG = "$\\frac{1$ of 2024-09-30, right breast, upper outer quadrant, 乳腺, second look, mass one"


def named(finding_id: str) -> Judgement:
    """The judgement of both masses, one of them under another id."""
    base = fake.judgement()

    def other(i: str) -> str:
        return finding_id if i == "mass" else i

    findings = tuple(replace(f, finding_id=other(f.finding_id)) for f in base.breast.findings)
    pairs = tuple(
        replace(p, finding_a=other(p.finding_a), finding_b=other(p.finding_b)) for p in base.pairs
    )
    blocks = [tuple(tuple(other(i) for i in b) for b in g.blocks) for g in base.groupings]
    return replace(
        base,
        breast=replace(base.breast, findings=findings),
        pairs=pairs,
        beliefs={other(i): belief for i, belief in base.beliefs.items()},
        groupings=tuple(replace(g, blocks=b) for g, b in zip(base.groupings, blocks, strict=True)),
    )


@pytest.mark.parametrize("make", [pictures.clock_picture, pictures.matrix_picture,
    pictures.grouping_picture, pictures.evidence_picture, change.change_picture])  # fmt: skip
@pytest.mark.filterwarnings("error")
def test_any_id_can_be_drawn(make):
    """A dollar starts no formula, letters without a glyph raise no warning."""
    picture = make(named(LONG))
    assert LONG in picture.alt


def test_long_ids_are_shortened_in_pictures_only():
    breast = named(LONG).breast
    assert LONG in text.names(breast)[LONG]
    assert len(text.short_names(breast)[LONG]) < 40
    labels = [t.get_text() for t in pairs.plot_pair_matrix(named(LONG)).get_yticklabels()]
    assert max(map(len, labels)) < 40


def test_words_of_the_matrix_can_be_read():
    base = fakes.judgement()
    for share in np.linspace(0, 1, 26):
        judged = replace(base, pairs=(replace(base.pairs[0], p_same=float(share)),))
        ax = pairs.plot_pair_matrix(judged)
        square = next(p for p in ax.patches if to_hex(p.get_facecolor()) != "#efefef")
        (ink,) = {t.get_color() for t in ax.texts}
        assert contrast(ink, to_hex(square.get_facecolor())) >= 4.5


@pytest.mark.parametrize(("p_low", "p_high"), [(0.2, 0.4), (0.001, 0.01), (0.001, 0.999)])
@pytest.mark.parametrize("placed", [True, False])
def test_words_of_the_matrix_stay_in_their_square(p_low: float, p_high: float, *, placed: bool):
    base = fakes.judgement()
    pair = replace(base.pairs[0], p_low=p_low, p_high=p_high, no_place=not placed)
    ax = pairs.plot_pair_matrix(replace(base, pairs=(pair,)))
    figure_of(ax).draw_without_rendering()
    written = [t.get_window_extent() for t in ax.texts]
    squares = [p.get_window_extent() for p in ax.patches]
    assert len(written) == 4  # number and words, on both sides of the diagonal
    assert not any(a.overlaps(b) for a, b in itertools.combinations(written, 2))
    for box in written:
        assert any(s.x0 < box.x0 and box.x1 < s.x1 and s.y0 < box.y0 and box.y1 < s.y1
                   for s in squares)  # fmt: skip


def test_hatching_is_explained_where_there_is_any():
    base = fakes.judgement()
    assert "hatched" in pairs.plot_pair_matrix(base).get_title()
    two = tuple(f for f in base.breast.findings if f.finding_id in ("calc", "enh"))
    kept = tuple(p for p in base.pairs if {p.finding_a, p.finding_b} == {"calc", "enh"})
    alone = replace(base, breast=replace(base.breast, findings=two), pairs=kept)
    assert "hatched" not in pairs.plot_pair_matrix(alone).get_title()


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("top_mm", [62.0, 66.0, 75.0])
def test_numbers_of_arcs_stand_inside_the_breast(sign: float, top_mm: float):
    """Also that of an arc of which only a corner of the breast shows a little."""
    ax = new_axes(None, 4, 4)
    corners = np.array([(0, -55), (80, -55), (80, top_mm), (0, top_mm)])
    film_lines.draw_arcs(ax, sign, Polygon(corners * [sign, 1]))
    numbers = {int(t.get_text()): t.get_position() for t in ax.texts}
    assert {20, 40, 60, 80} <= numbers.keys()
    assert all(abs(x) <= 80 and -55 <= y <= top_mm for x, y in numbers.values())


# Clock face and beliefs that move


@pytest.mark.parametrize(
    ("side", "quadrant", "hour", "inside"),
    [("R", "LOQ", 7.5, True), ("L", "LOQ", 7.5, False), ("L", "LOQ", 4.5, True),
     ("R", "UIQ", 1.5, True), ("L", "UIQ", 10.5, True), ("R", "UOQ", 1.5, False)],
)  # fmt: skip
def test_a_stated_quadrant_is_shaded(side: str, quadrant: str, hour: float, inside: bool):  # noqa: FBT001
    ax = new_axes(None, 4, 4)
    ax.set_xlim(-60, 60)
    ax.set_ylim(-60, 60)
    finding = Finding("f", "US", "US", quadrant=quadrant)
    (wedge,) = stated.shade_stated(ax, finding, fakes.judgement(side), 50.0, "red")
    assert wedge.contains_point(on_face(ax, side, hour, 30.0)) is inside


def on_face(ax, side: str, hour: float, radius_mm: float):
    lateral, superior = clock_to_coronal(hour, radius_mm, side)
    return ax.transData.transform((left_sign(side) * lateral, superior))


@pytest.mark.parametrize(
    ("said", "inside", "outside"),
    [({"quadrant": "upper"}, [(12, 30), (10, 30), (2, 30)], [(6, 30), (4, 30)]),
     ({"quadrant": "outer"}, [(8.5, 30), (7, 30), (11, 10)], [(3, 30), (1, 30)]),
     ({"quadrant": "UOQ+LIQ"}, [(10.5, 30), (4.5, 30)], [(7.5, 30), (1.5, 30)]),
     ({"quadrant": "far_inner"}, [(2.5, 40), (4, 40)], [(2.5, 15), (9, 40), (0.5, 45)]),
     ({"quadrant": "outer_central"}, [(9, 40), (9.8, 20)], [(11, 40), (7, 40), (3, 40)]),
     ({"quadrant": "lower", "region": "periareolar"}, [(5, 25)], [(5, 45), (1, 25)]),
     ({"region": "periareolar"}, [(12, 25), (7, 25)], [(12, 45), (7, 45)])],
)  # fmt: skip
@pytest.mark.parametrize("side", ["R", "L"])
def test_parts_of_a_breast_are_shaded(side: str, said: dict[str, str], inside, outside):
    ax = new_axes(None, 4, 4)
    ax.set_xlim(-60, 60)
    ax.set_ylim(-60, 60)
    finding = Finding("f", "US", "US", **said)
    patches = stated.shade_stated(ax, finding, fakes.judgement(side), 50.0, "red")
    for places, wanted in ((inside, True), (outside, False)):
        for hour, radius_mm in places:  # hours of the right breast; mirrored on the left
            here = on_face(ax, side, hour if side == "R" else (12 - hour) % 12, radius_mm)
            assert any(p.contains_point(here) for p in patches) is wanted, (hour, radius_mm)


def test_belief_lines_go_and_come_back():
    judgement = fakes.judgement()
    x = judgement.points
    field = Raster(x[:, 0], x[:, 1], cell_mm=5.0).field(judgement.beliefs["mass"].probability)
    drawn = belief_lines.BeliefLines(new_axes(None, 4, 4), styles(judgement.breast)["mass"])
    drawn.show(field)
    drawn.show(None)
    assert not any(a.get_visible() for a in drawn.artists)
    drawn.show(field)
    assert all(a.get_visible() for a in drawn.artists)


# Films, stills, MRI, three dimensions


def test_a_film_refuses_the_judgement_of_the_other_breast():
    with pytest.raises(ValueError, match="film is of the L breast, the judgement of R"):
        mammogram_film.plot_mammogram(fake.mammogram("L"), fakes.judgement("R"))


def test_an_uncalibrated_film_has_no_scale_and_says_so():
    judgement = fake.judgement()
    ax = mammogram_film.plot_mammogram(fake.mammogram(calibrated=False), judgement)
    assert "film not calibrated" in words(ax)
    assert "mm" not in words(ax)
    assert not ax.collections  # no belief in pixels
    known = mammogram_film.plot_mammogram(fake.mammogram(), judgement)
    assert "20 mm" in words(known)
    assert known.collections


def test_a_film_without_orientation_or_nipple_is_shown_and_says_so():
    film = fake.mammogram()
    lost = replace(
        film,
        patient_orientation=None,
        landmarks=replace(film.landmarks, nipple_row=None, nipple_col=None, nipple_confident=False),
    )
    ax = mammogram_film.plot_mammogram(lost, fake.judgement())
    assert "orientation not known" in words(ax)
    assert "upper outer" not in words(ax)


def test_measured_findings_are_crosses_and_others_regions():
    judgement = fake.judgement()
    ax = mammogram_film.plot_mammogram(fake.mammogram(), judgement, ["calc"])
    (cross,) = [n for n in ax.lines if n.get_marker() == "+" and n.get_markersize() == 15]
    assert cross.get_xydata().tolist() == [[40.0, 4.0]]
    assert not ax.collections
    ax = mammogram_film.plot_mammogram(fake.mammogram(), judgement, ["mass"])
    assert len(ax.collections) == 1


def test_what_a_film_would_report_is_wider_than_the_projection():
    judgement = fake.judgement()
    (reading,) = [r for r in judgement.breast.readings if r.view == "MLO"]
    belief = judgement.beliefs["mass"].probability
    sight = Sight(reading, judgement.model, judgement.parameters, judgement.breast.side)
    seen = Field.of(sight.density(belief), -1.0)
    plane = film_plane.expected_plane(judgement, reading)
    sharp = Raster(*plane.drawn(judgement.points), cell_mm=judgement.cell_mm).field(belief)

    def moments(field):
        weight = field.z.sum(axis=1)
        mean = weight @ field.v_mm
        return mean, np.sqrt(weight @ (field.v_mm - mean) ** 2)

    (mean, sd), (sharp_mean, sharp_sd) = moments(seen), moments(sharp)
    assert mean == pytest.approx(sharp_mean, abs=1.5)
    assert sharp_sd + 0.5 < sd < sharp_sd + 10


def test_a_still_is_in_millimetres_below_the_skin():
    ax = sonogram_still.plot_sonogram(fake.sonogram(), [(130.0, 140.0), (130.0, 240.0)])
    left, right, bottom, top = ax.images[0].get_extent()
    assert (right - left, bottom - top) == pytest.approx((30.0, 24.0))
    assert top == pytest.approx(-0.05)
    assert "10.0 mm" in words(ax)
    crosses = [n.get_xydata()[0] for n in ax.lines if n.get_marker() == "+"]
    assert [c[1] for c in crosses] == pytest.approx([10.0, 10.0])
    assert ax.get_title(loc="left").startswith("Right breast, 7:30 o'clock")


def test_a_still_without_scale_or_side_says_so():
    unknown = replace(
        fake.sonogram(None), row_mm=None, col_mm=None, calibrated=False, depth_zero_row=None
    )
    ax = sonogram_still.plot_sonogram(unknown, [(130.0, 140.0), (130.0, 240.0)])
    assert "no scale" in words(ax)
    assert "mm" not in words(ax)
    assert "Side not coded" in ax.get_title(loc="left")
    empty = replace(unknown, image=unknown.image[:0, :0])
    assert "no pixels" in words(sonogram_still.plot_sonogram(empty))


def test_beliefs_are_laid_over_the_right_breast_only():
    _, anatomy = fake.mri()
    judgement = fake.judgement("R")
    axes = [new_axes(None, 3, 3) for _ in range(3)]
    for ax in axes:
        ax.set(xlim=(-120, 120), ylim=(-80, 60))
    mri_beliefs.draw_mri_beliefs(axes, judgement, anatomy["R"], ["mass"])
    x, y = axes[2].lines[0].get_xydata()[0]  # coronal: patient's left, head
    lateral, superior = clock_to_coronal(7.5, 30.0, "R")
    assert (x, y) == pytest.approx((-60 - lateral, superior), abs=7)
    with pytest.raises(ValueError, match="shows the L breast"):
        mri_beliefs.draw_mri_beliefs(axes, judgement, anatomy["L"])
    unsure = replace(anatomy["R"], sides_known=False)
    with pytest.raises(ValueError, match="unknown"):
        mri_beliefs.draw_mri_beliefs(axes, judgement, unsure)


def belief_points(ax: Axes) -> list[np.ndarray]:
    """Points of every line of a belief."""
    found = [c for c in ax.collections if isinstance(c, LineCollection)]
    return [np.vstack(c.get_segments()) for c in found if c.get_segments()]


def test_beliefs_over_images_stay_out_of_the_air():
    """Lines on a film and on MR panels follow the skin; without an outline they are whole."""
    film = fake.mammogram("R", "MLO")
    low = np.quantile(film.landmarks.outline[:, 0], 0.35)  # a breast smaller than expected
    outline = np.maximum(film.landmarks.outline, [low, -np.inf])
    small = replace(film, landmarks=replace(film.landmarks, outline=outline))
    judgement = fake.judgement("R")
    edge = Outline(Hung(small)(outline))
    outside = {}
    for name, marks in {"known": outline, "unknown": outline[:0]}.items():
        shown = replace(film, landmarks=replace(film.landmarks, outline=marks))
        ax = mammogram_film.plot_mammogram(shown, judgement)
        (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
        lines = np.vstack(belief_points(ax))
        on = (lines > [min(x0, x1), y0]).all(axis=1) & (lines < [max(x0, x1), y1]).all(axis=1)
        near = [edge.contains_points(lines[on], radius=r) for r in (6.0, -6.0)]  # turns either way
        outside[name] = 1.0 - (near[0] | near[1]).mean()
    assert outside["known"] < 0.02 < outside["unknown"]
    _, anatomy = fake.mri()
    axes = [new_axes(None, 3, 3) for _ in range(3)]
    for ax in axes:
        ax.set(xlim=(-120, 120), ylim=(-80, 60))
    mri_beliefs.draw_mri_beliefs(axes, judgement, anatomy["R"])
    for ax, plane in zip(axes, mri_panels.PLANES, strict=True):
        seen = mri_beliefs._silhouette(anatomy["R"], plane)
        lines = np.vstack(belief_points(ax))
        pulled = lines + 4.0 * np.sign(lines.mean(axis=0) - lines)
        assert (seen(lines) | seen(pulled)).mean() > 0.98


@pytest.mark.parametrize("side", "RL")
def test_half_of_a_belief_is_a_body_around_its_middle(side: str):
    judgement = fakes.judgement(side)
    grid = breast3d.Grid(judgement.points, judgement.cell_mm)
    values = grid.fill(judgement.beliefs["mass"].probability)
    level = breast3d.level_of(values, 0.5)
    assert values[values > level].sum() / values.sum() == pytest.approx(0.5, abs=0.03)
    triangles = grid.surface(values, level)
    assert triangles is not None
    middle = triangles.reshape(-1, 3).mean(axis=0)
    assert middle == pytest.approx(judgement.beliefs["mass"].mean_mm, abs=4)
    drawn = breast3d.drawn_places(middle, side)
    assert np.sign(drawn[0]) == np.sign(left_sign(side) * middle[0])


def test_three_dimensions_need_their_axes():
    with pytest.raises(TypeError, match="projection"):
        breast3d.plot_breast3d(fakes.judgement(), ax=new_axes(None, 3, 3))


# Pictures of the page


MADE = {
    "grouping": pictures.grouping_picture,
    "change": change.change_picture,
    "breast3d": pictures.breast3d_picture,
    "same place": same_place.same_place_picture,
}


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_new_pictures_are_drawn_described_and_captioned(make):
    picture = make(fake.judgement())
    data, metadata = picture._repr_mimebundle_()
    assert len(picture.alt) > 20
    assert picture.caption in unescape(data["text/html"])
    assert re.search(r"<figure><img[^>]* alt=", data["text/html"])
    assert metadata["image/png"]["alt"] == picture.alt


def test_image_pictures_say_what_they_show():
    films = [fake.mammogram(side, view) for view in ("CC", "MLO") for side in "RL"]
    judged = {side: fake.judgement(side) for side in "RL"}
    picture = mammogram_film.mammograms_picture(films, judged)
    assert "R CC, L CC, R MLO, L MLO" in picture.alt
    still = sonogram_still.sonogram_picture(fake.sonogram(), words="mass")
    assert "right breast, with its scale in mm: mass" in still.alt


@pytest.mark.parametrize("at", [0.0, 1.0])
def test_a_finding_beside_the_breast_is_on_the_picture_of_its_film(
    at: float, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(case_images, "Picture", lambda figure, **_: figure)
    film = fake.mammogram("R")
    shape = np.array(film.image.shape)
    wide = replace(film, image=np.pad(film.image, [(80, 80), (80, 80)]))
    lines = film.landmarks
    moved = replace(lines, outline=lines.outline + 80, pectoral=None, posterior_nipple_line=None)
    place = tuple(np.array([at, at]) * (shape + 155) + 2)
    reading = SimpleNamespace(places={"a": place}, said=[])
    ax = case_images.film_picture(reading, replace(wide, landmarks=moved), {}).axes[0]
    (x, y) = next(t.xy for t in ax.texts if t.get_text() == "a")
    image = ax.images[0].get_extent()
    assert min(image[:2]) < x < max(image[:2])
    assert min(image[2:]) < y < max(image[2:])


def test_what_is_assumed_is_said_in_plain_words():
    p = fakes.constants().override({"mlo_angle_deg": 50.0})
    table = tables.main_assumption_table(p).set_index("assumed")
    row = table.loc["angle of an oblique film when not recorded"]
    assert row["value"].startswith("50 deg")
    assert row["source"] == "Volpara 2018"  # cited by a row of the review
    assert row["how known"].endswith("changed")
    assert len(table) == len(tables.MAIN_ASSUMPTIONS)


# Words that can be read


def boxes(ax: Axes, words: Callable[[str], bool]) -> dict[str, Bbox]:
    """Where some words of a picture are, in pixels."""
    figure = ax.get_figure(root=True)
    FigureCanvasAgg(figure).draw()
    return {t.get_text(): t.get_window_extent() for t in ax.texts if words(t.get_text())}


@pytest.mark.parametrize("side", "RL")
@pytest.mark.parametrize("depth_mm", [40.0, 85.0])
def test_no_words_of_a_film_lie_on_others(side: str, depth_mm: float):
    judgement = fakes.judgement(side, fakes.constants().override({"breast_depth_mm": depth_mm}))
    figure = new_figure(7.4, 5.3)  # as two films stand on a page
    ax, _ = figure.subplots(1, 2)
    films.plot_film(judgement, film_plane.shown_planes(judgement)["MLO"], ax=ax)
    placed = boxes(ax, lambda said: not said.isdigit())  # arcs have numbers
    assert {"nipple", "chest wall", "20 mm"} < placed.keys()
    for one, other in itertools.combinations(placed, 2):
        assert not placed[one].overlaps(placed[other]), (one, other)


@pytest.mark.parametrize("hours", [(7.0, 8.0), (9.5, 10.5), (11.5, 12.5)])
def test_no_name_of_a_fan_lies_on_another(hours: tuple[float, float]):
    views = {"CC": 0.0, "MLO": 60.0, "ML": 90.0}
    planes = [film_plane.usual_plane("R", *film, fakes.constants()) for film in views.items()]
    ax = hour_fans.plot_hour_fans(planes, hours)
    placed = boxes(ax, {"CC", "MLO", "ML"}.__contains__)
    assert len(placed) == 3
    assert not any(placed[a].overlaps(placed[b]) for a, b in itertools.combinations(placed, 2))


@pytest.mark.parametrize("kind", ["films", "clock face"])
def test_lines_of_beliefs_do_not_strike_words_out(kind: str):
    drawn = {
        "films": lambda j: films.plot_film(j, film_plane.shown_planes(j)["MLO"], ["mass"]),
        "clock face": clockface.plot_clock_face,
    }
    ax = drawn[kind](fakes.judgement())
    lines = max(c.get_zorder() for c in ax.collections)
    crossed = [t for t in ax.texts if t.get_text() in ("chest wall", "12", "upper outer")]
    assert crossed
    for said in crossed:
        assert said.get_zorder() > lines
        assert said.get_path_effects()


def test_the_axis_of_depth_is_named_in_front_of_the_chest_wall():
    ax = breastframe.plot_side_view(depth_mm=55.0)
    (box,) = boxes(ax, lambda said: said == "posterior +").values()
    assert ax.transData.inverted().transform((box.x1, box.y0))[0] < 55.0


def test_numbers_of_the_evidence_stay_inside_their_panel():
    strong = replace(fakes.judgement().pairs[0], log10_prior=-0.6, log10_context=5.0)
    ax = pairs.figure_evidence(replace(fakes.judgement(), pairs=(strong,) * 2)).axes[0]
    for box in boxes(ax, lambda said: said.startswith(("+", "-"))).values():
        assert ax.bbox.x0 <= box.x0
        assert box.x1 <= ax.bbox.x1


def test_a_number_of_calcifications_says_what_it_counts():
    two = Finding("f", "MG", "MG", kind="calcification", n_calcifications=2)
    assert text.size_words(two) == "2 calcifications"
    assert text.size_words(replace(two, n_calcifications=1)) == "1 calcification"
    assert text.size_words(replace(two, size_mm=7.0)) == "2 within 7 mm"


@pytest.mark.parametrize(
    "points", [[[1.0, 2.0]], [[0.0, 0.0], [9.0, 0.0]], [[0.0, 0.0], [4.0, 4.0], [9.0, 9.0]]]
)
def test_the_outline_of_little_tissue_is_a_shape_around_it(points):
    """An hour of a small breast may hold a point or two of tissue."""
    points = np.array(points)
    ring = outline(*points.T, margin_mm=3.0)
    assert (ring[0] == ring[-1]).all()
    assert Outline(ring).contains_point(points.mean(axis=0))
    assert (np.ptp(ring, axis=0) > 0.5).all()


def test_what_reaches_beyond_a_figure_is_in_its_picture():
    """Constrained layout lets long rotated names of a square matrix run over the edge."""
    sizes = []
    for text_at in (0.5, 1.3):
        figure = new_figure(2.0, 2.0)
        figure.add_subplot()
        figure.text(0.5, text_at, "contrast mammogram mass", rotation=90)
        with Image.open(BytesIO(Picture(figure, alt="a name").png)) as image:
            sizes.append(image.height)
    assert sizes[1] > 1.2 * sizes[0]
