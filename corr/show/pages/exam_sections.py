"""One section an exam: its report as written, what it reported, its images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from corr.anatomy.names import SIDE_NAMES
from corr.case.told import modality_named
from corr.judgement.result import Judgement
from corr.records import Finding, Reading
from corr.show.figures.parts.palette import lesion_styles
from corr.show.figures.parts.picture import Picture
from corr.show.pages.board import Column, exam_key, exams
from corr.show.pages.tables import count_words
from corr.show.wording import html
from corr.show.wording.html import Snippet
from corr.show.wording.text import film_edges_of, kind_noun, position_words, size_words

if TYPE_CHECKING:
    from corr.case.casefile import Case
    from corr.imaging.image_reading import ImageReading

NOTHING = "Done; nothing was reported."


def exam_sections(case: Case, judgements: Sequence[Judgement]) -> list[Snippet | Picture]:
    """Every exam of a case in the order of time; report texts of no exam stand at the end.

    A report is of an exam by its name: the exam's id, or a word for its modality if no other
    exam is of it.
    """
    shown, left = exams(judgements, silent=True), dict(case.reports)
    of = _images(case, judgements, shown)
    out: list[Snippet | Picture] = []
    for column in shown:
        out.append(html.subheading(column.title, f"exam-{html.anchor_of(column.key)}"))
        mine = [name for name in left if _exams_named(name, judgements) == {column.key}]
        out.append(html.quotes((name, left.pop(name)) for name in mine))
        table = pd.DataFrame(list(_rows(judgements, column.key)))
        if len(table):
            out.append(html.table(table.loc[:, (table != "").any()]))
        else:
            out.append(html.paragraphs([NOTHING]))
        for image in of.get(column.key, ()):
            out += _shown(image, judgements)
    if left:
        out += [html.subheading("Said elsewhere", "exam-elsewhere"), html.quotes(left.items())]
    return out


def _exams_named(name: str, judgements: Sequence[Judgement]) -> set[str]:
    """Keys of the exams that a report's name may mean."""
    done = [r for j in judgements for r in j.breast.readings]
    by_id = {exam_key(r) for r in done if r.exam_id.casefold() == name.casefold()}
    meant = modality_named(name, [j.breast for j in judgements])
    return by_id or {exam_key(r) for r in done if r.modality == meant}


def _rows(judgements: Sequence[Judgement], key: str) -> Iterator[Mapping[str, str]]:
    for j in judgements:
        readings = {r.reading_id: r for r in j.breast.readings if exam_key(r) == key}
        for f in j.breast.findings:
            if f.reading_id in readings:
                yield _row(j, f, readings[f.reading_id])


def _row(judgement: Judgement, f: Finding, reading: Reading) -> Mapping[str, str]:
    side = SIDE_NAMES[judgement.breast.side].removesuffix(" breast")
    count = count_words(f)
    return {
        "finding": f.finding_id,
        "breast": side,
        "view": reading.view or "",
        "what": kind_noun(f),
        "size": size_words(f),
        "where": position_words(f, film_edges_of(reading, judgement.parameters)),
        "how many": "" if count == "1" else count,
    }


def _images(
    case: Case, judgements: Sequence[Judgement], shown: Sequence[Column]
) -> dict[str, list[ImageReading]]:
    """Images by exam: that of a finding on it, else the first of its modality."""
    exam_of = {
        f.finding_id: exam_key(r)
        for j in judgements
        for r in j.breast.readings
        for f in j.breast.findings
        if f.reading_id == r.reading_id
    }
    out: dict[str, list[ImageReading]] = {}
    for image in case.images:
        keys = [exam_of[i] for i in image.places if i in exam_of]
        keys += [c.key for c in shown if c.modality == image.modality]
        keys += [c.key for c in shown]
        if keys:
            out.setdefault(keys[0], []).append(image)
    return out


def _shown(image: ImageReading, judgements: Sequence[Judgement]) -> list[Snippet | Picture]:
    from corr.show.images.case_images import image_pictures  # image libraries take a second

    looks = {k: look for j in judgements for k, look in lesion_styles(j).items()}
    found: list[Snippet | Picture] = [p for _, p in image_pictures(image, looks)]
    return [*found, html.bullets(image.said, f"Read from {image.image_id}")]
