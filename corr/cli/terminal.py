"""What commands write to the terminal: no control characters, and a word while they work.

Names and words of files are printed by many commands; a terminal obeys what is hidden in them.
Everything a command writes goes through `Plain`, so no command has to think of it. A command
that says nothing for `PATIENCE_S` says that it works, for how long (`Working`).
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from typing import Any, Self, TextIO, TypeVar

import typer
from typer.core import TyperCommand
from typing_extensions import override

from corr import printable

Command = TypeVar("Command", bound=Callable[..., Any])

KEPT = "\n\t\N{NO-BREAK SPACE}"


PATIENCE_S = 3.0


class Working:
    """A line on a terminal that says how long a command has worked, while it says nothing itself.

    Nothing is written where the stream is a file or a pipe. What a command writes (`quiet`)
    takes the line away first; a bar that stands still for long lends its line.
    """

    def __init__(self, stream: TextIO, name: str) -> None:
        self._stream, self._name = stream, name
        self._began = self._last = time.monotonic()
        self._shown = False
        self._lock = threading.Lock()
        self._over = threading.Event()

    def __enter__(self) -> Self:
        if self._stream.isatty():
            threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.quiet()

    def quiet(self) -> None:
        """Take the line away: something else is written now."""
        with self._lock:
            self._last = time.monotonic()
            if self._shown:
                self._stream.write("\r\x1b[K")
                self._stream.flush()
                self._shown = False

    def _watch(self) -> None:
        while not self._over.wait(1.0):
            self.look(time.monotonic())

    def look(self, now_s: float) -> None:
        """Show the line if nothing was written for long."""
        with self._lock:
            if now_s - self._last >= PATIENCE_S and not self._over.is_set():
                self._stream.write(f"\r\x1b[K{self._name}: working, {now_s - self._began:.0f} s")
                self._stream.flush()
                self._shown = True


class Plain:
    """A text stream that spells out control characters; a bar may begin a line anew."""

    def __init__(self, stream: TextIO, working: Working | None = None) -> None:
        self._stream, self._working = stream, working

    def write(self, text: str) -> int:
        """Write a text; a carriage return counts at its start only, where bars put it."""
        if not isinstance(text, str):
            msg = f"expected text, got {type(text).__name__}"
            raise TypeError(msg)
        if self._working is not None:
            self._working.quiet()
        anew = "\r" * text.startswith("\r")
        self._stream.write(anew + printable(text.removeprefix("\r"), KEPT))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        if name == "buffer":  # there is no way around
            raise AttributeError(name)
        return getattr(self._stream, name)


class PlainCommand(TyperCommand):
    """A command whose words reach the terminal through `Plain`."""

    @override
    def invoke(self, ctx: Any) -> Any:
        with ExitStack() as around:
            working = around.enter_context(Working(sys.stderr, f"corr {ctx.info_name}"))
            around.enter_context(redirect_stdout(Plain(sys.stdout, working)))
            around.enter_context(redirect_stderr(Plain(sys.stderr, working)))
            return super().invoke(ctx)


class App(typer.Typer):
    """The command line's app: every command is a `PlainCommand`."""

    @override
    def command(self, *args: Any, **others: Any) -> Callable[[Command], Command]:
        return super().command(*args, **{"cls": PlainCommand, **others})
