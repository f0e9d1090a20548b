"""Commands on tables of many cases: judge them, learn their spreads, score them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from corr.cli.options import Breasts, Exams, Jobs, Out, Overrides, app, changed, stop
from corr.parameters import Parameters
from corr.problems import InputError, Problem
from corr.records import Breast

SpreadFactor = Annotated[
    str,
    typer.Option(
        "--spreads",
        help="Factor on all measurement spreads; 'learn' takes it from the table, without truth.",
    ),
]


def scaled(p: Parameters, spreads: str, breasts: Sequence[Breast], jobs: int = -1) -> Parameters:
    """The table of constants with all spreads times a stated or learned factor."""
    from corr.spreads import learn

    if spreads == "learn":
        try:
            learned = learn(breasts, p, jobs=jobs)
        except ValueError as error:
            stop(f"--spreads learn: {error}")
        typer.echo(learned.sentence)
        return p.scale_spreads(learned.factor)
    try:
        factor = float(spreads)
    except ValueError:
        factor = math.nan
    if not 0.1 <= factor <= 10.0:
        stop(f"--spreads {spreads!r}: expected a factor from 0.1 to 10, or 'learn'")
    return p if factor == 1.0 else p.scale_spreads(factor)


@app.command()
def judge(
    findings: Annotated[Path, typer.Argument(help="Findings table, CSV or Parquet.")],
    out: Out,
    breasts: Breasts = None,
    exams: Exams = None,
    jobs: Jobs = -1,
    shard: Annotated[str, typer.Option(help="Only part k of n, as k/n (job arrays).")] = "1/1",
    spreads: SpreadFactor = "1",
    change: Overrides = None,
) -> None:
    """Judge every breast of a table; writes pairs, lesions, groupings, locations, problems."""
    from corr.cohort import judge_cohort, part_of
    from corr.exchange.tables import write_tables
    from corr.tables import read_findings

    p = changed(change)
    try:
        loaded = read_findings(findings, breasts, exams)
        mine = part_of(loaded.breasts, shard)
    except InputError as error:
        write_tables([], error.problems, out)
        stop(str(error))
    except ValueError as error:
        stop(f"--shard: {error}")
    p = scaled(p, spreads, loaded.breasts, jobs)
    rows, failed = judge_cohort(mine, p, jobs=jobs, progress=True)
    write_tables(rows, [*loaded.problems, *failed], out)
    typer.echo(f"{_summary(len(mine), [*loaded.problems, *failed])}; results in {out}")


def _summary(breasts: int, problems: list[Problem]) -> str:
    return f"{breasts} breasts judged, {len(problems)} problems (problems.csv)"


@app.command()
def spreads(
    findings: Annotated[Path, typer.Argument(help="Findings table, CSV or Parquet.")],
    breasts: Breasts = None,
    exams: Exams = None,
    jobs: Jobs = -1,
    change: Overrides = None,
) -> None:
    """Learn how wide this table's measurement spreads are; no truth is needed."""
    from corr.spreads import FACTORS, learn
    from corr.tables import read_findings

    try:
        learned = learn(read_findings(findings, breasts, exams).breasts, changed(change), jobs=jobs)
    except (InputError, ValueError) as error:
        stop(str(error))
    typer.echo("factor on all spreads   ln evidence against the best")
    for factor, evidence in zip(FACTORS.tolist(), learned.log_evidence.tolist(), strict=True):
        typer.echo(f"{factor:21.2f} {evidence:30.1f}")
    typer.echo(learned.sentence)


@app.command()
def benchmark(
    findings: Annotated[Path, typer.Argument(help="Findings table, CSV or Parquet.")],
    truth: Annotated[Path, typer.Option(help="finding_id, lesion_id and optional positions.")],
    breasts: Breasts = None,
    exams: Exams = None,
    out: Annotated[Path | None, typer.Option(help="Write all scores here.")] = None,
    folds: Annotated[
        int, typer.Option(help="Folds by woman for fitted rules; many = leave one out.")
    ] = 10,
    speed: Annotated[bool, typer.Option("--speed", help="Also time every breast.")] = False,
    spreads: SpreadFactor = "1",
    change: Overrides = None,
) -> None:
    """Score the judgement against a known truth, beside every simple rule."""
    from functools import partial

    from corr.benchmark.report import compact
    from corr.benchmark.run import run_benchmark
    from corr.cohort import in_parallel
    from corr.judge import judge as judge_breast
    from corr.tables import read_findings

    try:
        judged = read_findings(findings, breasts, exams).breasts
        judge_one = partial(judge_breast, p=scaled(changed(change), spreads, judged))
        result = run_benchmark(
            findings, breasts, truth, out, judge_one, exams=exams, folds=folds,
            map_breasts=in_parallel,
        )  # fmt: skip
    except (InputError, ValueError) as error:
        stop(str(error))
    typer.echo(compact(result))
    if speed:
        from corr.benchmark.speed import markdown, speed_table

        typer.echo("\n" + markdown(speed_table(judged, judge_one), findings.name))
