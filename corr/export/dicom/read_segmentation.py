"""Our own segmentations, read back: regions on the MRI, and of which lesion or finding."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from corr.imaging.dicom import header
from corr.imaging.marks.annotation import Annotation
from corr.imaging.marks.dicom_seg import read_segmentation as read_segments
from corr.problems import CorrError


@dataclass(frozen=True, eq=False)
class ReadRegion:
    """A region on an MRI.

    Attributes
    ----------
    tracking_id : of the lesion, or the id of the finding that it is expected by
    tracking_uid : of the lesion or finding
    mark : its voxels, with the affine to LPS
    """

    tracking_id: str
    tracking_uid: str
    mark: Annotation


def read_segmentation(path: str | Path) -> list[ReadRegion]:
    """What a segmentation of ours holds.

    Raises
    ------
    Unusable
        If the file cannot be read.
    CorrError
        If a segment of it is empty or cannot be read.
    """
    ds = header.read_header(path)
    refused: list[str] = []
    marks = read_segments(ds, Path(path), refused, predicted=True)
    segments = sorted(header.items(ds, "SegmentSequence"), key=lambda s: int(s.SegmentNumber))
    if refused or len(marks) != len(segments):
        msg = f"{Path(path).name}: {'; '.join(refused) or 'segments are missing'}"
        raise CorrError(msg, fix="export the case again")
    return [
        ReadRegion(str(s.get("TrackingID", "")), header.text(s, "TrackingUID"), mark)
        for s, mark in zip(segments, marks, strict=True)
    ]
