"""Commands on tables of many cases: judge them, learn their spreads, score them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from corr import InputError, Parameters, Problem, explain, many
from corr.cli.ends import claim, end_with, holds_results, say_problems, stop, usable_folder, writing
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
    from corr import CaseTables, Journal, Learned, RunRecord, Streamed

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
    from corr import RunRecord, may_be_large, on_dask, part_of, read_tables

    p = _changed(change, spreads)
    files = (findings, breasts, exams, columns)
    record = RunRecord(sys.argv[1:], files)
    cluster = on_dask(dask, scheduler_file) if dask or scheduler_file else nullcontext()
    try:
        if large := may_be_large(findings):
            if spreads == LEARN:
                p = _learned(p, read_tables(*files), jobs).parameters
            with cluster:
                done = _judge_large(files, p, out, jobs, shard, record)
            if done is not None:
                _say_judged(done.counts["breasts"], done.first, done.actions.total(), out)
                end_with(done.first, strict=strict, lost=done.lost)
                return
        tables = read_tables(*files)
    except InputError as error:
        _nothing_usable(error, out)
    record.check_unchanged()
    mine = part_of(tables, shard)
    with writing(out):
        claim(out, shard)
    if not mine.breasts:
        typer.echo(f"--shard {shard}: no breast of this table is in this part; empty tables")
    with cluster:
        if spreads == LEARN and not large:
            p = _learned(p, tables, jobs).parameters
        problems = judge_all(mine, p, out, jobs, record)
    _say_judged(len(mine.breasts), problems, len(problems), out)
    end_with(problems, strict=strict)


def _say_judged(breasts: int, problems: Sequence[Problem], of: int, out: Path) -> None:
    """What is wrong, all of it or the first of very many, and where the results are."""
    if problems:
        first = f"; these are the first {len(problems)} of {of}" if len(problems) < of else ""
        where = "problems.parquet" if first else "problems.csv"
        typer.echo(explain(problems) + f"{first}; each by itself in {where}")
    typer.echo(f"{many(breasts, 'breast')} judged; results in {out}")


def _judge_large(
    files: tuple[Path, Path | None, Path | None, Path | None],
    p: Parameters,
    out: Path,
    jobs: int,
    shard: str,
    record: RunRecord,
) -> Streamed | None:
    """As `judge_all`, part by part; None where the table is not so large after all."""
    from corr import judge_large

    findings, breasts, exams, columns = files
    with writing(out):
        claim(out, shard)
    with _resumable(out, p) as journal:
        done = judge_large(
            findings, out, p, breasts=breasts, exams=exams, columns=columns, shard=shard,
            jobs=jobs, progress=True, journal=journal, record=record,
        )  # fmt: skip
        if done is not None:
            record.write_counted(
                out, p, done.counts, done.actions, done.failed, damaged=journal.damaged
            )
            journal.remove()
    return done


@contextmanager
def _resumable(out: Path, p: Parameters) -> Iterator[Journal]:
    """A journal beside the results; however the run ends, it says what is kept."""
    from corr import Journal

    path = out / JOURNAL
    try:
        with Journal(path, p) as journal:
            if journal.damaged:
                typer.echo(f"not used: {many(journal.damaged, 'damaged line')} of {path.name}")
            yield journal
    except KeyboardInterrupt:
        typer.echo(f"stopped; what is judged is kept in {path}: the same command goes on")
        raise
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        why = f"--out {out}: cannot be written ({error.strerror or error}{where})"
        kept = f"; what is judged is kept in {path}: when it can, the same command goes on"
        stop(why + (kept if path.exists() and path.stat().st_size > 1 else ""))


def judge_all(
    tables: CaseTables, p: Parameters, out: Path, jobs: int, record: RunRecord
) -> tuple[Problem, ...]:
    """Write the tables of all breasts; what is judged outlives a run that is stopped."""
    from corr import judge as judge_tables

    with _resumable(out, p) as journal:
        if done := sum(journal.holds(b) for b in tables.breasts):
            of = many(len(tables.breasts), "breast")
            typer.echo(f"going on: {done} of {of} judged by an earlier run")
        result = judge_tables(tables, p, jobs=jobs, progress=True, journal=journal)
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
    typer.echo(f"{many(len(parts), 'part')}; results in {out}")


def _nothing_usable(error: InputError, out: Path) -> NoReturn:
    """End with why; tables say so too, unless that would cost the results of an earlier run."""
    from corr import write_tables

    if holds_results(out):
        stop(f"{error}; the earlier results in {out} are left as they are")
    with writing(out):
        write_tables([], error.problems, out)
    stop(str(error))


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
    say_problems(tables.problems)
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
    say_problems(tables.problems)
    taught = LEARN if spreads == LEARN else None
    result = score(tables, truth, p, taught, folds=folds, learned=learned)
    typer.echo(str(result))
    if out is not None:  # after the scores are shown: they are not lost if it fails
        with writing(out):
            result.save(out)
    if speed:
        typer.echo("\n" + result.speed())
    end_with(tables.problems, strict=strict)
