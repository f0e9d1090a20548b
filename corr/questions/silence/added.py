"""What an exam adds that is silent: the pairs of the others' findings with it, without it, poor.

The exam's own findings are left out, so that what is compared is its silence alone. Places and the
nodes of their errors are the same in all three: nothing but what it reports differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from corr.judgement.lesions.reporting import Reports
from corr.judgement.order import in_order
from corr.judgement.quadrature import weighed
from corr.judgement.result import Judgement
from corr.judgement.weights import ALL, Weights
from corr.questions.silence.studies import Exam, asked_about, done
from corr.records import Breast, Reading

COLUMNS = (
    *("case_id", "breast", "finding_a", "finding_b", "exam", "done"),
    *("p_not_done", "p_silent", "p_silent_poor", "p_same"),
)
"""Of ``silence_adds.csv``."""


@dataclass(frozen=True, slots=True)
class Added:
    """P(same) of a pair of other exams' findings under what one exam does.

    Attributes
    ----------
    not_done, silent, poor : without the exam; with it, reporting nothing; the same, of poor quality
    as_reported : as judged, with what the exam did report
    """

    exam: Exam
    finding_a: str
    finding_b: str
    not_done: float
    silent: float
    poor: float
    as_reported: float

    def row(self, breast: Breast) -> dict[str, object]:
        """With `COLUMNS`."""
        p = (self.not_done, self.silent, self.poor, self.as_reported)
        values = (
            *(breast.case_id, breast.side, self.finding_a, self.finding_b, self.exam.name),
            *(int(self.exam.done), *(round(x, 4) for x in p)),
        )
        return dict(zip(COLUMNS, values, strict=True))


def added(judgement: Judgement, exams: Sequence[str] = ()) -> list[Added]:
    """How each pair moves with each exam done and silent, not done, and done poorly.

    Parameters
    ----------
    exams : as `corr.questions.silence.silence.silences` takes them

    Raises
    ------
    ExamError
        If there is no such exam.
    """
    breast, out = judgement.breast, []
    whole: Weights | None = None
    for e in [asked_about(breast, name) for name in exams] or done(breast):
        ids = {r.reading_id for r in e.readings}
        kept = tuple(f for f in breast.findings if f.reading_id not in ids)
        if len({f.reading_id for f in kept if f.matched}) < 2:
            continue
        others = tuple(r for r in breast.readings if r.reading_id not in ids)
        if len(kept) == len(breast.findings):
            whole = whole or weighed(breast, judgement.parameters, judgement.model)
            base = whole
        else:
            less = in_order(replace(breast, readings=others, findings=kept))
            base = weighed(less, judgement.parameters, judgement.model)
        poor = tuple(replace(r, poor=True) for r in e.readings)
        each = [_p_same(base, (*others, *asked)) for asked in ((), e.readings, poor)]
        for q in judgement.pairs:
            pair = q.finding_a, q.finding_b
            if all(pair in p for p in each):
                without, silent, dim = (p[pair] for p in each)
                out.append(Added(e, *pair, without, silent, dim, q.p_same))
    return out


def _p_same(base: Weights, readings: tuple[Reading, ...]) -> dict[tuple[str, str], float]:
    """P(same) of pairs of findings by their ids, with other exams done, places as they are."""
    breast = replace(base.breast, readings=readings)
    w = Weights(
        breast, base.p, base.nodes, base.detail,
        reports=Reports(breast, base.findings, base.p), model=base.model, kept=base.kept,
    )  # fmt: skip
    w.placed = base.placed
    p = w.p_same(ALL, located=True)
    ids = [f.finding_id for f in base.findings]
    return {(a, b): float(p[i, k]) for i, a in enumerate(ids) for k, b in enumerate(ids) if i != k}
