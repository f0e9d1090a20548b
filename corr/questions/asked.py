"""Examinations that a question is about: those done, by name, and those that could be done.

``MG:CC``, ``MG:MLO@50``, ``MG:STEREO@-15``, ``CEM:CC``, ``US``, ``US:ABUS``, ``MR``, ``MR:SUPINE``:
modality, view, and the film's angle in degrees (of a stereo film the turn from its base view,
the CC). An examination of a breast's own is named by its reading, too.
"""

from __future__ import annotations

import re
from dataclasses import replace

from corr.anatomy.views import REFUSED_VIEWS, VIEWS, ViewError, signed_angle_deg
from corr.exams.registry import EXAMS, exam_of
from corr.judgement.order import same_errors
from corr.problems import CorrError
from corr.records import MODALITIES, Breast, Modality, Reading, View

STEREO_DEG = 15.0
"""Turn of a stereo film where none is stated; its partner is turned as much the other way."""
_SPEC = re.compile(r"([A-Za-z]+)(?::([A-Za-z]+))?(?:@([-+]?\d+(?:\.\d+)?))?")


class ExamError(CorrError):
    """An examination that is not known, or that says nothing of where a lesion would show."""

    EVERYWHERE = "the examination asked about"
    ALLOWED = (
        "MG:CC, MG:MLO, MG:MLO@50 (its angle), MG:ML, MG:LM, MG:STEREO@15, CEM:CC, "
        "US, US:ABUS, MR, MR:SUPINE, words for these, or an exam of the case"
    )
    FIX = "name an examination of a geometry that is known"


def named(breast: Breast, exam: str) -> Reading:
    """The reading that a name stands for: the last of the breast's own, else one made up.

    Raises
    ------
    ExamError
        If there is no such examination, or the geometry of its view is not known.
    """
    own = [r for r in breast.readings if exam in (r.reading_id, label(r))]
    if own:
        return usable(own[0])
    made = _made(breast, exam.strip())
    alike = [r for r in breast.readings if _fits(r, made)]
    return usable(max(alike, key=lambda r: r.order or 0.0)) if alike else made


def usable(reading: Reading) -> Reading:
    """The same reading, if places on it mean something.

    Raises
    ------
    ExamError
        If not; the message says why.
    """
    if reading.position_refused is not None:
        msg = f"{label(reading)}: no place on it can be told: {reading.position_refused}"
        raise ExamError(msg)
    return reading


def label(reading: Reading) -> str:
    """A name that `named` understands: ``MG:MLO@53``, ``US``."""
    view = "" if reading.view is None else f":{reading.view}"
    angle = "" if reading.angle_deg is None else f"@{_turn(reading):g}"
    plain = reading.view is not None and reading.view in VIEWS and VIEWS[reading.view].fixed
    return f"{reading.modality}{view}{'' if plain else angle}"


def partner(reading: Reading, breast: Breast) -> Reading | None:
    """The other film of a stereo pair: of the breast, else turned as much the other way."""
    if reading.view != "STEREO":
        return None
    taken = [
        r for r in breast.readings
        if same_errors(r) == same_errors(reading) and r.angle_deg != reading.angle_deg
    ]  # fmt: skip
    turned = reading.base_angle_deg - _turn(reading)
    return taken[0] if taken else replace(reading, reading_id="partner", angle_deg=turned)


def _turn(reading: Reading) -> float:
    angle = reading.angle_deg or 0.0
    return angle - reading.base_angle_deg if reading.view == "STEREO" else angle


def _fits(r: Reading, asked: Reading) -> bool:
    same = (r.modality, r.view) == (asked.modality, asked.view) and not r.position_refused
    return same and (asked.angle_deg is None or r.angle_deg == asked.angle_deg)


def _made(breast: Breast, exam: str) -> Reading:
    found = _SPEC.fullmatch(exam)
    modality = found[1].upper() if found else ""
    if found is None or modality not in MODALITIES:
        msg = f"no examination {exam!r}"
        own = sorted({r.exam_id for r in breast.readings})
        here = f": {', '.join(own)}" if own else ""
        raise ExamError(msg, allowed=f"{ExamError.ALLOWED}{here}")
    chosen: Modality = modality
    kind = EXAMS[chosen]
    view = found[2].upper() if found[2] else None
    if view is not None and view in REFUSED_VIEWS:
        msg = f"{exam}: no place on it can be told: {REFUSED_VIEWS[view]}"
        raise ExamError(msg)
    if view not in (*kind.views, *([] if kind.place == "film" else [None])):
        known = ", ".join(v for v in kind.views if v not in REFUSED_VIEWS)
        msg = f"{exam}: {f'no view {view}' if view else 'no view named'} of {kind.name}"
        raise ExamError(msg, allowed=f"{modality}: and one of {known}")
    stated = float(found[3]) if found[3] else None
    if stated is not None and kind.place != "film":
        msg = f"{exam}: only films have an angle"
        raise ExamError(msg)
    turned = STEREO_DEG if view == "STEREO" and stated is None else stated
    try:
        angle = (
            signed_angle_deg(view, breast.side, turned) if view and kind.place == "film" else None
        )
    except ViewError as error:
        msg = f"{exam}: {error.what}"
        raise ExamError(msg, allowed=error.allowed) from error
    study = f"asked {exam}"
    seen: View | None = view
    made = Reading(study, chosen, study, seen, angle, study=study)
    poses = {same_errors(r) for r in breast.readings if exam_of(r).place == kind.place}
    return replace(made, repeated=same_errors(made) in poses)
