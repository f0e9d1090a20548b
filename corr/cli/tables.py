"""Commands on tables of many cases: judge them, learn their spreads, score them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from corr.cli.ends import claim, holds_results, stop, usable_folder, writing
from corr.cli.options import Breasts, Exams, Jobs, Out, Overrides, SpreadFactors, app, changed
from corr.parameters import Parameters
from corr.problems import InputError, Problem
from corr.records import Breast

if TYPE_CHECKING:  # `corr --help` reads no tables
    from corr.tables import Loaded

LEARN = "learn"
JOURNAL = "judged.jsonl"
"""Breasts judged by a run that is not done; gone when the tables are there."""


def _changed(change: list[str] | None, spreads: str) -> Parameters:
    """The table of constants, as far as it is known before the findings are."""
    return changed(change, "" if spreads == LEARN else spreads)


def _learned(p: Parameters, breasts: Sequence[Breast], jobs: int = -1) -> Parameters:
    """The table of constants with spreads learned from findings; says what was learned."""
    from corr.learning.spreads import learn, scaled

    learned = learn(breasts, p, jobs=jobs)
    typer.echo(learned.report)
    return scaled(p, learned.changes)


@app.command()
def judge(
    findings: Annotated[Path, typer.Argument(help="Findings table, CSV or Parquet.")],
    out: Out,
    breasts: Breasts = None,
    exams: Exams = None,
    jobs: Jobs = -1,
    shard: Annotated[str, typer.Option(help="Only part k of n, as k/n (job arrays).")] = "1/1",
    spreads: SpreadFactors = "",
    change: Overrides = None,
) -> None:
    """Judge every breast of a table; writes pairs, lesions, groupings, locations, problems.

    A run that was stopped goes on where it was when the same command is given again.
    """
    from corr.cohort.judge_cohort import part_of
    from corr.tables import read_findings

    p = _changed(change, spreads)
    try:
        loaded = read_findings(findings, breasts, exams)
    except InputError as error:
        _nothing_usable(error, out)
    mine = part_of(loaded.breasts, shard)
    with writing(out):
        claim(out, shard)
    if not mine:
        typer.echo(f"--shard {shard}: no breast of this table is in this part; empty tables")
    if spreads == LEARN:
        p = _learned(p, loaded.breasts, jobs)
    problems = _judge_all(mine, p, loaded.problems, out, jobs)
    typer.echo(f"{_summary(len(mine), problems)}; results in {out}")


def _judge_all(
    breasts: Sequence[Breast], p: Parameters, problems: Sequence[Problem], out: Path, jobs: int
) -> list[Problem]:
    """Write the tables of all breasts; what is judged outlives a run that is stopped."""
    from corr.cohort.journal import Journal
    from corr.cohort.judge_cohort import judge_cohort
    from corr.exchange.tables import write_tables

    with writing(out), Journal(out / JOURNAL, p) as journal:
        if done := sum(journal.get(b) is not None for b in breasts):
            typer.echo(f"going on: {done} of {len(breasts)} breasts were judged by an earlier run")
        try:
            rows, failed = judge_cohort(breasts, p, jobs=jobs, progress=True, journal=journal)
        except KeyboardInterrupt:
            typer.echo(
                f"stopped; what is judged is kept in {journal.path}: the same command goes on"
            )
            raise
        write_tables(rows, [*problems, *failed], out)
        journal.remove()
    return [*problems, *failed]


def _nothing_usable(error: InputError, out: Path) -> NoReturn:
    """End with why; tables say so too, unless that would cost the results of an earlier run."""
    from corr.exchange.tables import write_tables

    if holds_results(out):
        stop(f"{error}; the earlier results in {out} are left as they are")
    with writing(out):
        write_tables([], error.problems, out)
    stop(str(error))


def _summary(breasts: int, problems: list[Problem]) -> str:
    return f"{breasts} breasts judged, {len(problems)} problems (problems.csv)"


def _say_problems(loaded: Loaded) -> None:
    """Commands that write no problems.csv say how many there are, and where to read them."""
    if loaded.problems:
        typer.echo(f"{len(loaded.problems)} problems of the input; `corr validate` explains them")


@app.command()
def spreads(
    findings: Annotated[Path, typer.Argument(help="Findings table, CSV or Parquet.")],
    breasts: Breasts = None,
    exams: Exams = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write residuals.csv and residuals.png here.", callback=usable_folder),
    ] = None,
    jobs: Jobs = -1,
    change: Overrides = None,
) -> None:
    """Learn how far this table's findings say that constants are off; no truth is needed.

    Factors on measurement spreads, systematic parts (the lean of the oblique, shifts and scales
    between exams), and what exams state less what others let expect.
    """
    from corr.learning.residual_lines import lines
    from corr.learning.residuals import residuals
    from corr.learning.spreads import chosen, learn, scaled
    from corr.show.wording.learned import residual_text, spreads_text
    from corr.tables import read_findings

    p = changed(change)
    loaded = read_findings(findings, breasts, exams)
    _say_problems(loaded)
    learned = learn(loaded.breasts, p, jobs=jobs)
    q = scaled(p, learned.changes)
    rows = residuals(chosen(loaded.breasts), p, q, jobs=jobs)
    found = lines(rows)
    typer.echo(f"{spreads_text(learned)}\n\n{residual_text(found)}\n\n{learned.report}")
    if out is not None:
        from corr.exchange.residuals import write_residuals
        from corr.show.figures.residual_plot import figure_residuals

        after = residuals(chosen(loaded.breasts), q, q, jobs=jobs)
        with writing(out):
            out.mkdir(parents=True, exist_ok=True)
            write_residuals(rows, out / "residuals.csv")
            figure_residuals(rows, after, found).savefig(out / "residuals.png", dpi=120)
        typer.echo(f"residuals.csv and residuals.png in {out}")


@app.command()
def benchmark(
    findings: Annotated[Path, typer.Argument(help="Findings table, CSV or Parquet.")],
    truth: Annotated[Path, typer.Option(help="finding_id, lesion_id and optional positions.")],
    breasts: Breasts = None,
    exams: Exams = None,
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
) -> None:
    """Score the judgement against a known truth, beside every simple rule."""
    from functools import partial

    from corr.judgement.judge import judge as judge_breast
    from corr.learning.spreads import chosen, learn, scaled
    from corr.tables import read_findings
    from corr.validation.measures import LEARNED
    from corr.validation.report import compact, write
    from corr.validation.run import Judge, run_benchmark
    from corr.validation.truth import coverage, read_truth
    from corr.workers import in_workers

    p = _changed(change, spreads)
    loaded = read_findings(findings, breasts, exams)
    judged = loaded.breasts
    said = coverage(judged, read_truth(truth))  # a broken truth is found before judging
    _say_problems(loaded)
    p = _learned(p, judged) if spreads == LEARN else p
    judge_one, others = partial(judge_breast, p=p), dict[str, Judge]()
    if learned and spreads != LEARN and chosen(judged):
        found = scaled(p, learn(judged, p).changes)
        others[LEARNED] = partial(judge_breast, p=found, bands=False)
    result = run_benchmark(
        findings, breasts, truth, None, judge_one, others=others, exams=exams, folds=folds,
        map_breasts=in_workers,
    )  # fmt: skip
    typer.echo(f"{said}\n\n{compact(result)}")
    if out is not None:  # after the scores are shown: they are not lost if it fails
        with writing(out):
            write(result, out, title=f"Benchmark on {findings.name}")
    if speed:
        from corr.validation.speed import markdown, speed_table

        typer.echo("\n" + markdown(speed_table(judged, judge_one), findings.name))
