"""Sentences and tables as small pieces of HTML that also print as plain text.

The HTML is that of ``corr/show/templates``; Jinja escapes whatever goes into it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from corr.anatomy.names import SIDE_NAMES
from corr.judgement.result import Judgement
from corr.plurals import many
from corr.show.wording.answers import Answer

if TYPE_CHECKING:  # a terminal shows no table
    import pandas as pd

RESEARCH_USE = (
    "Research use only. The numbers say how well reports and measurements agree on a place; "
    "they are not a diagnosis, say nothing about malignancy and give no advice to a patient."
)
TEMPLATES = Environment(
    loader=PackageLoader("corr.show"), autoescape=True, undefined=StrictUndefined
)
PIECES: Any = TEMPLATES.get_template("pieces.html.j2").module
SHORT_CELL = 14
"""A column whose cells are no longer than this is kept on one line."""
LONG_WORD = 28
"""A word longer than this may break anywhere, so that it cannot push a table off the page."""
WHOLE_ROWS = 10


class Snippet:
    """A piece of HTML that a notebook shows; prints as plain text elsewhere."""

    def __init__(self, html: str, *, plain: str) -> None:
        self.html = str(html)  # no longer what escapes all that is added to it
        self.plain = plain

    def __repr__(self) -> str:
        return self.plain

    def _repr_html_(self) -> str:
        return self.html


def research_box() -> Snippet:
    """The research-use-only box."""
    return Snippet(PIECES.research_box(RESEARCH_USE), plain=RESEARCH_USE)


def heading(title: str) -> Snippet:
    """A second-level heading."""
    return Snippet(PIECES.heading(title, anchor_of(title)), plain=title)


def subheading(title: str, anchor: str) -> Snippet:
    """A third-level heading with its anchor."""
    return Snippet(PIECES.subheading(title, anchor), plain=title)


def anchor_of(title: str) -> str:
    """Where a heading is found: its words in small letters.

    >>> anchor_of("Every pair (P)")
    'every-pair-p'
    """
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def section(title: str, *contents: Any) -> list[Any]:
    """A heading before what it holds; nothing at all where there is nothing to show."""
    shown = [c for c in contents if not isinstance(c, Snippet) or c.plain.strip()]
    return [heading(title), *shown] if shown else []


def first_screen(left: Snippet, right: Snippet) -> Snippet:
    """What a page says first: two pieces beside each other, below each other where it is narrow."""
    html = PIECES.first_screen(left.html, right.html)
    return Snippet(html, plain=f"{left.plain}\n{right.plain}")


def beside(*parts: Any) -> Snippet:
    """Pieces and pictures beside each other, two a row."""
    plain = [p.plain if isinstance(p, Snippet) else repr(p) for p in parts]
    return Snippet(PIECES.columns([p.html for p in parts]), plain="\n".join(plain))


def flow(*parts: Any) -> Snippet:
    """Pieces and pictures below each other, in print in two columns; nothing where all is empty."""
    plain = [p.plain if isinstance(p, Snippet) else repr(p) for p in parts]
    return Snippet(PIECES.flow([p.html for p in parts]), plain="\n".join(filter(None, plain)))


def contents() -> Snippet:
    """Where the page puts its contents: a link to every section that follows."""
    return Snippet(PIECES.contents(), plain="")


def paragraphs(sentences: Iterable[str]) -> Snippet:
    """Sentences as paragraphs; empty ones are left out."""
    listed = [s for s in sentences if s]
    return Snippet(PIECES.paragraphs(listed), plain="\n".join(listed))


def answer(sentences: Iterable[str]) -> Snippet:
    """Sentences as paragraphs that stand out: the answer of a page."""
    listed = [s for s in sentences if s]
    return Snippet(PIECES.answer(listed), plain="\n".join(listed))


def answers(rows: Iterable[tuple[str, str, str]]) -> Snippet:
    """Short answers, numbered: each the anchor of the long one, a label, and a sentence."""
    listed = list(rows)
    plain = "\n".join(f"{k}. {label}: {said}" for k, (_, label, said) in enumerate(listed, 1))
    return Snippet(PIECES.answers(listed), plain=plain)


def asked(number: int, anchor: str, text: str, answer: Answer) -> Snippet:
    """A question with its number as a heading, its answer, the reason and what would move it."""
    why = [said for said in (answer.reason, answer.moves) if said]
    html = PIECES.asked(number, anchor, text, answer.said, why)
    return Snippet(html, plain="\n".join([f"{number}. {text}", answer.said, *why]))


def bullets(sentences: Iterable[str], title: str = "", *, numbered: bool = False) -> Snippet:
    """A list under a title; nothing when there is nothing to list."""
    listed = list(sentences)
    if not listed:
        return Snippet("", plain="")
    html = PIECES.bullets(listed, title, "ol" if numbered else "ul")
    return Snippet(html, plain="\n".join([title, *listed]))


def quotes(reports: Iterable[tuple[str, str]]) -> Snippet:
    """Report texts as written, each under the name of its exam; nothing when there are none."""
    listed = list(reports)
    return Snippet(
        PIECES.quotes(listed), plain="\n".join(f"{exam}: {said}" for exam, said in listed)
    )


def folded(content: Snippet, summary: str) -> Snippet:
    """Content behind a click, without script; printed only when opened."""
    html = PIECES.folded(content.html, summary)
    return Snippet(html, plain=f"{summary}\n{content.plain}")


def table(content: pd.DataFrame, caption: str = "", *, of: Judgement | None = None) -> Snippet:
    """A table without index; ``of`` adds the breast to the caption."""
    if of is not None:
        caption = f"{caption}, {SIDE_NAMES[of.breast.side]}"
    if content.empty:
        return paragraphs([f"{caption}: none." if caption else "None."])
    titles = [str(c).split("_") for c in content.columns]  # may break at their underscores
    columns = [_said(content.iloc[:, k]) for k in range(content.shape[1])]
    short = [max(map(len, column)) <= SHORT_CELL for column in columns]
    rows = [
        [(v, _wrapping(v, short=s)) for v, s in zip(row, short, strict=True)]
        for row in zip(*columns, strict=True)
    ]
    whole = len(content) <= WHOLE_ROWS  # kept on one printed page
    html = PIECES.table(titles, rows, caption, whole)
    return Snippet(html, plain=content.to_string(index=False))


def long_table(
    content: pd.DataFrame, caption: str = "", *, of: Judgement | None = None, most: int = 12
) -> Snippet:
    """A table of which only the first ``most`` rows are open; the others are folded away."""
    first = table(content[:most], caption, of=of)
    if len(content) <= most:
        return first
    rest = folded(table(content[most:]), many(len(content) - most, "more row"))
    return Snippet(first.html + rest.html, plain=f"{first.plain}\n{rest.plain}")


def _said(column: pd.Series) -> list[str]:
    """A column as text; shares keep their second decimal, so that they line up."""
    import pandas as pd

    numbers = [v for v in column if isinstance(v, float) and math.isfinite(v)]
    shares = all(0 <= v <= 1 and v == round(v, 2) for v in numbers)
    return [
        ""
        if pd.isna(v) or v in (math.inf, -math.inf)  # what is no number is an empty cell
        else f"{v:.2f}"
        if shares and isinstance(v, float)
        else str(v)
        for v in column
    ]


def _wrapping(value: str, *, short: bool) -> str:
    """The class of a cell, which says how it may wrap."""
    if any(len(word) > LONG_WORD for word in value.split()):
        return "long"
    return "short" if short else ""
