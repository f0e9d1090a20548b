"""The examinations there are: who asks what one is, states or reports asks here."""

from __future__ import annotations

from corr.exams.base import Exam
from corr.exams.contrast import ContrastMammography
from corr.exams.films import Mammography
from corr.exams.mri import Mri
from corr.exams.ultrasound import Ultrasound
from corr.records import Finding, LesionKind, Reading

EXAMS: dict[str, Exam] = {
    exam.modality: exam for exam in (Mammography(), Ultrasound(), Mri(), ContrastMammography())
}
MATCHED_KINDS: dict[str, tuple[LesionKind, ...]] = {m: exam.kinds for m, exam in EXAMS.items()}
"""What each calls lesions; beside these, all have `corr.records.ASSOCIATED_KINDS`."""
MODALITY_NAMES = {m: exam.name for m, exam in EXAMS.items()}


def exam_of(what: Reading | Finding) -> Exam:
    """The examination that an acquisition or a finding is of."""
    return EXAMS[what.modality]
