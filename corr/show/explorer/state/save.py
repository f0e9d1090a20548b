"""A changed case as a case file that reads back to exactly what was judged."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from corr.case.casefile import Case
from corr.case.open import Tables
from corr.exchange.files import write_whole

HEAD = "# Written by the case explorer of breast-corr. Research use only; nothing here is advice.\n"


def case_text(
    case: Case, tables: Tables, parameters: Mapping[str, float], differences: Iterable[str]
) -> str:
    """The case file of changed rows and constants; ``differences`` become notes."""
    changed = [f"changed in the explorer: {d}" for d in differences]
    document: dict[str, Any] = {
        "case_id": case.case_id,
        "title": case.title,
        "questions": list(case.questions),
        "reports": dict(case.reports),
        "notes": [*(n for n in case.notes if n not in changed), *changed],
        # repr keeps every digit: the saved number is the judged number
        "parameters": {name: float(value) for name, value in sorted(parameters.items())},
        **{name: [_row(cells) for cells in rows] for name, rows in tables.items()},
    }
    yaml = YAML()
    yaml.width = 100
    yaml.allow_unicode = True
    out = io.StringIO()
    yaml.dump({k: v for k, v in document.items() if v or k == "findings"}, out)
    return HEAD + out.getvalue()


def _row(cells: Mapping[str, str]) -> dict[str, Any]:
    """Cells of one row without the case, which stands at the top; quotes as a mapping."""
    row: dict[str, Any] = {k: v for k, v in cells.items() if v != "" and k != "case_id"}
    try:
        quotes = json.loads(row.get("words", ""))
    except ValueError:
        return row
    if isinstance(quotes, dict) and all(isinstance(v, str) for v in quotes.values()):
        row["words"] = quotes
    return row


def write_case(path: Path, text: str, *, replace: bool) -> Path:
    """Write a case file under its final name, whole, making its folder.

    Raises
    ------
    ValueError
        If the name does not end in .yaml or .yml: nothing would read it as a case.
    FileExistsError
        If there is something of that name and ``replace`` is False.
    """
    if path.suffix.lower() not in (".yaml", ".yml"):
        msg = f"{path.name}: a case file ends in .yaml, e.g. {path.stem or 'case'}.yaml"
        raise ValueError(msg)
    if not replace and (path.exists() or path.is_symlink()):
        msg = f"{path} is there already"
        raise FileExistsError(msg)
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_whole(path, text)
