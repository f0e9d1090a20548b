"""The explorer's widgets and picture without a browser: they bind, show, and leave nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from matplotlib.backend_bases import MouseEvent
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.text import Text

from corr.anatomy.names import SIDE_NAMES
from corr.case.casefile import Case, read_case
from corr.case.open import open_case
from corr.face.exploring import _open, explore
from corr.problems import CorrError, InputError
from corr.records import Finding
from corr.show.explorer.explorer import Explorer
from corr.show.explorer.numbers import differences_html, pairs_html
from corr.show.explorer.scene import SIZE_IN, Scene
from corr.show.explorer.state import Explored
from corr.show.explorer.state.judging import FINAL, WITHOUT_BAND
from corr.show.explorer.twin import twin
from corr.show.explorer.view import on_face, on_film
from corr.show.figures.parts.palette import styles
from corr.show.wording.text import names

ROOT = Path(__file__).parents[3]
SEED = ROOT / "data" / "seed_case.yaml"
COHORT = ROOT / "data" / "simulated_cohort"
US = "R-US-mass"


@pytest.fixture(scope="module")
def opened() -> Iterator[Explorer]:
    """The seed case's explorer; closed afterwards."""
    made = explore(SEED)
    _open.clear()  # the next one that is opened must not close it
    yield made
    made.close()


@pytest.fixture
def explorer(opened: Explorer) -> Explorer:
    """It again as it was opened."""
    opened.head.side.value = "R"
    opened.head.buttons["reset"].click()
    opened.findings.chosen.value = US
    return opened


def test_any_ids_can_be_explored(tmp_path: Path):
    """Dollars, commas and letters without a glyph are shown as they are written."""
    odd = [r"a, $\frac{1$ 乳", "a", "a, b"]
    rows = [
        f"- {{finding_id: '{i}', breast: R, modality: US, clock: '9', kind: mass}}" for i in odd
    ]
    path = tmp_path / "odd.yaml"
    path.write_text("case_id: odd\nfindings:\n" + "\n".join(rows), encoding="utf-8")
    made = explore(path)
    made.explored.place("a, b", clock=10.0)
    made.changed()
    assert "ultrasound mass (a, b), clock" in made.differences.value
    assert made.findings.on[odd[0]][1].description == r"ultrasound mass (a, \$\frac{1\$ 乳)"
    (legend,) = made.board.figure.legends
    labels = [t.get_text() for t in legend.get_texts()]
    assert labels == [f"ultrasound mass ({i})" for i in sorted(odd)]
    made.close()


@pytest.mark.parametrize(("side", "sign"), [("R", -1.0), ("L", 1.0)])
def test_a_ring_on_the_face_states_where_it_is(side: str, sign: float):
    """12 is up, 3 to the viewer's right on both breasts; lateral is -x on the right breast."""
    us = Finding("us", "US", "US", clock_h=(3.0, 3.0), fn_mm=40.0)
    spot = on_face(us, side, 50.0)
    assert spot is not None
    assert (spot.x, spot.y) == pytest.approx((40.0, 0.0), abs=1e-9)
    assert spot.move(0.0, 30.0) == {"clock": 12.0, "fn_cm": 3.0}
    assert spot.move(-20.0, 0.0) == {"clock": 9.0, "fn_cm": 2.0}
    mri = Finding("mri", "MR", "MR", lateral_mm=10.0, superior_mm=20.0)
    held = on_face(mri, side, 50.0)
    assert held is not None
    assert (held.x, held.y) == (sign * 10.0, 20.0)
    assert held.move(sign * 15.2, -4.0) == {"lateral_mm": 15.0, "superior_mm": -4.0}


def test_an_hour_alone_stays_an_hour_and_a_range_its_middle():
    said = Finding("us", "US", "US", clock_h=(7.0, 8.0))
    spot = on_face(said, "R", 50.0)
    assert spot is not None
    assert np.hypot(spot.x, spot.y) == pytest.approx(50.0)
    assert spot.move(spot.x, spot.y) == {"clock": 7.0, "fn_cm": None}
    assert on_face(Finding("us", "US", "US"), "R", 50.0) is None


def test_pulling_a_ring_out_states_the_distance_and_going_back_does_not():
    said = Finding("us", "US", "US", clock_h=(9.0, 9.0))
    spot = on_face(said, "R", 50.0)
    assert spot is not None
    assert spot.move(-60.0, 0.0) == {"clock": 9.0, "fn_cm": None}
    assert spot.move(-80.0, 0.0) == {"clock": 9.0, "fn_cm": 8.0}
    assert spot.move(0.0, -20.0) == {"clock": 6.0, "fn_cm": 2.0}
    film = on_face(Finding("f", "MG", "MG", clock_h=(9.0, 9.0)), "R", 50.0)
    assert film is not None
    assert film.move(-80.0, 0.0) == {"clock": 9.0}, "a film states no distance along the skin"


def test_a_ring_on_a_film_states_film_millimetres():
    film = Finding("f", "MG", "MG", posterior_mm=40.0, transverse_mm=-20.0)
    for sign in (1.0, -1.0):
        spot = on_film(film, sign)
        assert spot is not None
        assert (spot.x, spot.y) == (sign * 40.0, -20.0)
        moved = spot.move(sign * 55.0, 10.0)
        assert moved == {"posterior_mm": 55.0, "transverse_mm": 10.0}
    assert on_film(Finding("f", "MG", "MG", posterior_mm=40.0), 1.0) is None


def test_a_slider_moves_the_state_and_everything_shown(explorer: Explorer):
    row = explorer.findings.rows["clock"]
    assert row.slider.value == 7.0
    row.slider.value = 1.0
    assert explorer.explored.finding(US).clock_h == (1.0, 2.0)
    for p in explorer.explored.judgement().pairs:
        assert f'data-p="{p.p_same!r}"' in explorer.numbers.value
    assert "1-2" in explorer.differences.value
    assert explorer.findings.rows["clock"].stated.value


def test_showing_a_value_never_states_it(explorer: Explorer):
    for finding_id in explorer.findings.on:
        if finding_id in [i for _, i in explorer.findings.chosen.options]:
            explorer.findings.chosen.value = finding_id
    explorer.changed()
    assert explorer.explored.differences() == ()
    assert "Nothing differs" in explorer.differences.value


def test_unticking_and_ticking_a_place(explorer: Explorer):
    row = explorer.findings.rows["fn_cm"]
    assert not row.stated.value
    row.slider.value = 4.0
    assert row.stated.value
    assert explorer.explored.finding(US).fn_mm == 40.0
    row.stated.value = False
    assert explorer.explored.finding(US).fn_mm is None


def test_switch_assumption_and_reset(explorer: Explorer):
    explorer.findings.on[US][1].value = False
    assert US not in explorer.numbers.value
    explorer.assumptions.sliders["pose"].value = 1.5
    assert [d.now for d in explorer.explored.differences()] == ["off", "1.5 x"]
    explorer.head.buttons["reset"].click()
    assert explorer.explored.differences() == ()
    assert explorer.findings.on[US][1].value
    assert explorer.assumptions.sliders["pose"].value == 1.0


def test_save_says_where_and_what_went_wrong(explorer: Explorer, tmp_path: Path):
    explorer.saving.path.value = str(tmp_path / "case.txt")
    explorer.saving.button.click()
    assert "not saved: case.txt: a case file ends in .yaml" in explorer.status.value
    explorer.findings.rows["clock"].slider.value = 2.0
    explorer.saving.path.value = str(tmp_path / "case.yaml")
    explorer.saving.button.click()
    assert "saved as" in explorer.status.value
    right = next(b for b in read_case(tmp_path / "case.yaml").breasts if b.side == "R")
    assert right == explorer.explored.breast


def test_no_file_is_replaced_unasked(explorer: Explorer, tmp_path: Path):
    there, other = tmp_path / "case.yaml", tmp_path / "other.yaml"
    there.write_text("mine", encoding="utf-8")
    explorer.saving.path.value = str(there)
    explorer.saving.button.click()
    assert there.read_text(encoding="utf-8") == "mine"
    assert f"not saved: case.yaml is already in {tmp_path}" in explorer.status.value
    assert explorer.saving.button.description == "replace the file"
    explorer.saving.path.value = str(other)  # the offer was for the other name
    assert explorer.saving.button.description == "save as case file"
    explorer.saving.button.click()
    assert f"saved as {other} in {tmp_path}" in explorer.status.value
    explorer.saving.path.value = str(there)
    explorer.saving.button.click()
    assert there.read_text(encoding="utf-8") == "mine"
    explorer.saving.button.click()
    assert "replaced" in explorer.status.value
    assert read_case(there).case_id
    explorer.saving.button.click()  # what was just written is not replaced unasked either
    assert "not saved" in explorer.status.value


def test_a_case_that_cannot_be_shown_leaves_the_one_that_is():
    tables = {"breasts": COHORT / "breasts.csv"}
    first = open_case(COHORT / "findings.csv", "D0003", **tables)

    def load(case_id: str) -> Explored:
        if case_id == first.case_id:
            return Explored(first)
        msg = f"no case {case_id!r}"
        raise InputError(msg)

    made = Explorer(load, ["D0003", "D0004"], "D0003")
    made.head.case.value = "D0004"
    assert made.head.case.value == made.explored.case.case_id == "D0003"
    assert "case D0004 cannot be shown: no case" in made.status.value
    made.close()


@pytest.mark.parametrize(
    ("film", "toward"),
    [({"view": "CC"}, "lateral"), ({"view": "MLO"}, "upper outer"), ({"view": "ML"}, "superior"),
     ({"view": "SIO", "view_angle_deg": "45"}, "lower outer"), ({"view": "FB"}, "lateral")],
)  # fmt: skip
def test_across_a_film_is_said_as_the_film_lies(film: dict[str, str], toward: str):
    cells = {"case_id": "A", "breast": "L", "finding_id": "a", "modality": "MG", "kind": "mass"}
    rows = ({**cells, **film, "posterior_mm": "40", "transverse_mm": "12"},)
    x = Explored(Case("A", "A", (), (), cells={"findings": rows}))
    x.place("a", transverse_mm=-5.0)
    (changed,) = x.differences()
    assert (changed.what, changed.was, changed.now) == (f"a, toward {toward} (mm)", "12", "-5")


def test_one_board_shows_the_breast_that_is_explored():
    made = explore(COHORT / "findings.csv", "D0003", breasts=COHORT / "breasts.csv")
    canvas = made.board.canvas
    for case_id in ("D0004", "D0003", "D0004"):
        made.head.case.value = case_id
        for side in made.explored.sides:
            made.head.side.value = side
            drawn = made.board.figure
            assert drawn.get_suptitle() == f"{case_id}, {SIDE_NAMES[side]}"
            assert SIDE_NAMES[side].capitalize() in made.board.scene.face.ax.get_title()
            assert len(drawn.axes) == 3
            assert made.picture.children[0] is made.board.canvas is canvas
            assert sum(child is canvas for child in made.picture.children) == 1
    painted = np.asarray(canvas.buffer_rgba()).copy()
    canvas.draw()
    np.testing.assert_array_equal(painted, np.asarray(canvas.buffer_rgba()))
    made.close()


def test_other_side_and_other_case():
    made = explore(COHORT / "findings.csv", "D0003", breasts=COHORT / "breasts.csv")
    assert made.explored.case.case_id == "D0003"
    made.head.case.value = "D0004"
    assert made.explored.case.case_id == "D0004"
    other = [s for _, s in made.head.side.options if s != made.explored.side]
    for side in other:
        made.head.side.value = side
        assert made.explored.side == side
    made.close()


def drag(board: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    for name, at in (("press", start), ("release", end)):
        if name == "release":
            MouseEvent(
                "motion_notify_event", board.canvas, *at, buttons=()
            ).canvas.callbacks.process(
                "motion_notify_event", MouseEvent("motion_notify_event", board.canvas, *at)
            )
        event = MouseEvent(f"button_{name}_event", board.canvas, *at, button=1)
        board.canvas.callbacks.process(f"button_{name}_event", event)


def test_dragging_takes_the_chosen_ring_and_states_its_end(explorer: Explorer):
    board = explorer.board
    board.canvas.draw()
    to = board.scene.face.ax.transData.transform((30.0, 30.0))
    drag(board, board.handle_px("face", US), (float(to[0]), float(to[1])))
    assert explorer.explored.finding(US).clock_h == (1.0, 2.0)
    assert explorer.explored.edits.keys() == {US}
    assert explorer.findings.chosen.value == US


def test_a_drag_on_a_film_says_what_it_changes():
    """Lateral and medial on a CC, upper outer and lower inner on an oblique."""
    rows = [
        {"case_id": "A", "breast": "R", "finding_id": v, "modality": "MG", "kind": "mass",
         "view": v, "posterior_mm": "40", "transverse_mm": "12"}
        for v in ("CC", "MLO")
    ]  # fmt: skip
    made = Explorer(
        lambda _: Explored(Case("A", "A", (), (), cells={"findings": tuple(rows)})), ["A"], "A"
    )
    said = {}
    for view, toward in (("CC", "medial"), ("MLO", "upper outer")):
        made.board.canvas.draw()
        shown = made.board.scene.views[view]
        to = shown.ax.transData.transform((30.0, 20.0 if view == "MLO" else -20.0))
        drag(made.board, made.board.handle_px(view, view), (float(to[0]), float(to[1])))
        said[view] = made.status.value
        assert f"30 mm behind the nipple, 20 mm {toward}" in said[view]
    assert "above" not in str(said)
    made.close()


def test_a_press_gives_a_place_to_a_finding_that_has_none():
    made = explore()
    made.head.side.value = "L"
    panel = made.findings
    assert (panel.chosen.value, panel.delete.disabled, dict(panel.rows)) == (None, True, {})
    for words in ("ultrasound", "mammogram CC", "MRI"):
        panel = made.findings
        panel.exam.value = next(e for _, e in panel.exam.options if words in e.words)
        panel.add.click()
    ids = made.explored.finding_ids
    assert made.findings.chosen.value == "L-MR-1"
    places = {
        "L-US-1": ("face", 30.0, 0.0),
        "L-MG-1": ("CC", -40.0, 15.0),
        "L-MR-1": ("face", 30.0, -40.0),
    }
    for finding_id, (view, x_mm, y_mm) in places.items():
        made.findings.chosen.value = finding_id
        made.board.canvas.draw()
        at = made.board.scene.views[view].ax.transData.transform((x_mm, y_mm))
        drag(made.board, (float(at[0]), float(at[1])), (float(at[0]), float(at[1])))
    x = made.explored
    assert (x.finding("L-US-1").clock_h, x.finding("L-US-1").fn_mm) == ((3.0, 3.0), 30.0)
    assert (x.finding("L-MG-1").posterior_mm, x.finding("L-MG-1").transverse_mm) == (40.0, 15.0)
    mri = x.finding("L-MR-1")
    assert (mri.lateral_mm, mri.superior_mm) == pytest.approx((30.0, -40.0), abs=1.0)
    made.findings.delete.click()
    assert set(made.explored.finding_ids) == set(ids) - {"L-MR-1"}
    assert "L-MR-1" not in str(made.findings.chosen.options)
    made.head.buttons["undo"].click()
    assert set(made.explored.finding_ids) == set(ids)
    made.close()


def test_an_empty_case_beside_the_open_one():
    made = explore(SEED)
    made.head.new.click()
    assert made.explored.case.case_id == made.head.case.value == "new"
    assert made.explored.finding_ids == ()
    made.head.new.click()
    assert made.head.case.value == "new-2"
    made.head.case.value = "seed"
    assert US in made.explored.finding_ids
    made.close()


def test_undo_and_redo_show_what_there_is(explorer: Explorer):
    undo, redo = (explorer.head.buttons[how] for how in ("undo", "redo"))
    row = explorer.findings.rows["clock"]
    row.slider.value = 2.0
    assert (undo.disabled, redo.disabled) == (False, True)
    undo.click()
    assert row.slider.value == 7.0
    assert not redo.disabled
    redo.click()
    assert row.slider.value == 2.0


def test_the_explorer_opens_at_a_finding():
    made = explore(SEED, finding="L-US-mass-1")
    assert (made.explored.side, made.findings.chosen.value) == ("L", "L-US-mass-1")
    tables = explore(COHORT / "findings.csv", finding="D0004-R-01", breasts=COHORT / "breasts.csv")
    assert tables.explored.case.case_id == "D0004"
    assert tables.findings.chosen.value == "D0004-R-01"
    with pytest.raises(CorrError, match="no finding 'nobody'"):
        explore(SEED, finding="nobody")
    tables.close()


@pytest.mark.parametrize(("view", "at"), [("face", (-20.0, 25.0)), ("CC", (40.0, 10.0))])
def test_a_place_under_the_mouse_is_the_same_tissue_in_every_view(
    explorer: Explorer, view: str, at: tuple[float, float]
):
    scene = explorer.board.scene
    explorer._pointed(view, *at)
    seen = scene.cursor.seen
    assert seen is not None
    for name, shown in scene.views.items():
        if name == view:
            assert np.abs(shown.at[seen] - at).max() <= shown.cell_mm
        else:
            strip = scene.cursor._strips[name]
            assert strip.get_visible()
            assert strip.get_path().contains_points(shown.at[seen], radius=0.1).all()
    assert "Under the mouse" in explorer.status.value
    explorer._pointed("", 0.0, 0.0)
    assert scene.cursor.seen is None
    explorer._pointed(view, 500.0, 0.0)
    assert scene.cursor.seen is None, "there is air"


def test_a_press_beside_every_ring_takes_none(explorer: Explorer):
    board = explorer.board
    board.canvas.draw()
    corner = board.scene.face.ax.transData.transform((70.0, 75.0))
    drag(board, (float(corner[0]), float(corner[1])), (100.0, 400.0))
    assert explorer.explored.differences() == ()


def test_repainting_equals_drawing_anew(explorer: Explorer):
    """What blitting leaves on the canvas is what a whole drawing of the same state gives."""
    board = explorer.board
    board.canvas.draw()
    explorer.findings.rows["clock"].slider.value = 2.0
    explorer.assumptions.sliders["mlo_angle_deg"].value = 60.0
    painted = np.asarray(board.canvas.buffer_rgba()).copy()
    board.canvas.draw()
    np.testing.assert_array_equal(painted, np.asarray(board.canvas.buffer_rgba()))


def test_an_oblique_turned_again_and_again_is_one_drawn_anew():
    x = Explored(open_case(SEED), "R")

    def drawn() -> tuple[Scene, FigureCanvasAgg]:
        canvas = FigureCanvasAgg(Figure(SIZE_IN))
        scene = Scene(x, canvas.figure, animated=True)
        canvas.draw()
        scene.keep_background()
        return scene, canvas

    scene, turned = drawn()
    as_written = np.asarray(turned.buffer_rgba()).copy()
    for angle_deg in (70.0, 30.0, 60.0):
        x.assume("mlo_angle_deg", angle_deg)
        scene.show(x.judgement(band=False))
        scene.paint()
    _, anew = drawn()
    np.testing.assert_array_equal(np.asarray(turned.buffer_rgba()), np.asarray(anew.buffer_rgba()))
    assert not np.array_equal(as_written, np.asarray(anew.buffer_rgba()))


def test_nothing_is_left_behind():
    explore(SEED).close()
    before = len(_instances)
    for _ in range(3):
        made = explore(SEED)
    made.findings.chosen.value = "R-MR-enh"
    made.head.side.value = "L"
    made.close()
    assert len(_instances) == before
    assert plt.get_fignums() == []


def test_the_twin_shows_the_same_numbers_and_differences():
    x = Explored(open_case(SEED), "R")
    x.place(US, clock=1.0)
    picture, numbers = twin(x)
    assert "clock (h): 7-8" in picture.alt
    assert len(picture.png) > 20_000
    for p in x.judgement().pairs:
        assert f'data-p="{p.p_same!r}" data-verdict="{p.verdict}"' in numbers.html
    assert "widget" not in numbers.html


def test_the_twin_says_only_what_holds_without_a_kernel():
    x = Explored(open_case(SEED), "R")
    x.assume("mlo_angle_deg", 52.0)
    picture, _ = twin(x)
    assert "52 degrees (assumed" in picture.caption
    for words in (picture.alt, picture.caption, legend_words(x, animated=False)):
        assert "drag" not in words
    assert "drag" in legend_words(x, animated=True)
    recorded = open_case(COHORT / "findings.csv", "D0004", breasts=COHORT / "breasts.csv")
    assert "is 49 degrees. " in twin(Explored(recorded))[0].caption


def legend_words(x: Explored, *, animated: bool) -> str:
    figure = Figure(SIZE_IN)
    FigureCanvasAgg(figure)
    Scene(x, figure, animated=animated)
    return " ".join(t.get_text() for t in figure.findobj(Text))


def test_a_belief_on_a_compressed_film_is_one_region():
    """Points lie farther apart there: smoothed as in the frame, lines would break into islands."""
    figure = Figure(SIZE_IN)
    FigureCanvasAgg(figure)
    scene = Scene(Explored(open_case(SEED), "R"), figure, animated=False)
    for view in scene.films.values():
        for lines in (c for c in view.ax.collections if isinstance(c, LineCollection)):
            assert len(lines.get_segments()) == len(set(lines.get_linewidths()))


def test_rows_after_the_first_are_folded_away_and_none_is_lost():
    x = Explored(open_case(SEED), "R")
    style, name = styles(x.written), names(x.written)
    now = x.judgement()
    said = pairs_html(now, x.as_written(), style, name, stage=FINAL, open_rows=4)
    opened, folded = said.split("<details>")
    assert (opened.count("data-pair"), folded.count("data-pair")) == (4, len(now.pairs) - 4)
    assert f"{len(now.pairs) - 4} more rows" in folded
    whole = pairs_html(now, x.as_written(), style, name, stage=FINAL, open_rows=len(now.pairs))
    assert "<details>" not in whole


def test_without_band_the_verdict_says_so():
    x = Explored(open_case(SEED), "R")
    style, name = styles(x.written), names(x.written)
    quick = pairs_html(x.judgement(band=False), x.as_written(), style, name, stage=WITHOUT_BAND)
    assert "(without band)" in quick
    assert "follows" in quick
    assert "Nothing differs" in differences_html(x.differences(), name)


def test_drawing_and_moving_in_two_threads_leaves_no_old_line(explorer: Explorer):
    """JupyterLab answers widgets in a thread beside that of the cells."""
    board = explorer.board
    board.canvas.draw()
    drawing = Thread(target=lambda: [board.canvas.draw() for _ in range(6)])
    drawing.start()
    for k in range(12):
        explorer.explored.place(US, clock=1.0 + 0.5 * k)
        explorer.changed()
    drawing.join()
    painted = np.asarray(board.canvas.buffer_rgba()).copy()
    board.canvas.draw()
    np.testing.assert_array_equal(painted, np.asarray(board.canvas.buffer_rgba()))
