"""From breast to breast and from woman to woman in a real browser: one board, the right one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from benchmarks.explorer import labpage as go

TABLE = """case_id,breast,finding_id,modality,kind,view,clock,posterior_mm,transverse_mm
A,R,A-R-1,MG,mass,CC,,40,20
A,R,A-R-2,US,mass,,10,,
A,L,A-L-1,US,mass,,2,,
A,L,A-L-2,MR,mass,,2,,
B,R,B-R-1,US,mass,,7,,
B,R,B-R-2,MR,mass,,4,,
"""
LINES = [
    "from corr import explore",
    "explorer = explore('women.csv', 'A')",
    "explorer.show()",
]
BOARDS, TITLE = ".explore-case .jupyter-matplotlib-figure", ".jupyter-matplotlib-header"
SIDES = {"R": "right breast", "L": "left breast"}


@pytest.fixture(scope="module")
def page(lab: Any, chromium: Any, watch: Any) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": 1500, "height": 1100})
    seen = watch(context)
    (lab.folder / "notebooks" / "women.csv").write_text(TABLE, encoding="utf-8")
    name = go.write_notebook(lab, "switching.ipynb", LINES)
    go.open_notebook(seen.page, lab.page_url(name, "switching"))
    go.run_all(seen.page)
    yield seen.page
    go.shut_down(seen.page)
    context.close()
    seen.clean()


WATCH = """
selector => {  // what is seen together in each frame that is painted: findings and picture
  const work = document.querySelector('.explore-work');
  const strip = () => {
    const canvas = document.querySelector(selector);
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, 30);
    let sum = 0;  // of the title
    for (let i = 0; i < data.length; i += 4) sum = (31 * sum + data[i]) % 1000003;
    return sum;
  };
  window.together = new Set();
  const look = () => {
    if (getComputedStyle(work).visibility === 'visible') {
      const names = [...document.querySelectorAll('.explore-on')].map(e => e.innerText).join();
      window.together.add(`${names}|${strip()}`);
    }
    requestAnimationFrame(look);
  };
  look();
}
"""


def test_no_picture_stands_beside_the_sliders_of_another_woman(page: Any):
    """In every frame that was painted: each woman's findings with her own picture only."""
    choice = page.locator(".explore-case select").first
    page.evaluate(WATCH, go.CANVAS)
    for case_id in ("B", "A", "B", "A"):
        choice.select_option(case_id)
        page.wait_for_selector(
            f".explore-numbers tr[data-pair^='{case_id}-']", state="attached", timeout=go.READY_MS
        )
        page.wait_for_function(
            "getComputedStyle(document.querySelector('.explore-work')).visibility === 'visible'",
            timeout=go.READY_MS,
        )
    seen = [pair.rpartition("|") for pair in page.evaluate("[...window.together]")]
    assert len(seen) == 2, seen
    assert len({names for names, _, _ in seen}) == len({picture for _, _, picture in seen}) == 2


def test_one_board_however_often_case_and_side_are_switched(page: Any, lab: Any):
    for case_id, side in (("A", "L"), ("A", "R"), ("B", "R"), ("A", "L")):
        page.locator(".explore-case select").first.select_option(case_id)
        page.locator(".explore-side button", has_text=SIDES[side]).click()
        words = f"{case_id}, {SIDES[side]}"
        page.wait_for_function(
            "([all, words]) => [...document.querySelectorAll(all)].some("
            "e => e.textContent.includes(words))",
            arg=[BOARDS, words],
            timeout=go.READY_MS,
        )
        boards = page.locator(BOARDS)
        assert boards.locator(TITLE).all_text_contents() == [words]
        assert boards.locator("canvas").count() == 2  # the picture and what is rubbed over it
    shown = go.in_kernel(lab, "print(explorer.board.figure.get_suptitle())")
    assert shown == words
    page.wait_for_selector(
        ".explore-numbers tr[data-pair='A-L-1|A-L-2']", state="attached", timeout=go.READY_MS
    )
    go.wait_final(page)  # what is still being judged is still to be painted
    want = go.in_kernel(lab, go.DRAWN_PNG)
    assert want.startswith("iVBOR"), want
    page.wait_for_function(go.SAME_PICTURE, arg=[go.CANVAS, want], timeout=go.READY_MS)
