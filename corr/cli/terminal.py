"""What commands write to the terminal: no control characters, no marks of writing direction.

Names and words of files are printed by many commands; a terminal obeys what is hidden in them.
Everything a command writes goes through `Plain`, so no command has to think of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, TextIO, TypeVar

import typer
from typer.core import TyperCommand
from typing_extensions import override

from corr import printable

Command = TypeVar("Command", bound=Callable[..., Any])

KEPT = "\n\t\N{NO-BREAK SPACE}"


class Plain:
    """A text stream that spells out control characters; a bar may begin a line anew."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text; a carriage return counts at its start only, where bars put it."""
        if not isinstance(text, str):
            msg = f"expected text, got {type(text).__name__}"
            raise TypeError(msg)
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
        out, err = Plain(sys.stdout), Plain(sys.stderr)
        with redirect_stdout(out), redirect_stderr(err):
            return super().invoke(ctx)


class App(typer.Typer):
    """The command line's app: every command is a `PlainCommand`."""

    @override
    def command(self, *args: Any, **others: Any) -> Callable[[Command], Command]:
        return super().command(*args, **{"cls": PlainCommand, **others})
