"""What a silent exam means, in words: of 100 such lesions, so many go unreported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from corr.exams.registry import MODALITY_NAMES
from corr.judgement.result import Judgement
from corr.judgement.verdict import written
from corr.plurals import several
from corr.questions.silence.added import Added
from corr.questions.silence.ranges import Rate
from corr.questions.silence.silence import Silent, by_density
from corr.questions.silence.studies import Exam
from corr.records import Density, Finding
from corr.show.wording.answers import Answer
from corr.show.wording.pair_words import begun
from corr.show.wording.text import kind_name, names

NEVER = (
    "A negative exam never lowers what another exam raised: what was reported stays reported, "
    "and where it is believed to be; nothing here is a probability of cancer."
)
MEANS = (
    (0.5, "contradicts nothing", "would contradict nothing"),
    (0.1, "is no contradiction", "would be no contradiction"),
    (0.0, "is rare", "would be rare"),
)
"""What silence means, by the least share that goes unreported; of exams done, and not done."""
ONE_IN_TEN = 0.1
APART = 0.1
"""Benign and malignant lesions are told apart where their rates differ by more."""
REPORTED = 0.9
"""Of what the exam itself reported with this P(same) it was not silent."""
TELLING = 0.05
"""What moves less is said to move little, or not told."""
MOST_SOURCES, MOST_FINDINGS = 2, 3
COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
ARTICLES = {"US": "an", "MR": "an"}
DENSEST: Density = "d"


def exam_words(exam: Exam) -> str:
    """The exam in a sentence: "the MRI", "the mammogram (MG-prior)", "an MRI" if not done."""
    first = exam.readings[0]
    view = f" {first.view}" if first.view and len(exam.readings) == 1 else ""
    said = f"{MODALITY_NAMES[first.modality]}{view}"
    if not exam.done:
        return f"{ARTICLES.get(first.modality, 'a')} {said}"
    return f"the {said}" if exam.name == first.modality else f"the {said} ({exam.name})"


def such(f: Finding, name: Mapping[str, str]) -> str:
    """What was reported, with how many: "five calcifications (MG-current)"."""
    n = f.n_calcifications if f.kind == "calcification" else None
    if n is None:
        return name[f.finding_id]
    count = COUNTS[n] if 0 < n < len(COUNTS) else str(n)
    return f"{count} {name[f.finding_id]}"


def of_100(rate: Rate) -> str:
    """A rate with its range: "50 of 100 (29 to 73)".

    >>> of_100(Rate(0.496, 0.29, 0.731))
    '50 of 100 (29 to 73)'
    """
    return f"{whole(rate.p)} of 100 ({whole(rate.lo)} to {whole(rate.hi)})"


def whole(p: float) -> str:
    """A share in whole hundredths, never none or all of them.

    >>> whole(0.004), whole(0.5), whole(0.998)
    ('fewer than 1', '50', 'more than 99')
    """
    n = round(100 * p)
    return {0: "fewer than 1", 100: "more than 99"}.get(n, str(n))


def silence_sentence(s: Silent, name: Mapping[str, str]) -> str:
    """What it means that this exam says nothing of this finding; or that it was not silent."""
    if spoke(s):
        return spoken_words(s)
    who, what = exam_words(s.exam), such(s.finding, name)
    there = "were there then" if _before(s) else "are there"
    done, would = next(words for least, *words in MEANS if s.nothing.p >= least)
    means = done if s.exam.done else would
    leaves = "it leaves" if s.exam.done else "it would leave"
    said = (
        f"Silence of {who} on {what} {means}: of such lesions that {there} {leaves} "
        f"{of_100(s.nothing)} unreported"
    )
    return f"{said}{_by_class(s)}."


def reason(s: Silent) -> str:
    """What the number rests on, and when the exam was not silent after all."""
    table = s.judgement.parameters.table
    said = "; ".join(table[n].source for n in s.sources[:MOST_SOURCES])
    rests = f"Rates: {said}." if said else ""
    return f"{rests} {spoken_words(s)}".strip()


def spoke(s: Silent) -> bool:
    """Whether the exam was not silent after all: what it reported itself is the same lesion."""
    return (s.p_same_there or 0.0) >= REPORTED


def spoken_words(s: Silent) -> str:
    """How probable it is that the exam was not silent; nothing where it reported no such thing."""
    if s.p_same_there is None:
        return ""
    return (
        f"{begun(exam_words(s.exam))} was not silent about the {such(s.finding, _names(s))}"
        f" if a finding of its own is the same lesion: P(same) {written(s.p_same_there)}."
    )


def moves(s: Silent) -> str:
    """What else it depends on: quality, density, field."""
    said = []
    if not all(r.poor for r in s.exam.readings):
        said.append(f"{whole(s.poor)} of 100 if the exam is of poor quality")
    if s.judgement.breast.shape.density is None:
        dense = by_density(s)[DENSEST]
        if abs(dense - s.nothing.p) >= TELLING:
            said.append(f"{whole(dense)} in an extremely dense breast (density is not stated)")
    if s.p_in_field is not None:
        said.append(f"it looked where the lesion is with probability {written(s.p_in_field)}")
    return _sentence("; ".join(said))


def added_sentence(exam: Exam, each: Sequence[Added], name: Mapping[str, str]) -> str:
    """What an exam adds that is silent: how far it moves what the others' findings are."""
    if not each:
        return f"Without {exam_words(exam)} no pair of findings is left that it could move."
    most = max(each, key=lambda a: abs(a.silent - a.not_done))
    who, by = exam_words(exam), abs(most.silent - most.not_done)
    rest = "; other pairs move less" if len(each) > 1 else ""
    return (
        f"Silence of {who} adds {'little' if by < TELLING else 'this'}: P(same) of "
        f"{name[most.finding_a]} = {name[most.finding_b]} is {written(most.not_done)} without the "
        f"exam, {written(most.silent)} with it silent, {written(most.poor)} if it is of poor "
        f"quality{rest}."
    )


WHY_ADDED = (
    "The silent exam must have missed a lesion that is there, and need not have missed a finding "
    "that is nothing in any other exam. So P(same) falls where it would have reported "
    "the one lesion, and rises where it would have to have missed two. What was reported, and "
    "where that is believed to be, does not change."
)


def silence_answer(each: Sequence[Silent]) -> Answer:
    """What the silence of one exam means: of each kind of finding, so many go unreported."""
    told = _told(each)[:MOST_FINDINGS]
    if spoke(told[0]):  # then of all of them
        return Answer(spoken_words(told[0]), "")
    parts = [f"{whole(s.nothing.p)} of 100 such {several(kind_name(s.finding))}" for s in told]
    no = "No: " if max(s.nothing.p for s in told) >= ONE_IN_TEN else ""
    leaves = "leaves" if each[0].exam.done else "would leave"
    said = f"{no}{exam_words(each[0].exam)} {leaves} {_listed(parts)} unreported"
    name = names(each[0].judgement.breast)
    ranges = "; ".join(
        f"{such(s.finding, name)}: {of_100(s.nothing)}{_by_class(s, ', ')}" for s in told
    )
    why = [f"{begun(ranges)}.", reason(told[0])]
    return Answer(_sentence(said), " ".join(w for w in why if w), moves(told[0]))


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def added_answer(exam: Exam, each: Sequence[Added], judgement: Judgement) -> Answer:
    """What an exam adds where it is silent."""
    name = names(judgement.breast)
    return Answer(added_sentence(exam, each, name), WHY_ADDED)


def by_exam(said: Sequence[Silent]) -> list[list[Silent]]:
    """Those of each exam, the last one done first."""
    last = sorted(said, key=lambda s: (-(s.exam.readings[0].order or 0.0), s.exam.name))
    return [list(each) for _, each in groupby(last, key=lambda s: s.exam.name)]


def _told(each: Sequence[Silent]) -> list[Silent]:
    """One of each kind of finding, the last reported, what is unreported most first."""
    order = {r.reading_id: r.order or 0.0 for r in each[0].judgement.breast.readings}
    last = sorted(each, key=lambda s: (order[s.finding.reading_id], s.finding.finding_id))
    kept = [s for s in last if not spoke(s)] or last
    kinds = {(s.finding.modality, s.finding.kind): s for s in kept}
    return sorted(kinds.values(), key=lambda s: -s.nothing.p)


def _before(s: Silent) -> bool:
    """Whether the exam was done before the finding was reported."""
    order = {r.reading_id: r.order for r in s.judgement.breast.readings}
    own, then = order[s.finding.reading_id], s.exam.readings[0].order
    return own is not None and then is not None and then < own


def _by_class(s: Silent, between: str = "; ") -> str:
    classes = _classes(s)
    return f"{between}{classes}" if classes else ""


def _classes(s: Silent) -> str:
    if abs(s.benign.p - s.malignant.p) < APART:
        return ""
    return f"of benign ones {whole(s.benign.p)}, of malignant ones {whole(s.malignant.p)} of 100"


def _sentence(said: str) -> str:
    return f"{begun(said)}." if said else ""


def _names(s: Silent) -> dict[str, str]:
    return names(s.judgement.breast)
