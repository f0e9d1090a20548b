"""Which readings one breast had: exams seen in rows, listed as exams, or ticked as done.

A reading is one exam_id (+ view + angle + date) of one breast. An exam counts as done if it
has a finding or is given as done; nothing is assumed of exams nobody mentions.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

from corr.anatomy.views import REFUSED_VIEWS, VIEWS, ViewError, signed_angle_deg
from corr.exams.registry import EXAMS
from corr.records import FilmView, Modality, Reading, View


@dataclass(frozen=True)
class Sighting:
    """One mention of an exam. `findings` are the ids reported there; empty = exam only."""

    modality: Modality
    exam_id: str | None = None
    view: View | None = None
    angle_deg: float | None = None  # signed
    thickness_mm: float | None = None
    date: dt.date | None = None
    exam_order: int | None = None
    targeted: bool = False
    poor: bool = False  # of poor quality
    tracked: bool = False  # US: the probe's position was tracked
    listed: bool = False  # from the exams table, which says what the exam_id covers
    findings: tuple[str, ...] = ()
    base_view: FilmView | None = None  # STEREO: the view it was taken around; CC unless stated
    unread_when: str = ""  # date or order as written, where it could not be read
    unread_view: str = ""

    @property
    def when(self) -> str:
        """Date or order as a label; empty if neither is known."""
        if self.date:
            return self.date.isoformat()
        return f"#{self.exam_order}" if self.exam_order else self.unread_when

    @property
    def film(self) -> str:
        """View as a label; empty if none is stated."""
        return self.view or self.unread_view

    @property
    def name(self) -> str:
        """The exam_id, by default modality, view and when."""
        parts = [self.modality, self.film] if self.film else [self.modality]
        return self.exam_id or "-".join(parts) + (f" {self.when}" if self.when else "")


@dataclass
class Readings:
    """Readings of one breast, the finding each belongs to, and remarks ``(field, value, fix)``."""

    readings: tuple[Reading, ...]
    reading_of: dict[str, str]
    remarks: list[tuple[str, str, str]] = field(default_factory=list)


_Key = tuple[str, Modality, str, str, float | None]  # exam, modality, view, when, angle


def gather(sightings: Iterable[Sighting], side: str) -> Readings:
    """Merge the mentions of one breast's exams into readings."""
    named = _settle([replace(s, exam_id=s.name) for s in sightings])
    groups: dict[_Key, list[Sighting]] = defaultdict(list)
    for s in named:
        groups[(s.name, s.modality, s.film, s.when, s.angle_deg)].append(s)
    keys = sorted(groups, key=lambda k: (*k[:4], k[4] is not None, k[4] or 0.0))
    ids = _reading_ids(keys)
    studies = _studies(keys)
    out = Readings((), {})
    mixed = any(s.date for s in named) and any(s.exam_order and not s.date for s in named)
    if mixed:
        fix = "give every exam a date, or every exam an exam_order; the order alone was not used"
        out.remarks.append(("exam_order", "dates and orders mixed", fix))
    readings = []
    for key in keys:
        group = groups[key]
        reading = _reading(key, group, side, out.remarks)
        order = None if mixed and not group[0].date else reading.order
        reading = replace(reading, reading_id=ids[key], study=studies[key], order=order)
        readings.append(reading)
        out.reading_of |= {f: ids[key] for s in group for f in s.findings}
    out.readings = tuple(sorted(readings, key=lambda r: r.reading_id))
    return out


def _settle(sightings: list[Sighting]) -> list[Sighting]:
    """Let a mention that leaves out date, view or angle join the only exam it can mean."""
    settled = sightings
    for name in ("date", "exam_order", "view", "angle_deg"):
        known: dict[tuple[object, ...], set[Any]] = defaultdict(set)
        for s in settled:
            if getattr(s, name) is not None and (name != "view" or s.listed):
                known[_scope(s, name)].add(getattr(s, name))
        settled = [
            replace(s, **{name: next(iter(known[_scope(s, name)]))})
            if _left_out(s, name) and len(known[_scope(s, name)]) == 1
            else s
            for s in settled
        ]
    return settled


def _left_out(s: Sighting, name: str) -> bool:
    """Whether nothing was written there; what could not be read may be another exam."""
    unread = {"date": s.unread_when, "exam_order": s.unread_when, "view": s.unread_view}
    return getattr(s, name) is None and not unread.get(name)


def _scope(s: Sighting, name: str) -> tuple[object, ...]:
    exam: tuple[object, ...] = (s.name, s.modality)
    return (*exam, s.view, s.when) if name == "angle_deg" else exam


def _reading(
    key: _Key, group: Sequence[Sighting], side: str, remarks: list[tuple[str, str, str]]
) -> Reading:
    exam_id, modality, _, _, angle = key
    view = next((s.view for s in group if s.view), None)
    thickness = [s.thickness_mm for s in group if s.thickness_mm is not None]
    if thickness and max(thickness) - min(thickness) > 1.0:
        spread = ", ".join(f"{t:g}" for t in sorted(set(thickness)))
        fix = f"one film has one compressed thickness; the median of {spread} mm was used"
        remarks.append(("thickness_mm", exam_id, fix))
    dates = [s.date.toordinal() for s in group if s.date]
    orders = [s.exam_order for s in group if s.exam_order]
    exam = EXAMS[modality]
    refused = refused_reason(view, angle) if exam.place == "film" else None
    if exam.place == "film" and view and angle is None and refused is None:
        angle = signed_angle_deg(view, side)
    return Reading(
        reading_id=exam_id,
        modality=modality,
        exam_id=exam_id,
        view=view,
        angle_deg=angle,
        base_angle_deg=VIEWS[_base_view(group)].nominal_deg,
        thickness_mm=float(median(thickness)) if thickness else None,
        order=next((float(x) for x in (*dates, *orders)), None),
        targeted=any(s.targeted for s in group),
        poor=any(s.poor for s in group),
        tracked=exam.place == "skin" and any(s.tracked for s in group),
        position_refused=refused,
    )


def _base_view(group: Sequence[Sighting]) -> str:
    return next((s.base_view for s in group if s.base_view), "CC")


def refused_reason(view: str | None, angle_deg: float | None) -> str | None:
    """Why positions on this film cannot be used; None if they can."""
    if view is None:
        return "the view is not stated, so the film plane is unknown"
    if view in REFUSED_VIEWS:
        return REFUSED_VIEWS[view]
    if view == "STEREO" and angle_deg is None:
        try:
            signed_angle_deg(view, "L")
        except ViewError as error:
            return error.what
    return None


def _reading_ids(keys: Sequence[_Key]) -> dict[_Key, str]:
    """The exam_id, with those of modality, view, date and angle that tell its readings apart."""
    values: dict[tuple[str, int], set[object]] = defaultdict(set)
    for key in keys:
        for i in range(1, len(key)):
            values[key[0], i].add(key[i])
    ids = {}
    for key in keys:
        differ = [i for i in range(1, len(key)) if len(values[key[0], i]) > 1]
        parts = [f"{x:+g}" if isinstance(x := key[i], float) else x for i in differ]
        ids[key] = "/".join([key[0], *(p for p in parts if p)])
    return ids


def _studies(keys: Sequence[_Key]) -> dict[_Key, str]:
    """Films of one date or order are one study; a stereo localisation is one of its own.

    Undated films are one mammogram unless the same view comes twice under different exam ids.
    """
    films = {m for m, exam in EXAMS.items() if exam.place == "film"}
    exams_of: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for exam_id, modality, view, when, _ in keys:
        if modality in films and view != "STEREO":
            exams_of[(modality, view, when)].add(exam_id)
    repeated = {(m, when) for (m, _, when), e in exams_of.items() if len(e) > 1 and not when}
    modalities: dict[str, set[str]] = defaultdict(set)
    for exam_id, modality, *_ in keys:
        modalities[exam_id].add(modality)
    studies = {}
    for key in keys:
        exam_id, modality, view, when, _ = key
        by_exam = modality not in films or (modality, when) in repeated
        base = exam_id if by_exam else modality
        if len(modalities[exam_id]) > 1 and by_exam:  # "visit 1" of ultrasound and of MRI
            base = f"{modality} {base}"
        label = f"{base} {when}" if when and when not in base else base
        studies[key] = f"{label} stereo" if view == "STEREO" and modality in films else label
    return studies
