"""Questions of a case file: a kind beside a text; what is wrong is said, the text is kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from corr.case import casefile
from corr.case.questions import Question
from corr.tables.rows import QUESTION_KINDS

FINDINGS = """
findings:
- {finding_id: Film-1, breast: R, modality: MG, kind: calcification, clock: 7}
- {finding_id: us, breast: R, modality: US, exam_id: us1, kind: mass, clock: 7}
"""


def read(folder: Path, questions: str) -> tuple[tuple[Question, ...], list[tuple[int, str, str]]]:
    path = folder / "case.yaml"
    path.write_text(f"case_id: c\nquestions:\n{questions}{FINDINGS}", encoding="utf-8")
    case = casefile.read_case(path)
    return case.questions, [(p.row, p.value, p.fix) for p in case.problems]


@pytest.mark.parametrize(
    ("written", "question"),
    [
        ("- Is it one?", Question("Is it one?")),
        ("- {kind: same, text: One?}", Question("One?", "same")),
        ("- {kind: holds, findings: us Film-1, text: X}", Question("X", "holds", ("us", "Film-1"))),
        ("- {kind: holds, findings: [us, Film-1], text: X}",
         Question("X", "holds", ("us", "Film-1"))),
        ("- {kind: silent, exam: MR, text: None?}", Question("None?", "silent", (), "MR")),
        ("- {kind: silent, exam: us1, text: None?}", Question("None?", "silent", (), "us1")),
    ],
)  # fmt: skip
def test_a_question_is_read_as_written_and_written_back(tmp_path, written, question):
    asked, problems = read(tmp_path, written)
    assert (asked, problems) == ((question,), [])
    again, _ = read(tmp_path, f"- {question.plain()!r}".replace("'", ""))
    assert again == asked


@pytest.mark.parametrize(
    ("written", "row", "value", "fix", "kept"),
    [
        ("- {kind: saem, text: One?}", 3, "saem", "did you mean 'same'?", Question("One?")),
        ("- Fine\n- {kind: same, text: One?, exm: MR}", 4, "exm", "did you mean 'exam'?",
         Question("One?", "same")),
        ("- {kind: same, text: One?, findings: us film1}", 2, "film1", "did you mean 'Film-1'?",
         Question("One?", "same", ("us",))),
        ("- {kind: silent, text: X, exam: [MR, US]}", 3, "[MR, US]", "name one",
         Question("X", "silent")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_the_text_kept(tmp_path, written, row, value, fix, kept):
    asked, problems = read(tmp_path, written)
    assert asked[-1] == kept
    assert problems == [(row, value, fix)]


@pytest.mark.parametrize(
    ("exam", "name"),
    [("MRI", "MR"), ("Sonographie", "US"), ("mammogram MLO", "MG:MLO"), ("supine MRI", None),
     ("PET", None), ("mammogram XX", None)],
)  # fmt: skip
def test_an_exam_is_asked_for_in_the_words_of_the_tables_and_checked_as_it_is_read(
    tmp_path, exam, name
):
    (asked,), problems = read(tmp_path, f"- {{kind: silent, exam: {exam}, text: X}}")
    assert (asked.exam, problems == []) == (name or exam, name is not None)
    if name is None:
        (wrong,) = casefile.read_case(tmp_path / "case.yaml").problems
        assert (wrong.field, wrong.action, wrong.value) == ("questions", "ignored", exam)
        assert "MG:CC" in wrong.allowed
        assert "us1" in wrong.allowed


@pytest.mark.parametrize("written", ["- {kind: same}", "- [a, b]", "- Is it: one?"])
def test_without_a_text_there_is_no_question(tmp_path, written):
    asked, ((row, _, fix),) = read(tmp_path, written)
    assert (asked, row) == ((), 3)
    assert "'text:'" in fix


def test_the_questions_of_the_how_to_are_read(tmp_path):
    docs = Path(__file__).parents[2] / "docs"
    case, asked = (
        re.search(rf"```yaml {how}\n(.*?)```", (docs / page).read_text(encoding="utf-8"), re.S)
        for page, how in (
            ("get_started.md", "file=case.yaml"),
            ("how_to_questions.md", "questions"),
        )
    )
    assert case is not None
    assert asked is not None
    path = tmp_path / "case.yaml"
    path.write_text(case[1] + asked[1], encoding="utf-8")
    read_case = casefile.read_case(path)
    assert read_case.problems == ()
    assert {q.kind for q in read_case.questions} == set(QUESTION_KINDS)
