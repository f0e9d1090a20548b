"""Whether an examination reports a lesion that some findings are, and how often it does not.

What the findings say (kind, size, calcifications inside) and that their exams reported it tells
what the lesion may be: type, size, benign or malignant (`Reports.described`). Of such a lesion the
examination reports what its rates say (`corr.exams`). BI-RADS categories do not enter, and
benign and malignant are rates of the exam given either; how probable either is, is not given out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr.judgement.lesions.reporting import Reports
from corr.parameters import Parameters
from corr.records import CLASSES, Breast, Finding, Reading

Array = NDArray[np.floating[Any]]
TINY, LEAST = 1e-12, 1e-300


@dataclass(frozen=True)
class Unreported:
    """Probability that an examination reports nothing of a lesion that is there.

    Attributes
    ----------
    p : of such lesions as they come, benign and malignant together
    benign, malignant : given that it is one or the other
    """

    p: float
    benign: float
    malignant: float


def lesion_of(breast: Breast, source: Sequence[Finding], p: Parameters) -> Array:
    """Probability ``(class, lesion, size)`` of what a lesion is that these findings report."""
    weight = _reports(breast, source, p).described((1 << len(source)) - 1)
    return np.asarray(weight / weight.sum())


def asked_of(breast: Breast, target: Sequence[Reading], p: Parameters) -> Reports:
    """What the readings of one study, and no others, report of a lesion."""
    return Reports(replace(breast, readings=tuple(target), findings=()), (), p)


def silent(reports: Reports, covers: Mapping[str, float] | None = None) -> Array:
    """Probability ``(class, lesion, size)`` that a study (`asked_of`) reports nothing of it.

    ``covers``: how probable it is that the lesion lies in what a reading shows, by its id; 1
    unless named. What the narrower of two films shows, the wider does, too: both end toward the
    chest wall.
    """
    (study,) = reports.studies
    share = {r.reading_id: 1.0 for r in reports.looks(study)} | dict(covers or {})
    looks = sorted(reports.looks(study), key=lambda r: share[r.reading_id])
    shows = [reports.shows(r) for r in looks]
    shown, narrower = np.zeros(reports.joint.shape[1]), 0.0
    for k, r in enumerate(looks):
        missed = np.prod([1.0 - s for s in shows[k:]], axis=0)
        shown = shown + (share[r.reading_id] - narrower) * (1.0 - missed)
        narrower = share[r.reading_id]
    return np.asarray(1.0 - reports.sees[study] * shown[:, None])


def other_view(
    breast: Breast, source: Sequence[Finding], target: Reading, p: Parameters
) -> tuple[Array, Array]:
    """`lesion_of` and `silent` of a further view of a study that reported the lesion on another.

    What it is called there speaks of this one, too: a focal asymmetry is seen on two views.
    """
    asked = Finding("asked", target.reading_id, target.modality)
    reports = _reports(breast, (*source, asked), p, target)
    missed, hit = (
        reports.described(mask) for mask in ((1 << len(source)) - 1, (1 << len(source) + 1) - 1)
    )
    either = missed + hit
    return np.asarray(either / either.sum()), np.asarray(missed / np.maximum(either, LEAST))


def same_study(breast: Breast, source: Sequence[Finding], target: Reading) -> bool:
    """Whether the study of an examination reported one of these findings."""
    ids = {f.reading_id for f in source}
    return any(study_of(r) == study_of(target) for r in breast.readings if r.reading_id in ids)


def study_of(reading: Reading) -> str:
    """What readings share that were taken together."""
    return reading.study or reading.reading_id


def unreported(lesion: Array, quiet: Array) -> Unreported:
    """How often a lesion goes unreported, from `lesion_of` and `silent`."""
    by_class = (lesion * quiet).sum(axis=(1, 2)) / np.maximum(lesion.sum(axis=(1, 2)), TINY)
    rates = dict(zip(CLASSES, by_class.tolist(), strict=True))
    return Unreported(float((lesion * quiet).sum()), rates["benign"], rates["malignant"])


def p_reported(
    breast: Breast, source: Sequence[Finding], target: Reading, p: Parameters
) -> float | None:
    """Probability that a reading reports the lesion that some findings are; None of no lesion.

    Exams that did not find it are not asked.
    """
    if not all(f.matched for f in source):
        return None
    if same_study(breast, source, target):
        return 1.0 - unreported(*other_view(breast, source, target, p)).p
    return 1.0 - unreported(lesion_of(breast, source, p), silent(asked_of(breast, [target], p))).p


def _reports(breast: Breast, source: Sequence[Finding], p: Parameters, *also: Reading) -> Reports:
    """Of the readings that these findings are of, and no others."""
    ids = {f.reading_id for f in source} - {r.reading_id for r in also}
    own = tuple(r for r in breast.readings if r.reading_id in ids)
    return Reports(replace(breast, readings=(*own, *also), findings=()), source, p)
