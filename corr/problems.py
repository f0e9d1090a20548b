"""What was wrong with the input, said so that the person who typed it can mend it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Literal

Action = Literal["rejected", "ignored", "flagged"]

_MEANING = {
    "rejected": "the row was left out",
    "ignored": "the value was not used, the row was kept",
    "flagged": "please look",
}
NOTHING_READ = "nothing was read from these words"
NOT_DONE = "it does not count as done"
"""Ends of what a flagged problem says where its words, or its exam, were not used; others were."""
LONGEST_NAME, MOST_NAMES = 100, 100
"""What is compared for a "did you mean": bounds time."""
_WHOLE_FILE = {"rejected": "the file was not used"}
_WHOLE_BREAST = {"rejected": "the breast was not judged"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, in the columns of ``problems.csv``.

    ``row`` is the row of a table (the header is row 1) or the line of a YAML file; ``None``
    concerns the whole file.
    """

    file: str
    row: int | None
    case_id: str
    finding_id: str
    field: str
    value: str
    action: Action
    allowed: str
    fix: str

    @property
    def not_read(self) -> bool:
        """Flagged words or exams from which nothing was taken; others were used, in doubt."""
        return self.action == "flagged" and self.fix.endswith((NOTHING_READ, NOT_DONE))


class CorrError(Exception):
    """What corr raises of its own: the message is one line that says what is wrong and where.

    Attributes
    ----------
    allowed, fix : what would have been allowed and how to mend it, where the message is not all
    """

    allowed = fix = ""


class InputError(CorrError):
    """Nothing in the input can be used; the message is one line that says why and what to do."""

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems: tuple[Problem, ...] = in_order(problems)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sorted by what they are about, so that the order of the rows does not show."""
    return tuple(
        sorted(
            problems,
            key=lambda p: (p.file, p.case_id, p.finding_id, p.field, p.value, p.action, p.row or 0),
        )
    )


def shown(value: object, limit: int = 120) -> str:
    r"""A cell made safe to print: one line, printable, shortened.

    >>> shown("7" + chr(0) + "8")
    '7\\x008'
    """
    text = str(value)
    return printable(text if len(text) <= limit else text[: limit - 1] + "…")


def printable(text: str, keep: str = "") -> str:
    r"""A text whose control characters and marks of writing direction are spelled out.

    >>> printable("a" + chr(0x1B) + chr(0x202E) + chr(0xA0) + "b")
    'a\\x1b\\u202e\\xa0b'
    """
    return "".join(c if c.isprintable() or c in keep else repr(c)[1:-1] for c in text)


def nearest(name: str, known: Iterable[str]) -> str:
    """A "did you mean" for an unknown name, or an empty string."""
    if len(name) > LONGEST_NAME:
        return ""
    near = get_close_matches(name.lower(), list(islice(known, MOST_NAMES)), n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else ""


def explain(problems: Sequence[Problem]) -> str:
    """Every problem with file, row, field, value, what was allowed and how to fix it."""
    if not problems:
        return "No problems found."
    counts = {a: sum(p.action == a for p in problems) for a in _MEANING}
    head = ", ".join(f"{n} {action}" for action, n in counts.items() if n)
    lines = [f"{len(problems)} problem{'s' if len(problems) > 1 else ''}: {head}", ""]
    for p in sorted(problems, key=lambda p: (p.file, p.row or 0, p.field, p.finding_id)):
        where = (p.file or "judgement") + (f", row {p.row}" if p.row else "")
        who = " ".join(x for x in (p.case_id, p.finding_id) if x)
        lines += [
            f"{where}{f' ({who})' if who else ''}: {p.field} = {p.value!r}",
            f"  {p.action}: {_meaning(p)}",
            f"  allowed: {p.allowed}",
            f"  fix: {p.fix}",
        ]
    return "\n".join(lines)


def _meaning(problem: Problem) -> str:
    if problem.not_read:
        return "not read, please look"
    whole = {} if problem.file else _WHOLE_BREAST
    if problem.field in ("file", "parameters"):
        whole = _WHOLE_FILE
    return (_MEANING | whole)[problem.action]
