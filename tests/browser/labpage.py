"""What a researcher does in JupyterLab, as functions that wait for conditions only."""

from __future__ import annotations

import re
from typing import Any

PAIRS = ".explore-numbers tr[data-pair]"
CANVAS = ".explore-case .jupyter-matplotlib-canvas-div canvas"
READY_MS = 90_000
WATCH = """
// when the numbers or the picture of the explorer last changed, in ms of the page's clock
window.shown = {numbers: [], picture: []};
const draw = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (...args) {
  if (this.canvas.isConnected && this.canvas.closest('.explore-case')) {
    window.shown.picture.push(performance.now());
  }
  return draw.apply(this, args);
};
"""


def open_notebook(page: Any, url: str) -> None:
    """Open a notebook and wait for its kernel."""
    page.add_init_script(WATCH)
    page.goto(url)
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=READY_MS)
    page.get_by_text(re.compile(r"Python 3 .*\| Idle")).wait_for(timeout=READY_MS)


def run_all(page: Any) -> None:
    """Run > Run All Cells, until the explorer and its picture are there."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_selector(CANVAS, state="attached", timeout=READY_MS)
    page.locator(".explore-case").scroll_into_view_if_needed()
    page.wait_for_function("window.shown.picture.length > 0", timeout=READY_MS)
    wait_banded(page)


def wait_banded(page: Any) -> None:
    """Until the numbers hold their band: nothing is on its way any more."""
    page.wait_for_selector(
        ".explore-numbers .explore[data-banded='1']", state="attached", timeout=READY_MS
    )


def slider(page: Any, words: str) -> Any:
    """Handle of the slider with these words beside it."""
    label = re.compile(rf"^{re.escape(words)}")
    row = page.locator(".explore-case .widget-hslider").filter(
        has=page.locator("label", has_text=label)
    )
    return row.locator(".noUi-handle")


def numbers(page: Any) -> dict[str, tuple[float, str]]:
    """P(same) and verdict of every pair shown, unrounded."""
    rows = page.eval_on_selector_all(
        PAIRS, "rows => rows.map(r => [r.dataset.pair, r.dataset.p, r.dataset.verdict])"
    )
    return {pair: (float(p), verdict) for pair, p, verdict in rows}


def differences(page: Any) -> str:
    """The note of what differs from the case."""
    return str(page.locator(".explore-differences").inner_text())
