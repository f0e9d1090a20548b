"""The controls of the explorer: what a slider shows follows the state, what it is told goes there.

Nothing is computed here. While the state is being shown, widgets keep quiet (`Quiet`), so that
showing a value never states it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w

from corr.anatomy.clock import clock_text
from corr.exams.registry import exam_of
from corr.show.explorer.state.assumptions import ASSUMPTIONS, Assumption
from corr.show.explorer.state.cells import Place
from corr.show.explorer.state.explored import Explored
from corr.show.figures.parts.palette import Style

SAVE, REPLACE = "save as case file", "replace the file"
LABEL = {"description_width": "165px"}
Changed = Callable[[], None]


def readout(step: float) -> str:
    """Number format of a slider: as many decimals as its step has.

    >>> readout(1.0), readout(0.5), readout(0.05)
    ('.0f', '.1f', '.2f')
    """
    return f".{len(f'{step:g}'.partition('.')[2])}f"


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


def scrolled(box: Any) -> Any:
    """A widget that scrolls to the side where it is wider than its place."""
    box.layout.overflow = "auto"
    return box


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
            if not self._depth:
                act(change["new"])

        return observer


class PlaceRow:
    """One place column of the chosen finding: whether it is stated, and a slider."""

    def __init__(self, explored: Explored, finding_id: str, place: Place, changed: Changed) -> None:
        self.explored, self.finding_id, self.place = explored, finding_id, place
        self._changed, self._quiet = changed, Quiet()
        unit = f" ({place.unit})"
        self.stated = w.Checkbox(
            description="", indent=False, layout=w.Layout(width="24px"),
            tooltip=f"{place.words}: stated or not",
        )  # fmt: skip
        self.slider = self._slider(place.words + unit)
        self.stated.observe(self._quiet.heard(self._state), "value")
        self.slider.observe(self._quiet.heard(self._move), "value")
        self.box = w.HBox([self.stated, self.slider])
        self.show()

    def _slider(self, words: str) -> Any:
        place, layout = self.place, w.Layout(width="92%")
        if place.column != "clock":
            return w.FloatSlider(
                description=words, min=place.low, max=place.high, step=place.step,
                readout_format=readout(place.step), style=LABEL, layout=layout,
            )  # fmt: skip
        finding = next(f for f in self.explored.written.findings if f.finding_id == self.finding_id)
        lo, hi = finding.clock_h or (0.0, 0.0)
        count = round((place.high - place.low) / place.step) + 1
        hours = {place.low + k * place.step for k in range(count)} | {lo or place.low}
        options = [(clock_text((h, h + hi - lo)), h) for h in sorted(hours)]
        return w.SelectionSlider(
            description="clock", options=options, style=LABEL, layout=layout, value=6.0
        )

    def _state(self, stated: bool) -> None:  # noqa: FBT001 - called by traitlets
        value = self.slider.value if stated else None
        self.explored.place(self.finding_id, **{self.place.column: value})
        self._changed()

    def _move(self, value: float) -> None:
        self.explored.place(self.finding_id, **{self.place.column: value})
        self._changed()

    def show(self) -> None:
        """Show the state."""
        value = self.explored.stated(self.finding_id, self.place.column)
        with self._quiet.showing():
            self.stated.value = value is not None
            if value is not None:
                self._set(value)

    def _set(self, value: float) -> None:
        if isinstance(self.slider, w.SelectionSlider):
            hours = [h for _, h in self.slider.options]
            self.slider.value = min(hours, key=lambda h: abs((h - value + 6) % 12 - 6))
        else:
            self.slider.value = min(max(value, self.place.low), self.place.high)


class FindingPanel:
    """Findings on or off, and the sliders of the one chosen to be moved."""

    def __init__(
        self, explored: Explored, style: dict[str, Style], name: dict[str, str], changed: Changed
    ) -> None:
        self.explored, self._changed, self._quiet = explored, changed, Quiet()
        self.on = {i: self._switch(i, style[i], name[i]) for i in explored.finding_ids}
        movable = [f for f in explored.written.findings if f.matched] or explored.written.findings
        options = [(name[f.finding_id], f.finding_id) for f in movable]
        first = next((f for f in movable if exam_of(f).place == "skin"), next(iter(movable), None))
        self.chosen = w.Dropdown(
            description="move", options=options, layout=wide(),
            value=None if first is None else first.finding_id,
        )  # fmt: skip
        self.chosen.observe(self._quiet.heard(lambda _: self._rows()), "value")
        self.places = w.VBox()
        rows = [w.HBox(list(pair)) for pair in self.on.values()]
        title = w.HTML("<b>Findings</b> (off: judged as if never reported)")
        self.box = w.VBox([title, *rows, self.chosen, self.places])
        self.rows: dict[str, PlaceRow] = {}
        self._rows()

    def _switch(self, finding_id: str, style: Style, name: str) -> tuple[w.HTML, w.Checkbox]:
        dot = w.HTML(f'<span style="color:{style.colour};font-size:18px">\N{BLACK CIRCLE}</span>')
        words = name.replace("$", r"\$")  # a label is searched for formulas
        box = w.Checkbox(value=True, description=words, indent=False, layout=wide())
        box.add_class("explore-on")
        box.observe(self._quiet.heard(lambda on: self._turn(finding_id, on)), "value")
        return dot, box

    def _turn(self, finding_id: str, on: bool) -> None:  # noqa: FBT001 - called by traitlets
        self.explored.switch(finding_id, on=on)
        self._changed()

    def _rows(self) -> None:
        """Sliders of the chosen finding."""
        for row in self.rows.values():
            close_all(row.box)
        self.rows = {}
        finding_id = self.chosen.value
        if finding_id is not None:
            for place in self.explored.places(finding_id):
                row = PlaceRow(self.explored, finding_id, place, self._changed)
                self.rows[place.column] = row
        self.places.children = [row.box for row in self.rows.values()]

    def choose(self, finding_id: str) -> None:
        """Show the sliders of a finding, e.g. of one that is dragged."""
        if self.chosen.value != finding_id:
            self.chosen.value = finding_id

    def show(self) -> None:
        """Show the state."""
        with self._quiet.showing():
            for finding_id, (_, box) in self.on.items():
                box.value = finding_id not in self.explored.off
        for row in self.rows.values():
            row.show()


class AssumptionPanel:
    """Sliders of the assumptions that matter."""

    def __init__(self, explored: Explored, changed: Changed) -> None:
        self.explored, self._changed, self._quiet = explored, changed, Quiet()
        self.sliders = {name: self._slider(a) for name, a in ASSUMPTIONS.items()}
        title = w.HTML("<b>Assumptions</b> (x 1 = as in the table of constants)")
        self.box = w.VBox([title, *self.sliders.values()])
        self.show()

    def _slider(self, a: Assumption) -> w.FloatSlider:
        unit = f" ({a.unit})" if a.unit else ""
        slider = w.FloatSlider(
            description=a.words + unit, min=a.low, max=a.high, step=a.step,
            readout_format=readout(a.step), style={"description_width": "200px"}, layout=wide(),
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
        self.path.observe(lambda _: self._offer(None), "value")
        self.button.on_click(lambda _: self._save())
        self._offer(None)

    def _offer(self, name: str | None) -> None:
        """Let the next press replace the file of this name."""
        self._replace = name
        self.button.description = SAVE if name is None else REPLACE

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
