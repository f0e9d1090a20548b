"""The `corr` command: the library's calls, without a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from corr import __version__, parameters
from corr.problems import InputError, Problem, explain

app = typer.Typer(
    help="Do these findings refer to the same lesion? Research use only; never advice.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Breasts = Annotated[Path | None, typer.Option(help="Breasts table: exams done, shape.")]
Exams = Annotated[Path | None, typer.Option(help="Exams table: what was done, and how well.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the results.")]
Jobs = Annotated[int, typer.Option(help="Worker processes, -1 = one per core.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change one assumption, e.g. --set lesions_mean=1.5 (repeatable)."),
]


def _stop(message: str) -> NoReturn:
    typer.echo(f"corr: {message}", err=True)
    raise typer.Exit(2)


def _parameters(changes: list[str] | None) -> parameters.Parameters:
    values = {}
    for change in changes or ():
        name, _, value = change.partition("=")
        try:
            values[name.strip()] = float(value)
        except ValueError:
            _stop(f"--set {change!r}: expected name=number, e.g. --set lesions_mean=1.5")
    try:
        return parameters.load().override(values)
    except KeyError as error:
        _stop(f"--set: {error.args[0]}; `corr assumptions` lists all names")


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    """Do these findings refer to the same lesion? Research use only; never advice."""
    if version:
        typer.echo(f"breast-corr {__version__}, table of constants {parameters.load().version}")
        raise typer.Exit


@app.command()
def judge(
    findings: Annotated[Path, typer.Argument(help="Findings table, CSV or Parquet.")],
    out: Out,
    breasts: Breasts = None,
    exams: Exams = None,
    jobs: Jobs = -1,
    shard: Annotated[str, typer.Option(help="Only part k of n, as k/n (job arrays).")] = "1/1",
    change: Overrides = None,
) -> None:
    """Judge every breast of a table; writes pairs, lesions, groupings, locations, problems."""
    from corr.cohort import judge_cohort, part_of
    from corr.exchange.tables import write_tables
    from corr.tables import read_findings

    p = _parameters(change)
    try:
        loaded = read_findings(findings, breasts, exams)
        mine = part_of(loaded.breasts, shard)
    except InputError as error:
        write_tables([], error.problems, out)
        _stop(str(error))
    except ValueError as error:
        _stop(f"--shard: {error}")
    rows, failed = judge_cohort(mine, p, jobs=jobs, progress=True)
    write_tables(rows, [*loaded.problems, *failed], out)
    typer.echo(f"{_summary(len(mine), [*loaded.problems, *failed])}; results in {out}")


def _summary(breasts: int, problems: list[Problem]) -> str:
    return f"{breasts} breasts judged, {len(problems)} problems (problems.csv)"


@app.command()
def case(
    path: Annotated[Path, typer.Argument(help="Case file, YAML.")],
    out: Annotated[Path | None, typer.Option(help="Also write the five tables here.")] = None,
    change: Overrides = None,
) -> None:
    """Judge one case file and print every pair with its prior, band and verdict."""
    from corr.casefile import read_case
    from corr.exchange.tables import rows_of, write_tables
    from corr.judge import judge as judge_breast
    from corr.show.text import case_text

    try:
        loaded = read_case(path)
        p = _parameters(change).override(loaded.parameters)
    except InputError as error:
        typer.echo(explain(error.problems), err=True)
        _stop(str(error))
    judgements = [judge_breast(b, p) for b in loaded.breasts]
    typer.echo(case_text(loaded.title, judgements))
    if loaded.problems:
        typer.echo("\n" + explain(loaded.problems))
    if out is not None:
        write_tables([rows_of(j) for j in judgements], loaded.problems, out)
        typer.echo(f"\ntables in {out}")


@app.command()
def validate(
    paths: Annotated[list[Path], typer.Argument(help="Case files (YAML) or findings tables.")],
    breasts: Breasts = None,
    exams: Exams = None,
) -> None:
    """Explain every problem: file, row, field, what was allowed and how to fix it."""
    from corr.casefile import read_case
    from corr.tables import read_findings

    unusable = False
    for path in paths:
        yaml = path.suffix.lower() in (".yaml", ".yml")
        try:
            problems = (read_case(path) if yaml else read_findings(path, breasts, exams)).problems
            typer.echo(f"{path.name}: {explain(problems)}")
        except InputError as error:
            unusable = True
            typer.echo(f"{path.name}: {error}\n{explain(error.problems)}")
    raise typer.Exit(2 if unusable else 0)


@app.command()
def report(
    path: Annotated[Path, typer.Argument(help="Case file (YAML) or findings table.")],
    out: Out,
    cases: Annotated[
        str, typer.Option(help="Cases of a table, comma separated; without, the cohort's page.")
    ] = "",
    breasts: Breasts = None,
    exams: Exams = None,
    change: Overrides = None,
) -> None:
    """Make the page of a case, of some cases of a table, or of the whole table.

    Each page is an executed notebook and an HTML file beside it that opens offline.
    """
    from corr.report import ReportError, make_cohort_report, make_report
    from corr.show.case import is_case_file

    p = _parameters(change)
    overrides = {name: p[name] for name in p.changed}
    ids: list[str | None] = [c.strip() for c in cases.split(",") if c.strip()]
    failed = 0
    for case_id in ids or [None]:
        try:
            if case_id is None and not is_case_file(path):
                _, page = make_cohort_report(
                    path, out_dir=out, breasts=breasts, exams=exams, overrides=overrides
                )
            else:
                _, page = make_report(
                    path,
                    case_id=case_id,
                    overrides=overrides,
                    out_dir=out,
                    breasts=breasts,
                    exams=exams,
                )
            typer.echo(f"page: {page}")
        except (ReportError, InputError) as error:
            failed += 1
            typer.echo(f"corr: {case_id or path.name}: {error}", err=True)
    if failed:
        raise typer.Exit(2)


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
    change: Overrides = None,
) -> None:
    """Score the judgement against a known truth, beside every simple rule."""
    from functools import partial

    from corr.benchmark.report import compact
    from corr.benchmark.run import run_benchmark
    from corr.cohort import in_parallel
    from corr.judge import judge as judge_breast

    judge_one = partial(judge_breast, p=_parameters(change))
    try:
        result = run_benchmark(
            findings, breasts, truth, out, judge_one, exams=exams, folds=folds,
            map_breasts=in_parallel,
        )  # fmt: skip
    except (InputError, ValueError) as error:
        _stop(str(error))
    typer.echo(compact(result))
    if speed:
        from corr.benchmark.speed import markdown, speed_table
        from corr.tables import read_findings

        judged = read_findings(findings, breasts, exams).breasts
        typer.echo("\n" + markdown(speed_table(judged, judge_one), findings.name))


@app.command()
def images(
    folder: Annotated[Path, typer.Argument(help="Folder with images of any kind.")],
    out: Annotated[Path | None, typer.Option(help="Write the inventory as CSV here.")] = None,
    jobs: Jobs = -1,
) -> None:
    """List what a folder holds: what is what, which exam, usable or why not.

    No patient identifiers are shown: patients and exams are numbered.
    """
    from corr.exchange.files import write_whole
    from corr.imaging.header import Unusable
    from corr.imaging.inventory import inventory, summary

    try:
        table = inventory(folder, workers=None if jobs < 0 else jobs, progress=True)
    except Unusable as error:
        _stop(str(error))
    typer.echo(summary(table))
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_whole(out, table.to_csv(index=False, lineterminator="\n"))
        typer.echo(f"\ninventory in {out}")
    if "yes" not in set(table["usable"]):
        raise typer.Exit(2)


@app.command()
def findings(
    path: Annotated[Path, typer.Argument(help="Case file (YAML) that lists images.")],
    out: Annotated[
        Path | None, typer.Option(help="Write findings.csv, breasts.csv, ... here.")
    ] = None,
) -> None:
    """Turn the images and marks of a case into the findings table, and say what was read.

    Writes findings.csv, breasts.csv, exams.csv and problems.csv, which `corr judge` reads, and a
    picture of every image.
    """
    from corr.casefile import read_case
    from corr.exchange.case_tables import write_case_tables, write_problems
    from corr.show.case_images import said_text, write_pictures

    try:
        loaded = read_case(path)
    except InputError as error:
        if out is not None:
            write_problems(error.problems, out)
        typer.echo(explain(error.problems), err=True)
        _stop(str(error))
    if loaded.images:
        typer.echo(said_text(loaded.images) + "\n")
    typer.echo(f"{len(loaded.rows)} findings, {len(loaded.images)} images")
    if loaded.problems:
        typer.echo("\n" + explain(loaded.problems))
    if out is not None:
        write_case_tables(loaded, out)
        drawn = (
            write_pictures(loaded.images, out / "pictures", loaded.breasts) if loaded.images else []
        )
        typer.echo(f"\ntables{f' and {len(drawn)} pictures' if drawn else ''} in {out}")


@app.command()
def assumptions() -> None:
    """Print the table of constants: value, spread, unit, grade and source."""
    table = parameters.load().table.values()
    width = max(len(row.name) for row in table)
    for row in table:
        value = f"{row.value:g} +/- {row.spread:g} {row.unit}"
        typer.echo(f"{row.name:<{width}}  {value:<22} {row.grade:<9} {row.source}")


@app.command()
def demo(out: Out = Path("out/demo"), jobs: Jobs = -1) -> None:
    """Judge the seed case and a simulated cohort, make their pages and say where they are."""
    from corr.demo import run

    try:
        run(out, jobs=jobs)
    except InputError as error:
        _stop(str(error))


if __name__ == "__main__":
    app()
