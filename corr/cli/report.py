"""The command that makes pages: of a case, of cases of a table, of a whole table."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corr import CorrError, Parameters
from corr.cli.ends import claim, end_with, say_problems, stop, writing
from corr.cli.options import (
    TABLE,
    Breasts,
    Exams,
    Map,
    Out,
    Overrides,
    PagesAtOnce,
    SpreadFactors,
    app,
    case_parameters,
    changed,
)

if TYPE_CHECKING:
    from corr import CasePages

Files = tuple[Path, Path | None, Path | None]
"""Findings, breasts, exams."""
Given = tuple[Path, Path | None, Path | None, Path | None]
"""The same as the user gave them, and the columns file: what `corr judge` records."""


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
    where: Annotated[
        str,
        typer.Option(
            help="Cases of a table with a pair like that, as \"verdict == 'undecided'\": columns "
            "of pairs.csv and modality_a, modality_b, kind_a, kind_b, prior, findings, problems."
        ),
    ] = "",
    judged: Annotated[
        Path | None,
        typer.Option(help="Folder of `corr judge` for this table; without, --out or judged now."),
    ] = None,
    breasts: Breasts = None,
    exams: Exams = None,
    columns: Map = None,
    exported: Annotated[
        Path | None, typer.Option(help="Folder of `corr export`: the page of a case lists it.")
    ] = None,
    jobs: PagesAtOnce = -1,
    spreads: SpreadFactors = "",
    change: Overrides = None,
) -> None:
    """Make the page of a case, of some cases of a table, or of the whole table.

    Each page is an executed notebook and an HTML file beside it that opens offline; with --where
    they are made in parallel and index.html lists them. Exit code 1: a finding was lost; 2: a page
    could not be made.
    """
    from corr import is_case_file
    from corr import validate as check

    given: Given = (path, breasts, exams, columns)
    p = changed(change, spreads, case_parameters(path) if spreads else None)
    overrides = {name: p[name] for name in p.changed}
    if is_case_file(path) and (where or judged):
        stop("--where and --judged are for tables; a case file is one case")
    if where and cases:
        stop("--where and --cases: give one of them")
    files: Files = (path, breasts, exams)
    if columns is not None and not is_case_file(path):
        files = _in_our_columns(path, breasts, exams, columns, out)
    if where:
        made = _pages_where(files, given, where, out, judged, jobs, p)
        found = check(*given).found
        if made.failed:
            raise typer.Exit(2)
    else:
        ids = _case_ids(*files[:1], cases or [], *files[1:])
        whole = not (ids or is_case_file(path))
        results = _tables_of(given, out, judged, p) if whole else None
        _one_by_one(files, ids, out, results, overrides, exported)
        asked = {None, "", *ids}
        found = tuple(x for x in check(*given).found if not ids or x.case_id in asked)
    if any(x.lost for x in found):
        say_problems(found)
    end_with(found)


def _pages_where(
    files: Files,
    given: Given,
    where: str,
    out: Path,
    judged: Path | None,
    jobs: int,
    p: Parameters,
) -> CasePages:
    """Pages of all cases with a pair like that, in parallel, and their index."""
    from corr import check_where, make_case_pages

    check_where(where)
    results = _tables_of(given, out, judged, p) or _judged_now(given, out, jobs, p)
    findings, breasts, exams = files
    with writing(out):
        made = make_case_pages(
            findings, where, out_dir=out, breasts=breasts, exams=exams, judged=results,
            overrides={name: p[name] for name in p.changed}, jobs=jobs,
            done=lambda page: typer.echo(f"{page.case_id}: {page.outcome}"),
        )  # fmt: skip
    if not made.warm:
        typer.echo("every page had a kernel of its own: processes cannot be forked safely here")
    typer.echo(str(made))
    typer.echo(f"index: {made.index}")
    return made


def _tables_of(given: Given, out: Path, judged: Path | None, p: Parameters) -> Path | None:
    """Folder of the tables that these files and constants gave; None if there are none."""
    from corr import is_current

    if judged is not None:
        if not is_current(judged, given, p):
            stop(
                f"--judged {judged}: its tables are not of these findings, constants and version; "
                "run `corr judge` again, or leave --judged out"
            )
        return judged
    if not is_current(out, given, p):
        return None
    typer.echo(f"judged already: the tables in {out} are of these findings")
    return out


def _judged_now(given: Given, out: Path, jobs: int, p: Parameters) -> Path:
    """As `corr judge` does, with its record and problems, so that the next run need not."""
    from corr import RunRecord, read_tables
    from corr.cli.tables import judge_all

    record = RunRecord(sys.argv[1:], given)
    tables = read_tables(*given)
    record.check_unchanged()
    with writing(out):
        claim(out, "1/1")
    judge_all(tables, p, out, jobs, record)
    return out


def _one_by_one(
    files: Files,
    ids: Sequence[str | None],
    out: Path,
    results: Path | None,
    overrides: Mapping[str, float],
    exported: Path | None,
) -> None:
    """The page of a case file or of the whole table, or of cases that are named."""
    from corr import is_case_file, make_cohort_report, make_report

    path, breasts, exams = files
    failed = 0
    for case_id in ids or [None]:
        try:
            if case_id is None and not is_case_file(path):
                _, page = make_cohort_report(
                    path, out_dir=out, breasts=breasts, exams=exams, overrides=overrides,
                    results=results, pages=out,
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
