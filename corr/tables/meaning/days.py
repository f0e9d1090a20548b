"""Dates as exports write them; which number is the day, the column says or nobody.

"03.02.2024" is the third of February: with points the day comes first everywhere. "03/02/2024" may
be two days: it is read if another cell of the column can be nothing but day first (or month
first), as 17/06/2024, and none the other way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from corr.tables.cells.fields import serial_day
from corr.tables.cells.months import month_of

Reading = tuple[str, date]  # order of its parts, and the day
_NUMERIC = re.compile(r"(\d{1,4})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{1,4})")
_NAMED = re.compile(
    r"(?:(\d{1,4})[\s./-]{0,3}(?:de |d'|of )?([^\W\d_]{3,12})\.?[\s./,-]{0,3}(?:de |del )?"
    r"(\d{2,4}))"
    r"|(?:([^\W\d_]{3,12})\.?[\s./-]{1,3}(\d{1,2})(?:st|nd|rd|th)?,?[\s./-]{1,3}(\d{4}))"
)
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_TIME = re.compile(
    r"[ t,]\s*\d{1,2}[:.h]\d{2}([:.]\d{2}([.,]\d+)?)?\s*([ap]\.?m\.?|z|[+-]\d\d:?\d\d)?$"
)
_PIVOT = 69
"""Two digits from here on are years of the last century, as everywhere (POSIX)."""
DONE = {
    "time": "the time of day was left out",
    "serial": "Excel's numbers of days understood",
    "named": "dates with names of months understood",
    "compact": "dates without marks understood",
    "ymd": "dates as year, month, day understood",
    "dmy": "dates as day, month, year understood",
    "mdy": "dates as month, day, year understood",
}


def readings(text: str) -> tuple[str, list[Reading]]:
    """How a date is written (what stands between, how long the year is), and what it may mean.

    >>> readings("03.02.2024"), [order for order, _ in readings("03/02/2024")[1]]
    (('.4', [('dmy', datetime.date(2024, 2, 3))]), ['dmy', 'mdy'])
    """
    low = " ".join(text.lower().split())
    bare = _TIME.sub("", low)
    if day := serial_day(bare):
        return "serial", [("serial", day)]
    if m := _COMPACT.fullmatch(bare):
        return "compact", _days([("compact", m[1], m[2], m[3])])
    if m := _NAMED.fullmatch(bare):
        return "named", _named(*m.groups())
    m = _NUMERIC.fullmatch(bare)
    if m is None:
        return "", []
    a, mark, b, c = m.groups()
    if len(a) == 4:
        found = _days([("ymd", a, b, c)]) if len(c) <= 2 else []
        order = "time" if bare != low and mark == "-" and len(b) == len(c) == 2 else "ymd"
        return f"{mark}y", [(order, day) for _, day in found]
    if len(a) > 2 or len(c) not in (2, 4):
        return "", []
    tries = [("dmy", c, b, a)]
    if mark != ".":
        tries.append(("mdy", c, a, b))
    if len(c) == 2:
        tries.append(("ymd", a, b, c))
    return f"{mark}{len(c)}", _days(tries)


def day(text: str, orders: dict[str, str]) -> tuple[str, str] | None:
    """A date as the column holds it and what was done; None if it may be two days.

    ``orders`` are those of `orders_of` for its column.
    """
    shape, found = readings(text)
    known = [r for r in found if r[0] == orders.get(shape)]
    if len({d for _, d in found}) > 1:
        found = known
    if not found:
        return None
    order, one = found[0]
    return one.isoformat(), DONE[order]


def orders_of(texts: Iterable[str]) -> dict[str, str]:
    """For each way of writing dates in a column, the one order that its clear cells have."""
    proven: dict[str, set[str]] = {}
    for text in set(texts):
        shape, found = readings(text)
        if len(found) == 1:
            proven.setdefault(shape, set()).add(found[0][0])
    return {shape: next(iter(orders)) for shape, orders in proven.items() if len(orders) == 1}


def _days(tries: Iterable[tuple[str, str, str, str]]) -> list[Reading]:
    out = []
    for order, year, month, dom in tries:
        try:
            out.append((order, date(_year(year), int(month), int(dom))))
        except ValueError:
            continue
    return out


def _named(*parts: str | None) -> list[Reading]:
    first, name, last, month_first, dom, year = parts
    month = month_of(name or month_first or "")
    if month is None:
        return []
    if year:
        return _days([("named", year, str(month), dom or "")])
    tries = [("named", last or "", str(month), first or "")] if len(first or "") <= 2 else []
    if len(last or "") <= 2:  # "24-Feb-03"
        tries.append(("named", first or "", str(month), last or ""))
    return list({d: (order, d) for order, d in _days(tries)}.values())


def _year(text: str) -> int:
    if len(text) == 4:
        return int(text)
    if len(text) != 2:
        raise ValueError
    return int(text) + (1900 if int(text) >= _PIVOT else 2000)
