"""The page of a case in a real browser: pictures, links, accessibility, nothing from outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corr.show.pages.press import make_report

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

ROOT = Path(__file__).parents[2]
INK_OF = """
image => {  // share of pixels that are not of the commonest colour
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const data = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  const count = new Map();
  for (const pixel of data) count.set(pixel, (count.get(pixel) || 0) + 1);
  return 1 - Math.max(...count.values()) / data.length;
}
"""


@pytest.fixture(scope="module")
def page(chromium: Any, watch: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The page of the seed case, opened offline from its file."""
    out = tmp_path_factory.mktemp("page")
    _, path = make_report(ROOT / "data" / "seed_case.yaml", out_dir=out)
    context = chromium.new_context(offline=True)
    seen = watch(context)
    seen.page.goto(path.as_uri())
    yield seen.page
    seen.clean()
    context.close()


def test_every_picture_is_there_and_not_blank(page: Any):
    images = page.query_selector_all("img, svg[role=img]")
    assert len(images) >= 5
    for image in page.query_selector_all("img"):
        alt = image.get_attribute("alt") or ""
        assert len(alt) > 20, alt
        assert page.evaluate(INK_OF, image) > 0.02, alt


def test_all_answers_stand_on_the_first_screen(page: Any):
    page.set_viewport_size({"width": 1280, "height": 800})
    boxes = [item.bounding_box() for item in page.query_selector_all("ol.answers li")]
    assert len(boxes) == 6
    assert max(box["y"] + box["height"] for box in boxes) <= 800
    for link in page.query_selector_all("ol.answers a"):
        assert page.query_selector(str(link.get_attribute("href"))) is not None


def test_a_blank_picture_would_be_found(page: Any):
    """The measure of ink can fail."""
    blank = page.evaluate_handle(
        """async () => {
          const canvas = document.createElement('canvas');
          canvas.width = canvas.height = 50;
          const image = new Image(); image.src = canvas.toDataURL();
          await image.decode(); return image;
        }"""
    )
    assert page.evaluate(INK_OF, blank) == 0.0


def test_everything_is_said_once(page: Any):
    assert page.locator("section.pair h3[id^='open-R-']").count() == 6
    assert page.locator("h2#every-pair").count() == 1
    headings = page.locator("h2").all_inner_texts()
    assert len(headings) == len(set(headings))
    assert page.locator(".board tbody").count() == 3  # a lesion on the right, two on the left
    assert "widget-view" not in page.content()
    assert page.get_by_text("Explorer(").count() == 0
    for words in ("drag", "slider", "Run All"):  # a page has nothing that could be moved
        assert page.get_by_text(words).count() == 0, words


def test_internal_links_lead_somewhere(page: Any):
    targets = page.eval_on_selector_all(
        "a[href]", "links => links.map(a => a.getAttribute('href'))"
    )
    for target in targets:
        assert target.startswith("#"), f"a link leaves the page: {target}"
        assert page.locator(f"[id='{target[1:]}']").count() == 1, target


def test_it_prints_on_six_pages_and_is_light(page: Any):
    assert len(page.content()) <= 1_500_000
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert 1 < len(re.findall(rb"/Type\s*/Page\b", printed)) <= 6


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility(page: Any, scheme: str):
    page.emulate_media(color_scheme=scheme)
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page).response["violations"]
    said = [
        f"{v['id']} ({v['impact']}): {v['nodes'][0]['html'][:120]} [{len(v['nodes'])}]"
        for v in found
    ]
    assert said == []
