"""Commands on image files: what a folder holds, and findings out of the images of a case."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from corr import InputError, explain, many
from corr.cli.ends import end_with, usable_folder, usable_table, writing
from corr.cli.options import Jobs, app


@app.command()
def images(
    folder: Annotated[Path, typer.Argument(help="Folder with images of any kind.")],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for inventory.csv, which says it of each file; or FILE.csv.",
            callback=usable_table,
        ),
    ] = None,
    jobs: Jobs = -1,
) -> None:
    """List what a folder holds: what is what, which exam, usable or why not.

    No patient identifiers are shown: patients and exams are numbered.
    """
    from corr import inventory

    found = inventory(folder, jobs=jobs, progress=True)
    typer.echo(str(found))
    if out is not None:
        with writing(out):
            typer.echo(f"\neach file by itself in {found.save(out)}")
    elif len(found.files):
        typer.echo("\nwhich file is which: --out FOLDER writes it to inventory.csv")
    if not found.usable:
        raise typer.Exit(2)


@app.command()
def findings(
    path: Annotated[Path, typer.Argument(help="Case file (YAML) that lists images.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Write findings.csv, breasts.csv, ... here.", callback=usable_folder),
    ] = None,
) -> None:
    """Turn the images and marks of a case into the findings table, and say what was read.

    Writes findings.csv, breasts.csv, exams.csv and problems.csv, which `corr judge` reads, and a
    picture of every image. Exit code 1: a finding was lost; 2: there is none.
    """
    from corr import read_case, read_text, save_case, write_problems

    try:
        loaded = read_case(path, empty=True)
    except InputError as error:
        if out is not None and not (out / "findings.csv").exists():  # keep an earlier run whole
            with writing(out):
                write_problems(error.problems, out)
        typer.echo(explain(error.problems), err=True)
        raise
    if loaded.images:
        typer.echo(read_text(loaded) + "\n")
    typer.echo(f"{many(len(loaded.rows), 'finding')}, {many(len(loaded.images), 'image')}")
    if loaded.problems:
        typer.echo("\n" + explain(loaded.problems))
    if out is not None:
        with writing(out):
            drawn = save_case(loaded, out)
        typer.echo(f"\ntables{f' and {len(drawn)} pictures' if drawn else ''} in {out}")
    if not loaded.rows:
        raise typer.Exit(2)  # its problems say so
    end_with(loaded.problems)
