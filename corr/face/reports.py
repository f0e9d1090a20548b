"""What comes in as sentences: findings out of the words of a report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corr.case.exam_names import exam_name, side_letter
from corr.problems import CorrError
from corr.tables.checks import SIZES
from corr.tables.texts import COLUMN_OF
from corr.words import Mention, ReportWords, as_data
from corr.words import read_report as read_words

if TYPE_CHECKING:
    import pandas as pd

_LISTS = {
    "findings": "finding",
    "earlier": "earlier",
    "denied": "denied",
    "other_things": "no lesion",
    "mentioned": "not of this exam",
    "said_again": "said again",
}
"""Lists of `Report.data`, and what the text of a report calls each entry."""


@dataclass(frozen=True)
class Report:
    """What the sentences of one report say.

    Attributes
    ----------
    said : findings, absences and what could not be read, with the words of each
    modality, breast, case_id, exam_id, written : as given
    """

    said: ReportWords
    modality: str | None
    breast: str | None
    case_id: str = "report"
    exam_id: str | None = None
    written: str = ""

    @property
    def findings(self) -> pd.DataFrame:
        """One row a finding and breast, with the columns of the findings table that it fills.

        The sentence stands beside them where words of it could not be read: judging says so.
        Join those of several reports with `pandas.concat` and judge them.
        """
        import pandas as pd

        rows: list[dict[str, object]] = []
        for mention in (m for m in self.said.mentions if not m.earlier):
            for side in mention.side or (self.breast or "",):
                who = {"case_id": self.case_id, "breast": side, "modality": self.modality}
                who |= {
                    "finding_id": f"{self.exam_id or self.modality or 'finding'}-{len(rows) + 1}"
                }
                who |= {"exam_id": self.exam_id} if self.exam_id else {}
                doubt = any(u.text == mention.text for u in self.said.unreadable)
                text = {"text": mention.text} if doubt else {}
                rows.append({**who, **_cells(mention), **text})
        if not rows:
            return pd.DataFrame(columns=["case_id", "breast", "modality", "finding_id"])
        return pd.DataFrame(rows)

    @property
    def unread(self) -> pd.DataFrame:
        """Words that could not be read: which, of what, why, and what they may mean."""
        import pandas as pd

        rows = [(u.words, u.field, u.reason, "; ".join(u.candidates)) for u in self.said.unreadable]
        return pd.DataFrame(rows, columns=["words", "field", "reason", "candidates"])

    @property
    def data(self) -> dict[str, list[dict[str, Any]]]:
        """All of it as lists that JSON can hold: mm, hours as [from, to], None = not said.

        ``findings``, ``unread``, ``denied``, ``earlier``, ``other_things`` (no lesions: a node, a
        seroma) and ``said_again`` (an impression), each value with its ``words``.
        """
        return as_data(self.said)

    @property
    def why(self) -> str:
        """Why nothing was read, in one sentence; empty unless it is no English report."""
        return "".join(
            f"{u.words!r}: {u.reason}" for u in self.said.unreadable if self.said.language
        )

    def __str__(self) -> str:
        """What was read, sentence by sentence, each value with the words it came from."""
        if self.why:
            return self.why
        lines: dict[str, list[str]] = {}
        for sentence, line in self._lines():
            lines.setdefault(" ".join(sentence.split()), []).append(f"  {line}")
        written = " ".join(self.written.split())
        in_order = sorted(lines.items(), key=lambda item: written.find(item[0]))
        shown = [part for sentence, some in in_order for part in (sentence, *some)]
        return "\n".join(shown) if shown else "nothing about a finding was read"

    def _lines(self) -> Iterator[tuple[str, str]]:
        data = self.data
        for name, called in _LISTS.items():
            for entry in data[name]:
                yield entry["sentence"], f"{called}: {_said(entry)}"
        for one in data["unread"]:
            may_be = f"; may mean {', '.join(one['candidates'])}" if one["candidates"] else ""
            taken = f"; read as {one['read_as']}" if one["read_as"] else ""
            field = "" if one["field"] == "text" else f"{one['field']} "
            line = f"not read: {field}{one['words']!r}, {one['reason']}{may_be}{taken}"
            yield one["sentence"], line

    @property
    def absent(self) -> tuple[str, ...]:
        """Sentences that deny a finding."""
        return tuple(m.text for m in self.said.negatives)

    def _repr_html_(self) -> str:
        from corr.show.wording import html

        shown = self.findings.fillna("").astype(str)
        parts = (
            html.table(shown, "Findings read"),
            html.bullets(self.absent, "Denied"),
            html.table(self.unread, "Not read") if self.said.unreadable else html.paragraphs(()),
        )
        return "".join(part.html for part in parts)


def read_report(
    text: str,
    modality: str | None = None,
    breast: str | None = None,
    *,
    case_id: str = "report",
    exam_id: str | None = None,
) -> Report:
    """Findings out of the sentences of one English report. Research use only.

    A report of another language is refused: `Report.why` says so.

    Parameters
    ----------
    text : as written; no text makes it raise
    modality : ``MG``, ``US``, ``MR`` or a word for it: it decides between kinds of findings, and
        what another examination saw is told apart; None: kinds of any, and nothing can be judged
        yet
    breast : ``L``, ``R`` or a word for it, assumed where the words name no side
    case_id, exam_id : of the findings; state the exam where there are two of one modality

    Raises
    ------
    CorrError
        For another modality or side.
    """
    modality = modality and exam_name(modality)
    breast = breast and (side_letter(breast) or breast)
    _one_of("modality", modality, ("MG", "US", "MR", None))
    _one_of("breast", breast, ("L", "R", None))
    said = read_words(text, modality=modality, side=breast)
    return Report(said, modality, breast, case_id, exam_id, text)


def _one_of(name: str, value: object, allowed: tuple[object, ...]) -> None:
    if value not in allowed:
        some = ", ".join(map(str, allowed))
        msg = f"{name}: {value!r} is not known; allowed: {some}"
        raise CorrError(msg)


def _said(entry: dict[str, Any]) -> str:
    """The values of a finding with their words: "clock_h 10 ('10 o'clock'), ..."."""
    words, shown = entry["words"], []
    for name, value in entry.items():
        if name in ("words", "sentence") or value is None:
            continue
        text = _value(name, value)
        shown.append(f"{name} {text}" + (f" ({words[name]!r})" if name in words else ""))
    return ", ".join(shown) if shown else "no more is said"


def _value(name: str, value: Any) -> str:
    if name == "clock_h":
        return "-".join(dict.fromkeys(_hour(h) for h in value))
    if name == "count":
        low, high = value
        return f"{low}" if low == high else f"at least {low}" if high is None else f"{low}-{high}"
    if isinstance(value, list):
        return " x ".join(f"{x:g}" for x in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _cells(mention: Mention) -> dict[str, object]:
    """A finding as cells of the findings table, with the words each came from."""
    out: dict[str, object] = {}
    for name, column in {**COLUMN_OF, **{size: size for size in SIZES}}.items():
        value: Any = getattr(mention, name)
        if value is None or value is False or (name == "count_min" and value == 1):
            continue
        out[column] = value
    if mention.clock_h is not None:
        out["clock"] = "-".join(dict.fromkeys(_hour(h) for h in mention.clock_h))
    if mention.fn_mm is not None:
        out["fn_cm"] = mention.fn_mm / 10.0
    if out.get("count_max") == 1:
        del out["count_max"]
    words = {COLUMN_OF.get(name, name): said for name, said in mention.words}
    words = {column: said for column, said in words.items() if column in out}
    return out | ({"words": json.dumps(words, ensure_ascii=False)} if words else {})


def _hour(value: float) -> str:
    hour, minute = divmod(round(value * 60) % 720, 60)
    return f"{hour or 12}:{minute:02d}" if minute else f"{hour or 12}"
