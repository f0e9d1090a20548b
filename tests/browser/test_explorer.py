"""The explorer as a researcher uses it: JupyterLab in a real browser, numbers from the library.

One notebook is opened and run once; the tests after that each go on from the case as written.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from corr.case.open import open_case
from corr.show.explorer.state import Explored

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from benchmarks.explorer import labpage as go
from corr.show.explorer.canvas import DPI
from corr.show.explorer.scene import SIZE_IN, Scene

NOTEBOOK = "notebooks/02_case.ipynb"
US = "R-US-mass"
CONTROLS, STATUS = ".explore-controls", ".explore-status"
OFF_SCREEN = """
() => {  // columns, sliders and numbers that reach out of the cell; the picture scrolls in its own
  const edge = e => e.getBoundingClientRect().right;
  const cell = document.querySelector('.jp-OutputArea-output:has(.explore-case)');
  const parts = cell.querySelectorAll('.widget-vbox, .explore-slider, .explore-numbers');
  return [...parts].filter(e => edge(e) > edge(cell) + 1).map(e => e.className);
}
"""


def seed(lab: Any) -> Explored:
    return Explored(open_case(lab.folder / "data" / "seed_case.yaml"), "R")


def expected(x: Explored) -> dict[str, tuple[float, str]]:
    """What the library computes, in the form of `labpage.numbers`."""
    return {f"{p.finding_a}|{p.finding_b}": (p.p_same, p.verdict) for p in x.judgement().pairs}


def shown_as_computed(page: Any, x: Explored) -> None:
    """The page shows exactly these pairs with P(same) and verdict of the library."""
    shown, want = go.numbers(page), expected(x)
    assert shown.keys() == want.keys()
    for pair, (p, verdict) in want.items():
        assert shown[pair][0] == pytest.approx(p, abs=1e-6), pair
        assert shown[pair][1] == verdict, pair


@pytest.fixture(scope="module")
def opened(lab: Any, chromium: Any, watch: Any) -> Iterator[Any]:
    """The notebook of a case, opened and run."""
    context = chromium.new_context(viewport={"width": 1500, "height": 1100})
    seen = watch(context)
    go.open_notebook(seen.page, lab.page_url(NOTEBOOK, "explorer"))
    go.run_all(seen.page)
    handle = go.slider(seen.page, "clock")
    handle.focus()
    handle.press("ArrowRight")
    go.wait_difference(seen.page, "7:30-8:30")
    yield seen
    context.close()


@pytest.fixture
def page(opened: Any) -> Iterator[Any]:
    """The page with the case as written; whatever a test did must have caused no error."""
    go.reset(opened.page)
    yield opened.page
    opened.clean()


def test_the_case_as_written_is_shown(page: Any, lab: Any):
    shown_as_computed(page, seed(lab))
    assert "Nothing differs" in go.differences(page)


@pytest.mark.parametrize("width_px", [800, 1100, 1440, 1920])
def test_every_part_can_be_reached_in_windows_of_any_width(page: Any, width_px: int):
    before = page.viewport_size
    page.set_viewport_size({"width": width_px, "height": before["height"]})
    try:
        page.wait_for_function(f"({OFF_SCREEN})().length === 0", timeout=go.READY_MS)
        canvas, controls = (page.locator(s).first.bounding_box() for s in (go.CANVAS, CONTROLS))
        beside = canvas["x"] >= controls["x"] + controls["width"]
        below = canvas["y"] >= controls["y"] + controls["height"]
        assert (beside, below) == ((True, False) if width_px >= 1440 else (False, True))
    finally:
        page.set_viewport_size(before)


def test_clock_slider_from_7_to_1(page: Any, lab: Any):
    before = go.numbers(page)
    handle = go.slider(page, "clock")
    handle.focus()
    for _ in range(12):  # half hours from 7-8 to 1-2
        handle.press("ArrowLeft")
    go.wait_difference(page, "1-2")
    x = seed(lab)
    x.place(US, clock=1.0)
    shown_as_computed(page, x)
    moved = [k for k, v in go.numbers(page).items() if abs(v[0] - before[k][0]) > 0.05]
    assert moved, "moving a mass to the other side of the breast changed no pair"
    assert any(v[1] != before[k][1] for k, v in go.numbers(page).items()), "no verdict changed"


def test_dragging_a_ring_on_the_clock_face(page: Any, lab: Any):
    x = seed(lab)
    figure = Figure(figsize=SIZE_IN, dpi=DPI)
    FigureCanvasAgg(figure).draw()
    scene = Scene(x, figure, animated=False)
    face = scene.views["face"]
    at = face.ax.transData.transform(face.handles[US].get_xydata()[0])
    to_mm = (30.0, 30.0)  # upper inner on the right breast: half past one
    to = face.ax.transData.transform(to_mm)
    go.drag(page, at, to, height_px=figure.bbox.height)
    values = face.spot(x.finding(US)).move(*to_mm)  # type: ignore[union-attr]
    x.place(US, **values)
    hour = next(d.now for d in x.differences() if "clock" in d.what)
    go.wait_difference(page, hour)
    assert hour == "1-2"
    said = page.locator(STATUS).inner_text()
    assert said.startswith("ultrasound mass: 1-2 o'clock"), said
    shown_as_computed(page, x)


def test_the_picture_ends_as_the_kernel_drew_it(page: Any, lab: Any):
    """Many moves in a row: no line of an earlier state stays on the screen."""
    handle = go.slider(page, "clock")
    handle.focus()
    for _ in range(10):
        handle.press("ArrowLeft")
    go.wait_difference(page, "2-3")
    want = go.in_kernel(lab, go.DRAWN_PNG)
    assert want.startswith("iVBOR"), want
    page.wait_for_function(go.SAME_PICTURE, arg=[go.CANVAS, want], timeout=go.READY_MS)


def test_switching_a_finding_off(page: Any, lab: Any):
    box = page.locator(".explore-on").filter(has_text="ultrasound mass").locator("input")
    box.uncheck()
    go.wait_difference(page, "off")
    x = seed(lab)
    x.switch(US, on=False)
    shown_as_computed(page, x)
    assert not any(US in pair for pair in go.numbers(page))


def test_controls_and_picture_stand_on_one_screen(page: Any):
    before = page.viewport_size
    page.set_viewport_size({"width": 1440, "height": 900})
    try:
        page.locator(".explore-case").evaluate("all => all.scrollIntoView()")
        screen = page.locator(".jp-NotebookPanel-notebook").first.bounding_box()
        for part in (".explore-side", STATUS, CONTROLS, go.CANVAS):
            box = page.locator(part).first.bounding_box()
            for start, size in (("x", "width"), ("y", "height")):
                assert box[start] >= screen[start] - 1, part
                assert box[start] + box[size] <= screen[start] + screen[size] + 1, part
    finally:
        page.set_viewport_size(before)


def test_accessibility(page: Any):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page, context=".explore-case").response
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found["violations"]] == []
    assert len(found["passes"]) > 10, "the rules were not run"


def test_everything_can_be_done_without_a_mouse(page: Any, lab: Any):
    """Add a finding, state where it is, take it back: keys only, found by what they are called."""
    page.get_by_label("new in").focus()
    page.keyboard.press("End")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past the kind
    page.keyboard.press("Enter")
    go.wait_difference(page, "not in the case")
    assert "contrast mammogram mass" in go.differences(page)
    stated = page.get_by_label("behind the nipple (mm)", exact=True).first
    stated.focus()
    page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    go.wait_difference(page, "behind the nipple (mm): not stated → 3")
    x = seed(lab)
    added = x.add(x.exams[-1], "mass")
    x.place(added, posterior_mm=3.0)
    shown_as_computed(page, x)
    for words in ("not in the case", "Nothing differs"):
        go.button(page, "undo").focus()
        page.keyboard.press("Enter")
        go.wait_difference(page, words)
    shown_as_computed(page, seed(lab))


def test_what_is_under_the_mouse_is_shown_on_the_other_views(page: Any, lab: Any):
    where = "print(*explorer.board.scene.face.ax.transData.transform((-25, 20)))"
    x, y = (float(v) for v in go.in_kernel(lab, where).split())
    canvas = page.locator(go.CANVAS).last
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + x, box["y"] + box["height"] - y, steps=3)
    page.locator(STATUS).get_by_text("Under the mouse: 10").wait_for()
    said = page.locator(STATUS).inner_text()
    (across_mm,) = re.findall(r"CC (\d+) mm lateral", said)
    assert 25 < int(across_mm) < 36, said  # 25 mm, spread out by the compression
    want = go.in_kernel(lab, go.PAINTED_PNG)
    page.wait_for_function(go.SAME_PICTURE, arg=[go.CANVAS, want], timeout=go.READY_MS)
    page.mouse.move(box["x"] - 20, box["y"] - 20)
    page.locator(STATUS).get_by_text("Drag a ring").wait_for()


def test_an_assumption_and_reset(page: Any, lab: Any):
    handle = go.slider(page, "lesions expected")
    handle.focus()
    handle.press("ArrowRight")
    go.wait_difference(page, "lesions expected")
    x = seed(lab)
    x.assume("lesions_mean", 1.75)
    shown_as_computed(page, x)
    go.reset(page)
    shown_as_computed(page, seed(lab))


def test_saved_case_is_judged_the_same_from_the_command_line(page: Any, tmp_path: Path):
    handle = go.slider(page, "clock")
    handle.focus()
    handle.press("ArrowRight")
    go.wait_difference(page, "7:30-8:30")
    path = tmp_path / "moved.yaml"
    field = page.locator(".explore-case .widget-text input")
    field.fill(str(path))
    field.press("Tab")
    page.get_by_role("button", name="save as case file").click()
    page.locator(".explore-status").get_by_text("saved as").wait_for()
    command = [sys.executable, "-m", "corr.cli", "case", str(path), "--out", str(tmp_path / "out")]
    subprocess.run(command, check=True, capture_output=True)
    pairs = pd.read_csv(tmp_path / "out" / "pairs.csv")
    judged = {
        f"{r.finding_a}|{r.finding_b}": (r.p_same, r.verdict)
        for r in pairs[pairs["breast"] == "R"].itertuples()
    }
    shown = go.numbers(page)
    assert shown.keys() == judged.keys()
    for pair, (p, verdict) in judged.items():
        assert shown[pair] == (pytest.approx(p, abs=1e-5), verdict)


def test_a_slider_answers(page: Any):
    """Numbers and picture follow every key, while it rests and until all is final."""
    times = go.times_ms(page, "clock", "ArrowRight", 8)
    assert {what: len(values) for what, values in times.items()} == dict.fromkeys(times, 8)


@pytest.mark.usefixtures("page")
def test_nothing_is_left_in_the_kernel(lab: Any):
    """No pyplot figure; opening the explorer again closes the one before."""
    count = go.in_kernel(
        lab, "from ipywidgets.widgets.widget import _instances; print(len(_instances))"
    )
    again = "from corr import explore; explorer = explore(case)"
    assert go.in_kernel(lab, f"{again}; {again}; print(len(_instances))") == count
    assert go.in_kernel(lab, "import matplotlib.pyplot as plt; print(plt.get_fignums())") == "[]"


def test_closing_leaves_no_kernel(opened: Any, lab: Any):
    go.shut_down(opened.page)
    assert lab.api("kernels") == []
    opened.clean()
