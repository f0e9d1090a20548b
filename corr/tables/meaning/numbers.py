"""Numbers as people and programs write them: decimal commas, units, sizes side by side."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from corr.tables.cells.cell import FieldError
from corr.tables.cells.fields import Number

_SIGNS = str.maketrans({"−": "-", "–": "-", " ": " ", "\u202f": " ", "’": "'"})  # noqa: RUF001
_BARE = r"\d+(?:[.,]\d+)*|[.,]\d+"
_UNIT = r"mm|cm|millimet(?:er|re|ers|res|ri|ro|ros)|centimet(?:er|re|ers|res|ri|ro|ros)|"\
        r"zentimeter|°|deg|degrees?|grad|px|pixels?|pixel"  # fmt: skip
_NUMBER = re.compile(rf"([+-]?)\s*({_BARE})\s*(?:({_UNIT})\.?)?", re.IGNORECASE)
_BESIDE = re.compile(
    rf"({_BARE})\s*(mm|cm)?\s*[x×*]\s*({_BARE})\s*(mm|cm)?(?:\s*[x×*]\s*({_BARE})\s*(mm|cm)?)?",
    re.IGNORECASE,
)
BARE = re.compile(r"[+−–-]?\s*(?:[\d.,]*\d[\d.,]*)")
_MM = {"mm": 1, "cm": 10}
NEGATIVE_CODES = frozenset({"-99", "-999", "-9999"})
CODES = NEGATIVE_CODES | {"999", "9999"}
"""Numbers that programs write for "missing"; in the range of some columns they are measures."""
_CODES = tuple(map(float, sorted(CODES)))
_SPIKE_ROWS, _SPIKE_TIMES, _NEAR = 3, 5, 3
"""A code stands in this many rows, so many times as often as any value this near (assumed)."""


def number(cell: Number, text: str, *, comma: bool) -> tuple[str, str] | None:
    """A number as its column holds it, and what was done to it; None where it is not clear.

    >>> number(Number(0, 250, "mm"), "1,2 cm", comma=True)
    ('12', 'units and decimal commas understood')
    """
    m = _NUMBER.fullmatch(text.translate(_SIGNS).strip())
    if m is None:
        return None
    sign, digits, unit = m[1], m[2], (m[3] or "").lower()
    allowed = _factor(unit, cell)
    if allowed is None:
        return None
    found = []
    for value in _decimals(digits, comma=comma):
        plain = _plain(Decimal(sign + value) * allowed)
        try:
            cell.read(plain)
        except FieldError:
            continue
        found.append(plain)
    if len(found) != 1:
        return None
    done = [x for x, is_so in (("units", unit), ("decimal commas", "," in digits)) if is_so]
    return found[0], f"{' and '.join(done) or 'other ways of writing'} understood"


def sizes(text: str, *, comma: bool, unit: str = "") -> list[str] | None:
    """The two or three sizes of "13 x 9 x 11 mm" in mm, longest first; None if it is none.

    ``unit`` is that of numbers without one, mm if empty.

    >>> sizes("0.9 x 1,3 cm", comma=True), sizes("13 mm", comma=True)
    (['13', '9'], None)
    """
    m = _BESIDE.fullmatch(text.translate(_SIGNS).strip())
    if m is None:
        return None
    units = {u.lower() for u in (m[2], m[4], m[6]) if u}
    out = []
    for digits in (m[1], m[3], m[5]):
        readings = _decimals(digits, comma=comma) if digits else []
        if digits and len(readings) != 1:
            return None
        out += [_plain(Decimal(v) * _MM[next(iter(units), unit or "mm")]) for v in readings]
    return sorted(out, key=float, reverse=True) if len(units) <= 1 else None


def _decimals(digits: str, *, comma: bool) -> list[str]:
    """What digits with points and commas may mean: "1.234,5" one thing, "1,234" two."""
    commas, points = digits.count(","), digits.count(".")
    if not commas:
        grouped = re.fullmatch(r"[1-9]\d{0,2}(\.\d{3}){2,}", digits)
        return [digits.replace(".", "")] if grouped else [digits] if points <= 1 else []
    if points:
        if re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+", digits):
            return [digits.replace(".", "").replace(",", ".")]
        english = re.fullmatch(r"\d{1,3}(,\d{3})+\.\d+", digits)
        return [digits.replace(",", "")] if english else []
    if commas > 1:
        return [digits.replace(",", "")] if re.fullmatch(r"\d{1,3}(,\d{3})+", digits) else []
    if not comma:
        return []
    thousands = re.fullmatch(r"[1-9]\d{0,2},\d{3}", digits)
    return [digits.replace(",", "."), *([digits.replace(",", "")] if thousands else [])]


def _factor(unit: str, cell: Number) -> Decimal | None:
    """By what a number in a unit is multiplied; None if the column has no such unit."""
    if not unit:
        return Decimal(1)
    short = {"z": "cm", "c": "cm", "m": "mm"}.get(unit[:1], "")
    if cell.unit in _MM and short in _MM:
        return Decimal(_MM[short]) / Decimal(_MM[cell.unit])
    angle = cell.unit == "degrees" and unit[:1] in "°dg"
    return Decimal(1) if angle or (cell.unit == "pixels" and unit[:1] == "p") else None


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def may_be_code(text: str) -> bool:
    """Whether a text is a code for "missing", or a number near one."""
    try:
        value = float(text)
    except ValueError:
        return False
    return any(abs(value - code) <= _NEAR for code in _CODES)


def missing_codes(written: Mapping[str, int]) -> set[str]:
    """Codes for "missing" that a column uses: far more often than any number around them.

    ``written`` says how often each text of it that `may_be_code` stands there.
    """
    counts: Counter[str] = Counter()
    for text, n in written.items():
        counts[text.removesuffix(".0")] += n
    out = set()
    for code in CODES & counts.keys():
        value = float(code)
        near = [n for t, n in counts.items() if t != code and _near(t, value)]
        if counts[code] >= max(_SPIKE_ROWS, _SPIKE_TIMES * max(near, default=0)):
            out.add(code)
    return out


def _near(text: str, value: float) -> bool:
    try:
        return abs(float(text) - value) <= _NEAR
    except ValueError:
        return False
