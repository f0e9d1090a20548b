"""The exams and breasts of a case's images: done, or not where what they report cannot be read."""

from __future__ import annotations

from dataclasses import dataclass, field

from corr.imaging.image_reading import Cells, ImageReading
from corr.problems import NOT_DONE, Problem
from corr.tables.rows import RawRow

WHEN = ("exam_id", "date", "exam_order")


@dataclass
class Tables:
    """Rows of a case as written, to be completed in place."""

    findings: list[RawRow]
    breasts: list[RawRow]
    exams: list[RawRow]
    problems: list[Problem] = field(default_factory=list)


def row_of(raw: RawRow, cells: Cells) -> RawRow:
    """A row of another table that follows from the row of an image."""
    return RawRow(raw.file, raw.row, {"case_id": raw.cells["case_id"], **cells})


def add_exam(cells: Cells, raw: RawRow, tables: Tables, *, unread: str, said: bool = False) -> None:
    """The exam of one breast as a row: done, or not if what it reports could not be read.

    With findings it is done all the same; its silence counts less then (poor quality). ``said``:
    a doubt about the image says so already.
    """
    stated = {k: raw.cells[k] for k in WHEN if raw.cells.get(k)}
    if unread:
        same = {k: cells[k] for k in ("breast", "modality", "view") if k in cells} | stated
        reported = any(
            all(r.cells.get(k, v if k == "view" else "") == v for k, v in same.items())
            for r in tables.findings
        )
        cells = {**cells, **({"done": "1", "quality": "poor"} if reported else {"done": "0"})}
        so = "its silence about others counts less" if reported else NOT_DONE
        fix = (
            "correct it, or leave this image out and state findings and exam as rows; until then "
            f"what it reports of the {cells['breast']} breast is not known ({unread}) and {so}"
        )
        allowed, name = "an exam that can be read", raw.cells["image_id"]
        rows = (*tables.findings, *tables.breasts, *tables.exams)
        if not said and any(r.cells.get("breast") == cells["breast"] for r in rows):
            problem = raw.problem("exam", "flagged", allowed=allowed, fix=fix, value=name)
            tables.problems.append(problem)
    tables.exams.append(row_of(raw, {**cells, **stated}))


def refused_exam(shown: Cells, raw: RawRow, tables: Tables) -> None:
    """An image that could not be used: its exam is not one that found nothing.

    ``shown`` is what row or file say it shows: modality, breast, view, as far as that is known.
    """
    rows = (*tables.findings, *tables.breasts, *tables.exams)
    image, exam_id = raw.cells.get("image_id"), raw.cells.get("exam_id")
    of_exam = [
        r for r in rows
        if r.cells.get("image") == image or (exam_id and r.cells.get("exam_id") == exam_id)
    ]  # fmt: skip
    said = [m for r in of_exam if (m := r.cells.get("modality"))]
    modality = shown.get("modality") or next(iter(said), "")
    sides = {shown.get("breast") or r.cells.get("breast", "") for r in rows} & {"L", "R"}
    view = {"view": shown["view"]} if "view" in shown else {}
    for side in sorted(sides) if modality else ():
        cells = {**view, "modality": modality, "breast": side}
        add_exam(cells, raw, tables, unread="the image could not be used")


def merge_breast(cells: Cells, raw: RawRow, tables: Tables) -> None:
    """Facts of one breast into its row, where that says nothing itself."""
    for other in tables.breasts:
        if other.cells.get("breast") == cells["breast"]:
            for name, value in cells.items():
                if not other.cells.get(name):
                    other.cells[name] = value
            return
    tables.breasts.append(row_of(raw, cells))


def flag_repeat(
    reading: ImageReading, raw: RawRow, exams: dict[tuple[str, ...], str], tables: Tables
) -> None:
    """Two films of one view, or two MRIs, that nothing tells apart would count as one exam."""
    if reading.modality == "US":
        return
    when = tuple(raw.cells.get(k, "") for k in WHEN)
    for cells in reading.exam_cells():
        key = (*when, *(cells.get(k, "") for k in ("modality", "breast", "view", "view_angle_deg")))
        other = exams.setdefault(key, reading.image_id)
        if other != reading.image_id:
            fix = f"{other} shows the same; if it is another exam, give both an exam_id and order"
            allowed = "one image of each view in an exam"
            tables.problems.append(raw.problem("exam_id", "flagged", allowed=allowed, fix=fix))
            return
