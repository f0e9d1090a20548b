"""Many judged breasts at a glance: how P(same) is spread, verdicts, problems, agreement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from corr.case.open import CaseTables
from corr.face.reading import problem_frame
from corr.face.result import Result
from corr.problems import CorrError, Problem
from corr.records import Breast
from corr.show.figures.parts.palette import figure_of
from corr.show.figures.parts.picture import Picture
from corr.show.pages import cohort

if TYPE_CHECKING:
    import pandas as pd

Plot = Literal["p_same", "calibration"]
Table = Literal["verdicts", "calibration", "problems", "undecided"]


@dataclass(frozen=True)
class Glance:
    """A judged cohort.

    Attributes
    ----------
    breasts : that were asked about
    pairs : the columns of ``pairs.csv``; ``same`` (0/1) beside them where a truth is known, and
        then only the pairs that it knows
    simulated : said beside every comparison with the truth
    """

    breasts: Sequence[Breast]
    pairs: pd.DataFrame
    problems: tuple[Problem, ...]
    simulated: bool = False

    @property
    def known(self) -> bool:
        """Whether a truth was given."""
        return "same" in self.pairs

    @property
    def sentence(self) -> str:
        """The cohort in one sentence; with a truth, how often each verdict was right."""
        return cohort.cohort_sentence(self.breasts, self.pairs, simulated=self.simulated)

    def plot(self, what: Plot = "p_same") -> Picture:
        """``p_same``: how it is spread; ``calibration``: share truly the same against P(same).

        Raises
        ------
        CorrError
            For another name, or the calibration without a truth.
        """
        if what == "p_same":
            alt = "Histogram of P(same) over all pairs of findings of the cohort"
            return Picture(figure_of(cohort.plot_p_same(self.pairs)), alt=alt)
        self._needs_truth(what)
        alt = "Share of pairs truly the same against stated P(same)"
        return Picture(figure_of(cohort.plot_calibration(self.pairs)), alt=alt)

    def table(self, what: Table = "verdicts") -> pd.DataFrame:
        """``verdicts``, ``calibration`` in ten bins, ``problems``, cases most ``undecided``.

        Raises
        ------
        CorrError
            For another name, or the calibration without a truth.
        """
        if what == "verdicts":
            return cohort.verdict_table(self.pairs)
        if what == "problems":
            return cohort.problem_table(problem_frame(self.problems))
        if what == "undecided":
            return cohort.undecided_cases(self.pairs)
        self._needs_truth(what)
        return cohort.calibration_shown(self.pairs)

    def _needs_truth(self, what: str) -> None:
        if what != "calibration" or not self.known:
            known = "calibration (with a truth), p_same (a plot), verdicts, problems, undecided"
            msg = f"cannot show {what!r} of this cohort; there are: {known}"
            raise CorrError(msg)


def glance(
    judged: Result | str | Path,
    tables: CaseTables,
    truth: str | Path | None = None,
    *,
    simulated: bool = False,
) -> Glance:
    """Many judged breasts at a glance.

    Parameters
    ----------
    judged : a result, or the folder of the tables that `Result.save` or ``corr judge`` wrote
    tables : what was judged
    truth : table with ``finding_id, lesion_id``

    Raises
    ------
    FileNotFoundError
        If there is no ``pairs.csv`` in the folder.
    ValueError
        If the truth lacks one of its two columns.
    """
    failed = judged.failed if isinstance(judged, Result) else ()
    stated = judged.pairs if isinstance(judged, Result) else cohort.read_pairs(judged)
    pairs = cohort.with_truth(stated, truth)
    return Glance(tables.breasts, pairs, (*tables.problems, *failed), simulated)
