"""The images of a case by their UIDs, and their grids: all that leaves of a source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from corr.case.casefile import Case
from corr.exams.registry import EXAMS
from corr.export.content import Image
from corr.imaging.dicom import header
from corr.imaging.dicom.header import Unusable
from corr.imaging.image_kinds import FilmReading, StudyReading
from corr.imaging.image_reading import ImageReading


def images_of(case: Case) -> tuple[Image, ...]:
    """Every image of a case that was read, in the order of the case."""
    if case.file is None:
        return ()
    files = {cells["image_id"]: cells["file"] for cells in case.cells.get("images", ())}
    paths = {name: case.file.parent / file for name, file in files.items()}
    return tuple(_image(r, paths[r.image_id]) for r in case.images)


def _image(reading: ImageReading, path: Path) -> Image:
    if isinstance(reading, StudyReading):
        return _study(reading)
    headers = _headers([path])
    ds = headers[0][0] if headers else None
    view = reading.image.view if isinstance(reading, FilmReading) else None
    plain = Image(reading.image_id, reading.modality, reading.sides, view)
    if ds is None or EXAMS[reading.modality].place == "frame":
        return plain
    return Image(
        reading.image_id, reading.modality, reading.sides, view,
        header.text(ds, "StudyInstanceUID"), header.text(ds, "SeriesInstanceUID"),
        header.text(ds, "FrameOfReferenceUID"), (headers[0][1],),
        (int(ds.get("Rows", 0)), int(ds.get("Columns", 0))),
        shown_frame(reading) if header.frames(ds) > 1 else None,
    )  # fmt: skip


def shown_frame(reading: ImageReading) -> int:
    """The frame that marks are on, else the first."""
    stated = reading.frame if isinstance(reading, FilmReading) else None
    on = [m.frame for m in reading.marks.values() if m.frame is not None]
    return stated if stated is not None else max(set(on), key=on.count) if on else 0


def _study(reading: StudyReading) -> Image:
    study = reading.image
    pre = study.dynamic.pre
    headers = _headers(pre.files)
    ds = headers[0][0] if headers else None
    series = header.text(ds, "SeriesInstanceUID") if ds else ""
    nipples = {
        side: tuple(float(x) for x in a.nipple_lps)
        for side, a in study.anatomy.items()
        if a.sides_known and a.nipple_usable and not a.turned
    }
    return Image(
        reading.image_id, reading.modality, reading.sides, None,
        header.text(ds, "StudyInstanceUID") if ds else "", series,
        pre.frame_of_reference,
        tuple(uids for other, uids in headers if header.text(other, "SeriesInstanceUID") == series),
        pre.shape, None, pre.affine_lps, nipples,  # type: ignore[arg-type]
    )  # fmt: skip


def _headers(paths: Sequence[Path]) -> list[tuple[header.Dataset, tuple[str, str]]]:
    """Headers of the files that can be opened, with SOP class and instance UID."""
    found = []
    for path in paths:
        try:
            ds = header.read_header(path)
        except Unusable:  # a picture or a volume that is not DICOM: known by its place alone
            continue
        uids = header.text(ds, "SOPClassUID"), header.text(ds, "SOPInstanceUID")
        if all(uids):
            found.append((ds, uids))
    return found
