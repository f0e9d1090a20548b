"""The record of a run beside its tables: what was judged, with what, and what came of it.

No path and no name of a machine is in it: files stand by their names, and what they hold by its
SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from corr.exchange.files import write_whole
from corr.exchange.merge import SHARD
from corr.exchange.tables import HEADERS, part_folder
from corr.judgement.groupings import drawn
from corr.parameters import Parameters
from corr.problems import CorrError, Problem
from corr.records import Breast
from corr.tables.files import path_and_sheet
from corr.tables.sheets.parquet import parquet_files
from corr.version import __version__

LIBRARIES = ("numpy", "scipy", "pandas", "joblib")
NAME = "run.json"
AT_ONCE = 1 << 20


class RunRecord:
    """Begun before a run, written after it.

    Parameters
    ----------
    command : words of the command; paths in it are cut to their names
    inputs : files that were read
    """

    def __init__(self, command: Sequence[str], inputs: Iterable[Path | None]) -> None:
        self.command = [re.split(r"[/\\]", word)[-1] for word in command]
        self._started, self._clock = datetime.now(tz=UTC), time.monotonic()
        self._paths = [path for path in inputs if path is not None]
        self.inputs = [said for path in self._paths if (said := _input(path))]

    def check_unchanged(self) -> None:
        """Refuse inputs that have changed since the record was begun: call it when they are read.

        Raises
        ------
        CorrError
            That names the first of them: what was read of it is neither what it was nor what it is.
        """
        for path, before in zip(self._paths, self.inputs, strict=True):  # all could be read
            if (now := _input(path)) != before:
                msg = f"changed while it was read, from {before['bytes']} to {now['bytes']} bytes"
                raise CorrError(
                    msg,
                    where=str(path),
                    allowed="files that nobody writes to",
                    fix="wait until it is written, then give the same command again",
                )

    def write(
        self,
        folder: Path,
        p: Parameters,
        breasts: Sequence[Breast],
        problems: Sequence[Problem],
        failed: Sequence[Problem],
        *,
        before: int = 0,
        damaged: int = 0,
    ) -> Path:
        """Write ``run.json`` beside the tables.

        Parameters
        ----------
        folder : with the tables of this run
        p : table of constants that judged
        problems : every line of problems.csv
        failed : breasts that could not be judged
        before : breasts that an earlier, stopped run of the same command had judged
        damaged : lines of the journal that could not be used

        Raises
        ------
        OSError
            If it cannot be written.
        """
        counts = {
            "women": len({b.case_id for b in breasts}),
            "breasts": len(breasts),
            "findings": sum(len(b.findings) for b in breasts),
            "judged before": before,
        }
        actions: Counter[str] = Counter(str(x.action) for x in problems)
        return self.write_counted(folder, p, counts, actions, failed, damaged=damaged)

    def write_counted(
        self,
        folder: Path,
        p: Parameters,
        counts: Mapping[str, int],
        actions: Mapping[str, int],
        failed: Sequence[Problem],
        *,
        damaged: int = 0,
    ) -> Path:
        """As `write`, of what was too much to be held: how many women, breasts and so on."""
        ended = datetime.now(tz=UTC)
        said: dict[str, Any] = {
            "breast_corr": __version__,
            "python": platform.python_version(),
            "libraries": {name: version(name) for name in LIBRARIES},
            "constants": _constants(p),
            "seeds": {"groupings drawn": drawn.SEED},
            "command": self.command,
            "inputs": self.inputs,
            "started": self._started.isoformat(timespec="seconds"),
            "ended": ended.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - self._clock, 1),
            "counts": {
                **counts,
                "journal lines damaged": damaged,
                "could not be judged": len(failed),
            },
            "problems": dict(sorted(actions.items())),
            "failures": [
                {"case_id": x.case_id, "breast": x.value, "reason": x.fix} for x in failed
            ],
            "tables": [_file(path) for path in sorted(folder.glob("*.csv"))]
            + [_file(path, folder) for name in HEADERS for path in _parts(folder, name)],
        }
        text = json.dumps(said, indent=1, ensure_ascii=False) + "\n"
        return write_whole(folder / NAME, text)


def is_current(folder: Path, inputs: Iterable[Path | None], p: Parameters) -> bool:
    """Whether the tables in a folder are what these files and constants give with this version.

    So says the record beside them; tables changed since, or of a part, are not.
    """
    try:
        said = json.loads((folder / NAME).read_text(encoding="utf-8"))
        ours = [t for name in HEADERS for t in said["tables"] if t["name"].startswith(f"{name}.")]
        same = said["breast_corr"] == __version__ and said["constants"] == _constants(p)
        given = [_input(path) for path in inputs if path is not None]
        return (
            same
            and said["inputs"] == given
            and ours == list(_tables(folder))
            and not (folder / SHARD).exists()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _tables(folder: Path) -> Iterator[dict[str, Any]]:
    """Of the five tables: a CSV file each, or Parquet parts where there are some."""
    for name in HEADERS:
        for path in _parts(folder, name) or [folder / f"{name}.csv"]:
            yield _file(path, folder)


def _constants(p: Parameters) -> Mapping[str, Any]:
    rows = sorted(p.table.items())
    return {
        "version": p.version,
        "sha256": hashlib.sha256(repr(rows).encode()).hexdigest(),
        "changed": {name: p[name] for name in sorted(p.changed)},
    }


def _input(source: Path) -> dict[str, Any]:
    """As `_file`, with the sheet that is named: two sheets of a book are not one table."""
    path, sheet = path_and_sheet(source)
    if not (path.is_dir() or path.is_file()):
        return {}
    return _file(path) | {"name": f"{path.name}#{sheet}" if sheet else path.name}


def _file(path: Path, root: Path | None = None) -> dict[str, Any]:
    """Name, size and hash of a file, or of all Parquet parts of a folder."""
    digest, size = hashlib.sha256(), 0
    if path.is_dir():
        for part in parquet_files(path):
            said = _file(part, path)
            digest.update(f"{said['name']} {said['sha256']}\n".encode(errors="replace"))
            size += said["bytes"]
    else:
        with path.open("rb") as file:
            while block := file.read(AT_ONCE):
                digest.update(block)
                size += len(block)
    name = path.relative_to(root).as_posix() if root else path.name
    return {"name": name, "bytes": size, "sha256": digest.hexdigest()}


def _parts(folder: Path, name: str) -> list[Path]:
    return sorted(part_folder(folder, name).glob("*.parquet"))
