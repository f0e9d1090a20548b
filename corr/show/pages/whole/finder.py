"""A long table to find rows in: sortable, searchable, filtered; read without script, too.

All rows travel as columns of compact text, of which ``finder.js`` draws a screenful at a time:
ten thousand rows cost the browser no more than a few. Without script the first rows stand there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from corr.judgement.verdict import written
from corr.show.wording.html import PIECES, SHORT_CELL, Snippet

ROWS_AT_ONCE = 25
SEPARATED = ", "


@dataclass(frozen=True)
class Column:
    """One column: numbers, texts, or sets of words that rows are filtered by.

    Attributes
    ----------
    values : one a row: a number or None, a text, or (``words``) some of a few words
    words : rows are filtered by these
    p : they are probabilities, written as everywhere: never 0.00 or 1.00
    links : address of each row's text; empty = none
    pictures : address of a small picture of each row; empty = none
    """

    name: str
    values: Sequence[Any]
    words: bool = False
    p: bool = False
    links: Sequence[str] = ()
    pictures: Sequence[str] = ()

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers."""
        return not self.words and all(v is None or isinstance(v, (int, float)) for v in self.values)

    @property
    def short(self) -> bool:
        """Whether its cells are kept on one line."""
        return all(len(str(v)) <= SHORT_CELL for v in self.values)

    def data(self) -> dict[str, Any]:
        """What the script reads of it."""
        found: dict[str, Any] = {"name": self.name}
        if self.words:
            levels = list(dict.fromkeys(w for some in self.values for w in some))
            at = {word: k for k, word in enumerate(levels)}
            found |= {"kind": "words", "levels": _lines(levels)}
            found["values"] = [[at[w] for w in some] for some in self.values]
        elif self.numeric:
            digits = 2 if self.p else 6
            kept = [None if v is None or v != v else round(v, digits) for v in self.values]
            found |= {"kind": "number", "p": self.p, "values": kept}
        else:
            found |= {"kind": "text", "values": _lines(self.values), "short": self.short}
        if any(self.links):
            found["links"] = _lines(self.links)
        if any(self.pictures):
            found["pictures"] = _lines(self.pictures)
        return found

    def cell(self, row: int) -> dict[str, str]:
        """One cell as it stands there without script."""
        value = self.values[row]
        if self.words:
            text = SEPARATED.join(value)
        elif value is None or value != value:  # not a number
            text = ""
        else:
            text = written(value) if self.p else str(value)
        link = self.links[row] if self.links else ""
        picture = self.pictures[row] if self.pictures else ""
        return {"text": text, "link": link, "picture": picture}


def _lines(values: Iterable[object]) -> str:
    return "\n".join(" ".join(str(v).split()) for v in values)


def finder(columns: Sequence[Column], caption: str) -> Snippet:
    """Rows of equal columns under a caption."""
    count = len(columns[0].values)
    first = [[c.cell(k) for c in columns] for k in range(min(count, ROWS_AT_ONCE))]
    said = {"rows": count, "most": ROWS_AT_ONCE, "columns": [c.data() for c in columns]}
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    heads = [
        (c.name, "number" if c.numeric else "short" if not c.words and c.short else "")
        for c in columns
    ]
    html = PIECES.finder(heads, first, caption, count, text)
    shown = "\n".join("  ".join(cell["text"] for cell in row) for row in first)
    return Snippet(html, plain=f"{caption}\n{shown}")
