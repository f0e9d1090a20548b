"""Hours in other words: "10 Uhr", "7 à 8 h", "7:30 AM", "VII", and decimal commas."""

from __future__ import annotations

import re

from corr.tables.cells.cell import FieldError
from corr.tables.cells.clock import Clock

_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_WORDS = re.compile(
    r"\b(?:uhr|uhren|heures?|horas?|ore|uur|hrs?|oclock|o'?clock|position|pos|radial|rayon|radio)\b"
)
_LEAD = re.compile(r"^(?:de|from|um|bei|auf|a las|a la|las|alle|le|kl|at|om|à|@)\s+(?=\d)")
_BETWEEN = re.compile(r"^(?:zwischen|entre|tra|fra|tussen)\s+(\S+)\s+(?:und|et|y|e|en)\s+(\S+)$")
_TO = re.compile(r"\s+(?:bis|à|a|al|tot|até|ate|hasta|jusqu'à|alle|→)\s+|\s*(?:→|…|\.\.)\s*")
_HALF = re.compile(r"^(?:halb|half)\s+(\d{1,2})$")
_COMMA = re.compile(r"(\d{1,2}),(0+|50*|25|75)")


def hour(text: str, *, comma: bool) -> tuple[str, str] | None:
    """An hour or range as the clock column holds it, and what was done; None if unclear.

    >>> hour("10 Uhr 30", comma=True), hour("VII", comma=True), hour("7:30 AM", comma=False)[0]
    (('10:30', 'words around hours understood'), ('7', 'Roman numerals understood'), '7:30')
    """
    low = " ".join(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
    plain, done = low, "words around hours understood"
    if comma and _COMMA.search(low):
        plain, done = _COMMA.sub(r"\1.\2", low), "decimal commas understood"
    if morning := re.fullmatch(r"(\d{1,2}:\d\d)(?::00)?\s*a\.?\s?m\.?", plain):
        plain, done = morning[1], "times of day read as hours of the clock face"
    if half := _HALF.fullmatch(_stripped(plain)):
        if low.startswith("half"):  # "half 8" is another hour in Dutch than in English
            return None
        plain = f"{(int(half[1]) - 2) % 12 + 1}:30"
    parts = re.split(r"\s*[-–]\s*", plain)
    if all(part in _ROMAN for part in parts):
        plain = "-".join(str(_ROMAN.index(part) + 1) for part in parts)
        done = "Roman numerals understood"
    plain = re.sub(r"(\d)\s*h\b\s*(?!\d)", r"\1 ", _stripped(plain)).strip()
    if between := _BETWEEN.fullmatch(plain):
        plain = f"{between[1]}-{between[2]}"
    plain = _TO.sub("-", plain)
    try:
        Clock().read(plain)
    except FieldError:
        return None
    return plain, done


def _stripped(text: str) -> str:
    """Hours without the words around them; "10 Uhr 30" is 10:30."""
    text = re.sub(r"^(\d{1,2})\s*(?:uhr|uur|heures?|h)\s*([0-5]\d)$", r"\1:\2", text)
    return " ".join(_LEAD.sub("", " ".join(_WORDS.sub(" ", text).split())).rstrip(".").split())
