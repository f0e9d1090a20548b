"""What commands write to a terminal: nothing hidden, and a word while they work."""

from __future__ import annotations

import io

import pytest
from typer.testing import CliRunner

from corr.cli import app
from corr.cli.terminal import PATIENCE_S, Plain, Working


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_stream_for_the_terminal_keeps_bars_and_refuses_bytes():
    under = io.StringIO()
    plain = Plain(under)
    plain.write("\r 50%")
    plain.write("a\rb\x1b[2J\n")
    assert under.getvalue() == "\r 50%a\\rb\\x1b[2J\n"
    with pytest.raises(TypeError, match="bytes"):
        plain.write(b"x")  # type: ignore[arg-type]
    assert not hasattr(plain, "buffer")


def test_a_silent_command_says_that_it_works_until_it_says_something():
    screen = Terminal()
    working = Working(screen, "corr case")
    began_s = working._began
    working.look(began_s + PATIENCE_S / 2)
    assert screen.getvalue() == ""
    working.look(began_s + PATIENCE_S + 1.2)
    assert screen.getvalue() == "\r\x1b[Kcorr case: working, 4 s"
    Plain(screen, working).write("a finding\n")
    assert screen.getvalue().endswith("4 s\r\x1b[Ka finding\n")
    Plain(screen, working).write("another\n")
    assert screen.getvalue().endswith("finding\nanother\n")


def test_the_line_goes_with_the_command_and_never_reaches_a_file():
    screen = Terminal()
    with Working(screen, "corr case") as working:
        working.look(working._began + 2 * PATIENCE_S)
    assert screen.getvalue().endswith("6 s\r\x1b[K")
    working.look(working._began + 9 * PATIENCE_S)
    assert screen.getvalue().endswith("6 s\r\x1b[K")
    with Working(io.StringIO(), "corr case") as silent:
        assert not silent._shown


def test_shells_complete_commands_and_options():
    def offered(words: str) -> str:
        env = {"_CORR_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": "1"}
        return CliRunner().invoke(app, [], env=env, prog_name="corr").stdout

    assert {"case", "change"} <= set(offered("corr c").split())
