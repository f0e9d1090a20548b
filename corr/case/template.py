"""A new case file with comments, to be filled in: it validates and judges as it stands."""

from __future__ import annotations

import json
from collections.abc import Sequence

from corr.case.exam_names import exam_name, side_letter
from corr.exams.registry import EXAMS
from corr.problems import CorrError
from corr.records import MODALITIES

_EXAMS = {
    "MG": [
        "{breast: %s, modality: MG, exam_id: MG, view: CC, done: 1}",
        "{breast: %s, modality: MG, exam_id: MG, view: MLO, done: 1}",
    ],
    "US": ["{breast: %s, modality: US, exam_id: US, done: 1}  # quality: poor, good or tracked"],
    "MR": ["{breast: %s, modality: MR, exam_id: MR, done: 1}"],
    "CEM": [
        "{breast: %s, modality: CEM, exam_id: CEM, view: CC, done: 1}",
        "{breast: %s, modality: CEM, exam_id: CEM, view: MLO, done: 1}",
    ],
}
_FINDINGS = {
    "MG": """\
# mammogram: kind is mass, calcification, asymmetry, focal_asymmetry or architectural_distortion;
# a place in words (quadrant, depth_third: anterior middle posterior, region: subareolar ...),
# or measured on the film: posterior_mm behind the nipple, transverse_mm beside it
- {finding_id: film, breast: %s, modality: MG, exam_id: MG, view: CC, kind: mass, size_mm: 12,
   quadrant: UOQ, depth_third: middle, bi_rads: 4}
""",
    "US": """\
# ultrasound: kind is mass, cyst, nonmass, hypoechoic_area or echogenic_foci; clock as 7, 7:30 or
# 7-8; fn_cm from the nipple along the skin; depth_mm below the skin; size2_mm, size3_mm if measured
- {finding_id: us, breast: %s, modality: US, exam_id: US, kind: mass, clock: %s, fn_cm: 4,
   size_mm: 11, size2_mm: 8, bi_rads: 4}
""",
    "MR": """\
# MRI: kind is mass, nme or focus; nipple_distance_mm straight from the nipple, chestwall_mm, or
# lateral_mm, superior_mm, posterior_mm from the nipple; a quadrant or clock as above
- {finding_id: mri, breast: %s, modality: MR, exam_id: MR, kind: mass, size_mm: 13, quadrant: UOQ,
   nipple_distance_mm: 50}
""",
    "CEM": """\
# contrast mammography: what enhances; kind is mass, nme or enhancing_asymmetry; places as on film
- {finding_id: cem, breast: %s, modality: CEM, exam_id: CEM, view: CC, kind: mass, size_mm: 12,
   quadrant: UOQ}
""",
}
_REPORTS = {
    "MG": ("mammogram", "12 mm mass, upper outer quadrant, middle third"),
    "US": ("ultrasound", "mass at %s o'clock, 4 cm from the nipple, 11 x 8 mm"),
    "MR": ("MRI", "enhancing mass of 13 mm in the upper outer quadrant, 50 mm from the nipple"),
    "CEM": ("contrast mammography", "enhancing mass of 12 mm in the upper outer quadrant"),
}
_UPPER_OUTER_H = {"R": 10, "L": 2}


def new_case(case_id: str, exams: Sequence[str] = ("MG", "US", "MR"), breast: str = "R") -> str:
    """The text of a case file with an example finding of each examination and what may stand there.

    Parameters
    ----------
    exams : some of MG, US, MR, CEM, or words for them
    breast : L or R, of the examples, or a word for it

    Raises
    ------
    CorrError
        For another examination or side, none, or an id that is empty or longer than 100 letters.
    """
    wanted = list(dict.fromkeys(exam_name(x) for x in exams if x.strip()))
    if not wanted or set(wanted) - set(MODALITIES):
        other = ", ".join(x for x in wanted if x not in MODALITIES) or "nothing"
        msg = f"{other} is no examination"
        words = ", ".join(f"{m} ({EXAMS[m].name})" for m in MODALITIES)
        raise CorrError(msg, where="exams", allowed=f"some of {words}")
    side = side_letter(breast)
    if side is None:
        msg = f"{breast!r} is no side"
        raise CorrError(msg, where="breast", allowed="L, R, left or right")
    if not 1 <= len(case_id.strip()) <= 100 or not case_id.isprintable():
        msg = f"{case_id[:20]!r} cannot be the id of a case"
        raise CorrError(msg, where="case_id", allowed="1 to 100 letters", fix="give a short name")
    hour = _UPPER_OUTER_H[side]
    names = ", ".join(EXAMS[m].name for m in wanted)
    lines = [
        f"# A case with {names}. Replace the examples by what the reports say; leave out what they",
        "# do not say. Then: corr validate FILE, corr case FILE, corr report FILE --out FOLDER.",
        "# Research use only.",
        f"case_id: {json.dumps(case_id.strip(), ensure_ascii=False)}",
        f"title: {json.dumps(f'Case {case_id.strip()}', ensure_ascii=False)}",
        "reports:  # as written; shown beside the judgement",
        *(f"  {_REPORTS[m][0]}: {_filled(_REPORTS[m][1], hour)}" for m in wanted),
        "exams:  # what was done, also where it found nothing; date: 2024-09-30 if you know it",
        *(f"- {line % side}" for m in wanted for line in _EXAMS[m]),
        "findings:  # one row each; a second finding of an exam is another row with its own id",
    ]
    text = "\n".join(lines) + "\n"
    for m in wanted:
        text += _FINDINGS[m] % ((side, hour) if m == "US" else side)
    return text + "# same_as: the finding_id that a report itself declares the same, if one does\n"


def _filled(words: str, hour: int) -> str:
    return words % hour if "%" in words else words
