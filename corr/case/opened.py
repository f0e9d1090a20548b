"""Open one case for its page, whether it is a YAML case or some rows of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from corr.anatomy.names import SIDE_NAMES
from corr.parameters import Parameters, load
from corr.problems import InputError, Problem
from corr.records import Breast

if TYPE_CHECKING:  # image libraries take a second to load, and few cases have images
    from corr.imaging.image_reading import ImageReading

YAML = (".yaml", ".yml")


@dataclass(frozen=True)
class OpenedCase:
    """One woman's breasts with what a page says about where they come from."""

    title: str
    breasts: tuple[Breast, ...]
    reports: tuple[tuple[str, str], ...]  # (exam, its text as written)
    problems: tuple[Problem, ...]
    parameters: Parameters
    questions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    images: tuple[ImageReading, ...] = ()

    @property
    def heading(self) -> str:
        """Title with the sides, e.g. "Seed case: right breast, left breast"."""
        return f"{self.title}: {', '.join(SIDE_NAMES[b.side] for b in self.breasts)}"


def is_case_file(path: str | Path) -> bool:
    """True for a YAML case, False for a table."""
    return Path(path).suffix.lower() in YAML


def open_case(
    path: str | Path,
    case_id: str | None = None,
    *,
    breasts: str | Path | None = None,
    exams: str | Path | None = None,
    overrides: Mapping[str, float] | None = None,
) -> OpenedCase:
    """Read a YAML case, or the rows of ``case_id`` from a findings table.

    Parameters
    ----------
    breasts, exams
        The tables beside a findings table; not used with a YAML case.
    overrides
        Constants changed for this page, on top of those the case itself changes.

    Raises
    ------
    InputError
        If the file cannot be used, the case is not in the table, or a table is given without
        a case; the message says what there is.
    CorrError
        If an override names no constant.
    """
    if is_case_file(path):
        from corr.case.casefile import read_case

        case = read_case(path)
        parameters = load().override({**case.parameters, **(overrides or {})})
        return OpenedCase(
            title=case.title,
            breasts=right_first(case.breasts),
            reports=tuple(case.reports.items()),
            problems=case.problems,
            parameters=parameters,
            questions=case.questions,
            notes=case.notes,
            images=case.images,
        )
    from corr.tables import read_findings

    loaded = read_findings(path, breasts, exams)
    ids = sorted({b.case_id for b in loaded.breasts})
    if case_id is None and len(ids) == 1:
        case_id = ids[0]
    if case_id not in ids:
        raise no_such_case(Path(path).name, case_id, ids, loaded.problems)
    chosen = [b for b in loaded.breasts if b.case_id == case_id]
    about = tuple(p for p in loaded.problems if p.case_id in ("", case_id))
    parameters = load().override(overrides or {})
    return OpenedCase(f"Case {case_id}", right_first(chosen), (), about, parameters)


def right_first(breasts: Sequence[Breast]) -> tuple[Breast, ...]:
    """Breasts in the order in which images of them hang."""
    return tuple(sorted(breasts, key=lambda b: b.side, reverse=True))


def no_such_case(
    file: str, case_id: str | None, ids: Sequence[str], problems: Sequence[Problem] = ()
) -> InputError:
    """Refusal of a case that a table does not hold, or of none where it holds several."""
    some = (", ".join(ids[:5]) or "none") + (", ..." if len(ids) > 5 else "")
    if case_id is None:
        why, fix = f"it holds {len(ids)} cases", "say which one to show (case_id)"
    else:
        near = get_close_matches(case_id, ids, n=3)
        why = f"no case {case_id!r}"
        fix = f"did you mean {' or '.join(near)}?" if near else "choose one that it holds"
    return InputError(why, problems, where=file, allowed=some, fix=fix)


def problem_frame(problems: Sequence[Problem]) -> pd.DataFrame:
    """Problems with the columns of ``problems.csv``."""
    return pd.DataFrame([asdict(p) for p in problems], columns=[f.name for f in fields(Problem)])


def problem_rows(problems: tuple[Problem, ...]) -> pd.DataFrame:
    """Problems as a small table for a page."""
    rows = [
        {
            "where": f"{p.finding_id or p.case_id or p.file} {p.field}".strip(),
            "value": p.value,
            "what was done": _done(p),
            "allowed": p.allowed,
            "how to fix it": p.fix,
        }
        for p in problems
    ]
    columns = ["where", "value", "what was done", "allowed", "how to fix it"]
    return pd.DataFrame(rows, columns=columns)


def _done(problem: Problem) -> str:
    if problem.action != "flagged":
        return problem.action
    return "not read" if problem.not_read else "read, in doubt"
