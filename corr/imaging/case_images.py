"""Images and annotations of a case file become rows of its findings, breasts and exams.

A finding's row may name an image and a mark on it (or a row and column): what the image says is
filled in where the row says nothing itself. A mark that no row names becomes a finding of its
own. What somebody wrote always wins; what cannot be used is a `Problem`; one bad image never
stops the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from corr.exams.registry import EXAMS
from corr.imaging import base
from corr.imaging.case_exams import (
    Tables,
    add_exam,
    flag_repeat,
    merge_breast,
    refused_exam,
    row_of,
)
from corr.imaging.case_names import identities
from corr.imaging.dicom.header import Unusable
from corr.imaging.dicom.private import nameless
from corr.imaging.image_reader import read_image, what_it_shows
from corr.imaging.image_reading import Cells, ImageReading, place_of, typed_pixel
from corr.imaging.marks.case_marks import marks_of, names_of
from corr.plurals import many
from corr.problems import Problem, nearest
from corr.records import Modality
from corr.tables.rows import ImageRow, RawRow, check_row

SAME_PLACE_MM = 3.0
"""An enhancing lesion this near to something marked (beyond its own radius) is that same thing."""

_WHOLE: dict[str, tuple[str, ...]] = {  # one way of stating a place excludes the other
    "film": ("posterior_mm", "transverse_mm"),
    "frame": (
        *("mr_l_mm", "mr_p_mm", "mr_s_mm", "mr_nipple_l_mm", "mr_nipple_p_mm", "mr_nipple_s_mm"),
        *("lateral_mm", "superior_mm", "posterior_mm", "chestwall_mm"),
    ),
}


def fill_from_images(
    images: Sequence[RawRow], tables: Tables, folder: Path
) -> tuple[ImageReading, ...]:
    """Read every image row and complete the tables; what was read, in the order of the rows.

    Parameters
    ----------
    folder
        Where relative paths start: the folder of the case file.
    """
    readings: list[ImageReading] = []
    names: set[str] = set()
    exams: dict[tuple[str, ...], str] = {}
    private = identities(images, folder)
    known = frozenset().union(*(names_of(folder / r.cells.get("file", "")) for r in images))
    for n, raw in enumerate(images, 1):
        row, good, wrong = check_row(ImageRow, raw)
        tables.problems += wrong
        if row is None:
            raw.cells.setdefault("image_id", f"image {n}")
            refused_exam(good, raw, tables)
            continue
        name = row.image_id or f"image {n}"
        if name in names:
            fix = "give every image its own image_id; this one was not read"
            problem = raw.problem("image_id", "rejected", allowed="each image_id once", fix=fix)
            tables.problems.append(problem)
            refused_exam(what_it_shows(row, folder), raw, tables)
            continue
        names.add(name)
        raw.cells["image_id"] = name
        reading = _read(row, raw, folder, (private, known), tables)
        if reading is None:
            refused_exam(what_it_shows(row, folder), raw, tables)
        else:
            readings.append(reading)
            _complete(reading, row, raw, tables)
            flag_repeat(reading, raw, exams, tables)
    _unknown_images(tables, names)
    for broken in base.broken() if images else ():
        fix = "install that package again, or without it; its files are not read"
        allowed, first = "readers that can be loaded", images[0]
        problem = first.problem("image", "flagged", allowed=allowed, fix=fix, value=broken)
        tables.problems.append(replace(problem, row=None, finding_id=""))
    return tuple(readings)


def _read(
    row: ImageRow,
    raw: RawRow,
    folder: Path,
    words: tuple[frozenset[str], frozenset[str]],
    tables: Tables,
) -> ImageReading | None:
    """One image with its marks, or None and a problem; ``words`` are private, and image names."""
    private, known = words
    named = [r for r in tables.findings if r.cells.get("image") == raw.cells["image_id"]]
    if row.enhancements is None and not named and not row.annotations:
        row = row.model_copy(update={"enhancements": 3})
    lost: list[str] = []
    marks, renamed = marks_of(row, raw, folder, private, tables.problems, lost=lost, others=known)
    for finding in named:  # who names a mark by its label means the one it became
        asked = finding.cells.get("mark", "")
        finding.cells |= {"mark": renamed.get(asked.casefold(), asked)} if asked else {}
    try:
        reading = read_image(row, folder, raw.cells["image_id"], marks)
    except Exception as error:  # whatever a file does to a reader, the other images go on
        why = error if isinstance(error, Unusable) else Unusable(f"{type(error).__name__}")
        allowed, fix = why.allowed or "a usable image", why.fix or "give another file"
        image, fix = raw.cells["image_id"], nameless(f"{why.what}; {fix}", folder / row.file)
        tables.problems.append(
            raw.problem("file", "rejected", allowed=allowed, fix=fix, value=image)
        )
        return None
    reading.lost += lost
    reading.marks = {k: m for k, m in marks.items() if m.kind != "nipple"}
    reading.said += (
        [f"{many(len(reading.marks), 'mark')}: {', '.join(reading.marks)}"] if marks else []
    )
    for mark in marks.values():
        name = mark.label or mark.source
        reading.said += [f"{name}: {note}" for note in mark.notes]
        reading.doubts += [
            ("annotations", "marks of one lesion each, made on this image", f"{name}: {doubt}")
            for doubt in mark.doubts
        ]
    for name, allowed, fix in reading.doubts:
        value = reading.image_id if name in ("file", "annotations") else None
        tables.problems.append(raw.problem(name, "flagged", allowed=allowed, fix=fix, value=value))
    return reading


def _complete(reading: ImageReading, row: ImageRow, raw: RawRow, tables: Tables) -> None:
    """Findings named and not named, then the breast's shape and the exam."""
    used = set()
    for finding in [r for r in tables.findings if r.cells.get("image") == reading.image_id]:
        used.add(_complete_finding(finding, reading, row, tables))
    tables.findings += _unnamed(reading, row, raw, used, tables)
    known = {r.cells.get("breast") for r in (*tables.findings, *tables.breasts)}
    for cells in reading.breast_cells():
        if not reading.unread(cells["breast"]) or cells["breast"] in known:
            merge_breast(cells, raw, tables)
    for cells in reading.exam_cells():
        unread = reading.unread(cells["breast"])
        add_exam(cells, raw, tables, unread=unread, said=not reading.lost)


def _complete_finding(finding: RawRow, reading: ImageReading, row: ImageRow, tables: Tables) -> str:
    """Fill one finding's row from its image; the name of the mark it used."""
    cells = finding.cells
    asked = cells.get("mark", "")
    known = {k.casefold(): k for k in (*reading.marks, *reading.lesions)}
    name = known.get(asked.casefold(), "")
    try:
        if asked and not name:
            msg = f"there is no mark {asked!r} on {reading.image_id}"
            fix = nearest(asked, known) or "correct the name, or leave it out"
            raise Unusable(msg, allowed=", ".join(known.values()) or "no marks", fix=fix)
        found = reading.cells_for(name, cells)
    except Unusable as error:
        allowed, fix = error.allowed or "a mark on this image", error.fix or "correct the mark"
        name_of = "mark" if asked else "image"
        tables.problems.append(
            finding.problem(name_of, "ignored", allowed=allowed, fix=f"{error.what}; {fix}")
        )
        name, found = "", reading.exam_only()
    if name and not cells.get("finding_id"):
        cells["finding_id"] = f"{reading.image_id} {name}"
    tables.problems += _doubts(reading, name, finding)
    finding_id = cells.get("finding_id", "")
    _place(reading, finding_id, name, found)
    if not name and (pixel := typed_pixel(cells)):
        reading.places[finding_id] = pixel
        del cells["row"], cells["col"]  # used; the table wants all pixel columns or none
    _fill(finding, {**found, **_stated_exam(row)}, reading.modality)
    return name


def _unnamed(
    reading: ImageReading, row: ImageRow, raw: RawRow, used: set[str], tables: Tables
) -> list[RawRow]:
    """A finding for every mark that no row names, and every enhancement nobody marked."""
    made = []
    for name in (*reading.marks, *_unmarked(reading, used)):
        if name in used:
            continue
        new = _new_finding(reading, name, raw)
        try:
            found = reading.cells_for(name, new.cells)
            if "breast" not in found:
                msg = "which breast this is in is not known"
                raise Unusable(msg, fix="name this mark in a finding's row that states breast")
        except Unusable as error:
            allowed, fix = error.allowed or "a mark on this image", error.fix or "correct the mark"
            tables.problems.append(
                new.problem("mark", "rejected", allowed=allowed, fix=f"{error.what}; {fix}")
            )
            reading.lost.append("a mark on it could not be used")
            continue
        tables.problems += _doubts(reading, name, new)
        _place(reading, new.cells["finding_id"], name, found)
        _fill(new, {**found, **_stated_exam(row)}, reading.modality)
        made.append(new)
    return made


def _doubts(reading: ImageReading, name: str, finding: RawRow) -> list[Problem]:
    """A mark on an MRI that may lie in no breast."""
    why = reading.doubt_of(reading.marks[name]) if name in reading.marks else ""
    allowed = "a mark in a breast"
    return [finding.problem("mark", "flagged", allowed=allowed, fix=why, value=name)] if why else []


def _unmarked(reading: ImageReading, used: set[str]) -> list[str]:
    """Enhancing lesions asked for that are not what somebody marked; says which are."""
    drawn = [m for m in reading.marks.values() if m.space == "patient" and len(m.points)]
    marked = [place_of(m) for m in drawn]
    names = []
    for name, lesion in reading.lesions.items():
        near_mm = lesion.extent_mm[0] / 2 + SAME_PLACE_MM
        if any(np.linalg.norm(lesion.centroid_lps - place) <= near_mm for place in marked):
            reading.said.append(f"{name} is what is already marked there")
        elif name not in used:
            names.append(name)
            reading.said += [f"{name}: {note}" for note in lesion.notes]
    return names


def _new_finding(reading: ImageReading, name: str, raw: RawRow) -> RawRow:
    cells = {"finding_id": f"{reading.image_id} {name}", "image": reading.image_id, "mark": name}
    return row_of(raw, cells)


def _stated_exam(row: ImageRow) -> Cells:
    stated = {"exam_id": row.exam_id, "date": row.date, "exam_order": row.exam_order}
    return {k: str(v) for k, v in stated.items() if v is not None}


def _fill(finding: RawRow, found: Cells, modality: Modality) -> None:
    """Cells the row leaves out; a place is taken whole or not at all."""
    place = _WHOLE.get(EXAMS[modality].place, ())
    if any(finding.cells.get(name) for name in place):
        found = {k: v for k, v in found.items() if k not in place}
    for name, value in found.items():
        if not finding.cells.get(name):
            in_mm = name.endswith("_mm")  # to 0.1 mm: nothing is known better
            finding.cells[name] = f"{float(value):.1f}" if in_mm else value


def _place(reading: ImageReading, finding_id: str, name: str, found: Cells) -> None:
    """Remember where a finding is, for the picture of its image, and what to doubt of it."""
    if name in reading.lesions:
        reading.cautions[finding_id] = reading.lesions[name].notes
    if name in reading.marks and len(reading.marks[name].points):
        reading.places[finding_id] = tuple(place_of(reading.marks[name]).tolist())
    elif all(f"mr_{a}_mm" in found for a in "lps"):
        reading.places[finding_id] = tuple(float(found[f"mr_{a}_mm"]) for a in "lps")


def _unknown_images(tables: Tables, names: set[str]) -> None:
    for finding in tables.findings:
        image = finding.cells.get("image")
        if image and image not in names:
            fix = nearest(image, names) or "correct the name, or list the image"
            allowed = ", ".join(sorted(names)) or "an image_id of the images list"
            tables.problems.append(finding.problem("image", "ignored", allowed=allowed, fix=fix))
