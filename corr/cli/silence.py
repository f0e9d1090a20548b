"""`corr silence`: what it means that an exam reports nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from corr import many
from corr.cli.ends import say_beside, writing
from corr.cli.options import (
    FILE,
    BesideAsked,
    Breasts,
    Jobs,
    Out,
    Overrides,
    SpreadFactors,
    app,
    case_parameters,
    changed,
    names_in,
)


@app.command()
def silence(
    path: Annotated[Path, typer.Argument(help=FILE)],
    out: Out,
    exams: Annotated[
        str,
        typer.Option(
            help="Exams asked about, comma separated: MG, US, US:ABUS, MR, MR:SUPINE, CEM, one "
            "film (MG:CC), or an exam of the case. Without, those that were done."
        ),
    ] = "",
    breasts: Breasts = None,
    exams_table: BesideAsked = None,
    jobs: Jobs = -1,
    spreads: SpreadFactors = "",
    change: Overrides = None,
) -> None:
    """Say what it means that an exam reports nothing; writes silence.csv and silence_adds.csv."""
    from corr import silence as silence_of

    asked = names_in("--exams", exams, "US,MR")
    found = silence_of(
        path, asked, changed(change, spreads, case_parameters(path)), breasts=breasts,
        exams_table=exams_table, jobs=jobs,
    )  # fmt: skip
    say_beside(found.problems, found.refused)
    for said in found.sentences:
        typer.echo(said)
    with writing(out):
        for file, table in zip(found.save(out), (found.table, found.adds), strict=True):
            typer.echo(f"{many(len(table), 'row')} in {file}")
