"""Commands to begin with: a new case file, a columns file for others' tables, the explorer."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from corr.cli.ends import stop, usable_file, writing
from corr.cli.options import FILE, Breasts, Exams, app

_OUT = typer.Option(help="Write it here; printed without.", callback=usable_file)


@app.command()
def new(
    case: Annotated[str, typer.Argument(help="Id of the case, as A17.")],
    exams: Annotated[str, typer.Option(help="Examinations: some of MG,US,MR,CEM.")] = "MG,US,MR",
    breast: Annotated[str, typer.Option(help="L or R, of the example findings.")] = "R",
    out: Annotated[Path | None, _OUT] = None,
) -> None:
    """Write a case file with comments to be filled in; it validates and judges as it stands."""
    from corr import new_case

    _give(new_case(case, exams.split(","), breast), out)


@app.command("map")
def map_columns(
    table: Annotated[Path, typer.Argument(help="Findings table: CSV, .xlsx (#Sheet), Parquet.")],
    out: Annotated[Path | None, _OUT] = None,
    breasts: Breasts = None,
    exams: Exams = None,
) -> None:
    """Propose which columns and codes of a table are which of ours, with reasons.

    Lines with ? are open: write what is right, then give the file to other commands as --map.
    """
    from corr import propose_columns

    _give(propose_columns(table, breasts, exams), out)


@app.command()
def explore(
    path: Annotated[Path, typer.Argument(help=FILE)],
    case: Annotated[str | None, typer.Argument(help="Which case of a table.")] = None,
    finding: Annotated[str | None, typer.Option(help="The finding to be moved at first.")] = None,
    breasts: Breasts = None,
    exams: Exams = None,
    out: Annotated[Path | None, typer.Option(help="The notebook; explore.ipynb here.")] = None,
    opened: Annotated[
        bool, typer.Option("--open/--no-open", help="Open it in JupyterLab, or only write it.")
    ] = True,
) -> None:
    """Open a case in the explorer, at one finding: drag it, and every number follows.

    Writes a notebook of one cell, over an earlier one of this command only, and opens it in
    JupyterLab; there, Run > Run All Cells.
    """
    from corr import explorer_notebook

    out = Path("explore.ipynb") if out is None else out
    text = explorer_notebook(path, case, finding=finding, breasts=breasts, exams=exams)
    if out.exists() and "corr.explore(" not in out.read_text(encoding="utf-8", errors="replace"):
        stop(f"--out {out}: is there already; give another name, so that nothing is lost")
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    typer.echo(f"written to {out}; in JupyterLab: Run > Run All Cells")
    if not opened:
        return
    if find_spec("jupyterlab") is None:
        stop("JupyterLab is not installed: pip install jupyterlab, or use --no-open")
    root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    subprocess.run([sys.executable, "-m", "jupyterlab", str(out), *root], check=False)


def _give(text: str, out: Path | None) -> None:
    """Print a text, or write it to a file that is not there yet."""
    if out is None:
        typer.echo(text, nl=False)
        return
    if out.exists():
        stop(f"--out {out}: is there already; give another name, so that nothing is lost")
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    typer.echo(f"written to {out}")
