"""The ``clock`` cell: an hour, a half hour or a range of hours on the clock face."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from corr.tables.cells.cell import Cell
from corr.tables.cells.fields import excel_day

WIDEST_RANGE_H = 6.0
"""A longer range is more likely written backwards than meant."""

_HOUR = re.compile(r"(\d{1,2})(?:\.(0+|50*|25|75)|:([0-5]\d)(?::00)?)?", re.ASCII)
_DASH = re.compile(r"\s*(?:-|–|—|\bto\b)\s*")
_CLOCK_WORD = re.compile(r"\s*(o['\u2019]?\s?clock|h)$")


def hour(text: str) -> float | None:
    """One hour in (0, 13): 7, 7.5 or 7:30; None if it is no hour.

    0.25 and 0.75 are what a spreadsheet makes of 6:00 and 18:00; 0.5 is half past twelve.

    >>> hour("7:30"), hour("0.5"), hour("13"), hour("7.3"), hour("0.25")
    (7.5, 0.5, None, None, None)
    """
    m = _HOUR.fullmatch(text)
    if not m or (int(m[1]) == 0 and m[2] in ("25", "75")):
        return None
    value = int(m[1]) + (float(f"0.{m[2]}") if m[2] else 0.0) + (int(m[3]) / 60 if m[3] else 0.0)
    return value if 0.0 < value < 13.0 else None


def interval(start: float, end: float) -> tuple[float, float] | None:
    """Clockwise interval with ``0 < start <= 12`` and ``end >= start``; None if too wide.

    >>> interval(12, 1), interval(11, 1), interval(8, 7), interval(12.5, 12.5)
    ((12, 13), (11, 13), None, (0.5, 0.5))
    """
    start = start - 12 if start > 12 else start
    end = end - 12 if end > 12 else end
    end = end + 12 if end < start else end
    return (start, end) if end - start <= WIDEST_RANGE_H else None


@dataclass(frozen=True)
class Clock(Cell):
    """``7``, ``7.5``, ``7:30``, ``7-8``, ``11-12``, ``12-1`` as an interval of hours.

    The interval may end beyond 12 (``12-1`` is (12, 13)); a single hour is (7, 7).
    """

    @property
    @override
    def allowed(self) -> str:
        return "an hour 1-12, a half hour (7.5 or 7:30) or a clockwise range (7-8, 12-1), or empty"

    @override
    def read(self, text: str) -> tuple[float, float]:
        plain = _CLOCK_WORD.sub("", text.lower())
        parts = [_CLOCK_WORD.sub("", p) for p in _DASH.split(plain)]
        hours = [hour(p) for p in parts]
        if len(hours) <= 2 and (start := hours[0]) and (end := hours[-1]):
            if found := interval(start, end):
                return found
            fix = f"write the range clockwise, at most {WIDEST_RANGE_H:g} hours wide"
            raise self.fail(fix=fix + _list([f"{parts[1]}-{parts[0]}"]))
        raise self.fail(fix=_fix(text, parts))

    @override
    def json_schema(self) -> dict[str, Any]:
        return {"type": ["string", "number"], "examples": ["7", "7.5", "7:30", "7-8", "12-1"]}


def _fix(text: str, parts: list[str]) -> str:
    if day := excel_day(text):
        pairs = (day, day[::-1])
        likely = [f"{a}-{b}" for a, b in pairs if a <= 12 and b <= 12 and interval(a, b)]
        return "a spreadsheet made it a date; format the column as text" + _list(likely)
    if (m := re.fullmatch(r"0?\.\d+", text)) and 0 < float(text) < 1:
        minutes = round(float(text) * 24 * 60) % (12 * 60)
        likely = [f"{minutes // 60 or 12}:{minutes % 60:02d}"]
        return "a spreadsheet may have made a time a part of a day" + _list(likely)
    if m := re.fullmatch(r"(\d{1,2})[.,](\d+)", text):
        after = m[2].ljust(2, "0")[:2]
        likely = [f"{m[1]}:{after}"] if int(after) < 60 else []
        decimal = [f"{m[1]}.5"] if m[2].startswith("5") else []
        return "write half hours as 7.5 or 7:30" + _list(decimal + likely)
    if m := re.fullmatch(r"(\d{1,2})/(\d{1,2})", text):
        return "write a range with a hyphen" + _list([f"{m[1]}-{m[2]}"])
    if likely := _split_digits(parts):
        return "no such hour; look at the report again" + _list(likely)
    if re.fullmatch(r"-?\d+", text):
        return "no such hour on a clock face; leave it empty if it cannot be read"
    return "write the hour or range as in the examples; leave it empty if it cannot be read"


def _split_digits(parts: list[str]) -> list[str]:
    """Readings of "107-11": an extra digit typed, or two hours run together."""
    first, rest = parts[0], parts[1:]
    if not re.fullmatch(r"\d{3}", first) or len(rest) > 1:
        return []
    halves = [(first[:2], first[2:]), (first[:1], first[1:])]
    hours = dict.fromkeys(p for pair in halves for p in pair if hour(p) and p[0] != "0")
    return ["-".join([h, *rest]) for h in hours if len(rest) == 0 or hour(rest[0])]


def _list(candidates: list[str]) -> str:
    return f" (candidates: {', '.join(candidates)})" if candidates else ""
