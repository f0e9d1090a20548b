"""What an image says about one finding: by a mark on it, a typed pixel, or only the exam."""

from __future__ import annotations

from corr.exams.registry import MATCHED_KINDS
from corr.imaging.dicom.header import Unusable
from corr.imaging.image_reading import Cells, ImageReading
from corr.imaging.mri.enhancement import EnhancingLesion
from corr.imaging.mri.study import MriStudy


def cells_for(reading: ImageReading, name: str, cells: Cells) -> Cells:
    """What the image says about a finding: by its mark, its pixel, or only the exam.

    Raises
    ------
    Unusable
        If the mark cannot be placed, or the row states the other breast.
    """
    found = _found(reading, name, cells)
    side, stated = found.get("breast"), cells.get("breast")
    if side and stated and side != stated.strip().upper():
        msg = f"the image shows the {side} breast"
        raise Unusable(msg, allowed=side, fix="correct breast, or leave it out")
    return found


def _found(reading: ImageReading, name: str, cells: Cells) -> Cells:
    kind = cells.get("kind") or _kind_in(name, reading.modality)
    if name in lesions_of(reading):
        assert isinstance(reading.image, MriStudy)
        return reading.image.lesion_cells(name, breast=cells.get("breast"))
    if name:
        return reading.cells_of(reading.marks[name], breast=cells.get("breast"), kind=kind)
    pixel = typed_pixel(cells)
    return reading.at_pixel(*pixel, kind=kind) if pixel else exam_only(reading)


def typed_pixel(cells: Cells) -> tuple[float, float] | None:
    """Row and column typed in a finding's row."""
    try:
        return float(cells["row"]), float(cells["col"])
    except (KeyError, ValueError):
        return None


def exam_only(reading: ImageReading) -> Cells:
    """The exam, and the breast if the image shows one."""
    exams = reading.exam_cells()
    one = exams[0] if len(exams) == 1 else {"modality": reading.modality}
    return {k: v for k, v in one.items() if k != "done"}


def _kind_in(name: str, modality: str) -> str | None:
    """A kind of this modality that a mark's name begins with ("mass 1"); else None."""
    words = name.casefold().replace(" ", "_")
    own = MATCHED_KINDS[modality]
    return next((k for k in own if words == k or words.startswith(f"{k}_")), None)


def lesions_of(reading: ImageReading) -> dict[str, EnhancingLesion]:
    """Enhancing lesions of an MRI by name; none of other images."""
    return reading.image.lesions if isinstance(reading.image, MriStudy) else {}
