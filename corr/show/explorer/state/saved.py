"""A changed case as rows, and as a case file that reads back to exactly what was judged."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from corr.case.casefile import Case
from corr.case.open import MODELS, Tables
from corr.exchange.files import write_whole
from corr.records import Breast, Finding
from corr.show.explorer.state import cells as cell

HEAD = "# Written by the case explorer of breast-corr. Research use only; nothing here is advice.\n"
OF_IMAGES = ("image", "mark")
"""Columns that only say which image a finding was read from."""
Rows = dict[str, list[dict[str, str]]]


def written_tables(case: Case) -> Tables:
    """The tables that are judged, as they stand in the case.

    What was read from images stands in the rows; the images themselves are not asked again.
    """
    rows = {name: tuple(dict(c) for c in case.cells.get(name, ())) for name in MODELS}
    for cells in rows["findings"]:
        for column in OF_IMAGES:
            cells.pop(column, None)
    return rows


def changed_tables(
    case: Case,
    written: Breast,
    moved: Mapping[str, Finding],
    off: Set[str],
    angle_deg: float | None,
) -> Tables:
    """The tables of a case, both sides, with changes of one breast.

    Parameters
    ----------
    written : the changed breast as it was read from the case
    moved : finding id to the finding as it is now, for those whose place was changed
    off : findings left out; their exams are listed as done
    angle_deg : of the oblique film, wherever it states one; None = as written
    """
    rows: Rows = {name: list(found) for name, found in written_tables(case).items()}
    modality = {f.finding_id: f.modality for f in written.findings}
    kept = []
    for cells in rows["findings"]:
        finding_id = cells.get("finding_id", "")
        if finding_id in off:
            rows["exams"].append(cell.exam_cells(cells))
            continue
        if finding_id in moved:
            cells = cell.written_out(cells, moved[finding_id])
        _let_go(cells, off, modality)
        kept.append(cells)
    rows["findings"] = kept
    if angle_deg is not None:
        _turn(rows, written.side, f"{angle_deg:g}")
    return {name: tuple(found) for name, found in rows.items()}


def _let_go(cells: dict[str, str], off: Set[str], modality: Mapping[str, str]) -> None:
    """No link to a finding that is off; a look at it was a look where its exam pointed."""
    if cells.get("same_as") in off:
        del cells["same_as"]
    if (target := cells.get("targeted_at", "")) in off:
        cells["targeted_at"] = modality[target]


def _turn(rows: Rows, side: str, angle: str) -> None:
    """The angle wherever this side's oblique film states one."""
    here = {
        name: [c for c in found if c.get("breast", "").strip().upper() == side]
        for name, found in rows.items()
    }
    for cells in (*here["findings"], *here["exams"]):
        if cell.oblique(cells):
            cells["view_angle_deg"] = angle
    for cells in here["breasts"]:
        for column in ("mlo_angle_deg", "lmo_angle_deg"):
            if cells.get(column):
                cells[column] = angle


def case_text(
    case: Case, tables: Tables, parameters: Mapping[str, float], differences: Iterable[str]
) -> str:
    """The case file of changed rows and constants; ``differences`` become notes."""
    changed = [f"changed in the explorer: {d}" for d in differences]
    document: dict[str, Any] = {
        "case_id": case.case_id,
        "title": case.title,
        "questions": [q.plain() for q in case.questions],
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
