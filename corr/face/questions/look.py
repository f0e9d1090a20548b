"""Where examinations would report the findings of a case, or of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from corr.case.casefile import Case
from corr.case.exam_names import exam_name
from corr.case.open import CaseTables, nipples_lps
from corr.exchange.frames import write_frame
from corr.face.questions.where import WhereToLook
from corr.face.reading import constants_of, opened
from corr.judgement.judge import judge
from corr.judgement.result import Judgement
from corr.parameters import Parameters
from corr.plurals import many
from corr.problems import Problem
from corr.questions.asked import ExamError, named, usable
from corr.questions.look.densities import LPS
from corr.questions.look.where import COLUMNS, Expected, expected, lesions, mate, unjudged
from corr.records import Breast, Reading
from corr.workers import in_workers

if TYPE_CHECKING:
    import pandas as pd

    from corr.case.open import Table

FEW = 4
"""Breasts up to which no workers are started."""


@dataclass(frozen=True, eq=False, repr=False)
class Looked:
    """Where every examination would report every finding.

    Attributes
    ----------
    regions : one row a source, examination and quantity
    refused : examinations of which no place can be told, with the reason; and breasts for which
        one asked about does not exist
    answers : each that `regions` has rows of; none where there are many breasts
    problems : of the input
    """

    regions: pd.DataFrame
    refused: tuple[str, ...]
    answers: tuple[WhereToLook, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """Each answer in words."""
        return [answer.sentence for answer in self.answers]

    def save(self, folder: str | Path) -> Path:
        """Write ``regions.csv``; its path.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        return write_frame(self.regions, Path(folder) / "regions.csv")

    def __repr__(self) -> str:
        said = f"{many(len(self.answers), 'answer')}, {many(len(self.regions), 'row')}"
        return "\n".join([said, *self.sentences, *self.refused])


def look(
    source: Case | CaseTables | Table,
    exams: Sequence[str] = (),
    truth: str | Path | None = None,
    parameters: Mapping[str, float] | None = None,
    spreads: str | Mapping[str, float] | None = None,
    *,
    of_lesions: bool = False,
    breasts: Table | None = None,
    exams_table: Table | None = None,
    jobs: int = -1,
) -> Looked:
    """Where examinations would report every finding that others reported.

    Parameters
    ----------
    source : a case or tables as read, or the path of a YAML case, CSV or Parquet file
    exams : those asked about, as `where_to_look` takes them; without, those that were done
    truth : CSV with ``finding_id, lesion_id``; the column ``level`` is that of what the examination
        reported of the same lesion
    parameters, spreads : as `corr.judge` takes them
    of_lesions : ask of lesions of the most probable grouping, not of single findings
    breasts, exams_table : tables beside a findings table
    jobs : worker processes for many breasts, -1 = one per core

    Raises
    ------
    CorrError
        If nothing of the source can be used, or an examination asked about does not exist.
    """
    import pandas as pd

    found = opened(source, breasts, exams_table)
    p = constants_of(found, parameters, spreads)
    lesion_of = None
    if truth is not None:
        from corr.validation.truth import read_truth

        lesion_of = {str(i): str(x) for i, x in read_truth(Path(truth))["lesion_id"].items()}
    task = partial(
        _breast, p=p, exams=tuple(exams), nipples=nipples_lps(found.rows), of_lesions=of_lesions,
        lesion_of=lesion_of, keep=len(found.breasts) <= FEW,
    )  # fmt: skip
    many = len(found.breasts) > FEW
    each = list(in_workers(task, found.breasts, jobs=jobs) if many else map(task, found.breasts))
    rows = [row for rows, _, _ in each for row in rows]
    if exams and not rows and (said := next((x for _, some, _ in each for x in some), None)):
        raise ExamError(said)
    columns = [*COLUMNS, *([] if lesion_of is None else ["level"])]
    refused = tuple(said for _, some, _ in each for said in some)
    answers = tuple(WhereToLook(x) for _, _, some in each for x in some)
    return Looked(pd.DataFrame(rows, columns=columns), refused, answers, tuple(found.problems))


def _breast(
    breast: Breast,
    *,
    p: Parameters,
    exams: tuple[str, ...],
    nipples: Mapping[tuple[str, str], tuple[float, float, float]],
    of_lesions: bool,
    lesion_of: Mapping[str, str] | None,
    keep: bool,
) -> tuple[list[dict[str, object]], list[str], list[Expected]]:
    """Rows of one breast, what was refused, and the answers themselves where they are kept."""
    j = judge(breast, p, bands=False) if of_lesions else unjudged(breast, p)
    matched = [(f.finding_id,) for f in j.breast.findings if f.matched]
    sources = list(lesions(j)) if of_lesions else matched
    targets, refused = _targets(j, exams)
    nipple = nipples.get((breast.case_id, breast.side))
    of = {f.finding_id: f.reading_id for f in j.breast.findings}
    found = []
    for target in targets:  # one at a time: it is made ready once for all sources
        for k, source in enumerate(sources):
            if any(of[i] != target.reading_id for i in source):
                seen = expected(j, source, target, nipple)
                found.append((k, _rows(seen, lesion_of), seen if keep else None))
    found.sort(key=lambda answer: answer[0])
    rows = [row for _, some, _ in found for row in some]
    return rows, refused, [seen for _, _, seen in found if seen is not None]


def _rows(seen: Expected, lesion_of: Mapping[str, str] | None) -> list[dict[str, object]]:
    rows = seen.rows()
    true = None if lesion_of is None else mate(seen, lesion_of)
    if true is not None:
        for row, (_, density, _) in zip(rows, seen.quantities, strict=True):
            level = seen.level(true, seen.place if density.names == LPS else density)
            row["level"] = None if level is None else round(level, 4)
    return rows


def _targets(j: Judgement, exams: tuple[str, ...]) -> tuple[list[Reading], list[str]]:
    """Acquisitions asked about, or done; and why some of those done tell no place."""
    kept: dict[str, Reading] = {}
    refused = []
    for asked in exams or j.breast.readings:
        try:
            if isinstance(asked, str):
                r = named(j.breast, exam_name(asked, j.breast))
            else:
                r = usable(asked)
            kept[r.reading_id] = r
        except ExamError as error:
            refused.append(f"{j.breast.case_id} {j.breast.side}: {error}")
    return list(kept.values()), refused
