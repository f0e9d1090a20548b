"""What is drawn on the images of a case: findings as marked, and where others are expected.

On a film the region of 80 % of what the other exams of a lesion let expect; on an ultrasound
still the depths at which they do, as a band, for a still does not say where on the skin it is.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from corr.case.casefile import Case
from corr.exams.registry import exam_of
from corr.export.content import REGION, Drawn, Floats, Judged
from corr.imaging.image_kinds import FilmReading, StillReading, StudyReading
from corr.imaging.image_reading import ImageReading
from corr.imaging.mammogram.mammogram import from_film_mm
from corr.imaging.marks.annotation import Annotation, ring_list
from corr.judgement.result import Judgement
from corr.questions.look.sights import DEPTH
from corr.questions.look.where import expected
from corr.records import Reading


def drawn_on(j: Judgement, judged: Judged, case: Case) -> tuple[Drawn, ...]:
    """Findings and predicted regions of one breast on every image that shows it."""
    out: list[Drawn] = []
    marks = {row.finding_id: row.mark for row in case.rows}
    for image in case.images:
        if image.sides and j.breast.side not in image.sides:
            continue
        own = [f.finding_id for f in judged.findings if f.finding_id in image.places]
        for i in own:
            lesion = judged.lesion_of(i)
            mark = image.marks.get(marks.get(i) or "")
            lines = _lines(mark) if mark is not None else ()
            lines = lines or (np.array([image.places[i]], dtype=float),)
            number = lesion.number if lesion else None
            out.append(Drawn(image.image_id, (i,), predicted=False, lines=lines, lesion=number))
        reading = _reading(j, image, own, case)
        if reading is not None:
            out += _predicted(j, judged, image, reading)
    return tuple(out)


def _lines(mark: Annotation) -> tuple[Floats, ...]:
    """Outline of a mark, closed; its ends or point where it has none."""
    if mark.mask is not None:
        if mark.space == "patient":
            return ()
        from skimage.measure import find_contours

        found = find_contours(np.pad(mark.mask, 1).astype(float), 0.5)
        return tuple(np.asarray(line + np.array(mark.corner) - 1.0) for line in found)
    if not mark.outline:
        return (np.asarray(mark.points, dtype=float),)
    return tuple(np.vstack([ring, ring[:1]]) for ring in ring_list(mark))


def _inside(line: Floats, shape: tuple[int, ...]) -> Floats:
    """A closed line kept within an image; empty if it holds nothing of it."""
    kept = np.clip(line, -0.5, np.array(shape[:2]) - 0.5)
    (r, c), (r2, c2) = kept.T, np.roll(kept, -1, axis=0).T
    return kept if abs(float((r * c2 - r2 * c).sum())) > 1.0 else kept[:0]


def _reading(j: Judgement, image: ImageReading, own: list[str], case: Case) -> Reading | None:
    """The judged reading that an image is of."""
    by_id = {r.reading_id: r for r in j.breast.readings}
    for f in j.breast.findings:
        if f.finding_id in own:
            return by_id[f.reading_id]
    row = next(c for c in case.cells["images"] if c["image_id"] == image.image_id)
    view = image.image.view if isinstance(image, FilmReading) else None
    fits = [
        r for r in j.breast.readings
        if r.modality == image.modality and (view is None or r.view == view)
        and row.get("exam_id") in (None, r.exam_id)
    ]  # fmt: skip
    return fits[0] if len(fits) == 1 else None


def _predicted(
    j: Judgement, judged: Judged, image: ImageReading, reading: Reading
) -> Iterator[Drawn]:
    if isinstance(image, StudyReading) or reading.position_refused:
        return
    reported = {f.finding_id for f in j.breast.findings if f.reading_id == reading.reading_id}
    placed = {f.finding_id for f in j.breast.findings if _says_where(j, f.finding_id)}
    for lesion in judged.lesions:
        others = tuple(i for i in lesion.finding_ids if i not in reported)
        if others and placed & {*others}:
            lines = _region(j, image, reading, others)
            if lines:
                yield Drawn(
                    image.image_id, others, predicted=True, lines=lines, lesion=lesion.number
                )


def _says_where(j: Judgement, finding_id: str) -> bool:
    """Whether a finding moves the belief at all."""
    return not np.allclose(j.beliefs[finding_id].probability, j.model.prior, atol=1e-9)


def _region(
    j: Judgement, image: ImageReading, reading: Reading, others: tuple[str, ...]
) -> tuple[Floats, ...]:
    if isinstance(image, FilmReading):
        film = image.image
        if not film.calibrated or film.hanging is None or film.landmarks.nipple_row is None:
            return ()
        if exam_of(reading).place != "film":
            return ()
        outlines = expected(j, others, reading).place.outlines(REGION)
        lines = [np.array([from_film_mm(film, *at) for at in line]) for line in outlines]
        return tuple(x for line in lines if len(x := _inside(line, film.image.shape)))
    if isinstance(image, StillReading):
        still = image.image
        if still.depth_zero_row is None or still.row_mm is None:
            return ()
        depths = [d for d in expected(j, others, reading).further if d.names == (DEPTH,)]
        if not depths:
            return ()
        rows = [still.depth_zero_row + mm / still.row_mm for mm in depths[0].interval(0, REGION)]
        left, right = still.corner[1], still.corner[1] + still.image.shape[1] - 1
        low, high = rows[0], min(rows[1], still.corner[0] + still.image.shape[0] - 1.0)
        corners = [[low, left], [low, right], [high, right], [high, left], [low, left]]
        return (np.array(corners, dtype=float),) if low < high else ()
    return ()
