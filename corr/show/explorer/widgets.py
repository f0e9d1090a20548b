"""The controls of the explorer: what a slider shows follows the state, what it is told goes there.

Nothing is computed here. While the state is being shown, widgets keep quiet (`Quiet`), so that
showing a value never states it. The findings have a panel of their own (`finding_panel`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from threading import RLock
from typing import Any

import ipywidgets as w

from corr.show.explorer.slider import Slider, decimals
from corr.show.explorer.state.assumptions import ASSUMPTIONS, Assumption
from corr.show.explorer.state.explored import Explored

SAVE, REPLACE = "save as case file", "replace the file"
Changed = Callable[[], None]
OPENING = "explore-opening"
STYLE = """<style>
.explore-work {transition: visibility 0s linear 0.4s}
.explore-work.explore-opening {visibility: hidden; transition: none}
.explore-case .widget-inline-hbox, .explore-case .widget-hbox {margin: 0; overflow: visible}
.explore-case .widget-html, .explore-case .widget-html-content {line-height: 1.35; min-height: 0}
.explore-case .widget-checkbox {height: 22px; margin: 0}
.explore-case .explore-controls > .widget-box {flex: 0 0 auto}
.explore-case .explore-controls {align-self: flex-start}
.explore-place {align-items: center; height: 26px}
.explore-slider {display: flex; flex: 1 1 auto; align-items: center; height: 26px; min-width: 0;
  font-size: 13px; color: var(--jp-ui-font-color1)}
.explore-slider label {display: flex; flex: 1 1 auto; align-items: center; min-width: 0}
.explore-slider label span {flex: 0 0 190px}
.explore-slider input {flex: 1 1 60px; min-width: 60px; margin: 0 8px}
.explore-slider output {flex: 0 0 96px; white-space: nowrap; font-variant-numeric: tabular-nums}
.explore-case :focus-visible {outline: 2px solid #0072B2; outline-offset: 1px}
</style>"""
"""Rows that are near enough for controls and picture to stand on one screen. What is being opened
is hidden at once and shown a moment after it is there: by then the browser has its picture, too."""


def wide() -> w.Layout:
    """A layout of its own that fills the column."""
    return w.Layout(width="98%")


def column(least_px: int, *, most_px: int | None = None) -> w.Layout:
    """A column beside others where the window has room for ``least_px``, else below them."""
    most = "100%" if most_px is None else f"min(100%, {most_px}px)"
    return w.Layout(flex=f"1 1 {least_px}px", min_width="0", max_width=most)


def wrapped(children: list[Any]) -> w.HBox:
    """Widgets in a row, which goes on below where the window is too narrow."""
    return w.HBox(children, layout=w.Layout(flex_flow="row wrap"))


ONE_AT_A_TIME = RLock()
"""Held by who changes the state or shows it: JupyterLab may answer widgets in several threads, and
what is moved while another change is being shown waits for its turn."""


class Quiet:
    """While `showing`, changes of widgets come from the state and are not told to it."""

    def __init__(self) -> None:
        self._depth = 0

    @contextmanager
    def showing(self) -> Iterator[None]:
        """Show the state without an echo."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def heard(self, act: Callable[[Any], None]) -> Callable[[dict[str, Any]], None]:
        """An observer that passes on the new value, unless it came from the state."""

        def observer(change: dict[str, Any]) -> None:
            with ONE_AT_A_TIME:
                if not self._depth:
                    act(change["new"])

        return observer


class AssumptionPanel:
    """Sliders of the assumptions that matter."""

    def __init__(self, explored: Explored, changed: Changed) -> None:
        self.explored, self._changed, self._quiet = explored, changed, Quiet()
        self.sliders = {name: self._slider(a) for name, a in ASSUMPTIONS.items()}
        title = w.HTML("<b>Assumptions</b> (x 1 = as in the table of constants)")
        self.box = w.VBox([title, *self.sliders.values()])
        self.show()

    def _slider(self, a: Assumption) -> Slider:
        unit = f" ({a.unit})" if a.unit else ""
        slider = Slider(
            label=a.words + unit, min=a.low, max=a.high, step=a.step, decimals=decimals(a.step),
            value=self.explored.assumption(a.name),
        )  # fmt: skip
        slider.observe(self._quiet.heard(lambda value: self._assume(a.name, value)), "value")
        return slider

    def _assume(self, name: str, value: float) -> None:
        self.explored.assume(name, value)
        self._changed()

    def show(self) -> None:
        """Show the state."""
        with self._quiet.showing():
            for name, slider in self.sliders.items():
                slider.value = self.explored.assumption(name)


class SavePanel:
    """Name and button; ``status`` says where a file went, or why it did not.

    A file that is there is named and left alone; the button then offers to replace it, until the
    name is changed or the file is written.
    """

    def __init__(self, explored: Callable[[], Explored], status: w.HTML) -> None:
        self._explored, self._status = explored, status
        self.path = w.Text(description="file", layout=wide(), style={"description_width": "40px"})
        self.button = w.Button()
        self.where = w.HTML()
        self.rows = (w.HBox([self.button, self.where]), self.path)
        self.path.observe(lambda _: self._offer(None), "value")
        self.button.on_click(lambda _: self._save())
        self._offer(None)

    def _offer(self, name: str | None) -> None:
        """Let the next press replace the file of this name."""
        self._replace = name
        self.button.description = SAVE if name is None else REPLACE
        self.where.value = f"<small>in {escape(str(self._folder))}</small>"

    @property
    def _folder(self) -> Path:
        return Path(self.path.value.strip()).resolve().parent

    def _save(self) -> None:
        name = self.path.value.strip()
        replaces = name == self._replace
        try:
            path = self._explored().save(name, replace=replaces)
        except FileExistsError:
            self._offer(name)
            there = Path(name).resolve()
            self._say(
                f"not saved: {there.name} is already in {there.parent}; press "
                f'"{REPLACE}", or write another name'
            )
        except (OSError, ValueError) as error:
            self._say(f"not saved: {error}")
        else:
            self._offer(None)
            done = "replaced" if replaces else "saved as"
            self._say(f"{done} {path} in {path.resolve().parent}; judge it with: corr case {path}")

    def _say(self, words: str) -> None:
        self._status.value = message(words)


def plain_name(case_id: str) -> str:
    """A case id as part of a file name.

    >>> plain_name("a/b 7")
    'a_b_7'
    """
    return re.sub(r"[^\w.-]", "_", case_id).strip(".") or "case"


def close_all(box: Any) -> None:
    """Close a widget and all it holds: nothing is left in the kernel."""
    for child in getattr(box, "children", ()):
        close_all(child)
    for part in ("layout", "style"):
        if isinstance(getattr(box, part, None), w.Widget):
            getattr(box, part).close()
    box.close()


def message(words: str) -> str:
    """A line of text as HTML."""
    return f"<span role='status'>{escape(words)}</span>"
