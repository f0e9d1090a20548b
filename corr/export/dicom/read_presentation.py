"""Our own presentation states, read back: what is drawn on an image, and of which lesion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corr.export.content import Floats
from corr.export.dicom.shell import from_short_text
from corr.imaging.dicom import header
from corr.imaging.dicom.own_codes import PREDICTED_LAYER
from corr.imaging.marks.annotation import coordinates
from corr.imaging.marks.shapes import to_rows


@dataclass(frozen=True, eq=False)
class ReadDrawing:
    """A finding or a region on an image.

    Attributes
    ----------
    instance_uid : of the image it is drawn on
    finding_ids, predicted, lines : as in `corr.export.content.Drawn`
    tracking_uid : of its lesion
    """

    instance_uid: str
    finding_ids: tuple[str, ...]
    predicted: bool
    lines: tuple[Floats, ...]
    tracking_uid: str


def read_presentation(path: str | Path) -> list[ReadDrawing]:
    """What a presentation state of ours draws.

    Raises
    ------
    Unusable
        If the file cannot be read.
    """
    found = []
    for item in header.items(header.read_header(path), "GraphicAnnotationSequence"):
        images = header.items(item, "ReferencedImageSequence")
        words = [str(t.UnformattedTextValue) for t in header.items(item, "TextObjectSequence")]
        shapes = header.items(item, "GraphicObjectSequence")
        predicted = header.text(item, "GraphicLayer") == PREDICTED_LAYER
        lines = words[0].split("\r\n") if words else []
        if not (images and shapes and lines):
            continue
        flat = [np.reshape(coordinates(shape, "GraphicData"), (-1, 2)) for shape in shapes]
        found.append(ReadDrawing(
            header.text(images[0], "ReferencedSOPInstanceUID"),
            tuple(map(from_short_text, lines[1:] if predicted else lines)), predicted,
            tuple(to_rows(points) for points in flat), header.text(shapes[0], "TrackingUID"),
        ))  # fmt: skip
    return found
