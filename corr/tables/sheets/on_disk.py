"""Rows that are kept in a file: a table larger than the memory is read as often as need be."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

WAITING = 20_000
"""Rows that wait in memory to be written to their parts."""


class OnDisk(Collection[Any]):
    """Rows in a file, a line of JSON each; every loop over them reads them anew.

    Parameters
    ----------
    path : of the file, made here
    rows : of text, numbers and None, in lists, tuples and dicts
    """

    def __init__(self, path: Path, rows: Iterable[Any]) -> None:
        self._path, self._len = path, 0
        with path.open("w", encoding="ascii") as file:
            for row in rows:
                file.write(json.dumps(row) + "\n")
                self._len += 1

    def __len__(self) -> int:
        return self._len

    def __iter__(self) -> Iterator[Any]:
        return read_lines(self._path)

    def __contains__(self, row: object) -> bool:
        return any(row == kept for kept in self)


def keeper(folder: Path, name: str) -> Callable[[Iterable[Any]], OnDisk]:
    """What keeps rows in files of a folder, as ``list`` keeps them in memory."""
    numbers = count()
    return lambda rows: OnDisk(folder / f"{name}-{next(numbers)}.jsonl", rows)


def split(rows: Iterable[tuple[int, Any]], folder: Path, name: str) -> None:
    """Write each row to the file of its part, as ``parts`` reads it; their order is kept."""
    waiting: dict[int, list[str]] = defaultdict(list)
    for k, (part, row) in enumerate(rows, start=1):
        waiting[part].append(json.dumps(row) + "\n")
        if k % WAITING == 0:
            _flush(waiting, folder, name)
    _flush(waiting, folder, name)


def part(folder: Path, name: str, number: int) -> Iterator[Any]:
    """The rows that `split` wrote to one part; none if it wrote none."""
    path = _part(folder, name, number)
    return read_lines(path) if path.exists() else iter(())


def read_lines(path: Path) -> Iterator[Any]:
    """What the lines of a file hold."""
    with path.open(encoding="ascii") as file:
        for line in file:
            yield json.loads(line)


def _flush(waiting: dict[int, list[str]], folder: Path, name: str) -> None:
    for number, lines in waiting.items():
        with _part(folder, name, number).open("a", encoding="ascii") as file:
            file.writelines(lines)
    waiting.clear()


def _part(folder: Path, name: str, number: int) -> Path:
    return folder / f"{name}-part-{number:05}.jsonl"
