"""Command on what an examination that could be done next would tell."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

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


@app.command("next")
def next_exam(
    path: Annotated[Path, typer.Argument(help=FILE)],
    out: Out,
    pair: Annotated[str, typer.Option(help="Two findings, as A,B: are they the same lesion?")] = "",
    pairs: Annotated[
        Literal["undecided", "all"], typer.Option(help="Without --pair: which pairs.")
    ] = "undecided",
    exams: Annotated[
        str,
        typer.Option(
            help="Examinations, comma separated, in the order of the rows: US, US:TARGETED, MG:CC, "
            "MG:MLO@50, MG:CC-DBT, MG:STEREO@15, MR, MR:SUPINE, US:MARKER, ... Without: all."
        ),
    ] = "",
    breasts: Breasts = None,
    exams_table: BesideAsked = None,
    jobs: Jobs = -1,
    spreads: SpreadFactors = "",
    change: Overrides = None,
) -> None:
    """Say what examinations would tell of open pairs; not which is needed. Writes next.csv.

    With --pair also outcomes.csv: what each outcome of a procedure would make of the two.
    """
    from corr import judge, outcomes
    from corr import next_exam as asked_next

    asked = names_in("--exams", exams, "MG:CC,US")
    two = [name.strip() for name in pair.split(",") if name.strip()]
    if pair and len(two) != 2:
        stop(f"--pair {pair!r}: expected two findings, as --pair A,B")
    result = judge(
        path, changed(change, spreads, case_parameters(path)), breasts=breasts, exams=exams_table,
        jobs=jobs,
    )  # fmt: skip
    ids = (two[0], two[1]) if pair else None
    found = asked_next(result, ids, asked or None, pairs=pairs, jobs=jobs)
    say_beside(result.all_problems, found.refused)
    typer.echo(found.sentence)
    if ids is not None:
        procedures = outcomes(result, ids)
        typer.echo(procedures.sentence)
    with writing(out):
        typer.echo(f"{many(len(found.told), 'row')} in {found.save(out)}")
        if ids is not None:
            typer.echo(f"{many(len(procedures.table), 'row')} in {procedures.save(out)}")
