"""The command that writes results for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from corr import explain
from corr.cli.ends import end_with, writing
from corr.cli.options import (
    LEARN,
    TABLE,
    Breasts,
    Exams,
    Jobs,
    Map,
    Out,
    Overrides,
    SpreadFactors,
    Strict,
    app,
    changed,
)


@app.command()
def export(
    path: Annotated[Path, typer.Argument(help=f"Case file (YAML) or findings table: {TABLE}.")],
    out: Out,
    to: Annotated[
        list[str],
        typer.Option(help="slicer, dicom, fhir or tables; repeated or comma separated."),
    ],
    breasts: Breasts = None,
    exams: Exams = None,
    columns: Map = None,
    jobs: Jobs = -1,
    spreads: SpreadFactors = "",
    change: Overrides = None,
    strict: Strict = False,
) -> None:
    """Judge a case or a table and write files for other programs; nothing is written over.

    Each format gets a folder of its name; of a table each woman has her own in it, but for tables.
    Exit code 1: a finding was lost (with --strict: anything is wrong); 2: nothing was written.
    """
    from corr import Exported, is_case_file, judge, read_case

    asked, learn = ",".join(to), spreads == LEARN
    Exported.check(out, asked)
    changed(change, "" if learn else spreads)  # a mistyped change is said before images are read
    source = read_case(path) if is_case_file(path) else path
    own = {} if isinstance(source, Path) else source.parameters
    p = changed(change, "" if learn else spreads, own)
    result = judge(
        source,
        p,
        LEARN if learn else None,
        breasts=breasts,
        exams=exams,
        columns=columns,
        jobs=jobs,
        progress=True,
    )
    with writing(out):
        written = result.export(out, asked)
    typer.echo(str(written))
    found = (*result.all_problems, *written.problems)
    if found:
        typer.echo("\n" + explain(found))
    if result.failed and not written.paths:
        raise typer.Exit(2)
    end_with(found, strict=strict)
