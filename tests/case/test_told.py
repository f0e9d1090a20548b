"""Reports of a case beside its findings: what contradicts them is said."""

from __future__ import annotations

import pytest

from corr.case.casefile import read_case
from corr.words import read_report

CASE = """case_id: W1
reports:
  {name}: {text}
findings:
- {{finding_id: us, breast: L, modality: US, kind: mass, clock: 2, fn_cm: 7, size_mm: 22}}
- {{finding_id: mr, breast: L, modality: MR, exam_id: MR, kind: mass, quadrant: UOQ, size_mm: 20}}
"""


def problems(folder, text, name="ultrasound"):
    path = folder / "case.yaml"
    path.write_text(CASE.format(name=name, text=f'"{text}"'), "utf-8")
    return [p for p in read_case(path).problems if p.field == "reports"]


def test_a_report_that_contradicts_its_finding_is_flagged(tmp_path):
    (found,) = problems(
        tmp_path, "right breast, mass at 10 o'clock, 4 cm from the nipple, 9 x 6 mm"
    )
    assert (found.file, found.row, found.action) == ("case.yaml", 3, "flagged")
    assert found.value == "ultrasound: right, mass, 10 o'clock, 4 cm from the nipple, 9 x 6 mm"
    assert found.allowed == "what the findings of the case say, too"
    assert "no finding of ultrasound in the list says so (us in L)" in found.fix
    assert "the findings were used, the report was not" in found.fix


@pytest.mark.parametrize(
    "text",
    [
        "Left breast mass at 2-3 o'clock, 7 cm from the nipple, 23 mm.",
        "Left breast mass in the upper outer quadrant.",
        "No mass. Lymph node of 9 mm in the right axilla.",
        "Right breast mass at 9 o'clock last year.",
        "Indication: lump at 9 o'clock, right.",
        "Rechte Brust: Herd bei 10 Uhr mit 9 mm",
        "Mass.",
    ],
)
def test_what_agrees_or_tells_of_no_lesion_is_not_flagged(tmp_path, text):
    assert problems(tmp_path, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Left breast mass at 5 o'clock.",
        "Left breast mass, 2 cm from the nipple.",
        "Left breast mass, 9 mm.",
        "Left breast mass in the lower inner quadrant.",
        "Mass of 22 mm in the right breast.",
    ],
)
def test_each_place_size_and_side_is_compared(tmp_path, text):
    assert len(problems(tmp_path, text)) == 1
    assert read_report(text).mentions


def test_a_report_is_compared_with_the_findings_of_its_own_exam(tmp_path):
    assert problems(tmp_path, "left mass at 2 o'clock, 22 mm", "letter of the clinic") == []
    assert len(problems(tmp_path, "left mass at 5 o'clock", "MRI")) == 1
    assert problems(tmp_path, "left mass, 7 cm from the nipple", "MRI") == []
