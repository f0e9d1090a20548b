"""Tables of the parts of a job array become those of the whole table, byte for byte.

The parts must be all there, each once, and be parts of one run: the same table, constants and
version of the code, as their records (``run.json``) say.
"""

from __future__ import annotations

import csv
import heapq
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from corr.exchange.csv_text import csv_text
from corr.exchange.files import whole_file
from corr.exchange.tables import HEADERS
from corr.problems import CorrError

SHARD = "shard.txt"
"""Which part of a table a folder holds, ``k/n``."""
RECORD = "run.json"
ONE_RUN = ("breast_corr", "constants", "inputs")
"""What the records of all parts say alike."""
ROWS_AT_ONCE = 10_000
Row = tuple[str, ...]


def merge(folders: Sequence[Path], out: Path) -> dict[str, Path]:
    """Write the five tables of the whole from the folders of its parts; the paths by name.

    Raises
    ------
    CorrError
        If a part is missing, there twice, not finished, or of another run; if a folder holds no
        part, or a table of one is not as it was written.
    OSError
        If something cannot be read or written.
    """
    parts = _parts(folders)
    _of_one_run(parts)
    out.mkdir(parents=True, exist_ok=True)
    written = {}
    for name, header in HEADERS.items():
        rows = _problems(parts) if name == "problems" else _sorted(parts, name)
        with whole_file(out / f"{name}.csv") as file:
            for some in _some(chain([header], rows)):
                file.write(csv_text(some).encode("utf-8"))
        written[name] = out / f"{name}.csv"
    return written


def _some(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows in lists that fit into memory."""
    left = iter(rows)
    while some := list(islice(left, ROWS_AT_ONCE)):
        yield some


def _parts(folders: Sequence[Path]) -> list[Path]:
    """The folders in the order of their parts, all of one array."""
    found: dict[int, list[Path]] = {}
    sizes: dict[int, Path] = {}
    for folder in folders:
        try:
            k, n = map(int, (folder / SHARD).read_text(encoding="utf-8").split("/"))
        except (OSError, ValueError):
            msg = f"{folder} holds no part of a table ({SHARD} is missing or damaged)"
            raise CorrError(
                msg, allowed="folders that `corr judge --shard k/n` wrote", fix="name only those"
            ) from None
        found.setdefault(k, []).append(folder)
        sizes.setdefault(n, folder)
    if len(sizes) != 1:
        said = "; ".join(f"{folder} is of {n}" for n, folder in sizes.items())
        msg = f"parts of arrays of different sizes: {said or 'none'}"
        raise CorrError(msg, fix="merge the parts of one array")
    (n,) = sizes
    twice = [f"{k}/{n} ({', '.join(map(str, where))})" for k, where in found.items() if where[1:]]
    missing = [f"{k}/{n}" for k in range(1, n + 1) if k not in found]
    if twice or missing:
        wrong = [f"there twice: {', '.join(twice)}"] if twice else []
        wrong += [f"missing: {', '.join(missing)}"] if missing else []
        allowed = f"each part of {n} once"
        raise CorrError("; ".join(wrong), allowed=allowed, fix="judge what is missing")
    return [found[k][0] for k in sorted(found)]


def _of_one_run(parts: Sequence[Path]) -> None:
    first: dict[str, Any] | None = None
    for part in parts:
        try:
            said = json.loads((part / RECORD).read_text(encoding="utf-8"))
            mine = {name: said[name] for name in ONE_RUN}
        except (OSError, ValueError, KeyError, TypeError):
            msg = f"{part} is not finished: it has no {RECORD} that can be read"
            raise CorrError(msg, fix="give its `corr judge` command again: it goes on") from None
        first = mine if first is None else first
        if other := [name for name in ONE_RUN if mine[name] != first[name]]:
            msg = f"{part} and {parts[0]} are not of one run: they differ in {', '.join(other)}"
            raise CorrError(msg, fix="judge all parts of one table with the same constants")


def _rows(part: Path, name: str) -> Iterator[Row]:
    """Rows of one table of one part, as text."""
    with (part / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        header = HEADERS[name]
        if tuple(next(lines, ())) != header:
            raise _damaged(part, name)
        for row in lines:
            if len(row) != len(header):
                raise _damaged(part, name)
            yield tuple(row)


def _damaged(part: Path, name: str) -> CorrError:
    msg = f"{part / name}.csv is not as it was written"
    return CorrError(msg, fix="judge this part again, in an empty folder")


def _key(name: str, row: Row) -> tuple[object, ...]:
    """What `corr.exchange.tables.tables_of` sorts a row by."""
    if name == "lesions":
        return row[0], row[1], row[3]
    if name == "groupings":
        return row[0], row[1], int(row[2])
    return row[:4] if name == "pairs" else row[:3]


def _sorted(parts: Sequence[Path], name: str) -> Iterator[Row]:
    each = [_rows(part, name) for part in parts]
    return heapq.merge(*each, key=lambda row: _key(name, row))


def _problems(parts: Sequence[Path]) -> list[Row]:
    """Those of the input, which every part tells, then those of judging."""
    each = [list(_rows(part, "problems")) for part in parts]
    everywhere = set(each[0]).intersection(*each[1:])
    own = {row for rows in each for row in rows if row not in everywhere}
    return [row for row in each[0] if row in everywhere] + sorted(own)
