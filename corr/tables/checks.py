"""Checks of one finding row that need more than one cell: what contradicts what."""

from __future__ import annotations

from corr.anatomy.views import VIEWS, ViewError, sign_contradicts, signed_angle_deg
from corr.exams.registry import EXAMS, MATCHED_KINDS
from corr.records import ASSOCIATED_KINDS
from corr.tables.cells.cell import as_text
from corr.tables.cells.columns import KINDS, NO_FINDING
from corr.tables.findings import COLUMNS, FOREIGN, OF_EXAM
from corr.tables.rows import Draft

PIXEL_COLUMNS = ("row", "col", "nipple_row", "nipple_col", "row_spacing_mm", "col_spacing_mm")
PATIENT_COLUMNS = ("mr_l_mm", "mr_p_mm", "mr_s_mm")
PATIENT_NIPPLE_COLUMNS = ("mr_nipple_l_mm", "mr_nipple_p_mm", "mr_nipple_s_mm")
SIZES = ("size_mm", "size2_mm", "size3_mm")
COUNTS = ("n_calcifications", "count_min", "count_max")
_SAYS_LITTLE = OF_EXAM | {"bi_rads"}
_MAY_DENY = ("none", "nil")
"""What programs write for nothing stated, and people for nothing found."""
_OWN = {"film": "film", "skin": "ultrasound", "frame": "MRI"}


def check_finding(draft: Draft) -> None:
    """Drop or flag what cannot be true of one finding, whatever the other rows say."""
    _modality(draft)
    _kind(draft)
    _sizes(draft)
    _counts(draft)
    _angle(draft)
    _beam(draft)
    for name, column in COLUMNS.items():
        if column.usual is None or (value := draft.get(name)) is None:
            continue
        low, high = column.usual
        if not low <= value <= high:
            allowed = f"{low:g} to {high:g} in nearly every breast"
            draft.flag(name, allowed=allowed, fix="used as it is; check its unit and sign")
    _unread_kind(draft)


def _unread_kind(draft: Draft) -> None:
    """Flag a row of which nothing is left but a kind that could not be read: it may deny one."""
    raw = draft.raw
    written = as_text(raw.cells.get("kind")) or raw.as_written("kind").strip().lower() in _MAY_DENY
    if written and not draft.stated(*COLUMNS.keys() - _SAYS_LITTLE):
        fix = (
            "no kind, place or size of the row could be read, so it may be any finding: correct "
            f"it, or write {NO_FINDING!r} if it denies one (then its exam counts as done)"
        )
        draft.flag("kind", allowed="a kind, a place or a size", fix=fix)


def _modality(draft: Draft) -> None:
    modality = draft.values["modality"]
    exam = EXAMS[modality]
    own = _OWN[exam.place]
    draft.drop(
        *FOREIGN[modality],
        allowed=f"empty for {modality}: the column belongs to another modality",
        fix=f"use the {own} position columns, or correct modality",
    )
    view = draft.get("view")
    if view and view not in exam.views:
        film = exam.place == "film"
        allowed = "a mammographic view" if film else f"{', '.join(exam.views)} or empty"
        draft.drop("view", allowed=f"{allowed} for {modality}", fix="correct view or modality")


def _kind(draft: Draft) -> None:
    modality, kind = draft.values["modality"], draft.get("kind")
    own = (*MATCHED_KINDS[modality], *ASSOCIATED_KINDS)
    if kind and kind not in own:
        others = [m for m, kinds in MATCHED_KINDS.items() if kind in kinds and kind in KINDS]
        fix = f"{kind} is a word of {' and '.join(others)}; say it in the words of {modality}"
        draft.drop("kind", allowed=", ".join(own), fix=fix)


def _sizes(draft: Draft) -> None:
    named = draft.stated(*SIZES)
    sizes = sorted((draft.values[n] for n in named), reverse=True)
    if named and (draft.values[named[0]] != sizes[0] or named != list(SIZES[: len(named)])):
        written = " x ".join(str(draft.values[n]) for n in named)
        fix = "order the sizes; they were put longest first"
        draft.flag(named[0], allowed="the longest size first", fix=fix, value=written)
    for name in named:
        del draft.values[name]
    draft.values.update(zip(SIZES, sizes, strict=False))  # width x height x depth, too


def _counts(draft: Draft) -> None:
    low, high = draft.get("count_min"), draft.get("count_max")
    if low is not None and high is not None and low > high:
        allowed, fix = "count_min <= count_max", "correct the counts, or leave count_max empty"
        draft.drop("count_min", "count_max", allowed=allowed, fix=fix)
    if draft.get("n_calcifications") == 0 and draft.get("kind") in ("calcification",):
        fix = "0 says that a mass was looked at and holds none; leave it empty here"
        draft.drop("n_calcifications", allowed="1 or more for calcifications", fix=fix)


def _angle(draft: Draft) -> None:
    """Give the stated angle the sign of the breast frame, or drop it."""
    view, stated = draft.get("view"), draft.get("view_angle_deg")
    if stated is None or EXAMS[draft.values["modality"]].place != "film":
        return
    if view not in VIEWS and view != "STEREO":
        if not draft.raw.cells.get("view"):
            draft.drop("view_angle_deg", allowed="a view beside the angle", fix="fill in view")
        else:
            draft.values.pop("view_angle_deg")
        return
    try:
        angle = signed_angle_deg(view, draft.values["breast"], stated, draft.get("base_view"))
    except ViewError as error:
        fix = f"{error}; leave the angle empty if it is not known"
        draft.drop("view_angle_deg", allowed=f"{error.allowed} for {view}", fix=fix)
        return
    if sign_contradicts(view, stated):
        fix = f"used as {angle:g}: the sign of a header angle depends on the side"
        draft.flag("view_angle_deg", allowed=f"{VIEWS[view].allowed} for {view}", fix=fix)
    draft.values["view_angle_deg"] = angle


def _beam(draft: Draft) -> None:
    beam, thickness = draft.get("beam_mm"), draft.get("thickness_mm")
    if beam is None:
        draft.drop("beam_from", allowed="empty without beam_mm", fix="fill in beam_mm")
    elif draft.get("beam_from") is None:
        fix = "say in beam_from where beam_mm starts: detector or paddle"
        draft.drop("beam_mm", allowed="a distance and where it starts", fix=fix)
    elif thickness is not None and beam > thickness:
        fix = "check beam_mm and thickness_mm"
        draft.drop("beam_mm", "beam_from", allowed=f"0 to {thickness:g} mm (thickness)", fix=fix)


def check_exam(draft: Draft) -> None:
    """The checks of `check_finding` that concern the exam, not the finding."""
    _modality(draft)
    _angle(draft)
