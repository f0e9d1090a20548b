"""The command line's app and what its commands share: options, and how they end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from corr import CorrError, Parameters, __version__, load_parameters, with_spreads
from corr.cli.ends import Orderly, stop, usable_folder
from corr.cli.terminal import App

LEARN = "learn"
"""Of ``--spreads``: take them from the table itself."""

app = App(
    cls=Orderly,
    help="Do these findings refer to the same lesion? Research use only; never advice.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _usable_jobs(jobs: int) -> int:
    """Refuse no workers at all."""
    if jobs == 0:
        stop("--jobs 0: expected a number of workers, e.g. 1 or 4, or -1 for one per core")
    return jobs


TABLE = "CSV, Excel (.xlsx, book.xlsx#Sheet) or Parquet"
Map = Annotated[
    Path | None,
    typer.Option("--map", help="Columns file: which columns are which, as `corr map` proposes it."),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Exit 1 for any problem, not only for lost findings.")
]
Breasts = Annotated[Path | None, typer.Option(help="Breasts table: exams done, shape.")]
Exams = Annotated[Path | None, typer.Option(help="Exams table: what was done, and how well.")]
ExamsTable = Annotated[
    Path | None,
    typer.Option("--exams-table", "--exams", help="Exams table: what was done, and how well."),
]
BesideAsked = Annotated[
    Path | None, typer.Option("--exams-table", help="Exams table: what was done, and how well.")
]
"""Of commands whose ``--exams`` are the examinations asked about."""
FILE = "Case file (YAML) or findings table."
Out = Annotated[Path, typer.Option("--out", help="Folder for the results.", callback=usable_folder)]
Jobs = Annotated[
    int, typer.Option(help="Worker processes, -1 = one per core.", callback=_usable_jobs)
]
PagesAtOnce = Annotated[
    int,
    typer.Option(help="Pages at a time with --where, -1 = one per core.", callback=_usable_jobs),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change one assumption, e.g. --set lesions_mean=1.5 (repeatable)."),
]
SpreadFactors = Annotated[
    str,
    typer.Option(
        "--spreads",
        help="Measurement spreads times a factor: MG=1.1,US=0.9,MR=1.2,size=1 or one for all, and "
        "systematic values, as film_mlo_lean_deg=21, as "
        "`corr spreads` learns them; where a table is judged, 'learn' takes them from it.",
    ),
]


def changed(
    changes: list[str] | None, spreads: str = "", case: Mapping[str, float] | None = None
) -> Parameters:
    """The table of constants, changed by a case, over that by ``--set``, then by ``--spreads``."""
    values = {}
    for change in changes or ():
        name, _, value = change.partition("=")
        try:
            values[name.strip()] = float(value)
        except ValueError:
            stop(f"--set {change!r}: expected name=number, e.g. --set lesions_mean=1.5")
    try:
        p = load_parameters(case).override(values)
    except CorrError as error:
        stop(f"--set: {error}")
    return with_spreads(p, spreads) if spreads else p


def names_in(option: str, written: str, example: str) -> list[str]:
    """Names that an option holds, comma separated; ends if it is given and names nothing."""
    found = [name.strip() for name in written.split(",") if name.strip()]
    if written and not found:
        stop(f"{option} {written!r}: names nothing, e.g. {option} {example}")
    return found


def case_parameters(path: Path) -> dict[str, float]:
    """Constants that a case file changes: factors on spreads multiply those."""
    from corr import is_case_file, read_case

    return read_case(path).parameters if is_case_file(path) else {}


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    """Do these findings refer to the same lesion? Research use only; never advice."""
    if version:
        typer.echo(f"breast-corr {__version__}, table of constants {load_parameters().version}")
        raise typer.Exit
