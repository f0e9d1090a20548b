"""What films of a localisation add, and what outcomes of procedures would make of a pair."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from corr.exchange.frames import write_frame
from corr.face.breast import JudgedBreast
from corr.face.result import Result
from corr.judgement.result import Judgement, Pair
from corr.problems import CorrError
from corr.questions.settle import confirming
from corr.questions.settle.localisation import COLUMNS, Localisation
from corr.questions.settle.localisation import localise as localised
from corr.questions.settle.options import Options, pair_of

if TYPE_CHECKING:
    import pandas as pd

    from corr.show.figures.parts.picture import Picture


@dataclass(frozen=True, eq=False, repr=False)
class Localised:
    """How well a target is known after each film of a stereotactic localisation.

    Attributes
    ----------
    found : what all of it is read from
    """

    found: Localisation

    @property
    def films(self) -> pd.DataFrame:
        """One row before any film, and one after each: SDs, longest axis and volume of 80 %."""
        import pandas as pd

        return pd.DataFrame(self.found.rows(), columns=list(COLUMNS))

    @property
    def sentence(self) -> str:
        """The answer in words."""
        from corr.show.wording.localisation_words import localisation_answer

        return localisation_answer(self.found).said

    def save(self, folder: str | Path) -> Path:
        """Write ``films.csv``; its path.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        return write_frame(self.films, Path(folder) / "films.csv")

    def plot(self) -> Picture:
        """Longest axis of the region of 80 % after each film."""
        from corr.show.pages.asked.next_exam import films_picture

        return films_picture(self.found)

    def __repr__(self) -> str:
        return self.sentence


@dataclass(frozen=True, eq=False, repr=False)
class Outcomes:
    """What each outcome of the procedures that compare two findings would make of P(same).

    Attributes
    ----------
    options : of the breast, with what may be true of it
    pair : the two findings
    """

    options: Options
    pair: Pair

    @property
    def table(self) -> pd.DataFrame:
        """One row a procedure and outcome: how probable it is, and P(same) once it has come."""
        import pandas as pd

        rows = confirming.rows(self.options, self.pair)
        return pd.DataFrame(rows, columns=list(confirming.COLUMNS))

    @property
    def sentence(self) -> str:
        """The answer in words."""
        from corr.show.pages.asked.next_exam import confirming_answers

        a, b = self.pair.finding_a, self.pair.finding_b
        answers = confirming_answers(self.options.judgement, [(a, b)])
        return answers[0].said if answers else f"No procedure asked about compares {a} and {b}."

    def save(self, folder: str | Path) -> Path:
        """Write ``outcomes.csv``; its path.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        return write_frame(self.table, Path(folder) / "outcomes.csv")

    def __repr__(self) -> str:
        return self.sentence


def localise(result: Result | JudgedBreast, finding_id: str, approach: str = "CC") -> Localised:
    """How well a finding's place is known after each film of a stereotactic localisation.

    Parameters
    ----------
    result : what was judged
    finding_id : the target, usually calcifications
    approach : view from whose side films are taken and the needle comes: ``CC``, ``FB``, ``ML``,
        ``LM``, ``MLO``, ``LMO``, ``SIO``, ``ISO``

    Raises
    ------
    CorrError
        If no breast, or more than one, holds such a finding; or there is no such view.
    """
    return Localised(localised(_judgement(result, (finding_id,)), finding_id, approach))


def outcomes(result: Result | JudgedBreast, pair: tuple[str, str]) -> Outcomes:
    """What foci, a sample, a marker and the like would make of whether two findings are one.

    Parameters
    ----------
    result : what was judged
    pair : ids of two findings; one of them reported by ultrasound, or no procedure compares them

    Raises
    ------
    CorrError
        If the two are no pair of one breast.
    """
    judgement = _judgement(result, pair)
    return Outcomes(Options(judgement), pair_of(judgement, *pair))


def _judgement(result: Result | JudgedBreast, ids: tuple[str, ...]) -> Judgement:
    """Of the breast that holds some findings."""
    if isinstance(result, JudgedBreast):
        return result.judgement
    fits = [b for b in result.records if set(ids) <= {f.finding_id for f in b.findings}]
    if len(fits) != 1:
        several = "several breasts hold" if fits else "no breast holds"
        msg = f"{several} {' and '.join(ids)}"
        raise CorrError(msg, fix="take one breast of the result: result.breast(case_id, side)")
    return result.breast(fits[0].case_id, fits[0].side).judgement
