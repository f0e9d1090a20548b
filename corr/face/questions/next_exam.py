"""What examinations that could be done would tell of a pair of findings: one answer, or a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from corr.case.exam_names import exam_name
from corr.exchange.frames import write_frame
from corr.face.breast import JudgedBreast
from corr.face.result import Result
from corr.judgement.judge import judge
from corr.judgement.result import Judgement
from corr.parameters import Parameters
from corr.plurals import many
from corr.problems import CorrError
from corr.questions.asked import ExamError
from corr.questions.settle.options import COLUMNS, Options, Told, pair_of
from corr.records import Breast
from corr.workers import in_workers

if TYPE_CHECKING:
    import pandas as pd

    from corr.show.figures.parts.picture import Picture
    from corr.show.wording.html import Snippet

PAIRS = ("undecided", "all")
MOST_SAID = 8
"""Pairs whose sentences are said; the table has all."""
FEW = 4
"""Breasts up to which no workers are started."""
Ids = tuple[str, str]


@dataclass(frozen=True, eq=False, repr=False)
class NextExam:
    """What examinations and procedures would tell of pairs of findings.

    It says how much an answer would tell of this question, not whether the examination is
    clinically needed: rows stand in the order in which exams were asked about.

    Attributes
    ----------
    told : one for each pair and examination
    refused : examinations that nothing can be told of, with the reason
    """

    told: tuple[Told, ...]
    refused: tuple[str, ...] = ()

    @property
    def table(self) -> pd.DataFrame:
        """One row a pair and examination, with the columns of ``next.csv``."""
        import pandas as pd

        return pd.DataFrame([t.row for t in self.told], columns=list(COLUMNS))

    @property
    def sentences(self) -> list[str]:
        """Of each pair what examinations would tell, as a page says it."""
        from corr.show.wording.next_words import gain_answer
        from corr.show.wording.text import names

        pairs: dict[tuple[str, ...], list[Told]] = {}
        for t in self.told:
            breast = t.judgement.breast
            pairs.setdefault((breast.case_id, breast.side, *t.ids), []).append(t)
        whose = len({pair[:2] for pair in pairs}) > 1
        said = []
        for (case_id, side, *_), each in pairs.items():
            name = names(each[0].judgement.breast)
            answer = gain_answer(each[0].pair, [t.gain for t in each], name)
            said.append(f"{case_id} {side}: {answer.said}" if whose else answer.said)
        return said

    @property
    def sentence(self) -> str:
        """The answer in words: the sentences of the first pairs, and that it is no advice."""
        from corr.show.wording.next_words import NOT_NEEDED

        each = self.sentences or ["No pair was asked about."]
        left = len(each) - MOST_SAID
        more = [f"The table has {many(left, 'more pair')}."] if left > 0 else []
        return "\n".join([*each[:MOST_SAID], *more, NOT_NEEDED])

    def plot(self) -> Picture | Snippet:
        """Bits of each examination for the pair that stands first, with their errors and burden."""
        from corr.show.pages.asked.next_exam import gains_picture, no_pair

        if not self.told:
            return no_pair()
        first = self.told[0]
        own = [t.gain for t in self.told if t.pair is first.pair]
        return gains_picture(first.judgement, first.pair, own)

    def save(self, folder: str | Path) -> Path:
        """Write ``next.csv``; its path.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        return write_frame(self.table, Path(folder) / "next.csv")

    def __repr__(self) -> str:
        return "\n".join([self.sentence, *self.refused])


def next_exam(
    result: Result | JudgedBreast,
    pair: Ids | None = None,
    exams: Sequence[str] | None = None,
    *,
    pairs: str = "undecided",
    jobs: int = -1,
) -> NextExam:
    """What each examination that could be done would tell of whether two findings are one lesion.

    The gain of information is expected: outcomes are drawn as they are believed, seeing nothing and
    finding something else among them. It says how much an answer would tell of this question, not
    whether the examination is clinically needed.

    Parameters
    ----------
    result : what was judged
    pair : ids of two findings; without, every pair that ``pairs`` says
    exams : names, in the order of the rows: ``US``, ``US:TARGETED`` (led to where the two are
        believed), ``MG:CC``, ``MG:MLO@50``, ``MG:ML``, ``MG:CC-DBT`` (with the height of a slice),
        ``MG:STEREO@15``, ``MR``, ``MR:SUPINE``, ``CEM:CC``, and procedures that make sense of a
        pair, as ``US:MARKER``, ``US:SPECIMEN``, ``US:FOCI``, ``REPEAT``; all of these unless named
    pairs : ``undecided`` or ``all``
    jobs : worker processes for many breasts, -1 = one per core

    Raises
    ------
    CorrError
        If the two are no pair, or nothing can be told of any examination asked about.
    """
    if pairs not in PAIRS:
        msg = f"no pairs {pairs!r}"
        raise CorrError(msg, allowed=", ".join(PAIRS), fix="leave it out for undecided pairs")
    if isinstance(result, JudgedBreast):
        each = [_of_breast(result.judgement, pair, exams, pairs)]
    elif pair is not None:
        each = [_of_breast(_holds(result, pair), pair, exams, pairs)]
    else:
        task = partial(_judged, p=result.parameters, exams=exams, pairs=pairs)
        breasts = [b for b in result.records if len(b.findings) > 1]
        many = len(breasts) > FEW
        whole = in_workers(task, breasts, jobs=jobs) if many else (
            _of_breast(b.judgement, None, exams, pairs) for b in result.breasts
        )  # fmt: skip
        each = list(whole)
    told = tuple(t for some, _ in each for t in some)
    refused = tuple(dict.fromkeys(said for _, some in each for said in some))
    if exams and refused and not told:
        raise ExamError(refused[0])
    return NextExam(told, refused)


def _holds(result: Result, pair: Ids) -> Judgement:
    fits = [b for b in result.records if set(pair) <= {f.finding_id for f in b.findings}]
    if len(fits) != 1:
        msg = f"{'several breasts hold' if fits else 'no breast holds'} {' and '.join(pair)}"
        raise CorrError(msg, fix="name two findings of one breast; `pairs` lists all")
    return result.breast(fits[0].case_id, fits[0].side).judgement


def _judged(
    breast: Breast, *, p: Parameters, exams: Sequence[str] | None, pairs: str
) -> tuple[list[Told], list[str]]:
    return _of_breast(judge(breast, p), None, exams, pairs)


def _of_breast(
    judgement: Judgement, pair: Ids | None, exams: Sequence[str] | None, pairs: str
) -> tuple[list[Told], list[str]]:
    """What is told of one breast, and why of some exams nothing is."""
    options = Options(judgement)
    exams = [exam_name(x, judgement.breast) for x in exams or ()]
    if pair is not None:
        asked = [pair_of(judgement, *pair)]
    else:
        asked = list(judgement.pairs) if pairs == "all" else options.undecided
    told: list[Told] = []
    refused: list[str] = []
    for each in asked:
        candidates, some = options.candidates(each, exams)
        told += options.tell(each, candidates)
        refused += some
    return told, refused
