"""A breast's findings and readings as they are judged: in order, with those that a count implies.

The order is by what they are, never by their names.
Errors are integrated over nodes whose columns belong to readings, so the order of readings shows
in the last digits of every probability. Names must not matter, and a value that changes a
little must not move a reading: readings are sorted by what kind of exam they are and when,
and only among equals by what they found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import fields, replace
from hashlib import blake2b
from typing import Any

from corr.exams.registry import exam_of
from corr.records import LATER, LENGTHS, Breast, Finding, Reading

MOST_SIBLINGS = 11
"""Unlisted siblings of a count ("eight masses") that take part: a dozen in all is many."""
OF_ONE = (*LENGTHS, "n_calcifications", "same_as")
"""Fields that a report gives of the one it describes."""
ROUNDS = 3
"""Links (finding to finding, finding to exam to finding) that are followed to tell equals apart."""
NAMES = ("finding_id", "reading_id", "targeted_at", "same_as", "text", "words")
EXAM_NAMES = ("reading_id", "exam_id", "study", "repeated")


def in_order(breast: Breast) -> Breast:
    """The same breast in canonical order, with readings that repeat another marked so."""
    found, exams = _labels(breast)
    repeats = _acquisitions(breast.readings)
    readings = sorted(breast.readings, key=lambda r: (_kind(r), exams[r.reading_id], r.reading_id))
    rank = {r.reading_id: k for k, r in enumerate(readings)}
    findings = sorted(
        breast.findings, key=lambda f: (rank[f.reading_id], found[f.finding_id], f.finding_id)
    )
    marked = tuple(replace(r, repeated=repeats[same_errors(r)] > 1) for r in readings)
    return replace(breast, findings=tuple(findings), readings=marked)


def with_siblings(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Add the unlisted siblings that a count says are there, described only by its words.

    "Eight masses", one of them described: findings that are there and nobody listed.
    """
    said_of_all: dict[str, Any] = {**dict.fromkeys(OF_ONE), "count_min": 1, "count_max": 1}
    siblings = [
        replace(f, finding_id=f"{f.finding_id} (unlisted {k + 1})", unlisted=True, **said_of_all)
        for f in findings
        for k in range(min(f.count_min - 1, MOST_SIBLINGS))
    ]
    return (*findings, *siblings)


def same_errors(reading: Reading) -> tuple[Any, ...]:
    """What readings have in common that share one pose and shape: exams of one kind.

    Two MRIs of a woman, the CC of two years, the films of a stereo pair: how her breast lies,
    how it differs from the reference breast and where its nipple is taken to be come back each
    time, but for the repeat error of `corr.exams`.
    """
    return exam_of(reading).pose(reading)


def _acquisitions(readings: Iterable[Reading]) -> Counter[Any]:
    """How often each pose was taken: images of one compression by two exams are one time.

    Those of one ``exam_id`` at one angle: the low-energy and the recombined image of a contrast
    mammogram.
    """
    of_exam = Counter((same_errors(r), r.exam_id, r.angle_deg, r.modality) for r in readings)
    taken: Counter[Any] = Counter()
    for (*acquisition, _), count in of_exam.items():
        taken[tuple(acquisition)] = max(taken[tuple(acquisition)], count)
    times: Counter[Any] = Counter()
    for (errors, *_), count in taken.items():
        times[errors] += count
    return times


def _kind(r: Reading) -> tuple[Any, ...]:
    """Which kind of exam it is, when and how it was done; nothing it found."""
    numbers = (r.order, r.angle_deg, r.thickness_mm, r.base_angle_deg)
    known = tuple((x is None, x or 0.0) for x in numbers)
    return (r.modality, r.view or "", *known, r.targeted, r.poor)


def _labels(breast: Breast) -> tuple[dict[str, str], dict[str, str]]:
    """A label of every finding and reading that tells what it is and what it is linked to."""
    exam = {r.reading_id: _digest(_without(_values(r), EXAM_NAMES)) for r in breast.readings}
    found = {f.finding_id: _digest(_without(_values(f), NAMES)) for f in breast.findings}
    study = {r.reading_id: r.study or r.reading_id for r in breast.readings}
    for _ in range(ROUNDS):
        of_exam = {}
        for name, label in exam.items():
            inside = sorted(found[f.finding_id] for f in breast.findings if f.reading_id == name)
            beside = sorted(exam[other] for other in study if study[other] == study[name])
            of_exam[name] = _digest((label, inside, beside))
        found = {f.finding_id: _linked(f, found, of_exam, breast.findings) for f in breast.findings}
        exam = of_exam
    return found, exam


def _linked(
    f: Finding, found: dict[str, str], exam: dict[str, str], findings: Iterable[Finding]
) -> str:
    """A finding's label with those of its exam, of what it names, and of what names it."""
    to = [found.get(name or "", name) for name in (f.targeted_at, f.same_as)]
    back = sorted(
        found[other.finding_id]
        for other in findings
        if f.finding_id in (other.targeted_at, other.same_as)
    )
    return _digest((found[f.finding_id], exam[f.reading_id], to, back))


def _values(record: Finding | Reading) -> dict[str, Any]:
    """As `dataclasses.asdict`, which copies what cannot change."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


def _without(record: dict[str, Any], names: Iterable[str]) -> list[tuple[str, Any]]:
    left_out = {*names, *(name for name in LATER if record.get(name) is None)}
    return [(name, value) for name, value in record.items() if name not in left_out]


def _digest(what: Any) -> str:
    return blake2b(repr(what).encode(), digest_size=12).hexdigest()
