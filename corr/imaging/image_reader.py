"""From the row of an image to an `ImageReading`: which kind, what is stated, what to doubt."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from corr.exams.registry import EXAMS
from corr.imaging import base
from corr.imaging.base import File, ImageKind
from corr.imaging.dicom import header
from corr.imaging.dicom.header import Unusable
from corr.imaging.dicom.pictures import no_film, synthesized
from corr.imaging.frames import Shown, frame_shown
from corr.imaging.image_kinds import FilmReading, StillReading, StudyReading
from corr.imaging.image_reading import ImageReading, place_of
from corr.imaging.mammogram import film_view
from corr.imaging.mammogram.mammogram import read_mammogram
from corr.imaging.marks.annotation import NO_FRAME
from corr.imaging.marks.readers import Annotation
from corr.imaging.mri.study import read_study
from corr.imaging.ultrasound.sonogram import read_sonogram
from corr.imaging.volume import DISAGREE
from corr.imaging.volume_files import VOLUME_FILES
from corr.tables.rows import ImageRow

Marks = Mapping[str, Annotation]


def read_image(
    row: ImageRow, folder: Path, image_id: str, marks: Mapping[str, Annotation]
) -> ImageReading:
    """Read the image of a row; a mark of kind ``nipple`` says where the nipple is.

    Parameters
    ----------
    folder
        Where relative paths of the case start.

    Raises
    ------
    Unusable
        If it cannot be used, with the reason.
    """
    path = folder / row.file
    if not (path.is_file() or path.is_dir()):  # a pipe or device would block
        msg = "there is no such file or folder"
        raise Unusable(msg, allowed="a path relative to the case file")
    kind = kind_of(path, row.modality)
    reading: ImageReading = base.run(kind, row, path, image_id, marks)
    if row.phases and "MR" not in kind.modalities:
        fix = f"not used, as this is a {kind.name}: leave them out"
        reading.doubts.append(("phases", "the phases of an MRI", fix))
    return reading


def kind_of(path: Path, modality: str | None = None) -> ImageKind:
    """The kind that claims a file or folder, among those of a modality if one is stated.

    Raises
    ------
    Unusable
        If nothing states the modality and the file cannot be read.
    """
    others, _ = base.plugged_in(base.IMAGE_KINDS, ImageKind)
    own = [kind for kind in KINDS if modality in (None, *kind.modalities)]
    asked = [*own, *(kind for kind in others if modality in (None, *kind.modalities))]
    if own and own[-1] is FILM:
        asked = [*(kind for kind in asked if kind is not FILM), FILM]
    return next(base.claiming(asked, File(path)), asked[0])


def _is_study(file: File) -> bool:
    folder = file.path.is_dir() or file.named(*VOLUME_FILES)
    return folder or file.says("Modality").upper() == "MR"


def _study(row: ImageRow, path: Path, image_id: str, marks: Marks) -> ImageReading:
    study = read_study(
        path, enhancements=row.enhancements, breast=row.breast, phases=row.phases or ()
    )
    reading = StudyReading(image_id, "MR", study, said=list(study.notes))
    reading.doubts += [
        ("file", "an MRI whose sides, nipples and phases are known", doubt)
        for doubt in study.doubts
    ]
    pre = study.dynamic.pre
    allowed = "an MRI whose sform and qform are one"
    reading.doubts += [("file", allowed, n) for n in pre.notes if n.startswith(DISAGREE)]
    here = pre.frame_of_reference
    said = {name: mark.frame_of_reference for name, mark in marks.items()}
    strange = [
        n for n, frame in said.items() if frame and frame != here and (here or frame == NO_FRAME)
    ]
    if strange:
        which = ", ".join(strange)
        fix = f"{which}: of another exam? Used as stated: look on the picture whether it lies right"
        allowed = "marks made on this MRI, in its frame of reference"
        reading.doubts.append(("annotations", allowed, fix))
    return reading


def what_it_shows(row: ImageRow, folder: Path) -> dict[str, str]:
    """Modality, breast and view of an image that cannot be used, as far as row or file say so."""
    path = folder / row.file
    said: dict[str, str | None] = {}
    with suppress(Unusable):
        if path.is_file() or path.is_dir():
            said["modality"] = kind_of(path).modalities[0]
        if path.is_file():
            ds = header.read_header(path)
            side = header.laterality(ds).value
            said["breast"] = side if side in ("L", "R") else None
            said["view"] = film_view.read_view(ds).value
    stated = {"modality": row.modality, "breast": row.breast, "view": row.view}
    found = said | {k: v for k, v in stated.items() if v}
    if EXAMS[found.get("modality") or "US"].place != "film":
        found.pop("view", None)
    return {k: v for k, v in found.items() if v}


def _film(row: ImageRow, path: Path, image_id: str, marks: Marks) -> ImageReading:
    ds = header.read_header(path)
    if why := no_film(ds, path):
        raise Unusable(why, allowed="a whole film", fix="give the film; list masks in annotations")
    nipple = next((m for m in marks.values() if m.kind == "nipple"), None)
    given: dict[str, Any] = {
        "side": row.breast, "view": row.view, "angle_deg": row.view_angle_deg,
        "thickness_mm": row.thickness_mm, "row_spacing_mm": row.row_spacing_mm,
        "col_spacing_mm": row.col_spacing_mm, "patient_orientation": row.patient_orientation,
        "nipple_row": row.nipple_row, "nipple_col": row.nipple_col,
    }  # fmt: skip
    marked = nipple is not None and nipple.space == "pixel" and row.nipple_row is None
    if nipple is not None and marked:
        given["nipple_row"], given["nipple_col"] = (float(x) for x in place_of(nipple))
    shown = frame_shown(path, marks, row.frame)
    film = read_mammogram(path, index=shown.index, overrides=given)
    modality = row.modality or "MG"  # contrast mammography is MG to DICOM
    reading = FilmReading(image_id, modality, film, doubts=_contradictions(row, path))
    reading.frame, reading.doubts = row.frame, [*reading.doubts, *_frame_doubts(shown)]
    angle = "unknown" if film.angle_deg is None else f"{film.angle_deg:g} degrees"
    thick = "unknown" if film.thickness_mm is None else f"{film.thickness_mm:g} mm"
    reading.said.append(
        f"mammogram, {film.side} {film.view}, film angle {angle}, thickness {thick}"
    )
    if synthesized(ds):
        reading.said.append("a synthesized 2-D mammogram, computed from a tomosynthesis")
    lines = film.landmarks
    stated = "marked" if marked else "stated" if row.nipple_row is not None else "found"
    if lines.nipple_row is None:
        reading.doubts.append(_nipple_doubt("no nipple was found"))
    else:
        sd = "" if lines.nipple_sd_mm is None else f" +/- {lines.nipple_sd_mm:.0f} mm"
        where = f"row {lines.nipple_row:.0f}, column {lines.nipple_col:.0f}"
        reading.said.append(f"nipple {stated} at {where}{sd}")
        if not lines.nipple_confident:
            reading.doubts.append(_nipple_doubt(f"the nipple ({where}{sd}) is not sure"))
    if not film.calibrated:
        fix = "positions in mm are not given: state row_spacing_mm and col_spacing_mm if known"
        reading.doubts.append(("row_spacing_mm", "a film with pixel spacing", fix))
    reading.said += dict.fromkeys([*film.notes, *lines.notes])
    return reading


def _frame_doubts(shown: Shown) -> list[tuple[str, str, str]]:
    return [("annotations", "marks on the frame that is shown", why) for why in shown.doubts]


def _contradictions(row: ImageRow, path: Path) -> list[tuple[str, str, str]]:
    """Side and view that the case states otherwise than the file: the case's are used."""
    ds = header.read_header(path)
    stated = {"breast": row.breast, "view": row.view}
    said = {"breast": header.laterality(ds).value, "view": film_view.read_view(ds).value}
    return [
        (name, f"{said[name]}, as the file says", f"used as stated ({value}): check which is right")
        for name, value in stated.items()
        if value and said[name] and value != said[name]
    ]


def _nipple_doubt(why: str) -> tuple[str, str, str]:
    fix = f"{why}, so positions were not used: state nipple_row and nipple_col"
    return "nipple_row", "a nipple that is sure", fix


def _still(row: ImageRow, path: Path, image_id: str, marks: Marks) -> ImageReading:
    given = {"row_spacing_mm": row.row_spacing_mm, "col_spacing_mm": row.col_spacing_mm}
    stated = {k: v for k, v in given.items() if v is not None}
    shown = frame_shown(path, marks, row.frame)
    still = read_sonogram(path, index=shown.index, overrides=stated)
    if row.breast is not None:
        still = replace(still, side=row.breast)
    what = "ultrasound clip" if shown.said else "ultrasound still"
    said = [what, *shown.said, *still.notes]
    reading = StillReading(image_id, "US", still, said=said, doubts=_frame_doubts(shown))
    if not still.calibrated:
        fix = "sizes and depths are not given: state row_spacing_mm and col_spacing_mm if known"
        reading.doubts.append(("row_spacing_mm", "a picture with a calibrated region", fix))
    return reading


FILMS = tuple(modality for modality, exam in EXAMS.items() if exam.place == "film")
FILM = ImageKind("mammogram", FILMS, lambda file: file.dicom is not None, _film)
"""Any other DICOM file: scanned and secondary films say of themselves what they like."""
KINDS = (
    ImageKind("MRI study", ("MR",), _is_study, _study),
    ImageKind(
        "ultrasound still", ("US",), lambda file: file.says("Modality").upper() == "US", _still
    ),
    FILM,
)
"""Kinds that come with corr, in the order in which they are asked."""
