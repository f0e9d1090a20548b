"""Which examinations are one date, and which dates are compared.

A date is a work-up: mammogram, ultrasound and MRI that follow each other within weeks look at one
state of the breast. Where days are known, exams within `change_workup_days` of the first are one
date. Where only the order is known, an exam of the same kind as one of the work-up begins the next:
a mammogram, then another with its ultrasound, then an MRI without an earlier one are two dates.

Each date is compared with the one before, and with the last earlier one on which the same kind of
exam was done. What one work-up says in several exams is never a change.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise

from corr.parameters import Parameters
from corr.records import Breast, Reading

FIRST_DAY = 1001.0
"""`Reading.order` from here on is a day (`datetime.date.toordinal`), below it an ``exam_order``."""
DAYS_IN_YEAR = 365.25


@dataclass(frozen=True)
class Date:
    """Exams of one breast that look at one state of it.

    Attributes
    ----------
    order : of its first exam, as `Reading.order`
    readings : all of them
    """

    order: float
    readings: tuple[Reading, ...]

    @property
    def label(self) -> str:
        """Day of its first exam, as 2024-09-30; else its order."""
        return str(dt.date.fromordinal(int(self.order))) if self.dated else f"{self.order:g}"

    @property
    def dated(self) -> bool:
        """Whether its day is known, not only its order."""
        return self.order >= FIRST_DAY

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of exam that looked at the whole breast: `kind`."""
        return frozenset(kind(r) for r in self.readings if not r.targeted)

    @property
    def ids(self) -> frozenset[str]:
        """Ids of its readings."""
        return frozenset(r.reading_id for r in self.readings)

    def days_of(self, reading_id: str) -> float | None:
        """Day of one of its readings; None where only the order is known."""
        own = next(r.order for r in self.readings if r.reading_id == reading_id)
        return own if self.dated else None


def kind(reading: Reading) -> str:
    """What an exam is compared by over time: its modality, whichever views or probes."""
    return reading.modality


def dates(breast: Breast, p: Parameters) -> tuple[Date, ...]:
    """The dates of a breast, the earliest first; exams of which neither is known are on none."""
    known = sorted({r.order for r in breast.readings if r.order is not None})
    found: list[list[Reading]] = []
    for order in known:
        here = [r for r in breast.readings if r.order == order]
        if found and _one_workup(found[-1], here, p):
            found[-1] += here
        else:
            found.append(here)
    return tuple(Date(rs[0].order or 0.0, tuple(rs)) for rs in found)


def _one_workup(before: list[Reading], here: list[Reading], p: Parameters) -> bool:
    first, now = before[0].order or 0.0, here[0].order or 0.0
    if now >= FIRST_DAY:
        return now - first <= p["change_workup_days"]
    return not {kind(r) for r in before} & {kind(r) for r in here}


def years_before_last(breast: Breast, p: Parameters) -> dict[str, float]:
    """Years from the date of each reading to the last date; 0 where its date is not known.

    Between dates of which only the order is known lies `change_interval_days` each.
    """
    of = dates(breast, p)
    out = {r.reading_id: 0.0 for r in breast.readings}
    for k, date in enumerate(of):
        steps = p["change_interval_days"] * (len(of) - 1 - k)
        days = of[-1].order - date.order if date.dated else steps
        out |= dict.fromkeys(date.ids, days / DAYS_IN_YEAR)
    return out


def compared(of: tuple[Date, ...]) -> tuple[tuple[Date, Date], ...]:
    """Pairs of an earlier and a later date, by the later one.

    Neighbours, and dates that had the same kind of exam with none of that kind between them.
    """
    pairs = {(k - 1, k) for k in range(1, len(of))}
    for sort in {s for date in of for s in date.kinds}:
        pairs |= set(pairwise([k for k, date in enumerate(of) if sort in date.kinds]))
    return tuple((of[a], of[b]) for a, b in sorted(pairs, key=lambda ab: (ab[1], ab[0])))


def undated(breast: Breast) -> tuple[Reading, ...]:
    """Exams of which neither day nor order is known."""
    return tuple(r for r in breast.readings if r.order is None)
