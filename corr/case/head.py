"""The top of a case file: its name, texts and changed constants, each checked by itself.

What is wrong with a text is left out and reported. What is wrong with the name or a constant
ends the reading, as ``--set`` does: the case would be judged with other numbers than were asked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar

from corr.parameters import load
from corr.problems import InputError, Problem, nearest, shown, unusable_file
from corr.tables.cells.cell import FORMULA, FORMULA_STARTS, Cell, FieldError, as_text
from corr.tables.rows import CaseModel, RawRow

TABLES = ("findings", "breasts", "exams", "images")
_MOST_SHOWN = 6


def read_head(document: CommentedMap, top: RawRow, problems: list[Problem]) -> CaseModel:
    """Everything but the rows; what is wrong with it is reported in `problems`.

    Raises
    ------
    InputError
        If the case has no usable ``case_id``, or a constant cannot have its value.
    """
    given = {str(k): v for k, v in document.items() if str(k) not in TABLES}
    for name in given.keys() - CaseModel.model_fields.keys():
        fix = nearest(name, CaseModel.model_fields) or "remove it, or write it under notes"
        allowed = ", ".join(CaseModel.model_fields)
        problems.append(top.problem(name, "ignored", allowed=allowed, fix=fix, value=name))
    case_id = _case_id(given.get("case_id"), top)
    if case_id.startswith(FORMULA_STARTS):
        allowed, fix = "a name that begins with a letter or a digit", f"rename it: {FORMULA}"
        problems.append(top.problem("case_id", "flagged", allowed=allowed, fix=fix, value=case_id))
    return CaseModel(
        case_id=case_id,
        title=_title(given.get("title"), top, problems),
        notes=_texts("notes", given.get("notes"), top, problems),
        reports=_reports(given.get("reports"), top, problems),
        parameters=_constants(given.get("parameters"), top, problems),
    )


def brief(value: Any) -> str:
    """A value as it was written, shortened; what is nested deeper is not shown.

    Aliases can make lists endless, so no list is walked to its end.

    >>> brief("7-8"), brief(CommentedSeq(["10", "11"]))
    ('7-8', '[10, 11]')
    """
    if isinstance(value, TaggedScalar):
        return as_text(value.value)
    if isinstance(value, CommentedMap):
        some = [f"{k}: {_inner(v)}" for k, v in list(value.items())[:_MOST_SHOWN]]
        return f"{{{', '.join(some)}{', …' if len(value) > _MOST_SHOWN else ''}}}"
    if isinstance(value, CommentedSeq):
        some = [_inner(v) for v in value[:_MOST_SHOWN]]
        return f"[{', '.join(some)}{', …' if len(value) > _MOST_SHOWN else ''}]"
    return as_text(value)


def _inner(value: Any) -> str:
    return "…" if isinstance(value, (CommentedMap, CommentedSeq)) else brief(value)


def _cell(name: str) -> Cell:
    return next(m for m in CaseModel.model_fields[name].metadata if isinstance(m, Cell))


def _case_id(value: Any, top: RawRow) -> str:
    try:
        return str(_cell("case_id").parse(value))
    except FieldError as error:
        missing = value is None or value == ""
        why = "case_id is missing" if missing else f"case_id = {shown(brief(value), 60)}"
        fix = "begin the file with 'case_id: a name'" if missing else error.fix
        raise _refused(top, "case_id", why, error.allowed, fix) from error


def _title(value: Any, top: RawRow, problems: list[Problem]) -> str | None:
    try:
        return None if value is None else _cell("title").parse(value)
    except FieldError as error:
        found = brief(value)
        problem = top.problem("title", "ignored", allowed=error.allowed, fix=error.fix, value=found)
        problems.append(problem)
        return None


def _texts(name: str, value: Any, top: RawRow, problems: list[Problem]) -> list[str]:
    if _is_empty(value):
        return []
    listed = list(value) if isinstance(value, CommentedSeq) else [value]
    for item in (x for x in listed if not is_text(x)):
        fix = f"begin each text with '- ', and quote one that holds ': ' ({name})"
        allowed, found = "a text, or a list of texts", brief(item)
        problems.append(top.problem(name, "ignored", allowed=allowed, fix=fix, value=found))
    return [brief(x) for x in listed if is_text(x)]


def _reports(value: Any, top: RawRow, problems: list[Problem]) -> dict[str, str]:
    allowed = "a short name and the report as one text each, such as ultrasound: mass at 10 h"
    if _is_empty(value):
        return {}
    if not isinstance(value, CommentedMap):
        fix, found = "write each report as 'name: text'", brief(value)
        problems.append(top.problem("reports", "ignored", allowed=allowed, fix=fix, value=found))
        return {}
    for name, text in value.items():
        if not is_text(text):
            fix = f"write the text behind '{shown(name, 40)}: |', indented, or in quotes"
            found = f"{shown(name, 40)}: {brief(text)}"
            problem = top.problem("reports", "ignored", allowed=allowed, fix=fix, value=found)
            problems.append(_at(problem, value, name))
    return {brief(k): brief(v) for k, v in value.items() if is_text(v)}


def _constants(value: Any, top: RawRow, problems: list[Problem]) -> dict[str, float]:
    """The changed constants; every one that cannot be set is said before the case is refused."""
    if _is_empty(value):
        return {}
    if not isinstance(value, CommentedMap):
        fix = "write name: number, such as lesions_mean: 1.5"
        why, allowed = f"parameters = {shown(brief(value), 60)}", "constants with a number each"
        raise _refused(top, "parameters", why, allowed, fix)
    known, usable, wrong = load(), dict[str, float](), list[Problem]()
    for key, written in value.items():
        name, number = str(key), _number(brief(written))
        if name not in known:
            allowed = "names of `corr assumptions`"
            fix = f"{known.unknown(shown(name, 60))}; `corr assumptions` lists all names"
        else:
            low, high = known.table[name].range
            allowed = f"a number from {low:g} to {high:g}"
            fix = f"expected name: number, e.g. {name}: {known[name]:g}"
            if number is not None:
                fix = known.table[name].refusal(number)
                usable[name] = number
        if fix:
            found = f"{name}: {brief(written)}"
            problem = top.problem("parameters", "rejected", allowed=allowed, fix=fix, value=found)
            wrong.append(_at(problem, value, key))
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        why, fix = f"parameters: {wrong[0].value}", f"{wrong[0].fix}{more}"
        allowed, where = wrong[0].allowed, top.file
        raise InputError(why, [*problems, *wrong], where=where, allowed=allowed, fix=fix)
    return usable


def _number(text: str) -> float | None:
    try:
        return float(text.lower().replace(".nan", "nan").replace(".inf", "inf"))
    except ValueError:
        return None


def _is_empty(value: Any) -> bool:
    return value is None or value == ""


def is_text(value: Any) -> bool:
    """Whether a value is a single one, and not empty."""
    return not isinstance(value, (CommentedMap, CommentedSeq)) and bool(brief(value))


def _at(problem: Problem, mapping: CommentedMap, key: object) -> Problem:
    """The problem on the line of one entry."""
    return replace(problem, row=mapping.lc.key(key)[0] + 1)


def _refused(top: RawRow, name: str, why: str, allowed: str, fix: str) -> InputError:
    return unusable_file(top.file, why, allowed, fix=fix, line=top.lines.get(name))
