"""What has changed between the dates of a case, or of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from corr.case.casefile import Case
from corr.case.open import CaseTables
from corr.cohort.judge_cohort import FEW, failed, judge_safely
from corr.exchange.frames import write_frame
from corr.face.breast import JudgedBreast
from corr.face.reading import constants_of, opened
from corr.face.result import Result
from corr.judgement.dates import dates, undated
from corr.judgement.result import Judgement
from corr.parameters import Parameters
from corr.plurals import many
from corr.problems import CorrError, Problem
from corr.questions.change.change import COLUMNS, changes
from corr.records import Breast
from corr.workers import in_workers

if TYPE_CHECKING:
    import pandas as pd

    from corr.case.open import Table
    from corr.show.figures.parts.picture import Picture
    from corr.show.wording.answers import Answer
    from corr.show.wording.html import Snippet

Known = Mapping[tuple[str, str], Judgement]


@dataclass(frozen=True, eq=False, repr=False)
class Changed:
    """What has changed, one row a lesion and pair of dates.

    Attributes
    ----------
    table : with the columns of ``changes.csv``
    untold : breasts with one date only, and exams of which neither day nor order is stated
    judgements : of up to six breasts with two dates or more; of more, none are kept
    problems : of the input, and breasts that could not be judged
    """

    table: pd.DataFrame
    untold: tuple[str, ...]
    judgements: tuple[Judgement, ...]
    problems: tuple[Problem, ...] = ()

    def save(self, folder: str | Path) -> Path:
        """Write ``changes.csv``; its path.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        return write_frame(self.table, Path(folder) / "changes.csv")

    @property
    def sentences(self) -> list[str]:
        """Each row in a sentence, of the judgements that were kept."""
        from corr.show.wording.change_words import change_sentence
        from corr.show.wording.text import names

        return [
            change_sentence(change, names(j.breast))
            for j in self.judgements
            for change in changes(j)
        ]

    @property
    def answers(self) -> list[Answer]:
        """What pages say, of the judgements that were kept: the latest change first."""
        from corr.show.wording.change_answers import change_answers

        return [answer for j in self.judgements for answer in change_answers(j)]

    @property
    def shown(self) -> pd.DataFrame:
        """The rows as pages show them, of the judgements that were kept."""
        import pandas as pd

        from corr.show.pages.asked.change import change_table

        each = [change_table(j) for j in self.judgements]
        return pd.concat(each, ignore_index=True) if each else pd.DataFrame()

    @property
    def pictures(self) -> list[Picture | Snippet]:
        """`plot` of each breast that was kept."""
        return [self.plot(j.breast.case_id, j.breast.side) for j in self.judgements]

    def plot(self, case_id: str | None = None, side: str | None = None) -> Picture | Snippet:
        """Sizes over time of one breast, with their errors and the smallest detectable change.

        Raises
        ------
        CorrError
            If it is not clear which breast is meant, or none has two dates.
        """
        from corr.show.pages.asked.change import change_picture

        fits = [
            j for j in self.judgements
            if case_id in (None, j.breast.case_id) and side in (None, j.breast.side)
        ]  # fmt: skip
        if len(fits) != 1:
            some = ", ".join(f"{j.breast.case_id} {j.breast.side}" for j in fits[:6]) or "none"
            msg = f"{many(len(fits), 'breast')} with two dates or more fit: {some}"
            raise CorrError(msg, fix="name one with case_id and side, of at most six breasts")
        return change_picture(fits[0])

    def __repr__(self) -> str:
        said = many(len(self.table), "row")
        return "\n".join([said, *self.sentences, *self.untold])


def change(
    source: Result | JudgedBreast | Case | CaseTables | Table,
    parameters: Mapping[str, float] | None = None,
    spreads: str | Mapping[str, float] | None = None,
    *,
    breasts: Table | None = None,
    exams: Table | None = None,
    jobs: int = -1,
) -> Changed:
    """What has changed from date to date: each lesion persistent, new or gone, and how it grew.

    Parameters
    ----------
    source : what was judged; or a case or tables as read, or the path of a YAML case, CSV, Excel or
        Parquet file
    parameters, spreads : as `corr.judge` takes them; of what was judged, its own
    breasts, exams : tables beside a findings table
    jobs : worker processes for many breasts, -1 = one per core

    A breast that cannot be judged is one of the problems; it never stops the others.

    Raises
    ------
    CorrError
        If nothing of the source can be used.
    """
    import pandas as pd

    p, each, known, problems = _source(source, parameters, spreads, breasts, exams)
    told = [b for b in each if len(dates(b, p)) > 1]
    many = len(told) > FEW
    task = partial(_breast, p=p, known=known, keep=not many)
    done = list(in_workers(task, told, jobs=jobs) if many and jobs != 1 else map(task, told))
    rows = [row for some, _, _ in done for row in some]
    lost = tuple(problem for _, problem, _ in done if problem is not None)
    return Changed(
        pd.DataFrame(rows, columns=[*COLUMNS, "note"]),
        tuple(said for b in each for said in _untold(b, p)),
        tuple(j for _, _, j in done if j is not None),
        (*problems, *lost),
    )


def _source(
    source: Result | JudgedBreast | Case | CaseTables | Table,
    parameters: Mapping[str, float] | None,
    spreads: str | Mapping[str, float] | None,
    breasts: Table | None,
    exams: Table | None,
) -> tuple[Parameters, Sequence[Breast], Known, tuple[Problem, ...]]:
    """Constants, breasts, what is judged of them already, and problems of the input."""
    if isinstance(source, JudgedBreast):
        j = source.judgement
        return j.parameters, [j.breast], {_key(j.breast): j}, ()
    if isinstance(source, Result):
        few = source.breasts if len(source.records) <= FEW else []
        known = {_key(b.breast): b.judgement for b in few}
        return source.parameters, source.records, known, tuple(source.source.problems)
    found = opened(source, breasts, exams)
    p = constants_of(found, parameters, spreads)
    return p, found.breasts, {}, tuple(found.problems)


def _key(breast: Breast) -> tuple[str, str]:
    return breast.case_id, breast.side


def _breast(
    breast: Breast, *, p: Parameters, known: Known, keep: bool
) -> tuple[list[dict[str, object]], Problem | None, Judgement | None]:
    """Rows of one breast; or why there are none; the judgement where it is kept."""
    from corr.show.wording.change_words import change_note

    judgement = known.get(_key(breast))
    if judgement is None:
        found = judge_safely(breast, p)
        if isinstance(found, Problem):
            return [], found, None
        judgement = found[0]
    try:
        rows = [{**c.row(), "note": change_note(c)} for c in changes(judgement)]
    except Exception as error:  # one breast must not cost the others
        return [], failed(breast, error), None
    return rows, None, judgement if keep else None


def _untold(breast: Breast, p: Parameters) -> list[str]:
    who, of = f"{breast.case_id} {breast.side}", dates(breast, p)
    out = []
    if len(of) < 2:
        when = f"one date only ({of[0].label})" if of else "no date or order of any exam"
        out.append(f"{who}: {when}, nothing to compare")
    if of and (without := undated(breast)):
        ids = ", ".join(sorted({r.exam_id for r in without}))
        out.append(f"{who}: neither date nor exam_order of {ids}: not compared")
    return out
