"""The case explorer: drag a finding or an assumption, and every belief and number follows.

State lives in `corr.show.explorer.state.Explored`; widgets only bind to it. A change is answered at
once: without its band, and with many findings provisionally. The whole judgement follows, beside
what else goes on, as soon as nothing moves for a moment. Every view has a static twin,
`Explorer.twin`, which needs no kernel.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import RLock

import ipywidgets as w

from corr.anatomy.names import SIDE_NAMES
from corr.case.casefile import Case
from corr.case.open import CaseTables, open_cases
from corr.problems import InputError
from corr.show.explorer.breast3d import view_3d
from corr.show.explorer.canvas import Board
from corr.show.explorer.mri import mri_view
from corr.show.explorer.numbers import differences_html, pairs_html
from corr.show.explorer.state import Explored
from corr.show.explorer.state.judging import FINAL, Answer
from corr.show.explorer.twin import twin
from corr.show.explorer.widgets import (
    AssumptionPanel,
    FindingPanel,
    Quiet,
    SavePanel,
    close_all,
    column,
    message,
    scrolled,
    wrapped,
)
from corr.show.figures.parts.palette import Picture, styles
from corr.show.wording import html
from corr.show.wording.text import names

IDLE_S = 0.25
"""The whole judgement is begun when nothing moved for so long."""
_open: list[Explorer] = []


class Explorer:
    """Widgets bound to one explored case; `show` displays them.

    Parameters
    ----------
    load : case id to the case, for cases that are not open yet
    ids : cases to choose from
    case_id : the first case to show
    """

    def __init__(self, load: Callable[[str], Explored], ids: list[str], case_id: str) -> None:
        self._load, self._ids, self._quiet = load, ids, Quiet()
        self.explored = load(case_id)
        self._moves = 0  # counts changes: an answer to an earlier one is not shown
        self._later: asyncio.Task[None] | None = None
        self._beside = ThreadPoolExecutor(1, "explorer")
        self._lock = RLock()  # JupyterLab answers widgets in a thread beside that of the cells
        self.seconds: list[float] = []
        self._head()
        self.numbers, self.differences, self.status = scrolled(w.HTML()), w.HTML(), w.HTML()
        self.numbers.add_class("explore-numbers")
        self.differences.add_class("explore-differences")
        self.status.add_class("explore-status")
        self._foot()
        self.controls, self.picture = w.VBox(layout=column(390, most_px=560)), scrolled(w.VBox())
        self.controls.add_class("explore-controls")
        right = w.VBox([self.picture, self.numbers], layout=column(660))
        self.box = w.VBox([self.head, wrapped([self.controls, right]), self.status])
        self.box.add_class("explore-case")
        self.board = Board(self._dragged, lambda: self.findings.chosen.value, self._lock)
        self._open_breast()

    # building

    def _head(self) -> None:
        self.case = w.Dropdown(
            description="case", options=self._ids, value=self.explored.case.case_id,
            style={"description_width": "40px"},
        )  # fmt: skip
        self.case.observe(self._quiet.heard(self._choose_case), "value")
        self.side = w.ToggleButtons(layout=w.Layout(width="auto"), style={"button_width": "100px"})
        self.side.add_class("explore-side")
        self.side.observe(self._quiet.heard(self._choose_side), "value")
        self.head = wrapped([self.case, w.Label("side"), self.side])

    def _foot(self) -> None:
        self.reset = w.Button(description="reset", tooltip="everything as in the case")
        self.reset.on_click(lambda _: self._reset())
        saving = SavePanel(lambda: self.explored, self.status)
        self.path, self.save = saving.path, saving.button
        self.buttons = w.HBox([self.reset, self.save])

    def _open_breast(self) -> None:
        """Panels and picture of the breast that is explored now."""
        explored = self.explored
        explored.as_written()  # whole, and first: everything below then has it
        self._style, self._name = styles(explored.written), names(explored.written)
        with self._quiet.showing():
            self.case.value = explored.case.case_id
            options = [(SIDE_NAMES[s], s) for s in explored.sides]
            if self.side.options != tuple(options):
                self.side.options = options
            self.side.value = explored.side
            self.path.value = f"{plain_name(explored.case.case_id)}-explored.yaml"
        if self.controls.children:
            self._close_breast()
        self.findings = FindingPanel(explored, self._style, self._name, self.changed)
        self.findings.chosen.observe(self._quiet.heard(lambda _: self.changed()), "value")
        self.assumptions = AssumptionPanel(explored, self.changed)
        self.board.open(explored)
        self.controls.children = [
            self.findings.box, self.assumptions.box, self.differences, self.buttons, self.path
        ]  # fmt: skip
        self.mri = mri_view(explored.case, explored.side)
        self.view3d = view_3d(self._style)
        shown = [] if self.mri is None else [self.mri.box]
        shown += [] if self.view3d is None else [self.view3d.box]
        self.picture.children = [self.board.canvas, *shown]
        self.changed()

    def _close_breast(self) -> None:
        """Close what belongs to one breast; the board is drawn anew."""
        self.controls.children, self.picture.children = [], [self.board.canvas]
        for panel in (self.findings, self.assumptions):
            close_all(panel.box)
        for view in (self.mri, self.view3d):
            if view is not None:
                view.close()

    # what happens

    def changed(self) -> None:
        """The state changed: answer at once, show everything, leave the whole for later."""
        with self._lock:
            begun = time.perf_counter()
            self._moves += 1
            answer = self.explored.at_once()
            self._show(answer)
            self.seconds.append(time.perf_counter() - begun)
            self._wait(answer)

    def _show(self, answer: Answer) -> None:
        self._show_numbers(answer)
        self.board.show(answer.judgement)
        if self.view3d is not None:
            self.view3d.follow(answer.judgement)
        self.findings.show()
        self.assumptions.show()
        self.differences.value = differences_html(self.explored.differences(), self._name)

    def _wait(self, answer: Answer) -> None:
        """`finish` when nothing moved for a moment; now where no event loop runs."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.finish()
            return
        self._later = loop.create_task(self._finish_later(self._moves))

    async def _finish_later(self, move: int) -> None:
        """The whole judgement in the thread beside, so that sliders go on answering."""
        await asyncio.sleep(IDLE_S)
        if move != self._moves:
            return
        finish = self.explored.to_finish()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._beside, lambda: finish() if move == self._moves else None)
        with self._lock:
            if move == self._moves:
                self.finish()

    def finish(self) -> None:
        """Show the whole judgement, and what is too slow to follow every move."""
        with self._lock:
            judgement = self.explored.judgement()
            self._show_numbers(Answer(judgement, FINAL))
            chosen = self.findings.chosen.value
            if self.mri is not None and chosen in judgement.beliefs:
                finding, colour = self.explored.finding(chosen), self._style[chosen].colour
                self.mri.follow(judgement, finding, colour)

    def _show_numbers(self, answer: Answer) -> None:
        written = self.explored.as_written()
        self.numbers.value = pairs_html(
            answer.judgement, written, self._style, self._name, stage=answer.stage
        )

    def _dragged(self, finding_id: str, values: Mapping[str, float | None]) -> None:
        self.findings.choose(finding_id)
        self.explored.place(finding_id, **values)
        self.changed()

    def _choose_case(self, case_id: str) -> None:
        try:
            self.explored = self._load(case_id)
        except (InputError, OSError, ValueError) as error:
            with self._quiet.showing():
                self.case.value = self.explored.case.case_id  # that is still on the board
            self.status.value = message(f"case {case_id} cannot be shown: {error}")
            return
        with self._lock:
            self._open_breast()

    def _choose_side(self, side: str) -> None:
        with self._lock:
            self.explored.choose(side)
            self._open_breast()

    def _reset(self) -> None:
        self.explored.reset()
        self.changed()
        self.status.value = message("everything is as in the case")

    # showing

    def show(self) -> None:
        """Display the widgets; they live as long as the kernel."""
        from IPython.display import display

        display(self.box)  # type: ignore[no-untyped-call]

    def twin(self) -> tuple[Picture, html.Snippet]:
        """What the explorer now shows, without widgets: its picture and its numbers."""
        return twin(self.explored)

    def close(self) -> None:
        """Close every widget and the figure: nothing is left in the kernel."""
        self._moves += 1
        self._beside.shutdown(wait=False)
        self._close_breast()
        self.board.close()
        foot = (self.buttons, self.path, self.differences)  # not in the box any more
        for widget in (*foot, self.box):
            close_all(widget)


def plain_name(case_id: str) -> str:
    """A case id as part of a file name.

    >>> plain_name("a/b 7")
    'a_b_7'
    """
    return re.sub(r"[^\w.-]", "_", case_id).strip(".") or "case"


def explore(
    source: str | Path | Case | CaseTables,
    case_id: str | None = None,
    *,
    breasts: str | Path | None = None,
    exams: str | Path | None = None,
    overrides: Mapping[str, float] | None = None,
) -> Explorer:
    """The explorer of a case or of the cases of tables; closes the one open before.

    Raises
    ------
    InputError
        If the case cannot be read.
    """
    opened = open_cases(source, breasts, exams)
    ids = [opened.case_id] if isinstance(opened, Case) else opened.case_ids

    def load(chosen: str) -> Explored:
        case = opened if isinstance(opened, Case) else opened.case(chosen)
        return Explored(case, overrides=overrides)

    while _open:
        _open.pop().close()
    first = ids[0] if isinstance(opened, Case) or case_id is None else case_id
    explorer = Explorer(load, ids, first)
    _open.append(explorer)
    return explorer
