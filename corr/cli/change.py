"""The command that compares the dates of a case or of tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from corr import many
from corr.cli.ends import end_with, say_beside, writing
from corr.cli.options import (
    FILE,
    Breasts,
    ExamsTable,
    Jobs,
    Out,
    Overrides,
    SpreadFactors,
    app,
    case_parameters,
    changed,
)


@app.command("change")
def change_of(
    path: Annotated[Path, typer.Argument(help=FILE)],
    out: Out,
    breasts: Breasts = None,
    exams: ExamsTable = None,
    jobs: Jobs = -1,
    spreads: SpreadFactors = "",
    change: Overrides = None,
) -> None:
    """Say what has changed from date to date; writes changes.csv."""
    from corr import change as compare

    constants = changed(change, spreads, case_parameters(path))
    found = compare(path, constants, breasts=breasts, exams=exams, jobs=jobs)
    say_beside(found.problems, found.untold)
    with writing(out):
        path = found.save(out)
    for said in found.sentences:
        typer.echo(said)
    typer.echo(f"{many(len(found.table), 'row')} in {path}")
    end_with(found.problems)
