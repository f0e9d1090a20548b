"""Findings on or off, the sliders of the one chosen to be moved; adding and deleting.

Nothing is computed here: `corr.show.explorer.state.Explored` is told and shown.
"""

from __future__ import annotations

import ipywidgets as w

from corr.anatomy.clock import clock_text
from corr.exams.registry import EXAMS, exam_of
from corr.show.explorer.slider import Slider, decimals
from corr.show.explorer.state.cells import Place
from corr.show.explorer.state.explored import Explored
from corr.show.explorer.widgets import Changed, Quiet, close_all, wide
from corr.show.figures.parts.palette import Style

LIST_PX = 190
"""A longer list of findings scrolls, so that the picture stays beside it."""


class PlaceRow:
    """One place column of the chosen finding: whether it is stated, and a slider."""

    def __init__(self, explored: Explored, finding_id: str, place: Place, changed: Changed) -> None:
        self.explored, self.finding_id, self.place = explored, finding_id, place
        self._changed, self._quiet = changed, Quiet()
        words = " / ".join(place.ends) if any(place.ends) else place.words.removesuffix(", from")
        self.stated = w.Checkbox(
            description=words if place.unit == "h" else f"{words} ({place.unit})",
            indent=False, layout=w.Layout(width="190px", flex="0 0 auto"),
            tooltip="ticked: stated; not ticked: nothing is said of it",
        )  # fmt: skip
        self.slider = self._slider(self.stated.description)
        self.stated.observe(self._quiet.heard(self._state), "value")
        self.slider.observe(self._quiet.heard(self._move), "value")
        self.box = w.HBox([self.stated, self.slider])
        self.box.add_class("explore-place")
        self.show()

    def _slider(self, words: str) -> Slider:
        place = self.place
        look = {"label": words, "labelled": False, "decimals": decimals(place.step)}
        if place.column != "clock":
            start = min(max(0.0, place.low), place.high)
            ends = list(place.ends) if any(place.ends) else []
            return Slider(
                min=place.low, max=place.high, step=place.step, value=start, ends=ends, **look
            )
        finding = next(f for f in self.explored.written.findings if f.finding_id == self.finding_id)
        lo, hi = finding.clock_h or (0.0, 0.0)
        count = round((place.high - place.low) / place.step) + 1
        hours = {place.low + k * place.step for k in range(count)} | {lo or place.low}
        stops = [(h, clock_text((h, h + hi - lo))) for h in sorted(hours)]
        return Slider(stops=stops, value=6.0, **look)

    def _state(self, stated: bool) -> None:  # noqa: FBT001 - called by traitlets
        self._move(self.slider.value if stated else None)

    def _move(self, value: float | None) -> None:
        self.explored.place(self.finding_id, **{self.place.column: value})
        self._changed()

    def show(self) -> None:
        """Show the state."""
        value = self.explored.stated(self.finding_id, self.place.column)
        with self._quiet.showing():
            self.stated.value = value is not None
            if value is not None:
                hours = [h for h, _ in self.slider.stops]
                near = min(hours, key=lambda h: abs((h - value + 6) % 12 - 6), default=value)
                self.slider.value = (
                    near if hours else min(max(value, self.place.low), self.place.high)
                )


class FindingPanel:
    """Findings on or off, the sliders of the one chosen to be moved, a new one and none of it.

    Parameters
    ----------
    chosen : the finding to be moved at first, where there is one of that id
    """

    def __init__(
        self,
        explored: Explored,
        style: dict[str, Style],
        name: dict[str, str],
        changed: Changed,
        chosen: str | None = None,
    ) -> None:
        self.explored, self._changed, self._quiet = explored, changed, Quiet()
        ids = explored.finding_ids
        self.on = {i: self._switch(i, style[i], name[i]) for i in ids}
        here = [f for f in explored.written.findings if f.finding_id in ids]
        movable = [f for f in here if f.matched] or here
        options = [(name[f.finding_id], f.finding_id) for f in movable]
        first = next((f for f in movable if exam_of(f).place == "skin"), next(iter(movable), None))
        wanted = chosen in [i for _, i in options]
        self.chosen = w.Dropdown(
            description="move", options=options, layout=wide(),
            value=chosen if wanted else None if first is None else first.finding_id,
            style={"description_width": "45px"},
        )  # fmt: skip
        self.chosen.observe(self._quiet.heard(lambda _: self._rows()), "value")
        self.places = w.VBox()
        layout = w.Layout(max_height=f"{LIST_PX}px", overflow="auto", flex="0 0 auto")
        listed = w.VBox([w.HBox(list(pair)) for pair in self.on.values()], layout=layout)
        title = w.HTML("<b>Findings</b> (off: judged as if never reported)")
        self.box = w.VBox([title, listed, self.chosen, self.places, *self._new()])
        self.rows: dict[str, PlaceRow] = {}
        self._rows()

    def _switch(self, finding_id: str, style: Style, name: str) -> tuple[w.HTML, w.Checkbox]:
        dot = w.HTML(
            f'<span aria-hidden="true" style="color:{style.colour};font-size:18px">'
            "\N{BLACK CIRCLE}</span>"
        )
        words = name.replace("$", r"\$")  # a label is searched for formulas
        on = finding_id not in self.explored.off
        box = w.Checkbox(value=on, description=words, indent=False, layout=wide())
        box.add_class("explore-on")
        box.observe(self._quiet.heard(lambda on: self._turn(finding_id, on)), "value")
        return dot, box

    def _turn(self, finding_id: str, on: bool) -> None:  # noqa: FBT001 - called by traitlets
        self.explored.switch(finding_id, on=on)
        self._changed()

    # adding and deleting

    def _new(self) -> tuple[w.Widget, w.Widget]:
        """Where a finding is added and what it is; the buttons."""
        exams = self.explored.exams
        self.exam = w.Dropdown(
            description="new in", options=[(e.words, e) for e in exams], layout=wide(),
            style={"description_width": "45px"},
        )  # fmt: skip
        self.kind = w.Dropdown(
            description="a", layout=w.Layout(width="55%"), style={"description_width": "45px"}
        )
        self.exam.observe(self._quiet.heard(lambda _: self._kinds()), "value")
        self._kinds()
        button = {"layout": w.Layout(width="auto", flex="1 1 0")}
        self.add = w.Button(description="add", tooltip="add a finding to this exam", **button)
        self.delete = w.Button(
            description="delete", tooltip='take the finding beside "move" away', **button
        )
        self.add.on_click(lambda _: self._add())
        self.delete.on_click(lambda _: self._delete())
        self.delete.disabled = self.chosen.value is None
        return self.exam, w.HBox([self.kind, self.add, self.delete])

    def _kinds(self) -> None:
        """What the exam that is chosen calls its findings."""
        kinds = EXAMS[self.exam.value.modality].kinds
        self.kind.options = [(k.replace("_", " "), k) for k in kinds]
        self.kind.value = kinds[0]

    def _add(self) -> None:
        self.added = self.explored.add(self.exam.value, self.kind.value)
        self._changed()

    def _delete(self) -> None:
        self.explored.delete(self.chosen.value)
        self._changed()

    # showing

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
