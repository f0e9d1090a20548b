"""Commands on one case: judge it, check it, make its page; the assumptions; the demonstration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from corr import InputError, explain, load_parameters
from corr.cli.ends import end_with, usable_folder, writing
from corr.cli.options import (
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
def case(
    path: Annotated[Path, typer.Argument(help="Case file, YAML.")],
    out: Annotated[
        Path | None, typer.Option(help="Also write the five tables here.", callback=usable_folder)
    ] = None,
    spreads: SpreadFactors = "",
    change: Overrides = None,
    strict: Strict = False,
) -> None:
    """Judge one case file and print every pair with its prior, band and verdict.

    Exit code 1: a finding was lost (with --strict: anything is wrong); 2: nothing could be used.
    """
    from corr import judge, read_case

    changed(change, spreads)  # a mistyped change is said before the images of the case are read
    try:
        loaded = read_case(path)
    except InputError as error:
        typer.echo(explain(error.problems), err=True)
        raise
    result = judge(loaded, changed(change, spreads, loaded.parameters))
    typer.echo(result.text)
    if result.all_problems:
        typer.echo("\n" + explain(result.all_problems))
    if out is not None:
        with writing(out):
            result.save(out)
        typer.echo(f"\ntables in {out}")
    if result.failed:
        raise typer.Exit(2)
    end_with(result.all_problems, strict=strict)


@app.command()
def validate(
    paths: Annotated[
        list[Path], typer.Argument(help=f"Case files (YAML) or findings tables: {TABLE}.")
    ],
    breasts: Breasts = None,
    exams: Exams = None,
    columns: Map = None,
    strict: Strict = False,
) -> None:
    """Explain each kind of problem: where, how often, what was allowed and how to fix it.

    Exit code 1: a finding is lost (with --strict: anything is wrong); 2: nothing can be used.
    """
    from corr import validate as check

    checked = [check(path, breasts, exams, columns) for path in paths]
    for found in checked:
        typer.echo(str(found))
    if not all(found.usable for found in checked):
        raise typer.Exit(2)
    end_with((p for found in checked for p in found.found), strict=strict)


@app.command()
def assumptions() -> None:
    """Print the table of constants: value, spread, unit, grade and source."""
    table = load_parameters().table.values()
    width = max(len(row.name) for row in table)
    for row in table:
        value = f"{row.value:g} +/- {row.spread:g} {row.unit}"
        typer.echo(f"{row.name:<{width}}  {value:<22} {row.grade:<9} {row.source}")


@app.command()
def demo(out: Out = Path("out/demo"), jobs: Jobs = -1) -> None:
    """Judge the seed case and a simulated cohort, make their pages and say where they are."""
    from corr import run_demo

    with writing(out):
        run_demo(out, jobs=jobs)
