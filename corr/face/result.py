"""What a judgement of a case or of many gives: five tables, pictures, pages, explanations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from corr.case.casefile import Case
from corr.cohort.judge_cohort import judge_safely
from corr.face.breast import JudgedBreast, known
from corr.face.constants import Learned
from corr.face.tables import FiveTables
from corr.judgement.result import Judgement
from corr.plurals import many
from corr.problems import CorrError, Problem, counted
from corr.records import Breast

if TYPE_CHECKING:
    import pandas as pd

    from corr.face.exporting import Exported, FormatName
    from corr.show.explorer.explorer import Explorer
    from corr.show.figures.parts.picture import Picture
    from corr.show.pages.asked.answered import Answered
    from corr.show.pages.parts import Part
    from corr.show.wording.html import Snippet

Words = Literal["unread", "doubt", "sides", "changed"]
Table = Literal["problems", "assumptions", "constants"]


@dataclass(frozen=True, eq=False, repr=False)
class Result(FiveTables):
    """A judged case, or many: notebooks show its pairs.

    Attributes
    ----------
    learned : what ``spreads="learn"`` took from the findings, if it was asked for
    """

    learned: Learned | None = None
    _kept: dict[tuple[str, str], Judgement] = field(default_factory=dict)

    def keep(self, judgements: Iterable[Judgement]) -> None:
        """Keep judgements whole, so that `breast` need not judge again."""
        self._kept.update({(j.breast.case_id, j.breast.side): j for j in judgements})

    def kept(self, breast: Breast) -> Judgement | None:
        """The judgement of a breast, if it was kept."""
        return self._kept.get((breast.case_id, breast.side))

    # one breast

    @property
    def breasts(self) -> list[JudgedBreast]:
        """Every breast that could be judged, right first; of many breasts this takes its time."""
        bad = {(p.case_id, p.value) for p in self.failed}
        each = sorted(self.records, key=lambda b: b.side, reverse=True)
        each.sort(key=lambda b: b.case_id)
        return [self._judged(b) for b in each if (b.case_id, b.side) not in bad]

    def breast(self, case_id: str | None = None, side: str | None = None) -> JudgedBreast:
        """One judged breast; what is left out must be clear: the only case, its only side.

        Raises
        ------
        CorrError
            If there is none or several; the message says which there are. Also if it could not
            be judged.
        """
        fits = [b for b in self.records if case_id in (None, b.case_id) and side in (None, b.side)]
        if len(fits) != 1:
            names = [f"{b.case_id} {b.side}" for b in fits or self.records]
            some = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
            asked = " ".join(x for x in (case_id, side) if x)
            what = f"several breasts are {asked}" if asked else "several breasts"
            msg = f"{what if fits else f'no breast {asked}'}; choose case_id and side of: {some}"
            raise CorrError(msg)
        return self._judged(fits[0])

    def _judged(self, breast: Breast) -> JudgedBreast:
        key = (breast.case_id, breast.side)
        if key not in self._kept:
            found = judge_safely(breast, self.parameters)
            if isinstance(found, Problem):
                msg = f"{breast.case_id} {breast.side} could not be judged; {found.fix}"
                raise CorrError(msg)
            self._kept[key] = found[0]
        return JudgedBreast(self._kept[key])

    def _find(self, a: str, b: str) -> JudgedBreast:
        holds = [x for x in self.records if {a, b} <= {f.finding_id for f in x.findings}]
        if len(holds) == 1:
            return self._judged(holds[0])
        msg = f"no breast holds both {a!r} and {b!r}; `pairs` lists all finding_a, finding_b"
        raise CorrError(msg)

    def explain(self, a: str, b: str) -> Snippet:
        """Why two findings are probably the same lesion or not: see `JudgedBreast.explain`.

        Raises
        ------
        CorrError
            If the two are no pair.
        """
        return self._find(a, b).explain(a, b)

    # shown and written

    @property
    def heading(self) -> str:
        """The title of the case with its sides, or how many women and breasts there are."""
        if isinstance(self.source, Case):
            return self.source.heading
        if len(self.case_ids) == 1:
            return self.source.case().heading
        return f"{many(len(self.records), 'breast')} of {many(len(self.case_ids), 'woman')}"

    @property
    def text(self) -> str:
        """Every pair of one case in a sentence, as `corr case` prints it."""
        from corr.show.wording.text import case_text

        title = self.source.title if isinstance(self.source, Case) else self.heading
        return case_text(title, [b.judgement for b in self.breasts])

    @property
    def sentence(self) -> str:
        """The answer in one sentence for each breast, or of many how many are left undecided."""
        from corr.show.pages.cohort import cohort_sentence
        from corr.show.wording.text import case_sentence

        if len(self.case_ids) > 1:
            return cohort_sentence(self.records, self.pairs, simulated=False)
        return case_sentence([b.judgement for b in self.breasts])

    def plot(self) -> Picture:
        """Of one woman clock face and P(same) of each breast; of many how P(same) is spread.

        Raises
        ------
        CorrError
            If no breast could be judged.
        """
        if len(self.case_ids) > 1:
            from corr.show.figures.parts.palette import figure_of
            from corr.show.figures.parts.picture import Picture
            from corr.show.pages.cohort import plot_p_same

            alt = f"Histogram of P(same) over {many(len(self.pairs), 'pair')} of {self.heading}"
            return Picture(figure_of(plot_p_same(self.pairs)), alt=alt)
        from corr.show.pages.pictures import overview_picture

        judged = [b.judgement for b in self.breasts]
        if not judged:
            msg = f"{self.heading}: no breast could be judged, see `problems`"
            raise CorrError(msg)
        return overview_picture(*([j for j in judged if j.pairs] or judged[:1]))

    def explore(self, case_id: str | None = None, *, finding: str | None = None) -> Explorer:
        """The explorer of a case: drag findings, change assumptions; ``.show()`` displays it.

        Parameters
        ----------
        finding : the one to be moved at first
        """
        from corr.face.exploring import explore

        return explore(self.source, case_id, finding=finding, overrides=self.changes)

    def report(self, path: str | Path, case_id: str | None = None, *, remark: str = "") -> Path:
        """Write the page of one case, or of many the page of all, to a folder; offline HTML.

        Returns
        -------
        path of the page; the executed notebook lies beside it, of many cases also the five tables

        Raises
        ------
        ReportError
            If the page could not be made.
        OSError
            If it cannot be written.
        """
        from corr.face.pages import page_of

        return page_of(self, Path(path), case_id, remark)

    def export(self, folder: str | Path, to: str | Iterable[FormatName] = "tables") -> Exported:
        """Write files for other programs, each format to ``folder/<its name>``.

        Parameters
        ----------
        to : ``slicer``, ``dicom``, ``fhir``, ``tables``, or several (a list, or with commas); of
            many women each has a folder of her own, but for tables

        The same result gives the same bytes. Identifiers are those of the case.

        Raises
        ------
        CorrError
            If there is no such format, what it needs is not installed, or its folder is there
            already: nothing is written over.
        OSError
            If something cannot be written.
        """
        from corr.face.exporting import export

        return export(self, Path(folder), to)

    # what pages say of the whole

    def sentences(self, what: Words = "unread") -> list[str]:
        """Words ``unread`` or in ``doubt``, that ``sides`` are apart, constants ``changed``.

        Raises
        ------
        CorrError
            For another name.
        """
        from corr.show.pages import explain

        said = {
            "unread": lambda: explain.unread_sentences(self.all_problems),
            "doubt": lambda: explain.doubtful_sentences(self.all_problems),
            "sides": lambda: [explain.SIDES_NEVER_LINKED],
            "changed": lambda: [explain.changed_sentence(self.parameters)],
        }
        return known("kind of sentence", what, said)()

    def table(self, what: Table = "problems") -> pd.DataFrame:
        """``problems`` in words, main ``assumptions`` in words, or all ``constants``.

        Raises
        ------
        CorrError
            For another name.
        """
        from corr.show.pages import explain, tables

        shown = {
            "problems": lambda: explain.problem_rows(self.all_problems),
            "assumptions": lambda: tables.main_assumption_table(self.parameters),
            "constants": lambda: tables.assumption_table(self.parameters),
        }
        return known("table", what, shown)()

    def part(self, what: Part) -> list[Snippet | Picture]:
        """Of a page: ``board`` (lesions by exams), ``exams``, ``open``, ``pairs``, ``sources``.

        Raises
        ------
        CorrError
            For another name, or if there are several cases.
        """
        from corr.show.pages.parts import part

        self._one_case("a page is of one case")
        case = self.source if isinstance(self.source, Case) else self.source.case()
        return part(what, case, [b.judgement for b in self.breasts])

    def answers(self) -> list[Answered]:
        """What was asked of one case, each question with its answer; else the usual questions.

        Raises
        ------
        CorrError
            If no breast could be judged, or there are several cases.
        """
        from corr.show.pages.asked.answered import answered

        self._one_case("questions are answered of one judged case")
        asked = self.source.questions if isinstance(self.source, Case) else ()
        return answered(asked, self.breasts)

    def _one_case(self, why: str) -> None:
        if len(self.case_ids) != 1 or not self.breasts:
            msg = f"{self.heading}: {why}"
            raise CorrError(msg, fix="judge one case")

    def __repr__(self) -> str:
        pairs = many(len(self.pairs), "pair")
        return f"Result of {self.heading}: {pairs}, {counted(self.all_problems)}"

    def _repr_html_(self) -> str:
        from corr.show.pages.cohort import verdict_table
        from corr.show.wording import html

        parts = [html.heading(self.heading).html]
        if len(self.case_ids) > 1:
            verdicts = html.table(verdict_table(self.pairs), "Verdicts")
            pairs = html.long_table(self.pairs.iloc[:, :8].round(2), "Pairs")
            parts += [s.html for s in (html.paragraphs([self.sentence]), verdicts, pairs)]
        else:
            parts += [b._repr_html_() for b in self.breasts]
        if self.all_problems:
            parts.append(html.paragraphs([f"{counted(self.all_problems)}: see .problems"]).html)
        return "".join([*parts, html.research_box().html])
