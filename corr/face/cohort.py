"""Many judged breasts at a glance: what was reported, verdicts, pairs worth a look, agreement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from corr.case.open import CaseTables
from corr.exchange.files import file_stem
from corr.face.reading import problem_frame
from corr.face.result import Result
from corr.problems import CorrError, Problem
from corr.records import Breast
from corr.show.figures.parts.palette import figure_of
from corr.show.figures.parts.picture import Picture
from corr.show.pages import cohort
from corr.show.pages.whole import overview, worth_a_look
from corr.show.pages.whole.chosen import asked_pairs
from corr.show.wording.html import Snippet

if TYPE_CHECKING:
    import pandas as pd

Plot = Literal["p_same", "calibration"]
Table = Literal["verdicts", "calibration", "problems", "undecided", "modalities", "missing"]
Finder = Literal["look", "breasts"]


@dataclass(frozen=True)
class Glance:
    """A judged cohort.

    Its long tables (`finder`) are sorted, searched and filtered on a page.

    Attributes
    ----------
    breasts : that were asked about
    pairs : the columns of ``pairs.csv``; ``same`` (0/1) beside them where a truth is known, and
        then only the pairs that it knows
    simulated : said beside every comparison with the truth
    pages : folder of case pages; those that are there are linked
    """

    breasts: Sequence[Breast]
    pairs: pd.DataFrame
    problems: tuple[Problem, ...]
    simulated: bool = False
    pages: Path | None = None

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

        Of what was reported: ``modalities`` with their views and kinds, what is ``missing``.

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
        if what == "modalities":
            return overview.modality_table(self.breasts)
        if what == "missing":
            return overview.missing_table(self.breasts)
        self._needs_truth(what)
        return cohort.calibration_shown(self.pairs)

    def finder(self, what: Finder) -> Snippet:
        """A table to find rows in: pairs worth a ``look``, each with why, or all ``breasts``.

        Raises
        ------
        CorrError
            For another name.
        """
        if what == "look":
            return worth_a_look.look_table(self._asked, self._reasons, self._linked)
        if what == "breasts":
            wrong = Counter(p.case_id for p in self.problems)
            return worth_a_look.breast_table(
                self._asked, self.breasts, self._reasons, wrong, self._linked
            )
        msg = f"cannot find rows of {what!r}; there are: look, breasts"
        raise CorrError(msg)

    def sentences(self, what: Literal["look", "missing"] = "look") -> list[str]:
        """How many pairs are worth a ``look`` and why; columns that no finding states.

        Raises
        ------
        CorrError
            For another name.
        """
        if what == "look":
            return worth_a_look.look_sentences(self._reasons)
        if what == "missing":
            never = overview.never_stated(self.breasts)
            return [f"No finding states {', '.join(never)}."] if never else []
        msg = f"cannot say {what!r} of this cohort; there are: look, missing"
        raise CorrError(msg)

    @cached_property
    def _asked(self) -> pd.DataFrame:
        return asked_pairs(self.pairs, self.breasts, self.problems)

    @cached_property
    def _reasons(self) -> dict[str, worth_a_look.Mask]:
        return worth_a_look.reasons(self._asked, self.breasts)

    @cached_property
    def _linked(self) -> dict[str, str]:
        if self.pages is None:
            return {}
        names = {b.case_id: f"{file_stem(b.case_id)}.html" for b in self.breasts}
        there = {path.name for path in self.pages.glob("*.html")}
        return {case_id: name for case_id, name in names.items() if name in there}

    def _needs_truth(self, what: str) -> None:
        if what != "calibration" or not self.known:
            known = "calibration (with a truth), p_same (a plot), verdicts, problems, undecided"
            msg = f"cannot show {what!r} of this cohort; there are: {known}, modalities, missing"
            raise CorrError(msg)


def glance(
    judged: Result | str | Path,
    tables: CaseTables,
    truth: str | Path | None = None,
    *,
    simulated: bool = False,
    pages: str | Path | None = None,
) -> Glance:
    """Many judged breasts at a glance.

    Parameters
    ----------
    judged : a result, or the folder of the tables that `Result.save` or ``corr judge`` wrote
    tables : what was judged
    truth : table with ``finding_id, lesion_id``
    pages : folder of case pages, to be linked where they have been made

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
    folder = None if pages is None else Path(pages)
    return Glance(tables.breasts, pairs, (*tables.problems, *failed), simulated, folder)
