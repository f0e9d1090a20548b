"""What is asked of a case: free text beside a kind that says how it is answered.

::

    questions:
    - {kind: same, findings: R-MR-enh R-MG-calc, text: Are these one lesion?}
    - Anything else, which is printed and not answered
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from corr.case.head import brief, is_text
from corr.problems import Problem, nearest
from corr.records import Breast
from corr.tables.rows import QUESTION_KINDS, QuestionEntry, QuestionKind, RawRow

if TYPE_CHECKING:
    from corr.questions.asked import ExamError

FIELDS = tuple(QuestionEntry.model_fields)


@dataclass(frozen=True)
class Question:
    """A question as it was asked.

    Attributes
    ----------
    kind : ``same`` (are findings one lesion), ``consistent`` (do their places agree), ``silent``
        (what it means that an exam reports nothing), ``holds`` (does a mass hold calcifications),
        ``change`` (since the last exam), ``settle`` (what another exam would tell); None where it
        is only printed
    findings : ids; the first is asked about with each of the others; none = the usual ones
    exam : of ``silent`` the examination, as `corr.where_to_look` names it; None = the usual one
    """

    text: str
    kind: QuestionKind | None = None
    findings: tuple[str, ...] = ()
    exam: str | None = None

    def plain(self) -> Any:
        """As a case file holds it."""
        if self.kind is None:
            return self.text
        said = {"kind": self.kind, "findings": list(self.findings), "exam": self.exam}
        return {k: v for k, v in {**said, "text": self.text}.items() if v}


def read_questions(value: Any, top: RawRow, problems: list[Problem]) -> tuple[Question, ...]:
    """The questions of a case file; what is wrong with one is reported, its text is kept."""
    if value is None or value == "":
        return ()
    listed = list(value) if isinstance(value, CommentedSeq) else [value]
    asked = []
    for i, item in enumerate(listed):
        line = value.lc.item(i)[0] + 1 if isinstance(value, CommentedSeq) else top.row
        asked.append(_question(item, RawRow(top.file, line, top.cells), problems))
    return tuple(q for q in asked if q is not None)


def _question(value: Any, top: RawRow, problems: list[Problem]) -> Question | None:
    def wrong(allowed: str, fix: str, found: object) -> None:
        problem = top.problem("questions", "ignored", allowed=allowed, fix=fix, value=brief(found))
        problems.append(problem)

    if is_text(value):
        return Question(brief(value))
    text = value.get("text") if isinstance(value, CommentedMap) else None
    if not isinstance(value, CommentedMap) or not is_text(text):
        fix = "begin each with '- '; quote a text that holds ': ', or write it behind 'text:'"
        wrong(f"a text, or a mapping with {', '.join(FIELDS)}", fix, value)
        return None
    for name in value.keys() - set(FIELDS):
        wrong(", ".join(FIELDS), nearest(str(name), FIELDS) or "remove it", name)
    kind = value.get("kind")
    if kind not in QUESTION_KINDS:
        fix = nearest(brief(kind), QUESTION_KINDS) or "choose the one that says what is asked"
        wrong(f"kind: {', '.join(QUESTION_KINDS)}", fix, kind)
        kind = None
    exam = value.get("exam") or None
    if exam is not None and not is_text(exam):
        wrong("one examination, such as MR", "name one", exam)
        exam = None
    ids = value.get("findings") or ()
    some = list(ids) if isinstance(ids, CommentedSeq) else brief(ids).split() if ids else []
    return Question(brief(text), kind, tuple(map(brief, some)), exam and brief(exam))


def checked(
    questions: Sequence[Question], breasts: Sequence[Breast], top: RawRow, problems: list[Problem]
) -> tuple[Question, ...]:
    """The questions, without findings that the case does not have; these are reported.

    So is an examination that there is not: it stays, for its answer is that there is none.
    """
    known = {f.finding_id for b in breasts for f in b.findings}
    out = []
    for q in questions:
        for lost in [i for i in q.findings if i not in known]:
            fix = nearest(lost, known) or "name a finding of this case"
            allowed = ", ".join(sorted(known))
            problems.append(
                top.problem("questions", "ignored", allowed=allowed, fix=fix, value=lost)
            )
        exam, wrong = _exam(q.exam, breasts) if q.exam else (q.exam, None)
        if wrong is not None:
            allowed, fix = wrong.allowed or wrong.ALLOWED, wrong.fix or wrong.FIX
            problems.append(
                top.problem("questions", "ignored", allowed=allowed, fix=fix, value=q.exam)
            )
        kept = tuple(i for i in q.findings if i in known)
        out.append(replace(q, findings=kept, exam=exam))
    return tuple(out)


def _exam(written: str, breasts: Sequence[Breast]) -> tuple[str, ExamError | None]:
    """The name of an examination, and why no breast has an answer about it, if none has."""
    from corr.case.exam_names import exam_name  # few cases ask, and questions take time to load
    from corr.questions.asked import ExamError
    from corr.questions.silence.studies import asked_about

    exam, wrong = exam_name(written, *breasts), None
    for breast in breasts:
        try:
            asked_about(breast, exam)
        except ExamError as error:
            wrong = error
        else:
            return exam, None
    return exam, wrong
