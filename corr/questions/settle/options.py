"""What examinations and procedures would tell of pairs of findings: the rows of ``next.csv``.

Imaging is named as `corr.questions.asked` names it, but always as one that is done anew; with
``US:TARGETED`` (an ultrasound led to where the two findings are believed) and ``MG:CC-DBT`` (a film
with the height of its tomosynthesis slice). Procedures: `corr.questions.settle.procedures`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from threadpoolctl import ThreadpoolController

from corr.exams.registry import exam_of
from corr.judgement.order import in_order, same_errors
from corr.judgement.quadrature import weighed
from corr.judgement.result import Judgement, Pair
from corr.judgement.verdict import UNDECIDED
from corr.judgement.weights import Weights
from corr.problems import CorrError
from corr.questions.asked import ExamError, named
from corr.questions.settle.burden import burden
from corr.questions.settle.gains import SEED, Candidate, Gain, gain
from corr.questions.settle.heights import heights
from corr.questions.settle.next_exam import Examination
from corr.questions.settle.particles import Drawn, Particles
from corr.questions.settle.procedures import procedures
from corr.records import Breast, Reading

IMAGING = (
    *("US:TARGETED", "US", "MG:CC", "MG:MLO", "MG:ML", "MG:CC-DBT", "MG:STEREO@15"),
    *("MR", "MR:SUPINE"),
)
"""Asked about unless others are named; procedures that make sense of a pair follow."""
TARGETED, SLICE = "US:TARGETED", "-DBT"
COUNT = 64
"""Particles of each answer, to draw outcomes from and to weigh them under."""
COLUMNS = (
    *("case_id", "breast", "finding_a", "finding_b", "exam"),
    *("bits_now", "bits_gained", "error", "p_settles", "burden"),
)
"""Of ``next.csv``."""


@dataclass(frozen=True)
class Told:
    """What one candidate would tell of one pair."""

    judgement: Judgement
    pair: Pair
    gain: Gain

    @property
    def row(self) -> dict[str, object]:
        """With `COLUMNS`."""
        breast, g = self.judgement.breast, self.gain
        kinds = [f.modality for f in breast.findings if f.finding_id in self.ids]
        values = (
            *(breast.case_id, breast.side, *self.ids, g.exam),
            *(round(x, 4) for x in (g.bits_now, g.bits_gained, g.error, g.p_settles)),
            burden(g.exam, kinds).words,
        )
        return dict(zip(COLUMNS, values, strict=True))

    @property
    def ids(self) -> tuple[str, str]:
        """Of the two findings."""
        return self.pair.finding_a, self.pair.finding_b


class Options:
    """What could be done next about the findings of one judged breast."""

    def __init__(self, judgement: Judgement, weights: Weights | None = None) -> None:
        self.judgement, self._weights = judgement, weights

    @cached_property
    def weights(self) -> Weights:
        """The sums that the breast was judged with, made again unless given."""
        j = self.judgement
        return self._weights or weighed(in_order(j.breast), j.parameters, j.model)

    @cached_property
    def _drawn(self) -> Drawn:
        return Drawn(self.weights, SEED)

    @cached_property
    def _imaging(self) -> dict[str, Candidate]:
        return {}

    @property
    def undecided(self) -> list[Pair]:
        """Pairs that are."""
        return [pair for pair in self.judgement.pairs if pair.verdict == UNDECIDED]

    def particles(self, pair: Pair, count: int = COUNT) -> tuple[Particles, Particles]:
        """To draw outcomes from, and to weigh them under."""
        return self._drawn.apart(pair.finding_a, pair.finding_b, count)

    def tell(self, pair: Pair, candidates: Iterable[Candidate], count: int = COUNT) -> list[Told]:
        """What each candidate would tell of a pair, in their order."""
        with _thread_pools().limit(limits=1, user_api="blas"):  # the same last digits anywhere
            truth, given = self.particles(pair, count)
            return [
                Told(self.judgement, pair, gain(each, pair.p_same, truth, given))
                for each in candidates
            ]

    def candidates(
        self, pair: Pair, exams: Sequence[str] | None = None
    ) -> tuple[list[Candidate], list[str]]:
        """Those asked about, in their order; and why others cannot be told.

        Parameters
        ----------
        exams : names; without, `IMAGING` and the procedures that make sense of the pair
        """
        j, a, b = self.judgement, pair.finding_a, pair.finding_b
        own: list[Candidate] = [*procedures(j.breast, a, b, j.parameters), *heights(j, a, b)]
        by_name: dict[str, Candidate] = {each.name: each for each in own}
        found: list[Candidate] = []
        refused: list[str] = []
        for name in exams or (*IMAGING, *by_name):
            if name in by_name:
                found.append(by_name[name])
                continue
            try:
                found.append(self._image(name, pair))
            except ExamError as error:
                refused.append(str(error))
        return found, refused

    def _image(self, name: str, pair: Pair) -> Candidate:
        aims = (pair.finding_a, pair.finding_b) if name == TARGETED else ()
        key = " ".join((name, *aims))
        if key not in self._imaging:
            self._imaging[key] = Examination(
                name, self.weights, imagined(self.weights.breast, name),
                slice_known=name.endswith(SLICE), aims=aims,
            )  # fmt: skip
        return self._imaging[key]


@lru_cache(maxsize=1)
def _thread_pools() -> ThreadpoolController:
    return ThreadpoolController()


def imagined(breast: Breast, name: str) -> Reading:
    """A reading that was not done, by its name: marked as repeated if its pose was taken before.

    Raises
    ------
    ExamError
        If there is no such examination, or no place on it can be told.
    """
    plain = "US" if name == TARGETED else name.removesuffix(SLICE)
    made = named(replace(breast, readings=()), plain)
    if name.endswith(SLICE) and exam_of(made).place != "film":
        msg = f"{name}: only films have slices"
        raise ExamError(msg)
    taken = {same_errors(r) for r in breast.readings}
    return replace(made, repeated=same_errors(made) in taken, targeted=name == TARGETED)


def pair_of(judgement: Judgement, a: str, b: str) -> Pair:
    """The pair of two findings, in either order.

    Raises
    ------
    CorrError
        If they are none; the message says which findings are.
    """
    try:
        return judgement.pair(a, b)
    except KeyError:
        breast = judgement.breast
        ids = sorted({i for q in judgement.pairs for i in (q.finding_a, q.finding_b)})
        msg = f"no pair {a!r}, {b!r} in {breast.case_id} {breast.side}"
        raise CorrError(
            msg, allowed=", ".join(ids) or "none", fix="name two findings of different exams"
        ) from None
