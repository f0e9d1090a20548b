"""The explorer of a case, of the cases of tables, or of an empty case."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from corr.case.casefile import Case
from corr.case.open import CaseTables, open_cases
from corr.problems import CorrError
from corr.records import Breast
from corr.show.explorer.explorer import Explorer
from corr.show.explorer.state import Explored, empty_case

EMPTY = "new"
"""Id of an empty case, unless it is given one."""
_open: list[Explorer] = []


def explore(
    source: str | Path | Case | CaseTables | None = None,
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
        The finding to be moved at first, on whichever side it is.
    breasts, exams
        Tables beside a findings table.
    overrides
        Constants changed for the whole exploration, {name: value}.

    Raises
    ------
    InputError
        If the case cannot be read.
    CorrError
        If it has no such finding; the message says which it has.
    """
    opened = empty_case(case_id or EMPTY) if source is None else open_cases(source, breasts, exams)
    ids = [opened.case_id] if isinstance(opened, Case) else opened.case_ids

    def load(chosen: str) -> Explored:
        case = opened if isinstance(opened, Case) else opened.case(chosen)
        side = next((b.side for b in case.breasts if _has(b, finding)), None)
        return Explored(case, side, overrides=overrides)

    first = ids[0] if isinstance(opened, Case) or case_id is None else case_id
    if finding is not None and not isinstance(opened, Case) and case_id is None:
        first = next((b.case_id for b in opened.breasts if _has(b, finding)), first)
    shown = load(first)
    if finding is not None and finding not in shown.finding_ids:
        known = [f.finding_id for b in shown.case.breasts for f in b.findings]
        msg = f"case {first} has no finding {finding!r}"
        raise CorrError(msg, where="finding", allowed=", ".join(known) or "none")
    while _open:
        _open.pop().close()
    explorer = Explorer(load, ids, first, finding)
    _open.append(explorer)
    return explorer


def _has(breast: Breast, finding_id: str | None) -> bool:
    return any(f.finding_id == finding_id for f in breast.findings)
