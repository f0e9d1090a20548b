"""The MRI and the 3-D view of the explorer in a real browser, by what is seen on the screen.

The bundled digital breast with its MRI. WebGL is drawn by the processor: no graphics card needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from benchmarks.explorer import labpage as go
from corr.case.open import open_case
from corr.show.figures.parts.palette import styles

US = "US-mass"
MRI, VIEW_3D, SWITCH = ".explore-mri canvas", ".explore-3d canvas", ".explore-3d-switch"
LINES = [
    "from corr import explore",
    "explorer = explore('../data/image_case/case.yaml')",
    "explorer.show()",
]
Pixels = NDArray[np.int64]


@pytest.fixture(scope="module")
def opened(lab: Any, chromium: Any, watch: Any) -> Iterator[Any]:
    """The explorer of the image case, opened and run."""
    context = chromium.new_context(viewport={"width": 1500, "height": 1800})
    seen = watch(context)
    go.open_notebook(seen.page, lab.page_url(go.write_notebook(lab, "mri.ipynb", LINES), "mri"))
    go.run_all(seen.page)
    yield seen
    go.shut_down(seen.page)
    context.close()
    assert lab.api("kernels") == []


@pytest.fixture
def page(opened: Any) -> Iterator[Any]:
    """The page with the case as written; whatever a test did must have caused no error."""
    go.reset(opened.page)
    yield opened.page
    opened.clean()


@pytest.fixture(scope="module")
def colour(lab: Any) -> Pixels:
    """Colour of the ultrasound mass, 0-255."""
    case = open_case(lab.folder / "data" / "image_case" / "case.yaml")
    breast = next(b for b in case.breasts if b.side == "R")
    return np.round(255 * np.array(to_rgb(styles(breast)[US].colour))).astype(np.int64)


def tinted(pixels: Pixels, colour: Pixels) -> NDArray[np.bool_]:
    """Pixels with the hue of a colour, over whatever grey and in whatever light."""
    chroma = pixels - pixels.min(axis=-1, keepdims=True)
    hue = colour - colour.min()
    size = np.maximum(np.linalg.norm(chroma, axis=-1), 1e-9)
    like = (chroma @ hue) / size / np.linalg.norm(hue)
    return (size > 40) & (like > 0.97)


def grey(pixels: Pixels) -> NDArray[np.bool_]:
    """Pixels of the image itself: neither black nor coloured."""
    return (np.ptp(pixels, axis=-1) < 12) & (pixels.min(axis=-1) > 40)


def axial(pixels: Pixels) -> Pixels:
    """The first of the three slices that lie side by side."""
    return pixels[:, : pixels.shape[1] * 2 // 5]


def across(there: NDArray[np.bool_]) -> float:
    """Mean column of what is there."""
    return float(np.nonzero(there)[1].mean())


def move_to_one_o_clock(page: Any) -> None:
    """Focus the clock slider of the ultrasound mass and go to its end, 12-1."""
    handle = go.slider(page, "clock")
    handle.focus()
    handle.press("End")
    go.wait_difference(page, "12-1")


def test_the_measure_of_hue_can_fail(colour: Pixels):
    plain = np.full((4, 4, 3), 128)
    assert not tinted(plain, colour).any()
    assert not tinted(plain + np.array([0, 60, 0]), colour).any()
    assert not tinted(plain * np.array([2, 0, 0]), colour).any(), "the red crosshair is no belief"
    assert tinted(plain // 2 + colour // 2, colour).all()


def test_image_and_belief_are_on_the_screen(page: Any, colour: Pixels):
    pixels = go.until(page, MRI, lambda p: bool(tinted(axial(p), colour).mean() > 0.01), "a belief")
    assert grey(pixels).mean() > 0.03, "no image behind the belief"
    assert np.percentile(pixels, 1) < 10, "the belief covers what is no breast"


def test_controls_and_picture_of_nine_findings_stand_on_one_screen(page: Any):
    before = page.viewport_size
    page.set_viewport_size({"width": 1440, "height": 900})
    try:
        page.locator(".explore-case").evaluate("all => all.scrollIntoView()")
        for part in (".explore-controls", go.CANVAS):
            box = page.locator(part).first.bounding_box()
            assert box["y"] + box["height"] <= 900 - 30, part  # above the bar at the bottom
            assert box["x"] + box["width"] <= 1440, part
    finally:
        page.set_viewport_size(before)


def test_accessibility(page: Any):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page, context=".explore-case").response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []


def test_the_belief_follows_the_slider(page: Any, colour: Pixels):
    before = across(tinted(axial(go.until(page, MRI, has(colour), "a belief")), colour))
    move_to_one_o_clock(page)
    go.until(
        page,
        MRI,
        lambda p: has(colour)(p) and across(tinted(axial(p), colour)) > before + 3,
        "the belief further to the viewer's right, medial in a right breast",
    )
    go.reset(page)
    go.until(
        page,
        MRI,
        lambda p: has(colour)(p) and abs(across(tinted(axial(p), colour)) - before) < 2,
        "the belief back where it was",
    )


def has(colour: Pixels) -> Any:
    """Whether a belief is in the axial slice."""
    return lambda pixels: bool(tinted(axial(pixels), colour).mean() > 0.005)


def test_in_three_dimensions(page: Any, colour: Pixels):
    """Nothing until it is asked for; then a surface that follows, and nothing when closed."""
    assert page.locator(VIEW_3D).count() == 0
    page.locator(SWITCH).click()
    shown = go.until(page, VIEW_3D, lambda p: bool(tinted(p, colour).mean() > 0.01), "a surface")
    before = across(tinted(shown, colour))
    move_to_one_o_clock(page)
    go.until(
        page,
        VIEW_3D,
        lambda p: bool(tinted(p, colour).any()) and across(tinted(p, colour)) > before + 5,
        "the surface further to the viewer's right",
    )
    page.locator(SWITCH).click()
    page.locator(VIEW_3D).wait_for(state="detached")
    page.locator(SWITCH).click()
    go.until(page, VIEW_3D, lambda p: bool(tinted(p, colour).any()), "the surface once more")
    page.locator(SWITCH).click()
    page.locator(VIEW_3D).wait_for(state="detached")
