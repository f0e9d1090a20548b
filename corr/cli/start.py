"""Commands to begin with: a new case, a columns file, the explorer, what is read of a report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from corr import CorrError
from corr.cli.ends import stop, usable_file, writing
from corr.cli.options import FILE, Breasts, Exams, app

_OUT = typer.Option(help="Write it here; printed without.", callback=usable_file)


@app.command()
def new(
    case: Annotated[str, typer.Argument(help="Id of the case, as A17.")],
    exams: Annotated[
        str, typer.Option(help="Examinations: some of MG,US,MR,CEM, or words for them.")
    ] = "MG,US,MR",
    breast: Annotated[
        str, typer.Option(help="L or R, left or right, of the example findings.")
    ] = "R",
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
        stop('JupyterLab is not installed: pip install "breast-corr[all]", or use --no-open')
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


@app.command()
def read(
    text: Annotated[str, typer.Argument(help="A report in English, or a text file with one.")],
    modality: Annotated[
        str | None, typer.Option(help="MG, US or MR: it decides between kinds of findings.")
    ] = None,
    breast: Annotated[
        str | None, typer.Option(help="L or R, assumed where the words name no side.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the same as JSON.")] = False,
) -> None:
    """Print what is read of a report: sentence by sentence, each value with its words.

    Exit 0 if it was read, 2 if it cannot be: no file, no English.
    """
    from corr import read_report

    try:
        report = read_report(_words(text), modality, breast)
    except CorrError as error:
        stop(f"--{error}")
    typer.echo(json.dumps(report.data, indent=1, ensure_ascii=False) if as_json else str(report))
    if report.why:
        raise typer.Exit(2)


def _words(text: str) -> str:
    """The words themselves, or those of the file that is named."""
    path = Path(text)
    try:
        is_file = path.is_file()
    except (OSError, ValueError):  # longer than any name
        is_file = False
    if not is_file:
        if path.suffix.lower() in (".txt", ".md") and len(text.split()) == 1:
            stop(f"{text}: no such file; name a text file, or give the words in quotes")
        return text
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        stop(f"{text}: cannot be read ({error.strerror})")
    except UnicodeDecodeError as error:
        stop(f"{text}: byte {error.start} is not UTF-8; save it as a plain text file in UTF-8")
