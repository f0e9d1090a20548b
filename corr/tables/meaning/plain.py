"""Words without accents, case and punctuation, as the vocabularies hold them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "\N{LATIN SMALL LETTER DOTLESS I}": "i"}
)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """A text as plain words.

    >>> plain("Supéro-externe "), plain("AUSSEN_oben (mm)"), plain("außen")
    ('supero externe', 'aussen oben mm', 'aussen')
    """
    bare = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    letters = "".join(c for c in bare if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]|_", " ", letters).split())
