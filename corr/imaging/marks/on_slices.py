"""Where slices lie: marks drawn on their pixels in patient coordinates, stacks as one grid.

Viewers store what is drawn on a slice as pixels of that instance; its header says where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from corr.imaging.base import files_below
from corr.imaging.dicom import header
from corr.imaging.dicom.groups import Tags, places_of_frames
from corr.imaging.dicom.header import Unusable
from corr.imaging.marks.annotation import Annotation, Array
from corr.imaging.marks.pieces import separate

_GAP = 0.1  # of a slice spacing: how far a slice may be off the regular grid
_TILT = 1e-4  # 1 - cosine: how far the slices may be off a line across them, 0.8 degrees
_THICK_MM = 3.0  # of a slice that does not say


def on_slices(marks: Sequence[Annotation], image: Path) -> list[Annotation]:
    """Marks on single slices in patient coordinates; parts of one group on several are one mark.

    Parameters
    ----------
    image : folder of slices, or one multi-frame file
    marks : those on no slice that is found stay as they are
    """
    wanted = {name for mark in marks if mark.space == "pixel" for name in mark.refers_to}
    if not wanted:
        return list(marks)
    slices: dict[str, Dataset] = {}
    for path in [image] if image.is_file() else files_below(image):
        with suppress(Unusable):
            ds = header.read_header(path)
            names = {path.name, header.text(ds, "SOPInstanceUID")} & wanted
            slices |= dict.fromkeys(names, ds)
        if wanted <= {*slices}:
            break
    moved = [_moved(mark, slices) for mark in marks]
    groups: dict[str, list[Annotation]] = {}
    for n, mark in enumerate(moved):
        one = mark.group and mark.space == "patient" and mark.mask is None
        groups.setdefault(f"{mark.group} {mark.outline}" if one else f"alone {n}", []).append(mark)
    return [piece for several in groups.values() for piece in _joined(several)]


def regular_grid(
    positions: Array, orientations: Array, spacings: Array, *, step_mm: float | None
) -> tuple[Array, list[int]]:
    """Affine of (row, column, slice number) and the number of each slice.

    Empty slices are usually left out, so gaps may be several slices wide.

    Raises
    ------
    Unusable
        If the slices are not parallel, equally sampled and regularly spaced.
    """
    # imported here: it takes half a second
    from highdicom.spatial import get_volume_positions

    orientation, spacing = orientations[0], spacings[0]
    same = np.allclose(orientations, orientation, atol=1e-3)
    if not same or not np.allclose(spacings, spacing, rtol=1e-3):
        msg = "its slices differ in orientation or pixel spacing"
        raise Unusable(msg)
    along_row, along_column = np.reshape(orientation, (2, 3))
    normal = np.cross(along_row, along_column)
    if abs(np.linalg.norm(normal) - 1.0) > 0.01:
        msg = "its orientation is not two perpendicular unit vectors"
        raise Unusable(msg)
    for hint in (step_mm, None):
        step, numbers = get_volume_positions(
            positions.tolist(), orientation, index_convention="RD", spacing_hint=hint, rtol=_GAP,
            perpendicular_tol=_TILT, allow_missing_positions=True, allow_duplicate_positions=True,
        )  # fmt: skip
        if step is not None and numbers is not None:
            affine = np.eye(4)
            axes = (along_column * spacing[0], along_row * spacing[1], normal * step)
            affine[:3, :3] = np.stack(axes, axis=-1)
            affine[:3, 3] = positions[numbers.index(min(numbers))]
            return affine, numbers
    msg = "its slices are not regularly spaced"
    raise Unusable(msg, fix="export the segmentation on a regular grid")


def _moved(mark: Annotation, slices: dict[str, Dataset]) -> Annotation:
    here = [slices[name] for name in mark.refers_to if name in slices]
    if mark.space != "pixel" or not here or not len(mark.points):
        return mark
    affine = _affine(here[0], mark.frame)
    if affine is None:
        return mark
    flat = np.column_stack([mark.points, np.zeros(len(mark.points))])
    points = flat @ affine[:3, :3].T + affine[:3, 3]
    frame_of_reference = header.text(here[0], "FrameOfReferenceUID")
    made = replace(mark, space="patient", points=points, frame_of_reference=frame_of_reference)
    if mark.mask is None:
        return made
    affine[:3, 3] += affine[:3, :3] @ np.array([*mark.corner, 0.0])
    return replace(made, mask=mark.mask[..., None], affine=affine, corner=(0, 0))


def _affine(ds: Dataset, frame: int | None) -> Array | None:
    """(Row, column, slice) of a slice or frame to LPS mm; None if its header does not say."""
    places = places_of_frames(ds)
    if len(places) > 1 and (frame is None or frame >= len(places)):
        return None
    tags = Tags([*(places[frame or 0] if places else ()), ds])
    position = tags.numbers("ImagePositionPatient", 3, limit=5000)
    turned = tags.numbers("ImageOrientationPatient", 6, limit=1.01)
    spacing = tags.numbers("PixelSpacing", 2, limit=100)
    if position is None or turned is None or spacing is None or spacing.min() <= 0.0:
        return None
    thick = tags.number("SpacingBetweenSlices", "SliceThickness", low=0.1, high=100) or _THICK_MM
    along_row, along_column = turned.reshape(2, 3)
    affine = np.eye(4)
    normal = np.cross(along_row, along_column) * thick
    axes = (along_column * spacing[0], along_row * spacing[1], normal)
    affine[:3, :3], affine[:3, 3] = np.stack(axes, axis=-1), position
    return affine


def _joined(marks: list[Annotation]) -> list[Annotation]:
    if len(marks) == 1:
        return marks
    points = np.concatenate([m.points for m in marks])
    parts = tuple(n for m in marks for n in (m.parts or (len(m.points),)))
    refers_to = tuple(dict.fromkeys(u for m in marks for u in m.refers_to))
    return separate(replace(marks[0], points=points, parts=parts, refers_to=refers_to))
