"""The images of a case by their UIDs, and their grids: all that leaves of a source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from corr.case.casefile import Case
from corr.exams.registry import EXAMS
from corr.export.content import Image
from corr.export.inside import nipples_on
from corr.imaging.dicom import header
from corr.imaging.dicom.groups import Tags, places_of_frames
from corr.imaging.dicom.header import Unusable
from corr.imaging.image_kinds import FilmReading, StudyReading
from corr.imaging.image_reading import ImageReading
from corr.imaging.volume import Volume

NEAR_VOXEL = 0.1
"""Of a voxel: a slice nearer than this to one of the grid is that one."""


WORDS = ("PhotometricInterpretation", "VOILUTFunction", "RescaleType")
NUMBERS = ("SamplesPerPixel", "WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept")
"""Keywords of how grey values are shown; of several windows the first."""


def images_of(case: Case) -> tuple[Image, ...]:
    """Every image of a case that was read, in the order of the case."""
    if case.file is None:
        return ()
    files = {cells["image_id"]: cells["file"] for cells in case.cells.get("images", ())}
    paths = {name: case.file.parent / file for name, file in files.items()}
    return tuple(_image(r, paths[r.image_id], case) for r in case.images)


def _image(reading: ImageReading, path: Path, case: Case) -> Image:
    if isinstance(reading, StudyReading):
        return _study(reading, case)
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
        frame=shown_frame(reading) if header.frames(ds) > 1 else None, look=_look(ds),
    )  # fmt: skip


def _look(ds: Dataset) -> dict[str, str | float]:
    """How grey values are shown, as far as the file says it."""
    words: dict[str, str | float] = {k: w for k in WORDS if (w := header.text(ds, k))}
    first = {k: header.text(ds, k).split("\\")[0] for k in NUMBERS}
    for keyword, text in first.items():
        try:
            words[keyword] = float(text)
        except ValueError:  # not stated, or no number: shown as it is stored
            continue
    return words


def shown_frame(reading: ImageReading) -> int:
    """The frame that marks are on, else the first."""
    stated = reading.frame if isinstance(reading, FilmReading) else None
    on = [m.frame for m in reading.marks.values() if m.frame is not None]
    return stated if stated is not None else max(set(on), key=on.count) if on else 0


def _study(reading: StudyReading, case: Case) -> Image:
    study = reading.image
    pre = study.dynamic.pre
    headers = _headers(pre.files)
    ds = headers[0][0] if headers else None
    series = header.text(ds, "SeriesInstanceUID") if ds else ""
    here = [h for h in headers if header.text(h[0], "SeriesInstanceUID") == series]
    nipples = nipples_on(study.anatomy, case)
    return Image(
        reading.image_id, reading.modality, reading.sides,
        study_uid=header.text(ds, "StudyInstanceUID") if ds else "", series_uid=series,
        frame_of_reference_uid=pre.frame_of_reference,
        instances=tuple(uids for _, uids in here), planes=tuple(_planes(h, pre) for h, _ in here),
        shape=pre.shape, affine_lps=pre.affine_lps, nipples_lps=nipples,
    )  # fmt: skip


def _planes(ds: Dataset, volume: Volume) -> tuple[int, ...]:
    """Slice of every frame of a file on the grid of its volume; -1 of what lies beside it."""
    found = []
    for place in places_of_frames(ds) or [[ds]]:
        position = Tags((*place, ds)).numbers("ImagePositionPatient", 3, limit=5000.0)
        index = None if position is None else volume.to_index(position)
        on = index is not None and np.abs(index - np.rint(index)).max() < NEAR_VOXEL
        found.append(round(float(index[2])) if index is not None and on else -1)
    return tuple(found)


def _headers(paths: Sequence[Path]) -> list[tuple[Dataset, tuple[str, str]]]:
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
