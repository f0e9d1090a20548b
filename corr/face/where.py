"""Where another examination would report a lesion: one answer, or all of a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corr.case.casefile import Case
from corr.case.open import CaseTables
from corr.face.breast import JudgedBreast
from corr.exams.registry import exam_of
from corr.face.constants import load_parameters, with_spreads
from corr.face.reading import opened
from corr.face.result import Result
from corr.judgement.judge import judge
from corr.judgement.result import Judgement
from corr.parameters import Parameters
from corr.problems import CorrError
from corr.questions.asked import ExamError, named, usable
from corr.questions.densities import LPS, SHARES
from corr.questions.where import COLUMNS, Expected, expected, lesions, mate, unjudged
from corr.records import Breast, Reading
from corr.workers import in_workers

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from corr.case.open import Table
    from corr.show.figures.parts.picture import Picture

Place = tuple[float, float, float]
FEW = 4
"""Breasts up to which no workers are started."""


@dataclass(frozen=True, eq=False, repr=False)
class WhereToLook:
    """Where one examination would report what some findings are believed to be.

    Attributes
    ----------
    seen : the densities that all of it is read from
    """

    seen: Expected

    @property
    def regions(self) -> pd.DataFrame:
        """One row a quantity, with the columns of ``regions.csv``."""
        import pandas as pd

        return pd.DataFrame(self.seen.rows(), columns=list(COLUMNS))

    @property
    def outlines(self) -> dict[float, list[NDArray[np.float64]]]:
        """Outlines of the joint regions of 0.5, 0.8, 0.95, each ``(k, 2)``.

        On a film (posterior, transverse) mm from the nipple; on the skin (clock in h, distance in
        mm); of an MRI (lateral, superior) mm, summed from front to back.
        """
        return {share: self.seen.place.outlines(share) for share in SHARES}

    @property
    def p_reported(self) -> float | None:
        """Probability that it reports it at all, if it is a lesion; None of what is none."""
        return self.seen.p_reported

    @property
    def p_on_film(self) -> float | None:
        """Probability that it lies before the far edge of this film; None where not known."""
        return self.seen.p_on_film

    @property
    def of_ultrasound(self) -> bool:
        """Whether there is a `worksheet` of it."""
        return exam_of(self.seen.target).place == "skin"

    @property
    def sentence(self) -> str:
        """The answer in words."""
        from corr.show.wording.text import names
        from corr.show.wording.where_words import where_sentence

        return where_sentence(self.seen, names(self.seen.judgement.breast))

    def level(self, finding_id: str) -> float | None:
        """Share that the smallest region holds which reaches a finding of this examination.

        None where that states no place there.

        Raises
        ------
        CorrError
            If the examination did not report such a finding.
        """
        breast, target = self.seen.judgement.breast, self.seen.target
        own = {f.finding_id: f for f in breast.findings if f.reading_id == target.reading_id}
        if finding_id not in own:
            msg = f"{self.seen.name} reported no finding {finding_id!r}"
            raise CorrError(msg, allowed=", ".join(own) or "none", fix="name a finding of this exam")
        return self.seen.level(own[finding_id])

    def plot(self) -> Picture:
        """The regions of 50, 80 and 95 %, and what the examination reported itself."""
        from corr.show.pages.where import expected_picture

        return expected_picture([self.seen])

    def worksheet(self, folder: str | Path) -> tuple[Path, Path]:
        """Write the page for the sonographer, HTML and PDF; their paths.

        Raises
        ------
        CorrError
            If the examination is no ultrasound.
        OSError
            If they cannot be written.
        """
        from corr.show.pages.worksheet import worksheet

        breast = self.seen.judgement.breast
        name = f"{breast.case_id}_{breast.side}_{self.seen.source_ids}_{self.seen.name}"
        return worksheet(self.seen).write(Path(folder), re.sub(r"[^\w.+-]+", "-", name))

    def __repr__(self) -> str:
        return self.sentence


@dataclass(frozen=True, eq=False, repr=False)
class Looked:
    """Where every examination would report every finding.

    Attributes
    ----------
    regions : one row a source, examination and quantity
    refused : examinations of which no place can be told, with the reason; and breasts for which
        one asked about does not exist
    answers : each that `regions` has rows of; none where there are many breasts
    """

    regions: pd.DataFrame
    refused: tuple[str, ...]
    answers: tuple[WhereToLook, ...]

    def save(self, folder: str | Path) -> Path:
        """Write ``regions.csv``; its path.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        path = Path(folder) / "regions.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.regions.to_csv(path, index=False, lineterminator="\n")
        return path

    def __repr__(self) -> str:
        said = f"{len(self.answers)} answers, {len(self.regions)} rows"
        return "\n".join([said, *self.refused])


def where_to_look(
    result: Result | JudgedBreast,
    finding_or_lesion: str | Sequence[str],
    exam: str,
    case_id: str | None = None,
    side: str | None = None,
) -> WhereToLook:
    """Where an examination would report a finding, or findings taken for one lesion.

    Parameters
    ----------
    result : what was judged
    finding_or_lesion : id of a finding, or ids of those taken for one lesion; what the examination
        itself reported is left out
    exam : done or not: ``MG:CC``, ``MG:MLO@50``, ``MG:ML``, ``MG:STEREO@15``, ``CEM:CC``, ``US``,
        ``US:ABUS``, ``MR``, ``MR:SUPINE``, or one of the case by its exam id
    case_id, side : needed where several breasts have such findings

    Raises
    ------
    CorrError
        If there is no such finding, or no such examination; or the geometry of its view is not
        known (rolled, spot and exaggerated views).
    """
    ids = [finding_or_lesion] if isinstance(finding_or_lesion, str) else list(finding_or_lesion)
    if isinstance(result, JudgedBreast):
        j, nipples = result.judgement, {}
    else:
        if case_id is None or side is None:
            fits = [
                b for b in result.records
                if case_id in (None, b.case_id) and side in (None, b.side)
                and set(ids) <= {f.finding_id for f in b.findings}
            ]  # fmt: skip
            if len(fits) != 1:
                several = "several breasts hold" if fits else "no breast holds"
                msg = f"{several} {', '.join(ids)}; `lesions` lists all finding ids"
                raise CorrError(msg, fix="name findings of one breast, with case_id and side")
            case_id, side = fits[0].case_id, fits[0].side
        j, nipples = result.breast(case_id, side).judgement, _nipples(result.source)
    nipple = nipples.get((j.breast.case_id, j.breast.side))
    return WhereToLook(expected(j, ids, named(j.breast, exam), nipple))


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
    given = isinstance(parameters, Parameters)
    own = found.parameters if isinstance(found, Case) else {}
    p = parameters if given else load_parameters(own).override(parameters or {})
    p = with_spreads(p, spreads) if spreads else p
    lesion_of = None
    if truth is not None:
        from corr.validation.truth import read_truth

        lesion_of = {str(i): str(x) for i, x in read_truth(Path(truth))["lesion_id"].items()}
    task = partial(
        _breast, p=p, exams=tuple(exams), nipples=_nipples(found), of_lesions=of_lesions,
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
    return Looked(pd.DataFrame(rows, columns=columns), refused, answers)


def _breast(
    breast: Breast,
    *,
    p: Parameters,
    exams: tuple[str, ...],
    nipples: Mapping[tuple[str, str], Place],
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
            r = named(j.breast, asked) if isinstance(asked, str) else usable(asked)
            kept[r.reading_id] = r
        except ExamError as error:
            refused.append(f"{j.breast.case_id} {j.breast.side}: {error.what}")
    return list(kept.values()), refused


def _nipples(source: Case | CaseTables) -> dict[tuple[str, str], Place]:
    """LPS place of the nipple of each breast where its findings state it, mm."""
    out = {}
    for row in source.rows:
        values: list[Any] = [getattr(row, f"mr_nipple_{axis}_mm") for axis in "lps"]
        if row.modality == "MR" and None not in values:
            out[row.case_id, row.breast] = (values[0], values[1], values[2])
    return out
