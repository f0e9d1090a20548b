"""The case explorer: drag a finding or an assumption, and every belief and number follows.

State lives in `corr.show.explorer.state.Explored`; widgets only bind to it. A change is answered at
once: without its band, and with many findings provisionally. The whole judgement follows, beside
what else goes on, as soon as nothing moves for a moment. Every view has a static twin,
`Explorer.twin`, which needs no kernel.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import ipywidgets as w

from corr.problems import InputError
from corr.show.explorer.breast3d import view_3d
from corr.show.explorer.canvas import Board
from corr.show.explorer.cursor import FACE
from corr.show.explorer.finding_panel import FindingPanel
from corr.show.explorer.head import BUTTONS, Head
from corr.show.explorer.mri import mri_view
from corr.show.explorer.numbers import differences_html, pairs_html
from corr.show.explorer.state import Explored
from corr.show.explorer.state.judging import FINAL, Answer
from corr.show.explorer.twin import twin
from corr.show.explorer.widgets import (
    ONE_AT_A_TIME,
    OPENING,
    STYLE,
    AssumptionPanel,
    Quiet,
    SavePanel,
    close_all,
    column,
    message,
    plain_name,
    wrapped,
)
from corr.show.figures.parts.palette import Picture, styles
from corr.show.wording import html
from corr.show.wording.text import names

IDLE_S = 0.25
"""The whole judgement is begun when nothing moved for so long."""
HINT = "Drag a ring, or move a slider. Point at a place to see where it lies on the other views."


class Explorer:
    """Widgets bound to one explored case; `show` displays them.

    Parameters
    ----------
    load : case id to the case, for cases that are not open yet
    ids : cases to choose from
    case_id : the first case to show
    finding : the finding to be moved at first
    """

    def __init__(
        self,
        load: Callable[[str], Explored],
        ids: list[str],
        case_id: str,
        finding: str | None = None,
    ) -> None:
        self._load, self._quiet = load, Quiet()
        self.explored = load(case_id)
        self._moves = 0  # an answer to an earlier change is not shown
        self._later: asyncio.Task[None] | None = None
        self._beside = ThreadPoolExecutor(1, "explorer")
        self._lock = ONE_AT_A_TIME
        self.seconds: list[float] = []  # that each change took
        self.cpu_seconds: list[float] = []  # of the processor, in this thread
        self.head = Head(ids, self._quiet, self._choose_case, self._choose_side, self._go)
        self.status = w.HTML(f"<span>{HINT}</span>", layout=w.Layout(height="36px"))
        self.status.add_class("explore-status")
        self.numbers, self.differences = w.HTML(), w.HTML()
        self.numbers.add_class("explore-numbers")
        self.differences.add_class("explore-differences")
        self.saving = SavePanel(lambda: self.explored, self.status)
        self.controls = w.VBox(layout=column(340, most_px=560))
        self.controls.add_class("explore-controls")
        self.picture = w.VBox(layout=w.Layout(flex="1 1 604px", max_width="100%", overflow="auto"))
        self.work = w.VBox([wrapped([self.controls, self.picture]), self.numbers])
        self.work.add_class("explore-work")
        self.box = w.VBox([w.HTML(STYLE), self.head.box, self.status, self.work])
        self.box.add_class("explore-case")
        self.board = Board(
            self._dragged, lambda: self.findings.chosen.value, self._lock,
            dropped=lambda: self.explored.history.settle(), pointed=self._pointed,
        )  # fmt: skip
        self._open_breast(finding)

    # building

    def _open_breast(self, finding: str | None = None) -> None:
        """Panels and picture of the breast that is explored now; shown when all of it is there."""
        explored = self.explored
        self.work.add_class(OPENING)
        explored.as_written()  # whole, and first: everything below then has it
        with self._quiet.showing():
            self.head.show(explored)
            self.saving.path.value = f"{plain_name(explored.case.case_id)}-explored.yaml"
        if self.controls.children:
            self._close_breast()
        self.assumptions = AssumptionPanel(explored, self.changed)
        self.mri = mri_view(explored.case, explored.side)
        self._fill(finding)
        self.changed()
        self.work.remove_class(OPENING)

    def _fill(self, finding: str | None) -> None:
        """Panel, picture and 3-D view of the findings there are now."""
        explored = self.explored
        self._style, self._name = styles(explored.written), names(explored.written)
        self._there = explored.finding_ids
        self.findings = FindingPanel(explored, self._style, self._name, self.changed, finding)
        self.findings.chosen.observe(self._quiet.heard(lambda _: self.changed()), "value")
        self.board.open(explored)
        self.controls.children = [
            self.findings.box, self.assumptions.box, self.differences, *self.saving.rows
        ]  # fmt: skip
        self.view3d = view_3d(self._style, self._name)
        views = [v.box for v in (self.mri, self.view3d) if v is not None]
        self.picture.children = [self.board.canvas, *views]

    def _close_findings(self) -> None:
        self.controls.children, self.picture.children = [], [self.board.canvas]
        close_all(self.findings.box)
        if self.view3d is not None:
            self.view3d.close()

    def _close_breast(self) -> None:
        """Close what belongs to one breast; the board is drawn anew."""
        self._close_findings()
        close_all(self.assumptions.box)
        if self.mri is not None:
            self.mri.close()

    # what happens

    def changed(self) -> None:
        """The state changed: answer at once, show everything, leave the whole for later."""
        with self._lock:
            begun, cpu = time.perf_counter(), time.thread_time()
            self._moves += 1
            if self.explored.finding_ids != self._there:
                new = set(self.explored.finding_ids) - set(self._there)
                chosen = min(new, default=self.findings.chosen.value)
                self._close_findings()
                self._fill(chosen)
            answer = self.explored.at_once()
            self._show(answer)
            self.seconds.append(time.perf_counter() - begun)
            self.cpu_seconds.append(time.thread_time() - cpu)
            self._wait(answer)

    def _show(self, answer: Answer) -> None:
        self._show_numbers(answer)
        self.board.show(answer.judgement)
        if self.view3d is not None:
            self.view3d.follow(answer.judgement)
        self.findings.show()
        self.assumptions.show()
        self.head.can(*self.explored.history.can)
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
                self.explored.history.settle()
                self.finish()

    def finish(self) -> None:
        """Show the whole judgement, and what is too slow to follow every move."""
        with self._lock:
            judgement = self.explored.judgement()
            self._show_numbers(Answer(judgement, FINAL))
            chosen = self.findings.chosen.value
            if self.mri is not None and chosen in judgement.beliefs:
                finding, colour = self.explored.finding(chosen), self._style[chosen].colour
                self.mri.follow(judgement, finding, colour, f"the {self._name[chosen]}")
                self.mri.mark(judgement.breast.findings, self._style, self._name)

    def _show_numbers(self, answer: Answer) -> None:
        written = self.explored.as_written()
        self.numbers.value = pairs_html(
            answer.judgement, written, self._style, self._name,
            stage=answer.stage, first=self.findings.chosen.value,
        )  # fmt: skip

    def _dragged(self, finding_id: str, values: Mapping[str, float | None]) -> None:
        self.findings.choose(finding_id)
        self.explored.place(finding_id, **values)
        now = self.explored.spoken(finding_id, values)
        more = (
            "" if values.get("fn_cm", 0.0) is not None else "; pull in or out to state a distance"
        )
        self.status.value = message(f"{self._name[finding_id]}: {now}{more}")
        self.changed()

    def _pointed(self, view: str, x_mm: float, y_mm: float) -> None:
        """The mouse is at a place of a view: show where that lies on the others."""
        with self._lock:
            scene = self.board.scene
            cursor = scene.cursor
            if view and cursor.point(view, x_mm, y_mm):
                words = cursor.words(view, x_mm, y_mm, scene.edges)
                place = scene.points[cursor.seen].mean(axis=0)
            elif cursor.hide():
                words, place = HINT, None
            else:
                return
            scene.paint()
            if self.mri is not None:
                self.mri.point(place)
                plane = "the planes through it" if view == FACE else "a point of it"
                words += "" if place is None else f"; on the MRI the lines cross at {plane}"
            self.status.value = f"<span>{words}</span>"

    def _choose_case(self, case_id: str) -> None:
        before = self.explored
        self.work.add_class(OPENING)  # never one woman's picture beside another's sliders
        self.status.value = message(f"opening {case_id}")
        try:
            self.explored = self.head.empty(case_id) or self._load(case_id)
        except (InputError, OSError, ValueError) as error:
            with self._quiet.showing():
                self.head.show(before)  # that is still on the board
            self.work.remove_class(OPENING)
            self.status.value = message(f"case {case_id} cannot be shown: {error}")
            return
        with self._lock:
            self._open_breast()
            self.status.value = message(f"{case_id} is open")

    def _choose_side(self, side: str) -> None:
        with self._lock:
            self.explored.choose(side)
            self._open_breast()

    def _go(self, how: str) -> None:
        """Undo, redo or reset, and say so."""
        with self._lock:
            getattr(self.explored, how)()
            self.changed()
            self.status.value = message(BUTTONS[how].done)

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
        for widget in (*self.saving.rows, self.differences, self.box):  # some are in no box now
            close_all(widget)
