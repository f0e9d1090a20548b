"""How commands end, and the folders they write to: usable, and never another run's results."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from corr import CorrError, Problem, counted, printable

MOST_SAID = 8
SHARD = "shard.txt"
"""Which part of a table a folder holds, so that no other part replaces it."""


def stop(message: str) -> NoReturn:
    """End with one line that says why, exit code 2."""
    typer.echo(f"corr: {printable(message)}", err=True)  # options are read before a command runs
    raise typer.Exit(2)


def usable_folder(out: Path | None) -> Path | None:
    """Refuse a folder nothing can be written to before anything is computed for it."""
    if out is None:
        return None
    here = next((p for p in (out, *out.absolute().parents) if os.path.lexists(p)), out)
    if not here.is_dir():
        stop(f"--out {out}: {here} is a file; give a folder, which is made if need be")
    if not os.access(here, os.W_OK | os.X_OK):
        stop(f"--out {out}: no permission to write in {here}; give a folder of your own")
    return out


def usable_file(out: Path | None) -> Path | None:
    """As `usable_folder`, for one file to be written."""
    if out is not None:
        if out.is_dir():
            stop(f"--out {out}: this is a folder; give the name of a file in it")
        usable_folder(out.absolute().parent)
    return out


def usable_table(out: Path | None) -> Path | None:
    """The inventory in a folder, as other commands have their tables; or a CSV file."""
    if out is None or out.suffix.lower() == ".csv":
        return usable_file(out)
    usable_folder(out)
    return usable_file(out / "inventory.csv")


def end_with(problems: Iterable[Problem], *, strict: bool = False, lost: bool = False) -> None:
    """Exit code 1 where a finding was lost, or, if asked so, where anything is wrong."""
    if lost or any(p.lost or (strict and p.action != "noted") for p in problems):
        raise typer.Exit(1)


ENDED = "ended by SIGTERM"


def _ended(*_: object) -> NoReturn:
    """SIGTERM, as a scheduler or a shutdown sends it, ends a command as Ctrl-C does."""
    raise KeyboardInterrupt(ENDED)


def say_problems(problems: Sequence[Problem], *, err: bool = False) -> None:
    """Of commands that write no problems.csv: how many there are, and where to read them."""
    if problems:
        typer.echo(f"the input: {counted(problems)}; `corr validate` explains them", err=err)


def say_beside(problems: Sequence[Problem], untold: Sequence[str]) -> None:
    """How many problems the input has, and what was asked about and cannot be told."""
    say_problems(problems, err=True)
    for said in untold[:MOST_SAID]:
        typer.echo(f"not told: {said}", err=True)
    if (more := len(untold) - MOST_SAID) > 0:
        typer.echo(f"not told: {more} more", err=True)


class Orderly(TyperGroup):
    """Commands that end with one line, exit code 2, where their input or a disk lets them down."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what corr refuses, or fails of a disk or terminal, is one line."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, _ended)
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as end:
            if ENDED not in end.args:
                raise
            raise typer.Exit(128 + signal.SIGTERM) from None
        except BrokenPipeError:  # `corr ... | head`
            raise
        except CorrError as error:
            stop(str(error))
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            stop(f"{where}{error.strerror or error}")


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """End with one line if the results cannot be written after all."""
    try:
        yield
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        stop(f"--out {out}: cannot be written ({error.strerror or error}{where})")


def holds_results(out: Path) -> bool:
    """True if some run of ``corr judge`` has left tables with rows here; headers are no loss."""
    from corr import HEADERS

    tables = [out / name for name in HEADERS if name != "problems"]
    return any(_has_rows(t.with_suffix(".csv")) or t.with_suffix(".parquet").is_dir()
               for t in tables)  # fmt: skip


def _has_rows(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return len(list(islice(file, 2))) > 1
    except OSError:
        return False


def claim(out: Path, shard: str) -> None:
    """Mark a folder as that of one shard before judging; end if it is another's."""
    part = "/".join(str(int(x)) for x in shard.split("/"))
    marker = out / SHARD
    out.mkdir(parents=True, exist_ok=True)
    whole = part == "1/1"
    try:
        there = marker.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        there = "1/1" if whole or holds_results(out) else part
    if there != part:
        which = "a whole table" if there == "1/1" else f"shard {there}"
        stop(f"--out {out}: this folder holds the results of {which}; give every shard its own")
    if whole or marker.exists():
        return
    try:  # shards that start at the same time: the first has the folder
        with marker.open("x", encoding="utf-8") as file:
            file.write(f"{part}\n")
    except FileExistsError:
        claim(out, shard)
