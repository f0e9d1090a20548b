"""Real films of VinDr-Mammo into tables that `corr judge` reads, and their figures.

    python -m benchmarks.real_films nipples VINDR --images VINDR/images --out nipples.csv
    python -m benchmarks.real_films build VINDR --nipples nipples.csv --out out/real_films
    corr judge out/real_films/findings.csv --breasts out/real_films/breasts.csv --out out/judged
    python -m benchmarks.real_films figures out/real_films --pairs out/judged/pairs.csv

VINDR is the folder with the three tables of the data set, which is a user's own.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import astuple, fields
from pathlib import Path

import pandas as pd

from corr.exchange.files import write_whole
from corr.problems import InputError, Problem, explain, in_order

from . import figures, nipples, pairs, vindr


def main(arguments: list[str] | None = None) -> int:
    """Command line; 2 if nothing can be used."""
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        if error.problems:
            print(explain(error.problems), file=sys.stderr)
        return 2


def build(chosen: argparse.Namespace) -> int:
    """Findings, breasts and truth; films, visibility and numbers of lesions; problems."""
    read = vindr.read_vindr(chosen.vindr)
    films, boxes = read.films, read.boxes
    if chosen.split:
        films = films[films["split"] == chosen.split]
        boxes = boxes[boxes["image_id"].isin(films.index)]
    found = pairs.mates(boxes)
    marks, marked = nipples.read_marks(chosen.nipples, films)
    mated = boxes[boxes["box"].isin([*found["CC"], *found["MLO"]])]
    measured, seen, unmeasured = nipples.measure(mated, films, marks)
    true = pairs.pair_rows(measured, found)
    if not true:
        msg = f"none of {len(found)} lesions on both films is measured on both"
        raise InputError(msg, [*read.problems, *marked, *unmeasured])
    others = list(pairs.swapped(true, chosen.swaps, chosen.tolerance_mm, chosen.seed))
    shown, lesions = pairs.seen_on(boxes, films)
    tables = pairs.tables(true, others) | {"visibility": shown, "lesions": lesions}
    tables["films"] = seen[["woman", "side", "view", "edge_mm"]].round(2).reset_index(names="image")
    chosen.out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_csv(table, chosen.out / f"{name}.csv")
    write_problems([*read.problems, *marked, *unmeasured], chosen.out / "problems.csv")
    women = len({p["CC"]["woman"] for p in true})
    alone = len(true) - len({i for i, _ in others})
    print(f"{len(boxes)} boxes of lesions; {len(found)} pairs of them are mates beyond doubt")
    print(f"{len(true)} mates are measured on both films, of {women} women")
    print(f"{len(others)} swapped pairs; {alone} lesions have no other woman of like breast size")
    return 0


def find(chosen: argparse.Namespace) -> int:
    """Nipples of the films that show a lesion on both views, by the project's finder."""
    read = vindr.read_vindr(chosen.vindr)
    found = pairs.mates(read.boxes)
    boxes = read.boxes[read.boxes["box"].isin([*found["CC"], *found["MLO"]])]
    films = read.films.loc[sorted(set(boxes["image_id"]))]
    table, problems = nipples.find_nipples(chosen.images, films, unsure=chosen.unsure)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    write_csv(table, chosen.out)
    write_problems(problems, chosen.out.with_suffix(".problems.csv"))
    print(f"{len(table)} nipples on {len(films)} films")
    return 0 if len(table) else 2


def show(chosen: argparse.Namespace) -> int:
    """Print the figures and write them to ``figures.csv``."""
    table = figures.figures(chosen.folder, chosen.pairs)
    write_csv(table, chosen.folder / "figures.csv")
    print(table.to_string(index=False, float_format=lambda x: f"{x:.3g}", na_rep=""))
    return 0


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table whole."""
    write_whole(path, table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def write_problems(problems: Iterable[Problem], path: Path) -> None:
    """Write what could not be used, in the columns of ``problems.csv``, and say how much it is."""
    rows = [astuple(p) for p in in_order(problems)]
    write_csv(pd.DataFrame(rows, columns=[f.name for f in fields(Problem)]), path)
    print(f"{len(rows)} rows or films could not be used: {path.name} says why")


def _parser() -> argparse.ArgumentParser:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("real_films", description=__doc__, formatter_class=form)
    commands = parser.add_subparsers(required=True)
    made = commands.add_parser("build", help="tables of true and swapped pairs")
    made.add_argument("vindr", type=Path)
    made.add_argument("--nipples", type=Path, nargs="+", required=True, help="CSV, best first")
    made.add_argument("--out", type=Path, required=True)
    made.add_argument("--split", choices=("training", "test"), help="only this split")
    made.add_argument("--swaps", type=int, default=pairs.SWAPS, help="other women for each lesion")
    made.add_argument("--tolerance-mm", type=float, default=pairs.TOLERANCE_MM)
    made.add_argument("--seed", type=int, default=pairs.SEED)
    made.set_defaults(run=build)
    finder = commands.add_parser("nipples", help="run the nipple finder on the films needed")
    finder.add_argument("vindr", type=Path)
    finder.add_argument("--images", type=Path, required=True, help="folder with STUDY/IMAGE.dicom")
    finder.add_argument("--out", type=Path, required=True)
    finder.add_argument("--unsure", action="store_true", help="also nipples it is unsure of")
    finder.set_defaults(run=find)
    printed = commands.add_parser("figures", help="print the table of figures")
    printed.add_argument("folder", type=Path, help="what build wrote")
    printed.add_argument("--pairs", type=Path, help="pairs.csv of `corr judge`")
    printed.set_defaults(run=show)
    return parser


if __name__ == "__main__":
    sys.exit(main())
