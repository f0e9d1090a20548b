"""What comes in: cases, tables and sentences of reports, and what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corr.case.casefile import Case
from corr.case.open import CaseTables, open_cases
from corr.problems import CorrError, InputError, Problem, explain
from corr.tables import Columns, tables_of
from corr.tables.checks import SIZES
from corr.tables.texts import COLUMN_OF
from corr.words import Mention, ReportWords, as_data
from corr.words import read_report as read_words

if TYPE_CHECKING:
    import pandas as pd

    from corr.case.open import Table


@dataclass(frozen=True)
class Report:
    """What the sentences of one report say.

    Attributes
    ----------
    said : findings, absences and what could not be read, with the words of each
    modality, breast, case_id, exam_id : as given
    """

    said: ReportWords
    modality: str
    breast: str | None
    case_id: str = "report"
    exam_id: str | None = None

    @property
    def findings(self) -> pd.DataFrame:
        """One row a finding and breast, with the columns of the findings table that it fills.

        The sentence stands beside them where words of it could not be read: judging says so.
        Join those of several reports with `pandas.concat` and judge them.
        """
        import pandas as pd

        rows: list[dict[str, object]] = []
        for mention in (m for m in self.said.mentions if not m.earlier):
            for side in mention.side or (self.breast or "",):
                who = {"case_id": self.case_id, "breast": side, "modality": self.modality}
                who |= {"finding_id": f"{self.exam_id or self.modality}-{len(rows) + 1}"}
                who |= {"exam_id": self.exam_id} if self.exam_id else {}
                doubt = any(u.text == mention.text for u in self.said.unreadable)
                text = {"text": mention.text} if doubt else {}
                rows.append({**who, **_cells(mention), **text})
        if not rows:
            return pd.DataFrame(columns=["case_id", "breast", "modality", "finding_id"])
        return pd.DataFrame(rows)

    @property
    def unread(self) -> pd.DataFrame:
        """Words that could not be read: which, of what, why, and what they may mean."""
        import pandas as pd

        rows = [(u.words, u.field, u.reason, "; ".join(u.candidates)) for u in self.said.unreadable]
        return pd.DataFrame(rows, columns=["words", "field", "reason", "candidates"])

    @property
    def data(self) -> dict[str, list[dict[str, Any]]]:
        """All of it as lists that JSON can hold: lengths in mm, hours as [from, to], None = not said.

        ``findings``, ``unread``, ``denied``, ``earlier``, ``other_things`` (no lesions: a node, a
        seroma) and ``said_again`` (an impression), each value with its ``words``.
        """
        return as_data(self.said)

    @property
    def absent(self) -> tuple[str, ...]:
        """Sentences that deny a finding."""
        return tuple(m.text for m in self.said.negatives)

    def _repr_html_(self) -> str:
        from corr.show.wording import html

        shown = self.findings.fillna("").astype(str)
        parts = (
            html.table(shown, "Findings read"),
            html.bullets(self.absent, "Denied"),
            html.table(self.unread, "Not read") if self.said.unreadable else html.paragraphs(()),
        )
        return "".join(part.html for part in parts)


def read_report(
    text: str,
    modality: str,
    breast: str | None = None,
    *,
    case_id: str = "report",
    exam_id: str | None = None,
) -> Report:
    """Findings out of the sentences of one English report. Research use only.

    Parameters
    ----------
    text : as written; no text makes it raise
    modality : ``MG``, ``US`` or ``MR``: it decides between kinds of findings
    breast : ``L`` or ``R``, assumed where the words name no side
    case_id, exam_id : of the findings; state the exam where there are two of one modality

    Raises
    ------
    CorrError
        For another modality or side.
    """
    _one_of("modality", modality, ("MG", "US", "MR"))
    _one_of("breast", breast, ("L", "R", None))
    said = read_words(text, modality=modality, side=breast)
    return Report(said, modality, breast, case_id, exam_id)


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


def _one_of(name: str, value: object, allowed: tuple[object, ...]) -> None:
    if value not in allowed:
        some = ", ".join(map(str, allowed))
        msg = f"{name}: {value!r} is not known; allowed: {some}"
        raise CorrError(msg)


def _cells(mention: Mention) -> dict[str, object]:
    """A finding as cells of the findings table, with the words each came from."""
    out: dict[str, object] = {}
    for name, column in {**COLUMN_OF, **{size: size for size in SIZES}}.items():
        value: Any = getattr(mention, name)
        if value is None or value is False or (name == "count_min" and value == 1):
            continue
        out[column] = value
    if mention.clock_h is not None:
        out["clock"] = "-".join(dict.fromkeys(_hour(h) for h in mention.clock_h))
    if mention.fn_mm is not None:
        out["fn_cm"] = mention.fn_mm / 10.0
    if out.get("count_max") == 1:
        del out["count_max"]
    words = {COLUMN_OF.get(name, name): said for name, said in mention.words}
    words = {column: said for column, said in words.items() if column in out}
    return out | ({"words": json.dumps(words, ensure_ascii=False)} if words else {})


def _hour(value: float) -> str:
    hour, minute = divmod(round(value * 60) % 720, 60)
    return f"{hour or 12}:{minute:02d}" if minute else f"{hour or 12}"
