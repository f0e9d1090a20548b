"""From a case and its judgements to what travels (`corr.export.content`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from corr.anatomy.clock import clock_text
from corr.case.casefile import Case
from corr.case.open import CaseTables, nipples_lps
from corr.export.content import (
    Content,
    Image,
    Judged,
    Lesion,
    Place,
    Told,
    stable_uid,
    three,
)
from corr.export.drawing import drawn_on
from corr.export.images import images_of
from corr.export.inside import anatomies, in_the_breast
from corr.judgement.beliefs import place_of_belief
from corr.judgement.result import Belief, Judgement
from corr.questions.densities import Density
from corr.questions.sights import FRAME
from corr.questions.where import believed, expected
from corr.records import Finding, Reading
from corr.show.wording.pair_words import moved
from corr.tables.findings import FindingRow
from corr.tables.rows import BreastRow, RawRow, check_row

LEFT_OUT = frozenset({"case_id", "breast", "finding_id", "text", "words", "image", "mark"})
"""Columns that do not travel: keys, free text, and names of image and mark."""
UNREAD = Reading("unread", "MR", "unread")
"""An MRI that is there, though what it reported is not known: it shows places all the same."""
NOBODY = Reading("", "US", "")
"""An exam that reported nothing: a belief without anything left out."""


def contents(source: Case | CaseTables, judgements: Sequence[Judgement]) -> Iterator[Content]:
    """What travels of each woman, sorted by case; breasts right first.

    Parameters
    ----------
    judgements : of all breasts that could be judged, in any order
    """
    for case_id in sorted({j.breast.case_id for j in judgements}):
        of_case = [j for j in judgements if j.breast.case_id == case_id]
        of_case.sort(key=lambda j: j.breast.side, reverse=True)
        yield content(source, of_case)


def content(source: Case | CaseTables, judgements: Sequence[Judgement]) -> Content:
    """What travels of one woman."""
    case_id = judgements[0].breast.case_id
    rows = [row for row in source.rows if row.case_id == case_id]
    case = source if isinstance(source, Case) else None
    images = images_of(case) if case is not None else ()
    nipples = nipples_of(source, case_id, images)
    breasts = tuple(_judged(j, case, rows, nipples.get(j.breast.side)) for j in judgements)
    shown = anatomies(case.images) if case is not None else {}
    breasts = tuple(in_the_breast(b, shown[b.side]) if b.side in shown else b for b in breasts)
    dates = [row.date for row in rows if row.date is not None]
    return Content(case_id, breasts, images, max(map(str, dates), default=None))


def nipples_of(
    source: Case | CaseTables, case_id: str, images: Sequence[Image]
) -> dict[str, tuple[float, float, float]]:
    """LPS of the nipple of each side: as the case states it, else as the images say.

    Of an MRI whose coordinates are not those of its file nothing is placed.
    """
    mris = [image for image in images if image.affine_lps is not None]
    found: dict[str, tuple[float, float, float]] = {}
    for image in images:
        found |= image.nipples_lps
    found |= {side: at for (case, side), at in nipples_lps(source.rows).items() if case == case_id}
    for cells in source.cells.get("breasts", ()):
        row, _, _ = check_row(BreastRow, RawRow("", None, dict(cells)))
        if row is None or row.case_id != case_id:
            continue
        left, back, up = row.mr_nipple_l, row.mr_nipple_p, row.mr_nipple_s
        if left is not None and back is not None and up is not None:
            found[row.breast] = (left, back, up)
    shown = {side for image in mris for side in image.nipples_lps}
    return {side: at for side, at in found.items() if side in shown or not mris}


def texts_of(row: FindingRow) -> dict[str, str]:
    """What a finding's row states, as text that reads back as the same row."""
    said = {name: getattr(row, name) for name in FindingRow.model_fields if name not in LEFT_OUT}
    return {name: _text(value) for name, value in said.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, tuple):
        if all(isinstance(x, str) for x in value):
            return "\\".join(value)
        return clock_text(value)
    return str(value)


def _judged(
    j: Judgement,
    case: Case | None,
    rows: Sequence[FindingRow],
    nipple: tuple[float, float, float] | None,
) -> Judged:
    side = j.breast.side
    cells = {row.finding_id: texts_of(row) for row in rows if row.breast == side}
    told = tuple(
        Told(f.finding_id, cells.get(f.finding_id) or _said(j, f), _place(j, (f,), nipple),
             f.matched)
        for f in j.breast.findings
    )  # fmt: skip
    found = {f.finding_id: f for f in j.breast.findings}
    blocks = j.groupings[0].blocks if j.groupings else ()
    lesions = tuple(
        Lesion(n, block, *_tracking(j, n, block), _place(j, [found[i] for i in block], nipple))
        for n, block in enumerate(blocks, start=1)
    )
    reasons = {(p.finding_a, p.finding_b): moved(p) for p in j.pairs}
    judged = Judged(side, told, lesions, j.groupings, j.pairs, reasons)
    return judged if case is None else replace(judged, drawn=drawn_on(j, judged, case))


def _said(j: Judgement, f: Finding) -> dict[str, str]:
    """Cells of a finding that no row lists: one of several."""
    reading = next(r for r in j.breast.readings if r.reading_id == f.reading_id)
    cells = {"modality": f.modality, "exam_id": reading.exam_id, "view": reading.view or ""}
    return {k: v for k, v in {**cells, "kind": f.kind or ""}.items() if v}


def _tracking(j: Judgement, n: int, block: tuple[str, ...]) -> tuple[str, str]:
    """Id and UID of a lesion: of what its findings are, not of how probable it is."""
    b = j.breast
    members = sorted(repr(f) for f in b.findings if f.finding_id in block)
    return f"{b.case_id} {b.side} lesion {n}", stable_uid(b.case_id, b.side, *members)


def _place(
    j: Judgement, findings: Sequence[Finding], nipple: tuple[float, float, float] | None
) -> Place:
    if len(findings) == 1:
        belief = j.beliefs[findings[0].finding_id]
    else:
        mass, _ = believed(j, findings, NOBODY)
        mass = mass.sum(axis=0) if mass.ndim == 2 else mass
        belief = place_of_belief(j.model, "", mass / mass.sum())
    return Place(
        three(belief.mean_mm), three(belief.lo80_mm), three(belief.hi80_mm),
        float(belief.volume80_cm3), _density(j, belief), _on_mri(j, findings, nipple),
    )  # fmt: skip


def _density(j: Judgement, belief: Belief) -> Density:
    """A belief over the points of the breast on its even grid."""
    cells, step = j.model.cells, j.model.cell_mm
    first = j.points.min(axis=0)
    axes = tuple(
        np.asarray(a + step * np.arange(n + 1), dtype=float)
        for a, n in zip(first, cells.max(axis=1), strict=True)
    )
    mass = np.zeros([len(a) for a in axes])
    mass[tuple(cells)] = belief.probability
    return Density(FRAME, axes, mass, np.array(step**3))


def _on_mri(
    j: Judgement, findings: Sequence[Finding], nipple: tuple[float, float, float] | None
) -> Density | None:
    """Where the breast's last MRI would show it, without what it reported itself."""
    made = [r for r in j.breast.readings if r.modality == "MR" and r.view != "SUPINE"]
    made = made or [r for r in j.breast.readings if r.modality == "MR"]
    if nipple is None:
        return None
    target = max(made, key=lambda r: r.order or 0.0, default=UNREAD)
    ids = [f.finding_id for f in findings if f.reading_id != target.reading_id]
    if not ids:
        return None
    return expected(j, ids, target).place.in_lps(nipple, j.breast.side)
