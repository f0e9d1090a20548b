"""Kinds of images: which breasts each shows, where a mark on it lies, what it says of a breast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from corr.imaging.dicom.header import Unusable
from corr.imaging.image_reading import Cells, ImageReading, place_of
from corr.imaging.mammogram.mammogram import Mammogram, finding_cells, from_film_mm, to_film_mm
from corr.imaging.marks.readers import Annotation, longest, second_axis
from corr.imaging.mri.enhancement import EnhancingLesion
from corr.imaging.mri.study import MriStudy
from corr.imaging.ultrasound.sonogram import Sonogram, depth_mm, size_mm

_OUTLINE_POINTS = 3


@dataclass
class FilmReading(ImageReading):
    """A mammogram, or the recombined image of a contrast mammogram.

    ``frame``: the slice or projection that the case states, of what is on no known one.
    """

    image: Mammogram
    frame: int | None = None

    @property
    @override
    def sides(self) -> tuple[str, ...]:
        return (self.image.side,)

    @override
    def exam_cells(self) -> list[Cells]:
        return [{"modality": self.modality, "done": "1", **_film_facts(self.image)}]

    @override
    def shapes(self) -> list[Cells]:
        return [_outline_cells(self.image, ticked=self.modality == "MG")]

    @override
    def placed(self, mark: Annotation, *, breast: str | None, kind: str | None) -> Cells:
        film = self.image
        row, col = _inside(mark, (0, 0), film.image.shape)
        scale = (film.row_spacing_mm or 0.0, film.col_spacing_mm or 0.0)
        ends = longest(mark, scale=scale) if film.calibrated else None
        size = None if ends is None else float(np.hypot(*((ends[1] - ends[0]) * scale)))
        cells = finding_cells(film, row=float(row), col=float(col), size_mm=size, kind=kind)
        if film.calibrated and (other := second_axis(mark, scale=scale)) is not None:
            cells["size2_mm"] = f"{np.hypot(*((other[1] - other[0]) * scale)):.6g}"
        on = self.frame if mark.frame is None else mark.frame
        heights = film.slice_heights_mm
        if heights is not None and on is not None and 0 <= on < len(heights):
            most = film.thickness_mm or np.inf  # the stack may be a little higher than the breast
            cells |= {"beam_mm": f"{min(heights[on], most):.6g}", "beam_from": "detector"}
        return cells | {"modality": self.modality}


@dataclass
class StillReading(ImageReading):
    """An ultrasound still."""

    image: Sonogram

    @property
    @override
    def sides(self) -> tuple[str, ...]:
        return (self.image.side,) if self.image.side else ()

    @override
    def placed(self, mark: Annotation, *, breast: str | None, kind: str | None) -> Cells:
        still = self.image
        row, col = _inside(mark, still.corner, still.image.shape)
        cells = {"modality": "US"}
        scale = (still.row_mm or 1.0, still.col_mm or 1.0)
        ends, other = longest(mark, scale=scale), second_axis(mark, scale=scale)
        numbers = {
            "depth_mm": depth_mm(still, float(row), float(col)),
            "size_mm": None if ends is None else size_mm(still, tuple(ends[0]), tuple(ends[1])),
            "size2_mm": None if other is None else size_mm(still, tuple(other[0]), tuple(other[1])),
            "fn_cm": None if still.distance_mm is None else still.distance_mm / 10,
        }
        words = {"breast": still.side, "clock": still.clock, "kind": kind}
        cells |= {k: f"{v:.6g}" for k, v in numbers.items() if v is not None}
        return cells | {k: v for k, v in words.items() if v}


@dataclass
class StudyReading(ImageReading):
    """An MRI of both breasts."""

    SPACE = "patient"
    image: MriStudy

    @property
    @override
    def sides(self) -> tuple[str, ...]:
        return tuple(self.image.sides)

    @property
    @override
    def lesions(self) -> dict[str, EnhancingLesion]:
        return self.image.lesions

    @override
    def exam_cells(self) -> list[Cells]:
        poor = {"quality": "poor"} if self.image.partial else {}
        return [{**cells, **poor} for cells in super().exam_cells()]

    @override
    def unread(self, side: str) -> str:
        return super().unread(side) or self.image.unread(side, marked=bool(self.marks))

    @override
    def doubt_of(self, mark: Annotation) -> str:
        return self.image.doubt_of(mark) or ""

    @override
    def shapes(self) -> list[Cells]:
        return [self.image.breast_cells(side) for side in self.sides]

    @override
    def placed(self, mark: Annotation, *, breast: str | None, kind: str | None) -> Cells:
        return self.image.cells_of(mark, breast=breast, kind=kind)

    @override
    def lesion_cells(self, name: str, *, breast: str | None) -> Cells:
        return self.image.lesion_cells(name, breast=breast)


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
