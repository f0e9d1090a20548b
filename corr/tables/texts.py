"""The `text` column: report sentences, read only where the columns beside it are empty."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

from corr.problems import NOTHING_READ
from corr.records import ASSOCIATED_KINDS
from corr.tables.cells.cell import FieldError, as_text
from corr.tables.cells.columns import NO_FINDING
from corr.tables.checks import COUNTS, SIZES
from corr.tables.findings import COLUMNS, FIELDS, OF_EXAM, FindingRow
from corr.tables.meaning.plain import plain
from corr.tables.meaning.words import choice, known_words
from corr.tables.rows import BreastRow, Draft
from corr.words import Mention, ReportWords, read_report

COLUMN_OF = {
    field: column
    for column, field in FIELDS.items()
    if field in {f.name for f in fields(Mention)} - {"modality", "words", "text", *SIZES[1:]}
}
"""What a mention says, and the column of it."""
_MOST_CANDIDATES = 12
_COMPARED: dict[str, tuple[str, float | None]] = {
    "clock_h": ("clock", 0.5),
    "quadrant": ("quadrant", None),
    "fn_mm": ("fn_cm", 5.0),
    "size_mm": ("size_mm", 2.0),
}
"""Columns that must say what the text says, and how far off a rounded value may be."""
_DENIALS = {
    "text": ("words about a finding", "the words deny a finding"),
    "kind": ("a kind of finding", "the words deny a finding"),
    "bi_rads": ("a category beside a finding", "category 1 and nothing else is no finding"),
}
"""Columns by which a row is no finding: what they should say, and why."""
_EXCEPTION = re.compile(r"\b(?:but|except|other than|apart from|besides|however)\b", re.IGNORECASE)


def fill_from_text(draft: Draft) -> bool:
    """Fill empty columns of one finding from its text; flag what the text leaves unclear.

    A cell that holds something unusable is not empty: the text does not overrule it. False if
    the row is no finding: its text or kind denies one, or it is of category 1, and its other cells
    state none.
    """
    text = draft.get("text")
    side = draft.values["breast"]
    said = read_report(text or "", modality=draft.values["modality"], side=side)
    if denies := _denying(draft, said):
        allowed, why = _DENIALS[denies]
        fix = (
            f"{why}; state an exam without findings in the breasts table (such as {_tick(draft)} "
            "= 1) or the exams table, not here; this exam counts as done "
            "unless another row speaks against it"
        )
        draft.problems.append(draft.raw.problem(denies, "rejected", allowed=allowed, fix=fix))
        return False
    if draft.get("kind") == NO_FINDING:
        fix = "other cells of the row state a finding: correct one; taken as one of unknown kind"
        draft.drop("kind", allowed="a kind, where the row states a finding", fix=fix)
    if text is None:
        return True
    mention = _mention(draft, said, side)
    if mention is not None:
        found = _found(draft, mention)
        _flag_otherwise(draft, mention)
        draft.values |= found
        _keep_words(draft, mention, found)
    for unread in said.unreadable:
        column = COLUMN_OF.get(unread.field, unread.field)
        if column == "text":  # nobody can say which column it belongs to
            fix = f"write it in the column that it belongs to; {NOTHING_READ}"
            draft.flag(column, allowed=unread.reason, fix=fix, value=unread.words)
        elif unread.read_as and not _stated(draft, column):
            fix = f"fill in {column} if you know it; read as {unread.read_as}"
            draft.flag(column, allowed=unread.reason, fix=fix, value=unread.words)
        elif not _stated(draft, column):
            some = [*unread.candidates[:_MOST_CANDIDATES]]
            some += ["…"] if len(unread.candidates) > len(some) else []
            readings = f" (candidates: {'; '.join(some)})" if some else ""
            fix = f"fill in {column} if you know it{readings}; {NOTHING_READ}"
            draft.flag(column, allowed=unread.reason, fix=fix, value=unread.words)
    return True


def _tick(draft: Draft) -> str:
    """The column of the breasts table that says that this exam was done."""
    columns = (f"exam_{str(draft.get(name)).lower()}" for name in ("view", "modality"))
    return next((c for c in columns if c in BreastRow.model_fields), "exam_cc")


def _denying(draft: Draft, said: ReportWords) -> str:
    """The column that says that this row is no finding; "" if it may be one."""
    if _states_finding(draft):
        return ""
    text = draft.get("text") or ""
    if _only_denies(said) or choice("kind", text, {}) == NO_FINDING:
        return "text"
    if said.mentions or _unread(said) or set(plain(text).split()) & set(known_words("kind")):
        return ""
    return "kind" if draft.get("kind") else "bi_rads" if draft.get("bi_rads") == "1" else ""


def _only_denies(said: ReportWords) -> bool:
    """Whether the words deny findings and nothing else: no mention, nothing that may be one."""
    denials = [m.text for m in said.negatives]
    excepts = any(_EXCEPTION.search(words) for words in denials)
    return bool(denials) and not (said.mentions or excepts or _unread(said))


def _unread(said: ReportWords) -> bool:
    """Whether words that could not be read may be of a finding that nothing denies."""
    denials = {m.text for m in said.negatives}
    return any(u.text not in denials or u.field == "kind" for u in said.unreadable)


def _states_finding(draft: Draft) -> bool:
    """Whether a cell beside the text says something of a finding; BI-RADS may be of none.

    Nor does a size or number of 0, beside a kind that denies one.
    """
    columns = COLUMNS.keys() - OF_EXAM - {"bi_rads"}
    nothing: dict[str, tuple[str, ...]] = {}
    if draft.get("kind") == NO_FINDING:
        columns -= {"kind"}
        nothing = dict.fromkeys((*SIZES, *COUNTS), ("0", "0.0"))
    cells = {c: as_text(draft.raw.cells.get(c)) for c in columns}
    return any(text and text not in nothing.get(c, ()) for c, text in cells.items())


def _mention(draft: Draft, said: ReportWords, side: str) -> Mention | None:
    """The one mention the row can be about, or None."""
    now = [m for m in said.mentions if not m.earlier]
    if said.mentions and not now:
        fix = f"if it is there now, say so or fill in the columns; {NOTHING_READ}"
        draft.flag("text", allowed="words about this exam, not an earlier one", fix=fix)
    here = [m for m in now if not m.side or side in m.side]
    if now and not here:
        fix = f"the words name the other breast; correct breast or text; {NOTHING_READ}"
        draft.flag("text", allowed=f"words about the {side} breast", fix=fix)
        return None
    if not now and not said.unreadable and not _states_finding(draft):
        apart = "an indication, a plan, another exam" if said.mentioned else "another thing"
        fix = f"{NOTHING_READ}" + (
            f"; they are about {apart}" if said.mentioned or said.others else ""
        )
        draft.flag("text", allowed="words about a finding of this exam", fix=fix)
    kind = draft.get("kind")
    same_kind = [m for m in here if kind is not None and m.kind == kind]
    fitting = same_kind or [m for m in here if kind is None or m.kind is None]
    lesions = [m for m in fitting if m.kind not in ASSOCIATED_KINDS]
    fitting = lesions if len(lesions) == 1 else fitting
    if len(fitting) > 1:
        fix = f"give each finding its own row, or fill in the columns; {NOTHING_READ}"
        draft.flag("text", allowed="words about one finding", fix=fix)
    return fitting[0] if len(fitting) == 1 else None


def _flag_otherwise(draft: Draft, mention: Mention) -> None:
    """Flag columns that say another place or size than the words of the same row."""
    for name, (column, apart) in _COMPARED.items():
        said, stated = getattr(mention, name), draft.get(column)
        if said is None or stated is None:
            continue
        stated = 10.0 * stated if column == "fn_cm" else stated
        here, there = (x if isinstance(x, tuple) else (x, x) for x in (said, stated))
        if apart is None:
            differ = said != stated
        elif column == "clock":
            away = ((sum(here) - sum(there)) / 2 + 6.0) % 12.0 - 6.0
            differ = abs(away) - (here[1] - here[0] + there[1] - there[0]) / 2 > apart
        else:
            differ = abs(said - stated) > apart
        if differ:
            words = dict(mention.words).get(name, str(said))
            fix = f"the text says {words!r}: correct one; the column was used, not the words"
            draft.flag(column, allowed="what the text of the row says, too", fix=fix)


def _found(draft: Draft, mention: Mention) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, column in COLUMN_OF.items():
        value = getattr(mention, name)
        if value is not None and value is not False and not _stated(draft, column):
            found |= _checked(draft, column, value)
    if "fn_cm" in found:
        found["fn_rounding_mm"] = mention.fn_rounding_mm
    if "size_mm" in found:
        for column in SIZES[1:]:
            value = getattr(mention, column)
            found |= _checked(draft, column, value) if value is not None else {}
    if _stated(draft, "count_min") or _stated(draft, "count_max"):
        found.pop("count_min", None)
        found.pop("count_max", None)
    return found


def _checked(draft: Draft, column: str, value: Any) -> dict[str, Any]:
    """The value under its column name, if the column allows it."""
    if column == "clock":
        return {column: value}
    value = value / 10.0 if column == "fn_cm" else value
    try:
        return {column: FindingRow.cell(column).parse(value)}
    except FieldError as error:
        fix = f"{error.fix}; {NOTHING_READ}"
        draft.flag(column, allowed=error.allowed, fix=fix, value=value)
        return {}


def _keep_words(draft: Draft, mention: Mention, found: dict[str, Any]) -> None:
    said = {COLUMN_OF.get(name, name): words for name, words in mention.words}
    quotes = {column: words for column, words in said.items() if column in found}
    draft.values["words"] = tuple(sorted({**quotes, **dict(draft.get("words") or ())}.items()))


def _stated(draft: Draft, column: str) -> bool:
    columns = SIZES if column in SIZES else (column,)
    return any(as_text(draft.raw.cells.get(c)) for c in columns)
