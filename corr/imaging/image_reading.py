"""One image of a case, read: what is on it, and the cells of the tables that follow from it.

Three sorts behind one face: a mammogram, an ultrasound still, an MRI study. Each knows which
breasts it shows, and turns an annotation into the cells of a finding row.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from corr.imaging.dicom.header import Unusable
from corr.imaging.mammogram.mammogram import Mammogram, finding_cells, from_film_mm, to_film_mm
from corr.imaging.marks.readers import Annotation, centre, longest
from corr.imaging.mri.study import MriStudy
from corr.imaging.ultrasound.sonogram import Sonogram, depth_mm, size_mm
from corr.records import Modality

Cells = dict[str, str]

_WORDS = ("clock", "quadrant", "region", "depth_third", "n_calcifications")
_LENGTHS = {
    "US": {"distance_mm": "fn_cm", "depth_mm": "depth_mm"},
    "MR": {"depth_mm": "depth_mm", "chestwall_mm": "chestwall_mm"},
}
_SIZES = ("size_mm", "size2_mm", "size3_mm")
_OUTLINE_POINTS = 3


@dataclass
class ImageReading:
    """An image of a case and what became of it.

    Attributes
    ----------
    image_id
        Name within the case; the only name that goes into outputs.
    modality
        ``MG``, ``US`` or ``MR``.
    image
        `Mammogram`, `Sonogram` or `MriStudy`.
    marks
        Annotations on it by name.
    said
        What was read and assumed, a line each.
    doubts
        What somebody should look at: (field of the image row, what was allowed, how to fix it).
    places
        Finding id to where it is: (row, column), or LPS mm.
    lost
        Marks on it that could not be used, why: what else it reports is not known.
    """

    image_id: str
    modality: Modality
    image: Mammogram | Sonogram | MriStudy
    marks: dict[str, Annotation] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    doubts: list[tuple[str, str, str]] = field(default_factory=list)
    places: dict[str, tuple[float, ...]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)

    def unread(self, side: str) -> str:
        """Why nothing found in a breast does not mean that there is nothing; empty if it does."""
        if self.lost:
            return self.lost[0]
        if not isinstance(self.image, MriStudy):
            return ""
        return self.image.unread(side, marked=bool(self.marks))

    def exam_cells(self) -> list[Cells]:
        """Cells of the exams table: this exam was done, of each breast it shows."""
        cells = {"modality": self.modality, "done": "1"}
        if isinstance(self.image, Mammogram):
            cells |= _film_facts(self.image)
            return [cells]
        if isinstance(self.image, MriStudy):
            return [{**cells, "breast": side} for side in self.image.sides]
        return [{**cells, "breast": self.image.side}] if self.image.side else []

    def breast_cells(self) -> list[Cells]:
        """Cells of the breasts table: what the image says about the shape of each breast."""
        shapes: list[Cells] = []
        if isinstance(self.image, Mammogram):
            shapes = [_outline_cells(self.image, ticked=self.modality == "MG")]
        if isinstance(self.image, MriStudy):
            shapes = [self.image.breast_cells(side) for side in self.image.sides]
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
        if side in ("L", "R") and len(here := self._sides()) == 1 and side not in here:
            msg = f"the mark is coded as of the {side} breast, the image shows the {here[0]}"
            raise Unusable(msg, allowed=here[0])
        if not len(mark.points):  # words only
            side = side or (self._sides()[0] if len(self._sides()) == 1 else None)
            return {"modality": self.modality, **({"breast": side} if side else {}), **coded}
        wanted = "patient" if self.modality == "MR" else "pixel"
        if mark.space != wanted:
            names = {"pixel": "image pixels", "patient": "patient coordinates (LPS)"}
            msg = f"the mark is in {names[mark.space]}"
            raise Unusable(msg, allowed=f"{names[wanted]} for {self.modality}")
        named = kind or mark.kind
        if isinstance(self.image, Mammogram):
            cells = self._on_film(self.image, mark, named)
        elif isinstance(self.image, MriStudy):
            cells = self.image.cells_of(mark, breast=breast or side, kind=named)
        else:
            cells = self._on_sonogram(self.image, mark, named)
        return {**cells, **coded}

    def at_pixel(self, row: float, col: float, *, kind: str | None) -> Cells:
        """Cells for a position typed as pixels of this image."""
        point = Annotation("", None, "pixel", np.array([[row, col]]))
        return self.cells_of(point, breast=None, kind=kind)

    def _sides(self) -> tuple[str, ...]:
        if isinstance(self.image, MriStudy):
            return self.image.sides
        return (self.image.side,) if self.image.side else ()

    def _on_film(self, film: Mammogram, mark: Annotation, kind: str | None) -> Cells:
        row, col = _inside(mark, (0, 0), film.image.shape)
        scale = (film.row_spacing_mm or 0.0, film.col_spacing_mm or 0.0)
        ends = longest(mark, scale=scale) if film.calibrated else None
        size = None if ends is None else float(np.hypot(*((ends[1] - ends[0]) * scale)))
        cells = finding_cells(film, row=float(row), col=float(col), size_mm=size, kind=kind)
        return cells | {"modality": self.modality}

    def _on_sonogram(self, still: Sonogram, mark: Annotation, kind: str | None) -> Cells:
        row, col = _inside(mark, still.corner, still.image.shape)
        cells = {"modality": "US"}
        ends = longest(mark, scale=(still.row_mm or 1.0, still.col_mm or 1.0))
        numbers = {
            "depth_mm": depth_mm(still, float(row), float(col)),
            "size_mm": None if ends is None else size_mm(still, tuple(ends[0]), tuple(ends[1])),
            "fn_cm": None if still.distance_mm is None else still.distance_mm / 10,
        }
        words = {"breast": still.side, "clock": still.clock, "kind": kind}
        cells |= {k: f"{v:.6g}" for k, v in numbers.items() if v is not None}
        return cells | {k: v for k, v in words.items() if v}


def _film_facts(film: Mammogram) -> Cells:
    keep = ("breast", "view", "base_view", "view_angle_deg", "thickness_mm")
    cells = finding_cells(film, row=0.0, col=0.0)
    return {name: cells[name] for name in keep if name in cells}


def _outline_cells(film: Mammogram, *, ticked: bool) -> Cells:
    """Exam done, angle, thickness and, from a calibrated film with a sure nipple, extents."""
    facts = _film_facts(film)
    cells = {"breast": film.side}
    if ticked and film.view in ("CC", "MLO", "ML"):  # the columns of the breasts table are of MG
        cells[f"exam_{film.view.lower()}"] = "1"
    if film.view == "STEREO":
        return cells
    view = film.view.lower()
    names = {"view_angle_deg": f"{view}_angle_deg", "thickness_mm": f"{view}_thickness_mm"}
    cells |= {new: facts[old] for old, new in names.items() if old in facts}
    lines = film.landmarks
    sure = film.calibrated and lines.nipple_confident and film.hanging is not None
    if sure and len(lines.outline) >= _OUTLINE_POINTS:
        points = np.array([to_film_mm(film, *point) for point in lines.outline])
        cells |= {f"{view}_{k}": f"{v:.1f}" for k, v in _extents(film, points).items()}
    return cells


def _extents(film: Mammogram, outline_mm: NDArray[np.float64]) -> dict[str, float]:
    """Nipple to the chest-wall border along the nipple level, and on a CC the outline's reach.

    (On an oblique the outline runs up into the armpit.)
    """
    nipple = np.array(from_film_mm(film, 0.0, 0.0))
    per_mm = np.array(from_film_mm(film, 1.0, 0.0)) - nipple
    axis = int(np.argmax(np.abs(per_mm)))
    end = film.image.shape[axis] - 1 if per_mm[axis] > 0 else 0
    found = {"nipple_to_edge_mm": max(0.0, float((end - nipple[axis]) / per_mm[axis]))}
    if film.view == "CC":
        found["extent_y_neg_mm"] = max(0.0, -float(outline_mm[:, 1].min()))
        found["extent_y_pos_mm"] = max(0.0, float(outline_mm[:, 1].max()))
    return found


def _coded_cells(mark: Annotation, modality: str) -> Cells:
    """What the file codes about a mark, in columns of the findings table."""
    columns = {**{k: k for k in _WORDS}, **{k: k for k in _SIZES}, **_LENGTHS.get(modality, {})}
    cells = {}
    for coded, column in columns.items():
        if (value := mark.coded.get(coded)) is not None:
            scaled = value / 10 if column == "fn_cm" else value
            cells[column] = scaled if isinstance(scaled, str) else f"{scaled:.6g}"
    return cells


def _inside(
    mark: Annotation, corner: tuple[int, int], shape: tuple[int, ...]
) -> tuple[float, float]:
    """Row and column of a mark within a picture whose first pixel is at ``corner``.

    Raises
    ------
    Unusable
        If it has no position or lies outside.
    """
    row, col = (float(x) for x in place_of(mark))
    (top, left), (rows, cols) = corner, shape[:2]
    if not (-0.5 <= row - top <= rows and -0.5 <= col - left <= cols):
        msg = f"the mark is at row {row:.0f}, column {col:.0f}, outside the image"
        allowed = f"rows {top}-{top + rows - 1}, columns {left}-{left + cols - 1}"
        raise Unusable(msg, allowed=allowed)
    return row, col


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
