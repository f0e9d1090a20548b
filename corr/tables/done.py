"""Which exams count as done: ticked in the breasts table (with its film facts) or listed, and read.

An exam of which a row, a file or a mark could not be read is not one that found nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from corr.anatomy.views import VIEWS, ViewError, sign_contradicts, signed_angle_deg
from corr.problems import NOT_DONE, Problem
from corr.records import FilmView, Modality
from corr.tables.readings import Sighting
from corr.tables.rows import RawRow

STEREO_PAIR_DEG = (-15.0, 15.0)

_FILMS: dict[str, FilmView] = {
    "exam_cc": "CC",
    "exam_mlo": "MLO",
    "exam_ml": "ML",
    "exam_stereo": "STEREO",
}
_WHOLE: dict[str, Modality] = {"exam_us": "US", "exam_mr": "MR"}


def unread_exams(
    lost: Sequence[Sighting], reported: Sequence[Sighting]
) -> tuple[list[Sighting], list[Sighting]]:
    """What rows that could not be used leave of their exams: half read, and not read at all.

    An exam with other findings is done, but what it does not report counts less (as of poor
    quality); of one without, nothing is known, so it is not done.
    """
    half_read, unread = [], []
    for exam in lost:
        others = [s for s in reported if _is_of(exam, s) and s.film == exam.film]
        half_read += [replace(s, findings=(), poor=True) for s in others]
        unread += [] if others else [exam]
    return half_read, unread


def without_undone(
    listed: Sequence[tuple[Sighting, RawRow]],
    undone: Sequence[Sighting],
    problems: list[Problem],
    column: str = "done",
) -> list[Sighting]:
    """Exams listed as done, but for those that another row says were not or that were not read.

    ``column`` is the one of their rows that says it.
    """
    kept = []
    for exam, raw in listed:
        if any(_is_of(u, exam) for u in undone):
            problems.append(_not_known(raw, column))
        else:
            kept.append(exam)
    return kept


def _is_of(exam: Sighting, other: Sighting) -> bool:
    """Whether two mentions may be of one exam: what one leaves out may be what the other says."""
    pairs = (exam.exam_id, other.exam_id), (exam.film, other.film), (exam.when, other.when)
    alike = all(a == b or not (a and b) for a, b in pairs)
    return alike and exam.modality == other.modality


def _not_known(raw: RawRow, column: str) -> Problem:
    ticked = "" if column == "modality" else "1 for "  # a finding's row ticks nothing
    allowed = f"{ticked}an exam whose report was read"
    fix = (
        "correct what says otherwise: the exam is also given as not done, or what it reports could "
        f"not be read (see the other problems); its silence is not known, so {NOT_DONE}"
    )
    return raw.problem(column, "flagged", allowed=allowed, fix=fix)


def ticked(
    facts: Any | None,
    raw: RawRow | None,
    seen: Sequence[Sighting],
    problems: list[Problem],
    undone: Sequence[Sighting] = (),
) -> list[Sighting]:
    """Exams of one row of the breasts table (`BreastRow`), merged with those already seen.

    A ticked exam that some row shows anyway adds nothing but the angle and thickness the row
    lacks; one that no row shows becomes an exam without findings, unless it is among ``undone``:
    given as not done, or not read.
    """
    if facts is None or raw is None:
        return []
    out: list[Sighting] = []
    mammograms = sorted({(s.date, s.exam_order) for s in seen if _is_film(s)}, key=str)
    when = mammograms[0] if len(mammograms) == 1 else (None, None)
    viewless = any(_is_film(s) and s.view is None for s in seen)
    for column, view in _FILMS.items():
        of_view = [s for s in seen if s.modality == "MG" and s.view == view]
        flag = getattr(facts, column)
        if flag is False and of_view:
            problems.append(_has_findings(raw, column))
        if of_view:
            out += _film_facts(facts, raw, of_view, problems)
        elif flag and any(u.modality == "MG" and u.view in (None, view) for u in undone):
            problems.append(_not_known(raw, column))
        elif flag and viewless and len(mammograms) > 1:  # of which mammogram is not known
            allowed = "1 where the mammographic findings name their view"
            fix = "fill in view, or list the films in the exams table; this film was not counted"
            problems.append(raw.problem(column, "flagged", allowed=allowed, fix=fix))
        elif flag:
            out += _silent_films(facts, raw, view, when, problems)
    for column, modality in _WHOLE.items():
        shown = any(s.modality == modality for s in seen)
        flag = getattr(facts, column)
        if flag is False and shown:
            problems.append(_has_findings(raw, column))
        elif flag and not shown and any(u.modality == modality for u in undone):
            problems.append(_not_known(raw, column))
        elif flag and not shown:
            out.append(Sighting(modality))
    return out + _stereo_partners(facts, seen)


def _is_film(s: Sighting) -> bool:
    return s.modality == "MG" and s.view != "STEREO"


def _film_facts(
    facts: Any, raw: RawRow, seen: Sequence[Sighting], problems: list[Problem]
) -> list[Sighting]:
    """Angle and thickness of a film that rows show, where the rows leave them out."""
    view = seen[0].view
    exams = {(s.name, s.when): s for s in seen}
    if view is None or view not in VIEWS:
        return []
    angle, thickness = _angle(facts, raw, view, problems), facts.film(view)["thickness_mm"]
    known_angle = any(s.angle_deg is not None for s in seen)
    known_thickness = any(s.thickness_mm is not None for s in seen)
    if len(exams) > 1:
        if (angle is not None and not known_angle) or (thickness and not known_thickness):
            allowed = f"one {view} film a breast"
            fix = f"{len(exams)} exams have a {view}; state angle and thickness in their rows"
            column = f"{view.lower()}_angle_deg"
            problems.append(raw.problem(column, "flagged", allowed=allowed, fix=fix))
        return []
    (exam,) = exams.values()
    return [
        Sighting(
            "MG",
            exam.name,
            view,
            None if known_angle else angle,
            None if known_thickness else thickness,
            exam.date,
            exam.exam_order,
        )
    ]


def _silent_films(
    facts: Any,
    raw: RawRow,
    view: FilmView,
    when: tuple[Any, Any],
    problems: list[Problem],
) -> list[Sighting]:
    if view == "STEREO":
        return [Sighting("MG", None, view, angle) for angle in STEREO_PAIR_DEG]
    angle = _angle(facts, raw, view, problems)
    return [Sighting("MG", None, view, angle, facts.film(view)["thickness_mm"], *when)]


def _stereo_partners(facts: Any, seen: Sequence[Sighting]) -> list[Sighting]:
    """The other film of a stereo pair of which only one has findings."""
    stereo = [s for s in seen if s.modality == "MG" and s.view == "STEREO"]
    angles = {s.angle_deg for s in stereo}
    if not facts.exam_stereo or len(angles) != 1 or None in angles:
        return []
    (angle,) = angles
    first = next((s for s in stereo if s.base_view), stereo[0])
    other = 2.0 * VIEWS[first.base_view or "CC"].nominal_deg - float(angle or 0.0)
    return [replace(first, angle_deg=other, exam_id=None, findings=())]


def _angle(facts: Any, raw: RawRow, view: str, problems: list[Problem]) -> float | None:
    stated = facts.film(view)["angle_deg"]
    column = f"{view.lower()}_angle_deg"
    if stated is None:
        return None
    try:
        angle = signed_angle_deg(view, facts.breast, stated)
    except ViewError as error:
        fix = f"{error.what}; leave it empty if it is not known"
        problems.append(raw.problem(column, "ignored", allowed=error.allowed, fix=fix))
        return None
    if sign_contradicts(view, stated):
        fix = f"used as {angle:g}: the sign of a header angle depends on the side"
        problems.append(raw.problem(column, "flagged", allowed=VIEWS[view].allowed, fix=fix))
    return angle


def _has_findings(raw: RawRow, column: str) -> Problem:
    fix = "this exam has findings: set it to 1, or correct the findings; it counts as done"
    return raw.problem(column, "flagged", allowed="1 for an exam with findings", fix=fix)
