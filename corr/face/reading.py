"""What comes in as cases and tables, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from corr.case.casefile import Case
from corr.case.open import CaseTables, open_cases
from corr.face.constants import load_parameters, with_spreads
from corr.parameters import Parameters
from corr.problems import CorrError, InputError, Problem, explain
from corr.tables import Columns, tables_of

if TYPE_CHECKING:
    import pandas as pd

    from corr.case.open import Table


@dataclass(frozen=True)
class Checked:
    """What is wrong with an input; prints as an explanation of every problem.

    Attributes
    ----------
    usable : False where nothing of it can be judged; ``why`` says so in one line
    """

    name: str
    found: tuple[Problem, ...]
    why: str = ""

    @property
    def usable(self) -> bool:
        """True if something can be judged."""
        return not self.why

    @property
    def problems(self) -> pd.DataFrame:
        """One row a problem, with the columns of ``problems.csv``."""
        return problem_frame(self.found)

    def __str__(self) -> str:
        if self.usable:
            between = "\n" if self.found else " "
            return f"{self.name}:{between}{explain(self.found)}"
        named = self.why.startswith(f"{self.name}: ")
        why = self.why if named else f"{self.name}: {self.why}"
        return f"{why}\n{explain(self.found)}" if self.found else why

    def _repr_html_(self) -> str:
        from corr.show.pages.explain import problem_rows
        from corr.show.wording import html

        said = html.paragraphs([self.why])
        return said.html + html.table(problem_rows(self.found), f"Problems of {self.name}").html


def validate(
    source: Table | Case | CaseTables,
    breasts: Table | None = None,
    exams: Table | None = None,
    columns: Columns | None = None,
) -> Checked:
    """Every problem of a case or of tables: row, field, what was allowed, how to fix it.

    Never raises for what is in the input: what cannot be read at all is said in `Checked.why`.
    """
    name = Path(source).name if isinstance(source, (str, Path)) else "the findings"
    try:
        return Checked(name, opened(source, breasts, exams, columns).problems)
    except InputError as error:
        return Checked(name, error.problems, str(error))


def opened(
    source: Table | Case | CaseTables,
    breasts: Table | None = None,
    exams: Table | None = None,
    columns: Columns | None = None,
) -> Case | CaseTables:
    """What is judged: a path, frames, lists of dicts, a case or tables that are already read.

    Raises
    ------
    CorrError
        If it is none of these; an `InputError` if nothing of it can be used.
    """
    for name, given in (("source", source), ("breasts", breasts), ("exams", exams)):
        frame = hasattr(given, "columns") and hasattr(given, "iloc")
        read = isinstance(given, (Case, CaseTables)) if name == "source" else given is None
        if not (read or frame or _dicts(given) or isinstance(given, (str, Path))):
            allowed = (
                "a path (YAML, CSV, Excel, Parquet), a data frame, a list of dicts, a case or "
                "tables that were read"
            )
            msg = f"{name}: cannot be {type(given).__name__}; give {allowed}"
            raise CorrError(msg)
    return open_cases(source, breasts, exams, columns)


def _dicts(given: object) -> bool:
    return isinstance(given, (list, tuple)) and all(isinstance(row, Mapping) for row in given)


def propose_columns(
    findings: Table, breasts: Table | None = None, exams: Table | None = None
) -> str:
    """A columns file for tables in the columns of others, with the reason of each line.

    What is not clear is left open with "?": write what is right, then give the file as ``columns``.

    Raises
    ------
    InputError
        If a table cannot be read.
    """
    from corr.tables.files import sheet_of
    from corr.tables.mapping.propose import proposal_text

    found = [(model, t) for model, t in tables_of(findings, breasts, exams) if t is not None]
    return "".join(proposal_text(sheet_of(t, model), model) for model, t in found)


def problem_frame(problems: tuple[Problem, ...]) -> pd.DataFrame:
    """Problems with the columns of ``problems.csv``."""
    import pandas as pd

    columns = [f.name for f in fields(Problem)]
    return pd.DataFrame([astuple(p) for p in problems], columns=columns)


def constants_of(
    found: Case | CaseTables,
    given: Mapping[str, float] | None,
    spreads: str | Mapping[str, float] | None = None,
) -> Parameters:
    """The constants that judge what was read: its own, over them ``given``, then ``spreads``.

    A whole table of constants is used as it is, but for ``spreads``.
    """
    if isinstance(given, Parameters):
        p = given
    else:
        own = found.parameters if isinstance(found, Case) else {}
        p = load_parameters(own).override(given or {})
    return with_spreads(p, spreads) if spreads else p
