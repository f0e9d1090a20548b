"""Commands on one case: judge it, check it, make its page; the assumptions; the demonstration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from corr import CorrError, InputError, counted, explain, load_parameters
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
    case_parameters,
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
def report(
    path: Annotated[Path, typer.Argument(help=f"Case file (YAML) or findings table: {TABLE}.")],
    out: Out,
    cases: Annotated[
        list[str] | None,
        typer.Option(
            help="Cases of a table, repeated or comma separated; without, the cohort's page."
        ),
    ] = None,
    breasts: Breasts = None,
    exams: Exams = None,
    columns: Map = None,
    exported: Annotated[
        Path | None, typer.Option(help="Folder of `corr export`: the page of a case lists it.")
    ] = None,
    spreads: SpreadFactors = "",
    change: Overrides = None,
) -> None:
    """Make the page of a case, of some cases of a table, or of the whole table.

    Each page is an executed notebook and an HTML file beside it that opens offline. Exit code 1:
    a finding was lost; 2: a page could not be made.
    """
    from corr import is_case_file, is_current, make_cohort_report, make_report
    from corr import validate as check

    given = (path, breasts, exams, columns)
    p = changed(change, spreads, case_parameters(path) if spreads else None)
    overrides = {name: p[name] for name in p.changed}
    if columns is not None and not is_case_file(path):
        path, breasts, exams = _in_our_columns(path, breasts, exams, columns, out)
    ids = _case_ids(path, cases or [], breasts, exams)
    failed = 0
    for case_id in ids or [None]:
        try:
            if case_id is None and not is_case_file(path):
                judged = is_current(out, (path, breasts, exams), p)
                if judged:
                    typer.echo(f"judged already: the tables in {out} are of these findings")
                _, page = make_cohort_report(
                    path, out_dir=out, breasts=breasts, exams=exams, overrides=overrides,
                    results=out if judged else None,
                )  # fmt: skip
            else:
                _, page = make_report(
                    path,
                    case_id=case_id,
                    overrides=overrides,
                    out_dir=out,
                    breasts=breasts,
                    exams=exams,
                    exported=exported,
                )
            typer.echo(f"page: {page}")
        except OSError as error:
            failed += 1
            where = f": {error.filename}" if error.filename else ""
            why = f"cannot be written ({error.strerror or error}{where})"
            typer.echo(f"corr: {case_id or path.name}: {why}", err=True)
        except CorrError as error:
            failed += 1
            typer.echo(f"corr: {_about(case_id or path.name, error)}", err=True)
    if failed:
        raise typer.Exit(2)
    asked = {None, "", *ids}
    found = [p for p in check(*given).found if not ids or p.case_id in asked]
    if any(p.lost for p in found):
        typer.echo(f"the input: {counted(found)}; `corr validate` explains them")
    end_with(found)


def _in_our_columns(
    path: Path, breasts: Path | None, exams: Path | None, columns: Path, out: Path
) -> tuple[Path, Path | None, Path | None]:
    """The tables as they were read, beside the pages that are made of them."""
    from corr import read_tables

    with writing(out):
        saved = read_tables(path, breasts, exams, columns).save(out / "as_read")
    typer.echo(f"tables in our columns: {out / 'as_read'}")
    return saved["findings"], saved.get("breasts"), saved.get("exams")


def _about(name: str, error: Exception) -> str:
    """What is wrong with what; many errors name their file themselves."""
    return str(error) if str(error).startswith(f"{name}: ") else f"{name}: {error}"


def _case_ids(
    path: Path, given: list[str], breasts: Path | None, exams: Path | None
) -> Sequence[str | None]:
    """The cases asked for; a comma separates two unless the table has an id that holds it."""
    known: set[str] = set()
    if any("," in cases for cases in given):
        from corr import read_tables

        known = set(read_tables(path, breasts, exams).case_ids)
    ids = [[cases] if cases in known else cases.split(",") for cases in given]
    return [case_id.strip() for some in ids for case_id in some if case_id.strip()]


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
