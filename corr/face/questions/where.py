"""Where another examination would report a lesion: one answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from corr.case.exam_names import exam_name
from corr.case.open import nipples_lps
from corr.exams.registry import exam_of
from corr.face.breast import JudgedBreast
from corr.face.result import Result
from corr.problems import CorrError
from corr.questions.asked import named
from corr.questions.look.densities import SHARES
from corr.questions.look.where import COLUMNS, Expected, expected

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from corr.show.figures.parts.picture import Picture


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
            raise CorrError(
                msg, allowed=", ".join(own) or "none", fix="name a finding of this exam"
            )
        return self.seen.level(own[finding_id])

    def plot(self) -> Picture:
        """The regions of 50, 80 and 95 %, and what the examination reported itself."""
        from corr.show.pages.asked.where import expected_picture

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
        from corr.show.pages.asked.worksheet import worksheet

        breast = self.seen.judgement.breast
        name = f"{breast.case_id}_{breast.side}_{self.seen.source_ids}_{self.seen.name}"
        return worksheet(self.seen).write(Path(folder), re.sub(r"[^\w.+-]+", "-", name))

    def __repr__(self) -> str:
        return self.sentence


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
        ``US:ABUS``, ``MR``, ``MR:SUPINE``, a word for these, or one of the case by its exam id
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
        j, nipples = result.breast(case_id, side).judgement, nipples_lps(result.source.rows)
    nipple = nipples.get((j.breast.case_id, j.breast.side))
    return WhereToLook(expected(j, ids, named(j.breast, exam_name(exam, j.breast)), nipple))
