"""What a researcher does in JupyterLab, as functions that wait for conditions only."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PAIRS = ".explore-numbers tr[data-pair]"
CANVAS = ".explore-case .jupyter-matplotlib-canvas-div canvas"
FAILED = ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']"
TWIN_CELL = "for part in asked.shown"
READY_MS = 120_000
DRAWN = """
selector => {  // the last row of the picture has pixels
  const canvas = document.querySelector(selector);
  const row = canvas.getContext('2d').getImageData(0, canvas.height - 1, canvas.width, 1).data;
  return row.some(value => value > 0);
}
"""
DRAWN_PNG = """
import base64, io, numpy
from PIL import Image
canvas, drawn = explorer.board.canvas, io.BytesIO()
painted = numpy.asarray(canvas.buffer_rgba()).copy()
canvas.draw()
assert (painted == numpy.asarray(canvas.buffer_rgba())).all(), 'old lines on the canvas'
Image.fromarray(painted).save(drawn, format='png')
print(base64.b64encode(drawn.getvalue()).decode())
"""
PAINTED_PNG = """
import base64, io, numpy
from PIL import Image
drawn = io.BytesIO()
Image.fromarray(numpy.asarray(explorer.board.canvas.buffer_rgba()).copy()).save(drawn, format='png')
print(base64.b64encode(drawn.getvalue()).decode())
"""
SAME_PICTURE = """
async ([selector, png]) => {  // the canvas shows this picture, pixel for pixel
  const canvas = document.querySelector(selector);
  const image = new Image();
  image.src = 'data:image/png;base64,' + png;
  await image.decode();
  const other = new OffscreenCanvas(image.width, image.height).getContext('2d');
  other.drawImage(image, 0, 0);
  const size = [0, 0, image.width, image.height];
  const shown = canvas.getContext('2d').getImageData(...size).data;
  const want = other.getImageData(...size).data;
  return shown.every((value, i) => value === want[i]);
}
"""
WATCH = """
// when the numbers or the picture of the explorer last changed, in ms of the page's clock
window.shown = {numbers: [], picture: [], final: []};
const draw = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (...args) {
  if (this.canvas.isConnected && this.canvas.closest('.explore-case')) {
    window.shown.picture.push(performance.now());
  }
  return draw.apply(this, args);
};
"""


def write_notebook(lab: Any, name: str, lines: list[str]) -> str:
    """A notebook of one cell; its path for `Lab.page_url`."""
    cell: dict[str, object] = {
        "cell_type": "code", "id": "only", "metadata": {}, "execution_count": None, "outputs": [],
        "source": [f"{line}\n" for line in lines],
    }  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {
        "cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5
    }  # fmt: skip
    path = lab.folder / "notebooks" / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return f"notebooks/{name}"


def seen(page: Any, selector: str) -> NDArray[np.int64]:
    """Pixels ``(rows, columns, 3)`` of an element as they are on the screen."""
    png = page.locator(selector).first.screenshot()
    return np.asarray(Image.open(BytesIO(png)).convert("RGB")).astype(np.int64)


def until(
    page: Any, selector: str, true: Callable[[NDArray[np.int64]], bool], what: str
) -> NDArray[np.int64]:
    """Pixels of an element as soon as something is true of them."""
    end = time.monotonic() + READY_MS / 1000
    while time.monotonic() < end:
        pixels = seen(page, selector)
        if true(pixels):
            return pixels
    msg = f"{selector}: not seen within {READY_MS / 1000:.0f} s: {what}"
    raise AssertionError(msg)


def open_notebook(page: Any, url: str) -> None:
    """Open a notebook and wait for its kernel."""
    page.add_init_script(WATCH)
    page.goto(url)
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=READY_MS)
    page.get_by_text(re.compile(r"Python 3 .*\| Idle")).wait_for(timeout=READY_MS)


def run_all(page: Any) -> None:
    """Run > Run All Cells, until the explorer and its picture are there."""
    _run(page, "Run All Cells")
    wait_explorer(page)


def run_to_explorer(page: Any) -> None:
    """Select the cell below the explorer, Run > Run All Above Selected Cell."""
    page.locator(".jp-CodeCell").filter(has_text=TWIN_CELL).first.locator(".jp-InputPrompt").click()
    _run(page, "Run All Above Selected Cell")
    wait_explorer(page)


def _run(page: Any, how: str) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name=how, exact=True).click()


def wait_explorer(page: Any) -> None:
    """Until the explorer and its picture are there."""
    page.locator(f"{CANVAS}, {FAILED}").first.wait_for(state="attached", timeout=READY_MS)
    failed = page.locator(FAILED).all_inner_texts()
    assert not failed, failed
    page.locator(".explore-case").scroll_into_view_if_needed()
    page.wait_for_function(DRAWN, arg=CANVAS, timeout=READY_MS)
    wait_final(page)


def wait_final(page: Any) -> None:
    """Until the numbers are final: nothing is on their way any more."""
    page.wait_for_selector(
        ".explore-numbers .explore[data-stage='final']", state="attached", timeout=READY_MS
    )


def slider(page: Any, words: str) -> Any:
    """The slider whose name begins with these words."""
    name = re.compile(rf"^{re.escape(words)}")
    return page.locator(".explore-case").get_by_role("slider", name=name)


def numbers(page: Any) -> dict[str, tuple[float, str]]:
    """P(same) and verdict of every pair shown, unrounded."""
    rows = page.eval_on_selector_all(
        PAIRS, "rows => rows.map(r => [r.dataset.pair, r.dataset.p, r.dataset.verdict])"
    )
    return {pair: (float(p), verdict) for pair, p, verdict in rows}


def differences(page: Any) -> str:
    """The note of what differs from the case."""
    return str(page.locator(".explore-differences").inner_text())


def wait_difference(page: Any, words: str) -> None:
    """Until the note of differences holds these words and the numbers are final."""
    page.wait_for_function(
        "words => document.querySelector('.explore-differences')?.innerText.includes(words)",
        arg=words,
        timeout=READY_MS,
    )
    wait_final(page)


def button(page: Any, words: str) -> Any:
    """The button of these words; a browser counts its icon as a letter before them."""
    return page.get_by_role("button", name=re.compile(rf"^\W*{re.escape(words)}$"))


def reset(page: Any) -> None:
    """The case as written again.

    Where it is so already nothing would tell when the click was answered: what is pressed next
    could be answered before it, and be undone.
    """
    if "Nothing differs" not in differences(page):
        button(page, "reset").click()
        wait_difference(page, "Nothing differs")
    wait_final(page)


def drag(page: Any, start_px: Any, end_px: Any, *, height_px: float) -> None:
    """Drag on the canvas between two places of the figure (pixels, origin lower left)."""
    to = _on_screen(page, height_px)
    page.mouse.move(*to(start_px))
    page.mouse.down()
    page.mouse.move(*to(end_px), steps=8)
    page.mouse.up()


def _on_screen(page: Any, height_px: float) -> Callable[[Any], tuple[float, float]]:
    """From places of the figure (pixels, origin lower left) to those of the window."""
    canvas = page.locator(CANVAS).last
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()

    def to(px: Any) -> tuple[float, float]:
        return box["x"] + float(px[0]), box["y"] + height_px - float(px[1])

    return to


def times_ms(page: Any, words: str, key: str, count: int) -> dict[str, list[float]]:
    """From each of some keys on a slider until numbers and picture follow, and until all is final.

    Every key is pressed when the slider rests: the answer before is final.
    """
    handle = slider(page, words)
    handle.focus()
    return _timed(page, [lambda: handle.press(key)] * count, "keydown")


def drag_times_ms(page: Any, path_px: Any, *, height_px: float) -> dict[str, list[float]]:
    """The same of a ring that is dragged along places of the figure (as for `drag`), held.

    The first step is not timed.
    """
    to = _on_screen(page, height_px)
    page.mouse.move(*to(path_px[0]))
    page.mouse.down()
    moves = [lambda at=at: page.mouse.move(*to(at)) for at in path_px[1:]]
    _timed(page, moves[:1], "mousemove")  # what the mouse pointed at before is still being drawn
    times = _timed(page, moves[1:], "mousemove")
    page.mouse.up()
    return times


def _timed(page: Any, acts: Sequence[Callable[[], Any]], event: str) -> dict[str, list[float]]:
    page.evaluate(
        """() => {
          const box = document.querySelector('.explore-numbers');
          if (window.watching) window.watching.disconnect();
          window.watching = new MutationObserver(() => {
            window.shown.numbers.push(performance.now());
            const stage = box.querySelector('.explore');
            if (stage && stage.dataset.stage === 'final') {
              window.shown.final.push(performance.now());
            }
          });
          window.watching.observe(box, {childList: true, subtree: true});
        }"""
    )
    times: dict[str, list[float]] = {"numbers": [], "picture": [], "final": []}
    for act in acts:
        page.evaluate(
            """event => {
              window.shown = {numbers: [], picture: [], final: []};
              document.addEventListener(
                event, () => { window.shown.begun = performance.now(); },
                {once: true, capture: true});
            }""",
            event,
        )
        act()
        page.wait_for_function(
            "['numbers', 'picture', 'final'].every(what => window.shown[what].length !== 0)",
            timeout=READY_MS,
        )
        for name, values in times.items():
            values.append(page.evaluate(f"Math.min(...window.shown.{name}) - window.shown.begun"))
    return times


def in_kernel(lab: Any, code: str) -> str:
    """Printed output of some code in the one running kernel."""
    from jupyter_client.blocking.client import BlockingKernelClient

    (kernel,) = lab.api("kernels")
    client = BlockingKernelClient()
    client.load_connection_file(str(lab.runtime / f"kernel-{kernel['id']}.json"))
    client.start_channels()
    printed: list[str] = []
    try:
        client.wait_for_ready(timeout=READY_MS / 1000)
        client.execute_interactive(
            code,
            timeout=READY_MS / 1000,
            output_hook=lambda m: (
                printed.append(m["content"].get("text", m["content"].get("evalue", "")))
                if m["msg_type"] in ("stream", "error")
                else None
            ),
        )
    finally:
        client.stop_channels()
    return "".join(printed).strip()


def shut_down(page: Any) -> None:
    """Kernel > Shut Down Kernel."""
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Shut Down Kernel", exact=True).click()
    page.get_by_text(re.compile("No Kernel")).first.wait_for(timeout=READY_MS)
