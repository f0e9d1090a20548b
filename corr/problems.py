"""What was wrong with the input, said so that the person who typed it can mend it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import ClassVar, Literal, get_args

Action = Literal["rejected", "ignored", "flagged", "noted"]
ACTIONS: tuple[Action, ...] = get_args(Action)

_MEANING = {
    "rejected": "the row was left out",
    "ignored": "the value was not used, the row was kept",
    "flagged": "please look",
    "noted": "read, and said so that it can be checked",
}
NOTHING_READ = "nothing was read from these words"
NOT_DONE = "it does not count as done"
"""Ends of what a flagged problem says where its words, or its exam, were not used; others were."""
DENYING = ("text", "kind", "bi_rads")
"""Columns for whose words a row is rejected only if they say that nothing was found."""
FIRST = 3
"""Rows and values that are named of a kind of problem."""
_OWN_VALUE = re.compile(r"\([^()]*\)|'[^']*'|\"[^\"]*\"|[\d.,:-]*\d[\d.,:-]*")
"""What differs in the fixes of one kind: candidates in brackets, quotes, numbers."""
_CANDIDATES = re.compile(r" \(candidates: ([^()]*)\)")
_HOW_MANY = re.compile(r" \((\d+) (row|cell)s?\)$")
"""At the end of a note: how many rows it is of."""
_DID_YOU_MEAN = re.compile(r"did you mean '([^']*)'\?")
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

    @property
    def lost(self) -> bool:
        """A row or breast that was left out, but for words that deny a finding."""
        return self.action == "rejected" and self.field not in DENYING


class CorrError(ValueError):
    """What corr refuses: always what is wrong, where, what was allowed and how to fix it.

    The text of the error is one line of what its raiser said; `explain` gives all four, with
    what is true of every error of the kind (`EVERYWHERE`, `ALLOWED`, `FIX`) where nothing
    nearer was said.

    Parameters
    ----------
    what
        What is wrong, without the place.
    where
        The file, option, view or column; empty if `what` names it.
    allowed
        What would have been accepted.
    fix
        What to do about it.
    """

    EVERYWHERE: ClassVar[str] = "the values given"
    ALLOWED: ClassVar[str] = "values as the documentation of the call describes them"
    FIX: ClassVar[str] = "correct what is named and try again"

    def __init__(self, what: str, *, where: str = "", allowed: str = "", fix: str = "") -> None:
        self.what = one_line(what)
        self.where, self.allowed, self.fix = one_line(where), one_line(allowed), one_line(fix)
        super().__init__(self.what)

    def __str__(self) -> str:
        said = (f"{self.where}: {self.what}" if self.where else self.what, self._end())
        return "; ".join(part for part in said if part)

    def _end(self) -> str:
        allowed = f"allowed: {self.allowed}" if self.allowed else ""
        return "; ".join(part for part in (allowed, self.fix and f"fix: {self.fix}") if part)

    def explain(self) -> str:
        """What, where, allowed and fix on a line each."""
        return "\n".join(
            (
                f"{self.where or self.EVERYWHERE}: {self.what}",
                f"  allowed: {self.allowed or self.ALLOWED}",
                f"  fix: {self.fix or self.FIX}",
            )
        )


class InputError(CorrError):
    """Nothing in a file, or of what was asked of it, can be used; `problems` say all of it."""

    EVERYWHERE = "the input"
    ALLOWED = "files as the documentation describes them"
    FIX = "`corr validate` explains every problem of a file"

    def __init__(
        self,
        what: str,
        problems: Sequence[Problem] = (),
        *,
        where: str = "",
        allowed: str = "",
        fix: str = "",
    ) -> None:
        super().__init__(what, where=where, allowed=allowed, fix=fix)
        self.problems: tuple[Problem, ...] = in_order(problems)


def unusable_file(
    file: str,
    why: str,
    allowed: str,
    *,
    fix: str = "",
    line: int | None = None,
    problems: Sequence[Problem] = (),
) -> InputError:
    """A file of which nothing can be used, as an error and as the last of its problems."""
    why, how = shown(why, 300), fix or f"give {allowed}"
    problem = Problem(file, line, "", "", "file", shown(why), "rejected", allowed, how)
    return InputError(why, [*problems, problem], where=file, allowed=allowed, fix=fix)


def one_line(text: str) -> str:
    """The words of a text, a blank between any two."""
    return " ".join(text.split())


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
    written = {k.lower(): k for k in islice(known, MOST_NAMES)}
    near = get_close_matches(name.lower(), list(written), n=1, cutoff=0.6)
    return f"did you mean {written[near[0]]!r}?" if near else ""


def kinds_of(problems: Sequence[Problem]) -> list[list[Problem]]:
    """Problems that differ only in row, finding and value, together; by file and first row."""
    kinds: dict[tuple[str, ...], list[Problem]] = {}
    for p in sorted(problems, key=lambda p: (p.file, p.row or 0, p.field, p.finding_id)):
        said = _OWN_VALUE.sub("", p.fix).strip()
        kinds.setdefault((p.file, p.field, p.action, p.allowed, said), []).append(p)
    return list(kinds.values())


def rows_said(kind: Sequence[Problem]) -> str:
    """Where problems of one kind are: "row 3", "1000 rows (2, 3, 4, ...)".

    Notes that count their rows name the first.
    """
    kind = kind[:1] if any(_HOW_MANY.search(p.fix) for p in kind) else kind
    rows = list(dict.fromkeys(p.row for p in kind if p.row))
    some = ", ".join(map(str, rows[:FIRST])) + (", ..." if len(rows) > FIRST else "")
    return f"{len(rows)} rows ({some})" if len(rows) > 1 else f"row {some}" if rows else ""


def values_said(kind: Sequence[Problem]) -> str:
    """What is written there, with what each may mean: "'7-Aug' (7-8?), '11. Okt' (10-11?), ..."."""
    values = list(dict.fromkeys((p.value, p.fix) for p in kind))
    some = []
    for value, fix in values[:FIRST]:
        meant = _CANDIDATES.search(fix) or _DID_YOU_MEAN.search(fix)
        some.append(repr(value) + (f" ({meant[1]}?)" if len(kind) > 1 and meant else ""))
    return ", ".join(some) + (", ..." if len(values) > FIRST else "")


def fix_said(kind: Sequence[Problem]) -> str:
    """How to mend problems of a kind; what each may mean stands beside its value.

    Notes of several tables of one file are one: they count together.
    """
    if len(kind) == 1:
        return kind[0].fix
    if counts := [m for p in kind if (m := _HOW_MANY.search(p.fix))]:
        n = sum(int(m[1]) for m in counts) + len(kind) - len(counts)
        return f"{_HOW_MANY.sub('', kind[0].fix)} ({n} {counts[0][2]}s)"
    fix = _CANDIDATES.sub(" (candidates stand beside the values)", kind[0].fix)
    return _DID_YOU_MEAN.sub("did you mean what stands beside it?", fix)


def counted(problems: Sequence[Problem]) -> str:
    """How many there are: "3 problems of 2 kinds: 1 rejected, 2 ignored; 4 notes"."""
    counts = {a: sum(p.action == a for p in problems) for a in _MEANING}
    notes = counts.pop("noted")
    n, kinds = len(problems) - notes, len(kinds_of([p for p in problems if p.action != "noted"]))
    of = f" of {kinds} kind{'s' * (kinds > 1)}" if n > 1 else ""
    each = ", ".join(f"{k} {action}" for action, k in counts.items() if k)
    said = f"{n} problem{'s' * (n > 1)}{of}: {each}" if n else "No problems found"
    return said + (f"; {notes} note{'s' * (notes > 1)}" if notes else "")


def explain(problems: Sequence[Problem]) -> str:
    """Each kind of problem on a line: where, value, what was done, fix and what was allowed.

    The last line counts them; ``problems.csv`` has each by itself.
    """
    if not problems:
        return "No problems found."
    lines = []
    for kind in kinds_of(problems):
        p = kind[0]
        where = ", ".join(x for x in (p.file or "judgement", rows_said(kind)) if x)
        who = " ".join(x for x in (p.case_id, p.finding_id) if x) if len(kind) == 1 else ""
        written = list(dict.fromkeys(q.value for q in kind))
        some = "; ".join(written[:FIRST]) + "; ..." * (len(written) > FIRST)
        lines.append(
            f"{where}{f' ({who})' if who else ''}: {p.field} = {values_said(kind)}; "
            f"{p.action}: {_meaning(p)}; fix: {fix_said(kind)}; allowed: {p.allowed}"
            if p.action != "noted"
            else f"{where}: {p.field} = {some}; noted: {fix_said(kind)}"
        )
    return "\n".join([*lines, counted(problems)])


def _meaning(problem: Problem) -> str:
    if problem.not_read:
        return "not read, please look"
    whole = {} if problem.file else _WHOLE_BREAST
    if problem.row is None and problem.action == "ignored":
        return "it was not used"
    if problem.field in ("file", "parameters"):
        whole = _WHOLE_FILE
    return (_MEANING | whole)[problem.action]
