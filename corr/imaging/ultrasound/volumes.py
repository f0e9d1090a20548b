"""Ultrasound volumes (Enhanced US Volume, automated breast ultrasound): where a slice lies.

Slices may be cut in any direction, so nothing is taken for depth. Places are those of the volume's
own frame of reference (mm), as the file states them; they are no places in the patient.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.dataset import Dataset

from corr.imaging.dicom import header
from corr.imaging.dicom.groups import Tags, places_of_frames
from corr.imaging.dicom.header import Unusable

_ENHANCED = "1.2.840.10008.5.1.4.1.1.6.2"
LEAST_MM, MOST_MM = 0.01, 10.0


@dataclass(frozen=True)
class SliceOfVolume:
    """One slice of an ultrasound volume.

    Attributes
    ----------
    row_mm, col_mm : mm per row and column
    corner_mm : x, y, z of its first pixel in the volume's frame of reference
    note : what is to be said of it
    """

    row_mm: float
    col_mm: float
    corner_mm: tuple[float, float, float]
    note: str


def slice_of(ds: Dataset, index: int) -> SliceOfVolume | None:
    """The slice of a volume that a frame is; None if the file is no volume.

    Raises
    ------
    Unusable
        If it is one and does not say where its slices lie.
    """
    several = header.frames(ds) > 1
    apart = header.number(ds, "SpacingBetweenSlices", low=1e-3, high=MOST_MM)
    clip = header.number(ds, "FrameTime", low=1e-3, high=1e6) or "FrameTimeVector" in ds
    enhanced = header.text(ds, "SOPClassUID") == _ENHANCED
    if not enhanced and not (several and apart and not clip):
        return None
    frames = places_of_frames(ds)
    tags = Tags((*frames[index], ds)) if index < len(frames) else Tags((ds,))
    spacing = tags.numbers("PixelSpacing", 2, limit=MOST_MM)
    corner = tags.numbers("ImagePositionVolume", 3, limit=1e4)
    axes = tags.numbers("ImageOrientationVolume", 6, limit=1.01)
    if spacing is None or corner is None or axes is None or spacing.min() < LEAST_MM:
        msg = "an ultrasound volume that does not say where its slices lie"
        way = "save the slice that shows the finding as an ultrasound image and state in the "
        fix = f"{way}finding's row clock, fn_cm and depth_mm, as the workstation measures them"
        allowed = "pixel spacing, place and direction of every slice"
        raise Unusable(msg, allowed=allowed, fix=fix)
    x, y, z = (float(v) for v in corner)
    where = ", ".join(f"{v:.1f}" for v in (x, y, z))
    note = (
        f"slice {index} of {header.frames(ds)} of an ultrasound volume, its first pixel at "
        f"{where} mm of the volume; depth unknown: slices may be cut in any direction"
    )
    return SliceOfVolume(float(spacing[0]), float(spacing[1]), (x, y, z), note)
