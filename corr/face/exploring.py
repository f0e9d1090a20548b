"""The explorer of a case, of the cases of tables, or of an empty case; and a notebook with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from corr.case.casefile import Case
from corr.case.open import CaseTables, open_cases
from corr.problems import CorrError
from corr.records import Breast
from corr.show.explorer.state import Explored, empty_case

if TYPE_CHECKING:
    from corr.show.explorer.explorer import Explorer

EMPTY = "new"
"""Id of an empty case, unless it is given one."""
MOST_NAMED = 12
_open: list[Explorer] = []
Source = str | Path | Case | CaseTables


def explore(
    source: Source | None = None,
    case_id: str | None = None,
    *,
    finding: str | None = None,
    breasts: str | Path | None = None,
    exams: str | Path | None = None,
    overrides: Mapping[str, float] | None = None,
) -> Explorer:
    """The explorer of a case or of the cases of tables; closes the one open before.

    Parameters
    ----------
    source
        A case file, a findings table, or what was read from them; None begins an empty case.
    case_id
        The case of a table to show first; the id of an empty case.
    finding
        The finding to be moved at first, on whichever side and in whichever case it is.
    breasts, exams
        Tables beside a findings table.
    overrides
        Constants changed for the whole exploration, {name: value}.

    Raises
    ------
    InputError
        If the case cannot be read.
    CorrError
        If there is no such finding; the message says which there are.
    """
    from corr.show.explorer.explorer import Explorer

    opened = empty_case(case_id or EMPTY) if source is None else open_cases(source, breasts, exams)
    first = _first(opened, case_id, finding)

    def load(chosen: str) -> Explored:
        case = opened if isinstance(opened, Case) else opened.case(chosen)
        side = next((b.side for b in case.breasts if _has(b, finding)), None)
        return Explored(case, side, overrides=overrides)

    ids = [opened.case_id] if isinstance(opened, Case) else opened.case_ids
    while _open:
        _open.pop().close()
    explorer = Explorer(load, ids, first, finding)
    _open.append(explorer)
    return explorer


def explorer_notebook(
    source: str | Path,
    case_id: str | None = None,
    *,
    finding: str | None = None,
    breasts: str | Path | None = None,
    exams: str | Path | None = None,
) -> str:
    """The text of a notebook (.ipynb) that opens the explorer of a case at one finding.

    Parameters and errors are those of `explore`; what cannot be opened is told at once.
    """
    _first(open_cases(source, breasts, exams), case_id, finding)
    named = {"finding": finding, "breasts": breasts, "exams": exams}
    files = ("breasts", "exams")
    told = {k: str(Path(v).resolve()) if k in files else v for k, v in named.items() if v}
    said = [repr(str(Path(source).resolve())), *([] if case_id is None else [repr(case_id)])]
    call = ", ".join([*said, *(f"{k}={v!r}" for k, v in told.items())])
    code = f"import corr\n\nexplorer = corr.explore({call})\nexplorer.show()"
    words = "Run > Run All Cells opens the explorer. Research use only; nothing here is advice."
    cells = [
        {"cell_type": "markdown", "id": "words", "metadata": {}, "source": words},
        {"cell_type": "code", "id": "explore", "metadata": {}, "source": code, "outputs": [],
         "execution_count": None},
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    whole = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _first(opened: Case | CaseTables, case_id: str | None, finding: str | None) -> str:
    """The case to show first: the one that is named, else that of the finding, else any.

    Raises
    ------
    CorrError
        If there is no such finding, or no such case.
    """
    if isinstance(opened, CaseTables):
        if case_id is not None:
            opened = opened.case(case_id)
        elif finding is None:
            return opened.case_ids[0]
    holds = [b for b in opened.breasts if finding is None or _has(b, finding)]
    if isinstance(opened, Case) and (holds or finding is None):
        return opened.case_id
    if holds:
        return holds[0].case_id
    known = [f.finding_id for b in opened.breasts for f in b.findings]
    allowed = ", ".join(known[:MOST_NAMED]) + (", ..." if len(known) > MOST_NAMED else "")
    msg = f"no finding {finding!r}"
    raise CorrError(msg, where="finding", allowed=allowed or "none", fix="name one of these")


def _has(breast: Breast, finding_id: str | None) -> bool:
    return any(f.finding_id == finding_id for f in breast.findings)
