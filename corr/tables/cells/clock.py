"""The ``clock`` cell: an hour, a part of an hour or a range of hours on the clock face."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from corr.anatomy.clock import WIDEST_RANGE_H, ClockError, Span, clock_text, read_clock
from corr.tables.cells.cell import NO_TRUTH, TRUTHS, Cell
from corr.tables.cells.fields import excel_day


@dataclass(frozen=True)
class Clock(Cell):
    """``7``, ``7.5``, ``7:30``, ``7-8``, ``11-12``, ``12-1`` as an interval of hours.

    Read as the sentences of reports are (`corr.anatomy.clock`), but one place only. The interval
    may end beyond 12 (``12-1`` is (12, 13)); a single hour is (7, 7).
    """

    @property
    @override
    def allowed(self) -> str:
        return "an hour 1-12, a half hour (7.5 or 7:30) or a clockwise range (7-8, 12-1), or empty"

    @override
    def read(self, text: str) -> Span:
        try:
            spans = read_clock(text)
        except ClockError as error:
            raise self.fail(fix=_fix(text, error.candidates)) from None
        if len(spans) > 1:
            likely = [clock_text(span) for span in spans]
            if decimal := re.fullmatch(r"(\d{1,2}),(\d+)", text):
                raise self.fail(fix=_comma(decimal[1], decimal[2]))
            raise self.fail(fix=f"a row is one finding: {len(spans)} rows" + _list(likely))
        return spans[0]

    @override
    def json_schema(self) -> dict[str, Any]:
        return {"type": ["string", "number"], "examples": ["7", "7.5", "7:30", "7-8", "12-1"]}


def _fix(text: str, candidates: tuple[str, ...]) -> str:
    likely = [c for c in candidates if "," not in c]
    if text.lower() in TRUTHS:
        return NO_TRUTH
    if day := excel_day(text):
        pairs = [f"{a}-{b}" for a, b in (day, day[::-1])]
        return "a spreadsheet made it a date; format the column as text" + _list(_read(pairs))
    if re.fullmatch(r"0?[.,]\d+", text) and 0 < (part := float(text.replace(",", "."))) < 1:
        part_of_a_day = [clock_text((part * 24, part * 24))]
        return "a spreadsheet may have made a time a part of a day" + _list(part_of_a_day)
    if m := re.fullmatch(r"(\d{1,2})[.,](\d+)", text):
        return _comma(m[1], m[2])
    if m := re.fullmatch(r"(.*\d)\s*p\.?m\.?", text.lower()):
        return "after noon there is no hour of a clock face" + _list(_read([_short(m[1])]))
    if m := re.fullmatch(r"(1[3-9]|2[0-3])([:.h])([0-5]\d)(:\d\d)?", text):
        said = f"{int(m[1]) - 12}:{m[3]}"
        return "no such hour on a clock face; a time of day after noon?" + _list(_read([said]))
    if re.fullmatch(r"\d{3}.*", text):
        return "no such hour; look at the report again" + _list(likely)
    if re.fullmatch(r"-?\d+", text):
        return "no such hour on a clock face; leave it empty if it cannot be read"
    if likely:
        fix = f"write the range clockwise, at most {WIDEST_RANGE_H:g} hours wide"
        return fix + _list(likely)
    return "write the hour or range as in the examples; leave it empty if it cannot be read"


def _short(time: str) -> str:
    """A time of day without seconds."""
    return re.sub(r"^(\d{1,2}:\d\d):\d\d$", r"\1", time.strip())


def _comma(hour: str, after: str) -> str:
    """How to write "7,5", "7.3" or "7.30": as halves, or as minutes."""
    decimal = [f"{hour}.5"] if after.startswith("5") else []
    minutes = f"{hour}:{after.ljust(2, '0')[:2]}"
    date = f"{int(hour)}-{int(after)}" if len(after) < 3 and int(after) in range(1, 13) else ""
    return "write half hours as 7.5 or 7:30" + _list(_read([*decimal, minutes, date]))


def _read(candidates: list[str]) -> list[str]:
    """Those that are read as a place."""
    readable = []
    for text in candidates:
        try:
            readable += [text] if read_clock(text) else []
        except ClockError:
            continue
    return readable


def _list(candidates: list[str]) -> str:
    return f" (candidates: {', '.join(candidates)})" if candidates else ""
