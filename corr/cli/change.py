"""The command that compares the dates of a case or of tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from corr.cli.ends import end_with, writing
from corr.cli.options import (
    Breasts,
    Exams,
    Jobs,
    Out,
    Overrides,
    SpreadFactors,
    app,
    case_parameters,
    changed,
)

MOST_SAID = 8


@app.command("change")
def change_of(
    path: Annotated[Path, typer.Argument(help="Case file (YAML) or findings table.")],
    out: Out,
    breasts: Breasts = None,
    exams: Exams = None,
    jobs: Jobs = -1,
    spreads: SpreadFactors = "",
    change: Overrides = None,
) -> None:
    """Say what has changed from date to date; writes changes.csv."""
    from corr import change as compare

    constants = changed(change, spreads, case_parameters(path))
    found = compare(path, constants, breasts=breasts, exams=exams, jobs=jobs)
    if found.problems:
        few = "problem" if len(found.problems) == 1 else "problems"
        typer.echo(
            f"{len(found.problems)} {few} of the input; `corr validate` explains each", err=True
        )
    for said in found.untold[:MOST_SAID]:
        typer.echo(f"not told: {said}", err=True)
    if (more := len(found.untold) - MOST_SAID) > 0:
        typer.echo(f"not told: {more} more", err=True)
    with writing(out):
        path = found.save(out)
    for said in found.sentences:
        typer.echo(said)
    typer.echo(f"{len(found.table)} rows in {path}")
    end_with(found.problems)
