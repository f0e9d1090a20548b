"""Commands on tables of many cases: judge them, learn their spreads, score them."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from corr import InputError, Parameters, Problem, counted, explain
from corr.cli.ends import claim, end_with, holds_results, stop, usable_folder, writing
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

if TYPE_CHECKING:  # `corr --help` reads no tables
    from corr import CaseTables, Learned, RunRecord

JOURNAL = "judged.jsonl"
"""Breasts judged by a run that is not done; gone when the tables are there."""


def _changed(change: list[str] | None, spreads: str) -> Parameters:
    """The table of constants, as far as it is known before the findings are."""
    return changed(change, "" if spreads == LEARN else spreads)


def _learned(p: Parameters, tables: CaseTables, jobs: int = -1) -> Learned:
    """What the findings teach of the constants; says what was learned."""
    from corr import learn_spreads

    learned = learn_spreads(tables, p, jobs=jobs)
    typer.echo(str(learned))
    return learned


@app.command()
def judge(
    findings: Annotated[Path, typer.Argument(help=f"Findings table: {TABLE}.")],
    out: Out,
    breasts: Breasts = None,
    exams: Exams = None,
    columns: Map = None,
    jobs: Jobs = -1,
    shard: Annotated[str, typer.Option(help="Only part k of n, as k/n (job arrays).")] = "1/1",
    dask: Annotated[
        str, typer.Option(help="Address of a Dask scheduler whose workers judge, tcp://host:8786.")
    ] = "",
    scheduler_file: Annotated[
        Path | None, typer.Option(help="The same by the file that the scheduler wrote.")
    ] = None,
    spreads: SpreadFactors = "",
    change: Overrides = None,
    strict: Strict = False,
) -> None:
    """Judge every breast of a table; writes pairs, lesions, groupings, locations, problems.

    A run that was stopped goes on where it was when the same command is given again. Exit code 1:
    a finding was lost (or, with --strict, anything is wrong); 2: nothing could be used.
    """
    from corr import RunRecord, on_dask, part_of, read_tables

    p = _changed(change, spreads)
    try:
        tables = read_tables(findings, breasts, exams, columns)
    except InputError as error:
        _nothing_usable(error, out)
    mine = part_of(tables, shard)
    record = RunRecord(sys.argv[1:], (findings, breasts, exams, columns))
    with writing(out):
        claim(out, shard)
    if not mine.breasts:
        typer.echo(f"--shard {shard}: no breast of this table is in this part; empty tables")
    with on_dask(dask, scheduler_file) if dask or scheduler_file else nullcontext():
        if spreads == LEARN:
            p = _learned(p, tables, jobs).parameters
        problems = judge_all(mine, p, out, jobs, record)
    if problems:
        typer.echo(explain(problems) + "; each by itself in problems.csv")
    typer.echo(f"{len(mine.breasts)} breasts judged; results in {out}")
    end_with(problems, strict=strict)


def judge_all(
    tables: CaseTables, p: Parameters, out: Path, jobs: int, record: RunRecord
) -> tuple[Problem, ...]:
    """Write the tables of all breasts; what is judged outlives a run that is stopped."""
    from corr import Journal
    from corr import judge as judge_tables

    with writing(out), Journal(out / JOURNAL, p) as journal:
        if journal.damaged:
            typer.echo(f"{journal.damaged} damaged lines of {journal.path.name} are not used")
        if done := sum(journal.get(b) is not None for b in tables.breasts):
            all_breasts = len(tables.breasts)
            typer.echo(f"going on: {done} of {all_breasts} breasts were judged by an earlier run")
        try:
            result = judge_tables(tables, p, jobs=jobs, progress=True, journal=journal)
        except KeyboardInterrupt:
            typer.echo(
                f"stopped; what is judged is kept in {journal.path}: the same command goes on"
            )
            raise
        result.save(out)
        record.write(
            out, p, tables.breasts, result.all_problems, result.failed,
            before=done, damaged=journal.damaged,
        )  # fmt: skip
        journal.remove()
    return result.all_problems


@app.command()
def merge(
    parts: Annotated[list[Path], typer.Argument(help="Folders of `corr judge --shard k/n`.")],
    out: Out,
) -> None:
    """Put the parts of a job array together: the tables of the whole, byte for byte.

    Refused if a part is missing, there twice, not finished, or of another table or constants.
    """
    from corr import merge as merge_parts

    with writing(out):
        merge_parts(parts, out)
    typer.echo(f"{len(parts)} parts; results in {out}")


def _nothing_usable(error: InputError, out: Path) -> NoReturn:
    """End with why; tables say so too, unless that would cost the results of an earlier run."""
    from corr import write_tables

    if holds_results(out):
        stop(f"{error}; the earlier results in {out} are left as they are")
    with writing(out):
        write_tables([], error.problems, out)
    stop(str(error))


def _say_problems(tables: CaseTables) -> None:
    """Commands that write no problems.csv say how many there are, and where to read them."""
    if tables.problems:
        typer.echo(f"the input: {counted(tables.problems)}; `corr validate` explains them")


@app.command()
def spreads(
    findings: Annotated[Path, typer.Argument(help=f"Findings table: {TABLE}.")],
    breasts: Breasts = None,
    exams: Exams = None,
    columns: Map = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write residuals.csv and residuals.png here.", callback=usable_folder),
    ] = None,
    jobs: Jobs = -1,
    change: Overrides = None,
    strict: Strict = False,
) -> None:
    """Learn how far this table's findings say that constants are off; no truth is needed.

    Factors on measurement spreads, systematic parts (the lean of the oblique, shifts and scales
    between exams), and what exams state less what others let expect.
    """
    from corr import learn_spreads, read_tables

    p = changed(change)
    tables = read_tables(findings, breasts, exams, columns)
    _say_problems(tables)
    learned = learn_spreads(tables, p, jobs=jobs)
    typer.echo(learned.text)
    if out is not None:
        with writing(out):
            learned.save(out)
        typer.echo(f"residuals.csv and residuals.png in {out}")
    end_with(tables.problems, strict=strict)


@app.command()
def benchmark(
    findings: Annotated[Path, typer.Argument(help=f"Findings table: {TABLE}.")],
    truth: Annotated[Path, typer.Option(help="finding_id, lesion_id and optional positions.")],
    breasts: Breasts = None,
    exams: Exams = None,
    columns: Map = None,
    out: Annotated[
        Path | None, typer.Option(help="Write all scores here.", callback=usable_folder)
    ] = None,
    folds: Annotated[
        int, typer.Option(min=2, help="Folds by woman for fitted rules; many = leave one out.")
    ] = 10,
    speed: Annotated[bool, typer.Option("--speed", help="Also time every breast.")] = False,
    learned: Annotated[
        bool, typer.Option(help="Also judge with spreads learned from the table, without truth.")
    ] = True,
    spreads: SpreadFactors = "",
    change: Overrides = None,
    strict: Strict = False,
) -> None:
    """Score the judgement against a known truth, beside every simple rule."""
    from corr import benchmark as score
    from corr import read_tables

    p = _changed(change, spreads)
    tables = read_tables(findings, breasts, exams, columns)
    _say_problems(tables)
    taught = LEARN if spreads == LEARN else None
    result = score(tables, truth, p, taught, folds=folds, learned=learned)
    typer.echo(str(result))
    if out is not None:  # after the scores are shown: they are not lost if it fails
        with writing(out):
            result.save(out)
    if speed:
        typer.echo("\n" + result.speed())
    end_with(tables.problems, strict=strict)
