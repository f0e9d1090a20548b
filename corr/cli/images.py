"""Commands on image files: what a folder holds, and findings out of the images of a case."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from corr.cli.ends import usable_file, usable_folder, writing
from corr.cli.options import Jobs, app
from corr.problems import InputError, explain


@app.command()
def images(
    folder: Annotated[Path, typer.Argument(help="Folder with images of any kind.")],
    out: Annotated[
        Path | None, typer.Option(help="Write the inventory as CSV here.", callback=usable_file)
    ] = None,
    jobs: Jobs = -1,
) -> None:
    """List what a folder holds: what is what, which exam, usable or why not.

    No patient identifiers are shown: patients and exams are numbered.
    """
    from corr.exchange.files import write_whole
    from corr.imaging.inventory.inventory import inventory, summary

    table = inventory(folder, workers=None if jobs < 0 else jobs, progress=True)
    typer.echo(summary(table))
    if out is not None:
        with writing(out):
            out.parent.mkdir(parents=True, exist_ok=True)
            write_whole(out, table.to_csv(index=False, lineterminator="\n"))
        typer.echo(f"\ninventory in {out}")
    if "yes" not in set(table["usable"]):
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
    picture of every image.
    """
    from corr.case.casefile import read_case
    from corr.case.tables import write_case_tables, write_problems
    from corr.show.images.case_images import said_text, write_pictures

    try:
        loaded = read_case(path)
    except InputError as error:
        if out is not None and not (out / "findings.csv").exists():  # keep an earlier run whole
            with writing(out):
                write_problems(error.problems, out)
        typer.echo(explain(error.problems), err=True)
        raise
    if loaded.images:
        typer.echo(said_text(loaded.images) + "\n")
    typer.echo(f"{len(loaded.rows)} findings, {len(loaded.images)} images")
    if loaded.problems:
        typer.echo("\n" + explain(loaded.problems))
    if out is not None:
        with writing(out):
            write_case_tables(loaded, out)
            pictures, breasts = out / "pictures", loaded.breasts
            drawn = write_pictures(loaded.images, pictures, breasts) if loaded.images else []
        typer.echo(f"\ntables{f' and {len(drawn)} pictures' if drawn else ''} in {out}")
