"""What has changed: each lesion on two dates, persistent, new or gone, and how it grew.

One judgement says which findings are one lesion, on one date or on two; nothing is matched anew.
Rows are the lesions of its most probable grouping, as far as they were reported on the two dates.
Their probabilities are those of all groupings: new is a lesion that shares with no finding of the
earlier date, gone one that shares with none of the later. They are told only where the same kind of
exam was done on both. A lesion that was not reported may have been there: how often such a lesion
goes unreported stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from corr.exams.base import Same
from corr.judgement.dates import Date, compared, dates, kind
from corr.judgement.groupings.apart import Apart
from corr.judgement.lesions.reporting import Reports
from corr.judgement.quadrature import weighed
from corr.judgement.result import Judgement
from corr.judgement.weights import ALL
from corr.questions.change.counts import Count, count
from corr.questions.change.growth import Growth, growth, sizes
from corr.questions.change.joined import Joined, joined
from corr.records import Finding, Reading

COLUMNS = (
    *("case_id", "breast", "lesion", "date_prior", "date_now", "findings_prior", "findings_now"),
    *("p_persistent", "p_new", "p_gone", "ln_growth", "ln_growth_lo80", "ln_growth_hi80"),
    *("p_growing", "p_stable", "p_shrinking", "doubling_days_lo80", "doubling_days_hi80"),
)
"""Of ``changes.csv``; ``note`` follows, in words."""


@dataclass(frozen=True)
class Silent:
    """Probability that a date's exams of one kind report nothing of a lesion that is there.

    As the findings of the other date describe it, at the size it has there.
    """

    modality: str
    p_nothing_reported: float


@dataclass(frozen=True)
class Change:
    """One lesion on two dates.

    Attributes
    ----------
    lesion : its number in ``lesions.csv``
    findings_prior, findings_now : its findings on the two dates, one of them may have none
    p_persistent : probability that it was reported on both dates: that the findings of the row are
        one lesion; with findings on one date only, that some of the other date shares it (None
        where that date reported nothing and had no exam of the same kind)
    p_new : probability that no finding of the earlier date shares the lesion of `findings_now`
    p_gone : probability that none of the later date shares the lesion of `findings_prior`; both
        None where no exam of the same kind was done on the other date
    silent : of what is reported on one date only, how often exams of the other say nothing of such
    growth : given that it is one lesion; None where no sizes can be compared
    count : of calcifications
    joined : findings that may have merged into one, or parts of what was one
    """

    judgement: Judgement
    lesion: int
    prior: Date
    now: Date
    findings_prior: tuple[Finding, ...]
    findings_now: tuple[Finding, ...]
    p_persistent: float | None
    p_new: float | None
    p_gone: float | None
    silent: tuple[Silent, ...]
    growth: Growth | None
    count: Count | None
    joined: tuple[Joined, ...]

    def row(self) -> dict[str, object]:
        """Values of `COLUMNS`."""
        breast, g = self.judgement.breast, self.growth
        of_growth: list[float | None] = [None] * 8
        if g is not None:
            days = g.doubling_days or (None, None)
            of_growth = [g.ln_growth, g.ln_lo80, g.ln_hi80, *g.trend, *days]
        values = (
            *(breast.case_id, breast.side, self.lesion, self.prior.label, self.now.label),
            *(
                " ".join(f.finding_id for f in fs)
                for fs in (self.findings_prior, self.findings_now)
            ),
            *(_rounded(x) for x in (self.p_persistent, self.p_new, self.p_gone)),
            *(_rounded(x) for x in of_growth[:6]),
            *(_rounded(x, 1) for x in of_growth[6:]),
        )
        return dict(zip(COLUMNS, values, strict=True))


def changes(judgement: Judgement) -> tuple[Change, ...]:
    """Every lesion on every two dates that are compared, by dates and lesion.

    Of the judgement its breast, its constants and its most probable grouping; a page, its picture
    and its answers ask for the same ones.
    """
    return _changes(Same(judgement))


@lru_cache(maxsize=4)
def _changes(of_one: Same) -> tuple[Change, ...]:
    judgement: Judgement = of_one.held
    breast = judgement.breast
    of = dates(breast, judgement.parameters)
    if len(of) < 2 or not judgement.groupings:
        return ()
    weights = weighed(breast, judgement.parameters)
    whole = _Whole(judgement, weights.findings, Apart(weights.full), of)
    found = {f.finding_id: f for f in breast.findings}
    blocks = [[found[i] for i in ids] for ids in judgement.groupings[0].blocks]
    each = (
        whole.change(lesion, block, pair)
        for pair in compared(of)
        for lesion, block in enumerate(blocks, start=1)
    )
    return tuple(change for change in each if change is not None)


@dataclass(frozen=True)
class _Whole:
    """What the rows of one breast share."""

    judgement: Judgement
    findings: tuple[Finding, ...]  # with those that a count implies
    apart: Apart
    dates: tuple[Date, ...]

    def change(
        self, lesion: int, block: Sequence[Finding], pair: tuple[Date, Date]
    ) -> Change | None:
        """One row; None if neither date reported the lesion."""
        prior, now = pair
        first, last = (tuple(f for f in block if f.reading_id in d.ids) for d in pair)
        if not first and not last:
            return None
        p_new = self._apart(last, self._of(prior)) if last else 1.0
        p_gone = self._apart(first, self._of(now)) if first else 1.0
        on_both, source, other = bool(first and last), last or first, prior if last else now
        silent = () if on_both else self._silent(source, other)
        told = on_both or _done(source, other) or bool(self._of(other))
        p_persistent = 1.0 - (self._apart(first, last) if on_both else min(p_new, p_gone))
        return Change(
            self.judgement, lesion, prior, now, first, last,
            p_persistent=p_persistent if told else None,
            p_new=p_new if _done(last, prior) else None,
            p_gone=p_gone if _done(first, now) else None,
            silent=silent,
            growth=self._growth(block, pair) if on_both else None,
            count=count(first, last, prior.kinds, self.judgement.parameters),
            joined=tuple(joined(self.judgement, first, last, (prior.ids, now.ids))),
        )  # fmt: skip

    def _of(self, date: Date) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.reading_id in date.ids)

    def _apart(self, a: Iterable[Finding], b: Iterable[Finding]) -> float:
        at = {f.finding_id: 1 << i for i, f in enumerate(self.findings)}
        return self.apart(*(sum(at[f.finding_id] for f in of) for of in (a, b)))

    def _growth(self, block: Sequence[Finding], pair: tuple[Date, Date]) -> Growth | None:
        breast, p = self.judgement.breast, self.judgement.parameters
        readings = {r.reading_id: r for r in breast.readings}
        series = [
            sizes([f for f in block if f.reading_id in d.ids], readings, p, dated=d.dated)
            for d in self.dates
        ]
        return growth(series, self.dates.index(pair[0]), self.dates.index(pair[1]), p)

    def _silent(self, source: Sequence[Finding], other: Date) -> tuple[Silent, ...]:
        """How often the other date's exams say nothing of what these findings describe."""
        kinds = sorted({f.modality for f in source} & other.kinds)
        return tuple(Silent(k, p_silent(self.judgement, source, other, k)) for k in kinds)


def _done(found: Sequence[Finding], other: Date) -> bool:
    """Whether the other date has an exam of the same kind as one that reported these."""
    return bool({f.modality for f in found} & other.kinds)


def p_silent(judgement: Judgement, source: Sequence[Finding], other: Date, modality: str) -> float:
    """Probability that a date's exams of one modality report nothing of a lesion that is there.

    By type, size and density, given what some findings say of it; which exams did not report it
    is not asked. It is taken to be as large as it was measured: no time goes by.
    """
    p = judgement.parameters
    ids = {f.reading_id for f in source}
    timeless = [replace(r, order=None) for r in judgement.breast.readings]
    own = tuple(r for r in timeless if r.reading_id in ids)
    asked = tuple(
        r for r in timeless
        if r.reading_id in other.ids and kind(r) == modality and not r.targeted
    )  # fmt: skip
    mask = (1 << len(source)) - 1

    def weight(readings: tuple[Reading, ...]) -> float:
        few = replace(judgement.breast, readings=readings, findings=tuple(source))
        reports = Reports(few, source, p)
        return float(reports.states.prior @ reports.lesion(mask, ALL))

    return weight((*own, *asked)) / weight(own)


def _rounded(x: float | None, digits: int = 4) -> float | None:
    return None if x is None else round(x, digits) + 0.0  # no minus before a zero
