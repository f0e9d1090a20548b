"""What a silent exam means, for one breast, a case or many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from corr.case.casefile import Case
from corr.case.exam_names import exam_name
from corr.case.open import CaseTables
from corr.cohort.judge_cohort import failed
from corr.exchange.frames import write_frame
from corr.face.breast import JudgedBreast
from corr.face.reading import constants_of, opened
from corr.face.result import Result
from corr.judgement.judge import judge
from corr.judgement.result import Judgement
from corr.parameters import Parameters
from corr.plurals import many
from corr.problems import Problem
from corr.questions.asked import ExamError
from corr.questions.silence import added as adds
from corr.questions.silence import silence as core
from corr.questions.silence.studies import asked_about
from corr.records import Breast
from corr.workers import in_workers

if TYPE_CHECKING:
    import pandas as pd

    from corr.case.open import Table

FEW = 4
"""Breasts up to which no workers are started, and answers are kept."""
Rows = list[dict[str, object]]
Told = tuple[Rows, Rows, list[str], list[core.Silent]]


@dataclass(frozen=True, eq=False, repr=False)
class SilentExams:
    """What the silence of exams means.

    Attributes
    ----------
    table : one row a finding and an exam that did not report it, with the columns of
        ``silence.csv``
    adds : one row a pair of findings and an exam that reported neither, with the columns of
        ``silence_adds.csv``: P(same) without the exam, with it silent, with it silent and poor
    refused : exams asked about that a breast does not have and that are not known
    answers : what `table` has rows of; none where there are many breasts
    problems : of the input, and breasts of which nothing could be told
    """

    table: pd.DataFrame
    adds: pd.DataFrame
    refused: tuple[str, ...]
    answers: tuple[core.Silent, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """Each answer in words."""
        from corr.show.wording.silence_words import silence_sentence
        from corr.show.wording.text import names

        return [silence_sentence(s, names(s.judgement.breast)) for s in self.answers]

    def sentence(self, finding_id: str, exam: str) -> str:
        """What the silence of one exam about one finding means.

        Raises
        ------
        CorrError
            If the finding is not there, or the exam was not silent about it.
        """
        from corr.show.wording.silence_words import silence_sentence
        from corr.show.wording.text import names

        of = core.of_finding(self.answers, finding_id)
        exam = exam_name(exam, *(s.judgement.breast for s in of[:1]))
        fits = [s for s in of if exam in (s.exam.name, *(r.exam_id for r in s.exam.readings))]
        if not fits:
            silent = ", ".join(s.exam.name for s in of)
            msg = f"{exam!r} is no exam that was silent about {finding_id}"
            raise ExamError(msg, allowed=silent)
        return silence_sentence(fits[-1], names(fits[-1].judgement.breast))

    def save(self, folder: str | Path) -> tuple[Path, Path]:
        """Write ``silence.csv`` and ``silence_adds.csv``; their paths.

        Raises
        ------
        OSError
            If they cannot be written.
        """
        out = Path(folder)
        adds = write_frame(self.adds, out / "silence_adds.csv")
        return write_frame(self.table, out / "silence.csv"), adds

    def __repr__(self) -> str:
        few = self.sentences or [many(len(self.table), "row")]
        return "\n".join([*few, *self.refused])


def silence(
    result: Result | JudgedBreast | Case | CaseTables | Table,
    exams: Sequence[str] = (),
    parameters: Mapping[str, float] | None = None,
    spreads: str | Mapping[str, float] | None = None,
    *,
    breasts: Table | None = None,
    exams_table: Table | None = None,
    jobs: int = -1,
) -> SilentExams:
    """What it means that an exam reports nothing of a finding, and what its silence adds.

    Parameters
    ----------
    result : what was judged; or a case or tables as read, or the path of a YAML case, CSV or
        Parquet file
    exams : asked about: ``MG``, ``US``, ``US:ABUS``, ``MR``, ``MR:SUPINE``, ``CEM``, one film
        (``MG:CC``), a word for these, or an exam of the case by its id; without, those done
    parameters, spreads : as `corr.judge` takes them; not of what was judged already
    breasts, exams_table : tables beside a findings table
    jobs : worker processes for many breasts, -1 = one per core

    Raises
    ------
    CorrError
        If nothing of the source can be used, or no breast has an exam asked about.
    """
    import pandas as pd

    problems: Sequence[Problem] = ()
    each: Sequence[Breast | Judgement]
    if isinstance(result, JudgedBreast):
        each, p = [result.judgement], result.judgement.parameters
    elif isinstance(result, Result):
        p, problems = result.parameters, (*result.source.problems, *result.failed)
        few = len(result.records) <= FEW
        bad = {(x.case_id, x.value) for x in result.failed}
        left = [b for b in result.records if (b.case_id, b.side) not in bad]
        each = [b.judgement for b in result.breasts] if few else left
    else:
        found = opened(result, breasts, exams_table)
        p = constants_of(found, parameters, spreads)
        each, problems = found.breasts, found.problems
    task = partial(_told, p=p, exams=tuple(exams), keep=len(each) <= FEW)
    told = list(in_workers(task, each, jobs=jobs) if len(each) > FEW else map(task, each))
    whole = [t for t in told if not isinstance(t, Problem)]
    refused = tuple(said for _, _, some, _ in whole for said in some)
    rows = [row for some, _, _, _ in whole for row in some]
    if exams and refused and not rows:
        raise ExamError(refused[0])
    return SilentExams(
        pd.DataFrame(rows, columns=list(core.COLUMNS)),
        pd.DataFrame([row for _, some, _, _ in whole for row in some], columns=list(adds.COLUMNS)),
        refused,
        tuple(s for _, _, _, some in whole for s in some),
        (*problems, *(t for t in told if isinstance(t, Problem))),
    )


def _told(
    of: Breast | Judgement, *, p: Parameters, exams: tuple[str, ...], keep: bool
) -> Told | Problem:
    """Rows of one breast, exams it does not have, and the answers where they are kept."""
    breast = of.breast if isinstance(of, Judgement) else of
    refused, known = [], []
    for exam in (exam_name(x, breast) for x in exams):
        try:
            asked_about(breast, exam)
            known.append(exam)
        except ExamError as error:
            refused.append(f"{breast.case_id} {breast.side}: {error}")
    if exams and not known:
        return [], [], refused, []
    try:
        j = of if isinstance(of, Judgement) else judge(of, p, bands=False)
        said, moved = core.silences(j, known), adds.added(j, known)
    except Exception as error:
        return failed(breast, error)
    rows = [s.row() for s in said], [a.row(j.breast) for a in moved]
    return *rows, refused, said if keep else []
