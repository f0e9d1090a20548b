"""Commands that ask something of a case or of tables: where to look."""

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
def look(
    path: Annotated[Path, typer.Argument(help="Case file (YAML) or findings table.")],
    out: Out,
    exams: Annotated[
        str,
        typer.Option(
            help="Examinations asked about, comma separated: MG:CC, MG:MLO@50, MG:STEREO@15, "
            "CEM:CC, US, US:ABUS, MR, MR:SUPINE. Without, those that were done."
        ),
    ] = "",
    truth: Annotated[
        Path | None, typer.Option(help="CSV with finding_id, lesion_id: adds the column level.")
    ] = None,
    lesions: Annotated[
        bool, typer.Option("--lesions", help="Of lesions of the likeliest grouping, not findings.")
    ] = False,
    worksheets: Annotated[
        bool,
        typer.Option("--worksheets", help="Also a page for each ultrasound, HTML and PDF (A4)."),
    ] = False,
    breasts: Breasts = None,
    exams_table: Annotated[
        Path | None, typer.Option(help="Exams table: what was done, and how well.")
    ] = None,
    jobs: Jobs = -1,
    spreads: SpreadFactors = "",
    change: Overrides = None,
) -> None:
    """Say where examinations would report what others reported; writes regions.csv."""
    from corr import look as look_for

    asked = [exam.strip() for exam in exams.split(",") if exam.strip()]
    if exams and not asked:
        stop(f"--exams {exams!r}: names no examination, e.g. --exams MG:CC,US")
    found = look_for(
        path, asked, truth, changed(change, spreads, case_parameters(path)), breasts=breasts,
        exams_table=exams_table, of_lesions=lesions, jobs=jobs,
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
    if worksheets and not found.answers and len(found.regions):
        stop("--worksheets: too many breasts for a page each; give a case file")
    with writing(out):
        typer.echo(f"{len(found.regions)} rows in {found.save(out)}")
        for answer in found.answers if worksheets else ():
            if answer.of_ultrasound:
                _, page = answer.worksheet(out)
                typer.echo(f"worksheet: {page}")
