"""What stands above the explorer: which case and side, an empty case, undo, redo and reset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ipywidgets as w

from corr.anatomy.names import SIDE_NAMES
from corr.show.explorer.state import Explored, empty_case
from corr.show.explorer.widgets import Quiet, wrapped

EMPTY = "new"


@dataclass(frozen=True)
class Way:
    """One of the buttons: its picture, what it is for, and what it says when it is done."""

    icon: str
    words: str
    done: str


BUTTONS = {
    "undo": Way("undo", "take back the last step", "taken back"),
    "redo": Way("repeat", "do again what was taken back", "done again"),
    "reset": Way(
        "refresh", "everything as in the case; undo brings it back", "everything is as in the case"
    ),
}


class Head:
    """Case, side and buttons; each tells what was asked for and decides nothing."""

    def __init__(
        self,
        ids: list[str],
        quiet: Quiet,
        choose_case: Callable[[str], None],
        choose_side: Callable[[str], None],
        go: Callable[[str], None],
    ) -> None:
        self._ids, self._quiet = ids, quiet
        self._empty: set[str] = set()
        self.case = w.Dropdown(
            description="case", options=ids, style={"description_width": "40px"},
            layout=w.Layout(width="230px"),
        )  # fmt: skip
        self.case.observe(quiet.heard(choose_case), "value")
        self.side = w.ToggleButtons(layout=w.Layout(width="auto"), style={"button_width": "96px"})
        self.side.add_class("explore-side")
        self.side.observe(quiet.heard(choose_side), "value")
        narrow = {"layout": w.Layout(width="auto")}
        self.new = w.Button(
            description="empty case", icon="file-o", tooltip="begin without any finding", **narrow
        )
        self.new.on_click(lambda _: self._begin())
        self.buttons = {
            how: w.Button(description=how, icon=way.icon, tooltip=way.words, **narrow)
            for how, way in BUTTONS.items()
        }
        for how, button in self.buttons.items():
            button.on_click(lambda _, how=how: go(how))
        self.box = wrapped([self.case, self.new, self.side, *self.buttons.values()])

    def _begin(self) -> None:
        names = (EMPTY, *(f"{EMPTY}-{k}" for k in range(2, len(self._ids) + 3)))
        name = next(n for n in names if n not in self._ids)
        self._empty.add(name)
        self._ids.append(name)
        with self._quiet.showing():
            before, self.case.options = self.case.value, self._ids
            self.case.value = before
        self.case.value = name

    def empty(self, case_id: str) -> Explored | None:
        """An empty case, if that id was begun as one."""
        return Explored(empty_case(case_id)) if case_id in self._empty else None

    def show(self, explored: Explored) -> None:
        """Show which case and side are open."""
        if explored.case.case_id not in self.case.options:
            self.case.options = self._ids
        self.case.value = explored.case.case_id
        options = tuple((SIDE_NAMES[s], s) for s in explored.sides)
        if self.side.options != options:
            self.side.options = options
        self.side.value = explored.side

    def can(self, undo: bool, redo: bool) -> None:  # noqa: FBT001 - as `History.can` says it
        """Whether there is something to take back, and to do again."""
        self.buttons["undo"].disabled, self.buttons["redo"].disabled = not undo, not redo
