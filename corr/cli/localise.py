"""Command on what films of a stereotactic localisation add."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from corr import many
from corr.cli.ends import writing
from corr.cli.options import (
    FILE,
    Breasts,
    ExamsTable,
    Out,
    Overrides,
    SpreadFactors,
    app,
    case_parameters,
    changed,
)


@app.command()
def localise(
    path: Annotated[Path, typer.Argument(help=FILE)],
    finding: Annotated[str, typer.Option(help="The target: id of a finding.")],
    out: Out,
    approach: Annotated[
        str, typer.Option(help="View from whose side films are taken: CC, FB, ML, LM, MLO, ...")
    ] = "CC",
    breasts: Breasts = None,
    exams_table: ExamsTable = None,
    spreads: SpreadFactors = "",
    change: Overrides = None,
) -> None:
    """Say what each film of a stereotactic localisation adds; writes films.csv."""
    from corr import judge
    from corr import localise as located

    p = changed(change, spreads, case_parameters(path))
    result = judge(path, p, breasts=breasts, exams=exams_table)
    found = located(result, finding, approach)
    with writing(out):
        typer.echo(f"{many(len(found.films), 'row')} in {found.save(out)}")
    typer.echo(found.sentence)
