"""The page in a real browser: readable by everybody, offline, in light, dark and print."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import nbformat
import pytest

from corr.show.pages import html_page, pictures, tables
from corr.show.pages.asked import same_place
from corr.show.pages.html_page import to_html
from corr.show.wording import html, text
from tests.builders import fake_images as fake

TITLE = "Case of a test: right breast"
WIDGET = {html_page.WIDGET: {"model_id": "x"}, "text/plain": "VBox(children=(IntSlider(),))"}


def shown(*contents: object) -> list[nbformat.NotebookNode]:
    """What a notebook stores of displayed contents."""
    outputs = []
    for content in contents:
        if isinstance(content, html.Snippet):
            data, metadata = {"text/html": content.html, "text/plain": content.plain}, {}
        else:
            data, metadata = content._repr_mimebundle_()
        outputs.append(nbformat.v4.new_output("display_data", data=data, metadata=metadata))
    return outputs


@pytest.fixture(scope="module")
def page() -> str:
    """A case page made by hand: no kernel."""
    judgement = fake.judgement()
    made = nbformat.v4.new_notebook()
    answer = [
        html.heading(TITLE),
        html.research_box(),
        html.answer([text.breast_sentence(judgement)]),
        *(make() for make in same_place.explained(judgement)),
        html.table(tables.answer_table(judgement), "Pairs", of=judgement),
    ]
    rest = [
        pictures.matrix_picture(judgement),
        html.table(tables.main_assumption_table(judgement.parameters), "Assumed"),
        html.folded(html.paragraphs(["folded away"]), "All constants"),
    ]
    widget = nbformat.v4.new_output("display_data", data=WIDGET)
    static = nbformat.v4.new_output(
        "display_data", data={**WIDGET, "text/html": "<p>the static twin</p>"}
    )
    made.cells = [
        nbformat.v4.new_markdown_cell("# The same lesion?\n\nOne woman, one page."),
        nbformat.v4.new_code_cell("a = 1", outputs=shown(*answer)),
        nbformat.v4.new_markdown_cell("# More"),
        nbformat.v4.new_code_cell("b = 2", outputs=[*shown(*rest), widget, static]),
    ]
    return to_html(made, title=TITLE)


def test_the_title_stands_first_and_once(page: str):
    assert re.findall(r"<h1[^>]*>(.*?)</h1>", page) == [TITLE]
    assert page.index("The same lesion?") > page.index(TITLE)
    assert '<p class="question">The same lesion?' in page
    assert re.search(r"<h2[^>]*>More", page)
    assert page.count("<h2") == 1


def test_every_number_of_the_answer_has_its_prior_and_band(page: str):
    plain = unescape(re.sub(r"<[^>]+>", "", page[page.index('class="answer"') :]))
    number = r"(?:[<>] )?0\.\d\d"
    for found in re.finditer(rf"P\(same\) {number}", plain):
        band = rf" \(prior {number}, band {number}(?:(?:-| to ){number})?\)"
        assert re.match(band, plain[found.end() :])


def test_figures_have_captions_and_words(page: str):
    figures = re.findall(r"(?s)<figure>.*?</figure>", page)
    assert len(figures) == 2
    for figure in figures:
        assert len(re.search(r'alt="([^"]+)"', figure)[1]) > 20
        assert len(re.search(r"<figcaption>(.+)</figcaption>", figure)[1]) > 20


def test_widgets_give_way_to_what_stands_beside_them(page: str):
    assert "the static twin" in page
    assert "VBox" not in page
    assert "model_id" not in page


def test_versions_and_purpose_are_said(page: str):
    foot = page[page.index("<footer>") :]
    assert "Research use only" in foot
    assert re.search(r"breast-corr \d+\.\d+.*constants version \S+; Python 3.*numpy \d", foot)


def test_it_prints_on_a4(page: str):
    assert re.search(r"@page \{ size: A4", page)
    assert "@media print" in page


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    sync_api = pytest.importorskip("playwright.sync_api")
    names = (os.environ.get("CORR_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    chromium = next((path for name in names if name and (path := shutil.which(name))), None)
    if chromium is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


@pytest.mark.parametrize("look", ["light", "dark", "print"])
def test_anybody_can_read_it(page: str, look: str, browser, tmp_path: Path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    path = tmp_path / "page.html"
    path.write_text(page, encoding="utf-8")
    scheme = "dark" if look == "dark" else "light"
    tab = browser.new_page(color_scheme=scheme, viewport={"width": 1280, "height": 900})
    asked, said = [], []
    tab.on("request", lambda r: asked.append(r.url))
    tab.on("console", lambda m: said.append(m.text))
    tab.on("pageerror", lambda e: said.append(str(e)))
    tab.goto(path.as_uri())
    tab.emulate_media(media="print" if look == "print" else "screen", color_scheme=scheme)
    loaded = tab.evaluate("[...document.images].map(i => i.complete && i.naturalWidth > 300)")
    assert loaded == [True, True]
    wide = tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert wide
    if look == "light":  # how far words can be one place is answered in the first screen
        top = tab.evaluate(
            "[...document.querySelectorAll('li')].map(e => e.getBoundingClientRect().bottom)"
        )
        assert max(top[:3]) < 900
    asked = [url for url in asked if not url.startswith(("file:", "data:"))]
    assert asked == said == []
    found = axe.run(tab)
    assert found.violations_count == 0, found.generate_report()
    tab.close()


def test_wide_tables_scroll_by_themselves_in_a_narrow_window(page: str, browser, tmp_path: Path):
    path = tmp_path / "page.html"
    path.write_text(page, encoding="utf-8")
    tab = browser.new_page(viewport={"width": 380, "height": 800})
    tab.goto(path.as_uri())
    widest = "Math.max(...[...document.querySelectorAll('table')].map(e => e.scrollWidth))"
    assert tab.evaluate(widest) > 380
    assert tab.evaluate("document.documentElement.scrollWidth") <= 380
    tab.close()


def test_the_accessibility_check_can_fail(page: str, browser, tmp_path: Path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    path = tmp_path / "broken.html"
    path.write_text(re.sub(r' alt="[^"]*"', "", page), encoding="utf-8")
    tab = browser.new_page()
    tab.goto(path.as_uri())
    assert axe.run(tab).violations_count > 0
    tab.close()
