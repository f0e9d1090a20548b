"""The first screen of a case: what is silent, how sure the cells are, what stands first."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import pytest

from corr.case.casefile import read_case
from corr.imaging import case_images
from corr.imaging.image_reading import ImageReading
from corr.judgement.judge import judge
from corr.judgement.verdict import written
from corr.parameters import load
from corr.show.pages.board import board
from corr.show.pages.exam_sections import exam_sections
from corr.show.pages.parts import part
from corr.show.wording.pair_words import band, is_open
from tests.builders import fakes

EXAMS = """case_id: A
exams:
- {breast: L, modality: MG, exam_id: MG23, view: CC, done: 1, exam_order: 1}
- {breast: L, modality: MG, exam_id: MG23, view: MLO, done: 1, exam_order: 1}
- {breast: L, modality: MG, exam_id: MG24, view: CC, done: 1, exam_order: 2}
- {breast: L, modality: MG, exam_id: MG24, view: MLO, done: 1, exam_order: 2}
- {breast: L, modality: US, exam_id: US1, done: 1, exam_order: 2}
"""
FILM = "modality: MG, exam_id: MG24, exam_order: 2, kind: asymmetry"
US = "modality: US, exam_id: US1, exam_order: 2, kind: mass, clock: 2, fn_cm: 5, size_mm: 11"


def opened(folder: Path, *findings: str, more: str = ""):
    rows = "\n".join(f"- {{finding_id: f{k}, breast: L, {f}}}" for k, f in enumerate(findings))
    path = folder / "case.yaml"
    path.write_text(f"{EXAMS}{more}findings:\n{rows}\n", encoding="utf-8")
    case = read_case(path)
    p = load()
    return case, [judge(b, p) for b in case.breasts]


def words(html: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


@pytest.mark.parametrize(
    ("film", "silent"),
    [
        (f"{FILM}, view: MLO", "mammogram MG23, CC of mammogram MG24."),
        (f"{FILM}", "mammogram MG23."),  # said of no view: it may be of any
        (f"{FILM.replace('asymmetry', 'clip')}, view: MLO", "mammogram MG23, mammogram MG24."),
    ],
)
def test_what_is_silent_is_a_view_where_the_exam_reported(tmp_path: Path, film: str, silent: str):
    _, judged = opened(tmp_path, film, US)
    assert words(board(judged).html).split("Done, no lesion reported: ")[1].strip() == silent


def test_cells_have_their_bands_and_so_has_the_pair_that_is_named():
    j = fakes.judgement()
    j = replace(j, groupings=j.groupings[1:])  # calc and mass are one lesion
    (together,) = [p for p in j.pairs if (p.finding_a, p.finding_b) == ("calc", "mass")]
    said = words(board([j]).html)
    number = f"{written(together.p_same)} (band {band(together)})"
    assert said.count(number) == 2, "in the cell of either finding"
    named = f"({written(together.p_same)}, band {band(together)}"
    assert is_open(together)
    assert f"open {named}" in said
    bars = re.findall(r'<rect x="([\d.]+)" width="([\d.]+)" height="10"', board([j]).html)
    drawn = [(float(x), float(x) + float(w)) for x, w in bars]
    ends = pytest.approx((100 * together.p_low, 100 * together.p_high), abs=0.2)
    assert drawn == [ends, ends]


def test_lesions_with_open_pairs_stand_first():
    alone = fakes.judgement("L")
    alone = replace(alone, pairs=(), groupings=alone.groupings[:1])
    names = re.findall(r'class="lesion"[^>]*>(\w+)<', board([alone, fakes.judgement("R")]).html)
    open_ = {i for p in fakes.judgement().pairs if is_open(p) for i in (p.finding_a, p.finding_b)}
    blocks = [b for g in fakes.judgement().groupings[:1] for b in g.blocks]
    first = [f"R{k}" for k, block in enumerate(blocks, 1) if open_ & {*block}]
    assert 0 < len(first) < len(blocks)
    assert names[: len(first)] == first
    assert names[-4:] == ["L1", "L2", "L3", "L4"]


def test_only_the_open_pairs_that_a_lesion_tells_of_bring_it_forward():
    j = fakes.judgement()
    sure, even = (
        fakes.pair("calc", "mass", (2.0, *[0.0] * 5)),
        fakes.pair("mass", "enh", (0.0,) * 6),
    )
    j = replace(j, pairs=(sure, even), groupings=j.groupings[1:])
    assert re.findall(r'class="lesion"[^>]*>(\w+)<', board([j]).html) == ["R2", "R1", "R3"]


def test_a_caution_stands_in_the_cell():
    said = board([fakes.judgement()], {"enh": ("may be physiological",)}).html
    (cell,) = [c for c in re.findall(r"<td>.*?</td>", said, re.S) if "physiological" in c]
    assert "NME" in cell


def test_what_was_found_by_itself_brings_its_caution(monkeypatch: pytest.MonkeyPatch):
    lesion = SimpleNamespace(notes=("may be physiological",))
    monkeypatch.setattr(ImageReading, "lesions", {"enhancement R1": lesion})
    image = ImageReading("MRI", "MR", None)
    case_images._place(image, "enh", "enhancement R1", {})
    case_images._place(image, "mass", "mass 1", {})
    (shown,) = part("board", SimpleNamespace(images=[image]), [fakes.judgement()])
    assert shown.html.count("may be physiological") == 1


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("US1", "Ultrasound"), ("us", "Ultrasound"), ("Ultraschall", "Ultrasound"),
        ("mg24", "Mammogram (MG24)"), ("mammogram", "Said elsewhere"),  # of two: which?
        ("last letter", "Said elsewhere"),
    ],
)  # fmt: skip
def test_a_report_is_told_at_the_exam_that_its_name_means(tmp_path: Path, name: str, at: str):
    text = "Left breast: mass at 2 o'clock, 5 cm from the nipple, 11 mm."
    more = f'reports:\n  {name}: "{text}"\n'
    case, judged = opened(tmp_path, f"{FILM}, view: MLO", US, more=more)
    told = [s.plain for s in exam_sections(case, judged)]
    quoted = next(k for k, said in enumerate(told) if text in said)
    assert [said for said in told[:quoted] if said][-1].startswith(at)


def test_the_page_says_what_other_findings_are(tmp_path: Path):
    case, judged = opened(tmp_path, f"{FILM}, view: MLO", US, US.replace("clock: 2", "clock: 3"))
    said = " ".join(s.plain for s in part("pairs", case, judged))
    assert "Other findings, where they drive a pair" in said
