"""What a silent exam means: how often it reports nothing of a lesion that is there.

For each finding and each exam that another one reported it in: of lesions as the finding says
(`corr.questions.silence.reported`), the share of which the exam reports nothing. By the exam's
published rates, which are constants of the table with their sources; by density, quality and, where
a film's edge or an ultrasound's aim is known, by whether it looked there. A number about
the exam: nothing here is a probability of cancer, and the silence of one exam takes nothing
from what another reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from corr.exams.nodes import unshared
from corr.exams.registry import EXAMS
from corr.judgement.beliefs import Places
from corr.judgement.result import Judgement
from corr.parameters import Parameters
from corr.problems import CorrError
from corr.questions.look.where import on_film
from corr.questions.silence.ranges import Rate, drawn, range_of
from corr.questions.silence.reported import (
    Array,
    Unreported,
    asked_of,
    lesion_of,
    other_view,
    same_study,
    silent,
    unreported,
)
from corr.questions.silence.studies import Exam, asked_about, done
from corr.records import Breast, Density, Finding, Reading

MOVES = 0.01
"""A constant whose spread moves the number by less is not named among its sources."""
COLUMNS = (
    *("case_id", "breast", "finding_id", "exam", "done", "kind", "size_mm"),
    *("p_nothing", "lo", "hi", "p_nothing_benign", "lo_benign", "hi_benign"),
    *("p_nothing_malignant", "lo_malignant", "hi_malignant"),
    *("p_nothing_poor", "p_in_field", "p_same_there", "sources"),
)
"""Of ``silence.csv``."""


@dataclass(frozen=True, eq=False)
class Silent:
    """What the silence of one exam means for one finding.

    Attributes
    ----------
    judgement : what was judged
    finding : what another exam reported
    exam : the one that is silent about it, or would be
    nothing : probability that it reports nothing of the lesion, which is there
    benign, malignant : the same of a benign and of a malignant lesion; rates of the exam
    poor : `nothing` if the exam is of poor quality
    p_in_field : probability that it looked where the lesion is; None where that is not known
    p_same_there : probability that a finding of the exam's own is the lesion after all, so that it
        was not silent; None where it reported none
    sources : constants of the exam that it rests on, what moves it most first
    """

    judgement: Judgement
    finding: Finding
    exam: Exam
    nothing: Rate
    benign: Rate
    malignant: Rate
    poor: float
    p_in_field: float | None
    p_same_there: float | None
    sources: tuple[str, ...]

    def row(self) -> dict[str, object]:
        """With `COLUMNS`."""
        f, breast = self.finding, self.judgement.breast
        rates = (*self.nothing, *self.benign, *self.malignant, self.poor)
        known = (None if x is None else round(x, 4) for x in (self.p_in_field, self.p_same_there))
        values = (
            *(breast.case_id, breast.side, f.finding_id, self.exam.name, int(self.exam.done)),
            *(f.kind, f.size_mm, *(round(x, 4) for x in rates), *known, " ".join(self.sources)),
        )
        return dict(zip(COLUMNS, values, strict=True))


def silences(judgement: Judgement, exams: Sequence[str] = ()) -> list[Silent]:
    """What silence means of each finding and each exam that did not report it.

    Parameters
    ----------
    exams : asked about (`corr.questions.asked`; ``MG`` and ``CEM`` are two films), done or not;
        without, those that were done

    Raises
    ------
    ExamError
        If there is no such exam.
    """
    breast, p = judgement.breast, judgement.parameters
    asked = [asked_about(breast, name) for name in exams] or done(breast)
    found = [f for f in breast.findings if f.matched]
    both = [(f, e) for f in found for e in asked if not _reported_by(f, e, breast)]
    covers = {(f.finding_id, e.name): _covers(judgement, f, e) for f, e in both}
    rates = [_rates(breast, both, covers, q) for q in (p, *drawn(p))]
    poor = _rates(breast, [(f, _poor(e)) for f, e in both], covers, p)
    moved = _moved(breast, both, covers, p, rates[0])
    out = []
    for k, (f, e) in enumerate(both):
        each = [of[k] for of in rates]
        nothing, benign, malignant = (
            range_of([getattr(r, x) for r in each]) for x in ("p", "benign", "malignant")
        )
        known = covers[f.finding_id, e.name]
        field = max(known.values()) if known and len(known) == len(e.readings) else None
        there = _there(judgement, f, e)
        out.append(
            Silent(judgement, f, e, nothing, benign, malignant, poor[k].p, field, there, moved[k])
        )
    return out


def by_density(said: Silent) -> dict[Density, float]:
    """`Silent.nothing` of breasts of each density, all else as it is."""
    j, each = said.judgement, {}
    covers = {(said.finding.finding_id, said.exam.name): _covers(j, said.finding, said.exam)}
    for density in get_args(Density):
        breast = replace(j.breast, shape=replace(j.breast.shape, density=density))
        (rate,) = _rates(breast, [(said.finding, said.exam)], covers, j.parameters)
        each[density] = rate.p
    return each


Covers = dict[tuple[str, str], dict[str, float]]


def _rates(
    breast: Breast, both: Iterable[tuple[Finding, Exam]], covers: Covers, p: Parameters
) -> list[Unreported]:
    lesions: dict[str, Array] = {}
    asked = {}
    out = []
    for f, e in both:
        if same_study(breast, (f,), e.readings[0]):
            out.append(unreported(*other_view(breast, (f,), e.readings[0], p)))
            continue
        if f.finding_id not in lesions:
            lesions[f.finding_id] = lesion_of(breast, (f,), p)
        if e.name not in asked:
            reports = asked_of(breast, e.readings, p)
            asked[e.name] = reports, silent(reports)
        reports, quiet = asked[e.name]
        known = covers[f.finding_id, e.name]
        out.append(unreported(lesions[f.finding_id], silent(reports, known) if known else quiet))
    return out


def _moved(
    breast: Breast,
    both: Sequence[tuple[Finding, Exam]],
    covers: Covers,
    p: Parameters,
    at: Sequence[Unreported],
) -> list[tuple[str, ...]]:
    """Constants of each exam whose spread moves the number, what moves it most first."""
    moves: list[dict[str, float]] = [{} for _ in both]
    for modality in {e.readings[0].modality for _, e in both}:
        starts = (*EXAMS[modality].rates, "reported_if_benign", "poor_exam_shows", "stereo_")
        asked = [k for k, (_, e) in enumerate(both) if e.readings[0].modality == modality]
        for name, row in p.table.items():
            if row.spread and row.role == "value" and name.startswith(starts):
                low, high = row.range
                step = row.spread if row.value + row.spread <= high else -row.spread
                q = p.override({name: max(row.value + step, low)})
                rates = _rates(breast, [both[k] for k in asked], covers, q)
                for k, rate in zip(asked, rates, strict=True):
                    moves[k][name] = max(
                        abs(rate.benign - at[k].benign), abs(rate.malignant - at[k].malignant)
                    )
    return [
        tuple(sorted((n for n, by in m.items() if by >= MOVES), key=lambda n: (-m[n], n)))
        for m in moves
    ]


def _reported_by(f: Finding, e: Exam, breast: Breast) -> bool:
    ids = {r.reading_id for r in e.readings}
    return f.reading_id in ids or (len(ids) > 1 and same_study(breast, (f,), e.readings[0]))


def _covers(judgement: Judgement, f: Finding, e: Exam) -> dict[str, float]:
    """How probable it is that each reading looked where a finding's lesion is, where known."""
    out = {}
    for r in e.readings:
        share = _attended(judgement, f, r) if r.targeted else on_film(judgement, (f,), r)
        if share is not None:
            out[r.reading_id] = share
    return out


def _attended(judgement: Judgement, f: Finding, r: Reading) -> float | None:
    """How readily a targeted exam would report what is at the place of a finding.

    1 where it was aimed at the finding; None where what it was aimed at is not recorded.
    """
    breast = judgement.breast
    aims = {g.targeted_at for g in breast.findings if g.reading_id == r.reading_id} - {None}
    if not aims:
        return None
    if aims & {f.finding_id, f.modality}:
        return 1.0
    probes = [
        Finding(f"aimed {k}", r.reading_id, r.modality, targeted_at=aim)
        for k, aim in enumerate(sorted(a for a in aims if a is not None))
    ]
    places = Places(
        breast, (*breast.findings, *probes), judgement.model, judgement.parameters, unshared()
    )
    belief = judgement.model.prior
    if (own := places.of[f.finding_id]) is not None:
        belief = belief * own[0]
    looked = [places.of[probe.finding_id] for probe in probes]
    near = [float(belief @ at[0] / belief.sum()) for at in looked if at is not None]
    return min(max(near), 1.0) if near else None


def _there(judgement: Judgement, f: Finding, e: Exam) -> float | None:
    """Probability that the exam reported it: of one reading, one finding at most."""
    of = {g.finding_id: g.reading_id for g in judgement.breast.findings}
    each: dict[str, float] = {}
    for q in judgement.pairs:
        other = {q.finding_a: q.finding_b, q.finding_b: q.finding_a}.get(f.finding_id, "")
        if of.get(other) in {r.reading_id for r in e.readings}:
            each[of[other]] = each.get(of[other], 0.0) + q.p_same
    return min(max(each.values()), 1.0) if each else None


def _poor(e: Exam) -> Exam:
    return e._replace(readings=tuple(replace(r, poor=True) for r in e.readings))


def of_finding(said: Iterable[Silent], finding_id: str) -> list[Silent]:
    """Those of one finding.

    Raises
    ------
    CorrError
        If there is none.
    """
    each = list(said)
    if fits := [s for s in each if s.finding.finding_id == finding_id]:
        return fits
    known = ", ".join(dict.fromkeys(s.finding.finding_id for s in each)) or "none"
    msg = f"no exam was silent about a finding {finding_id!r}"
    raise CorrError(msg, allowed=known, fix="name a finding that another exam did not report")
