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
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from corr.exchange.files import write_whole
from corr.exchange.merge import SHARD
from corr.exchange.tables import HEADERS
from corr.judgement.groupings import drawn
from corr.parameters import Parameters
from corr.problems import Problem
from corr.records import Breast
from corr.tables.files import path_and_sheet
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
        self.inputs = [_file(path_and_sheet(path)[0]) for path in inputs if path is not None]
        self._started, self._clock = datetime.now(tz=UTC), time.monotonic()

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
                "women": len({b.case_id for b in breasts}),
                "breasts": len(breasts),
                "findings": sum(len(b.findings) for b in breasts),
                "judged before": before,
                "journal lines damaged": damaged,
                "could not be judged": len(failed),
            },
            "problems": dict(sorted(Counter(x.action for x in problems).items())),
            "failures": [
                {"case_id": x.case_id, "breast": x.value, "reason": x.fix} for x in failed
            ],
            "tables": [_file(path) for path in sorted(folder.glob("*.csv"))],
        }
        text = json.dumps(said, indent=1, ensure_ascii=False) + "\n"
        return write_whole(folder / NAME, text)


def is_current(folder: Path, inputs: Iterable[Path | None], p: Parameters) -> bool:
    """Whether the tables in a folder are what these files and constants give with this version.

    So says the record beside them; tables changed since, or of a part, are not.
    """
    try:
        said = json.loads((folder / NAME).read_text(encoding="utf-8"))
        tables = {t["name"]: t for t in said["tables"]}
        same = said["breast_corr"] == __version__ and said["constants"] == _constants(p)
        given = [_file(path_and_sheet(path)[0]) for path in inputs if path is not None]
        return (
            same
            and said["inputs"] == given
            and all(_file(folder / name) == row for name, row in tables.items())
            and not (folder / SHARD).exists()
            and {f"{name}.csv" for name in HEADERS} <= tables.keys()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _constants(p: Parameters) -> Mapping[str, Any]:
    rows = sorted(p.table.items())
    return {
        "version": p.version,
        "sha256": hashlib.sha256(repr(rows).encode()).hexdigest(),
        "changed": {name: p[name] for name in sorted(p.changed)},
    }


def _file(path: Path) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while part := file.read(AT_ONCE):
            digest.update(part)
            size += len(part)
    return {"name": path.name, "bytes": size, "sha256": digest.hexdigest()}
