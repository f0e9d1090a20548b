"""`corr look`: where examinations would report what others reported."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from corr import many
from corr.cli.ends import say_beside, stop, writing
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
def look(
    path: Annotated[Path, typer.Argument(help=FILE)],
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
    exams_table: BesideAsked = None,
    jobs: Jobs = -1,
    spreads: SpreadFactors = "",
    change: Overrides = None,
) -> None:
    """Say where examinations would report what others reported; writes regions.csv."""
    from corr import look as look_for

    asked = names_in("--exams", exams, "MG:CC,US")
    found = look_for(
        path, asked, truth, changed(change, spreads, case_parameters(path)), breasts=breasts,
        exams_table=exams_table, of_lesions=lesions, jobs=jobs,
    )  # fmt: skip
    say_beside(found.problems, found.refused)
    if worksheets and not found.answers and len(found.regions):
        stop("--worksheets: too many breasts for a page each; give a case file")
    for said in found.sentences:
        typer.echo(said)
    with writing(out):
        typer.echo(f"{many(len(found.regions), 'row')} in {found.save(out)}")
        for answer in found.answers if worksheets else ():
            if answer.of_ultrasound:
                _, page = answer.worksheet(out)
                typer.echo(f"worksheet: {page}")
