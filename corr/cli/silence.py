"""`corr silence`: what it means that an exam reports nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from corr.cli.ends import stop, writing
from corr.cli.options import (
    Breasts,
    Jobs,
    Out,
    Overrides,
    SpreadFactors,
    app,
    case_parameters,
    changed,
)

MOST_SAID = 8


@app.command()
def silence(
    path: Annotated[Path, typer.Argument(help="Case file (YAML) or findings table.")],
    out: Out,
    exams: Annotated[
        str,
        typer.Option(
            help="Exams asked about, comma separated: MG, US, US:ABUS, MR, MR:SUPINE, CEM, one "
            "film (MG:CC), or an exam of the case. Without, those that were done."
        ),
    ] = "",
    breasts: Breasts = None,
    exams_table: Annotated[
        Path | None, typer.Option(help="Exams table: what was done, and how well.")
    ] = None,
    jobs: Jobs = -1,
    spreads: SpreadFactors = "",
    change: Overrides = None,
) -> None:
    """Say what it means that an exam reports nothing; writes silence.csv and silence_adds.csv."""
    from corr import silence as silence_of

    asked = [exam.strip() for exam in exams.split(",") if exam.strip()]
    if exams and not asked:
        stop(f"--exams {exams!r}: names no exam, e.g. --exams US,MR")
    found = silence_of(
        path, asked, changed(change, spreads, case_parameters(path)), breasts=breasts,
        exams_table=exams_table, jobs=jobs,
    )  # fmt: skip
    if found.problems:
        few = "problem" if len(found.problems) == 1 else "problems"
        typer.echo(
            f"{len(found.problems)} {few} of the input; `corr validate` explains each", err=True
        )
    for said in found.refused[:MOST_SAID]:
        typer.echo(f"not told: {said}", err=True)
    if (more := len(found.refused) - MOST_SAID) > 0:
        typer.echo(f"not told: {more} more", err=True)
    for said in found.sentences:
        typer.echo(said)
    with writing(out):
        for file, table in zip(found.save(out), (found.table, found.adds), strict=True):
            typer.echo(f"{len(table)} rows in {file}")
