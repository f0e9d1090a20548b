"""Break the core in small ways and see that the unit tests notice: which do not is listed.

    python tools/mutate.py                 # all of tools/mutations.toml, a few hours
    python tools/mutate.py --room words    # of one room
    python tools/mutate.py --draw 40 --seed 7 >> tools/mutations.toml

Each mutation replaces one line of one module in a copy of the checkout; the tests nearest to it
run first, then those of its room, then all others but browser, notebooks and campaigns, until one
fails. The result is written to benchmarks/mutations.md.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIST, RESULT = ROOT / "tools" / "mutations.toml", ROOT / "benchmarks" / "mutations.md"
ROOMS = ("anatomy", "exams", "judgement", "tables", "words", "imaging")
COPIED = ("corr", "tests", "benchmarks", "data", "tools", "notebooks")
HEAVY = ("numpy", "scipy.stats", "scipy.ndimage", "pandas", "pydantic", "pydicom")
"""Imported once, before each run forks; no plugin of pytest may be among them."""
SIGNS = {ast.Add: ("+", "-"), ast.Sub: ("-", "+")}
BOUNDS = {ast.Lt: ("<", "<="), ast.Gt: (">", ">="), ast.LtE: ("<=", "<"), ast.GtE: (">=", ">")}


@dataclass(frozen=True)
class Mutation:
    """One line of one module, and what stands there instead."""

    file: str
    old: str
    new: str
    tests: str = ""
    why: str = ""

    @property
    def room(self) -> str:
        """Room of the module."""
        return self.file.split("/")[1]

    def applied(self, text: str) -> str:
        """The module with the code replaced.

        Raises
        ------
        ValueError
            Unless it is there exactly once.
        """
        found = text.count(self.old)
        if found != 1:
            msg = f"{self.file}: {self.old!r} {found} times, allowed 1: correct {LIST.name}"
            raise ValueError(msg)
        return text.replace(self.old, self.new)


def read_list() -> list[Mutation]:
    """The committed mutations."""
    return [Mutation(**row) for row in tomllib.loads(LIST.read_text("utf-8"))["mutation"]]


def possible(path: Path) -> Iterator[Mutation]:
    """Every small change of one module: signs, bounds, constants, order of two arguments."""
    text = path.read_text("utf-8")
    lines, name = text.split("\n"), path.relative_to(ROOT).as_posix()
    count = Counter(line.strip() for line in lines)
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.expr) or node.end_lineno != node.lineno:
            continue
        for begin, end, new in _changes(node, lines):
            old = lines[node.lineno - 1]
            if count[old.strip()] == 1:
                changed = old[:begin] + new + old[end:]
                yield Mutation(name, old.strip(), changed.strip())


def _changes(node: ast.expr, lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """Columns of a line and what could stand there."""
    match node:
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            yield from _between(node.left, node.right, SIGNS[type(node.op)], lines)
        case ast.Compare(ops=[op]) if type(op) in BOUNDS:
            yield from _between(node.left, node.comparators[0], BOUNDS[type(op)], lines)
        case ast.Constant(value=float(value)) if value:
            yield node.col_offset, node.end_col_offset or 0, repr(2 * value)
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            yield node.col_offset, node.end_col_offset or 0, repr(value + 1)
        case ast.Call(args=[ast.Name() as a, ast.Name() as b, *_]) if a.lineno == b.lineno:
            yield a.col_offset, b.end_col_offset or 0, f"{b.id}, {a.id}"


def _between(
    left: ast.expr, right: ast.expr, change: tuple[str, str], lines: list[str]
) -> Iterator[tuple[int, int, str]]:
    if left.end_lineno == right.lineno == left.lineno and left.end_col_offset is not None:
        gap = lines[left.lineno - 1][left.end_col_offset : right.col_offset]
        yield left.end_col_offset, right.col_offset, gap.replace(*change)


def drawn(count: int, seed: int) -> list[Mutation]:
    """So many mutations, as many in each room, each kind of module as likely."""
    rng = random.Random(seed)
    found = []
    for k in range(count):
        modules = sorted((ROOT / "corr" / ROOMS[k % len(ROOMS)]).rglob("*.py"))
        while not (options := list(possible(rng.choice(modules)))):
            pass
        found.append(rng.choice(options))
    return found


def _run(folder: Path, log: Path, tests: list[str]) -> None:
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    with log.open("w", encoding="utf-8") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--ignore=tests/browser"]
    code = int(pytest.main([*options, *tests]))
    sys.stdout.flush()
    os._exit(code)


def caught_by(folder: Path, mutation: Mutation, *, near: bool) -> str:
    """The first test that fails; empty if all pass.

    Raises
    ------
    RuntimeError
        If the tests cannot be run.
    """
    module = folder / mutation.file
    whole = module.read_text("utf-8")
    module.write_text(mutation.applied(whole), "utf-8")
    log = folder / "log"
    try:
        room = f"tests/{mutation.room}"
        steps = (mutation.tests, room if room != mutation.tests else "", "" if near else "tests")
        for tests in filter(None, steps):
            child = multiprocessing.get_context("fork").Process(
                target=_run, args=(folder, log, tests.split())
            )
            child.start()
            child.join()
            if child.exitcode:
                said = log.read_text("utf-8", errors="replace").splitlines()
                failed = [s for s in said if s.startswith(("FAILED ", "ERROR "))]
                if not failed:
                    msg = f"{tests} did not run:\n" + "\n".join(said[-20:])
                    raise RuntimeError(msg)
                file, _, test = failed[0].split(" - ")[0].partition(" ")[2].partition("::")
                return f"{Path(file).name} {test}".replace("|", "/")
    finally:
        module.write_text(whole, "utf-8")
    return ""


def report(results: dict[Mutation, str]) -> str:
    """The result as Markdown: how many were caught, and the others with their reasons."""
    left = [m for m, test in results.items() if not test]
    rows = "".join(
        f"| {m.file} | `{m.old}` | `{m.new}` | {test or f'**survives**: {m.why}'} |\n"
        for m, test in results.items()
    )
    return (
        "# Small mutations of the core\n\nWritten by `python tools/mutate.py`: what the unit tests "
        f"(without browser and notebooks) say to {len(results)} changed lines.\n\n"
        f"{len(results) - len(left)} caught, {len(left)} survive.\n\n"
        f"| module | line | changed to | caught by |\n|---|---|---|---|\n{rows}"
    )


def main() -> int:
    """Draw a list, or run it; exit 1 if more than five survive."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--room", choices=ROOMS)
    parser.add_argument("--draw", type=int)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--near", action="store_true", help="no tests of other rooms")
    given = parser.parse_args()
    if given.draw:
        for m in drawn(given.draw, given.seed):
            print(f"[[mutation]]\nfile = {m.file!r}\nold = '''{m.old}'''\nnew = '''{m.new}'''\n")
        return 0
    for name in HEAVY:
        importlib.import_module(name)
    results = {}
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held) / "checkout"
        for name in COPIED:
            skip = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, ignore=skip)
        for path in (p for p in ROOT.iterdir() if p.is_file()):
            shutil.copy(path, folder)
        for mutation in read_list():
            if given.room in (None, mutation.room):
                results[mutation] = caught_by(folder, mutation, near=given.near)
                print(mutation.file, mutation.new, "|", results[mutation] or "SURVIVES", flush=True)
    if given.room is None:
        RESULT.write_text(report(results), encoding="utf-8")
    return int(sum(not test for test in results.values()) > 5)


if __name__ == "__main__":
    sys.exit(main())
