"""One image of a case, read: what is on it, and the cells of the tables that follow from it.

What is common to all images is here; each kind (a mammogram, an ultrasound still, an MRI study)
is a class of `corr.imaging.image_kinds` that knows which breasts it shows and where a mark on it
lies. What an image says about one finding follows from its mark, a typed pixel, or only the exam.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from corr.exams.registry import MATCHED_KINDS
from corr.imaging.dicom.header import Unusable
from corr.imaging.marks.readers import Annotation, centre
from corr.imaging.mri.enhancement import EnhancingLesion
from corr.records import Modality

Cells = dict[str, str]

_WORDS = ("clock", "quadrant", "region", "depth_third", "n_calcifications")
_LENGTHS = {
    "US": {"distance_mm": "fn_cm", "depth_mm": "depth_mm"},
    "MR": {"depth_mm": "depth_mm", "chestwall_mm": "chestwall_mm"},
}
_AS_PLACED = {
    "pixel": "a film or still has no such coordinates: export the mark as DICOM SR or presentation "
    "state of this image, or give its pixels as CSV with columns row, col",
    "patient": "export it as DICOM SR, SEG or RTSTRUCT of this MRI, or give its place as CSV with "
    "columns l_mm, p_mm, s_mm",
}
"""How marks are had that lie in the space of an image."""
_SIZES = ("size_mm", "size2_mm", "size3_mm")


@dataclass
class ImageReading:
    """An image of a case and what became of it; its kind says the rest.

    Attributes
    ----------
    image_id
        Name within the case; the only name that goes into outputs.
    modality
        ``MG``, ``US`` or ``MR``.
    image
        What its reader made of it: `Mammogram`, `Sonogram`, `MriStudy`, ...
    marks
        Annotations on it by name.
    said
        What was read and assumed, a line each.
    doubts
        What somebody should look at: (field of the image row, what was allowed, how to fix it).
    places
        Finding id to where it is: (row, column), or LPS mm.
    cautions
        Finding id to why what was found there by itself may be no lesion.
    lost
        Marks on it that could not be used, why: what else it reports is not known.
    """

    SPACE: ClassVar[str] = "pixel"  # of the marks that can be placed on it, or "patient"

    image_id: str
    modality: Modality
    image: Any
    marks: dict[str, Annotation] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    doubts: list[tuple[str, str, str]] = field(default_factory=list)
    places: dict[str, tuple[float, ...]] = field(default_factory=dict)
    cautions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)

    @property
    def sides(self) -> tuple[str, ...]:
        """Breasts it shows, as far as that is known."""
        return ()

    @property
    def lesions(self) -> dict[str, EnhancingLesion]:
        """What was found on it without a mark, by name."""
        return {}

    def unread(self, side: str) -> str:
        """Why nothing found in a breast does not mean that there is nothing; empty if it does."""
        return self.lost[0] if self.lost else ""

    def doubt_of(self, mark: Annotation) -> str:
        """Why a mark may lie in no breast; empty if it does not."""
        return ""

    def exam_cells(self) -> list[Cells]:
        """Cells of the exams table: this exam was done, of each breast it shows."""
        return [{"modality": self.modality, "done": "1", "breast": side} for side in self.sides]

    def shapes(self) -> list[Cells]:
        """What it says about the shape of each breast, in cells of the breasts table."""
        return []

    def placed(self, mark: Annotation, *, breast: str | None, kind: str | None) -> Cells:
        """Cells of a finding where a mark lies; raises `Unusable` if it cannot be placed."""
        msg = "marks on this kind of image are not placed"
        raise Unusable(msg, fix="state the place in the finding's row")

    def lesion_cells(self, name: str, *, breast: str | None) -> Cells:
        """Cells of a finding for one of `lesions`."""
        raise KeyError(name)

    def breast_cells(self) -> list[Cells]:
        """`shapes`, without the exam's tick where what it reports could not be read."""
        shapes = self.shapes()
        for cells in shapes:
            if self.unread(cells["breast"]):
                for tick in [name for name in cells if name.startswith("exam_")]:
                    del cells[tick]
        return shapes

    def cells_of(self, mark: Annotation, *, breast: str | None, kind: str | None) -> Cells:
        """Cells of the findings table for something marked on this image.

        Parameters
        ----------
        breast
            Side stated in the case, if any (an MRI shows two).

        Raises
        ------
        Unusable
            If the mark cannot be placed on this image.
        """
        coded = _coded_cells(mark, self.modality)
        side = mark.coded.get("side")
        if side in ("L", "R") and len(here := self.sides) == 1 and side not in here:
            msg = f"the mark is coded as of the {side} breast, the image shows the {here[0]}"
            raise Unusable(msg, allowed=here[0])
        if not len(mark.points):  # words only
            side = side or (here[0] if len(here := self.sides) == 1 else None)
            return {"modality": self.modality, **({"breast": side} if side else {}), **coded}
        if mark.space != self.SPACE:
            names = {"pixel": "image pixels", "patient": "patient coordinates (LPS)"}
            by = f" ({mark.source})" if mark.source else ""
            msg = f"the mark{by} is in {names[mark.space]}"
            allowed = f"{names[self.SPACE]} for {self.modality}"
            raise Unusable(msg, allowed=allowed, fix=_AS_PLACED[self.SPACE])
        return {**self.placed(mark, breast=breast or side, kind=kind or mark.kind), **coded}

    def at_pixel(self, row: float, col: float, *, kind: str | None) -> Cells:
        """Cells for a position typed as pixels of this image."""
        point = Annotation("", None, "pixel", np.array([[row, col]]))
        return self.cells_of(point, breast=None, kind=kind)

    def cells_for(self, name: str, cells: Cells) -> Cells:
        """What the image says about a finding: by its mark, its pixel, or only the exam.

        Raises
        ------
        Unusable
            If the mark cannot be placed, or the row states the other breast.
        """
        found = self._found(name, cells)
        side, stated = found.get("breast"), cells.get("breast")
        if side and stated and side != stated.strip().upper():
            msg = f"the image shows the {side} breast"
            raise Unusable(msg, allowed=side, fix="correct breast, or leave it out")
        return found

    def _found(self, name: str, cells: Cells) -> Cells:
        kind = cells.get("kind") or _kind_in(name, self.modality)
        if name in self.lesions:
            return self.lesion_cells(name, breast=cells.get("breast"))
        if name:
            return self.cells_of(self.marks[name], breast=cells.get("breast"), kind=kind)
        pixel = typed_pixel(cells)
        return self.at_pixel(*pixel, kind=kind) if pixel else self.exam_only()

    def exam_only(self) -> Cells:
        """The exam, and the breast if the image shows one."""
        exams = self.exam_cells()
        one = exams[0] if len(exams) == 1 else {"modality": self.modality}
        return {k: v for k, v in one.items() if k not in ("done", "quality")}


def typed_pixel(cells: Cells) -> tuple[float, float] | None:
    """Row and column typed in a finding's row."""
    try:
        return float(cells["row"]), float(cells["col"])
    except (KeyError, ValueError):
        return None


def _kind_in(name: str, modality: str) -> str | None:
    """A kind of this modality that a mark's name begins with ("mass 1"); else None."""
    words = name.casefold().replace(" ", "_")
    own = MATCHED_KINDS[modality]
    return next((k for k in own if words == k or words.startswith(f"{k}_")), None)


def _coded_cells(mark: Annotation, modality: str) -> Cells:
    """What the file codes about a mark, in columns of the findings table."""
    columns = {**{k: k for k in _WORDS}, **{k: k for k in _SIZES}, **_LENGTHS.get(modality, {})}
    cells = {}
    for coded, column in columns.items():
        if (value := mark.coded.get(coded)) is not None:
            scaled = value / 10 if column == "fn_cm" else value
            cells[column] = scaled if isinstance(scaled, str) else f"{scaled:.6g}"
    return cells


def place_of(mark: Annotation) -> NDArray[np.float64]:
    """Middle of a mark in its own space.

    Raises
    ------
    Unusable
        If it has none.
    """
    middle = centre(mark)
    if middle is None:
        msg = f"{mark.label or 'the mark'} has no position"
        raise Unusable(msg, allowed="a mark drawn on the image")
    return middle
