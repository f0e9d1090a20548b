"""One judged breast: its numbers, pictures, sentences, and what a fuller report would change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from corr.exchange.tables import PAIRS, rows_of
from corr.judgement.result import Judgement
from corr.problems import CorrError
from corr.records import Breast

if TYPE_CHECKING:
    import pandas as pd

    from corr.show.figures.parts.picture import Picture
    from corr.show.wording.html import Snippet

Plot = Literal[
    "overview", "clock", "3d", "films", "matrix", "groupings", "steps", "change", "where"
]
Table = Literal["findings", "pairs", "numbers", "groupings", "steps", "drivers", "where"]
Words = Literal["breast", "findings", "words", "pairs", "places", "notes"]
Question = Literal["films", "distances", "calcifications"]

PLOTS = {
    "overview": "overview_picture",
    "clock": "clock_picture",
    "3d": "breast3d_picture",
    "films": "films_picture",
    "matrix": "matrix_picture",
    "groupings": "grouping_picture",
    "steps": "evidence_picture",
}
TABLES = {
    "pairs": "answer_table",
    "numbers": "check_table",
    "groupings": "grouping_table",
    "steps": "step_table",
}
QUESTIONS = {
    "films": "view_questions",
    "distances": "distance_questions",
    "calcifications": "calcification_questions",
}
MOST_TOLD = 8
"""Pairs that are told in a sentence each."""


@dataclass(frozen=True)
class Asked:
    """The pairs of one finding as reported and under what a report might have said instead.

    Attributes
    ----------
    table : one row a variant, one column a pair: P(same)
    sentences : how far each pair moves
    """

    table: pd.DataFrame
    sentences: tuple[str, ...]

    @property
    def shown(self) -> pd.DataFrame:
        """`table` with probabilities as they are written, no wider than a page."""
        from corr.show.pages.tables import one_row_a_pair

        return one_row_a_pair(self.table)

    @property
    def written(self) -> pd.DataFrame:
        """`table` with probabilities as they are written."""
        from corr.show.pages.tables import written_table

        return written_table(self.table)


@dataclass(frozen=True)
class JudgedBreast:
    """One breast and what its findings say about each other; notebooks show it as its pairs."""

    judgement: Judgement
    _asked: dict[str, list[pd.DataFrame]] = field(default_factory=dict, compare=False)

    @property
    def breast(self) -> Breast:
        """The findings and readings that were judged."""
        return self.judgement.breast

    @property
    def side(self) -> str:
        """``L`` or ``R``."""
        return self.breast.side

    @property
    def pairs(self) -> pd.DataFrame:
        """One row a pair, with the columns of ``pairs.csv``."""
        import pandas as pd

        return pd.DataFrame(rows_of(self.judgement)["pairs"], columns=list(PAIRS))

    def plot(self, what: Plot = "overview") -> Picture | Snippet:
        """A picture of this breast; a sentence where there is nothing to draw.

        ``overview`` (clock face and P(same)), ``clock`` (where each finding may lie), ``3d``,
        ``films`` (CC and oblique), ``matrix`` (P(same)), ``groupings``, ``steps`` (from the prior
        to P(same)), ``change`` (sizes over the dates) or ``where`` (where other exams would
        report the lesion of most findings).

        Raises
        ------
        CorrError
            For another name.
        """
        from corr.show.pages import pictures
        from corr.show.pages.asked import change, where

        if what == "change":
            return change.change_picture(self.judgement)
        if what == "where":
            return where.where_picture(self.judgement)
        return getattr(pictures, known("picture", what, PLOTS))(self.judgement)

    def table(self, what: Table = "pairs") -> pd.DataFrame:
        """A table as pages show it.

        ``findings`` (what was reported), ``pairs`` (P(same), prior, band, verdict, driver),
        ``numbers`` (the same by finding ids), ``groupings``, ``steps`` (from the prior to P(same)),
        ``drivers`` (constants that matter most) or ``where`` (where other exams would report it).

        Raises
        ------
        CorrError
            For another name.
        """
        from corr.show.pages import tables
        from corr.show.pages.asked import where

        if what == "where":
            return where.where_table(self.judgement)
        if what == "findings":
            return tables.finding_table(self.breast)
        if what == "drivers":
            return tables.driver_table(self.judgement)
        return getattr(tables, known("table", what, TABLES))(self.judgement)

    def sentences(self, what: Words = "pairs") -> list[str]:
        """What pages say of this breast.

        ``breast`` (the answer in one), ``pairs`` (each of the likeliest), ``findings`` (kept apart,
        near a clip or scar), ``words`` (with several meanings), ``places`` (not stated),
        or ``notes``.

        Raises
        ------
        CorrError
            For another name.
        """
        from corr.show.pages import explain, tables
        from corr.show.wording import text

        j = self.judgement
        said = {
            "breast": lambda: [text.breast_sentence(j)],
            "pairs": lambda: [text.answer_sentence(j, p) for p in tables.main_first(j)[:MOST_TOLD]],
            "findings": lambda: explain.kept_apart(j.breast) + explain.nearby_sentences(j),
            "words": lambda: text.word_sentences(j),
            "places": lambda: explain.place_sentences(j),
            "notes": lambda: list(j.notes),
        }
        return known("kind of sentence", what, said)()

    def explain(self, a: str, b: str) -> Snippet:
        """One pair: P(same), band, verdict, and the steps that lead from the prior to it.

        Raises
        ------
        CorrError
            If the two are no pair of this breast; the message says which findings are.
        """
        from corr.show.pages import tables
        from corr.show.wording import html, text

        try:
            pair = self.judgement.pair(a, b)
        except KeyError:
            ids = sorted({i for p in self.judgement.pairs for i in (p.finding_a, p.finding_b)})
            who = f"{self.breast.case_id} {self.side}"
            some = ", ".join(ids) or "none"
            msg = f"no pair {a!r}, {b!r} in {who}; findings that are paired: {some}"
            raise CorrError(msg) from None
        at = tables.main_first(self.judgement).index(pair)
        said = html.paragraphs([text.answer_sentence(self.judgement, pair)])
        steps = html.table(self.table("steps").iloc[[at]], "P(same) after each step")
        return html.Snippet(said.html + steps.html, plain=f"{said.plain}\n{steps.plain}")

    def what_if(self, question: Question) -> list[Asked]:
        """The same reports judged again with one thing changed; a question about the reports.

        ``films`` (which film "deep to the nipple" was said of), ``distances`` (from the nipple,
        had ultrasound stated one) or ``calcifications`` (had it said of a mass whether it holds
        some): one answer a finding that is asked about, none where there is nothing to ask.

        Raises
        ------
        CorrError
            For another question.
        """
        from corr.show.pages import explain, tables

        j, found = self.judgement, self.what_if_tables(question)
        if question == "calcifications":
            return [Asked(t, tuple(explain.calcification_sentences(j, t))) for t in found]
        return [Asked(t, tuple(tables.moved_sentences(t))) for t in found]

    def what_if_tables(self, question: str) -> list[pd.DataFrame]:
        """The tables of `what_if`; computed once."""
        from corr.questions import whatif
        from corr.show.pages import tables

        ask = known("question", question, QUESTIONS)
        if question not in self._asked:
            j = self.judgement
            variants = getattr(whatif, ask)(j.breast)
            self._asked[question] = tables.what_if_tables(j, variants, j.parameters)
        return self._asked[question]

    def __repr__(self) -> str:
        return f"{self.breast.case_id} {self.side}: {self.sentences('breast')[0]}"

    def _repr_html_(self) -> str:
        from corr.show.wording import html

        said = html.paragraphs(self.sentences("breast")).html
        if not self.judgement.pairs:
            return said
        return said + html.long_table(self.table("pairs"), "Pairs", of=self.judgement).html


def known(kind: str, name: str, allowed: dict[str, Any]) -> Any:
    """What goes by a name, or an error that says which names there are."""
    if name not in allowed:
        msg = f"no {kind} {name!r}; allowed: {', '.join(allowed)}"
        raise CorrError(msg)
    return allowed[name]
