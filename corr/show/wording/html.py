"""Sentences and tables as small pieces of HTML that also print as plain text."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from corr.anatomy.names import SIDE_NAMES
from corr.judgement.result import Judgement

if TYPE_CHECKING:  # a terminal shows no table
    import pandas as pd

RESEARCH_USE = (
    "Research use only. The numbers say how well reports and measurements agree on a place; "
    "they are not a diagnosis, say nothing about malignancy and give no advice to a patient."
)


SHORT_CELL = 14
"""A column whose cells are no longer than this is kept on one line."""
LONG_WORD = 28
"""A word longer than this may break anywhere, so that it cannot push a table off the page."""


WHOLE_ROWS = 10


class Snippet:
    """A piece of HTML that a notebook shows; prints as plain text elsewhere."""

    def __init__(self, html: str, *, plain: str) -> None:
        self.html = html
        self.plain = plain

    def __repr__(self) -> str:
        return self.plain

    def _repr_html_(self) -> str:
        return self.html


def research_box() -> Snippet:
    """The research-use-only box."""
    return Snippet(f'<p class="research-use">{escape(RESEARCH_USE)}</p>', plain=RESEARCH_USE)


def paragraphs(sentences: Iterable[str]) -> Snippet:
    """Sentences as paragraphs; empty ones are left out."""
    listed = [s for s in sentences if s]
    html = "".join(f"<p>{escape(s)}</p>" for s in listed)
    return Snippet(html, plain="\n".join(listed))


def answer(sentences: Iterable[str]) -> Snippet:
    """Sentences as paragraphs that stand out: the answer of a page."""
    inner = paragraphs(sentences)
    return Snippet(f'<div class="answer">{inner.html}</div>', plain=inner.plain)


def table(content: pd.DataFrame, caption: str = "", *, of: Judgement | None = None) -> Snippet:
    """A table as escaped HTML without index; ``of`` adds the breast to the caption."""
    if of is not None:
        caption = f"{caption}, {SIDE_NAMES[of.breast.side]}"
    if content.empty:
        return paragraphs([f"{caption}: none." if caption else "None."])
    head = f"<caption>{escape(caption)}</caption>" if caption else ""
    titles = "".join(f'<th scope="col">{_breakable(str(c))}</th>' for c in content.columns)
    columns = [_said(content.iloc[:, k]) for k in range(content.shape[1])]
    short = [max(map(len, column)) <= SHORT_CELL for column in columns]
    body = "".join(
        "<tr>" + "".join(_cell(v, short=s) for v, s in zip(row, short, strict=True)) + "</tr>"
        for row in zip(*columns, strict=True)
    )
    kind = ' class="whole"' if len(content) <= WHOLE_ROWS else ""  # kept on one printed page
    html = f"<table{kind}>{head}<thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"
    return Snippet(html, plain=content.to_string(index=False))


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


def _breakable(title: str) -> str:
    """A column's title, which may break at its underscores."""
    return escape(title).replace("_", "_<wbr>")


def _cell(value: str, *, short: bool) -> str:
    """One cell; its class says how it may wrap."""
    kind = ' class="short"' if short else ""
    if any(len(word) > LONG_WORD for word in value.split()):
        kind = ' class="long"'
    return f"<td{kind}>{escape(value)}</td>"


def heading(title: str) -> Snippet:
    """A second-level heading."""
    return Snippet(f"<h2>{escape(title)}</h2>", plain=title)


def quotes(reports: Iterable[tuple[str, str]]) -> Snippet:
    """Report texts as written, each under the name of its exam; nothing when there are none."""
    listed = list(reports)
    html = "".join(
        f"<blockquote><p><b>{escape(exam)}</b>: {escape(said)}</p></blockquote>"
        for exam, said in listed
    )
    return Snippet(html, plain="\n".join(f"{exam}: {said}" for exam, said in listed))


def long_table(
    content: pd.DataFrame, caption: str = "", *, of: Judgement | None = None, most: int = 12
) -> Snippet:
    """A table of which only the first ``most`` rows are open; the others are folded away."""
    first = table(content[:most], caption, of=of)
    if len(content) <= most:
        return first
    rest = folded(table(content[most:]), f"{len(content) - most} more rows")
    return Snippet(first.html + rest.html, plain=f"{first.plain}\n{rest.plain}")


def bullets(sentences: Iterable[str], title: str = "", *, numbered: bool = False) -> Snippet:
    """A list under a title; nothing when there is nothing to list."""
    listed = list(sentences)
    if not listed:
        return Snippet("", plain="")
    head = f"<p><b>{escape(title)}</b></p>" if title else ""
    items = "".join(f"<li>{escape(s)}</li>" for s in listed)
    kind = "ol" if numbered else "ul"
    return Snippet(f"{head}<{kind}>{items}</{kind}>", plain="\n".join([title, *listed]))


def folded(content: Snippet, summary: str) -> Snippet:
    """Content behind a click, without script; printed only when opened."""
    html = f"<details><summary>{escape(summary)}</summary>{content.html}</details>"
    return Snippet(html, plain=f"{summary}\n{content.plain}")
