"""The kinds of cells a table or case file has: what each allows, and how it is read."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from typing_extensions import override

from corr.tables.cells.cell import NO_TRUTH, TRUTHS, Cell
from corr.tables.cells.months import month_of

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_COMMA_NUMBER = re.compile(r"[+-]?\d+,\d+")
_DAY_MONTH = re.compile(r"(\d{1,2})[- /.]{1,2}([^\W\d_]{3,12})\.?(?:[- /.]{1,2}(\d{2,4}))?")
_MONTH_DAY = re.compile(r"([^\W\d_]{3,12})\.?[- /.]{1,2}(\d{1,2})(?:,?[- /.]{1,2}(\d{2,4}))?")
_ISO_DAY = re.compile(r"\d{4}[-/.](\d{1,2})[-/.](\d{1,2})([ t][\d:.]+)?")
_SLASH_DAY = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(?:\d{2}|\d{4})?([ t][\d:.]+)?")
_SERIAL = re.compile(r"(\d{5})([.,]0+)?")
FIRST_SERIAL, LAST_SERIAL = 29221, 73050
"""Excel's numbers of the days from 1980 to 2099: what exams and typing can be of."""
_EXCEL_0 = date(1899, 12, 30)


def serial_day(text: str) -> date | None:
    """The day that Excel's number of it is; None if it is none.

    >>> serial_day("45911.0"), serial_day("7")
    (datetime.date(2025, 9, 11), None)
    """
    if (m := _SERIAL.fullmatch(text)) and FIRST_SERIAL <= int(m[1]) <= LAST_SERIAL:
        return _EXCEL_0 + timedelta(days=int(m[1]))
    return None


def excel_day(text: str) -> tuple[int, int] | None:
    """Day and month of a cell that a spreadsheet turned into a date, or None.

    Of "7/8/2026" it is not known which is which; they come in the order of the text.

    >>> excel_day("11. Okt"), excel_day("2026-08-07 00:00:00"), excel_day("45911"), excel_day("7-8")
    ((11, 10), (7, 8), (11, 9), None)
    """
    low = " ".join(text.lower().split())
    if (m := _DAY_MONTH.fullmatch(low)) and (month := month_of(m[2])):
        return int(m[1]), month
    if (m := _MONTH_DAY.fullmatch(low)) and (month := month_of(m[1])):
        return int(m[2]), month
    if m := _ISO_DAY.fullmatch(low):
        return int(m[2]), int(m[1])
    if m := _SLASH_DAY.fullmatch(low):
        return int(m[1]), int(m[3])
    day = serial_day(low)
    return (day.day, day.month) if day else None


def _either(text: str) -> list[str]:
    """The days that numbers of a date mean, day first and month first."""
    m = _SLASH_DAY.fullmatch(text)
    year = re.search(r"[-/.](\d{2}|\d{4})$", text)
    if m is None or year is None or text.count(m[2]) < 2:
        return []
    found = []
    for day, month in ((m[1], m[3]), (m[3], m[1])):
        try:
            found.append(date(int(f"20{year[1]}"[-4:]), int(month), int(day)).isoformat())
        except ValueError:
            continue
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Number(Cell):
    """A finite number in ``[low, high]`` (``above`` makes the lower end exclusive)."""

    low: float
    high: float
    unit: str = ""
    above: bool = False
    whole: bool = False
    hint: str = ""

    @property
    @override
    def allowed(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        start = f"above {self.low:g}" if self.above else f"from {self.low:g}"
        return f"{kind} {start} to {self.high:g}{' ' + self.unit if self.unit else ''}, or empty"

    @override
    def read(self, text: str) -> float | int:
        if _COMMA_NUMBER.fullmatch(text):
            raise self.fail(fix=f"write the decimal point as '.': {text.replace(',', '.')}")
        if not _NUMBER.fullmatch(text):
            if made := excel_day(text):
                fix = (
                    "a spreadsheet made it a date; format the column as text and type it again"
                    f" (candidates: {made[0]}.{made[1]}, {made[0]}-{made[1]})"
                )
                raise self.fail(fix=fix)
            plain = "write a plain number without unit or words"
            raise self.fail(fix=NO_TRUTH if text.lower() in TRUTHS else plain)
        value = float(text)
        if not math.isfinite(value):
            raise self.fail(fix="write a finite number")
        if value < self.low or value > self.high or (self.above and value == self.low):
            raise self.fail(fix=self._out_of_range(value))
        if self.whole and value != int(value):
            raise self.fail(fix="write a whole number")
        return int(value) if self.whole else value

    def _out_of_range(self, value: float) -> str:
        if value < 0 <= self.low:
            return "write a distance or size without sign, or leave it empty"
        smaller = value / 10
        in_mm = self.unit == "cm" and self.low <= smaller <= self.high
        hint = f"; {value:g} looks like mm: {smaller:g} cm?" if in_mm else ""
        if value in (99, 999, 9999):
            hint = "; where it stands for 'missing', leave it empty"
        return f"check the value and its unit{hint}{'; ' + self.hint if self.hint else ''}"

    @override
    def json_schema(self) -> dict[str, Any]:
        low = "exclusiveMinimum" if self.above else "minimum"
        kind = "integer" if self.whole else "number"
        return {"type": kind, low: self.low, "maximum": self.high}


@dataclass(frozen=True)
class Choice(Cell):
    """One of a few words; upper or lower case and spaces around do not matter."""

    values: tuple[str, ...]
    hint: str = ""

    @property
    @override
    def allowed(self) -> str:
        return " or ".join(self.values) if len(self.values) < 3 else ", ".join(self.values)

    @override
    def read(self, text: str) -> str:
        asked = text.lower().removesuffix(".0")
        for value in self.values:
            if value.lower() == asked:
                return value
        hint = f" ({self.hint})" if self.hint else ""
        raise self.fail(fix=f"use one of the allowed words{hint}")

    @override
    def json_schema(self) -> dict[str, Any]:
        return {"enum": list(self.values)}


@dataclass(frozen=True)
class Grade(Choice):
    """A choice whose words may look like numbers (BI-RADS 3)."""

    @override
    def json_schema(self) -> dict[str, Any]:
        numbers = [int(v) for v in self.values if v.isdigit()]
        return {"enum": [*self.values, *numbers]}


@dataclass(frozen=True)
class Flag(Cell):
    """1 or 0."""

    @property
    @override
    def allowed(self) -> str:
        return "1 (yes) or 0 (no), or empty"

    @override
    def read(self, text: str) -> bool:
        known = {"1": True, "true": True, "1.0": True, "0": False, "false": False, "0.0": False}
        if text.lower() not in known:
            raise self.fail(fix="write 1 or 0")
        return known[text.lower()]

    @override
    def json_schema(self) -> dict[str, Any]:
        return {"enum": [0, 1, True, False]}


@dataclass(frozen=True)
class Text(Cell):
    """Any text."""

    limit: int = field(default=200, kw_only=True)

    @property
    @override
    def allowed(self) -> str:
        return f"text of at most {self.limit} characters{'' if self.required else ', or empty'}"

    @override
    def read(self, text: str) -> str:
        return text

    @override
    def json_schema(self) -> dict[str, Any]:
        return {"type": ["string", "number"], "maxLength": self.limit}


@dataclass(frozen=True)
class Day(Cell):
    """An ISO date."""

    @property
    @override
    def allowed(self) -> str:
        return "a date as YYYY-MM-DD, or empty"

    @override
    def read(self, text: str) -> date:
        day = re.sub(r"[ T]00:00:00(\.0+)?$", "", text)
        try:
            if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
                raise ValueError
            return date.fromisoformat(day)
        except ValueError:
            two = f" (candidates: {', '.join(days)})" if (days := _either(day)) else ""
            fix = f"write YYYY-MM-DD{two}; where dates are unknown use exam_order 1, 2, ..."
            raise self.fail(fix=fix) from None

    @override
    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


@dataclass(frozen=True)
class Orientation(Cell):
    r"""DICOM PatientOrientation: where columns and rows grow to, ``P\FL``."""

    @property
    @override
    def allowed(self) -> str:
        return r"two groups of A P L R H F, one of them A or P first, such as P\L or A\FR"

    @override
    def read(self, text: str) -> tuple[str, str]:
        parts = re.split(r"\s*[\\/]\s*", text.upper())
        letters = [set(p) for p in parts]
        opposite = any({"L", "R"} <= s or {"H", "F"} <= s or {"A", "P"} <= s for s in letters)
        ends = [p[:1] in ("A", "P") for p in parts]
        legal = len(parts) == 2 and all(
            p and s <= set("APLRHF") for p, s in zip(parts, letters, strict=False)
        )
        if not legal or opposite or sum(ends) != 1:
            raise self.fail(fix="copy PatientOrientation (0020,0020) from the image header")
        return parts[0], parts[1]

    @override
    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^[APLRHFaplrhf]{1,3}[\\/][APLRHFaplrhf]{1,3}$"}


@dataclass(frozen=True)
class Quotes(Cell):
    """Which words each value came from: a mapping column -> words (JSON object in a table)."""

    limit: int = field(default=20_000, kw_only=True)

    @property
    @override
    def allowed(self) -> str:
        return 'a mapping of columns to quoted words, such as {"clock": "at 7-8 o\'clock"}'

    @override
    def read(self, text: str) -> tuple[tuple[str, str], ...]:
        try:
            pairs = json.loads(text)
        except (ValueError, RecursionError):
            pairs = None
        good = isinstance(pairs, dict) and all(isinstance(v, str) for v in pairs.values())
        if not isinstance(pairs, dict) or not good:
            raise self.fail(fix="write column: words, one for each value that a report stated")
        return tuple(sorted(pairs.items()))

    @override
    def json_schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": {"type": "string"}}
