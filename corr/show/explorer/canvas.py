"""The picture of the explorer as an ipympl canvas whose findings can be dragged.

No pyplot: the figure belongs to its canvas and goes with it.
"""

from __future__ import annotations

import asyncio
import math
import struct
import time
import warnings
import zlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from ipympl.backend_nbagg import Canvas, FigureManager
from matplotlib.figure import Figure
from numpy.typing import NDArray

from corr.judgement.result import Judgement
from corr.show.explorer.scene import SIZE_IN, Scene
from corr.show.explorer.state.explored import Explored
from corr.show.explorer.view import Spot, View
from corr.show.explorer.widgets import close_all
from corr.show.figures.parts.picture import any_letters

NEAR_PX = 16.0
"""A press this near to a handle takes it."""
STILL_PX = 4.0
DPI = 92
PNG_HEAD = b"\x89PNG\r\n\x1a\n"
DEPTH_BITS, RGB = 8, 2
FASTEST = 1
Dragged = Callable[[str, Mapping[str, float | None]], None]
Pointed = Callable[[str, float, float], None]


class WholeFrames(Canvas):  # type: ignore[misc]
    """A canvas that sends whole pictures instead of what changed, drawn by one thread at a time.

    The browser drops a frame that is overtaken by the next one while it is being decoded; of a
    dropped change the old lines would stay on the screen.
    """

    _png_is_old: bool

    def __init__(self, figure: Figure, lock: AbstractContextManager[object]) -> None:
        super().__init__(figure)
        self._lock = lock
        self._drawn_for: tuple[float, ...] = ()
        self.syncing_data_url = False  # else every frame is encoded twice until a browser answers

    def draw(self) -> None:
        """Draw the whole figure, while nobody moves what is on it."""
        with self._lock, any_letters():
            super().draw()
            self._drawn_for = self._size_px

    @property
    def _size_px(self) -> tuple[float, ...]:
        return (*self.figure.bbox.size, self.figure.dpi)

    def handle_draw(self, event: object) -> None:
        """A browser asks for the picture: the painted one, if it was drawn in this size."""
        if self._drawn_for != self._size_px:
            self.draw()
            return
        with self._lock:
            self._png_is_old = True
            self.manager.refresh_all()

    def get_diff_image(self) -> bytes | None:
        """PNG of the canvas, None if it was sent already (overrides the WebAgg backend)."""
        if not self._png_is_old:
            return None
        self.set_image_mode("full")
        pixels = np.asarray(self.get_renderer().buffer_rgba())
        self._last_buff = pixels.view(np.uint32).squeeze(2).copy()
        self._force_full = self._png_is_old = False
        return png(pixels[..., :3])


class Board:
    """The one canvas of an explorer, with the scene of the breast that was opened last.

    A browser never lets go of the picture of a closed canvas, so every breast is drawn on this.
    ``dragged`` is told what a dragged handle states, ``dropped`` that it was let go, ``pointed``
    over which view (no name: none) and place (mm) the mouse is. Where handles lie on one another,
    the one of the ``preferred`` finding is taken; where none is near and that finding has none in
    the view, a press gives it a place. Mouse moves come faster than they can be judged: those that
    arrive while the last one was still being shown are skipped, and the last one is always reached.
    """

    def __init__(
        self,
        dragged: Dragged,
        preferred: Callable[[], str | None],
        lock: AbstractContextManager[object],
        *,
        dropped: Callable[[], None],
        pointed: Pointed,
    ) -> None:
        self._dragged, self._preferred = dragged, preferred
        self._dropped, self._pointed = dropped, pointed
        self.figure = Figure(figsize=SIZE_IN, dpi=DPI)
        self.canvas: Any = WholeFrames(self.figure, lock)
        with warnings.catch_warnings():  # ipympl's toolbar warns of its own arguments
            warnings.simplefilter("ignore", DeprecationWarning)
            FigureManager(self.canvas, 0)
        for part in ("header_visible", "footer_visible", "toolbar_visible", "resizable"):
            setattr(self.canvas, part, False)
        # known before the browser's canvas is made, or it starts too small and stays cut off
        self.canvas._size = tuple(int(v) for v in self.figure.bbox.size)
        self._held: tuple[View, str, Spot] | None = None
        self._put_px: tuple[float, float] | None = None  # where a handle was let go
        self._asked: tuple[Any, ...] | None = None  # what is to be called, and with what
        self._done: tuple[Any, ...] | None = None
        self._ready_s = 0.0
        self._later: asyncio.TimerHandle | None = None
        connect = self.canvas.mpl_connect
        connect("draw_event", lambda event: self.scene.keep_background(event))
        connect("button_press_event", self._press)
        connect("motion_notify_event", self._move)
        connect("button_release_event", self._release)
        connect("figure_leave_event", self._leave)

    def open(self, explored: Explored) -> None:
        """Draw the breast that is explored now, in place of the one before."""
        self._let_go()
        self.explored, self.scene = explored, Scene(explored, self.figure, animated=True)
        self.canvas._figure_label = self.scene.title
        # not only when the browser asks: its first words wait behind all cells that are queued
        self.canvas.draw()

    def show(self, judgement: Judgement) -> None:
        """Move the picture to another judgement of the same breast."""
        self.scene.show(judgement)
        self.scene.paint()

    def handle_px(self, view: str, finding_id: str) -> tuple[float, float]:
        """Where a handle is on the canvas, in pixels from its lower left corner."""
        shown = self.scene.views[view]
        x, y = np.asarray(shown.handles[finding_id].get_xydata())[0]
        px, py = shown.ax.transData.transform((x, y))
        return float(px), float(py)

    def _press(self, event: Any) -> None:
        found = [
            (self._distance(event, name, i), view, i)
            for name, view in self.scene.views.items()
            if event.inaxes is view.ax
            for i, handle in view.handles.items()
            if handle.get_visible()
        ]
        reach = NEAR_PX * self.canvas.device_pixel_ratio
        near = [f for f in found if f[0] <= reach]
        if near:
            _, view, finding_id = min(near, key=lambda f: (f[2] != self._preferred(), f[0]))
            self._hold(view, finding_id, view.spot(self.explored.finding(finding_id)))
        elif (wanted := self._preferred()) is not None and wanted not in self.explored.off:
            finding = self.explored.finding(wanted)
            for view in self.scene.views.values():
                if event.inaxes is view.ax and view.spot(finding) is None:
                    self._hold(view, wanted, view.new(finding))
                    self._move(event)

    def _hold(self, view: View, finding_id: str, spot: Spot | None) -> None:
        if spot is not None:
            self._held, self._asked, self._done = (view, finding_id, spot), None, None
            self.scene.cursor.hide()

    def _distance(self, event: Any, view: str, finding_id: str) -> float:
        x, y = self.handle_px(view, finding_id)
        return float(((event.x - x) ** 2 + (event.y - y) ** 2) ** 0.5)

    def _move(self, event: Any) -> None:
        if self._held is None:
            self._hover(event)
            return
        view, finding_id, spot = self._held
        self._ask(self._dragged, finding_id, spot.move(*self._mm(view, event)))

    def _hover(self, event: Any) -> None:
        if self._put_px is not None:  # what the drag states stays to be read until the mouse moves
            if math.dist(self._put_px, (event.x, event.y)) <= STILL_PX:
                return
            self._put_px = None
        for name, view in self.scene.views.items():
            if event.inaxes is view.ax:
                self._ask(self._pointed, name, *self._mm(view, event))
                return
        self._ask(self._pointed, "", 0.0, 0.0)

    def _leave(self, event: Any) -> None:
        if self._held is None:
            self._ask(self._pointed, "", 0.0, 0.0)

    @staticmethod
    def _mm(view: View, event: Any) -> tuple[float, float]:
        x, y = view.ax.transData.inverted().transform((event.x, event.y))
        return float(x), float(y)

    def _release(self, event: Any) -> None:
        if self._held is not None:
            self._move(event)
            self._do()
            self._held, self._put_px = None, (event.x, event.y)
            self._dropped()

    def _ask(self, *what: Any) -> None:
        """Call this, now or as soon as what was called last has been shown."""
        self._asked = what
        wait = self._ready_s - time.perf_counter()
        if wait <= 0:
            self._do()
        elif self._later is None:
            try:
                self._later = asyncio.get_running_loop().call_later(wait, self._do)
            except RuntimeError:  # no event loop: nothing else can come in between
                self._do()

    def _do(self) -> None:
        """Call what was asked for last, and rest for as long as that took."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if self._asked is None or self._asked == self._done:
            return
        self._done = self._asked
        begun = time.perf_counter()
        self._asked[0](*self._asked[1:])
        self._ready_s = 2 * time.perf_counter() - begun

    def _let_go(self) -> None:
        if self._later is not None:
            self._later.cancel()
        self._held = self._asked = self._done = self._later = None

    def close(self) -> None:
        """Close the canvas and let go of the figure."""
        self._let_go()
        self.figure.clear()
        close_all(self.canvas.manager.toolbar)
        close_all(self.canvas)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """PNG of pixels ``(rows, columns, 3)``, 0-255 each, in a few milliseconds.

    Lines are not filtered: half the time of an encoder that tries every filter.

    >>> png(np.zeros((2, 3, 3), np.uint8))[:8] == PNG_HEAD
    True
    """
    rows, columns = pixels.shape[:2]
    lines = np.zeros((rows, 1 + 3 * columns), np.uint8)  # each line begins with its filter, 0
    lines[:, 1:] = pixels.reshape(rows, -1)
    size = struct.pack(">IIBBBBB", columns, rows, DEPTH_BITS, RGB, 0, 0, 0)
    packed = zlib.compress(lines.tobytes(), FASTEST)
    return PNG_HEAD + _chunk(b"IHDR", size) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
